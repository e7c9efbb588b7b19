//! Extended attributes of users, where the system calls for them are at hand: Linux, in the program.
//!
//! The standard library has none. Without the feature `cli`, and elsewhere, a replaced file loses them.

use std::fs::File;

/// Bytes that all names of a file have together, and one value has, at most (Linux, `limits.h`).
#[cfg(all(target_os = "linux", feature = "cli"))]
const ATTRIBUTE_BYTES: usize = 64 * 1024;

/// Copies the attributes `user.*` to a new file; says whether all of them are there now.
#[cfg(all(target_os = "linux", feature = "cli"))]
pub(super) fn keep(old: &File, new: &File) -> bool {
    let Ok(names) = names(old) else {
        return true; // a file system without them
    };
    names
        .split(|byte| *byte == 0)
        .filter(|name| name.starts_with(b"user."))
        .all(|name| copy(name, old, new).is_ok())
}

#[cfg(not(all(target_os = "linux", feature = "cli")))]
pub(super) fn keep(_: &File, _: &File) -> bool {
    true
}

#[cfg(all(target_os = "linux", feature = "cli"))]
fn names(file: &File) -> rustix::io::Result<Vec<u8>> {
    let mut names = vec![0; ATTRIBUTE_BYTES];
    let length = rustix::fs::flistxattr(file, &mut names[..])?;
    names.truncate(length);
    Ok(names)
}

#[cfg(all(target_os = "linux", feature = "cli"))]
fn copy(name: &[u8], old: &File, new: &File) -> rustix::io::Result<()> {
    let mut value = vec![0; ATTRIBUTE_BYTES];
    let length = rustix::fs::fgetxattr(old, name, &mut value[..])?;
    rustix::fs::fsetxattr(new, name, &value[..length], rustix::fs::XattrFlags::empty())
}
