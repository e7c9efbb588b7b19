//! The files that are the vault itself: nothing is written over them, and they are no source to be deleted.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf, absolute},
};

use vault::vault::CONFIG;

use super::Workspace;

impl Workspace<'_> {
    /// Whether a path is one of the vault's own files, or a folder that holds one; those too that are still to be made.
    pub(crate) fn is_of_vault(&self, path: &Path) -> bool {
        let Some(path) = settled(path) else {
            return false;
        };
        self.own_files().any(|file| file.starts_with(&path))
    }

    /// Whether a path lies in a folder of git itself, or is one, or is the file that names one: what stands there decides what git starts.
    pub(crate) fn is_of_git(&self, path: &Path) -> bool {
        let Some(path) = settled(path) else {
            return false;
        };
        let is_named_so = |name: &OsStr| name.eq_ignore_ascii_case(".git");
        path.iter().any(is_named_so) || path.ancestors().any(is_git_folder)
    }

    /// Where the config and every environment's files lie, or will lie: as they are named, and where links lead.
    fn own_files(&self) -> impl Iterator<Item = PathBuf> {
        let directory = self.root().directory();
        let directory = settled(directory).unwrap_or_else(|| directory.to_owned());
        let files = self.config().environments().flat_map(|environment| {
            let local = environment.local().map(|local| local.file());
            [Some(environment.file()), local]
        });
        let names = files.flatten().map(|file| file.as_str()).chain([CONFIG]);
        names.flat_map(move |name| {
            let named = directory.join(name);
            [named.canonicalize().ok(), Some(named)]
                .into_iter()
                .flatten()
        })
    }
}

/// A folder of git under whatever name: of a bare repository, or of `git init --separate-git-dir`.
pub(crate) fn is_git_folder(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).symlink_metadata().is_ok();
    has("HEAD") && (has("commondir") || (has("objects") && has("refs")))
}

/// A path without links and dots; what is not there keeps its name in the nearest directory that is.
fn settled(path: &Path) -> Option<PathBuf> {
    let path = absolute(path).ok()?;
    path.ancestors().find_map(|there| {
        let rest = path.strip_prefix(there).ok()?;
        Some(there.canonicalize().ok()?.join(rest))
    })
}
