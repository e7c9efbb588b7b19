//! Files that are to be committed, whatever they are: by their names, and by what stands in them.

use std::{
    collections::{BTreeMap, HashSet},
    ffi::OsStr,
    path::{Component, Path},
};

use vault::{
    keys::{PUBLIC_TEST_MARK, is_public_test},
    leak::{Catch, Place, PrivateKey, Search},
};

use super::{
    report::{Report, UNSTAGE, shown},
    values::Known,
    vaults::Vault,
};
use crate::{
    failure::Failure,
    repo::{BlobId, NextCommit, Reading, StagedPath, Standing},
    workspace::Trouble,
};

/// How the names of files end that show what others would hold.
const EXAMPLES: [&str; 4] = [".example", ".sample", ".template", ".dist"];
/// How a file begins that stands for one which Git LFS keeps elsewhere (git-lfs, spec.md).
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// Keys that are named of those that have a value.
const NAMED: usize = 3;

/// Refuses files that are called as outputs of vault usually are, and so ignored by the `.gitignore` that `init` writes.
pub(super) fn check_names(vaults: &[Vault<'_>], changes: &[StagedPath], report: &mut Report) {
    let sealed: HashSet<_> = vaults
        .iter()
        .flat_map(|vault| {
            vault
                .environments()
                .map(|environment| vault.path(environment.file()))
        })
        .collect();
    let is_kept = |change: &&StagedPath| {
        let is_file = change.now.and_then(Standing::blob).is_some();
        is_file && is_output(&change.path) && !sealed.contains(&change.path)
    };
    for change in changes.iter().filter(is_kept) {
        let text = format!("{}: such files hold secrets in clear", shown(&change.path));
        report.find(
            Trouble::failed(text)
                .hint(UNSTAGE)
                .hint("a file without secrets can be called .env.example"),
        );
    }
}

fn is_output(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_example = EXAMPLES.iter().any(|end| name.ends_with(end));
    let is_env = name == ".env" || name.starts_with(".env.");
    (is_env && !is_example) || (is_in_run_secrets(path) && !name.starts_with(".git"))
}

fn is_in_run_secrets(path: &Path) -> bool {
    let folders: Vec<Component<'_>> = path
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .collect();
    let is_it = |two: &[Component<'_>]| {
        two[0].as_os_str() == OsStr::new("run") && two[1].as_os_str() == OsStr::new("secrets")
    };
    folders.windows(2).any(is_it)
}

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
            let is_new = !moved.contains(&id);
            file.check(search, known, is_new, report)?;
        }
    }
    Ok(())
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
                    report.find(self.value(known.names(at), place));
                }
                Catch::Value(_) => {}
                Catch::Key(key) if !is_public_test(&self.staged.bytes(self.id)?) => {
                    report.find(self.key(key, place));
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
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = names[..names.len().min(NAMED)].join(", ");
        let text = format!("{}: holds the value of {names}{more}", self.at(place));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_told_by_their_usual_names_and_examples_are_none() {
        for (path, is) in [
            (".env", true),
            ("app/.env.production", true),
            ("run/secrets/API_TOKEN", true),
            ("deploy/run/secrets/deep/KEY", true),
            (".env.example", false),
            (".env.production.example", false),
            (".env.sample", false),
            (".env.template", false),
            (".env.dist", false),
            (".envrc", false),
            ("prod.env", false),
            ("run/secrets/.gitignore", false),
            ("run/secrets", false),
            ("secrets/run/KEY", false),
        ] {
            assert_eq!(is_output(Path::new(path)), is, "{path}");
        }
    }
}
