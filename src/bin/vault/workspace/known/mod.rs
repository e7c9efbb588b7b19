//! Step 5 of acceptance: whether a file follows from what this machine accepted before, or from what `VAULT_TRUST` names.

mod judging;
mod memory;
mod merged;
mod older;
mod pending;
mod preferred;
mod stranger;
mod telling;
mod way_back;

use vault::{
    config::Environment,
    known::{Pin, Verdict},
    members::{Log, Policy},
    sealed::Verified,
    value::Name,
};

use judging::{Source, TRUST};
pub(super) use memory::SaveFailure;
pub(super) use merged::Onward;
pub(super) use stranger::Logs;

use super::{
    Trouble, Workspace,
    accept::Purpose,
    succession::{Look, Seen},
};
use crate::{failure::Failure, terminal::Terminal};
use older::Gone;

/// A file as it meets what is known of its environment.
#[derive(Clone, Copy)]
pub(crate) struct Meeting<'m> {
    pub(crate) environment: &'m Environment,
    /// Its log, where it is signed.
    pub(crate) log: Option<&'m Log>,
    /// Who signed it.
    pub(crate) signer: Option<&'m Name>,
    /// The file itself, where it is at hand.
    pub(crate) file: Option<&'m Verified>,
}

impl<'m> Meeting<'m> {
    /// A file that passed the steps before.
    pub(crate) fn of(environment: &'m Environment, verified: &'m Verified) -> Self {
        Meeting {
            environment,
            log: verified.log(),
            signer: verified.signer(),
            file: Some(verified),
        }
    }

    /// What another log would be in its place.
    pub(super) fn with_log(self, log: &'m Log) -> Self {
        Meeting {
            log: Some(log),
            signer: None,
            file: None,
            ..self
        }
    }
}

impl Workspace<'_> {
    /// Accepts a file by what is known, tells what is new, and remembers it.
    ///
    /// # Errors
    /// A break; a write to an older version that somebody reads who has left since.
    pub(crate) fn acquaint(&self, meeting: Meeting<'_>, purpose: Purpose) -> Result<(), Trouble> {
        if purpose == Purpose::Looking {
            return self.refuse_break(meeting);
        }
        let (verdict, source) = self.judge(meeting)?;
        let is_met = match verdict {
            Verdict::First => self.meet_first(meeting, purpose, &source)?,
            verdict => self.meet_again(meeting, purpose, verdict, &source)?,
        };
        match &source {
            Source::Memory(Some(files)) if is_met => self.note_pending(files),
            Source::Memory(_) | Source::Named(_) => Ok(()),
        }
    }

    /// The same for an earlier version that is to be gone on with. A first use of it is told, and remembered only once a file is written
    /// that does: the one that is there is another.
    ///
    /// # Errors
    /// As `acquaint`, for a write.
    pub(crate) fn meet_earlier(&self, meeting: Meeting<'_>) -> Result<(), Trouble> {
        let (verdict, source) = self.judge(meeting)?;
        if verdict != Verdict::First {
            return self.acquaint(meeting, Purpose::Writing);
        }
        self.refuse_superseded(meeting)?;
        self.tell_first(meeting, &source);
        if let Source::Memory(Some(files)) = &source
            && self.is_apart(files, meeting)?
        {
            let name = meeting.environment.name().clone();
            self.apart.borrow_mut().insert(name);
        }
        Ok(())
    }

    /// Where a machine remembers nothing, git's history may; returns whether there is something to remember.
    fn meet_first(
        &self,
        meeting: Meeting<'_>,
        purpose: Purpose,
        source: &Source,
    ) -> Result<bool, Trouble> {
        let Some(look) = self.look_at_history(meeting, purpose)? else {
            return Ok(false);
        };
        self.refuse_unsigned_twin(meeting, source)?;
        if !self.refuse_stripped(meeting, purpose)? {
            return Ok(false);
        }
        self.tell_first(meeting, source);
        if let Source::Memory(files) = source {
            let is_apart = files.as_ref().map(|files| self.is_apart(files, meeting));
            let (name, is_apart) = (meeting.environment.name(), is_apart.transpose()?);
            let kept = self.note(files.as_ref(), |known| {
                let is_news = known.accept(name, meeting.log);
                let is_apart = is_apart == Some(true) && known.set_apart(name);
                look.note(known, meeting) || is_news || is_apart
            });
            self.tell_unkept(kept);
        }
        Ok(true)
    }

    /// The same for an environment that is known: whoever only reads looks at no history, and the others only at what is new of it.
    fn meet_again(
        &self,
        meeting: Meeting<'_>,
        purpose: Purpose,
        verdict: Verdict,
        source: &Source,
    ) -> Result<bool, Trouble> {
        if matches!(verdict, Verdict::Newer(_)) {
            return self.meet_newer(meeting, purpose, verdict, source);
        }
        let is_told = matches!(&verdict, Verdict::Older { left, changed, .. } if !left.is_empty() || !changed.is_empty());
        self.settle(meeting, purpose, verdict, source)?;
        let look = match purpose {
            Purpose::Checking if is_told => None,
            Purpose::Checking | Purpose::Writing => self.look_at_history(meeting, purpose)?,
            Purpose::Reading | Purpose::Looking => None,
        };
        self.note_look(meeting, look, source);
        Ok(true)
    }

    /// The same for new entries of the log, whatever for: they may go on from a state before somebody left, whom this machine has not
    /// seen leave. They are known from then on only if history has nothing against them.
    fn meet_newer(
        &self,
        meeting: Meeting<'_>,
        purpose: Purpose,
        verdict: Verdict,
        source: &Source,
    ) -> Result<bool, Trouble> {
        let Some(look) = self.look_at_history(meeting, purpose)? else {
            return Ok(false);
        };
        self.settle(meeting, purpose, verdict, source)?;
        self.note_look(meeting, Some(look), source);
        Ok(true)
    }

    fn note_look(&self, meeting: Meeting<'_>, look: Option<Look>, source: &Source) {
        if let (Source::Memory(files), Some(look)) = (source, look.filter(Look::is_news)) {
            let _ = self.note(files.as_ref(), |known| look.note(known, meeting));
        }
    }

    /// Refuses what history speaks against; `None` where it is read all the same, as is said then.
    fn look_at_history(
        &self,
        meeting: Meeting<'_>,
        purpose: Purpose,
    ) -> Result<Option<Look>, Trouble> {
        if purpose == Purpose::Writing {
            return self.refuse_superseded(meeting).map(Some);
        }
        Ok(match self.reading(meeting)? {
            Seen::Older(line) => {
                self.terminal().say(line);
                None
            }
            Seen::Newest(look) => Some(look),
        })
    }

    fn settle(
        &self,
        meeting: Meeting<'_>,
        purpose: Purpose,
        verdict: Verdict,
        source: &Source,
    ) -> Result<(), Trouble> {
        match verdict {
            Verdict::First | Verdict::Same => return Ok(()),
            Verdict::Newer(entries) => self.tell_newer(meeting, &entries),
            Verdict::Older {
                left,
                changed,
                silenced,
            } => {
                let gone = Gone {
                    left,
                    changed,
                    silenced,
                };
                return self.accept_older(meeting, &gone, purpose);
            }
            Verdict::Break(kind) => {
                let trouble = self.broken(meeting, kind, source);
                return self.settle_break(meeting, trouble, purpose, source);
            }
        }
        if let Source::Memory(files) = source {
            let name = meeting.environment.name();
            let kept = self.note(files.as_ref(), |known| known.accept(name, meeting.log));
            self.tell_unkept(kept);
        }
        Ok(())
    }

    /// Refuses what does not follow from what is known, and tells or remembers nothing.
    ///
    /// # Errors
    /// A break.
    pub(crate) fn refuse_break(&self, meeting: Meeting<'_>) -> Result<(), Trouble> {
        match self.judge(meeting)? {
            (Verdict::Break(kind), source) => Err(self.broken(meeting, kind, &source)),
            _ => Ok(()),
        }
    }

    /// Whether a file does not follow from what this machine has used, so that `vault trust` would have to accept it.
    pub(super) fn breaks(&self, meeting: Meeting<'_>) -> bool {
        matches!(
            self.judge(meeting),
            Ok((Verdict::Break(_), Source::Memory(_)))
        )
    }

    /// Refuses to make the file of an environment that this machine has seen.
    pub(super) fn refuse_known(&self, environment: &Environment) -> Result<(), Trouble> {
        let Source::Memory(Some(files)) = self.source()? else {
            return Ok(());
        };
        let known = self.known(&files)?;
        let name = environment.name();
        match known.state(name) {
            None => Ok(()),
            Some(_) => {
                let trouble = Trouble::untrusted(format!(
                    "{name} has no file here, but had one when it was last used on this machine"
                ));
                let trouble = self.with_way_back(environment, trouble);
                Err(trouble.hint(format!("vault env remove {name} ends the environment")))
            }
        }
    }

    /// Whether what is here was accepted before, just so, and nothing is left to be said of it.
    pub(crate) fn is_known(&self, meeting: Meeting<'_>) -> Result<bool, Trouble> {
        let (verdict, source) = self.judge(meeting)?;
        let is_apart = match &source {
            Source::Memory(Some(files)) => self.known(files)?.is_apart(meeting.environment.name()),
            Source::Memory(None) | Source::Named(_) => false,
        };
        let is_quiet = !is_apart && self.taken_back(meeting)?.is_empty();
        Ok(verdict == Verdict::Same && is_quiet && self.refuse_superseded(meeting).is_ok())
    }

    fn terminal(&self) -> Terminal {
        self.context().terminal()
    }
}

/// A policy as `VAULT_TRUST` names it.
pub(crate) fn pin(policy: &Policy) -> Pin {
    Pin {
        repository: policy.repository().to_owned(),
        environment: policy.environment().clone(),
        digest: *policy.digest(),
    }
}

fn unusable(error: &vault::vault::KnownError) -> Trouble {
    let failure = Failure::because(error).hint(
        "the file is what this machine remembers of the vault; without it every environment is a first use again",
    );
    failure.into()
}
