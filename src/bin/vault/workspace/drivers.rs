//! The drivers of git: a clone of a repository whose attributes ask for them has none until somebody sets them, so every command that
//! writes does.

use std::path::Path;

use vault::{config::FilePath, vault::CONFIG};

use super::Workspace;
use crate::{
    failure::Failure,
    repo::{Drivers, Found, Repo},
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
}
