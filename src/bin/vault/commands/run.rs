//! `vault run`: a program with the secrets in its environment.

mod masked;
#[cfg(target_os = "linux")]
mod replaced;

use std::{ffi::OsString, io, iter, path::Path, process::Command};

use clap::Args;
use vault::{
    mask::Masks,
    render::{self, Flat, Output, Refusal},
    value::{EnvName, Node},
};

use super::{locals::NoLocal, naming::Naming};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    shell,
    workspace::Workspace,
};
use masked::Stop;

/// Run a program with the values of an environment as variables
///
/// No shell stands between, and vault does not stay: it becomes the program, whose exit code is the result. With masks, which are the
/// default in CI, it stays beside it and replaces the values in what the program prints; exit code and signals are the program's all the same. If vault itself
/// fails the code is 125, or 3 for integrity and trust; 126 if the program cannot be started, 127 if it is not found.
///
/// Nested keys are joined and upper-cased: database.password is DATABASE_PASSWORD. Variables that change how programs are loaded
/// or found (PATH, LD_PRELOAD, NODE_OPTIONS …) are refused unless they are allowed by name. Variables of your own that hold or
/// name an identity are not passed on.
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The environment; the default one if it is left out
    environment: Option<EnvName>,
    /// Let the variable NAME through although it changes how programs run; can be repeated
    #[arg(long, value_name = "NAME")]
    allow: Vec<String>,
    /// Replace the values by *** in what the program prints; so it is where CI is detected
    #[arg(long, overrides_with = "no_mask")]
    mask: bool,
    /// Leave what the program prints alone, also in CI
    #[arg(long, overrides_with = "mask")]
    no_mask: bool,
    #[command(flatten)]
    naming: Naming,
    #[command(flatten)]
    local: NoLocal,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Run {
    /// Becomes the program, or stays beside it to mask what it prints.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let (command, masks, files) = {
            let tree = self.open(context)?;
            let selection = self.naming.selection(&tree)?;
            let variables = render::environment(&tree, self.naming.names(&selection));
            let variables = variables.map_err(|refusal| {
                self.refused(context, &render::selected(&tree, &selection), refusal)
            })?;
            self.refuse_reserved(&variables)?;
            let masks = self.masks(context, &variables)?;
            let files = instead(&variables);
            if masks.is_empty() {
                let error = self.replace_process(context, &variables);
                return Err(not_started(&self.command[0], &error, files));
            }
            (self.child(context, &variables), masks, files)
        };
        masked::run(context, command, masks).map_err(|error| match error {
            Stop::NotStarted(error) => not_started(&self.command[0], &error, files),
            Stop::Failed(failure) => failure,
        })
    }

    fn open(&self, context: &Context) -> Result<Node, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_or_default(self.environment.as_ref())?;
        let layers = workspace.layers(environment, self.local.locals())?.open()?;
        layers.tell_local(context.terminal());
        Ok(Node::Map(layers.into_tree()))
    }

    /// What an environment cannot hold, with the command that gives the program all of it in another way.
    fn refused(&self, context: &Context, tree: &Node, refusal: Refusal) -> Failure {
        let failure = Failure::from(refusal);
        let format = match (render::json(tree), render::yaml(tree)) {
            (Ok(_), _) => Output::Json,
            (_, Ok(_)) => Output::Yaml,
            _ => return failure,
        };
        let environment = self.environment.iter().map(ToString::to_string);
        let words: Vec<String> = iter::once("vault render".to_owned())
            .chain(environment)
            .chain([format!("--format {format}")])
            .chain(self.naming.words_of_keys())
            .chain(self.local.word())
            .chain(context.typed_identities())
            .collect();
        failure.hint(format!("{} carries all of them", words.join(" ")))
    }

    /// What is replaced in the output; nothing where it is not masked.
    fn masks(&self, context: &Context, variables: &[Flat<'_>]) -> Result<Masks, Failure> {
        let is_masked = self.mask || (context.environment().is_ci() && !self.no_mask);
        let masked = variables.iter().filter(|_| is_masked);
        Masks::of(masked.map(|flat| flat.value))
            .map_err(|error| Failure::because(&error).hint("--no-mask runs it without"))
    }

    /// The program as a child; or to become it where that has no shorter way.
    fn child(&self, context: &Context, variables: &[Flat<'_>]) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        for name in context.withheld_variables() {
            command.env_remove(name);
        }
        for flat in variables {
            command.env(&*flat.name, flat.value.expose());
        }
        command
    }

    #[cfg(unix)]
    fn replace_process(&self, context: &Context, variables: &[Flat<'_>]) -> io::Error {
        use std::os::unix::process::CommandExt;
        crate::protection::end();
        #[cfg(target_os = "linux")]
        // Where the values say where programs are, the standard library looks there.
        if variables.iter().all(|flat| flat.name != "PATH") {
            return replaced::replace(&self.command, context.passed_on_variables(), variables);
        }
        self.child(context, variables).exec()
    }

    /// Where a process cannot be replaced, the program runs as a child.
    #[cfg(not(unix))]
    fn replace_process(&self, context: &Context, variables: &[Flat<'_>]) -> io::Error {
        match self.child(context, variables).status() {
            #[expect(clippy::exit, reason = "the child's exit code is the result")]
            Ok(status) => std::process::exit(status.code().unwrap_or(1)),
            Err(error) => error,
        }
    }

    /// Refuses variables that decide which code runs, unless each is allowed by name.
    fn refuse_reserved(&self, variables: &[Flat<'_>]) -> Result<(), Failure> {
        let is_refused = |name: &&str| {
            render::reserved(name) && !self.allow.iter().any(|allowed| allowed == name)
        };
        let refused: Vec<&str> = variables
            .iter()
            .map(|flat| &*flat.name)
            .filter(is_refused)
            .collect();
        if refused.is_empty() {
            return Ok(());
        }
        let text = format!(
            "{} would be given variables that change how programs run: {}",
            self.command[0].to_string_lossy(),
            refused.join(", ")
        );
        let allow: Vec<String> = refused
            .iter()
            .map(|name| format!("--allow {}", shell::word(name)))
            .collect();
        Err(Failure::new(text).hint(format!(
            "if they are meant to be there: {}",
            allow.join(" ")
        )))
    }
}

/// The files that can carry what is too large for variables.
fn instead(variables: &[Flat<'_>]) -> &'static str {
    let mut all = variables.iter();
    match all.all(|flat| Output::DockerSecrets.carries(&flat.name, flat.value)) {
        true => "give the program files: vault render --format docker-secrets -o DIR",
        false => "give the program a file: vault render --format json -o FILE",
    }
}

fn not_started(program: &OsString, error: &io::Error, instead: &str) -> Failure {
    if program.is_empty() {
        return Failure::new("cannot start '': the name of the program is empty")
            .hint("a variable that is not set, in quotes, is such a name: vault run ENV -- \"$PROGRAM\"")
            .exit(Exit::NotFound);
    }
    let exit = match error.kind() {
        io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::CannotStart,
    };
    let failure = Failure::because(error)
        .within(format!("cannot start {}", program.to_string_lossy()))
        .exit(exit);
    match error.kind() {
        io::ErrorKind::ArgumentListTooLong => failure
            .hint("the values are too large for the environment of a process: one alone may have 128 KiB on Linux")
            .hint(instead),
        io::ErrorKind::NotFound if is_beside(program) => failure.hint(format!(
            "the one in this directory is started as ./{}",
            program.to_string_lossy()
        )),
        io::ErrorKind::NotFound => {
            failure.hint("programs are looked for in the directories that PATH names")
        }
        _ => failure,
    }
}

/// Whether a name without a directory is that of a file in the current one.
fn is_beside(program: &OsString) -> bool {
    let path = Path::new(program);
    path.components().count() == 1 && path.is_file()
}
