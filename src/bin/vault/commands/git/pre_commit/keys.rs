//! The keys that secret files have, and what is called as secrets usually are: to be told from their names alone.

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

use vault::{
    difference::{Imprinter, Sketch},
    render::flat_name,
    yaml::Document,
};

use super::suspects::{Text, gives_away};
use crate::{
    failure::Failure,
    repo::{NextCommit, Standing},
};

/// How the names end of what is a secret in most programs.
const USUAL: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "secret_key",
    "private_key",
    "access_key",
    "credentials",
    "dsn",
];

/// Names of keys that are encrypted, as outputs have them, in small letters.
#[derive(Default)]
pub(super) struct Keys(HashSet<String>);

impl Keys {
    /// Those of these files, as the index has them.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(super) fn of(files: &HashSet<PathBuf>, staged: &NextCommit<'_>) -> Result<Self, Failure> {
        let mut names = HashSet::new();
        for path in files {
            let Some(Standing::File(id)) = staged.standing(path) else {
                continue;
            };
            if let Ok(document) = Document::of_ciphertext(staged.bytes(id)?) {
                let sketch = Sketch::of(&document, &Imprinter::default());
                let sealed = sketch.keys().filter(|key| !sketch.is_clear(key));
                names.extend(sealed.map(|key| flat_name(key, "_").to_lowercase()));
            }
        }
        Ok(Keys(names))
    }

    /// Whether a file is called as one of them, as docker's secrets are.
    pub(super) fn is_file_of(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_lowercase();
        let stem = name.strip_suffix(".txt").unwrap_or(&name);
        self.0.contains(stem)
    }

    /// The names in a text that have a value in clear, and the line of each.
    pub(super) fn in_clear(&self, text: &Text) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            if let Some((name, value)) = entry(line)
                && self.is_secret(name, value)
            {
                found.entry(name.to_owned()).or_insert(at + 1);
            }
        }
        found
    }

    fn is_secret(&self, name: &str, value: &str) -> bool {
        let name = name.to_lowercase();
        let plain = name.replace('-', "_");
        let is_usual = USUAL.iter().any(|end| plain.ends_with(end));
        gives_away(value) && (is_usual || self.0.contains(&name) || has_password(value))
    }
}

/// A line `NAME=value`, `name: value` or `"name": "value",`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let at = line.find(['=', ':'])?;
    let name = line[..at].trim().trim_matches(['"', '\'']);
    let value = line[at + 1..].trim().trim_end_matches(',');
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(is_letter);
    // What sops has encrypted is none.
    let is_clear = !value.trim_matches(['"', '\'']).starts_with("ENC[");
    (is_name && is_clear).then(|| (name, value.trim_matches(['"', '\''])))
}

/// Whether it is an address with a password in it.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let host = rest.split('/').next().unwrap_or(rest);
    let user = host.rsplit_once('@').map(|(user, _)| user);
    user.and_then(|user| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty())
}
