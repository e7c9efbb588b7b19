//! A person at their editor: it opens, ends, and they say what is to become of a text that cannot be written.

use std::time::Duration;

use vault::typed::Problem;
use zeroize::Zeroizing;

use crate::{
    context::Context,
    editor::{Content, Program, Session, Traces},
    failure::Failure,
    terminal::PromptError,
};

/// What ends so soon may have handed the file to another process.
const SOON: Duration = Duration::from_secs(1);

/// Who edits, and with what.
pub(in crate::commands) struct Sitting<'c> {
    pub(in crate::commands) context: &'c Context,
    pub(in crate::commands) program: Program,
}

/// What a person wants when a text cannot be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Choice {
    Again,
    Later,
    Never,
}

/// What an editor left.
pub(in crate::commands) enum Edited {
    /// A text, and it ended well.
    Text(Zeroizing<Vec<u8>>),
    /// It failed like this, after something was typed.
    Failed(String),
}

impl Sitting<'_> {
    /// Has the person edit once.
    pub(in crate::commands) fn edited(&self, session: &mut Session<'_>) -> Result<Edited, Failure> {
        let ending = session.edit(&self.program)?;
        let buffer = buffer(session)?;
        let can_ask = self.context.terminal().can_ask();
        match ending.failure() {
            None if ending.took < SOON && session.is_as_put(&buffer) && can_ask => {
                self.wait()?;
                self::buffer(session).map(Edited::Text)
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

    fn wait(&self) -> Result<(), Failure> {
        let question = format!(
            "{} returned at once; if it is still open (is --wait missing?), press Enter when you are done",
            self.program.name()
        );
        self.context.terminal().ask(&question)?;
        Ok(())
    }

    /// That the editor has failed.
    pub(in crate::commands) fn failed(&self, how: &str) -> Failure {
        Failure::new(format!("{} {how}; nothing is written", self.program.name()))
    }

    /// Whether the person edits a text again that cannot be written.
    ///
    /// # Errors
    /// Nobody can be asked, or they want to go on later.
    pub(in crate::commands) fn goes_on(&self, problems: &[Problem]) -> Result<bool, Failure> {
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

    /// What a person wants to be done with what they typed; where nobody can be asked it is kept.
    pub(in crate::commands) fn ask(&self) -> Result<Choice, Failure> {
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

    /// Says which files lay beside the text.
    pub(in crate::commands) fn tell_foreign(&self, foreign: &[String]) {
        if !foreign.is_empty() {
            self.context.terminal().warn(format!(
                "beside the text lay files that nobody expected, which are gone as well: {}",
                foreign.join(", ")
            ));
        }
    }

    /// Says what the editor has left elsewhere of a desk of this name.
    pub(in crate::commands) fn tell_traces(&self, desk: &str) {
        let terminal = self.context.terminal();
        for trace in Traces::of(self.context, desk) {
            terminal.warn(format!(
                "{} left {}, which may hold secrets in clear",
                self.program.name(),
                trace.display()
            ));
            terminal
                .hint("delete it, and see docs/editing.md for how to keep the editor from that");
        }
    }
}

/// The text of the editor as it lies there.
fn buffer(session: &Session<'_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
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
