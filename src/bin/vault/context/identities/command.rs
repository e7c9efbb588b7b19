//! Commands that print an identity: password managers.

use std::{
    io::{self, Read},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use rustix::fs::{Access, access};
use zeroize::Zeroizing;

use super::{Surroundings, file::IDENTITY_BYTES};
use crate::failure::Failure;

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
    let mut command = Command::new(program(name, surroundings)?);
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

/// Finds the program: by its absolute path, or in an absolute folder of PATH.
///
/// Never relative to where the person stands, and never inside the work tree: whoever can commit would decide what runs.
fn program(name: &str, surroundings: &Surroundings) -> Result<PathBuf, Failure> {
    let path = Path::new(name);
    let found = if path.is_absolute() {
        path.to_owned()
    } else if name.contains('/') {
        let error = format!("`{name}` is a relative path, so a repository would decide what runs");
        return Err(Failure::new(error).hint("give its absolute path, or a name that PATH finds"));
    } else {
        on_path(name, surroundings)
            .ok_or_else(|| Failure::new(format!("there is no program `{name}` in PATH")))?
    };
    let is_inside = surroundings.work_tree.as_ref().is_some_and(|work_tree| {
        found
            .canonicalize()
            .is_ok_and(|found| found.starts_with(work_tree))
    });
    match is_inside {
        true => {
            let error = format!(
                "{} lies inside the work tree, so the repository would decide what runs",
                found.display()
            );
            Err(Failure::new(error).hint("copy it out of the repository"))
        }
        false => Ok(found),
    }
}

fn on_path(name: &str, surroundings: &Surroundings) -> Option<PathBuf> {
    let folders = surroundings.environment.get("PATH")?;
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file() && access(file, Access::EXEC_OK).is_ok())
}
