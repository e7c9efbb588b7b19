//! The ordinary lines of a file, read without the parser.
//!
//! Nearly every line that vault and sops write has one of a few shapes, and the parser spends most of a command's time on them. Here they are
//! taken by their shape alone, from the start of the text up to the last key of the root before the first line that is anything else; from
//! there on the parser reads, which most files never need. What is taken gives the same tape as the parser's (a law of the tests), and a
//! text with any error is read by the parser alone.
//!
//! Why the cut is safe: it stands before a line at column 0 that begins with a letter. In a block map at column 0 no scalar goes on at that
//! column and nothing but a key of that map begins there, so neither side can change the meaning of the other.

mod block;
mod value;

use std::{collections::HashSet, hash::BuildHasher};

use foldhash::fast::RandomState;

use self::{
    block::Block,
    value::{Element, Value, is_comment},
};
use super::{Item, Part, Style, parse::DEPTH_LIMIT};

/// The keys of one map that were met already, each as a hash of 64 bits, which takes a third of the room.
///
/// Two keys may share a hash, however unlikely. Then the second is taken for one that was met, and the text is read by the parser alone,
/// which compares the keys themselves.
#[derive(Default)]
pub(super) struct Keys(HashSet<u64, RandomState>);

impl Keys {
    pub(super) fn contains(&self, key: &str) -> bool {
        self.0.contains(&self.hash(key))
    }

    /// Whether it was not met before.
    fn insert(&mut self, key: &str) -> bool {
        self.0.insert(self.hash(key))
    }

    fn remove(&mut self, key: &str) {
        let hash = self.hash(key);
        self.0.remove(&hash);
    }

    fn hash(&self, key: &str) -> u64 {
        self.0.hasher().hash_one(key)
    }
}

/// Is shown items while a text is read, in their order: those that nothing takes back where the text is read this way.
pub(super) type Show<'s> = dyn FnMut(&[Item]) + 's;

/// Bytes of the shortest line with a sealed value: that a text has more lines than this allows promises no more keys.
const LINE: usize = 115;

/// Room for the starts and ends of a few maps and lists, such as the metadata has.
const SPARE: usize = 64;

/// Items that are shown at once.
const SHOWN: usize = 1_000;

/// What was read: the root map is open, and the text at `rest` begins with its next key; or all of the text, and the root is closed.
pub(super) struct Head {
    pub(super) items: Vec<Item>,
    /// The keys of the root.
    pub(super) keys: Keys,
    pub(super) rest: usize,
    /// How many of the items were shown.
    pub(super) shown: usize,
}

/// Reads the ordinary lines at the start; `None` where there are none.
pub(super) fn read(text: &str, show: &mut Show<'_>) -> Option<Head> {
    let mut reader = Reader::new(text);
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        if reader.line(at, &text[at..end]).is_none() {
            break;
        }
        at = end + 1;
        reader.show(show);
    }
    reader.finish(at)
}

/// A map or a list that is open.
struct Level {
    column: usize,
    /// What a map has; a list has none.
    keys: Option<Keys>,
}

/// Where a line belongs.
enum Place {
    /// In the map or list at this position, which is open.
    In(usize),
    /// In one that begins with it.
    New,
}

struct Reader<'t> {
    text: &'t str,
    /// Lines with a key and a value, as far as can be guessed.
    lines: usize,
    items: Vec<Item>,
    /// Comments that stand before the next key.
    comments: Vec<Item>,
    levels: Vec<Level>,
    /// The block scalar whose lines are being read.
    block: Option<Block>,
    /// Whether the last key still waits for what it holds.
    is_waiting: bool,
    /// The byte after the last scalar.
    cursor: usize,
    /// The last key of the root: where it begins in the text and on the tape.
    root_key: Option<(usize, usize)>,
    /// How many items were shown.
    shown: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        let lines = breaks.min(text.len() / LINE);
        Reader {
            text,
            lines,
            // Nearly every line has a key and a value; what grew would be twice as large, and copied.
            items: Vec::with_capacity(lines * 2 + SPARE),
            comments: Vec::new(),
            levels: Vec::new(),
            block: None,
            is_waiting: false,
            cursor: 0,
            root_key: None,
            shown: 0,
        }
    }

    /// Shows the items before the last key of the root, which alone may be taken back, once they are many.
    fn show(&mut self, show: &mut Show<'_>) {
        let settled = self.root_key.map_or(0, |(_, key)| key);
        if settled >= self.shown + SHOWN {
            show(&self.items[self.shown..settled]);
            self.shown = settled;
        }
    }

    /// Takes a line that begins at `start`; `None` if it is no ordinary one. Then nothing is changed if it may begin with a key of the root.
    fn line(&mut self, start: usize, line: &'t str) -> Option<()> {
        let content = line.trim_start_matches(' ');
        let column = line.len() - content.len();
        if self.block.is_some() && self.block_line(start, column, content)? {
            return Some(());
        }
        match content.as_bytes().first() {
            None if column == 0 => Some(()),
            Some(b'#') => self.comment(start + column, content),
            Some(b'-') => self.element(start + column, column, content.strip_prefix("- ")?),
            Some(_) => {
                let (key, value) = value::entry(content)?;
                self.entry(start + column, column, key, value)
            }
            None => None,
        }
    }

    /// Takes a line of the open block scalar; `false` if it has ended before.
    fn block_line(&mut self, start: usize, column: usize, content: &str) -> Option<bool> {
        let block = self.block.as_mut()?;
        if block.take(start, column, content)? {
            self.is_waiting = false;
            return Some(true);
        }
        self.end_block();
        Some(false)
    }

    fn end_block(&mut self) {
        if let Some(block) = self.block.take() {
            let item = block.item(self.text);
            self.cursor = item.body().end;
            self.items.push(item);
        }
    }

    fn comment(&mut self, start: usize, content: &str) -> Option<()> {
        is_comment(content).then_some(())?;
        self.hold(start, content.len());
        Some(())
    }

    /// Keeps a comment for the place before the next key.
    fn hold(&mut self, start: usize, length: usize) {
        let range = start..start + length;
        self.comments
            .push(Item::usual(Part::Comment, Style::Plain, range));
    }

    /// A line of a map.
    fn entry(&mut self, start: usize, column: usize, key: &'t str, value: Value) -> Option<()> {
        let place = self.place(column, true)?;
        // Before anything else changes: a key that was met before ends this, and is met once more by the parser.
        if let Place::In(level) = place {
            let is_new = self.levels[level].keys.as_mut()?.insert(key);
            is_new.then_some(())?;
        }
        self.close_below(column);
        self.items.append(&mut self.comments);
        if matches!(place, Place::New) {
            self.open_map(start, column, key);
        }
        if column == 0 {
            self.root_key = Some((start, self.items.len()));
        }
        self.put_key(start, key);
        self.put(start + key.len() + 2, &value)
    }

    /// A line of a list, behind its dash.
    fn element(&mut self, start: usize, column: usize, content: &'t str) -> Option<()> {
        let element = Element::of(content)?;
        let place = self.place(column, false)?;
        self.close_below(column);
        self.items.append(&mut self.comments);
        if matches!(place, Place::New) {
            self.open(Part::ListStart, start, Level { column, keys: None });
        }
        let inner = start + 2;
        match element {
            Element::Value(value) => self.put(inner, &value),
            Element::Map(key, value) => {
                self.has_room().then_some(())?;
                self.open_map(inner, column + 2, key);
                self.put_key(inner, key);
                self.put(inner + key.len() + 2, &value)
            }
        }
    }

    /// Where a line belongs, of a map or of a list. Either begins under a key that waits for it and nowhere else; the root stands at
    /// column 0.
    fn place(&self, column: usize, is_map: bool) -> Option<Place> {
        let is_outside = |level: &Level| level.column <= column;
        let Some(index) = self.levels.iter().rposition(is_outside) else {
            return (self.levels.is_empty() && column == 0 && is_map).then_some(Place::New);
        };
        let level = &self.levels[index];
        if level.column == column {
            return (!self.is_waiting && level.keys.is_some() == is_map)
                .then_some(Place::In(index));
        }
        let is_last = index + 1 == self.levels.len();
        (self.is_waiting && is_last && self.has_room()).then_some(Place::New)
    }

    /// Whether one more map or list may open.
    fn has_room(&self) -> bool {
        self.levels.len() < DEPTH_LIMIT
    }

    /// A map begins with its first key.
    fn open_map(&mut self, start: usize, column: usize, key: &str) {
        let mut keys = Keys::default();
        if self.levels.is_empty() {
            // Most files have their values in the root: one line each, and nothing to grow.
            keys.0.reserve(self.lines);
        }
        keys.insert(key);
        let keys = Some(keys);
        self.open(Part::MapStart, start, Level { column, keys });
    }

    fn open(&mut self, part: Part, start: usize, level: Level) {
        self.items
            .push(Item::usual(part, Style::Plain, start..start));
        self.levels.push(level);
    }

    fn put_key(&mut self, start: usize, key: &str) {
        let end = start + key.len();
        self.items
            .push(Item::usual(Part::Key, Style::Plain, start..end));
        self.cursor = end + 1;
    }

    /// A value that begins at `start`, if anything of it stands there.
    fn put(&mut self, start: usize, value: &Value) -> Option<()> {
        self.is_waiting = matches!(value, Value::None | Value::Block);
        match value {
            Value::None => {}
            Value::Block => self.block = Some(Block::new(start, self.levels.last()?.column)),
            Value::Scalar(style, length, beside) => {
                self.cursor = start + length;
                self.items
                    .push(Item::usual(Part::Value, *style, start..self.cursor));
                if *beside > 0 {
                    self.hold(self.cursor + 1, *beside);
                }
            }
            Value::Words(length) => {
                self.has_room().then_some(())?;
                self.cursor = start + length;
                self.items
                    .extend(value::words(self.text, start..self.cursor));
            }
        }
        Some(())
    }

    /// Closes the maps and lists that stand further right.
    fn close_below(&mut self, column: usize) {
        while self.levels.last().is_some_and(|last| last.column > column) {
            self.close();
        }
    }

    fn close(&mut self) {
        let part = match self.levels.pop() {
            Some(Level { keys: None, .. }) => Part::ListEnd,
            _ => Part::MapEnd,
        };
        let place = self.cursor..self.cursor;
        self.items.push(Item::usual(part, Style::Plain, place));
    }

    /// Cuts before the line at `at`, which is no ordinary one, or before the key of the root that holds it; or ends the text.
    fn finish(mut self, at: usize) -> Option<Head> {
        let (start, length) = self.root_key?;
        let next = self.text.as_bytes().get(at);
        let may_cut = next.is_none_or(|b| b.is_ascii_alphabetic() || *b == b'_');
        let rest = match may_cut && !self.is_waiting {
            true => {
                self.end_block();
                self.close_below(0);
                at
            }
            false => {
                self.take_back(start, length);
                start
            }
        };
        let is_whole = rest == self.text.len();
        if is_whole {
            self.close();
        }
        self.items.append(&mut self.comments);
        let root = self.levels.pop().and_then(|root| root.keys);
        let keys = root.unwrap_or_default();
        let (items, shown) = (self.items, self.shown);
        (is_whole || !keys.0.is_empty()).then_some(Head {
            items,
            keys,
            rest,
            shown,
        })
    }

    fn take_back(&mut self, start: usize, length: usize) {
        let end = self.items[length].range().end;
        self.levels.truncate(1);
        if let Some(keys) = &mut self.levels[0].keys {
            keys.remove(&self.text[start..end]);
        }
        self.items.truncate(length);
        self.comments.clear();
    }
}

#[cfg(test)]
mod tests;
