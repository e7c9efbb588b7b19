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
        self.go_to(item.body().end);
        self.skip_blank_lines();
        Ok(())
    }

    fn skip_blank_lines(&mut self) {
        while is_blank(self.byte(0)) || is_break(self.byte(0)) {
            self.advance();
        }
    }
}
