//! Whether git's history has a newer version of a file, in which somebody has left: what is older is not signed again.

use vault::{
    config::Environment,
    keys::Member,
    members::{Log, Policy},
    sealed::{Expected, Sealed},
    value::Name,
};

use super::{Lineal, Meeting, Trouble, Workspace, entries::listed};
use crate::repo::Reach;

/// A version in the history of HEAD that a file does not go on from.
struct Successor {
    commit: String,
    log: Log,
}

impl Workspace<'_> {
    /// Refuses to write to a file where the history of HEAD has a version, of the same log, in which somebody has left who could
    /// read this one, or who has signed it on another branch of the log.
    ///
    /// On a machine without memory nothing else tells that what is here was put back by somebody who has left: whoever signs
    /// it again would vouch for it.
    ///
    /// # Errors
    /// There is such a version, and nobody has said here that the older one counts.
    pub(crate) fn refuse_superseded(&self, meeting: Meeting<'_>) -> Result<(), Trouble> {
        let found = self.superseded(meeting, |gone, successor, policy| {
            let is_older = successor.log.holds(policy.digest());
            gone.iter()
                .any(|name| is_older || meeting.signer == Some(name))
        })?;
        found.map_or(Ok(()), |(gone, successor)| {
            Err(superseded(meeting, &gone, &successor))
        })
    }

    /// The same for a machine that reads an environment for the first time: an older version is read, but not what somebody has
    /// signed who has left.
    ///
    /// # Errors
    /// There is a version in which whoever signed this one has left.
    pub(super) fn refuse_signed_by_gone(&self, meeting: Meeting<'_>) -> Result<(), Trouble> {
        let is_signer = |gone: &[&Name], _: &Successor, _: &Policy| {
            gone.iter().any(|name| meeting.signer == Some(name))
        };
        let Some((gone, successor)) = self.superseded(meeting, is_signer)? else {
            return Ok(());
        };
        let name = meeting.environment.name();
        Err(superseded(meeting, &gone, &successor).hint(format!(
            "if it was never meant that they go: vault trust {name} goes by what is here"
        )))
    }

    /// The newest version in history that is a reason not to use this one, with those who are gone in it.
    fn superseded<'m>(
        &self,
        meeting: Meeting<'m>,
        is_reason: impl Fn(&[&Name], &Successor, &Policy) -> bool,
    ) -> Result<Option<(Vec<&'m Name>, Successor)>, Trouble> {
        let Some(log) = meeting.log else {
            return Ok(None);
        };
        for successor in self.successors(meeting.environment, log)? {
            let gone = gone(log.policy(), &successor.log);
            if is_reason(&gone, &successor, log.policy())
                && !self.is_preferred(meeting, &successor.log)?
            {
                return Ok(Some((gone, successor)));
            }
        }
        Ok(None)
    }

    /// The versions of the same log that have entries which this one lacks, the newest first.
    fn successors(&self, environment: &Environment, log: &Log) -> Result<Vec<Successor>, Trouble> {
        let lineal = [Lineal::of(environment, Some(log))];
        let (Some(repo), Some(lineage)) = (self.repo()?, self.lineage(Reach::Head, &lineal)?)
        else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for step in lineage.steps {
            let Some(blob) = step.blob else { continue };
            let other = signed_log(&repo.version(blob)?);
            found.extend(
                other
                    .filter(|other| succeeds(other, log))
                    .map(|log| Successor {
                        commit: step.commit,
                        log,
                    }),
            );
        }
        Ok(found)
    }
}

/// The log of a version that it vouches for itself.
fn signed_log(bytes: &[u8]) -> Option<Log> {
    let sealed = Sealed::parse(bytes).ok()?;
    let policy = sealed.block()?.log().policy().clone();
    let expected = Expected {
        repository: policy.repository(),
        environment: policy.environment(),
        signed: true,
    };
    sealed.verify(&expected).ok()?.log().cloned()
}

/// Whether a log begins as another one, and has an entry at its end that the other lacks.
fn succeeds(log: &Log, other: &Log) -> bool {
    let origin = |log: &Log| log.entries().first().map(|entry| *entry.digest());
    origin(log) == origin(other) && !other.holds(log.policy().digest())
}

/// Whose keys a policy has that were taken out by the end of a log.
fn gone<'p>(policy: &'p Policy, log: &Log) -> Vec<&'p Name> {
    let has = |policy: &Policy, member: &Member| {
        let mut members = policy.members();
        members.any(|(_, other)| other.reads() == member.reads())
    };
    let is_gone = |member: &Member| {
        log.states().iter().any(|state| has(state, member)) && !has(log.policy(), member)
    };
    let members = policy.members();
    members
        .filter_map(|(name, member)| is_gone(member).then_some(name))
        .collect()
}

fn superseded(meeting: Meeting<'_>, gone: &[&Name], successor: &Successor) -> Trouble {
    let (environment, policy) = (meeting.environment, successor.log.policy());
    let (name, commit) = (environment.name(), &successor.commit);
    let is_listed = |name: &&Name| policy.member(name).is_some();
    let (changed, left): (Vec<&Name>, Vec<&Name>) = gone.iter().copied().partition(is_listed);
    let words = |who: Vec<&Name>, what: &str| {
        let has = if who.len() == 1 { "has" } else { "have" };
        (!who.is_empty()).then(|| format!("{} {has} {what}", listed(who)))
    };
    let who: Vec<String> = [words(left, "left"), words(changed, "another key")]
        .into_iter()
        .flatten()
        .collect();
    let text = format!(
        "{name} is an older version here than in commit {commit}: {} since",
        who.join(", ")
    );
    let trouble = Trouble::untrusted(text);
    let signer = meeting.signer.filter(|signer| gone.contains(signer));
    let trouble = signer.into_iter().fold(trouble, |trouble, signer| {
        trouble.detail(format!(
            "{signer} signed what is here: nothing tells whether that was before, and whoever signs it again vouches for it"
        ))
    });
    let file = shell_words::quote(environment.file().as_str());
    let back = trouble.hint(format!(
        "git checkout {commit} -- {file} brings the newer version back"
    ));
    let listed_again: Vec<&Name> = gone
        .iter()
        .copied()
        .filter(|name| environment.readers().get(*name) != policy.member(name))
        .filter(|name| environment.readers().contains_key(*name))
        .collect();
    match listed_again.is_empty() {
        true => back,
        false => back.hint(format!(
            ".vault.yaml has {} as before: git log -p .vault.yaml shows who changed it; git checkout {commit} -- .vault.yaml takes that back",
            listed(listed_again)
        )),
    }
}
