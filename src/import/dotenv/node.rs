//! What Node reads: npm's dotenv and `node --env-file` (`util.parseEnv`), where they agree.
//!
//! The two share their idea and differ in many corners, so each is modelled, and what they read differently has no reading.

use std::{collections::HashMap, ops::Range, sync::OnceLock};

use regex::Regex;
use zeroize::Zeroizing;

use super::{
    Fault, Found, Read, Reading,
    cursor::{ODD_LINE_END, lines_before, odd_line_end, with_plain_line_ends},
};
use crate::secret::ExposeSecret;

const DIFFER: &str = "npm's dotenv and node --env-file differ here";

/// Reads a file as programs in Node do.
pub(super) fn read(text: &str) -> Read {
    let plain = with_plain_line_ends(text);
    let mut read = npm(&plain);
    read.faults.extend(odd_line_end(&plain, &['\r']));
    let builtin: HashMap<String, Zeroizing<String>> = builtin(text).into_iter().collect();
    let last: HashMap<String, usize> = keys(&read).zip(0..).collect();
    for (at, found) in read.found.iter_mut().enumerate() {
        // The last of several entries counts, in both.
        if last.get(&found.key) == Some(&at) && !is_agreed(found, builtin.get(&found.key)) {
            found.reading = Reading::Unclear(DIFFER);
        }
    }
    read
}

fn keys(read: &Read) -> impl Iterator<Item = String> {
    read.found.iter().map(|found| found.key.clone())
}

fn is_agreed(found: &Found, other: Option<&Zeroizing<String>>) -> bool {
    match (&found.reading, other) {
        (Reading::Value(value), Some(other)) => value.expose_secret() == other.as_str(),
        _ => false,
    }
}

/// npm's dotenv (16 to 18, `lib/main.js`): its one regular expression, with JavaScript's classes spelled out.
fn pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        const S: &str = r"[\t\n\x0B\x0C\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}]";
        let text = format!(
            r#"(?m)^{S}*(?:export{S}+)?([0-9A-Za-z_.-]+)(?:{S}*={S}*?|:{S}+?)({S}*'(?:\\'|[^'])*'|{S}*"(?:\\"|[^"])*"|{S}*`(?:\\`|[^`])*`|[^\#\r\n]+)?{S}*(?:\#[^\n]*)?$"#
        );
        Regex::new(&text).expect("it is a regular expression")
    })
}

fn npm(text: &str) -> Read {
    let mut read = Read::default();
    let mut end = 0;
    let mut lines = (0, 1);
    let mut line_of = |at: usize| {
        lines.1 += text[lines.0..at].bytes().filter(|b| *b == b'\n').count();
        lines.0 = at;
        lines.1
    };
    for entry in pattern().captures_iter(text) {
        let (whole, key) = (
            entry.get(0).expect("the whole"),
            entry.get(1).expect("it is not optional"),
        );
        skipped(text, end..whole.start(), &mut read.faults);
        read.faults.extend(odd_outside(
            text,
            whole.range(),
            entry.get(2).map(|value| value.range()),
        ));
        let line = line_of(key.start());
        let value = entry
            .get(2)
            .map_or(key.end()..key.end(), |value| value.range());
        let trimmed = text[value.clone()].trim_end_matches(is_space).len();
        let end_line = line_of(value.start + trimmed);
        read.found.push(Found {
            end_line,
            beside: beside(&text[value.start + trimmed..whole.end()]),
            ..Found::value(key.as_str(), line, &unquoted(&text[value]))
        });
        end = whole.end();
    }
    skipped(text, end..text.len(), &mut read.faults);
    read
}

/// The comment on the line on which a value ends; the match goes on over blank lines to the next comment.
fn beside(behind: &str) -> Option<String> {
    let line = behind.split('\n').next().unwrap_or_default();
    let line = line.trim_start_matches(|letter| is_space(letter) || letter == '=' || letter == ':');
    line.strip_prefix('#').map(str::to_owned)
}

/// What stands between entries: comments, blank lines, and what both readers pass over without a word.
fn skipped(text: &str, range: Range<usize>, faults: &mut Vec<Fault>) {
    let fault = |line: &str| {
        let content = line.trim_start_matches(is_space);
        match content.is_empty() || content.starts_with('#') {
            _ if line.contains(is_separator) => Some(ODD_LINE_END),
            true => None,
            false => Some("it is no KEY=value"),
        }
    };
    let mut at = range.start;
    for line in text[range].split('\n') {
        faults.extend(fault(line).map(|why| Fault {
            line: lines_before(text, at),
            why,
        }));
        at += line.len() + 1;
    }
}

/// JavaScript ends lines also at U+2028 and U+2029; only within quotes does that make no difference.
fn odd_outside(text: &str, whole: Range<usize>, value: Option<Range<usize>>) -> Option<Fault> {
    let inner = value.and_then(|value| {
        let trimmed = text[value.clone()].trim_matches(is_space);
        let quote = trimmed
            .chars()
            .next()
            .filter(|c| matches!(c, '\'' | '"' | '`'))?;
        let inner = trimmed.strip_prefix(quote)?.strip_suffix(quote)?;
        let start = value.start + text[value].find(trimmed)? + 1;
        (!inner.contains(quote)).then_some(start..start + inner.len())
    });
    let is_odd = |(at, letter): &(usize, char)| {
        let at = whole.start + at;
        is_separator(*letter) && !inner.as_ref().is_some_and(|inner| inner.contains(&at))
    };
    let (at, _) = text[whole.clone()].char_indices().find(is_odd)?;
    Some(Fault {
        line: lines_before(text, whole.start + at),
        why: ODD_LINE_END,
    })
}

fn is_separator(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}')
}

/// Takes quotes away where a line of the value begins and one ends with the same, and reads `\n` and `\r` in double ones.
fn unquoted(value: &str) -> Zeroizing<String> {
    let value = value.trim_matches(is_space);
    let mut text = Zeroizing::new(String::with_capacity(value.len()));
    let mut at = 0;
    while let Some(letter) = value[at..].chars().next() {
        let begins = at == 0 || value[..at].ends_with(|c| c == '\n' || is_separator(c));
        if begins && let Some(end) = closing(value, at, letter) {
            text.push_str(&value[at + 1..end]);
            at = end + 1;
            continue;
        }
        text.push(letter);
        at += letter.len_utf8();
    }
    match value.starts_with('"') {
        true => {
            let text = Zeroizing::new(text.replace("\\n", "\n"));
            Zeroizing::new(text.replace("\\r", "\r"))
        }
        false => text,
    }
}

/// The last quote of the kind that stands at the end of a line.
fn closing(value: &str, start: usize, quote: char) -> Option<usize> {
    if !matches!(quote, '\'' | '"' | '`') {
        return None;
    }
    let ends_line = |at: &usize| {
        at + 1 == value.len() || value[at + 1..].starts_with(|c| c == '\n' || is_separator(c))
    };
    let after = start + 1;
    let places = value[after..].rmatch_indices(quote);
    places.map(|(at, _)| after + at).find(ends_line)
}

/// JavaScript's `\s`.
fn is_space(letter: char) -> bool {
    matches!(letter, '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}')
}

/// `node --env-file` (20 to 24, `src/node_dotenv.cc`): every entry in order.
fn builtin(text: &str) -> Vec<(String, Zeroizing<String>)> {
    let plain = Zeroizing::new(text.replace('\r', ""));
    let mut rest = plain.trim_matches(' ');
    let mut found = Vec::new();
    while !rest.is_empty() {
        if rest.starts_with(['\n', '#']) {
            rest = after_line(rest);
            continue;
        }
        let Some((key, behind)) = rest.split_once('=') else {
            break;
        };
        let key = key.trim_matches(' ');
        let key = key.strip_prefix("export ").unwrap_or(key);
        if key.is_empty() {
            break;
        }
        let (value, behind) = builtin_value(behind.trim_matches(' '));
        found.extend(value.map(|value| (key.to_owned(), value)));
        rest = behind;
    }
    found
}

/// The value, unless the file ends in an open quote, and what follows.
fn builtin_value(rest: &str) -> (Option<Zeroizing<String>>, &str) {
    let owned = |text: &str| Some(Zeroizing::new(text.to_owned()));
    let line = rest.split('\n').next().unwrap_or_default();
    let Some(quote) = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '"' | '`'))
    else {
        let value = line.split('#').next().unwrap_or_default();
        return (owned(value.trim_matches(' ')), after_line(rest));
    };
    let Some(length) = rest[1..].find(quote) else {
        return match rest.split_once('\n') {
            Some((line, rest)) => (owned(line), rest),
            None => (None, ""),
        };
    };
    let inner = &rest[1..=length];
    let value = match quote {
        '"' => inner.replace("\\n", "\n"),
        _ => inner.to_owned(),
    };
    (Some(Zeroizing::new(value)), after_line(&rest[length + 2..]))
}

fn after_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}
