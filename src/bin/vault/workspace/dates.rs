//! Since when a key is there, and when its value was changed last: from git's history.

use std::{collections::BTreeMap, path::Path};

use vault::{
    config::Environment,
    difference::{Difference, What, between},
    value::KeyPath,
};

use super::{Lineal, Trouble, Versions, Workspace};
use crate::{
    context::Lock,
    repo::{BlobId, Lineage, Reach},
};

/// When something happened to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At this time, as the author of a commit has it.
    At(String),
    /// In the work tree: it is in no commit yet.
    NotCommitted,
    /// Before the history that is here begins.
    Unknown,
}

/// What history has of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dates {
    /// Since when it is there, without interruption.
    pub(crate) created: Moment,
    /// When its value was another one before.
    pub(crate) updated: Moment,
    /// A later time at which it may have been: it was encrypted with a new data key, and no identity tells.
    pub(crate) perhaps: Option<String>,
}

/// The dates of an environment's own keys; a file that was never committed has none.
pub(crate) type KeyDates = BTreeMap<KeyPath, Dates>;

impl Workspace<'_> {
    /// The dates of the keys of some environments; `None` without git. Exact where an identity at hand opens the versions without asking.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn dates(
        &self,
        environments: &[&Environment],
    ) -> Result<Option<Vec<KeyDates>>, Trouble> {
        let lineal = |environment: &&Environment| {
            let accepted = self.accept(environment).ok().flatten();
            let log = accepted.as_ref().and_then(|it| it.verified.log());
            Lineal::of(environment, log)
        };
        let lineals: Vec<Lineal> = environments.iter().map(lineal).collect();
        let (Some(repo), Some(lineage)) = (self.repo()?, self.lineage(Reach::Head, &lineals)?)
        else {
            return Ok(None);
        };
        let mut dating = Dating {
            workspace: self,
            lineage: &lineage,
            versions: Versions::new(self.context(), repo, self.opens_without_asking()),
        };
        let environments = environments.iter().enumerate();
        let dates = environments.map(|(file, environment)| dating.of(file, environment));
        dates.collect::<Result<_, _>>().map(Some)
    }

    fn opens_without_asking(&self) -> bool {
        let (findings, _) = self.context().identities().findings();
        findings.iter().all(|finding| finding.lock != Lock::Locked)
    }
}

struct Dating<'d, 'c> {
    workspace: &'d Workspace<'c>,
    lineage: &'d Lineage,
    versions: Versions<'d>,
}

impl Dating<'_, '_> {
    /// From the newest change to the oldest: the first that is about a key is its last.
    fn of(&mut self, file: usize, environment: &Environment) -> Result<KeyDates, Trouble> {
        let lineage = self.lineage;
        let mut open: BTreeMap<KeyPath, Open> = BTreeMap::new();
        let Some((_, head)) = lineage.tips.first() else {
            return Ok(KeyDates::new());
        };
        if let Some(head) = head[file] {
            for difference in self.not_committed(head, environment)? {
                open.entry(difference.path)
                    .or_default()
                    .note(&difference.what, Moment::NotCommitted);
            }
        }
        for step in lineage.steps.iter().filter(|step| step.file == file) {
            let is_start = step.before.is_empty() && lineage.is_cut_off;
            let at = match self.workspace.context().time_of(step.at) {
                Some(time) if !is_start => Moment::At(time),
                _ => Moment::Unknown,
            };
            for difference in self.versions.changed_in(step)? {
                open.entry(difference.path)
                    .or_default()
                    .note(&difference.what, at.clone());
            }
        }
        Ok(open
            .into_iter()
            .map(|(path, open)| (path, open.dates()))
            .collect())
    }

    /// What the work tree has otherwise than the commit that is checked out.
    fn not_committed(
        &mut self,
        head: BlobId,
        environment: &Environment,
    ) -> Result<Vec<Difference>, Trouble> {
        let path = Path::new(environment.file().as_str());
        let bytes = self.workspace.root().read(path)?.into_bytes();
        let is_head = match self.workspace.repo()? {
            Some(repo) => repo.id_of(&bytes)? == head,
            None => true,
        };
        if is_head {
            return Ok(Vec::new());
        }
        let (head, now) = (self.versions.get(head)?, self.versions.version(&bytes)?);
        Ok(between(&head.sketch, &now.sketch))
    }
}

/// A key on the way back through history.
#[derive(Default)]
struct Open {
    created: Option<Moment>,
    updated: Option<Moment>,
    perhaps: Option<String>,
}

impl Open {
    /// Takes in what happened to it before everything that was noted already.
    fn note(&mut self, what: &What, at: Moment) {
        if self.created.is_some() {
            return;
        }
        match what {
            What::Rekeyed => {}
            What::Unclear => {
                if let (None, None, Moment::At(time)) = (&self.updated, &self.perhaps, at) {
                    self.perhaps = Some(time);
                }
            }
            What::Changed | What::Retyped { .. } | What::Bared | What::Covered => {
                self.updated.get_or_insert(at);
            }
            What::Added | What::Renamed { .. } => {
                self.updated.get_or_insert(at.clone());
                self.created = Some(at);
            }
            // Whatever came before was another key of that name; it is not there, or was made again.
            What::Removed => self.created = Some(at),
        }
    }

    fn dates(self) -> Dates {
        Dates {
            created: self.created.unwrap_or(Moment::Unknown),
            updated: self.updated.unwrap_or(Moment::Unknown),
            perhaps: self.perhaps,
        }
    }
}
