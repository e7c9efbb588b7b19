//! A value as the text of a file, and back.

use vault::{
    secret::{ExposeSecret, SecretString, secret},
    typed::Problem,
    yaml::Place,
};
use zeroize::Zeroizing;

/// A value as a file: editors end every line.
pub(super) fn with_line_end(value: &SecretString) -> SecretString {
    match value.expose_secret().ends_with('\n') {
        true => value.clone(),
        false => secret(&Zeroizing::new(format!("{}\n", value.expose_secret()))),
    }
}

/// The value of such a file: a line end that it did not have is the editor's.
pub(super) fn without_line_end<'t>(base: &SecretString, text: &'t str) -> &'t str {
    match base.expose_secret().ends_with('\n') {
        true => text,
        false => text.strip_suffix('\n').unwrap_or(text),
    }
}

/// The bytes as a text that a value can be; every other byte stays as it is.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid up to here");
        Problem::new("not UTF-8").at(Place::of(good, good.len()))
    })?;
    match text.find('\0') {
        Some(at) => Err(Problem::new("a NUL character").at(Place::of(text, at))),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_gets_a_line_end_and_loses_no_other() {
        for value in ["", "a", "a\n", "a\n\n", "\n", "a\r\n"] {
            let base = secret(value);
            let file = with_line_end(&base);
            assert_eq!(without_line_end(&base, file.expose_secret()), value);
        }
    }

    #[test]
    fn what_no_value_can_be_is_told_with_its_place() {
        assert_eq!(text(b"a\r\n\xef\xbb\xbf"), Ok("a\r\n\u{feff}"));
        assert_eq!(text(b"a\nb\xff").unwrap_err().to_string(), "2:2: not UTF-8");
        assert_eq!(
            text(b"a\0").unwrap_err().to_string(),
            "1:2: a NUL character"
        );
    }
}
