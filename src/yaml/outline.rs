//! Who holds what: for each item of a document the collection that holds it and its key.

use super::{Document, Part};
use crate::value::{KeyPath, Step};

/// The holders of all items of a document.
pub struct Outline<'d> {
    document: &'d Document,
    /// The start of the collection that holds the item; `NONE` outside of all.
    holders: Vec<u32>,
    /// The key under which a value or collection stands; `NONE` in lists and at the root.
    keys: Vec<u32>,
}

const NONE: u32 = u32::MAX;

fn index(stored: u32) -> Option<usize> {
    (stored != NONE).then_some(stored as usize)
}

impl<'d> Outline<'d> {
    /// Goes through the document once.
    pub fn new(document: &'d Document) -> Self {
        let count = document.items().len();
        let mut outline = Outline {
            document,
            holders: Vec::with_capacity(count),
            keys: Vec::with_capacity(count),
        };
        let mut open: Vec<u32> = Vec::new();
        let mut key = NONE;
        for (at, item) in document.items().iter().enumerate() {
            // A tape is shorter than its text, which is at most 64 MiB.
            let at = at as u32;
            if matches!(item.part, Part::MapEnd | Part::ListEnd) {
                open.pop();
            }
            outline.holders.push(open.last().copied().unwrap_or(NONE));
            outline
                .keys
                .push(if item.part == Part::Comment || item.part == Part::Key {
                    NONE
                } else {
                    key
                });
            match item.part {
                Part::Key => key = at,
                Part::Comment => {}
                _ => key = NONE,
            }
            if matches!(item.part, Part::MapStart | Part::ListStart) {
                open.push(at);
            }
        }
        outline
    }

    /// The document.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// The collection that holds an item, by where it starts.
    pub fn holder(&self, item: usize) -> Option<usize> {
        index(self.holders[item])
    }

    /// The keys on the way from the root to a collection or value, that of the node itself last.
    pub fn keys_to(&self, node: usize) -> Vec<&'d str> {
        let mut keys = Vec::new();
        let mut at = Some(node);
        while let Some(item) = at {
            if let Some(key) = index(self.keys[item]) {
                keys.push(self.document.str_at(key));
            }
            at = self.holder(item);
        }
        keys.reverse();
        keys
    }

    /// The path of a key, value or collection; for a comment that of the collection around it.
    pub fn path(&self, item: usize) -> KeyPath {
        let mut steps = Vec::new();
        let mut at = item;
        if self.document.items()[item].part == Part::Key {
            steps.push(Step::Key(self.document.str_at(item).to_owned()));
        }
        loop {
            if let Some(step) = self.step(at) {
                steps.push(step);
            }
            match self.holder(at) {
                Some(holder) => at = holder,
                None => break,
            }
        }
        steps.reverse();
        KeyPath::from_steps(steps)
    }

    fn step(&self, item: usize) -> Option<Step> {
        if let Some(key) = index(self.keys[item]) {
            return Some(Step::Key(self.document.str_at(key).to_owned()));
        }
        let holder = self.holder(item)?;
        let items = self.document.items();
        if items[holder].part != Part::ListStart
            || !matches!(
                items[item].part,
                Part::Value | Part::MapStart | Part::ListStart
            )
        {
            return None;
        }
        let is_node = |at: &usize| {
            self.holder(*at) == Some(holder)
                && matches!(
                    items[*at].part,
                    Part::Value | Part::MapStart | Part::ListStart
                )
        };
        Some(Step::Index((holder + 1..item).filter(is_node).count()))
    }
}
