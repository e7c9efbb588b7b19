//! What is edited: a whole environment, one value of it, or what stands below a key.

use vault::{
    braid::{Sides, braid},
    merge::{Change, apply},
    secret::{ExposeSecret, SecretString, secret},
    typed::{self, Problem, Typed},
    value::{KeyPath, Kind, Node, Scalar},
    yaml::Document,
};
use zeroize::Zeroizing;

use super::value;
use crate::{
    failure::Failure,
    shell,
    workspace::{Draft, Trouble, key},
};

/// What is edited.
pub(super) enum Target {
    /// Everything, as YAML.
    Whole,
    /// One value: its text is the whole text.
    Value(KeyPath, Kind),
    /// A map or a list, as YAML.
    Part(KeyPath),
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
            Some(_) => match part_of(draft, path)? {
                Some(_) => Ok(Target::Part(path.clone())),
                None => Err(Failure::new(format!(
                    "{path} stands in brackets or has no lines of its own"
                ))
                .hint(format!("vault edit {name} edits everything"))),
            },
            None => {
                let quoted = path.to_string();
                let missing = key::missing(draft.opened.tree(), path, name.as_str());
                Err(Failure::from(missing).hint(format!(
                    "vault set {name} {} makes it",
                    shell::last_argument(&quoted)
                )))
            }
        }
    }

    /// The path, where it is not everything.
    pub(super) fn path(&self) -> Option<&KeyPath> {
        match self {
            Target::Whole => None,
            Target::Value(path, _) | Target::Part(path) => Some(path),
        }
    }

    /// What stands there now, without anything of ours; nothing where there is no such key any more.
    pub(super) fn text(&self, draft: &Draft<'_, '_>) -> Result<Base, Failure> {
        match self {
            Target::Whole if !draft.exists() => Ok(Some(secret(""))),
            Target::Whole => Ok(Some(draft.opened.to_plain().map_err(Trouble::from)?)),
            Target::Part(path) => part_of(draft, path),
            Target::Value(path, _) => Ok(match key::find(draft.opened.tree(), path) {
                Some(Node::Scalar(scalar)) => Some(scalar.text().clone()),
                _ => None,
            }),
        }
    }

    /// The text with what is ours around it.
    pub(super) fn buffer(&self, draft: &Draft<'_, '_>, text: &SecretString) -> Zeroizing<Vec<u8>> {
        let whole = match self {
            Target::Whole | Target::Part(_) => {
                typed::compose(&self.notice(draft), text.expose_secret())
            }
            Target::Value(..) => value::with_line_end(text),
        };
        Zeroizing::new(whole.expose_secret().as_bytes().to_vec())
    }

    /// What the person has typed; else why it is no text.
    pub(super) fn read(&self, base: &Base, buffer: &[u8]) -> Result<Typed, Problem> {
        match self {
            Target::Whole | Target::Part(_) => typed::read(buffer),
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
            (Target::Part(_), Some(theirs))
                if are_maps([base.as_ref(), Some(ours), Some(theirs)]) =>
            {
                whole_merged(base, ours, theirs)
            }
            (_, Some(theirs)) if theirs.expose_secret() == ours.expose_secret() => {
                Ok(Merged::Clean(ours.clone()))
            }
            (Target::Value(path, _) | Target::Part(path), _) => Ok(Merged::Conflict {
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
            Target::Part(path) => put_part(draft, path, text),
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
            Target::Whole | Target::Part(_) => typed::with_problems(buffer, problems),
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

/// The lines below a key as they are in the file.
fn part_of(draft: &Draft<'_, '_>, path: &KeyPath) -> Result<Base, Failure> {
    let plain = draft.opened.to_plain().map_err(Trouble::from)?;
    let document = Document::parse(plain.expose_secret());
    let document = document.map_err(|error| Failure::because(&error))?;
    Ok(typed::part(&document, path))
}

/// Puts a text below a key, and nothing anywhere else.
fn put_part(
    draft: &mut Draft<'_, '_>,
    path: &KeyPath,
    text: &SecretString,
) -> Result<bool, Vec<Problem>> {
    let own = parsed(text)?;
    if own
        .root()
        .is_none_or(|root| !root.is_map() && !root.is_list())
    {
        return Err(vec![
            Problem::new("there is no map and no list in it")
                .with_hint("vault unset takes the key away with everything below it"),
        ]);
    }
    let gone = || {
        vec![Problem::new(format!(
            "{path} is no map and no list of lines any more"
        ))]
    };
    let plain = draft
        .opened
        .to_plain()
        .map_err(|error| vec![Problem::new(error.to_string())])?;
    let before = parsed(&plain)?;
    let whole = typed::with_part(&before, path, text.expose_secret()).ok_or_else(gone)?;
    let whole = parsed(&whole)?;
    // A text that is complete where it was typed cannot reach beyond its lines; if it does, nothing is written.
    match typed::part(&whole, path).is_some() && outside(&whole, path) == outside(&before, path) {
        true => draft.revise(&whole).map_err(|problems| {
            problems
                .into_iter()
                .map(|problem| in_part(&before, path, problem))
                .collect()
        }),
        false => Err(vec![Problem::new("the text does not stay below its key")]),
    }
}

/// The problem with its place in the text that was typed.
fn in_part(before: &Document, path: &KeyPath, problem: Problem) -> Problem {
    let place = problem.place();
    match place.and_then(|place| typed::place_in_part(before, path, place)) {
        Some(place) => problem.at(place),
        None => problem,
    }
}

/// The tree without what stands at a path.
fn outside(document: &Document, path: &KeyPath) -> Option<Node> {
    let mut tree = document.root()?.to_node().ok()?;
    let change = Change {
        path: path.clone(),
        to: Some(Node::Scalar(Scalar::null())),
    };
    apply(&mut tree, &[change]).ok()?;
    Some(tree)
}

fn are_maps<const N: usize>(texts: [Option<&SecretString>; N]) -> bool {
    texts.into_iter().flatten().all(|text| {
        let document = Document::parse(text.expose_secret());
        document.is_ok_and(|document| document.root().is_none_or(|root| root.is_map()))
    })
}

impl Target {
    /// What the text is, and who can read what is written.
    fn notice(&self, draft: &Draft<'_, '_>) -> Vec<String> {
        let name = draft.opened.environment();
        let what = match self.path() {
            Some(path) => format!("{name}, what stands below {path}"),
            None => name.to_string(),
        };
        let mut lines = vec![format!("{what}: read by {}", draft.readers())];
        let news = draft.news();
        if !news.is_empty() {
            lines.push("since it was last used here:".to_owned());
            lines.extend(news.iter().map(|line| format!("    {line}")));
        }
        lines
    }
}
