//! Comments stay bound to where they stand when what is around them changes.
//!
//! The additional data of a comment is the path of the collection that owns it. A change can give it another owner, or take the owner away: then
//! nobody could open it afterwards, so it is encrypted for its new place at once.

use std::collections::HashMap;

use super::{
    File, OpenFile,
    error::{Reason, SopsError},
    scan::{Remark, Step, scan},
};
use crate::{
    cipher::Ciphertext,
    secret::ExposeSecret,
    value::Form,
    yaml::{
        Part,
        edit::{Edit, apply},
    },
};

/// The additional data of every encrypted comment, by its ciphertext; several for one that was copied.
type Places = HashMap<String, Vec<String>>;

fn places(file: &File) -> Result<Places, SopsError> {
    let mut found = Places::new();
    each_comment(file, &mut |_, ciphertext, aad| {
        let known = found.entry(ciphertext.as_str().to_owned()).or_default();
        known.push(aad.to_owned());
        Ok(())
    })?;
    Ok(found)
}

fn each_comment(
    file: &File,
    visit: &mut dyn FnMut(usize, Ciphertext<'_>, &str) -> Result<(), SopsError>,
) -> Result<(), SopsError> {
    scan(
        &file.document,
        &file.metadata,
        Form::Lenient,
        &mut |step| match step {
            Step::Comment(Remark {
                index,
                ciphertext: Some(ciphertext),
                aad,
                ..
            }) if file.document.items()[index].part == Part::Comment => {
                visit(index, ciphertext, aad)
            }
            _ => Ok(()),
        },
    )
}

impl OpenFile {
    /// Makes the edits, and binds the comments whose owner they change to the new one.
    pub(super) fn edit(&mut self, edits: Vec<Edit>) -> Result<(), SopsError> {
        let before = places(&self.file)?;
        self.rewrite(edits)?;
        let rebound = self.rebound(&before)?;
        if !rebound.is_empty() {
            self.rewrite(rebound)?;
        }
        Ok(())
    }

    fn rewrite(&mut self, edits: Vec<Edit>) -> Result<(), SopsError> {
        let text = apply(self.file.document().text(), edits)
            .map_err(|_| SopsError::file(Reason::SelfCheck))?;
        self.replace_text(&text)
    }

    fn rebound(&self, before: &Places) -> Result<Vec<Edit>, SopsError> {
        let document = self.file.document();
        let mut edits = Vec::new();
        each_comment(&self.file, &mut |index, ciphertext, aad| {
            let Some(known) = before.get(ciphertext.as_str()) else {
                return Ok(());
            };
            if known.iter().any(|place| place == aad) {
                return Ok(());
            }
            // One that did not open where it stood is left to the seal, which looks further.
            let text = known
                .iter()
                .find_map(|place| self.cipher.decrypt_comment(&ciphertext, place).ok());
            if let Some(text) = text {
                let sealed = self
                    .cipher
                    .encrypt_comment(text.expose_secret(), aad)
                    .map_err(|error| SopsError::item(document, index, error))?;
                let range = document.items()[index].range.clone();
                edits.push(Edit::new(range, format!("#{sealed}")));
            }
            Ok(())
        })?;
        Ok(edits)
    }
}
