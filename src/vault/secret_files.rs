//! One file per secret in a directory for this user only, as containers mount them.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Notice, OutputError, Overwrite, Written,
    directory::{DirectoryError, close_to_others, make_private},
    output::{Plan, plan},
    system,
    temporary::sweep,
};

/// Bytes in the name of a file, as in the key of a Kubernetes secret.
const NAME_BYTES: usize = 253;

/// What was done in a directory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WrittenFiles {
    /// Each file by name, in the order given.
    pub files: Vec<(String, Written)>,
    /// What to tell about it.
    pub notices: Vec<Notice>,
}

/// Writes each of the files into a directory, with the mode 0600 and exactly these bytes.
///
/// The directory is made as needed, with those above it, and has the mode 0700; one that others may enter and that
/// holds other files keeps its mode, with a notice. Files of other names are left alone. All temporaries are complete
/// before the first file is replaced.
///
/// # Errors
/// A name is unsafe, the directory is a link or another user's, or a file is there with other bytes and `overwrite`
/// does not allow for it: nothing was written. [`OutputError::Partly`] if the system fails between two renames.
pub fn write_directory(
    directory: &Path,
    files: &[(&str, &[u8])],
    overwrite: Overwrite,
) -> Result<WrittenFiles, OutputError> {
    check_names(files)?;
    // The components, because a name that ends in a slash would be looked up behind a link.
    let directory: PathBuf = directory.components().collect();
    let notice = private(&directory, files)?;
    sweep(&directory, files.iter().map(|(name, _)| name.as_ref()));
    let mut plans = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let plan = plan(&directory.join(name), bytes, overwrite)?;
        plans.push(((*name).to_owned(), plan));
    }
    let written = commit(plans)?;
    Ok(WrittenFiles {
        notices: notice.into_iter().chain(written.notices).collect(),
        ..written
    })
}

fn commit(plans: Vec<(String, Plan)>) -> Result<WrittenFiles, OutputError> {
    let all = plans.len();
    let mut done = WrittenFiles::default();
    for (written, (name, plan)) in plans.into_iter().enumerate() {
        let what = plan.written();
        let notices = plan.commit().map_err(|source| OutputError::Partly {
            written,
            all,
            source,
        })?;
        done.files.push((name, what));
        done.notices.extend(notices);
    }
    Ok(done)
}

fn check_names(files: &[(&str, &[u8])]) -> Result<(), OutputError> {
    let mut seen = HashMap::new();
    for (name, _) in files {
        let name = (*name).to_owned();
        if !is_safe(&name) {
            return Err(OutputError::Name { name });
        }
        if let Some(one) = seen.insert(name.to_ascii_lowercase(), name.clone()) {
            return Err(OutputError::Twins { one, other: name });
        }
    }
    Ok(())
}

/// `[A-Za-z0-9_-][A-Za-z0-9._-]*`: one component in every file system, and never a hidden file.
fn is_safe(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let fits = (1..=NAME_BYTES).contains(&name.len());
    fits && !name.starts_with('.') && name.bytes().all(is_plain)
}

/// Makes the directory, or makes sure that it is ours and closed to others.
fn private(directory: &Path, files: &[(&str, &[u8])]) -> Result<Option<Notice>, OutputError> {
    let path = directory.to_owned();
    let refused = |source| DirectoryError::Make {
        path: path.clone(),
        source,
    };
    make_private(directory).map_err(refused)?;
    let metadata = fs::symlink_metadata(directory).map_err(refused)?;
    if metadata.is_symlink() {
        return Err(DirectoryError::Link { path }.into());
    }
    if !metadata.is_dir() {
        return Err(DirectoryError::NotADirectory { path }.into());
    }
    if !system::is_ours(&metadata).map_err(refused)? {
        return Err(DirectoryError::Foreign { path }.into());
    }
    if !system::is_open_to_others(&metadata) {
        return Ok(None);
    }
    if holds_others(directory, files).map_err(refused)? {
        return Ok(Some(Notice::OpenDirectory { path }));
    }
    close_to_others(directory, &metadata).map_err(refused)?;
    Ok(None)
}

/// Whether anything in the directory is not one of these files: a home or `/tmp` must never be closed to others.
fn holds_others(directory: &Path, files: &[(&str, &[u8])]) -> io::Result<bool> {
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if !files.iter().any(|(ours, _)| name == *ours) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
