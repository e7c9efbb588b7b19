//! A file without a log beside the config: there its entries alone say who reads it.

use std::collections::BTreeMap;

use super::role;
use crate::{
    config::{Config, Environment},
    keys::{Member, Recipient},
    value::Name,
};

/// What differs between an environment of the config and the entries of a file without a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// In the config only.
    pub missing: BTreeMap<Name, Member>,
    /// In the file only.
    pub unlisted: Vec<Unlisted>,
}

/// An entry for somebody whom the config does not list for the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// As it stands in the file.
    pub recipient: String,
    /// Whose it is, as far as the config knows the key.
    pub owner: Owner,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Somebody whom the config lists, and not for this environment.
    Member(Name, Member),
    /// Somebody who has left.
    Former(Name, Member),
    /// Nobody whom the config knows.
    Stranger,
}

impl Entries {
    /// Compares the recipients of a file, as they are written, with the environment of the config.
    pub fn between<'r>(
        recipients: impl IntoIterator<Item = &'r str>,
        environment: &Environment,
        config: &Config,
    ) -> Self {
        let mut missing = environment.readers().clone();
        let mut unlisted = Vec::new();
        for text in recipients {
            let key = Recipient::of_entry(text);
            let is_it = |member: &Member| key.as_ref() == Some(member.reads());
            match environment.readers().values().any(is_it) {
                true => missing.retain(|_, member| !is_it(member)),
                false => unlisted.push(Unlisted::of(text, config)),
            }
        }
        Entries { missing, unlisted }
    }

    /// Whether the file is for exactly those whom the config lists.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unlisted.is_empty()
    }

    /// The differences, one in a line, as those of a log are told.
    pub fn lines(&self) -> Vec<String> {
        let missing = self
            .missing
            .iter()
            .map(|(name, member)| format!("+ {name} {} ({})", role(member), member.fingerprint()));
        let unlisted = self.unlisted.iter().map(|it| format!("- {}", it.told()));
        missing.chain(unlisted).collect()
    }
}

impl Unlisted {
    /// An entry, with whose it is.
    pub fn of(recipient: &str, config: &Config) -> Self {
        Unlisted {
            recipient: recipient.to_owned(),
            owner: owner(config, Recipient::of_entry(recipient).as_ref()),
        }
    }

    /// By name and fingerprint where there is a name, else by key.
    pub fn told(&self) -> String {
        match &self.owner {
            Owner::Member(name, member) | Owner::Former(name, member) => {
                format!("{name} ({})", member.fingerprint())
            }
            Owner::Stranger => self.recipient.clone(),
        }
    }

    /// The name, else the key.
    pub fn name(&self) -> &str {
        match &self.owner {
            Owner::Member(name, _) | Owner::Former(name, _) => name.as_str(),
            Owner::Stranger => &self.recipient,
        }
    }
}

fn owner(config: &Config, key: Option<&Recipient>) -> Owner {
    let is_it = |member: &Member| key == Some(member.reads());
    let members = config.members().iter();
    if let Some((name, member)) = members.into_iter().find(|(_, member)| is_it(member)) {
        return Owner::Member(name.clone(), member.clone());
    }
    let former = config
        .former()
        .iter()
        .find(|(_, former)| is_it(&former.key));
    match former {
        Some((name, former)) => Owner::Former(name.clone(), former.key.clone()),
        None => Owner::Stranger,
    }
}
