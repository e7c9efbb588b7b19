//! Telling texts from one another without keeping them.

use rand::{RngCore, rngs::OsRng};
use sha2::{Digest as _, Sha256};

use crate::value::Scalar;

/// What is kept of a value or a ciphertext to tell it from another one. Stays in memory: never shown, never written.
pub type Imprint = [u8; 32];

/// Makes imprints, which can be compared with those of the same maker only.
pub struct Imprinter {
    /// Of no use to whoever finds an imprint in memory without it.
    salt: [u8; 32],
}

impl Default for Imprinter {
    fn default() -> Self {
        let mut salt = [0; 32];
        OsRng.fill_bytes(&mut salt);
        Imprinter { salt }
    }
}

impl Imprinter {
    /// The imprint of some texts in their order.
    pub fn of(&self, parts: &[&str]) -> Imprint {
        let mut hash = Sha256::new_with_prefix(self.salt);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// The imprint of a value with its type.
    pub(super) fn value(&self, scalar: &Scalar) -> Imprint {
        self.of(&[scalar.kind().name(), scalar.expose()])
    }
}
