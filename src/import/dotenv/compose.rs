//! What `docker compose` reads: `.env`, `--env-file`, `env_file:` (compose-go v2, `dotenv/parser.go` and `template/template.go`).

use super::{
    Fault, Found, Read, Reading,
    cursor::{Cursor, Value},
};
use crate::secret::secret;

type Reason = &'static str;

/// Reads a file as compose does. It refuses a file at its first fault; what follows is read for the sake of those who mend it.
pub(super) fn read(text: &str) -> Read {
    let mut cursor = Cursor::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut read = Read::default();
    loop {
        cursor.take_while(char::is_whitespace);
        let line = cursor.line();
        match cursor.peek() {
            None => return read,
            Some('#') => {
                cursor.take_line();
            }
            _ => match statement(&mut cursor, line) {
                Ok(found) => read.found.push(found),
                Err(why) => {
                    read.faults.push(Fault { line, why });
                    cursor.take_line();
                }
            },
        }
    }
}

fn statement(cursor: &mut Cursor<'_>, line: usize) -> Result<Found, Reason> {
    let after_export = cursor.rest().strip_prefix("export");
    if after_export.is_some_and(|rest| rest.starts_with(is_separating)) {
        cursor.eat("export");
        cursor.take_while(is_blank);
    }
    let key = cursor.take_while(|letter| is_of_key(letter) || is_blank(letter));
    let key = key.trim_end();
    let bare = || Found::with(key, line, Reading::Bare);
    match cursor.peek() {
        None | Some('\n' | '=' | ':') if key.is_empty() => return Err("there is no key"),
        _ if key.contains(is_blank) => return Err("a blank in the key"),
        Some('=' | ':') => {}
        None | Some('\n') => return Ok(bare()),
        _ => return Err("a character that no key can have"),
    }
    cursor.next();
    cursor.take_while(is_blank);
    let reading = match cursor.peek() {
        Some(quote @ ('\'' | '"')) => quoted(cursor, quote)?,
        _ => unquoted(cursor),
    };
    let found = Found {
        end_line: cursor.line(),
        beside: cursor.comment_beside(),
        ..Found::with(key, line, reading)
    };
    cursor.take_while(|letter| letter != '\n' && letter.is_whitespace());
    match cursor.peek() {
        None | Some('\n') => Ok(found),
        // Behind a quote a comment needs no blank before it.
        Some('#') => {
            cursor.take_line();
            Ok(found)
        }
        // Compose takes it for the next statement.
        _ => Err("text behind the closing quote"),
    }
}

/// Up to ` #` or the end of the line.
fn unquoted(cursor: &mut Cursor<'_>) -> Reading {
    let line = cursor.rest().split('\n').next().unwrap_or_default();
    let value = line.split(" #").next().unwrap_or_default().trim_end();
    cursor.take(value.len());
    substituted(value)
}

fn quoted(cursor: &mut Cursor<'_>, quote: char) -> Result<Reading, Reason> {
    let mut raw = Value::within(cursor.rest());
    let mut is_escaped = false;
    for (at, letter) in cursor.rest().char_indices().skip(1) {
        match letter {
            letter if letter == quote && !is_escaped => {
                cursor.take(at + 1);
                return Ok(match quote {
                    '"' => unescaped(raw.as_str()),
                    _ => Reading::Value(secret(raw.as_str())),
                });
            }
            '\\' if !is_escaped => {
                is_escaped = true;
                continue;
            }
            letter if is_escaped && letter != quote => {
                raw.push('\\');
                raw.push(letter);
            }
            letter => raw.push(letter),
        }
        is_escaped = false;
    }
    Err("a quote without its end")
}

/// Puts the characters for escapes; a `$` behind a backslash is one that stays.
fn unescaped(raw: &str) -> Reading {
    let mut value = Value::within(raw);
    let mut letters = raw.chars();
    // `\$` becomes the `$$` that means one `$`; nothing grows, since both have two bytes.
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            value.push(letter);
            continue;
        }
        match letters.clone().next() {
            Some('0') => return Reading::Unclear("an octal escape"),
            Some(escaped) => {
                let meant = match escaped {
                    'a' => "\u{7}",
                    'b' => "\u{8}",
                    'f' => "\u{c}",
                    'n' => "\n",
                    'r' => "\r",
                    't' => "\t",
                    'v' => "\u{b}",
                    '$' => "$$",
                    '"' => "\"",
                    '\\' => "\\",
                    _ => {
                        value.push('\\');
                        continue;
                    }
                };
                letters.next();
                value.push_str(meant);
            }
            None => value.push('\\'),
        }
    }
    substituted(value.as_str())
}

/// Compose fills variables in; `$$` is one `$`, and a `$` that no name follows stays.
fn substituted(text: &str) -> Reading {
    let mut value = Value::within(text);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '$' {
            match letters.clone().next() {
                Some('$') => drop(letters.next()),
                Some('{' | '_') => return Reading::Expands,
                // Beyond ASCII some letters count as one of `a-z` where case does not matter.
                Some(next) if next.is_ascii_alphabetic() => return Reading::Expands,
                Some(next) if !next.is_ascii() => {
                    return Reading::Unclear("a `$` before a letter beyond ASCII");
                }
                _ => {}
            }
        }
        value.push(letter);
    }
    Reading::Value(secret(value.as_str()))
}

/// Letters and numbers of any language, as Go's `unicode.IsLetter` and `IsNumber`; a mistake of ours here makes a fault of a key.
fn is_of_key(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || "_.-[]".contains(letter)
        || (!letter.is_ascii() && letter.is_alphanumeric())
}

fn is_blank(letter: char) -> bool {
    matches!(
        letter,
        '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}

fn is_separating(letter: char) -> bool {
    matches!(letter, '\t' | '\u{c}' | '\r' | ' ')
}
