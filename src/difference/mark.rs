//! Telling texts from one another without keeping them.

use rand::{RngCore, rngs::OsRng};
use sha2::{Digest as _, Sha256};

use crate::value::Scalar;

/// What is kept of a value or a ciphertext to tell it from another one. Stays in memory: never shown, never written.
pub type Mark = [u8; 32];

/// Makes marks, which can be compared with those of the same maker only.
pub struct Marker {
    /// Of no use to whoever finds a mark in memory without it.
    salt: [u8; 32],
}

impl Default for Marker {
    fn default() -> Self {
        let mut salt = [0; 32];
        OsRng.fill_bytes(&mut salt);
        Marker { salt }
    }
}

impl Marker {
    /// The mark of some texts in their order.
    pub fn mark(&self, parts: &[&str]) -> Mark {
        let mut hash = Sha256::new_with_prefix(self.salt);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// The mark of a value with its type.
    pub(super) fn value(&self, scalar: &Scalar) -> Mark {
        self.mark(&[scalar.kind().name(), scalar.expose()])
    }
}
