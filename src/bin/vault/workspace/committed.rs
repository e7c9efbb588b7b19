//! Where the sides of a merge are that somebody committed, or put into the index, before it was finished.
//!
//! What git's history says of them is believed by nobody: each side is accepted by its own log, and every key that differs is asked about.

use std::path::Path;

use vault::{
    config::Environment,
    reconcile::{Base, Side, Versions},
    sealed::Mark,
    vault::Snapshot,
    yaml::conflict,
};

use super::{Found, Lineal, Trouble, Workspace};
use crate::{
    failure::Failure,
    repo::{Reach, Repo, Step},
};

/// What git calls the commit that comes in while it is at it, and for a revert what that commit goes back to.
const INCOMING: [&str; 4] = [
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REBASE_HEAD",
    "REVERT_HEAD^",
];

impl Workspace<'_> {
    /// What is said of a mark whose other side git does not have, and our side.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(super) fn without_theirs(
        &self,
        environment: &Environment,
        ours: Vec<u8>,
        id: &str,
    ) -> Result<Found, Failure> {
        let is_it = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(id);
        let text = format!("git does not have the other side here: blob {id}");
        let trouble = self.unfinished_in(self.brought(environment, is_it)?, &text);
        let search = format!(
            "where that was done, git log --all --reflog --find-object={id} names the commit that has it; push a branch of that commit, and git fetch here"
        );
        Ok(Found::Alone {
            ours,
            trouble: self.ways_out(environment, trouble.hint(search))?,
        })
    }

    /// Both sides, unless one of them waits for an earlier merge itself: that one comes first.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub(super) fn without_unfinished(
        &self,
        environment: &Environment,
        found: Found,
    ) -> Result<Found, Failure> {
        let Found::Sides(versions) = found else {
            return Ok(found);
        };
        let is_unfinished =
            |bytes: &[u8]| conflict(bytes).is_some() || matches!(Mark::split(bytes), Ok(Some(_)));
        let side = match (
            is_unfinished(&versions.ours),
            is_unfinished(&versions.theirs),
        ) {
            (true, _) => Side::Ours,
            (_, true) => Side::Theirs,
            _ => return Ok(Found::Sides(versions)),
        };
        let trouble = Trouble::failed(format!(
            "the file {side} was committed before an earlier merge of it was finished, and that one comes first"
        ));
        let first = self.first_finish(environment, side)?;
        Ok(match (side, &versions.base) {
            (Side::Ours, Base::Unknown) => Found::Not(trouble.hint(self.looks_back(environment))),
            // Committed as well: nothing is left that git could give up.
            (Side::Theirs, Base::Unknown) => {
                let trouble = trouble.hint(
                    "on the branch that it came from: vault git resolve and git commit; then merge that here, after",
                );
                Found::Alone {
                    ours: versions.ours,
                    trouble: self.ways_out(environment, trouble)?,
                }
            }
            _ => Found::Not(trouble.hint(first)),
        })
    }

    fn first_finish(&self, environment: &Environment, side: Side) -> Result<String, Failure> {
        let give_up = match self.own_repo()?.gives_up_with() {
            Some(line) => line.to_owned(),
            None => {
                let file = self.named_to_git(environment.file().as_str().as_ref());
                format!("git checkout HEAD -- {file}")
            }
        };
        Ok(match side {
            Side::Ours => {
                format!("{give_up}; then vault git resolve and git commit; then this merge again")
            }
            Side::Theirs => format!(
                "{give_up}; then, on the branch that comes in, vault git resolve and git commit; then this merge again"
            ),
        })
    }

    /// The sides of a file full of git's markers that the index does not have in conflict any more; `None` for any other file.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(super) fn of_markers(
        &self,
        environment: &Environment,
        file: &Snapshot,
    ) -> Result<Option<Found>, Failure> {
        if !has_markers(file.bytes()) {
            return Ok(None);
        }
        let repo = self.own_repo()?;
        let path = Path::new(environment.file().as_str());
        let head = repo.file_of_head(path)?;
        if head.as_deref().is_some_and(has_markers) {
            return self.of_committed_markers(environment).map(Some);
        }
        let labels = labels(file.bytes());
        let incoming = INCOMING.iter().map(|name| (*name).to_owned());
        let theirs = version_in(repo, path, incoming.chain(labels.iter().cloned()))?;
        let trouble = Trouble::failed("it is full of git's markers");
        self.found(environment, head, theirs, trouble).map(Some)
    }

    fn of_committed_markers(&self, environment: &Environment) -> Result<Found, Failure> {
        let repo = self.own_repo()?;
        let path = Path::new(environment.file().as_str());
        let step = self.brought(environment, has_markers)?;
        let version = |at: usize| {
            let before = step.as_ref().and_then(|step| *step.before.get(at)?);
            before.map(|id| repo.version(id)).transpose()
        };
        let ours = version(0)?;
        let theirs = match version(1)? {
            Some(theirs) => Some(theirs),
            None => {
                let blob = step.as_ref().and_then(|step| step.blob);
                let bytes = blob.map(|id| repo.version(id)).transpose()?;
                version_in(repo, path, labels(&bytes.unwrap_or_default()))?
            }
        };
        let trouble = self.unfinished_in(step, "git's markers were committed");
        self.found(environment, ours, theirs, trouble)
    }

    fn found(
        &self,
        environment: &Environment,
        ours: Option<Vec<u8>>,
        theirs: Option<Vec<u8>>,
        trouble: Trouble,
    ) -> Result<Found, Failure> {
        let missing = |side: &str| format!("git does not have {side} here");
        Ok(match (ours, theirs) {
            (Some(ours), Some(theirs)) => Found::Sides(Versions {
                base: Base::Unknown,
                ours,
                theirs,
            }),
            (Some(ours), None) => Found::Alone {
                ours,
                trouble: self
                    .ways_out(environment, trouble.detail(missing("the other side")))?
                    .hint(self.looks_back(environment)),
            },
            (None, _) => {
                let trouble = trouble.detail(missing("our side"));
                let trouble = trouble.hint(self.looks_back(environment));
                Found::Not(match self.own_repo()?.is_shallow() {
                    true => trouble.hint(UNSHALLOW),
                    false => trouble,
                })
            }
        })
    }

    /// The newest commit of what is checked out that made a file unfinished.
    fn brought(
        &self,
        environment: &Environment,
        is_unfinished: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Step>, Failure> {
        let lineal = [Lineal::of(environment, None)];
        let (Some(repo), Some(lineage)) = (self.repo()?, self.lineage(Reach::Head, &lineal)?)
        else {
            return Ok(None);
        };
        let is = |blob| Ok::<_, Failure>(is_unfinished(&repo.version(blob)?));
        for step in lineage.steps {
            let Some(blob) = step.blob else { continue };
            let mut before = step.before.iter().flatten();
            if is(blob)?
                && !before.try_fold(false, |was, blob| Ok::<_, Failure>(was || is(*blob)?))?
            {
                return Ok(Some(step));
            }
        }
        Ok(None)
    }

    fn unfinished_in(&self, step: Option<Step>, text: &str) -> Trouble {
        let trouble = Trouble::failed(text);
        match step {
            Some(step) => trouble.detail(format!(
                "it was committed before it was merged: {} by {}",
                step.commit, step.author
            )),
            None => trouble,
        }
    }

    fn looks_back(&self, environment: &Environment) -> String {
        self.takes_from_history(environment.file().as_str().as_ref())
    }

    /// What somebody types who takes a file from a commit that they have to find.
    pub(crate) fn takes_from_history(&self, file: &Path) -> String {
        let file = self.named_to_git(file);
        format!(
            "git log -- {file} shows the commits that had it, and git checkout COMMIT -- {file} takes it from one"
        )
    }

    /// How the other side comes here, and how to do without it.
    fn ways_out(&self, environment: &Environment, trouble: Trouble) -> Result<Trouble, Failure> {
        let trouble = match self.own_repo()?.is_shallow() {
            true => trouble.hint(UNSHALLOW),
            false => trouble,
        };
        Ok(trouble.hint(self.keeps_ours(environment.name())))
    }
}

const UNSHALLOW: &str = "the clone is shallow: git fetch --unshallow brings older commits";

/// Whether git's markers stand in a text.
fn has_markers(bytes: &[u8]) -> bool {
    conflict(bytes).is_some()
}

/// The first of some revisions that has a file.
fn version_in(
    repo: &Repo,
    path: &Path,
    revisions: impl IntoIterator<Item = String>,
) -> Result<Option<Vec<u8>>, Failure> {
    for revision in revisions {
        if repo.is_revision(&revision)
            && let Some(bytes) = repo.file_at(&revision, path)?
        {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// What git has called the other side where it wrote its markers.
pub(super) struct Label {
    pub(super) kind: LabelKind,
    /// What that may be, as revisions.
    pub(super) revisions: Vec<String>,
}

/// What came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LabelKind {
    /// All of a branch.
    Branch,
    /// One commit, or a stash.
    Commit,
    /// What was before one commit; that one is named.
    Reverted,
}

/// What git has called the other side, where it is something that may be a revision.
pub(super) fn label(bytes: &[u8]) -> Option<Label> {
    let text = String::from_utf8_lossy(bytes);
    let label = text
        .lines()
        .find_map(|line| line.strip_prefix(">>>>>>> "))?;
    if label == "Stashed changes" {
        return Some(Label {
            kind: LabelKind::Commit,
            revisions: vec!["refs/stash".to_owned()],
        });
    }
    let (kind, label) = match label.strip_prefix("parent of ") {
        Some(label) => (LabelKind::Reverted, label),
        // One commit is named with its subject.
        None if label.contains(" (") => (LabelKind::Commit, label),
        None => (LabelKind::Branch, label),
    };
    let word = label.split([' ', '\t']).next().unwrap_or_default();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    let is_one = word.bytes().all(is_name) && !word.starts_with('-') && !word.is_empty();
    is_one.then(|| Label {
        kind,
        revisions: vec![word.to_owned(), format!("refs/remotes/origin/{word}")],
    })
}

/// The other side as revisions.
fn labels(bytes: &[u8]) -> Vec<String> {
    let Some(Label { kind, revisions }) = label(bytes) else {
        return Vec::new();
    };
    let behind = match kind {
        LabelKind::Reverted => "^",
        LabelKind::Branch | LabelKind::Commit => "",
    };
    let revisions = revisions.into_iter();
    revisions.map(|name| format!("{name}{behind}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_calls_the_other_side_is_a_revision() {
        for (label, first) in [
            ("theirs", Some("theirs")),
            ("1a2b3c4 (a subject)", Some("1a2b3c4")),
            ("parent of 1a2b3c4 (a subject)", Some("1a2b3c4^")),
            ("Stashed changes", Some("refs/stash")),
            ("-x", None),
            ("a:b", None),
            ("", None),
        ] {
            let text = format!("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> {label}\n");
            let found = labels(text.as_bytes());
            assert_eq!(found.first().map(String::as_str), first, "{label}");
        }
    }
}
