//! Identity files on disk, and whom they may be shown to.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use rustix::{fs::OFlags, process::geteuid};
use vault::keys::is_public_test;
use zeroize::Zeroizing;

use super::Surroundings;
use crate::{failure::Failure, shell};

/// Bytes that are read of an identity, at most. One more than is accepted, so that more is noticed.
pub(super) const IDENTITY_BYTES: u64 = 1024 * 1024 + 1;

/// What group and others must not have.
const OTHERS: u32 = 0o077;

/// Who has chosen the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The person, by an option or a variable: it must be there, and strange modes are theirs to judge.
    Named,
    /// Nobody: it lies where one may lie.
    Discovered,
}

/// Reads an identity file; `None` if nobody named it and it is not there.
pub(super) fn read(
    path: &Path,
    choice: Choice,
    surroundings: &Surroundings,
) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let Some(file) = open(path, choice)? else {
        return Ok(None);
    };
    let unreadable = |error: io::Error| Failure::because(&error).within("cannot read it");
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Failure::new("it is a directory"));
    }
    if choice == Choice::Discovered && !metadata.is_file() {
        return Err(Failure::new("it is no regular file"));
    }
    let content = content(file, &metadata).map_err(unreadable)?;
    check(path, &content, &metadata, choice, surroundings)?;
    Ok(Some(content))
}

fn open(path: &Path, choice: Choice) -> Result<Option<File>, Failure> {
    let mut options = OpenOptions::new();
    options.read(true);
    if choice == Choice::Discovered {
        // A pipe without a writer must not make every command hang.
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    }
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if choice == Choice::Discovered && is_absent(path, &error) => Ok(None),
        Err(error) => Err(Failure::because(&error).within("cannot read it")),
    }
}

/// Whether nobody can say that a file is there: also where the home is another user's, as in containers.
fn is_absent(path: &Path, error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => true,
        io::ErrorKind::PermissionDenied => path.symlink_metadata().is_err(),
        _ => false,
    }
}

fn content(file: File, metadata: &Metadata) -> io::Result<Zeroizing<Vec<u8>>> {
    let size = metadata.len().min(IDENTITY_BYTES) + 1;
    // Room for all of it, so that it is not moved while it is read.
    let size = usize::try_from(size).unwrap_or_default();
    let mut content = Zeroizing::new(Vec::with_capacity(size));
    file.take(IDENTITY_BYTES).read_to_end(&mut content)?;
    Ok(content)
}

/// Says whether a file may be used where it lies and as it lies there.
fn check(
    path: &Path,
    content: &[u8],
    metadata: &Metadata,
    choice: Choice,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    if is_public_test(content) {
        let text = "is a public test identity: whatever it opens is no secret";
        surroundings
            .terminal
            .say(format!("{} {text}", path.display()));
        return Ok(());
    }
    if !metadata.is_file() {
        return Ok(());
    }
    check_place(path, surroundings.work_tree.as_deref())?;
    check_owner(metadata, choice)?;
    check_mode(path, metadata, choice, surroundings)
}

/// Refuses an identity in the work tree at hand: the next `git add` would publish it.
fn check_place(path: &Path, work_tree: Option<&Path>) -> Result<(), Failure> {
    let is_inside = match (path.canonicalize(), work_tree) {
        (Ok(path), Some(work_tree)) => path.starts_with(work_tree),
        // A pipe has no place.
        _ => false,
    };
    if !is_inside {
        return Ok(());
    }
    let error = format!("the identity {} lies inside the work tree", path.display());
    Err(Failure::new(error)
        .hint("move it out of the repository, for instance to ~/.config/vault/identity.txt"))
}

fn check_owner(metadata: &Metadata, choice: Choice) -> Result<(), Failure> {
    if choice == Choice::Named || metadata.uid() == geteuid().as_raw() {
        return Ok(());
    }
    let error = format!("it belongs to another user (uid {})", metadata.uid());
    Err(Failure::new(error)
        .hint("if it is meant to be used, name it: -i FILE, or VAULT_IDENTITY_FILE"))
}

fn check_mode(
    path: &Path,
    metadata: &Metadata,
    choice: Choice,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    let mode = metadata.mode() & 0o7777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let error = format!("it is open to others (mode {mode:04o})");
    if choice == Choice::Named {
        let text = format!(
            "the identity {} is open to others (mode {mode:04o})",
            path.display()
        );
        surroundings.terminal.warn(text);
        return Ok(());
    }
    let path = path.display().to_string();
    Err(Failure::new(error).hint(format!("chmod 600 {}", shell::word(&path))))
}
