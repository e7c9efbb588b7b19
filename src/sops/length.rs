//! How long the values of a file are, told from their ciphertexts.

use super::{File, error::SopsError, scan::Step};
use crate::value::Length;

impl File {
    /// The length class of every value, in the order of the leaves of [`File::shape`]. Needs no data key.
    ///
    /// # Errors
    ///
    /// As [`File::new`].
    pub fn lengths(&self) -> Result<Vec<Length>, SopsError> {
        let mut lengths = Vec::new();
        self.scan(&mut |step| {
            match step {
                Step::Sealed { ciphertext, .. } => {
                    lengths.push(Length::of(ciphertext.plaintext_bytes()));
                }
                Step::Clear { scalar, .. } => lengths.push(Length::of(scalar.expose().len())),
                _ => {}
            }
            Ok(())
        })?;
        Ok(lengths)
    }
}
