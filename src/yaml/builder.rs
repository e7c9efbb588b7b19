//! Events of the parser, put together into items with the bytes of each.
//!
//! The parser tells the structure and where scalars and comments stand. Where a collection, an empty value or the header of a block
//! scalar begins, it tells only roughly; those places are found here by going on from the end of what came before, and a place that
//! does not look as it must is refused ([`Problem::Unplaced`]) instead of guessed.

use std::{borrow::Cow, collections::HashSet, ops::Range};

use foldhash::fast::RandomState;
use granit_parser::{Event, ScalarStyle, Span, StructureStyle};
use zeroize::Zeroizing;

use super::{
    Item, Part, Style,
    error::{Problem, YamlError},
    item::Text,
    lines::{
        blank_lines_at_end, escaped_slash, line_start, lines_from, lines_of, next_line, skip_blank,
        without_blank_lines,
    },
    ordinary::{Head, Keys},
    parse::{DEPTH_LIMIT, KEY_LIMIT, at},
    resolve::resolve,
};
use crate::value::Kind;

/// A collection that has not ended yet.
struct Frame<'a> {
    is_map: bool,
    /// Where it begins and ends with a bracket.
    is_bracketed: bool,
    is_flow: bool,
    wants_key: bool,
    seen: HashSet<Cow<'a, str>, RandomState>,
    /// The keys of the root that were read without the parser.
    before: Option<Keys>,
}

/// What the events that came until now make.
pub(super) struct Builder<'a> {
    text: &'a str,
    /// Where the text begins that the parser reads.
    pub(super) base: usize,
    /// The keys of the root that stand before.
    before: Option<Keys>,
    pub(super) items: Vec<Item>,
    pub(super) comments: Vec<Item>,
    stack: Vec<Frame<'a>>,
    /// The byte after what was placed last.
    cursor: usize,
    documents: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, head: Option<Head>) -> Self {
        let (items, base, before) = match head {
            Some(head) => (head.items, head.rest, Some(head.keys)),
            None => (Vec::new(), 0, None),
        };
        Builder {
            text,
            base,
            before,
            items,
            comments: Vec::new(),
            stack: Vec::new(),
            cursor: base,
            documents: 0,
        }
    }

    /// The bytes of what the parser speaks of.
    fn range_of(&self, span: Span) -> Range<usize> {
        let range = span.byte_range().expect("a text input has byte offsets");
        self.base + range.start..self.base + range.end
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event<'a>, span: Span) -> Result<(), YamlError> {
        let range = self.range_of(span);
        match event {
            Event::DocumentStart(..) => self.document(&range),
            Event::Comment(text, _) => {
                self.comment(text, range);
                Ok(())
            }
            Event::Anchor(..) => Err(self.wrong(range.start, Problem::Anchor)),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                Err(self.wrong(range.start, Problem::Alias))
            }
            Event::MappingStart(style, anchor, tag) => {
                self.plain_node(&range, anchor, tag.is_some(), span)?;
                self.open(true, style, range)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.plain_node(&range, anchor, tag.is_some(), span)?;
                self.open(false, style, range)
            }
            Event::MappingEnd | Event::SequenceEnd => self.close(range),
            Event::Scalar(text, style, anchor, tag) => {
                if anchor != 0 {
                    return Err(self.wrong(range.start, Problem::Anchor));
                }
                let tag = match tag {
                    None => None,
                    Some(tag) => Some(self.str_tag(tag.core_suffix(), &range, span)?),
                };
                match self.stack.last() {
                    Some(Frame {
                        is_map: true,
                        wants_key: true,
                        ..
                    }) => self.key(text, style, range, tag),
                    _ => self.value(text, style, range, tag),
                }
            }
            _ => Ok(()),
        }
    }

    fn wrong(&self, offset: usize, problem: Problem) -> YamlError {
        at(self.text, offset, problem)
    }

    fn document(&mut self, range: &Range<usize>) -> Result<(), YamlError> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(self.wrong(range.start, Problem::SecondDocument));
        }
        if self.text[range.start..].starts_with("---") {
            self.cursor = range.start + 3;
        }
        Ok(())
    }

    fn plain_node(
        &self,
        range: &Range<usize>,
        anchor: usize,
        has_tag: bool,
        span: Span,
    ) -> Result<(), YamlError> {
        if anchor != 0 {
            return Err(self.wrong(range.start, Problem::Anchor));
        }
        if has_tag {
            let offset = self.tag_of(span).map_or(range.start, |tag| tag.start);
            return Err(self.wrong(offset, Problem::Tag));
        }
        Ok(())
    }

    fn tag_of(&self, span: Span) -> Option<Range<usize>> {
        let tag = span.tag_span()?.byte_range()?;
        Some(self.base + tag.start..self.base + tag.end)
    }

    /// The bytes of a `!!str`; any other tag is refused.
    fn str_tag(
        &self,
        suffix: Option<&str>,
        range: &Range<usize>,
        span: Span,
    ) -> Result<Range<usize>, YamlError> {
        match (suffix, self.tag_of(span)) {
            (Some("str"), Some(tag)) if &self.text[tag.clone()] == "!!str" => Ok(tag),
            (_, tag) => Err(self.wrong(tag.map_or(range.start, |tag| tag.start), Problem::Tag)),
        }
    }

    fn comment(&mut self, text: Cow<'a, str>, range: Range<usize>) {
        let text = self.keep(text, range.start + 1);
        let comment = Item::new(Part::Comment, Style::Plain, range, 0..0, text);
        self.comments.push(comment);
    }

    /// Remembers a decoded text as a piece of the source where it is one.
    fn keep(&self, text: Cow<'a, str>, start: usize) -> Text {
        match self.text.get(start..start + text.len()) {
            Some(piece) if piece == text => Text::Source(start..start + text.len()),
            _ => Text::Owned(Zeroizing::new(text.into_owned().into_boxed_str())),
        }
    }

    /// Goes to the first byte of the node that comes next.
    fn node_start(&mut self) -> Result<usize, YamlError> {
        if let Some(Frame {
            is_map: false,
            is_flow,
            ..
        }) = self.stack.last()
        {
            let is_flow = *is_flow;
            let offset = skip_blank(self.text, self.cursor);
            match (is_flow, self.text.as_bytes().get(offset)) {
                (false, Some(b'-')) | (true, Some(b',')) => self.cursor = offset + 1,
                (true, _) => {}
                (false, _) => return Err(self.wrong(offset, Problem::Unplaced)),
            }
        }
        Ok(skip_blank(self.text, self.cursor))
    }

    fn open(
        &mut self,
        is_map: bool,
        style: StructureStyle,
        range: Range<usize>,
    ) -> Result<(), YamlError> {
        if let Some(Frame {
            is_map: true,
            wants_key: true,
            ..
        }) = self.stack.last()
        {
            return Err(self.wrong(range.start, Problem::ComplexKey));
        }
        if self.stack.is_empty() && !is_map {
            return Err(self.wrong(range.start, Problem::TopLevelList));
        }
        if self.stack.len() >= DEPTH_LIMIT {
            return Err(self.wrong(range.start, Problem::TooDeep));
        }
        let before = match self.stack.is_empty() {
            true => self.before.take(),
            false => None,
        };
        let start = self.node_start()?;
        let is_flow = style == StructureStyle::Flow;
        let first = self.text.as_bytes().get(start);
        let is_bracketed = is_flow
            && matches!(first, Some(b'{' | b'['))
            && range.start == start
            && !range.is_empty();
        if !is_map && !is_flow && first != Some(&b'-') {
            return Err(self.wrong(start, Problem::Unplaced));
        }
        let end = if is_bracketed { start + 1 } else { start };
        let part = if is_map {
            Part::MapStart
        } else {
            Part::ListStart
        };
        // The root was opened before the head.
        if before.is_none() {
            self.push(part, Style::Plain, is_flow, start..end);
        }
        self.cursor = end;
        self.stack.push(Frame {
            is_map,
            is_bracketed,
            is_flow,
            wants_key: is_map,
            seen: HashSet::default(),
            before,
        });
        Ok(())
    }

    fn close(&mut self, range: Range<usize>) -> Result<(), YamlError> {
        let frame = self.stack.pop().expect("the parser closes what it opened");
        let place = match frame.is_bracketed {
            true => range,
            false => self.cursor..self.cursor,
        };
        let end = place.end;
        let part = if frame.is_map {
            Part::MapEnd
        } else {
            Part::ListEnd
        };
        self.push(part, Style::Plain, frame.is_flow, place);
        self.finish(end);
        Ok(())
    }

    fn push(&mut self, part: Part, style: Style, is_flow: bool, range: Range<usize>) {
        let mut item = Item::usual(part, style, range);
        item.is_flow = is_flow;
        self.items.push(item);
    }

    /// A node ends at `end`; the map that holds it wants a key next.
    fn finish(&mut self, end: usize) {
        self.cursor = end;
        if let Some(frame) = self.stack.last_mut() {
            frame.wants_key = frame.is_map;
        }
    }

    fn is_flow(&self) -> bool {
        self.stack.last().is_some_and(|frame| frame.is_flow)
    }

    fn key(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        range: Range<usize>,
        tag: Option<Range<usize>>,
    ) -> Result<(), YamlError> {
        let start = range.start;
        if let Some(tag) = tag {
            return Err(self.wrong(tag.start, Problem::Tag));
        }
        self.check_key(&text, style, &range)?;
        let (range, body) = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                self.block(self.explicit_key_start(), &range, &text, style)?
            }
            _ => (range, 0..0),
        };
        let end = range.end.max(body.end);
        let frame = self.stack.last_mut().expect("a key stands in a map");
        frame.wants_key = false;
        let is_before = frame
            .before
            .as_ref()
            .is_some_and(|keys| keys.contains(&text));
        if is_before || !frame.seen.insert(text.clone()) {
            return Err(self.wrong(start, Problem::DuplicateKey(text.into_owned())));
        }
        let colon = skip_blank(self.text, end);
        self.cursor = match self.text.as_bytes().get(colon) {
            Some(b':') => colon + 1,
            _ => end,
        };
        self.scalar(Part::Key, text, style, range, body, false)
    }

    /// The header of a key in block style, which stands after a `?`.
    fn explicit_key_start(&self) -> usize {
        let mark = skip_blank(self.text, self.cursor);
        skip_blank(self.text, (mark + 1).min(self.text.len()))
    }

    fn check_key(
        &self,
        text: &str,
        style: ScalarStyle,
        range: &Range<usize>,
    ) -> Result<(), YamlError> {
        if text.len() > KEY_LIMIT {
            return Err(self.wrong(range.start, Problem::KeyTooLong));
        }
        if style != ScalarStyle::Plain {
            return Ok(());
        }
        if range.is_empty() {
            return Err(self.wrong(range.start, Problem::KeyNotString(Kind::Null)));
        }
        match resolve(text).map(|resolved| resolved.kind) {
            _ if text == "<<" => Err(self.wrong(range.start, Problem::MergeKey)),
            Ok(Kind::Str) => Ok(()),
            Ok(kind) => Err(self.wrong(range.start, Problem::KeyNotString(kind))),
            Err(_) => Err(self.wrong(range.start, Problem::KeyNotString(Kind::Int))),
        }
    }

    fn value(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        range: Range<usize>,
        tag: Option<Range<usize>>,
    ) -> Result<(), YamlError> {
        let is_empty = style == ScalarStyle::Plain && range.is_empty();
        if self.stack.is_empty() {
            // A document of comments only, or none at all: an empty map.
            return if is_empty && tag.is_none() {
                Ok(())
            } else {
                Err(self.wrong(range.start, Problem::TopLevelScalar))
            };
        }
        let start = self.node_start()?;
        let has_tag = tag.is_some();
        let (range, body) = match (style, tag) {
            (ScalarStyle::Literal | ScalarStyle::Folded, tag) => {
                let header = tag
                    .as_ref()
                    .map_or(start, |tag| skip_blank(self.text, tag.end));
                self.same_line(start, header)?;
                let (header, body) = self.block(header, &range, &text, style)?;
                (start..header.end, body)
            }
            (_, None) if is_empty => (self.cursor..self.cursor, 0..0),
            (_, Some(tag)) if is_empty => (start..tag.end, 0..0),
            (_, _) => {
                self.same_line(start, range.start)?;
                (start..range.end, 0..0)
            }
        };
        if !is_empty
            && !has_tag
            && !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
            && range.start != start
        {
            return Err(self.wrong(start, Problem::Unplaced));
        }
        let end = range.end.max(body.end);
        let text = if is_empty { Cow::Borrowed("") } else { text };
        self.scalar(Part::Value, text, style, range, body, has_tag)?;
        self.finish(end);
        Ok(())
    }

    fn same_line(&self, tag: usize, value: usize) -> Result<(), YamlError> {
        match self.text[tag..value].contains('\n') {
            true => Err(self.wrong(tag, Problem::TagLine)),
            false => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        part: Part,
        text: Cow<'a, str>,
        style: ScalarStyle,
        range: Range<usize>,
        body: Range<usize>,
        has_tag: bool,
    ) -> Result<(), YamlError> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let quote = usize::from(matches!(style, Style::Single | Style::Double));
        if style == Style::Double
            && let Some(offset) = escaped_slash(&self.text[range.clone()])
        {
            return Err(self.wrong(range.start + offset, Problem::EscapedSlash));
        }
        let start = range.end.saturating_sub(text.len() + quote);
        let text = self.keep(text, start);
        let mut item = Item::new(part, style, range, body, text);
        item.is_flow = self.is_flow();
        item.has_tag = has_tag;
        self.items.push(item);
        Ok(())
    }

    /// The header and the body of a block scalar whose header begins at `start`.
    fn block(
        &self,
        start: usize,
        span: &Range<usize>,
        value: &str,
        style: ScalarStyle,
    ) -> Result<(Range<usize>, Range<usize>), YamlError> {
        let bytes = self.text.as_bytes();
        if !matches!(bytes.get(start), Some(b'|' | b'>')) {
            return Err(self.wrong(start, Problem::Unplaced));
        }
        let indicators = bytes[start + 1..]
            .iter()
            .take_while(|b| matches!(b, b'0'..=b'9' | b'+' | b'-'))
            .count();
        let header = start..start + 1 + indicators;
        let body_start = next_line(self.text, header.end);
        let limit = line_start(self.text, span.end).max(body_start);
        let keeps = self.text[header.clone()].contains('+');
        let body_end = match (keeps, style) {
            (true, _) => limit,
            (false, ScalarStyle::Literal) => {
                lines_from(self.text, body_start, lines_of(value)).min(limit)
            }
            // Folding joins lines of text alone: those without any that end a value are as many as in the text.
            (false, _) => {
                let text_end = without_blank_lines(self.text, body_start, limit);
                lines_from(self.text, text_end, blank_lines_at_end(value)).min(limit)
            }
        };
        Ok((header, body_start..body_end))
    }
}
