//! What a file holds already: the ciphertext of every value and comment, by what it says and where it stands.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::BuildHasher,
};

use foldhash::fast::RandomState;

use super::{
    OpenFile,
    error::SopsError,
    open::{CommentState, read_comment},
    scan::{Remark, Step, scan},
};
use crate::{
    cipher::Ciphertext,
    secret::{ExposeSecret, SecretString},
    value::{Form, Kind},
    yaml::{Document, Style},
};

/// How a value or comment stands in a file.
pub(super) enum Was {
    /// Encrypted as vault writes it; in the quotes that somebody put around it.
    Sealed(String),
    /// Encrypted, but for another place.
    Elsewhere,
    /// In clear, where the rule wants it so.
    Clear,
}

struct Entry {
    aad: String,
    /// `None` for a comment.
    kind: Option<Kind>,
    text: SecretString,
    was: Was,
}

/// Everything that a file holds, to be taken out piece by piece.
#[derive(Default)]
pub(super) struct Held {
    // By a hash under a random key, so that no value is kept outside of a type that vanishes.
    entries: HashMap<u64, VecDeque<Entry>>,
    hasher: RandomState,
    /// A ciphertext that was copied counts once: two values never share a nonce because of us.
    seen: HashSet<String>,
    /// Whether what is added is encrypted under another data key.
    is_foreign: bool,
}

impl Held {
    /// Goes through a file once.
    pub(super) fn of(open: &OpenFile) -> Result<Self, SopsError> {
        let mut held = Held::default();
        held.add(open)?;
        Ok(held)
    }

    /// Goes through another version of a file as well: what it says as the first does comes after that. Its ciphertexts are of use only under
    /// the same data key.
    pub(super) fn with(mut self, own: &OpenFile, other: &OpenFile) -> Result<Self, SopsError> {
        self.is_foreign = !own.key.is_same(&other.key);
        self.add(other)?;
        Ok(self)
    }

    fn add(&mut self, open: &OpenFile) -> Result<(), SopsError> {
        let (document, metadata) = (open.file.document(), open.file.metadata());
        scan(document, metadata, Form::Lenient, &mut |step| {
            match step {
                Step::Sealed {
                    index,
                    ciphertext,
                    aad,
                } => self.value(open, index, &ciphertext, aad),
                Step::Clear {
                    scalar,
                    aad,
                    by_rule: true,
                } => self.put(aad, Some(scalar.kind()), scalar.text().clone(), Was::Clear),
                Step::Comment(remark) => self.comment(open, &remark),
                _ => {}
            }
            Ok(())
        })
    }

    /// Takes what says this out; each piece once, equal ones in the order of the file.
    pub(super) fn take(&mut self, aad: &str, kind: Option<Kind>, text: &str) -> Option<Was> {
        let entries = self
            .entries
            .get_mut(&self.hasher.hash_one((aad, kind, text)))?;
        let is_it = |entry: &Entry| {
            entry.aad == aad && entry.kind == kind && entry.text.expose_secret() == text
        };
        let at = entries.iter().position(is_it)?;
        entries.remove(at).map(|entry| entry.was)
    }

    fn put(&mut self, aad: &str, kind: Option<Kind>, text: SecretString, was: Was) {
        let was = match was {
            Was::Sealed(_) if self.is_foreign => Was::Elsewhere,
            Was::Sealed(sealed) if !self.seen.insert(bare(&sealed).to_owned()) => return,
            was => was,
        };
        let hash = self.hasher.hash_one((aad, kind, text.expose_secret()));
        self.entries.entry(hash).or_default().push_back(Entry {
            aad: aad.to_owned(),
            kind,
            text,
            was,
        });
    }

    /// A ciphertext in another encoding than vault's is left out: it would be made anew at the seal in any case.
    fn value(&mut self, open: &OpenFile, index: usize, lenient: &Ciphertext<'_>, aad: &str) {
        let document = open.file.document();
        let strict = Ciphertext::parse(document.str_at(index), Form::Canonical);
        let is_canonical = strict.is_ok_and(|strict| strict.as_str() == lenient.as_str());
        if let Ok(scalar) = open.cipher.decrypt(lenient, aad)
            && is_canonical
        {
            let was = Was::Sealed(spelled(document, index).to_owned());
            self.put(aad, Some(scalar.kind()), scalar.text().clone(), was);
        }
    }

    fn comment(&mut self, open: &OpenFile, remark: &Remark<'_>) {
        let comment = read_comment(open.file.document(), &open.cipher, remark);
        let Some(ciphertext) = remark.ciphertext else {
            if !remark.encrypts {
                self.put(remark.aad, None, comment.text, Was::Clear);
            }
            return;
        };
        let text = ciphertext.as_str();
        let opens_here = Ciphertext::parse(text, Form::Canonical)
            .is_ok_and(|strict| open.cipher.decrypt_comment(&strict, remark.aad).is_ok());
        let was = match comment.state {
            CommentState::Unreadable => Was::Clear,
            _ if opens_here => Was::Sealed(text.to_owned()),
            _ => Was::Elsewhere,
        };
        self.put(remark.aad, None, comment.text, was);
    }
}

/// A ciphertext as it is written in the file, with its quotes if it has some and stands in one line.
fn spelled(document: &Document, index: usize) -> &str {
    let item = &document.items()[index];
    let source = &document.text()[item.range()];
    match item.style {
        Style::Single | Style::Double if !source.contains('\n') => source,
        _ => document.str_at(index),
    }
}

/// A ciphertext without what stands around it.
fn bare(spelled: &str) -> &str {
    let start = spelled.find("ENC[").unwrap_or(0);
    let end = spelled.rfind(']').map_or(spelled.len(), |at| at + 1);
    spelled.get(start..end).unwrap_or(spelled)
}
