//! How the files of environments came to be what they are, wherever the config of the time had them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use vault::{
    config::{Config, Environment},
    members::{Entry, Log},
    value::EnvName,
    vault::CONFIG,
};

use super::{Trouble, Workspace};
use crate::{
    failure::Failure,
    repo::{Lineage, Map, Reach, Repo},
};

/// An environment in history: its file of today, and every name that it had.
pub(crate) struct Lineal {
    pub(crate) file: PathBuf,
    pub(crate) names: BTreeSet<EnvName>,
}

impl Lineal {
    /// An environment with the names that its log knows.
    pub(crate) fn of(environment: &Environment, log: Option<&Log>) -> Self {
        let entries = log.map(Log::entries).unwrap_or_default();
        let names = entries.iter().filter_map(Entry::environment).cloned();
        Lineal {
            file: environment.file().as_str().into(),
            names: names.chain([environment.name().clone()]).collect(),
        }
    }

    /// Where a config has it; where the config does not name it, the file of today.
    fn place(&self, config: Option<&Config>) -> PathBuf {
        let named = config.and_then(|config| {
            let mut named = self.names.iter();
            named.find_map(|name| config.environment(name).ok())
        });
        named.map_or_else(
            || self.file.clone(),
            |environment| environment.file().as_str().into(),
        )
    }
}

/// The commit in which something was seen first.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) commit: String,
    /// As git has it: nothing proves it.
    pub(crate) author: String,
}

impl Workspace<'_> {
    /// The commits that changed the files of some environments, also where the vault was before somebody moved it; `None` without git.
    ///
    /// # Errors
    /// A repository that cannot be read, a revision that there is not.
    pub(crate) fn lineage(
        &self,
        reach: Reach<'_>,
        files: &[Lineal],
    ) -> Result<Option<Lineage>, Trouble> {
        let Some(repo) = self.repo()? else {
            return Ok(None);
        };
        self.by_config(repo, reach, |map| lineage_by(repo, reach, map, files))
            .map(Some)
    }

    /// Looks through a history by the config, wherever that has the vault's.
    ///
    /// # Errors
    /// Objects that are missing or damaged; what the look says.
    pub(crate) fn by_config<T, E: From<Failure>>(
        &self,
        repo: &Repo,
        reach: Reach<'_>,
        look: impl FnOnce(Map<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let former = self.former_folders(repo, reach)?;
        let is_own = |config: &[u8]| self.has_its_id(config);
        look(Map::at(Path::new(CONFIG)).moved_from(&former, &is_own))
    }

    /// The commits of HEAD's history that brought entries of a log, by the entry's signature; without git, none.
    ///
    /// A version has an entry if it has the text of its signature: it need not be read for that.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn origins(
        &self,
        environment: &Environment,
        log: &Log,
        wanted: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Origin>, Trouble> {
        let mut found = BTreeMap::new();
        let lineal = [Lineal::of(environment, Some(log))];
        let (Some(repo), Some(lineage)) = (self.repo()?, self.lineage(Reach::Head, &lineal)?)
        else {
            return Ok(found);
        };
        for step in lineage.steps.iter().rev() {
            if found.len() == wanted.len() {
                break;
            }
            let Some(blob) = step.blob else { continue };
            let bytes = repo.version(blob)?;
            let text = String::from_utf8_lossy(&bytes);
            for signature in wanted {
                if !found.contains_key(signature) && text.contains(signature.as_str()) {
                    let origin = Origin {
                        commit: step.commit.clone(),
                        author: step.author.clone(),
                    };
                    found.insert(signature.clone(), origin);
                }
            }
        }
        Ok(found)
    }
}

/// The commits that changed the files of some environments in the folder that is looked at.
///
/// # Errors
/// As [`Repo::lineage`].
pub(crate) fn lineage_in(
    repo: &Repo,
    reach: Reach<'_>,
    files: &[Lineal],
) -> Result<Lineage, Trouble> {
    lineage_by(repo, reach, Map::at(Path::new(CONFIG)), files)
}

fn lineage_by(
    repo: &Repo,
    reach: Reach<'_>,
    map: Map<'_>,
    files: &[Lineal],
) -> Result<Lineage, Trouble> {
    let mut places = |text: Option<&[u8]>| {
        let config = text.and_then(config_of);
        let place = |file: &Lineal| Some(file.place(config.as_ref()));
        files.iter().map(place).collect()
    };
    Ok(repo.lineage(reach, map, &mut places)?)
}

/// The commits that changed the config, and every name that an environment has in any version of it.
///
/// # Errors
/// As [`Repo::lineage`].
pub(crate) fn configs_in(
    repo: &Repo,
    reach: Reach<'_>,
    map: Map<'_>,
) -> Result<(Lineage, BTreeSet<EnvName>), Failure> {
    let mut names = BTreeSet::new();
    let lineage = repo.lineage(reach, map, &mut |text| {
        let config = text.and_then(config_of);
        let environments = config.iter().flat_map(Config::environments);
        names.extend(environments.map(|environment| environment.name().clone()));
        vec![Some(CONFIG.into())]
    })?;
    Ok((lineage, names))
}

/// A config as a commit has it, where it is one.
pub(crate) fn config_of(text: &[u8]) -> Option<Config> {
    Config::parse(std::str::from_utf8(text).ok()?).ok()
}

/// The file of an environment, where there is a config that names it.
pub(crate) fn file_of(config: Option<&Config>, name: &EnvName) -> Option<PathBuf> {
    let environment = config?.environment(name).ok()?;
    Some(environment.file().as_str().into())
}
