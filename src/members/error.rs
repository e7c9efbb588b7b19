//! Why a log is not accepted.

use std::fmt;

use thiserror::Error;

use crate::{
    keys::{MemberError, RecipientsError, SignatureError},
    value::Name,
    yaml::{Document, Place},
};

/// A block or log that is not accepted, and where.
#[derive(Debug, Error, PartialEq, Eq)]
pub struct LogError {
    /// Where, if it is about one place.
    pub place: Option<Place>,
    /// Why.
    #[source]
    pub fault: LogFault,
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{place}: {}", self.fault),
            None => write!(f, "{}", self.fault),
        }
    }
}

impl LogError {
    pub(super) fn at(document: &Document, index: usize, fault: impl Into<LogFault>) -> Self {
        LogError {
            place: Some(document.place_of(index)),
            fault: fault.into(),
        }
    }
}

/// The reasons.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LogFault {
    /// `version` above 1.
    #[error("written by a newer vault (block version {0}); this one knows version 1")]
    Newer(String),
    /// A comment in the block.
    #[error("a comment inside `x-vault`")]
    Comment,
    /// A key that does not belong there.
    #[error("an unknown key in `x-vault`")]
    UnknownKey,
    /// A field that must be there.
    #[error("`{0}` is missing in `x-vault`")]
    Missing(&'static str),
    /// A field that is not what it must be.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A line that does not print as it was read, or is none.
    #[error("not a member line as vault writes it")]
    Line(#[source] Option<MemberError>),
    /// The key clashes.
    #[error(transparent)]
    Members(#[from] RecipientsError),
    /// No entry.
    #[error("the membership log is empty")]
    Empty,
    /// The first entry without a start, or another one with it.
    #[error("only the first entry of the log, and that one always, begins a log")]
    Beginning,
    /// Something other than one or two different entries before.
    #[error("an entry of the log must follow one entry before it, or join two")]
    Previous,
    /// An entry that nothing follows.
    #[error("an entry of the log that no later one follows")]
    Dangling,
    /// Adds somebody who is there.
    #[error("the log adds {0}, who is a member already")]
    AddsListed(Name),
    /// Removes or replaces somebody who is not there.
    #[error("the log removes or replaces {0}, who is no member")]
    Unlisted(Name),
    /// One name in two of `add`, `remove`, `replace`.
    #[error("the log names {0} twice in one entry")]
    Twice(Name),
    /// No change.
    #[error("an entry of the log that changes nothing")]
    NoChange,
    /// Nobody could write any more.
    #[error("an entry of the log that leaves no writer")]
    NoWriter,
    /// Nobody would be left.
    #[error("an entry of the log that leaves no member")]
    NoMember,
    /// Its signer could not write before.
    #[error("an entry of the log signed by {0}, who could not write then")]
    NotAWriter(Name),
    /// Its signature.
    #[error("the signature of an entry of the log: {0}")]
    Signature(#[source] SignatureError),
}
