//! Where git looks for the hooks of a repository.

use std::path::PathBuf;

use git2::{ConfigLevel, ErrorCode};

use super::{Repo, told};
use crate::failure::Failure;

/// The key of git's config that names another folder.
const PATH: &str = "core.hooksPath";

/// A folder with hooks.
pub(crate) struct Hooks {
    /// Absolute; need not be there.
    pub(crate) folder: PathBuf,
    /// Whether other repositories have their hooks there, too.
    pub(crate) is_shared: bool,
}

impl Repo {
    /// The folder in which git looks for hooks: that of the repository, which all its work trees share, or what `core.hooksPath` says.
    ///
    /// # Errors
    /// A config that cannot be read.
    pub(crate) fn hooks(&self) -> Result<Hooks, Failure> {
        let config = self.git.config().and_then(|mut config| config.snapshot());
        let config = config.map_err(|error| told(&error))?;
        let own = Hooks {
            folder: self.git.commondir().join("hooks"),
            is_shared: false,
        };
        let level = match config.get_entry(PATH) {
            Ok(entry) => entry.level(),
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(own),
            Err(error) => return Err(told(&error)),
        };
        // A `~` is the home.
        let named = config.get_path(PATH).map_err(|error| told(&error))?;
        match named.as_os_str().is_empty() {
            true => Ok(own),
            false => Ok(Hooks {
                // Hooks are run at the top of the work tree.
                folder: self.work_tree.join(named),
                is_shared: !matches!(level, ConfigLevel::Local | ConfigLevel::Worktree),
            }),
        }
    }
}
