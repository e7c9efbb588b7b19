//! `vault completions`: what a shell reads at its start to complete command lines of vault.

use clap::Args;

use crate::{
    completion::{Shell, holdable},
    context::Context,
    failure::{Exit, Failure},
};

/// Complete commands, environments and keys in a shell
///
/// Prints a script that the shell reads at its start; put the line that fits into its start-up file. The script asks vault on every Tab: names of
/// environments, keys and recipients come from .vault.yaml and from the files, where they are in clear. Nothing is decrypted and nobody is asked.
///
/// Keep the script in no file: it belongs to this version of the program and to the place where it lies.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let program = context.program()?;
        let program = holdable(&program).ok_or_else(|| {
            Failure::new("a script cannot name the place where this program lies")
                .hint("move it to a path that is UTF-8 text in one line")
        })?;
        context.terminal().print(&self.shell.script(program))?;
        Ok(Exit::Done)
    }
}
