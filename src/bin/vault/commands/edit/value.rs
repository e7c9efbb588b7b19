//! A value as the text of a file, and back.

use vault::{
    secret::{ExposeSecret, SecretString, secret},
    typed::Problem,
    yaml::Place,
};
use zeroize::Zeroizing;

/// Lines around the two values of a conflict.
const OURS: &str = "<<<<<<< yours";
const THEIRS: &str = ">>>>>>> theirs";
const GONE: &str = ">>>>>>> theirs: removed";

/// A value as a file: editors end every line.
pub(super) fn with_line_end(value: &SecretString) -> SecretString {
    match value.expose_secret().ends_with('\n') {
        true => value.clone(),
        false => secret(&Zeroizing::new(format!("{}\n", value.expose_secret()))),
    }
}

/// The value of such a file: a line end that it did not have is the editor's.
pub(super) fn without_line_end<'t>(base: Option<&SecretString>, text: &'t str) -> &'t str {
    match base.is_some_and(|base| base.expose_secret().ends_with('\n')) {
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
    if let Some(at) = text.find('\0') {
        return Err(Problem::new("a NUL character").at(Place::of(text, at)));
    }
    match text
        .lines()
        .position(|line| [OURS, THEIRS, GONE].contains(&line))
    {
        Some(at) => Err(
            Problem::new("a conflict that nobody has decided: both values stand here").at(Place {
                line: at + 1,
                column: 1,
            }),
        ),
        None => Ok(text),
    }
}

/// Both values of a conflict, as git shows them: [`text`] refuses that until one is gone with its mark.
pub(super) fn both(ours: &SecretString, theirs: Option<&SecretString>) -> SecretString {
    let (ours, end) = (
        with_line_end(ours),
        if theirs.is_some() { THEIRS } else { GONE },
    );
    let theirs = theirs.map_or_else(|| secret(""), with_line_end);
    let (ours, theirs) = (ours.expose_secret(), theirs.expose_secret());
    let whole = Zeroizing::new(format!("{OURS}\n{ours}=======\n{theirs}{end}\n"));
    secret(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_gets_a_line_end_and_loses_no_other() {
        for value in ["", "a", "a\n", "a\n\n", "\n", "a\r\n"] {
            let base = secret(value);
            let file = with_line_end(&base);
            assert_eq!(without_line_end(Some(&base), file.expose_secret()), value);
        }
    }

    #[test]
    fn both_values_stand_until_somebody_decides() {
        let whole = both(&secret("a"), Some(&secret("b\n")));
        assert_eq!(
            whole.expose_secret(),
            "<<<<<<< yours\na\n=======\nb\n>>>>>>> theirs\n"
        );
        assert!(text(whole.expose_secret().as_bytes()).is_err());
        assert!(text(both(&secret("a"), None).expose_secret().as_bytes()).is_err());
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
