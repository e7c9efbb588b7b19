//! Files that are to be committed, whatever they are: known values and private keys in them, and in their names.

use std::{
    collections::{BTreeMap, HashSet},
    os::unix::ffi::OsStrExt as _,
    path::Path,
};

use vault::{
    keys::{PUBLIC_TEST_MARK, PrivateKey, is_public_test},
    leak::{Catch, Place, Search},
};

use super::{
    report::{Report, Spot, UNSTAGE, shown},
    values::Known,
};
use crate::{
    failure::Failure,
    repo::{BlobId, NextCommit, Reading, StagedPath, Standing},
    workspace::Trouble,
};

/// How a file begins that stands for one which Git LFS keeps elsewhere (git-lfs, spec.md).
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// Keys that are named of those that have a value.
const NAMED: usize = 3;

/// Looks through the content of everything that is new.
///
/// # Errors
/// Objects that are missing or damaged.
pub(super) fn search(
    staged: &NextCommit<'_>,
    changes: &[StagedPath],
    search: &Search,
    known: &Known,
    report: &mut Report,
) -> Result<(), Failure> {
    let gone = changes.iter().filter(|change| change.now.is_none());
    let moved: HashSet<BlobId> = gone.filter_map(|change| change.before).collect();
    for change in changes {
        if let Some(id) = change.now.and_then(Standing::blob) {
            let file = File { staged, change, id };
            file.check(search, known, !moved.contains(&id), report)?;
        }
    }
    Ok(())
}

/// Whether anything could be published: not where files are only taken away.
pub(super) fn is_any(changes: &[StagedPath]) -> bool {
    let mut standings = changes.iter().filter_map(|change| change.now);
    standings.any(|standing| standing.blob().is_some())
}

/// Refuses paths that were not there before and hold a known value; returns the other changes.
pub(super) fn refuse_names(
    changes: &[StagedPath],
    search: &Search,
    known: &Known,
    report: &mut Report,
) -> Vec<StagedPath> {
    let mut others = Vec::new();
    for change in changes {
        let is_new = change.before.is_none();
        let names = match is_new {
            true => names_in(&change.path, search, known),
            false => Vec::new(),
        };
        match names.is_empty() {
            true => others.push(change.clone()),
            false => report.find(Spot::default(), called(&change.path, search, &names)),
        }
    }
    others
}

/// The keys whose values stand in a path.
fn names_in(path: &Path, search: &Search, known: &Known) -> Vec<String> {
    let found = search.all(path.as_os_str().as_bytes()).into_keys();
    let names = found.filter_map(|catch| match catch {
        Catch::Value(at) => Some(known.names(at).to_vec()),
        Catch::Key(_) => None,
    });
    names.flatten().collect()
}

/// Says so, and not the path: the nearest folder that does not have them.
fn called(path: &Path, search: &Search, names: &[String]) -> Trouble {
    let is_harmless = |folder: &&Path| search.all(folder.as_os_str().as_bytes()).is_empty();
    let folder = path.ancestors().find(is_harmless);
    let folder = match folder {
        Some(folder) if !folder.as_os_str().is_empty() => shown(folder),
        _ => ".".to_owned(),
    };
    let text = format!(
        "{folder}: a name in it holds the value of {}",
        listed(names)
    );
    Trouble::failed(text).hint(UNSTAGE)
}

struct File<'f> {
    staged: &'f NextCommit<'f>,
    change: &'f StagedPath,
    id: BlobId,
}

impl File<'_> {
    fn check(
        &self,
        search: &Search,
        known: &Known,
        is_new: bool,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let path = shown(&self.change.path);
        let mut progress = search.begin();
        let mut is_kept_elsewhere = None;
        let reading = self.staged.read(self.id, |piece| {
            is_kept_elsewhere.get_or_insert(piece.starts_with(LFS));
            progress.push(piece);
        })?;
        if reading == Reading::TooLarge {
            report.leave_out("too large to be searched", &path);
        }
        if is_kept_elsewhere == Some(true) {
            report.leave_out("kept by Git LFS, and not searched", &path);
        }
        let found = progress.finish();
        if found.is_empty() {
            return Ok(());
        }
        let before = match (is_new, self.change.before) {
            (true, Some(id)) => search.all(&self.staged.bytes(id)?),
            _ => BTreeMap::new(),
        };
        for (catch, place) in found {
            match catch {
                Catch::Value(at) if is_new && !before.contains_key(&catch) => {
                    let spot = Spot::of(&self.change.path).at(place);
                    report.find(spot, self.value(known.names(at), place));
                }
                Catch::Value(_) => {}
                Catch::Key(key) if !is_public_test(&self.staged.bytes(self.id)?) => {
                    let spot = Spot::of(&self.change.path).at(place);
                    report.find(spot, self.key(key, place));
                }
                Catch::Key(_) => {}
            }
        }
        Ok(())
    }

    fn at(&self, place: Place) -> String {
        let Place { line, column } = place;
        format!("{}:{line}:{column}", shown(&self.change.path))
    }

    fn value(&self, names: &[String], place: Place) -> Trouble {
        let text = format!("{}: holds the value of {}", self.at(place), listed(names));
        Trouble::failed(text).hint(UNSTAGE)
    }

    fn key(&self, key: PrivateKey, place: Place) -> Trouble {
        let kind = match key {
            PrivateKey::Age => "an age identity",
            PrivateKey::OpenSsh => "an OpenSSH private key",
        };
        let text = format!("{}: holds {kind}, which opens secrets", self.at(place));
        Trouble::failed(text).hint(UNSTAGE).hint(format!(
            "a key that is published on purpose, for tests, has this line in its file: {PUBLIC_TEST_MARK}"
        ))
    }
}

fn listed(names: &[String]) -> String {
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}
