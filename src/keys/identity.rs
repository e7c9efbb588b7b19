//! Private keys that open what is wrapped for them.

use std::sync::OnceLock;

use age_core::format::{FileKey, Stanza};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Member, Recipient, SigningKey, VerifyingKey};
use crate::secret::{ExposeSecret, SecretString};

/// Why a text is not an age identity that vault takes. Never holds any of the text.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdentityError {
    /// No known beginning; blanks before the identity count as such.
    #[error("not an age identity; expected `AGE-SECRET-KEY-1…`")]
    Unknown,
    /// A public key.
    #[error("this is a public key; an identity begins with `AGE-SECRET-KEY-1`")]
    Public,
    /// The checksum or the length is wrong.
    #[error("the identity is damaged or incomplete")]
    Damaged,
    /// `AGE-PLUGIN-…`.
    #[error("age plugin identities (AGE-PLUGIN-…) are not supported: they would start a program")]
    Plugin,
    /// `AGE-SECRET-KEY-PQ-1…`.
    #[error("post-quantum age identities (AGE-SECRET-KEY-PQ-1…) are not supported yet")]
    PostQuantum,
}

/// A private key, unlocked: X25519 of age, or Ed25519 of OpenSSH. Never printed.
pub struct Identity {
    keys: Keys,
    recipient: Recipient,
}

/// What opens, and what signs.
enum Keys {
    /// Whoever only reads derives nothing.
    Age(age::x25519::Identity, OnceLock<SigningKey>),
    Ssh(age::ssh::Identity, SigningKey),
}

impl Identity {
    /// Makes a new age identity from the system's randomness.
    pub fn generate() -> Self {
        Identity::of_age(age::x25519::Identity::generate())
    }

    /// Reads one age identity, without blanks around it.
    ///
    /// # Errors
    /// Every `IdentityError`.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        match text {
            _ if text.starts_with("AGE-PLUGIN-") => Err(IdentityError::Plugin),
            _ if text.starts_with("AGE-SECRET-KEY-PQ-1") => Err(IdentityError::PostQuantum),
            _ if text.starts_with("AGE-SECRET-KEY-1") => text
                .parse()
                .map(Identity::of_age)
                .map_err(|_| IdentityError::Damaged),
            _ if text.starts_with("age1") || text.starts_with("ssh-") => Err(IdentityError::Public),
            _ => Err(IdentityError::Unknown),
        }
    }

    fn of_age(identity: age::x25519::Identity) -> Self {
        Identity {
            recipient: Recipient::of_age(&identity.to_public()),
            keys: Keys::Age(identity, OnceLock::new()),
        }
    }

    pub(super) fn of_ssh(seed: &Zeroizing<[u8; 32]>, identity: age::ssh::Identity) -> Self {
        let signing_key = SigningKey::from_seed(seed);
        Identity {
            recipient: Recipient::of_ssh(signing_key.verifying_key()),
            keys: Keys::Ssh(identity, signing_key),
        }
    }

    /// The public key that it opens for.
    pub fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// The key that it signs with: the SSH key itself, or the one derived from an age identity.
    pub fn signing_key(&self) -> &SigningKey {
        match &self.keys {
            Keys::Age(identity, signs) => {
                signs.get_or_init(|| SigningKey::derive(identity.to_string().expose_secret()))
            }
            Keys::Ssh(_, signs) => signs,
        }
    }

    /// The public half of the signing key.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.signing_key().verifying_key()
    }

    /// The member line of its owner, who reads and signs.
    pub fn member(&self) -> Member {
        Member::new(self.recipient.clone(), Some(self.verifying_key()))
    }

    /// The text to keep, `AGE-SECRET-KEY-1…`; `None` for an SSH key, which stays in its own file.
    pub fn secret_text(&self) -> Option<SecretString> {
        match &self.keys {
            Keys::Age(identity, _) => Some(identity.to_string()),
            Keys::Ssh(..) => None,
        }
    }
}

impl age::Identity for Identity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        match &self.keys {
            Keys::Age(identity, _) => identity.unwrap_stanza(stanza),
            Keys::Ssh(identity, _) => identity.unwrap_stanza(stanza),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::{ALICE_AGE, ALICE_SECRET, ALICE_SIGNS};

    #[test]
    fn an_age_identity_has_the_published_public_key_and_derives_the_published_signing_key() {
        let alice = Identity::parse(ALICE_SECRET).unwrap();
        assert_eq!(alice.recipient().to_string(), ALICE_AGE);
        assert_eq!(alice.verifying_key().to_string(), ALICE_SIGNS);
        assert_eq!(
            alice.member().to_string(),
            format!("{ALICE_AGE} {ALICE_SIGNS}")
        );
        assert_eq!(alice.secret_text().unwrap().expose_secret(), ALICE_SECRET);
    }

    #[test]
    fn a_generated_identity_reads_back() {
        let made = Identity::generate();
        let read = Identity::parse(made.secret_text().unwrap().expose_secret()).unwrap();
        assert_eq!(read.recipient(), made.recipient());
        assert_eq!(read.verifying_key(), made.verifying_key());
        assert_ne!(Identity::generate().recipient(), made.recipient());
    }

    #[test]
    fn what_is_no_identity_is_refused_by_name() {
        let flipped = ALICE_SECRET.replace("XEG9", "XEG8");
        let spaced = format!("{ALICE_SECRET} ");
        for (text, error) in [
            ("", IdentityError::Unknown),
            ("hello", IdentityError::Unknown),
            (&ALICE_SECRET.to_lowercase(), IdentityError::Unknown),
            (&spaced, IdentityError::Damaged),
            (&flipped, IdentityError::Damaged),
            ("AGE-SECRET-KEY-1", IdentityError::Damaged),
            ("AGE-SECRET-KEY-PQ-1QQ", IdentityError::PostQuantum),
            ("AGE-PLUGIN-YUBIKEY-1QQ", IdentityError::Plugin),
            (ALICE_AGE, IdentityError::Public),
            (ALICE_SIGNS, IdentityError::Public),
        ] {
            assert_eq!(Identity::parse(text).err(), Some(error));
        }
    }
}
