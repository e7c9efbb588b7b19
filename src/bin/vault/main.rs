//! The program `vault`: a team's secrets inside its git repository.

mod cli;
mod commands;
mod completion;
mod context;
mod editor;
mod failure;
mod protection;
mod repo;
mod shell;
mod terminal;
mod workspace;

use std::{env, ffi::OsString, panic, process::ExitCode};

use failure::{Exit, Failure};
use terminal::Terminal;
use vault::secret;

fn main() -> ExitCode {
    protection::begin();
    let arguments: Vec<OsString> = env::args_os().collect();
    let outcome = panic::catch_unwind(|| cli::run(&arguments));
    secret::clean_stack();
    match outcome {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => report(&failure).into(),
        // The panic hook has told the place.
        Err(_) => panicked(&arguments).into(),
    }
}

/// How a panic ends the program: as a failure does, with the code that those of this command have.
fn panicked(arguments: &[OsString]) -> Exit {
    cli::code_of_failure(arguments)
}

fn report(failure: &Failure) -> Exit {
    if let Some(error) = failure.error() {
        Terminal.error(error);
    }
    for detail in failure.details() {
        Terminal.detail(detail);
    }
    for hint in failure.hints() {
        Terminal.hint(hint);
    }
    failure.code()
}
