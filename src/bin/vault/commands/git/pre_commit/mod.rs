//! `vault git pre-commit`: refuses a commit that would publish a secret, or a secret file that is not as it has to be.
//!
//! Looks at git's index, never at the work tree: that is what the commit would hold.

mod environments;
mod files;
mod outputs;
mod report;
mod values;
mod vaults;

use clap::Args;
use vault::leak::Search;

use super::repository_here;
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{NextCommit, StagedPath},
};
use report::Report;
use vaults::Vault;

/// Check what is about to be committed
///
/// Refuses a secret file that is not encrypted, well-formed and signed, or not in line with .vault.yaml as it is to be committed; private
/// keys; outputs of vault render and files that are called as they usually are (.env, run/secrets); and every file that a known value
/// stands in, as it is, or in base64, hex, URL-encoded or escaped for JSON. What was in a file before is not told again.
///
/// Values are known where an identity opens them without asking for a passphrase; what could not be looked for is said. Exit code 1 if
/// something was found, 3 if integrity or trust is among it. git commit --no-verify commits without any check.
#[derive(Args, Debug)]
pub(crate) struct PreCommit {
    /// Ask for the passphrase of an identity that has one
    #[arg(long)]
    ask: bool,
    /// Use no identity
    #[arg(long, conflicts_with = "ask")]
    keyless: bool,
}

/// How values are come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// With an identity that opens without a question.
    Unasked,
    /// With any.
    Asking,
    /// Not at all.
    Never,
}

impl PreCommit {
    /// Looks at everything that is staged, and says what was found.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let repo = repository_here(context)?;
        let staged = repo.next_commit(context.git_index().as_deref())?;
        let changes = staged.changes()?;
        if changes.is_empty() {
            return Ok(Exit::Done);
        }
        let mut report = Report::default();
        let vaults = vaults::of(context, &repo, &staged, &changes, &mut report)?;
        for vault in &vaults {
            environments::check(vault, &staged, &changes, &mut report)?;
        }
        outputs::check(&vaults, &repo, &changes, &mut report)?;
        self.look_through(&vaults, &staged, &changes, &mut report)?;
        Ok(report.tell(context.terminal()))
    }

    fn look_through(
        &self,
        vaults: &[Vault<'_>],
        staged: &NextCommit<'_>,
        changes: &[StagedPath],
        report: &mut Report,
    ) -> Result<(), Failure> {
        files::check_names(vaults, changes, report);
        let known = values::of(vaults, staged, self.opening(), report)?;
        let search = Search::of(known.scalars()).map_err(|error| Failure::because(&error))?;
        files::search(staged, changes, &search, &known, report)
    }

    fn opening(&self) -> Opening {
        match (self.keyless, self.ask) {
            (true, _) => Opening::Never,
            (false, true) => Opening::Asking,
            (false, false) => Opening::Unasked,
        }
    }
}
