//! Text with places: reads one YAML document, keeps every byte, and changes only what it is told to change.
//!
//! What sops could read differently, or what cannot be encrypted in place, is refused with its place: anchors, aliases, merge keys,
//! tags other than `!!str`, keys that are no strings, duplicate keys, several documents, line breaks that only some readers see.

mod builder;
mod depth;
pub mod edit;
mod error;
mod item;
pub(crate) mod lines;
mod node;
mod ordinary;
mod outline;
mod parse;
mod resolve;
mod timestamp;
mod weave;
pub mod write;

use std::{ops::Deref, str::Utf8Error, sync::Arc};

pub(crate) use depth::is_deep;
pub use error::{Place, Problem, YamlError};
pub use item::Item;
pub use node::{Entry, NodeRef};
pub use outline::Outline;
pub(crate) use parse::DEPTH_LIMIT;
pub use parse::conflict;
pub use resolve::{Resolved, TooLarge, resolve};

use zeroize::Zeroizing;

use crate::{secret::secret, value::Scalar};

/// What an item of the tape is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A map begins.
    MapStart,
    /// A map ends.
    MapEnd,
    /// A list begins.
    ListStart,
    /// A list ends.
    ListEnd,
    /// A key; its value is the next item that is no comment.
    Key,
    /// A scalar that is no key.
    Value,
    /// A comment, on a line of its own or at the end of one.
    Comment,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'`.
    Single,
    /// In `"`.
    Double,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

/// One parsed document; its text is wiped when dropped, unless it is ciphertext.
pub struct Document {
    text: Own,
    has_bom: bool,
    items: Vec<Item>,
}

enum Own {
    Plain(Zeroizing<String>),
    Sealed(Arc<String>),
}

impl Deref for Own {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Own::Plain(text) => text,
            Own::Sealed(text) => text,
        }
    }
}

fn not_utf8(bytes: &[u8], error: Utf8Error) -> YamlError {
    let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid up to here");
    YamlError {
        place: Place::of(good, good.len()),
        problem: Problem::NotUtf8,
    }
}

impl Document {
    /// Reads a document.
    ///
    /// A byte-order mark is remembered and a missing final line break is added.
    ///
    /// # Errors
    ///
    /// Everything that the module refuses, with its place.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        let (has_bom, text) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut own = Zeroizing::new(String::with_capacity(text.len() + 2));
        own.push_str(text);
        if !own.is_empty() && !own.ends_with('\n') {
            own.push_str(final_break(text));
        }
        let (items, _) = parse::tape(&own, &mut |_| {})?;
        Ok(Document {
            text: Own::Plain(own),
            has_bom,
            items,
        })
    }

    /// Takes over the bytes of an encrypted document, which are no secret: they are neither copied nor wiped.
    ///
    /// # Errors
    ///
    /// As [`Document::from_bytes`].
    pub fn of_ciphertext(bytes: Vec<u8>) -> Result<Self, YamlError> {
        Ok(Document::of_ciphertext_shown(bytes, |_, _| {})?.0)
    }

    /// As [`Document::of_ciphertext`], and shows the items of a large text while it is still being read, in their order. Those that it
    /// shows are the first of the document, as many as come back with it; none are where the text had to be read once more.
    ///
    /// # Errors
    ///
    /// As [`Document::from_bytes`].
    pub fn of_ciphertext_shown(
        bytes: Vec<u8>,
        mut show: impl FnMut(&Arc<String>, &[Item]),
    ) -> Result<(Self, usize), YamlError> {
        let mut text = String::from_utf8(bytes)
            .map_err(|error| not_utf8(error.as_bytes(), error.utf8_error()))?;
        let has_bom = text.starts_with('\u{feff}');
        if has_bom {
            text.drain(..'\u{feff}'.len_utf8());
        }
        if !text.is_empty() && !text.ends_with('\n') {
            let end = final_break(&text);
            text.push_str(end);
        }
        let text = Arc::new(text);
        let (items, shown) = parse::tape(&text, &mut |items| show(&text, items))?;
        let document = Document {
            text: Own::Sealed(text),
            has_bom,
            items,
        };
        Ok((document, shown))
    }

    /// Reads another text of the same file: the mark at its start stays.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`].
    pub fn with_text(&self, text: &str) -> Result<Self, YamlError> {
        let mut document = Document::parse(text)?;
        document.has_bom |= self.has_bom;
        Ok(document)
    }

    /// Reads a document from bytes, which must be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`], and [`Problem::NotUtf8`] with the place of the first wrong byte.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, YamlError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Document::parse(text),
            Err(error) => Err(not_utf8(bytes, error)),
        }
    }

    /// The text, to be kept beside the document, if it is ciphertext.
    pub fn ciphertext(&self) -> Option<&Arc<String>> {
        match &self.text {
            Own::Plain(_) => None,
            Own::Sealed(text) => Some(text),
        }
    }

    /// The text, without a byte-order mark, with a final line break.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as it goes to disk.
    pub fn to_text(&self) -> Zeroizing<String> {
        match self.has_bom {
            true => Zeroizing::new(format!("\u{feff}{}", &*self.text)),
            false => Zeroizing::new(self.text.to_string()),
        }
    }

    /// Whether the file began with a byte-order mark.
    pub fn has_bom(&self) -> bool {
        self.has_bom
    }

    /// The events in the order of the text.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// For the start of a collection the item that ends it, and the reverse.
    pub fn partner(&self, index: usize) -> usize {
        self.items[index].partner()
    }

    /// The decoded text of a key, value or comment (without its `#`).
    #[inline(always)] // Asked for several times of every item.
    pub fn str_at(&self, index: usize) -> &str {
        self.items[index].text(&self.text)
    }

    /// What a value is, without copying it.
    ///
    /// # Errors
    ///
    /// [`Problem::IntTooLarge`] with its place.
    pub fn resolve_at(&self, index: usize) -> Result<Resolved<'_>, YamlError> {
        let resolved = self.items[index].resolve(&self.text);
        resolved.map_err(|TooLarge| self.error_at(index, Problem::IntTooLarge))
    }

    /// A value with its type.
    ///
    /// # Errors
    ///
    /// As [`Document::resolve_at`].
    pub fn scalar_at(&self, index: usize) -> Result<Scalar, YamlError> {
        let resolved = self.resolve_at(index)?;
        Ok(Scalar::new(resolved.kind, secret(&resolved.canonical)))
    }

    /// The place of an item.
    pub fn place_of(&self, index: usize) -> Place {
        Place::of(&self.text, self.items[index].range().start)
    }

    /// An error at the place of an item.
    pub fn error_at(&self, index: usize, problem: Problem) -> YamlError {
        YamlError {
            place: self.place_of(index),
            problem,
        }
    }

    /// The node that begins at an item.
    pub fn node_at(&self, index: usize) -> NodeRef<'_> {
        NodeRef::new(self, index)
    }

    /// The map at the top; `None` for a document without any key.
    pub fn root(&self) -> Option<NodeRef<'_>> {
        let index = self
            .items
            .iter()
            .position(|item| item.part == Part::MapStart)?;
        Some(NodeRef::new(self, index))
    }
}

/// The line break that a last line lacks: that of the line before it.
fn final_break(text: &str) -> &'static str {
    match text.rfind('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests;
