//! Where git looks for the hooks of a repository.

use std::path::PathBuf;

use super::Repo;
use crate::{context::GitConfig, failure::Failure};

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
    pub(crate) fn hooks(&self, variables: &GitConfig) -> Result<Hooks, Failure> {
        let named = self.named_path(PATH, variables)?;
        Ok(
            match named.filter(|named| !named.path.as_os_str().is_empty()) {
                None => Hooks {
                    folder: self.git.commondir().join("hooks"),
                    is_shared: false,
                },
                Some(named) => Hooks {
                    // Hooks are run at the top of the work tree.
                    folder: self.work_tree.join(named.path),
                    is_shared: !named.is_own,
                },
            },
        )
    }
}
