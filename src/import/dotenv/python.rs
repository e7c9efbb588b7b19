//! What python-dotenv reads (1.2: `parser.py`, `variables.py`), with its default of filling in `${NAME}`, in quotes of any kind.

use super::{
    Fault, Found, Read, Reading,
    cursor::{Cursor, Value, odd_line_end, with_plain_line_ends},
};

/// Why a line has no reading.
type Reason = &'static str;

/// Reads a file as python-dotenv does.
pub(super) fn read(text: &str) -> Read {
    // It opens files with universal line ends.
    let plain = with_plain_line_ends(text);
    let mut cursor = Cursor::new(plain.strip_prefix('\u{feff}').unwrap_or(&plain));
    let mut read = Read::default();
    read.faults.extend(odd_line_end(&plain, &['\r']));
    loop {
        cursor.take_while(is_space);
        if cursor.rest().is_empty() {
            return read;
        }
        let line = cursor.line();
        match binding(&mut cursor, line) {
            Ok(found) => read.found.extend(found),
            Err(why) => {
                read.faults.push(Fault { line, why });
                cursor.take_line();
            }
        }
    }
}

fn binding(cursor: &mut Cursor<'_>, line: usize) -> Result<Option<Found>, Reason> {
    let after_export = cursor.rest().strip_prefix("export");
    if after_export.is_some_and(|rest| rest.starts_with(is_blank)) {
        cursor.eat("export");
        cursor.take_while(is_blank);
    }
    let key = key(cursor)?;
    cursor.take_while(is_blank);
    let reading = match cursor.eat("=") {
        true => value(cursor)?,
        false => Reading::Bare,
    };
    let end_line = cursor.line();
    let beside = cursor.comment_beside();
    cursor.take_while(is_blank);
    if cursor.peek() == Some('#') {
        cursor.take_line();
    }
    if !cursor.rest().is_empty() && !cursor.eat("\n") {
        return Err(match reading {
            Reading::Bare => "it has no `=`",
            _ => "text behind the closing quote",
        });
    }
    Ok(key.map(|key| Found {
        end_line,
        beside,
        ..Found::with(key, line, reading)
    }))
}

/// The key; `None` for a comment.
fn key<'t>(cursor: &mut Cursor<'t>) -> Result<Option<&'t str>, Reason> {
    let key = match cursor.peek() {
        Some('#') => return Ok(None),
        Some('\'') => {
            let rest = &cursor.rest()[1..];
            let end = rest.find('\'').ok_or("a quote without its end")?;
            &cursor.take(end + 2)[1..=end]
        }
        _ => cursor.take_while(|letter| !is_space(letter) && letter != '=' && letter != '#'),
    };
    match key {
        "" => Err("there is no key"),
        key => Ok(Some(key)),
    }
}

fn value(cursor: &mut Cursor<'_>) -> Result<Reading, Reason> {
    let has_blank = !cursor.take_while(is_blank).is_empty();
    let value = match cursor.peek() {
        Some('#') if has_blank => Value::within(""),
        Some('\'') => quoted(cursor, '\'')?,
        Some('"') => quoted(cursor, '"')?,
        _ => bare(cursor),
    };
    Ok(match expands(value.as_str()) {
        true => Reading::Expands,
        false => Reading::Value(crate::secret::secret(value.as_str())),
    })
}

/// Up to a `#` behind white space; a `#` right behind the `=` belongs to the value.
fn bare(cursor: &mut Cursor<'_>) -> Value {
    let rest = cursor.rest();
    let line = rest.split('\n').next().unwrap_or_default();
    let mut before = None;
    let comment = line.char_indices().find(|(_, letter)| {
        let is_comment = *letter == '#' && before.is_some_and(is_space);
        before = Some(*letter);
        is_comment
    });
    let end = comment.map_or(line.len(), |(at, _)| at);
    let text = line[..end].trim_end_matches(is_space);
    cursor.take(text.len());
    let mut value = Value::within(text);
    value.push_str(text);
    value
}

/// Text in quotes over any number of lines.
fn quoted(cursor: &mut Cursor<'_>, quote: char) -> Result<Value, Reason> {
    let mut value = Value::within(cursor.rest());
    let mut ahead = cursor.rest()[1..].char_indices();
    while let Some((at, letter)) = ahead.next() {
        if letter == quote {
            cursor.take(at + 2);
            return Ok(value);
        }
        if letter != '\\' {
            value.push(letter);
            continue;
        }
        let Some((_, escaped)) = ahead.next() else {
            break;
        };
        match unescaped(quote, escaped) {
            Some(meant) => value.push(meant),
            None => {
                value.push('\\');
                value.push(escaped);
            }
        }
    }
    Err("a quote without its end")
}

fn unescaped(quote: char, escaped: char) -> Option<char> {
    match (quote, escaped) {
        (_, '\\' | '\'') => Some(escaped),
        ('\'', _) => None,
        (_, '"') => Some('"'),
        (_, 'a') => Some('\u{7}'),
        (_, 'b') => Some('\u{8}'),
        (_, 'f') => Some('\u{c}'),
        (_, 'n') => Some('\n'),
        (_, 'r') => Some('\r'),
        (_, 't') => Some('\t'),
        (_, 'v') => Some('\u{b}'),
        _ => None,
    }
}

/// Whether `${NAME}` or `${NAME:-…}` stands in a value; a name may be any text without `}` and `:`.
fn expands(value: &str) -> bool {
    value.match_indices("${").any(|(at, _)| {
        let rest = &value[at + 2..];
        match rest.find(['}', ':']).map(|end| &rest[end..]) {
            Some(end) if end.starts_with('}') => true,
            Some(end) => end.strip_prefix(":-").is_some_and(|end| end.contains('}')),
            None => false,
        }
    })
}

/// What Python's `\s` stands for: Unicode's white space and four control characters.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

fn is_blank(letter: char) -> bool {
    is_space(letter) && letter != '\n' && letter != '\r'
}
