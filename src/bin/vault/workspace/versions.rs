//! The versions of files in git's history, each read once however many commits have it.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use vault::{
    difference::{Difference, Imprinter, Sketch, from_all},
    members::{Digest, Entry, Log, Policy},
    sealed::{FormError, Opened, Sealed, Verified},
    secret::ExposeSecret,
    sops::Metadata,
    value::{EnvName, Form, Name},
    yaml::Document,
};

use super::{
    Trouble,
    accept::{open_with, opener},
};
use crate::{
    context::Context,
    repo::{BlobId, Repo, Step},
};

/// A version of a file.
pub(crate) struct Version {
    /// How far it proves itself.
    pub(crate) proof: Proof,
    /// Its keys, without any value; empty for what is no YAML.
    pub(crate) sketch: Sketch,
    /// Whose keys it was encrypted for, as the file has them.
    pub(crate) recipients: BTreeSet<String>,
    /// Its data key as it is wrapped for each of them.
    pub(crate) wrapped: BTreeSet<String>,
    /// Which values are encrypted, as the file says it.
    pub(crate) rule: String,
    /// Whether it waits for somebody to merge it.
    pub(crate) is_unmerged: bool,
    /// Whether it could be read at all: else it has no keys for that.
    pub(crate) is_read: bool,
}

/// What a version says of who made it, by its own log.
pub(crate) enum Proof {
    /// Signed by somebody who could write by the log in it.
    Signed(Signed),
    /// A sealed file without a signature.
    Unsigned,
    /// Not a file that proves itself, for this reason.
    Bad(String),
}

/// Of a version that is signed.
pub(crate) struct Signed {
    pub(crate) signer: Name,
    pub(crate) environment: EnvName,
    /// The entries of its log, earlier before later.
    pub(crate) log: Vec<Digest>,
    /// What is in force after the last of them.
    pub(crate) policy: Rc<Policy>,
}

impl Signed {
    /// The entry after which the state is in force.
    pub(crate) fn policy(&self) -> &Digest {
        self.log.last().expect("a log has an entry")
    }

    /// Whether the log of another version leads to this one.
    pub(crate) fn follows(&self, other: &Signed) -> bool {
        self.log.contains(other.policy())
    }
}

/// Reads versions, and remembers what it read.
pub(crate) struct Versions<'r> {
    context: &'r Context,
    repo: &'r Repo,
    /// Whether the values are looked at, where an identity opens them.
    opens: bool,
    imprinter: Imprinter,
    read: HashMap<BlobId, Rc<Version>>,
    /// Every entry of every log that was seen.
    entries: HashMap<Digest, Rc<Entry>>,
    policies: HashMap<Digest, Rc<Policy>>,
}

impl<'r> Versions<'r> {
    /// Nothing is read yet.
    pub(crate) fn new(context: &'r Context, repo: &'r Repo, opens: bool) -> Self {
        Versions {
            context,
            repo,
            opens,
            imprinter: Imprinter::default(),
            read: HashMap::new(),
            entries: HashMap::new(),
            policies: HashMap::new(),
        }
    }

    /// A version, which is read if it was not before.
    ///
    /// # Errors
    /// An object that is missing or damaged, a passphrase that is wrong.
    pub(crate) fn get(&mut self, id: BlobId) -> Result<Rc<Version>, Trouble> {
        if let Some(version) = self.read.get(&id) {
            return Ok(version.clone());
        }
        let bytes = self.repo.version(id)?;
        let version = Rc::new(self.version(&bytes)?);
        self.read.insert(id, version.clone());
        Ok(version)
    }

    /// A version that need not be in git.
    ///
    /// # Errors
    /// A passphrase that is wrong.
    pub(crate) fn version(&mut self, bytes: &[u8]) -> Result<Version, Trouble> {
        let sealed = match Sealed::parse(bytes) {
            Ok(sealed) => sealed,
            Err(error) => return Ok(self.malformed(bytes, &error)),
        };
        let mut version = self.outside(sealed.file().document(), Some(sealed.file().metadata()));
        match sealed.vouched() {
            Ok(verified) => {
                version.proof = self.proof(&verified);
                if self.opens
                    && let Some(opened) = self.opened(verified)?
                {
                    version
                        .sketch
                        .add_values(opened.into_tree(), &self.imprinter);
                }
            }
            Err(error) => version.proof = Proof::Bad(error.to_string()),
        }
        Ok(version)
    }

    /// What can be seen in a version that is no well-formed sealed file.
    fn malformed(&self, bytes: &[u8], error: &FormError) -> Version {
        let version = match Document::of_ciphertext(bytes.to_vec()) {
            Ok(document) => {
                let metadata = Metadata::read(&document, Form::Lenient).ok();
                self.outside(&document, metadata.as_ref())
            }
            Err(_) => Version::default(),
        };
        Version {
            proof: Proof::Bad(error.to_string()),
            is_unmerged: matches!(error, FormError::Unmerged(_) | FormError::MarkDamaged),
            ..version
        }
    }

    /// What a version shows without any proof.
    fn outside(&self, document: &Document, metadata: Option<&Metadata>) -> Version {
        let age = || metadata.into_iter().flat_map(|metadata| &metadata.age);
        Version {
            proof: Proof::Unsigned,
            sketch: Sketch::of(document, &self.imprinter),
            recipients: age().map(|entry| entry.recipient.clone()).collect(),
            wrapped: age().map(|entry| entry.armor.clone()).collect(),
            rule: metadata.map(rule).unwrap_or_default(),
            is_unmerged: false,
            is_read: true,
        }
    }

    /// The keys that a commit changed, by its parents.
    ///
    /// # Errors
    /// As [`Versions::get`].
    pub(crate) fn changed_in(&mut self, step: &Step) -> Result<Vec<Difference>, Trouble> {
        let Some(blob) = step.blob else {
            return Ok(Vec::new());
        };
        let now = self.get(blob)?;
        let mut before = Vec::new();
        for blob in step.before.iter().flatten() {
            before.push(self.get(*blob)?);
        }
        // A parent that has no file has no key either, and everything is new to it.
        let sketches: Vec<&Sketch> = match before.len() == step.before.len() {
            true => before.iter().map(|version| &version.sketch).collect(),
            false => Vec::new(),
        };
        Ok(from_all(&sketches, &now.sketch))
    }

    fn proof(&mut self, verified: &Verified) -> Proof {
        let (Some(log), Some(signer)) = (verified.log(), verified.signer()) else {
            return Proof::Unsigned;
        };
        self.remember(log);
        let policy = log.policy();
        let known = self.policies.entry(*policy.digest());
        Proof::Signed(Signed {
            signer: signer.clone(),
            environment: policy.environment().clone(),
            log: log.entries().iter().map(|entry| *entry.digest()).collect(),
            policy: known.or_insert_with(|| Rc::new(policy.clone())).clone(),
        })
    }

    fn remember(&mut self, log: &Log) {
        for entry in log.entries() {
            let known = self.entries.entry(*entry.digest());
            known.or_insert_with(|| Rc::new(entry.clone()));
        }
    }

    /// An entry of a log that a version has.
    pub(crate) fn entry(&self, digest: &Digest) -> Option<&Entry> {
        self.entries.get(digest).map(Rc::as_ref)
    }

    /// Opens a version, where an identity at hand does; `None` also for one that should open and does not.
    fn opened(&self, verified: Verified) -> Result<Option<Opened>, Trouble> {
        let Some(identity) = opener(self.context, &verified)? else {
            return Ok(None);
        };
        Ok(open_with(verified, identity).ok())
    }

    /// Opens a version with its values and comments, where an identity at hand does and it proves itself.
    ///
    /// # Errors
    /// A passphrase that is wrong.
    pub(crate) fn open(&self, bytes: &[u8]) -> Result<Option<Opened>, Trouble> {
        let verified = Sealed::parse(bytes).ok();
        match verified.and_then(|sealed| sealed.vouched().ok()) {
            Some(verified) => self.opened(verified),
            None => Ok(None),
        }
    }

    /// Adds to a version what only an opened one tells.
    pub(crate) fn complete(&self, version: &mut Version, opened: &Opened) {
        let sketch = &mut version.sketch;
        sketch.add_values(opened.tree().clone(), &self.imprinter);
        let plain = opened.to_plain().ok();
        let plain = plain.and_then(|plain| Document::parse(plain.expose_secret()).ok());
        if let Some(plain) = plain {
            sketch.add_comments(&plain, &self.imprinter);
        }
    }
}

impl Default for Version {
    fn default() -> Self {
        Version {
            proof: Proof::Unsigned,
            sketch: Sketch::default(),
            recipients: BTreeSet::new(),
            wrapped: BTreeSet::new(),
            rule: String::new(),
            is_unmerged: false,
            is_read: false,
        }
    }
}

impl Version {
    /// What it is signed as, if it is.
    pub(crate) fn signed(&self) -> Option<&Signed> {
        match &self.proof {
            Proof::Signed(signed) => Some(signed),
            Proof::Unsigned | Proof::Bad(_) => None,
        }
    }
}

/// Every key of the rule with its text.
fn rule(metadata: &Metadata) -> String {
    let keys = metadata.rule_keys.iter();
    let keys: Vec<String> = keys.map(|(key, text)| format!("{key}: {text}")).collect();
    match keys.is_empty() {
        true => metadata.rule_in_words(),
        false => format!("`{}`", keys.join(", ")),
    }
}
