//! What carries the values that a format cannot: the same command with another format, where that is one that works.

use std::path::PathBuf;

use vault::render::{self, Output, Refusal};

use super::{Job, Letters, Render, Told};
use crate::{commands::naming::option, failure::Failure, shell};

/// Where secret files go, as every guide has it.
const SECRETS: &str = "run/secrets";

impl Render {
    /// What an output cannot carry, with the command that carries all that was asked for.
    pub(super) fn refused(&self, job: &Job<'_>, refusal: Refusal) -> Failure {
        let failure = Failure::from(refusal);
        let formats = Output::FORMATS.into_iter();
        let others = formats.filter(|format| *format != self.format);
        let mut others = others.map(|format| self.in_format(format));
        match others.find(|other| other.works(job)) {
            Some(other) => failure.hint(format!("{} carries all of them", other.line(job))),
            None => failure,
        }
    }

    /// The same in another format. What stands at the path of `-o` is left alone, and a directory is no place for a file.
    fn in_format(&self, format: Output) -> Self {
        let is_set = |format| format == Output::DockerSecrets;
        let mut other = Render {
            format,
            check: false,
            force: false,
            ..self.clone()
        };
        if is_set(format) || is_set(self.format) || other.is_there() {
            other.output = is_set(format).then(|| PathBuf::from(SECRETS));
            other.allow_in_git = false;
        }
        if !is_set(format) {
            other.name = Letters::Keep;
            other.suffix.clear();
        }
        if other.output.is_none() {
            (other.mode, other.owner, other.allow_in_git) = (None, None, false);
        }
        other
    }

    fn is_there(&self) -> bool {
        let path = self.output.as_ref();
        path.is_some_and(|path| path.symlink_metadata().is_ok())
    }

    /// Whether it would print or write everything; nothing is told of it, and nothing written.
    fn works(&self, job: &Job<'_>) -> bool {
        let carries = || match self.format {
            Output::DockerSecrets => render::files(&job.tree, self.names(&job.selection)).is_ok(),
            _ => self.written(job, Told::Nothing).is_ok(),
        };
        !self.is_there() && self.check_options(job.context, job.workspace).is_ok() && carries()
    }

    /// The command, as it is typed.
    fn line(&self, job: &Job<'_>) -> String {
        let place = |path: &PathBuf| format!("-o {}", shell::path(&path.to_string_lossy()));
        let case = (self.name == Letters::Lower).then(|| "--name lower".to_owned());
        let suffix = (!self.suffix.is_empty()).then(|| option("--suffix", &self.suffix));
        let mode = self.mode.map(|mode| format!("--mode {mode}"));
        let owner = self.owner.map(|owner| format!("--owner {owner}"));
        let allowed = self.allow_in_git.then(|| "--allow-in-git".to_owned());
        let words: Vec<String> = [format!(
            "vault render {} --format {}",
            job.environment.name(),
            self.format
        )]
        .into_iter()
        .chain(self.output.as_ref().map(place))
        .chain(self.naming.words_of_keys())
        .chain(self.naming.words_of_names())
        .chain([case, suffix, mode, owner, allowed].into_iter().flatten())
        .chain(self.local.word())
        .chain(job.context.typed_identities())
        .collect();
        words.join(" ")
    }
}
