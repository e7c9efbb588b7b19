//! The tokens that go-yaml makes of a document, and the runs of comments that it finds between them.
//!
//! Follows `scannerc.go` of go-yaml 3.0.4 to the letter, its oddities included, since they decide to what a comment is attached. The scalars are not
//! read again: the tape knows where they end.

mod comments;
mod scalars;

pub(super) use comments::{Run, Side};

use crate::yaml::Document;

/// How far a key may reach, in bytes (YAML says characters; keys are at most 255 bytes here).
const KEY_REACH: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    MapStart,
    ListStart,
    BlockEnd,
    FlowMapStart,
    FlowMapEnd,
    FlowListStart,
    FlowListEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Tag,
    Scalar,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The byte that counts as its beginning.
    pub(super) at: usize,
}

/// A scalar that becomes a key if a `:` follows.
struct MaybeKey {
    /// The position of its token, counted from the first of all.
    number: usize,
    at: usize,
    line: usize,
    column: usize,
}

#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    line: usize,
    column: usize,
}

/// Makes tokens on demand, always two more than are asked for: that is when go-yaml finds comments.
pub(super) struct Tokens<'d> {
    document: &'d Document,
    text: &'d [u8],
    mark: Mark,
    /// Line breaks since the last character that is no blank.
    newlines: usize,
    /// The column of the innermost block collection, -1 outside of all.
    indent: isize,
    indents: Vec<isize>,
    keys: Vec<Option<MaybeKey>>,
    key_allowed: bool,
    queue: Vec<Token>,
    /// How many tokens were taken.
    taken: usize,
    is_filled: bool,
    next_item: usize,
    runs: Vec<Run>,
    next_run: usize,
}

/// A text that go-yaml does not take apart as the tape does, from a byte on.
pub(super) struct Differs {
    pub(super) at: usize,
}

pub(super) type Step<T = ()> = Result<T, Differs>;

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

impl<'d> Tokens<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Tokens {
            document,
            text: document.text().as_bytes(),
            mark: Mark {
                at: 0,
                line: 0,
                column: 0,
            },
            newlines: 0,
            indent: -1,
            indents: Vec::new(),
            keys: vec![None],
            key_allowed: true,
            queue: vec![Token {
                kind: Kind::StreamStart,
                at: 0,
            }],
            taken: 0,
            is_filled: false,
            next_item: 0,
            runs: Vec::new(),
            next_run: 0,
        }
    }

    /// The next token; it stays.
    pub(super) fn peek(&mut self) -> Step<Token> {
        while !self.is_filled {
            self.is_filled = self.taken + 2 < self.queue.len() && !self.may_be_key_at(self.taken);
            if !self.is_filled {
                self.fetch()?;
            }
        }
        Ok(self.queue[self.taken])
    }

    /// Takes the next token.
    pub(super) fn skip(&mut self) {
        self.is_filled = false;
        self.taken += 1;
    }

    /// The next run of comments, if it belongs to what begins at `at`.
    pub(super) fn run_before(&mut self, token: Token) -> Option<Run> {
        let run = self.runs.get_mut(self.next_run)?;
        let has_to_wait = run.side == Side::Above && token.kind == Kind::BlockEnd;
        if run.token > token.at || has_to_wait {
            return None;
        }
        self.next_run += 1;
        Some(std::mem::take(run))
    }

    /// What is wrong is found where the last token was read, or right behind it.
    pub(super) fn differs(&self) -> Differs {
        Differs { at: self.mark.at }
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.mark.at + ahead).copied().unwrap_or(0)
    }

    fn is_end_of_line(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), 0 | b'\r' | b'\n')
    }

    fn is_blank_or_end(&self, ahead: usize) -> bool {
        is_blank(self.byte(ahead)) || self.is_end_of_line(ahead)
    }

    /// Goes over one character or line break.
    fn advance(&mut self) {
        let byte = self.byte(0);
        let mark = &mut self.mark;
        if is_break(byte) {
            mark.at += if byte == b'\r' { 2 } else { 1 };
            mark.line += 1;
            mark.column = 0;
            self.newlines += 1;
            return;
        }
        mark.at += 1;
        while self
            .text
            .get(mark.at)
            .is_some_and(|byte| byte & 0xc0 == 0x80)
        {
            mark.at += 1;
        }
        mark.column += 1;
        if !is_blank(byte) {
            self.newlines = 0;
        }
    }

    fn go_to(&mut self, at: usize) {
        while self.mark.at < at {
            self.advance();
        }
    }

    fn push(&mut self, kind: Kind, at: usize) {
        self.queue.push(Token { kind, at });
    }

    fn last_kind(&self) -> Kind {
        self.queue
            .last()
            .map_or(Kind::StreamStart, |token| token.kind)
    }

    fn may_be_key_at(&mut self, number: usize) -> bool {
        let (at, line) = (self.mark.at, self.mark.line);
        let level = self
            .keys
            .iter_mut()
            .find(|key| key.as_ref().is_some_and(|key| key.number == number));
        match level {
            Some(key) => is_valid(key, at, line),
            None => false,
        }
    }

    fn save_key(&mut self) {
        if !self.key_allowed {
            return;
        }
        let key = MaybeKey {
            number: self.queue.len(),
            at: self.mark.at,
            line: self.mark.line,
            column: self.mark.column,
        };
        self.set_key(Some(key));
    }

    fn set_key(&mut self, key: Option<MaybeKey>) {
        if let Some(level) = self.keys.last_mut() {
            *level = key;
        }
    }

    fn flow_level(&self) -> usize {
        self.keys.len() - 1
    }

    fn in_block(&self) -> bool {
        self.flow_level() == 0
    }
}

fn is_valid(key: &mut Option<MaybeKey>, at: usize, line: usize) -> bool {
    if key
        .as_ref()
        .is_some_and(|key| key.line < line || key.at + KEY_REACH < at)
    {
        *key = None;
    }
    key.is_some()
}

// One token.
impl Tokens<'_> {
    fn fetch(&mut self) -> Step {
        let scan = self.mark;
        self.go_to_token(scan)?;
        self.unroll(self.mark.column as isize, scan.at);
        let at = self.mark.at;
        if at >= self.text.len() {
            return self.stream_end();
        }
        if self.mark.column == 0 && self.is_blank_or_end(3) {
            match &self.text[at..(at + 3).min(self.text.len())] {
                b"---" => return self.document_mark(Kind::DocumentStart),
                b"..." => return self.document_mark(Kind::DocumentEnd),
                _ => {}
            }
        }
        // The parser of the tape passes over a second mark at the start, go-yaml does not always.
        if self.document.text()[at..].starts_with('\u{feff}') {
            return Err(self.differs());
        }
        let byte = self.byte(0);
        let continues = if self.in_block() { b':' } else { b',' };
        let tied_to = match self.queue.last() {
            Some(last) if byte == continues => last.at,
            _ => at,
        };
        self.dispatch(byte)?;
        match self.last_kind() {
            // A dash has no comment beside it: it stands above what follows.
            Kind::BlockEntry => Ok(()),
            _ => self.side_comment(tied_to),
        }
    }

    fn dispatch(&mut self, byte: u8) -> Step {
        let is_alone = self.is_blank_or_end(1);
        let in_flow = !self.in_block();
        match byte {
            b'[' => self.flow_start(Kind::FlowListStart),
            b'{' => self.flow_start(Kind::FlowMapStart),
            b']' => self.flow_end(Kind::FlowListEnd)?,
            b'}' => self.flow_end(Kind::FlowMapEnd)?,
            b',' => self.indicator(Kind::FlowEntry, true),
            b'-' if is_alone => self.block_entry(),
            b'?' if in_flow || is_alone => {
                self.refuse_scalar()?;
                self.roll(self.mark.column, None, Kind::MapStart);
                self.indicator(Kind::Key, !in_flow);
            }
            b':' if in_flow || is_alone => {
                self.refuse_scalar()?;
                self.value();
            }
            b'!' => self.tag(),
            b'|' | b'>' if !in_flow => self.block_scalar()?,
            b'\'' | b'"' => self.quoted()?,
            _ => self.plain()?,
        }
        Ok(())
    }

    fn stream_end(&mut self) -> Step {
        self.unroll(-1, self.mark.at);
        self.set_key(None);
        self.key_allowed = false;
        self.push(Kind::StreamEnd, self.mark.at);
        Ok(())
    }

    fn document_mark(&mut self, kind: Kind) -> Step {
        self.unroll(-1, self.mark.at);
        self.set_key(None);
        self.key_allowed = false;
        self.push(kind, self.mark.at);
        self.go_to(self.mark.at + 3);
        Ok(())
    }

    fn indicator(&mut self, kind: Kind, key_allowed: bool) {
        self.set_key(None);
        self.key_allowed = key_allowed;
        self.push(kind, self.mark.at);
        self.advance();
    }

    fn flow_start(&mut self, kind: Kind) {
        self.save_key();
        self.keys.push(None);
        self.key_allowed = true;
        self.push(kind, self.mark.at);
        self.advance();
    }

    fn flow_end(&mut self, kind: Kind) -> Step {
        if self.in_block() {
            return Err(self.differs());
        }
        self.keys.pop();
        self.key_allowed = false;
        self.push(kind, self.mark.at);
        self.advance();
        Ok(())
    }

    fn block_entry(&mut self) {
        self.roll(self.mark.column, None, Kind::ListStart);
        self.indicator(Kind::BlockEntry, true);
    }

    fn value(&mut self) {
        let (at, line) = (self.mark.at, self.mark.line);
        let key = self.keys.last_mut().and_then(|key| {
            is_valid(key, at, line);
            key.take()
        });
        match key {
            Some(key) => {
                self.queue.insert(
                    key.number,
                    Token {
                        kind: Kind::Key,
                        at: key.at,
                    },
                );
                self.roll(key.column, Some(&key), Kind::MapStart);
                self.key_allowed = false;
            }
            None => {
                self.roll(self.mark.column, None, Kind::MapStart);
                self.key_allowed = self.in_block();
            }
        }
        self.push(Kind::Value, at);
        self.advance();
    }

    fn tag(&mut self) {
        self.save_key();
        self.key_allowed = false;
        self.push(Kind::Tag, self.mark.at);
        while !self.is_blank_or_end(0) && !matches!(self.byte(0), b',' | b']' | b'}') {
            self.advance();
        }
    }

    /// A block collection begins at a column further right than the one around it; before a key that was read already, if one is given.
    fn roll(&mut self, column: usize, key: Option<&MaybeKey>, kind: Kind) {
        if !self.in_block() || self.indent >= column as isize {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        match key {
            Some(key) => self.queue.insert(key.number, Token { kind, at: key.at }),
            None => self.push(kind, self.mark.at),
        }
    }

    /// The block collections further right than `column` end: before the comments that stand at their own column.
    fn unroll(&mut self, column: isize, scan: usize) {
        if !self.in_block() {
            return;
        }
        let mut end = self.character_before(scan);
        while self.indent > column {
            let mut stop = end;
            for run in self.runs.iter().rev() {
                if run.end < stop {
                    break;
                }
                if run.column as isize == self.indent + 1 {
                    end = run.start;
                }
                stop = run.scan;
            }
            self.push(Kind::BlockEnd, end);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn character_before(&self, at: usize) -> usize {
        let text = self.document.text();
        (0..at)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0)
    }
}
