//! `vault git resolve`: finishes what could not be merged without a person.

mod case;
mod config;
mod editing;
mod told;

use std::{collections::HashSet, path::Path};

use clap::Args;
use vault::{
    merge::Conflict,
    reconcile::Side,
    value::KeyPath,
    vault::{CONFIG, Change, Root},
    yaml::conflict,
};

use crate::{
    commands::{edit::rescued, plan::confirm},
    context::Context,
    editor::Disk,
    failure::{Exit, Failure},
    repo::Landing,
    workspace::{Asking, Waiting, Workspace, finish_interrupted, note_place},
};
use case::{Case, List, Ready};
use config::{ConfigCase, is_config};

/// Finish a merge of secret files
///
/// Of every file that git could not merge, it brings both sides together by key and asks about what they contradict each other in: --ours and
/// --theirs say it, or an editor shows both values, in the private directory that vault edit uses. Then the files are signed, written
/// and staged, all or none; .vault.yaml too, where git left its markers in it. It works after the merge driver, after git alone, and on a file
/// that was committed before its merge was finished; of such a file every key that differs is asked about.
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
    /// Keep our side of a file whose other side is not to be had, or not accepted, and give that up
    #[arg(long, conflicts_with_all = ["list", "json"])]
    keep_ours: bool,
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
    /// Whether keys were typed, or what was meant to be some.
    pub(super) fn names_keys(&self) -> bool {
        !(self.ours.is_empty() && self.theirs.is_empty())
    }

    /// Lists, or decides, writes and stages.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        if let Ok(root) = Root::find(context.directory()) {
            note_place(context, &root);
            finish_interrupted(context, &root)?;
        }
        let workspace = Workspace::in_merge(context, context.directory())?;
        let mut config = match self.means_config(&workspace) {
            true => ConfigCase::of(&workspace)?,
            false => None,
        };
        let mut settled = self.settle_config(config.as_mut());
        let workspace = match config.as_ref().and_then(ConfigCase::text) {
            Some(text) => workspace.under_merged(text)?,
            None => workspace,
        };
        let list = whom(&workspace, config.as_ref())?;
        let waiting = self.chosen(&workspace, config.is_some(), workspace.waiting()?)?;
        let mut cases: Vec<Case<'_>> = waiting
            .into_iter()
            .map(|waiting| Case::of(&workspace, waiting, list))
            .collect();
        if cases.is_empty() && config.is_none() && !self.json {
            return told::nothing(context, &workspace);
        }
        if self.json || self.list {
            return told::list(context, config.as_ref(), &cases, self.json);
        }
        let stash = workspace.own_repo()?.popped_stash()?;
        self.refuse_needless_loss(&cases)?;
        self.settle(&mut cases, &mut settled)?;
        let mut finished = Finished {
            stash,
            ..Finished::default()
        };
        if let Some(config) = config {
            finished.add_config(&workspace, &config);
        }
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

    /// Whether the config is to be finished, too.
    fn means_config(&self, workspace: &Workspace<'_>) -> bool {
        self.named.is_empty() || self.named.iter().any(|name| is_config(workspace, name))
    }

    /// Both options, key by key.
    fn wanted(&self) -> impl Iterator<Item = (Side, &String)> {
        let ours = self.ours.iter().map(|key| (Side::Ours, key));
        ours.chain(self.theirs.iter().map(|key| (Side::Theirs, key)))
    }

    /// Decides for the keys of the config that were named; returns them.
    fn settle_config(&self, config: Option<&mut ConfigCase>) -> HashSet<String> {
        let mut settled = HashSet::new();
        if let Some(config) = config {
            for (side, key) in self.wanted() {
                if config.settle(key, side) {
                    settled.insert(key.clone());
                }
            }
        }
        settled
    }

    /// Those that are named, by environment or file.
    fn chosen(
        &self,
        workspace: &Workspace<'_>,
        has_config: bool,
        waiting: Vec<Waiting>,
    ) -> Result<Vec<Waiting>, Failure> {
        let is_named = |waiting: &Waiting, name: &str| {
            waiting.environment.as_str() == name
                || Landing::of(Path::new(name)).is_ok_and(|landing| {
                    landing.within(workspace.root().directory()) == Some(&waiting.path)
                })
        };
        let is_known = |name: &&String| {
            has_config && is_config(workspace, name)
                || waiting.iter().any(|waiting| is_named(waiting, name))
        };
        let stranger = self.named.iter().find(|name| !is_known(name));
        if let Some(name) = stranger {
            return Err(Failure::new(format!("{name} is not unmerged"))
                .hint("vault git resolve --list says what is"));
        }
        let is_chosen = |waiting: &Waiting| {
            self.named.is_empty() || self.named.iter().any(|name| is_named(waiting, name))
        };
        Ok(waiting.into_iter().filter(is_chosen).collect())
    }

    /// Nothing is given up that git has.
    fn refuse_needless_loss(&self, cases: &[Case<'_>]) -> Result<(), Failure> {
        if !self.keep_ours || cases.iter().any(Case::is_alone) {
            return Ok(());
        }
        Err(Failure::new(
            "both sides of each file are there; --keep-ours is for one whose other side is not to be had, or not accepted",
        )
        .hint("--ours KEY takes our value, key by key; git checkout --ours -- FILE and git add FILE take all of our side, and drop what the other one has changed"))
    }

    /// Decides for the keys that were named; each must be in conflict somewhere.
    fn settle(&self, cases: &mut [Case<'_>], settled: &mut HashSet<String>) -> Result<(), Failure> {
        for (side, key) in self.wanted() {
            let mut is_found = settled.contains(key);
            for case in cases.iter_mut() {
                is_found |= case.settle(key, side)?;
            }
            if !is_found {
                return Err(nowhere(cases, key));
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
        if let Some(kept) = case.kept(workspace).filter(|_| self.keep_ours) {
            return Ok(kept);
        }
        let Case { waiting, state, .. } = case;
        rescued::remind(
            workspace,
            &waiting.environment,
            &editing::goes_on(&waiting.environment),
        );
        let mut open = match state {
            Err(left) => return Ok(Err(left)),
            Ok(open) => open,
        };
        if !open.plan.is_empty() {
            let terminal = context.terminal();
            terminal.say(format!(
                "{} ({}):",
                waiting.path.display(),
                waiting.environment
            ));
            open.plan.iter().for_each(|line| terminal.detail(line));
            confirm(context, self.yes, "Bring both sides together all the same?")?;
        }
        let mut beyond = Vec::new();
        if !open.work.reconciliation.conflicts().is_empty() {
            let disk = match self.allow_disk_temp {
                true => Disk::Allowed,
                false => Disk::Refused,
            };
            match editing::edit(workspace, &waiting, &mut open.work, disk)? {
                Ok(changes) => beyond = changes,
                Err(left) => {
                    return Ok(Err(match self.wanted().next() {
                        Some(_) => left.hint("name all keys in one command: nothing of a file is written before all of it is decided"),
                        None => left,
                    }));
                }
            }
        }
        let sealed = workspace.seal_merged(open.work, Asking::Allowed);
        Ok(sealed.map_err(Failure::from).map(|bytes| Ready {
            change: Change {
                path: waiting.path,
                expected: waiting.digest,
                bytes,
            },
            outcome: MERGED,
            beyond,
        }))
    }
}

/// Whether it is decided whom the config lists: by what both sides come to, or by what git has in one version.
fn whom(workspace: &Workspace<'_>, config: Option<&ConfigCase>) -> Result<List, Failure> {
    let has_markers = conflict(workspace.config_file().bytes()).is_some();
    Ok(match config.and_then(ConfigCase::text) {
        None if has_markers || workspace.config_versions()?.is_some() => List::Open,
        _ => List::Decided,
    })
}

/// That a key is in conflict nowhere, as far as the files could be looked into: of one that could not nobody knows which keys are.
fn nowhere(cases: &[Case<'_>], key: &str) -> Failure {
    let closed = cases.iter().filter_map(Case::closed);
    match told::together(closed.collect()) {
        Some(closed) => {
            closed.within(format!("{key} cannot be decided, and nothing is written"))
        }
        None => Failure::new(format!("{key} is no key in conflict; nothing is written"))
            .hint("vault git resolve --list names those that are, and some may be settled by an option before this one"),
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

/// What is said of a file that both sides are in.
const MERGED: &str = "is merged and staged";

/// What is to be written, and what is not.
#[derive(Default)]
struct Finished {
    ready: Vec<Ready>,
    left: Vec<Failure>,
    /// The stash that comes in, as git calls it.
    stash: Option<String>,
}

impl Finished {
    fn add_config(&mut self, workspace: &Workspace<'_>, config: &ConfigCase) {
        match config.text() {
            Some(text) => self.ready.push(Ready {
                change: workspace.config_change(text.to_owned()),
                outcome: MERGED,
                beyond: Vec::new(),
            }),
            None => self.left.extend(config.left()),
        }
    }

    fn write(self, workspace: &Workspace<'_>) -> Result<Exit, Failure> {
        let (repo, terminal) = (workspace.own_repo()?, workspace.context().terminal());
        if !self.ready.is_empty() {
            let (mut changes, outcomes): (Vec<Change>, Vec<_>) = self
                .ready
                .into_iter()
                .map(|ready| {
                    let path = ready.change.path.clone();
                    (ready.change, (path, ready.outcome, ready.beyond))
                })
                .unzip();
            // The config is compared as well, also where it stays as it is.
            if changes[0].path != Path::new(CONFIG) {
                changes.insert(0, workspace.config_unchanged());
            }
            let saved = workspace.save(&changes, &[]);
            let saved = saved
                .map_err(|failure| failure.again("nothing is written; type the command again"))?;
            terminal.warn_each(&saved.notices);
            for (path, outcome, beyond) in &outcomes {
                repo.stage(&repo.path_at_top(path)).map_err(|failure| {
                    let file = path.to_string_lossy();
                    failure
                        .within(format!("{file} is written, but not staged"))
                        .hint(format!("git add {}", workspace.named_to_git(path)))
                })?;
                terminal.say(format!("{} {outcome}", path.display()));
                beyond.iter().for_each(|change| terminal.detail(change));
            }
        }
        match told::together(self.left) {
            Some(failure) => Err(failure),
            None => {
                if repo.unmerged()?.is_empty() {
                    if repo.has_to_go_on()? {
                        terminal.hint(repo.goes_on_with());
                    }
                    if let Some(stash) = &self.stash {
                        terminal.hint(format!(
                            "git has kept {stash}, since there was a conflict: git stash drop {stash} removes it"
                        ));
                    }
                }
                Ok(Exit::Done)
            }
        }
    }
}
