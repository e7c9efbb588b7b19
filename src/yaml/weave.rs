//! The last step of reading: comments between the other events, and the starts and ends of collections told of each other.

use std::ops::Range;

use super::{
    Item, Part,
    error::{Problem, YamlError},
    parse::at,
};

/// Puts the comments between the other events and links what belongs together.
pub(super) fn weave(
    text: &str,
    mut items: Vec<Item>,
    comments: Vec<Item>,
) -> Result<Vec<Item>, YamlError> {
    if let Some(first) = comments.first() {
        // What stands before the first comment stays where it is.
        let start = first.range().start;
        let tail = items.split_off(items.partition_point(|item| item.range().start <= start));
        insert_comments(text, &mut items, tail, comments)?;
    }
    link(&mut items);
    Ok(items)
}

fn insert_comments(
    text: &str,
    tape: &mut Vec<Item>,
    tail: Vec<Item>,
    comments: Vec<Item>,
) -> Result<(), YamlError> {
    let mut comments = comments.into_iter().peekable();
    let is_scalar = |item: &&Item| matches!(item.part, Part::Key | Part::Value);
    let mut last_scalar = tape
        .iter()
        .rev()
        .find(is_scalar)
        .map(|item| (item.range(), item.body()));
    tape.reserve(tail.len() + comments.len());
    for item in tail {
        while let Some(comment) =
            comments.next_if(|comment| comment.range().start < item.range().start)
        {
            place_comment(text, comment, &last_scalar, tape)?;
        }
        if is_scalar(&&item) {
            last_scalar = Some((item.range(), item.body()));
        }
        tape.push(item);
    }
    comments.try_for_each(|comment| place_comment(text, comment, &last_scalar, tape))
}

/// Tells the starts and the ends of collections of each other.
pub(super) fn link(tape: &mut [Item]) {
    let mut open: Vec<usize> = Vec::new();
    for index in 0..tape.len() {
        match tape[index].part {
            Part::MapStart | Part::ListStart => open.push(index),
            Part::MapEnd | Part::ListEnd => {
                let start = open.pop().expect("the parser closes what it opened");
                tape[start].join(index);
                tape[index].join(start);
            }
            _ => {}
        }
    }
}

fn place_comment(
    text: &str,
    comment: Item,
    scalar: &Option<(Range<usize>, Range<usize>)>,
    tape: &mut Vec<Item>,
) -> Result<(), YamlError> {
    if let Some((range, body)) = scalar {
        let start = comment.range().start;
        if start < range.end || (body.start <= start && start < body.end) {
            return Err(at(text, start, Problem::CommentInValue));
        }
    }
    tape.push(comment);
    Ok(())
}
