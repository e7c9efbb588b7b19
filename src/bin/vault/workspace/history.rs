//! What git's history knows of an environment.

use std::path::Path;

use vault::{
    accord::vouches_for,
    config::Environment,
    members::Block,
    sealed::{Expected, Opened, Sealed, Verified},
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
    /// The newest version of an environment's file in the history of HEAD that passes steps 1 to 4 of acceptance under the config of today.
    ///
    /// Without the fourth, anybody who commits could begin a log of their own, and a writer would go on with it.
    pub(crate) fn last_signed(
        &self,
        environment: &Environment,
    ) -> Result<Option<LastSigned>, Trouble> {
        let (Some(repo), Some(repository)) = (self.repo()?, self.config().repository()) else {
            return Ok(None);
        };
        let expected = Expected {
            repository: repository.as_str(),
            environment: environment.name(),
            signed: true,
        };
        let found = repo.version_of(Path::new(environment.file().as_str()), |bytes| {
            let sealed = Sealed::parse(bytes).ok()?;
            let block = sealed.block()?.clone();
            let verified = sealed.verify(&expected).ok()?;
            let (policy, signer) = (verified.policy()?, verified.signer()?);
            vouches_for(self.config(), policy, signer).then_some(LastSigned { block, verified })
        })?;
        Ok(found)
    }

    /// Opens a file that has no block, whatever the config says of signatures.
    pub(crate) fn open_unsigned(
        &self,
        environment: &Environment,
        sealed: Sealed,
    ) -> Result<Opened, Trouble> {
        let verified = sealed.verify(&Expected {
            repository: "",
            environment: environment.name(),
            signed: false,
        })?;
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
