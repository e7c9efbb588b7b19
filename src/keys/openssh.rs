//! Private keys as `ssh-keygen` writes them.

use ssh_key::{Cipher, Kdf, PrivateKey, private::KeypairData, public::KeyData};
use zeroize::Zeroizing;

use super::{Identity, IdentityFileError, Recipient, VerifyingKey};
use crate::secret::{ExposeSecret, SecretString};

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";

/// Rounds of bcrypt, at most: some minutes of work (`ssh-keygen -a`; its default is 24, and was 16).
const ROUNDS: u32 = 4096;

/// Whether a text claims to be a private key in PEM, of whatever kind.
pub(super) fn looks_like_pem(text: &str) -> bool {
    text.starts_with("-----BEGIN ")
}

/// Reads a private key that may still be locked; ed25519 only.
pub(super) fn parse(text: &str) -> Result<PrivateKey, IdentityFileError> {
    if !text.starts_with(BEGIN) {
        return Err(match text.lines().next().unwrap_or_default() {
            first if first.starts_with("-----BEGIN RSA ") => IdentityFileError::Rsa,
            first if first.contains("PRIVATE KEY") => IdentityFileError::Pem,
            _ => IdentityFileError::SshDamaged,
        });
    }
    // Like OpenSSH, nothing behind the key is looked at.
    let end = text.find(END).ok_or(IdentityFileError::SshDamaged)? + END.len();
    let key = PrivateKey::from_openssh(&text[..end]).map_err(|error| match error {
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
            IdentityFileError::SshKind
        }
        _ => IdentityFileError::SshDamaged,
    })?;
    check_kind(&key)?;
    check_lock(&key)?;
    Ok(key)
}

fn check_kind(key: &PrivateKey) -> Result<(), IdentityFileError> {
    match key.public_key().key_data() {
        KeyData::Ed25519(_) => Ok(()),
        KeyData::Rsa(_) => Err(IdentityFileError::Rsa),
        _ => Err(IdentityFileError::SshKind),
    }
}

fn check_lock(key: &PrivateKey) -> Result<(), IdentityFileError> {
    match (key.cipher(), key.kdf()) {
        (Cipher::None, Kdf::None) => Ok(()),
        (Cipher::Aes128Ctr | Cipher::Aes192Ctr | Cipher::Aes256Ctr, Kdf::Bcrypt { rounds, .. })
        | (Cipher::Aes128Cbc | Cipher::Aes192Cbc | Cipher::Aes256Cbc, Kdf::Bcrypt { rounds, .. })
        | (Cipher::Aes256Gcm | Cipher::ChaCha20Poly1305, Kdf::Bcrypt { rounds, .. }) => {
            if *rounds > ROUNDS {
                return Err(IdentityFileError::Rounds {
                    rounds: *rounds,
                    limit: ROUNDS,
                });
            }
            Ok(())
        }
        _ => Err(IdentityFileError::SshCipher),
    }
}

/// The public key, which is not locked.
pub(super) fn recipient(key: &PrivateKey) -> Result<Recipient, IdentityFileError> {
    let KeyData::Ed25519(public) = key.public_key().key_data() else {
        return Err(IdentityFileError::SshKind);
    };
    VerifyingKey::from_bytes(&public.0)
        .map(Recipient::of_ssh)
        .map_err(|_| IdentityFileError::SshDamaged)
}

/// Unlocks a key with its passphrase.
pub(super) fn unlock(
    key: &PrivateKey,
    passphrase: &SecretString,
) -> Result<Identity, IdentityFileError> {
    let unlocked = key
        .decrypt(passphrase.expose_secret())
        .map_err(|_| IdentityFileError::WrongPassphrase)?;
    identity(&unlocked)
}

/// Takes an unlocked key over.
pub(super) fn identity(key: &PrivateKey) -> Result<Identity, IdentityFileError> {
    let KeypairData::Ed25519(pair) = key.key_data() else {
        return Err(IdentityFileError::SshKind);
    };
    let damaged = IdentityFileError::SshDamaged;
    let seed = Zeroizing::new(pair.private.to_bytes());
    // The age crate takes a key as text only.
    let text = key
        .to_openssh(ssh_key::LineEnding::LF)
        .map_err(|_| damaged.clone())?;
    let opener =
        age::ssh::Identity::from_buffer(text.as_bytes(), None).map_err(|_| damaged.clone())?;
    let identity = Identity::of_ssh(&seed, opener);
    if identity.recipient() != &recipient(key)? {
        return Err(damaged);
    }
    Ok(identity)
}
