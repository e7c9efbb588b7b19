//! What git's history knows of an environment.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use vault::{
    accord::{Drift, vouches_for},
    config::Environment,
    difference::{Imprinter, Sketch, between, comments_between},
    members::{Block, Digest, Entry, Log},
    sealed::{Expected, Opened, Sealed, Verified},
    value::EnvName,
    vault::CONFIG,
};

use super::{
    Lineal, Trouble, Workspace, accept::open_with, birth::mentions_block, config_of, file_of,
};
use crate::repo::{Reach, Version};

/// A version of a file in history that was properly signed.
pub(crate) struct SignedVersion {
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
    ) -> Result<Option<SignedVersion>, Trouble> {
        match self.last_signed_anywhere(environment)? {
            Some(last) if !self.is_of_repository(&last) => {
                let text =
                    "its last signed version belongs to another `repository` than .vault.yaml says";
                Err(Trouble::untrusted(text)
                    .hint("git log -p .vault.yaml shows who changed it, and what it was"))
            }
            found => Ok(found),
        }
    }

    /// Whether that version belongs to another repository, and the file goes on from it without a signature, for the same people: the
    /// vault was forked. Whoever has no key can change the id, but cannot make the file.
    pub(crate) fn is_forked(
        &self,
        environment: &Environment,
        opened: &Opened,
    ) -> Result<bool, Trouble> {
        let last = self.last_signed_anywhere(environment)?;
        let Some(last) = last.filter(|last| !self.is_of_repository(last)) else {
            return Ok(false);
        };
        let policy = last.block.log().policy();
        let goes_on = !environment.is_signed()
            && Drift::between(policy, environment).is_empty()
            && opened.has_recipients_of(policy);
        Ok(goes_on && self.refuse_replaced_open(environment, opened).is_ok())
    }

    fn last_signed_anywhere(
        &self,
        environment: &Environment,
    ) -> Result<Option<SignedVersion>, Trouble> {
        self.in_history(environment, |bytes| {
            let signed = signed(bytes, environment)?;
            self.vouches_for_earlier(&signed).then_some(signed)
        })
    }

    /// Step 4 of acceptance for an earlier version.
    pub(super) fn vouches_for_earlier(&self, before: &SignedVersion) -> bool {
        let (policy, signer) = (before.verified.policy(), before.verified.signer());
        let both = policy.zip(signer);
        both.is_some_and(|(policy, signer)| vouches_for(self.config(), policy, signer))
    }

    /// A file that history has as a signed one is never made anew: who took it away needed no key.
    pub(crate) fn refuse_rebirth(&self, environment: &Environment) -> Result<(), Trouble> {
        let name = environment.name();
        match self.in_history(environment, |bytes| signed(bytes, environment))? {
            None => Ok(()),
            Some(_) => {
                let trouble = Trouble::untrusted(format!(
                    "{name} has no file here, but had a signed one in earlier commits"
                ));
                Err(self.with_way_back(environment, trouble))
            }
        }
    }

    /// A name that history has for another log is not given to this one: its versions would be taken for those of this file.
    pub(crate) fn refuse_other_log(
        &self,
        environment: &Environment,
        own: Option<&Log>,
    ) -> Result<(), Trouble> {
        let own = own.and_then(origin);
        let found = self.in_history(environment, |bytes| {
            let signed = signed(bytes, environment)?;
            (signed.origin() != own).then_some(())
        })?;
        let name = environment.name();
        match found {
            None => Ok(()),
            Some(()) => Err(Trouble::untrusted(format!(
                "earlier commits have another file that was signed as {name}"
            ))
            .hint("choose another name")),
        }
    }

    /// A file that had a log under another name is not a new one: a hand edit of the config, which needs no key, would make it one.
    pub(super) fn refuse_log_of_another(&self, environment: &Environment) -> Result<(), Trouble> {
        let found = self.in_history(environment, |bytes| {
            let sealed = mentions_block(bytes).then(|| Sealed::parse(bytes).ok())??;
            let other = sealed.block()?.log().policy().environment();
            (other != environment.name()).then(|| other.clone())
        })?;
        let name = environment.name();
        match found {
            None => Ok(()),
            Some(other) => Err(Trouble::untrusted(format!(
                "earlier commits have this file signed as {other}, not as {name}"
            ))
            .hint("git log -p .vault.yaml shows who changed the name; vault env rename does it with a signature")
            .hint(self.way_to_sign(environment))),
        }
    }

    /// How many versions of an environment's file the history of HEAD has, under every name that its log knows, and whether what the file
    /// holds today is in one of them.
    pub(crate) fn versions(
        &self,
        environment: &Environment,
        now: &[u8],
    ) -> Result<(usize, bool), Trouble> {
        let today = Sealed::parse(now).ok();
        let block = today.as_ref().and_then(Sealed::block);
        let lineal = Lineal::of(environment, block.map(Block::log));
        let content = today.as_ref().map(Content::of);
        let (mut versions, mut is_known) = (HashSet::new(), false);
        self.in_history_of(&lineal, |version| {
            let bytes = version.bytes;
            let before = Sealed::parse(bytes).ok();
            if before
                .as_ref()
                .is_some_and(|it| is_of_another(it, environment, block))
            {
                return None::<()>;
            }
            // It comes again where other attributes of git are about it.
            versions.insert(version.spot.blob);
            is_known |= bytes == now;
            if let (false, Some(content), Some(before)) = (is_known, &content, &before) {
                is_known = content.is_in(before);
            }
            None
        })?;
        Ok((versions.len(), is_known))
    }

    /// Looks at the versions of an environment's file in the history of HEAD, the newest first, wherever the config of their time had them.
    fn in_history<T>(
        &self,
        environment: &Environment,
        mut is_it: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, Trouble> {
        self.in_history_of(&Lineal::of(environment, None), |version| {
            is_it(version.bytes)
        })
    }

    /// The same under every name that it had.
    fn in_history_of<T>(
        &self,
        lineal: &Lineal,
        is_it: impl FnMut(&Version<'_>) -> Option<T>,
    ) -> Result<Option<T>, Trouble> {
        let Some(repo) = self.repo()? else {
            return Ok(None);
        };
        let places = |config: Option<&[u8]>| {
            let config = config.and_then(config_of);
            let names = lineal.names.iter();
            let then = names.filter_map(|name| file_of(config.as_ref(), name));
            [lineal.file.clone()].into_iter().chain(then).collect()
        };
        Ok(repo.version_of(Reach::Head, repo.folder(), Path::new(CONFIG), places, is_it)?)
    }

    /// Whether an earlier version belongs to the repository that the config names.
    pub(super) fn is_of_repository(&self, before: &SignedVersion) -> bool {
        let own = self.config().repository().map(|own| own.as_str());
        own == Some(before.block.log().policy().repository())
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
            .map_err(|error| self.of_trust(&error, environment))?;
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
    file_of(config_of(config).as_ref(), name)
}

impl SignedVersion {
    /// The first entry of its log.
    fn origin(&self) -> Option<&Digest> {
        origin(self.block.log())
    }
}

/// The first entry of a log.
pub(super) fn origin(log: &Log) -> Option<&Digest> {
    log.entries().first().map(Entry::digest)
}

/// What a file holds, without who may read it: keys, values and comments as they are encrypted.
struct Content {
    imprinter: Imprinter,
    sketch: Sketch,
}

impl Content {
    fn of(sealed: &Sealed) -> Self {
        let imprinter = Imprinter::default();
        let sketch = Sketch::of(sealed.file().document(), &imprinter);
        Content { imprinter, sketch }
    }

    /// Whether another version has all of it: while the data key stays, what stays keeps its ciphertext.
    fn is_in(&self, other: &Sealed) -> bool {
        let other = Sketch::of(other.file().document(), &self.imprinter);
        between(&other, &self.sketch).is_empty()
            && comments_between(&other, &self.sketch).is_empty()
    }
}

/// Whether a version that lies where an environment was under another name is of another file: that has a log of its own.
fn is_of_another(version: &Sealed, environment: &Environment, own: Option<&Block>) -> bool {
    let Some(log) = version.block().map(Block::log) else {
        return false;
    };
    let is_named = log.policy().environment() == environment.name();
    !is_named && origin(log) != own.and_then(|block| origin(block.log()))
}

/// A file that can be read as one, and that its own log vouches for, where it has one; whatever any config says.
pub(crate) fn vouched(bytes: Vec<u8>) -> Option<Verified> {
    Sealed::from_vec(bytes).ok()?.vouched().ok()
}

/// A version of an environment's file that its own log vouches for, whatever the config of today says.
fn signed(bytes: &[u8], environment: &Environment) -> Option<SignedVersion> {
    let sealed = Sealed::parse(bytes).ok()?;
    let block = sealed.block()?.clone();
    let is_its = block.log().policy().environment() == environment.name();
    let verified = is_its.then(|| sealed.vouched().ok())??;
    Some(SignedVersion { block, verified })
}
