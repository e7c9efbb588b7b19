//! One private directory with one text in it.
//!
//! Whoever works at it holds a shared lock of the directory: the program, and its watcher. Where nobody holds one, the desk is
//! abandoned.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rand::{Rng, distributions::Alphanumeric, rngs::OsRng};
use rustix::fs::OFlags;
use vault::vault::READ_LIMIT;
use zeroize::Zeroizing;

use super::{
    place::{DESK, Place},
    record::{self, Record},
};
use crate::failure::Failure;

/// What lies beside the text.
const RECORD: &str = "session";

/// How often a desk is made anew because somebody took it for an abandoned one.
const ATTEMPTS: usize = 16;

/// How often, and how long apart, a directory is emptied that somebody still writes to.
const SWEEPS: usize = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// A desk at which this process works.
pub(super) struct Desk {
    directory: PathBuf,
    _lock: File,
}

/// What lies on a desk under the name of the text.
pub(crate) enum Content {
    /// A text, or what should be one.
    Bytes(Zeroizing<Vec<u8>>),
    /// Nothing.
    Missing,
    /// A link, a directory or the like, by this name.
    Other(&'static str),
    /// More than a file may have.
    TooLarge,
}

impl Desk {
    /// Makes a new one, with nothing on it.
    pub(super) fn new(place: &Place) -> Result<Self, Failure> {
        let made = (0..ATTEMPTS).find_map(|_| Desk::make(place).transpose());
        match made {
            Some(desk) => desk.map_err(|error| {
                Failure::because(&error).within("cannot make a private directory for the text")
            }),
            None => Err(Failure::new(
                "the private directory for the text is taken away again and again",
            )),
        }
    }

    fn make(place: &Place) -> io::Result<Option<Self>> {
        let random: String = OsRng
            .sample_iter(&Alphanumeric)
            .take(12)
            .map(char::from)
            .collect();
        let directory = place.directory().join(format!("{DESK}{random}"));
        DirBuilder::new().mode(0o700).create(&directory)?;
        // A umask may take from us what it should take from others.
        fs::set_permissions(&directory, Permissions::from_mode(0o700))?;
        let lock = File::open(&directory)?;
        let is_held = lock.try_lock_shared().is_ok() && directory.symlink_metadata().is_ok();
        Ok(is_held.then_some(Desk {
            directory,
            _lock: lock,
        }))
    }

    /// Works at one that another process has made.
    pub(super) fn join(directory: &Path) -> Option<Self> {
        let lock = File::open(directory).ok()?;
        lock.try_lock_shared().ok()?;
        Some(Desk {
            directory: directory.to_owned(),
            _lock: lock,
        })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Puts the record on it; before the text, so that whoever finds a text knows whose it is.
    pub(super) fn put_record(&self, record: &Record) -> Result<(), Failure> {
        self.put(RECORD, &record.to_json())
    }

    /// Puts a text on it, in the place of the one that is there.
    pub(super) fn put_text(&self, record: &Record, text: &[u8]) -> Result<(), Failure> {
        self.put(&record.name, text)
    }

    /// Writes a new file and gives it its name when it is complete: what was there is never cut short.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            let new = self.directory.join(format!(".new-{name}"));
            match fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
                .open(&new)?;
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.write_all(bytes)?;
            let target = self.directory.join(name);
            if target.symlink_metadata().is_ok_and(|found| found.is_dir()) {
                fs::remove_dir_all(&target)?;
            }
            fs::rename(&new, target)
        };
        write().map_err(|error| {
            Failure::because(&error).within("cannot put the text into its private directory")
        })
    }
}

/// The record of a desk; `None` where it has none: then there was never a text on it.
pub(super) fn record_of(directory: &Path) -> Option<Record> {
    match read(&directory.join(RECORD)) {
        Ok(Content::Bytes(bytes)) => Record::of_json(&bytes),
        _ => None,
    }
}

/// What lies on a desk as the text.
pub(super) fn text(directory: &Path, record: &Record) -> Result<Content, Failure> {
    read(&directory.join(&record.name))
        .map_err(|error| Failure::because(&error).within("cannot read the text of the editor"))
}

/// What was typed, wherever it lies: the text, or what an editor saved of it when it was ended. `None` where nothing was.
pub(super) fn typed(directory: &Path, record: &Record) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let name = &record.name;
    // nano saves under the second name when it is ended, emacs under the third
    let names = [
        name.clone(),
        format!("{name}.save"),
        format!("#{name}#"),
        format!(".new-{name}"),
    ];
    let mut newest: Option<Found> = None;
    for name in names {
        let path = directory.join(name);
        let Content::Bytes(bytes) = read(&path)? else {
            continue;
        };
        if record.is_untouched(&bytes) || record::typed(&bytes).trim_ascii().is_empty() {
            continue;
        }
        let found = path.symlink_metadata()?;
        let time = (found.mtime(), found.mtime_nsec());
        if newest.as_ref().is_none_or(|other| time > other.time) {
            newest = Some(Found { time, bytes });
        }
    }
    Ok(newest.map(|found| found.bytes))
}

/// What was typed, and when it was saved: seconds and nanoseconds.
struct Found {
    time: (i64, i64),
    bytes: Zeroizing<Vec<u8>>,
}

/// Reads a file of the desk, and nothing that bears its name but is none.
fn read(path: &Path) -> io::Result<Content> {
    let found = match path.symlink_metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::Missing),
        Err(error) => return Err(error),
    };
    if found.is_symlink() {
        return Ok(Content::Other("a symbolic link"));
    }
    if found.is_dir() {
        return Ok(Content::Other("a directory"));
    }
    if !found.is_file() {
        return Ok(Content::Other("no regular file"));
    }
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let size = usize::try_from(found.size().min(READ_LIMIT)).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(READ_LIMIT + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > READ_LIMIT {
        true => Ok(Content::TooLarge),
        false => Ok(Content::Bytes(bytes)),
    }
}

/// Takes a desk away with everything on it; returns the names of what is none of ours and no known leftover of an editor.
///
/// Overwriting would be for nothing: memory forgets, and a disk writes elsewhere.
pub(super) fn wipe(directory: &Path, record: Option<&Record>) -> Result<Vec<String>, Failure> {
    let foreign = record.map_or_else(Vec::new, |record| foreign(directory, record));
    let mut outcome = Ok(());
    for _ in 0..SWEEPS {
        outcome = fs::remove_dir_all(directory);
        match &outcome {
            Ok(()) => break,
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            // An editor that is about to end still writes.
            Err(_) => thread::sleep(PAUSE),
        }
    }
    match directory.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(foreign),
        _ => {
            let text = format!(
                "cannot take away {}, where the text lies in clear",
                directory.display()
            );
            Err(match outcome {
                Err(error) => Failure::because(&error).within(text),
                Ok(()) => Failure::new(text),
            }
            .hint("end the editor if it still runs, and delete the directory"))
        }
    }
}

fn foreign(directory: &Path, record: &Record) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut foreign: Vec<String> = names
        .filter(|name| !is_expected(name, &record.name))
        .collect();
    foreign.sort();
    foreign
}

/// Whether a name is one of ours, or one that editors are known to use beside a file.
fn is_expected(name: &str, text: &str) -> bool {
    let is_ours = name == text || name == RECORD || name.starts_with(".new-");
    let hidden = name
        .strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(text));
    // vim: .f.swp .f.swo … .f.un~, 4913; nano: f.save f.save.1; emacs: #f# .#f f~; VS Code: our directory for it
    is_ours
        || hidden.is_some_and(|end| end == ".un~" || (end.len() == 4 && end.starts_with(".s")))
        || name
            .strip_prefix(text)
            .is_some_and(|end| end == "~" || end.starts_with(".save"))
        || name == format!("#{text}#")
        || name == format!(".#{text}")
        || name == "4913"
        || name == super::known::VSCODE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_leave_is_known_and_the_rest_is_foreign() {
        for name in [
            "prod.yaml",
            "session",
            ".prod.yaml.swp",
            ".prod.yaml.swo",
            ".prod.yaml.un~",
            "prod.yaml~",
            "prod.yaml.save",
            "prod.yaml.save.1",
            "#prod.yaml#",
            ".#prod.yaml",
            "4913",
        ] {
            assert!(is_expected(name, "prod.yaml"), "{name}");
        }
        for name in [
            "other.yaml",
            "prod.yaml.gpg",
            "notes",
            ".prod.yaml",
            "prod.yam",
        ] {
            assert!(!is_expected(name, "prod.yaml"), "{name}");
        }
    }
}
