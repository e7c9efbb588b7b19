//! What git's config says, read where git reads it: libgit2 knows none of the variables that name config.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use git2::{Config, ConfigLevel, ErrorCode};

use super::{Repo, told};
use crate::{context::GitConfig, failure::Failure};

/// The levels of a repository's own config, the strongest first.
const OWN: [ConfigLevel; 2] = [ConfigLevel::Worktree, ConfigLevel::Local];
/// Those of the person.
const GLOBAL: [ConfigLevel; 2] = [ConfigLevel::Global, ConfigLevel::XDG];
/// Those of the machine.
const SYSTEM: [ConfigLevel; 2] = [ConfigLevel::System, ConfigLevel::ProgramData];

/// Where git finds the machine's config.
const MACHINE: &str = "/etc/gitconfig";

/// A path that git's config names.
pub(super) struct NamedPath {
    pub(super) path: PathBuf,
    /// Whether the repository's own config says so.
    pub(super) is_own: bool,
}

impl Repo {
    /// What git's config has as the path for a key.
    ///
    /// # Errors
    /// A config that cannot be read.
    pub(super) fn named_path(
        &self,
        key: &str,
        variables: &GitConfig,
    ) -> Result<Option<NamedPath>, Failure> {
        let of_others = |path: PathBuf| NamedPath {
            path,
            is_own: false,
        };
        if let Some(path) = in_pairs(key, variables) {
            return Ok(Some(of_others(path)));
        }
        let config = self.git.config().map_err(|error| told(&error))?;
        if let Some(path) = in_levels(&config, &OWN, key)? {
            return Ok(Some(NamedPath { path, is_own: true }));
        }
        let of_person = match &variables.global {
            Some(file) => in_file(file, key)?,
            None => in_levels(&config, &GLOBAL, key)?,
        };
        let found = match (of_person, &variables.system) {
            (Some(path), _) => Some(path),
            (None, _) if variables.without_system => None,
            (None, Some(file)) => in_file(file, key)?,
            (None, None) => in_levels(&config, &SYSTEM, key)?,
        };
        Ok(found.map(of_others))
    }
}

/// Whether anything of the config of a repository could have a key, of which this is the last word: a look at its files, which is all that
/// most have. `own` and `shared` are its directories.
pub(super) fn may_have(word: &str, own: &Path, shared: &Path, variables: &GitConfig) -> bool {
    let mut files = vec![own.join("config.worktree"), shared.join("config")];
    match &variables.global {
        Some(file) => files.push(file.clone()),
        None => {
            files.extend(variables.home.as_ref().map(|home| home.join(".gitconfig")));
            files.extend(variables.folder.as_ref().map(|it| it.join("config")));
        }
    }
    if !variables.without_system {
        let system = variables.system.clone();
        files.push(system.unwrap_or_else(|| MACHINE.into()));
    }
    let mut pairs = variables.pairs.iter();
    pairs.any(|(key, _)| key.to_ascii_lowercase().ends_with(word))
        || files.iter().any(|file| mentions(file, word))
}

/// Whether a file of config has a word, or has others read in its place.
fn mentions(file: &Path, word: &str) -> bool {
    let Ok(text) = fs::read(file) else {
        return false;
    };
    let text = text.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&text, word.as_bytes()).is_some();
    has(word) || has("[include")
}

/// The last of the pairs that has the key.
fn in_pairs(key: &str, variables: &GitConfig) -> Option<PathBuf> {
    let mut pairs = variables.pairs.iter().rev();
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    Some(at_home(value, variables.home.as_deref()))
}

/// A `~/` is the home.
fn at_home(value: &OsStr, home: Option<&Path>) -> PathBuf {
    let path = Path::new(value);
    match (path.strip_prefix("~"), home) {
        (Ok(below), Some(home)) => home.join(below),
        _ => path.to_owned(),
    }
}

fn in_levels(
    config: &Config,
    levels: &[ConfigLevel],
    key: &str,
) -> Result<Option<PathBuf>, Failure> {
    for level in levels {
        let found = match config.open_level(*level) {
            Ok(config) => path_in(config, key)?,
            Err(error) if error.code() == ErrorCode::NotFound => None,
            Err(error) => return Err(told(&error)),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A file that is not there, or `/dev/null`, says nothing.
fn in_file(file: &Path, key: &str) -> Result<Option<PathBuf>, Failure> {
    match file.is_file() {
        true => path_in(Config::open(file).map_err(|error| told(&error))?, key),
        false => Ok(None),
    }
}

fn path_in(mut config: Config, key: &str) -> Result<Option<PathBuf>, Failure> {
    let config = config.snapshot().map_err(|error| told(&error))?;
    match config.get_path(key) {
        Ok(path) => Ok(Some(path)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(told(&error)),
    }
}
