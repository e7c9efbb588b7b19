//! A plain document encrypted where it stands, and an encrypted one as plain text: every byte that is no value or comment stays.

use zeroize::Zeroizing;

use super::{
    METADATA_KEY, OpenFile, Rule,
    error::{Reason, SopsError},
    list_comment::comment_edits,
    open::read_comment,
    owner::Owners,
    scan::{Step, metadata_range, scan},
};
use crate::{
    cipher::{Cipher, Ciphertext, additional_data},
    secret::{ExposeSecret, SecretString},
    value::{Form, Kind, Scalar},
    yaml::{
        Document, Outline, Part, Style,
        edit::{Edit, apply},
        write::double_quoted,
    },
};

/// The text of `plain` with every value and comment encrypted, and `header` inserted at `end`.
///
/// A comment's place decides its additional data, and what stands around it can decide its place: comments are encrypted last, in the text
/// that sops will read.
pub(super) fn encrypted(
    plain: &Document,
    rule: &Rule,
    cipher: &Cipher,
    end: usize,
    header: &str,
) -> Result<String, SopsError> {
    let mut edits = vec![Edit::new(end..end, header)];
    let outline = Outline::new(plain);
    for (index, item) in plain.items().iter().enumerate() {
        if item.part == Part::Value {
            edits.extend(sealed_value(plain, &outline, index, rule, cipher)?);
        } else if item.part == Part::Comment {
            refuse_sealed(plain, index)?;
        }
    }
    let text = changed(plain, edits)?;
    let document = Document::parse(&text).map_err(|_| SopsError::file(Reason::SelfCheck))?;
    let edits = sealed_comments(&document, rule, cipher)?;
    Ok(changed(&document, edits)?.to_string())
}

fn changed(document: &Document, edits: Vec<Edit>) -> Result<Zeroizing<String>, SopsError> {
    apply(document.text(), edits).map_err(|_| SopsError::file(Reason::SelfCheck))
}

fn sealed_value(
    document: &Document,
    outline: &Outline<'_>,
    index: usize,
    rule: &Rule,
    cipher: &Cipher,
) -> Result<Vec<Edit>, SopsError> {
    let item = &document.items()[index];
    let refuse = |reason: Reason| SopsError::item(document, index, reason);
    let scalar = document
        .scalar_at(index)
        .map_err(|_| refuse(Reason::IntTooLarge))?;
    let keys = outline.keys_to(index);
    check_spelling(document, index, &scalar).map_err(refuse)?;
    if !rule.encrypts(keys.iter().copied()) {
        return Ok(Vec::new());
    }
    if scalar.is_blank() {
        return Ok(without_block(document, index));
    }
    let sealed = cipher
        .encrypt(&scalar, &additional_data(keys))
        .map_err(|error| refuse(error.into()))?;
    let mut edits = vec![Edit::new(
        item.range(),
        if item.is_flow {
            double_quoted(&sealed)
        } else {
            sealed
        },
    )];
    if !item.body().is_empty() {
        edits.push(Edit::new(item.body(), ""));
    }
    Ok(edits)
}

/// The header of an empty block is replaced: a later change could put a line below it that it would take for its own.
fn without_block(document: &Document, index: usize) -> Vec<Edit> {
    let item = &document.items()[index];
    match item.style {
        Style::Literal | Style::Folded => {
            vec![Edit::new(item.range(), "\"\""), Edit::new(item.body(), "")]
        }
        _ => Vec::new(),
    }
}

/// Numbers keep no leading zeros and times no short forms: what would come back in another spelling is refused.
fn check_spelling(document: &Document, index: usize, scalar: &Scalar) -> Result<(), Reason> {
    let text = document.str_at(index);
    match scalar.kind() {
        Kind::Str if Ciphertext::looks_like(text) => Err(Reason::LooksSealed),
        Kind::Str | Kind::Null | Kind::Bool => Ok(()),
        kind if scalar.expose() != text => Err(Reason::Noncanonical(kind)),
        _ => Ok(()),
    }
}

fn refuse_sealed(document: &Document, index: usize) -> Result<(), SopsError> {
    match Ciphertext::looks_like(document.str_at(index)) {
        true => Err(SopsError::item(document, index, Reason::LooksSealed)),
        false => Ok(()),
    }
}

/// The comments of a document whose values are encrypted already; those in the metadata stay.
fn sealed_comments(
    document: &Document,
    rule: &Rule,
    cipher: &Cipher,
) -> Result<Vec<Edit>, SopsError> {
    let outline = Outline::new(document);
    let owners = Owners::new(&outline);
    owners.check(document)?;
    let sops = document
        .root()
        .and_then(|root| root.entry(METADATA_KEY))
        .map(|entry| entry.key_index..entry.node.last_index() + 1)
        .ok_or_else(|| SopsError::file(Reason::SelfCheck))?;
    let mut edits = Vec::new();
    for (index, item) in document.items().iter().enumerate() {
        if item.part == Part::Comment && !sops.contains(&index) {
            let owner = owners.of(index);
            let keys = owner
                .map(|owner| outline.keys_to(owner))
                .unwrap_or_default();
            if rule.encrypts(keys.iter().copied()) {
                let in_list =
                    owner.is_some_and(|owner| document.items()[owner].part == Part::ListStart);
                edits.extend(sealed_comment(
                    document,
                    index,
                    in_list,
                    &additional_data(keys),
                    cipher,
                )?);
            }
        }
    }
    Ok(edits)
}

fn sealed_comment(
    document: &Document,
    index: usize,
    in_list: bool,
    aad: &str,
    cipher: &Cipher,
) -> Result<Option<Edit>, SopsError> {
    let text = spelled(document.str_at(index), in_list);
    if text.is_empty() {
        return Ok(None);
    }
    let sealed = cipher
        .encrypt_comment(text, aad)
        .map_err(|error| SopsError::item(document, index, error))?;
    Ok(Some(Edit::new(
        document.items()[index].range(),
        format!("#{sealed}"),
    )))
}

/// A comment as it is encrypted. Without text it is not, but in a list sops would take a bare `#` for an empty item: there it gets a blank.
pub(super) fn spelled(text: &str, in_list: bool) -> &str {
    if text.is_empty() && in_list {
        " "
    } else {
        text
    }
}

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
