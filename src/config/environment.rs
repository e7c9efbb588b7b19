//! One environment: its file, its layers, and who reads and writes it.

use std::collections::BTreeMap;

use super::{FilePath, Local};
use crate::{
    keys::Member,
    value::{EnvName, Name},
};

/// An environment as the config wants it; what is in force stands in the log of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    pub(super) name: EnvName,
    pub(super) file: FilePath,
    pub(super) extends: Vec<EnvName>,
    pub(super) recipients: Vec<Name>,
    pub(super) narrowed: Option<Vec<Name>>,
    pub(super) readers: BTreeMap<Name, Member>,
    pub(super) through: BTreeMap<Name, Vec<Name>>,
    pub(super) signed: bool,
    pub(super) local: Option<Local>,
}

impl Environment {
    /// Its name.
    pub fn name(&self) -> &EnvName {
        &self.name
    }

    /// Its file, relative to the folder of the config; whoever opens it has to look for symbolic links.
    pub fn file(&self) -> &FilePath {
        &self.file
    }

    /// The environments right below it, in the order of the list: a later one wins over an earlier one.
    pub fn extends(&self) -> &[EnvName] {
        &self.extends
    }

    /// The names of recipients and groups as they are listed.
    pub fn recipients(&self) -> &[Name] {
        &self.recipients
    }

    /// The names in `writers` as they are listed; `None` where everybody who can sign may write.
    pub fn narrowed(&self) -> Option<&[Name]> {
        self.narrowed.as_deref()
    }

    /// Who reads it, in byte order of the names; never empty.
    ///
    /// Groups are expanded. Where `writers` narrows who may write, the others that have a signing key are marked `reads-only`, as
    /// they stand in the log; a member without a signing key only reads anyway, and its line stays as it is.
    pub fn readers(&self) -> &BTreeMap<Name, Member> {
        &self.readers
    }

    /// Who may write it, in byte order of the names; nobody is possible.
    pub fn writers(&self) -> impl Iterator<Item = (&Name, &Member)> {
        self.readers
            .iter()
            .filter(|(_, member)| member.writes_with().is_some())
    }

    /// The groups that brought a reader, in the order of the list; empty for one that is named itself only, and for strangers.
    pub fn through(&self, name: &Name) -> &[Name] {
        self.through.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether its file bears a signature and a log.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// One's own overrides of it, where they are allowed.
    pub fn local(&self) -> Option<&Local> {
        self.local.as_ref()
    }
}
