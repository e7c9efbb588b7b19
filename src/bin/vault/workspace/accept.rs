//! Reading an environment: the steps of acceptance in their order, then its layers.

use std::path::Path;

use vault::{
    accord::vouches_for,
    config::Environment,
    keys::{Identity, Member, Recipient, VerifyingKey},
    sealed::{Expected, FormError, Opened, Sealed, TrustError, Verified},
    secret::DataKey,
    sops::Wanted,
    value::{Map, Name},
    vault::{CONFIG, Digest, ReadError, Snapshot},
};

use super::{
    Trouble, Workspace,
    entries::listed,
    linked::{Reading, refuse_other_in_git},
    trouble::one_of,
};
use crate::{context::Context, failure::Exit, repo::Look};

/// A file that passed everything that needs no identity.
pub(crate) struct Accepted {
    /// What is proven.
    pub(crate) verified: Verified,
    /// What was read, to be compared before it is replaced; only where it is to be.
    pub(crate) digest: Option<Digest>,
}

/// What a file is accepted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// In passing: nothing is told, remembered or asked.
    Looking,
    /// To tell whether it is in order: nobody is asked anything.
    Checking,
    Reading,
    Writing,
}

impl Purpose {
    /// Nobody who reads a value waits until an index is looked through.
    fn look(self) -> Look {
        match self {
            Purpose::Looking | Purpose::Reading => Look::InWorkTree,
            Purpose::Checking | Purpose::Writing => Look::AlsoInIndex,
        }
    }
}

/// An identity that opens a file, where nobody is to be asked.
pub(crate) enum AtHand<'i> {
    Opens(&'i Identity),
    /// There may be one behind a passphrase.
    Locked,
    None,
}

impl Workspace<'_> {
    /// Steps 1 to 4 of acceptance under the config as it was read; `None` where there is no file.
    pub(super) fn accept_as_read(
        &self,
        environment: &Environment,
        purpose: Purpose,
    ) -> Result<Option<Accepted>, Trouble> {
        let Some(snapshot) = self.snapshot(environment)? else {
            return Ok(None);
        };
        let digest = (purpose == Purpose::Writing).then(|| snapshot.digest());
        let verified = self
            .refuse_other_in_git(environment, &snapshot, purpose)
            .and_then(|()| self.verify(environment, snapshot.into_bytes()))
            .map_err(|trouble| trouble.within(environment.file()))?;
        Ok(Some(Accepted { verified, digest }))
    }

    /// The file of an environment as it lies there; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn snapshot(&self, environment: &Environment) -> Result<Option<Snapshot>, Trouble> {
        let path = Path::new(environment.file().as_str());
        match self.root().read(path) {
            Ok(snapshot) => Ok(Some(snapshot)),
            Err(ReadError::Missing { .. }) => Ok(None),
            Err(error) => Err(self.unreadable(environment, error)),
        }
    }

    /// Refuses a file that git has otherwise than it was read: through a link, or altered by its attributes.
    ///
    /// # Errors
    /// It is such a file, or the config is; a repository that cannot be read.
    pub(crate) fn refuse_other_in_git(
        &self,
        environment: &Environment,
        read: &Snapshot,
        purpose: Purpose,
    ) -> Result<(), Trouble> {
        let look = purpose.look();
        if look == Look::AlsoInIndex {
            self.refuse_altered_config()?;
        }
        let reading = Reading {
            root: self.root(),
            context: self.context(),
            file: Path::new(environment.file().as_str()),
            read,
            alterations: &self.alterations,
            look,
        };
        let is_a_files = |behind: &Path| {
            let mut files = self.config().environments().map(Environment::file);
            behind == Path::new(CONFIG) || files.any(|file| Path::new(file.as_str()) == behind)
        };
        refuse_other_in_git(&reading, |behind| !is_a_files(behind))
    }

    /// Steps 1 to 4 for bytes of a file.
    pub(crate) fn verify(
        &self,
        environment: &Environment,
        bytes: Vec<u8>,
    ) -> Result<Verified, Trouble> {
        let sealed = Sealed::from_vec(bytes).map_err(|error| self.unfit(environment, error))?;
        let repository = match (self.config().repository(), sealed.is_signed()) {
            (Some(id), _) => id.as_str(),
            (None, false) => "",
            (None, true) => {
                return Err(Trouble::untrusted(
                    "the file is signed, but .vault.yaml has no `repository`",
                )
                .hint("git log -p .vault.yaml shows who took it out"));
            }
        };
        let is_unwanted = sealed.is_signed() && !environment.is_signed();
        let expected = Expected {
            repository,
            environment: environment.name(),
            signed: environment.is_signed() || is_unwanted,
        };
        let verified = match sealed.verify(&expected) {
            Ok(verified) if is_unwanted => return Err(self.signed_unwanted(environment, &verified)),
            Err(_) if is_unwanted => {
                return Err(Trouble::of_trust(&TrustError::SignedUnwanted, environment));
            }
            verified => verified.map_err(|error| self.of_trust(&error, environment))?,
        };
        if let (Some(policy), Some(signer)) = (verified.policy(), verified.signer())
            && !vouches_for(self.config(), policy, signer)
        {
            let text = format!("signed by {signer}, whom .vault.yaml does not list with that key");
            return Err(Trouble::untrusted(text).hint(format!(
                "a writer who is listed runs vault sync {}",
                environment.name()
            )));
        }
        Ok(verified)
    }

    /// Where a file must be signed, whatever is YAML and yet no sealed file is a matter of integrity.
    fn unfit(&self, environment: &Environment, error: FormError) -> Trouble {
        let is_bad_input = matches!(error, FormError::Yaml(_)) || !environment.is_signed();
        let trouble = self.of_form(error, environment);
        match is_bad_input {
            true => trouble,
            false => Trouble {
                exit: Exit::Untrusted,
                ..trouble
            },
        }
    }

    /// Steps 1 to 5, where a file is needed.
    pub(crate) fn accept_existing(&self, environment: &Environment) -> Result<Accepted, Trouble> {
        match self.accept_for(environment, Purpose::Reading)? {
            Some(accepted) => Ok(accepted),
            None => {
                self.refuse_second_birth(environment)?;
                let text = format!(
                    "{} has no file yet: {}",
                    environment.name(),
                    environment.file()
                );
                Err(Trouble::failed(text).hint(format!(
                    "vault set {} KEY makes it with the first value",
                    environment.name()
                )))
            }
        }
    }

    /// Step 6: opens an accepted file with an identity at hand.
    pub(crate) fn open_accepted(
        &self,
        environment: &Environment,
        accepted: Accepted,
    ) -> Result<Opened, Trouble> {
        let identity = self.opener_of(environment, &accepted.verified)?;
        open_with(accepted.verified, identity).map_err(|trouble| trouble.within(environment.file()))
    }

    /// As `open_accepted`, where only values are wanted.
    pub(super) fn values_of(
        &self,
        environment: &Environment,
        accepted: Accepted,
        wanted: Wanted<'_>,
    ) -> Result<Map, Trouble> {
        let identity = self.opener_of(environment, &accepted.verified)?;
        values_with(accepted.verified, identity, wanted)
            .map_err(|trouble| trouble.within(environment.file()))
    }

    fn opener_of(
        &self,
        environment: &Environment,
        verified: &Verified,
    ) -> Result<&Identity, Trouble> {
        let identity = self.opener(verified)?;
        identity.ok_or_else(|| self.nobody_opens(environment, verified))
    }

    /// The identity that opens a file, if there is one; may ask for a passphrase.
    pub(crate) fn opener(&self, verified: &Verified) -> Result<Option<&Identity>, Trouble> {
        opener(self.context(), verified)
    }

    /// As `opener`, but nobody is asked for anything; says whether one that is locked might do.
    pub(crate) fn opener_unasked(&self, verified: &Verified) -> Result<AtHand<'_>, Trouble> {
        let recipients: Vec<Recipient> = verified
            .recipients()
            .filter_map(Recipient::of_entry)
            .collect();
        let identities = self.context().identities();
        Ok(match identities.opener_at_hand(&recipients)? {
            Some(identity) => AtHand::Opens(identity),
            None if identities.may_unlock(&recipients)? => AtHand::Locked,
            None => AtHand::None,
        })
    }

    /// The identity that may sign for these writers, if there is one.
    pub(crate) fn signing_identity<'m>(
        &self,
        writers: impl IntoIterator<Item = &'m VerifyingKey>,
    ) -> Result<Option<&Identity>, Trouble> {
        let keys: Vec<VerifyingKey> = writers.into_iter().cloned().collect();
        Ok(self.context().identities().signer(&keys)?)
    }

    /// That no identity here is a recipient: which were tried, who is one, and how to become one.
    pub(crate) fn nobody_opens(&self, environment: &Environment, verified: &Verified) -> Trouble {
        let text = format!("no identity of yours opens {}", environment.file());
        let mut trouble = Trouble::failed(text);
        let tried = self.context().identities().tried();
        for identity in &tried {
            trouble = trouble.detail(format!("tried {identity}"));
        }
        if tried.is_empty() {
            trouble = trouble.detail("there is no identity on this machine");
        }
        trouble = trouble.detail(format!(
            "it can be read by {}",
            self.readers(environment, verified).join(", ")
        ));
        let writers: Vec<&str> = match verified.policy() {
            Some(policy) => policy.writers().map(|(name, _)| name.as_str()).collect(),
            None => Vec::new(),
        };
        let retired = match verified.log() {
            Some(log) => self.retired_by(environment, log),
            None => self.retired(environment),
        };
        if let Some(retired) = retired {
            let way = retired.way(&one_of(&writers));
            return trouble.detail(retired.told()).hint(way);
        }
        self.introduction(environment, &writers)
            .into_iter()
            .fold(trouble, Trouble::hint)
    }

    /// Who reads a file: by the log, or for an unsigned file by the config, else by key.
    pub(crate) fn readers(&self, environment: &Environment, verified: &Verified) -> Vec<String> {
        if let Some(policy) = verified.policy() {
            return policy.members().map(|(name, _)| name.to_string()).collect();
        }
        named(environment, verified.recipients())
    }

    /// The line of the person at work, as far as it is known without a passphrase.
    pub(crate) fn own_member(&self) -> Option<Member> {
        let (findings, _) = self.context().identities().findings();
        findings.into_iter().find_map(|finding| finding.member)
    }
}

/// The identity that opens a file, if there is one; may ask for a passphrase.
pub(super) fn opener<'c>(
    context: &'c Context,
    verified: &Verified,
) -> Result<Option<&'c Identity>, Trouble> {
    let recipients: Vec<Recipient> = verified
        .recipients()
        .filter_map(Recipient::of_entry)
        .collect();
    Ok(context.identities().opener(&recipients)?)
}

/// Opens a file with an identity that is one of its recipients.
pub(crate) fn open_with(verified: Verified, identity: &Identity) -> Result<Opened, Trouble> {
    let key = data_key_with(&verified, identity)?;
    Ok(verified.open(key)?)
}

/// The values that are wanted of a file, with an identity that is one of its recipients.
pub(super) fn values_with(
    verified: Verified,
    identity: &Identity,
    wanted: Wanted<'_>,
) -> Result<Map, Trouble> {
    let key = data_key_with(&verified, identity)?;
    Ok(verified.values(&key, wanted)?)
}

/// The data key of a file, by an identity that is one of its recipients.
///
/// # Errors
/// The entry for the identity is damaged.
pub(crate) fn data_key_with(verified: &Verified, identity: &Identity) -> Result<DataKey, Trouble> {
    let key = verified.data_key(std::slice::from_ref(identity))?;
    key.ok_or_else(|| Trouble {
        exit: Exit::Untrusted,
        ..Trouble::failed("the entry for your key does not open")
    })
}

/// Recipients of a file by the names that the config has for them, else by key.
pub(crate) fn named<'r>(
    environment: &Environment,
    recipients: impl Iterator<Item = &'r str>,
) -> Vec<String> {
    let named = |text: &str| {
        let key = Recipient::of_entry(text);
        let known = environment
            .readers()
            .iter()
            .find(|(_, member)| key.as_ref() == Some(member.reads()));
        known.map_or_else(|| text.to_owned(), |(name, _)| name.to_string())
    };
    recipients.map(named).collect()
}

/// The names of members in one line.
pub(crate) fn names<'m>(members: impl IntoIterator<Item = (&'m Name, &'m Member)>) -> String {
    listed(members.into_iter().map(|(name, _)| name))
}
