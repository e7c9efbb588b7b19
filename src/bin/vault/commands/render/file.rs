//! `-o FILE`: one file, which is replaced if nothing in it would be lost.

use std::path::Path;

use vault::{
    comparison::{Contents, Difference, loses_comments, losses},
    render::{Names, Output},
    secret::ExposeSecret,
    value::{KeyPath, Scalar},
    vault::{Outputs, Overwrite, Snapshot, Standing, Wish, Written},
    yaml::{Document, Part},
};

use super::{FORCE, Job, Render, Told, not_written};
use crate::{
    failure::{Exit, Failure},
    shell,
};

impl Render {
    pub(super) fn write_file(&self, job: &Job<'_>, path: &Path) -> Result<Exit, Failure> {
        let text = self.text(job, Told::Misreadings)?;
        let bytes = text.expose_secret().as_bytes();
        let outputs = job.workspace.outputs();
        let wish = Wish {
            overwrite: self.overwrite(job, &outputs, path, bytes)?,
            permissions: self.permissions(),
        };
        let (written, notices) = outputs
            .write_file(path, bytes, &wish)
            .map_err(not_written)?;
        let terminal = job.context.terminal();
        terminal.warn_each(&notices);
        let (environment, path) = (job.environment.name(), path.display());
        terminal.say(match written {
            Written::Unchanged => format!("{path} is up to date"),
            _ => format!("wrote {environment} to {path}"),
        });
        Ok(Exit::Done)
    }

    /// What may happen to a file that is there: if vault did not write it, nothing in it may be lost.
    fn overwrite(
        &self,
        job: &Job<'_>,
        outputs: &Outputs,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Overwrite, Failure> {
        if self.force {
            return Ok(Overwrite::Force);
        }
        let standing = outputs.standing(path, bytes).map_err(not_written)?;
        let Standing::Other(file) = standing else {
            return Ok(Overwrite::Never);
        };
        match self.losses(job, &file) {
            None => Err(unreadable(path, self.format)),
            Some(losses) if !losses.is_empty() => Err(self.lost(job, path, &losses)),
            Some(_) => {
                let name = job.environment.name();
                let comments = match self.loses_comments(job, &file) {
                    true => "; its comments go",
                    false => "",
                };
                job.context.terminal().say(format!(
                    "{} is not as vault wrote it, but {name} has all that is in it{comments}",
                    path.display(),
                ));
                Ok(Overwrite::If(file.digest()))
            }
        }
    }

    /// What the file has and the environment does not, whether it is selected or not.
    fn losses(&self, job: &Job<'_>, file: &Snapshot) -> Option<Difference> {
        let contents = Contents::of_file(self.format, file.text().ok()?);
        losses(&contents, &self.everything(job))
    }

    /// Whether comments would go with a file of which nothing else would be lost.
    fn loses_comments(&self, job: &Job<'_>, file: &Snapshot) -> bool {
        let Ok(text) = file.text() else {
            return false;
        };
        match self.format {
            Output::Json => false,
            Output::Yaml => Document::parse(text).is_ok_and(|document| {
                let mut items = document.items().iter();
                items.any(|item| item.part == Part::Comment)
            }),
            _ => loses_comments(text, &self.everything(job)),
        }
    }

    /// What the environment has under the names of the file, whether it is selected or not.
    fn everything(&self, job: &Job<'_>) -> Contents {
        let names = Names {
            selection: None,
            ..self.names(&job.selection)
        };
        Contents::of_tree(self.format, &job.tree, &names)
    }

    /// Names every key of the file that the vault does not have, or has with another value.
    fn lost(&self, job: &Job<'_>, path: &Path, losses: &Difference) -> Failure {
        let name = job.environment.name();
        let failure = Failure::new(format!(
            "{} was written or changed by hand, and has what {name} does not have",
            path.display()
        ));
        let failure = losses.removed.iter().fold(failure, |failure, key| {
            failure.detail(format!("{key} is not in {name}"))
        });
        let failure = losses.changed.iter().fold(failure, |failure, key| {
            failure.detail(format!("{key} has another value"))
        });
        job.remembering(failure)
            .hint(self.way_back(job, path))
            .hint(FORCE)
    }

    /// How what is in the file comes into the vault. An import is for a file that has the names and values of the environment's own file.
    fn way_back(&self, job: &Job<'_>, path: &Path) -> String {
        let name = job.environment.name();
        let too_much = match (job.is_of_one_file, self.keeps_names(job)) {
            (true, true) => {
                let file = path.display().to_string();
                return format!("vault import {name} {} takes them over", shell::word(&file));
            }
            (false, _) => "what other layers give, too",
            (true, false) => "keys a second time, under the names that they have there",
        };
        format!(
            "vault set {name} KEY takes over what is to stay: vault import would write {too_much}"
        )
    }

    /// Whether each key is called in the file as in the vault.
    fn keeps_names(&self, job: &Job<'_>) -> bool {
        let is_at_top = |(path, _): (KeyPath, &Scalar)| path.steps().len() == 1;
        match self.format {
            Output::Json | Output::Yaml => true,
            _ => !self.naming.has_prefix() && job.tree.leaves().into_iter().all(is_at_top),
        }
    }
}

fn unreadable(path: &Path, format: Output) -> Failure {
    Failure::new(format!(
        "{} was not written by vault, and cannot be read as {format} to see what would be lost",
        path.display()
    ))
    .hint(FORCE)
}
