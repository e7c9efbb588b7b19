//! Whether git's history has a newer version of a file, in which somebody has left: what is older is not signed again.

use std::path::{Path, PathBuf};

use vault::{
    config::Environment,
    known::{Here, Known},
    members::{Log, Relation},
    sealed::Sealed,
};

use super::{
    Meeting, Trouble, Workspace,
    birth::mentions_block,
    config_of,
    departed::Departed,
    known::Logs,
    signatures::Entered,
    superseded::{older, with_trust},
    vouched,
    way_back::Earlier,
};
use crate::{
    failure::Failure,
    repo::{Reach, Repo, Spot},
};

/// What became of somebody whose signatures no longer count.
pub(super) const SILENCED: &str = "lost the right to sign with that key";

/// A version in history that a file does not go on from.
pub(super) struct Successor {
    pub(super) at: Earlier,
    pub(super) log: Log,
}

/// What history has of a file that this one does not go on from.
#[derive(Default)]
struct Past {
    successors: Vec<Successor>,
    /// The newest version that nobody can look at.
    altered: Option<Altered>,
}

/// A version that git's attributes have altered, so that it cannot be read: somebody may have left in it.
struct Altered {
    commit: String,
    path: PathBuf,
    word: String,
}

impl Altered {
    /// A version, if it is such a one.
    fn of(repo: &Repo, spot: &Spot) -> Result<Option<Self>, Failure> {
        if !spot.may_be_altered || !spot.has_map {
            return Ok(None);
        }
        let bytes = repo.version(spot.blob)?;
        let found = repo.alteration_of(spot, &bytes)?;
        let is_read = match spot.path == spot.map {
            true => config_of(&bytes).is_some(),
            false => vouched(bytes).is_some(),
        };
        Ok(found.filter(|_| !is_read).map(|found| Altered {
            commit: spot.commit.clone(),
            path: spot.path.clone(),
            word: found.word,
        }))
    }

    fn line(&self, meeting: Meeting<'_>) -> String {
        format!(
            "{}: there is history that cannot be looked at: in commit {}, git's attributes have altered {} ({})",
            meeting.environment.name(),
            self.commit,
            self.path.display(),
            self.word
        )
    }
}

/// A look at history that found nothing which speaks against a file.
pub(crate) struct Look {
    /// The commit up to which it need not be looked at again; `None` where that is no news, or history is cut off: there may be more
    /// of it one day.
    at: Option<String>,
}

/// What history says of a file that is read.
pub(super) enum Seen {
    /// It is an older version, as this line tells.
    Older(String),
    /// It is the newest one.
    Newest(Look),
}

impl Look {
    const NOTHING_NEW: Look = Look { at: None };

    /// Whether there is something to remember.
    pub(super) fn is_news(&self) -> bool {
        self.at.is_some()
    }

    /// Remembers it; returns whether that is news.
    pub(super) fn note(&self, known: &mut Known, meeting: Meeting<'_>) -> bool {
        let (Some(at), Some(log)) = (&self.at, meeting.log) else {
            return false;
        };
        known.look(meeting.environment.name(), log.policy().digest(), at)
    }
}

impl Workspace<'_> {
    /// Refuses to write to a file where the history of HEAD, or of what is being merged into it, has a version, of the same log, in which
    /// somebody has left, or lost the right to write, who could read this one, has signed it, or has brought in whoever did, on a branch
    /// of the log beside that version. What this machine has looked through before is not looked at again.
    ///
    /// On a machine that has not seen them leave nothing else tells that what is here was put back by somebody who has left: whoever
    /// signs it again would vouch for it, and what is written would go to them.
    ///
    /// # Errors
    /// There is such a version, and nobody has said here that the older one counts.
    pub(crate) fn refuse_superseded(&self, meeting: Meeting<'_>) -> Result<Look, Trouble> {
        let (past, look) = self.unseen(meeting)?;
        self.refuse_successors(meeting, &past.successors)?;
        match &past.altered {
            Some(altered) => Err(not_looked_at(meeting, altered)),
            None => Ok(look),
        }
    }

    /// The same for the whole history of something else.
    ///
    /// # Errors
    /// As `refuse_superseded`.
    pub(crate) fn refuse_superseded_in(
        &self,
        reach: Reach<'_>,
        meeting: Meeting<'_>,
    ) -> Result<(), Trouble> {
        let past = self.past(reach, meeting)?;
        self.refuse_successors(meeting, &past.successors)
    }

    fn refuse_successors(
        &self,
        meeting: Meeting<'_>,
        successors: &[Successor],
    ) -> Result<(), Trouble> {
        match self.first(meeting, successors, is_older)? {
            Some((gone, successor)) => Err(self.superseded(meeting, &gone, successor)),
            None => Ok(()),
        }
    }

    /// The same for who reads an environment for the first time, or checks it: an older version is read, but not what somebody has
    /// signed who has left. An older version is nothing to remember, since whoever has left would be taken for a member from then on.
    ///
    /// # Errors
    /// There is a version in which whoever signed this one has left.
    pub(super) fn reading(&self, meeting: Meeting<'_>) -> Result<Seen, Trouble> {
        let (past, look) = self.unseen(meeting)?;
        let successors = past.successors;
        let is_made_by_gone = |gone: &Departed<'_>| gone.may_have_made(meeting.signer);
        if let Some((gone, successor)) = self.first(meeting, &successors, is_made_by_gone)? {
            let trouble = self.superseded(meeting, &gone, successor);
            return Err(with_trust(trouble, meeting));
        }
        let found = self.first(meeting, &successors, is_older)?;
        Ok(match (found, past.altered) {
            (Some((gone, successor)), _) => Seen::Older(older(meeting, &gone, successor)),
            (None, Some(altered)) => Seen::Older(altered.line(meeting)),
            (None, None) => Seen::Newest(look),
        })
    }

    /// What history has that was not looked at yet, and up to where it is looked at then.
    fn unseen(&self, meeting: Meeting<'_>) -> Result<(Past, Look), Trouble> {
        let nothing = || Ok((Past::default(), Look::NOTHING_NEW));
        let (Some(_), Some(repo)) = (meeting.log, self.repo()?) else {
            return nothing();
        };
        let (head, looked) = (repo.head_id()?, self.looked(meeting)?);
        if (head.is_none() || head == looked) && !repo.is_merging() {
            return nothing();
        }
        let looked = looked.filter(|commit| repo.has_commit(commit));
        let past = self.past(Reach::Unseen(looked.as_deref()), meeting)?;
        let is_whole = !repo.is_shallow() && !repo.is_partial() && past.altered.is_none();
        let is_settled = is_whole && self.is_settled(meeting, &past.successors)?;
        let at = head.filter(|_| is_settled);
        Ok((past, Look { at }))
    }

    /// What there is of history counts as looked at: somebody says that this is the version to go on with.
    pub(super) fn look_so_far(&self) -> Result<Look, Trouble> {
        let at = self.repo()?.map(Repo::head_id).transpose()?.flatten();
        Ok(Look { at })
    }

    /// Refuses to begin a log where the history of HEAD has one that nothing of the config goes on with: a file that never was signed
    /// may be that one, without its signature and under another name.
    ///
    /// # Errors
    /// There is such a log.
    pub(super) fn refuse_beside_lost(&self, environment: &Environment) -> Result<(), Trouble> {
        let logs = self.logs();
        let lost = self.in_history_of_all(Reach::Head, environment, |repo, spot| {
            let bytes = repo.version(spot.blob)?;
            let version = mentions_block(&bytes).then(|| vouched(bytes)).flatten();
            let log = version.and_then(|version| version.log().cloned());
            let log = log.filter(|log| self.is_lost(log, &logs));
            Ok(log.map(|log| (log, spot.commit.clone())))
        })?;
        match lost {
            Some((lost, commit)) => {
                let trouble = beside_lost(environment, &lost, &commit);
                Err(trouble.hint(self.way_to_sign(environment)))
            }
            None => Ok(()),
        }
    }

    /// Whether it is of this repository, and no environment has its name or goes on with it.
    pub(super) fn is_lost(&self, log: &Log, logs: &Logs) -> bool {
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
        is_reason: impl Fn(&Departed<'m>) -> bool,
    ) -> Result<Option<(Departed<'m>, &'s Successor)>, Trouble> {
        let Some(log) = meeting.log else {
            return Ok(None);
        };
        for successor in successors {
            let gone = Departed::of(log, meeting.signer, &successor.log);
            if is_reason(&gone) && !self.is_preferred(meeting, &successor.log)? {
                return Ok(Some((gone, successor)));
            }
        }
        Ok(None)
    }

    /// The versions of the same log that have entries which this one lacks, the newest first; also under another name. And whether there
    /// is one that nobody can look at.
    fn past(&self, reach: Reach<'_>, meeting: Meeting<'_>) -> Result<Past, Trouble> {
        let mut found = Past::default();
        let Some((log, entered)) = meeting.log.zip(meeting.log.and_then(Entered::of)) else {
            return Ok(found);
        };
        let looked = self.in_history_of_all(reach, meeting.environment, |repo, spot| {
            let successor = match self.may_go_beyond(repo, spot.blob, &entered)? {
                true => successor(repo.version(spot.blob)?, log),
                false => None,
            };
            if found.altered.is_none() && self.may_be_of(meeting, spot) {
                found.altered = Altered::of(repo, spot)?;
            }
            found.successors.extend(successor.map(|log| Successor {
                at: Earlier::at(spot),
                log,
            }));
            Ok(None::<()>)
        });
        match looked {
            // As where history is cut off: what is not here tells nothing.
            Err(_) if self.repo()?.is_some_and(Repo::is_partial) => Ok(found),
            looked => looked.map(|_| found),
        }
    }

    /// Whether a version may be one of this environment: not where another one of today has its file.
    fn may_be_of(&self, meeting: Meeting<'_>, spot: &Spot) -> bool {
        let folder = spot.map.parent().unwrap_or(Path::new(""));
        let file = spot.path.strip_prefix(folder).unwrap_or(&spot.path);
        let others = self.config().environments();
        let mut others = others.filter(|it| it.name() != meeting.environment.name());
        !others.any(|other| Path::new(other.file().as_str()) == file)
    }

    /// Refuses a file whose members are those of an older version, where somebody who could read that has left, or has another key since.
    pub(super) fn refuse_left(&self, meeting: Meeting<'_>) -> Result<(), Trouble> {
        let past = self.past(Reach::Head, meeting)?;
        let could_read = |gone: &Departed<'_>| {
            let mut names = gone.names().into_iter();
            names.any(|name| !gone.has_only_signed(name))
        };
        match self.first(meeting, &past.successors, could_read)? {
            Some((gone, successor)) => Err(self.superseded(meeting, &gone, successor)),
            None => Ok(()),
        }
    }

    /// Whether a log is none of those that the environments of the config have.
    pub(super) fn is_nobodys(&self, log: &Log) -> bool {
        let logs = self.logs();
        let goes_on = |(_, other): &Here<'_>| log.relation_to(other) != Relation::Apart;
        !logs.here().iter().any(goes_on)
    }

    /// Whether none of these versions could ever speak against one of this policy, whoever signs it.
    fn is_settled(&self, meeting: Meeting<'_>, successors: &[Successor]) -> Result<bool, Trouble> {
        let Some(log) = meeting.log else {
            return Ok(true);
        };
        for successor in successors {
            let signers = log.policy().writers().map(|(name, _)| name);
            let gone = Departed::of(log, signers, &successor.log);
            if !gone.is_nobody() && !self.is_preferred(meeting, &successor.log)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn not_looked_at(meeting: Meeting<'_>, altered: &Altered) -> Trouble {
    let name = meeting.environment.name();
    Trouble::untrusted(altered.line(meeting))
        .hint("git log -p -- ':/*.gitattributes' shows who did that")
        .hint(format!(
            "if nobody has left there: vault trust {name} goes by what is here"
        ))
}

fn is_older(gone: &Departed<'_>) -> bool {
    !gone.is_nobody()
}

/// The log of a version that goes beyond another one, where the version vouches for it.
fn successor(bytes: Vec<u8>, log: &Log) -> Option<Log> {
    let sealed = Sealed::from_vec(bytes).ok()?;
    let goes_beyond = succeeds(sealed.block()?.log(), log);
    let version = goes_beyond.then(|| sealed.vouched().ok())??;
    version.log().cloned()
}

/// Whether a log begins as another one, and has an entry at its end that the other lacks.
fn succeeds(log: &Log, other: &Log) -> bool {
    let origin = |log: &Log| log.entries().first().map(|entry| *entry.digest());
    origin(log) == origin(other) && !other.holds(log.policy().digest())
}

fn beside_lost(environment: &Environment, lost: &Log, commit: &str) -> Trouble {
    let (name, lost) = (environment.name(), lost.policy().environment());
    let text = format!(
        "{name} never was signed, and {lost}, which was in commit {commit}, is gone: it may be that one without its signature"
    );
    Trouble::untrusted(text).hint("git log -p .vault.yaml shows who changed it")
}
