//! What a person does to a text: other values, comments, blank lines, keys renamed, lines moved and taken out.

use rand::{Rng, rngs::StdRng, seq::SliceRandom};
use vault::yaml::{Document, Part, edit::Edit, edit::apply};

/// The text after a few edits, each of which leaves a text that vault reads.
pub(crate) fn any_edit(text: &str, rng: &mut StdRng) -> String {
    let mut text = text.to_owned();
    let mut left = rng.gen_range(1..6);
    for _ in 0..200 {
        let edited = one_edit(&text, rng);
        if edited != text && Document::parse(&edited).is_ok() {
            text = edited;
            left -= 1;
        }
        if left == 0 {
            break;
        }
    }
    text
}

fn one_edit(text: &str, rng: &mut StdRng) -> String {
    match rng.gen_range(0..10) {
        0..=2 => with_other_item(text, Part::Value, rng),
        3 => with_other_item(text, Part::Key, rng),
        4 => with_other_item(text, Part::Comment, rng),
        _ => with_other_lines(text, rng),
    }
}

fn with_other_item(text: &str, part: Part, rng: &mut StdRng) -> String {
    let document = Document::parse(text).expect("it was read before");
    let places: Vec<_> = document
        .items()
        .iter()
        .filter(|item| item.part == part)
        .collect();
    let Some(item) = places.choose(rng) else {
        return text.to_owned();
    };
    let number = rng.gen_range(0..1000);
    let written = match part {
        Part::Comment => format!("# edited {number}"),
        Part::Key => format!("renamed{number}"),
        _ => match rng.gen_range(0..4) {
            0 => number.to_string(),
            1 => "\"\"".to_owned(),
            _ => format!("\"edited {number}\""),
        },
    };
    let lead = if item.range().is_empty() { " " } else { "" };
    let edits = vec![
        Edit::new(item.range(), format!("{lead}{written}")),
        Edit::new(item.body(), ""),
    ];
    let edits = edits
        .into_iter()
        .filter(|edit| !edit.range.is_empty() || !edit.text.is_empty());
    apply(document.text(), edits.collect())
        .map_or_else(|_| text.to_owned(), |text| text.to_string())
}

fn with_other_lines(text: &str, rng: &mut StdRng) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        return "first: 1\n".to_owned();
    }
    let (one, other) = (rng.gen_range(0..lines.len()), rng.gen_range(0..lines.len()));
    let indent = " ".repeat(lines[one].len() - lines[one].trim_start_matches(' ').len());
    let number = rng.gen_range(0..1000);
    match rng.gen_range(0..8) {
        0 => lines.insert(one, format!("{indent}# typed {number}\n")),
        1 => lines.insert(one, "\n".to_owned()),
        2 => lines.insert(one, format!("{indent}typed{number}: new\n")),
        3 => lines.insert(one, format!("{indent}- item\n")),
        4 => lines[one] = format!("{} # beside {number}\n", lines[one].trim_end()),
        5 => {
            lines.remove(one);
        }
        6 => lines.swap(one, other),
        _ => {
            let line = lines[one].clone();
            lines.insert(other, line);
        }
    }
    lines.concat()
}
