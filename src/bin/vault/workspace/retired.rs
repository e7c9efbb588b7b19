//! An identity at hand that could read an environment once: it was replaced, or its owner has left.

use vault::{
    config::Environment,
    keys::Member,
    members::{Entry, Log, Policy},
    value::{EnvName, Name},
};

use super::Workspace;

/// A key that is in the log of an environment, and not among its members; or that the config has as one of somebody who has left.
pub(crate) struct Retired {
    environment: EnvName,
    name: Name,
    member: Member,
    fate: Fate,
}

/// What has become of it.
enum Fate {
    /// Its owner is still a member, with another key.
    Replaced {
        /// Where the identity is.
        origin: String,
    },
    /// Its owner is none any more.
    Left {
        /// By whom, and when, as the log says.
        by: Option<(Name, String)>,
    },
    /// The same, as the config has it.
    Former {
        /// Since when.
        day: String,
    },
}

impl Workspace<'_> {
    /// The first identity at hand that could read an environment once, and cannot any more.
    pub(crate) fn retired(&self, environment: &Environment) -> Option<Retired> {
        let accepted = self.accept(environment).ok().flatten();
        let log = accepted.as_ref().and_then(|it| it.verified.log());
        match log {
            Some(log) => self.retired_by(environment, log),
            None => self.former(environment),
        }
    }

    /// The same by the log of a version.
    pub(super) fn retired_by(&self, environment: &Environment, log: &Log) -> Option<Retired> {
        let (findings, _) = self.context().identities().findings();
        findings.into_iter().find_map(|finding| {
            let member = finding.member?;
            let name = name_once(log, &member)?.clone();
            let fate = match log.policy().member(&name) {
                Some(_) => Fate::Replaced {
                    origin: finding.origin,
                },
                None => Fate::Left {
                    by: removal(log, &name).map(|it| (it.by().clone(), it.at().to_owned())),
                },
            };
            Some(Retired {
                environment: environment.name().clone(),
                name,
                member,
                fate,
            })
        })
    }

    /// The same where there is no log, or none that can be used: by the config.
    fn former(&self, environment: &Environment) -> Option<Retired> {
        let (findings, _) = self.context().identities().findings();
        let own = findings.into_iter().filter_map(|finding| finding.member);
        own.filter(|own| self.own_name(own).is_none())
            .find_map(|own| {
                let mut former = self.config().former().iter();
                let (name, former) = former.find(|(_, it)| it.key.reads() == own.reads())?;
                Some(Retired {
                    environment: environment.name().clone(),
                    name: name.clone(),
                    member: own,
                    fate: Fate::Former {
                        day: former.removed.to_string(),
                    },
                })
            })
    }
}

impl Retired {
    /// What has become of it.
    pub(crate) fn told(&self) -> String {
        let (name, environment) = (&self.name, &self.environment);
        match &self.fate {
            Fate::Replaced { origin } => {
                format!("{origin} holds an old key of {name}, who has another one now")
            }
            Fate::Left { by: Some((by, at)) } if by != name => {
                format!("{name}, whose key this is, was taken out of {environment} by {by} ({at})")
            }
            Fate::Left { .. } => format!("{name}, whose key this is, has left {environment}"),
            Fate::Former { day } => format!(
                "{name}, whose key this is, has left on {day}, as `former` in .vault.yaml says"
            ),
        }
    }

    /// What its owner does, or whom they ask.
    pub(crate) fn way(&self, whom: &str) -> String {
        let (name, member, environment) = (&self.name, &self.member, &self.environment);
        match self.fate {
            Fate::Replaced { .. } => {
                "give that one with -i FILE, or put it in the place of the old one".to_owned()
            }
            Fate::Left { .. } | Fate::Former { .. } => format!(
                "to let {name} in again {whom} types vault recipients add {name} '{member}' --env {environment} --readmit"
            ),
        }
    }
}

/// The name under which a log had somebody last who is no member any more.
fn name_once<'l>(log: &'l Log, member: &Member) -> Option<&'l Name> {
    let of = |policy: &'l Policy| {
        let mut members = policy.members();
        members.find(|(_, other)| other.reads() == member.reads())
    };
    match of(log.policy()) {
        Some(_) => None,
        None => log.states().iter().rev().find_map(of).map(|(name, _)| name),
    }
}

/// The last entry that took somebody out.
fn removal<'l>(log: &'l Log, name: &Name) -> Option<&'l Entry> {
    let mut entries = log.entries().iter().rev();
    entries.find(|entry| entry.removed().any(|out| out == name))
}
