//! What stands at one key of a document, as a text of its own, and back.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::{
    secret::SecretString,
    value::{KeyPath, Step},
    yaml::{Document, NodeRef, Place},
};

/// The lines of a map or a list that stands below its key, without their indentation; comments and blank lines in between are part of it.
///
/// Nothing where there is no such map or list, or one in brackets, or with lines that are indented less than it is.
pub fn part(document: &Document, path: &KeyPath) -> Option<SecretString> {
    let lines = Lines::of(document, path)?;
    let mut out = Zeroizing::new(String::with_capacity(lines.range.len()));
    for line in document.text()[lines.range.clone()].split_inclusive('\n') {
        out.push_str(lines.cut(line)?);
    }
    Some(SecretString::from(out.as_str()))
}

/// The document with another text in the place of a part, indented as that was; nothing where [`part`] gives nothing.
///
/// What the text says must be looked at in the result: it may be no YAML there.
pub fn with_part(document: &Document, path: &KeyPath, text: &str) -> Option<SecretString> {
    let lines = Lines::of(document, path)?;
    let (before, after) = (
        &document.text()[..lines.range.start],
        &document.text()[lines.range.end..],
    );
    let indentation = " ".repeat(lines.column);
    let mut out = Zeroizing::new(String::with_capacity(
        document.text().len() + 2 * text.len(),
    ));
    out.push_str(before);
    for line in text.split_inclusive('\n') {
        if !line.trim_end_matches(['\n', '\r']).is_empty() {
            out.push_str(&indentation);
        }
        out.push_str(line);
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(after);
    Some(SecretString::from(out.as_str()))
}

/// A place of the whole document as a place of the part; nothing where it is outside.
pub fn place_in_part(document: &Document, path: &KeyPath, place: Place) -> Option<Place> {
    let lines = Lines::of(document, path)?;
    let first = Place::of(document.text(), lines.range.start).line;
    (place.line >= first).then(|| Place {
        line: place.line - first + 1,
        column: place.column.saturating_sub(lines.column).max(1),
    })
}

/// Where a part stands.
struct Lines {
    range: Range<usize>,
    column: usize,
}

impl Lines {
    fn of(document: &Document, path: &KeyPath) -> Option<Self> {
        let (parent, key) = path.split_last()?;
        let Step::Key(key) = key else { return None };
        let entry = at(document, &parent)?.entry(key)?;
        let item = entry.node.item();
        if item.is_flow || !(entry.node.is_map() || entry.node.is_list()) {
            return None;
        }
        let start = document.line_end_of(entry.key_index);
        let column = document.column_at(item.range().start);
        let end = document.line_end_of(entry.node.last_index());
        // A list in a list begins behind a dash.
        (start <= item.range().start && start < end).then_some(Lines {
            range: start..end,
            column,
        })
    }

    /// A line without the indentation of the part.
    fn cut<'l>(&self, line: &'l str) -> Option<&'l str> {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        match blanks >= self.column {
            true => Some(&line[self.column..]),
            // Of a blank line nothing is lost.
            false => line.trim().is_empty().then(|| line.trim_start_matches(' ')),
        }
    }
}

fn at<'d>(document: &'d Document, path: &KeyPath) -> Option<NodeRef<'d>> {
    let mut steps = path.steps().iter();
    steps.try_fold(document.root()?, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().nth(*index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret;

    const TEXT: &str = "\
# top
a: 1
db: # side
    # inner
    user: x

    key: |
        one

          two
    list:
    - a
    - b: 1
      c: 2
z: {k: 1}
";

    fn document(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    fn of(path: &str) -> Option<String> {
        let text = part(&document(TEXT), &path.parse().unwrap())?;
        Some(text.expose_secret().to_owned())
    }

    #[test]
    fn a_map_or_list_is_a_text_of_its_own() {
        assert_eq!(
            of("db").unwrap(),
            "# inner\nuser: x\n\nkey: |\n    one\n\n      two\nlist:\n- a\n- b: 1\n  c: 2\n"
        );
        assert_eq!(of("db.list").unwrap(), "- a\n- b: 1\n  c: 2\n");
    }

    #[test]
    fn what_has_no_lines_of_its_own_is_none() {
        for path in ["a", "z", "missing", "db.list[1]", "db.user", "db.key"] {
            assert_eq!(of(path), None, "{path}");
        }
        let outdented = document("m:\n    a: 1\n  # less\n    b: 2\n");
        assert!(part(&outdented, &"m".parse().unwrap()).is_none());
    }

    #[test]
    fn a_part_goes_back_to_where_it_was() {
        for path in ["db", "db.list"] {
            let (document, path) = (document(TEXT), path.parse().unwrap());
            let text = part(&document, &path).unwrap();
            let back = with_part(&document, &path, text.expose_secret()).unwrap();
            assert_eq!(back.expose_secret(), TEXT);
        }
        let back = with_part(&document(TEXT), &"db.list".parse().unwrap(), "- new\n\n# c").unwrap();
        assert!(
            back.expose_secret()
                .contains("    list:\n    - new\n\n    # c\nz: {k: 1}\n")
        );
    }

    #[test]
    fn places_are_told_in_the_part() {
        let document = document(TEXT);
        let place =
            |line, column| place_in_part(&document, &"db".parse().unwrap(), Place { line, column });
        assert_eq!(place(5, 11), Some(Place { line: 2, column: 7 }));
        assert_eq!(place(2, 1), None);
    }
}
