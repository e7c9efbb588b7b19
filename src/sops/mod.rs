//! The file format: a SOPS YAML document with age recipients, sealed or open. It knows nothing of signatures and of who may write.

mod binding;
mod change;
mod error;
mod header;
mod held;
mod layout;
mod length;
mod list_comment;
mod metadata;
mod names;
mod open;
mod owner;
mod plain;
mod put;
mod relist;
mod revision;
mod rule;
mod scan;
mod seal;
mod sealing;
mod stops;

pub use change::ChangeError;
pub use error::{Reason, SopsError};
use header::Header;
pub use header::SOPS_VERSION;
pub(crate) use list_comment::is_comment;
pub use metadata::{AgeEntry, BLOCK_KEY, FOREIGN_KEYS, METADATA_KEY, Metadata};
pub use names::Names;
pub use open::{Comment, CommentState, Contents, Wanted};
pub use put::Put;
pub use rule::{DEFAULT_SUFFIX, EVERYTHING, RULE_KEYS, Rule, RuleError};
pub use seal::{Block, Heading};

use std::{collections::HashMap, ops::RangeInclusive, panic, thread};

use crate::{
    cipher::Cipher,
    secret::DataKey,
    value::{Form, Map},
    yaml::{Document, Outline, Part},
};

/// An encrypted document: well-formed, nothing verified.
pub struct File {
    document: Document,
    metadata: Metadata,
    form: Form,
}

impl File {
    /// Takes a document for an encrypted file.
    ///
    /// # Errors
    ///
    /// Malformed metadata. In the canonical form, which signed files must have, also everything in the data that is not as vault writes it:
    /// values and comments in clear outside of the rule, encodings that are not canonical, ambiguous keys.
    pub fn new(document: Document, form: Form) -> Result<Self, SopsError> {
        let file = File::taken(document, form)?;
        if form == Form::Lenient {
            // Of a signed file the values are those that were signed, however it is laid out; of any other they are what sops reads.
            file.check_reading()?;
        }
        Ok(file)
    }

    /// The same, whatever sops makes of it: for a text on the way to another.
    fn taken(document: Document, form: Form) -> Result<Self, SopsError> {
        let metadata = File::examine(&document, form)?;
        Ok(File {
            document,
            metadata,
            form,
        })
    }

    fn examine(document: &Document, form: Form) -> Result<Metadata, SopsError> {
        let metadata = Metadata::read(document, form)?;
        scan::scan(document, &metadata, form, &mut |_| Ok(()))?;
        if form == Form::Canonical {
            refuse_ambiguous_keys(document, &scan::metadata_range(document, &metadata))?;
        }
        Ok(metadata)
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The metadata.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The recipients of its age entries, as written.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        let entries = self.metadata.age.iter();
        entries.map(|entry| entry.recipient.as_str())
    }

    /// Whether its metadata stands in lines, as every write needs it.
    pub fn is_writable(&self) -> bool {
        Header::of(&self.document, &self.metadata).is_some()
    }

    /// The keys without their values: every scalar has its type and an empty text. Needs no data key.
    ///
    /// # Errors
    ///
    /// As [`File::new`].
    pub fn shape(&self) -> Result<Map, SopsError> {
        open::shape(self)
    }

    /// Whether there are comments beside the values; those of the metadata do not count.
    pub fn has_comments(&self) -> bool {
        let mut found = false;
        let passed = self.scan(&mut |step| {
            found |= matches!(step, scan::Step::Comment(_));
            Ok(())
        });
        found || passed.is_err()
    }

    /// How strictly it was read.
    pub fn form(&self) -> Form {
        self.form
    }
}

/// Items of a document from which on a second core is worth its start, some 50 µs: as many values as are opened in a millisecond.
const LARGE: usize = 1_000;

/// Whether a document is worth a second core.
pub(crate) fn is_large(document: &Document) -> bool {
    document.items().len() >= LARGE
}

/// Does two things at the same time, the first of them on another core; the answers are those of the second and the first.
///
/// The system keeps the other's stack for the next thread: what has secrets there cleans it.
pub(crate) fn beside<A: Send, B>(
    other: impl FnOnce() -> A + Send,
    own: impl FnOnce() -> B,
) -> (B, A) {
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let own = own();
        match other.join() {
            Ok(other) => (own, other),
            Err(panic) => panic::resume_unwind(panic),
        }
    })
}

/// The additional data joins keys by `:` without escaping: `"a:b"` and `b` under `a` would be bound to the same place.
fn refuse_ambiguous_keys(
    document: &Document,
    sops: &RangeInclusive<usize>,
) -> Result<(), SopsError> {
    let items = document.items();
    let data = || (0..items.len()).filter(|index| !sops.contains(index));
    if !data().any(|index| items[index].part == Part::Key && document.str_at(index).contains(':')) {
        return Ok(());
    }
    let outline = Outline::new(document);
    let mut places: HashMap<String, Vec<&str>> = HashMap::new();
    for index in data().filter(|index| {
        matches!(
            items[*index].part,
            Part::Value | Part::MapStart | Part::ListStart
        )
    }) {
        let keys = outline.keys_to(index);
        let known = places.entry(keys.join(":")).or_insert_with(|| keys.clone());
        if *known != keys {
            return Err(SopsError::item(document, index, Reason::AmbiguousKey));
        }
    }
    Ok(())
}

/// An encrypted document with its data key and values: opened, changed, and sealed again.
pub struct OpenFile {
    file: File,
    tree: Map,
    key: DataKey,
    cipher: Cipher,
    is_rekeyed: bool,
}

impl OpenFile {
    /// Opens a file; nothing is returned before every value decrypted and the MAC matched.
    ///
    /// # Errors
    ///
    /// As [`File::open`].
    pub fn open(file: File, key: DataKey) -> Result<Self, SopsError> {
        let tree = file.open(&key)?.tree;
        let cipher = Cipher::new(&key);
        Ok(OpenFile {
            file,
            tree,
            key,
            cipher,
            is_rekeyed: false,
        })
    }

    /// The values.
    pub fn tree(&self) -> &Map {
        &self.tree
    }

    /// The encrypted document; its metadata is that of the last seal.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The data key, to wrap it.
    pub fn key(&self) -> &DataKey {
        &self.key
    }

    /// Whether the data key is another one than that of the age entries in the document.
    pub fn is_rekeyed(&self) -> bool {
        self.is_rekeyed
    }

    /// Gives everything but the values up.
    pub fn into_tree(self) -> Map {
        self.tree
    }
}

#[cfg(test)]
mod tests;
