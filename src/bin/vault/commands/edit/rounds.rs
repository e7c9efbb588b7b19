//! The editor opens, ends, and what lies there is looked at: until it can be written, or the person gives up.

use vault::{
    secret::{ExposeSecret, SecretString},
    typed::Problem,
    value::EnvName,
};

use super::{
    attempt::Attempt,
    rescued::Resumed,
    sitting::{Choice, Edited, Sitting},
    target::{Base, Target},
};
use crate::{
    editor::Session,
    failure::{Exit, Failure},
    workspace::KeyChange,
};

/// What an edit works with.
pub(super) struct Rounds<'c> {
    pub(super) sitting: Sitting<'c>,
    pub(super) name: EnvName,
    pub(super) target: Target,
    /// `--allow-empty`.
    pub(super) is_empty_meant: bool,
    pub(super) resumed: Option<Resumed>,
}

/// How an edit ended.
enum Outcome {
    /// What was typed is in the file.
    Written(Vec<KeyChange>),
    /// Nothing was to be written.
    Nothing,
    /// The person wants nothing of it any more.
    GivenUp,
}

impl Rounds<'_> {
    /// Edits until there is an outcome; whatever it is, the desk is wiped, and what was typed is in the file or kept.
    pub(super) fn go(&self, mut session: Session<'_>, base: Base) -> Result<Exit, Failure> {
        let desk = session.desk();
        let outcome = self.rounds(&mut session, base);
        let ended = match outcome {
            Ok(outcome) => {
                let foreign = session.discard()?;
                self.sitting.tell_foreign(&foreign);
                self.told(outcome)
            }
            Err(failure) => Err(self.kept(session, failure)),
        };
        self.sitting.tell_traces(&desk);
        ended
    }

    fn told(&self, outcome: Outcome) -> Result<Exit, Failure> {
        let terminal = self.sitting.context.terminal();
        match outcome {
            Outcome::Written(changes) => {
                if let Some(resumed) = &self.resumed {
                    resumed.done()?;
                }
                match changes.is_empty() {
                    true => terminal.say("no value changed; comments or their order did"),
                    false => changes.iter().for_each(|change| terminal.say(change)),
                }
                Ok(Exit::Done)
            }
            Outcome::Nothing => {
                if let Some(resumed) = &self.resumed {
                    resumed.done()?;
                }
                terminal.say("nothing changed");
                Ok(Exit::Done)
            }
            Outcome::GivenUp => {
                let failure = Failure::new("given up; nothing is written");
                Err(match &self.resumed {
                    None => failure,
                    Some(resumed) => failure.hint(format!(
                        "what was kept before still is; vault edit --discard-rescue {} throws it away",
                        resumed.id()
                    )),
                })
            }
        }
    }

    /// Adds to a failure where what was typed is.
    fn kept(&self, session: Session<'_>, failure: Failure) -> Failure {
        let name = &self.name;
        match session.keep() {
            Ok(concluded) => {
                self.sitting.tell_foreign(&concluded.foreign);
                let kept = concluded.kept.map(|kept| kept.id);
                let before = || self.resumed.as_ref().map(Resumed::id);
                match kept.or_else(before) {
                    None => failure,
                    Some(id) => failure
                        .detail(format!(
                            "what you typed is kept, encrypted to your key: {id}"
                        ))
                        .hint(format!("vault edit {name} --resume goes on with it")),
                }
            }
            Err(other) => {
                let failure = failure.detail(other.error().unwrap_or_default());
                other.hints().iter().fold(failure, Failure::hint)
            }
        }
    }

    fn rounds(&self, session: &mut Session<'_>, mut base: Base) -> Result<Outcome, Failure> {
        loop {
            let buffer = match self.sitting.edited(session)? {
                Edited::Text(buffer) => buffer,
                Edited::Failed(how) => match self.sitting.ask()? {
                    Choice::Again => continue,
                    Choice::Never => return Ok(Outcome::GivenUp),
                    Choice::Later => return Err(self.sitting.failed(&how)),
                },
            };
            let attempt = match self.typed(&base, &buffer)? {
                Ok(None) => return Ok(Outcome::Nothing),
                Ok(Some(text)) => self.attempt(session, &base, &text)?,
                Err(problem) => Attempt::Wrong(vec![problem], None),
            };
            let (next, moved) = match attempt {
                Attempt::Written(changes) => return Ok(Outcome::Written(changes)),
                Attempt::Nothing => return Ok(Outcome::Nothing),
                Attempt::Wrong(problems, moved) => {
                    let buffer = moved.as_ref().map_or(&buffer, |moved| &moved.buffer);
                    let next = self.target.with_problems(buffer, &problems);
                    if !self.sitting.goes_on(&problems)? {
                        return Ok(Outcome::GivenUp);
                    }
                    (next, moved)
                }
                Attempt::Conflict(conflicts, moved) => {
                    if !self.decides(&conflicts)? {
                        return Ok(Outcome::GivenUp);
                    }
                    (moved.buffer.clone(), Some(moved))
                }
            };
            session.put(&next)?;
            if let Some(moved) = moved {
                session.rebase(&moved.subject, &moved.base)?;
                base = moved.base;
            }
        }
    }

    /// What was typed; nothing if it is what the edit began with, and a problem if it is no text.
    fn typed(
        &self,
        base: &Base,
        buffer: &[u8],
    ) -> Result<Result<Option<SecretString>, Problem>, Failure> {
        let typed = match self.target.read(base, buffer) {
            Ok(typed) => typed,
            Err(problem) => return Ok(Err(problem)),
        };
        let terminal = self.sitting.context.terminal();
        if typed.had_bom {
            terminal.warn("the editor put a byte-order mark in front; it is left out");
        }
        if typed.had_crlf {
            terminal.warn("the editor ended lines with CR LF; they end as they did before");
        }
        let is_same = |base: &SecretString| base.expose_secret() == typed.text.expose_secret();
        if base.as_ref().is_some_and(is_same) {
            return Ok(Ok(None));
        }
        if typed.is_empty() && !self.is_empty_meant {
            return Err(Failure::new("the text is empty; nothing is written")
                .hint("--allow-empty says that it is meant"));
        }
        Ok(Ok(Some(typed.text)))
    }

    /// Whether the person decides between two values.
    fn decides(&self, conflicts: &[String]) -> Result<bool, Failure> {
        let text = "somebody else has changed the same meanwhile";
        let terminal = self.sitting.context.terminal();
        if terminal.can_ask() {
            terminal.warn(format!("{text}; the editor shows both values:"));
            conflicts
                .iter()
                .for_each(|conflict| terminal.detail(conflict));
        }
        match self.sitting.ask()? {
            Choice::Again => Ok(true),
            Choice::Never => Ok(false),
            Choice::Later => Err(conflicts.iter().fold(
                Failure::new(format!("{text}; nothing is written")).exit(Exit::No),
                |failure, conflict| failure.detail(conflict),
            )),
        }
    }
}
