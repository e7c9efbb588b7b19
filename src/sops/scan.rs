//! One pass over the data of a file: every value and comment with the additional data that binds it to its place.

use std::ops::RangeInclusive;

use super::{
    File,
    error::{Reason, SopsError},
    metadata::Metadata,
    owner::Owners,
};
use crate::{
    cipher::{CipherError, Ciphertext, Tag, additional_data},
    value::{Form, Scalar},
    yaml::{Document, Outline, Part, Problem, Style},
};

/// What the pass meets, in the order of the text.
pub(super) enum Step<'s> {
    /// A map begins at an item.
    Map(usize),
    /// A list begins.
    List,
    /// A map or list ends.
    End,
    /// A key of the map that began last.
    Key(&'s str),
    /// An encrypted value.
    Sealed {
        index: usize,
        ciphertext: Ciphertext<'s>,
        aad: &'s str,
    },
    /// A value in clear: blank, or left so by the rule (`by_rule`).
    Clear {
        scalar: Scalar,
        aad: &'s str,
        by_rule: bool,
    },
    /// A comment.
    Comment(Remark<'s>),
}

/// A comment where the pass meets it.
#[derive(Clone, Copy)]
pub(super) struct Remark<'s> {
    pub(super) index: usize,
    pub(super) ciphertext: Option<Ciphertext<'s>>,
    pub(super) aad: &'s str,
    /// What the rule wants.
    pub(super) encrypts: bool,
    /// Whether a list owns it: sops would take one without text for an empty item.
    pub(super) in_list: bool,
}

struct Level {
    aad_length: usize,
    encrypts: bool,
}

/// Goes through the data; the metadata is left out.
pub(super) fn scan(
    document: &Document,
    metadata: &Metadata,
    form: Form,
    visit: &mut Visit<'_>,
) -> Result<(), SopsError> {
    pass(
        document,
        metadata,
        form,
        |text, form| Ciphertext::parse(text, form),
        visit,
    )
}

/// What is done at each step; an error ends the pass.
pub(super) type Visit<'v> = dyn FnMut(Step<'_>) -> Result<(), SopsError> + 'v;

/// [`Ciphertext::parse`], or what takes its place.
type Parse = for<'s> fn(&'s str, Form) -> Result<Ciphertext<'s>, CipherError>;

impl File {
    /// Goes through the data once more: what a pass has looked at when the file was made is not looked at again.
    pub(super) fn scan(&self, visit: &mut Visit<'_>) -> Result<(), SopsError> {
        let parse: Parse = |text, form| Ciphertext::parse_again(text, form);
        pass(&self.document, &self.metadata, self.form, parse, visit)
    }
}

fn pass(
    document: &Document,
    metadata: &Metadata,
    form: Form,
    parse: Parse,
    visit: &mut Visit<'_>,
) -> Result<(), SopsError> {
    let mut scan = Scan {
        document,
        metadata,
        sops: metadata_range(document, metadata),
        form,
        parse,
        outline: None,
        levels: Vec::new(),
        key: None,
        aad: String::new(),
    };
    for index in 0..document.items().len() {
        if !scan.sops.contains(&index) {
            scan.item(index, visit)?;
        }
    }
    Ok(())
}

/// The items of the key `sops` and of what it holds.
pub(super) fn metadata_range(document: &Document, metadata: &Metadata) -> RangeInclusive<usize> {
    let start = metadata.key_index();
    let items = document.items();
    let value = (start + 1..items.len()).find(|at| items[*at].part != Part::Comment);
    start..=value.map_or(start, |value| document.node_at(value).last_index())
}

struct Scan<'d> {
    document: &'d Document,
    metadata: &'d Metadata,
    sops: RangeInclusive<usize>,
    form: Form,
    parse: Parse,
    outline: Option<(Outline<'d>, Owners)>,
    levels: Vec<Level>,
    key: Option<&'d str>,
    aad: String,
}

impl<'d> Scan<'d> {
    fn item(&mut self, index: usize, visit: &mut Visit<'_>) -> Result<(), SopsError> {
        let item = &self.document.items()[index];
        match item.part {
            Part::MapStart | Part::ListStart => {
                let (aad_length, encrypts) = self.enter();
                self.levels.push(Level {
                    aad_length,
                    encrypts,
                });
                visit(if item.part == Part::MapStart {
                    Step::Map(index)
                } else {
                    Step::List
                })
            }
            Part::MapEnd | Part::ListEnd => {
                self.levels.pop();
                visit(Step::End)
            }
            Part::Key => {
                let key = self.document.str_at(index);
                self.check_key(index, key)?;
                self.key = Some(key);
                visit(Step::Key(key))
            }
            Part::Value => self.value(index, visit),
            Part::Comment => self.comment(index, visit),
        }
    }

    /// Makes `aad` that of the node that comes now; returns its length and what the rule says.
    fn enter(&mut self) -> (usize, bool) {
        let rule = &self.metadata.rule;
        let Some(around) = self.levels.last() else {
            self.aad.clear();
            return (0, rule.at_root());
        };
        self.aad.truncate(around.aad_length);
        match self.key.take() {
            Some(key) => {
                self.aad.push_str(key);
                self.aad.push(':');
                (self.aad.len(), rule.under(around.encrypts, key))
            }
            None => (around.aad_length, around.encrypts),
        }
    }

    fn check_key(&self, index: usize, key: &'d str) -> Result<(), SopsError> {
        let reason = match self.document.items()[index].style {
            _ if self.form == Form::Lenient => return Ok(()),
            _ if key.is_empty() => Reason::EmptyKey,
            Style::Literal | Style::Folded => Reason::BlockKey,
            _ => return Ok(()),
        };
        Err(SopsError::item(self.document, index, reason))
    }

    fn value(&mut self, index: usize, visit: &mut Visit<'_>) -> Result<(), SopsError> {
        let wrong = |reason: Reason| SopsError::item(self.document, index, reason);
        let document = self.document;
        let (_, encrypts) = self.enter();
        let aad = if self.aad.is_empty() {
            ":"
        } else {
            self.aad.as_str()
        };
        let text = document.str_at(index);
        if Ciphertext::looks_like(text) {
            let ciphertext = (self.parse)(text, self.form).map_err(|error| wrong(error.into()))?;
            if ciphertext.tag() == Tag::Comment && encrypts {
                return self.comment_item(index, ciphertext, visit);
            }
            if encrypts {
                return visit(Step::Sealed {
                    index,
                    ciphertext,
                    aad,
                });
            }
            if self.form == Form::Canonical {
                return Err(wrong(Reason::SealedInClear));
            }
        }
        let scalar = document
            .scalar_at(index)
            .map_err(|error| match error.problem {
                Problem::IntTooLarge => wrong(Reason::IntTooLarge),
                _ => wrong(Reason::Expected("a value")),
            })?;
        if encrypts && !scalar.is_blank() {
            return Err(wrong(Reason::Clear));
        }
        visit(Step::Clear {
            scalar,
            aad,
            by_rule: !encrypts,
        })
    }

    /// sops writes a comment in a list as an item; vault never does, and nobody puts one in the place of a value.
    fn comment_item(
        &self,
        index: usize,
        ciphertext: Ciphertext<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<(), SopsError> {
        let holder_is_list = self.key.is_none()
            && self.document.items()[..index]
                .iter()
                .rev()
                .find(|item| item.part != Part::Comment)
                .is_some_and(|item| item.part != Part::Key);
        let refused = match (holder_is_list, self.form) {
            (false, _) => Some(Reason::Cipher(CipherError::CommentAsValue)),
            (true, Form::Canonical) => Some(Reason::CommentItem),
            (true, Form::Lenient) => None,
        };
        if let Some(reason) = refused {
            return Err(SopsError::item(self.document, index, reason));
        }
        let aad = if self.aad.is_empty() {
            ":"
        } else {
            self.aad.as_str()
        };
        visit(Step::Comment(Remark {
            index,
            ciphertext: Some(ciphertext),
            aad,
            encrypts: true,
            in_list: true,
        }))
    }

    fn comment(&mut self, index: usize, visit: &mut Visit<'_>) -> Result<(), SopsError> {
        let text = self.document.str_at(index);
        let (outline, owners) = self.outline.get_or_insert_with(|| {
            let outline = Outline::new(self.document);
            let owners = Owners::new(&outline);
            (outline, owners)
        });
        let owner = owners.of(index);
        // A comment behind the metadata may still stand in it.
        if owner.is_some_and(|owner| self.sops.contains(&owner)) {
            return Ok(());
        }
        let keys = owner
            .map(|owner| outline.keys_to(owner))
            .unwrap_or_default();
        let encrypts = self.metadata.rule.encrypts(keys.iter().copied());
        let ciphertext = match Ciphertext::looks_like(text) {
            // One that does not parse is no ciphertext to sops, so this is asked each time.
            true => Ciphertext::parse(text.trim_end(), self.form)
                .map(Some)
                .or_else(|error| match self.form {
                    Form::Canonical => Err(SopsError::item(self.document, index, error)),
                    Form::Lenient => Ok(None),
                })?,
            false => None,
        };
        if self.form == Form::Canonical
            && encrypts
            && ciphertext.is_none()
            && !is_empty_comment(text)
        {
            return Err(SopsError::item(self.document, index, Reason::ClearComment));
        }
        let is_list = |owner: usize| self.document.items()[owner].part == Part::ListStart;
        visit(Step::Comment(Remark {
            index,
            ciphertext,
            aad: &additional_data(keys),
            encrypts,
            in_list: owner.is_some_and(is_list),
        }))
    }
}

/// A comment without text stays as it is: there is nothing to encrypt.
pub(super) fn is_empty_comment(text: &str) -> bool {
    text.is_empty()
}
