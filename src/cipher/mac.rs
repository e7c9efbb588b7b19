//! The MAC over all values of a file.

use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Cipher, CipherError, Ciphertext, Tag, plain};
use crate::value::Scalar;

/// SHA-256 of `sops`: fed first when only encrypted values count (SOPS 3.9, `sops.go`, `MACOnlyEncryptedInitialization`).
const ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b,
    0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// Which values of a file its MAC covers: the key `mac_only_encrypted` of the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacScope {
    /// All of them, also those in clear.
    Everything,
    /// Only those that the rule encrypts; the caller feeds no others.
    EncryptedOnly,
}

/// Hashes the values of a file as they come, in the order of the file.
///
/// SHA-512 over the plaintexts, nothing between them: no keys, no lengths, no types. Comments are not fed.
pub struct Mac(Sha512);

impl Mac {
    /// Begins.
    pub fn new(scope: MacScope) -> Self {
        Mac(match scope {
            MacScope::Everything => Sha512::new(),
            MacScope::EncryptedOnly => Sha512::new_with_prefix(ONLY_ENCRYPTED),
        })
    }

    /// Adds a value; null and the empty text add nothing.
    pub fn feed(&mut self, scalar: &Scalar) {
        if !scalar.is_blank() {
            self.0.update(plain::spell(scalar));
        }
    }

    /// Ends.
    pub fn finish(self) -> MacDigest {
        MacDigest(Zeroizing::new(format!("{:X}", self.0.finalize())))
    }
}

/// A finished MAC: 128 upper-case hexadecimal digits, as secret as the values.
pub struct MacDigest(Zeroizing<String>);

impl MacDigest {
    /// Encrypts it for the metadata, bound to `lastmodified` exactly as it is written there (RFC 3339, seconds, `Z`).
    pub fn seal(&self, lastmodified: &str, cipher: &Cipher) -> String {
        cipher.seal(&self.0, Tag::Str, lastmodified)
    }

    /// Compares it with the stored one, in constant time.
    ///
    /// # Errors
    /// `Mac` when they differ or the stored one is not a `str`; `Authentication` when the stored one does not decrypt,
    /// which is also so when `lastmodified` was changed.
    pub fn verify(
        &self,
        stored: &Ciphertext<'_>,
        lastmodified: &str,
        cipher: &Cipher,
    ) -> Result<(), CipherError> {
        if stored.tag() != Tag::Str {
            return Err(CipherError::Mac);
        }
        let stored = cipher.open(stored, lastmodified)?;
        if bool::from(stored.as_bytes().ct_eq(self.0.as_bytes())) {
            Ok(())
        } else {
            Err(CipherError::Mac)
        }
    }
}
