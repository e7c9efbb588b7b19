//! Lines in the files that tell git what to do: `.gitignore` and `.gitattributes`.

use std::path::Path;

use vault::{
    config::FilePath,
    vault::{Change, Root},
};

use crate::failure::Failure;

/// The pattern that means one file and no other. Without the `/` it would hold in every folder, and a `[` begins a set of characters.
pub(crate) fn pattern_of(file: &FilePath) -> String {
    format!("/{}", file.as_str().replace('[', "\\["))
}

/// A file of git with these lines; those that it has already are not repeated.
///
/// # Errors
/// It is no file inside the root, or no text.
pub(crate) fn with_lines<L: AsRef<str>>(
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
}
