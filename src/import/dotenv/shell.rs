//! What shells make of `set -a; . ./.env`: bash, dash, busybox, mksh and zsh, where they agree.
//!
//! Only assignments are read. A line that would run a command is a fault, and what a shell would fill in has no reading: a file is never
//! evaluated.

use super::{
    Fault, Found, Read, Reading,
    cursor::{Cursor, Value},
};
use crate::secret::secret;

type Reason = &'static str;

const COMMAND: Reason = "a shell would run a command";

/// Reads a file as a shell does.
pub(super) fn read(text: &str) -> Read {
    let mut cursor = Cursor::new(text);
    let mut read = Read::default();
    loop {
        cursor.take_while(|letter| is_blank(letter) || letter == '\n');
        let line = cursor.line();
        match cursor.peek() {
            None => return read,
            Some('#') => {
                cursor.take_line();
            }
            _ => match assignment(&mut cursor, line) {
                Ok(found) => read.found.push(found),
                Err(why) => {
                    read.faults.push(Fault { line, why });
                    cursor.take_line();
                }
            },
        }
    }
}

fn assignment(cursor: &mut Cursor<'_>, line: usize) -> Result<Found, Reason> {
    let after_export = cursor.rest().strip_prefix("export");
    let is_export = after_export.is_some_and(|rest| rest.starts_with(is_blank));
    if is_export {
        cursor.eat("export");
        cursor.take_while(is_blank);
    }
    let name = cursor.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if name.is_empty() || name.starts_with(|letter: char| letter.is_ascii_digit()) {
        return Err(COMMAND);
    }
    let reading = match cursor.eat("=") {
        true => Word::read(cursor, is_export)?,
        false if is_export => Reading::Bare,
        false => return Err(COMMAND),
    };
    let found = Found {
        end_line: cursor.line(),
        beside: cursor.comment_beside(),
        ..Found::with(name, line, reading)
    };
    let blanks = cursor.take_while(is_blank);
    match cursor.peek() {
        None | Some('\n') => Ok(found),
        Some('#') if !blanks.is_empty() => {
            cursor.take_line();
            Ok(found)
        }
        _ => Err(COMMAND),
    }
}

/// One word that is being read.
struct Word {
    value: Value,
    /// What keeps it from having a value.
    obstacle: Option<Reading>,
    is_export: bool,
}

impl Word {
    fn read(cursor: &mut Cursor<'_>, is_export: bool) -> Result<Reading, Reason> {
        let mut word = Word {
            value: Value::within(cursor.rest()),
            obstacle: None,
            is_export,
        };
        while let Some(letter) = cursor.peek() {
            if is_blank(letter) || letter == '\n' {
                break;
            }
            cursor.next();
            match letter {
                '\'' => word.single(cursor)?,
                '"' => word.double(cursor)?,
                '\\' => match cursor.next().ok_or("a backslash at the end of the file")? {
                    '\n' => {}
                    escaped => word.value.push(escaped),
                },
                letter => word.bare(cursor, letter)?,
            }
        }
        Ok(match word.obstacle {
            Some(obstacle) => obstacle,
            None => Reading::Value(secret(word.value.as_str())),
        })
    }

    fn single(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Reason> {
        let text = cursor.take_while(|letter| letter != '\'');
        self.value.push_str(text);
        cursor.next().map(drop).ok_or("a quote without its end")
    }

    fn double(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Reason> {
        loop {
            match cursor.next().ok_or("a quote without its end")? {
                '"' => return Ok(()),
                '`' => self.command(cursor, '`')?,
                '$' => self.dollar(cursor, |next| next == '"' || next == ' ')?,
                '\\' => match cursor.peek().ok_or("a quote without its end")? {
                    '\n' => drop(cursor.next()),
                    escaped @ ('$' | '`' | '"' | '\\') => {
                        cursor.next();
                        self.value.push(escaped);
                    }
                    _ => self.value.push('\\'),
                },
                letter => self.value.push(letter),
            }
        }
    }

    fn bare(&mut self, cursor: &mut Cursor<'_>, letter: char) -> Result<(), Reason> {
        // zsh looks for `~` behind quotes and backslashes, too.
        let text = self.value.as_str();
        let is_first = text.is_empty() || text.ends_with(':');
        match letter {
            ';' | '&' | '|' | '<' | '>' | '(' | ')' => {
                return Err("a character that a shell takes for its own");
            }
            '\r' if cursor.peek().is_none_or(|next| next == '\n') => {
                return Err(
                    "a shell takes the carriage return at the end of the line for a part of the value",
                );
            }
            '`' => self.command(cursor, '`')?,
            '$' => self.dollar(cursor, |next| is_blank(next) || next == '\n')?,
            // zsh takes `=name` for the path of a program.
            '~' | '=' if is_first => self.stops(Reading::Expands),
            // Some shells take `export A=*` for a pattern of file names, and braces for several words.
            '*' | '?' | '[' | '{' | '~' | '=' if self.is_export => {
                self.stops(Reading::Unclear("shells differ behind `export`"));
            }
            letter => self.value.push(letter),
        }
        Ok(())
    }

    /// A `$` at the end of the word or before a blank stays.
    fn dollar(
        &mut self,
        cursor: &mut Cursor<'_>,
        is_plain: impl Fn(char) -> bool,
    ) -> Result<(), Reason> {
        match cursor.peek() {
            None => self.value.push('$'),
            Some(next) if is_plain(next) => self.value.push('$'),
            Some('(') => return self.command(cursor, ')'),
            Some('{') => return self.command(cursor, '}'),
            Some('\'' | '"') => return Err("a `$` before a quote"),
            Some(_) => self.stops(Reading::Expands),
        }
        Ok(())
    }

    /// Goes over what a shell puts something else for. Where it ends is certain only if nothing in it could hide the end.
    fn command(&mut self, cursor: &mut Cursor<'_>, close: char) -> Result<(), Reason> {
        self.stops(Reading::Expands);
        if close != '`' {
            cursor.next();
        }
        cursor.take_while(|letter| letter != close && !"'\"`\\\n(){}$#".contains(letter));
        match cursor.next() {
            Some(letter) if letter == close => Ok(()),
            _ => Err("a substitution that only a shell could read"),
        }
    }

    fn stops(&mut self, obstacle: Reading) {
        self.obstacle.get_or_insert(obstacle);
    }
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t')
}
