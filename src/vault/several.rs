//! Several files, all or none.
//!
//! All temporaries are complete and flushed, then a journal says what is to be, then come the renames. Once the journal
//! is there, the write will happen, or be taken back where somebody came between: it holds the new bytes and the old ones
//! itself, so that nothing that is cleaned out of the work tree can stop it half way.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use super::{
    Digest, JournalError, Notice, Place, ReadError, Replacement, SaveError, Store, WriteError,
    directory::missing,
    journal::{Entry, Journal},
    removal::Removal,
    shown::Shown,
    snapshot::read,
    steps::Step,
    system,
    temporary::{directory_of, parts, sweep},
};

/// What became of an interrupted write of several files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The files that have their new bytes now, or are gone as they should be.
    pub finished: Vec<PathBuf>,
    /// The files that have their old bytes, or are not there as before: the write was given up, because somebody changed one of them.
    pub undone: Vec<PathBuf>,
    /// The files that somebody else changed meanwhile; they were left alone.
    pub foreign: Vec<PathBuf>,
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("finished", &self.finished),
            ("undone", &self.undone),
            ("changed by somebody else and left alone", &self.foreign),
        ];
        f.write_str("an earlier run was interrupted")?;
        for (what, paths) in parts.iter().filter(|(_, paths)| !paths.is_empty()) {
            let names: Vec<_> = paths.iter().map(|path| Shown(path).to_string()).collect();
            write!(f, "; {what}: {}", names.join(", "))?;
        }
        Ok(())
    }
}

/// What is done to one of several files, ready to be done.
pub(super) enum Act {
    Write(Replacement),
    Remove(Removal),
}

impl Act {
    pub(super) fn commit(self) -> Result<Vec<Notice>, WriteError> {
        match self {
            Act::Write(replacement) => replacement.commit(),
            Act::Remove(removal) => removal.commit(),
        }
    }
}

/// How a file of a journal is found.
enum State {
    Old(Place),
    New(Place),
    Foreign,
}

impl Store {
    /// Whether an earlier write of several files was interrupted; asks the disk once.
    ///
    /// # Errors
    /// The directory of the journals cannot be looked at.
    pub fn is_interrupted(&self) -> Result<bool, JournalError> {
        let path = self.journal_path();
        let there = missing(&path).map(|missing| !missing);
        there.map_err(|source| JournalError::Read { path, source })
    }

    /// Finishes or undoes an interrupted write of several files; nothing if there is none.
    ///
    /// Finishes it if all files are as they were or as they are to be; undoes it if somebody has changed one of them since: what
    /// they changed must not be left out of what was made before. Only where files are gone already, which go last, is it
    /// finished all the same. Files that somebody else changed are left alone.
    ///
    /// # Errors
    /// A file cannot be written, or the journal not be read; then it stays for the next try.
    pub fn recover(&self) -> Result<Option<Recovery>, SaveError> {
        if !self.is_interrupted()? {
            return Ok(None);
        }
        let _root = self.locks.acquire(self.root.directory())?;
        self.recover_locked()
    }

    /// As [`Store::recover`], for a caller who holds the lock of the root.
    pub(super) fn recover_locked(&self) -> Result<Option<Recovery>, SaveError> {
        if !self.is_interrupted()? {
            return Ok(None);
        }
        let journal = Journal::read(&self.journal_path(), self.root.directory())?;
        let places = self.known_places(&journal);
        let _files = self.locks.acquire_all(places.iter().map(Place::target))?;
        for place in &places {
            sweep_beside(place);
        }
        let recovery = self.settle(&journal)?;
        self.remove_journal()?;
        Ok(Some(recovery))
    }

    /// Renames and removes everything, under the protection of a journal.
    pub(super) fn commit_all(
        &self,
        journal: &Journal,
        acts: Vec<Act>,
    ) -> Result<Vec<Notice>, SaveError> {
        let all = acts.len();
        let mut notices = self.write_journal(journal)?;
        for (written, act) in acts.into_iter().enumerate() {
            match act.commit() {
                Ok(more) => notices.extend(more),
                Err(source) => return Err(self.stop(written, all, source)),
            }
        }
        // A journal that stays is no harm: the next run finds every file new, and removes it.
        let _ = self.remove_journal();
        Ok(notices)
    }

    /// Gives up if nothing was replaced yet; else leaves the rest to the next run.
    fn stop(&self, written: usize, all: usize, source: WriteError) -> SaveError {
        if written == 0 && self.remove_journal().is_ok() {
            return source.into();
        }
        SaveError::Interrupted {
            written,
            all,
            source,
        }
    }

    fn settle(&self, journal: &Journal) -> Result<Recovery, SaveError> {
        let mut states: Vec<_> = journal
            .entries()
            .iter()
            .map(|entry| Ok((entry, self.state(entry)?)))
            .collect::<Result<_, SaveError>>()?;
        let began = has_begun(&states);
        if !began {
            // Files go last: one that is gone before anything was written was taken away by somebody else.
            let gone = states
                .iter_mut()
                .filter(|(_, s)| matches!(s, State::New(_)));
            gone.for_each(|(_, state)| *state = State::Foreign);
        }
        let disturbed = states.iter().any(|(_, s)| matches!(s, State::Foreign));
        let gives_up = disturbed && !has_removed(&states);
        let mut recovery = Recovery::default();
        for (entry, state) in states {
            match state {
                State::Old(_) if gives_up => recovery.undone.push(entry.path.clone()),
                State::New(place) if gives_up => {
                    self.take_back(&place, entry)?.commit()?;
                    recovery.undone.push(entry.path.clone());
                }
                State::Old(place) => {
                    self.act(&place, entry)?.commit()?;
                    recovery.finished.push(entry.path.clone());
                }
                State::New(_) => recovery.finished.push(entry.path.clone()),
                State::Foreign => recovery.foreign.push(entry.path.clone()),
            }
        }
        Ok(recovery)
    }

    fn act(&self, place: &Place, entry: &Entry) -> Result<Act, WriteError> {
        match &entry.new {
            Some(bytes) => self.prepare(place, bytes).map(Act::Write),
            None => Removal::prepare(place, &self.steps).map(Act::Remove),
        }
    }

    /// The reverse: a file has its old bytes again, or is not there again.
    fn take_back(&self, place: &Place, entry: &Entry) -> Result<Act, WriteError> {
        match entry.old {
            Some(_) => self.prepare(place, &entry.before).map(Act::Write),
            None => Removal::prepare(place, &self.steps).map(Act::Remove),
        }
    }

    fn state(&self, entry: &Entry) -> Result<State, SaveError> {
        let Ok(place) = self.root.resolve(&entry.path) else {
            return Ok(State::Foreign);
        };
        let digest = match read(place.target()) {
            Ok(now) => Some(now.digest()),
            Err(ReadError::Missing { .. }) => None,
            Err(error @ ReadError::Read { .. }) => return Err(error.into()),
            Err(_) => return Ok(State::Foreign),
        };
        Ok(if digest == entry.new.as_deref().map(Digest::of) {
            State::New(place)
        } else if digest == entry.old {
            State::Old(place)
        } else {
            State::Foreign
        })
    }

    fn known_places(&self, journal: &Journal) -> Vec<Place> {
        let entries = journal.entries().iter();
        entries
            .filter_map(|entry| self.root.resolve(&entry.path).ok())
            .collect()
    }

    fn journal_path(&self) -> PathBuf {
        self.journals.join(Journal::name(self.root.directory()))
    }

    fn write_journal(&self, journal: &Journal) -> Result<Vec<Notice>, JournalError> {
        let path = self.journal_path();
        self.reach(Step::WriteJournal, &path)?;
        journal.write(&path, self.root.directory())
    }

    fn remove_journal(&self) -> Result<(), JournalError> {
        let path = self.journal_path();
        self.reach(Step::RemoveJournal, &path)?;
        let removed = fs::remove_file(&path).and_then(|()| system::flush_directory(&self.journals));
        removed.map_err(|source| JournalError::Write {
            path: path.clone(),
            source,
        })?;
        self.reach(Step::Done, &path)
    }

    fn reach(&self, step: Step, path: &Path) -> Result<(), JournalError> {
        let path = path.to_owned();
        self.steps
            .reach(step, &path)
            .map_err(|source| JournalError::Write { path, source })
    }
}

/// Whether something was done already: a file was written, or, where all are only to go, one is gone.
fn has_begun(states: &[(&Entry, State)]) -> bool {
    let writes = |entry: &Entry| entry.new.is_some();
    let only_removes = !states.iter().any(|(entry, _)| writes(entry));
    states
        .iter()
        .any(|(entry, state)| matches!(state, State::New(_)) && (writes(entry) || only_removes))
}

/// Whether a file is gone that was to go: that comes last, so all others were written.
fn has_removed(states: &[(&Entry, State)]) -> bool {
    states
        .iter()
        .any(|(entry, state)| entry.new.is_none() && matches!(state, State::New(_)))
}

/// Removes what killed writers of a file left beside it; whoever calls this has its lock.
pub(super) fn sweep_beside(place: &Place) {
    if let Ok((_, name)) = parts(place.target()) {
        sweep(directory_of(place.target()), [name]);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
