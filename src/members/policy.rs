//! Who may do what after an entry of the log.

use rpds::RedBlackTreeMapSync;

use crate::{
    keys::{Member, Recipients, RecipientsError, VerifyingKey},
    value::{EnvName, Name},
};

use super::Digest;

/// The state of a log after one of its entries; that after the last is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) repository: String,
    pub(super) environment: EnvName,
    pub(super) rule: Vec<(String, String)>,
    pub(super) extends: Vec<EnvName>,
    /// What the states of a log have in common they share: each differs from the one before in a member or two.
    pub(super) members: RedBlackTreeMapSync<Name, Member>,
    pub(super) digest: Digest,
}

impl Policy {
    /// The repository that the file belongs to.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The environment that the file holds.
    pub fn environment(&self) -> &EnvName {
        &self.environment
    }

    /// The rule keys of the file's metadata, in the order of the log, with their texts.
    pub fn rule(&self) -> &[(String, String)] {
        &self.rule
    }

    /// The layers below, the lowest first.
    pub fn extends(&self) -> &[EnvName] {
        &self.extends
    }

    /// Everybody who reads, in name order.
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&Name, &Member)> {
        self.members.iter()
    }

    /// One of them.
    pub fn member(&self, name: &Name) -> Option<&Member> {
        self.members.get(name)
    }

    /// Those whose signatures count, with the key that makes them.
    pub fn writers(&self) -> impl Iterator<Item = (&Name, &VerifyingKey)> {
        self.members
            .iter()
            .filter_map(|(name, member)| Some((name, member.writes_with()?)))
    }

    /// The entry after which this is the state: what other machines compare.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The members as a set; they are valid and at least one.
    pub fn recipients(&self) -> Recipients {
        self.checked().expect("checked entry by entry")
    }

    /// The same, before that is sure.
    pub(super) fn checked(&self) -> Result<Recipients, RecipientsError> {
        let members = self.members.iter();
        Recipients::new(members.map(|(name, member)| (name.clone(), member.clone())))
    }
}
