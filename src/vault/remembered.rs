//! The outputs that this machine remembers for a vault: what must not be published under any name.

use std::path::{Path, PathBuf};

use super::{Outputs, Snapshot, manifest::Subject, snapshot::read};

/// A file that vault wrote.
pub struct Remembered {
    /// Absolute.
    pub path: PathBuf,
    /// What it has, if it still is as vault wrote it.
    pub content: Option<Snapshot>,
}

impl Outputs {
    /// Every file that vault wrote for this root and has not removed since; none where there is no memory, or none that can be read.
    pub fn remembered(&self) -> Vec<Remembered> {
        let manifests = self.manifests().into_iter();
        let places = manifests.filter_map(|manifest| Subject::place_of(manifest.bytes()));
        let own = places.filter(|(root, _)| *root == self.root);
        own.flat_map(|(_, output)| self.remembered_of(&output))
            .collect()
    }

    fn remembered_of(&self, output: &Path) -> Vec<Remembered> {
        let memory = self.recall(output, output);
        let file = |name: &str| {
            let path = match name {
                "" => output.to_owned(),
                name => output.join(name),
            };
            let content = read(&path).ok();
            Remembered {
                content: content.filter(|file| memory.wrote(name, file.bytes())),
                path,
            }
        };
        memory.names().map(file).collect()
    }
}
