//! A config that somebody writes while a command runs: what was read of it before does not fit the files of after.

use std::path::Path;

use vault::{config::Environment, vault::CONFIG};

use super::{
    Trouble, Workspace,
    accept::{Accepted, Purpose},
    known::Meeting,
};

impl Workspace<'_> {
    /// Steps 1 to 5 of acceptance, for a command that looks at it in passing; `None` where there is no file.
    pub(crate) fn accept(&self, environment: &Environment) -> Result<Option<Accepted>, Trouble> {
        self.accept_for(environment, Purpose::Looking)
    }

    /// The same for a command that tells whether everything is in order.
    pub(crate) fn accept_to_check(
        &self,
        environment: &Environment,
    ) -> Result<Option<Accepted>, Trouble> {
        self.accept_for(environment, Purpose::Checking)
    }

    /// The same for a command that writes.
    pub(crate) fn accept_to_write(
        &self,
        environment: &Environment,
    ) -> Result<Option<Accepted>, Trouble> {
        self.accept_for(environment, Purpose::Writing)
    }

    /// Meets every file as a command that reads it does, which tells what is new of its members; returns what stands against one.
    pub(crate) fn meet_all(&self) -> Vec<Trouble> {
        let environments = self.config().environments();
        let met = environments.map(|environment| {
            let accepted = self.accept_for(environment, Purpose::Reading).map(drop);
            accepted.map_err(|trouble| trouble.within(environment.name()))
        });
        met.filter_map(Result::err).collect()
    }

    /// Steps 1 to 5 of acceptance.
    pub(super) fn accept_for(
        &self,
        environment: &Environment,
        purpose: Purpose,
    ) -> Result<Option<Accepted>, Trouble> {
        if matches!(purpose, Purpose::Checking | Purpose::Writing) {
            self.refuse_unmerged(environment)
                .map_err(|trouble| trouble.within(environment.file()))?;
        }
        let accepted = self.accept_fresh(environment, purpose)?;
        if let Some(accepted) = &accepted {
            self.acquaint(Meeting::of(environment, &accepted.verified), purpose)?;
        }
        Ok(accepted)
    }

    /// Steps 1 to 4 alone, for whoever decides about the fifth; a file is needed.
    pub(crate) fn accept_unknown(&self, environment: &Environment) -> Result<Accepted, Trouble> {
        match self.accept_fresh(environment, Purpose::Reading)? {
            Some(accepted) => Ok(accepted),
            None => self.accept_existing(environment),
        }
    }

    /// Whether an environment has its file.
    pub(crate) fn has_file(&self, environment: &Environment) -> Result<bool, Trouble> {
        let path = Path::new(environment.file().as_str());
        Ok(self.root().resolve(path)?.exists())
    }

    /// A file that is not accepted under a config that is not there any more gets a second chance under the one that is.
    fn accept_fresh(
        &self,
        environment: &Environment,
        purpose: Purpose,
    ) -> Result<Option<Accepted>, Trouble> {
        match self.accept_as_read(environment, purpose) {
            Err(_) if self.is_stale() => {
                let now = Workspace::open(self.context())?;
                now.accept_as_read(now.environment(environment.name())?, purpose)
            }
            result => result,
        }
    }

    /// Whether the config on disk is another one than was read.
    pub(super) fn is_stale(&self) -> bool {
        let now = self.root().read(Path::new(CONFIG));
        now.is_ok_and(|now| now.digest() != self.config_file().digest())
    }
}
