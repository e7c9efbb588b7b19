//! Private keys as `ssh-keygen` writes them.

use ssh_key::{Cipher, Kdf, PrivateKey, private::KeypairData, public::KeyData};
use zeroize::Zeroizing;

use super::{Identity, IdentityFileError, Recipient, VerifyingKey};
use crate::secret::{ExposeSecret, SecretString};

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";

/// Characters of base64 in a line, as `ssh-keygen` writes it and the crate wants it.
const COLUMNS: usize = 70;

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
    let key = wrapped(text).ok_or(IdentityFileError::SshDamaged)?;
    let key = PrivateKey::from_openssh(key.as_bytes()).map_err(|error| match error {
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
            IdentityFileError::SshKind
        }
        _ => IdentityFileError::SshDamaged,
    })?;
    check_kind(&key)?;
    check_lock(&key)?;
    Ok(key)
}

/// The key alone, in lines of the length that the crate wants: OpenSSH reads any, and line ends of every system. Like OpenSSH, this looks at
/// nothing behind the key.
fn wrapped(text: &str) -> Option<Zeroizing<String>> {
    let (body, _) = text.strip_prefix(BEGIN)?.split_once(END)?;
    let base64 = || body.chars().filter(|letter| !letter.is_ascii_whitespace());
    // One buffer of the right size: no copy stays behind in a smaller one.
    let lines = body.len() / COLUMNS + 3;
    let mut out = Zeroizing::new(String::with_capacity(
        BEGIN.len() + body.len() + lines + END.len(),
    ));
    out.push_str(BEGIN);
    for (at, letter) in base64().enumerate() {
        if at % COLUMNS == 0 {
            out.push('\n');
        }
        out.push(letter);
    }
    out.push('\n');
    out.push_str(END);
    out.push('\n');
    Some(out)
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
