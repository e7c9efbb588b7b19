//! The comments between the tokens: which of them stay together, and to which token they are tied.

use super::{Kind, Mark, Step, Tokens, is_blank, is_break};
use crate::yaml::Part;

/// How far go-yaml looks ahead through blanks and blank lines for a comment, in bytes.
const LOOKAHEAD: usize = 512;

/// On which side of something comments stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sops::owner) enum Side {
    #[default]
    Above,
    Beside,
    Below,
}

/// Comments that stay together.
#[derive(Default)]
pub(in crate::sops::owner) struct Run {
    pub(in crate::sops::owner) side: Side,
    /// Items of the document.
    pub(in crate::sops::owner) comments: Vec<usize>,
    /// The first token that begins here or later takes them.
    pub(super) token: usize,
    /// Where the search for them began; 0 for one beside a token.
    pub(super) scan: usize,
    /// Where the first of them stands.
    pub(super) start: usize,
    pub(super) line: usize,
    /// Counted from 1; from 0 for one beside a token.
    pub(super) column: usize,
    /// Where the search ended; 0 for one beside a token.
    pub(super) end: usize,
}

impl Tokens<'_> {
    /// Goes to the next token and gathers the comments on the way.
    pub(super) fn go_to_token(&mut self, scan: Mark) -> Step {
        loop {
            while self.byte(0) == b' ' || (self.byte(0) == b'\t' && self.takes_tabs()) {
                self.advance();
            }
            self.lift_side_comment();
            if self.byte(0) == b'#' {
                self.own_comments(scan)?;
            }
            if !is_break(self.byte(0)) {
                return Ok(());
            }
            self.advance();
            if self.in_block() {
                self.key_allowed = true;
            }
        }
    }

    fn takes_tabs(&self) -> bool {
        !self.in_block() || !self.key_allowed
    }

    /// A comment beside what leads a list is moved above its first item, where it was not taken yet.
    fn lift_side_comment(&mut self) {
        let is_first_dash = matches!(
            self.queue.last_chunk::<2>(),
            Some([first, second]) if first.kind == Kind::ListStart && second.kind == Kind::BlockEntry
        );
        if !is_first_dash || is_break(self.byte(0)) {
            return;
        }
        let mark = self.mark;
        if let Some(run) = self.runs.last_mut()
            && run.side == Side::Beside
            && !run.comments.is_empty()
        {
            run.side = Side::Above;
            if run.line + 1 == mark.line {
                run.token = mark.at;
            }
        }
    }

    /// A comment on the line of a token, tied to the one that begins at `token`.
    pub(super) fn side_comment(&mut self, token: usize) -> Step {
        if self.newlines > 0 {
            return Ok(());
        }
        let ahead = (0..LOOKAHEAD).find(|ahead| !is_blank(self.byte(*ahead)));
        let Some(ahead) = ahead.filter(|ahead| self.byte(*ahead) == b'#') else {
            return Ok(());
        };
        self.go_to(self.mark.at + ahead);
        let Mark { at, line, column } = self.mark;
        let comments = vec![self.comment()?];
        self.runs.push(Run {
            side: Side::Beside,
            comments,
            token,
            start: at,
            line,
            column,
            scan: 0,
            end: 0,
        });
        Ok(())
    }

    /// Goes over the comment that begins here; which item it is.
    fn comment(&mut self) -> Step<usize> {
        let at = self.mark.at;
        let items = self.document.items();
        let first = items.partition_point(|item| item.range().start < at);
        let here = items[first..]
            .iter()
            .take_while(|item| item.range().start == at)
            .position(|item| item.part == Part::Comment)
            .ok_or_else(|| self.differs())?;
        while !self.is_end_of_line(0) {
            self.advance();
        }
        Ok(first + here)
    }

    /// Comments on lines of their own, from the one that begins here to the next token.
    ///
    /// Those on the line after something belong below it if a blank line follows; those further left than the open block belong below what
    /// came before as soon as the column changes or a blank line follows; all others stand above what comes next.
    fn own_comments(&mut self, scan: Mark) -> Step {
        let mut search = Search::new(self, scan);
        let mut ahead = 0;
        while ahead < LOOKAHEAD {
            search.column += 1;
            let byte = self.byte(ahead);
            if is_blank(byte) {
                ahead += 1;
                continue;
            }
            let closes = !self.in_block() && matches!(byte, b']' | b'}');
            if closes || self.is_end_of_line(ahead) {
                search.end_line(self, ahead, closes);
                if !is_break(byte) {
                    break;
                }
                ahead += 1;
                continue;
            }
            if search.is_left(search.column) && search.column != search.first.column {
                search.end_below(self, ahead);
            }
            if byte != b'#' {
                break;
            }
            search.take(self, ahead)?;
            ahead = 1;
        }
        search.end_above(self, ahead);
        Ok(())
    }
}

/// A run that is being gathered.
struct Search {
    comments: Vec<usize>,
    /// The first of them.
    first: Mark,
    scan: usize,
    token: usize,
    follows_colon: bool,
    /// The line on which a comment is still right below what came before.
    line_below: Option<usize>,
    /// The column of the open block.
    indent: usize,
    line: usize,
    /// Counted from 1.
    column: usize,
    saw_blank_line: bool,
    may_end_below: bool,
}

impl Search {
    fn new(tokens: &Tokens<'_>, scan: Mark) -> Self {
        let mark = tokens.mark;
        let before = match tokens.queue.as_slice() {
            [.., before, comma] if comma.kind == Kind::FlowEntry => Some(before),
            all => all.last(),
        };
        let is_beside = tokens.newlines == 0 && mark.column > 1;
        let line_below = (mark.line + 1 + usize::from(is_beside)).checked_sub(tokens.newlines);
        Search {
            comments: Vec::new(),
            first: Mark {
                at: 0,
                line: 0,
                column: 0,
            },
            scan: scan.at,
            token: before.map_or(0, |before| before.at),
            follows_colon: before.is_some_and(|before| before.kind == Kind::Value),
            line_below: line_below.filter(|_| scan.line > 0),
            indent: open_column(tokens),
            line: mark.line,
            column: mark.column,
            saw_blank_line: false,
            may_end_below: tokens.newlines <= 1,
        }
    }

    fn is_left(&self, column: usize) -> bool {
        column <= self.indent
    }

    /// A line without a comment ends, or a bracket closes.
    fn end_line(&mut self, tokens: &mut Tokens<'_>, ahead: usize, closes: bool) {
        let is_right_below = Some(self.first.line) == self.line_below && !self.follows_colon;
        let is_below = is_right_below || self.is_left(self.first.column);
        let ends = closes || (!self.saw_blank_line && self.may_end_below && is_below);
        if ends && !self.comments.is_empty() {
            if self.is_left(self.first.column) {
                self.token = self.first.at;
            }
            self.end_below(tokens, ahead);
        }
        if is_break(tokens.byte(ahead)) {
            self.may_end_below = false;
            self.saw_blank_line = true;
            self.column = 0;
            self.line += 1;
        }
    }

    fn end_below(&mut self, tokens: &mut Tokens<'_>, ahead: usize) {
        if self.comments.is_empty() {
            return;
        }
        let end = tokens.mark.at + ahead;
        let run = self.run(Side::Below, self.token, end);
        tokens.runs.push(run);
        self.scan = end;
        self.token = end;
    }

    fn end_above(&mut self, tokens: &mut Tokens<'_>, ahead: usize) {
        if self.comments.is_empty() {
            return;
        }
        let end = (tokens.mark.at + ahead).saturating_sub(1);
        let run = self.run(Side::Above, self.first.at, end);
        tokens.runs.push(run);
    }

    fn run(&mut self, side: Side, token: usize, end: usize) -> Run {
        Run {
            side,
            comments: std::mem::take(&mut self.comments),
            token,
            scan: self.scan,
            start: self.first.at,
            line: self.first.line,
            column: self.first.column,
            end,
        }
    }

    /// Takes the comment that stands `ahead`.
    fn take(&mut self, tokens: &mut Tokens<'_>, ahead: usize) -> Step {
        let at = tokens.mark.at + ahead;
        if self.comments.is_empty() {
            self.first = Mark {
                at,
                line: self.line,
                column: self.column,
            };
        }
        self.saw_blank_line = false;
        tokens.go_to(at);
        let comment = tokens.comment()?;
        self.comments.push(comment);
        self.column = 0;
        self.line = tokens.mark.line;
        self.indent = open_column(tokens);
        Ok(())
    }
}

fn open_column(tokens: &Tokens<'_>) -> usize {
    usize::try_from(tokens.indent).unwrap_or(0)
}
