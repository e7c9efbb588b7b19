//! An accepted and open file: read and changed.

use std::collections::BTreeMap;

use super::{error::SealError, fingerprint};
use crate::{
    keys::{self, Member, without_comment},
    members::{Block as Members, Change, Joining, Log, Origin, Policy},
    secret::{DataKey, SecretString},
    sops::{self, AgeEntry, OpenFile},
    value::{EnvName, KeyPath, Map, Name, Node, Scalar, Step},
    yaml::Document,
};

/// What the next seal does to the log.
pub(super) enum Pending {
    Nothing,
    Begin(Origin, BTreeMap<Name, Member>),
    Follow(Change, BTreeMap<Name, Member>),
    /// The log of another branch comes in.
    Join(Box<Branch>),
    /// A list of recipients in a file that is not signed any more, or never was.
    Entries(BTreeMap<Name, Member>),
    /// The recipients of an unsigned file stay, for another data key.
    Renewed,
}

/// A branch of the log, and what comes of both.
pub(super) struct Branch {
    pub(super) log: Log,
    pub(super) joining: Joining,
}

/// An open file: signature and MAC verified, every value decrypted.
pub struct Opened {
    pub(super) open: OpenFile,
    pub(super) block: Option<Members>,
    pub(super) environment: EnvName,
    pub(super) pending: Pending,
}

impl Opened {
    pub(super) fn new(open: OpenFile, block: Option<Members>, environment: EnvName) -> Self {
        Opened {
            open,
            block,
            environment,
            pending: Pending::Nothing,
        }
    }

    /// A new, empty file with a fresh data key; it is signed when it is sealed.
    ///
    /// # Errors
    ///
    /// Only for metadata that does not read back.
    pub fn create(
        origin: Origin,
        members: BTreeMap<Name, Member>,
        now: &str,
    ) -> Result<Self, SealError> {
        let environment = origin.environment.clone();
        let open = empty(&members, now)?;
        Ok(Opened {
            open,
            block: None,
            environment,
            pending: Pending::Begin(origin, members),
        })
    }

    /// A new file that holds a document of one's own, values and comments where they stand; it is signed when it is sealed.
    ///
    /// # Errors
    ///
    /// Values that the format cannot carry, see [`sops::OpenFile::from_plain`].
    pub fn create_from(
        origin: Origin,
        members: BTreeMap<Name, Member>,
        plain: &Document,
        now: &str,
    ) -> Result<Self, SealError> {
        let environment = origin.environment.clone();
        let key = DataKey::generate();
        let entries = entries_for(&key, &members);
        let open = OpenFile::from_plain(plain, key, &entries, now)?;
        Ok(Opened {
            open,
            block: None,
            environment,
            pending: Pending::Begin(origin, members),
        })
    }

    /// A new, empty file without signature, for teams that use sops beside vault.
    ///
    /// # Errors
    ///
    /// As [`Opened::create`].
    pub fn create_unsigned(
        environment: EnvName,
        members: &BTreeMap<Name, Member>,
        now: &str,
    ) -> Result<Self, SealError> {
        Ok(Opened {
            open: empty(members, now)?,
            block: None,
            environment,
            pending: Pending::Nothing,
        })
    }

    /// A new file without signature that holds a document of one's own.
    ///
    /// # Errors
    ///
    /// As [`Opened::create_from`].
    pub fn create_unsigned_from(
        environment: EnvName,
        members: &BTreeMap<Name, Member>,
        plain: &Document,
        now: &str,
    ) -> Result<Self, SealError> {
        let key = DataKey::generate();
        let entries = entries_for(&key, members);
        Ok(Opened {
            open: OpenFile::from_plain(plain, key, &entries, now)?,
            block: None,
            environment,
            pending: Pending::Nothing,
        })
    }

    /// The values and comments as a plain document, laid out as the file is.
    ///
    /// # Errors
    ///
    /// Only for a mistake of this program.
    pub fn to_plain(&self) -> Result<SecretString, SealError> {
        Ok(self.open.to_plain()?)
    }

    /// The values, in the order of the file.
    pub fn tree(&self) -> &Map {
        self.open.tree()
    }

    /// Whether there are comments beside the values.
    pub fn has_comments(&self) -> bool {
        self.open.file().has_comments()
    }

    /// One value; `None` where there is none, or a map or list.
    pub fn get(&self, path: &KeyPath) -> Option<&Scalar> {
        let (first, rest) = path.steps().split_first()?;
        match first {
            Step::Key(key) => self.tree().get(key)?.get(rest)?.as_scalar(),
            Step::Index(_) => None,
        }
    }

    /// What two people compare to know whether they mean one value: 32 bits, as 8 hex digits, of an HMAC-SHA-256 over environment, path, type
    /// and text, each after its length, with a key that HKDF-SHA-256 makes of the data key. The same only under one data key.
    ///
    /// It tells whoever has the data key nothing that they could not open; others learn by it which of two values are the same. `None` where
    /// there is no value.
    pub fn fingerprint(&self, path: &KeyPath) -> Option<String> {
        let scalar = self.get(path)?;
        Some(fingerprint::of(
            self.open.key(),
            self.environment(),
            path,
            scalar,
        ))
    }

    /// The values, where the file itself is of no more use.
    pub fn into_tree(self) -> Map {
        self.open.into_tree()
    }

    /// The environment.
    pub fn environment(&self) -> &EnvName {
        &self.environment
    }

    /// The log, where the file is signed.
    pub fn log(&self) -> Option<&Log> {
        self.block.as_ref().map(Members::log)
    }

    /// The policy in force before the changes that are not sealed yet, where the file is signed.
    pub fn policy(&self) -> Option<&Policy> {
        self.log().map(Log::policy)
    }

    /// The encrypted file.
    pub fn file(&self) -> &sops::File {
        self.open.file()
    }

    /// The rule keys of the metadata with their texts; sops' default where a file has none, since that is written with the next seal.
    pub fn rule(&self) -> Vec<(String, String)> {
        let keys = &self.open.file().metadata().rule_keys;
        let mut rule: Vec<(String, String)> = keys
            .iter()
            .map(|(key, text)| ((*key).to_owned(), text.clone()))
            .collect();
        if rule
            .iter()
            .all(|(key, text)| key == "mac_only_encrypted" || text.is_empty())
        {
            rule.retain(|(key, _)| key != "unencrypted_suffix");
            rule.push((
                "unencrypted_suffix".to_owned(),
                sops::DEFAULT_SUFFIX.to_owned(),
            ));
            rule.sort();
        }
        rule
    }

    /// The recipients in the file, as written.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.open.file().recipients()
    }

    /// Whether the file is encrypted for exactly the readers of a policy.
    pub fn has_recipients_of(&self, policy: &Policy) -> bool {
        let mut own: Vec<String> = self.recipients().map(without_comment).collect();
        let mut wanted: Vec<String> = policy
            .members()
            .map(|(_, member)| member.reads().to_string())
            .collect();
        own.sort();
        wanted.sort();
        own == wanted
    }

    /// Gives the file a fresh data key.
    ///
    /// # Errors
    ///
    /// Entries of other key services that it would lock out.
    pub fn rekey(&mut self) -> Result<(), SealError> {
        Ok(self.open.rekey(DataKey::generate())?)
    }

    /// Whether two files have one data key.
    pub fn shares_key_with(&self, other: &Opened) -> bool {
        self.open.key().is_same(other.open.key())
    }

    /// Whether this is its data key.
    pub fn has_key(&self, key: &DataKey) -> bool {
        self.open.key().is_same(key)
    }

    /// Puts a node at a path; returns whether that changed anything.
    ///
    /// # Errors
    ///
    /// See [`sops::ChangeError`]; then nothing was changed.
    pub fn set(&mut self, path: &KeyPath, node: &Node) -> Result<bool, sops::ChangeError> {
        self.open.set(path, node)
    }

    /// Tells before there is a value whether one could be put at a path.
    ///
    /// # Errors
    ///
    /// As [`Opened::set`], as far as it does not depend on the value.
    pub fn check_place(&self, path: &KeyPath) -> Result<(), sops::ChangeError> {
        self.open.check_place(path)
    }

    /// Tells whether what stands at a path can be put back once it is taken away.
    ///
    /// # Errors
    ///
    /// The first value that the rule of the file leaves in clear.
    pub fn check_removal(&self, path: &KeyPath) -> Result<(), sops::ChangeError> {
        self.open.check_removal(path)
    }

    /// Puts many nodes at their paths, new keys with comments; returns those whose comments found no place.
    ///
    /// # Errors
    ///
    /// Every path that is refused; then nothing was changed.
    pub fn put_all(
        &mut self,
        puts: &[sops::Put<'_>],
    ) -> Result<Vec<KeyPath>, Vec<sops::ChangeError>> {
        self.open.put_all(puts)
    }

    /// Takes over the whole plain document as a person has edited it; returns whether anything changed.
    ///
    /// What did not change keeps its ciphertext, who reads and writes stays as it is, see [`sops::OpenFile::revise`].
    ///
    /// # Errors
    ///
    /// All problems of the text that can be found at once; then nothing was changed.
    pub fn revise(&mut self, plain: &Document) -> Result<bool, Vec<sops::SopsError>> {
        self.open.revise(plain)
    }

    /// Takes away what stands at a path, with its comments.
    ///
    /// # Errors
    ///
    /// See [`sops::ChangeError`]; then nothing was changed.
    pub fn unset(&mut self, path: &KeyPath) -> Result<(), sops::ChangeError> {
        self.open.unset(path)
    }

    /// Turns the signature on: the log begins with these members when the file is sealed.
    ///
    /// The data key is a new one: nothing tells who made the old one, and whoever did could read on. Where entries of other key
    /// services would be locked out by that it stays, as long as nobody is dropped.
    ///
    /// # Errors
    ///
    /// Somebody is dropped, and there are entries of other key services.
    pub fn begin(
        &mut self,
        origin: Origin,
        members: BTreeMap<Name, Member>,
    ) -> Result<(), SealError> {
        if self.drops_a_recipient(&members) || self.open.file().metadata().foreign.is_empty() {
            self.rekey()?;
        }
        self.pending = Pending::Begin(origin, members);
        Ok(())
    }

    fn drops_a_recipient(&self, members: &BTreeMap<Name, Member>) -> bool {
        let is_kept = |recipient: &str| {
            let own = without_comment(recipient);
            members
                .values()
                .any(|member| member.reads().to_string() == own)
        };
        !self.recipients().all(is_kept)
    }

    /// Goes on with a log that stood in this file before another program took it out.
    pub fn restore(&mut self, block: Members) {
        let members = block
            .log()
            .policy()
            .members()
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect();
        self.block = Some(block);
        self.pending = Pending::Follow(Change::default(), members);
    }

    /// Changes who may read and write; the data key is a new one where somebody can no longer read.
    ///
    /// # Errors
    ///
    /// [`SealError::Unsigned`], and entries of other key services that a new data key would lock out.
    pub fn amend(&mut self, change: Change) -> Result<(), SealError> {
        let policy = self.policy().ok_or(SealError::Unsigned)?;
        let mut members: BTreeMap<Name, Member> = policy
            .members()
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect();
        members.retain(|name, _| !change.remove.contains(name));
        members.extend(change.add.clone());
        members.extend(change.replace.clone());
        if change.drops_a_reader(policy) {
            self.open.rekey(DataKey::generate())?;
        }
        self.pending = Pending::Follow(change, members);
        Ok(())
    }

    /// Gives a file that is not signed, or is not from now on, these recipients; the data key is a new one where somebody is dropped.
    ///
    /// A signature and its log go with the next seal.
    ///
    /// # Errors
    ///
    /// Entries of other key services that a new data key would lock out.
    pub fn set_recipients(&mut self, members: BTreeMap<Name, Member>) -> Result<(), SealError> {
        if self.drops_a_recipient(&members) {
            self.rekey()?;
        }
        self.pending = Pending::Entries(members);
        Ok(())
    }
}

fn empty(members: &BTreeMap<Name, Member>, now: &str) -> Result<OpenFile, SealError> {
    let key = DataKey::generate();
    let entries = entries_for(&key, members);
    Ok(OpenFile::new(key, &entries, now)?)
}

fn entries_for(key: &DataKey, members: &BTreeMap<Name, Member>) -> Vec<AgeEntry> {
    let entry = |(name, member): (&Name, &Member)| AgeEntry {
        name: Some(name.to_string()),
        recipient: member.reads().to_string(),
        armor: keys::wrap(key, member.reads()),
    };
    members.iter().map(entry).collect()
}
