//! `vault run`: a program with the secrets in its environment.

use std::{ffi::OsString, io, process::Command};

use clap::Args;
use vault::{
    render::{self, SEPARATOR},
    value::{EnvName, Node},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::Workspace,
};

/// Run a program with the values of an environment as variables
///
/// No shell stands between, and vault leaves nothing behind: it becomes the program, whose exit code is the result. If vault
/// itself fails the code is 125, or 3 for integrity and trust; 126 if the program cannot be started, 127 if it is not found.
/// Variables that change how programs are loaded or found (PATH, LD_PRELOAD, NODE_OPTIONS …) are refused unless allowed by name.
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The environment; the default one if it is left out
    environment: Option<EnvName>,
    /// Let this variable through although it is on the list of dangerous ones; can be repeated
    #[arg(long, value_name = "NAME")]
    allow: Vec<String>,
    /// What joins the parts of nested keys
    #[arg(long, value_name = "TEXT", default_value = SEPARATOR)]
    separator: String,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Run {
    /// Becomes the program.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let mut command = self.prepare(context).map_err(own_failure)?;
        let error = replace_process(&mut command);
        Err(not_started(&self.command[0], &error))
    }

    fn prepare(&self, context: &Context) -> Result<Command, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_or_default(self.environment.as_ref())?;
        let tree = Node::Map(workspace.values(environment)?);
        let variables = render::environment(&tree, &self.separator)
            .map_err(|refusal| Failure::because(&refusal))?;
        let dangerous: Vec<&str> = variables
            .iter()
            .map(|flat| flat.name.as_str())
            .filter(|name| {
                render::reserved(name) && !self.allow.iter().any(|allowed| allowed == name)
            })
            .collect();
        if !dangerous.is_empty() {
            let text = format!(
                "{} would be given variables that change how programs run: {}",
                self.command[0].to_string_lossy(),
                dangerous.join(", ")
            );
            return Err(
                Failure::new(text).hint(format!("--allow {} lets one through", dangerous[0]))
            );
        }
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        for name in context.withheld_variables() {
            command.env_remove(name);
        }
        for flat in &variables {
            command.env(&flat.name, flat.value.expose());
        }
        Ok(command)
    }
}

/// Codes below 125 are the program's: vault's own failures get 125, but integrity and trust keep theirs.
fn own_failure(failure: Failure) -> Failure {
    match failure.code() {
        Exit::Untrusted => failure,
        _ => failure.exit(Exit::RunFailed),
    }
}

fn not_started(program: &OsString, error: &io::Error) -> Failure {
    let exit = if error.kind() == io::ErrorKind::NotFound {
        Exit::NotFound
    } else {
        Exit::CannotStart
    };
    Failure::because(error)
        .within(format!("cannot start {}", program.to_string_lossy()))
        .exit(exit)
}

#[cfg(unix)]
fn replace_process(command: &mut Command) -> io::Error {
    use std::os::unix::process::CommandExt;
    crate::protection::end();
    command.exec()
}

/// Where a process cannot be replaced, the program runs as a child.
#[cfg(not(unix))]
fn replace_process(command: &mut Command) -> io::Error {
    match command.status() {
        #[expect(clippy::exit, reason = "the child's exit code is the result")]
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
