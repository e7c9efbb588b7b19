//! The file format: a SOPS YAML document with age recipients, sealed or open. It knows nothing of signatures and of who may write.

mod error;
mod metadata;
mod open;
mod owner;
mod rule;
mod scan;

pub use error::{Reason, SopsError};
pub use metadata::{AgeEntry, BLOCK_KEY, FOREIGN_KEYS, METADATA_KEY, Metadata};
pub use open::{Comment, CommentState, Contents};
pub use rule::{DEFAULT_SUFFIX, EVERYTHING, RULE_KEYS, Rule, RuleError};

use crate::{value::Form, yaml::Document};

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
        let metadata = Metadata::read(&document, form)?;
        let file = File {
            document,
            metadata,
            form,
        };
        scan::scan(&file.document, &file.metadata, form, &mut |_| Ok(()))?;
        Ok(file)
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The metadata.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// How strictly it was read.
    pub fn form(&self) -> Form {
        self.form
    }
}
