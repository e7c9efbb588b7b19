//! What earlier edits left: listed, thrown away, gone on with.

use std::path::{Path, PathBuf};

use vault::{
    keys::Identity,
    members::Log,
    rescue::{Contents, Rescue, Subject},
    value::{EnvName, KeyPath},
    vault::{CONFIG, Digest, Shown},
};
use zeroize::Zeroizing;

use super::target::Base;
use crate::{
    context::Context,
    editor::{Kept, Rescues},
    failure::{Exit, Failure},
    shell,
    workspace::Workspace,
};

/// What an edit is about, for what is kept of it.
pub(in crate::commands) fn subject(
    workspace: &Workspace<'_>,
    environment: &EnvName,
    key: Option<&KeyPath>,
    base: Option<Digest>,
) -> Subject {
    let directory = workspace.root().directory().to_str();
    Subject {
        repository: repository(workspace),
        directory: directory.map(str::to_owned),
        environment: environment.clone(),
        key: key.cloned(),
        base: base.map(|digest| *digest.as_bytes()),
    }
}

fn repository(workspace: &Workspace<'_>) -> Option<String> {
    let id = workspace.config().repository();
    id.map(|id| id.as_str().to_owned())
}

/// The vault around, to tell its rescues from those of others.
struct Here {
    repository: Option<String>,
    directory: PathBuf,
}

impl Here {
    fn of(workspace: &Workspace<'_>) -> Self {
        Here {
            repository: repository(workspace),
            directory: workspace.root().directory().to_owned(),
        }
    }

    /// Whether a rescue is of this repository. One without an id is known by its directory; it may have moved, if no vault is there any more.
    fn owns(&self, subject: &Subject) -> bool {
        let is_vault = |directory: &Path| directory.join(CONFIG).exists();
        let is_elsewhere = || self.elsewhere(subject).is_some_and(is_vault);
        self.repository == subject.repository && (self.repository.is_some() || !is_elsewhere())
    }

    /// Where it was typed, if that is known and not here.
    fn elsewhere<'s>(&self, subject: &'s Subject) -> Option<&'s Path> {
        let directory = subject.directory.as_deref().map(Path::new);
        directory.filter(|directory| *directory != self.directory)
    }
}

/// Lists all of them, the oldest first; of those that are not of the vault around it says so.
pub(super) fn list(context: &Context) -> Result<Exit, Failure> {
    // A config that is not valid is no reason to hide what was typed.
    let workspace = Workspace::around(context).ok().flatten();
    let here = workspace.as_ref().map(Here::of);
    let mut lines = String::new();
    for kept in Rescues::of(context).list() {
        match kept.read() {
            Ok(rescue) => {
                let (subject, time) = (rescue.subject(), rescue.time());
                let key = subject
                    .key
                    .as_ref()
                    .map_or(String::new(), |key| format!(" {key}"));
                let whose = whose(here.as_ref(), subject);
                lines.push_str(&format!(
                    "{}  {}{key}, typed until {time}{whose}\n",
                    kept.id, subject.environment
                ));
            }
            Err(failure) => context.terminal().warn(failure.error().unwrap_or_default()),
        }
    }
    match lines.is_empty() {
        true => context.terminal().say("nothing is kept"),
        false => context.terminal().print(&lines)?,
    }
    Ok(Exit::Done)
}

/// What is known of where it was typed, unless it was here.
fn whose(here: Option<&Here>, subject: &Subject) -> String {
    if here.is_some_and(|here| here.owns(subject)) {
        return String::new();
    }
    let directory = match here {
        Some(here) => here.elsewhere(subject),
        None => subject.directory.as_deref().map(Path::new),
    };
    let which = match (directory, &subject.repository) {
        (Some(directory), _) => format!(": {}", Shown(directory)),
        (None, Some(id)) => format!(", whose .vault.yaml says repository: {id}"),
        (None, None) => String::new(),
    };
    format!(", in another repository{which}")
}

/// Says that something is kept for an environment, and the way to it, to somebody who begins to edit without it: it does not stay for ever.
pub(in crate::commands) fn remind(workspace: &Workspace<'_>, name: &EnvName, way: &str) {
    let here = Here::of(workspace);
    let is_of_this = |kept: &Kept| {
        let rescue = kept.read().ok();
        rescue.is_some_and(|rescue| {
            rescue.subject().environment == *name && here.owns(rescue.subject())
        })
    };
    let terminal = workspace.context().terminal();
    if let Some(kept) = Rescues::of(workspace.context())
        .list()
        .iter()
        .rev()
        .find(|kept| is_of_this(kept))
    {
        terminal.warn(format!(
            "what you typed for {name} before is still kept, until 7 days after: {}",
            kept.id
        ));
        terminal.hint(way);
    }
}

/// Throws one away: of whatever repository, if it is named, else the only one of the vault around.
pub(super) fn discard(context: &Context, id: Option<&str>) -> Result<Exit, Failure> {
    let all = Rescues::of(context).list();
    let (meant, none) = match id {
        Some(id) => {
            let is_named = |kept: &Kept| kept.id == id;
            let meant = all.into_iter().filter(is_named).collect();
            (meant, "nothing of that name is kept")
        }
        None => (
            of_this_vault(context, all)?,
            "nothing that was typed in this repository is kept",
        ),
    };
    match &meant[..] {
        [] => Err(Failure::new(none).hint("vault edit --list-rescues shows what is kept")),
        [kept] => {
            kept.remove()?;
            context.terminal().say(format!("{} is gone", kept.id));
            Ok(Exit::Done)
        }
        _ => Err(Failure::new("there are several; which one?")
            .hint("vault edit --list-rescues shows their names")),
    }
}

/// Those of the vault around; what cannot be read may be anybody's, and has to be named.
fn of_this_vault(context: &Context, mut all: Vec<Kept>) -> Result<Vec<Kept>, Failure> {
    let here = Here::of(&Workspace::open(context)?);
    let is_own = |rescue: Rescue| here.owns(rescue.subject());
    all.retain(|kept| kept.read().is_ok_and(is_own));
    Ok(all)
}

/// A rescue that an edit goes on with.
pub(super) struct Resumed {
    kept: Kept,
    rescue: Rescue,
    contents: Contents,
}

impl Resumed {
    /// The newest one of an environment of this repository, opened; also one that was typed when the environment had another name.
    pub(super) fn newest(
        workspace: &Workspace<'_>,
        name: &EnvName,
        log: Option<&Log>,
        identity: &Identity,
    ) -> Result<Self, Failure> {
        let here = Here::of(workspace);
        let states = log.map(Log::states).unwrap_or_default();
        let is_its_name = |other: &EnvName| {
            other == name || states.iter().any(|state| state.environment() == other)
        };
        let mut others = None;
        for kept in Rescues::of(workspace.context()).list().into_iter().rev() {
            let Ok(rescue) = kept.read() else { continue };
            if !is_its_name(&rescue.subject().environment) {
                continue;
            }
            if !here.owns(rescue.subject()) {
                others.get_or_insert((kept, rescue));
                continue;
            }
            let contents = open(identity, &kept, &rescue)?;
            return Ok(Resumed {
                kept,
                rescue,
                contents,
            });
        }
        Err(match others {
            None => Failure::new(format!("nothing that was typed for {name} is kept"))
                .hint("vault edit --list-rescues shows what is kept"),
            Some((kept, rescue)) => Failure::new(format!(
                "what is kept for {name} is of another repository: {}",
                kept.id
            ))
            .hint(way_to(&here, rescue.subject())),
        })
    }

    pub(super) fn key(&self) -> Option<&KeyPath> {
        self.rescue.subject().key.as_ref()
    }

    pub(super) fn id(&self) -> String {
        self.kept.id.clone()
    }

    /// What it is about.
    pub(super) fn subject(&self) -> Subject {
        self.rescue.subject().clone()
    }

    /// What stands in the editor at first: what was typed, every byte of it.
    pub(super) fn buffer(&self) -> Zeroizing<Vec<u8>> {
        self.contents.typed.clone()
    }

    /// What that began with.
    pub(super) fn base(&self) -> Base {
        self.contents.began.clone()
    }

    /// Takes the rescue away, once what was typed is in the file.
    pub(super) fn done(&self) -> Result<(), Failure> {
        self.kept.remove()
    }
}

/// How to go on with what was typed elsewhere.
fn way_to(here: &Here, subject: &Subject) -> String {
    match here.elsewhere(subject).and_then(Path::to_str) {
        Some(directory) => format!(
            "vault -C {} edit {} --resume goes on with it there",
            shell::path(directory),
            subject.environment
        ),
        None => "go there, and type vault edit --resume again".to_owned(),
    }
}

fn open(identity: &Identity, kept: &Kept, rescue: &Rescue) -> Result<Contents, Failure> {
    let within = |failure: Failure| failure.within(format!("the rescue {}", kept.id));
    match rescue
        .open(&[identity])
        .map_err(|error| within(Failure::because(&error)))?
    {
        Some(contents) => Ok(contents),
        None => Err(within(Failure::new(
            "it was not typed with the identity that is used now",
        ))
        .hint("-i FILE takes another identity")),
    }
}
