//! The vaults that a commit has: usually one, at the top of the repository.

use std::path::{Path, PathBuf};

use vault::{
    config::{Config, Environment, FilePath},
    vault::{CONFIG, Root, read},
};

use super::{
    gone,
    report::{Report, Spot, UNSTAGE, shown},
};
use crate::{
    context::Context,
    failure::Failure,
    repo::{NextCommit, Repo, StagedPath, Standing},
    workspace::{Trouble, Workspace, config_failure},
};

/// A vault under the config that is to be committed.
pub(super) struct Vault<'c> {
    pub(super) workspace: Workspace<'c>,
    /// From the top of the work tree; empty for the top itself.
    folder: PathBuf,
    /// The lines of everybody whom the config lists.
    pub(super) public_keys: String,
    /// Whether the commit changes the config.
    pub(super) is_reconfigured: bool,
}

impl<'c> Vault<'c> {
    fn new(
        context: &'c Context,
        repo: &Repo,
        folder: &Path,
        config: Config,
    ) -> Result<Self, Failure> {
        // By components: a path that ends in a slash would be another one to whoever compares bytes.
        let place: PathBuf = repo.work_tree().join(folder).components().collect();
        let root = Root::at(&place).map_err(|error| Failure::because(&error))?;
        let members = config.members().values();
        let public_keys = members.map(|member| format!("{member}\n")).collect();
        Ok(Vault {
            workspace: Workspace::under(context, root, config),
            folder: folder.to_owned(),
            public_keys,
            is_reconfigured: false,
        })
    }
}

impl Vault<'_> {
    /// Where it lies, from the top of the work tree.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a file of it stands, from the top of the work tree.
    pub(super) fn path(&self, file: &FilePath) -> PathBuf {
        self.folder.join(file.as_str())
    }

    /// Its environments, as the config has them.
    pub(super) fn environments(&self) -> impl Iterator<Item = &Environment> {
        self.workspace.config().environments()
    }
}

/// The vaults whose configs the index has; a config that is staged and not valid is a finding. One at the top that is not in the index yet
/// has values that must not be committed either.
///
/// # Errors
/// Objects that are missing or damaged.
pub(super) fn of<'c>(
    context: &'c Context,
    repo: &Repo,
    staged: &NextCommit<'_>,
    changes: &[StagedPath],
    report: &mut Report,
) -> Result<Vec<Vault<'c>>, Failure> {
    let mut vaults: Vec<Vault<'c>> = Vec::new();
    for folder in staged.folders_with(CONFIG) {
        // A config below another one is nobody's vault: every command refuses there.
        if vaults.iter().any(|outer| folder.starts_with(&outer.folder)) {
            continue;
        }
        let path = folder.join(CONFIG);
        let is_reconfigured = changes.iter().any(|change| change.path == path);
        let read = config(staged, &path)?;
        match read.and_then(|text| parsed(&text, &path)) {
            Ok(config) => {
                let vault = Vault::new(context, repo, &folder, config)?;
                vaults.push(Vault {
                    is_reconfigured,
                    ..vault
                });
            }
            Err(trouble) if is_reconfigured => report.find(Spot::of(&path), trouble),
            Err(trouble) => report.warn(Spot::of(&path), trouble),
        }
    }
    for change in changes {
        gone::check(context, repo, staged, change, report)?;
    }
    if staged.standing(Path::new(CONFIG)).is_none() {
        vaults.extend(on_disk(context, repo)?);
    }
    Ok(vaults)
}

/// The vault at the top of the work tree, if there is one that can be used.
fn on_disk<'c>(context: &'c Context, repo: &Repo) -> Result<Option<Vault<'c>>, Failure> {
    let Ok(file) = read(&repo.work_tree().join(CONFIG)) else {
        return Ok(None);
    };
    let config = file.text().ok().and_then(|text| Config::parse(text).ok());
    let vault = config.map(|config| Vault::new(context, repo, Path::new(""), config));
    vault.transpose()
}

/// The text of the config that the index has, or why it cannot be one.
fn config(staged: &NextCommit<'_>, path: &Path) -> Result<Result<String, Trouble>, Failure> {
    let shown = shown(path);
    let (text, hint) = match staged.standing(path) {
        Some(Standing::File(id)) => {
            let text = String::from_utf8(staged.bytes(id)?);
            return Ok(text.map_err(|_| Trouble::failed(format!("{shown}: it is not text"))));
        }
        Some(Standing::Unmerged) => ("git could not merge it", "merge it, then git add it"),
        _ => ("it has to be a file", UNSTAGE),
    };
    Ok(Err(
        Trouble::untrusted(format!("{shown}: {text}")).hint(hint)
    ))
}

fn parsed(text: &str, path: &Path) -> Result<Config, Trouble> {
    Config::parse(text).map_err(|error| {
        let trouble = Trouble::from(config_failure(&error));
        match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => trouble.within(shown(folder)),
            _ => trouble,
        }
    })
}
