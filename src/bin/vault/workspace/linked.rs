//! A file of the vault that git has as a symbolic link. The comparison with what was reviewed, and the search for a removal that was undone,
//! go by what git has at the file's path: behind a link that is the text of the link, and everything else would be believed.

use std::path::Path;

use vault::vault::{Root, Snapshot};

use super::Trouble;
use crate::repo::Repo;

/// Why it is no file of the vault.
pub(crate) const LINK_IN_GIT: &str =
    "it is a symbolic link in git; history and other people's checks cannot look through it";

/// Refuses a file that was read through a link which git has; a link of one's own, which git does not have, is nobody else's matter.
///
/// # Errors
/// It is such a link; a repository that cannot be read.
pub(super) fn refuse_link_in_git(root: &Root, file: &Path, read: &Snapshot) -> Result<(), Trouble> {
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
    let moves = match repo.is_tracked(behind)? {
        true => "git mv",
        false => "mv",
    };
    let shown = |path: &Path| shell_words::quote(&path.to_string_lossy()).into_owned();
    let (link, behind) = (shown(file), shown(behind));
    Err(
        Trouble::untrusted(LINK_IN_GIT)
            .hint(format!(
                "git log --stat -1 -- {link} shows who made it one"
            ))
            .hint(format!(
                "{moves} -f {behind} {link} puts the file in its place; then git add {link}, and git commit"
            )),
    )
}
