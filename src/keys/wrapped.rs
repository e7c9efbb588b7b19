//! The data key of a file, wrapped for one recipient: an armored age file of one stanza.

use std::{cell::RefCell, io::Read, iter};

use age_core::format::{FileKey, Stanza};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Identity, Recipient, armor::dearmor, encrypt};
use crate::{
    secret::{DATA_KEY_BYTES, DataKey},
    value::Form,
};

/// Bytes behind the header: a nonce, the data key, an authentication tag (C2SP `age.md`, "Payload").
const PAYLOAD_BYTES: usize = 16 + DATA_KEY_BYTES + 16;

/// Bytes in an armored entry, at most. One stanza and grease take some 600.
const ENTRY_BYTES: usize = 16 * 1024;

/// Why an age entry cannot be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WrapError {
    /// Not armored, or not in the only spelling of the armor.
    #[error("the age entry is not canonically armored")]
    Armor,
    /// Not an age file, or not the only encoding of one, or much longer than an entry is.
    #[error("the age entry is not a canonical age file")]
    Form,
    /// Encrypted with a passphrase; nobody is asked for one on behalf of a file.
    #[error("the age entry is encrypted with a passphrase (scrypt), which is refused")]
    Passphrase,
    /// A number of recipients other than one.
    #[error("the age entry has {0} recipient stanzas instead of one")]
    Stanzas(usize),
    /// A recipient of a kind that vault does not write.
    #[error("the age entry is for a kind of recipient that is not supported")]
    Recipient,
    /// It should open, but was changed.
    #[error("the age entry is damaged")]
    Damaged,
    /// It opens, but to something else.
    #[error("the age entry does not hold a data key of {DATA_KEY_BYTES} bytes")]
    NotADataKey,
}

/// Wraps a data key for exactly one recipient.
///
/// Armored, LF, 64 columns, one line end at the end. The age crate adds a stanza of grease that belongs to nobody.
pub fn wrap(key: &DataKey, recipient: &Recipient) -> String {
    encrypt(key.expose(), std::slice::from_ref(recipient))
}

/// Opens an entry with the first identity that fits; `None` if none does.
///
/// # Errors
/// Every `WrapError`.
pub fn unwrap(
    armored: &str,
    identities: &[Identity],
    form: Form,
) -> Result<Option<DataKey>, WrapError> {
    WrappedKey::parse(armored, form)?.unwrap(identities)
}

/// A well-formed entry: who could open it, as far as that can be told without a key.
pub struct WrappedKey {
    file: Vec<u8>,
    openers: Vec<OpenerHint>,
}

/// What a stanza tells of its recipient.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenerHint {
    /// Any X25519 key; that is age's anonymity.
    Age,
    /// The SSH key whose encoding hashes to this.
    Ssh([u8; 4]),
    /// Nobody that vault knows.
    Foreign,
}

impl WrappedKey {
    /// Reads an entry without any key.
    ///
    /// `Form::Canonical`: canonical armor and header, one stanza for an X25519 or ssh-ed25519 recipient (and at most one of
    /// grease), as many bytes as a data key needs. `Form::Lenient`: blanks around the armor, any stanzas but scrypt.
    ///
    /// # Errors
    /// Every `WrapError` but `Damaged` and `NotADataKey`.
    pub fn parse(armored: &str, form: Form) -> Result<Self, WrapError> {
        if armored.len() > ENTRY_BYTES {
            return Err(WrapError::Form);
        }
        let file = dearmor(armored, form).ok_or(WrapError::Armor)?;
        let stanzas = stanzas(&file)?;
        if stanzas.iter().any(|stanza| stanza.tag == "scrypt") {
            return Err(WrapError::Passphrase);
        }
        if form == Form::Canonical {
            check(&file, &stanzas)?;
        }
        let openers = stanzas.iter().map(OpenerHint::of).collect();
        Ok(WrappedKey { file, openers })
    }

    /// Whether a recipient could open it: never wrong when the answer is no.
    pub fn could_be_for(&self, recipient: &Recipient) -> bool {
        let wanted = match recipient.ssh() {
            None => OpenerHint::Age,
            Some(key) => OpenerHint::Ssh(ssh_hint(&key.blob())),
        };
        self.openers.contains(&wanted)
    }

    /// Opens it with the first identity that fits; `None` if none does.
    ///
    /// # Errors
    /// `Damaged`, `NotADataKey`.
    pub fn unwrap(&self, identities: &[Identity]) -> Result<Option<DataKey>, WrapError> {
        let candidates = identities
            .iter()
            .filter(|identity| self.could_be_for(identity.recipient()))
            .map(|identity| identity as &dyn age::Identity);
        let decryptor =
            age::Decryptor::new_buffered(self.file.as_slice()).map_err(|_| WrapError::Form)?;
        match decryptor.decrypt(candidates) {
            Ok(payload) => read_key(payload).map(Some),
            Err(age::DecryptError::NoMatchingKeys) => Ok(None),
            Err(_) => Err(WrapError::Damaged),
        }
    }
}

fn read_key(mut payload: impl Read) -> Result<DataKey, WrapError> {
    // One byte more than a key has, to see whether there is more.
    let mut bytes = Zeroizing::new([0; DATA_KEY_BYTES + 1]);
    let mut filled = 0;
    while filled < bytes.len() {
        match payload.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(_) => return Err(WrapError::Damaged),
        }
    }
    DataKey::from_bytes(&bytes[..filled]).ok_or(WrapError::NotADataKey)
}

impl OpenerHint {
    fn of(stanza: &Stanza) -> Self {
        match (stanza.tag.as_str(), stanza.args.as_slice()) {
            ("X25519", _) => OpenerHint::Age,
            ("ssh-ed25519", [hint, _]) => STANDARD_NO_PAD
                .decode(hint)
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
                .map_or(OpenerHint::Foreign, OpenerHint::Ssh),
            _ => OpenerHint::Foreign,
        }
    }
}

/// The first four bytes of SHA-256 over the key's encoding (C2SP `age.md`, "ssh-ed25519 recipient stanza").
fn ssh_hint(blob: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest(blob);
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Reads the stanzas of a header through the age crate, so that there is one reader of headers, not two.
pub(super) fn stanzas(file: &[u8]) -> Result<Vec<Stanza>, WrapError> {
    let decryptor = age::Decryptor::new_buffered(file).map_err(|_| WrapError::Form)?;
    let onlooker = Onlooker::default();
    // The onlooker holds no key: the answer is always that nothing matches.
    let _ = decryptor.decrypt(iter::once(&onlooker as &dyn age::Identity));
    Ok(onlooker.0.into_inner())
}

/// An identity that opens nothing and remembers what it was shown.
#[derive(Default)]
struct Onlooker(RefCell<Vec<Stanza>>);

impl age::Identity for Onlooker {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        self.0.borrow_mut().push(Stanza {
            tag: stanza.tag.clone(),
            args: stanza.args.clone(),
            body: stanza.body.clone(),
        });
        None
    }
}

/// What a canonical entry must be, beyond being an age file.
fn check(file: &[u8], stanzas: &[Stanza]) -> Result<(), WrapError> {
    let is_grease = |stanza: &&Stanza| stanza.tag.ends_with("-grease");
    let grease = stanzas.iter().filter(is_grease).count();
    let real = stanzas.len() - grease;
    if real != 1 || grease > 1 {
        return Err(WrapError::Stanzas(if real == 1 {
            stanzas.len()
        } else {
            real
        }));
    }
    if stanzas
        .iter()
        .filter(|stanza| !is_grease(stanza))
        .any(|stanza| OpenerHint::of(stanza) == OpenerHint::Foreign)
    {
        return Err(WrapError::Recipient);
    }
    let header = header(stanzas);
    // After the header: a blank, 43 characters of its MAC, a line end, the payload.
    let wanted = header.len() + 1 + 43 + 1 + PAYLOAD_BYTES;
    if !file.starts_with(header.as_bytes()) || file.len() != wanted {
        return Err(WrapError::Form);
    }
    Ok(())
}

/// The header up to its MAC, in its only encoding (the age crate also reads an older one of bodies).
fn header(stanzas: &[Stanza]) -> String {
    let mut text = String::from("age-encryption.org/v1\n");
    for stanza in stanzas {
        text.push_str("-> ");
        text.push_str(&stanza.tag);
        for arg in &stanza.args {
            text.push(' ');
            text.push_str(arg);
        }
        let body = STANDARD_NO_PAD.encode(&stanza.body);
        let mut rest = body.as_str();
        // The last line is a short one, even if it is empty.
        while rest.len() >= 64 {
            let (line, after) = rest.split_at(64);
            text.push('\n');
            text.push_str(line);
            rest = after;
        }
        text.push('\n');
        text.push_str(rest);
        text.push('\n');
    }
    text.push_str("---");
    text
}

#[cfg(test)]
mod tests;
