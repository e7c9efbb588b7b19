//! Where an environment's file stands: a relative path that cannot lead out of the repository or into git's own files.

use std::{fmt, str::FromStr};

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::value::{EnvName, is_format};

/// Bytes in a path.
const PATH_BYTES: usize = 1_024;
/// Bytes in a component: what the usual file systems take.
const COMPONENT_BYTES: usize = 255;

/// The path of a secret file, relative to the folder of `.vault.yaml`, components joined by `/`.
///
/// By its text alone it stays inside that folder and out of `.git`, on every system. Whether one of its folders, or the file, is a
/// symbolic link can be seen on disk only: whoever opens it has to look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

/// Why a text is no path of a secret file.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FileError {
    /// Nothing.
    #[error("the path of a file must not be empty")]
    Empty,
    /// Above 1,024 bytes, or 255 in one component.
    #[error("the path of a file is too long")]
    Long,
    /// `/…`, `C:…`, `\\…`
    #[error("the path of a file is relative to `.vault.yaml`")]
    Absolute,
    /// `\`
    #[error("the path of a file is written with `/`")]
    Backslash,
    /// `..`
    #[error("the path of a file must not hold `..`")]
    Parent,
    /// `.`, `//` or a `/` at the end.
    #[error("the path of a file must not hold `.` or an empty component")]
    Dot,
    /// Control characters, characters that terminals act upon, and `< > : " | ? *`.
    #[error("a character that no file should have in its name")]
    Character,
    /// Windows takes the dot or blank away, so that two names are one file.
    #[error("a component of a path must not end in a dot or blank")]
    Ending,
    /// `con`, `nul.yaml`, …
    #[error("the path of a file holds a name that Windows keeps for a device")]
    Device,
    /// `.git` in any case, or its short name.
    #[error("the path of a file must not lead into `.git`")]
    Git,
    /// `.vault.yaml`
    #[error("`.vault.yaml` is no secret file")]
    Config,
    /// Another ending.
    #[error("the path of a secret file ends in `.yaml` or `.yml`")]
    Extension,
}

impl FilePath {
    /// The path of an environment's file where the config names none: `secrets/<name>.yaml`.
    ///
    /// # Errors
    ///
    /// Names that cannot be files everywhere, such as `nul` and `a./b`.
    pub fn of_environment(name: &EnvName) -> Result<Self, FileError> {
        format!("secrets/{name}.yaml").parse()
    }

    /// The path of the local layer beside it: `secrets/dev.local.yaml` for `secrets/dev.yaml`. Two files never share one.
    ///
    /// # Errors
    ///
    /// [`FileError::Long`].
    pub(super) fn local(&self) -> Result<Self, FileError> {
        let (stem, extension) = self
            .0
            .rsplit_once('.')
            .expect("it ends in `.yaml` or `.yml`");
        format!("{stem}.local.{extension}").parse()
    }

    /// The path as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What must differ between two files, so that no file system takes them for one: case and composition of characters do not
    /// count.
    pub fn folded(&self) -> String {
        folded(&self.0)
    }
}

/// What must differ between two paths of any kind, as with [`FilePath::folded`].
///
/// Upper case first brings `ß` and `SS`, or the two small sigmas, together.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let decomposed: String = text.nfd().collect();
    decomposed.to_uppercase().to_lowercase().nfc().collect()
}

impl FromStr for FilePath {
    type Err = FileError;

    fn from_str(text: &str) -> Result<Self, FileError> {
        check_whole(text)?;
        text.split('/').try_for_each(check_component)?;
        match text.ends_with(".yaml") || text.ends_with(".yml") {
            true => Ok(FilePath(text.to_owned())),
            false => Err(FileError::Extension),
        }
    }
}

fn check_whole(text: &str) -> Result<(), FileError> {
    let bytes = text.as_bytes();
    let has_drive =
        bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    match text {
        "" => Err(FileError::Empty),
        _ if text.len() > PATH_BYTES => Err(FileError::Long),
        _ if has_drive || text.starts_with(['/', '\\']) => Err(FileError::Absolute),
        _ if text.contains('\\') => Err(FileError::Backslash),
        _ if text.contains(is_forbidden) => Err(FileError::Character),
        _ => Ok(()),
    }
}

fn is_forbidden(c: char) -> bool {
    c.is_control() || is_format(c) || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

fn check_component(component: &str) -> Result<(), FileError> {
    let folded = folded(component);
    match component {
        "" | "." => Err(FileError::Dot),
        ".." => Err(FileError::Parent),
        _ if component.len() > COMPONENT_BYTES => Err(FileError::Long),
        _ if component.ends_with(['.', ' ']) => Err(FileError::Ending),
        _ if is_git(&folded) => Err(FileError::Git),
        _ if folded == ".vault.yaml" => Err(FileError::Config),
        _ if is_device(&folded) => Err(FileError::Device),
        _ => Ok(()),
    }
}

/// `.git`, or the short name that Windows may give it (`git~1`; CVE-2014-9390).
fn is_git(folded: &str) -> bool {
    let is_short = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    folded == ".git" || folded.strip_prefix("git~").is_some_and(is_short)
}

/// Windows' names of devices hold with every extension (`nul.yaml`).
fn is_device(folded: &str) -> bool {
    let stem = folded.split('.').next().unwrap_or(folded).trim_end();
    let is_numbered = |rest: &str| {
        let mut chars = rest.chars();
        matches!(chars.next(), Some('0'..='9' | '¹' | '²' | '³')) && chars.next().is_none()
    };
    matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || ["com", "lpt"]
            .iter()
            .any(|port| stem.strip_prefix(port).is_some_and(is_numbered))
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FilePath, FileError> {
        text.parse()
    }

    #[test]
    fn paths_below_the_config_are_taken_as_they_are() {
        for path in [
            "a.yaml",
            "deploy/prod.secrets.yaml",
            "deploy/prod.yml",
            "secrets/a b/ü.yaml",
            "..a/b..c.yaml",
            ".github/x.yaml",
            "gitx/.gitsecrets.yaml",
            "console/com10.yaml",
        ] {
            assert_eq!(read(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn a_path_cannot_leave_the_repository_or_enter_git() {
        let long = format!("{}.yaml", "a".repeat(255));
        let longer = format!("{}b.yaml", "a/".repeat(600));
        for (path, error) in [
            ("", FileError::Empty),
            ("/etc/a.yaml", FileError::Absolute),
            ("C:/a.yaml", FileError::Absolute),
            ("c:a.yaml", FileError::Absolute),
            ("\\\\host\\a.yaml", FileError::Absolute),
            ("a\\..\\b.yaml", FileError::Backslash),
            ("../a.yaml", FileError::Parent),
            ("a/../../b.yaml", FileError::Parent),
            ("./a.yaml", FileError::Dot),
            ("a/./b.yaml", FileError::Dot),
            ("a//b.yaml", FileError::Dot),
            ("a.yaml/", FileError::Dot),
            ("a\n.yaml", FileError::Character),
            ("a\0.yaml", FileError::Character),
            ("a\u{85}.yaml", FileError::Character),
            ("a\u{202e}.yaml", FileError::Character),
            (".g\u{200c}it/a.yaml", FileError::Character),
            ("a.txt:b.yaml", FileError::Character),
            (".git::$INDEX_ALLOCATION/a.yaml", FileError::Character),
            ("*.yaml", FileError::Character),
            ("a./b.yaml", FileError::Ending),
            ("a /b.yaml", FileError::Ending),
            (".. /b.yaml", FileError::Ending),
            (".git/a.yaml", FileError::Git),
            (".GIT/a.yaml", FileError::Git),
            ("sub/.Git/a.yaml", FileError::Git),
            ("GIT~1/a.yaml", FileError::Git),
            (".vault.yaml", FileError::Config),
            ("sub/.Vault.YAML", FileError::Config),
            ("nul.yaml", FileError::Device),
            ("a/CON.x.yaml", FileError::Device),
            ("LPT1/a.yaml", FileError::Device),
            ("com².yaml", FileError::Device),
            ("aux .yaml", FileError::Device),
            ("a", FileError::Extension),
            ("a.json", FileError::Extension),
            ("a.yaml.txt", FileError::Extension),
            ("a.YAML", FileError::Extension),
            ("yaml", FileError::Extension),
            (&long, FileError::Long),
            (&longer, FileError::Long),
        ] {
            assert_eq!(read(path), Err(error), "{path:?}");
        }
    }

    #[test]
    fn spellings_that_some_file_system_takes_for_one_are_one() {
        for (one, other) in [
            ("A/b.yaml", "a/B.yaml"),
            ("Ä.yaml", "a\u{308}.yaml"),
            ("straße.yaml", "STRASSE.yaml"),
            ("σ.yaml", "ς.yaml"),
            ("\u{212a}.yaml", "k.yaml"),
        ] {
            assert_eq!(read(one).unwrap().folded(), read(other).unwrap().folded());
        }
    }

    #[test]
    fn an_environment_has_a_file_of_its_own() {
        let path = |name: &str| FilePath::of_environment(&name.parse().unwrap());
        assert_eq!(
            path("payments/prod").unwrap().as_str(),
            "secrets/payments/prod.yaml"
        );
        assert_eq!(path("nul"), Err(FileError::Device));
        assert_eq!(path("a./b"), Err(FileError::Ending));
    }

    proptest::proptest! {
        #[test]
        fn an_accepted_path_is_made_of_ordinary_components(text in "([.a-cA-C/: \\\\]|git|\\.yaml|nul){1,8}") {
            if let Ok(path) = text.parse::<FilePath>() {
                let plain = std::path::Path::new(path.as_str())
                    .components()
                    .all(|part| matches!(part, std::path::Component::Normal(_)));
                proptest::prop_assert!(plain);
            }
        }
    }
}
