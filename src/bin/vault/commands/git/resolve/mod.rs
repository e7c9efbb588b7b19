//! `vault git resolve`: finishes what could not be merged without a person.

mod case;
mod editing;
mod told;

use std::path::{Path, PathBuf};

use clap::Args;
use vault::{
    merge::Conflict,
    reconcile::Side,
    value::KeyPath,
    vault::{Change, Root},
};

use crate::{
    commands::plan::confirm,
    context::Context,
    editor::Disk,
    failure::{Exit, Failure},
    repo::Landing,
    workspace::{Asking, Waiting, Workspace, finish_interrupted},
};
use case::{Case, Ready};

/// Finish a merge of secret files
///
/// Of every file that git could not merge, it brings both sides together by key and asks about what they contradict each other in: --ours and
/// --theirs say it, or an editor shows both values, in the private directory that vault edit uses. Then the files are signed, written
/// and staged, all or none. It works after the merge driver, after git alone has left its markers in a file, and on a file that was
/// committed before its merge was finished; of such a file every key that differs is asked about.
#[derive(Args, Debug)]
pub(crate) struct Resolve {
    /// The environments, or their files; all that are unmerged if none is named
    #[arg(value_name = "ENV")]
    named: Vec<String>,
    /// Take our value of KEY, and of everything below it; can be repeated
    #[arg(long, value_name = "KEY")]
    ours: Vec<String>,
    /// Take their value of KEY, and of everything below it; can be repeated
    #[arg(long, value_name = "KEY")]
    theirs: Vec<String>,
    /// Only say what is unmerged, and why; exit code 1 if anything is
    #[arg(long, conflicts_with_all = ["ours", "theirs"])]
    list: bool,
    /// The same for a program
    #[arg(long, conflicts_with_all = ["ours", "theirs"])]
    json: bool,
    /// Do not ask about members that changed on both sides, and the like
    #[arg(long)]
    yes: bool,
    /// Let the text lie on the disk where there is no private place for it in memory
    #[arg(long)]
    allow_disk_temp: bool,
}

impl Resolve {
    /// Lists, or decides, writes and stages.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        if let Ok(root) = Root::find(context.directory()) {
            finish_interrupted(context, &root)?;
        }
        let workspace = Workspace::in_merge(context, context.directory())?;
        if workspace.is_config_unmerged()? {
            context.terminal().warn(
                ".vault.yaml is not merged either: edit it, then git add .vault.yaml; until then it is read as our side has it",
            );
        }
        let waiting = self.chosen(&workspace, workspace.waiting()?)?;
        let mut cases: Vec<Case<'_>> = waiting
            .into_iter()
            .map(|waiting| Case::of(&workspace, waiting))
            .collect();
        if cases.is_empty() && !self.json {
            return told::nothing(context, &workspace);
        }
        if self.json || self.list {
            return told::list(context, &cases, self.json);
        }
        self.settle(&mut cases)?;
        let mut finished = Finished::default();
        for case in cases {
            let (path, environment) = (case.waiting.path.clone(), case.waiting.environment.clone());
            match self.decided(&workspace, case)? {
                Ok(ready) => finished.ready.push(ready),
                Err(left) => finished
                    .left
                    .push(left.within(format!("{} ({environment})", path.display()))),
            }
        }
        finished.write(&workspace)
    }

    /// Those that are named, by environment or file.
    fn chosen(
        &self,
        workspace: &Workspace<'_>,
        waiting: Vec<Waiting>,
    ) -> Result<Vec<Waiting>, Failure> {
        let is_named = |waiting: &Waiting, name: &str| {
            waiting.environment.as_str() == name
                || Landing::of(Path::new(name)).is_ok_and(|landing| {
                    landing.within(workspace.root().directory()) == Some(&waiting.path)
                })
        };
        let stranger = self
            .named
            .iter()
            .find(|name| !waiting.iter().any(|waiting| is_named(waiting, name)));
        if let Some(name) = stranger {
            return Err(Failure::new(format!("{name} is not unmerged"))
                .hint("vault git resolve --list says what is"));
        }
        let is_chosen = |waiting: &Waiting| {
            self.named.is_empty() || self.named.iter().any(|name| is_named(waiting, name))
        };
        Ok(waiting.into_iter().filter(is_chosen).collect())
    }

    /// Decides for the keys that were named; each must be in conflict somewhere.
    fn settle(&self, cases: &mut [Case<'_>]) -> Result<(), Failure> {
        let wanted = [(Side::Ours, &self.ours), (Side::Theirs, &self.theirs)];
        for (side, keys) in wanted {
            for key in keys {
                let mut is_found = false;
                for case in cases.iter_mut() {
                    is_found |= case.settle(key, side)?;
                }
                if !is_found {
                    return Err(Failure::new(format!("{key} is no key in conflict; nothing is written"))
                        .hint("vault git resolve --list names those that are, and some may be settled by an option before this one"));
                }
            }
        }
        Ok(())
    }

    /// Has a person decide what is left; why it cannot be finished, where it cannot.
    fn decided(
        &self,
        workspace: &Workspace<'_>,
        case: Case<'_>,
    ) -> Result<Result<Ready, Failure>, Failure> {
        let context = workspace.context();
        let Case { waiting, state } = case;
        let mut open = match state {
            Err(left) => return Ok(Err(left)),
            Ok(open) => open,
        };
        if !open.objections.is_empty() {
            let terminal = context.terminal();
            terminal.say(format!(
                "{} ({}):",
                waiting.path.display(),
                waiting.environment
            ));
            open.plan.iter().for_each(|line| terminal.detail(line));
            confirm(context, self.yes, "Bring both sides together all the same?")?;
        }
        if !open.work.reconciliation.conflicts().is_empty() {
            let disk = match self.allow_disk_temp {
                true => Disk::Allowed,
                false => Disk::Refused,
            };
            if let Err(left) = editing::edit(workspace, &waiting, &mut open.work, disk)? {
                return Ok(Err(left));
            }
        }
        let sealed = workspace.seal_merged(open.work, Asking::Allowed);
        Ok(sealed.map_err(Failure::from).map(|bytes| Ready {
            change: Change {
                path: waiting.path,
                expected: waiting.digest,
                bytes,
            },
        }))
    }
}

/// A key as a person names one in conflict: as it is shown, or one whose name has dots.
fn means(key: &str, conflict: &Conflict) -> Option<KeyPath> {
    let parsed: Option<KeyPath> = key.parse().ok();
    let candidates = [Some(KeyPath::key(key)), parsed];
    let is_above = |path: &KeyPath| {
        !path.steps().is_empty() && conflict.path.steps().starts_with(path.steps())
    };
    candidates.into_iter().flatten().find(is_above)
}

/// What is to be written, and what is not.
#[derive(Default)]
struct Finished {
    ready: Vec<Ready>,
    left: Vec<Failure>,
}

impl Finished {
    fn write(self, workspace: &Workspace<'_>) -> Result<Exit, Failure> {
        let (repo, terminal) = (workspace.own_repo()?, workspace.context().terminal());
        if !self.ready.is_empty() {
            let paths: Vec<PathBuf> = self
                .ready
                .iter()
                .map(|ready| ready.change.path.clone())
                .collect();
            let mut changes = vec![workspace.config_unchanged()];
            changes.extend(self.ready.into_iter().map(|ready| ready.change));
            let saved = workspace.save(&changes, &[]);
            let saved = saved.map_err(|failure| {
                Failure::from(failure).hint("nothing is written; type the command again")
            })?;
            terminal.warn_each(&saved.notices);
            for path in &paths {
                repo.stage(&repo.path_at_top(path)).map_err(|failure| {
                    let file = path.to_string_lossy();
                    failure
                        .within(format!("{file} is merged and written, but not staged"))
                        .hint(format!("git add {}", shell_words::quote(&file)))
                })?;
                terminal.say(format!("{} is merged and staged", path.display()));
            }
        }
        match told::together(self.left) {
            Some(failure) => Err(failure),
            None => {
                if repo.unmerged()?.is_empty() {
                    terminal.hint(repo.goes_on_with());
                }
                Ok(Exit::Done)
            }
        }
    }
}
