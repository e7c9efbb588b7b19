//! Rescues on disk: made, listed, taken away.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use vault::{
    rescue::Rescue,
    vault::{READ_LIMIT, private_directory},
};

use super::{desk, place::Place, record::Record};
use crate::{context::Context, failure::Failure};

/// How the names of rescues end.
const END: &str = ".age";

/// Days that a rescue is kept.
const DAYS: i64 = 7;

/// What stands for the slash of an environment's name, where no name has it.
const SLASH: &str = "+";

/// A rescue that was made, or found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    /// When, as in its name: digits that sort.
    time: String,
    /// How it is called.
    pub(crate) id: String,
    path: PathBuf,
}

impl Kept {
    fn at(path: PathBuf) -> Option<Self> {
        let id = path.file_name()?.to_str()?.strip_suffix(END)?.to_owned();
        let (_, time) = id.rsplit_once('-').filter(|(_, time)| is_time(time))?;
        Some(Kept {
            time: time.to_owned(),
            id,
            path,
        })
    }

    /// Reads it; its texts stay closed.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub(crate) fn read(&self) -> Result<Rescue, Failure> {
        let within = |failure: Failure| failure.within(format!("the rescue {}", self.id));
        let found = vault::vault::read(&self.path).map_err(|error| Failure::because(&error))?;
        let text = found
            .text()
            .map_err(|error| within(Failure::because(&error)))?;
        Rescue::parse(text).map_err(|error| within(Failure::because(&error)))
    }

    /// Takes it away; one that is gone already is as good.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::because(&error)
                .within(format!("cannot take away {}", self.path.display()))),
            _ => Ok(()),
        }
    }
}

/// `20261124T120000Z`, and a number behind it where two are of one second.
fn is_time(text: &str) -> bool {
    let (time, count) = text.split_once('.').unwrap_or((text, "0"));
    time.len() == 16
        && time.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        })
        && count.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where rescues lie.
pub(crate) struct Rescues(Vec<PathBuf>);

impl Rescues {
    /// The state directory, and where a disk is full the places of desks: there a rescue stays until the machine is started anew.
    pub(crate) fn of(context: &Context) -> Self {
        Rescues::beside(context, &Place::all(context))
    }

    /// The same, where the places are known.
    pub(super) fn beside(context: &Context, places: &[Place]) -> Self {
        let state = context.state_directory().into_iter();
        let places = places.iter().map(|place| place.directory().to_owned());
        let mut folders: Vec<PathBuf> = state
            .chain(places)
            .map(|folder| folder.join("rescue"))
            .collect();
        folders.dedup();
        Rescues(folders)
    }

    pub(super) fn folders(self) -> Vec<PathBuf> {
        self.0
    }

    /// All of them, the oldest first.
    pub(crate) fn list(&self) -> Vec<Kept> {
        let entries = self
            .0
            .iter()
            .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
        let mut all: Vec<Kept> = entries.filter_map(|entry| Kept::at(entry.path())).collect();
        all.sort();
        all
    }

    /// Takes away those that are too old; tells which.
    pub(super) fn expire(&self, context: &Context) -> Vec<Kept> {
        let limit = compact(&context.days_ago(DAYS));
        let mut old = self.list();
        old.retain(|kept| kept.time < limit && kept.remove().is_ok());
        old
    }
}

/// Keeps what was typed at a desk, if anything was; `None` if nothing.
///
/// # Errors
/// It can be written nowhere: then it has to stay where it is.
pub(super) fn keep(directory: &Path, record: &Record, now: &str) -> Result<Option<Kept>, Failure> {
    let typed = desk::typed(directory, record)
        .map_err(|error| Failure::because(&error).within("cannot read what was typed"))?;
    let Some(typed) = typed else { return Ok(None) };
    let subject = record.subject()?;
    let name = format!(
        "{}-{}",
        subject.environment.as_str().replace('/', SLASH),
        compact(now)
    );
    let rescue = Rescue::new(subject, now, &typed, record.began(), &record.recipients());
    let text = rescue.to_string();
    let mut outcome = Err(Failure::new("there is no place for what was typed"));
    for folder in &record.rescues {
        outcome = write(folder, &name, text.as_bytes()).map_err(|error| {
            Failure::because(&error).within(format!(
                "cannot keep what was typed in {}",
                folder.display()
            ))
        });
        if outcome.is_ok() {
            break;
        }
    }
    outcome.map(Some)
}

fn write(folder: &Path, name: &str, text: &[u8]) -> io::Result<Kept> {
    debug_assert!(text.len() as u64 <= READ_LIMIT * 4);
    private_directory(folder).map_err(io::Error::other)?;
    let mut file = tempfile::Builder::new()
        .prefix(".rescue-")
        .tempfile_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    for count in 0_u32.. {
        let id = match count {
            0 => name.to_owned(),
            count => format!("{name}.{count}"),
        };
        let path = folder.join(format!("{id}{END}"));
        match file.persist_noclobber(&path) {
            Ok(_) => {
                fs::File::open(folder)?.sync_all()?;
                return Kept::at(path).ok_or_else(|| io::ErrorKind::InvalidFilename.into());
            }
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                file = failed.file
            }
            Err(failed) => return Err(failed.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// A time as names have it: `2026-11-24T12:00:00Z` is `20261124T120000Z`.
fn compact(time: &str) -> String {
    time.chars()
        .filter(|letter| !matches!(letter, '-' | ':'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_time_and_others_are_no_rescues() {
        let kept = |name: &str| Kept::at(Path::new("/x").join(name));
        assert_eq!(
            kept("payments+prod-20261124T120000Z.age").unwrap().time,
            "20261124T120000Z"
        );
        assert_eq!(
            kept("a-b-20261124T120000Z.1.age").unwrap().id,
            "a-b-20261124T120000Z.1"
        );
        for name in [
            "prod.age",
            "prod-20261124.age",
            "prod-20261124T120000Z",
            ".rescue-abc",
        ] {
            assert_eq!(kept(name), None, "{name}");
        }
        assert_eq!(compact("2026-11-24T12:00:00Z"), "20261124T120000Z");
    }

    #[test]
    fn two_of_one_second_are_both_kept() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("rescue");
        let one = write(&folder, "prod-20261124T120000Z", b"1").unwrap();
        let other = write(&folder, "prod-20261124T120000Z", b"2").unwrap();
        assert!(one < other);
        let rescues = Rescues(vec![folder]);
        assert_eq!(rescues.list(), [one, other]);
    }
}
