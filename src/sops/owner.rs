//! Which collection a comment belongs to for sops: its path is the additional data of the comment.
//!
//! Measured on what go-yaml v3 attaches comments to and on what sops makes of it. Where a formatter has moved a comment, the reader tries the
//! other collections of the file as well; only the writer depends on these rules.

use crate::yaml::{Outline, Part};

/// The start of the collection that a comment belongs to; `None` for the root of a document without keys.
pub(super) fn comment_owner(outline: &Outline<'_>, comment: usize) -> Option<usize> {
    let document = outline.document();
    let items = document.items();
    let start = items[comment].range.start;
    let beside = &document.text()[start - document.column_at(start)..start];
    if let Some(holder) = outline
        .holder(comment)
        .filter(|holder| items[*holder].is_flow)
    {
        return Some(holder);
    }
    if beside.trim().is_empty() {
        return own_line_owner(outline, comment);
    }
    if beside.bytes().all(|b| matches!(b, b'-' | b' ' | b'\t')) {
        return outline.holder(comment);
    }
    side_owner(outline, comment)
}

/// A comment after something on its line.
fn side_owner(outline: &Outline<'_>, comment: usize) -> Option<usize> {
    let document = outline.document();
    let items = document.items();
    // Block collections end with their last node; the comment stands beside that node.
    let is_beside = |at: &usize| {
        items[*at].part != Part::Comment
            && !(is_end(items[*at].part) && items[*at].range.is_empty())
    };
    let at = (0..comment).rev().find(is_beside)?;
    match items[at].part {
        Part::MapEnd | Part::ListEnd => Some(document.partner(at)),
        Part::MapStart | Part::ListStart => Some(at),
        _ => outline.holder(at),
    }
}

/// A comment on a line of its own.
fn own_line_owner(outline: &Outline<'_>, comment: usize) -> Option<usize> {
    let document = outline.document();
    let items = document.items();
    let column_of = |at: usize| document.column_at(items[at].range.start);
    let column = column_of(comment);
    let next = (comment + 1..items.len())
        .find(|at| items[*at].part != Part::Comment && !is_end(items[*at].part));
    if column > next.map_or(0, column_of) {
        let closing = closing_before(outline, comment).find(|start| column_of(*start) <= column);
        if closing.is_some() {
            return closing;
        }
    }
    match next {
        Some(next) if is_start(items[next].part) && !follows_item(outline, next) => Some(next),
        Some(next) => outline.holder(next),
        None => document.root().map(|root| root.index()),
    }
}

fn is_start(part: Part) -> bool {
    matches!(part, Part::MapStart | Part::ListStart)
}

fn is_end(part: Part) -> bool {
    matches!(part, Part::MapEnd | Part::ListEnd)
}

/// Whether a collection is an item of a list: what stands above it belongs to the list.
fn follows_item(outline: &Outline<'_>, start: usize) -> bool {
    let items = outline.document().items();
    outline
        .holder(start)
        .is_some_and(|holder| items[holder].part == Part::ListStart)
}

/// The block collections that end right before a comment, the innermost first.
fn closing_before<'o>(
    outline: &'o Outline<'_>,
    comment: usize,
) -> impl Iterator<Item = usize> + 'o {
    let document = outline.document();
    let items = document.items();
    let from = (0..comment)
        .rev()
        .take_while(|at| items[*at].part == Part::Comment || is_end(items[*at].part))
        .last()
        .unwrap_or(comment);
    (from..comment)
        .filter(|at| is_end(items[*at].part))
        .map(|at| document.partner(at))
}
