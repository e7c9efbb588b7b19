//! What is to be written when several files are: enough to finish it after a crash, or to take it back.
//!
//! A line that names the format, then fields, each as `<bytes>:<content>,`: the root, then per file its path, the
//! digest of the old bytes (empty if there were none), what is to be done, the new bytes, and the old ones of a file that
//! is replaced; at the end the SHA-256 of all that.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::{
    Content, Digest, Notice, Replacement, WriteError,
    directory::{DirectoryError, private_directory},
    fields::{Fields, field},
    lock::hex,
    shown::Shown,
    temporary::directory_of,
};

/// The first line; another one belongs to another version of vault.
const FORMAT: &[u8] = b"vault journal 3\n";

/// What is to be done with a file: it gets the bytes that follow, or goes.
const WRITE: &[u8] = b"write";
const REMOVE: &[u8] = b"remove";

/// Bytes of the digest at the end.
const SUM_BYTES: usize = 32;

/// The journal of an interrupted write cannot be written or read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Its directory cannot be used.
    #[error("there is no place for the journal of a write")]
    Directory(#[from] DirectoryError),
    /// It is not one that this version wrote for this root.
    #[error("{} is damaged, or from another version of vault", Shown(path))]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// A path in it is not UTF-8.
    #[error("{} is not a UTF-8 path", Shown(path))]
    NotText {
        /// Which.
        path: PathBuf,
    },
    /// The system refused to read it.
    #[error("cannot read {}", Shown(path))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system refused to write or remove it.
    #[error("cannot write {}", Shown(path))]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not take its place.
    #[error(transparent)]
    Replace(#[from] WriteError),
}

/// One file of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Below the root.
    pub(super) path: PathBuf,
    /// What was there; nothing means no file.
    pub(super) old: Option<Digest>,
    /// What is to be there; nothing means that the file goes.
    pub(super) new: Option<Vec<u8>>,
    /// The bytes of what was there, of a file that is replaced: one that goes does so last, when there is nothing to take back.
    pub(super) before: Vec<u8>,
}

/// Files that change together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal(Vec<Entry>);

impl Journal {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Journal(entries)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The file's name: one root has at most one journal, for only one process writes at a time.
    pub(super) fn name(root: &Path) -> String {
        let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
        // Half of it, because messages name the file, and what looks like a digest of something must not be in any.
        format!("{}.journal", hex(&digest[..16]))
    }

    pub(super) fn write(&self, path: &Path, root: &Path) -> Result<Vec<Notice>, JournalError> {
        private_directory(directory_of(path))?;
        let bytes = self.to_bytes(root)?;
        Ok(Replacement::prepare(path, &bytes, Content::Private)?.commit()?)
    }

    pub(super) fn read(path: &Path, root: &Path) -> Result<Self, JournalError> {
        private_directory(directory_of(path))?;
        let read = |source| JournalError::Read {
            path: path.to_owned(),
            source,
        };
        let is_file = fs::symlink_metadata(path).map_err(read)?.is_file();
        let bytes = is_file.then(|| fs::read(path)).transpose().map_err(read)?;
        let journal = bytes.and_then(|bytes| Self::from_bytes(&bytes, root));
        journal.ok_or_else(|| JournalError::Damaged {
            path: path.to_owned(),
        })
    }

    fn to_bytes(&self, root: &Path) -> Result<Vec<u8>, JournalError> {
        let mut bytes = FORMAT.to_vec();
        field(&mut bytes, root.as_os_str().as_encoded_bytes());
        for entry in &self.0 {
            let path = entry.path.to_str().ok_or_else(|| JournalError::NotText {
                path: entry.path.clone(),
            })?;
            field(&mut bytes, path.as_bytes());
            field(
                &mut bytes,
                entry
                    .old
                    .as_ref()
                    .map_or(&[], |old| old.as_bytes().as_slice()),
            );
            let (verb, new) = match &entry.new {
                Some(new) => (WRITE, new.as_slice()),
                None => (REMOVE, [].as_slice()),
            };
            field(&mut bytes, verb);
            field(&mut bytes, new);
            field(&mut bytes, &entry.before);
        }
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum);
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8], root: &Path) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM_BYTES)?)?;
        let mut fields = Fields::new(body.strip_prefix(FORMAT)?);
        let is_whole = Sha256::digest(body).as_slice() == sum;
        let is_ours = fields.next()? == root.as_os_str().as_encoded_bytes();
        let mut entries = Vec::new();
        while is_whole && is_ours && !fields.is_empty() {
            entries.push(entry(&mut fields)?);
        }
        (is_whole && is_ours).then_some(Journal(entries))
    }
}

fn entry(fields: &mut Fields<'_>) -> Option<Entry> {
    let path = std::str::from_utf8(fields.next()?).ok()?.into();
    let old = match fields.next()? {
        [] => None,
        digest => Some(Digest::from_bytes(digest.try_into().ok()?)),
    };
    let new = match (fields.next()?, fields.next()?) {
        (WRITE, new) => Some(new.to_vec()),
        (REMOVE, []) => None,
        _ => return None,
    };
    let before = fields.next()?.to_vec();
    Some(Entry {
        path,
        old,
        new,
        before,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let old = prop::option::of(any::<[u8; 32]>().prop_map(Digest::from_bytes));
        let new = prop::option::of(prop::collection::vec(any::<u8>(), 0..40));
        let before = prop::collection::vec(any::<u8>(), 0..40);
        let entry =
            ("[a-zé:,0-9/]{1,20}", old, new, before).prop_map(|(path, old, new, before)| Entry {
                path: path.into(),
                old,
                new,
                before,
            });
        prop::collection::vec(entry, 0..4)
    }

    proptest! {
        #[test]
        fn a_journal_reads_back_as_it_was_written(entries in entries()) {
            let journal = Journal::new(entries);
            let root = Path::new("/srv/repo");
            let bytes = journal.to_bytes(root).unwrap();
            prop_assert_eq!(Journal::from_bytes(&bytes, root), Some(journal));
            prop_assert_eq!(Journal::from_bytes(&bytes, Path::new("/srv/other")), None);
        }

        #[test]
        fn a_journal_with_any_byte_changed_is_refused(entries in entries(), at in any::<prop::sample::Index>(), bit in 0..8) {
            let root = Path::new("/r");
            let mut bytes = Journal::new(entries).to_bytes(root).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            prop_assert_eq!(Journal::from_bytes(&bytes, root), None);
            prop_assert_eq!(Journal::from_bytes(&bytes[..at], root), None);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let sum = Sha256::digest([FORMAT, &bytes].concat());
            let _ = Journal::from_bytes(&[FORMAT, &bytes, sum.as_slice()].concat(), Path::new("/r"));
        }
    }
}
