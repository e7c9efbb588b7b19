//! `vault git textconv`: a secret file as git compares and shows it.

use std::path::PathBuf;

use clap::Args;
use vault::{difference::glance, vault::read};

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// Print a secret file as lines that git can compare
///
/// For git's `textconv`: a line for each key with a digest of its ciphertext, then who signed the file and who reads and writes it. What the
/// file's own rule leaves in clear is shown. Where something else is in clear, it says so and does not show it.
///
/// Opens nothing, asks for nothing, looks at no other file, and takes any file, also one that is broken or was never encrypted.
#[derive(Args, Debug)]
pub(crate) struct Textconv {
    /// The file
    #[arg(allow_hyphen_values = true)]
    file: PathBuf,
}

impl Textconv {
    /// Prints the lines.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let text = match read(&self.file) {
            Ok(file) => glance(file.bytes()),
            Err(error) if self.file.exists() => format!("‹not read: {error}›\n"),
            Err(error) => return Err(Failure::because(&error)),
        };
        context.terminal().print(&text)?;
        Ok(Exit::Done)
    }
}
