//! What earlier edits left: listed, thrown away, gone on with.

use vault::{
    keys::Identity,
    members::Log,
    rescue::{Contents, Rescue, Subject},
    value::{EnvName, KeyPath},
};
use zeroize::Zeroizing;

use super::{repository, target::Base};
use crate::{
    context::Context,
    editor::{Kept, Rescues},
    failure::{Exit, Failure},
    workspace::Workspace,
};

/// Lists all of them, the oldest first.
pub(super) fn list(context: &Context) -> Result<Exit, Failure> {
    let mut lines = String::new();
    for kept in Rescues::of(context).list() {
        match kept.read() {
            Ok(rescue) => {
                let (subject, time) = (rescue.subject(), rescue.time());
                let key = subject
                    .key
                    .as_ref()
                    .map_or(String::new(), |key| format!(" {key}"));
                lines.push_str(&format!(
                    "{}  {}{key}, typed until {time}\n",
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

/// Says that something is kept for an environment, and the way to it, to somebody who begins to edit without it: it does not stay for ever.
pub(in crate::commands) fn remind(workspace: &Workspace<'_>, name: &EnvName, way: &str) {
    let own = repository(workspace);
    let is_of_this = |kept: &Kept| {
        let rescue = kept.read().ok();
        rescue.is_some_and(|rescue| {
            rescue.subject().environment == *name && rescue.subject().repository == own
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

/// Throws one away.
pub(super) fn discard(context: &Context, id: Option<&str>) -> Result<Exit, Failure> {
    let mut all = Rescues::of(context).list();
    if let Some(id) = id {
        all.retain(|kept| kept.id == id);
    }
    match all.as_slice() {
        [] => Err(Failure::new("nothing of that name is kept")
            .hint("vault edit --list-rescues shows what is kept")),
        [kept] => {
            kept.remove()?;
            context.terminal().say(format!("{} is gone", kept.id));
            Ok(Exit::Done)
        }
        _ => Err(Failure::new("there are several; which one?")
            .hint("vault edit --list-rescues shows their names")),
    }
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
        let own = repository(workspace);
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
            if rescue.subject().repository != own {
                others.get_or_insert(kept);
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
            Some(kept) => Failure::new(format!(
                "what is kept for {name} is of another repository: {}",
                kept.id
            ))
            .hint("go there, and type vault edit --resume again"),
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
