//! `--format docker-secrets -o DIR`: one file for each key, replaced as a set.

use std::path::Path;

use vault::{
    render,
    secret::ExposeSecret,
    vault::{NamedBytes, OutputError, Overwrite, Wish, Written, WrittenFiles},
};

use super::{Job, Render, not_written};
use crate::failure::{Exit, Failure};

impl Render {
    pub(super) fn files(&self, job: &Job<'_>) -> Result<Vec<render::SecretFile>, Failure> {
        let files = render::files(&job.tree, self.names(&job.selection));
        files.map_err(|refusal| self.refused(job, refusal))
    }

    pub(super) fn write_files(&self, job: &Job<'_>, directory: &Path) -> Result<Exit, Failure> {
        let files = self.files(job)?;
        let pairs = pairs(&files);
        let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
        if !names.is_empty() {
            self.refuse_exposed(job.context, directory, &names)?;
        }
        let wish = Wish {
            overwrite: match self.force {
                true => Overwrite::Force,
                false => Overwrite::Never,
            },
            permissions: self.permissions(),
        };
        let outputs = job.workspace.outputs();
        let done = outputs
            .write_files(directory, &pairs, &wish)
            .map_err(|error| refused(job, error))?;
        tell(job, directory, &done);
        Ok(Exit::Done)
    }
}

/// The files as the library writes them.
pub(super) fn pairs(files: &[render::SecretFile]) -> Vec<NamedBytes<'_>> {
    files
        .iter()
        .map(|file| (file.name.as_str(), file.content.expose_secret().as_bytes()))
        .collect()
}

fn tell(job: &Job<'_>, directory: &Path, done: &WrittenFiles) {
    let terminal = job.context.terminal();
    terminal.warn_each(&done.notices);
    let count = match done.files.len() {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let is_touched = |(_, written): &(String, Written)| *written != Written::Unchanged;
    let (environment, directory) = (job.environment.name(), directory.display());
    match done.files.iter().any(is_touched) || !done.removed.is_empty() {
        true => terminal.say(format!("wrote {environment} to {directory}: {count}")),
        false => terminal.say(format!("{directory} is up to date: {count}")),
    }
    for name in &done.removed {
        terminal.say(format!("- {name}"));
    }
}

/// Files that somebody else wrote or changed: each by name.
fn refused(job: &Job<'_>, error: OutputError) -> Failure {
    let OutputError::Others { directory, names } = error else {
        return not_written(error);
    };
    let failure = Failure::new(format!(
        "{} has files that were written or changed by hand",
        directory.display()
    ));
    let name = job.environment.name();
    let failure = names.iter().fold(failure, |failure, file| {
        failure.detail(format!(
            "{file} is not what {name} has, nor what vault wrote there"
        ))
    });
    job.remembering(failure)
        .hint(format!(
            "vault set {name} KEY --from-file {}/FILE takes one over",
            directory.display()
        ))
        .hint("--force replaces them; what is in them is gone then")
}
