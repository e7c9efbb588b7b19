//! Where a desk may stand: in memory, in a directory that nobody else enters.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::process::geteuid;
use vault::vault::private_directory;

use crate::{context::Context, failure::Failure};

/// How the name of a desk begins.
pub(super) const DESK: &str = "edit-";

/// The folder of this program in the runtime directory.
const OURS: &str = "vault";

/// Memory that every Linux has as a file system.
const SHARED_MEMORY: &str = "/dev/shm";

/// A directory that desks stand in.
pub(super) struct Place(PathBuf);

/// Whether plaintext may lie on a disk where there is no memory for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    /// It may: somebody has asked for it.
    Allowed,
    /// It may not.
    Refused,
}

impl Place {
    /// The first of the places that can be used; makes it.
    ///
    /// # Errors
    /// There is none, or one that somebody else may have prepared.
    pub(super) fn prepare(context: &Context, disk: Disk) -> Result<Self, Failure> {
        if let Some(place) = in_runtime_directory(context) {
            made(&place)?;
            return Ok(Place(place));
        }
        if is_in_memory(Path::new(SHARED_MEMORY)) {
            let place = in_shared_memory();
            refuse_prepared(&place)?;
            made(&place)?;
            return Ok(Place(place));
        }
        match disk {
            Disk::Allowed => {
                let place = on_disk(context)?;
                made(&place)?;
                Ok(Place(place))
            }
            Disk::Refused => Err(Failure::new(
                "there is no private place in memory for the text: neither XDG_RUNTIME_DIR nor /dev/shm is one",
            )
            .hint("XDG_RUNTIME_DIR has to be a directory of yours with the mode 0700 on a tmpfs")
            .hint("--allow-disk-temp puts the text on the disk meanwhile, where deleted files can be found again")),
        }
    }

    /// Every place where a desk may have stood that is there now and ours alone. Makes none.
    pub(super) fn all(context: &Context) -> Vec<Self> {
        let runtime = context.environment().folder("XDG_RUNTIME_DIR");
        let runtime = runtime.map(|folder| folder.join(OURS));
        let disk = on_disk(context).ok();
        let all = runtime.into_iter().chain([in_shared_memory()]).chain(disk);
        all.filter(|place| is_ours(place)).map(Place).collect()
    }

    /// The directory.
    pub(super) fn directory(&self) -> &Path {
        &self.0
    }

    /// The desks in it.
    pub(super) fn desks(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let desks = entries.filter(|entry| {
            let name = entry.file_name();
            name.as_encoded_bytes().starts_with(DESK.as_bytes()) && is_ours(&entry.path())
        });
        desks.map(|entry| entry.path()).collect()
    }

    /// Whether it is in memory.
    pub(super) fn is_in_memory(&self) -> bool {
        is_in_memory(&self.0)
    }
}

fn in_runtime_directory(context: &Context) -> Option<PathBuf> {
    let folder = context.environment().folder("XDG_RUNTIME_DIR")?;
    let metadata = folder.symlink_metadata().ok()?;
    let is_private = metadata.is_dir()
        && metadata.uid() == geteuid().as_raw()
        && metadata.permissions().mode() & 0o7777 == 0o700;
    (is_private && is_in_memory(&folder)).then(|| folder.join(OURS))
}

fn in_shared_memory() -> PathBuf {
    Path::new(SHARED_MEMORY).join(format!("{OURS}-{}", geteuid().as_raw()))
}

fn on_disk(context: &Context) -> Result<PathBuf, Failure> {
    Ok(context.state_directory()?.join("desks"))
}

/// Everybody may make files in `/dev/shm`: what bears our name there has to be ours and closed, else somebody waits in it.
fn refuse_prepared(place: &Path) -> Result<(), Failure> {
    let refused = |what: &str| {
        Err(Failure::new(format!("{} {what}", place.display())).hint(
            "look who made it; where it is yours, take it away, or set XDG_RUNTIME_DIR to a directory of yours on a tmpfs",
        ))
    };
    match place.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::because(&error).within(place.display().to_string())),
        Ok(found) if found.is_symlink() => refused("is a symbolic link"),
        Ok(found) if !found.is_dir() => refused("is not a directory"),
        Ok(found) if found.uid() != geteuid().as_raw() => refused("belongs to another user"),
        Ok(found) if found.permissions().mode() & 0o7777 != 0o700 => {
            refused("is open to others: its mode is not 0700")
        }
        Ok(_) => Ok(()),
    }
}

fn made(place: &Path) -> Result<(), Failure> {
    private_directory(place).map_err(|error| Failure::because(&error))
}

/// Whether a directory is ours alone: what lies in another one somebody else may have put there.
fn is_ours(place: &Path) -> bool {
    place.symlink_metadata().is_ok_and(|found| {
        found.is_dir()
            && found.uid() == geteuid().as_raw()
            && found.permissions().mode() & 0o077 == 0
    })
}

/// Whether files there never reach a disk, but for swap.
#[cfg(target_os = "linux")]
fn is_in_memory(folder: &Path) -> bool {
    /// `TMPFS_MAGIC` and `RAMFS_MAGIC` (statfs(2)).
    const MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
    rustix::fs::statfs(folder).is_ok_and(|found| {
        let kind = u64::try_from(found.f_type).unwrap_or_default();
        MEMORY.contains(&kind)
    })
}

/// Other systems have no such file system at hand.
#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}
