//! The ordinary lines of a sealed file, read without the parser.
//!
//! Nearly every line of a large file has one of a few shapes, and the parser spends most of a command's time on them. Here they are taken by
//! their shape alone, from the start of the text up to the last key of the root before the first line that is anything else; from there on
//! the parser reads. What is taken gives the same tape as the parser's (a law of the tests), and a text with any error is read by the
//! parser alone.
//!
//! Why the cut is safe: it stands before a line at column 0 that begins with a letter. In a block map at column 0 no scalar goes on at that
//! column and nothing but a key of that map begins there, so neither side can change the meaning of the other.

use std::{collections::HashSet, hash::BuildHasher};

use foldhash::fast::RandomState;

use super::{
    Item, Part, Style,
    parse::{DEPTH_LIMIT, KEY_LIMIT},
    resolve::resolve,
};
use crate::value::Kind;

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

/// What was read: the root map is open, and the text at `rest` begins with its next key.
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

/// A map that is open.
struct Level {
    column: usize,
    keys: Keys,
}

struct Reader<'t> {
    text: &'t str,
    /// Lines with a key and a value, as far as can be guessed.
    lines: usize,
    items: Vec<Item>,
    /// Comments that stand before the next key.
    comments: Vec<Item>,
    levels: Vec<Level>,
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

    /// Takes a line that begins at `start`; `None` if it is no ordinary one, and then nothing is changed.
    fn line(&mut self, start: usize, line: &'t str) -> Option<()> {
        let content = line.trim_start_matches(' ');
        let column = line.len() - content.len();
        match content.as_bytes().first() {
            None if column == 0 => Some(()),
            Some(b'#') => self.comment(start + column, content),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
                let colon = memchr::memchr(b':', content.as_bytes())?;
                let (key, value) = (&content[..colon], &content[colon + 1..]);
                let value = Value::of(value)?;
                is_key(key).then_some(())?;
                self.entry(start + column, column, key, value)
            }
            _ => None,
        }
    }

    fn comment(&mut self, start: usize, content: &str) -> Option<()> {
        let is_plain = content
            .bytes()
            .fold(true, |all, b| all & (b' '..=b'~').contains(&b));
        if !is_plain || content.ends_with(' ') {
            return None;
        }
        let range = start..start + content.len();
        self.comments
            .push(Item::usual(Part::Comment, Style::Plain, range));
        Some(())
    }

    fn entry(&mut self, start: usize, column: usize, key: &'t str, value: Value) -> Option<()> {
        let depth = self.levels.iter().rposition(|level| level.column <= column);
        let is_deeper = depth.is_none_or(|depth| self.levels[depth].column < column);
        // A map opens under a key that waits for it, and nowhere else; the root stands at column 0.
        let fits = match self.levels.is_empty() {
            true => column == 0,
            false => {
                is_deeper == self.is_waiting
                    && (!is_deeper || depth == Some(self.levels.len() - 1))
                    && self.levels.len() < DEPTH_LIMIT
            }
        };
        if !fits {
            return None;
        }
        // Before anything else changes: a key that was met before ends this, and is met once more by the parser.
        if let Some(depth) = depth.filter(|_| !is_deeper)
            && !self.levels[depth].keys.insert(key)
        {
            return None;
        }
        self.close_below(column);
        self.items.append(&mut self.comments);
        if is_deeper {
            self.open(start, column, key);
        }
        if column == 0 {
            self.root_key = Some((start, self.items.len()));
        }
        self.put(start, key, &value);
        Some(())
    }

    /// A map begins with its first key.
    fn open(&mut self, start: usize, column: usize, key: &str) {
        self.items
            .push(Item::usual(Part::MapStart, Style::Plain, start..start));
        let mut keys = Keys::default();
        if self.levels.is_empty() {
            // Most files have their values in the root: one line each, and nothing to grow.
            keys.0.reserve(self.lines);
        }
        keys.insert(key);
        self.levels.push(Level { column, keys });
    }

    fn put(&mut self, start: usize, key: &str, value: &Value) {
        let end = start + key.len();
        self.items
            .push(Item::usual(Part::Key, Style::Plain, start..end));
        self.cursor = end + 1;
        self.is_waiting = false;
        let range = end + 2..end + 2 + value.length();
        match value {
            Value::None => self.is_waiting = true,
            Value::Empty => {
                self.cursor = range.end;
                self.items
                    .push(Item::usual(Part::Value, Style::Double, range));
            }
            Value::Sealed(_) => {
                self.cursor = range.end;
                self.items
                    .push(Item::usual(Part::Value, Style::Plain, range));
            }
        }
    }

    /// Closes the maps that stand further right.
    fn close_below(&mut self, column: usize) {
        while self
            .levels
            .last()
            .is_some_and(|level| level.column > column)
        {
            self.levels.pop();
            let place = self.cursor..self.cursor;
            self.items
                .push(Item::usual(Part::MapEnd, Style::Plain, place));
        }
    }

    /// Cuts before the line at `at`, which is no ordinary one, or before the key of the root that holds it.
    fn finish(mut self, at: usize) -> Option<Head> {
        let is_new_key = self
            .text
            .as_bytes()
            .get(at)
            .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
        let (start, length) = self.root_key?;
        let rest = match is_new_key && !self.is_waiting {
            true => {
                self.close_below(0);
                self.items.append(&mut self.comments);
                at
            }
            false => {
                self.take_back(start, length);
                start
            }
        };
        let keys = self.levels.swap_remove(0).keys;
        let (items, shown) = (self.items, self.shown);
        (!keys.0.is_empty()).then_some(Head {
            items,
            keys,
            rest,
            shown,
        })
    }

    fn take_back(&mut self, start: usize, length: usize) {
        let end = self.items[length].range().end;
        self.levels[0].keys.remove(&self.text[start..end]);
        self.items.truncate(length);
    }
}

/// What stands behind a key.
enum Value {
    /// Nothing: a map follows.
    None,
    /// `""`
    Empty,
    /// One word that begins like ciphertext, of so many bytes.
    Sealed(usize),
}

impl Value {
    /// Takes what stands behind the colon.
    fn of(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Value::None);
        }
        let text = text.strip_prefix(' ')?;
        if text == "\"\"" {
            return Some(Value::Empty);
        }
        // Without blanks nothing ends a plain scalar within a line, outside of flow collections, but a colon at its end.
        let is_word = text
            .bytes()
            .fold(true, |all, b| all & (b'!'..=b'~').contains(&b));
        (text.starts_with("ENC[") && text.ends_with(']') && is_word)
            .then_some(Value::Sealed(text.len()))
    }

    fn length(&self) -> usize {
        match self {
            Value::None => 0,
            Value::Empty => 2,
            Value::Sealed(length) => *length,
        }
    }
}

/// Whether a word is a plain key that is a string.
fn is_key(word: &str) -> bool {
    let is_fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    word.len() <= KEY_LIMIT
        && word.bytes().all(is_fine)
        && resolve(word).is_ok_and(|resolved| resolved.kind == Kind::Str)
}

#[cfg(test)]
mod tests;
