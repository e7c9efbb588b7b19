//! Where, when and as whom the program runs: the only reader of the environment, the clock and the current directory.

mod directories;
mod environment;
mod git;
mod identities;
mod programs;
mod typed;

use std::{
    cell::OnceCell,
    ffi::OsString,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    failure::{Exit, Failure},
    shell,
    terminal::{InputError, OutputError, PromptError, Terminal},
};
use directories::Directories;
pub(crate) use directories::make_private;
pub(crate) use environment::Environment;
pub(crate) use git::GitConfig;
pub(crate) use identities::{Finding, IDENTITY_FILE, Identities, Lock};
pub(crate) use typed::{path_of_file, typed_again};

/// Signal of a pipe that nobody reads: what would have ended the program.
const SIGPIPE: u8 = 13;

/// What the command line says for every command.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// `-C DIR`.
    pub(crate) directory: Option<PathBuf>,
    /// `-i FILE`, in order.
    pub(crate) identities: Vec<PathBuf>,
    /// Whether what was typed behind `vault` may be shown.
    pub(crate) is_shown: bool,
}

/// The surroundings of one run.
pub(crate) struct Context {
    terminal: Terminal,
    environment: Environment,
    directory: PathBuf,
    standing: OnceCell<PathBuf>,
    work_tree: OnceCell<Option<PathBuf>>,
    git_config: OnceCell<GitConfig>,
    named_directory: Option<PathBuf>,
    named_identities: Vec<PathBuf>,
    is_shown: bool,
    identities: OnceCell<Identities>,
}

impl Context {
    /// Looks at where the program runs. Nothing but the directory is touched yet.
    ///
    /// # Errors
    /// When the directory is none, or is gone; when a private key was typed behind `-i`.
    pub(crate) fn new(options: Options) -> Result<Self, Failure> {
        Context::within(Environment::of_process(), options)
    }

    fn within(environment: Environment, options: Options) -> Result<Self, Failure> {
        identities::refuse_keys(&options.identities)?;
        Ok(Context {
            terminal: Terminal,
            environment,
            directory: directory(options.directory.as_deref())?,
            standing: OnceCell::new(),
            work_tree: OnceCell::new(),
            git_config: OnceCell::new(),
            named_directory: options.directory,
            named_identities: options.identities,
            is_shown: options.is_shown,
            identities: OnceCell::new(),
        })
    }

    /// The person in front of the program.
    pub(crate) fn terminal(&self) -> Terminal {
        self.terminal
    }

    /// The variables.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Where vaults are looked for: `-C`, else where the person stands. Absolute, without symlinks.
    ///
    /// Other paths of the command line count from where the person stands, so they are opened as they are.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the person stands, who is to type what a hint says of git; `directory` where git would not find its work tree from there.
    /// Absolute, without symlinks.
    pub(crate) fn standing(&self) -> &Path {
        let there = || match self.named_directory {
            Some(_) => standing_beside(self.work_tree()),
            None => None,
        };
        self.standing
            .get_or_init(|| there().unwrap_or_else(|| self.directory.clone()))
    }

    /// A path that counts from `directory`, as it is typed where the person stands.
    pub(crate) fn typed(&self, path: &Path) -> PathBuf {
        match &self.named_directory {
            Some(named) => named.join(path),
            None => path.to_owned(),
        }
    }

    /// The command as it was typed, for whoever is to type it in another folder; `None` where it may hold a value, or runs a program.
    pub(crate) fn line(&self) -> Option<String> {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        self.is_shown.then(|| typed_again(&arguments)).flatten()
    }

    /// The root of the git work tree around `directory`, if there is one: the nearest folder with a `.git`.
    pub(crate) fn work_tree(&self) -> Option<&Path> {
        self.work_tree
            .get_or_init(|| work_tree_of(&self.directory))
            .as_deref()
    }

    /// The index that git tells its hooks of, absolute: `git commit FILE` and `git commit --all` make one of their own.
    pub(crate) fn git_index(&self) -> Option<PathBuf> {
        let path = self.environment.get("GIT_INDEX_FILE")?;
        std::path::absolute(path).ok()
    }

    /// Which repository git works in, and on which work tree, where the variables say so; absolute.
    pub(crate) fn git_places(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        let place = |name| std::path::absolute(self.environment.get(name)?).ok();
        (place("GIT_DIR"), place("GIT_WORK_TREE"))
    }

    /// This program, to be called again: absolute.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn program(&self) -> Result<PathBuf, Failure> {
        std::env::current_exe()
            .map_err(|error| Failure::because(&error).within("cannot tell where this program lies"))
    }

    /// Another program, as PATH names it; never one of the work tree.
    ///
    /// # Errors
    /// There is none of that name.
    pub(crate) fn find_program(&self, name: &str) -> Result<PathBuf, Failure> {
        programs::program(name, &self.environment, self.work_tree())
    }

    /// The time as files bear it: RFC 3339, UTC, whole seconds.
    pub(crate) fn now(&self) -> String {
        now()
    }

    /// A point in time as it is written, from seconds since 1970; `None` for what is no year of ours.
    pub(crate) fn time_of(&self, seconds: i64) -> Option<String> {
        Timestamp::from_second(seconds).ok().map(written)
    }

    /// The same, for whoever tells the time later.
    pub(crate) fn clock(&self) -> fn() -> String {
        now
    }

    /// The time so many days ago, in the same form.
    pub(crate) fn days_ago(&self, days: i64) -> String {
        written(Timestamp::now() - SignedDuration::from_hours(24 * days))
    }

    /// Begins to measure a time.
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    pub(crate) fn stopwatch(&self) -> impl Fn() -> Duration + use<> {
        let start = Instant::now();
        move || start.elapsed()
    }

    /// `$XDG_CONFIG_HOME/vault`, where a person's identity lies.
    ///
    /// # Errors
    /// When there is neither that variable nor a home.
    pub(crate) fn config_directory(&self) -> Result<PathBuf, Failure> {
        self.directories().config()
    }

    /// `$XDG_STATE_HOME/vault`: what this machine remembers.
    ///
    /// # Errors
    /// When there is neither that variable nor a home.
    pub(crate) fn state_directory(&self) -> Result<PathBuf, Failure> {
        self.directories().state()
    }

    /// Where git's config is to be read.
    pub(crate) fn git_config(&self) -> &GitConfig {
        self.git_config
            .get_or_init(|| GitConfig::of(&self.environment))
    }

    /// Makes the directory for locks, 0700: in `$XDG_RUNTIME_DIR`, else in the state directory.
    ///
    /// # Errors
    /// When neither can be written.
    pub(crate) fn locks_directory(&self) -> Result<PathBuf, Failure> {
        self.directories().locks()
    }

    /// The private keys of whoever runs the program. Nothing is read before it is needed.
    pub(crate) fn identities(&self) -> &Identities {
        self.identities.get_or_init(|| {
            let work_tree = self.work_tree().map(Path::to_owned);
            Identities::new(&self.environment, work_tree, &self.named_identities)
        })
    }

    /// Each `-i`, as somebody types it again.
    pub(crate) fn typed_identities(&self) -> impl Iterator<Item = String> {
        let paths = self.named_identities.iter();
        paths.map(|path| format!("-i {}", shell::path(&path.to_string_lossy())))
    }

    /// The files of `-i`, absolute: for another run of this program, from wherever.
    ///
    /// # Errors
    /// No current directory.
    pub(crate) fn named_identities(&self) -> Result<Vec<PathBuf>, Failure> {
        let absolute = |path: &PathBuf| std::path::absolute(path);
        let paths: Result<Vec<PathBuf>, _> = self.named_identities.iter().map(absolute).collect();
        paths.map_err(|error| Failure::because(&error))
    }

    /// The variables that name files of identities, with absolute paths, for the same.
    ///
    /// # Errors
    /// No current directory.
    pub(crate) fn identity_files(&self) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
        let mut found = Vec::new();
        for name in identities::FILE_VARIABLES {
            if let Some(path) = self.environment.get(name) {
                let path = std::path::absolute(path).map_err(|error| Failure::because(&error))?;
                found.push((name, path));
            }
        }
        Ok(found)
    }

    /// The variables that no child process gets: identities, and what vault alone may know.
    pub(crate) fn withheld_variables(&self) -> Vec<OsString> {
        self.environment.withheld()
    }

    /// The variables that every child process gets, with their values.
    pub(crate) fn passed_on_variables(&self) -> Vec<(OsString, OsString)> {
        self.environment.passed_on()
    }

    fn directories(&self) -> Directories<'_> {
        Directories::new(&self.environment)
    }
}

fn now() -> String {
    written(Timestamp::now())
}

fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the process is read"
)]
fn directory(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let place = match named {
        Some(path) => path.to_owned(),
        None => std::env::current_dir().map_err(|error| {
            Failure::because(&error).within("cannot tell the current directory")
        })?,
    };
    let refused = |what: &dyn std::fmt::Display| {
        Failure::new(format!("cannot work in {}: {what}", place.display()))
    };
    let found = place.canonicalize().map_err(|error| refused(&error))?;
    match found.is_dir() {
        true => Ok(found),
        false => Err(refused(&"it is no directory")),
    }
}

/// The nearest folder with a `.git`, from a place upwards.
pub(crate) fn work_tree_of(place: &Path) -> Option<PathBuf> {
    place
        .ancestors()
        .find(|folder| folder.join(".git").symlink_metadata().is_ok())
        .map(Path::to_owned)
}

/// Whether git finds the same work tree from a folder as from where the person stands, or none from both.
pub(crate) fn has_one_work_tree(folder: &Path) -> bool {
    standing_beside(work_tree_of(folder).as_deref()).is_some()
}

/// Where the person stands, if git finds this work tree from there.
fn standing_beside(work_tree: Option<&Path>) -> Option<PathBuf> {
    let there = directory(None).ok()?;
    (work_tree_of(&there).as_deref() == work_tree).then_some(there)
}

impl From<PromptError> for Failure {
    fn from(error: PromptError) -> Self {
        Failure::because(&error)
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Failure::because(&error)
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        match error {
            // Whoever closed the pipe has what they wanted.
            OutputError::Closed => Failure::silent(Exit::Signal(SIGPIPE)),
            error => Failure::because(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(directory: &Path) -> Result<Context, Failure> {
        let options = Options {
            directory: Some(directory.to_owned()),
            ..Options::default()
        };
        Context::within(Environment::of([]), options)
    }

    #[test]
    fn the_directory_must_be_one() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(context(place.path()).is_ok());
        for path in [file, place.path().join("missing")] {
            let failure = context(&path).err().unwrap();
            assert_eq!(failure.code(), Exit::Failed);
            assert!(failure.error().unwrap().starts_with("cannot work in /"));
        }
    }

    #[test]
    fn the_work_tree_is_the_nearest_folder_with_a_git_file_or_folder() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let inner = root.join("sub/module");
        std::fs::create_dir_all(inner.join("deep")).unwrap();
        std::fs::create_dir(root.join(".git")).unwrap();
        std::fs::write(inner.join(".git"), "gitdir: elsewhere\n").unwrap();
        let work_tree = |path: &Path| context(path).unwrap().work_tree().map(Path::to_owned);
        assert_eq!(work_tree(&root.join("sub")), Some(root.clone()));
        assert_eq!(work_tree(&inner.join("deep")), Some(inner));
    }

    #[test]
    fn the_time_is_utc_in_whole_seconds() {
        let now = context(Path::new("/")).unwrap().now();
        assert_eq!(now.len(), "2026-11-21T08:00:00Z".len());
        assert_eq!(now.parse::<Timestamp>().unwrap().subsec_nanosecond(), 0);
        assert!(now.ends_with('Z'), "{now}");
        let read = |time: &str| time.parse::<Timestamp>().unwrap().as_second();
        let ago = context(Path::new("/")).unwrap().days_ago(7);
        let later = context(Path::new("/")).unwrap().now();
        // The clock goes on meanwhile.
        let week = 7 * 86_400;
        assert!((read(&now)..=read(&later)).contains(&(read(&ago) + week)));
    }
}
