//! The attributes that ask git for vault: where they stand, what of them is ours, and what speaks against them.

use std::{fs, path::Path};

use vault::vault::{Change, Content, Gone, ReadError, Replacement, SaveError, Saved, Store, read};

use crate::{
    commands::git_files::{Attributes, GitFile, attributes_of},
    failure::Failure,
    repo::Repo,
    workspace::{ATTRIBUTES, NotSaved, Workspace, changed, with_attributes},
};

/// Where attributes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In `.gitattributes` beside the config.
    Committed,
    /// In `info/attributes` of the repository.
    Private,
}

impl Place {
    /// That lines were put there.
    pub(super) fn told(self) -> &'static str {
        match self {
            Place::Committed => ".gitattributes asks for it; commit it, and every clone does",
            Place::Private => "info/attributes of this clone asks for it",
        }
    }

    /// That lines were taken from there.
    pub(super) fn untold(self) -> &'static str {
        match self {
            Place::Committed => ".gitattributes is without the lines that install put",
            Place::Private => "info/attributes of this clone is without the lines that install put",
        }
    }

    /// Where git's config remembers the lines that were put: what stood there before, and what stands there now.
    fn key(self) -> &'static str {
        match self {
            Place::Committed => "vault.attributes.put",
            Place::Private => "vault.private-attributes.put",
        }
    }

    /// Makes another text of what is there, or of nothing; returns both where they differ.
    fn change(
        self,
        workspace: &Workspace<'_>,
        repo: &Repo,
        change: impl Fn(&str) -> String,
    ) -> Result<Option<(String, String)>, Failure> {
        let mut texts = None;
        let note = |before: &str, texts: &mut Option<(String, String)>| {
            let after = change(before);
            *texts = (after != before).then(|| (before.to_owned(), after.clone()));
            after
        };
        match self {
            Place::Committed => {
                let store = workspace.store()?;
                workspace.retried(|| {
                    let change = changed(workspace.root(), ATTRIBUTES, |before| {
                        note(before, &mut texts)
                    })?;
                    match texts {
                        Some(_) => save(&store, change).map_err(NotSaved::Store),
                        None => Ok(Saved::default()),
                    }
                })?;
            }
            Place::Private => {
                let path = repo.private_attributes();
                let after = note(&text_of(&path)?, &mut texts);
                if texts.is_some() {
                    write(&path, &after)?;
                }
            }
        }
        Ok(texts)
    }
}

/// Writes a file of the vault; one without a line goes.
fn save(store: &Store, change: Change) -> Result<Saved, SaveError> {
    match (change.bytes.is_empty(), change.expected) {
        (true, Some(expected)) => {
            let path = change.path;
            store.save_and_remove(&[], &[Gone { path, expected }])
        }
        _ => store.save(&change),
    }
}

fn text_of(path: &Path) -> Result<String, Failure> {
    match read(path) {
        Ok(found) => {
            let text = found.text().map_err(|error| Failure::because(&error))?;
            Ok(text.to_owned())
        }
        Err(ReadError::Missing { .. }) => Ok(String::new()),
        Err(error) => Err(Failure::because(&error)),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| {
            Failure::because(&error).within(format!("cannot make {}", folder.display()))
        })?;
    }
    Replacement::prepare(path, text.as_bytes(), Content::Public)
        .and_then(Replacement::commit)
        .map(drop)
        .map_err(|error| Failure::because(&error))
}

/// Makes attributes ask for vault; returns whether they did not.
pub(super) fn ask(workspace: &Workspace<'_>, repo: &Repo, place: Place) -> Result<bool, Failure> {
    let mut wanted = attributes_of(&GitFile::all(workspace)?);
    if place == Place::Private {
        let from_top = |attributes: Attributes| attributes.seen_from(repo.folder());
        wanted = wanted.into_iter().map(from_top).collect();
    }
    let change = |before: &str| with_attributes(before, &wanted);
    let Some((before, after)) = place.change(workspace, repo, change)? else {
        return Ok(false);
    };
    let mut old = before.lines();
    let put = after.lines().flat_map(|new| {
        let old = old.next().unwrap_or_default();
        (old != new).then_some([old, new])
    });
    let put: Vec<String> = put.flatten().map(str::to_owned).collect();
    repo.driver_config()?.keep(place.key(), &put)?;
    Ok(true)
}

/// Takes back the lines that [`ask`] put; returns whether there were any.
pub(super) fn take_back(
    workspace: &Workspace<'_>,
    repo: &Repo,
    place: Place,
) -> Result<bool, Failure> {
    let mut config = repo.driver_config()?;
    let put = config.kept(place.key());
    if put.is_empty() {
        return Ok(false);
    }
    let without = |text: &str| {
        let pairs = put.chunks_exact(2);
        pairs.fold(text.to_owned(), |text, pair| {
            without_line(&text, &pair[0], &pair[1])
        })
    };
    let is_news = place.change(workspace, repo, without)?.is_some();
    config.remove(place.key())?;
    Ok(is_news)
}

/// A text in which a line is what it was before, or is gone if it was not there.
fn without_line(text: &str, old: &str, new: &str) -> String {
    let mut is_done = false;
    let line = |line: &str| {
        let content = line.trim_end_matches(['\n', '\r']);
        if is_done || content != new {
            return line.to_owned();
        }
        is_done = true;
        match old {
            "" => String::new(),
            old => format!("{old}{}", &line[content.len()..]),
        }
    };
    text.split_inclusive('\n').map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_put_goes_and_one_that_was_completed_is_as_before() {
        for (text, old, new, after) in [
            ("a\nb\n", "", "b", "a\n"),
            ("a x\r\nb\r\n", "a", "a x", "a\r\nb\r\n"),
            ("a y\n", "a", "a x", "a y\n"),
            ("b", "", "b", ""),
        ] {
            assert_eq!(without_line(text, old, new), after, "{text:?}");
        }
    }
}
