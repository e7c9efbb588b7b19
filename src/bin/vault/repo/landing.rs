//! Where a path leads that somebody has typed.

use std::path::{Component, Path, PathBuf};

/// Where a path leads that need not exist yet: absolute, with every link on the way resolved, but not the last component.
pub(crate) struct Landing(pub(super) PathBuf);

impl Landing {
    /// Follows a path as far as there is something.
    ///
    /// # Errors
    /// No current directory.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let absolute = std::path::absolute(path)?;
        let mut missing = Vec::new();
        let mut folder = absolute.as_path();
        while let (Some(above), Some(last)) = (folder.parent(), folder.components().next_back()) {
            missing.push(last);
            folder = above;
            let Ok(mut place) = folder.canonicalize() else {
                continue;
            };
            for component in missing.iter().rev() {
                match component {
                    // Below what is missing there are no links.
                    Component::ParentDir => drop(place.pop()),
                    component => place.push(component),
                }
            }
            return Ok(Landing(place));
        }
        Ok(Landing(absolute))
    }

    /// Where it is from a folder whose links are resolved; `None` if it is elsewhere.
    pub(crate) fn within(&self, folder: &Path) -> Option<&Path> {
        self.0.strip_prefix(folder).ok()
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> Self {
        Landing(self.0.join(name))
    }
}
