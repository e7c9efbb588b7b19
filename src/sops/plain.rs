//! An encrypted document as plain text: every byte that is no value or comment stays.

use super::{
    OpenFile,
    error::{Reason, SopsError},
    list_comment::comment_edits,
    open::read_comment,
    scan::{Step, metadata_range, scan},
};
use crate::{
    secret::{ExposeSecret, SecretString},
    value::{Form, Scalar},
    yaml::{
        Document,
        edit::{Edit, apply},
    },
};

/// Writes a decrypted value where its ciphertext stood.
type Layout = fn(&Document, usize, &Scalar) -> Vec<Edit>;

impl OpenFile {
    /// The file as a person edits it: values and comments in clear where they stand, without the metadata.
    ///
    /// A text keeps a plain style where that is safe, takes a block where it has several lines, else double quotes; encrypting the result gives
    /// the same values.
    ///
    /// # Errors
    ///
    /// Only by a mistake in this program: the text is read again and compared.
    pub fn to_plain(&self) -> Result<SecretString, SopsError> {
        let layouts: [Layout; 2] = [
            super::layout::as_a_person_would,
            super::layout::always_quoted,
        ];
        for layout in layouts {
            let text = self.decrypted(layout)?;
            if self.says_the_same(&text) {
                return Ok(text);
            }
        }
        Err(SopsError::file(Reason::SelfCheck))
    }

    fn decrypted(&self, layout: Layout) -> Result<SecretString, SopsError> {
        let document = self.file.document();
        let mut edits = vec![self.without_metadata()];
        if document.has_bom() {
            edits.push(Edit::new(0..0, "\u{feff}"));
        }
        scan(document, self.file.metadata(), Form::Lenient, &mut |step| {
            match step {
                Step::Sealed {
                    index,
                    ciphertext,
                    aad,
                } => {
                    let scalar = self
                        .cipher
                        .decrypt(&ciphertext, aad)
                        .map_err(|error| SopsError::item(document, index, error))?;
                    edits.extend(layout(document, index, &scalar));
                }
                Step::Comment(remark) if remark.ciphertext.is_some() => {
                    let comment = read_comment(document, &self.cipher, &remark);
                    let written = format!("#{}", comment.text.expose_secret());
                    edits.extend(comment_edits(document, remark.index, written));
                }
                _ => {}
            }
            Ok(())
        })?;
        let text = apply(document.text(), edits).map_err(|_| SopsError::file(Reason::SelfCheck))?;
        Ok(SecretString::from(text.as_str()))
    }

    fn without_metadata(&self) -> Edit {
        let document = self.file.document();
        let range = metadata_range(document, self.file.metadata());
        let start = document.line_start_of(*range.start());
        Edit::new(start..document.line_end_of(*range.end()), "")
    }

    fn says_the_same(&self, text: &SecretString) -> bool {
        let Ok(document) = Document::parse(text.expose_secret()) else {
            return false;
        };
        let tree = match document.root().map(|root| root.to_node()) {
            Some(Ok(crate::value::Node::Map(tree))) => tree,
            None => crate::value::Map::new(),
            _ => return false,
        };
        tree == self.tree
    }
}
