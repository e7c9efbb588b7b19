//! Where a vault was before it came to its folder: whoever moves one away leaves its past behind, and that counts as before.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use vault::{
    config::RepositoryId,
    vault::{CONFIG, Shown},
};

use super::{Trouble, Workspace, config_of};
use crate::{
    failure::Failure,
    repo::{Reach, Repo},
};

impl Workspace<'_> {
    /// Other folders, from the top of the work tree, in which a history has this vault: by its id, which a copy has as well; and those whose
    /// config cannot be read, since it may be that one.
    pub(super) fn former_folders(
        &self,
        repo: &Repo,
        reach: Reach<'_>,
    ) -> Result<BTreeSet<PathBuf>, Failure> {
        let mut folders = BTreeSet::new();
        if self.config().repository().is_none() {
            return Ok(folders);
        }
        for (folder, version) in &*repo.elsewhere(reach, CONFIG)? {
            let is_known = folders.contains(folder);
            if is_known {
                continue;
            }
            let config = repo.version(*version)?;
            if config_of(&config).is_none() || self.has_its_id(&config) {
                folders.insert(folder.clone());
            }
        }
        Ok(folders)
    }

    /// The folders in which HEAD's history has vaults that are gone: one of them may be this vault, whose id was taken out.
    pub(super) fn folders_of_gone(&self, repo: &Repo) -> Result<BTreeSet<PathBuf>, Trouble> {
        let (gone, mut folders) = (self.gone_elsewhere(repo)?, BTreeSet::new());
        if gone.is_empty() {
            return Ok(folders);
        }
        for (folder, version) in &*repo.elsewhere(Reach::Head, CONFIG)? {
            let is_known = folders.contains(folder);
            if !is_known && id_in(&repo.version(*version)?).is_some_and(|id| gone.contains(&id)) {
                folders.insert(folder.clone());
            }
        }
        Ok(folders)
    }

    /// The repository as it is looked at from the folder in which a revision has this vault; `None` where that has it in no other one.
    ///
    /// # Errors
    /// It has it in several; objects that are missing or damaged.
    pub(crate) fn former_at(&self, repo: &Repo, revision: &str) -> Result<Option<Repo>, Failure> {
        let Some(id) = self.config().repository() else {
            return Ok(None);
        };
        match folders_at(repo, revision, id)?.as_slice() {
            [] => Ok(None),
            [folder] => repo.at_folder(folder),
            folders => Err(Failure::new(format!(
                "the revision has this vault in {} other folders, and not in this one",
                folders.len()
            ))),
        }
    }

    /// Whether a config is of this vault: by its id.
    pub(super) fn has_its_id(&self, config: &[u8]) -> bool {
        let own = self.config().repository();
        own.is_some_and(|own| id_in(config).as_deref() == Some(own.as_str()))
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

/// The one other folder, from the top of the work tree, in which a revision has a vault; `None` also where it has it in several.
///
/// # Errors
/// Objects that are missing or damaged.
pub(crate) fn folder_at(
    repo: &Repo,
    revision: &str,
    id: &RepositoryId,
) -> Result<Option<PathBuf>, Failure> {
    let folders = folders_at(repo, revision, id)?;
    Ok(<[PathBuf; 1]>::try_from(folders)
        .ok()
        .map(|[folder]| folder))
}

/// Where a folder is, in words.
pub(crate) fn place_of(folder: &Path) -> String {
    match folder.as_os_str().is_empty() {
        true => "at the top of the work tree".to_owned(),
        false => format!("in {}", Shown(folder)),
    }
}

fn folders_at(repo: &Repo, revision: &str, id: &RepositoryId) -> Result<Vec<PathBuf>, Failure> {
    let mut folders = Vec::new();
    for (folder, version) in &*repo.elsewhere_at(revision, CONFIG)? {
        if id_in(&repo.version(*version)?).as_deref() == Some(id.as_str()) {
            folders.push(folder.clone());
        }
    }
    Ok(folders)
}

fn gone_elsewhere(repo: &Repo) -> Result<BTreeSet<String>, Failure> {
    let (mut before, mut now) = (BTreeSet::new(), BTreeSet::new());
    for (_, version) in &*repo.elsewhere(Reach::Head, CONFIG)? {
        before.extend(id_in(&repo.version(*version)?));
    }
    for (_, version) in &*repo.elsewhere_in_head(CONFIG)? {
        now.extend(id_in(&repo.version(*version)?));
    }
    Ok(before.difference(&now).cloned().collect())
}

/// The id of the repository that a config has.
pub(super) fn id_in(config: &[u8]) -> Option<String> {
    let config = config_of(config)?;
    config.repository().map(|id| id.as_str().to_owned())
}
