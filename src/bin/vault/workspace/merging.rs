//! The versions of a file that git brings together: each side accepted by its own log, both opened, what comes of them sealed.

use std::path::Path;

use vault::{
    accord::vouches_for,
    config::Environment,
    keys::{Identity, Member, Recipient, VerifyingKey},
    members::{Log, Policy, Relation},
    reconcile::{Base, MergeError, Merged, Reconciliation, Side, Standing, Versions},
    sealed::{Expected, Sealed, Signer, Verified},
    value::EnvName,
    vault::CONFIG,
};

use super::{Meeting, Trouble, Workspace, known::Onward, open_with};

/// Whether somebody may be asked for a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Only identities that open at once are used.
    Never,
    /// As for any command.
    Allowed,
}

/// Two versions of an environment's file that are accepted, as far as it needs no identity.
pub(crate) struct Sides<'w> {
    pub(crate) environment: &'w Environment,
    pub(crate) standing: Standing,
    verified: Versions<Verified>,
    bytes: [Vec<u8>; 2],
    /// Why the version that both began with is of no use, if it is of none.
    pub(crate) lost_base: Option<Trouble>,
}

/// Both sides open.
pub(crate) struct Work<'w> {
    pub(crate) environment: &'w Environment,
    pub(crate) reconciliation: Reconciliation,
    /// Who has opened them.
    pub(crate) reader: Recipient,
    bytes: [Vec<u8>; 2],
    /// As in [`Sides`].
    pub(crate) lost_base: Option<Trouble>,
}

impl<'c> Workspace<'c> {
    /// Accepts both sides by their own logs (steps 1 to 3), and what is to go on by what is known here.
    ///
    /// # Errors
    /// What is wrong with either side, both told.
    pub(crate) fn accept_sides(
        &self,
        path: &Path,
        bytes: Versions<Vec<u8>>,
    ) -> Result<Sides<'_>, Vec<Trouble>> {
        let Versions { base, ours, theirs } = bytes;
        let (here, there) = (parsed(&ours), parsed(&theirs));
        let logs: Vec<Log> = [&here, &there]
            .into_iter()
            .flatten()
            .filter_map(log)
            .collect();
        let named = here.as_ref().ok().and_then(log);
        let environment = self
            .environment_at(path, named.as_ref())
            .map_err(|trouble| vec![trouble])?;
        let side = |side: Side, sealed: Result<Sealed, Trouble>| {
            let verified = sealed.and_then(|sealed| self.verify_side(environment, sealed, &logs));
            verified.map_err(|trouble| trouble.within(side))
        };
        let (ours_verified, theirs_verified) =
            match (side(Side::Ours, here), side(Side::Theirs, there)) {
                (Ok(ours), Ok(theirs)) => (ours, theirs),
                (one, other) => return Err(one.err().into_iter().chain(other.err()).collect()),
            };
        let base = base.try_map(|bytes| self.verify_side(environment, parsed(&bytes)?, &logs));
        let (base, lost_base) = match base {
            Ok(base) => (base, None),
            Err(trouble) => (Base::Unknown, Some(trouble)),
        };
        let verified = Versions {
            base,
            ours: ours_verified,
            theirs: theirs_verified,
        };
        let standing = Standing::of(&verified.as_ref());
        self.refuse_stranger(&standing, &verified.theirs)
            .map_err(|trouble| vec![trouble])?;
        let onward = onward(environment, &standing, &verified);
        self.refuse_break_of(path, &onward)
            .map_err(|trouble| vec![trouble])?;
        Ok(Sides {
            environment,
            standing,
            verified,
            bytes: [ours, theirs],
            lost_base,
        })
    }

    /// Refuses to go on with what history has a version of in which somebody has left, as a write does; logs that are joined lose nobody
    /// who left on either side.
    ///
    /// # Errors
    /// There is such a version.
    pub(crate) fn refuse_undone(&self, sides: &Sides<'_>) -> Result<(), Trouble> {
        if sides.standing.joining().is_some() {
            return Ok(());
        }
        let carrier = sides.verified.side(sides.standing.carrier());
        self.refuse_superseded(Meeting::of(sides.environment, carrier))
            .map(drop)
    }

    /// Accepts our side without another one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn accept_ours(&self, path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
        let sealed = parsed(bytes)?;
        let named = log(&sealed);
        let environment = self.environment_at(path, named.as_ref())?;
        let logs: Vec<Log> = named.into_iter().collect();
        let verified = self.verify_side(environment, sealed, &logs)?;
        self.refuse_break(Meeting::of(environment, &verified))
    }

    /// The environment of a side of its file that is accepted but does not follow from what was last used here, so that whoever takes it has to
    /// say that it is right.
    pub(super) fn to_be_trusted(&self, path: &Path, bytes: &[u8]) -> Option<&EnvName> {
        let sealed = parsed(bytes).ok()?;
        let logs: Vec<Log> = log(&sealed).into_iter().collect();
        let environment = self.environment_at(path, logs.first()).ok()?;
        let verified = self.verify_side(environment, sealed, &logs).ok()?;
        let is_break = self.breaks(Meeting::of(environment, &verified));
        is_break.then(|| environment.name())
    }

    /// A log that has nothing in common with ours could be anybody's who can commit: the config must know who signed for it.
    fn refuse_stranger(&self, standing: &Standing, theirs: &Verified) -> Result<(), Trouble> {
        let signed = theirs.policy().zip(theirs.signer());
        match signed {
            Some((policy, signer))
                if standing.relation() == Some(Relation::Apart)
                    && !vouches_for(self.config(), policy, signer) =>
            {
                let text = format!(
                    "signed by {signer} in a log of its own, whom .vault.yaml does not list with that key"
                );
                Err(Trouble::untrusted(text).within(Side::Theirs))
            }
            _ => Ok(()),
        }
    }

    /// The environment whose file a path of the vault is; else the one that our side's log names.
    ///
    /// The file may have got another place on their side, and git calls the driver before it writes the config that says so. An environment
    /// is a name, not a path.
    fn environment_at(&self, path: &Path, ours: Option<&Log>) -> Result<&Environment, Trouble> {
        let is_it = |environment: &&Environment| Path::new(environment.file().as_str()) == path;
        let name = ours.map(|log| log.policy().environment());
        let by_name = || {
            let mut environments = self.config().environments();
            environments.find(|environment| Some(environment.name()) == name)
        };
        let found = self.config().environments().find(is_it).or_else(by_name);
        found.ok_or_else(|| {
            Trouble::failed(format!(
                "no environment of {CONFIG} has the file {}",
                path.display()
            ))
        })
    }

    /// A version of a file as its own log vouches for it: that log must be of this repository, and know the environment. Where one side
    /// gave it another name, the other side's log does not know that name, but theirs goes on from it.
    fn verify_side(
        &self,
        environment: &Environment,
        sealed: Sealed,
        both: &[Log],
    ) -> Result<Verified, Trouble> {
        let own = log(&sealed);
        let is_named = |log: &Log| {
            let mut states = log.states().iter();
            states.any(|policy| policy.environment() == environment.name())
        };
        let goes_on = |log: &Log, own: &Log| {
            let mut states = log.states().iter();
            states.any(|policy| policy.digest() == own.policy().digest())
        };
        let knows_it = |own: &&Log| {
            let other = both.iter().any(|log| is_named(log) && goes_on(log, own));
            is_named(own) || other
        };
        let name = own.as_ref().filter(knows_it);
        let name = name.map_or(environment.name(), |log| log.policy().environment());
        let expected = Expected {
            repository: self.config().repository().map_or("", |id| id.as_str()),
            environment: name,
            // Whether it is to be signed the two sides may see differently: a signature that is there is verified.
            signed: environment.is_signed() || sealed.is_signed(),
        };
        let verified = sealed.verify(&expected);
        verified.map_err(|error| Trouble::of_trust(&error, environment).without_look_back())
    }

    /// Opens both sides and weaves them; whoever calls this has dealt with the objections.
    ///
    /// # Errors
    /// No identity opens a side, or one is damaged.
    pub(crate) fn open_sides<'w>(
        &'w self,
        sides: Sides<'w>,
        asking: Asking,
    ) -> Result<Work<'w>, Trouble> {
        let Sides {
            environment,
            standing,
            verified,
            bytes,
            mut lost_base,
        } = sides;
        let open = |verified: Verified| match self.identity_for(&verified, asking)? {
            Some(identity) => open_with(verified, identity),
            None => Err(self.nobody_opens_side(environment, &verified, asking)),
        };
        let reader = match self.identity_for(&verified.ours, asking)? {
            Some(identity) => identity.recipient().clone(),
            None => {
                let trouble = self.nobody_opens_side(environment, &verified.ours, asking);
                return Err(trouble.within(Side::Ours));
            }
        };
        let Versions { base, ours, theirs } = verified;
        let ours = open(ours).map_err(|trouble| trouble.within(Side::Ours))?;
        let theirs = open(theirs).map_err(|trouble| trouble.within(Side::Theirs))?;
        let base = base.try_map(open).unwrap_or_else(|trouble| {
            lost_base = Some(trouble);
            Base::Unknown
        });
        let versions = Versions { base, ours, theirs };
        Ok(Work {
            environment,
            reconciliation: Reconciliation::new(standing, versions)?,
            reader,
            bytes,
            lost_base,
        })
    }

    fn identity_for(
        &self,
        verified: &Verified,
        asking: Asking,
    ) -> Result<Option<&Identity>, Trouble> {
        let recipients: Vec<Recipient> = verified
            .recipients()
            .filter_map(Recipient::of_entry)
            .collect();
        let identities = self.context().identities();
        Ok(match asking {
            Asking::Never => identities.opener_at_hand(&recipients)?,
            Asking::Allowed => identities.opener(&recipients)?,
        })
    }

    fn nobody_opens_side(
        &self,
        environment: &Environment,
        verified: &Verified,
        asking: Asking,
    ) -> Trouble {
        match asking {
            Asking::Allowed => self.nobody_opens(environment, verified),
            Asking::Never => {
                let text = "no identity of yours opens it, or none without a passphrase";
                let readers = self.readers(environment, verified).join(", ");
                Trouble::failed(text).detail(format!("it can be read by {readers}"))
            }
        }
    }

    /// Seals what the sides come to, signed by whoever is at work.
    ///
    /// # Errors
    /// None of the identities may sign it, or it cannot be written.
    pub(crate) fn seal_merged(&self, work: Work<'_>, asking: Asking) -> Result<Vec<u8>, Trouble> {
        let Work {
            environment,
            reconciliation,
            bytes: [ours, theirs],
            ..
        } = work;
        let standing = reconciliation.standing().clone();
        let is_fresh = reconciliation.needs_fresh_key();
        let is_admitted = reconciliation.is_admitted();
        let newcomers = reconciliation.newcomers();
        let opened = match reconciliation.finish()? {
            Merged::Kept(Side::Ours) => return Ok(ours),
            Merged::Kept(Side::Theirs) => return Ok(theirs),
            Merged::New(opened) => opened,
        };
        if is_fresh && !is_admitted && opened.policy().is_none() {
            self.refuse_new_key(environment, opened.recipients(), &newcomers)?;
        }
        let identity = match opened.policy() {
            None => None,
            Some(policy) => Some(
                self.merging_identity(&standing, asking)?
                    .ok_or_else(|| self.nobody_merges(environment, policy, &standing, asking))?,
            ),
        };
        let identities = identity.map(std::slice::from_ref).unwrap_or_default();
        let signer = Signer::among(identities, standing.signers());
        let sealed = opened.seal(signer.as_ref(), &self.context().now())?;
        Ok(sealed.text().as_bytes().to_vec())
    }

    fn merging_identity(
        &self,
        standing: &Standing,
        asking: Asking,
    ) -> Result<Option<&Identity>, Trouble> {
        let signers = standing.signers().values();
        let keys: Vec<VerifyingKey> = signers.filter_map(Member::writes_with).cloned().collect();
        let identities = self.context().identities();
        Ok(match asking {
            Asking::Never => identities.signer_at_hand(&keys)?,
            Asking::Allowed => identities.signer(&keys)?,
        })
    }

    fn nobody_merges(
        &self,
        environment: &Environment,
        policy: &Policy,
        standing: &Standing,
        asking: Asking,
    ) -> Trouble {
        if standing.joining().is_some() {
            let names: Vec<&str> = standing
                .signers()
                .keys()
                .map(|name| name.as_str())
                .collect();
            let text = "no identity of yours may write it on both sides";
            return match names.as_slice() {
                [] => Trouble::failed(format!("{text}, and nobody else may")),
                names => Trouble::failed(text).hint(format!("{} can", names.join(", "))),
            };
        }
        match asking {
            Asking::Allowed => self.nobody_signs(environment, Some(policy)),
            Asking::Never => {
                let text = "no identity of yours may write it, or none without a passphrase";
                let writers = policy.writers().map(|(name, _)| name.as_str());
                let writers: Vec<&str> = writers.collect();
                Trouble::failed(text).detail(format!("it can be merged by {}", writers.join(", ")))
            }
        }
    }
}

/// The sides that go on in what comes of them.
fn onward<'v>(
    environment: &'v Environment,
    standing: &'v Standing,
    verified: &'v Versions<Verified>,
) -> Onward<'v> {
    let carrier = standing.carrier();
    let other = standing.joining().map(|_| carrier.other());
    let sides = [carrier].into_iter().chain(other);
    Onward {
        sides: sides
            .map(|side| Meeting::of(environment, verified.side(side)))
            .collect(),
        members: standing.members(),
    }
}

fn parsed(bytes: &[u8]) -> Result<Sealed, Trouble> {
    Sealed::parse(bytes).map_err(|error| Trouble::from(error).without_look_back())
}

fn log(sealed: &Sealed) -> Option<Log> {
    sealed.block().map(|block| block.log().clone())
}

impl From<MergeError> for Trouble {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Text(errors) => {
                let trouble = Trouble::failed("what the two sides come to cannot be written");
                let lines = errors.iter().map(ToString::to_string);
                lines.fold(trouble, Trouble::detail)
            }
            MergeError::Number(error) => Trouble::failed(error.to_string()),
            MergeError::File(error) => error.into(),
        }
    }
}
