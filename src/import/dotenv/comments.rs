//! The comments of a file, each given to the key below it.

use super::Found;

/// What stands on lines of its own between the entries of one reader.
pub(super) struct Comments {
    /// The comments above each entry, in their order; the one beside it last.
    pub(super) of: Vec<Vec<String>>,
    /// The lines of those that no entry follows.
    pub(super) left: Vec<usize>,
}

/// Gives every comment to the next entry; blank lines between them do not count.
pub(super) fn comments(text: &str, found: &[Found]) -> Comments {
    let lines: Vec<&str> = text.lines().collect();
    let mut next = 1;
    let mut of = Vec::with_capacity(found.len());
    for entry in found {
        let above = lines_of(&lines, next, entry.line).map(|(_, comment)| comment.to_owned());
        of.push(above.chain(entry.beside.clone()).collect());
        next = next.max(entry.end_line + 1);
    }
    let left = lines_of(&lines, next, lines.len() + 1).map(|(line, _)| line);
    Comments {
        of,
        left: left.collect(),
    }
}

/// The comments from one line to before another, without their `#`.
fn lines_of<'t>(
    lines: &'t [&'t str],
    from: usize,
    to: usize,
) -> impl Iterator<Item = (usize, &'t str)> {
    (from..to).filter_map(|line| {
        let comment = lines.get(line - 1)?.trim().strip_prefix('#')?;
        Some((line, comment))
    })
}
