//! `vault git pre-commit`: refuses a commit that would publish a secret, or a secret file that is not as it has to be.
//!
//! Looks at git's index, never at the work tree: that is what the commit would hold.

mod altered;
mod environments;
mod files;
mod gone;
mod keys;
mod outputs;
mod report;
mod sides;
mod suspects;
mod values;
mod vaults;

use clap::Args;
use vault::leak::Search;

use super::repository_here;
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Incoming, NextCommit, Repo, StagedPath},
};
use report::Report;
use suspects::Suspects;

/// Check what is about to be committed
///
/// Refuses a secret file that is not encrypted, well-formed and signed, or not in line with .vault.yaml as it is to be committed; private
/// keys; outputs of vault render and files that are called as they usually are (.env, run/secrets) or look like secrets in clear; and every
/// file that a known value stands in, as it is, or in base64, hex, URL-encoded or escaped for JSON. What was in a file before is not told
/// again. A file that everybody may read, whatever it looks like, has the attribute vault-public (.gitattributes).
///
/// A commit that finishes a merge must not lose keys that one side has changed; VAULT_ONE_SIDE=dev,prod says that it may, for these
/// environments.
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
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

/// What is about to be committed.
#[derive(Clone, Copy)]
struct Commit<'c> {
    context: &'c Context,
    repo: &'c Repo,
    staged: &'c NextCommit<'c>,
    changes: &'c [StagedPath],
    /// The other sides of a merge that it finishes.
    incoming: &'c [Incoming],
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
        let incoming = repo.incoming()?;
        let mut report = Report::default();
        if !(changes.is_empty() && incoming.is_empty()) {
            let commit = Commit {
                context,
                repo: &repo,
                staged: &staged,
                changes: &changes,
                incoming: &incoming,
            };
            self.check(&commit, &mut report)?;
        }
        match self.json {
            true => report.print(context.terminal()),
            false => Ok(report.tell(context.terminal())),
        }
    }

    fn check(&self, commit: &Commit<'_>, report: &mut Report) -> Result<(), Failure> {
        let Commit {
            context,
            repo,
            staged,
            changes,
            ..
        } = *commit;
        let vaults = vaults::of(context, repo, staged, changes, report)?;
        for vault in &vaults {
            environments::check(vault, staged, changes, report)?;
            altered::check(context, vault, staged, changes, report)?;
        }
        sides::check(commit, &vaults, report)?;
        if !files::is_any(changes) {
            return Ok(());
        }
        let known = values::of(&vaults, repo, staged, self.opening(), report)?;
        let search = Search::of(known.scalars()).map_err(|error| Failure::because(&error))?;
        // Nothing else is told of a file whose name must not be shown.
        let changes = files::refuse_names(changes, &search, &known, report);
        outputs::check(&vaults, repo, &changes, report)?;
        Suspects::of(&vaults, repo, staged, &changes)?.check(&changes, report)?;
        files::search(staged, &changes, &search, &known, report)
    }

    fn opening(&self) -> Opening {
        match (self.keyless, self.ask) {
            (true, _) => Opening::Never,
            (false, true) => Opening::Asking,
            (false, false) => Opening::Unasked,
        }
    }
}
