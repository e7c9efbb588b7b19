//! Questions whose answers have a form: whoever gives another one is told why, and asked again.

use crate::{failure::Failure, terminal::Terminal};

/// How often one question is asked.
const TRIES: usize = 3;

/// Asks until an answer is taken.
///
/// # Errors
/// No answer, or only such ones as are not taken: then why the last one was not.
pub(super) fn ask<T>(
    terminal: Terminal,
    question: &str,
    take: impl Fn(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    for _ in 1..TRIES {
        match take(&terminal.ask(question)?) {
            Ok(taken) => return Ok(taken),
            Err(failure) => terminal.say(failure.error().unwrap_or_default()),
        }
    }
    take(&terminal.ask(question)?)
}
