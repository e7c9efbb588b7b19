//! Where a vault was before it came to its folder: whoever moves one away leaves its past behind, and that counts as before.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use vault::vault::CONFIG;

use super::{Trouble, Workspace, config_of};
use crate::{
    failure::Failure,
    repo::{Reach, Repo},
};

impl Workspace<'_> {
    /// Other folders, from the top of the work tree, in which a history has this vault: by its id, which a copy has as well.
    pub(super) fn former_folders(
        &self,
        repo: &Repo,
        reach: Reach<'_>,
    ) -> Result<BTreeSet<PathBuf>, Trouble> {
        match self.config().repository() {
            Some(own) => Ok(folders_of(repo, reach, |id| id == own.as_str())?),
            None => Ok(BTreeSet::new()),
        }
    }

    /// The same for HEAD's history, with those of vaults that are gone: one of them may be this vault, whose id was taken out.
    pub(super) fn folders_left(&self, repo: &Repo) -> Result<BTreeSet<PathBuf>, Trouble> {
        let (own, now) = (self.config().repository(), ids_in_head(repo)?);
        let is_own = |id: &str| own.is_some_and(|own| own.as_str() == id);
        let folders = folders_of(repo, Reach::Head, |id| is_own(id) || !now.contains(id));
        Ok(folders?)
    }

    /// The ids of vaults that HEAD's history has in other folders, and HEAD has in none: a vault may be moved.
    pub(super) fn gone_elsewhere(&self, repo: &Repo) -> Result<&BTreeSet<String>, Trouble> {
        if let Some(gone) = self.gone_elsewhere.get() {
            return Ok(gone);
        }
        let gone = match gone_elsewhere(repo) {
            // What is not here tells nothing.
            Err(_) if repo.is_partial() => BTreeSet::new(),
            gone => gone?,
        };
        Ok(self.gone_elsewhere.get_or_init(|| gone))
    }

    /// Whether a config, which counts from the top of the work tree, is that of the vault's folder.
    pub(super) fn is_own_config(&self, config: &Path) -> bool {
        let repo = self.repo().ok().flatten();
        repo.is_none_or(|repo| repo.path_at_top(Path::new(CONFIG)) == config)
    }
}

/// The other folders in which a history has vaults with such an id.
fn folders_of(
    repo: &Repo,
    reach: Reach<'_>,
    is_one: impl Fn(&str) -> bool,
) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut folders = BTreeSet::new();
    for (folder, version) in repo.elsewhere(reach, CONFIG)? {
        let is_known = folders.contains(&folder);
        if !is_known && id_in(&repo.version(version)?).is_some_and(|id| is_one(&id)) {
            folders.insert(folder);
        }
    }
    Ok(folders)
}

fn gone_elsewhere(repo: &Repo) -> Result<BTreeSet<String>, Failure> {
    let mut before = BTreeSet::new();
    for (_, version) in repo.elsewhere(Reach::Head, CONFIG)? {
        before.extend(id_in(&repo.version(version)?));
    }
    let now = ids_in_head(repo)?;
    Ok(before.difference(&now).cloned().collect())
}

/// The ids of the vaults that HEAD has in other folders.
fn ids_in_head(repo: &Repo) -> Result<BTreeSet<String>, Failure> {
    let mut ids = BTreeSet::new();
    for version in repo.elsewhere_in_head(CONFIG)? {
        ids.extend(id_in(&repo.version(version)?));
    }
    Ok(ids)
}

/// The id of the repository that a config has.
fn id_in(config: &[u8]) -> Option<String> {
    let config = config_of(config)?;
    config.repository().map(|id| id.as_str().to_owned())
}
