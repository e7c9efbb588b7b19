//! One event of a document with its bytes, small: a large file has tens of thousands of them.

use std::{borrow::Cow, ops::Range};

use zeroize::Zeroizing;

use super::{Part, Resolved, Style, TooLarge, resolve};
use crate::value::Kind;

/// One event of a document with its bytes.
#[derive(Clone)]
pub struct Item {
    /// What it is.
    pub part: Part,
    /// How it is written, if it is a scalar.
    pub style: Style,
    /// Whether it stands in a flow collection, or is one.
    pub is_flow: bool,
    /// Whether a `!!str` stands before it.
    pub has_tag: bool,
    span: Span,
    /// For the start of a collection the item that ends it, and the reverse.
    partner: u32,
    /// What few items have.
    rest: Option<Box<Rest>>,
}

/// A piece of a document's text: its first byte and the one after its last.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Clone)]
struct Rest {
    body: Range<usize>,
    text: Text,
}

/// Where the decoded text of an item is.
#[derive(Clone)]
pub(super) enum Text {
    /// A piece of the document's text.
    Source(Range<usize>),
    /// It stands nowhere as it is.
    Owned(Zeroizing<Box<str>>),
}

impl Item {
    /// A key, a value or a comment.
    pub(super) fn new(
        part: Part,
        style: Style,
        range: Range<usize>,
        body: Range<usize>,
        text: Text,
    ) -> Self {
        let mut item = Item::usual(part, style, range);
        let is_usual =
            body.is_empty() && matches!(&text, Text::Source(range) if *range == item.usual_text());
        if !is_usual {
            item.rest = Some(Box::new(Rest { body, text }));
        }
        item
    }

    /// The start or the end of a collection; or a scalar whose text stands where it usually does.
    pub(super) fn usual(part: Part, style: Style, range: Range<usize>) -> Self {
        let span = Span {
            start: short(range.start),
            end: short(range.end),
        };
        Item {
            part,
            style,
            is_flow: false,
            has_tag: false,
            span,
            partner: 0,
            rest: None,
        }
    }

    /// Its bytes: a scalar with tag and quotes, or the header of a block scalar; a comment from its `#`; a bracket;
    /// empty where nothing is written.
    pub fn range(&self) -> Range<usize> {
        self.span.start as usize..self.span.end as usize
    }

    /// The lines of a block scalar, else empty.
    pub fn body(&self) -> Range<usize> {
        self.rest.as_ref().map_or(0..0, |rest| rest.body.clone())
    }

    /// What a value of a document with this text is, without copying it.
    ///
    /// # Errors
    ///
    /// [`TooLarge`]: a whole number that sops stops on.
    pub fn resolve<'t>(&'t self, source: &'t str) -> Result<Resolved<'t>, TooLarge> {
        let text = self.text(source);
        if self.style != Style::Plain || self.has_tag {
            return Ok(Resolved {
                kind: Kind::Str,
                canonical: Cow::Borrowed(text),
            });
        }
        resolve(text)
    }

    /// The decoded text of a key, value or comment (without its `#`) of a document with this text.
    pub fn text<'t>(&'t self, source: &'t str) -> &'t str {
        match self.rest.as_deref() {
            None => &source[self.usual_text()],
            Some(Rest {
                text: Text::Source(range),
                ..
            }) => &source[range.clone()],
            Some(Rest {
                text: Text::Owned(text),
                ..
            }) => text,
        }
    }

    /// The bytes between the quotes, or behind the `#`, or all of them; none of a collection.
    #[inline(always)] // Asked for several times of every item.
    fn usual_text(&self) -> Range<usize> {
        let Range { start, end } = self.range();
        match (self.part, self.style) {
            (Part::Comment, _) => start + 1..end,
            (Part::Key | Part::Value, Style::Single | Style::Double) if end - start > 1 => {
                start + 1..end - 1
            }
            (Part::Key | Part::Value, _) => start..end,
            _ => start..start,
        }
    }

    pub(super) fn partner(&self) -> usize {
        self.partner as usize
    }

    pub(super) fn join(&mut self, partner: usize) {
        self.partner = short(partner);
    }
}

fn short(offset: usize) -> u32 {
    offset.try_into().expect("a document has at most 64 MiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    // A tape of a large file is as large as the file itself otherwise.
    #[test]
    fn an_item_has_24_bytes() {
        assert_eq!(size_of::<Item>(), 24);
    }
}
