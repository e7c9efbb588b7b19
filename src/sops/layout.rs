//! How a decrypted value is written where its ciphertext stood.

use crate::{
    value::{Kind, Scalar},
    yaml::{
        Document, Style,
        edit::Edit,
        lines::next_line,
        write::{INDENT, double_quoted, is_plain_string},
    },
};

/// Plain where that is safe, a block where there are several lines, else double quotes.
pub(super) fn as_a_person_would(document: &Document, index: usize, scalar: &Scalar) -> Vec<Edit> {
    let item = &document.items()[index];
    let text = scalar.expose();
    if scalar.kind() != Kind::Str || (is_plain_string(text) && item.style != Style::Single) {
        return document.overwrite(index, text);
    }
    match block(document, index, text) {
        Some(edits) => edits,
        None => always_quoted(document, index, scalar),
    }
}

/// Strings always in double quotes.
pub(super) fn always_quoted(document: &Document, index: usize, scalar: &Scalar) -> Vec<Edit> {
    let text = if scalar.kind() == Kind::Str {
        double_quoted(scalar.expose())
    } else {
        scalar.expose().to_owned()
    };
    document.overwrite(index, text)
}

/// A literal block for a text of several lines, where nothing around it could become part of it.
fn block(document: &Document, index: usize, text: &str) -> Option<Vec<Edit>> {
    let item = &document.items()[index];
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_tame = |line: &str| {
        !line.ends_with([' ', '\t'])
            && !line
                .chars()
                .any(|c| c.is_control() || crate::value::is_format(c))
    };
    if item.is_flow
        || !body.contains('\n')
        || body.ends_with('\n')
        || text.starts_with([' ', '\t', '\n'])
        || !body.lines().all(is_tame)
    {
        return None;
    }
    let indent = " ".repeat(own_indent(document, index) + INDENT);
    // The lines of a block that stood there go.
    let after = next_line(document.text(), item.range().end).max(item.body().end);
    let follows = document.text()[after..]
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let is_swallowed = |line: &str| line.len() - line.trim_start_matches(' ').len() >= indent.len();
    let blank_is_wide = document.text()[after..]
        .lines()
        .take_while(|line| line.trim().is_empty())
        .any(is_swallowed);
    if is_swallowed(follows) || blank_is_wide {
        return None;
    }
    let eol = document.eol_at(item.range().start);
    let lines: String = body
        .lines()
        .map(|line| {
            if line.is_empty() {
                eol.to_owned()
            } else {
                format!("{indent}{line}{eol}")
            }
        })
        .collect();
    let header = if text.ends_with('\n') { "|" } else { "|-" };
    let mut edits = document.overwrite(index, header);
    edits.push(Edit::new(after..after, lines));
    Some(edits)
}

/// The column of the key or dash that leads a value, or its own where it has a line for itself.
fn own_indent(document: &Document, index: usize) -> usize {
    let start = document.items()[index].range().start;
    let line = &document.text()[start - document.column_at(start)..start];
    let lead = line.len() - line.trim_start_matches([' ', '-']).len();
    match lead == line.len() {
        true => line.rfind('-').unwrap_or(lead),
        false => lead,
    }
}
