//! Commands that print an identity: password managers.

use std::{
    io::{self, Read},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
};

use zeroize::Zeroizing;

use super::{Surroundings, file::IDENTITY_BYTES};
use crate::{context::programs::program, failure::Failure};

/// Runs the command that a variable holds, without a shell, and returns what it printed.
///
/// It gets no input, the person's terminal and standard error, and none of the variables that name identities.
pub(super) fn output(
    variable: &str,
    surroundings: &Surroundings,
) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let Some(line) = surroundings.environment.text(variable)? else {
        return Ok(None);
    };
    let words = shell_words::split(&line).map_err(|_| Failure::new("a quote is not closed"))?;
    let Some((name, arguments)) = words.split_first() else {
        return Ok(None);
    };
    let program = program(
        name,
        &surroundings.environment,
        surroundings.work_tree.as_deref(),
    )?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    for withheld in surroundings.environment.withheld() {
        command.env_remove(withheld);
    }
    let child = command
        .spawn()
        .map_err(|error| Failure::because(&error).within(format!("cannot start `{name}`")))?;
    finish(child, name).map(Some)
}

fn finish(mut child: Child, name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |error: io::Error| {
        Failure::because(&error).within(format!("cannot read what `{name}` prints"))
    };
    let mut text = Zeroizing::new(Vec::new());
    let pipe = child.stdout.take().expect("it was asked for");
    let read = pipe.take(IDENTITY_BYTES).read_to_end(&mut text);
    // The pipe is closed now: a program that goes on printing ends.
    let status = child.wait().map_err(failed)?;
    read.map_err(failed)?;
    match status.success() || text.len() as u64 == IDENTITY_BYTES {
        true => Ok(text),
        false => Err(Failure::new(format!("`{name}` {}", end(status)))),
    }
}

fn end(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "did not end well".to_owned(),
    }
}
