//! What differs between two versions of a secret file, by key: from ciphertext and structure alone, exactly where both were opened.
//!
//! While a file keeps its data key, a value that stays keeps its ciphertext byte for byte; under a new data key nobody without an identity
//! can tell a value that changed from one that was only encrypted anew, and neither does this.

mod glance;
mod hollow;
mod imprint;
mod keys;
mod left_behind;
mod sketch;
mod walk;

pub use glance::glance;
pub use imprint::{Imprint, Imprinter};
pub use keys::{Difference, What, between, comments_between, from_all, renamed};
pub use left_behind::{LeftBehind, left_behind};
pub use sketch::Sketch;

#[cfg(test)]
mod tests;
