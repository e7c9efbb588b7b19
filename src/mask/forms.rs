//! The spellings in which a value turns up in logs.

mod json;
mod shell;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

use crate::value::{Kind, Scalar};

/// Bytes that a text must have to be hidden: shorter ones are found in every output.
pub const SHORTEST: usize = 4;

/// Words that are no secrets, whatever they are the value of; case does not count.
const PLAIN_WORDS: &[&str] = &["false", "none", "null", "true"];

/// Columns in which base64 is wrapped: by `base64` and MIME (RFC 2045), by PEM (RFC 7468).
const WRAPPED: [usize; 2] = [76, 64];

/// Lists what is to be hidden for one value; nothing for bool and null, and nothing that is shorter than [`SHORTEST`] or a plain word.
///
/// The text itself, without the blanks around it; each of its lines, likewise; and the whole text as the inside of a JSON string, URL-encoded, in hex,
/// in base64 (also where it is in the middle of more that was encoded, and where the lines are wrapped), and as the inside of a quoted word of a shell.
pub fn of(value: &Scalar) -> Vec<Zeroizing<String>> {
    if matches!(value.kind(), Kind::Bool | Kind::Null) || !is_worth(value.expose()) {
        return Vec::new();
    }
    // Blanks at its ends are no secret, and a line end that is left alone keeps logs readable.
    let text = value.expose().trim();
    let mut forms = whole(text);
    forms.extend(lines(text));
    forms.extend(wrapped_base64(text));
    forms.retain(|form| is_worth(form));
    forms.sort_by(|one, other| one.as_str().cmp(other));
    forms.dedup();
    forms
}

/// A text in every spelling that holds all of it, in no order; some may be equal.
pub(crate) fn whole(text: &str) -> Vec<Zeroizing<String>> {
    let mut forms = vec![Zeroizing::new(text.to_owned())];
    forms.extend(shell::quoted(text));
    forms.extend(json::escaped(text));
    forms.extend(url(text));
    forms.extend(hex(text));
    forms.extend(base64(text));
    forms
}

fn is_worth(text: &str) -> bool {
    let is_plain = |word: &&str| word.eq_ignore_ascii_case(text);
    text.trim().len() >= SHORTEST && !PLAIN_WORDS.iter().any(is_plain)
}

fn lines(text: &str) -> impl Iterator<Item = Zeroizing<String>> {
    text.lines()
        .map(|line| Zeroizing::new(line.trim().to_owned()))
}

/// As URLs are written: nothing left but what RFC 3986 calls unreserved; as JavaScript's `encodeURIComponent`; with slashes as Python's
/// `quote`; as JavaScript's `encodeURI`; as forms, with `+` for a space, by browsers and by Python's `quote_plus`. Each with upper-case and lower-case hex digits.
fn url(text: &str) -> Vec<Zeroizing<String>> {
    const KEPT: [&[u8]; 6] = [
        b"-._~",
        b"-._~!'()*",
        b"-._~/",
        b"-._~!'()*;,/?:@&=+$#",
        b"-._* ",
        b"-._~ ",
    ];
    let ways = KEPT.iter().flat_map(|kept| [(kept, false), (kept, true)]);
    ways.map(|(kept, is_lower)| percent(text, kept, is_lower))
        .collect()
}

fn percent(text: &str, kept: &[u8], is_lower: bool) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(text.len() * 3));
    for byte in text.bytes() {
        match byte {
            b' ' if kept.contains(&b' ') => form.push('+'),
            _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => {
                form.push(char::from(byte))
            }
            _ if is_lower => form.push_str(&format!("%{byte:02x}")),
            _ => form.push_str(&format!("%{byte:02X}")),
        }
    }
    form
}

/// With lower-case and upper-case digits.
fn hex(text: &str) -> [Zeroizing<String>; 2] {
    let digits = |digits: &[u8; 16]| {
        let mut form = Zeroizing::new(String::with_capacity(text.len() * 2));
        for byte in text.bytes() {
            let halves = [byte >> 4, byte & 0xf];
            form.extend(halves.map(|half| char::from(digits[usize::from(half)])));
        }
        form
    };
    [digits(b"0123456789abcdef"), digits(b"0123456789ABCDEF")]
}

fn base64(text: &str) -> Vec<Zeroizing<String>> {
    let mut forms = vec![
        Zeroizing::new(STANDARD.encode(text)),
        Zeroizing::new(URL_SAFE.encode(text)),
    ];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.extend((0..3).map(|before| inner(text, before, &engine)));
    }
    forms
}

/// The lines of a text in base64, in their order, for each number of columns; a text of one line has none.
pub(crate) fn wrapped_base64(text: &str) -> Vec<Zeroizing<String>> {
    let engines = [STANDARD_NO_PAD, URL_SAFE_NO_PAD].into_iter();
    let lines = |engine| {
        let digits = inner(text, 0, &engine);
        let lines = |columns: &usize| wrapped(&digits, *columns);
        WRAPPED.iter().flat_map(lines).collect::<Vec<_>>()
    };
    engines.flat_map(lines).collect()
}

/// The digits that depend on the text alone, where so many bytes (or three more, or six) come before it.
fn inner(text: &str, before: usize, engine: &impl base64::Engine) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(before + text.len()));
    bytes.resize(before, 0);
    bytes.extend_from_slice(text.as_bytes());
    let digits = Zeroizing::new(engine.encode(&*bytes));
    let first = (before * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    Zeroizing::new(digits[first..last].to_owned())
}

fn wrapped(digits: &str, columns: usize) -> Vec<Zeroizing<String>> {
    if digits.len() <= columns {
        return Vec::new();
    }
    let starts = (0..digits.len()).step_by(columns);
    starts
        .map(|start| &digits[start..digits.len().min(start + columns)])
        .map(|line| Zeroizing::new(line.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::secret;

    fn forms(text: &str) -> Vec<String> {
        let forms = of(&Scalar::str(text));
        forms.iter().map(|form| form.to_string()).collect()
    }

    #[track_caller]
    fn has(text: &str, form: &str) {
        let forms = forms(text);
        assert!(forms.iter().any(|it| it == form), "{form}: {forms:?}");
    }

    #[test]
    fn what_is_short_or_a_plain_word_is_not_hidden() {
        for text in ["", "1", "abc", "true", "False", "NULL", "none", "   a   "] {
            assert_eq!(forms(text), [""; 0], "{text}");
        }
        for (kind, text) in [(Kind::Bool, "false"), (Kind::Null, "")] {
            assert!(of(&Scalar::new(kind, secret(text))).is_empty());
        }
        has("abcd", "abcd");
        assert!(!of(&Scalar::new(Kind::Int, secret("5432"))).is_empty());
    }

    #[test]
    fn every_line_is_hidden_but_short_ones() {
        let forms = forms("{\n  \"a\": \"bcde\",\r\n}\n");
        assert!(forms.contains(&"\"a\": \"bcde\",".to_owned()));
        assert!(!forms.contains(&"{".to_owned()) && !forms.contains(&"}".to_owned()));
    }

    #[test]
    fn other_spellings_are_those_of_common_programs() {
        // Python: json.dumps, json.dumps(ensure_ascii=False); Go: json.Marshal; PHP: json_encode
        has("é\"\n<\u{1f511}/", "\\u00e9\\\"\\n<\\ud83d\\udd11/");
        has("é\"\n<\u{1f511}/", "é\\\"\\n<\u{1f511}/");
        has("é\"\n<\u{1f511}/", "é\\\"\\n\\u003c\u{1f511}/");
        has("é\"\n<\u{1f511}/", "\\u00e9\\\"\\n<\\ud83d\\udd11\\/");
        // .NET: System.Text.Json; Java: Gson
        has("\u{f6}\"'+<", "\\u00F6\\u0022\\u0027\\u002B\\u003C");
        has("\u{f6}'=<", "\u{f6}\\u0027\\u003d\\u003c");
        // Python: quote(safe=""), quote, quote_plus; JavaScript: encodeURIComponent
        has("a b/c!é", "a%20b%2Fc%21%C3%A9");
        has("a b/c!é", "a%20b/c%21%C3%A9");
        has("a b/c!é", "a+b%2Fc%21%C3%A9");
        has("a b/c!é", "a%20b%2Fc!%C3%A9");
        has("a b/c!é", "a%20b%2fc%21%c3%a9");
        has("a b~c!é", "a+b~c%21%C3%A9");
        // JavaScript: encodeURI
        has("a b/?!é", "a%20b/?!%C3%A9");
        has("it's it", r"it'\''s it");
        has("it\u{e9}s", "6974c3a973");
        has("it\u{e9}s", "6974C3A973");
    }

    #[test]
    fn base64_is_found_with_whatever_stands_before_and_behind() {
        let text = "hunter2-API-token??>";
        let forms = forms(text);
        for before in 0..9 {
            for engine in [&STANDARD, &URL_SAFE, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let whole = engine.encode(format!("{}{text}:more", "x".repeat(before)));
                assert!(forms.iter().any(|form| whole.contains(form)), "{whole}");
            }
        }
        assert!(forms.contains(&STANDARD.encode(text)));
    }

    #[test]
    fn wrapped_base64_is_hidden_line_by_line() {
        let text = "0123456789abcdef".repeat(9);
        let digits = STANDARD.encode(&text);
        for columns in WRAPPED {
            has(&text, &digits[..columns]);
            has(&text, &digits[columns..columns * 2]);
        }
    }
}
