//! Why a file is not accepted: places and key names, never a piece of a value.

use std::fmt;

use thiserror::Error;

use super::rule::RuleError;
use crate::{
    cipher::CipherError,
    value::{KeyPath, Kind},
    yaml::{Document, Outline, Place},
};

/// A file that parses as YAML but is not a secret file that vault accepts.
#[derive(Debug, Error, PartialEq, Eq)]
pub struct SopsError {
    /// Where, unless the whole file is meant.
    pub place: Option<Place>,
    /// Which key, if it is about one.
    pub path: Option<KeyPath>,
    /// Why.
    #[source]
    pub reason: Reason,
}

impl fmt::Display for SopsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.without_place())
    }
}

impl SopsError {
    /// The key and the reason, for whoever shows the place elsewhere.
    pub fn without_place(&self) -> String {
        match &self.path {
            Some(path) if !path.steps().is_empty() => format!("{path}: {}", self.reason),
            _ => self.reason.to_string(),
        }
    }

    /// About the whole file.
    pub fn file(reason: impl Into<Reason>) -> Self {
        SopsError {
            place: None,
            path: None,
            reason: reason.into(),
        }
    }

    /// About one item of it; the path is that of the key or value, within the metadata as well.
    pub fn item(document: &Document, index: usize, reason: impl Into<Reason>) -> Self {
        let path = Outline::new(document).path(index);
        SopsError {
            place: Some(document.place_of(index)),
            path: Some(path),
            reason: reason.into(),
        }
    }
}

/// The reasons.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Reason {
    /// No `sops` at the top.
    #[error("no `sops` metadata: not an encrypted file")]
    NoMetadata,
    /// A metadata field is missing.
    #[error("the metadata has no `{0}`")]
    Missing(&'static str),
    /// A metadata field is not what it must be.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A metadata key in another spelling than sops writes it: readers that ignore case would take it for that.
    #[error("a metadata key in an unusual spelling")]
    Spelling,
    /// A key in an age entry, or anywhere that only known ones may stand.
    #[error("an unknown key")]
    UnknownKey,
    /// Shamir groups.
    #[error("key groups are not supported")]
    KeyGroups,
    /// No age entry.
    #[error("no age recipient: only files with age recipients can be opened")]
    NoAge,
    /// The rule.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A value that should be encrypted.
    #[error("not encrypted")]
    Clear,
    /// A comment that should be encrypted.
    #[error("a comment that is not encrypted")]
    ClearComment,
    /// Ciphertext where the rule leaves values in clear.
    #[error("encrypted where the file's rule says it is not")]
    SealedInClear,
    /// An encrypted comment as an item of a list, as sops writes it.
    #[error("a comment written as an item of the list")]
    CommentItem,
    /// The cipher.
    #[error(transparent)]
    Cipher(#[from] CipherError),
    /// A whole number beyond 64 bits with a sign.
    #[error("a whole number beyond 64 bits with a sign")]
    IntTooLarge,
    /// An empty key, which the rule `^$` would leave in clear.
    #[error("an empty key")]
    EmptyKey,
    /// A key name that could not be written or would fool a reader.
    #[error("the key cannot be used: {0}")]
    KeyName(&'static str),
    /// A key in block style.
    #[error("a key written as a block")]
    BlockKey,
    /// Two places with the same additional data: `"a:b"` beside `a: {b: …}`.
    #[error("the key cannot be told from another one: a `:` in a key meets a nested key")]
    AmbiguousKey,
    /// No MAC, or one that does not match.
    #[error("the values do not match the file's MAC: the file was changed without its key")]
    Mac,
    /// A value above 1 MiB.
    #[error("a value larger than 1 MiB")]
    ValueTooLarge,
    /// Plain text that looks encrypted would be taken for ciphertext later.
    #[error("a text that begins with `ENC[AES256_GCM,`, as what is encrypted does, cannot be kept")]
    LooksSealed,
    /// `sops` as a key of one's own.
    #[error("the key `sops` is reserved at the top level")]
    Reserved,
    /// A scalar whose text would change when it is written as its type.
    #[error("{0} in a spelling that would not be kept: put it in quotes")]
    Noncanonical(Kind),
    /// A write that would leave a value in clear.
    #[error("the rule of this file would leave the value in clear: {0}")]
    WouldBeClear(String),
    /// A key that goes, and could not be put back.
    #[error("the rule of this file leaves the value in clear: {0}")]
    IsClear(String),
    /// A private key in the place of a key's name.
    #[error("this is a private key, and no name of a key: names stand in the file in clear")]
    KeyForName,
    /// A write that would leave a comment in clear.
    #[error("the rule of this file would leave the comment in clear: {0}")]
    CommentWouldBeClear(String),
    /// Where the metadata cannot be changed in place.
    #[error("a layout that cannot be changed in place; rewrite the file in block style")]
    FlowLayout,
    /// Keys at the top that do not stand in lines of their own.
    #[error(
        "keys in brackets, or behind `---` or `...`, at the top: write each key of the top level on a line of its own"
    )]
    RootLayout,
    /// What go-yaml, and with it sops, stops at or reads otherwise: a tab where an entry could begin, a `?` in a key in brackets, a byte-order
    /// mark at the start of a line.
    #[error(
        "a layout that sops does not read, or reads otherwise: no tab may lead a line or follow a dash, no unquoted `?` stand in brackets, and no byte-order mark but at the start"
    )]
    Unreadable,
    /// A comment in a list that is encrypted, with nothing behind its `#`.
    #[error("a `#` without any text in a list: sops takes it for an empty item")]
    EmptyItem,
    /// What sops does not open, and vault does.
    #[error("sops stops at this: it wants {0}")]
    Stops(&'static str),
    /// The same, where a write puts it right.
    #[error("sops stops at this: it wants {0}")]
    StopsYet(&'static str),
    /// A value that no environment and no file of a process could carry.
    #[error("a value with a NUL character")]
    Nul,
    /// A new data key would leave entries of other key services behind.
    #[error("the file also has entries of {0}: a new data key would lock these out")]
    Orphans(String),
    /// A mistake in this program, found before anything was written.
    #[error("internal error: the file to be written would not say what was meant")]
    SelfCheck,
}

impl Reason {
    /// What to do about it, where the reason does not say so itself and a person can change the text.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Reason::IntTooLarge => Some("put the number in quotes to keep it as text"),
            Reason::KeyName(_) | Reason::EmptyKey => Some("give the key another name"),
            Reason::BlockKey => Some("write the key on one line"),
            Reason::AmbiguousKey => Some("rename one of the two keys"),
            Reason::ValueTooLarge => Some("keep large files elsewhere, and their keys here"),
            Reason::LooksSealed => Some("write the value itself, not its ciphertext"),
            Reason::Nul => Some("write binary data in base64"),
            Reason::Unreadable => Some(
                "an editor takes that out of the file, or puts quotes around what begins with `?`",
            ),
            Reason::EmptyItem => Some("give the comment a text, or take it out"),
            Reason::Stops(_) => Some("an editor puts that right; sops decrypt tells when it is"),
            Reason::StopsYet(_) => Some("the next write of vault puts that right"),
            Reason::WouldBeClear(_) => {
                Some("leave the value as it was, or give it a key that the rule encrypts")
            }
            Reason::IsClear(_) => Some(
                "what a rule leaves in clear is not changed by vault, and could not be put back: sops edit takes it away",
            ),
            Reason::CommentWouldBeClear(_) => Some("leave the comments there as they were"),
            Reason::FlowLayout => {
                Some("sops rotate --in-place FILE writes it in block style, with a new data key")
            }
            Reason::Orphans(_) => Some(
                "sops rotate --in-place FILE makes a new data key for these as well; sops rotate --help says how to take them out",
            ),
            _ => None,
        }
    }
}
