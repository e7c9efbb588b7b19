//! One pass over the data of any document: what stands at which key, and which key a comment is about. Nothing need be in order for it.

use std::{cell::LazyCell, ops::RangeInclusive};

use crate::{
    sops::{METADATA_KEY, Metadata, Rule, is_comment},
    value::{Form, StepRef},
    yaml::{Document, Item, Part},
};

/// What the pass meets, in the order of the text.
pub(super) enum Piece {
    /// A scalar.
    Value,
    /// A comment: at the end of the line of what stands there, or above it, or below everything that stands in it. Sops writes those of a
    /// list as items.
    Comment,
    /// A map or a list without anything in it but comments.
    Empty,
}

/// Shows every piece of the data with where it stands and its item; the metadata is left out.
pub(super) fn walk<'d>(document: &'d Document, mut see: impl FnMut(&[StepRef<'d>], usize, Piece)) {
    let metadata = metadata(document);
    let rule = || Some(Metadata::read(document, Form::Lenient).ok()?.rule);
    let mut walk = Walk {
        document,
        rule: LazyCell::new(&rule),
        path: Vec::new(),
        counts: Vec::new(),
        above: Vec::new(),
        told: None,
        see: &mut see,
    };
    for at in 0..document.items().len() {
        match metadata.as_ref().filter(|range| range.contains(&at)) {
            None => walk.item(at),
            Some(range) if *range.start() == at => walk.flush(),
            Some(_) => {}
        }
    }
    walk.flush();
}

/// The items of the metadata, its key among them.
fn metadata(document: &Document) -> Option<RangeInclusive<usize>> {
    let entry = document.root()?.entry(METADATA_KEY)?;
    Some(entry.key_index..=entry.node.last_index())
}

struct Walk<'w, 'd> {
    document: &'d Document,
    /// Asked for where something looks like a comment that is an item.
    rule: LazyCell<Option<Rule>, &'w dyn Fn() -> Option<Rule>>,
    /// Where the pass is: the step into a map is made by its key, that into a list by the item.
    path: Vec<StepRef<'d>>,
    /// For each open collection how many items it had so far, if it is a list.
    counts: Vec<Option<usize>>,
    /// Comments in lines of their own, which belong to what comes next.
    above: Vec<usize>,
    /// The comment that was shown last, at the end of a line.
    told: Option<usize>,
    see: &'w mut dyn FnMut(&[StepRef<'d>], usize, Piece),
}

impl Walk<'_, '_> {
    fn item(&mut self, at: usize) {
        let item = &self.document.items()[at];
        match item.part {
            Part::Comment if self.told == Some(at) => {}
            Part::Comment => self.above.push(at),
            Part::Value if self.is_comment_item(at) => self.above.push(at),
            Part::Key => {
                self.path.push(StepRef::Key(self.document.str_at(at)));
                self.flush();
                self.end_of_line(at);
            }
            Part::Value => {
                self.enter();
                self.flush();
                (self.see)(&self.path, at, Piece::Value);
                self.end_of_line(at);
                self.leave();
            }
            Part::MapStart | Part::ListStart => {
                self.enter();
                if self.document.partner(at) == at + 1 {
                    self.flush();
                    (self.see)(&self.path, at, Piece::Empty);
                }
                let is_list = item.part == Part::ListStart;
                self.counts.push(is_list.then_some(0));
            }
            Part::MapEnd | Part::ListEnd => {
                self.flush();
                let start = self.document.partner(at);
                if self.counts.pop() == Some(Some(0)) && start + 1 < at {
                    (self.see)(&self.path, start, Piece::Empty);
                }
                if item.is_flow {
                    self.end_of_line(at);
                }
                self.leave();
            }
        }
    }

    /// Whether an item of a list is a comment: what the rule leaves in clear is text, whatever it looks like.
    fn is_comment_item(&self, at: usize) -> bool {
        let keys = self.path.iter().filter_map(|step| match step {
            StepRef::Key(key) => Some(*key),
            StepRef::Index(_) => None,
        });
        matches!(self.counts.last(), Some(Some(_)))
            && is_comment(self.document.str_at(at))
            && self.rule.as_ref().is_none_or(|rule| rule.encrypts(keys))
    }

    /// The step to an item of a list; the root has none.
    fn enter(&mut self) {
        if let Some(Some(count)) = self.counts.last_mut() {
            self.path.push(StepRef::Index(*count));
            *count += 1;
        }
    }

    fn leave(&mut self) {
        if !self.counts.is_empty() {
            self.path.pop();
        }
    }

    fn flush(&mut self) {
        for comment in self.above.drain(..) {
            (self.see)(&self.path, comment, Piece::Comment);
        }
    }

    /// Shows the comment that follows an item in its line; block collections that end with the item end before it.
    fn end_of_line(&mut self, at: usize) {
        let items = self.document.items();
        let is_end = |item: &Item| matches!(item.part, Part::MapEnd | Part::ListEnd);
        let next =
            (at + 1..items.len()).find(|next| items[*next].is_flow || !is_end(&items[*next]));
        let Some(next) = next.filter(|next| items[*next].part == Part::Comment) else {
            return;
        };
        let between = items[at].range().end..items[next].range().start;
        let between = self.document.text().get(between);
        if between.is_some_and(|text| !text.contains('\n')) {
            (self.see)(&self.path, next, Piece::Comment);
            self.told = Some(next);
        }
    }
}
