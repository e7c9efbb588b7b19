//! What git is told about a vault: which files it ignores, and which keep their line ends.

use std::path::Path;

use vault::{
    config::FilePath,
    vault::{Change, Root},
};

use crate::failure::Failure;

/// What git should leave alone: secrets in clear, and what a killed write leaves behind.
pub(super) const IGNORED: [&str; 5] = [
    ".env",
    ".env.*",
    "!.env.example",
    "run/secrets/",
    ".*.vault-??????",
];
/// The bytes of a secret file are signed text; a checkout must not give it other line ends.
pub(super) const ATTRIBUTES: [&str; 2] =
    [".vault.yaml text eol=lf", "secrets/**/*.yaml text eol=lf"];

/// Whether the lines above speak of a file.
pub(super) fn has_usual_place(file: &FilePath) -> bool {
    file.as_str().starts_with("secrets/") && file.as_str().ends_with(".yaml")
}

/// The line of `.gitattributes` for one file.
pub(super) fn attribute_of(file: &FilePath) -> String {
    let mut pattern = String::from("/");
    for c in file.as_str().chars() {
        if c == '[' {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    match pattern.contains(' ') {
        // Quoted as in C, where a backslash has to stand twice.
        true => format!("\"{}\" text eol=lf", pattern.replace('\\', "\\\\")),
        false => format!("{pattern} text eol=lf"),
    }
}

/// A file of git with these lines; those that it has already are not repeated.
pub(super) fn with_lines<L: AsRef<str>>(
    root: &Root,
    path: &str,
    lines: impl IntoIterator<Item = L>,
) -> Result<Change, Failure> {
    let place = root
        .resolve(Path::new(path))
        .map_err(|error| Failure::because(&error))?;
    let old = place
        .exists()
        .then(|| root.read(Path::new(path)))
        .transpose()
        .map_err(|error| Failure::because(&error))?;
    let text = match &old {
        Some(snapshot) => snapshot.text().map_err(|error| Failure::because(&error))?,
        None => "",
    };
    Ok(Change {
        path: path.into(),
        bytes: with_missing(text, lines).into_bytes(),
        expected: old.as_ref().map(vault::vault::Snapshot::digest),
    })
}

fn with_missing<L: AsRef<str>>(text: &str, lines: impl IntoIterator<Item = L>) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = text.to_owned();
    for line in lines {
        let line = line.as_ref();
        if out.lines().any(|known| known.trim() == line) {
            continue;
        }
        if !out.is_empty() && !out.ends_with('\n') {
            out.push_str(end);
        }
        out.push_str(line);
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_are_missing_are_added() {
        assert_eq!(with_missing("", ["a", "b"]), "a\nb\n");
        assert_eq!(with_missing("b\r\nx", ["a", "b"]), "b\r\nx\r\na\r\n");
        assert_eq!(with_missing("a\nb", ["b", "a"]), "a\nb");
    }

    #[test]
    fn every_path_of_a_file_is_a_pattern_of_git() {
        for (path, line) in [
            ("deploy/prod.enc.yaml", "/deploy/prod.enc.yaml text eol=lf"),
            ("a b/[c].yml", "\"/a b/\\\\[c].yml\" text eol=lf"),
            ("#a/!b.yaml", "/#a/!b.yaml text eol=lf"),
        ] {
            assert_eq!(attribute_of(&path.parse().unwrap()), line);
        }
    }
}
