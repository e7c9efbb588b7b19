//! Steps 2 and 3 of acceptance: the log, the repository, the environment, the signature, the readers. No private key is needed.

use super::{
    Opened, Sealed, Signed,
    error::{OpenError, TrustError},
};
use crate::{
    keys::{self, Identity, WrappedKey},
    members::{Block, Log, Policy},
    secret::DataKey,
    signature,
    sops::{AgeEntry, File, METADATA_KEY, OpenFile, Wanted},
    value::{EnvName, Form, Map, Name},
    yaml::{Document, Part},
};

/// What the reader of a file expects of it.
#[derive(Clone, Debug)]
pub struct Expected<'e> {
    /// The id of the repository.
    pub repository: &'e str,
    /// The environment.
    pub environment: &'e EnvName,
    /// Whether it is to be signed.
    pub signed: bool,
}

/// A file that its log, its signature and its list of readers vouch for; or an unsigned one where that is wanted.
pub struct Verified {
    file: File,
    block: Option<(Block, Name)>,
    environment: EnvName,
}

impl Sealed {
    /// Verifies all that can be verified without a private key.
    ///
    /// # Errors
    ///
    /// See [`TrustError`].
    pub fn verify(self, expected: &Expected<'_>) -> Result<Verified, TrustError> {
        let Sealed { file, block } = self;
        let block = match (block, expected.signed) {
            (Some(_), false) => return Err(TrustError::SignedUnwanted),
            (None, true) => return Err(TrustError::Unsigned),
            (None, false) => None,
            (Some(signed), true) => {
                let signer = verify_block(&file, &signed, expected)?;
                Some((signed.block, signer))
            }
        };
        Ok(Verified {
            file,
            block,
            environment: expected.environment.clone(),
        })
    }
}

impl Sealed {
    /// Verifies a file as its own log vouches for it, whatever repository and environment that names; one without a log as an unsigned one.
    ///
    /// For looking at versions: whether it is the file that somebody expects is for them to say.
    ///
    /// # Errors
    ///
    /// See [`TrustError`].
    pub fn vouched(self) -> Result<Verified, TrustError> {
        let policy = self.block().map(|block| block.log().policy().clone());
        let nameless: EnvName = UNSIGNED.parse().expect("a name");
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
        self.verify(&expected)
    }
}

/// What an environment is called of which nothing says its name.
const UNSIGNED: &str = "unsigned";

fn verify_block(file: &File, signed: &Signed, expected: &Expected<'_>) -> Result<Name, TrustError> {
    let Signed { block, message } = signed;
    let policy = block.log().policy();
    if policy.repository() != expected.repository {
        return Err(TrustError::Repository);
    }
    if policy.environment() != expected.environment {
        return Err(TrustError::Environment(policy.environment().clone()));
    }
    let rule = file
        .metadata()
        .rule_keys
        .iter()
        .map(|(key, text)| ((*key).to_owned(), text.clone()));
    let mut rules = [rule.collect::<Vec<_>>(), policy.rule().to_vec()];
    rules.iter_mut().for_each(|rule| rule.sort());
    if rules[0] != rules[1] {
        return Err(TrustError::Rule);
    }
    let signature = file.document().str_at(block.signature());
    let signer = signature::verify(signature, message, policy.writers())
        .map_err(TrustError::Signature)?
        .clone();
    verify_readers(file, policy)?;
    Ok(signer)
}

/// The age entries are exactly the readers, in name order, each with its name above it and a stanza for its key.
fn verify_readers(file: &File, policy: &Policy) -> Result<(), TrustError> {
    let entries = &file.metadata().age;
    if entries.len() != policy.members().len() || age_comments(file.document()) != entries.len() {
        return Err(TrustError::Readers);
    }
    for (entry, (name, member)) in entries.iter().zip(policy.members()) {
        if entry.recipient != member.reads().to_string() {
            return Err(TrustError::Readers);
        }
        if entry.name.as_deref() != Some(name.as_str()) {
            return Err(TrustError::Label(name.clone()));
        }
        let wrapped = WrappedKey::parse(&entry.armor, Form::Canonical).map_err(|fault| {
            TrustError::Entry {
                name: name.clone(),
                fault,
            }
        })?;
        if !wrapped.could_be_for(member.reads()) {
            return Err(TrustError::Stanza(name.clone()));
        }
    }
    Ok(())
}

/// Comments anywhere within the age entries.
fn age_comments(document: &Document) -> usize {
    let entry = document
        .root()
        .and_then(|root| root.get(METADATA_KEY))
        .and_then(|metadata| metadata.entry("age"));
    entry.map_or(0, |entry| {
        let items = &document.items()[entry.key_index..=entry.node.last_index()];
        items
            .iter()
            .filter(|item| item.part == Part::Comment)
            .count()
    })
}

impl Verified {
    /// The environment.
    pub fn environment(&self) -> &EnvName {
        &self.environment
    }

    /// The encrypted file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The log, where the file is signed.
    pub fn log(&self) -> Option<&Log> {
        self.block.as_ref().map(|(block, _)| block.log())
    }

    /// The policy in force, where the file is signed.
    pub fn policy(&self) -> Option<&Policy> {
        self.log().map(Log::policy)
    }

    /// Who signed the file, by the name in its log.
    pub fn signer(&self) -> Option<&Name> {
        self.block.as_ref().map(|(_, signer)| signer)
    }

    /// The recipients of the file, as written: those whose identities could open it.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.file.recipients()
    }

    /// Finds the data key with the identities at hand; `None` where none of them is a recipient.
    ///
    /// # Errors
    ///
    /// [`OpenError::Entry`]: an entry for one of the identities that does not open.
    pub fn data_key(&self, identities: &[Identity]) -> Result<Option<DataKey>, OpenError> {
        match &self.block {
            Some(_) => self.own_entry(identities),
            None => self.any_entry(identities),
        }
    }

    /// Opens the file: step 6 of acceptance.
    ///
    /// # Errors
    ///
    /// [`OpenError::Content`]: a value, a comment or the MAC is not what it must be.
    pub fn open(self, key: DataKey) -> Result<Opened, OpenError> {
        let open = OpenFile::open(self.file, key)?;
        Ok(Opened::new(
            open,
            self.block.map(|(block, _)| block),
            self.environment,
        ))
    }

    /// Opens the file as [`Verified::open`] does, where it is of no more use than the values that are wanted.
    ///
    /// # Errors
    ///
    /// As [`Verified::open`].
    pub fn values(self, key: &DataKey, wanted: Wanted<'_>) -> Result<Map, OpenError> {
        Ok(self.file.values(key, wanted)?)
    }

    /// In a signed file the entry that names one's own key, and no other: labels cannot be exchanged unnoticed.
    fn own_entry(&self, identities: &[Identity]) -> Result<Option<DataKey>, OpenError> {
        for identity in identities {
            let own = identity.recipient().to_string();
            let Some(entry) = self
                .file
                .metadata()
                .age
                .iter()
                .find(|entry| entry.recipient == own)
            else {
                continue;
            };
            let key = keys::unwrap(
                &entry.armor,
                std::slice::from_ref(identity),
                Form::Canonical,
            )
            .map_err(OpenError::Entry)?;
            return key.map(Some).ok_or(OpenError::OtherKey);
        }
        Ok(None)
    }

    /// In a file of sops any entry that opens, as sops does; a damaged one only counts when no other opens.
    fn any_entry(&self, identities: &[Identity]) -> Result<Option<DataKey>, OpenError> {
        let mut fault = None;
        for AgeEntry { armor, .. } in &self.file.metadata().age {
            match keys::unwrap(armor, identities, Form::Lenient) {
                Ok(Some(key)) => return Ok(Some(key)),
                Ok(None) => {}
                Err(error) => fault = Some(error),
            }
        }
        match fault {
            Some(error) => Err(OpenError::Entry(error)),
            None => Ok(None),
        }
    }
}
