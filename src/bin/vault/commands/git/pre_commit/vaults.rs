//! The vaults that a commit has: usually one, at the top of the repository.

use std::path::{Path, PathBuf};

use vault::{
    config::{Config, Environment, FilePath},
    vault::{CONFIG, Root},
};

use super::report::{Report, UNSTAGE, shown};
use crate::{
    context::Context,
    failure::Failure,
    repo::{Repo, Staged, StagedPath, Standing},
    workspace::{Trouble, Workspace, config_failure},
};

/// A vault under the config that is to be committed.
pub(super) struct Vault<'c> {
    pub(super) workspace: Workspace<'c>,
    /// From the top of the work tree; empty for the top itself.
    folder: PathBuf,
    pub(super) config_text: String,
    /// Whether the commit changes the config.
    pub(super) is_reconfigured: bool,
}

impl Vault<'_> {
    /// Where a file of it stands, from the top of the work tree.
    pub(super) fn path(&self, file: &FilePath) -> PathBuf {
        self.folder.join(file.as_str())
    }

    /// Its environments, as the config has them.
    pub(super) fn environments(&self) -> impl Iterator<Item = &Environment> {
        self.workspace.config().environments()
    }
}

/// The vaults whose configs the index has; a config that is staged and not valid is a finding.
///
/// # Errors
/// Objects that are missing or damaged.
pub(super) fn of<'c>(
    context: &'c Context,
    repo: &Repo,
    staged: &Staged<'_>,
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
        match read.and_then(|text| Ok((parsed(&text, &path)?, text))) {
            Ok((config, config_text)) => vaults.push(Vault {
                workspace: Workspace::under(context, root(repo, &folder)?, config),
                folder,
                config_text,
                is_reconfigured,
            }),
            Err(trouble) if is_reconfigured => report.find(trouble),
            Err(trouble) => report.warn(trouble),
        }
    }
    Ok(vaults)
}

fn root(repo: &Repo, folder: &Path) -> Result<Root, Failure> {
    Root::at(&repo.work_tree().join(folder)).map_err(|error| Failure::because(&error))
}

/// The text of the config that the index has, or why it cannot be one.
fn config(staged: &Staged<'_>, path: &Path) -> Result<Result<String, Trouble>, Failure> {
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
