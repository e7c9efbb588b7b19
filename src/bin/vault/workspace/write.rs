//! Changing an environment: opened by a writer, changed in memory, written only if nobody else wrote meanwhile, else merged by key.

use std::{collections::BTreeMap, path::Path};

use vault::{
    accord::Drift,
    config::Environment,
    keys::{Identity, Member, Recipient},
    merge::{Merge, three_way},
    sealed::{Opened, Signer},
    typed::Problem,
    value::{Map, Name, Node},
    vault::{Change, Digest, SaveError},
    yaml::Document,
};

use super::{
    Own, Trouble, Workspace,
    accept::{Accepted, named, names, open_with},
    birth::Birth,
    changes::{KeyChange, differences},
    drift::refuse_dropped,
    known::{Meeting, SaveFailure},
    put::Comments,
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
    /// The comments of new keys.
    pub(crate) comments: Comments,
    /// What it lies over, where it is local.
    local: Option<&'w Environment>,
}

/// What a write did.
pub(crate) struct Outcome {
    /// The keys that differ now, in the order of the file; empty if nothing was written.
    pub(crate) changes: Vec<KeyChange>,
}

impl<'c> Workspace<'c> {
    /// Opens an environment to change it; a file that does not exist yet begins empty.
    ///
    /// Everything that could stop the write stops it here, before a person is asked for a value.
    pub(crate) fn draft<'w>(
        &'w self,
        environment: &'w Environment,
    ) -> Result<Draft<'w, 'c>, Trouble> {
        let accepted = self.accept_to_write(environment)?;
        if let Some(Accepted { verified, .. }) = &accepted {
            match verified.policy() {
                Some(policy) => self.tell_drift(environment, &Drift::between(policy, environment)),
                None => self.tell_missing(environment, verified.file()),
            }
        }
        self.draft_on(environment, accepted)
    }

    /// The same once more, without telling again what was told.
    pub(crate) fn draft_again<'w>(
        &'w self,
        environment: &'w Environment,
    ) -> Result<Draft<'w, 'c>, Trouble> {
        let accepted = self.accept_to_write(environment)?;
        self.draft_on(environment, accepted)
    }

    fn draft_on<'w>(
        &'w self,
        environment: &'w Environment,
        accepted: Option<Accepted>,
    ) -> Result<Draft<'w, 'c>, Trouble> {
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
                refuse_dropped(environment, &Drift::between(policy, environment))?;
                self.refuse_taken_back(Meeting::of(environment, &accepted.verified))?;
                Some(self.writing_identity(environment, policy)?)
            }
            None => None,
        };
        let digest = accepted.digest;
        let opened = match identity {
            Some(identity) => open_with(accepted.verified, identity)
                .map_err(|trouble| trouble.within(environment.file()))?,
            None => self.open_unreplaced(environment, accepted)?,
        };
        let base = opened.tree().clone();
        Ok(Draft {
            workspace: self,
            environment,
            opened,
            base,
            digest,
            identity,
            config: None,
            comments: Comments::new(),
            local: None,
        })
    }

    /// Opens a file that is not signed, to write it: it must not stand in the place of one that was, nor be for others than the config lists.
    fn open_unreplaced(
        &self,
        environment: &Environment,
        accepted: Accepted,
    ) -> Result<Opened, Trouble> {
        let opened = self.open_accepted(environment, accepted)?;
        self.refuse_replaced_open(environment, &opened)?;
        self.refuse_unlisted(environment, opened.file())?;
        Ok(opened)
    }

    fn draft_new<'w>(&'w self, environment: &'w Environment) -> Result<Draft<'w, 'c>, Trouble> {
        let identity = match environment.is_signed() {
            true => Some(self.future_writer(environment)?),
            false => {
                self.future_reader(environment)?;
                None
            }
        };
        let Birth { opened, config } = self.birth(environment, &self.context().now())?;
        if let Some(config) = &config {
            self.store()?.check_writable(&config.path)?;
        }
        Ok(Draft {
            workspace: self,
            environment,
            opened,
            base: Map::new(),
            digest: None,
            identity,
            config,
            comments: Comments::new(),
            local: None,
        })
    }

    /// Opens one's own overrides to change them; a file that does not exist yet begins empty.
    pub(crate) fn draft_own<'w>(
        &'w self,
        own: &'w Own<'w>,
        accepted: Option<Accepted>,
    ) -> Result<Draft<'w, 'c>, Trouble> {
        let environment = own.environment();
        self.store()?
            .check_writable(Path::new(environment.file().as_str()))?;
        let digest = accepted.as_ref().and_then(|accepted| accepted.digest);
        let Birth { opened, config } = match accepted {
            Some(accepted) => Birth {
                opened: own.open(accepted)?,
                config: None,
            },
            None => self.begin(environment, &self.context().now())?,
        };
        Ok(Draft {
            workspace: self,
            environment,
            base: opened.tree().clone(),
            opened,
            digest,
            identity: Some(own.identity),
            config,
            comments: Comments::new(),
            local: Some(own.of),
        })
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
        self.workspace.context().terminal().say(format!(
            "{verb} {what} to {} for {}",
            self.environment.file(),
            self.readers()
        ));
    }

    /// Says who can read what is written, before a person begins to write a whole text.
    pub(crate) fn tell_readers(&self) {
        let (file, readers) = (self.environment.file(), self.readers());
        let text = match self.exists() {
            true => format!("editing {file}, which {readers} can read"),
            false => format!("making {file}, which {readers} can read"),
        };
        self.workspace.context().terminal().say(text);
    }

    /// Who can read what is written, by name.
    pub(crate) fn readers(&self) -> String {
        match self.opened.policy() {
            _ if self.local.is_some() => "you alone".to_owned(),
            Some(policy) => names(policy.members()),
            None if self.exists() => named(self.environment, self.opened.recipients()).join(", "),
            None => names(self.environment.readers()),
        }
    }

    /// The identity of whoever is at work: one that can read what is written.
    ///
    /// # Errors
    /// There is none; then nothing could have been opened.
    pub(crate) fn reader(&self) -> Result<&'w Identity, Trouble> {
        if let Some(identity) = self.identity {
            return Ok(identity);
        }
        let recipients: Vec<Recipient> = self
            .opened
            .recipients()
            .filter_map(Recipient::of_entry)
            .collect();
        let identities = self.workspace.context().identities();
        match identities.opener(&recipients)? {
            Some(identity) => Ok(identity),
            None => self.workspace.future_reader(self.environment),
        }
    }

    /// The file as it was read; nothing where there is none.
    pub(crate) fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Takes over a whole text; returns whether that changed anything, or every problem with it.
    pub(crate) fn revise(&mut self, plain: &Document) -> Result<bool, Vec<Problem>> {
        self.opened
            .revise(plain)
            .map_err(|errors| errors.iter().map(Problem::from).collect())
    }

    /// What has changed of its members since it was last used here.
    pub(crate) fn news(&self) -> Vec<String> {
        self.workspace.news_of(self.environment.name())
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
    ///
    /// # Errors
    /// Exit code 1 if others changed the same keys; then nothing is written.
    pub(crate) fn save(self) -> Result<Outcome, Trouble> {
        let (context, name) = (self.workspace.context(), self.environment.name().clone());
        let (start, wanted) = (self.base.clone(), Node::Map(self.opened.tree().clone()));
        let changes = differences(&start, as_map(&wanted));
        let comments = self.comments.clone();
        let local = self.local.map(|environment| environment.name().clone());
        if changes.is_empty() && self.exists() || self.try_save()? {
            return Ok(Outcome { changes });
        }
        for _ in 1..TRIES {
            // Whatever changed, the config may have as well: who may read and write is looked up anew.
            let workspace = Workspace::open(context)?;
            let is_done = match &local {
                Some(below) => {
                    let (own, accepted) = workspace.own(workspace.environment(below)?)?;
                    let draft = workspace.draft_own(&own, accepted)?;
                    draft.try_again(&start, &wanted, &comments)?
                }
                None => {
                    let environment = workspace.environment(&name)?;
                    let accepted = workspace.accept_to_write(environment)?;
                    let draft = workspace.draft_on(environment, accepted)?;
                    draft.try_again(&start, &wanted, &comments)?
                }
            };
            if is_done {
                return Ok(Outcome { changes });
            }
        }
        Err(Trouble::failed(format!("{name} is written by others all the time")).hint("try again"))
    }

    /// Signs and writes the file, and says which keys differ; nothing if somebody wrote it meanwhile.
    pub(crate) fn save_once(self) -> Result<Option<Vec<KeyChange>>, Trouble> {
        let changes = differences(&self.base, self.opened.tree());
        Ok(self.try_save()?.then_some(changes))
    }

    /// Makes the change to what is there now, and writes it; false if somebody wrote meanwhile.
    fn try_again(
        mut self,
        start: &Map,
        wanted: &Node,
        comments: &Comments,
    ) -> Result<bool, Trouble> {
        self.comments = comments.clone();
        self.replay(start, wanted)?;
        let is_there = self.exists() && self.base == *self.opened.tree();
        Ok(is_there || self.try_save()?)
    }

    /// Writes the file; false if somebody wrote it or the config meanwhile.
    fn try_save(self) -> Result<bool, Trouble> {
        let (workspace, environment, expected) = (self.workspace, self.environment, self.digest);
        let members = self.members();
        let signer = self
            .identity
            .and_then(|identity| Signer::among(std::slice::from_ref(identity), &members));
        let sealed = self
            .opened
            .seal(signer.as_ref(), &workspace.context().now())?;
        let file = Change {
            path: environment.file().as_str().into(),
            expected,
            bytes: sealed.text().as_bytes().to_vec(),
        };
        // The config is compared as well, also where it stays as it is.
        let config = match self.config {
            Some(config) => config,
            None => workspace.config_unchanged(),
        };
        let saved = match expected {
            // Its members were accepted when it was opened, and stay.
            Some(_) => workspace.save_values(&[config, file], &[]),
            None => workspace.save(&[config, file], &[]),
        };
        match saved {
            Ok(saved) => {
                workspace.context().terminal().warn_each(&saved.notices);
                if expected.is_none() && self.local.is_none() {
                    workspace.tell_left_out([Path::new(environment.file().as_str())]);
                }
                Ok(true)
            }
            Err(SaveFailure::Save(SaveError::Changed { .. })) => Ok(false),
            Err(failure) => Err(Failure::from(failure).into()),
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

    /// Makes a change again, on top of what somebody else wrote.
    fn replay(&mut self, start: &Map, wanted: &Node) -> Result<(), Trouble> {
        let theirs = Node::Map(self.opened.tree().clone());
        let merged = three_way(Merge {
            base: &Node::Map(start.clone()),
            ours: wanted,
            theirs: &theirs,
        });
        if !merged.conflicts.is_empty() {
            let text = format!(
                "{} was changed by somebody else meanwhile, and so was what you change; nothing is written",
                self.environment.file()
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
        let (kept, gone): (Vec<_>, Vec<_>) = merged
            .changes
            .iter()
            .partition(|change| change.to.is_some());
        self.put_all(
            kept.iter()
                .filter_map(|change| Some((&change.path, change.to.as_ref()?))),
        )?;
        for change in gone {
            self.opened.unset(&change.path)?;
        }
        Ok(())
    }
}

fn as_map(node: &Node) -> &Map {
    match node {
        Node::Map(map) => map,
        _ => unreachable!("the root of a file is a map"),
    }
}
