//! A file of the vault that git has as a symbolic link. The comparison with what was reviewed, and the search for a removal that was undone,
//! go by what git has at the file's path: behind a link that is the text of the link, and everything else would be believed.

use std::path::{Component, Path, PathBuf};

use vault::vault::{Root, Snapshot};

use super::{Trouble, altered::refuse_altered, nested::refuse_in_another};
use crate::{
    context::Context,
    repo::{Alterations, Look, Repo},
    shell,
};

/// Why it is no file of the vault.
pub(crate) const LINK_IN_GIT: &str =
    "it is a symbolic link in git; history and other people's checks cannot look through it";

/// A file of the vault as it was read.
pub(super) struct Reading<'r> {
    pub(super) root: &'r Root,
    pub(super) context: &'r Context,
    pub(super) file: &'r Path,
    pub(super) read: &'r Snapshot,
    /// What git alters.
    pub(super) alterations: &'r Alterations<'r>,
    pub(super) look: Look,
}

/// Refuses a file that git has otherwise than it was read: through a link, in another repository, or altered by its attributes.
///
/// # Errors
/// It is such a file; a repository that cannot be read.
pub(super) fn refuse_other_in_git(
    reading: &Reading<'_>,
    may_be_moved: impl Fn(&Path) -> bool,
) -> Result<(), Trouble> {
    refuse_link_in_git(reading, may_be_moved)?;
    refuse_in_another(reading)?;
    refuse_altered(reading)
}

/// Refuses a file that was read through a link which git has; a link of one's own, which git does not have, is nobody else's matter.
pub(super) fn refuse_link_in_git(
    reading: &Reading<'_>,
    may_be_moved: impl Fn(&Path) -> bool,
) -> Result<(), Trouble> {
    let (root, file, read) = (reading.root, reading.file, reading.read);
    if !read.is_link() {
        return Ok(());
    }
    let Some(repo) = Repo::of_folder(root.directory())? else {
        return Ok(());
    };
    if !repo.has_link(file)? {
        return Ok(());
    }
    let behind = read.target().strip_prefix(root.directory());
    let behind = behind.unwrap_or(read.target());
    let directory = reading.context.standing();
    let place = |path: &Path| root.directory().join(path);
    let link = pathspec_from(directory, &place(file));
    let trouble = Trouble::untrusted(LINK_IN_GIT)
        .hint(format!("git log --stat -1 -- {link} shows who made it one"));
    if !may_be_moved(behind) {
        return Err(trouble.hint(format!(
            "it leads to another file of the vault, which stays where it is: git checkout COMMIT~1 -- {link} brings back what was there before that commit"
        )));
    }
    let moves = match repo.is_tracked(behind)? {
        true => "git mv",
        false => "mv",
    };
    Err(trouble.hint(format!(
        "{moves} -f {} {} puts the file in its place; then git add {link}, and git commit",
        typed_from(directory, &place(behind)),
        typed_from(directory, &place(file))
    )))
}

/// A path as somebody types it in a directory; both are absolute. What is far away is typed whole.
pub(crate) fn seen_from(directory: &Path, path: &Path) -> PathBuf {
    let above = directory.ancestors().enumerate();
    let common = above
        .filter(|(_, folder)| folder.parent().is_some())
        .find_map(|(up, folder)| Some((up, path.strip_prefix(folder).ok()?)));
    let Some((up, below)) = common else {
        return path.to_owned();
    };
    let ups = std::iter::repeat_n(Component::ParentDir, up);
    let seen: PathBuf = ups.chain(below.components()).collect();
    match seen.to_string_lossy().starts_with('-') {
        true => Path::new(".").join(seen),
        false => seen,
    }
}

/// The same as the word of a command line.
pub(super) fn typed_from(directory: &Path, path: &Path) -> String {
    let path = seen_from(directory, path);
    shell::path(&path.to_string_lossy()).into_owned()
}

/// The same for a command of git that takes patterns.
pub(super) fn pathspec_from(directory: &Path, path: &Path) -> String {
    let path = seen_from(directory, path);
    shell::pathspec(&path.to_string_lossy()).into_owned()
}

/// What is typed before something is put in a place whose folder is not there.
pub(super) fn with_folder(directory: &Path, place: &Path) -> String {
    match place.parent().filter(|folder| !folder.exists()) {
        Some(folder) => format!("mkdir -p {} && ", typed_from(directory, folder)),
        None => String::new(),
    }
}
