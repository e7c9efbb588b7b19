//! How somebody has a file again that was taken away, or has something else in its place.

use std::path::{Path, PathBuf};

use vault::{
    config::Environment,
    vault::{CONFIG, ReadError},
};

use super::{
    Trouble, Workspace,
    linked::{typed_from, with_folder},
};
use crate::{
    context::Context,
    repo::{Repo, Spot},
    shell,
};

/// Where history has a version of a file.
#[derive(Clone)]
pub(super) struct Earlier {
    pub(super) commit: String,
    /// Where that has it, from the top of the work tree.
    pub(super) path: PathBuf,
    /// Where its config is, in the same way.
    pub(super) config: PathBuf,
}

impl Earlier {
    pub(super) fn at(spot: &Spot) -> Self {
        Earlier {
            commit: spot.commit.clone(),
            path: spot.path.clone(),
            config: spot.map.clone(),
        }
    }
}

impl Workspace<'_> {
    /// What somebody types to have a version again, with the config of its time where that is another one; both where the vault is now.
    pub(super) fn brings_back(&self, earlier: &Earlier, what: &str) -> String {
        let back = |path: &Path| match self.is_own_config(&earlier.config) {
            true => self.brought_back_from(&earlier.commit, path),
            false => self.carried_over(earlier, path),
        };
        let file = back(&earlier.path);
        match self.has_config_of(earlier) {
            true => format!("{file} brings {what}"),
            false => format!("{file}, and {}, bring {what}", back(&earlier.config)),
        }
    }

    /// Whether a version lies where the file of an environment is now.
    pub(super) fn lies_in_place(&self, earlier: &Earlier, environment: &Environment) -> bool {
        let path = Path::new(environment.file().as_str());
        let repo = self.repo().ok().flatten();
        repo.is_none_or(|repo| repo.path_at_top(path) == earlier.path)
    }

    /// What somebody types to have a file of a vault that a commit has in another folder; the path counts from the top of the work tree.
    fn carried_over(&self, earlier: &Earlier, path: &Path) -> String {
        let folder = earlier.config.parent().unwrap_or(Path::new(""));
        let place = path.strip_prefix(folder).unwrap_or(path);
        let (place, standing) = (
            self.root().directory().join(place),
            self.context().standing(),
        );
        let version = format!("{}:{}", earlier.commit, path.to_string_lossy());
        format!(
            "{}git show {} > {}",
            with_folder(standing, &place),
            shell::word(&version),
            typed_from(standing, &place)
        )
    }

    /// What somebody types to have a file as a commit has it; the path counts from the top of the work tree.
    pub(super) fn brought_back_from(&self, commit: &str, path: &Path) -> String {
        let directory = self.context().standing();
        match self.repo() {
            Ok(Some(repo)) => repo.brought_back_from_top(commit, path, directory),
            _ => {
                let path = path.to_string_lossy();
                format!("git checkout {commit} -- {}", shell::pathspec(&path))
            }
        }
    }

    /// Whether the config is the same now.
    fn has_config_of(&self, earlier: &Earlier) -> bool {
        let then = || {
            let repo = self.repo().ok()??;
            repo.file_at(&earlier.commit, Path::new(CONFIG)).ok()?
        };
        let now = self.root().read(Path::new(CONFIG)).ok();
        let now = now.filter(|_| self.is_own_config(&earlier.config));
        now.zip(then())
            .is_some_and(|(now, then)| now.bytes() == then.as_slice())
    }

    /// Adds what to type to have the file of an environment that was taken away.
    pub(super) fn with_way_back(&self, environment: &Environment, trouble: Trouble) -> Trouble {
        let file = environment.file().as_str();
        let directory = self.context().standing();
        let repo = self.repo().ok().flatten();
        let shown = repo.map_or_else(
            || shell::pathspec(file).into_owned(),
            |repo| repo.named_in(Path::new(file), directory),
        );
        let who = format!("git log --diff-filter=D -- {shown} shows who took it away");
        match self.brought_back_as_it_was(environment) {
            Some(back) => trouble.hint(who).hint(format!("{back} brings it back")),
            None => trouble.hint(format!("{who}; git checkout brings it back")),
        }
    }

    /// That the file of an environment cannot be read, and what to type where git had one that could.
    pub(super) fn unreadable(&self, environment: &Environment, error: ReadError) -> Trouble {
        let is_no_file = matches!(error, ReadError::Path(_) | ReadError::NotAFile { .. });
        let trouble = Trouble::from(error);
        match self.brought_back_as_it_was(environment) {
            Some(back) if is_no_file => {
                trouble.hint(format!("{back} brings back the file that was there"))
            }
            _ => trouble,
        }
    }

    /// Refuses to take a file for missing that a sparse checkout leaves out: git has it still, and so has every other clone.
    ///
    /// # Errors
    /// It does, or an index that cannot be read.
    pub(crate) fn refuse_left_out(&self, environment: &Environment) -> Result<(), Trouble> {
        let file = Path::new(environment.file().as_str());
        match self.repo()? {
            Some(repo) if repo.is_left_out(file)? => {
                let name = environment.name();
                let back = repo.brought_in(file, self.context().standing());
                let text = format!("{name} has no file here: the sparse checkout leaves it out");
                Err(Trouble::failed(text).hint(format!("{back} brings it here")))
            }
            _ => Ok(()),
        }
    }

    /// What somebody types to have git know that a file is gone, where it does not look: a sparse checkout leaves that file out. An index
    /// that cannot be read is told by git.
    pub(crate) fn taken_out_with(&self, environment: &Environment) -> Option<String> {
        let file = Path::new(environment.file().as_str());
        let repo = self.repo().ok()??;
        let is_left_out = repo.is_left_out(file).unwrap_or(false);
        is_left_out.then(|| format!("git update-index --force-remove -- {}", self.typed(file)))
    }

    fn brought_back_as_it_was(&self, environment: &Environment) -> Option<String> {
        let repo = self.repo().ok()??;
        brought_back(repo, environment.file().as_str(), self.context().standing())
    }
}

/// What to type where a folder or a repository is in the place of the config.
pub(super) fn config_as_it_was(context: &Context) -> Option<String> {
    let mut folders = context.directory().ancestors();
    let folder = folders.find(|folder| folder.join(CONFIG).symlink_metadata().is_ok())?;
    if folder.join(CONFIG).is_symlink() {
        return None;
    }
    let repo = Repo::of_folder(folder).ok()??;
    let back = brought_back(&repo, CONFIG, context.standing())?;
    Some(format!("{back} brings back the file that was there"))
}

fn brought_back(repo: &Repo, file: &str, directory: &Path) -> Option<String> {
    let file = Path::new(file);
    let commit = repo.last_with_file(file).ok()??;
    Some(repo.brought_back(&commit, file, directory))
}
