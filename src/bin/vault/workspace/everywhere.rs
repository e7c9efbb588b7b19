//! The versions of all files that a vault had in a history, in every folder that it lay in: a command looks through them for each
//! environment.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    rc::Rc,
};

use vault::{
    config::{Config, Environment},
    vault::CONFIG,
};

use super::{Trouble, Workspace, config_of};
use crate::{
    failure::Failure,
    repo::{Reach, Repo, Span, Spot},
};

/// What was found, and why there may be more.
type Found = (Rc<[Spot]>, Option<Failure>);

/// The same by the history and the files of today.
pub(super) type Spots = HashMap<(Span, BTreeSet<PathBuf>), Found>;

impl Workspace<'_> {
    /// Looks at the versions of the environments' files in a history, the newest first, and of every other file that a config of the time
    /// names: a log goes on under other names, which only its later versions know. The same in other folders that had this vault.
    ///
    /// # Errors
    /// Objects that are missing or damaged, once everything was looked at that is newer.
    pub(super) fn in_history_of_all<T>(
        &self,
        reach: Reach<'_>,
        environment: &Environment,
        mut is_it: impl FnMut(&Repo, &Spot) -> Result<Option<T>, Failure>,
    ) -> Result<Option<T>, Trouble> {
        let Some(repo) = self.repo()? else {
            return Ok(None);
        };
        let (spots, failure) = self.spots(repo, reach, environment)?;
        for spot in &*spots {
            let found = is_it(repo, spot)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        failure.map_or(Ok(None), |failure| Err(failure.into()))
    }

    /// The same in the history of HEAD, also in the folders of vaults that are gone.
    ///
    /// # Errors
    /// As `in_history_of_all`.
    pub(super) fn in_history_of_any<T>(
        &self,
        environment: &Environment,
        mut is_it: impl FnMut(&Repo, &Spot) -> Result<Option<T>, Failure>,
    ) -> Result<Option<T>, Trouble> {
        let found = self.in_history_of_all(Reach::Head, environment, &mut is_it)?;
        let (None, Some(repo)) = (&found, self.repo()?) else {
            return Ok(found);
        };
        let (files, mut spots) = ([file(environment)].into(), Vec::new());
        for folder in self.folders_of_gone(repo)? {
            find_in(repo, Reach::Head, &folder, &files, &mut spots)?;
        }
        for spot in &spots {
            let found = is_it(repo, spot)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn spots(
        &self,
        repo: &Repo,
        reach: Reach<'_>,
        environment: &Environment,
    ) -> Result<Found, Failure> {
        let environments = self.config().environments().chain([environment]);
        let key = (repo.span(reach)?, environments.map(file).collect());
        if let Some(found) = self.spots.borrow().get(&key) {
            return Ok(found.clone());
        }
        let mut spots = Vec::new();
        let whole = self.find(repo, reach, &key.1, &mut spots);
        let found = (spots.into(), whole.err());
        self.spots.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    fn find(
        &self,
        repo: &Repo,
        reach: Reach<'_>,
        files: &BTreeSet<PathBuf>,
        spots: &mut Vec<Spot>,
    ) -> Result<(), Failure> {
        find_in(repo, reach, repo.folder(), files, spots)?;
        let mut folders = self.former_folders(repo, reach)?.into_iter();
        folders.try_for_each(|folder| find_in(repo, reach, &folder, files, spots))
    }
}

/// The versions in one folder.
fn find_in(
    repo: &Repo,
    reach: Reach<'_>,
    folder: &Path,
    files: &BTreeSet<PathBuf>,
    spots: &mut Vec<Spot>,
) -> Result<(), Failure> {
    let places = |config: Option<&[u8]>| {
        let config = config.and_then(config_of);
        let then = config.iter().flat_map(Config::environments).map(file);
        then.chain(files.iter().cloned()).collect()
    };
    let found = repo.spot_of(reach, folder, Path::new(CONFIG), places, |spot| {
        spots.push(spot);
        Ok(None::<()>)
    });
    found.map(drop)
}

fn file(environment: &Environment) -> PathBuf {
    environment.file().as_str().into()
}
