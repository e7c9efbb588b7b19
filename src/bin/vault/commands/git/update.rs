//! `vault git update`: the real git merges, with drivers that are there for this one time.

use std::{
    path::Path,
    process::{Command, ExitStatus},
};

use clap::Args;
use vault::vault::CONFIG;

use super::repository;
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Drivers, Repo},
    shell,
    workspace::{Place, Plan, Side, Workspace, folder_at, place_of},
};

/// Merge another branch into the current one, secret files by key
///
/// What the merge button of a forge cannot do: it runs no drivers. This runs `git merge` on your machine with all of them, whether they
/// are installed or not, with your hooks and your signature, and commits. Then push, and the button has nothing left to merge. Nothing is
/// fetched; what is not merged is told.
#[derive(Args, Debug)]
pub(crate) struct Update {
    /// The branch or commit to merge; the default branch of the remote, if it is left out
    #[arg(value_name = "BASE")]
    base: Option<String>,
}

impl Update {
    /// Merges, and says what is left to do.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let repo = repository(&workspace)?;
        let base = self.base(repo)?;
        if !workspace.asks(repo)? {
            return Err(Failure::new("git's attributes do not ask for vault here")
                .hint("vault git install puts the lines into .gitattributes; commit it, and type the command again"));
        }
        refuse_unfinished(&workspace)?;
        refuse_loss(&workspace, repo, &base)?;
        refuse_spoiled(&workspace, repo, &base)?;
        let terminal = context.terminal();
        for line in workspace.overruled(repo)? {
            terminal.warn(line);
        }
        let drivers = Drivers::with(&context.program()?, &context.named_identities()?)?;
        let mut git = Command::new(context.find_program("git")?);
        git.current_dir(workspace.root().directory());
        // Git calls the drivers from elsewhere.
        git.envs(context.identity_files()?);
        for (key, value) in drivers.settings() {
            git.args(["-c", &format!("{key}={value}")]);
        }
        git.args(["merge", "--no-edit", &base]);
        let status = git
            .status()
            .map_err(|error| Failure::because(&error).within("cannot start git"))?;
        match status.code() {
            Some(0) => met(context),
            _ => Err(left(&workspace, status)?),
        }
    }

    fn base(&self, repo: &Repo) -> Result<String, Failure> {
        match &self.base {
            Some(base) if base.starts_with('-') => {
                Err(Failure::new("that is an option, and no branch")
                    .hint("vault git update BRANCH; git merge has the options"))
            }
            Some(base) => Ok(base.clone()),
            None => repo.default_branch()?.ok_or_else(|| {
                Failure::new("which branch? git does not know the default branch of the remote")
                    .hint("vault git update BRANCH")
                    .hint("git remote set-head origin --auto asks the remote, and git remembers it")
            }),
        }
    }
}

/// A file whose earlier merge is not finished has no room for another side, and not every git stops where its driver fails for that.
fn refuse_unfinished(workspace: &Workspace<'_>) -> Result<(), Failure> {
    let waiting = workspace.waiting()?;
    if waiting.is_empty() {
        return Ok(());
    }
    let failure =
        Failure::new("an earlier merge is not finished; nothing is merged").exit(Exit::No);
    let files = waiting.iter().map(|file| file.path.display().to_string());
    Err(files
        .fold(failure, Failure::detail)
        .hint("vault git resolve, then git commit, then this command again"))
}

/// Where the other branch has taken the config away, git takes that without a driver, and commits it; no key is needed for such a commit.
fn refuse_loss(workspace: &Workspace<'_>, repo: &Repo, base: &str) -> Result<(), Failure> {
    let config = Path::new(CONFIG);
    if !repo.is_lost_on(base, config)? {
        return Ok(());
    }
    if let Some(id) = workspace.config().repository()
        && let Some(folder) = folder_at(repo, base, id)?
    {
        return Err(moved(base, &folder));
    }
    let failure = Failure::new(format!(
        "{base} has no .vault.yaml any more, and whoever merges that has none either; nothing is merged"
    ));
    let (quoted, directory) = (shell::word(base), workspace.context().standing());
    let kept = repo.brought_back("HEAD", config, directory);
    let file = repo.named_in(config, directory);
    Err(failure
        .exit(Exit::Untrusted)
        .hint(format!(
            "git log --stat -1 {quoted} -- {file} shows who took it away"
        ))
        .hint(format!(
            "to keep it: git merge --no-ff --no-commit {quoted}, then {kept}, then git commit"
        ))
        .hint(format!("if the vault is to go: git merge {quoted}")))
}

/// The other branch has the vault in another folder. Git takes that over; in files that both sides have changed it leaves its marks, for its
/// attributes count from where the vault was.
fn moved(base: &str, folder: &Path) -> Failure {
    let quoted = shell::word(base);
    let text = format!(
        "{base} has the vault {}; nothing is merged",
        place_of(folder)
    );
    Failure::new(text).exit(Exit::No).hint(format!(
        "git merge {quoted} moves it here, too; there vault git resolve then merges what both sides have changed, and vault check looks at it"
    ))
}

/// The same where the other branch has put something in the place of the config that is none: git takes that without a driver as well.
fn refuse_spoiled(workspace: &Workspace<'_>, repo: &Repo, base: &str) -> Result<(), Failure> {
    let config = Path::new(CONFIG);
    // What is no revision is for git to say.
    if !repo.is_revision(base) {
        return Ok(());
    }
    let side = Side::of(
        workspace.context(),
        repo,
        workspace.root(),
        Place::Revision(base.to_owned()),
    )?;
    let Plan::Bad(reason) = side.plan else {
        return Ok(());
    };
    if !repo.is_changed_on(base, config)? {
        return Ok(());
    }
    let (quoted, directory) = (shell::word(base), workspace.context().standing());
    let kept = repo.brought_back("HEAD", config, directory);
    let file = repo.named_in(config, directory);
    let failure = Failure::new(format!(
        "the .vault.yaml of {base} cannot be read, and whoever merges that has none; nothing is merged"
    ));
    Err(failure
        .exit(Exit::Untrusted)
        .detail(reason)
        .hint(format!(
            "git log --stat -1 {quoted} -- {file} shows who changed it"
        ))
        .hint(format!(
            "to keep yours: git merge --no-ff --no-commit {quoted}, then {kept}, then git commit"
        )))
}

/// What came in is told by name: who reads and writes now, and what is not accepted. Where only one side changed a file git takes that
/// side without a driver, also one that is older.
fn met(context: &Context) -> Result<Exit, Failure> {
    let troubles = Workspace::open(context)?.meet_all();
    let mut troubles = troubles.into_iter().map(Failure::from);
    let Some(first) = troubles.next() else {
        return Ok(Exit::Done);
    };
    let failure = troubles.fold(first, |all, failure| {
        all.detail(failure.error().unwrap_or_default())
    });
    Err(failure.within("it is merged, and not all of it is accepted"))
}

/// What git did not merge, or why it did not begin.
fn left(workspace: &Workspace<'_>, status: ExitStatus) -> Result<Failure, Failure> {
    // Opened anew: git has written the index since.
    let repo = Repo::of_folder(workspace.root().directory())?;
    let unmerged = match &repo {
        Some(repo) => repo.unmerged()?,
        None => Vec::new(),
    };
    if unmerged.is_empty() {
        return Ok(Failure::new(match status.code() {
            Some(code) => format!("git merge ended with exit code {code}"),
            None => "git merge was ended by a signal".to_owned(),
        }));
    }
    let is_there = |file: &str| {
        let from_top = repo.as_ref().map(|repo| repo.path_at_top(Path::new(file)));
        unmerged
            .iter()
            .any(|it| Some(&it.path) == from_top.as_ref())
    };
    let failure = Failure::new("not everything is merged yet").exit(Exit::No);
    let mut failure = unmerged.iter().fold(failure, |failure, file| {
        failure.detail(file.path.display().to_string())
    });
    if is_there(CONFIG) {
        failure = failure.hint(".vault.yaml first: vault git resolve --ours KEY (or --theirs KEY); or edit it, then git add it");
    }
    let mut files = workspace.config().environments();
    if files.any(|environment| is_there(environment.file().as_str())) {
        failure = failure.hint("vault git resolve finishes the secret files");
    }
    Ok(failure.hint("then git commit; or git merge --abort gives it up"))
}
