//! The text form of age files (C2SP `age.md`, section "ASCII armor").

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::value::Form;

const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const END: &str = "-----END AGE ENCRYPTED FILE-----";

/// Characters of base64 in a line.
const COLUMNS: usize = 64;

/// Whether a text, after blanks, begins like an armored age file.
pub(super) fn looks_armored(text: &str) -> bool {
    text.trim_start().starts_with(BEGIN)
}

/// Writes the armor: lines of 64 columns, ended by LF on every system, one of them at the end.
pub(super) fn armor(bytes: &[u8]) -> String {
    let base64 = STANDARD.encode(bytes);
    let mut text = String::with_capacity(base64.len() / COLUMNS + base64.len() + 80);
    text.push_str(BEGIN);
    text.push('\n');
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(COLUMNS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(END);
    text.push('\n');
    text
}

/// Reads the armor; `None` if it is none.
///
/// Canonical is only what `armor` writes. Leniently, blanks around it, CRLF and other line lengths are taken.
pub(super) fn dearmor(text: &str, form: Form) -> Option<Vec<u8>> {
    let body = text
        .trim()
        .strip_prefix(BEGIN)?
        .strip_suffix(END)?
        .strip_prefix(['\n', '\r'])?;
    let base64: String = body.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(base64).ok()?;
    (form == Form::Lenient || armor(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn armor_reads_back(bytes: Vec<u8>) {
            let text = armor(&bytes);
            proptest::prop_assert_eq!(dearmor(&text, Form::Canonical), Some(bytes));
            proptest::prop_assert!(text.lines().all(|line| line.len() <= COLUMNS));
        }
    }

    #[test]
    fn only_one_spelling_is_canonical() {
        let text = armor(&[7; 100]);
        let reflowed = text.replacen("\n", "", 2).replacen("-----B", "\n-----B", 1);
        for other in [
            format!("{text}\n"),
            format!("\n{text}"),
            text.trim_end().to_owned(),
            text.replace('\n', "\r\n"),
            text.replace("Bw", "Bw\n"),
        ] {
            assert_eq!(dearmor(&other, Form::Canonical), None);
            assert_eq!(dearmor(&other, Form::Lenient), Some(vec![7; 100]));
        }
        for broken in [
            reflowed.as_str(),
            "",
            BEGIN,
            "-----BEGIN AGE ENCRYPTED FILE----------END AGE ENCRYPTED FILE-----",
            &text.replace("Bw", "B*"),
            &text[..text.len() - 20],
        ] {
            assert_eq!(dearmor(broken, Form::Lenient), None, "{broken}");
        }
    }
}
