//! Changing an environment: opened by a writer, changed in memory, written only if nobody else wrote meanwhile, else merged by key.

use std::{collections::BTreeMap, fmt, path::Path};

use vault::{
    accord::{Drift, vouches_for},
    config::Environment,
    keys::{Identity, Member, VerifyingKey},
    members::Policy,
    merge::{Merge, three_way},
    sealed::{Opened, Signer},
    value::{KeyPath, Map, Name, Node, Scalar},
    vault::{Change, Digest, SaveError, Snapshot},
};

use super::{
    Trouble, Workspace,
    accept::{Accepted, names, open_with},
    birth::Birth,
    trouble::introduction,
};
use crate::failure::{Exit, Failure};

/// How often a write is tried again when others write at the same time.
const TRIES: usize = 50;

/// An environment that is being changed.
pub(crate) struct Draft<'w, 'c> {
    workspace: &'w Workspace<'c>,
    environment: &'w Environment,
    /// The file, open; commands change it.
    pub(crate) opened: Opened,
    base: Map,
    digest: Option<Digest>,
    identity: Option<&'w Identity>,
    config: Option<Change>,
}

/// What a write did.
pub(crate) struct Outcome {
    /// The keys that differ now, in the order of the file; empty if nothing was written.
    pub(crate) changes: Vec<KeyChange>,
}

/// One key that differs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeyChange {
    /// New.
    Added(KeyPath),
    /// With another value.
    Changed(KeyPath),
    /// Gone.
    Removed(KeyPath),
}

impl fmt::Display for KeyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyChange::Added(path) => write!(f, "+ {path}"),
            KeyChange::Changed(path) => write!(f, "~ {path}"),
            KeyChange::Removed(path) => write!(f, "- {path}"),
        }
    }
}

impl<'c> Workspace<'c> {
    /// Opens an environment to change it; a file that does not exist yet begins empty.
    ///
    /// Everything that could stop the write stops it here, before a person is asked for a value.
    pub(crate) fn draft<'w>(
        &'w self,
        environment: &'w Environment,
    ) -> Result<Draft<'w, 'c>, Trouble> {
        let accepted = self.accept(environment)?;
        self.store()?
            .check_writable(Path::new(environment.file().as_str()))?;
        match accepted {
            Some(accepted) => self.draft_of(environment, accepted),
            None => self.draft_new(environment),
        }
    }

    fn draft_of<'w>(
        &'w self,
        environment: &'w Environment,
        accepted: Accepted,
    ) -> Result<Draft<'w, 'c>, Trouble> {
        let identity = match accepted.verified.policy() {
            Some(policy) => {
                self.check_drift(environment, &Drift::between(policy, environment))?;
                Some(self.writing_identity(environment, policy)?)
            }
            None => None,
        };
        let digest = accepted.digest;
        let opened = match identity {
            Some(identity) => open_with(accepted.verified, identity)
                .map_err(|trouble| trouble.within(environment.file()))?,
            None => self.open_accepted(environment, accepted)?,
        };
        let base = opened.tree().clone();
        Ok(Draft {
            workspace: self,
            environment,
            opened,
            base,
            digest: Some(digest),
            identity,
            config: None,
        })
    }

    /// The identity that signs: a writer's by the log, and vouched for by the config, or nobody would accept the file afterwards.
    fn writing_identity(
        &self,
        environment: &Environment,
        policy: &Policy,
    ) -> Result<&Identity, Trouble> {
        let vouched = |(name, _): &(&Name, &VerifyingKey)| vouches_for(self.config(), policy, name);
        let writers = policy.writers().filter(vouched).map(|(_, key)| key);
        if let Some(identity) = self.signing_identity(writers)? {
            return Ok(identity);
        }
        match self.signing_identity(policy.writers().map(|(_, key)| key))? {
            None => Err(self.nobody_signs(environment, Some(policy))),
            Some(_) => {
                let text = format!(
                    "you may write {}, but .vault.yaml does not list you with the key that you sign with",
                    environment.name()
                );
                Err(Trouble::untrusted(text).hint("git log -p .vault.yaml shows who changed it"))
            }
        }
    }

    fn draft_new<'w>(&'w self, environment: &'w Environment) -> Result<Draft<'w, 'c>, Trouble> {
        let identity = match environment.is_signed() {
            true => {
                let keys = environment
                    .writers()
                    .filter_map(|(_, member)| member.writes_with());
                let identity = self.signing_identity(keys)?;
                Some(identity.ok_or_else(|| self.nobody_signs(environment, None))?)
            }
            false => None,
        };
        let Birth { opened, config } = self.birth(environment, &self.context().now())?;
        Ok(Draft {
            workspace: self,
            environment,
            opened,
            base: Map::new(),
            digest: None,
            identity,
            config,
        })
    }

    /// Config and log need not agree for a write, but nobody whom the config has dropped may get a new secret.
    fn check_drift(&self, environment: &Environment, drift: &Drift) -> Result<(), Trouble> {
        if drift.is_empty() {
            return Ok(());
        }
        let name = environment.name();
        if !drift.dropped.is_empty() {
            let text = format!(
                "{name} can still be read by {}, whom .vault.yaml no longer lists",
                names(&drift.dropped)
            );
            return Err(Trouble::untrusted(text).hint(format!(
                "vault sync {name} takes them out and changes the data key"
            )));
        }
        self.context().terminal().warn(format!("{name}: .vault.yaml wants other members or layers than the file has; nothing of that changes before vault sync {name}"));
        drift
            .lines()
            .iter()
            .for_each(|line| self.context().terminal().detail(line));
        Ok(())
    }

    /// That nobody here may write: by the log, or for a file that does not exist yet by the config.
    pub(crate) fn nobody_signs(
        &self,
        environment: &Environment,
        policy: Option<&Policy>,
    ) -> Trouble {
        let writers: Vec<&str> = match policy {
            Some(policy) => policy.writers().map(|(name, _)| name.as_str()).collect(),
            None => environment
                .writers()
                .map(|(name, _)| name.as_str())
                .collect(),
        };
        let text = match writers.as_slice() {
            [] => format!(
                "nobody could write {}: none of its recipients has a signing key",
                environment.name()
            ),
            writers => format!(
                "no identity of yours may write {}; writers are {}",
                environment.name(),
                writers.join(", ")
            ),
        };
        introduction(self.own_member().as_ref())
            .into_iter()
            .fold(Trouble::failed(text), Trouble::hint)
    }
}

impl<'w, 'c> Draft<'w, 'c> {
    /// Says what is about to be written, and for whom.
    pub(crate) fn announce(&self, what: &str) {
        let verb = if self.digest.is_some() {
            "writing"
        } else {
            "making the file and writing"
        };
        let readers = match self.opened.policy() {
            Some(policy) => names(policy.members()),
            None => names(self.environment.readers()),
        };
        self.workspace.context().terminal().say(format!(
            "{verb} {what} to {} for {readers}",
            self.environment.file()
        ));
    }

    /// Whether the file exists.
    pub(crate) fn exists(&self) -> bool {
        self.digest.is_some()
    }

    /// Saves, and says which keys differ now.
    pub(crate) fn finish(self) -> Result<Exit, Failure> {
        let terminal = self.workspace.context().terminal();
        let changes = self.save()?.changes;
        match changes.is_empty() {
            true => terminal.say("nothing changed"),
            false => changes.iter().for_each(|change| terminal.say(change)),
        }
        Ok(Exit::Done)
    }

    /// Signs and writes the file; what others wrote meanwhile is merged by key.
    ///
    /// Nothing changed means that nothing is written, unless the file is new.
    pub(crate) fn save(self) -> Result<Outcome, Trouble> {
        let (workspace, environment) = (self.workspace, self.environment);
        let wanted = Node::Map(self.opened.tree().clone());
        let start = self.base.clone();
        let mut draft = self;
        for _ in 0..TRIES {
            let changes = differences(&draft.base, draft.opened.tree());
            if changes.is_empty() && draft.exists() {
                return Ok(Outcome { changes });
            }
            match draft.try_save()? {
                None => {
                    return Ok(Outcome {
                        changes: differences(&start, as_map(&wanted)),
                    });
                }
                Some(now) => draft = Draft::again(workspace, environment, &start, &wanted, &now)?,
            }
        }
        Err(Trouble::failed(format!(
            "{} is written by others all the time",
            environment.file()
        ))
        .hint("try again"))
    }

    /// Writes the file; `Some` with what is there now if somebody was faster.
    fn try_save(self) -> Result<Option<Box<Snapshot>>, Trouble> {
        let (workspace, environment, expected) = (self.workspace, self.environment, self.digest);
        let members = self.members();
        let signer = self
            .identity
            .and_then(|identity| Signer::among(std::slice::from_ref(identity), &members));
        let sealed = self
            .opened
            .seal(signer.as_ref(), &workspace.context().now())?;
        let change = Change {
            path: environment.file().as_str().into(),
            expected,
            bytes: sealed.text().as_bytes().to_vec(),
        };
        let changes: Vec<Change> = self.config.into_iter().chain([change]).collect();
        match workspace.store()?.save_all(&changes) {
            Ok(saved) => {
                saved
                    .notices
                    .iter()
                    .for_each(|notice| workspace.context().terminal().warn(notice));
                Ok(None)
            }
            Err(SaveError::Changed { now })
                if now.path().ends_with(environment.file().as_str()) =>
            {
                Ok(Some(now))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn members(&self) -> BTreeMap<Name, Member> {
        match self.opened.policy() {
            Some(policy) => policy
                .members()
                .map(|(name, member)| (name.clone(), member.clone()))
                .collect(),
            None => self.environment.readers().clone(),
        }
    }

    /// The same change on top of what somebody else wrote.
    fn again(
        workspace: &'w Workspace<'c>,
        environment: &'w Environment,
        start: &Map,
        wanted: &Node,
        now: &Snapshot,
    ) -> Result<Self, Trouble> {
        let verified = workspace
            .verify(environment, now.bytes())
            .map_err(|trouble| trouble.within(environment.file()))?;
        let mut draft = workspace.draft_of(
            environment,
            Accepted {
                verified,
                digest: now.digest(),
            },
        )?;
        let theirs = Node::Map(draft.opened.tree().clone());
        let merged = three_way(Merge {
            base: &Node::Map(start.clone()),
            ours: wanted,
            theirs: &theirs,
        });
        if !merged.conflicts.is_empty() {
            let text = format!(
                "{} was changed by somebody else meanwhile, and so was what you change; nothing is written",
                environment.file()
            );
            let trouble = Trouble {
                exit: Exit::No,
                ..Trouble::failed(text)
            };
            let trouble = merged.conflicts.iter().fold(trouble, |trouble, conflict| {
                trouble.detail(conflict.to_string())
            });
            return Err(trouble.hint("look at what is there now, and type the command again"));
        }
        for change in &merged.changes {
            match &change.to {
                Some(node) => drop(draft.opened.set(&change.path, node)?),
                None => draft.opened.unset(&change.path)?,
            }
        }
        Ok(draft)
    }
}

fn as_map(node: &Node) -> &Map {
    match node {
        Node::Map(map) => map,
        _ => unreachable!("the root of a file is a map"),
    }
}

/// The keys that differ between two trees: those of the new one in its order, then those that are gone.
pub(crate) fn differences(before: &Map, after: &Map) -> Vec<KeyChange> {
    let (before, after) = (Node::Map(before.clone()), Node::Map(after.clone()));
    let old: BTreeMap<KeyPath, &Scalar> = before.leaves().into_iter().collect();
    let new: BTreeMap<KeyPath, &Scalar> = after.leaves().into_iter().collect();
    let mut changes = Vec::new();
    for (path, scalar) in after.leaves() {
        match old.get(&path) {
            None => changes.push(KeyChange::Added(path)),
            Some(known) if *known != scalar => changes.push(KeyChange::Changed(path)),
            Some(_) => {}
        }
    }
    let gone = before
        .leaves()
        .into_iter()
        .filter(|(path, _)| !new.contains_key(path));
    changes.extend(gone.map(|(path, _)| KeyChange::Removed(path)));
    changes
}
