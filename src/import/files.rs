//! The content of secret files as values.

use crate::secret::{ExposeSecret, SecretString, secret};

/// Takes the line end away that editors and `echo` put behind a text of one line; a text of several lines stays as it is.
///
/// A password with a line feed behind it does not log in. A private key in PEM without the one behind its last line is refused by OpenSSH.
pub fn without_line_end(text: &SecretString) -> SecretString {
    let all = text.expose_secret();
    let line = all.strip_suffix("\r\n").or_else(|| all.strip_suffix('\n'));
    match line.filter(|line| !line.contains('\n')) {
        Some(line) => secret(line),
        None => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_loses_its_end_and_several_keep_it() {
        for (text, value) in [
            ("hunter2\n", "hunter2"),
            ("hunter2\r\n", "hunter2"),
            ("hunter2", "hunter2"),
            ("\n", ""),
            ("", ""),
            (" a \n", " a "),
            ("a\n\n", "a\n\n"),
            ("a\nb\n", "a\nb\n"),
            ("a\nb", "a\nb"),
        ] {
            assert_eq!(
                without_line_end(&secret(text)).expose_secret(),
                value,
                "{text:?}"
            );
        }
    }
}
