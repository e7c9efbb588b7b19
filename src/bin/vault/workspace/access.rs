//! Which environments the identities at hand open, as far as it can be told without a passphrase.

use std::fmt;

use vault::{
    config::Environment,
    keys::{Member, Recipient},
    sealed::Verified,
    value::Name,
};

use super::{Workspace, accept::Accepted};
use crate::context::{Finding, Lock};

/// What an environment's file is to some identities.
pub(crate) enum Access {
    /// It opens, and this is who they are in it; never empty.
    Opens(Vec<Part>),
    /// A locked identity may open it; its public key cannot be told.
    Perhaps,
    /// It does not open.
    Closed,
    /// There is none yet.
    NoFile,
    /// It is not accepted.
    Refused,
}

/// Somebody in an environment.
pub(crate) struct Part {
    /// The name in the log, or in the config where the file is not signed, else the key.
    pub(crate) name: String,
    /// Whether they write, too.
    pub(crate) writes: bool,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = if self.writes {
            "reads and writes"
        } else {
            "reads"
        };
        write!(f, "{}: {role}", self.name)
    }
}

impl Workspace<'_> {
    /// What an environment is to the identities that were found.
    pub(crate) fn access(&self, environment: &Environment, findings: &[Finding]) -> Access {
        let verified = match self.accept(environment) {
            Ok(Some(Accepted { verified, .. })) => verified,
            Ok(None) => {
                return match self.refuse_second_birth(environment) {
                    Ok(()) => Access::NoFile,
                    Err(_) => Access::Refused,
                };
            }
            Err(_) => return Access::Refused,
        };
        let own: Vec<&Member> = findings
            .iter()
            .filter_map(|finding| finding.member.as_ref())
            .collect();
        let parts = match verified.policy() {
            Some(policy) => signed_parts(policy.members(), &own),
            None => unsigned_parts(environment, &verified, &own),
        };
        let is_unknown =
            |finding: &Finding| finding.lock == Lock::Locked && finding.member.is_none();
        match parts.is_empty() {
            false => Access::Opens(parts),
            true if findings.iter().any(is_unknown) => Access::Perhaps,
            true => Access::Closed,
        }
    }
}

fn signed_parts<'m>(
    members: impl Iterator<Item = (&'m Name, &'m Member)>,
    own: &[&Member],
) -> Vec<Part> {
    let part = |(name, member): (&Name, &Member)| {
        let is_own = |own: &&&Member| own.reads() == member.reads();
        let key = member.writes_with();
        own.iter().find(is_own).map(|own| Part {
            name: name.to_string(),
            writes: key.is_some() && own.writes_with() == key,
        })
    };
    members.filter_map(part).collect()
}

/// Whoever reads an unsigned file also writes it.
fn unsigned_parts(environment: &Environment, verified: &Verified, own: &[&Member]) -> Vec<Part> {
    let named = |key: &Recipient| {
        let known = environment
            .readers()
            .iter()
            .find(|(_, member)| member.reads() == key);
        known.map_or_else(|| key.to_string(), |(name, _)| name.to_string())
    };
    verified
        .recipients()
        .filter_map(Recipient::of_entry)
        .filter(|key| own.iter().any(|own| own.reads() == key))
        .map(|key| Part {
            name: named(&key),
            writes: true,
        })
        .collect()
}
