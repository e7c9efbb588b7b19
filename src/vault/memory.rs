//! What this machine remembers of the outputs of one repository, so that vault replaces and removes only its own files.
//!
//! Without a memory (there is no place for it, or it is damaged) nothing is lost: every file is then taken for one that
//! somebody else put there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rand::{RngCore, rngs::OsRng};
use zeroize::Zeroizing;

use super::{
    Content, Lock, LockError, Locks, Notice, ReadError, Replacement, Snapshot, WriteError,
    directory::{check_ours, missing, private_directory},
    manifest::{BYTES, EXTENSION, Key, Manifest, Subject},
    snapshot::read,
    steps::{Step, Steps},
    system,
};

/// The file with the key, beside the manifests.
const KEY: &str = "key";

/// Writes the plaintext outputs of one repository, and keeps in mind which they are.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    pub(super) root: PathBuf,
    manifests: Option<PathBuf>,
    locks: Option<Locks>,
    pub(super) steps: Steps,
}

impl Outputs {
    /// The outputs of the vault at `root`, without a memory: no file that is there counts as ours.
    pub fn new(root: &Path) -> Self {
        Outputs {
            root: root.to_owned(),
            ..Outputs::default()
        }
    }

    /// Remembers in this directory, which is made when it is needed.
    #[must_use]
    pub fn remembering_in(self, manifests: &Path) -> Self {
        Outputs {
            manifests: Some(manifests.to_owned()),
            ..self
        }
    }

    /// Lets only one process at a time write to one place.
    #[must_use]
    pub fn with_locks(self, locks: Locks) -> Self {
        Outputs {
            locks: Some(locks),
            ..self
        }
    }

    #[cfg(test)]
    pub(super) fn observed(self, steps: Steps) -> Self {
        Outputs { steps, ..self }
    }

    /// Everything in the directory that may be a manifest; nothing where there is none.
    pub(super) fn manifests(&self) -> Vec<Snapshot> {
        let directory = self.manifests.as_deref().map(fs::read_dir);
        let entries = directory.and_then(Result::ok).into_iter().flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        paths
            .filter(|path| path.extension().is_some_and(|end| end == EXTENSION))
            .filter_map(|path| read(&path).ok())
            .collect()
    }

    /// Looks at what is remembered of an output. `canonical` is absolute and without links.
    pub(super) fn recall(&self, output: &Path, canonical: &Path) -> Memory<'_> {
        let mut memory = Memory {
            outputs: self,
            output: output.to_owned(),
            subject: Subject::new(&self.root, canonical),
            key: None,
            known: Manifest::default(),
            before: None,
            notices: Vec::new(),
            _lock: None,
        };
        if let Err(why) = memory.read() {
            let path = output.to_owned();
            memory.notices.push(Notice::NothingRemembered { path, why });
        }
        memory
    }

    /// As `recall`, for a write: nobody else writes there until this is dropped.
    ///
    /// # Errors
    /// Another process is writing there. Where there is no place for locks it goes without.
    pub(super) fn recall_locked(
        &self,
        output: &Path,
        canonical: &Path,
    ) -> Result<Memory<'_>, LockError> {
        let lock = match self.locks.as_ref().map(|locks| locks.acquire(canonical)) {
            Some(Err(error @ LockError::Busy { .. })) => return Err(error),
            Some(Ok(lock)) => Some(lock),
            Some(Err(_)) | None => None,
        };
        let mut memory = self.recall(output, canonical);
        memory._lock = lock;
        if memory.known.is_pending {
            let path = output.to_owned();
            memory.notices.push(Notice::Finished { path });
        }
        Ok(memory)
    }
}

/// What is remembered of one output.
pub(super) struct Memory<'o> {
    outputs: &'o Outputs,
    output: PathBuf,
    subject: Subject,
    key: Option<Key>,
    known: Manifest,
    /// What was known before `expect`.
    before: Option<Manifest>,
    notices: Vec<Notice>,
    _lock: Option<Lock>,
}

impl Memory<'_> {
    /// Whether vault wrote exactly these bytes there last, or was about to; a single file has the name `""`.
    pub(super) fn wrote(&self, name: &str, bytes: &[u8]) -> bool {
        let sum = |key: &Key| self.subject.sum(key, name, bytes);
        let known = self.known.files.get(name);
        self.key
            .as_ref()
            .zip(known)
            .is_some_and(|(key, sums)| sums.contains(&sum(key)))
    }

    /// The names of the files that it wrote.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.known.files.keys().map(String::as_str)
    }

    /// Whom it gave the directory to.
    pub(super) fn owner(&self) -> Option<u32> {
        self.known.owner
    }

    /// Remembers that these files are about to be written: until that is done, a file is ours as it was before and as it
    /// is to be. So a run that dies in between leaves nothing that the next one does not know.
    pub(super) fn expect(&mut self, files: &[(&str, &[u8])], owner: Option<u32>) {
        self.make_key();
        let Some(key) = &self.key else { return };
        let mut pending = Manifest {
            is_pending: true,
            owner: owner.or(self.known.owner),
            files: self.known.files.clone(),
        };
        for (name, bytes) in files {
            let sum = self.subject.sum(key, name, bytes);
            let sums = pending.files.entry((*name).to_owned()).or_default();
            if !sums.contains(&sum) {
                sums.push(sum);
            }
        }
        self.before = Some(self.known.clone());
        self.store(pending);
    }

    /// Remembers what it was before: nothing came of what was about to be written.
    pub(super) fn take_back(&mut self) {
        if let Some(before) = self.before.take() {
            self.store(before);
        }
    }

    /// Remembers that these files, and no others, are ours now.
    pub(super) fn settle(&mut self, files: &[(&str, &[u8])], owner: Option<u32>) {
        self.make_key();
        let Some(key) = &self.key else { return };
        let sum = |(name, bytes): &(&str, &[u8])| {
            ((*name).to_owned(), vec![self.subject.sum(key, name, bytes)])
        };
        let settled = Manifest {
            is_pending: false,
            owner,
            files: files.iter().map(sum).collect(),
        };
        if settled != self.known {
            self.store(settled);
        }
    }

    /// What there is to tell.
    pub(super) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    fn read(&mut self) -> Result<(), String> {
        let Some(directory) = &self.outputs.manifests else {
            return Ok(());
        };
        if missing(directory).unwrap_or(true) {
            return Ok(());
        }
        refuse_foreign(directory)?;
        self.key = read_key(directory)?;
        let Some(key) = &self.key else {
            return Ok(());
        };
        let bytes = match read(&directory.join(self.subject.file_name())) {
            Ok(file) => file,
            Err(ReadError::Missing { .. }) => return Ok(()),
            Err(error) => return Err(told(&error)),
        };
        self.known = Manifest::from_bytes(bytes.bytes(), &self.subject, key)
            .ok_or("it is damaged, or from another version of vault")?;
        Ok(())
    }

    fn make_key(&mut self) {
        let Some(directory) = &self.outputs.manifests else {
            return;
        };
        if self.key.is_none() {
            match make_key(directory) {
                Ok(key) => self.key = Some(key),
                Err(why) => self.forget(why),
            }
        }
    }

    fn store(&mut self, manifest: Manifest) {
        let (Some(directory), Some(key)) = (&self.outputs.manifests, &self.key) else {
            return;
        };
        let path = directory.join(self.subject.file_name());
        let bytes = manifest.to_bytes(&self.subject, key);
        match self.write(directory, &path, &bytes) {
            Ok(()) => self.known = manifest,
            Err(why) => self.forget(why),
        }
    }

    fn write(&self, directory: &Path, path: &Path, bytes: &[u8]) -> Result<(), String> {
        let steps = &self.outputs.steps;
        private_directory(directory).map_err(|error| told(&error))?;
        steps
            .reach(Step::Remember, path)
            .map_err(|error| told(&error))?;
        let written = Replacement::prepare_observed(path, bytes, Content::Private, steps)
            .and_then(Replacement::commit);
        written.map(|_| ()).map_err(|error| told(&error))
    }

    /// Says once that the next run will not know of this one.
    fn forget(&mut self, why: String) {
        let is_said = |notice: &Notice| matches!(notice, Notice::NotRemembered { .. });
        if !self.notices.iter().any(is_said) {
            // That nothing is known from before goes without saying then.
            let is_less = |notice: &Notice| matches!(notice, Notice::NothingRemembered { .. });
            self.notices.retain(|notice| !is_less(notice));
            let path = self.output.clone();
            self.notices.push(Notice::NotRemembered { path, why });
        }
    }
}

/// An error with its causes, as a part of a notice.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

/// What another user could have written there says nothing about our files.
fn refuse_foreign(directory: &Path) -> Result<(), String> {
    let metadata = fs::symlink_metadata(directory).map_err(|error| told(&error))?;
    let is_ours = system::is_ours(&metadata).map_err(|error| told(&error))?;
    check_ours(directory, &metadata, is_ours).map_err(|error| told(&error))
}

fn read_key(directory: &Path) -> Result<Option<Key>, String> {
    let file = match read(&directory.join(KEY)) {
        Ok(file) => file,
        Err(ReadError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(told(&error)),
    };
    match <[u8; BYTES]>::try_from(file.bytes()) {
        Ok(key) => Ok(Some(Zeroizing::new(key))),
        Err(_) => Err("its key is damaged".to_owned()),
    }
}

/// Makes the key, or takes the one that another process made first; one that is damaged is of no use, and is replaced.
fn make_key(directory: &Path) -> Result<Key, String> {
    private_directory(directory).map_err(|error| told(&error))?;
    if let Ok(Some(key)) = read_key(directory) {
        return Ok(key);
    }
    let mut key = Key::default();
    OsRng.fill_bytes(&mut *key);
    let path = directory.join(KEY);
    let made = Replacement::prepare(&path, &*key, Content::Private).and_then(Replacement::commit);
    match made {
        Ok(_) => Ok(key),
        Err(WriteError::Exists { .. }) => {
            read_key(directory)?.ok_or_else(|| "its key has vanished".to_owned())
        }
        Err(error) => Err(told(&error)),
    }
}
