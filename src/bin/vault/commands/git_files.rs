//! What git is told about a vault: which files it ignores, which keep their line ends, and which it merges and shows by key.

use std::path::Path;

use vault::config::FilePath;

pub(super) use crate::workspace::{Attributes, attributes_change, with_lines};
use crate::{failure::Failure, repo::Staged, workspace::Workspace};

/// What git should leave alone: secrets in clear, and what a killed write leaves behind.
pub(super) const IGNORED: [&str; 5] = [
    ".env",
    ".env.*",
    "!.env.example",
    "run/secrets/",
    ".*.vault-??????",
];

/// Whether the line about the usual files speaks of a file.
fn has_usual_place(file: &FilePath) -> bool {
    file.as_str().starts_with("secrets/") && file.as_str().ends_with(".yaml")
}

/// A file as git is told of it.
#[derive(Clone, Copy)]
pub(super) struct GitFile<'f> {
    pub(super) file: &'f FilePath,
    /// Whether its lines end in CRLF: such a file is left to whoever wrote it.
    pub(super) has_crlf: bool,
}

impl<'f> GitFile<'f> {
    /// One that vault makes.
    pub(super) fn new(file: &'f FilePath) -> Self {
        let has_crlf = false;
        GitFile { file, has_crlf }
    }

    /// One that there is: as git has it, else as it lies there.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub(super) fn of(workspace: &Workspace<'_>, file: &'f FilePath) -> Result<Self, Failure> {
        let path = Path::new(file.as_str());
        let is_crlf = |bytes: &[u8]| bytes.windows(2).any(|pair| pair == b"\r\n");
        let has_crlf = match workspace.repo()?.map(|repo| repo.staged(path)) {
            Some(Ok(Staged::File(bytes))) => is_crlf(&bytes),
            _ => {
                let found = workspace.root().read(path);
                found.is_ok_and(|found| is_crlf(found.bytes()))
            }
        };
        Ok(GitFile { file, has_crlf })
    }

    /// All that a vault has.
    ///
    /// # Errors
    /// As [`GitFile::of`].
    pub(super) fn all(workspace: &'f Workspace<'_>) -> Result<Vec<Self>, Failure> {
        let files = workspace.config().environments();
        files
            .map(|environment| GitFile::of(workspace, environment.file()))
            .collect()
    }

    /// Whether the line about the usual files would say what is wrong for it.
    fn is_odd(&self) -> bool {
        self.has_crlf && has_usual_place(self.file)
    }

    fn attributes(self) -> Attributes {
        match self.has_crlf {
            true => Attributes::of_file_as_it_is(self.file),
            false => Attributes::of_file(self.file),
        }
    }
}

/// What git has to know of these files, and of the config.
pub(super) fn attributes_of(files: &[GitFile<'_>]) -> Vec<Attributes> {
    attributes_beside(files, files)
}

/// The same for files that come beside others.
pub(super) fn attributes_beside(files: &[GitFile<'_>], others: &[GitFile<'_>]) -> Vec<Attributes> {
    let all_keep = !files.iter().chain(others).any(GitFile::is_odd);
    let own = files
        .iter()
        .filter(|known| !all_keep || !has_usual_place(known.file));
    [Attributes::of_config()]
        .into_iter()
        .chain(all_keep.then(Attributes::of_usual_files))
        .chain(own.map(|known| known.attributes()))
        .collect()
}
