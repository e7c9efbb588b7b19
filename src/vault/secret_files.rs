//! One file per secret in a directory, as containers mount them: a set that is replaced as a whole.
//!
//! All new files are complete beside the old ones before the first takes its place. Before all that, vault notes what is
//! about to be ours; a run that dies between two renames leaves old and new files, all of which the next one knows,
//! replaces and removes. Files are replaced one by one, not the directory, because it may hold files of somebody else and
//! may be mounted: a mount keeps the directory that it was given.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
};

use super::{
    Notice, OutputError, Outputs, Permissions, ReadError, Wish, WriteError, Written,
    directory::{DirectoryError, make_private},
    memory::Memory,
    output::{Admission, Plan, admit, metadata_of},
    permissions::Refused,
    reach::barred,
    snapshot::read,
    steps::Step,
    system,
    temporary::sweep,
};

/// Bytes in the name of a file, as in the key of a Kubernetes secret.
const NAME_BYTES: usize = 253;

/// The mode of directories above the set that were made for it, if somebody else is to reach it: they let through, and
/// show nothing.
const WAY_THROUGH: u32 = 0o711;

/// A file by its name, and what it is to hold.
pub type NamedBytes<'a> = (&'a str, &'a [u8]);

/// What was done in a directory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WrittenFiles {
    /// Each file by name, in the order given.
    pub files: Vec<(String, Written)>,
    /// The files of ours that belonged to no name any more.
    pub removed: Vec<String>,
    /// What to tell about it.
    pub notices: Vec<Notice>,
}

/// How the files of a directory differ from those that are to be there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The names without a file.
    pub missing: Vec<String>,
    /// The names whose file has other content.
    pub changed: Vec<String>,
    /// The files of ours that belong to no name any more.
    pub stale: Vec<String>,
    /// Files whose mode or owner is not as wanted, each with what is wrong.
    pub permissions: Vec<(String, String)>,
}

impl Outputs {
    /// Makes the files of a directory exactly these, as far as they are ours.
    ///
    /// The directory is made as needed, with those above it. It gets the owner of its files and the mode 0700, or 0750
    /// where the files' mode lets the group read but not everybody; one that holds other files as well keeps what it has, with a notice.
    /// Files of ours that are not among these are removed unless somebody changed them. Files of other names are left
    /// alone.
    ///
    /// # Errors
    /// A name is unsafe, the directory is a link or somebody else's, a link of a repository is on the way, or files that are not ours are in the way and `wish`
    /// does not allow for it: nothing was written. [`OutputError::Partly`] if the system fails between two renames.
    pub fn write_files(
        &self,
        directory: &Path,
        files: &[NamedBytes<'_>],
        wish: &Wish,
    ) -> Result<WrittenFiles, OutputError> {
        check_names(files)?;
        // The components, because a name that ends in a slash would be looked up behind a link.
        let directory: PathBuf = directory.components().collect();
        self.check_way(&directory)?;
        self.sweep_remembered();
        let made = make_private(&directory).map_err(|source| unmade(&directory, source))?;
        let mut memory = self.enter(&directory, &wish.permissions)?;
        let admitted = admit_all(&directory, files, wish, &memory)?;
        let stale: Vec<String> = stale(&memory, files).map(str::to_owned).collect();
        sweep(
            &directory,
            names(files).chain(stale.iter().map(|name| name.as_ref())),
        );
        let is_shared = holds_others(&directory, files, &memory)
            .map_err(|source| unmade(&directory, source))?;
        let owner = match is_shared {
            true => memory.owner(),
            false => wish.permissions.user,
        };
        // Before the first temporary, so that the next run knows the names of those that a killed one leaves.
        if admitted
            .iter()
            .any(|written| *written != Written::Unchanged)
            || !stale.is_empty()
        {
            memory.expect(files, owner);
        }
        let prepared = self
            .prepare(&directory, files, &admitted, wish)
            .and_then(|plans| {
                // What was written so far has no names yet: a checkout in between must not decide where it gets them.
                self.check_way(&directory)?;
                let notice = self.open(&directory, &made, is_shared, &wish.permissions)?;
                Ok((plans, notice))
            });
        let (plans, notice) = prepared.inspect_err(|_| memory.take_back())?;
        let mut done = commit(files, plans)?;
        done.notices.extend(notice);
        self.remove(&directory, files, &stale, &memory, &mut done)?;
        memory.settle(files, owner);
        done.notices.extend(barred(&directory, &wish.permissions));
        done.notices.extend(memory.take_notices());
        Ok(done)
    }

    /// Compares the files of a directory with those that are to be there, and writes nothing.
    ///
    /// # Errors
    /// The directory or a file is a link or something else, or cannot be read.
    pub fn survey(
        &self,
        directory: &Path,
        files: &[NamedBytes<'_>],
        permissions: &Permissions,
    ) -> Result<Survey, OutputError> {
        check_names(files)?;
        let directory: PathBuf = directory.components().collect();
        self.check_way(&directory)?;
        let mut survey = Survey::default();
        if lookup(&directory)?.is_none() {
            let names = files.iter().map(|(name, _)| (*name).to_owned());
            survey.missing = names.collect();
            return Ok(survey);
        }
        for (name, bytes) in files {
            compare(&mut survey, &directory, (name, bytes), permissions)?;
        }
        let canonical =
            fs::canonicalize(&directory).map_err(|source| unmade(&directory, source))?;
        let memory = self.recall(&directory, &canonical);
        for name in stale(&memory, files) {
            let is_there = state(&directory, name, &memory)? == State::Ours;
            survey.stale.extend(is_there.then(|| name.to_owned()));
        }
        Ok(survey)
    }

    /// Makes sure that the directory is one, and ours, or belongs to whom it was given to.
    fn enter(
        &self,
        directory: &Path,
        permissions: &Permissions,
    ) -> Result<Memory<'_>, OutputError> {
        let refused = |source| unmade(directory, source);
        let metadata = lookup(directory)?.ok_or_else(|| refused(io::ErrorKind::NotFound.into()))?;
        let canonical = fs::canonicalize(directory).map_err(refused)?;
        let memory = self.recall_locked(directory, &canonical)?;
        let user = system::owner(&metadata).map(|owner| owner.user);
        let is_given = user.is_some() && (user == permissions.user || user == memory.owner());
        if !is_given && !system::is_ours(&metadata).map_err(refused)? {
            let path = directory.to_owned();
            return Err(DirectoryError::Foreign { path }.into());
        }
        Ok(memory)
    }

    fn prepare(
        &self,
        directory: &Path,
        files: &[NamedBytes<'_>],
        admitted: &[Written],
        wish: &Wish,
    ) -> Result<Vec<Plan>, OutputError> {
        let files = files.iter().zip(admitted);
        files
            .map(|((name, bytes), written)| {
                let path = directory.join(name);
                let plan = Plan::prepare(&path, bytes, *written, wish.permissions, &self.steps);
                Ok(plan?)
            })
            .collect()
    }

    /// Lets those into the directory who are to read its files, and nobody else; one that holds other files stays.
    fn open(
        &self,
        directory: &Path,
        made: &[PathBuf],
        is_shared: bool,
        permissions: &Permissions,
    ) -> Result<Option<Notice>, OutputError> {
        let refused = |source| unmade(directory, source);
        let metadata = fs::symlink_metadata(directory).map_err(refused)?;
        if permissions.lets_others_in() {
            for above in made.iter().filter(|made| *made != directory) {
                let opened =
                    File::open(above).and_then(|file| system::set_mode(&file, WAY_THROUGH));
                opened.map_err(refused)?;
            }
        }
        if permissions.fit_directory(&metadata) {
            return Ok(None);
        }
        let path = directory.to_owned();
        if is_shared {
            return Ok(Some(match system::is_open_to_others(&metadata) {
                true => Notice::OpenDirectory { path },
                false => Notice::ClosedDirectory { path },
            }));
        }
        let opened = File::open(directory).map_err(refused)?;
        match permissions.give_directory(&opened) {
            Ok(()) => Ok(None),
            Err(Refused::Other(source)) => Err(refused(source)),
            Err(Refused::Owner(source)) => Err(WriteError::Owner { path, source }.into()),
        }
    }

    /// Removes what belongs to no name any more, if it is still what vault wrote.
    fn remove(
        &self,
        directory: &Path,
        files: &[NamedBytes<'_>],
        stale: &[String],
        memory: &Memory<'_>,
        done: &mut WrittenFiles,
    ) -> Result<(), OutputError> {
        for name in stale {
            let path = directory.join(name);
            match state(directory, name, memory)? {
                State::Missing => {}
                State::Others => done.notices.push(Notice::Kept { path }),
                State::Ours => {
                    let refused = |source| WriteError::Write {
                        path: path.clone(),
                        source,
                    };
                    if is_also(&path, directory, files).map_err(refused)? {
                        continue;
                    }
                    self.steps.reach(Step::Remove, &path).map_err(refused)?;
                    fs::remove_file(&path).map_err(refused)?;
                    done.removed.push(name.clone());
                }
            }
        }
        if !done.removed.is_empty() && system::flush_directory(directory).is_err() {
            let path = directory.to_owned();
            done.notices.push(Notice::NotFlushed { path });
        }
        Ok(())
    }
}

/// What a file that vault wrote once is now.
#[derive(PartialEq, Eq)]
enum State {
    Missing,
    Ours,
    Others,
}

fn state(directory: &Path, name: &str, memory: &Memory<'_>) -> Result<State, OutputError> {
    match read(&directory.join(name)) {
        Err(ReadError::Missing { .. }) => Ok(State::Missing),
        Err(error @ ReadError::Read { .. }) => Err(error.into()),
        Err(_) => Ok(State::Others),
        // A link is none of ours, wherever it leads.
        Ok(file) if !file.is_link() && memory.wrote(name, file.bytes()) => Ok(State::Ours),
        Ok(_) => Ok(State::Others),
    }
}

/// The names of ours that are not among these.
fn stale<'m>(memory: &'m Memory<'_>, files: &[NamedBytes<'_>]) -> impl Iterator<Item = &'m str> {
    let wanted: HashSet<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    memory
        .names()
        .filter(move |name| is_safe(name) && !wanted.contains(*name))
}

/// Whether a file is one of these under another spelling of its name: not every file system tells them apart.
fn is_also(path: &Path, directory: &Path, files: &[NamedBytes<'_>]) -> io::Result<bool> {
    let spelled = path.file_name().unwrap_or_default();
    for (name, _) in files {
        if !spelled.eq_ignore_ascii_case(name) {
            continue;
        }
        let (this, that) = (fs::symlink_metadata(path)?, directory.join(name));
        if fs::symlink_metadata(that).is_ok_and(|that| system::is_same(&this, &that)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn names<'a>(files: &'a [NamedBytes<'_>]) -> impl Iterator<Item = &'a OsStr> {
    files.iter().map(|(name, _)| name.as_ref())
}

fn admit_all(
    directory: &Path,
    files: &[NamedBytes<'_>],
    wish: &Wish,
    memory: &Memory<'_>,
) -> Result<Vec<Written>, OutputError> {
    let mut admitted = Vec::with_capacity(files.len());
    let mut names = Vec::new();
    for (name, bytes) in files {
        let knows = |now: &[u8]| memory.wrote(name, now);
        match admit(&directory.join(name), bytes, wish, knows)? {
            Admission::Admitted(written) => admitted.push(written),
            Admission::Refused => names.push((*name).to_owned()),
        }
    }
    let directory = directory.to_owned();
    match names.is_empty() {
        true => Ok(admitted),
        false => Err(OutputError::Others { directory, names }),
    }
}

fn commit(files: &[NamedBytes<'_>], plans: Vec<Plan>) -> Result<WrittenFiles, OutputError> {
    let all = plans.len();
    let mut done = WrittenFiles::default();
    for (written, ((name, _), plan)) in files.iter().zip(plans).enumerate() {
        let what = plan.written();
        let notices = plan.commit().map_err(|source| OutputError::Partly {
            written,
            all,
            source,
        })?;
        done.files.push(((*name).to_owned(), what));
        done.notices.extend(notices);
    }
    Ok(done)
}

fn compare(
    survey: &mut Survey,
    directory: &Path,
    (name, bytes): NamedBytes<'_>,
    permissions: &Permissions,
) -> Result<(), OutputError> {
    let path = directory.join(name);
    if metadata_of(&path)?.is_none() {
        survey.missing.push(name.to_owned());
        return Ok(());
    }
    let file = read(&path)?;
    if file.bytes() != bytes {
        survey.changed.push(name.to_owned());
    }
    let faults = permissions
        .differences(&file)
        .map_err(|source| ReadError::Read { path, source })?;
    let named = faults.into_iter().map(|fault| (name.to_owned(), fault));
    survey.permissions.extend(named);
    Ok(())
}

fn check_names(files: &[NamedBytes<'_>]) -> Result<(), OutputError> {
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

/// What the system knows of a directory; `None` if there is none.
fn lookup(directory: &Path) -> Result<Option<Metadata>, OutputError> {
    let path = directory.to_owned();
    match fs::symlink_metadata(directory) {
        Ok(metadata) if metadata.is_symlink() => Err(DirectoryError::Link { path }.into()),
        Ok(metadata) if metadata.is_dir() => Ok(Some(metadata)),
        Ok(_) => Err(DirectoryError::NotADirectory { path }.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(unmade(directory, source)),
    }
}

fn unmade(directory: &Path, source: io::Error) -> OutputError {
    let path = directory.to_owned();
    DirectoryError::Make { path, source }.into()
}

/// Whether anything in the directory is not ours: a home or `/tmp` must never be closed to others, or given away.
fn holds_others(
    directory: &Path,
    files: &[NamedBytes<'_>],
    memory: &Memory<'_>,
) -> io::Result<bool> {
    let ours: HashSet<&str> = files
        .iter()
        .map(|(name, _)| *name)
        .chain(memory.names())
        .collect();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if !name.to_str().is_some_and(|name| ours.contains(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
