//! Where the environment says that git's config is to be read.

use std::{ffi::OsString, path::PathBuf};

use super::{Directories, Environment};

/// Pairs that are read from variables; git itself has no limit, and nobody names so many.
const PAIRS: usize = 10_000;

/// What the variables of git say about its config, and where a person's files lie.
#[derive(Clone, Debug, Default)]
pub(crate) struct GitConfig {
    /// The file in the place of the person's own, as `GIT_CONFIG_GLOBAL` names it.
    pub(crate) global: Option<PathBuf>,
    /// The file in the place of the machine's, as `GIT_CONFIG_SYSTEM` names it.
    pub(crate) system: Option<PathBuf>,
    /// Whether the machine's is left out (`GIT_CONFIG_NOSYSTEM`).
    pub(crate) without_system: bool,
    /// Keys and values that go before every file, as `GIT_CONFIG_COUNT` and `git -c` give them; of two with one key the later counts.
    pub(crate) pairs: Vec<(String, OsString)>,
    /// The home of the person.
    pub(crate) home: Option<PathBuf>,
    /// The folder with the person's files for git, where no config names others.
    pub(crate) folder: Option<PathBuf>,
    /// Whether the machine's attributes are left out (`GIT_ATTR_NOSYSTEM`).
    pub(crate) without_system_attributes: bool,
}

impl GitConfig {
    pub(super) fn of(environment: &Environment) -> Self {
        let file = |name| environment.as_set(name).map(PathBuf::from);
        GitConfig {
            global: file("GIT_CONFIG_GLOBAL"),
            system: file("GIT_CONFIG_SYSTEM"),
            without_system: is_true(environment.get("GIT_CONFIG_NOSYSTEM")),
            pairs: [pairs(environment), parameters(environment)].concat(),
            home: environment.home(),
            folder: Directories::new(environment).of_git(),
            without_system_attributes: is_true(environment.get("GIT_ATTR_NOSYSTEM")),
        }
    }
}

/// `GIT_CONFIG_KEY_0`, `GIT_CONFIG_VALUE_0` and so on, as many as `GIT_CONFIG_COUNT` says.
fn pairs(environment: &Environment) -> Vec<(String, OsString)> {
    let count = environment.get("GIT_CONFIG_COUNT");
    let count = count.and_then(|count| count.to_str()?.trim().parse().ok());
    let pair = |at: usize| {
        let key = environment.get(&format!("GIT_CONFIG_KEY_{at}"))?;
        let value = environment.as_set(&format!("GIT_CONFIG_VALUE_{at}"))?;
        Some((key.into_string().ok()?, value))
    };
    (0..count.unwrap_or(0).min(PAIRS))
        .filter_map(pair)
        .collect()
}

/// What `git -c KEY=VALUE` hands down to its hooks and other programs: words in quotes, `'KEY'='VALUE'` or, of an older git, `'KEY=VALUE'`.
fn parameters(environment: &Environment) -> Vec<(String, OsString)> {
    let words = environment.get("GIT_CONFIG_PARAMETERS");
    let words = words.and_then(|words| shell_words::split(words.to_str()?).ok());
    let pair = |word: String| {
        let (key, value) = word.split_once('=')?;
        Some((key.to_owned(), value.into()))
    };
    let words = words.unwrap_or_default().into_iter().take(PAIRS);
    words.filter_map(pair).collect()
}

/// What git takes for yes.
fn is_true(value: Option<OsString>) -> bool {
    let value = value.unwrap_or_default().to_string_lossy().to_lowercase();
    let is_number = value.parse().is_ok_and(|number: i64| number != 0);
    is_number || ["true", "yes", "on"].contains(&value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_hands_down_counts_more_than_pairs() {
        let config = GitConfig::of(&Environment::of([
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "a.b"),
            ("GIT_CONFIG_VALUE_0", "c"),
            (
                "GIT_CONFIG_PARAMETERS",
                r"'a.b'='it'\''s' 'c.d=e f' 'a.flag' 'g.h'=''",
            ),
        ]));
        let pairs = [("a.b", "c"), ("a.b", "it's"), ("c.d", "e f"), ("g.h", "")];
        assert_eq!(
            config.pairs,
            pairs.map(|(key, value)| (key.to_owned(), value.into()))
        );
    }

    #[test]
    fn variables_of_git_are_read_as_git_reads_them() {
        let config = GitConfig::of(&Environment::of([
            ("GIT_CONFIG_GLOBAL", ""),
            ("GIT_CONFIG_NOSYSTEM", "on"),
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "core.excludesFile"),
            ("GIT_CONFIG_VALUE_0", ""),
            ("GIT_CONFIG_KEY_1", "a.b"),
            ("GIT_CONFIG_VALUE_1", "c"),
            ("GIT_CONFIG_KEY_2", "not.counted"),
            ("GIT_CONFIG_VALUE_2", "d"),
        ]));
        // Empty is a file that is not there.
        assert_eq!(config.global, Some(PathBuf::new()));
        assert_eq!(config.system, None);
        assert!(config.without_system);
        let pairs = [("core.excludesFile", ""), ("a.b", "c")];
        assert_eq!(
            config.pairs,
            pairs.map(|(key, value)| (key.to_owned(), value.into()))
        );
        for (count, without) in [("x", "0"), ("-1", "false"), ("", "")] {
            let config = GitConfig::of(&Environment::of([
                ("GIT_CONFIG_COUNT", count),
                ("GIT_CONFIG_KEY_0", "a.b"),
                ("GIT_CONFIG_VALUE_0", "c"),
                ("GIT_CONFIG_NOSYSTEM", without),
            ]));
            assert!(config.pairs.is_empty());
            assert!(!config.without_system);
        }
    }
}
