//! What somebody has typed, for whoever is to type it again elsewhere.

use std::{
    error::Error,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use vault::keys::PrivateKey;

use crate::shell;

/// The words of a command line without `-C`; `None` where one of them is no text that a terminal shows, or may have a value in it.
pub(crate) fn typed_again(arguments: &[OsString]) -> Option<String> {
    let mut words = arguments.iter().skip(1);
    let mut line = Vec::new();
    while let Some(word) = words.next() {
        match word.to_str()? {
            "-C" => drop(words.next()),
            word if word.starts_with("-C") => {}
            word if word.chars().any(char::is_control) || may_have_value(word) => return None,
            word => line.push(shell::word(word)),
        }
    }
    Some(line.join(" "))
}

/// Whether somebody may have typed a value: `KEY=VALUE` where a key alone belongs, a private key, or anything behind `--`.
fn may_have_value(word: &str) -> bool {
    let argument = match word.split_once('=') {
        Some((option, argument)) if option.starts_with("--") => argument,
        _ => word,
    };
    word == "--" || argument.contains('=') || PrivateKey::is_meant_by(word.as_bytes())
}

/// A private key in the place of a file's path: whatever is said of the file would repeat it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyForFile;

impl fmt::Display for KeyForFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is a private key, where a file is to be named")
    }
}

impl Error for KeyForFile {}

/// Whether what is to be the path of a file is, or was meant to be, a private key.
pub(crate) fn is_key(path: &Path) -> bool {
    PrivateKey::is_meant_by(path.as_os_str().as_encoded_bytes())
}

/// The path of a file.
pub(crate) fn path_of_file(path: PathBuf) -> Result<PathBuf, KeyForFile> {
    match is_key(&path) {
        true => Err(KeyForFile),
        false => Ok(path),
    }
}
