//! The versions of files in git's history, each read once however many commits have it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use rand::{RngCore, rngs::OsRng};
use sha2::{Digest as _, Sha256};
use vault::{
    members::{Digest, Entry, Log},
    sealed::{Expected, Sealed, Verified},
    sops::METADATA_KEY,
    value::{EnvName, KeyPath, Map, Name, Node, Scalar},
};

use super::{Trouble, Workspace};
use crate::repo::BlobId;

/// What is kept of a value or a ciphertext to tell it from another one; stays in memory.
pub(crate) type Mark = [u8; 32];

/// A version of a file.
pub(crate) struct Version {
    /// How far it proves itself.
    pub(crate) proof: Proof,
    /// Every key, with a mark of what stands in the file for its value; empty for what is no sealed file.
    pub(crate) ciphertexts: BTreeMap<KeyPath, Mark>,
    /// Whose keys it was encrypted for, as the file has them.
    pub(crate) recipients: BTreeSet<String>,
    /// Marks of the wrapped data keys.
    pub(crate) wrapped: BTreeSet<Mark>,
    /// A mark of every value, where one of the identities at hand opens it and it was asked for.
    pub(crate) values: Option<BTreeMap<KeyPath, Mark>>,
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
pub(crate) struct Versions<'w, 'c> {
    workspace: &'w Workspace<'c>,
    /// Whether the values are looked at, where an identity opens them.
    opens: bool,
    /// Of no use to whoever finds a mark in memory without it.
    salt: [u8; 32],
    known: HashMap<BlobId, Rc<Version>>,
    /// Every entry of every log that was seen.
    entries: HashMap<Digest, Rc<Entry>>,
}

impl<'w, 'c> Versions<'w, 'c> {
    /// Nothing is read yet.
    pub(crate) fn new(workspace: &'w Workspace<'c>, opens: bool) -> Self {
        let mut salt = [0; 32];
        OsRng.fill_bytes(&mut salt);
        Versions {
            workspace,
            opens,
            salt,
            known: HashMap::new(),
            entries: HashMap::new(),
        }
    }

    /// A version, which is read if it was not before.
    ///
    /// # Errors
    /// An object that is missing or damaged, a passphrase that is wrong.
    pub(crate) fn get(&mut self, id: BlobId) -> Result<Rc<Version>, Trouble> {
        if let Some(version) = self.known.get(&id) {
            return Ok(version.clone());
        }
        let repo = self.workspace.repo()?.expect("versions come from git");
        let version = Rc::new(self.version(repo.version(id)?)?);
        self.known.insert(id, version.clone());
        Ok(version)
    }

    /// An entry of a log that a version has.
    pub(crate) fn entry(&self, digest: &Digest) -> Option<&Entry> {
        self.entries.get(digest).map(Rc::as_ref)
    }

    /// Reads bytes, whether git has them or not.
    ///
    /// # Errors
    /// A passphrase that is wrong.
    pub(crate) fn version(&mut self, bytes: Vec<u8>) -> Result<Version, Trouble> {
        let sealed = match Sealed::from_vec(bytes) {
            Ok(sealed) => sealed,
            Err(error) => return Ok(Version::bad(error.to_string())),
        };
        let ciphertexts = self.ciphertexts(&sealed);
        let age = &sealed.file().metadata().age;
        let wrapped = age.iter().map(|entry| self.mark(&[entry.armor.as_str()]));
        let wrapped = wrapped.collect();
        let recipients = age.iter().map(|entry| entry.recipient.clone()).collect();
        let (proof, values) = match self.verified(sealed) {
            Ok(verified) => {
                let proof = self.proof(&verified);
                (proof, self.values(verified)?)
            }
            Err(reason) => (Proof::Bad(reason), None),
        };
        Ok(Version {
            proof,
            ciphertexts,
            recipients,
            wrapped,
            values,
        })
    }

    /// A version as its own log vouches for it.
    fn verified(&self, sealed: Sealed) -> Result<Verified, String> {
        let policy = sealed.block().map(|block| block.log().policy().clone());
        let nameless: EnvName = "unsigned".parse().expect("a name");
        let expected = match &policy {
            Some(policy) => Expected {
                repository: policy.repository(),
                environment: policy.environment(),
                signed: true,
            },
            None => Expected {
                repository: "",
                environment: &nameless,
                signed: false,
            },
        };
        sealed.verify(&expected).map_err(|error| error.to_string())
    }

    fn proof(&mut self, verified: &Verified) -> Proof {
        let (Some(log), Some(signer)) = (verified.log(), verified.signer()) else {
            return Proof::Unsigned;
        };
        self.remember(log);
        Proof::Signed(Signed {
            signer: signer.clone(),
            environment: log.policy().environment().clone(),
            log: log.entries().iter().map(|entry| *entry.digest()).collect(),
        })
    }

    fn remember(&mut self, log: &Log) {
        for entry in log.entries() {
            let known = self.entries.entry(*entry.digest());
            known.or_insert_with(|| Rc::new(entry.clone()));
        }
    }

    /// Marks of the values, where an identity at hand opens the version; a version that should open and does not has none.
    fn values(&self, verified: Verified) -> Result<Option<BTreeMap<KeyPath, Mark>>, Trouble> {
        if !self.opens {
            return Ok(None);
        }
        let Some(identity) = self.workspace.opener(&verified)? else {
            return Ok(None);
        };
        let opened = super::open_with(verified, identity).ok();
        Ok(opened.map(|opened| self.marks(opened.into_tree())))
    }
}

impl Version {
    fn bad(reason: String) -> Self {
        Version {
            proof: Proof::Bad(reason),
            ciphertexts: BTreeMap::new(),
            recipients: BTreeSet::new(),
            wrapped: BTreeSet::new(),
            values: None,
        }
    }

    /// What it is signed as, if it is.
    pub(crate) fn signed(&self) -> Option<&Signed> {
        match &self.proof {
            Proof::Signed(signed) => Some(signed),
            Proof::Unsigned | Proof::Bad(_) => None,
        }
    }
}

impl Versions<'_, '_> {
    /// What stands in the file for each value; a file whose tree cannot be read has none.
    fn ciphertexts(&self, sealed: &Sealed) -> BTreeMap<KeyPath, Mark> {
        let root = sealed.file().document().root();
        match root.map(vault::yaml::NodeRef::to_node) {
            Some(Ok(Node::Map(mut map))) => {
                map.remove(METADATA_KEY);
                self.marks(map)
            }
            _ => BTreeMap::new(),
        }
    }

    fn marks(&self, map: Map) -> BTreeMap<KeyPath, Mark> {
        let tree = Node::Map(map);
        let leaves = tree.leaves().into_iter();
        leaves
            .map(|(path, scalar)| (path, self.mark_of(scalar)))
            .collect()
    }

    fn mark_of(&self, scalar: &Scalar) -> Mark {
        let kind = format!("{:?}", scalar.kind());
        self.mark(&[&kind, scalar.expose()])
    }

    fn mark(&self, parts: &[&str]) -> Mark {
        let mut hash = Sha256::new_with_prefix(self.salt);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}
