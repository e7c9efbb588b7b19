//! Whether another user gets as far as the files that are given to them.

use std::{
    fs::{self, Metadata},
    path::Path,
};

use super::{Notice, Permissions, system, temporary::directory_of};

/// What to tell where the new owner of an output cannot reach it: the topmost directory that does not let them through.
pub(super) fn barred(output: &Path, permissions: &Permissions) -> Option<Notice> {
    let user = permissions.user?;
    if user == 0 || system::us().ok()? == Some(user) {
        return None;
    }
    let above = fs::canonicalize(directory_of(output)).ok()?;
    let is_closed = |directory: &&Path| {
        fs::metadata(directory).is_ok_and(|directory| !lets_through(&directory, user))
    };
    let directory = above.ancestors().filter(is_closed).last()?;
    Some(Notice::Barred {
        path: output.to_owned(),
        user,
        directory: directory.to_owned(),
    })
}

/// Whether a user gets through a directory, as far as its owner and mode tell; its group may be one of theirs.
fn lets_through(directory: &Metadata, user: u32) -> bool {
    let is_theirs = system::owner(directory).is_some_and(|owner| owner.user == user);
    let wanted = if is_theirs { 0o100 } else { 0o011 };
    system::mode(directory).is_none_or(|mode| mode & wanted != 0)
}
