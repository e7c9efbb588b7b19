//! Why a config is refused, where, and what to do about it.

use std::{borrow::Cow, error::Error as _, fmt};

use thiserror::Error;

use super::{FileError, FilePath, RepositoryIdError, Section, UnknownEnvironment};
use crate::{
    keys::{KeyError, MemberError},
    value::{EnvName, KeyPath, Kind, Name, NameError},
    yaml::{self, Place},
};

/// A config that vault does not take, with the place and the reason.
///
/// Printed as `line:column: reason`, ready to follow `.vault.yaml:`. Holds names at most, never a line of the file: somebody may
/// have put a private key there.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{}{problem}", At(*.place))]
pub struct ConfigError {
    /// Where; `None` where the whole file is meant.
    pub place: Option<Place>,
    /// Why.
    pub problem: Problem,
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> Cow<'static, str> {
        self.problem.hint()
    }

    /// Whether nobody is left who reads an environment.
    pub fn leaves_nobody(&self) -> bool {
        matches!(
            self.problem,
            Problem::NoRecipients(_) | Problem::NoReaders(_)
        )
    }

    /// Whether the binding to the repository is broken, which is a question of integrity (exit 3), not of spelling (exit 2).
    pub fn is_about_trust(&self) -> bool {
        matches!(
            self.problem,
            Problem::Repository(_) | Problem::RepositoryWithoutQuotes | Problem::OtherRepository
        )
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        ConfigError {
            place: None,
            problem,
        }
    }
}

struct At(Option<Place>);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => write!(f, "{place}: "),
            None => Ok(()),
        }
    }
}

/// A key of the file that is shown in a message: escaped, and left out when it is too long to be a slip of the pen.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.chars().count() {
            0..=64 => write!(f, "`{}`", KeyPath::key(self.0)),
            length => write!(f, "of {length} characters"),
        }
    }
}

/// The reasons.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// What the YAML layer refuses.
    #[error("{0}")]
    Yaml(yaml::Problem),
    /// Above 1 MiB.
    #[error("the config is larger than 1 MiB")]
    TooLarge,
    /// Above 10,000 keys and items.
    #[error("the config has more than 10,000 entries")]
    TooManyEntries,
    /// Above 100,000, counted for each list of an environment that they come from.
    #[error("the environments have more than 100,000 readers and writers in all")]
    TooManyReaders,
    /// No `version`.
    #[error("`version` is missing")]
    NoVersion,
    /// Something else than a whole number from 1.
    #[error("`version` is not 1")]
    BadVersion,
    /// Above 1.
    #[error("this config is of a newer version; a newer vault is needed")]
    NewerVersion,
    /// `repository` is malformed.
    #[error("{0}")]
    Repository(RepositoryIdError),
    /// `repository` has the digits of an id, but YAML makes something else of them than text.
    #[error("`repository` must be quoted: without quotes these digits are a number")]
    RepositoryWithoutQuotes,
    /// An edit would give the repository another id.
    #[error("the config names another repository already")]
    OtherRepository,
    /// An edit would change more than it was meant to.
    #[error("the config cannot be edited without changing something else")]
    Edit,
    /// A key that means nothing here.
    #[error("unknown key {} {within}", Shown(.key))]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        within: Section,
    },
    /// A map, list or scalar in the place of another; says what belongs there.
    #[error("{0}")]
    Form(&'static str),
    /// A scalar without quotes that is no text.
    #[error("this is read as {0}, not as text")]
    NotText(Kind),
    /// No name.
    #[error("{0}")]
    Name(NameError),
    /// A name that is taken, perhaps in other letters.
    #[error("the name `{name}` is taken by `{other}`")]
    NameTaken {
        /// The second.
        name: String,
        /// The first.
        other: String,
    },
    /// A member line that cannot be used.
    #[error("the line of `{name}`: {}", WithCause(.reason))]
    Member {
        /// Whose.
        name: Name,
        /// Why.
        reason: MemberError,
    },
    /// One key under two names.
    #[error("`{name}` has a key of `{other}`")]
    KeyTaken {
        /// The second.
        name: Name,
        /// The first.
        other: Name,
    },
    /// A group within a group.
    #[error("`{0}` is a group; groups hold recipients only")]
    GroupInGroup(Name),
    /// A name that is no recipient, nor a group where those are allowed.
    #[error("there is no recipient `{name}`")]
    UnknownRecipient {
        /// The name.
        name: Name,
        /// A near one.
        near: Option<String>,
    },
    /// An environment without `recipients`.
    #[error("`{0}` has no `recipients`")]
    NoRecipients(EnvName),
    /// An environment that nobody could read.
    #[error("nobody can read `{0}`")]
    NoReaders(EnvName),
    /// A writer who does not read.
    #[error("the writer `{name}` is no recipient of `{environment}`")]
    WriterWithoutReading {
        /// Who.
        name: Name,
        /// Of what.
        environment: EnvName,
    },
    /// A name in `extends` or `default`.
    #[error("{0}")]
    UnknownEnvironment(UnknownEnvironment),
    /// A layer for the second time in one list.
    #[error("`{0}` is extended twice")]
    LayerTwice(EnvName),
    /// Environments that extend each other, first and last the same.
    #[error("a cycle: {}", Chain(.0))]
    Cycle(Vec<EnvName>),
    /// A signed environment over one that anybody could have written.
    #[error("`{environment}` is signed and extends `{layer}`, which is not")]
    UnsignedLayer {
        /// The signed one.
        environment: EnvName,
        /// The other.
        layer: EnvName,
    },
    /// A path that is refused.
    #[error("{0}")]
    File(FileError),
    /// A file of two environments.
    #[error("`{file}` is the file of `{other}` too")]
    FileTaken {
        /// The file, as the second spells it.
        file: FilePath,
        /// The first environment.
        other: EnvName,
    },
    /// A name or a path that has no room for `.local`.
    #[error("the name or the path of `{0}` is too long for a local layer")]
    LocalTooLong(EnvName),
    /// An environment with the name of a local layer.
    #[error("`{other}` is the name of what is local to `{environment}`, and of an environment")]
    LocalTaken {
        /// The environment that has a local layer.
        environment: EnvName,
        /// The other.
        other: EnvName,
    },
    /// A file of an environment, or a folder of one, in the place of a local layer.
    #[error("`{file}` is for what is local to `{environment}`, and belongs to `{other}`")]
    LocalFileTaken {
        /// The environment that has a local layer.
        environment: EnvName,
        /// The file of the layer.
        file: FilePath,
        /// The environment whose file is there, or below.
        other: EnvName,
    },
    /// A file that would have to be a folder for another.
    #[error("`{file}` would lie in `{other}`, which is a file")]
    FileInFile {
        /// The lower path.
        file: FilePath,
        /// The path above it.
        other: FilePath,
    },
}

/// A reason and what it stems from, on one line.
struct WithCause<'a>(&'a MemberError);

impl fmt::Display for WithCause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        match self.0.source() {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

struct Chain<'a>(&'a [EnvName]);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Names shown of a long cycle.
        const SHOWN: usize = 8;
        for (at, name) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}`{name}`", if at > 0 { " extends " } else { "" })?;
        }
        match self.0.len() > SHOWN {
            true => f.write_str(" extends …"),
            false => Ok(()),
        }
    }
}

impl Problem {
    /// What to do about it.
    pub fn hint(&self) -> Cow<'static, str> {
        match self {
            Problem::Yaml(problem) => problem.hint().into(),
            Problem::UnknownKey { key, within } => within.hint(key),
            Problem::UnknownRecipient { near, .. } => match near {
                Some(near) => format!("did you mean `{near}`?").into(),
                None => {
                    "add it under `recipients`, with the line that `vault whoami` prints".into()
                }
            },
            Problem::UnknownEnvironment(error) => error.hint().into(),
            Problem::NoRecipients(_) | Problem::NoReaders(_) => {
                "name who can read it: `recipients: [alice]`".into()
            }
            Problem::NameTaken { name, other } if name == other => {
                "recipients and groups share one list of names; rename one of the two".into()
            }
            _ => self.fixed_hint().into(),
        }
    }

    fn fixed_hint(&self) -> &'static str {
        match self {
            Problem::TooLarge | Problem::TooManyEntries | Problem::TooManyReaders => {
                "split the repository's secrets over several repositories"
            }
            Problem::NoVersion | Problem::BadVersion => "begin the file with `version: 1`",
            Problem::NewerVersion => "update vault",
            Problem::Repository(_) | Problem::OtherRepository => {
                "restore the line from git; it is never made anew for files that have it"
            }
            Problem::RepositoryWithoutQuotes => "put it in double quotes",
            Problem::Edit => "write the file in block style, one key on a line, and try again",
            Problem::Form(_) => "see `.vault.example.yaml`",
            Problem::NotText(Kind::Null) => "write a text, or remove the key",
            Problem::NotText(_) => "put it in double quotes",
            Problem::NameTaken { .. } => "names must differ in more than case",
            Problem::Name(_) => "use a name such as `alice`, `ci-runner` or `bob@example.org`",
            Problem::Member {
                reason:
                    MemberError::Reads(KeyError::Private) | MemberError::Signs(KeyError::Private),
                ..
            } => {
                "put the line that `vault whoami` prints; make a new identity if anybody could have seen it"
            }
            Problem::Member { .. } => "put the line that `vault whoami` prints",
            Problem::KeyTaken { .. } => "a key stands under one name; remove one of the two",
            Problem::GroupInGroup(_) => "name its recipients instead",
            Problem::WriterWithoutReading { .. } => "add the name to `recipients`, too",
            Problem::LayerTwice(_) => "remove one of the two",
            Problem::Cycle(_) => {
                "remove one `extends`; put what is shared into another environment"
            }
            Problem::UnsignedLayer { .. } => {
                "remove `signed: false` from the lower one and run `vault sign`, or say it in both"
            }
            Problem::File(FileError::Extension) => "name the file as in `deploy/prod.secrets.yaml`",
            Problem::File(_) => "give the environment a plain path: `file: secrets/prod.yaml`",
            Problem::FileTaken { .. } => "give each environment a file of its own with `file:`",
            Problem::FileInFile { .. } => "move one of the two with `file:`",
            Problem::LocalTooLong(_) => "shorten it, or remove `local: true`",
            Problem::LocalTaken { .. } => "rename that environment, or remove `local: true`",
            Problem::LocalFileTaken { .. } => {
                "move that file with `file:`, or remove `local: true`"
            }
            _ => "see `.vault.example.yaml`",
        }
    }
}
