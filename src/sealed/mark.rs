//! The mark of a file that is not merged yet: our file as it is, and in its block which blob of git the other side is.
//!
//! Whoever reads the file for anything but merging it is refused, so that a commit in a hurry loses nothing. The mark is no part of what is
//! signed: without it the file is ours again, byte for byte.

use zeroize::Zeroizing;

use super::{FormError, block_in};
use crate::{
    members::BLOCK_VERSION,
    sops::{BLOCK_KEY, METADATA_KEY},
    yaml::{
        Document, NodeRef,
        edit::{Edit, apply},
        write::{Draft, string},
    },
};

/// The key of the mark in the block.
pub(super) const MARK_KEY: &str = "unmerged";
/// What it holds: the id of the other side.
const THEIRS: &str = "theirs";

/// The mark: which blob of git is the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    theirs: String,
}

impl Mark {
    /// A mark with the id of a blob: 40 or 64 lower-case hex digits, else `None`.
    pub fn new(theirs: &str) -> Option<Self> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_id = matches!(theirs.len(), 40 | 64) && theirs.bytes().all(is_hex);
        is_id.then(|| Mark {
            theirs: theirs.to_owned(),
        })
    }

    /// The id of the blob.
    pub fn theirs(&self) -> &str {
        &self.theirs
    }

    /// Puts the mark into a file; a file without a block gets one that holds nothing else.
    ///
    /// # Errors
    ///
    /// A text that is no sealed file, one that bears a mark already, and a layout from which the mark could not be taken out again.
    pub fn put(&self, bytes: &[u8]) -> Result<Zeroizing<String>, FormError> {
        super::Sealed::parse(bytes)?;
        let document = Document::of_ciphertext(bytes.to_vec())?;
        let text = edited(&document, self.edits(&document)).ok_or(FormError::MarkLayout)?;
        match Mark::split(text.as_bytes()) {
            Ok(Some(marked)) if marked.ours.as_bytes() == bytes && marked.mark == *self => Ok(text),
            _ => Err(FormError::MarkLayout),
        }
    }

    /// Whether a text may bear a mark: whoever wants to know asks `split`, which takes longer.
    pub fn may_stand(bytes: &[u8]) -> bool {
        memchr::memmem::find(bytes, MARK_KEY.as_bytes()).is_some()
    }

    /// Takes a marked file apart; `None` where it bears no mark.
    ///
    /// # Errors
    ///
    /// A text that is not YAML, or a mark that is none.
    pub fn split(bytes: &[u8]) -> Result<Option<Marked>, FormError> {
        let document = Document::of_ciphertext(bytes.to_vec())?;
        let Some((block, theirs)) = place(&document) else {
            return Ok(None);
        };
        let mark = theirs.and_then(Mark::new).ok_or(FormError::MarkDamaged)?;
        let ours = edited(&document, removal(&document, block)).ok_or(FormError::MarkLayout)?;
        Ok(Some(Marked { ours, mark }))
    }

    fn edits(&self, document: &Document) -> Vec<Edit> {
        let theirs = (THEIRS.to_owned(), Draft::Scalar(string(&self.theirs)));
        let mark = Draft::Map(vec![theirs]);
        let Some(metadata) = metadata(document) else {
            return Vec::new();
        };
        match metadata.get(BLOCK_KEY) {
            Some(block) => document.insert_entry(block, block.entries().last(), MARK_KEY, &mark),
            None => {
                let version = Draft::Scalar(BLOCK_VERSION.to_owned());
                let fields = vec![("version".to_owned(), version), (MARK_KEY.to_owned(), mark)];
                let last = metadata.entries().last();
                document.insert_entry(metadata, last, BLOCK_KEY, &Draft::Map(fields))
            }
        }
    }
}

/// A file with a mark.
pub struct Marked {
    /// The file without it, as it was.
    pub ours: Zeroizing<String>,
    /// The mark.
    pub mark: Mark,
}

/// The mark of a document, for whoever must not go on with it; the id is `None` where it is damaged.
pub(super) fn found(document: &Document) -> Option<Result<Mark, FormError>> {
    let (_, theirs) = place(document)?;
    Some(theirs.and_then(Mark::new).ok_or(FormError::MarkDamaged))
}

/// The block that has a mark, and the id that stands in it.
fn place(document: &Document) -> Option<(NodeRef<'_>, Option<&str>)> {
    let block = block_in(document)?;
    let mark = block.get(MARK_KEY)?;
    let is_alone = mark.entries().count() == 1;
    let theirs = mark.get(THEIRS).filter(|_| is_alone);
    Some((block, theirs.and_then(NodeRef::string)))
}

fn removal(document: &Document, block: NodeRef<'_>) -> Vec<Edit> {
    let is_ours_alone = |entry: &crate::yaml::Entry<'_>| matches!(entry.key, "version" | MARK_KEY);
    let (holder, key) = match (
        block.entries().all(|entry| is_ours_alone(&entry)),
        metadata(document),
    ) {
        (true, Some(metadata)) => (metadata, BLOCK_KEY),
        _ => (block, MARK_KEY),
    };
    let entry = holder.entry(key);
    entry.map_or_else(Vec::new, |entry| document.remove_entry(holder, entry))
}

fn metadata(document: &Document) -> Option<NodeRef<'_>> {
    document.root()?.get(METADATA_KEY)
}

fn edited(document: &Document, edits: Vec<Edit>) -> Option<Zeroizing<String>> {
    if edits.is_empty() {
        return None;
    }
    let text = apply(document.text(), edits).ok()?;
    Some(match document.has_bom() {
        true => Zeroizing::new(format!("\u{feff}{}", *text)),
        false => text,
    })
}
