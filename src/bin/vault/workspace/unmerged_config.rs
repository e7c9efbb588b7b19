//! The config in the middle of a merge: its versions, and what a vault is under one of them.

use std::path::Path;

use vault::{
    config::Config,
    vault::{CONFIG, Root},
    yaml::conflict,
};

use super::{Workspace, config_failure, no_root};
use crate::{
    context::Context,
    failure::Failure,
    repo::{Map, Reach, Repo, Step},
};

/// Base, ours and theirs; empty is one that there is not, or that is no text.
type Texts = [String; 3];

impl<'c> Workspace<'c> {
    /// The vault around a folder while git is in the middle of a merge: a config that git could not merge is read as our side has it.
    ///
    /// Nothing is written, not even what an interrupted command left to do.
    ///
    /// # Errors
    /// No config, several of them, or none that is valid.
    pub(crate) fn in_merge(context: &'c Context, folder: &Path) -> Result<Self, Failure> {
        let root = Root::find(folder).map_err(|error| no_root(context, &error))?;
        let config_file = root
            .read(Path::new(CONFIG))
            .map_err(|error| Failure::because(&error))?;
        let text = config_file.text().map_err(|error| Failure::because(&error));
        let parsed =
            text.and_then(|text| Config::parse(text).map_err(|error| config_failure(&error)));
        let config = match parsed {
            Ok(config) => config,
            Err(failure) => our_config(&root)?.ok_or(failure)?,
        };
        Ok(Workspace::of(context, root, config, config_file))
    }

    /// The same vault under the config that both sides come to, which is not written yet.
    ///
    /// # Errors
    /// It is no config.
    pub(crate) fn under_merged(self, text: &str) -> Result<Self, Failure> {
        let config = Config::parse(text).map_err(|error| config_failure(&error))?;
        Ok(Workspace {
            config_file: self.config_file,
            ..Workspace::under(self.context, self.root, config)
        })
    }

    /// The versions of the config, where git could not merge it, or somebody committed a merge with git's markers in it.
    ///
    /// # Errors
    /// A repository that cannot be read, or none.
    pub(crate) fn config_versions(&self) -> Result<Option<[String; 3]>, Failure> {
        let is_full_of_markers = conflict(self.config_file().bytes()).is_some();
        versions(self.own_repo()?, is_full_of_markers)
    }
}

/// The config of our side, where git could not merge it.
fn our_config(root: &Root) -> Result<Option<Config>, Failure> {
    let Some(repo) = Repo::of_folder(root.directory())? else {
        return Ok(None);
    };
    let text = match versions(&repo, true)? {
        Some([_, ours, _]) => Some(ours),
        None => {
            let bytes = repo.file_of_head(Path::new(CONFIG))?;
            bytes.and_then(|bytes| String::from_utf8(bytes).ok())
        }
    };
    Ok(text.and_then(|text| Config::parse(&text).ok()))
}

fn versions(repo: &Repo, has_markers: bool) -> Result<Option<Texts>, Failure> {
    let own = repo.path_at_top(Path::new(CONFIG));
    let unmerged = repo.unmerged()?;
    if let Some(conflict) = unmerged.iter().find(|file| file.path == own) {
        let version = |id| text(repo.version(id));
        let [base, ours, theirs] = [conflict.base, conflict.ours, conflict.theirs]
            .map(|id| id.map_or(Ok(String::new()), version));
        return Ok(Some([base?, ours?, theirs?]));
    }
    let sides = match has_markers {
        true => merged_revisions(repo)?,
        false => None,
    };
    let Some([ours, theirs]) = sides else {
        return Ok(None);
    };
    let Ok(base) = repo.merge_base(&ours, &theirs) else {
        return Ok(None);
    };
    let at = |revision: &str| {
        let bytes = repo.file_at(revision, Path::new(CONFIG));
        text(bytes.map(Option::unwrap_or_default))
    };
    Ok(Some([at(&base)?, at(&ours)?, at(&theirs)?]))
}

/// Both sides of the merge that left git's markers in the config of the index or of a commit, as revisions.
fn merged_revisions(repo: &Repo) -> Result<Option<[String; 2]>, Failure> {
    let has_markers = |bytes: &[u8]| conflict(bytes).is_some();
    let head = repo.file_of_head(Path::new(CONFIG))?;
    if !head.as_deref().is_some_and(has_markers) {
        let names = ["HEAD", "MERGE_HEAD"].map(str::to_owned);
        return Ok(names
            .iter()
            .all(|name| repo.is_revision(name))
            .then_some(names));
    }
    let mut places = |_: Option<&[u8]>| vec![Some(CONFIG.into())];
    let lineage = repo.lineage(Reach::Head, Map::at(Path::new(CONFIG)), &mut places)?;
    let has = |blob| Ok::<_, Failure>(has_markers(&repo.version(blob)?));
    let brought = |step: &Step| -> Result<bool, Failure> {
        let mut before = step.before.iter().flatten();
        let was = before.try_fold(false, |was, blob| Ok::<_, Failure>(was || has(*blob)?))?;
        Ok(!was && step.blob.map_or(Ok(false), has)?)
    };
    for step in &lineage.steps {
        if brought(step)? {
            let parents = [1, 2].map(|at| format!("{}^{at}", step.commit));
            return Ok((step.before.len() == 2).then_some(parents));
        }
    }
    Ok(None)
}

fn text(bytes: Result<Vec<u8>, Failure>) -> Result<String, Failure> {
    Ok(String::from_utf8(bytes?).unwrap_or_default())
}
