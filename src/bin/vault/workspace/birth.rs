//! Making an environment's file for the first time, and never a second time.

use std::path::{Path, PathBuf};

use rand::{RngCore, rngs::OsRng};
use vault::{
    config::{Config, Environment, REPOSITORY_ID_BYTES, RepositoryId, edit::with_repository},
    members::{Log, Origin},
    sealed::{Opened, Sealed},
    sops::EVERYTHING,
    value::EnvName,
    vault::{CONFIG, Change},
    yaml::Document,
};

use super::{
    Trouble, Workspace,
    altered::refuse_to_make,
    history::file_in,
    lineage::config_of,
    linked::{typed_from, with_folder},
};
use crate::{
    failure::Failure,
    repo::{Repo, Staged},
};

/// A file that does not exist yet.
pub(crate) struct Birth {
    /// The empty file.
    pub(crate) opened: Opened,
    /// The config with the id of the repository, where it had none.
    pub(crate) config: Option<Change>,
}

impl Workspace<'_> {
    /// Makes the file of an environment that has none.
    pub(crate) fn birth(&self, environment: &Environment, now: &str) -> Result<Birth, Trouble> {
        self.refuse_second_birth(environment)?;
        self.refuse_making(environment)?;
        self.refuse_birth_for_leavers(environment)?;
        self.refuse_alteration(environment)?;
        self.begin(environment, now)
    }

    /// Refuses to make a file that git's attributes would alter.
    ///
    /// # Errors
    /// They would; a config of git that cannot be read.
    pub(crate) fn refuse_alteration(&self, environment: &Environment) -> Result<(), Trouble> {
        let file = Path::new(environment.file().as_str());
        refuse_to_make(self.context(), self.root(), [(file, &[][..])])
    }

    /// The same for a file that history cannot have: a local layer, which is never committed.
    pub(super) fn begin(&self, environment: &Environment, now: &str) -> Result<Birth, Trouble> {
        let (repository, config) = match environment.is_signed() {
            true => self.repository_or_new()?,
            false => (String::new(), None),
        };
        Ok(Birth {
            opened: new_file(environment, repository, None, now)?,
            config,
        })
    }

    /// The id of the repository; a new one only while no file is bound to one.
    pub(crate) fn repository_or_new(&self) -> Result<(String, Option<Change>), Trouble> {
        if let Some(id) = self.config().repository() {
            return Ok((id.as_str().to_owned(), None));
        }
        if let Some(bound) = self
            .config()
            .environments()
            .find(|environment| self.has_block(environment))
        {
            if self.is_stale() {
                // Somebody else has made it meanwhile; a write compares the config again.
                return Workspace::open(self.context())?.repository_or_new();
            }
            let text = format!(
                "{} is signed, but .vault.yaml has no `repository`",
                bound.file()
            );
            return Err(
                Trouble::untrusted(text).hint("git log -p .vault.yaml shows who took it out")
            );
        }
        let id = new_repository_id();
        let text = self.config_file().text()?;
        let text =
            with_repository(text, &id).map_err(|error| Trouble::failed(error.to_string()))?;
        Ok((id.as_str().to_owned(), Some(self.config_change(text))))
    }

    fn has_block(&self, environment: &Environment) -> bool {
        let read = self.root().read(Path::new(environment.file().as_str()));
        read.is_ok_and(|snapshot| mentions_block(snapshot.bytes()))
    }

    /// A file that HEAD has, here or elsewhere, was taken away: it is never made anew.
    pub(crate) fn refuse_second_birth(&self, environment: &Environment) -> Result<(), Trouble> {
        if let Some(repo) = self.repo()? {
            let (name, file) = (environment.name(), environment.file().as_str());
            let standing = self.context().standing();
            match of_head(repo, name, file, |_, bytes| holds_log_of(bytes, name))? {
                Some(path) if self.is_anothers(environment, &path) => {
                    return Err(beside_its_place(repo, name, &path, file, standing)?);
                }
                Some(path) => return Err(without_file(repo, name, &path, file, standing)?),
                None => {}
            }
        }
        self.refuse_rebirth(environment)?;
        self.refuse_known(environment)
    }

    /// Whether the config has another environment with this file.
    fn is_anothers(&self, environment: &Environment, path: &Path) -> bool {
        let mut others = self.config().environments();
        others.any(|other| {
            other.name() != environment.name() && Path::new(other.file().as_str()) == path
        })
    }

    /// The same for an environment that is only about to come into the config, and for somebody who may have decided that what earlier
    /// commits had does not count any more: what HEAD still has does.
    pub(crate) fn refuse_birth_beside_head(
        &self,
        environment: &Environment,
    ) -> Result<(), Trouble> {
        let Some(repo) = self.repo()? else {
            return Ok(());
        };
        let name = environment.name();
        let config = repo.file_of_head(Path::new(CONFIG))?;
        let is_removed = config.is_some_and(|bytes| file_in(&bytes, name).is_some());
        let file = environment.file().as_str();
        match of_head(repo, name, file, |_, bytes| holds_log_of(bytes, name))? {
            None => Ok(()),
            Some(path) if is_removed => {
                let named = |path: &Path| repo.named_in(path, self.context().standing());
                Err(removed_since(name, &path, named))
            }
            Some(path) => {
                let standing = self.context().standing();
                Err(without_file(repo, name, &path, file, standing)?)
            }
        }
    }

    /// A log that HEAD has, be it in another file, or that this file had under another name, is the one to go on with: none is begun
    /// beside it.
    pub(crate) fn refuse_second_log(&self, environment: &Environment) -> Result<(), Trouble> {
        let Some(repo) = self.repo()? else {
            return Ok(());
        };
        let name = environment.name();
        match in_head(repo, |_, bytes| holds_log_of(bytes, name))? {
            None => {
                self.refuse_log_of_another(environment)?;
                self.refuse_beside_lost(environment)
            }
            Some(path) => {
                let (file, standing) = (environment.file().as_str(), self.context().standing());
                let back = put_back(repo, &path, Path::new(file), standing)?;
                let text = format!(
                    "this file is not signed, but the last commit has a signed one of {name}: {}",
                    path.to_string_lossy()
                );
                Err(Trouble::untrusted(text).hint(back))
            }
        }
    }
}

/// A new file with the readers that the config wants, empty or with a document of one's own; nobody has it yet.
pub(crate) fn new_file(
    environment: &Environment,
    repository: String,
    plain: Option<&Document>,
    now: &str,
) -> Result<Opened, Trouble> {
    let (name, members) = (environment.name().clone(), environment.readers().clone());
    let origin = Origin {
        repository,
        environment: name.clone(),
        rule: vec![("unencrypted_regex".to_owned(), EVERYTHING.to_owned())],
        extends: environment.extends().to_vec(),
    };
    let opened = match (environment.is_signed(), plain) {
        (true, None) => Opened::create(origin, members, now),
        (true, Some(plain)) => Opened::create_from(origin, members, plain, now),
        (false, None) => Opened::create_unsigned(name, &members, now),
        (false, Some(plain)) => Opened::create_unsigned_from(name, &members, plain, now),
    };
    Ok(opened?)
}

/// A file that HEAD has for an environment of a new vault, at this path, where HEAD's config has it, or anywhere by its log, is never made
/// anew; but for those of a vault that lives in a folder of its own.
pub(crate) fn refuse_birth_in(
    repo: &Repo,
    name: &EnvName,
    file: &str,
    standing: &Path,
) -> Result<(), Trouble> {
    let is_it = |path: &Path, bytes: &[u8]| {
        holds_log_of(bytes, name) && !is_of_vault_below(repo, path, bytes)
    };
    match of_head(repo, name, file, is_it)? {
        None => Ok(()),
        Some(path) => Err(without_file(repo, name, &path, file, standing)?),
    }
}

/// The file that HEAD has for an environment: at one of its paths, or one that is it by its text.
fn of_head(
    repo: &Repo,
    name: &EnvName,
    file: &str,
    is_it: impl Fn(&Path, &[u8]) -> bool,
) -> Result<Option<PathBuf>, Trouble> {
    let config = repo.file_of_head(Path::new(CONFIG))?;
    let before = config.and_then(|bytes| file_in(&bytes, name));
    let files = repo.yaml_of_head()?;
    let own = [Some(Path::new(file)), before.as_deref()];
    let is_there = |own: &Path| files.iter().any(|(path, _)| path == own);
    if let Some(own) = own.into_iter().flatten().find(|own| is_there(own)) {
        return Ok(Some(own.to_owned()));
    }
    let found = files.into_iter().find(|(path, bytes)| is_it(path, bytes));
    Ok(found.map(|(path, _)| path))
}

/// That HEAD has a file for an environment without one, and how it comes to where the config has it.
fn without_file(
    repo: &Repo,
    name: &EnvName,
    path: &Path,
    file: &str,
    standing: &Path,
) -> Result<Trouble, Failure> {
    let back = put_back(repo, path, Path::new(file), standing)?;
    Ok(elsewhere(name, path).hint(back))
}

/// What has a file of HEAD where the config has it. One that lies where HEAD has it is not brought back: it is in the wrong place.
fn put_back(repo: &Repo, path: &Path, file: &Path, standing: &Path) -> Result<String, Failure> {
    let lies_there = || absolute(repo, path).symlink_metadata();
    if path == file
        && let Ok(Some(back)) = brought_from_index(repo, file, standing)
    {
        return Ok(format!("{back} brings it back"));
    }
    if path == file || !lies_there().is_ok_and(|found| found.is_file()) {
        let back = repo.brought_back("HEAD", path, standing);
        return Ok(format!("{back} brings it back"));
    }
    let to = absolute(repo, file);
    let moves = match repo.is_tracked(path)? {
        true => "git mv",
        false => "mv -n",
    };
    let makes = with_folder(standing, &to);
    let aside = to.exists();
    let [from, to] = [absolute(repo, path), to].map(|file| typed_from(standing, &file));
    // What stands there may be somebody's only copy.
    let aside = match aside {
        true => format!("mv -n {to} {to}.orig && "),
        false => String::new(),
    };
    Ok(format!(
        "{makes}{aside}{moves} {from} {to} puts it where .vault.yaml has it"
    ))
}

/// What brings a file back as it is staged, where HEAD has another one, which would be lost, or a sparse checkout leaves it out.
fn brought_from_index(
    repo: &Repo,
    file: &Path,
    standing: &Path,
) -> Result<Option<String>, Failure> {
    let Staged::File(staged) = repo.staged(file)? else {
        return Ok(None);
    };
    let is_news = || Ok::<_, Failure>(repo.file_at("HEAD", file)? != Some(staged));
    let is_better = repo.is_left_out(file)? || is_news()?;
    Ok(is_better.then(|| repo.brought_in(file, standing)))
}

/// That the file which HEAD has is the one of another environment by the config, and stays where it is.
fn beside_its_place(
    repo: &Repo,
    name: &EnvName,
    path: &Path,
    file: &str,
    standing: &Path,
) -> Result<Trouble, Failure> {
    let trouble = elsewhere(name, path);
    let file = Path::new(file);
    Ok(match repo.last_with_file(file)? {
        Some(commit) => trouble.hint(format!(
            "{} brings back the file that was there",
            repo.brought_back(&commit, file, standing)
        )),
        None => trouble.hint("git log -p .vault.yaml shows who gave another environment that file"),
    })
}

fn elsewhere(name: &EnvName, path: &Path) -> Trouble {
    let path = path.to_string_lossy();
    Trouble::untrusted(format!(
        "{name} has no file here, but the last commit has one: {path}"
    ))
}

fn absolute(repo: &Repo, file: &Path) -> PathBuf {
    repo.work_tree().join(repo.path_at_top(file))
}

/// The environment is gone from the config as well: what brings the file alone back would not bring back the environment.
fn removed_since(name: &EnvName, path: &Path, named: impl Fn(&Path) -> String) -> Trouble {
    let shown = path.to_string_lossy();
    let (config, file) = (named(Path::new(CONFIG)), named(path));
    Trouble::untrusted(format!("the last commit still has {name}: {shown}"))
        .hint(format!(
            "to begin anew, first commit that it is gone (git commit {config} {file}), then vault env add {name} --anew"
        ))
        .hint(format!(
            "git checkout HEAD -- {config} {file} brings it back, and takes back what else has changed in {CONFIG}"
        ))
}

/// The first YAML file of HEAD that is the one.
fn in_head(repo: &Repo, is_it: impl Fn(&Path, &[u8]) -> bool) -> Result<Option<PathBuf>, Trouble> {
    let mut files = repo.yaml_of_head()?.into_iter();
    let found = files.find(|(path, bytes)| is_it(path, bytes));
    Ok(found.map(|(path, _)| path))
}

/// 128 random bits.
pub(crate) fn new_repository_id() -> RepositoryId {
    let mut bytes = [0; REPOSITORY_ID_BYTES];
    OsRng.fill_bytes(&mut bytes);
    RepositoryId::from_bytes(bytes)
}

pub(super) fn mentions_block(bytes: &[u8]) -> bool {
    bytes
        .windows(b"x-vault".len())
        .any(|window| window == b"x-vault")
}

fn holds_log_of(bytes: &[u8], name: &EnvName) -> bool {
    log_in(bytes).is_some_and(|log| log.policy().environment() == name)
}

/// Whether a file is an environment's of a vault in a folder above it, as HEAD has that, and which is still there.
fn is_of_vault_below(repo: &Repo, path: &Path, bytes: &[u8]) -> bool {
    let Some(log) = log_in(bytes) else {
        return false;
    };
    let has_it = |folder: &Path, config: Config| {
        let mut files = config.environments().map(Environment::file);
        let id = config.repository().map(RepositoryId::as_str);
        id == Some(log.policy().repository())
            && files.any(|file| folder.join(file.as_str()) == path)
    };
    let mut folders = path.ancestors().skip(1);
    folders.any(|folder| {
        let config = folder.join(CONFIG);
        let in_head = repo.file_of_head(&config).ok().flatten();
        let in_head = in_head.and_then(|bytes| config_of(&bytes));
        absolute(repo, &config).is_file() && in_head.is_some_and(|it| has_it(folder, it))
    })
}

fn log_in(bytes: &[u8]) -> Option<Log> {
    if !mentions_block(bytes) {
        return None;
    }
    let sealed = Sealed::parse(bytes).ok()?;
    Some(sealed.block()?.log().clone())
}
