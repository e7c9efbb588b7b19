//! Remembering: what was accepted, what was written, what is forgotten.

use std::{path::Path, rc::Rc};

use sha2::{Digest as _, Sha256};
use vault::{
    config::{Config, Environment, REPOSITORY_ID_BYTES},
    known::Known,
    sealed::Sealed,
    value::EnvName,
    vault::{CONFIG, Change, Gone, KnownFiles, Locks, SaveError, Saved},
};

use super::{
    super::{Trouble, Workspace},
    Meeting, Source, TRUST,
    pending::expect_removals,
    stranger::Logs,
    unusable,
};
use crate::failure::Failure;

impl Workspace<'_> {
    /// Accepts what is here from now on, whatever was known; returns whether that is news.
    pub(crate) fn trust(&self, meeting: Meeting<'_>) -> Result<bool, Trouble> {
        let Source::Memory(files) = self.source()? else {
            return Err(
                Trouble::failed(format!("{TRUST} is set: with it nothing is remembered"))
                    .hint("vault trust --export prints what it has to be; or unset it"),
            );
        };
        let mut is_news = false;
        let look = self.look_so_far()?;
        self.note_or_fail(files.as_ref(), |known| {
            is_news = known.trust(meeting.environment.name(), meeting.log);
            look.note(known, meeting) || is_news
        })?;
        Ok(is_news)
    }

    /// Writes files, all or none, removes others, and knows them from then on.
    ///
    /// # Errors
    /// As [`vault::vault::Store::save_and_remove`].
    pub(crate) fn save(&self, changes: &[Change], gone: &[Gone]) -> Result<Saved, SaveFailure> {
        let saved = self.save_values(changes, gone)?;
        self.remember(changes);
        Ok(saved)
    }

    /// The same for files that are known already, and whose members stay: nothing of that is news.
    ///
    /// # Errors
    /// As `save`.
    pub(crate) fn save_values(
        &self,
        changes: &[Change],
        gone: &[Gone],
    ) -> Result<Saved, SaveFailure> {
        let store = self.store().map_err(SaveFailure::NoPlace)?;
        let saved = match gone {
            [] => store.save_all(changes),
            gone => store.save_and_remove(changes, gone),
        };
        let saved = saved.map_err(SaveFailure::Save)?;
        let files = self.config().environments();
        let files = files.map(|environment| Path::new(environment.file().as_str()));
        store.sweep(files.chain([Path::new(CONFIG)]));
        self.set_up_drivers();
        Ok(saved)
    }

    /// What is known of the vault; read once, and again after something was remembered.
    pub(super) fn known(&self, files: &KnownFiles) -> Result<Rc<Known>, Trouble> {
        if let Some(known) = &*self.known.borrow() {
            return Ok(known.clone());
        }
        let known = files
            .read(&self.memory_id(self.config()))
            .map_err(|error| unusable(&error))?;
        let known = Rc::new(known);
        let _ = self.knew.set(known.clone());
        self.known.replace(Some(known.clone()));
        Ok(known)
    }

    /// Knows files that were just written: what one does oneself is no news.
    pub(crate) fn remember(&self, changes: &[Change]) {
        let Ok(Source::Memory(Some(files))) = self.source() else {
            return;
        };
        let config = changes
            .iter()
            .find(|change| change.path == Path::new(CONFIG));
        let config = config.and_then(|change| std::str::from_utf8(&change.bytes).ok());
        let Some(config) = config.and_then(|text| Config::parse(text).ok()) else {
            return;
        };
        let written = |environment: &&Environment| {
            let path = Path::new(environment.file().as_str());
            let change = changes.iter().find(|change| change.path == path)?;
            let sealed = Sealed::parse(&change.bytes).ok()?;
            Some((environment.name().clone(), sealed))
        };
        let written: Vec<(EnvName, Sealed)> = config
            .environments()
            .filter_map(|environment| written(&environment))
            .collect();
        let logs = (!config.former().is_empty()).then(|| self.logs());
        let _ = self.note_of(&files, &config, |known| {
            let accept = |is_news, (name, sealed): &(EnvName, Sealed)| {
                let is_new = known.accept(name, sealed.block().map(|block| block.log()));
                let is_apart = self.apart.borrow().contains(name) && known.set_apart(name);
                is_new || is_apart || is_news
            };
            let is_news = written.iter().fold(false, accept);
            let here = logs.as_ref().map(Logs::here).unwrap_or_default();
            expect_removals(known, &config, &here) || is_news
        });
    }

    /// Knows that none of the environments is signed: they were just adopted.
    pub(crate) fn remember_unsigned(&self) {
        if let Ok(Source::Memory(files)) = self.source() {
            let _ = self.note(files.as_ref(), |known| {
                let names = self.config().environments().map(Environment::name);
                let news = names.filter(|name| known.accept(name, None));
                news.count() > 0
            });
        }
    }

    /// Knows nothing any more of an environment that its writer has ended.
    pub(crate) fn forget(&self, name: &EnvName) {
        if let Ok(Source::Memory(files)) = self.source() {
            let _ = self.note(files.as_ref(), |known| known.forget(name));
        }
    }

    /// The same for one that is gone from the config, as somebody says rightly.
    pub(crate) fn forget_gone(&self, name: &EnvName) -> Result<(), Trouble> {
        match self.source()? {
            Source::Memory(files) => self.note_or_fail(files.as_ref(), |known| known.forget(name)),
            Source::Named(_) => Ok(()),
        }
    }

    /// Remembers; that there is no place to stops nobody, for a container may have nothing to write to.
    ///
    /// # Errors
    /// Why it is not remembered, to be told where somebody would count on it.
    pub(super) fn note(
        &self,
        files: Option<&KnownFiles>,
        change: impl FnOnce(&mut Known) -> bool,
    ) -> Result<(), Trouble> {
        match files {
            Some(files) => self.note_of(files, self.config(), change),
            None => Ok(self.context().state_directory().map(drop)?),
        }
    }

    fn note_of(
        &self,
        files: &KnownFiles,
        config: &Config,
        change: impl FnOnce(&mut Known) -> bool,
    ) -> Result<(), Trouble> {
        let locks = Locks::new(&self.context().locks_directory()?);
        let id = &self.memory_id(config);
        let noted = files.update(id, &locks, |known| {
            let is_first = known.is_empty();
            let is_news = change(known);
            if is_first && !known.is_empty() && self.config_file.is_some() {
                known.begin_with(unsigned_default(config));
            }
            is_news
        });
        let place = self.place_id();
        if *id != place {
            // From the time before there was an id: else whoever takes the id out of the config brings that time back.
            let _ = files.forget(&place, &locks);
        }
        self.known.replace(None);
        noted.map_err(|error| unusable(&error))
    }

    /// What the vault is remembered by: the id of the repository; where nothing is signed, and so bound to one, the place of this clone.
    fn memory_id(&self, config: &Config) -> String {
        match config.repository() {
            Some(id) => id.as_str().to_owned(),
            None => self.place_id(),
        }
    }

    fn place_id(&self) -> String {
        let place = self.root().directory().as_os_str().as_encoded_bytes();
        let digest = Sha256::new_with_prefix(b"vault/place/v1\0").chain_update(place);
        let bytes: [u8; 32] = digest.finalize().into();
        bytes[..REPOSITORY_ID_BYTES]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Remembers, for somebody who wants just that.
    fn note_or_fail(
        &self,
        files: Option<&KnownFiles>,
        change: impl FnOnce(&mut Known) -> bool,
    ) -> Result<(), Trouble> {
        let Some(files) = files else {
            return Err(Trouble::failed("there is nothing to remember it by")
                .hint("XDG_STATE_HOME or HOME names the place"));
        };
        self.note_of(files, self.config(), change)
    }
}

/// What is used where no environment is named, if it is not signed.
fn unsigned_default(config: &Config) -> Option<&EnvName> {
    let name = config.default_environment()?;
    let is_signed = config.environment(name).is_ok_and(Environment::is_signed);
    (!is_signed).then_some(name)
}

/// Why files were not written.
pub(crate) enum SaveFailure {
    /// No place for locks or journals.
    NoPlace(Failure),
    /// What the store says.
    Save(SaveError),
}

impl SaveFailure {
    /// Whether somebody else wrote one of the files since it was read.
    pub(crate) fn is_overtaken(&self) -> bool {
        use SaveError::{Changed, Vanished};
        matches!(self, SaveFailure::Save(Changed { .. } | Vanished { .. }))
    }

    /// The failure, with this hint where the next run may well succeed: somebody else wrote, or is about to.
    pub(crate) fn again(self, hint: &str) -> Failure {
        let is_passing = matches!(
            &self,
            SaveFailure::Save(
                SaveError::Changed { .. } | SaveError::Vanished { .. } | SaveError::Lock(_)
            )
        );
        let failure = Failure::from(self);
        match is_passing {
            true => failure.hint(hint),
            false => failure,
        }
    }
}

impl From<SaveFailure> for Failure {
    fn from(failure: SaveFailure) -> Self {
        match failure {
            SaveFailure::NoPlace(failure) => failure,
            SaveFailure::Save(error) => Trouble::from(error).into(),
        }
    }
}
