//! Ed25519 public keys in OpenSSH form, and what is wrong with keys that are refused.

use std::{cmp::Ordering, fmt, hash, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// What every OpenSSH encoding of an Ed25519 key begins with: two lengths and the algorithm's name (RFC 8709, section 4).
const BLOB_START: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";

const ALGORITHM: &str = "ssh-ed25519";

/// Why a text is not a public key that vault takes.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// No known beginning.
    #[error("not a public key; expected `age1…` or `ssh-ed25519 AAAA…`")]
    Unknown,
    /// A private key, where it should never have been typed.
    #[error("this is a private key; a public one belongs here")]
    Private,
    /// Damaged: the checksum, the base64 or the length is wrong.
    #[error("the public key is damaged or incomplete")]
    Damaged,
    /// A second spelling of a key.
    #[error("the public key is not in its canonical form")]
    NotCanonical,
    /// A key for which everybody knows the shared secret.
    #[error("the public key is one of small order, which protects nothing")]
    SmallOrder,
    /// `ssh-rsa`.
    #[error("ssh-rsa keys are not supported; use ssh-ed25519 or an age key")]
    Rsa,
    /// `ssh-dss`.
    #[error("ssh-dss keys are not supported; use ssh-ed25519 or an age key")]
    Dsa,
    /// `ecdsa-sha2-…`.
    #[error("ecdsa keys are not supported; use ssh-ed25519 or an age key")]
    Ecdsa,
    /// `sk-ssh-ed25519@…`, `sk-ecdsa-…`: they sign, but cannot decrypt.
    #[error("keys on security tokens (sk-…) cannot decrypt; use ssh-ed25519 or an age key")]
    SecurityKey,
    /// A certificate instead of a key.
    #[error("SSH certificates are not supported; use the ssh-ed25519 key itself")]
    Certificate,
    /// `age1pq1…`.
    #[error("post-quantum age recipients (age1pq1…) are not supported yet")]
    PostQuantum,
    /// `age1<name>1…`.
    #[error("age plugin recipients (age1<name>1…) are not supported: they would start a program")]
    Plugin,
}

impl KeyError {
    /// What to say about a key that is neither an X25519 nor an Ed25519 public key.
    pub(super) fn of_foreign(text: &str) -> Self {
        let word = text.split(' ').next().unwrap_or(text);
        match word {
            _ if is_private(text) => KeyError::Private,
            _ if word.ends_with("-cert-v01@openssh.com") => KeyError::Certificate,
            _ if word.starts_with("sk-") => KeyError::SecurityKey,
            _ if word.starts_with("ecdsa-") => KeyError::Ecdsa,
            "ssh-rsa" => KeyError::Rsa,
            "ssh-dss" => KeyError::Dsa,
            _ if word.starts_with("age1pq1") => KeyError::PostQuantum,
            _ if word.starts_with("age1") && word.matches('1').count() > 1 => KeyError::Plugin,
            _ => KeyError::Unknown,
        }
    }
}

pub(super) fn is_private(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    text.starts_with("AGE-SECRET-KEY-")
        || text.starts_with("AGE-PLUGIN-")
        || (text.starts_with("-----BEGIN") && text.contains("PRIVATE KEY"))
}

/// A public key that verifies signatures; the public half of an `ssh-ed25519` key.
///
/// Reads `ssh-ed25519 AAAA…`; a comment behind it is allowed and forgotten. Prints without a comment. A key of small order or
/// in a second encoding cannot be held.
#[derive(Clone)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// Checks 32 bytes as they stand in OpenSSH's encoding.
    ///
    /// # Errors
    /// `Damaged` when they are no point of the curve, `NotCanonical`, `SmallOrder`.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_reduced(bytes) {
            return Err(KeyError::NotCanonical);
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Damaged)?;
        // Points of which the sign means nothing are among these, and there is no other second encoding (RFC 8032, section 5.1.3).
        if key.is_weak() {
            return Err(KeyError::SmallOrder);
        }
        Ok(VerifyingKey(key))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// OpenSSH's fingerprint, as `ssh-keygen -l` prints it: `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.blob())
    }

    /// OpenSSH's encoding.
    pub(super) fn blob(&self) -> Vec<u8> {
        [BLOB_START, self.as_bytes()].concat()
    }

    pub(super) fn key(&self) -> &ed25519_dalek::VerifyingKey {
        &self.0
    }

    pub(super) fn of_secret(key: &ed25519_dalek::SigningKey) -> Self {
        VerifyingKey(key.verifying_key())
    }

    /// Reads the words of a key without a comment.
    pub(super) fn from_words(algorithm: &str, base64: &str) -> Result<Self, KeyError> {
        if algorithm != ALGORITHM {
            return Err(KeyError::of_foreign(algorithm));
        }
        let blob = STANDARD.decode(base64).map_err(|_| KeyError::Damaged)?;
        let bytes = blob.strip_prefix(BLOB_START).ok_or(KeyError::Damaged)?;
        VerifyingKey::from_bytes(bytes.try_into().map_err(|_| KeyError::Damaged)?)
    }
}

/// Whether 255 bits, the lowest byte first, are a number below 2^255 - 19; the last bit is not looked at.
pub(super) fn is_reduced(bytes: &[u8; 32]) -> bool {
    let is_high = bytes[31] & 0x7f == 0x7f && bytes[1..31].iter().all(|byte| *byte == 0xff);
    !is_high || bytes[0] < 0xed
}

/// SHA-256 in the form of OpenSSH.
pub(super) fn fingerprint(bytes: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(bytes)))
}

impl FromStr for VerifyingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        let algorithm = words.next().ok_or(KeyError::Unknown)?;
        if algorithm != ALGORITHM {
            return Err(KeyError::of_foreign(text));
        }
        Self::from_words(algorithm, words.next().ok_or(KeyError::Damaged)?)
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ALGORITHM} {}", STANDARD.encode(self.blob()))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// By bytes: the encoding is canonical, and so is the order.
impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for VerifyingKey {}

impl PartialOrd for VerifyingKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for VerifyingKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl hash::Hash for VerifyingKey {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::{DAVE_LINE, ECDSA_LINE, RSA_LINE, SK_LINE};

    #[test]
    fn a_key_prints_as_it_was_read_without_its_comment() {
        let key: VerifyingKey = DAVE_LINE.parse().unwrap();
        assert_eq!(key.to_string(), DAVE_LINE);
        let commented: VerifyingKey = format!("{DAVE_LINE} dave@example.org laptop")
            .parse()
            .unwrap();
        assert_eq!(commented, key);
        assert_eq!(
            key.fingerprint(),
            "SHA256:XDeOPSvgcgIPYHC4EAPzu3HzGucSGGhuZbMwDC6PVp0"
        );
    }

    #[test]
    fn other_ssh_keys_are_refused_by_name() {
        for (line, error) in [
            (RSA_LINE, KeyError::Rsa),
            (ECDSA_LINE, KeyError::Ecdsa),
            (SK_LINE, KeyError::SecurityKey),
            ("ssh-dss AAAA", KeyError::Dsa),
            (
                "ssh-ed25519-cert-v01@openssh.com AAAA",
                KeyError::Certificate,
            ),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\n", KeyError::Private),
            ("ssh-ed448 AAAA", KeyError::Unknown),
            ("", KeyError::Unknown),
            ("ssh-ed25519", KeyError::Damaged),
            ("ssh-ed25519 AAAA", KeyError::Damaged),
            ("ssh-ed25519\tAAAA", KeyError::Unknown),
        ] {
            assert_eq!(line.parse::<VerifyingKey>().unwrap_err(), error, "{line}");
        }
    }

    #[test]
    fn a_key_with_bytes_behind_it_is_refused() {
        let key: VerifyingKey = DAVE_LINE.parse().unwrap();
        for extra in [b"\0".as_slice(), b"\0\0\0\0"] {
            let longer = STANDARD.encode([&key.blob(), extra].concat());
            let line = format!("ssh-ed25519 {longer}");
            assert_eq!(line.parse::<VerifyingKey>(), Err(KeyError::Damaged));
        }
        let base64 = DAVE_LINE.trim_start_matches("ssh-ed25519 ");
        for text in [
            format!("{base64}="),
            base64[..67].to_owned(),
            format!("{base64}\n"),
        ] {
            let line = format!("ssh-ed25519 {text}");
            assert_eq!(line.parse::<VerifyingKey>(), Err(KeyError::Damaged));
        }
    }

    #[test]
    fn points_of_small_order_are_no_keys() {
        let mut refused = 0;
        for point in curve25519_dalek::constants::EIGHT_TORSION {
            let bytes = point.compress().to_bytes();
            assert_eq!(VerifyingKey::from_bytes(&bytes), Err(KeyError::SmallOrder));
            refused += 1;
        }
        assert_eq!(refused, 8);
    }

    #[test]
    fn second_encodings_of_a_point_are_no_keys() {
        // y = p + 1 is y = 1 once more, and y = p + 3 is y = 3.
        let mut refused = 0;
        for low in 0xed..=0xff {
            for high in [0x7f, 0xff] {
                let mut bytes = [0xff; 32];
                (bytes[0], bytes[31]) = (low, high);
                assert_eq!(
                    VerifyingKey::from_bytes(&bytes),
                    Err(KeyError::NotCanonical)
                );
                refused += 1;
            }
        }
        assert_eq!(refused, 38);
        // The sign of x = 0 means nothing.
        for (low, rest, high) in [(1, 0, 0x80), (0xec, 0xff, 0xff)] {
            let mut bytes = [rest; 32];
            (bytes[0], bytes[31]) = (low, high);
            assert!(VerifyingKey::from_bytes(&bytes).is_err());
        }
    }

    proptest::proptest! {
        #[test]
        fn a_key_is_the_only_encoding_of_its_point(bytes in proptest::array::uniform32(0u8..)) {
            if let Ok(key) = VerifyingKey::from_bytes(&bytes) {
                let point = key.key().to_edwards();
                proptest::prop_assert_eq!(point.compress().to_bytes(), bytes);
            }
        }
    }
}
