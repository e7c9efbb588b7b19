//! Words of a command line that somebody is to type.

use std::borrow::Cow;

/// What the shells of a terminal take for something else, besides what a script does: history, braces, and `^` in some.
const OF_TERMINALS: [char; 4] = ['!', '{', '}', '^'];

/// What git takes for a pattern.
const OF_PATTERNS: [char; 4] = ['*', '?', '[', '\\'];

/// A text as one word.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where what it leaves is quoted as well"
)]
pub(crate) fn word(text: &str) -> Cow<'_, str> {
    match shell_words::quote(text) {
        _ if text.contains(char::is_control) => Cow::Owned(escaped(text)),
        Cow::Borrowed(text) if text.contains(OF_TERMINALS) => Cow::Owned(format!("'{text}'")),
        word => word,
    }
}

/// A text with control characters, which no terminal shows, as bash, zsh and ksh read it.
fn escaped(text: &str) -> String {
    let mut word = String::from("$'");
    for letter in text.chars() {
        match letter {
            '\n' => word.push_str("\\n"),
            '\t' => word.push_str("\\t"),
            '\r' => word.push_str("\\r"),
            '\\' | '\'' => word.extend(['\\', letter]),
            letter if letter.is_control() => {
                let bytes = letter.to_string().into_bytes();
                word.extend(bytes.iter().map(|byte| format!("\\{byte:03o}")));
            }
            letter => word.push(letter),
        }
    }
    word + "'"
}

/// A text as the last argument of a command of vault, which is not taken for an option.
pub(crate) fn last_argument(text: &str) -> Cow<'_, str> {
    match text.starts_with('-') {
        true => Cow::Owned(format!("-- {}", word(text))),
        false => word(text),
    }
}

/// A path as one word, which no program takes for an option.
pub(crate) fn path(path: &str) -> Cow<'_, str> {
    match path.starts_with('-') {
        true => Cow::Owned(word(&format!("./{path}")).into_owned()),
        false => word(path),
    }
}

/// A path as one word for those commands of git that take patterns: it means this file, and no other.
pub(crate) fn pathspec(text: &str) -> Cow<'_, str> {
    match text.starts_with(':') || text.contains(OF_PATTERNS) {
        true => Cow::Owned(word(&format!(":(literal){text}")).into_owned()),
        false => path(text),
    }
}

/// The same for a path that counts from the top of the work tree, wherever it is typed.
pub(crate) fn pathspec_from_top(text: &str) -> String {
    // Behind `:/` more signs of that kind could follow.
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '.');
    let pathspec = match is_plain && !text.contains(OF_PATTERNS) {
        true => format!(":/{text}"),
        false => format!(":(top,literal){text}"),
    };
    word(&pathspec).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_one_to_the_shell_of_a_terminal_as_well() {
        for (text, expected) in [
            ("a/b.yaml", "a/b.yaml"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("a!b", "'a!b'"),
            ("{a,b}", "'{a,b}'"),
            ("^a", "'^a'"),
            ("it's!", r"'it'\''s!'"),
            ("t\tb's", r"$'t\tb\'s'"),
            ("a\\\n\u{7}\u{9b}", r"$'a\\\n\007\302\233'"),
        ] {
            assert_eq!(word(text), expected);
        }
        assert_eq!(last_argument("-m!"), "-- '-m!'");
        assert_eq!(last_argument("a-m"), "a-m");
        assert_eq!(path("-rf"), "./-rf");
        assert_eq!(path("a/-rf"), "a/-rf");
    }

    #[test]
    fn a_pathspec_means_the_file_of_that_name_and_no_other() {
        for (text, expected, from_top) in [
            ("a/b.yaml", "a/b.yaml", ":/a/b.yaml"),
            (".env", ".env", ":/.env"),
            ("-rf", "./-rf", "':(top,literal)-rf'"),
            ("_a", "_a", "':(top,literal)_a'"),
            ("!a", "'!a'", "':(top,literal)!a'"),
            ("a*", "':(literal)a*'", "':(top,literal)a*'"),
            ("a[1]", "':(literal)a[1]'", "':(top,literal)a[1]'"),
            (":(top)a", "':(literal):(top)a'", "':(top,literal):(top)a'"),
        ] {
            assert_eq!(pathspec(text), expected);
            assert_eq!(pathspec_from_top(text), from_top);
        }
    }
}
