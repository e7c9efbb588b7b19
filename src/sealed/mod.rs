//! A secret file and what is proven about it: [`Sealed`] is well-formed, [`Verified`] was signed by a writer and lists exactly the readers of
//! its log, [`Opened`] has every value decrypted and its MAC compared. Nothing is released before the last step (the order of acceptance is in
//! `docs/format.md`).

mod error;
mod fingerprint;
mod joined;
mod mark;
mod opened;
mod sealing;
mod signer;
mod verify;

pub use error::{OpenError, SealError, TrustError};
pub use mark::{Mark, Marked};
pub use opened::Opened;
pub use signer::Signer;
pub use verify::{Expected, Verified};

use crate::{
    keys::MessageDigest,
    members::{Block, LogError},
    signature::{FileMessage, file_message},
    sops::{BLOCK_KEY, File, METADATA_KEY, SopsError, is_large},
    value::Form,
    yaml::{Document, NodeRef, YamlError},
};

use thiserror::Error;

/// A well-formed secret file; nothing is verified.
pub struct Sealed {
    file: File,
    block: Option<Signed>,
}

/// Why a text is not a well-formed secret file.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FormError {
    /// Not YAML as vault reads it: bad input.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// Not an encrypted file as vault accepts it.
    #[error(transparent)]
    Sops(#[from] SopsError),
    /// Its block or log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It bears the mark of a merge that nobody has finished.
    #[error("it is not merged yet: somebody has to decide between two sides")]
    Unmerged(Mark),
    /// A mark of a merge that does not say what the other side is.
    #[error("it is not merged yet, and `{BLOCK_KEY}.unmerged` does not name the other side")]
    MarkDamaged,
    /// A file that cannot bear a mark and be as it was without it.
    #[error("its layout has no place for the mark of a merge")]
    MarkLayout,
}

impl Sealed {
    /// Reads a file. One with vault's block must be in the canonical form, and its log must verify; another is read as sops reads it.
    ///
    /// # Errors
    ///
    /// See [`FormError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        Sealed::from_vec(bytes.to_vec())
    }

    /// As [`Sealed::parse`], for bytes that are given away: they are not copied.
    ///
    /// # Errors
    ///
    /// See [`FormError`].
    pub fn from_vec(bytes: Vec<u8>) -> Result<Self, FormError> {
        let may_be_signed = may_have_block(&bytes);
        let mut ahead = None;
        let (document, shown) = Document::of_ciphertext_shown(bytes, |text, items| {
            if may_be_signed {
                let message = ahead.get_or_insert_with(|| FileMessage::begin(text));
                message.take(items);
            }
        })?;
        Sealed::of(document, ahead, shown)
    }

    /// Takes a document, of whose items so many went into its message ahead of it.
    fn of(document: Document, ahead: Option<FileMessage>, shown: usize) -> Result<Self, FormError> {
        if let Some(mark) = mark::found(&document) {
            return Err(FormError::Unmerged(mark?));
        }
        let form = match block_in(&document) {
            Some(_) => Form::Canonical,
            None => Form::Lenient,
        };
        let signature = signature_in(&document);
        let message = signature
            .filter(|_| is_large(&document))
            .and_then(|signature| FileMessage::complete(ahead, &document, shown, signature));
        let file = File::new(document, form)?;
        let block = match file.metadata().block {
            Some(index) => Some(Block::read(file.document(), index)?),
            None => None,
        };
        let signed = |block| Signed {
            block,
            message: match message {
                Some(message) => message.finish(),
                None => {
                    let signature = signature.expect("a block that reads has a signature");
                    file_message(file.document(), signature)
                }
            },
        };
        let block = block.map(signed);
        Ok(Sealed { file, block })
    }

    /// Whether the file has vault's block.
    pub fn is_signed(&self) -> bool {
        self.block.is_some()
    }

    /// The encrypted file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The block, if it has one; its log verified, its signature over the file did not yet.
    pub fn block(&self) -> Option<&Block> {
        self.block.as_ref().map(|signed| &signed.block)
    }

    /// The text as it goes to disk.
    pub fn text(&self) -> zeroize::Zeroizing<String> {
        self.file.document().to_text()
    }
}

/// Bytes at the end of a file in which its block begins, unless its log is very long.
const TAIL: usize = 64 << 10;

/// Whether a file looks as if it had vault's block. Where it looks otherwise and has one, its message is only hashed later.
fn may_have_block(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    memchr::memmem::find(tail, BLOCK_KEY.as_bytes()).is_some()
}

fn block_in(document: &Document) -> Option<NodeRef<'_>> {
    let metadata = document.root()?.get(METADATA_KEY)?;
    metadata.get(BLOCK_KEY)
}

/// Where the signature over the file should stand.
fn signature_in(document: &Document) -> Option<usize> {
    Some(block_in(document)?.get("signature")?.index())
}

/// A block with the message that its signature is about.
struct Signed {
    block: Block,
    message: MessageDigest,
}

#[cfg(test)]
mod tests;
