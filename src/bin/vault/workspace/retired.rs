//! An identity at hand that could read an environment once: it was replaced, or its owner has left.

use vault::{
    config::Environment,
    keys::Member,
    members::{Log, Policy},
    value::Name,
};

use super::Workspace;

/// A key that is in the log of an environment, and not among its members.
pub(crate) struct Retired {
    name: Name,
    member: Member,
    /// Where the identity is.
    origin: String,
    /// Whether its owner is still a member, with another key.
    is_replaced: bool,
}

impl Workspace<'_> {
    /// The first identity at hand that could read an environment once, and cannot any more.
    pub(crate) fn retired(&self, environment: &Environment) -> Option<Retired> {
        let accepted = self.accept(environment).ok().flatten()?;
        let log = accepted.verified.log()?;
        let (findings, _) = self.context().identities().findings();
        findings.into_iter().find_map(|finding| {
            let member = finding.member?;
            let name = name_once(log, &member)?.clone();
            Some(Retired {
                is_replaced: log.policy().member(&name).is_some(),
                origin: finding.origin,
                name,
                member,
            })
        })
    }
}

impl Retired {
    /// What its owner does, or whom they ask.
    pub(crate) fn hint(&self, environment: &Environment, whom: &str) -> String {
        let (name, member, origin) = (&self.name, &self.member, &self.origin);
        match self.is_replaced {
            true => format!(
                "{origin} holds an old key of {name}, who has another one now: give that one with -i FILE, or put it in the place of the old one"
            ),
            false => format!(
                "{name}, whose key this is, has left {env}; to let them in again {whom} types vault recipients add {name} '{member}' --env {env} --readmit",
                env = environment.name(),
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
