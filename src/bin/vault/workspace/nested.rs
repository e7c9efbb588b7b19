//! A file of the vault in another repository, whose folder lies inside of this one: a submodule, or a clone. Git here has nothing of it but,
//! for a submodule, the number of a commit, so that nothing can be compared with what was reviewed, and a removal in there could be undone.

use std::path::{Path, PathBuf};

use vault::vault::{Root, Shown};

use super::{
    Trouble,
    linked::{Reading, pathspec_from, typed_from},
};
use crate::{
    context::Context,
    failure::Failure,
    repo::{Alterations, Look},
};

/// Why it is no file of the vault.
pub(super) const IN_ANOTHER: &str =
    "it lies in another repository; history and other people's checks cannot look into that";

/// Refuses a file that lies in another repository.
///
/// # Errors
/// It does; a config of git that cannot be read.
pub(super) fn refuse_in_another(reading: &Reading<'_>) -> Result<(), Trouble> {
    let (root, file) = (reading.root, reading.file);
    let Some(folder) = repository_around(root, file, reading.alterations, reading.look)? else {
        return Ok(());
    };
    let folder = pathspec_from(reading.context.standing(), &folder);
    Err(Trouble::untrusted(IN_ANOTHER)
        .hint(format!(
            "git log --stat -- {folder} shows who put that there"
        ))
        .hint(MOVE))
}

/// Refuses to make a file that would lie in another repository.
///
/// # Errors
/// It would; a config of git that cannot be read.
pub(super) fn refuse_to_make_in_another(
    context: &Context,
    root: &Root,
    file: &Path,
    alterations: &Alterations<'_>,
) -> Result<(), Trouble> {
    let Some(folder) = repository_around(root, file, alterations, Look::AlsoInIndex)? else {
        return Ok(());
    };
    let text = format!("{} would lie in another repository", Shown(file));
    let typed = typed_from(context.standing(), &folder);
    let first = match folder.join(".git").exists() {
        true => String::new(),
        // A submodule of which nothing is here.
        false => format!(
            "git submodule update --init {}, and ",
            pathspec_from(context.standing(), &folder)
        ),
    };
    Err(Trouble::failed(format!("{text}; nothing is written"))
        .hint(MOVE)
        .hint(format!(
            "or that is a vault of its own: {first}vault -C {typed} init"
        )))
}

/// What leads out.
const MOVE: &str =
    "`file:` in .vault.yaml names a place in this repository, and the file goes there";

/// The folder of another repository that a file of the root lies in, also of a submodule that is not there yet; without git there is no
/// history to look into anyway.
///
/// # Errors
/// A config or an index of git that cannot be read.
pub(super) fn repository_around(
    root: &Root,
    file: &Path,
    alterations: &Alterations<'_>,
    look: Look,
) -> Result<Option<PathBuf>, Failure> {
    let directory = root.directory();
    let around = alterations.work_tree_around(&directory.join(file), look)?;
    let is_inside = |top: &PathBuf| top != directory && top.starts_with(directory);
    let has_git = root.git_directory().is_some();
    Ok(around.filter(|top| has_git && is_inside(top)))
}
