//! Scalars: the tape tells where they end, go-yaml how far it reads behind them.

use super::{Kind, Step, Tokens, is_blank, is_break};
use crate::yaml::{Item, Part, Style};

impl<'d> Tokens<'d> {
    /// The scalar around the place that is reached.
    fn scalar(&mut self) -> Step<&'d Item> {
        let items = self.document.items();
        let is_here = |item: &Item| {
            matches!(item.part, Part::Key | Part::Value) && item.range().end > self.mark.at
        };
        while items.get(self.next_item).is_some_and(|item| !is_here(item)) {
            self.next_item += 1;
        }
        match items.get(self.next_item) {
            Some(item) if item.range().start <= self.mark.at => Ok(item),
            _ => Err(self.differs()),
        }
    }

    /// In brackets `?x` and `:x` are indicators for go-yaml, and plain scalars for others.
    pub(super) fn refuse_scalar(&mut self) -> Step {
        match self.scalar() {
            Ok(_) => Err(self.differs()),
            Err(_) => Ok(()),
        }
    }

    pub(super) fn quoted(&mut self) -> Step {
        self.save_key();
        self.key_allowed = false;
        let end = self.scalar()?.range().end;
        self.push(Kind::Scalar, self.mark.at);
        self.go_to(end);
        Ok(())
    }

    /// What follows a plain scalar could go on with it, so go-yaml reads over blank lines right away.
    pub(super) fn plain(&mut self) -> Step {
        self.save_key();
        self.key_allowed = false;
        let item = self.scalar()?;
        let ends_early = !self.in_block() && self.document.text()[item.range()].contains('?');
        if item.style != Style::Plain || ends_early {
            return Err(self.differs());
        }
        self.push(Kind::Scalar, self.mark.at);
        self.go_to(item.range().end);
        let line = self.mark.line;
        let column = usize::try_from(self.indent + 1).unwrap_or(0);
        while is_blank(self.byte(0)) || is_break(self.byte(0)) {
            let is_led_by_tab = self.mark.line > line && self.mark.column < column;
            if self.byte(0) == b'\t' && is_led_by_tab {
                return Err(self.differs());
            }
            self.advance();
        }
        if self.mark.line > line {
            self.key_allowed = true;
        }
        Ok(())
    }

    pub(super) fn block_scalar(&mut self) -> Step {
        let item = self.scalar()?;
        self.set_key(None);
        self.key_allowed = true;
        let start = self.mark.at;
        self.push(Kind::Scalar, start);
        self.go_to(item.range().end);
        while is_blank(self.byte(0)) {
            self.advance();
        }
        if self.byte(0) == b'#' {
            self.side_comment(start)?;
        }
        self.advance();
        self.block_lines(item)
    }

    /// The lines of a block scalar, which have to be those that the tape has.
    fn block_lines(&mut self, item: &Item) -> Step {
        let (text, body) = (self.document.text(), item.body());
        let digit = text[item.range()].bytes().find(u8::is_ascii_digit);
        let mut indent = digit.map(|digit| self.indent.max(0) as usize + usize::from(digit - b'0'));
        self.block_indent(&mut indent)?;
        let mut has_lines = false;
        while Some(self.mark.column) == indent && self.mark.at < self.text.len() {
            has_lines = true;
            while !self.is_end_of_line(0) {
                self.advance();
            }
            self.advance();
            self.block_indent(&mut indent)?;
        }
        let rest = text.get(body.end..self.mark.at).unwrap_or(text);
        let is_same = match body.is_empty() {
            true => !has_lines,
            false => rest.bytes().all(|byte| is_blank(byte) || is_break(byte)),
        };
        match is_same {
            true => Ok(()),
            false => Err(self.differs()),
        }
    }

    /// Goes over blank lines, and what the line behind them is indented by; that of the first is that of all, where no digit says it.
    fn block_indent(&mut self, indent: &mut Option<usize>) -> Step {
        let mut widest = 0;
        loop {
            let limit = indent.unwrap_or(usize::MAX);
            while self.mark.column < limit && self.byte(0) == b' ' {
                self.advance();
            }
            widest = widest.max(self.mark.column);
            if self.mark.column < limit && self.byte(0) == b'\t' {
                return Err(self.differs());
            }
            if !is_break(self.byte(0)) {
                break;
            }
            self.advance();
        }
        let least = usize::try_from(self.indent + 1).unwrap_or(0).max(1);
        indent.get_or_insert(widest.max(least));
        Ok(())
    }
}
