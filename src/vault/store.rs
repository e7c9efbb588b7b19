//! The files of one root: written only if they are still what was read, one by one or all together.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    Content, Digest, JournalError, LockError, Locks, Notice, PathError, Place, ReadError,
    Replacement, Root, Snapshot, WriteError,
    directory::missing,
    journal::{Entry, Journal},
    removal::Removal,
    several::{Act, sweep_beside},
    shown::Shown,
    snapshot::read,
    steps::Steps,
    system,
    temporary::{directory_of, sweep_yaml},
};

/// What a file of the root is to be. Never secrets in clear: an interrupted write keeps the bytes in its journal.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where, below the root; directories are made as needed.
    pub path: PathBuf,
    /// What was read there; nothing means that there must be no file.
    pub expected: Option<Digest>,
    /// The new bytes.
    pub bytes: Vec<u8>,
}

/// A file of the root that is to go.
#[derive(Clone, Debug)]
pub struct Gone {
    /// Where, below the root.
    pub path: PathBuf,
    /// What was read there.
    pub expected: Digest,
}

/// Files were not written.
#[derive(Debug, Error)]
pub enum SaveError {
    /// A path is none inside the root.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A file could not be read to compare it.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Another process is writing, or there is no place for locks.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file could not be written. All are as they were.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The list of what is to be done could not be written or read. All files are as they were.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Somebody changed a file after it was read. Nothing was written; merge with what is there now, and save again.
    #[error("{} was changed by somebody else meanwhile", Shown(now.path()))]
    Changed {
        /// The file as it is now.
        now: Box<Snapshot>,
    },
    /// Somebody removed a file after it was read. Nothing was written.
    #[error("{} was removed by somebody else meanwhile", Shown(path))]
    Vanished {
        /// Which.
        path: PathBuf,
    },
    /// Two changes are for one file.
    #[error("{} is named twice", Shown(path))]
    Twice {
        /// Which.
        path: PathBuf,
    },
    /// Some files are written, others are not yet. The next write or [`Store::recover`] finishes this.
    #[error("only {written} of {all} files are written; the next run finishes this")]
    Interrupted {
        /// How many have the new bytes.
        written: usize,
        /// How many there are.
        all: usize,
        /// What stopped it.
        source: WriteError,
    },
}

/// What a write did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The files that have new bytes now; the others were as wanted and were not touched.
    pub written: Vec<PathBuf>,
    /// The files that are gone.
    pub removed: Vec<PathBuf>,
    /// What to tell about it.
    pub notices: Vec<Notice>,
}

/// The files of a root, with the directories that writing them takes.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) root: Root,
    pub(super) locks: Locks,
    pub(super) journals: PathBuf,
    pub(super) steps: Steps,
}

/// A change that makes a difference, and where.
struct Wanted<'a> {
    change: &'a Change,
    place: Place,
    /// What is there; nothing of a file that is new.
    before: Vec<u8>,
}

/// A file that goes, and where.
struct Going<'a> {
    gone: &'a Gone,
    place: Place,
}

impl Store {
    /// Takes a root, where locks lie, and the directory for journals of several files, which is made when it is needed.
    pub fn new(root: Root, locks: Locks, journals: &Path) -> Self {
        Store {
            root,
            locks,
            journals: journals.to_owned(),
            steps: Steps::default(),
        }
    }

    /// The root.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Finds out early whether a file can be written, before a person types anything.
    ///
    /// # Errors
    /// Its path is none inside the root, or it or its directory is read-only.
    pub fn check_writable(&self, relative: &Path) -> Result<(), SaveError> {
        let place = self.root.resolve(relative)?;
        Ok(super::check_writable(place.target())?)
    }

    /// Writes one file, if it is still the one that was read.
    ///
    /// The old file keeps its mode, its owner and, if it is one, its symbolic link; a new one gets the mode 0644.
    ///
    /// # Errors
    /// [`SaveError::Changed`] with the file as it is now if somebody was faster; after every error the file is as it was.
    pub fn save(&self, change: &Change) -> Result<Saved, SaveError> {
        self.save_all(std::slice::from_ref(change))
    }

    /// Writes several files, all or none, if all are still what was read.
    ///
    /// A run that is killed in between is finished or undone by the next one: see [`Store::recover`].
    ///
    /// # Errors
    /// As [`Store::save`]; after every error but [`SaveError::Interrupted`] all files are as they were.
    pub fn save_all(&self, changes: &[Change]) -> Result<Saved, SaveError> {
        self.save_and_remove(changes, &[])
    }

    /// Writes several files and takes others away, all or none, if all are still what was read.
    ///
    /// Files go last: whoever is stopped in between has the content in two places, never in none. The directories of files that go
    /// stay.
    ///
    /// # Errors
    /// As [`Store::save_all`].
    pub fn save_and_remove(&self, changes: &[Change], gone: &[Gone]) -> Result<Saved, SaveError> {
        let _root = self.locks.acquire(self.root.directory())?;
        let recovered = self.recover_locked()?.map(Notice::Recovered);
        let paths = changes.iter().map(|change| &change.path);
        let mut places = self.places(paths.chain(gone.iter().map(|gone| &gone.path)))?;
        let _files = self.locks.acquire_all(places.iter().map(Place::target))?;
        let going = going(gone, places.split_off(changes.len()))?;
        let wanted = wanted(changes, places)?;
        let mut saved = Saved {
            written: wanted.iter().map(|w| w.change.path.clone()).collect(),
            removed: gone.iter().map(|gone| gone.path.clone()).collect(),
            notices: recovered.into_iter().collect(),
        };
        saved.notices.extend(self.write(&wanted, &going)?);
        Ok(saved)
    }

    /// Removes what killed writers left in the folders of some files, of secret files of whatever name: one that was to be new has a
    /// name that no config has.
    pub fn sweep<'p>(&self, files: impl IntoIterator<Item = &'p Path>) {
        let places = files.into_iter().map(|path| self.root.resolve(path));
        let targets = places.flatten().map(|place| place.target().to_owned());
        let folders: BTreeSet<PathBuf> =
            targets.map(|path| directory_of(&path).to_owned()).collect();
        folders.iter().for_each(|folder| sweep_yaml(folder));
    }

    fn places<'p>(
        &self,
        paths: impl Iterator<Item = &'p PathBuf>,
    ) -> Result<Vec<Place>, SaveError> {
        let mut places: Vec<Place> = Vec::new();
        for path in paths {
            let place = self.root.resolve(path)?;
            if places.iter().any(|other| other.target() == place.target()) {
                let path = path.clone();
                return Err(SaveError::Twice { path });
            }
            places.push(place);
        }
        Ok(places)
    }

    fn write(&self, wanted: &[Wanted<'_>], going: &[Going<'_>]) -> Result<Vec<Notice>, SaveError> {
        let write = |wanted: &Wanted<'_>| {
            let prepared = self.prepare(&wanted.place, &wanted.change.bytes);
            prepared.map(Act::Write)
        };
        let remove =
            |going: &Going<'_>| Removal::prepare(&going.place, &self.steps).map(Act::Remove);
        let acts: Vec<_> = wanted
            .iter()
            .map(write)
            .chain(going.iter().map(remove))
            .collect::<Result<_, _>>()?;
        if acts.len() < 2 {
            let commits = acts.into_iter().map(Act::commit);
            return Ok(commits.collect::<Result<Vec<_>, _>>()?.concat());
        }
        let written = wanted.iter().map(|wanted| Entry {
            path: wanted.change.path.clone(),
            old: wanted.change.expected,
            new: Some(wanted.change.bytes.clone()),
            before: wanted.before.clone(),
        });
        let removed = going.iter().map(|going| Entry {
            path: going.gone.path.clone(),
            old: Some(going.gone.expected),
            new: None,
            before: Vec::new(),
        });
        self.commit_all(&Journal::new(written.chain(removed).collect()), acts)
    }

    pub(super) fn prepare(&self, place: &Place, bytes: &[u8]) -> Result<Replacement, WriteError> {
        self.make_directories(place)?;
        Replacement::prepare_observed(place.target(), bytes, Content::Public, &self.steps)
    }

    /// Makes the directories of a new file as everybody's: they are part of the work tree.
    fn make_directories(&self, place: &Place) -> Result<(), WriteError> {
        let directory = directory_of(place.target());
        let refused = |source| WriteError::Write {
            path: directory.to_owned(),
            source,
        };
        if !missing(directory).map_err(refused)? {
            return Ok(());
        }
        fs::create_dir_all(directory).map_err(refused)?;
        let above = directory.ancestors().skip(1);
        let inside = above.take_while(|path| path.starts_with(self.root.directory()));
        for path in inside {
            // Git makes directories anew; a lost one is no loss.
            let _ = system::flush_directory(path);
        }
        Ok(())
    }
}

/// Compares what is on disk with what was read, and leaves out what is as wanted already.
fn wanted(changes: &[Change], places: Vec<Place>) -> Result<Vec<Wanted<'_>>, SaveError> {
    let mut wanted = Vec::new();
    for (change, place) in changes.iter().zip(places) {
        let now = compare(change.expected, &place)?;
        match change.expected == Some(Digest::of(&change.bytes)) {
            false => wanted.push(Wanted {
                change,
                place,
                before: now.map(Snapshot::into_bytes).unwrap_or_default(),
            }),
            // Nothing replaces it, so nothing else removes what a killed writer left beside it.
            true => sweep_beside(&place),
        }
    }
    Ok(wanted)
}

/// Compares the files that are to go with what was read.
fn going(gone: &[Gone], places: Vec<Place>) -> Result<Vec<Going<'_>>, SaveError> {
    let all = gone.iter().zip(places);
    all.map(|(gone, place)| {
        compare(Some(gone.expected), &place)?;
        Ok(Going { gone, place })
    })
    .collect()
}

/// What is there, if it is what was read.
fn compare(expected: Option<Digest>, place: &Place) -> Result<Option<Snapshot>, SaveError> {
    let now = match read(place.target()) {
        Ok(now) => Some(now.named(place)),
        Err(ReadError::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    match (now, expected) {
        (None, None) => Ok(None),
        (Some(now), Some(expected)) if now.digest() == expected => Ok(Some(now)),
        (Some(now), _) => Err(SaveError::Changed { now: Box::new(now) }),
        (None, Some(_)) => Err(SaveError::Vanished {
            path: place.path().to_owned(),
        }),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
