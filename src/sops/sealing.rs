//! A plain document encrypted where it stands: every byte that is no value or comment stays.

use zeroize::Zeroizing;

use super::{
    METADATA_KEY, Metadata, Rule,
    error::{Reason, SopsError},
    held::{Held, Was},
    open::VALUE_LIMIT,
    owner::Owners,
};
use crate::{
    cipher::{Cipher, Ciphertext, additional_data},
    value::{Kind, Scalar},
    yaml::{
        Document, Outline, Part, Place, Style,
        edit::{Edit, Moves, apply},
        write::double_quoted,
    },
};

/// What a plain document is encrypted with.
pub(super) struct Sealing<'s> {
    cipher: &'s Cipher,
    rule: Rule,
    before: Option<Before<'s>>,
}

/// The file whose text the document was.
struct Before<'s> {
    held: Held,
    metadata: &'s Metadata,
}

/// Items of a document and what is wrong with them.
pub(super) type Faults = Vec<(usize, Reason)>;

impl<'s> Sealing<'s> {
    /// For a new file, where everything is encrypted.
    pub(super) fn anew(cipher: &'s Cipher) -> Self {
        Sealing {
            cipher,
            rule: Rule::everything(),
            before: None,
        }
    }

    /// For another text of a file: what it holds already keeps its ciphertext, and nothing more is left in clear than there was.
    pub(super) fn again(cipher: &'s Cipher, metadata: &'s Metadata, held: Held) -> Self {
        Sealing {
            cipher,
            rule: metadata.rule.clone(),
            before: Some(Before { held, metadata }),
        }
    }

    /// The text of `plain` with the edits of its values made, `header` inserted at `end`, and every comment encrypted.
    ///
    /// A comment's place decides its additional data, and what stands around it can decide its place: comments are encrypted last, in the
    /// text that sops will read. What is refused has its place in `plain`.
    pub(super) fn text(
        &mut self,
        plain: &Document,
        values: Vec<Edit>,
        end: usize,
        header: &str,
    ) -> Result<Zeroizing<String>, Vec<SopsError>> {
        let mut edits = vec![Edit::new(end..end, header)];
        edits.extend(values);
        let moves = Moves::of(&edits);
        let broken = || vec![SopsError::file(Reason::SelfCheck)];
        let text = apply(plain.text(), edits).map_err(|_| broken())?;
        let document = Document::parse(&text).map_err(|_| broken())?;
        let place = |offset| Place::of(plain.text(), moves.origin(offset));
        let edits = self.comments(&document, &place)?;
        apply(document.text(), edits).map_err(|_| broken())
    }

    /// The edits that encrypt the values; every fault is added to the list.
    pub(super) fn values(
        &mut self,
        plain: &Document,
        outline: &Outline<'_>,
        faults: &mut Faults,
    ) -> Vec<Edit> {
        let mut edits = Vec::new();
        for (index, item) in plain.items().iter().enumerate() {
            if item.part == Part::Value {
                match self.value(plain, outline, index) {
                    Ok(sealed) => edits.extend(sealed),
                    Err(reason) => faults.push((index, reason)),
                }
            }
        }
        edits
    }

    fn value(
        &mut self,
        document: &Document,
        outline: &Outline<'_>,
        index: usize,
    ) -> Result<Vec<Edit>, Reason> {
        let scalar = document.scalar_at(index).map_err(|_| Reason::IntTooLarge)?;
        let keys = outline.keys_to(index);
        let encrypts = self.rule.encrypts(keys.iter().copied());
        let aad = additional_data(keys);
        let mut take = || self.take(&aad, Some(scalar.kind()), scalar.expose());
        if !encrypts {
            return match take() {
                Some(Was::Clear) => Ok(Vec::new()),
                _ => self.refuse_clear(Reason::WouldBeClear),
            };
        }
        check_spelling(document, index, &scalar)?;
        if scalar.is_blank() {
            return Ok(without_block(document, index));
        }
        let sealed = match take() {
            Some(Was::Sealed(sealed)) => sealed,
            _ => {
                self.check_new(&scalar)?;
                self.cipher.encrypt(&scalar, &aad)?
            }
        };
        Ok(replace_value(document, index, &sealed))
    }

    fn take(&mut self, aad: &str, kind: Option<Kind>, text: &str) -> Option<Was> {
        self.before.as_mut()?.held.take(aad, kind, text)
    }

    /// A new file has a rule that leaves nothing in clear but what stands under an empty key.
    fn refuse_clear<T: Default>(&self, reason: fn(String) -> Reason) -> Result<T, Reason> {
        match &self.before {
            Some(before) => Err(reason(before.metadata.rule_in_words())),
            None => Ok(T::default()),
        }
    }

    /// What cannot be kept; a value that stands in the file already is left to it.
    fn check_new(&self, scalar: &Scalar) -> Result<(), Reason> {
        let text = scalar.expose();
        match self.before {
            _ if scalar.kind() == Kind::Str && Ciphertext::looks_like(text) => {
                Err(Reason::LooksSealed)
            }
            Some(_) if text.len() > VALUE_LIMIT => Err(Reason::ValueTooLarge),
            Some(_) if text.contains('\0') => Err(Reason::Nul),
            _ => Ok(()),
        }
    }

    /// The edits that encrypt the comments of a document whose values are encrypted already; those in the metadata stay.
    fn comments(
        &mut self,
        document: &Document,
        place: &dyn Fn(usize) -> Place,
    ) -> Result<Vec<Edit>, Vec<SopsError>> {
        let outline = Outline::new(document);
        let owners = Owners::new(&outline);
        if let Some(offset) = owners.unread_from() {
            return Err(vec![SopsError {
                place: Some(place(offset)),
                path: None,
                reason: Reason::Unreadable,
            }]);
        }
        let sops = document
            .root()
            .and_then(|root| root.entry(METADATA_KEY))
            .map(|entry| entry.key_index..entry.node.last_index() + 1)
            .ok_or_else(|| vec![SopsError::file(Reason::SelfCheck)])?;
        let (mut edits, mut errors) = (Vec::new(), Vec::new());
        for (index, item) in document.items().iter().enumerate() {
            if item.part != Part::Comment || sops.contains(&index) {
                continue;
            }
            let owner = owners.of(index);
            match self.comment(document, &outline, owner, index) {
                Ok(edit) => edits.extend(edit),
                Err(reason) => errors.push(SopsError {
                    place: Some(place(item.range().start)),
                    path: owner.map(|owner| outline.path(owner)),
                    reason,
                }),
            }
        }
        match errors.is_empty() {
            true => Ok(edits),
            false => Err(errors),
        }
    }

    fn comment(
        &mut self,
        document: &Document,
        outline: &Outline<'_>,
        owner: Option<usize>,
        index: usize,
    ) -> Result<Option<Edit>, Reason> {
        let keys = owner
            .map(|owner| outline.keys_to(owner))
            .unwrap_or_default();
        let in_list = owner.is_some_and(|owner| document.items()[owner].part == Part::ListStart);
        let encrypts = self.rule.encrypts(keys.iter().copied());
        let text = spelled(document.str_at(index), in_list && encrypts);
        if text.is_empty() {
            return Ok(None);
        }
        let aad = additional_data(keys);
        let sealed = match (self.take(&aad, None, text), encrypts) {
            // One that does not open stands as it is, under any rule.
            (Some(Was::Clear), _) if !encrypts || Ciphertext::looks_like(text) => return Ok(None),
            (Some(Was::Sealed(sealed)), _) => sealed,
            (None, false) => return self.refuse_clear(Reason::CommentWouldBeClear),
            _ if Ciphertext::looks_like(text) => return Err(Reason::LooksSealed),
            _ => self.cipher.encrypt_comment(text, &aad)?,
        };
        let range = document.items()[index].range().clone();
        Ok(Some(Edit::new(range, format!("#{sealed}"))))
    }
}

/// The edits that put a ciphertext where a value stands.
pub(super) fn replace_value(document: &Document, index: usize, sealed: &str) -> Vec<Edit> {
    let item = &document.items()[index];
    let is_quoted = !sealed.starts_with("ENC[");
    let text = match item.is_flow && !is_quoted {
        true => double_quoted(sealed),
        false => sealed.to_owned(),
    };
    document.overwrite(index, text)
}

/// The header of an empty block is replaced: a later change could put a line below it that it would take for its own.
fn without_block(document: &Document, index: usize) -> Vec<Edit> {
    match document.items()[index].style {
        Style::Literal | Style::Folded => document.overwrite(index, "\"\""),
        _ => Vec::new(),
    }
}

/// Numbers keep no leading zeros and times no short forms: what would come back in another spelling is refused.
fn check_spelling(document: &Document, index: usize, scalar: &Scalar) -> Result<(), Reason> {
    match scalar.kind() {
        Kind::Str | Kind::Null | Kind::Bool => Ok(()),
        kind if scalar.expose() != document.str_at(index) => Err(Reason::Noncanonical(kind)),
        _ => Ok(()),
    }
}

/// A comment as it is encrypted. Without text it is not, but in a list sops would take a bare `#` for an empty item: there it gets a blank.
pub(super) fn spelled(text: &str, in_list: bool) -> &str {
    if text.is_empty() && in_list {
        " "
    } else {
        text
    }
}
