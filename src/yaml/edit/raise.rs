//! The comments of a collection that is no longer one: above what leads it, where they belong to nothing else.

use std::ops::Range;

use super::Edit;
use crate::yaml::{
    Document, Part,
    lines::{line_start, next_line},
};

impl Document {
    /// Moves the comments between `lead_end` and the lines in `gone`, and those below that stand further in than the key or dash that leads the
    /// collection, above that. One beside it stays there.
    pub(super) fn raise(&self, lead_end: usize, gone: Range<usize>) -> Vec<Edit> {
        let text = self.text();
        let line = line_start(text, lead_end);
        let start = line + text[line..].len() - text[line..].trim_start_matches(' ').len();
        // No comment stands between the two halves of an explicit key.
        let Some(first) = text[start..].chars().next().filter(|c| !"?:".contains(*c)) else {
            return Vec::new();
        };
        let column = match first {
            '-' => lead_end - 1 - line,
            _ => start - line,
        };
        let below = gone.end..self.inner_end(gone.end, column);
        let above = next_line(text, lead_end).min(gone.start)..gone.start;
        let comments = self.own_lines(above).chain(self.own_lines(below));
        let (mut raised, mut edits) = (String::new(), Vec::new());
        for comment in comments {
            let end = next_line(text, comment.end);
            edits.push(Edit::new(line_start(text, comment.start)..end, ""));
            raised.push_str(&text[comment]);
            raised.push_str(self.eol_at(line));
            raised.push_str(&" ".repeat(start - line));
        }
        if !raised.is_empty() {
            // What other edits put on the lines above comes before.
            raised.push(first);
            edits.push(Edit::new(start..start + first.len_utf8(), raised));
        }
        edits
    }

    /// Where the comments end that follow a line and stand further in than a column: they belong to what stands above them. One behind a dash
    /// or a mark of a key belongs to that.
    pub(super) fn inner_end(&self, line_end: usize, column: usize) -> usize {
        let items = self.items();
        let next = items.partition_point(|item| item.range().start < line_end);
        let is_end = |part: Part| matches!(part, Part::MapEnd | Part::ListEnd);
        let nodes = items[next..].iter().filter(|item| !is_end(item.part));
        let comments = nodes.take_while(|item| item.part == Part::Comment);
        comments.fold(line_end, |end, comment| {
            let range = comment.range();
            let follows = self.text()[end..range.start.max(end)].trim().is_empty();
            match follows && self.column_at(range.start) > column {
                true => next_line(self.text(), range.end),
                false => end,
            }
        })
    }

    /// The end of the line on which something ends.
    pub(super) fn after_line(&self, end: usize) -> usize {
        match self.text()[..end].ends_with('\n') {
            true => end,
            false => next_line(self.text(), end),
        }
    }

    /// The comments on lines of their own in a range.
    fn own_lines(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let items = self.items();
        let next = items.partition_point(|item| item.range().start < range.start);
        let within = items[next..].iter();
        let within = within.take_while(move |item| item.range().start < range.end);
        let comments = within.filter(|item| item.part == Part::Comment);
        let comments = comments.map(|item| item.range().start..item.range().end);
        comments.filter(|range| {
            let line = line_start(self.text(), range.start);
            self.text()[line..range.start].trim().is_empty()
        })
    }
}
