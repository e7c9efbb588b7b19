//! Whether git would take a file, and which of its rules says no.

use std::path::{Path, PathBuf};

use git2::Index;

use super::{Landing, RULES, Repo, Rule, ignore, told};
use crate::{context::GitConfig, failure::Failure};

/// What git would do with a file in clear; the path counts from the top of the work tree.
pub(crate) enum Exposure {
    /// It is outside of the work tree, or ignored.
    None,
    /// The next `git add` takes it.
    NotIgnored(PathBuf),
    /// It is committed already, or about to be.
    Tracked(PathBuf),
}

impl Repo {
    /// Whether a file that is written there could be committed by accident.
    ///
    /// # Errors
    /// Rules or an index of git that cannot be read.
    pub(crate) fn exposure(
        &self,
        landing: &Landing,
        variables: &GitConfig,
    ) -> Result<Exposure, Failure> {
        let Some(relative) = self.inside(landing) else {
            return Ok(Exposure::None);
        };
        if relative.starts_with(".git") {
            return Ok(Exposure::None);
        }
        let index = self.git.index().map_err(|error| told(&error))?;
        // Stages 1 to 3 are those of a conflict.
        if (0..=3).any(|stage| index.get_path(relative, stage).is_some()) {
            return Ok(Exposure::Tracked(relative.to_owned()));
        }
        match self.rule_against(relative, variables, &index)? {
            Some(_) => Ok(Exposure::None),
            None => Ok(Exposure::NotIgnored(relative.to_owned())),
        }
    }

    /// The line by which git leaves a file out of every commit; `None` where it takes it, or has it already.
    ///
    /// # Errors
    /// As `exposure`.
    pub(crate) fn left_out_by(
        &self,
        landing: &Landing,
        variables: &GitConfig,
    ) -> Result<Option<Rule>, Failure> {
        let Some(relative) = self.inside(landing) else {
            return Ok(None);
        };
        let index = self.git.index().map_err(|error| told(&error))?;
        match (0..=3).any(|stage| index.get_path(relative, stage).is_some()) {
            true => Ok(None),
            false => self.rule_against(relative, variables, &index),
        }
    }

    /// The line by which git ignores a file as its rules are read here; libgit2 is not asked.
    fn rule_against(
        &self,
        file: &Path,
        variables: &GitConfig,
        index: &Index,
    ) -> Result<Option<Rule>, Failure> {
        let elsewhere = self.rules_elsewhere(variables)?;
        Ok(ignore::rule_against(
            &self.work_tree,
            file,
            &elsewhere,
            |rules| self.left_out(index, rules),
        ))
    }

    pub(super) fn rules_elsewhere(
        &self,
        variables: &GitConfig,
    ) -> Result<ignore::Elsewhere, Failure> {
        let named = self.named_path("core.excludesFile", variables)?;
        let usual = || Some(variables.folder.as_ref()?.join("ignore"));
        Ok(ignore::Elsewhere {
            of_person: named.map(|named| named.path).or_else(usual),
            of_repository: self.git.commondir().join("info/exclude"),
            folds_case: self.folds_case()?,
        })
    }

    /// Whether git takes names for the same that differ in case alone (`core.ignoreCase`).
    pub(super) fn folds_case(&self) -> Result<bool, Failure> {
        let config = self.git.config().and_then(|mut config| config.snapshot());
        let config = config.map_err(|error| told(&error))?;
        Ok(config.get_bool("core.ignoreCase").unwrap_or(false))
    }

    /// A `.gitignore` on the way to a file that is a symbolic link; both count from the top of the work tree.
    pub(crate) fn linked_rules(&self, file: &Path) -> Option<PathBuf> {
        let mut rules = file.ancestors().skip(1).map(|folder| folder.join(RULES));
        rules.find(|rules| self.work_tree.join(rules).is_symlink())
    }

    /// The `.gitignore` whose last line has the last word on a path: the deepest on the way, else the one to be made at the top.
    pub(crate) fn rules_for(&self, path: &Path) -> PathBuf {
        let mut rules = path.ancestors().skip(1).map(|folder| folder.join(RULES));
        let is_file = |rules: &PathBuf| {
            let found = self.work_tree.join(rules).symlink_metadata();
            found.is_ok_and(|found| found.is_file())
        };
        rules.find(is_file).unwrap_or_else(|| RULES.into())
    }
}
