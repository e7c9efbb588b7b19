//! Comments stay bound to where they stand when what is around them changes.
//!
//! The additional data of a comment is the path of the collection that owns it. A change can give it another owner, or take the owner away: then
//! nobody could open it afterwards, so it is encrypted for its new place at once.

use std::collections::HashMap;

use super::{
    OpenFile,
    error::{Reason, SopsError},
    owner::Owners,
};
use crate::{
    cipher::{Ciphertext, additional_data},
    secret::ExposeSecret,
    value::Form,
    yaml::{
        Document, Outline, Part,
        edit::{Edit, apply},
    },
};

/// The additional data of every encrypted comment, by its ciphertext; several for one that was copied.
type Places = HashMap<String, Vec<String>>;

/// The encrypted comments of a document with their additional data.
fn comments(document: &Document) -> Vec<(usize, String)> {
    let is_sealed = |at: &usize| {
        document.items()[*at].part == Part::Comment && Ciphertext::looks_like(document.str_at(*at))
    };
    let mut sealed = (0..document.items().len()).filter(is_sealed).peekable();
    if sealed.peek().is_none() {
        return Vec::new();
    }
    let outline = Outline::new(document);
    let owners = Owners::new(&outline);
    sealed
        .map(|at| {
            let keys = owners.of(at).map(|owner| outline.keys_to(owner));
            (at, additional_data(keys.unwrap_or_default()))
        })
        .collect()
}

fn places(document: &Document) -> Places {
    let mut found = Places::new();
    for (at, aad) in comments(document) {
        let known = found.entry(document.str_at(at).to_owned()).or_default();
        known.push(aad);
    }
    found
}

impl OpenFile {
    /// Makes the edits, and binds the comments whose owner they change to the new one.
    pub(super) fn edit(&mut self, edits: Vec<Edit>) -> Result<(), SopsError> {
        let before = places(self.file.document());
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
        for (at, aad) in comments(document) {
            let Some(known) = before.get(document.str_at(at)) else {
                continue;
            };
            if !known.contains(&aad) {
                edits.extend(self.bound(at, known, &aad)?);
            }
        }
        Ok(edits)
    }

    /// A comment encrypted for another place; one that did not open where it stood is left to the seal, which looks further.
    fn bound(&self, at: usize, known: &[String], aad: &str) -> Result<Option<Edit>, SopsError> {
        let document = self.file.document();
        let wrong = |error| SopsError::item(document, at, error);
        let Ok(ciphertext) = Ciphertext::parse(document.str_at(at).trim_end(), Form::Lenient)
        else {
            return Ok(None);
        };
        let open = |place: &String| self.cipher.decrypt_comment(&ciphertext, place).ok();
        let Some(text) = known.iter().find_map(open) else {
            return Ok(None);
        };
        let sealed = self
            .cipher
            .encrypt_comment(text.expose_secret(), aad)
            .map_err(wrong)?;
        let range = document.items()[at].range();
        Ok(Some(Edit::new(range, format!("#{sealed}"))))
    }
}
