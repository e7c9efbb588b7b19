//! What is to be compared: words that are revisions told from words that are environments.

use vault::value::EnvName;

use crate::{failure::Failure, repo::Repo, workspace::Place};

/// What is to be compared with what, and which environments of it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) before: Place,
    pub(super) after: Place,
    /// All if none is named.
    pub(super) environments: Vec<EnvName>,
}

/// Reads the words before and behind `--`.
pub(super) struct Words<'w> {
    pub(super) repo: &'w Repo,
    /// Whether an environment of the work tree has a name.
    pub(super) is_environment: &'w dyn Fn(&str) -> bool,
    pub(super) staged: bool,
}

impl Words<'_> {
    /// Reads the words before `--` and the names behind it; `None` for those where there is no `--`.
    ///
    /// # Errors
    /// Too many revisions, a word that could be either, the name of no environment.
    pub(super) fn read(
        &self,
        words: &[String],
        named: Option<&[EnvName]>,
    ) -> Result<Asked, Failure> {
        let (revisions, mut environments) = self.split(words, named.is_some())?;
        environments.extend(named.unwrap_or_default().iter().cloned());
        let (before, after) = self.places(&revisions)?;
        Ok(Asked {
            before,
            after,
            environments,
        })
    }

    fn split(
        &self,
        words: &[String],
        all_revisions: bool,
    ) -> Result<(Vec<String>, Vec<EnvName>), Failure> {
        let mut revisions = Vec::new();
        let mut environments = Vec::new();
        for word in words {
            let is_environment = (self.is_environment)(word);
            let is_revision = word.contains("..") || self.repo.is_revision(word);
            match (is_revision, is_environment) {
                _ if all_revisions => revisions.push(word.clone()),
                (true, true) => return Err(either(word)),
                (true, false) if environments.is_empty() => revisions.push(word.clone()),
                (true, false) => {
                    let failure = Failure::new("a revision stands before the environments");
                    return Err(failure.hint("vault diff REV REV ENV"));
                }
                (false, _) => environments.push(self.environment(word)?),
            }
        }
        Ok((revisions, environments))
    }

    fn environment(&self, word: &str) -> Result<EnvName, Failure> {
        word.parse().map_err(|_| {
            Failure::new("there is a word that names neither a revision nor an environment")
                .hint("git rev-parse REV says what git knows; vault env list says which environments there are")
        })
    }

    fn places(&self, revisions: &[String]) -> Result<(Place, Place), Failure> {
        let revision = |text: &str| Place::Revision(text.to_owned());
        let after = match self.staged {
            true => Place::Index,
            false => Place::WorkTree,
        };
        match revisions {
            [] => Ok((revision(HEAD), after)),
            [range] if range.contains("..") && !self.staged => self.range(range),
            [one] if !one.contains("..") => Ok((revision(one), after)),
            [one, other] if !self.staged && !one.contains("..") && !other.contains("..") => {
                Ok((revision(one), revision(other)))
            }
            _ if self.staged => Err(Failure::new(
                "--staged is compared with one revision at most",
            )),
            _ => Err(Failure::new("two revisions are compared at most")),
        }
    }

    /// `A..B`, or `A...B`: B against where it left A.
    fn range(&self, text: &str) -> Result<(Place, Place), Failure> {
        let (one, other, from_base) = match text.split_once("...") {
            Some((one, other)) => (one, other, true),
            None => text
                .split_once("..")
                .map(|(one, other)| (one, other, false))
                .unwrap_or_default(),
        };
        let or_head = |text: &str| match text {
            "" => HEAD.to_owned(),
            text => text.to_owned(),
        };
        let (one, other) = (or_head(one), or_head(other));
        let before = match from_base {
            true => self.repo.merge_base(&one, &other)?,
            false => one,
        };
        Ok((Place::Revision(before), Place::Revision(other)))
    }
}

/// What is checked out.
pub(super) const HEAD: &str = "HEAD";

fn either(word: &str) -> Failure {
    Failure::new(format!("{word} is a revision and an environment"))
        .hint(format!("vault diff -- {word} means the environment"))
        .hint(format!("vault diff {word} -- means the revision"))
}
