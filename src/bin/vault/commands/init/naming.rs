//! What `--name` and `--env` say: a name, or whose name it is.

use std::str::FromStr;

use thiserror::Error;
use vault::{
    config::{FileError, FilePath},
    keys::{Member, MemberError},
    value::{EnvName, Name, NameError},
};

/// `NAME`, or `NAME=RECIPIENT`.
#[derive(Clone, Debug)]
pub(super) enum Naming {
    /// One's own.
    Own(Name),
    /// That of whoever has this line.
    Of(Name, Box<Member>),
}

/// `NAME`, or `NAME=FILE`.
#[derive(Clone, Debug)]
pub(super) struct NamedFile {
    pub(super) name: EnvName,
    pub(super) file: Option<FilePath>,
}

/// Why an argument is neither.
#[derive(Debug, Error)]
pub(super) enum NamingError {
    /// What stands before the `=`.
    #[error(transparent)]
    Name(#[from] NameError),
    /// What stands behind it.
    #[error("a recipient stands behind the `=`")]
    Member(#[from] MemberError),
    /// What stands behind it.
    #[error(transparent)]
    File(#[from] FileError),
}

impl FromStr for Naming {
    type Err = NamingError;

    fn from_str(text: &str) -> Result<Self, NamingError> {
        Ok(match text.split_once('=') {
            None => Naming::Own(text.parse()?),
            Some((name, line)) => Naming::Of(name.parse()?, Box::new(line.parse()?)),
        })
    }
}

impl FromStr for NamedFile {
    type Err = NamingError;

    fn from_str(text: &str) -> Result<Self, NamingError> {
        let (name, file) = match text.split_once('=') {
            None => (text, None),
            Some((name, file)) => (name, Some(file.strip_prefix("./").unwrap_or(file).parse()?)),
        };
        Ok(NamedFile {
            name: name.parse()?,
            file,
        })
    }
}
