//! What git's history knows of an environment.

use std::path::{Path, PathBuf};

use vault::{
    accord::vouches_for,
    config::{Config, Environment},
    members::Block,
    sealed::{Expected, Opened, Sealed, Verified},
    value::EnvName,
    vault::CONFIG,
};

use super::{Trouble, Workspace, accept::open_with};

/// The newest version of a file in history that was properly signed.
pub(crate) struct LastSigned {
    /// Its block, whose log verified.
    pub(crate) block: Block,
    /// The version itself.
    pub(crate) verified: Verified,
}

impl Workspace<'_> {
    /// The newest version of an environment's file in the history of HEAD that passes steps 1 to 4 of acceptance under the config of today,
    /// wherever the config of its time had it.
    ///
    /// Without the fourth, anybody who commits could begin a log of their own, and a writer would go on with it.
    ///
    /// # Errors
    /// It belongs to another repository than the config says: whoever changed that would have the history forgotten.
    pub(crate) fn last_signed(
        &self,
        environment: &Environment,
    ) -> Result<Option<LastSigned>, Trouble> {
        let Some(repo) = self.repo()? else {
            return Ok(None);
        };
        let places = |config: Option<&[u8]>| {
            let now = environment.file().as_str();
            let then = config.and_then(|bytes| file_in(bytes, environment.name()));
            [Some(now.into()), then].into_iter().flatten().collect()
        };
        let found = repo.version_of(Path::new(CONFIG), places, |bytes| {
            let sealed = Sealed::parse(bytes).ok()?;
            let block = sealed.block()?.clone();
            let expected = Expected {
                repository: block.log().policy().repository(),
                environment: environment.name(),
                signed: true,
            };
            let verified = sealed.verify(&expected).ok()?;
            let (policy, signer) = (verified.policy()?, verified.signer()?);
            vouches_for(self.config(), policy, signer).then_some(LastSigned { block, verified })
        })?;
        match found {
            Some(last) if !self.is_repository(last.block.log().policy().repository()) => {
                let text =
                    "its last signed version belongs to another `repository` than .vault.yaml says";
                Err(Trouble::untrusted(text)
                    .hint("git log -p .vault.yaml shows who changed it, and what it was"))
            }
            found => Ok(found),
        }
    }

    fn is_repository(&self, id: &str) -> bool {
        self.config()
            .repository()
            .is_some_and(|own| own.as_str() == id)
    }

    /// Opens a file that has no block, whatever the config says of signatures.
    pub(crate) fn open_unsigned(
        &self,
        environment: &Environment,
        sealed: Sealed,
    ) -> Result<Opened, Trouble> {
        let expected = Expected {
            repository: "",
            environment: environment.name(),
            signed: false,
        };
        let verified = sealed
            .verify(&expected)
            .map_err(|error| Trouble::of_trust(&error, environment))?;
        self.open_verified(environment, verified)
    }

    /// Opens an older version.
    pub(crate) fn open_last(
        &self,
        environment: &Environment,
        verified: Verified,
    ) -> Result<Opened, Trouble> {
        self.open_verified(environment, verified)
            .map_err(|trouble| trouble.within("the last signed version"))
    }

    /// Opens a verified file with an identity at hand.
    pub(crate) fn open_verified(
        &self,
        environment: &Environment,
        verified: Verified,
    ) -> Result<Opened, Trouble> {
        let identity = self
            .opener(&verified)?
            .ok_or_else(|| self.nobody_opens(environment, &verified))?;
        open_with(verified, identity)
    }
}

/// The path that a config has for an environment.
pub(super) fn file_in(config: &[u8], name: &EnvName) -> Option<PathBuf> {
    let config = Config::parse(std::str::from_utf8(config).ok()?).ok()?;
    Some(config.environment(name).ok()?.file().as_str().into())
}
