//! Taking one file away, as part of a write of several.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Notice, Place, WriteError,
    replace::{check_writable, refusal},
    steps::{Step, Steps},
    system,
    temporary::directory_of,
};

/// A file that is to go, looked at beforehand so that nothing but its removal can fail later.
#[derive(Debug)]
pub(super) struct Removal {
    target: PathBuf,
    steps: Steps,
}

impl Removal {
    /// Looks whether the file can be removed; a symbolic link is none of ours to remove, nor what it leads to.
    pub(super) fn prepare(place: &Place, steps: &Steps) -> Result<Self, WriteError> {
        if place.is_link() {
            let path = place.path().to_owned();
            return Err(WriteError::NotAFile { path });
        }
        check_writable(place.target())?;
        Ok(Removal {
            target: place.target().to_owned(),
            steps: steps.clone(),
        })
    }

    /// Removes the file and flushes the directory.
    pub(super) fn commit(self) -> Result<Vec<Notice>, WriteError> {
        let refused = |source| refusal(&self.target, source);
        self.steps
            .reach(Step::Remove, &self.target)
            .map_err(refused)?;
        remove(&self.target).map_err(refused)?;
        let step = self.steps.reach(Step::FlushDirectory, &self.target);
        let flushed = step.and_then(|()| system::flush_directory(directory_of(&self.target)));
        let path = self.target;
        Ok(match flushed {
            Ok(()) => Vec::new(),
            Err(_) => vec![Notice::NotFlushed { path }],
        })
    }
}

/// What is gone already is as wanted.
fn remove(target: &Path) -> io::Result<()> {
    match fs::remove_file(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
