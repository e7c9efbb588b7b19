//! Known values and private keys in bytes that are about to be published: which, and where.
//!
//! The opposite of [`crate::mask`] in one thing: there a word too much is hidden and nobody minds, here it stops somebody's work. So only what
//! tells a secret from other text is looked for; see [`is_telling`].

mod needles;
mod unwrapped;
mod wide;

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use zeroize::Zeroizing;

use crate::{keys::PrivateKey, mask::TooMany, value::Scalar};
use needles::Needle;
pub use needles::{LONG, SHORTEST, is_telling};

/// Bytes of a needle by which it is found before the rest is compared: as many as the shortest has.
const WINDOW: usize = SHORTEST;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Catch {
    /// A value, by its position among those that were given.
    Value(usize),
    /// A private key.
    Key(PrivateKey),
}

/// Where something begins; both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Lines end in a line feed.
    pub line: usize,
    /// In characters.
    pub column: usize,
}

/// Looks for everything at once, in time that grows with the bytes alone.
///
/// Holds the values; whoever wants them wiped uses an allocator that wipes what is freed, as the program does.
pub struct Search {
    automaton: AhoCorasick,
    /// By pattern of the automaton.
    needles: Vec<Vec<Needle>>,
    /// Bytes of the longest thing that is looked for, with what has to stand before it, also where it is wrapped.
    longest: usize,
}

impl Search {
    /// Looks for private keys, and for each of these values in all its spellings, where [`is_telling`] says that it tells something.
    ///
    /// # Errors
    ///
    /// [`TooMany`], beyond about two billion bytes.
    pub fn of<'v>(values: impl IntoIterator<Item = &'v Scalar>) -> Result<Self, TooMany> {
        let values = values.into_iter().enumerate();
        let values = values.flat_map(|(at, value)| needles::of(at, value));
        let mut by_window: BTreeMap<[u8; WINDOW], Vec<Needle>> = BTreeMap::new();
        for needle in values.chain(needles::of_keys()) {
            by_window.entry(needle.window()).or_default().push(needle);
        }
        let (windows, needles): (Vec<_>, Vec<_>) = by_window.into_iter().unzip();
        // Windows are of one length, so what begins first also ends first, and no other begins at the same place.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(windows)
            .map_err(|_| TooMany)?;
        let lengths = needles.iter().flatten().map(Needle::reach);
        Ok(Search {
            automaton,
            longest: lengths.max().unwrap_or(WINDOW) * unwrapped::SPREAD,
            needles,
        })
    }

    /// Begins with a file.
    pub fn begin(&self) -> Progress<'_> {
        Progress {
            search: self,
            held: Zeroizing::default(),
            start: Reached::default(),
            found: BTreeMap::new(),
        }
    }

    /// Looks through bytes that are at hand as a whole: the first place of each thing that is there.
    pub fn all(&self, bytes: &[u8]) -> BTreeMap<Catch, Place> {
        let mut progress = self.begin();
        progress.look(bytes);
        progress.found
    }

    fn each_in(&self, bytes: &[u8], mut see: impl FnMut(Catch, usize)) {
        let mut from = 0;
        while let Some(found) = self.automaton.find(Input::new(bytes).range(from..)) {
            let needles = &self.needles[found.pattern().as_usize()];
            for needle in needles {
                if let Some(start) = needle.stands(bytes, found.start()) {
                    see(needle.catch(), start);
                }
            }
            from = found.start() + 1;
        }
    }
}

/// One file on its way through a [`Search`].
pub struct Progress<'s> {
    search: &'s Search,
    /// The end of what has come: something may begin in it.
    held: Zeroizing<Vec<u8>>,
    /// Where `held` begins.
    start: Reached,
    found: BTreeMap<Catch, Place>,
}

impl Progress<'_> {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(bytes);
        self.look(&text);
        let decided = text.len().saturating_sub(self.search.longest - 1);
        self.start = self.start.after(&text[..decided]);
        text.drain(..decided);
        self.held = text;
    }

    /// The first place of each thing that was there.
    pub fn finish(self) -> BTreeMap<Catch, Place> {
        self.found
    }

    fn look(&mut self, text: &[u8]) {
        let (start, found) = (self.start, &mut self.found);
        let mut note = |catch, at, width| {
            found
                .entry(catch)
                .or_insert_with(|| start.after(&text[..at]).place(width));
        };
        self.search
            .each_in(text, |catch, at| note(catch, at, Width::Bytes));
        unwrapped::each(text, |stretch| {
            self.search.each_in(stretch.text(), |catch, at| {
                note(catch, stretch.origin(at), Width::Bytes);
            });
        });
        wide::each(text, |narrow, start| {
            self.search.each_in(narrow, |catch, at| {
                note(catch, start + at * 2, Width::Pairs);
            });
        });
    }
}

/// What a character of ASCII has around a thing that was found.
#[derive(Clone, Copy)]
enum Width {
    /// One byte: a zero is a character by itself.
    Bytes,
    /// Two, as in UTF-16: a zero is half of one.
    Pairs,
}

/// How far a file was looked through.
#[derive(Clone, Copy, Default)]
struct Reached {
    /// Ends of lines.
    lines: usize,
    /// Characters of the last line, without zeros.
    characters: usize,
    /// Zeros of the last line.
    zeros: usize,
}

impl Reached {
    /// Behind these bytes.
    fn after(self, bytes: &[u8]) -> Self {
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        let last = memchr::memrchr(b'\n', bytes).map_or(bytes, |end| &bytes[end + 1..]);
        // Every byte of a character but its first has the form 10xxxxxx. The mark of UTF-16 (FF FE) is none.
        let is_character = |byte: &&u8| **byte & 0xc0 != 0x80 && !matches!(byte, 0 | 0xfe | 0xff);
        let before = match lines {
            0 => self,
            _ => Reached::default(),
        };
        Reached {
            lines: self.lines + lines,
            characters: before.characters + last.iter().filter(is_character).count(),
            zeros: before.zeros + memchr::memchr_iter(0, last).count(),
        }
    }

    fn place(self, width: Width) -> Place {
        let zeros = match width {
            Width::Bytes => self.zeros,
            Width::Pairs => 0,
        };
        Place {
            line: self.lines + 1,
            column: self.characters + zeros + 1,
        }
    }
}

#[cfg(test)]
mod tests;
