//! The drivers of git: a clone of a repository whose attributes ask for them has none until somebody sets them, so every command that
//! writes does.

use std::path::Path;

use vault::{config::FilePath, vault::CONFIG};

use super::Workspace;
use crate::{
    failure::Failure,
    repo::{Drivers, Found, Repo},
    shell,
};

impl Workspace<'_> {
    /// Tells git of this program where its attributes ask for it and its config does not know it, and says so.
    ///
    /// What is written is written: that git cannot be told is a warning. One look at git's config where all is in order.
    pub(crate) fn set_up_drivers(&self) {
        let terminal = self.context().terminal();
        if let Err(failure) = self.try_to_set_up() {
            let text = failure.error().unwrap_or_default().to_owned();
            terminal.warn(format!("git does not know this program for merges: {text}"));
            failure.hints().iter().for_each(|hint| terminal.hint(hint));
        }
    }

    fn try_to_set_up(&self) -> Result<(), Failure> {
        let Some(repo) = self.repo()? else {
            return Ok(());
        };
        let drivers = Drivers::of(&self.context().program()?)?;
        let mut config = repo.driver_config()?;
        let found = config.find(&drivers);
        if matches!(found, Found::InOrder) || !config.is_welcome() || !self.asks(repo)? {
            return Ok(());
        }
        let terminal = self.context().terminal();
        match found {
            Found::InOrder => {}
            Found::Lacking => {
                config.set(&drivers)?;
                terminal.say("git of this clone merges and shows secret files by key from now on");
            }
            Found::Foreign(keys) => {
                terminal.warn(format!(
                    "git's attributes ask for vault, and git's config calls another program: {}",
                    keys.join(", ")
                ));
                terminal.hint("vault git install --force puts vault in its place; git config vault.drivers false leaves it");
            }
        }
        Ok(())
    }

    /// Whether git is to merge or to show any file of this vault by this program.
    ///
    /// # Errors
    /// Attributes that cannot be read.
    pub(crate) fn asks(&self, repo: &Repo) -> Result<bool, Failure> {
        let files = self.config().environments();
        let files = files.map(|environment| Path::new(environment.file().as_str()));
        let all: Vec<&Path> = std::iter::once(Path::new(CONFIG)).chain(files).collect();
        repo.asks_for_drivers(&all)
    }

    /// Whether git does not know yet that a file is to be merged by key.
    ///
    /// # Errors
    /// A repository or attributes that cannot be read.
    pub(crate) fn lacks_attributes(&self, file: &FilePath) -> Result<bool, Failure> {
        let Some(repo) = self.repo()? else {
            return Ok(true);
        };
        let asks = |path: &Path| repo.asks_for_drivers(&[path]);
        Ok(!asks(Path::new(file.as_str()))? || !asks(Path::new(CONFIG))?)
    }

    /// What says otherwise about files of this vault than that vault merges them, or shows them.
    ///
    /// # Errors
    /// Attributes that cannot be read.
    pub(crate) fn overruled(&self, repo: &Repo) -> Result<Vec<String>, Failure> {
        let is_otherwise = |_: &str, is: Option<&str>, wanted: &str| is != Some(wanted);
        self.attributes_that(repo, is_otherwise)
    }

    fn attributes_that(
        &self,
        repo: &Repo,
        is_against: impl Fn(&str, Option<&str>, &str) -> bool,
    ) -> Result<Vec<String>, Failure> {
        let files = self.config().environments();
        let files = files.map(|environment| environment.file().as_str());
        let of_files = files.flat_map(|file| [(file, "merge", "vault"), (file, "diff", "vault")]);
        let mut lines = Vec::new();
        for (file, name, wanted) in of_files.chain([(CONFIG, "merge", "vault-config")]) {
            let is = repo.attribute(Path::new(file), name)?;
            if is_against(name, is.as_deref(), wanted) && !is_quoted(&repo.folder().join(file)) {
                let place = repo.place_of_attribute(Path::new(file), name, is.as_deref());
                let place = place.map(|place| format!(", as {} says", place.display()));
                lines.push(format!(
                    "{file}: git has {name}={} for it, not {wanted}{}; git check-attr -a -- {} shows all",
                    is.as_deref().unwrap_or("unspecified"),
                    place.unwrap_or_default(),
                    shell::word(file)
                ));
            }
        }
        Ok(lines)
    }

    /// What keeps git from merging files of this vault by key although others are: somebody says so, not nobody.
    pub(crate) fn kept_from_merging(&self) -> Vec<String> {
        let Ok(Some(repo)) = self.repo() else {
            return Vec::new();
        };
        let is_against = |name: &str, is: Option<&str>, wanted: &str| {
            name == "merge" && is.is_some_and(|is| is != wanted)
        };
        match self.asks(repo) {
            Ok(true) => self.attributes_that(repo, is_against).unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

/// Whether the pattern of a path is in quotes, which git reads and libgit2 does not.
fn is_quoted(path: &Path) -> bool {
    path.to_string_lossy().contains([' ', '\t', '"'])
}
