//! The editor opens, ends, and what lies there is looked at: until it can be written, or the person gives up.

use std::time::Duration;

use vault::{
    config::Environment,
    secret::{ExposeSecret, SecretString},
    typed::Problem,
};
use zeroize::Zeroizing;

use super::{rescued::Resumed, target::Target};
use crate::{
    context::Context,
    editor::{Content, Ending, Program, Session, Traces},
    failure::{Exit, Failure},
    terminal::PromptError,
    workspace::{Draft, KeyChange, Workspace},
};

/// What ends so soon may have handed the file to another process.
const SOON: Duration = Duration::from_secs(1);

/// What an edit works with.
pub(super) struct Rounds<'w, 'c> {
    pub(super) workspace: &'w Workspace<'c>,
    pub(super) environment: &'w Environment,
    pub(super) program: Program,
    pub(super) target: Target,
    /// What stands in the file.
    pub(super) base: SecretString,
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

impl<'w, 'c> Rounds<'w, 'c> {
    /// Edits until there is an outcome; whatever it is, the desk is wiped, and what was typed is in the file or kept.
    pub(super) fn go(
        &self,
        mut session: Session<'_>,
        draft: Draft<'w, 'c>,
    ) -> Result<Exit, Failure> {
        let terminal = self.context().terminal();
        let desk = session.desk();
        let outcome = self.rounds(&mut session, draft);
        let ended = match outcome {
            Ok(outcome) => {
                let foreign = session.discard()?;
                self.tell_foreign(&foreign);
                self.told(outcome)
            }
            Err(failure) => Err(self.kept(session, failure)),
        };
        for trace in Traces::of(self.context(), &desk) {
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

    fn context(&self) -> &'c Context {
        self.workspace.context()
    }

    fn told(&self, outcome: Outcome) -> Result<Exit, Failure> {
        let terminal = self.context().terminal();
        match outcome {
            Outcome::Written(changes) => {
                if let Some(resumed) = &self.resumed {
                    resumed.done()?;
                }
                match changes.is_empty() {
                    true => terminal.say(format!("wrote {}", self.environment.file())),
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
            Outcome::GivenUp => Err(Failure::new("given up; nothing is written")),
        }
    }

    fn tell_foreign(&self, foreign: &[String]) {
        if !foreign.is_empty() {
            self.context().terminal().warn(format!(
                "beside the text lay files that nobody expected, which are gone as well: {}",
                foreign.join(", ")
            ));
        }
    }

    /// Adds to a failure where what was typed is.
    fn kept(&self, session: Session<'_>, failure: Failure) -> Failure {
        let name = self.environment.name();
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

    fn rounds(
        &self,
        session: &mut Session<'_>,
        mut draft: Draft<'w, 'c>,
    ) -> Result<Outcome, Failure> {
        loop {
            let ending = session.edit(&self.program)?;
            let buffer = self.buffer(session)?;
            if self.is_too_soon(session, ending, &buffer) {
                self.wait(session)?;
            }
            let buffer = self.buffer(session)?;
            if let Some(how) = ending.failure() {
                match self.after_failure(session, &how, &buffer)? {
                    Choice::Again => continue,
                    Choice::Never => return Ok(Outcome::GivenUp),
                    Choice::Later => return Err(self.failed(&how)),
                }
            }
            let problems = match self.look(&buffer, &mut draft)? {
                Look::Same => return Ok(Outcome::Nothing),
                Look::Different => {
                    let saved = session.undisturbed(|| draft.save())?;
                    return Ok(Outcome::Written(saved.changes));
                }
                Look::Wrong(problems) => problems,
            };
            match self.after_problems(&problems)? {
                Choice::Again => session.put(&self.target.with_problems(&buffer, &problems))?,
                Choice::Never => return Ok(Outcome::GivenUp),
                Choice::Later => return Err(refused(&problems)),
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

    fn look(&self, buffer: &[u8], draft: &mut Draft<'_, '_>) -> Result<Look, Failure> {
        let typed = match self.target.read(&self.base, buffer) {
            Ok(typed) => typed,
            Err(problem) => return Ok(Look::Wrong(vec![problem])),
        };
        let terminal = self.context().terminal();
        if typed.had_bom {
            terminal.warn("the editor put a byte-order mark in front; it is left out");
        }
        if typed.had_crlf {
            terminal.warn("the editor ended lines with CR LF; they end as they did before");
        }
        if typed.text.expose_secret() == self.base.expose_secret() {
            return Ok(Look::Same);
        }
        if typed.is_empty() && !self.is_empty_meant {
            return Err(Failure::new("the text is empty; nothing is written")
                .hint("--allow-empty says that it is meant"));
        }
        let put = self.target.put(draft, &typed.text);
        Ok(match put {
            Ok(true) => Look::Different,
            Ok(false) => Look::Same,
            Err(problems) => Look::Wrong(problems),
        })
    }

    fn is_too_soon(&self, session: &Session<'_>, ending: Ending, buffer: &[u8]) -> bool {
        ending.took < SOON
            && ending.failure().is_none()
            && session.is_untouched(buffer)
            && self.context().terminal().can_ask()
    }

    fn wait(&self, _session: &Session<'_>) -> Result<(), Failure> {
        let question = format!(
            "{} returned at once; if it is still open (is --wait missing?), press Enter when you are done",
            self.program.name()
        );
        self.context().terminal().ask(&question)?;
        Ok(())
    }

    /// After an editor that failed, or was ended: nothing that was typed is taken for finished.
    fn after_failure(
        &self,
        session: &Session<'_>,
        how: &str,
        buffer: &[u8],
    ) -> Result<Choice, Failure> {
        if session.is_untouched(buffer) {
            return Err(self.failed(how));
        }
        let terminal = self.context().terminal();
        if !terminal.can_ask() {
            return Ok(Choice::Later);
        }
        terminal.warn(format!(
            "{} {how}, and the text was changed",
            self.program.name()
        ));
        self.ask()
    }

    fn failed(&self, how: &str) -> Failure {
        Failure::new(format!("{} {how}; nothing is written", self.program.name()))
    }

    fn after_problems(&self, problems: &[Problem]) -> Result<Choice, Failure> {
        let terminal = self.context().terminal();
        if !terminal.can_ask() {
            return Ok(Choice::Later);
        }
        terminal.warn("the text cannot be written like this:");
        problems.iter().for_each(|problem| terminal.detail(problem));
        self.ask()
    }

    fn ask(&self) -> Result<Choice, Failure> {
        let terminal = self.context().terminal();
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

/// What the text of the editor is.
enum Look {
    /// What the file holds already.
    Same,
    /// Something else, which the draft has now.
    Different,
    /// Nothing that can be written, for these reasons.
    Wrong(Vec<Problem>),
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
