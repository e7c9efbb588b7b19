//! The files in which private keys are kept: lists of age identities, the same locked with a passphrase, OpenSSH keys.

use std::{
    io::{Read, Write},
    iter, str,
};

use ssh_key::PrivateKey;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    Identity, IdentityError, Recipient,
    armor::{armor, dearmor, looks_armored},
    openssh,
    wrapped::stanzas,
};
use crate::{
    secret::{ExposeSecret, SecretString},
    value::Form,
};

/// The line by which a file says that its keys are published, and may lie anywhere with any mode.
pub const PUBLIC_TEST_MARK: &str = "# vault: public test identity";

/// The largest work factor of scrypt that is tried: 2^20 rounds, 1 GiB of memory, some seconds.
const MAX_WORK_FACTOR: u8 = 20;

/// The work factor that new locked files get: what `age -p` uses (filippo.io/age 1.3, `NewScryptRecipient`).
const WORK_FACTOR: u8 = 18;

/// Bytes in an identity file, at most.
const FILE_BYTES: usize = 1024 * 1024;

const AGE_MAGIC: &[u8] = b"age-encryption.org/";

/// Why a file of private keys cannot be used. Names lines by number, and never holds any of the file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum IdentityFileError {
    /// More bytes than any list of keys has.
    #[error("the identity file is larger than {} KiB", FILE_BYTES / 1024)]
    Large,
    /// Not UTF-8, and not an age file.
    #[error("the identity file is not text")]
    NotText,
    /// Nothing but comments and empty lines.
    #[error("the identity file holds no identity")]
    Empty,
    /// A line that is no identity. As in SOPS the whole file is refused.
    #[error("line {line} of the identity file cannot be used")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        source: IdentityError,
    },
    /// An age file for recipients, not for a passphrase.
    #[error("the identity file is encrypted for a recipient, not with a passphrase")]
    NotPassphrase,
    /// An age file that does not read, or does not hold what its header says.
    #[error("the encrypted identity file is damaged")]
    Damaged,
    /// Would take too long, or too much memory, before anything is known of the passphrase.
    #[error("the identity file asks for scrypt work factor {factor}; at most {limit} is tried")]
    WorkFactor {
        /// What the file asks for.
        factor: u8,
        /// What would be tried.
        limit: u8,
    },
    /// The passphrase does not fit.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// An RSA key, in whatever form.
    #[error("ssh-rsa keys are not supported; use an ssh-ed25519 key or an age identity")]
    Rsa,
    /// An SSH key that is neither Ed25519 nor RSA.
    #[error("this kind of SSH key is not supported; use an ssh-ed25519 key or an age identity")]
    SshKind,
    /// PKCS#8, SEC1 or another PEM that is not OpenSSH's.
    #[error(
        "PEM private keys are not supported; rewrite it in OpenSSH's form: ssh-keygen -p -f FILE"
    )]
    Pem,
    /// An OpenSSH key that does not read.
    #[error("the OpenSSH private key is damaged")]
    SshDamaged,
    /// An OpenSSH key locked with a cipher that vault does not know.
    #[error("the OpenSSH private key is locked with an unsupported cipher")]
    SshCipher,
    /// An OpenSSH key locked with too many rounds.
    #[error(
        "the OpenSSH private key asks for {rounds} rounds of bcrypt; at most {limit} are tried"
    )]
    Rounds {
        /// What the file asks for.
        rounds: u32,
        /// What would be tried.
        limit: u32,
    },
}

/// A file of private keys.
pub enum IdentityFile {
    /// They are there; at least one.
    Open(Vec<Identity>),
    /// They need a passphrase.
    Locked(LockedIdentity),
}

/// Private keys behind a passphrase.
pub struct LockedIdentity(Lock);

enum Lock {
    /// An age file, no longer armored.
    Age(Vec<u8>),
    Ssh(Box<PrivateKey>, Recipient),
}

impl IdentityFile {
    /// Reads the content of a file.
    ///
    /// A list has one age identity per line; empty lines and lines that start with `#` are skipped, a CR at the end of a line
    /// too, and nothing else is trimmed (SOPS 3.13). An age file, armored or not, must be locked with a passphrase. An OpenSSH
    /// key must be ed25519. Comment lines may stand before and behind an armor.
    ///
    /// # Errors
    /// Every `IdentityFileError` but `WrongPassphrase`; `WorkFactor` and `Rounds` before any work is done.
    pub fn parse(content: &[u8]) -> Result<Self, IdentityFileError> {
        if content.len() > FILE_BYTES {
            return Err(IdentityFileError::Large);
        }
        if content.starts_with(AGE_MAGIC) {
            return lock_of(content.to_vec());
        }
        let text = str::from_utf8(content).map_err(|_| IdentityFileError::NotText)?;
        if let Some(file) = armored(text)? {
            return Ok(file);
        }
        list(text).map(IdentityFile::Open)
    }

    /// Reads the content of a variable: as `parse` does, but identities may be separated and surrounded by any blanks (SOPS 3.13).
    ///
    /// # Errors
    /// Those of `parse`.
    pub fn parse_variable(content: &str) -> Result<Self, IdentityFileError> {
        if content.len() > FILE_BYTES {
            return Err(IdentityFileError::Large);
        }
        if let Some(file) = armored(content.trim())? {
            return Ok(file);
        }
        let words = content.lines().enumerate().flat_map(|(at, line)| {
            let comment = line.trim_start().starts_with('#');
            let line = if comment { "" } else { line };
            line.split_whitespace().map(move |word| (at + 1, word))
        });
        identities(words).map(IdentityFile::Open)
    }
}

impl LockedIdentity {
    /// The public key, where it can be told without the passphrase: for SSH keys.
    pub fn recipient(&self) -> Option<&Recipient> {
        match &self.0 {
            Lock::Age(_) => None,
            Lock::Ssh(_, recipient) => Some(recipient),
        }
    }

    /// Opens the lock; can be tried again with another passphrase.
    ///
    /// # Errors
    /// `WrongPassphrase`; `Damaged` and those of a list for what comes to light.
    pub fn unlock(&self, passphrase: &SecretString) -> Result<Vec<Identity>, IdentityFileError> {
        match &self.0 {
            Lock::Ssh(key, _) => Ok(vec![openssh::unlock(key, passphrase)?]),
            Lock::Age(file) => {
                let plaintext = decrypt(file, passphrase)?;
                let text = str::from_utf8(&plaintext).map_err(|_| IdentityFileError::NotText)?;
                list(text)
            }
        }
    }
}

/// Whether a file says, in a line of its own, that its keys are published for tests.
pub fn is_public_test(content: &[u8]) -> bool {
    content
        .split(|b| *b == b'\n')
        .any(|line| line.strip_suffix(b"\r").unwrap_or(line) == PUBLIC_TEST_MARK.as_bytes())
}

/// Locks the text of an identity file with a passphrase, as `age -p -a` does; takes about a second.
pub fn lock(text: &SecretString, passphrase: &SecretString) -> String {
    lock_with(WORK_FACTOR, text, passphrase).expect("writing to memory does not fail")
}

fn lock_with(
    work_factor: u8,
    text: &SecretString,
    passphrase: &SecretString,
) -> Result<String, age::EncryptError> {
    let mut recipient = age::scrypt::Recipient::new(passphrase.clone());
    recipient.set_work_factor(work_factor);
    let recipient: &dyn age::Recipient = &recipient;
    let encryptor = age::Encryptor::with_recipients(iter::once(recipient))?;
    let mut file = Vec::new();
    let mut writer = encryptor.wrap_output(&mut file)?;
    writer.write_all(text.expose_secret().as_bytes())?;
    writer.finish()?;
    Ok(armor(&file))
}

/// An armored age file or a PEM key, after any comments; `None` if it is neither.
fn armored(text: &str) -> Result<Option<IdentityFile>, IdentityFileError> {
    let body = after_comments(text);
    if looks_armored(body) {
        let file =
            dearmor(without_comments(body), Form::Lenient).ok_or(IdentityFileError::Damaged)?;
        return lock_of(file).map(Some);
    }
    if !openssh::looks_like_pem(body) {
        return Ok(None);
    }
    let key = openssh::parse(body)?;
    if !key.is_encrypted() {
        return Ok(Some(IdentityFile::Open(vec![openssh::identity(&key)?])));
    }
    let recipient = openssh::recipient(&key)?;
    let lock = Lock::Ssh(Box::new(key), recipient);
    Ok(Some(IdentityFile::Locked(LockedIdentity(lock))))
}

/// What begins at the first line that is neither empty nor a comment.
fn after_comments(text: &str) -> &str {
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        if !is_skipped(line) {
            break;
        }
        rest = after;
    }
    rest
}

/// What ends before the comments at the end.
fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_end();
    while let Some((before, line)) = rest.rsplit_once('\n') {
        if !is_skipped(line) {
            break;
        }
        rest = before.trim_end();
    }
    rest
}

fn is_skipped(line: &str) -> bool {
    let line = line.strip_suffix('\r').unwrap_or(line);
    line.is_empty() || line.starts_with('#')
}

fn list(text: &str) -> Result<Vec<Identity>, IdentityFileError> {
    let lines = text.split('\n').enumerate();
    let kept = lines.filter(|(_, line)| !is_skipped(line));
    identities(kept.map(|(at, line)| (at + 1, line.strip_suffix('\r').unwrap_or(line))))
}

fn identities<'a>(
    words: impl Iterator<Item = (usize, &'a str)>,
) -> Result<Vec<Identity>, IdentityFileError> {
    let found = words
        .map(|(line, text)| {
            Identity::parse(text).map_err(|source| IdentityFileError::Line { line, source })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() {
        return Err(IdentityFileError::Empty);
    }
    Ok(found)
}

/// Takes an age file over, after a look at its header.
fn lock_of(file: Vec<u8>) -> Result<IdentityFile, IdentityFileError> {
    let stanzas = stanzas(&file).map_err(|_| IdentityFileError::Damaged)?;
    let [stanza] = stanzas.as_slice() else {
        return Err(IdentityFileError::NotPassphrase);
    };
    if stanza.tag != "scrypt" {
        return Err(IdentityFileError::NotPassphrase);
    }
    // `scrypt SALT FACTOR`; a number that does not fit is more than the limit too.
    let [_, factor] = stanza.args.as_slice() else {
        return Err(IdentityFileError::Damaged);
    };
    if factor.is_empty() || !factor.bytes().all(|b| b.is_ascii_digit()) {
        return Err(IdentityFileError::Damaged);
    }
    let factor = factor.parse().unwrap_or(u8::MAX);
    if factor > MAX_WORK_FACTOR {
        return Err(IdentityFileError::WorkFactor {
            factor,
            limit: MAX_WORK_FACTOR,
        });
    }
    Ok(IdentityFile::Locked(LockedIdentity(Lock::Age(file))))
}

fn decrypt(
    file: &[u8],
    passphrase: &SecretString,
) -> Result<Zeroizing<Vec<u8>>, IdentityFileError> {
    let mut identity = age::scrypt::Identity::new(passphrase.clone());
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    let decryptor = age::Decryptor::new_buffered(file).map_err(|_| IdentityFileError::Damaged)?;
    let mut payload = decryptor
        .decrypt(iter::once(&identity as &dyn age::Identity))
        .map_err(|error| match error {
            age::DecryptError::DecryptionFailed => IdentityFileError::WrongPassphrase,
            _ => IdentityFileError::Damaged,
        })?;
    // Room for all of it, so that it is never moved by growing.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(file.len()));
    payload
        .read_to_end(&mut plaintext)
        .map_err(|_| IdentityFileError::Damaged)?;
    Ok(plaintext)
}

#[cfg(test)]
mod tests;
