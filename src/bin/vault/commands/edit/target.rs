//! What is edited: a whole environment, or one value of it.

use vault::{
    braid::{Sides, braid},
    secret::{ExposeSecret, SecretString, secret},
    typed::{self, Problem, Typed},
    value::{KeyPath, Kind, Node, Scalar},
    yaml::Document,
};
use zeroize::Zeroizing;

use super::value;
use crate::{
    failure::Failure,
    workspace::{Draft, Trouble, key},
};

/// What is edited.
pub(super) enum Target {
    /// Everything, as YAML.
    Whole,
    /// One value: its text is the whole text.
    Value(KeyPath, Kind),
}

impl Target {
    /// What a person names.
    pub(super) fn of_key(draft: &Draft<'_, '_>, key: Option<&str>) -> Result<Self, Failure> {
        match key {
            None => Ok(Target::Whole),
            Some(key) => {
                let path = key::meant(draft.opened.tree(), key)?;
                Target::of_path(draft, Some(&path))
            }
        }
    }

    /// What stands at a path; everything, if there is none.
    pub(super) fn of_path(draft: &Draft<'_, '_>, path: Option<&KeyPath>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Target::Whole);
        };
        let name = draft.opened.environment();
        match key::find(draft.opened.tree(), path) {
            Some(Node::Scalar(scalar)) => Ok(Target::Value(path.clone(), scalar.kind())),
            Some(_) => Err(
                Failure::new(format!("{path} holds other keys, it is no value")).hint(format!(
                    "vault edit {name} edits all of them; --key takes one value"
                )),
            ),
            None => {
                let quoted = path.to_string();
                let missing = key::missing(draft.opened.tree(), path, name.as_str());
                Err(Failure::from(missing).hint(format!(
                    "vault set {name} {} makes it",
                    shell_words::quote(&quoted)
                )))
            }
        }
    }

    /// What was edited before; the key may be gone since.
    pub(super) fn again(path: Option<&KeyPath>) -> Self {
        match path {
            None => Target::Whole,
            Some(path) => Target::Value(path.clone(), Kind::Str),
        }
    }

    /// The path, where it is not everything.
    pub(super) fn path(&self) -> Option<&KeyPath> {
        match self {
            Target::Whole => None,
            Target::Value(path, _) => Some(path),
        }
    }

    /// What stands there now, without anything of ours; nothing where there is no such key any more.
    pub(super) fn text(&self, draft: &Draft<'_, '_>) -> Result<Base, Failure> {
        match self {
            Target::Whole if !draft.exists() => Ok(Some(secret(""))),
            Target::Whole => Ok(Some(draft.opened.to_plain().map_err(Trouble::from)?)),
            Target::Value(path, _) => Ok(match key::find(draft.opened.tree(), path) {
                Some(Node::Scalar(scalar)) => Some(scalar.text().clone()),
                _ => None,
            }),
        }
    }

    /// The text with what is ours around it.
    pub(super) fn buffer(&self, draft: &Draft<'_, '_>, text: &SecretString) -> Zeroizing<Vec<u8>> {
        let whole = match self {
            Target::Whole => typed::compose(&notice(draft), text.expose_secret()),
            Target::Value(..) => value::with_line_end(text),
        };
        Zeroizing::new(whole.expose_secret().as_bytes().to_vec())
    }

    /// What the person has typed; else why it is no text.
    pub(super) fn read(&self, base: &Base, buffer: &[u8]) -> Result<Typed, Problem> {
        match self {
            Target::Whole => typed::read(buffer),
            Target::Value(..) => {
                let text = value::without_line_end(base.as_ref(), value::text(buffer)?);
                Ok(Typed {
                    text: secret(text),
                    had_crlf: false,
                    had_bom: false,
                })
            }
        }
    }

    /// Brings together what was typed and what others wrote meanwhile.
    pub(super) fn merged(
        &self,
        base: &Base,
        ours: &SecretString,
        theirs: &Base,
    ) -> Result<Merged, Vec<Problem>> {
        let expose = |text: &Base| {
            text.as_ref()
                .map(|text| text.expose_secret().to_owned())
                .map(Zeroizing::new)
        };
        if expose(base) == expose(theirs) {
            return Ok(Merged::Clean(ours.clone()));
        }
        match (self, theirs) {
            (Target::Whole, Some(theirs)) => whole_merged(base, ours, theirs),
            (_, Some(theirs)) if theirs.expose_secret() == ours.expose_secret() => {
                Ok(Merged::Clean(ours.clone()))
            }
            (Target::Value(path, _), _) => Ok(Merged::Conflict {
                text: value::both(ours, theirs.as_ref()),
                conflicts: vec![path.to_string()],
            }),
            (Target::Whole, None) => unreachable!("a whole file is a text"),
        }
    }

    /// Puts what was typed into the draft; returns whether that changed anything, or every problem with it.
    pub(super) fn put(
        &self,
        draft: &mut Draft<'_, '_>,
        text: &SecretString,
    ) -> Result<bool, Vec<Problem>> {
        match self {
            Target::Whole => draft.revise(&parsed(text)?),
            Target::Value(path, kind) => {
                let kind = match Scalar::is_canonical(*kind, text.expose_secret()) {
                    true => *kind,
                    false => Kind::Str,
                };
                let node = Node::Scalar(Scalar::new(kind, text.clone()));
                let set = draft.opened.set(path, &node);
                set.map_err(|error| vec![Problem::new(Trouble::from(error).text)])
            }
        }
    }

    /// The text with its problems on top, where there is a place for them: a value is nothing but itself.
    pub(super) fn with_problems(&self, buffer: &[u8], problems: &[Problem]) -> Zeroizing<Vec<u8>> {
        match self {
            Target::Whole => typed::with_problems(buffer, problems),
            Target::Value(..) => Zeroizing::new(buffer.to_vec()),
        }
    }
}

/// A text that an edit begins with; nothing where there is no such key.
pub(super) type Base = Option<SecretString>;

/// What came of two edits.
pub(super) enum Merged {
    /// Both are in it.
    Clean(SecretString),
    /// Both values of these keys are in it, for a person to decide.
    Conflict {
        text: SecretString,
        conflicts: Vec<String>,
    },
}

fn whole_merged(
    base: &Base,
    ours: &SecretString,
    theirs: &SecretString,
) -> Result<Merged, Vec<Problem>> {
    let (ours, theirs) = (parsed(ours)?, parsed(theirs)?);
    let base = parsed(base.as_ref().unwrap_or(&secret("")))?;
    let sides = Sides {
        base: &base,
        ours: &ours,
        theirs: &theirs,
    };
    let braided = braid(sides).map_err(|error| vec![Problem::from(&error)])?;
    if braided.conflicts.is_empty() {
        return Ok(Merged::Clean(braided.text));
    }
    let text = parsed(&braided.text)?;
    Ok(Merged::Conflict {
        text: typed::with_theirs(&text, &braided.conflicts, &theirs),
        conflicts: braided.conflicts.iter().map(ToString::to_string).collect(),
    })
}

fn parsed(text: &SecretString) -> Result<Document, Vec<Problem>> {
    Document::parse(text.expose_secret()).map_err(|error| vec![Problem::from(&error)])
}

/// What the text is, and who can read what is written.
fn notice(draft: &Draft<'_, '_>) -> Vec<String> {
    vec![format!(
        "{}: read by {}",
        draft.opened.environment(),
        draft.readers()
    )]
}
