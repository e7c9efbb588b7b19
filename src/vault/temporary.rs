//! Files that nobody reads yet: written beside their target, then renamed onto it.
//!
//! A temporary is locked while its process lives. What is not locked was left behind by one that died, and the next
//! write of the same file removes it. One for secrets in clear has no name before it is complete, where the system can
//! do that: then nothing of it outlives its process.

use std::{
    collections::HashSet,
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::Path,
};

use tempfile::{Builder, NamedTempFile};

use super::system;

/// Characters of a temporary's name that are random.
const RANDOM: usize = 6;

/// What stands between a file's name and the random characters.
const MARK: &str = ".vault-";

/// Bytes of a file's name that a temporary repeats: names have at most 255.
const NAME_BYTES: usize = 200;

/// How often a temporary is made anew because somebody took it for a leftover.
const ATTEMPTS: usize = 16;

/// A file that is removed unless it takes its target's place.
#[derive(Debug)]
pub(super) enum Temporary {
    /// `.<name>.vault-XXXXXX`.
    Named(NamedTempFile),
    /// It gets its first name when it is complete.
    Unnamed(File),
}

impl Temporary {
    /// Makes one beside its target, with the mode 0600.
    pub(super) fn beside(target: &Path) -> io::Result<Self> {
        let directory = directory_of(target);
        for _ in 0..ATTEMPTS {
            let file = builder(&prefix(target)?).make_in(directory, with_random_end(private))?;
            if hold(file.as_file())? {
                return Ok(Temporary::Named(file));
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    /// Makes one that nobody finds before it is complete, or one beside its target where the system has no such files.
    pub(super) fn hidden(target: &Path) -> io::Result<Self> {
        let (directory, _) = parts(target)?;
        match system::unnamed(directory)? {
            Some(file) => {
                // For the moment in which it has the name of a temporary; nobody else can have locked it.
                let _ = file.try_lock();
                Ok(Temporary::Unnamed(file))
            }
            None => Self::beside(target),
        }
    }

    pub(super) fn file(&self) -> &File {
        match self {
            Temporary::Named(file) => file.as_file(),
            Temporary::Unnamed(file) => file,
        }
    }

    pub(super) fn file_mut(&mut self) -> &mut File {
        match self {
            Temporary::Named(file) => file.as_file_mut(),
            Temporary::Unnamed(file) => file,
        }
    }

    /// Takes the target's place, whatever is there.
    pub(super) fn replace(self, target: &Path) -> io::Result<()> {
        let (_locked, path) = match self {
            Temporary::Named(file) => file.into_parts(),
            Temporary::Unnamed(file) => {
                // A link replaces nothing, so there are two steps; the file is complete before the first.
                let name = with_random_end(|path| system::name(&file, path));
                let named = builder(&prefix(target)?).make_in(directory_of(target), name)?;
                (file, named.into_temp_path())
            }
        };
        path.persist(target).map_err(|failed| failed.error)
    }

    /// Takes the target's place if there is nothing.
    pub(super) fn place(self, target: &Path) -> io::Result<()> {
        match self {
            Temporary::Named(file) => {
                let (_locked, path) = file.into_parts();
                path.persist_noclobber(target)
                    .map_err(|failed| failed.error)
            }
            Temporary::Unnamed(file) => system::name(&file, target),
        }
    }
}

fn prefix(target: &Path) -> io::Result<OsString> {
    let (_, name) = parts(target)?;
    let mut prefix = stem(name);
    prefix.push(MARK);
    Ok(prefix)
}

fn builder(prefix: &OsStr) -> Builder<'_, 'static> {
    let mut builder = Builder::new();
    builder.prefix(prefix).rand_bytes(RANDOM);
    builder
}

/// The directory and the name of a file.
pub(super) fn parts(target: &Path) -> io::Result<(&Path, &OsStr)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    Ok((directory_of(target), name))
}

/// The directory that a path's last component lies in.
pub(super) fn directory_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Removes what killed writers of these files left in their directory; what cannot be removed stays.
pub(super) fn sweep<'a>(directory: &Path, names: impl IntoIterator<Item = &'a OsStr>) {
    let stems: HashSet<OsString> = names.into_iter().map(stem).collect();
    sweep_where(directory, |stem| stems.contains(OsStr::new(stem)));
}

/// The same for YAML files of any name: one that was never finished has a name that nobody knows any more.
pub(super) fn sweep_yaml(directory: &Path) {
    sweep_where(directory, |stem| {
        [".yaml", ".yml"].iter().any(|end| stem.ends_with(end))
    });
}

fn sweep_where(directory: &Path, is_meant: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && stem_of_leftover(&path).is_some_and(&is_meant) {
            remove_if_abandoned(&path);
        }
    }
}

/// Makes a new file only where its name will be known for a temporary's: for another one there is a next try.
fn with_random_end<F>(
    mut make: impl FnMut(&Path) -> io::Result<F>,
) -> impl FnMut(&Path) -> io::Result<F> {
    move |path| match has_random_end(path) {
        true => make(path),
        false => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    system::open_with_mode(&mut options, 0o600);
    options.read(true).write(true).create_new(true).open(path)
}

/// Whether a new name is one that is known for a temporary's later; its beginning need not be text.
fn has_random_end(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.last_chunk::<RANDOM>()
        .is_some_and(|end| is_random(end))
}

/// How the temporaries of a file begin: `.` and its name, cut if it is very long.
fn stem(name: &OsStr) -> OsString {
    let mut stem = OsString::from(".");
    if name.len() <= NAME_BYTES {
        stem.push(name);
    } else {
        let text = name.to_string_lossy();
        let fits = |(at, c): &(usize, char)| at + c.len_utf8() <= NAME_BYTES;
        let cut: String = text
            .char_indices()
            .take_while(fits)
            .map(|(_, c)| c)
            .collect();
        stem.push(cut);
    }
    stem
}

/// What the name of a temporary begins with; `None` for what is none.
fn stem_of_leftover(path: &Path) -> Option<&str> {
    let (stem, random) = path.file_name()?.to_str()?.rsplit_once(MARK)?;
    is_random(random.as_bytes()).then_some(stem)
}

/// Whether no person has made it up: `.env.vault-backup` is somebody's file.
fn is_random(text: &[u8]) -> bool {
    let is_mixed =
        text.iter().any(u8::is_ascii_lowercase) && text.iter().skip(1).any(u8::is_ascii_uppercase);
    text.len() == RANDOM && text.iter().all(u8::is_ascii_alphanumeric) && is_mixed
}

/// Locks a new temporary; `false` if somebody took it for a leftover in between, and removes it or has done so.
fn hold(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(system::links(&file.metadata()?) > 0),
        Err(TryLockError::WouldBlock) => Ok(false),
        // A file system without locks; there, nobody removes leftovers either.
        Err(TryLockError::Error(_)) => Ok(true),
    }
}

fn remove_if_abandoned(path: &Path) {
    let Ok(file) = File::open(path) else { return };
    if file.try_lock().is_ok() {
        // Still locked, so that its maker cannot take it up in between. If this fails, it is tried at the next write.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
