//! Three versions of one secret file made one: what both sides did to its values and comments, and who may read and write afterwards.
//!
//! First what needs no private key, [`Standing`]: how the logs of the sides stand to each other, which side's log and recipients go on, and what
//! stands against bringing them together without asking somebody ([`Objection`]). Then, with both sides open, [`Reconciliation`]: the plain documents
//! are woven by [`braid`](mod@crate::braid), contradictions are settled one by one or in a text, and the result is a file to be sealed by whoever
//! merges.
//!
//! A merge by itself gives nobody a right that the log of one side does not give, and brings nobody back whom a log has removed. Ciphertext is
//! copied, from either side, only under the same data key, path and type; where the sides have different data keys the result has a fresh one.

mod opened;
mod readers;
mod standing;
mod unknown;

pub use opened::{MergeError, Merged, Reconciliation};
pub use readers::Entered;
pub use standing::{Objection, Standing};

use std::fmt;

/// One of the two versions that are brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The one that the result takes the place of.
    Ours,
    /// The one that comes in.
    Theirs,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Side::Ours => Side::Theirs,
            Side::Theirs => Side::Ours,
        }
    }
}

/// As conflicts call the sides.
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Ours => "here",
            Side::Theirs => "there",
        })
    }
}

/// What both sides began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base<T> {
    /// This version.
    Known(T),
    /// Nothing: both sides made the file.
    Nothing,
    /// Nobody can tell, or nobody who could is to be believed: whatever differs is a conflict.
    Unknown,
}

impl<T> Base<T> {
    /// The version, where there is one.
    pub fn known(self) -> Option<T> {
        match self {
            Base::Known(version) => Some(version),
            Base::Nothing | Base::Unknown => None,
        }
    }

    /// The same, looked at.
    pub fn as_ref(&self) -> Base<&T> {
        match self {
            Base::Known(version) => Base::Known(version),
            Base::Nothing => Base::Nothing,
            Base::Unknown => Base::Unknown,
        }
    }

    /// What becomes of the version.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub fn try_map<U, E>(self, work: impl FnOnce(T) -> Result<U, E>) -> Result<Base<U>, E> {
        Ok(match self {
            Base::Known(version) => Base::Known(work(version)?),
            Base::Nothing => Base::Nothing,
            Base::Unknown => Base::Unknown,
        })
    }
}

/// The three versions of a file.
#[derive(Clone, Copy, Debug)]
pub struct Versions<T> {
    /// What both sides began with.
    pub base: Base<T>,
    /// Ours.
    pub ours: T,
    /// Theirs.
    pub theirs: T,
}

impl<T> Versions<T> {
    /// One of the sides.
    pub fn side(&self, side: Side) -> &T {
        match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }

    /// The same versions, looked at.
    pub fn as_ref(&self) -> Versions<&T> {
        Versions {
            base: self.base.as_ref(),
            ours: &self.ours,
            theirs: &self.theirs,
        }
    }
}
