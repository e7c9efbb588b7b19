//! What only Unix has: modes, owners, links, directories that can be flushed.

use std::{
    fmt,
    fs::{DirBuilder, File, Metadata, OpenOptions},
    io,
    path::Path,
};

/// The bits of a mode that are permissions; set-user-ID and the like are never kept.
#[cfg(unix)]
const PERMISSIONS: u32 = 0o777;

/// Who a file belongs to, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user's number.
    pub user: u32,
    /// The group's number.
    pub group: u32,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.user, self.group)
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{self, Permissions},
        io::ErrorKind,
        os::{
            fd::OwnedFd,
            unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
        },
    };

    use super::*;

    /// Makes new files get this mode, less the umask.
    pub(in super::super) fn open_with_mode(options: &mut OpenOptions, mode: u32) {
        options.mode(mode);
    }

    pub(in super::super) fn mode(metadata: &Metadata) -> Option<u32> {
        Some(metadata.mode() & PERMISSIONS)
    }

    pub(in super::super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(mode & PERMISSIONS))
    }

    pub(in super::super) fn owner(metadata: &Metadata) -> Option<Owner> {
        Some(Owner {
            user: metadata.uid(),
            group: metadata.gid(),
        })
    }

    /// Gives a file or directory to a user, a group, or both.
    pub(in super::super) fn give(
        file: &File,
        user: Option<u32>,
        group: Option<u32>,
    ) -> io::Result<()> {
        fchown(file, user, group)
    }

    /// Gives a file to somebody; only the group where the user cannot be set.
    pub(in super::super) fn set_owner(file: &File, owner: Owner) -> io::Result<()> {
        fchown(file, Some(owner.user), Some(owner.group))
            .or_else(|refused| fchown(file, None, Some(owner.group)).and(Err(refused)))
    }

    pub(in super::super) fn links(metadata: &Metadata) -> u64 {
        metadata.nlink()
    }

    pub(in super::super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    }

    /// The user that files made now belong to: a fresh pipe belongs to them too, and needs no directory.
    pub(in super::super) fn us() -> io::Result<Option<u32>> {
        let (reader, _writer) = io::pipe()?;
        Ok(Some(File::from(OwnedFd::from(reader)).metadata()?.uid()))
    }

    /// Makes a file without a name, for this user only, which is gone with its process.
    ///
    /// Nothing where the system has no such files, or could not name this one later.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn unnamed(directory: &Path) -> io::Result<Option<File>> {
        use rustix::{fs::OFlags, io::Errno};
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(0o600);
        options.custom_flags(OFlags::TMPFILE.bits().cast_signed());
        match options.open(directory) {
            Ok(file) => Ok(link_of(&file).symlink_metadata().is_ok().then_some(file)),
            // How file systems and old kernels say that they have none.
            Err(error)
                if matches!(
                    Errno::from_io_error(&error),
                    Some(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL)
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Names a file that has none; never takes the name of another one.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn name(file: &File, path: &Path) -> io::Result<()> {
        use rustix::fs::{AtFlags, CWD, linkat};
        // By its descriptor alone only root could.
        linkat(CWD, link_of(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?;
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn link_of(file: &File) -> std::path::PathBuf {
        use std::os::fd::AsRawFd;
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }

    #[cfg(not(target_os = "linux"))]
    pub(in super::super) fn unnamed(_: &Path) -> io::Result<Option<File>> {
        Ok(None)
    }

    #[cfg(not(target_os = "linux"))]
    pub(in super::super) fn name(_: &File, _: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Makes a directory with the mode 0700.
    pub(in super::super) fn make_private_directory(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)?;
        let made = fs::symlink_metadata(path)?;
        if made.is_dir() && mode(&made) != Some(0o700) {
            // A umask that takes from us what it should take from others.
            fs::set_permissions(path, Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    /// Flushes the names in a directory; file systems that cannot are taken as they are.
    pub(in super::super) fn flush_directory(path: &Path) -> io::Result<()> {
        match File::open(path)?.sync_all() {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidInput | ErrorKind::Unsupported
                ) =>
            {
                Ok(())
            }
            done => done,
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::*;

    pub(in super::super) fn open_with_mode(_: &mut OpenOptions, _: u32) {}

    pub(in super::super) fn mode(_: &Metadata) -> Option<u32> {
        None
    }

    pub(in super::super) fn set_mode(_: &File, _: u32) -> io::Result<()> {
        Ok(())
    }

    pub(in super::super) fn owner(_: &Metadata) -> Option<Owner> {
        None
    }

    pub(in super::super) fn give(_: &File, _: Option<u32>, _: Option<u32>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in super::super) fn set_owner(_: &File, _: Owner) -> io::Result<()> {
        Ok(())
    }

    pub(in super::super) fn links(_: &Metadata) -> u64 {
        1
    }

    pub(in super::super) fn is_same(_: &Metadata, _: &Metadata) -> bool {
        true
    }

    pub(in super::super) fn us() -> io::Result<Option<u32>> {
        Ok(None)
    }

    pub(in super::super) fn unnamed(_: &Path) -> io::Result<Option<File>> {
        Ok(None)
    }

    pub(in super::super) fn name(_: &File, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in super::super) fn make_private_directory(path: &Path) -> io::Result<()> {
        DirBuilder::new().create(path)
    }

    pub(in super::super) fn flush_directory(_: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
pub(super) use elsewhere::*;
#[cfg(unix)]
pub(super) use unix::*;

/// Whether a file is ours; always, where files have no owners.
pub(super) fn is_ours(metadata: &Metadata) -> io::Result<bool> {
    Ok(owner(metadata).map(|owner| owner.user) == us()?)
}

/// Whether others than the owner may read.
#[cfg(unix)]
pub(super) fn is_readable_by_others(metadata: &Metadata) -> bool {
    mode(metadata).is_some_and(|mode| mode & 0o044 != 0)
}

/// Whether others than the owner may do anything.
pub(super) fn is_open_to_others(metadata: &Metadata) -> bool {
    mode(metadata).is_some_and(|mode| mode & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_the_owner_of_what_we_make() {
        let file = tempfile::tempfile().unwrap();
        assert!(is_ours(&file.metadata().unwrap()).unwrap());
    }
}
