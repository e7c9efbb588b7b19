//! One side of a comparison: the vault as a revision, the index or the work tree has it, under its own config.

use std::path::Path;

use vault::{
    config::{Config, Environment},
    vault::{CONFIG, Root},
};

use super::{LINK_IN_GIT, altered, nested};
use crate::{
    context::Context,
    failure::Failure,
    repo::{Alteration, Alterations, Look, Repo, Staged},
};

/// Where a side is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// What git calls so.
    Revision(String),
    /// What is about to be committed.
    Index,
    /// The files on disk.
    WorkTree,
}

/// A file of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// There is none.
    Missing,
    /// Its bytes.
    File(Vec<u8>),
    /// Git waits for somebody to merge it.
    Unmerged,
    /// It cannot be read, for this reason.
    Refused(String),
}

impl Held {
    /// Its bytes, if they are there.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Held::File(bytes) => Some(bytes),
            Held::Missing | Held::Unmerged | Held::Refused(_) => None,
        }
    }
}

/// What its config says.
pub(crate) enum Plan {
    /// There is no vault.
    None,
    /// It cannot be read, for this reason.
    Bad(String),
    Valid(Box<Config>),
}

/// The vault on one side.
pub(crate) struct Side<'s> {
    alterations: Alterations<'s>,
    repo: &'s Repo,
    root: &'s Root,
    pub(crate) place: Place,
    pub(crate) plan: Plan,
}

impl<'s> Side<'s> {
    /// Reads its config.
    ///
    /// # Errors
    /// No such revision; objects or an index that cannot be read.
    pub(crate) fn of(
        context: &'s Context,
        repo: &'s Repo,
        root: &'s Root,
        place: Place,
    ) -> Result<Self, Failure> {
        let mut side = Side::empty(context, repo, root, place);
        side.plan = match side.held(Path::new(CONFIG))? {
            Held::Missing => Plan::None,
            Held::File(bytes) => plan(&bytes),
            Held::Unmerged => Plan::Bad("git waits for somebody to merge it".to_owned()),
            Held::Refused(reason) => Plan::Bad(reason),
        };
        Ok(side)
    }

    /// A side without anything.
    pub(crate) fn empty(
        context: &'s Context,
        repo: &'s Repo,
        root: &'s Root,
        place: Place,
    ) -> Self {
        Side {
            alterations: Alterations::new(context.git_config()),
            repo,
            root,
            place,
            plan: Plan::None,
        }
    }

    /// The config, where there is a valid one.
    pub(crate) fn config(&self) -> Option<&Config> {
        match &self.plan {
            Plan::Valid(config) => Some(config),
            Plan::None | Plan::Bad(_) => None,
        }
    }

    /// The file of an environment.
    ///
    /// # Errors
    /// Objects or an index that cannot be read.
    pub(crate) fn file(&self, environment: &Environment) -> Result<Held, Failure> {
        self.held(Path::new(environment.file().as_str()))
    }

    /// Whether git waits for somebody to merge the file of an environment.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn is_unmerged(&self, environment: &Environment) -> Result<bool, Failure> {
        if matches!(self.place, Place::Revision(_)) {
            return Ok(false);
        }
        let path = Path::new(environment.file().as_str());
        Ok(matches!(self.repo.staged(path)?, Staged::Unmerged))
    }

    /// What somebody types in a directory to have a file as a revision has it; `None` where the side is none.
    pub(crate) fn brought_back(&self, file: &Path, directory: &Path) -> Option<String> {
        let Place::Revision(revision) = &self.place else {
            return None;
        };
        Some(self.repo.brought_back(revision, file, directory))
    }

    fn held(&self, path: &Path) -> Result<Held, Failure> {
        match &self.place {
            Place::Revision(revision) => {
                if self.repo.has_link_at(revision, path)? {
                    return Ok(linked());
                }
                let Some(bytes) = self.repo.file_at(revision, path)? else {
                    return Ok(Held::Missing);
                };
                let found = self.repo.alteration_at(revision, path, &bytes)?;
                Ok(unaltered(bytes, found.as_ref()))
            }
            Place::Index => self.staged(path),
            Place::WorkTree => self.on_disk(path),
        }
    }

    fn staged(&self, path: &Path) -> Result<Held, Failure> {
        Ok(match self.repo.staged(path)? {
            Staged::Missing => Held::Missing,
            Staged::File(bytes) => {
                let found = self.repo.alteration_staged(path, &bytes)?;
                unaltered(bytes, found.as_ref())
            }
            Staged::Unmerged => Held::Unmerged,
            Staged::Link => linked(),
        })
    }

    fn is_in_another(&self, path: &Path) -> Result<bool, Failure> {
        let around =
            nested::repository_around(self.root, path, &self.alterations, Look::AlsoInIndex)?;
        Ok(around.is_some())
    }

    fn on_disk(&self, path: &Path) -> Result<Held, Failure> {
        Ok(match self.root.resolve(path) {
            // As git has it: whoever leaves a file out has not taken it away.
            Ok(place) if !place.exists() && self.repo.is_left_out(path)? => self.staged(path)?,
            Ok(place) if !place.exists() => Held::Missing,
            Ok(place) if place.is_link() && self.repo.has_link(path)? => linked(),
            Ok(_) if self.is_in_another(path)? => Held::Refused(nested::IN_ANOTHER.to_owned()),
            Ok(_) => match self.root.read(path) {
                Ok(snapshot) => {
                    let found = self.alterations.of_file(
                        &self.root.directory().join(path),
                        snapshot.bytes(),
                        Look::AlsoInIndex,
                    )?;
                    unaltered(snapshot.into_bytes(), found.as_ref())
                }
                Err(error) => Held::Refused(error.to_string()),
            },
            Err(error) => Held::Refused(error.to_string()),
        })
    }
}

fn unaltered(bytes: Vec<u8>, found: Option<&Alteration>) -> Held {
    match found {
        Some(_) => Held::Refused(altered::ALTERED_IN_GIT.to_owned()),
        None => Held::File(bytes),
    }
}

fn linked() -> Held {
    Held::Refused(LINK_IN_GIT.to_owned())
}

fn plan(bytes: &[u8]) -> Plan {
    match Config::parse(&String::from_utf8_lossy(bytes)) {
        Ok(config) => Plan::Valid(Box::new(config)),
        Err(error) => Plan::Bad(error.to_string()),
    }
}
