//! `vault env rename`: another name, in the config, in the logs, and for the file that bears it.

use std::path::Path;

use clap::Args;
use vault::{
    accord::Drift,
    config::{
        Config, Environment,
        edit::{names_file, with_environment_renamed},
    },
    members::Change as Entry,
    sealed::Signer,
    value::EnvName,
    vault::{CONFIG, Change, Digest, Gone},
};

use super::{of, parsed, refuse_known, write};
use crate::{
    commands::{
        git_files::{GitFile, attributes_beside, attributes_change},
        plan::confirm,
    },
    context::Context,
    failure::{Exit, Failure},
    workspace::{ATTRIBUTES, Accepted, Trouble, Workspace, config_failure, open_with},
};

/// Give an environment another name
///
/// Changes .vault.yaml, also where others extend it, and appends the new name to the membership log of its file and the logs of those
/// that extend it: all or nothing. The file moves with the name, unless .vault.yaml names it with `file:`.
#[derive(Args, Debug)]
pub(crate) struct Rename {
    /// The environment
    old: EnvName,
    /// Its new name
    new: EnvName,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What becomes of one file.
struct Step {
    name: EnvName,
    change: Change,
    /// Where it was before, if it moves.
    gone: Option<Gone>,
    line: String,
}

impl Rename {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment(&self.old)?;
        if self.old == self.new {
            return Err(Failure::new(format!("{} has that name", self.old)));
        }
        refuse_known(&workspace, &self.new)?;
        let before = workspace
            .config_file()
            .text()
            .map_err(|error| Failure::because(&error))?;
        let text = with_environment_renamed(before, &self.old, &self.new)
            .map_err(|error| config_failure(&error))?;
        let stays = names_file(before, &self.old).map_err(|error| config_failure(&error))?;
        let config = parsed(&text)?;
        let renamed = of(&config, &self.new)?;
        let mut steps = Vec::new();
        let own = self
            .own_step(&workspace, environment, renamed, stays)
            .map_err(|trouble| trouble.within(environment.file()))?;
        steps.extend(own);
        for other in workspace.config().environments() {
            if other.name() != &self.old {
                steps.extend(self.step_above(&workspace, other, &config)?);
            }
        }
        self.tell(context, &steps);
        let left = workspace.left_behind(environment, Some(renamed));
        left.iter().for_each(|line| context.terminal().detail(line));
        confirm(context, self.yes, "Write these changes?")?;
        let attributes = attributes(&workspace, environment, renamed)?;
        let next = self.next(&workspace, &steps, attributes.is_some());
        let (mut changes, mut gone) = (vec![workspace.config_change(text)], Vec::new());
        changes.extend(attributes);
        for step in steps {
            changes.push(step.change);
            gone.extend(step.gone);
        }
        write(&workspace, &changes, &gone)?;
        context
            .terminal()
            .say(format!("{} is {} now; next: {next}", self.old, self.new));
        Ok(Exit::Done)
    }

    /// What to commit: git takes a file that moved for a new one, which `git commit -a` would leave out.
    fn next(&self, workspace: &Workspace<'_>, steps: &[Step], has_attributes: bool) -> String {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let (moved, changed): (Vec<&Step>, Vec<&Step>) =
            steps.iter().partition(|step| step.gone.is_some());
        let gone = moved.iter().filter_map(|step| step.gone.as_ref());
        let gone = gone.map(|gone| format!("{} (gone)", path(&gone.path)));
        let mut files = vec![CONFIG.to_owned()];
        files.extend(has_attributes.then(|| ATTRIBUTES.to_owned()));
        files.extend(gone);
        // An unsigned file that stays where it is says nothing of its name.
        let is_news = |change: &&Change| change.expected != Some(Digest::of(&change.bytes));
        let changed = changed.iter().map(|step| &step.change).filter(is_news);
        files.extend(changed.map(|change| path(&change.path)));
        let files = and(&files);
        match moved.first() {
            Some(step) => format!(
                "git add {}, and commit it with {files}",
                workspace.named_to_git(&step.change.path)
            ),
            None => format!("commit {files}"),
        }
    }

    /// The file of the environment itself.
    fn own_step(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        renamed: &Environment,
        stays: bool,
    ) -> Result<Option<Step>, Trouble> {
        let Some(accepted) = workspace.accept_to_write(environment)? else {
            workspace.refuse_second_birth(environment)?;
            workspace.refuse_second_birth(renamed)?;
            return Ok(None);
        };
        workspace.refuse_other_log(renamed, accepted.verified.log())?;
        let expected = digest(&accepted)?;
        let (from, to) = (environment.file(), renamed.file());
        let bytes = match accepted.verified.policy().is_some() {
            true => {
                let entry = Entry {
                    environment: Some(self.new.clone()),
                    ..Entry::default()
                };
                amended(workspace, environment, accepted, entry)?
            }
            false => {
                // Under another name its past would not be found again.
                workspace.refuse_replaced(environment, accepted.verified.file(), |_| None)?;
                as_it_is(workspace, environment, &expected)?
            }
        };
        let moves = !stays && from != to;
        if moves {
            refuse_unmovable(workspace, environment, renamed)?;
        }
        Ok(Some(Step {
            name: self.new.clone(),
            change: Change {
                path: to.as_str().into(),
                expected: (!moves).then_some(expected),
                bytes,
            },
            gone: moves.then(|| Gone {
                path: from.as_str().into(),
                expected,
            }),
            line: match moves {
                true => format!("{from} becomes {to}"),
                false => format!("{from} stays where it is"),
            },
        }))
    }

    /// An environment that extends this one: its log says so by name.
    fn step_above(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        config: &Config,
    ) -> Result<Option<Step>, Trouble> {
        let (name, file) = (environment.name(), environment.file());
        let by_config = environment.extends().contains(&self.old);
        let accepted = match workspace.accept_to_write(environment) {
            Ok(Some(accepted)) => accepted,
            Ok(None) => return Ok(None),
            // Whatever is wrong with a file that has nothing to do with this one is for `check` to tell.
            Err(_) if !by_config => return Ok(None),
            Err(trouble) => return Err(trouble.within(name)),
        };
        let Some(policy) = accepted.verified.policy() else {
            return Ok(None);
        };
        if !policy.extends().contains(&self.old) && !by_config {
            return Ok(None);
        }
        let wanted = of(config, name).map_err(Trouble::from)?;
        let entry = Entry {
            extends: Some(wanted.extends().to_vec()),
            ..Entry::default()
        };
        let expected = digest(&accepted)?;
        let bytes = amended(workspace, environment, accepted, entry)
            .map_err(|trouble| trouble.within(file))?;
        Ok(Some(Step {
            name: name.clone(),
            change: Change {
                path: file.as_str().into(),
                expected: Some(expected),
                bytes,
            },
            gone: None,
            line: format!("{name} ({file}) extends it, and is signed again"),
        }))
    }

    fn tell(&self, context: &Context, steps: &[Step]) {
        let terminal = context.terminal();
        terminal.say(format!("{} becomes {}:", self.old, self.new));
        if steps.iter().all(|step| step.name != self.new) {
            terminal.detail("it has no file yet");
        }
        steps.iter().for_each(|step| terminal.detail(&step.line));
    }
}

/// What git is to know of a file that moves out of what it knows.
fn attributes(
    workspace: &Workspace<'_>,
    environment: &Environment,
    renamed: &Environment,
) -> Result<Option<Change>, Failure> {
    let is_lost = !workspace.lacks_attributes(environment.file())?
        && workspace.lacks_attributes(renamed.file())?;
    if !is_lost {
        return Ok(None);
    }
    let moved = GitFile {
        file: renamed.file(),
        ..GitFile::of(workspace, environment.file())?
    };
    let all = attributes_beside(&[moved], &GitFile::all(workspace)?);
    Ok(Some(attributes_change(workspace.root(), &all)?))
}

/// Words in a row.
fn and(words: &[String]) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn digest(accepted: &Accepted) -> Result<Digest, Trouble> {
    accepted
        .digest
        .ok_or_else(|| Trouble::failed("internal error: the file was not read to be written"))
}

/// The bytes of a file without a log, which says nothing of its name.
fn as_it_is(
    workspace: &Workspace<'_>,
    environment: &Environment,
    accepted: &Digest,
) -> Result<Vec<u8>, Trouble> {
    let now = workspace
        .root()
        .read(Path::new(environment.file().as_str()))?;
    match now.digest() == *accepted {
        true => Ok(now.into_bytes()),
        false => Err(Trouble::failed("somebody else writes it").hint("type the command again")),
    }
}

/// The bytes of a signed file with one more entry in its log.
///
/// Whatever else the config wants is not done by the way: that is a matter for `sync`, which shows it.
fn amended(
    workspace: &Workspace<'_>,
    environment: &Environment,
    accepted: Accepted,
    entry: Entry,
) -> Result<Vec<u8>, Trouble> {
    let policy = accepted.verified.policy();
    let policy = policy.ok_or_else(|| Trouble::failed("internal error: the file has no log"))?;
    let drift = Drift::between(policy, environment);
    if !drift.is_empty() {
        return Err(Trouble::of_drift(environment, &drift, Some("rename")));
    }
    let identity = workspace.writing_identity(environment, policy)?;
    let mut opened = open_with(accepted.verified, identity)?;
    opened.amend(entry)?;
    let signer = Signer::among(std::slice::from_ref(identity), environment.readers());
    let sealed = opened.seal(signer.as_ref(), &workspace.context().now())?;
    Ok(sealed.text().as_bytes().to_vec())
}

fn refuse_unmovable(
    workspace: &Workspace<'_>,
    environment: &Environment,
    renamed: &Environment,
) -> Result<(), Trouble> {
    let (from, to) = (environment.file(), renamed.file());
    workspace.refuse_alteration(renamed)?;
    if workspace
        .root()
        .resolve(Path::new(from.as_str()))?
        .is_link()
    {
        return Err(
            Trouble::failed("it is a symbolic link, which does not move").hint(format!(
                "write `file: {from}` into .vault.yaml, and it stays"
            )),
        );
    }
    match workspace.root().resolve(Path::new(to.as_str()))?.exists() {
        true => Err(Trouble::failed(format!("{to} is there already"))
            .hint("move it away, or choose another name")),
        false => Ok(()),
    }
}
