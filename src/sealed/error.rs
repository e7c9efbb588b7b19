//! Why a file is not trusted, not opened, or not written.

use thiserror::Error;

use crate::{
    keys::{SignatureError, WrapError},
    sops::{ChangeError, SopsError},
    value::{EnvName, Name},
};

use super::FormError;

/// Why a well-formed file is not accepted: integrity or trust.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TrustError {
    /// A file without a block where one is wanted.
    #[error("the file is not signed")]
    Unsigned,
    /// A file with a block where the config says `signed: false`.
    #[error("the config says `signed: false`, but the file is signed")]
    SignedUnwanted,
    /// From elsewhere.
    #[error("the file belongs to another repository")]
    Repository,
    /// Of another environment.
    #[error("the file holds the environment {0}")]
    Environment(EnvName),
    /// The rule in the metadata is not that of the log.
    #[error("the rule that says what is encrypted is not the one in the membership log")]
    Rule,
    /// The signature over the file.
    #[error("not signed by anybody who may write: {0}")]
    Signature(#[source] SignatureError),
    /// The age entries are not the readers of the log.
    #[error("the recipients in the file are not those of the membership log")]
    Readers,
    /// The name above an entry.
    #[error("the name above a recipient of the file is not the one in the membership log: {0}")]
    Label(Name),
    /// An entry that is not as vault writes it, or not for the one it names.
    #[error("the entry of {name} is not a data key for {name}: {fault}")]
    Entry {
        /// Whose.
        name: Name,
        /// What is wrong.
        #[source]
        fault: WrapError,
    },
    /// An entry that carries one key's label and another's stanza.
    #[error("the entry of {0} is not for the key that it names")]
    Stanza(Name),
}

/// Why an accepted file does not open.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OpenError {
    /// None of the identities is a recipient.
    #[error("no identity fits")]
    NoIdentity,
    /// The entry of one's own is damaged or holds something else.
    #[error("the entry for one of your keys does not open: {0}")]
    Entry(#[source] WrapError),
    /// The entry under one of one's own keys was made for another.
    #[error("the entry under one of your keys is for another key")]
    OtherKey,
    /// A value, a comment or the MAC.
    #[error(transparent)]
    Content(#[from] SopsError),
}

/// Why a file is not written.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SealError {
    /// The change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The format.
    #[error(transparent)]
    Sops(#[from] SopsError),
    /// The signer is no writer of the policy in force.
    #[error("{0} may not write {1}")]
    NotAWriter(String, EnvName),
    /// The file is not signed, so it has no log.
    #[error("the file is not signed")]
    Unsigned,
    /// A change of the log that is not valid.
    #[error("the membership would not be valid: {0}")]
    Log(String),
    /// A mistake in this program, found before anything was written.
    #[error("internal error: the file to be written would not be accepted: {0}")]
    SelfCheck(String),
}

impl SealError {
    pub(super) fn self_check(error: impl std::fmt::Display) -> Self {
        SealError::SelfCheck(error.to_string())
    }
}

impl From<FormError> for SealError {
    fn from(error: FormError) -> Self {
        SealError::self_check(error)
    }
}
