//! `vault env remove`: an environment and its file go; what git holds stays.

use std::path::Path;

use clap::Args;
use vault::{
    config::{Environment, edit::without_environment},
    sealed::{FormError, Mark},
    value::{EnvName, Node},
    vault::{Gone, Snapshot},
};

use super::write;
use crate::{
    commands::{plan::confirm, words::keys},
    context::Context,
    failure::{Exit, Failure},
    workspace::{Trouble, Workspace, config_failure},
};

/// Remove an environment, and its file
///
/// Asks first. Refused for the default environment, and while others extend it. What git's history holds stays there: whoever could
/// read it still can, so change the values where they are used.
#[derive(Args, Debug)]
pub(crate) struct Remove {
    /// The environment
    name: EnvName,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Remove {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment(&self.name)?;
        self.refuse_needed(&workspace)?;
        let before = workspace
            .config_file()
            .text()
            .map_err(|error| Failure::because(&error))?;
        let text =
            without_environment(before, &self.name).map_err(|error| config_failure(&error))?;
        let file = file(&workspace, environment)?;
        let terminal = context.terminal();
        terminal.say(format!("{} ({}) goes:", self.name, environment.file()));
        for line in plan(&workspace, environment, file.as_ref())? {
            terminal.detail(line);
        }
        let left = workspace.left_behind(environment, None);
        left.iter().for_each(|line| terminal.detail(line));
        confirm(context, self.yes, "Remove it?")?;
        let gone: Vec<Gone> = file
            .iter()
            .map(|file| Gone {
                path: environment.file().as_str().into(),
                expected: file.digest(),
            })
            .collect();
        write(&workspace, &[workspace.config_change(text)], &gone)?;
        workspace.forget(&self.name);
        let next = match workspace.taken_out_with(environment) {
            Some(line) => format!("{line}, and commit"),
            None => "commit".to_owned(),
        };
        terminal.say(format!("removed {}; next: {next}", self.name));
        Ok(Exit::Done)
    }

    /// What others stand on does not go.
    fn refuse_needed(&self, workspace: &Workspace<'_>) -> Result<(), Failure> {
        let name = &self.name;
        let config = workspace.config();
        let above: Vec<&str> = config
            .environments()
            .filter(|other| other.name() != name && extends(workspace, other, name))
            .map(|other| other.name().as_str())
            .collect();
        if !above.is_empty() {
            let text = format!("{name} is extended by {}", above.join(", "));
            return Err(Failure::new(text).hint(format!(
                "take it out of their `extends` in .vault.yaml, and run vault sync {}",
                above.join(" ")
            )));
        }
        match config.default_environment() == Some(name) {
            true => Err(Failure::new(format!("{name} is the default environment"))
                .hint("name another one under `default:` in .vault.yaml, or take that line out")),
            false => Ok(()),
        }
    }
}

/// By the config, or by the log, which counts as long as nobody has run `sync`.
fn extends(workspace: &Workspace<'_>, other: &Environment, name: &EnvName) -> bool {
    let by_log = || {
        let accepted = workspace.accept(other).ok().flatten()?;
        Some(accepted.verified.policy()?.extends().contains(name))
    };
    other.extends().contains(name) || by_log() == Some(true)
}

/// The file, if there is one that can go.
fn file(workspace: &Workspace<'_>, environment: &Environment) -> Result<Option<Snapshot>, Failure> {
    let path = Path::new(environment.file().as_str());
    let place = workspace
        .root()
        .resolve(path)
        .map_err(|error| Failure::because(&error))?;
    if place.is_link() {
        let text = format!("{} is a symbolic link", environment.file());
        return Err(Failure::new(text).hint("remove it yourself, then type the command again"));
    }
    if !place.exists() {
        workspace
            .refuse_left_out(environment)
            .map_err(|trouble| trouble.within(environment.file()))?;
    }
    let read = place.exists().then(|| workspace.root().read(path));
    let read = read.transpose().map_err(|error| Failure::because(&error))?;
    // Whatever else is wrong with it: it goes. But both sides of a merge are not one file's to throw away.
    match read.as_ref().map(|file| Mark::split(file.bytes())) {
        Some(Ok(Some(marked))) => {
            let trouble = Trouble::from(FormError::Unmerged(marked.mark));
            Err(trouble.within(environment.file()).into())
        }
        _ => Ok(read),
    }
}

fn plan(
    workspace: &Workspace<'_>,
    environment: &Environment,
    file: Option<&Snapshot>,
) -> Result<Vec<String>, Failure> {
    let Some(file) = file else {
        return Ok(vec!["it has no file".to_owned()]);
    };
    let mut lines = vec![content(workspace, environment)];
    let (versions, is_known) = workspace.versions(environment, file.bytes())?;
    if !is_known {
        lines.push(
            "the file as it is now is in no commit: what only it holds is lost for good".to_owned(),
        );
    }
    if versions > 0 {
        let them = if versions == 1 {
            "1 version of it".to_owned()
        } else {
            format!("{versions} versions of it")
        };
        lines.push(format!(
            "git's history keeps {them}: whoever could read it then still can; change the values where they are used"
        ));
    }
    Ok(lines)
}

/// What the file shows without a key.
fn content(workspace: &Workspace<'_>, environment: &Environment) -> String {
    let Ok(Some(accepted)) = workspace.accept(environment) else {
        return format!(
            "its file is not accepted (vault check {} says why)",
            environment.name()
        );
    };
    let readers = workspace
        .readers(environment, &accepted.verified)
        .join(", ");
    match accepted.verified.file().shape() {
        Ok(shape) => format!(
            "{}, readable by {readers}",
            keys(Node::Map(shape).leaves().len())
        ),
        Err(_) => format!("readable by {readers}"),
    }
}
