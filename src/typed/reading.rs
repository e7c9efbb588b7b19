//! From the bytes that an editor left to the text that was typed.

use thiserror::Error;
use zeroize::Zeroizing;

use super::{Problem, head, theirs};
use crate::{
    secret::{ExposeSecret, SecretString},
    yaml::Place,
};

/// Bytes in a buffer: 4 MiB, four times the largest value; more is no text that a person types.
pub const LIMIT: usize = 4 << 20;

/// A byte-order mark in UTF-8.
pub(super) const BOM: &[u8] = "\u{feff}".as_bytes();

/// What was typed.
pub struct Typed {
    /// The text without vault's lines, with LF at the end of each line, without a byte-order mark.
    pub text: SecretString,
    /// Whether lines ended in CR LF.
    pub had_crlf: bool,
    /// Whether it began with a byte-order mark.
    pub had_bom: bool,
}

impl Typed {
    /// Whether there is nothing but blank lines: that is no wish to remove every value.
    pub fn is_empty(&self) -> bool {
        self.text.expose_secret().trim().is_empty()
    }
}

/// Why a buffer is not taken for a text.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// Above [`LIMIT`].
    #[error("larger than 4 MiB")]
    TooLarge,
    /// Lines of vault's on top, but not the one that ends them.
    #[error("the line `#|----` that ends vault's notice is missing")]
    NoRule,
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// A NUL byte.
    #[error("a NUL character")]
    Nul,
    /// Lines that show the other side's value.
    #[error("a conflict that nobody has decided: both values stand here")]
    Undecided,
}

impl Fault {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Fault::TooLarge => "keep large files elsewhere, and their keys here",
            Fault::NoRule => {
                "put it back below the lines that begin with #|, or remove all of these"
            }
            Fault::NotUtf8 => "save the file as UTF-8",
            Fault::Nul => "remove it",
            Fault::Undecided => {
                "keep your line or write theirs, and remove the lines with #|theirs>"
            }
        }
    }

    fn problem(self) -> Problem {
        Problem::new(self.to_string()).with_hint(self.hint())
    }
}

/// Reads what an editor left: takes vault's lines out, and makes CR LF and a byte-order mark at the start what they are in every file.
///
/// # Errors
///
/// See [`Fault`]; the places are those in the typed text, as for [`with_problems`](super::with_problems).
pub fn read(buffer: &[u8]) -> Result<Typed, Problem> {
    if buffer.len() > LIMIT {
        return Err(Fault::TooLarge.problem());
    }
    if head::lacks_rule(buffer) {
        return Err(Fault::NoRule.problem().at(Place { line: 1, column: 1 }));
    }
    let (mark, _, text) = head::parts(buffer);
    let (inner, had_inner) = match text.strip_prefix(BOM) {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let inner = utf8(inner)?;
    if let Some(offset) = inner.find('\0') {
        return Err(Fault::Nul.problem().at(Place::of(inner, offset)));
    }
    if let Some(place) = theirs::undecided(inner) {
        return Err(Fault::Undecided.problem().at(place));
    }
    Ok(Typed {
        text: SecretString::from(Zeroizing::new(inner.replace("\r\n", "\n")).as_str()),
        had_crlf: inner.contains("\r\n"),
        had_bom: had_inner || !mark.is_empty(),
    })
}

fn utf8(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid up to here");
        Fault::NotUtf8.problem().at(Place::of(good, good.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typed::compose;

    fn text(buffer: &[u8]) -> String {
        read(buffer).unwrap().text.expose_secret().to_owned()
    }

    fn refused(buffer: &[u8]) -> String {
        read(buffer).err().unwrap().to_string()
    }

    #[test]
    fn what_was_typed_is_read_without_vault_s_lines() {
        let buffer = compose(&[], "# own\na: x\n");
        let buffer = buffer.expose_secret();
        assert_eq!(text(buffer.as_bytes()), "# own\na: x\n");
        assert_eq!(text(b"a: x"), "a: x");
        let from_windows = format!("\u{feff}{}", buffer.replace('\n', "\r\n"));
        let typed = read(from_windows.as_bytes()).unwrap();
        assert_eq!(typed.text.expose_secret(), "# own\na: x\n");
        assert!(typed.had_crlf && typed.had_bom);
        let typed = read("\u{feff}a: x\n".as_bytes()).unwrap();
        assert!(!typed.had_crlf && typed.had_bom);
        assert_eq!(typed.text.expose_secret(), "a: x\n");
    }

    #[test]
    fn nothing_but_vault_s_lines_and_blanks_is_empty() {
        let composed = compose(&["x".to_owned()], " \n\n\t\n");
        for buffer in ["", "\n", "\u{feff}", composed.expose_secret()] {
            assert!(read(buffer.as_bytes()).unwrap().is_empty());
        }
        for buffer in ["# c\n", "---\n", "a:\n"] {
            assert!(!read(buffer.as_bytes()).unwrap().is_empty());
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        let notice = compose(&[], "");
        let below = |text: &[u8]| [notice.expose_secret().as_bytes(), text].concat();
        assert_eq!(refused(&below(b"a: 1\nb: \xff\n")), "2:4: not UTF-8");
        assert_eq!(refused(b"a: 1\n\xff"), "2:1: not UTF-8");
        assert_eq!(refused(&below(b"a: 1\n\nb\0")), "3:2: a NUL character");
        assert_eq!(refused(&vec![b'#'; LIMIT + 1]), "larger than 4 MiB");
        assert_eq!(text(&vec![b'#'; LIMIT]).len(), LIMIT);
        assert_eq!(
            refused(b"#| decrypted copy, do not save elsewhere\na: 1\n"),
            "1:1: the line `#|----` that ends vault's notice is missing"
        );
    }
}
