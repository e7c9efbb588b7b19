//! Whether a file without signature is one that git's history has signed, here or elsewhere, and under whatever name: who turns a signature
//! off in the config and takes it out of the file needs no key. A writer who does it writes the file anew, with the data key that its last
//! signed version had. So that version is committed before, and data key and recipients stay until there is a signature again.

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashSet},
};

use vault::{
    config::Environment,
    keys::Recipient,
    members::Digest,
    sealed::{Opened, Sealed, Verified},
    secret::DataKey,
    sops::File,
    value::EnvName,
};

use super::{
    Meeting, Purpose, SignedVersion, Trouble, Workspace,
    accept::{AtHand, data_key_with},
    birth::mentions_block,
    history::origin,
    marks::{Marks, is_in},
    way_back::Earlier,
};
use crate::repo::{Repo, Spot};

/// A signed version in history.
pub(super) struct Before {
    pub(super) at: Earlier,
    pub(super) version: SignedVersion,
}

impl Workspace<'_> {
    /// Refuses a file without signature that nobody has used here, where history tells that no writer has turned its signature off.
    /// Returns whether that can be told: a check asks nobody for a key, and says by itself what stands against a file.
    pub(super) fn refuse_stripped(
        &self,
        meeting: Meeting<'_>,
        purpose: Purpose,
    ) -> Result<bool, Trouble> {
        let (environment, None, Some(file)) = (meeting.environment, meeting.log, meeting.file)
        else {
            return Ok(true);
        };
        if purpose == Purpose::Checking {
            let refused = self.refuse_replaced(environment, file.file(), |_| None);
            return Ok(refused.is_ok());
        }
        let name = environment.name();
        self.meet_unsigned(environment, file)
            .map(|_| true)
            .map_err(|trouble| match purpose {
                Purpose::Reading => trouble.hint(format!(
                    "vault trust {name} accepts what is here from now on"
                )),
                _ => trouble,
            })
            .map_err(|trouble| trouble.within(environment.file()))
    }

    /// The same for a check that may use keys; what that does not refuse is used here from then on.
    pub(crate) fn refuse_replaced_held(
        &self,
        environment: &Environment,
        file: &Verified,
    ) -> Result<(), Trouble> {
        self.meet_unsigned(environment, file)
            .map_err(|trouble| trouble.within(environment.file()))?;
        self.acquaint(Meeting::of(environment, file), Purpose::Reading)
    }

    /// The same, whatever it is for, by the keys that are at hand. Returns what stands against another data key, or other recipients, for
    /// a file whose signature was turned off: what vouches for it is that it has both as its last signed version had them.
    pub(crate) fn meet_unsigned(
        &self,
        environment: &Environment,
        file: &Verified,
    ) -> Result<Option<Trouble>, Trouble> {
        let before = self.signed_before(environment, file.file())?;
        self.refuse_replaced_since(&before, environment, file.file(), self.holder_of_key(file))?;
        let last = self.last_of(&before, environment);
        Ok(last.map(|last| self.only_signed(environment, last, file.file())))
    }

    /// An unsigned file that was signed once must be one that only a holder of the data key of its last signed version could have made:
    /// whoever has no key can turn the signature off in the config and take it out of the file, of any commit, or put another file in its
    /// place, but can neither write a MAC nor wrap that key; and whoever has left has another one.
    ///
    /// Without a key, the age entries have to be those of a signed version. `holds_key_of` tells of a version whether the file has its
    /// data key all the same, where that can be told.
    pub(crate) fn refuse_replaced(
        &self,
        environment: &Environment,
        file: &File,
        holds_key_of: impl Fn(&Verified) -> Option<bool>,
    ) -> Result<(), Trouble> {
        let before = self.signed_before(environment, file)?;
        self.refuse_replaced_since(&before, environment, file, holds_key_of)
    }

    fn refuse_replaced_since(
        &self,
        before: &[Before],
        environment: &Environment,
        file: &File,
        holds_key_of: impl Fn(&Verified) -> Option<bool>,
    ) -> Result<(), Trouble> {
        if let Some(same) = without_signature(before, file) {
            let trouble = self.stripped(environment, same);
            return Err(self.with_signed(trouble, before, environment));
        }
        let (own, others): (Vec<&Before>, Vec<&Before>) = before
            .iter()
            .partition(|it| it.environment() == environment.name());
        let Some(newest) = own.first() else {
            let mut others = others.into_iter();
            let other = others.find(|it| self.is_nobodys(it.version.block.log()));
            return other.map_or(Ok(()), |it| self.refuse_key_of_left(environment, it));
        };
        if own.iter().any(|it| it.origin() != newest.origin()) {
            let text = "these have membership logs that do not begin alike";
            return Err(self.replaced(before, environment, text));
        }
        let mut is_compared = false;
        let mut has_its_key = |it: &Before| {
            let holds = holds_key_of(&it.version.verified);
            is_compared |= holds.is_some();
            holds == Some(true)
        };
        let mut own = own.into_iter();
        match own.find(|it| it.has_entries_of(file) || has_its_key(it)) {
            Some(last) => self.refuse_key_of_left(environment, last),
            None if is_compared => {
                Err(self.replaced(before, environment, "this file has another data key"))
            }
            None => Err(self.replaced(
                before,
                environment,
                "nothing here tells that this file has their data key",
            )),
        }
    }

    /// The same for an open file, whose data key can be compared with that of a signed version.
    pub(crate) fn refuse_replaced_open(
        &self,
        environment: &Environment,
        opened: &Opened,
    ) -> Result<(), Trouble> {
        let has_its_key = |before: &Verified| {
            let key = self.key_of(before)?;
            Some(opened.has_key(&key))
        };
        self.refuse_replaced(environment, opened.file(), has_its_key)
            .map_err(|trouble| trouble.within(environment.file()))
    }

    /// The last version that git's history has signed under a name that is gone, where a file without signature has its data key: a writer
    /// has turned the signature off, and given the environment another name since.
    ///
    /// # Errors
    /// Somebody has left since who has that data key.
    pub(crate) fn last_signed_as_another(
        &self,
        environment: &Environment,
        opened: &Opened,
    ) -> Result<Option<SignedVersion>, Trouble> {
        let key = |before: &Verified| self.key_of(before);
        let has_its_key = |before: &Verified| key(before).is_some_and(|key| opened.has_key(&key));
        self.signed_as_another(environment, opened.file(), has_its_key)
    }

    /// What to type for a file that may be one that history has signed under another name: nothing has to be accepted that nobody can tell
    /// where it has the data key of that one.
    pub(super) fn way_to_sign(&self, environment: &Environment) -> String {
        let name = environment.name();
        match self.may_be_signed_as_another(environment) {
            Ok(true) => {
                format!("vault sign {name} shows what changed since it was signed, and asks")
            }
            _ => format!("vault sign --accept-foreign {name} shows what is in it, and asks"),
        }
    }

    /// Whether it has such a key, or may have; nobody is asked for one.
    fn may_be_signed_as_another(&self, environment: &Environment) -> Result<bool, Trouble> {
        let Some(snapshot) = self.snapshot(environment)? else {
            return Ok(false);
        };
        let vouched = Sealed::from_vec(snapshot.into_bytes()).map(Sealed::vouched);
        let Ok(Ok(file)) = vouched else {
            return Ok(false);
        };
        let key = |file: &Verified| match self.opener_unasked(file).ok()? {
            AtHand::Opens(identity) => data_key_with(file, identity).ok(),
            AtHand::Locked | AtHand::None => None,
        };
        let Some(own) = key(&file) else {
            return Ok(matches!(self.opener_unasked(&file)?, AtHand::Locked));
        };
        let has_its_key = |before: &Verified| key(before).is_some_and(|key| own.is_same(&key));
        let found = self.signed_as_another(environment, file.file(), has_its_key)?;
        Ok(found.is_some())
    }

    fn signed_as_another(
        &self,
        environment: &Environment,
        file: &File,
        has_key_of: impl Fn(&Verified) -> bool,
    ) -> Result<Option<SignedVersion>, Trouble> {
        let (before, logs) = (self.signed_before(environment, file)?, self.logs());
        let mac = file.metadata().mac_nonce();
        if mac.is_none() || before.iter().any(|it| it.mac_nonce() == mac) {
            return Ok(None);
        }
        let is_its = |it: &Before| {
            it.environment() != environment.name()
                && self.is_lost(it.version.block.log(), &logs)
                && self.vouches_for_earlier(&it.version)
                && has_key_of(&it.version.verified)
        };
        let Some(last) = before.into_iter().find(is_its) else {
            return Ok(None);
        };
        self.refuse_key_of_left(environment, &last)?;
        Ok(Some(last.version))
    }

    /// Refuses a data key that somebody has who has left since.
    fn refuse_key_of_left(
        &self,
        environment: &Environment,
        before: &Before,
    ) -> Result<(), Trouble> {
        self.refuse_left(Meeting {
            environment,
            log: Some(before.version.block.log()),
            signer: None,
            file: None,
        })
    }

    /// The last signed version of what an unsigned file goes on from, under whatever name.
    pub(super) fn last_of<'b>(
        &self,
        before: &'b [Before],
        environment: &Environment,
    ) -> Option<&'b Before> {
        let is_its = |it: &&Before| {
            it.environment() == environment.name() || self.is_nobodys(it.version.block.log())
        };
        before.iter().find(is_its)
    }

    /// The versions in the history of HEAD that their own logs vouch for, the newest first: those of an environment, and all that share
    /// something with a file which nobody makes without its data key.
    pub(super) fn signed_before(
        &self,
        environment: &Environment,
        file: &File,
    ) -> Result<Vec<Before>, Trouble> {
        let (marks, name) = (Marks::of(file), environment.name().as_str());
        let mut found = Vec::new();
        let looked = self.in_history_of_any(environment, |repo, spot| {
            let bytes = repo.version(spot.blob)?;
            let is_kin = marks.are_in(&bytes);
            let is_worth_it = is_kin || is_in(name, &bytes);
            let before = is_worth_it.then(|| Before::of(spot, bytes)).flatten();
            found.extend(before.filter(|it| is_kin || it.environment() == environment.name()));
            Ok(None::<()>)
        });
        match looked {
            // What is not here tells nothing.
            Err(_) if self.repo()?.is_some_and(Repo::is_partial) => Ok(found),
            looked => looked.map(|_| found),
        }
    }

    /// Tells of a version whether the file has its data key, where an identity at hand opens both.
    fn holder_of_key<'f>(&'f self, file: &'f Verified) -> impl Fn(&Verified) -> Option<bool> + 'f {
        let own = OnceCell::new();
        move |before| {
            let own: Option<&DataKey> = own.get_or_init(|| self.key_of(file)).as_ref();
            Some(own?.is_same(&self.key_of(before)?))
        }
    }

    /// The data key of a file, where an identity at hand opens it.
    fn key_of(&self, verified: &Verified) -> Option<DataKey> {
        let identity = self.opener(verified).ok()??;
        data_key_with(verified, identity).ok()
    }

    fn replaced(&self, before: &[Before], environment: &Environment, text: &str) -> Trouble {
        let name = environment.name();
        let trouble = Trouble::untrusted(format!("{name} was signed in earlier commits, and {text}"))
            .detail("somebody without a key may have made this file, and turned the signature off in .vault.yaml")
            .hint(format!(
                "git log -p {} shows who did",
                self.named_to_git(environment.file().as_str().as_ref())
            ));
        self.with_signed(trouble, before, environment).hint(format!(
            "a writer: vault sign --accept-foreign {name} shows what is in it, and asks"
        ))
    }

    fn stripped(&self, environment: &Environment, before: &Before) -> Trouble {
        let (name, commit) = (environment.name(), &before.at.commit);
        let text = format!(
            "{name} is what commit {commit} has signed as {}, without the signature",
            before.environment()
        );
        Trouble::untrusted(text)
            .detail("no key is needed for that, and who turns a signature off by vault sync writes the file anew")
            .hint("git log -p .vault.yaml shows who did it")
    }

    /// Adds how the last signed version comes back.
    pub(super) fn with_signed(
        &self,
        trouble: Trouble,
        before: &[Before],
        environment: &Environment,
    ) -> Trouble {
        let Some(last) = self.last_of(before, environment) else {
            return trouble;
        };
        let newest = self.newest_from(last, environment);
        trouble.hint(self.brings_back(&newest.at, "the signed one back"))
    }
}

impl Before {
    /// A version that its own log vouches for.
    pub(super) fn of(spot: &Spot, bytes: Vec<u8>) -> Option<Self> {
        let sealed = mentions_block(&bytes).then(|| Sealed::from_vec(bytes));
        let sealed = sealed?.ok()?;
        let block = sealed.block()?.clone();
        let verified = sealed.vouched().ok()?;
        Some(Before {
            at: Earlier::at(spot),
            version: SignedVersion { block, verified },
        })
    }

    pub(super) fn environment(&self) -> &EnvName {
        self.version.block.log().policy().environment()
    }

    /// The first entry of its log.
    pub(super) fn origin(&self) -> Option<&Digest> {
        origin(self.version.block.log())
    }

    fn mac_nonce(&self) -> Option<String> {
        self.version.verified.file().metadata().mac_nonce()
    }

    /// Whether a file is encrypted for its readers.
    pub(super) fn has_readers_of(&self, file: &File) -> bool {
        let readers = |file: &File| -> BTreeSet<Option<Recipient>> {
            file.recipients().map(Recipient::of_entry).collect()
        };
        readers(self.version.verified.file()) == readers(file)
    }

    /// Whether all age entries of a file are its own.
    pub(super) fn has_entries_of(&self, file: &File) -> bool {
        let own = &self.version.verified.file().metadata().age;
        let known: HashSet<&str> = own.iter().map(|entry| entry.armor.as_str()).collect();
        let mut entries = file.metadata().age.iter();
        entries.all(|entry| known.contains(entry.armor.as_str()))
    }
}

/// The signed version that a file is, but for the signature.
pub(super) fn without_signature<'b>(before: &'b [Before], file: &File) -> Option<&'b Before> {
    let mac = file.metadata().mac_nonce()?;
    before
        .iter()
        .find(|it| it.mac_nonce().as_ref() == Some(&mac))
}
