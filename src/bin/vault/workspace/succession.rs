//! Whether git's history has a newer version of a file, in which somebody has left: what is older is not signed again.

use vault::{
    config::Environment,
    keys::Member,
    known::Here,
    members::{Log, Policy, Relation},
    sealed::{Expected, Sealed},
    value::Name,
    vault::CONFIG,
};

use super::{
    Lineal, Meeting, Trouble, Workspace, birth::mentions_block, entries::listed, known::Logs,
};
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
        self.refuse_superseded_in(Reach::Head, meeting)
    }

    /// The same for the history of something else.
    ///
    /// # Errors
    /// As `refuse_superseded`.
    pub(crate) fn refuse_superseded_in(
        &self,
        reach: Reach<'_>,
        meeting: Meeting<'_>,
    ) -> Result<(), Trouble> {
        let successors = self.successors(reach, meeting)?;
        match self.first(meeting, &successors, is_older)? {
            Some((gone, successor)) => Err(superseded(meeting, &gone, successor)),
            None => Ok(()),
        }
    }

    /// The same for a machine that reads an environment for the first time: an older version is read, but not what somebody has
    /// signed who has left. Returns what there is to say of an older version: that is nothing to remember, since whoever has left
    /// would be taken for a member from then on.
    ///
    /// # Errors
    /// There is a version in which whoever signed this one has left.
    pub(super) fn first_reading(&self, meeting: Meeting<'_>) -> Result<Option<String>, Trouble> {
        let successors = self.successors(Reach::Head, meeting)?;
        if let Some((gone, successor)) = self.first(meeting, &successors, is_signed_by_gone)? {
            let name = meeting.environment.name();
            return Err(superseded(meeting, &gone, successor).hint(format!(
                "if it was never meant that they go: vault trust {name} goes by what is here"
            )));
        }
        let found = self.first(meeting, &successors, is_older)?;
        Ok(found.map(|(gone, successor)| older(meeting, &gone, successor)))
    }

    /// Refuses to begin a log where the history of HEAD has one that nothing of the config goes on with: a file that never was signed
    /// may be that one, without its signature and under another name.
    ///
    /// # Errors
    /// There is such a log.
    pub(super) fn refuse_beside_lost(&self, environment: &Environment) -> Result<(), Trouble> {
        let own = Lineal::of(environment, None);
        let (Some(repo), Some(lineage)) = (self.repo()?, self.lineage_of_all(Reach::Head, &own)?)
        else {
            return Ok(());
        };
        let logs = self.logs();
        for step in lineage.steps {
            let Some(blob) = step.blob else { continue };
            let bytes = repo.version(blob)?;
            let log = mentions_block(&bytes).then(|| signed_log(&bytes)).flatten();
            if let Some(lost) = log.filter(|log| self.is_lost(log, &logs)) {
                return Err(beside_lost(environment, &lost, &step.commit));
            }
        }
        Ok(())
    }

    /// Whether it is of this repository, and no environment has its name or goes on with it.
    fn is_lost(&self, log: &Log, logs: &Logs) -> bool {
        let policy = log.policy();
        let id = self.config().repository().map(|id| id.as_str());
        let goes_on = |(_, other): &Here<'_>| log.relation_to(other) != Relation::Apart;
        id == Some(policy.repository())
            && self.config().environment(policy.environment()).is_err()
            && !logs.here().iter().any(goes_on)
    }

    /// The first of these versions that is a reason not to use this one, with those who are gone in it.
    fn first<'m, 's>(
        &self,
        meeting: Meeting<'m>,
        successors: &'s [Successor],
        is_reason: impl Fn(Meeting<'_>, &[&Name], &Successor) -> bool,
    ) -> Result<Option<(Vec<&'m Name>, &'s Successor)>, Trouble> {
        let Some(log) = meeting.log else {
            return Ok(None);
        };
        for successor in successors {
            let gone = gone(log.policy(), &successor.log);
            if is_reason(meeting, &gone, successor)
                && !self.is_preferred(meeting, &successor.log)?
            {
                return Ok(Some((gone, successor)));
            }
        }
        Ok(None)
    }

    /// The versions of the same log that have entries which this one lacks, the newest first; also under another name.
    fn successors(
        &self,
        reach: Reach<'_>,
        meeting: Meeting<'_>,
    ) -> Result<Vec<Successor>, Trouble> {
        let Some(log) = meeting.log else {
            return Ok(Vec::new());
        };
        let own = Lineal::of(meeting.environment, Some(log));
        let (Some(repo), Some(lineage)) = (self.repo()?, self.lineage_of_all(reach, &own)?) else {
            return Ok(Vec::new());
        };
        let origin = log
            .entries()
            .first()
            .map(|entry| entry.signature().to_base64());
        let origin = origin.unwrap_or_default();
        let mut found = Vec::new();
        for step in lineage.steps {
            let Some(blob) = step.blob else { continue };
            let bytes = repo.version(blob)?;
            // A version has an entry if it has the text of its signature: others need not be read for that.
            if !String::from_utf8_lossy(&bytes).contains(&origin) {
                continue;
            }
            let other = signed_log(&bytes).filter(|other| succeeds(other, log));
            found.extend(other.map(|log| Successor {
                commit: step.commit,
                log,
            }));
        }
        Ok(found)
    }
}

/// Whether somebody is gone who could read this version, or who has signed it on another branch of the log.
fn is_older(meeting: Meeting<'_>, gone: &[&Name], successor: &Successor) -> bool {
    let policy = meeting.log.map(Log::policy);
    let is_before = policy.is_some_and(|policy| successor.log.holds(policy.digest()));
    let mut gone = gone.iter();
    gone.any(|name| is_before || meeting.signer == Some(name))
}

fn is_signed_by_gone(meeting: Meeting<'_>, gone: &[&Name], _: &Successor) -> bool {
    gone.iter().any(|name| meeting.signer == Some(name))
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

fn beside_lost(environment: &Environment, lost: &Log, commit: &str) -> Trouble {
    let (name, lost) = (environment.name(), lost.policy().environment());
    let text = format!(
        "{name} never was signed, and {lost}, which was in commit {commit}, is gone: it may be that one without its signature"
    );
    Trouble::untrusted(text)
        .hint("git log -p .vault.yaml shows who changed it")
        .hint(format!(
            "vault sign --accept-foreign {name} shows what is in it, and asks"
        ))
}

fn older(meeting: Meeting<'_>, gone: &[&Name], successor: &Successor) -> String {
    let (name, policy) = (meeting.environment.name(), successor.log.policy());
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
    format!(
        "{name} is an older version here than in commit {}: {} since",
        successor.commit,
        who.join(", ")
    )
}

fn superseded(meeting: Meeting<'_>, gone: &[&Name], successor: &Successor) -> Trouble {
    let (environment, policy) = (meeting.environment, successor.log.policy());
    let commit = &successor.commit;
    let trouble = Trouble::untrusted(older(meeting, gone, successor));
    let signer = meeting.signer.filter(|signer| gone.contains(signer));
    let trouble = signer.into_iter().fold(trouble, |trouble, signer| {
        trouble.detail(format!(
            "{signer} signed what is here: nothing tells whether that was before, and whoever signs it again vouches for it"
        ))
    });
    if policy.environment() != environment.name() {
        return trouble.hint(format!(
            "it is called {} in that commit: git show {commit}:{CONFIG} says where its file is; git checkout {commit} -- {CONFIG}, and with that file, brings both back",
            policy.environment()
        ));
    }
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
