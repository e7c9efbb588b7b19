//! The outputs that this machine remembers for a vault: what must not be published under any name.

use std::path::{Path, PathBuf};

use super::{
    Outputs, Snapshot,
    manifest::Subject,
    snapshot::read,
    temporary::{directory_of, sweep},
};

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
        let own = self.places().into_iter();
        own.flat_map(|output| self.remembered_of(&output)).collect()
    }

    /// Removes what killed runs left of temporaries beside any file that vault writes for this root: they are in clear where the
    /// system has no files without a name.
    pub(super) fn sweep_remembered(&self) {
        for output in self.places() {
            if self.check_way(&output).is_err() {
                continue;
            }
            for name in self.recall(&output, &output).names() {
                match (name, output.file_name()) {
                    ("", Some(name)) => sweep(directory_of(&output), [name]),
                    ("", None) => {}
                    (name, _) => sweep(&output, [name.as_ref()]),
                }
            }
        }
    }

    /// Where the outputs of this root are, by what is remembered of them.
    fn places(&self) -> Vec<PathBuf> {
        let manifests = self.manifests().into_iter();
        let places = manifests.filter_map(|manifest| Subject::place_of(manifest.bytes()));
        let own = places.filter(|(root, _)| *root == self.root);
        own.map(|(_, output)| output).collect()
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
