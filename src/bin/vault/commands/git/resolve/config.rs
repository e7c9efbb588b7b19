//! `.vault.yaml` in the middle of a merge: brought together from the index, as the driver does it where there is one.

use std::{collections::HashSet, path::Path};

use vault::{
    config::{
        Config,
        merge::{Decided, Merged, Sides, merged_as},
    },
    merge::Conflict,
    reconcile::Side,
    value::KeyPath,
    vault::CONFIG,
    yaml::conflict,
};

use super::means;
use crate::{commands::git::merge_config, failure::Failure, repo::Landing, workspace::Workspace};

/// The config, which git could not merge.
pub(super) struct ConfigCase {
    versions: [String; 3],
    ours_at: Vec<KeyPath>,
    theirs_at: Vec<KeyPath>,
    merged: Merged,
}

impl ConfigCase {
    /// The config, where git could not merge it and nobody has worked on it since; what a person wrote is theirs to finish.
    pub(super) fn of(workspace: &Workspace<'_>) -> Result<Option<Self>, Failure> {
        let work = String::from_utf8_lossy(workspace.config_file().bytes()).into_owned();
        let terminal = workspace.context().terminal();
        let Some(versions) = workspace.config_versions()? else {
            if conflict(work.as_bytes()).is_some() {
                terminal.warn(EDIT);
            }
            return Ok(None);
        };
        if is_edited(&work, sides(&versions))? {
            terminal.warn(match Config::parse(&work) {
                Ok(_) => {
                    ".vault.yaml is not merged either: git add .vault.yaml takes it as it is now"
                }
                Err(_) => EDIT,
            });
            return Ok(None);
        }
        let merged = merged_as(sides(&versions), Decided::default());
        Ok(Some(ConfigCase {
            versions,
            ours_at: Vec::new(),
            theirs_at: Vec::new(),
            merged,
        }))
    }

    /// Decides for a side wherever a key is in conflict; returns whether it is.
    pub(super) fn settle(&mut self, key: &str, side: Side) -> bool {
        let means_it = |conflict: &&Conflict| means(key, conflict).is_some();
        let paths: Vec<KeyPath> = self
            .conflicts()
            .iter()
            .filter(means_it)
            .map(|conflict| conflict.path.clone())
            .collect();
        if paths.is_empty() {
            return false;
        }
        match side {
            Side::Ours => self.ours_at.extend(paths),
            Side::Theirs => self.theirs_at.extend(paths),
        }
        let decided = Decided {
            ours: &self.ours_at,
            theirs: &self.theirs_at,
        };
        self.merged = merged_as(sides(&self.versions), decided);
        true
    }

    /// What is left to decide.
    pub(super) fn conflicts(&self) -> &[Conflict] {
        match &self.merged {
            Merged::Conflicts(found) => &found.conflicts,
            _ => &[],
        }
    }

    /// What both sides come to, where nothing is left to decide.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.merged {
            Merged::Clean(text) => Some(text),
            _ => None,
        }
    }

    /// Why it cannot be finished, where it cannot.
    pub(super) fn left(&self) -> Option<Failure> {
        let failure = merge_config::reasons(&self.merged)?.within(CONFIG);
        let edit =
            "edit .vault.yaml, then git add .vault.yaml; until then it is read as our side has it";
        Some(match self.conflicts() {
            [] if merge_config::leaves_nobody(&self.merged) => failure.hint(
                "of environments without a signature, .vault.yaml says who reads them: name somebody, then git add .vault.yaml",
            ),
            [] => failure.hint(edit),
            _ => failure
                .hint("--ours KEY or --theirs KEY takes one of them")
                .hint(format!("or {edit}")),
        })
    }
}

/// What is said of a config that is left to a person.
const EDIT: &str = ".vault.yaml is not merged either: edit it, then git add .vault.yaml; until then it is read as our side has it";

/// Whether somebody means the config by a name.
pub(super) fn is_config(workspace: &Workspace<'_>, name: &str) -> bool {
    let landing = Landing::of(Path::new(name));
    landing.is_ok_and(|landing| {
        landing.within(workspace.root().directory()) == Some(Path::new(CONFIG))
    })
}

fn sides(versions: &[String; 3]) -> Sides<'_> {
    let [base, ours, theirs] = versions;
    Sides { base, ours, theirs }
}

/// Whether the work tree has what is neither git's nor the driver's: a config without markers, or a line that no side has.
fn is_edited(work: &str, sides: Sides<'_>) -> Result<bool, Failure> {
    if Config::parse(work).is_ok() {
        return Ok(true);
    }
    let driver = merge_config::merge(sides)?.bytes;
    let driver = String::from_utf8_lossy(&driver);
    let texts = [sides.base, sides.ours, sides.theirs, &driver];
    let known: HashSet<&str> = texts.into_iter().flat_map(str::lines).collect();
    let is_marker = |line: &str| {
        let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
        marks.iter().any(|mark| line.starts_with(mark))
    };
    Ok(!work
        .lines()
        .all(|line| is_marker(line) || known.contains(line)))
}
