//! The program `vault`: a team's secrets inside its git repository.

mod cli;
mod commands;
mod context;
mod failure;
mod protection;
mod repo;
mod terminal;
mod workspace;

use std::{env, panic, process::ExitCode};

use failure::{Exit, Failure};
use terminal::Terminal;

fn main() -> ExitCode {
    protection::begin();
    let outcome = panic::catch_unwind(|| cli::run(env::args_os()));
    match outcome {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => report(&failure).into(),
        // The panic hook has told the place.
        Err(_) => Exit::Failed.into(),
    }
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
