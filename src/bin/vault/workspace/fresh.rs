//! A config that somebody writes while a command runs: what was read of it before does not fit the files of after.

use std::path::Path;

use vault::{config::Environment, vault::CONFIG};

use super::{
    Trouble, Workspace,
    accept::{Accepted, Purpose},
};

impl Workspace<'_> {
    /// Steps 1 to 4 of acceptance, for a command that reads; `None` where there is no file.
    pub(crate) fn accept(&self, environment: &Environment) -> Result<Option<Accepted>, Trouble> {
        self.accept_fresh(environment, Purpose::Reading)
    }

    /// The same for a command that writes.
    pub(crate) fn accept_to_write(
        &self,
        environment: &Environment,
    ) -> Result<Option<Accepted>, Trouble> {
        self.accept_fresh(environment, Purpose::Writing)
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
