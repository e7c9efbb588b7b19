//! What git is told about a vault: which files it ignores, which keep their line ends, and which it merges and shows by key.

use vault::config::FilePath;

pub(super) use crate::workspace::{Attributes, attributes_change, with_lines};

/// What git should leave alone: secrets in clear, and what a killed write leaves behind.
pub(super) const IGNORED: [&str; 5] = [
    ".env",
    ".env.*",
    "!.env.example",
    "run/secrets/",
    ".*.vault-??????",
];

/// Whether the line about the usual files speaks of a file.
pub(super) fn has_usual_place(file: &FilePath) -> bool {
    file.as_str().starts_with("secrets/") && file.as_str().ends_with(".yaml")
}

/// What git has to know of these files, and of the config.
pub(super) fn attributes_of<'f>(files: impl IntoIterator<Item = &'f FilePath>) -> Vec<Attributes> {
    let others = files.into_iter().filter(|file| !has_usual_place(file));
    [Attributes::of_config(), Attributes::of_usual_files()]
        .into_iter()
        .chain(others.map(Attributes::of_file))
        .collect()
}
