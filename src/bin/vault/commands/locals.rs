//! The option of every command that reads values: without one's own overrides.

use clap::Args;

use crate::workspace::Locals;

/// `--no-local`.
#[derive(Args, Clone, Debug)]
pub(super) struct NoLocal {
    /// Leave out your own overrides, those of vault set --local
    #[arg(long)]
    no_local: bool,
}

impl NoLocal {
    /// The option, if it was given.
    pub(super) fn word(&self) -> Option<String> {
        self.no_local.then(|| "--no-local".to_owned())
    }

    /// Whether one's own overrides count.
    pub(super) fn locals(&self) -> Locals {
        match self.no_local {
            true => Locals::Ignored,
            false => Locals::Taken,
        }
    }
}
