//! The editor opens, ends, and what lies there is looked at: until it can be written, or the person gives up.

use std::time::Duration;

use vault::{
    secret::{ExposeSecret, SecretString},
    typed::Problem,
    value::EnvName,
};
use zeroize::Zeroizing;

use super::{
    attempt::Attempt,
    rescued::Resumed,
    target::{Base, Target},
};
use crate::{
    context::Context,
    editor::{Content, Program, Session, Traces},
    failure::{Exit, Failure},
    terminal::PromptError,
    workspace::KeyChange,
};

/// What ends so soon may have handed the file to another process.
const SOON: Duration = Duration::from_secs(1);

/// What an edit works with.
pub(super) struct Rounds<'c> {
    pub(super) context: &'c Context,
    pub(super) name: EnvName,
    pub(super) program: Program,
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

/// What a person wants when a text cannot be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Again,
    Later,
    Never,
}

impl Rounds<'_> {
    /// Edits until there is an outcome; whatever it is, the desk is wiped, and what was typed is in the file or kept.
    pub(super) fn go(&self, mut session: Session<'_>, base: Base) -> Result<Exit, Failure> {
        let terminal = self.context.terminal();
        let desk = session.desk();
        let outcome = self.rounds(&mut session, base);
        let ended = match outcome {
            Ok(outcome) => {
                let foreign = session.discard()?;
                self.tell_foreign(&foreign);
                self.told(outcome)
            }
            Err(failure) => Err(self.kept(session, failure)),
        };
        for trace in Traces::of(self.context, &desk) {
            terminal.warn(format!(
                "{} left {}, which may hold secrets in clear",
                self.program.name(),
                trace.display()
            ));
            terminal
                .hint("delete it, and see docs/editing.md for how to keep the editor from that");
        }
        ended
    }

    fn told(&self, outcome: Outcome) -> Result<Exit, Failure> {
        let terminal = self.context.terminal();
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

    fn tell_foreign(&self, foreign: &[String]) {
        if !foreign.is_empty() {
            self.context.terminal().warn(format!(
                "beside the text lay files that nobody expected, which are gone as well: {}",
                foreign.join(", ")
            ));
        }
    }

    /// Adds to a failure where what was typed is.
    fn kept(&self, session: Session<'_>, failure: Failure) -> Failure {
        let name = &self.name;
        match session.keep() {
            Ok(concluded) => {
                self.tell_foreign(&concluded.foreign);
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
            let buffer = match self.edited(session)? {
                Edited::Text(buffer) => buffer,
                Edited::Failed(how) => match self.ask()? {
                    Choice::Again => continue,
                    Choice::Never => return Ok(Outcome::GivenUp),
                    Choice::Later => return Err(self.failed(&how)),
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
                    if !self.goes_on(&problems)? {
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

    /// Has the person edit once.
    fn edited(&self, session: &mut Session<'_>) -> Result<Edited, Failure> {
        let ending = session.edit(&self.program)?;
        let buffer = self.buffer(session)?;
        let can_ask = self.context.terminal().can_ask();
        match ending.failure() {
            None if ending.took < SOON && session.is_as_put(&buffer) && can_ask => {
                self.wait()?;
                self.buffer(session).map(Edited::Text)
            }
            None => Ok(Edited::Text(buffer)),
            Some(how) if session.is_untouched(&buffer) => Err(self.failed(&how)),
            Some(how) => {
                if can_ask {
                    self.context.terminal().warn(format!(
                        "{} {how}, and the text was changed",
                        self.program.name()
                    ));
                }
                Ok(Edited::Failed(how))
            }
        }
    }

    /// The text of the editor as it lies there.
    fn buffer(&self, session: &Session<'_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match session.content()? {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Missing => Err(Failure::new(
                "the editor has deleted the text; nothing is written",
            )),
            Content::Other(what) => Err(Failure::new(format!(
                "the editor has put {what} in the place of the text; nothing is written"
            ))),
            Content::TooLarge => Err(Failure::new(
                "the text is larger than 64 MiB; nothing is written",
            )),
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
        let terminal = self.context.terminal();
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

    fn wait(&self) -> Result<(), Failure> {
        let question = format!(
            "{} returned at once; if it is still open (is --wait missing?), press Enter when you are done",
            self.program.name()
        );
        self.context.terminal().ask(&question)?;
        Ok(())
    }

    fn failed(&self, how: &str) -> Failure {
        Failure::new(format!("{} {how}; nothing is written", self.program.name()))
    }

    /// Whether the person edits a text again that cannot be written.
    fn goes_on(&self, problems: &[Problem]) -> Result<bool, Failure> {
        let terminal = self.context.terminal();
        if terminal.can_ask() {
            terminal.warn("the text cannot be written like this:");
            problems.iter().for_each(|problem| terminal.detail(problem));
        }
        match self.ask()? {
            Choice::Again => Ok(true),
            Choice::Never => Ok(false),
            Choice::Later => Err(refused(problems)),
        }
    }

    /// Whether the person decides between two values.
    fn decides(&self, conflicts: &[String]) -> Result<bool, Failure> {
        let text = "somebody else has changed the same meanwhile";
        let terminal = self.context.terminal();
        if terminal.can_ask() {
            terminal.warn(format!("{text}; the editor shows both values:"));
            conflicts
                .iter()
                .for_each(|conflict| terminal.detail(conflict));
        }
        match self.ask()? {
            Choice::Again => Ok(true),
            Choice::Never => Ok(false),
            Choice::Later => Err(conflicts.iter().fold(
                Failure::new(format!("{text}; nothing is written")).exit(Exit::No),
                |failure, conflict| failure.detail(conflict),
            )),
        }
    }

    /// What a person wants to be done with what they typed; where nobody can be asked it is kept.
    fn ask(&self) -> Result<Choice, Failure> {
        let terminal = self.context.terminal();
        if !terminal.can_ask() {
            return Ok(Choice::Later);
        }
        loop {
            let answer =
                terminal.ask("e: edit again, s: save it for later, x: throw it away [e/s/x]");
            match answer.as_deref().map(str::trim) {
                Ok("e" | "E" | "") => return Ok(Choice::Again),
                Ok("s" | "S") | Err(PromptError::NoAnswer | PromptError::NoTerminal) => {
                    return Ok(Choice::Later);
                }
                Ok("x" | "X") => return Ok(Choice::Never),
                Ok(_) => {}
                Err(_) => return Ok(answer.map(|_| Choice::Later)?),
            }
        }
    }
}

/// What an editor left.
enum Edited {
    /// A text, and it ended well.
    Text(Zeroizing<Vec<u8>>),
    /// It failed like this, after something was typed.
    Failed(String),
}

fn refused(problems: &[Problem]) -> Failure {
    let failure = Failure::new("the text cannot be written like this");
    let failure = problems.iter().fold(failure, |failure, problem| {
        failure.detail(problem.to_string())
    });
    match problems {
        // Of several, whoever goes on with it sees them all.
        [only] => only.hint().into_iter().fold(failure, Failure::hint),
        _ => failure,
    }
}
