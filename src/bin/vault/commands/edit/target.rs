//! What is edited: a whole environment, or one value of it.

use vault::{
    secret::{ExposeSecret, SecretString, secret},
    typed::{self, Problem, Typed},
    value::{KeyPath, Kind, Node, Scalar},
    yaml::Document,
};
use zeroize::Zeroizing;

use super::buffer;
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

    /// The path, where it is not everything.
    pub(super) fn path(&self) -> Option<&KeyPath> {
        match self {
            Target::Whole => None,
            Target::Value(path, _) => Some(path),
        }
    }

    /// What stands there now, without anything of ours.
    pub(super) fn text(&self, draft: &Draft<'_, '_>) -> Result<SecretString, Failure> {
        match self {
            Target::Whole if !draft.exists() => Ok(secret("")),
            Target::Whole => Ok(draft.opened.to_plain().map_err(Trouble::from)?),
            Target::Value(path, _) => match key::find(draft.opened.tree(), path) {
                Some(Node::Scalar(scalar)) => Ok(secret(scalar.expose())),
                _ => unreachable!("it was looked at"),
            },
        }
    }

    /// What stands in the editor at first.
    pub(super) fn buffer(&self, draft: &Draft<'_, '_>, base: &SecretString) -> SecretString {
        match self {
            Target::Whole => typed::compose(&notice(draft), base.expose_secret()),
            Target::Value(..) => buffer::with_line_end(base),
        }
    }

    /// What the person has typed; else why it is no text.
    pub(super) fn read(&self, base: &SecretString, buffer: &[u8]) -> Result<Typed, Problem> {
        match self {
            Target::Whole => typed::read(buffer),
            Target::Value(..) => Ok(Typed {
                text: secret(buffer::without_line_end(base, buffer::text(buffer)?)),
                had_crlf: false,
                had_bom: false,
            }),
        }
    }

    /// Puts what was typed into the draft; returns whether that changed anything, or every problem with it.
    pub(super) fn put(
        &self,
        draft: &mut Draft<'_, '_>,
        text: &SecretString,
    ) -> Result<bool, Vec<Problem>> {
        match self {
            Target::Whole => {
                let document = Document::parse(text.expose_secret());
                draft.revise(&document.map_err(|error| vec![Problem::from(&error)])?)
            }
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

/// What the text is, and who can read what is written.
fn notice(draft: &Draft<'_, '_>) -> Vec<String> {
    vec![format!(
        "{}: read by {}",
        draft.opened.environment(),
        draft.readers()
    )]
}
