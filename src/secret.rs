//! Bytes that must vanish: the data key of a file, and text that is never printed.

use std::{fmt, hint::black_box};

use rand::{RngCore, rngs::OsRng};
pub use secrecy::{ExposeSecret, SecretString};
use secrecy::{ExposeSecretMut, SecretBox};

/// Bytes in a data key: AES-256 (SOPS, `aes/cipher.go`).
pub const DATA_KEY_BYTES: usize = 32;

/// The key that encrypts the values of one file; wiped when dropped, never copied or printed.
pub struct DataKey(SecretBox<[u8; DATA_KEY_BYTES]>);

impl DataKey {
    /// Makes a fresh key from the system's randomness.
    pub fn generate() -> Self {
        Self::init_with(|bytes| OsRng.fill_bytes(bytes))
    }

    /// Takes a key over from a decrypted age file; `None` unless it has exactly 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == DATA_KEY_BYTES).then(|| Self::init_with(|key| key.copy_from_slice(bytes)))
    }

    /// Shows the key to the cipher or to the code that wraps it.
    pub fn expose(&self) -> &[u8; DATA_KEY_BYTES] {
        self.0.expose_secret()
    }

    /// Whether two files were encrypted with one key; takes the same time for every answer.
    pub fn is_same(&self, other: &DataKey) -> bool {
        use subtle::ConstantTimeEq;
        self.expose().ct_eq(other.expose()).into()
    }

    // In place, so that no copy of the key stays behind on the stack.
    fn init_with(fill: impl FnOnce(&mut [u8; DATA_KEY_BYTES])) -> Self {
        let mut key = SecretBox::new(Box::new([0; DATA_KEY_BYTES]));
        fill(key.expose_secret_mut());
        DataKey(key)
    }
}

/// Makes a secret text without leaving a second copy in a spare buffer.
pub fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// How deep the stack is cleaned: deeper than any command leaves anything there, without optimisation (`tests/cli/memory.rs`) and with it.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 256 } else { 64 } * 1024;

/// Overwrites what functions that have returned left on this thread's stack below here: ciphers and digests work on copies of
/// the blocks that they are given, and no destructor reaches those.
///
/// Call it where secrets were let go of and the thread lives on, or its stack does.
#[inline(never)]
pub fn clean_stack() {
    // Nothing reads it: without the box the compiler would leave it out.
    black_box(&mut [0_u8; STACK_BYTES]);
}

/// Shown wherever a value must not be.
pub struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_key_has_exactly_32_bytes() {
        assert!(DataKey::from_bytes(&[7; 31]).is_none());
        assert!(DataKey::from_bytes(&[7; 33]).is_none());
        assert_eq!(DataKey::from_bytes(&[7; 32]).unwrap().expose(), &[7; 32]);
    }

    #[test]
    fn two_generated_keys_differ() {
        assert!(!DataKey::generate().is_same(&DataKey::generate()));
    }
}
