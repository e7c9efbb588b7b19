//! The text form of age files (C2SP `age.md`, section "ASCII armor").

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::value::Form;

const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const END: &str = "-----END AGE ENCRYPTED FILE-----";

/// Characters of base64 in a line.
const COLUMNS: usize = 64;

/// Whether a text, after blanks, begins like an armored age file.
pub(super) fn looks_armored(text: &str) -> bool {
    text.trim_start().starts_with(BEGIN)
}

/// Writes the armor: lines of 64 columns, ended by LF on every system, one of them at the end.
pub(super) fn armor(bytes: &[u8]) -> String {
    let base64 = STANDARD.encode(bytes);
    let mut text = String::with_capacity(base64.len() / COLUMNS + base64.len() + 80);
    text.push_str(BEGIN);
    text.push('\n');
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(COLUMNS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(END);
    text.push('\n');
    text
}

/// Reads the armor; `None` if it is none.
///
/// Canonical is only what `armor` writes. Leniently, blanks around it, CRLF and other line lengths are taken.
pub(super) fn dearmor(text: &str, form: Form) -> Option<Vec<u8>> {
    let body = text
        .trim()
        .strip_prefix(BEGIN)?
        .strip_suffix(END)?
        .strip_prefix(['\n', '\r'])?;
    let base64: String = body.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(base64).ok()?;
    (form == Form::Lenient || armor(&bytes) == text).then_some(bytes)
}

/// The line, counted from 0, at which Go's reader of armor stops, which sops uses; `None` if it reads to the end.
///
/// It passes over blank lines around the armor and nothing else: lines of 64 characters, and a last one that may be shorter.
pub(crate) fn odd_line(text: &str) -> Option<usize> {
    let is_empty = |line: &str| line.trim().is_empty();
    let mut lines = text.lines().enumerate();
    match lines.find(|(_, line)| !is_empty(line)) {
        Some((_, BEGIN)) => {}
        other => return Some(other.map_or(0, |(number, _)| number)),
    }
    let mut may_go_on = true;
    for (number, line) in lines.by_ref() {
        if line == END {
            return Some(lines.find(|(_, line)| !is_empty(line))?.0);
        }
        let bytes = STANDARD.decode(line).unwrap_or_default();
        if !may_go_on || bytes.is_empty() || line.len() > COLUMNS {
            return Some(number);
        }
        may_go_on = bytes.len() == COLUMNS / 4 * 3;
    }
    Some(text.lines().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn armor_reads_back(bytes: Vec<u8>) {
            let text = armor(&bytes);
            proptest::prop_assert_eq!(dearmor(&text, Form::Canonical), Some(bytes));
            proptest::prop_assert!(text.lines().all(|line| line.len() <= COLUMNS));
        }
    }

    // Each was given to sops 3.13.3, but for the text behind the end.
    #[test]
    fn the_line_at_which_sops_stops_is_found() {
        let text = armor(&[7; 100]);
        let lines: Vec<&str> = text.lines().collect();
        let [begin, first, second, last, end] = lines[..] else {
            panic!("{text}")
        };
        for fine in [
            &text,
            &armor(&[7; 96]),
            &format!(" \n\n{text}\n \n"),
            text.trim_end(),
            &text.replace('\n', "\r\n"),
        ] {
            assert_eq!(odd_line(fine), None, "{fine:?}");
        }
        let (left, right) = first.split_at(30);
        let (blank, tab) = (format!("{first} "), format!("{first}\t"));
        for (odd, line) in [
            (&[""][..], 0),
            (&[&format!(" {begin}"), first, second, last, end], 0),
            (&[&format!("{begin} "), first, second, last, end], 0),
            (&[begin, "", first, second, last, end], 1),
            (&[begin, &format!(" {first}"), second, last, end], 1),
            (&[begin, &blank, second, last, end], 1),
            (&[begin, &tab, second, last, end], 1),
            (&[begin, left, right, second, last, end], 1),
            (&[begin, &format!("{first}{second}"), last, end], 1),
            (&[begin, first, second, "", last, end], 3),
            (&[begin, first, second, last, "", end], 4),
            (&[begin, first, second, last, last, end], 4),
            (&[begin, first, second, last, &format!(" {end}")], 4),
            (&[begin, first, second, last, &format!("{end} ")], 4),
            (&[begin, first, second, last, end, "", "x"], 6),
        ] {
            assert_eq!(odd_line(&odd.join("\n")), Some(line), "{odd:?}");
        }
    }

    #[test]
    fn only_one_spelling_is_canonical() {
        let text = armor(&[7; 100]);
        let reflowed = text.replacen("\n", "", 2).replacen("-----B", "\n-----B", 1);
        for other in [
            format!("{text}\n"),
            format!("\n{text}"),
            text.trim_end().to_owned(),
            text.replace('\n', "\r\n"),
            text.replace("Bw", "Bw\n"),
        ] {
            assert_eq!(dearmor(&other, Form::Canonical), None);
            assert_eq!(dearmor(&other, Form::Lenient), Some(vec![7; 100]));
        }
        for broken in [
            reflowed.as_str(),
            "",
            BEGIN,
            "-----BEGIN AGE ENCRYPTED FILE----------END AGE ENCRYPTED FILE-----",
            &text.replace("Bw", "B*"),
            &text[..text.len() - 20],
        ] {
            assert_eq!(dearmor(broken, Form::Lenient), None, "{broken}");
        }
    }
}
