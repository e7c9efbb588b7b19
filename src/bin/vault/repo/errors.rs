//! What libgit2 says, with what to do about it.

use std::path::Path;

use git2::{ErrorClass, ErrorCode};

use crate::failure::Failure;

/// libgit2 names paths and objects, never content.
pub(super) fn told(error: &git2::Error) -> Failure {
    if let Some(id) = missing(error) {
        return Failure::new(format!("git: this clone does not have the object {id}"))
            .hint("git fetch --refetch --no-filter brings what a clone with some objects only (git clone --filter) has left out")
            .hint("in any other clone the object is lost: git fsck shows what else is");
    }
    let failure = Failure::new(format!("git: {}", error.message()));
    match limit(error.message()) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The object that was looked for and is not there: in a clone with some objects only, git itself would fetch it now.
fn missing(error: &git2::Error) -> Option<&str> {
    let id = error
        .message()
        .strip_prefix("object not found - no match for id (")?;
    // On the way to a path libgit2 forgets the code.
    let is_missing = error.class() == ErrorClass::Odb;
    id.strip_suffix(')').filter(|_| is_missing)
}

/// What to do about a repository of a kind that libgit2 1.9 does not read, or an index that a full disk has cut off.
fn limit(message: &str) -> Option<&'static str> {
    const DAMAGED_INDEX: &str = "rm \"$(git rev-parse --git-path index)\" && git reset makes git's index anew: no file changes, and nothing is staged any more";
    const LIMITS: [(&str, &str); 5] = [
        ("invalid data in index", DAMAGED_INDEX),
        ("failed to read index", DAMAGED_INDEX),
        (
            "unsupported mandatory extension",
            "git update-index --no-split-index, or git sparse-checkout reapply --no-sparse-index, makes an index that vault reads",
        ),
        (
            "unknown object format",
            "vault reads repositories of the usual object format only: git init --object-format=sha1 makes one",
        ),
        (
            "extensions.refstorage",
            "git refs migrate --ref-format=files makes branches that vault reads",
        ),
    ];
    let found = LIMITS.iter().find(|(text, _)| message.contains(text));
    found.map(|(_, hint)| *hint)
}

/// A repository that cannot be opened.
pub(super) fn unopened(root: &Path, error: &git2::Error) -> Failure {
    match (error.code(), error.class()) {
        (ErrorCode::Owner, _) => of_another(root, error),
        (_, ErrorClass::Config) => told(error).hint(format!(
            "git -C {} config --list names the file and the line that git cannot read",
            shell_words::quote(&root.to_string_lossy())
        )),
        _ => told(error),
    }
}

/// git does not look into what belongs to somebody else, unless it is told to.
pub(super) fn of_another(root: &Path, error: &git2::Error) -> Failure {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let root = root.to_string_lossy();
    let root = shell_words::quote(&root);
    told(error)
        .hint(format!(
            "if you trust it: git config --global --add safe.directory {root}"
        ))
        .hint(format!(
            "where HOME is not set, as in a service: git config --system --add safe.directory {root}"
        ))
}
