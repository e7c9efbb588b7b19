//! One's own overrides of an environment: where they stand, and the environment that they are for one person.

use std::collections::BTreeMap;

use super::{Environment, FileError, FilePath};
use crate::{
    keys::Member,
    value::{EnvName, Name, NameError},
};

/// The local layer of an environment: a file that git ignores, for each person their own, above everything that is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    name: EnvName,
    file: FilePath,
}

impl Local {
    /// That of an environment: `dev.local` in `secrets/dev.local.yaml`, beside `secrets/dev.yaml`.
    pub(super) fn of(name: &EnvName, file: &FilePath) -> Result<Self, LocalError> {
        Ok(Local {
            name: format!("{name}.local").parse()?,
            file: file.local()?,
        })
    }

    /// That of an environment that the config does not name, or no longer: where it lies if the file of that one lay in its usual place.
    ///
    /// `None` for names that cannot be files everywhere.
    pub fn orphaned(name: &EnvName) -> Option<Self> {
        let file = FilePath::of_environment(name).ok()?;
        Local::of(name, &file).ok()
    }

    /// The name in its log. No environment of the config bears it.
    pub fn name(&self) -> &EnvName {
        &self.name
    }

    /// Its file, which is that of no environment.
    pub fn file(&self) -> &FilePath {
        &self.file
    }

    /// The environment that it is for somebody: one member, nothing below it, always signed.
    pub fn environment(&self, name: Name, member: Member) -> Environment {
        Environment {
            name: self.name.clone(),
            file: self.file.clone(),
            extends: Vec::new(),
            recipients: vec![name.clone()],
            readers: BTreeMap::from([(name, member)]),
            through: BTreeMap::new(),
            narrowed: None,
            signed: true,
            local: None,
        }
    }
}

/// A name or a path that has no room for `.local`.
pub(super) struct LocalError;

impl From<NameError> for LocalError {
    fn from(_: NameError) -> Self {
        LocalError
    }
}

impl From<FileError> for LocalError {
    fn from(_: FileError) -> Self {
        LocalError
    }
}
