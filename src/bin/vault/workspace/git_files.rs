//! Lines in the files that tell git what to do: `.gitignore` and `.gitattributes`.

use std::path::Path;

use vault::vault::{Change, Root};

use crate::failure::Failure;

/// A file of git with these lines; those that it has already are not repeated, and the others stay as they are.
///
/// # Errors
/// It is no file inside the root, or no text.
pub(crate) fn with_lines(root: &Root, path: &str, lines: &[&str]) -> Result<Change, Failure> {
    let place = root
        .resolve(Path::new(path))
        .map_err(|error| Failure::because(&error))?;
    let old = place
        .exists()
        .then(|| root.read(Path::new(path)))
        .transpose()
        .map_err(|error| Failure::because(&error))?;
    let mut text = match &old {
        Some(snapshot) => snapshot
            .text()
            .map_err(|error| Failure::because(&error))?
            .to_owned(),
        None => String::new(),
    };
    let missing: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !text.lines().any(|known| known.trim() == *line))
        .collect();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    if !missing.is_empty() && !text.is_empty() && !text.ends_with('\n') {
        text.push_str(end);
    }
    for line in missing {
        text.push_str(line);
        text.push_str(end);
    }
    Ok(Change {
        path: path.into(),
        expected: old.map(|snapshot| snapshot.digest()),
        bytes: text.into_bytes(),
    })
}
