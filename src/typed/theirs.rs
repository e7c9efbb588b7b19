//! Where two edits of one key meet: the other side's value, shown in comments above ours until the person has decided.

use zeroize::Zeroizing;

use crate::{
    merge::{Conflict, ConflictKind},
    secret::SecretString,
    value::{KeyPath, Step},
    yaml::{
        Document, Entry, NodeRef, Part, Place,
        edit::{Edit, apply},
    },
};

/// Begins every line that shows the other side.
pub(super) const MARK: &str = "#|theirs>";

/// Puts above each key in conflict what the other side made of it, every line in a comment with a mark.
///
/// `ours` holds our values at the places of the conflicts, as a merge leaves them. A key that we removed is shown at the end of the map that held it.
/// [`read`](super::read) refuses the text as long as one of the lines stands. Values may be in the result: it is for the editor alone.
pub fn with_theirs(ours: &Document, conflicts: &[Conflict], theirs: &Document) -> SecretString {
    with_headings(ours, conflicts, theirs, ToString::to_string)
}

/// The same where nobody can tell what both sides began with: what is said of a key is how the sides differ, and not who changed it.
pub fn with_differences(
    ours: &Document,
    differences: &[Conflict],
    theirs: &Document,
) -> SecretString {
    let heading =
        |difference: &Conflict| format!("`{}` {}", difference.path, difference.kind.without_base());
    with_headings(ours, differences, theirs, heading)
}

fn with_headings(
    ours: &Document,
    conflicts: &[Conflict],
    theirs: &Document,
    heading: impl Fn(&Conflict) -> String,
) -> SecretString {
    let edits = conflicts
        .iter()
        .map(|conflict| shown(ours, conflict, theirs, &heading(conflict)))
        .collect();
    match apply(ours.text(), edits) {
        Ok(text) => SecretString::from(text.as_str()),
        Err(_) => unreachable!("insertions do not overlap"),
    }
}

fn shown(ours: &Document, conflict: &Conflict, theirs: &Document, heading: &str) -> Edit {
    let (at, column) = spot(ours, &conflict.path);
    let lead = format!("{}{MARK}", " ".repeat(column));
    let eol = ours.eol_at(at);
    let mut out = Zeroizing::new(String::new());
    let mut line = |text: &str| {
        out.push_str(&lead);
        if !text.trim().is_empty() {
            out.push(' ');
            out.push_str(text);
        }
        out.push_str(eol);
    };
    line(&format!("{heading}; there:"));
    match their_lines(theirs, &conflict.path) {
        Some(lines) => lines.lines().for_each(|text| line(&format!("  {text}"))),
        None => line("  (removed)"),
    }
    line(match conflict.kind {
        ConflictKind::RemovedHere => "leave it out or write theirs, and remove these lines",
        _ => "keep what follows or write theirs, and remove these lines",
    });
    Edit::new(at..at, out.as_str())
}

/// The start of a line where a comment about a path may stand, and its column: above the key, or above the next key that holds its map, in flow
/// collections too; at the end of a map where the key is missing.
fn spot(document: &Document, path: &KeyPath) -> (usize, usize) {
    let mut spot = (document.end_of_data(), 0);
    let Some(mut node) = document.root() else {
        return spot;
    };
    spot.1 = document.column_at(node.item().range().start);
    for step in path.steps() {
        let Step::Key(key) = step else { break };
        if node.item().is_flow {
            break;
        }
        let Some(entry) = node.entry(key) else {
            return below(document, node).unwrap_or(spot);
        };
        spot = above(document, entry);
        node = entry.node;
    }
    spot
}

fn above(document: &Document, entry: Entry<'_>) -> (usize, usize) {
    let line = document.line_start_of(entry.key_index);
    let text = &document.text()[line..];
    (line, text.len() - text.trim_start_matches(' ').len())
}

fn below(document: &Document, map: NodeRef<'_>) -> Option<(usize, usize)> {
    let last = map.entries().last()?;
    let column = document.column_at(map.item().range().start);
    Some((document.line_end_of(last.node.last_index()), column))
}

/// The lines of an entry, comments beside it included, moved to the left margin.
fn their_lines(theirs: &Document, path: &KeyPath) -> Option<Zeroizing<String>> {
    let (front, last) = path.split_last()?;
    let Step::Key(last) = last else { return None };
    let mut map = theirs.root()?;
    for step in front.steps() {
        let Step::Key(key) = step else { return None };
        map = map.get(key)?;
    }
    let entry = map.entry(last)?;
    let start = theirs.items()[entry.key_index].range().start;
    if map.item().is_flow {
        let end = theirs.end_of(entry.node.last_index());
        let end = end.max(theirs.after_colon(entry.key_index));
        return Some(Zeroizing::new(theirs.text()[start..end].to_owned()));
    }
    let (from, column) = (
        theirs.line_start_of(entry.key_index),
        theirs.column_at(start),
    );
    let end = theirs
        .line_end_of(entry.node.last_index())
        .max(theirs.line_end_of(entry.key_index));
    let mut out = Zeroizing::new(String::new());
    for line in theirs.text()[from..end].lines() {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        out.push_str(&line[column.min(blanks)..]);
        out.push('\n');
    }
    Some(out)
}

/// Where a text still shows the other side; lines of a value that begin so are nobody's mark.
pub(super) fn undecided(text: &str) -> Option<Place> {
    let offset = text
        .lines()
        .position(|line| line.trim_start().starts_with(MARK))?;
    let Ok(document) = Document::parse(text) else {
        return Some(Place {
            line: offset + 1,
            column: 1,
        });
    };
    let is_mark = |index: &usize| {
        document.items()[*index].part == Part::Comment
            && document.str_at(*index).starts_with(&MARK[1..])
    };
    let found = (0..document.items().len()).find(is_mark)?;
    Some(document.place_of(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret;
    use crate::{
        merge::{Merge, three_way},
        typed::read,
        value::{Map, Node},
    };

    fn tree(document: &Document) -> Node {
        let root = document.root().map(|root| root.to_node().unwrap());
        root.unwrap_or(Node::Map(Map::new()))
    }

    fn with(base: &str, ours: &str, theirs: &str) -> String {
        let [base, ours, theirs] = [base, ours, theirs].map(|text| Document::parse(text).unwrap());
        let trees = [&base, &ours, &theirs].map(tree);
        let merged = three_way(Merge {
            base: &trees[0],
            ours: &trees[1],
            theirs: &trees[2],
        });
        with_theirs(&ours, &merged.conflicts, &theirs)
            .expose_secret()
            .to_owned()
    }

    #[test]
    fn both_values_are_shown_at_the_key() {
        let text = with(
            "a: 1\nm:\n  pem: x\n  gone: 1\nz: 1\n",
            "# c\na: 2 # ours\nm:\n  pem: y\n\nz: 2\n",
            "a: 3 # theirs\nm:\n      pem: |\n        one\n\n        two\n      gone: 2\n",
        );
        assert_eq!(
            text,
            "\
# c
#|theirs> `a` was changed on both sides to different values; there:
#|theirs>   a: 3 # theirs
#|theirs> keep what follows or write theirs, and remove these lines
a: 2 # ours
m:
  #|theirs> `m.pem` was changed on both sides to different values; there:
  #|theirs>   pem: |
  #|theirs>     one
  #|theirs>
  #|theirs>     two
  #|theirs> keep what follows or write theirs, and remove these lines
  pem: y
  #|theirs> `m.gone` was removed here, changed there; there:
  #|theirs>   gone: 2
  #|theirs> leave it out or write theirs, and remove these lines

#|theirs> `z` was changed here, removed there; there:
#|theirs>   (removed)
#|theirs> keep what follows or write theirs, and remove these lines
z: 2
"
        );
    }

    #[test]
    fn in_brackets_and_in_what_is_empty_they_stand_where_a_comment_may() {
        let text = with(
            "m: {a: 1, b: [1]}\n",
            "m: {a: 2}\n",
            "m: {a: 3, b: [1,\n 2]}\n",
        );
        assert_eq!(
            text,
            "\
#|theirs> `m.a` was changed on both sides to different values; there:
#|theirs>   a: 3
#|theirs> keep what follows or write theirs, and remove these lines
#|theirs> `m.b` was removed here, changed there; there:
#|theirs>   b: [1,
#|theirs>    2]
#|theirs> leave it out or write theirs, and remove these lines
m: {a: 2}
"
        );
        let text = with("a: 1\n", "# only this\n", "a: 2\n");
        assert!(
            text.starts_with("# only this\n#|theirs> `a` was removed here"),
            "{text}"
        );
    }

    #[test]
    fn a_text_is_refused_as_long_as_one_line_of_theirs_stands() {
        let mut text = with("a: 1\nb: 1\n", "a: 2\nb: 2\n", "a: 3\nb: 3\n");
        for line in [1, 1, 1, 2, 2, 2] {
            let problem = read(text.as_bytes()).err().unwrap();
            assert_eq!(
                problem.place().map(|place| place.line),
                Some(line),
                "{text}"
            );
            assert!(!problem.to_string().contains('3'));
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            lines.remove(line - 1);
            text = lines.concat();
        }
        assert_eq!(
            read(text.as_bytes()).unwrap().text.expose_secret(),
            "a: 2\nb: 2\n"
        );
        assert!(read(b"a: [\n#|theirs> x\n").is_err());
    }

    #[test]
    fn a_value_may_hold_what_looks_like_the_mark() {
        assert!(read(b"a: |\n  #|theirs> x\n").is_ok());
    }
}
