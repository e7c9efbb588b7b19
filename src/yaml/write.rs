//! Scalars and small trees as YAML text.

use std::borrow::Cow;

use super::resolve;
use crate::value::Kind;

/// Spaces per level where no sibling shows another width (as sops writes).
pub const INDENT: usize = 4;

/// A string as a key or value: plain only where go-yaml, YAML 1.1 and YAML 1.2 all read that string, else in double quotes.
pub fn string(text: &str) -> String {
    match is_plain_string(text) {
        true => text.to_owned(),
        false => double_quoted(text),
    }
}

/// Whether every reader of YAML takes the text for itself without quotes; errs on the side of quotes.
pub fn is_plain_string(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || b"_./@+-^$= ".contains(&b);
    let fits = match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            (first.is_ascii_alphanumeric() || b"_/^".contains(first))
                && *last != b' '
                && bytes.iter().all(|b| is_inner(*b))
        }
        _ => false,
    };
    fits && !is_word(text)
        && !looks_like_number(text)
        && resolve(text).is_ok_and(|resolved| resolved.kind == Kind::Str)
}

/// Words that YAML 1.1 takes for a bool or null.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Begins with a digit and has no letter but those that numbers of some YAML version have.
fn looks_like_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && !text
            .bytes()
            .any(|b| b.is_ascii_alphabetic() && !b"eExXoObB".contains(&b))
}

/// A string in double quotes on one line; control characters, other line breaks and characters that a terminal acts upon as escapes.
pub fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_double_quoted(&mut out, text);
    out
}

/// Appends what [`double_quoted`] makes.
pub fn push_double_quoted(out: &mut String, text: &str) {
    use std::fmt::Write;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => {
                let code = u32::from(c);
                let written = match code {
                    0..=0xff => write!(out, "\\x{code:02X}"),
                    0x100..=0xffff => write!(out, "\\u{code:04X}"),
                    _ => write!(out, "\\U{code:08X}"),
                };
                written.expect("a string takes any text");
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A comment's text as YAML can hold it, on one line: each character that it has no place for is U+FFFD, the replacement character.
///
/// Those are the control characters but the tab, the line breaks of YAML 1.1 (go-yaml still ends a comment there) and the non-characters
/// (YAML 1.2.2, 5.1). A comment can hold them in ciphertext alone: `sops encrypt` of a `.env` file puts them there.
pub fn comment(text: &str) -> Cow<'_, str> {
    if !text.contains(has_no_place) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(has_no_place, "\u{fffd}"))
}

fn has_no_place(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

fn needs_escape(c: char) -> bool {
    c.is_control() || crate::value::is_format(c) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// A tree of scalars that are already written, to be laid out where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draft {
    /// A scalar as it is to stand in the text; for flow collections it must not need a change.
    Scalar(String),
    /// Keys in order, unescaped.
    Map(Vec<(String, Draft)>),
    /// Items in order.
    List(Vec<Draft>),
    /// What a key holds, with comments on lines of their own above the key, each without its `#`; only block maps have a place for them.
    Commented(Vec<String>, Box<Draft>),
}

impl Draft {
    /// Appends what follows `key:`, for a key that stands at `column`: ` value`, or a line break and the lines of a block, without a
    /// final line break.
    pub fn push_after_key(&self, out: &mut String, column: usize, eol: &str) {
        match self.inline() {
            Some(text) => {
                out.push(' ');
                out.push_str(&text);
            }
            None => {
                out.push_str(eol);
                out.push_str(&" ".repeat(column + INDENT));
                self.push_block(out, column + INDENT, eol);
            }
        }
    }

    /// Appends what follows `-`, for a dash at `column`.
    pub fn push_after_dash(&self, out: &mut String, column: usize, eol: &str) {
        out.push(' ');
        match self.inline() {
            Some(text) => out.push_str(&text),
            None => self.push_block(out, column + 2, eol),
        }
    }

    /// The text of what fits on the line of its key: a scalar, or an empty collection.
    pub fn inline(&self) -> Option<String> {
        match self {
            Draft::Scalar(text) => Some(text.clone()),
            Draft::Map(entries) if entries.is_empty() => Some("{}".to_owned()),
            Draft::List(items) if items.is_empty() => Some("[]".to_owned()),
            Draft::Commented(_, draft) => draft.inline(),
            _ => None,
        }
    }

    /// Appends a block whose first line already stands at `column`.
    pub fn push_block(&self, out: &mut String, column: usize, eol: &str) {
        let next_line = |out: &mut String, at: usize| {
            if at > 0 {
                out.push_str(eol);
                out.push_str(&" ".repeat(column));
            }
        };
        if let Some(text) = self.inline() {
            out.push_str(&text);
            return;
        }
        match self {
            Draft::Scalar(text) => out.push_str(text),
            Draft::Map(entries) => {
                for (at, (key, value)) in entries.iter().enumerate() {
                    next_line(out, at);
                    for comment in value.comments() {
                        out.push('#');
                        out.push_str(comment);
                        next_line(out, 1);
                    }
                    out.push_str(&string(key));
                    out.push(':');
                    value.push_after_key(out, column, eol);
                }
            }
            Draft::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    next_line(out, at);
                    out.push('-');
                    item.push_after_dash(out, column, eol);
                }
            }
            Draft::Commented(_, draft) => draft.push_block(out, column, eol),
        }
    }

    /// The comments above its key.
    fn comments(&self) -> &[String] {
        match self {
            Draft::Commented(comments, _) => comments,
            _ => &[],
        }
    }

    /// Appends the tree in flow style; plain ciphertexts are put in quotes, since they hold commas and brackets.
    pub fn push_flow(&self, out: &mut String) {
        match self {
            Draft::Scalar(text) if text.starts_with("ENC[") => push_double_quoted(out, text),
            Draft::Scalar(text) => out.push_str(text),
            Draft::Map(entries) => {
                out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    out.push_str(&string(key));
                    out.push_str(": ");
                    value.push_flow(out);
                }
                out.push('}');
            }
            Draft::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    item.push_flow(out);
                }
                out.push(']');
            }
            Draft::Commented(_, draft) => draft.push_flow(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Document;

    #[test]
    fn a_comment_holds_every_character_that_yaml_can_carry_and_no_other() {
        for c in ('\0'..='\u{2100}')
            .chain('\u{fe00}'..='\u{ffff}')
            .chain(['\u{1f600}', '\u{10ffff}'])
        {
            let text = format!(" a{c}b");
            let read = |text: &str| {
                let document = Document::parse(&format!("k: v\n#{text}\n")).ok()?;
                let items = document.items().iter().enumerate();
                let comments = items.filter(|(_, item)| item.part == crate::yaml::Part::Comment);
                let texts: Vec<_> = comments
                    .map(|(at, _)| document.str_at(at).to_owned())
                    .collect();
                Some(texts)
            };
            let written = comment(&text);
            assert_eq!(read(&written), Some(vec![written.to_string()]), "{c:?}");
            assert_eq!(
                read(&text) == Some(vec![text.clone()]),
                written == text,
                "{c:?}"
            );
        }
    }

    #[test]
    fn strings_that_some_reader_takes_for_something_else_are_quoted() {
        for text in [
            "123",
            "null",
            "no",
            "1e3",
            "2024-01-01",
            "Yes",
            "y",
            "0x1F",
            "0o7",
            "1_000",
            "",
            "~",
            " a",
            "a ",
            "-",
            "a: b",
            "a #b",
            "é",
            "<<",
            "=",
            ".5",
            "-1",
            "a\nb",
        ] {
            assert!(string(text).starts_with('"'), "{text:?}");
        }
        for text in [
            "DATABASE_URL",
            "a.b",
            "alice@x",
            "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0",
            "^$",
            "age1xyz ssh-ed25519 AAAA/b+c=",
            "_",
        ] {
            assert_eq!(string(text), text);
        }
    }

    #[test]
    fn trees_are_laid_out_as_a_person_would() {
        let leaf = |text: &str| Draft::Scalar(text.to_owned());
        let tree = Draft::Map(vec![
            (
                "a".into(),
                Draft::Map(vec![
                    ("b".into(), leaf("1")),
                    ("no".into(), Draft::List(vec![])),
                ]),
            ),
            (
                "l".into(),
                Draft::List(vec![
                    leaf("x"),
                    Draft::Map(vec![("c".into(), leaf("2")), ("d".into(), leaf("3"))]),
                    Draft::List(vec![leaf("y")]),
                ]),
            ),
        ]);
        let mut block = String::new();
        tree.push_block(&mut block, 0, "\n");
        assert_eq!(
            block,
            "a:\n    b: 1\n    \"no\": []\nl:\n    - x\n    - c: 2\n      d: 3\n    - - y"
        );
        let mut flow = String::new();
        tree.push_flow(&mut flow);
        assert_eq!(flow, "{a: {b: 1, \"no\": []}, l: [x, {c: 2, d: 3}, [y]]}");
        assert!(Document::parse(&block).is_ok() && Document::parse(&flow).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn a_written_string_reads_back_as_that_string(key in ".{1,20}", value in "(?s).{0,40}") {
            let text = format!("{}: {}\n", string(&key), string(&value));
            let document = Document::parse(&text).unwrap();
            let entry = document.root().unwrap().entries().next().unwrap();
            proptest::prop_assert_eq!(entry.key, &key);
            proptest::prop_assert_eq!(entry.node.string(), Some(value.as_str()));
            proptest::prop_assert!(!text.trim_end().chars().any(char::is_control));
        }
    }
}
