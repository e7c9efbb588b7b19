//! A file of the vault that git's attributes have otherwise in commits than it lies in the work tree. What is compared and searched through
//! git is then not what was read here, and nobody else could tell what becomes of it.

use std::path::Path;

use vault::vault::{Root, Shown};

use super::{
    Trouble,
    linked::{Reading, seen_from},
};
use crate::repo::Alteration;

/// Why it is no file of the vault.
pub(crate) const ALTERED_IN_GIT: &str = "git's attributes alter it in commits; history and other people's checks cannot look through that";

/// Refuses a file that git's attributes alter. No repository is opened.
///
/// # Errors
/// They do.
pub(super) fn refuse_altered(reading: &Reading<'_>) -> Result<(), Trouble> {
    let (root, file) = (reading.root, reading.file);
    match alteration(root, file, reading.read.bytes()) {
        Some(found) => {
            let file = root.directory().join(file);
            Err(refused(&file, reading.directory, &found))
        }
        None => Ok(()),
    }
}

/// What of git's attributes alters a file of the work tree.
pub(super) fn alteration(root: &Root, file: &Path, bytes: &[u8]) -> Option<Alteration> {
    Alteration::of_file(&root.directory().join(file), bytes)
}

fn refused(file: &Path, directory: &Path, found: &Alteration) -> Trouble {
    let shown = |path: &Path| shell_words::quote(&path.to_string_lossy()).into_owned();
    let attributes = seen_from(directory, &found.file);
    let name = found.word.split('=').next().unwrap_or_default();
    let again = shown(&seen_from(directory, file));
    Trouble::untrusted(ALTERED_IN_GIT)
        .hint(format!(
            "line {} of {} has {}: take that out, or put !{name} for this file into a line below it",
            found.line,
            Shown(&attributes),
            found.word
        ))
        .hint(format!(
            "then git add --renormalize -- {again} and git commit; git log -p -- {} shows who wrote it",
            shown(&attributes)
        ))
}
