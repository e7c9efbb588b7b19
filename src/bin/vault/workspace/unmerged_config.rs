//! The config in the middle of a merge: its versions, and what a vault is under one of them.

use std::path::Path;

use vault::{
    config::Config,
    vault::{CONFIG, Root},
    yaml::conflict,
};

use super::{
    Workspace,
    committed::{Label, LabelKind, label},
    config_failure, no_root,
};
use crate::{
    context::Context,
    failure::Failure,
    repo::{Map, Reach, Repo, Step},
};

/// Base, ours and theirs; empty is one that there is not, or that is no text.
type Texts = [String; 3];

impl<'c> Workspace<'c> {
    /// The vault around a folder while git is in the middle of a merge: a config that git could not merge is read as our side has it.
    ///
    /// Nothing is written, not even what an interrupted command left to do.
    ///
    /// # Errors
    /// No config, several of them, or none that is valid.
    pub(crate) fn in_merge(context: &'c Context, folder: &Path) -> Result<Self, Failure> {
        let root = Root::find(folder).map_err(|error| no_root(context, &error))?;
        let config_file = root
            .read(Path::new(CONFIG))
            .map_err(|error| Failure::because(&error))?;
        let text = config_file.text().map_err(|error| Failure::because(&error));
        let parsed =
            text.and_then(|text| Config::parse(text).map_err(|error| config_failure(&error)));
        let config = match parsed {
            Ok(config) => config,
            Err(failure) => our_config(&root, config_file.bytes())?.ok_or(failure)?,
        };
        Ok(Workspace::of(context, root, config, config_file))
    }

    /// The same vault under the config that both sides come to, which is not written yet.
    ///
    /// # Errors
    /// It is no config.
    pub(crate) fn under_merged(self, text: &str) -> Result<Self, Failure> {
        let config = Config::parse(text).map_err(|error| config_failure(&error))?;
        Ok(Workspace {
            config_file: self.config_file,
            ..Workspace::under(self.context, self.root, config)
        })
    }

    /// The versions of the config, where git could not merge it, or somebody committed a merge with git's markers in it.
    ///
    /// # Errors
    /// A repository that cannot be read, or none.
    pub(crate) fn config_versions(&self) -> Result<Option<[String; 3]>, Failure> {
        versions(self.own_repo()?, self.config_file().bytes())
    }
}

/// The config of our side, where git could not merge it.
fn our_config(root: &Root, work: &[u8]) -> Result<Option<Config>, Failure> {
    let Some(repo) = Repo::of_folder(root.directory())? else {
        return Ok(None);
    };
    let text = match versions(&repo, work)? {
        Some([_, ours, _]) => Some(ours),
        None => {
            let bytes = repo.file_of_head(Path::new(CONFIG))?;
            bytes.and_then(|bytes| String::from_utf8(bytes).ok())
        }
    };
    Ok(text.and_then(|text| Config::parse(&text).ok()))
}

/// Whether git has what a config full of git's markers was to come of, so that it can be merged by key.
pub(super) fn can_be_merged(repo: &Repo, config: &[u8]) -> bool {
    has_markers(config) && versions(repo, config).is_ok_and(|versions| versions.is_some())
}

fn versions(repo: &Repo, work: &[u8]) -> Result<Option<Texts>, Failure> {
    let own = repo.path_at_top(Path::new(CONFIG));
    let unmerged = repo.unmerged()?;
    if let Some(conflict) = unmerged.iter().find(|file| file.path == own) {
        let version = |id| text(repo.version(id));
        let [base, ours, theirs] = [conflict.base, conflict.ours, conflict.theirs]
            .map(|id| id.map_or(Ok(String::new()), version));
        return Ok(Some([base?, ours?, theirs?]));
    }
    let revisions = match has_markers(work) {
        true => merged_revisions(repo, work)?,
        false => None,
    };
    let Some(Revisions { base, ours, theirs }) = revisions else {
        return Ok(None);
    };
    let at = |revision: &str| {
        let bytes = repo.file_at(revision, Path::new(CONFIG));
        text(bytes.map(Option::unwrap_or_default))
    };
    Ok(Some([at(&base)?, at(&ours)?, at(&theirs)?]))
}

/// What git brought together, or was to, as revisions.
struct Revisions {
    base: String,
    ours: String,
    theirs: String,
}

/// A commit that comes in, and what it goes on from, where that is no matter of both histories.
struct Incoming {
    theirs: String,
    base: Option<String>,
}

impl Incoming {
    /// A branch.
    fn branch(theirs: &str) -> Self {
        Incoming {
            theirs: theirs.to_owned(),
            base: None,
        }
    }

    /// One commit, or a stash.
    fn commit(theirs: &str) -> Self {
        Incoming {
            theirs: theirs.to_owned(),
            base: Some(format!("{theirs}^1")),
        }
    }

    /// The way back to before one commit.
    fn revert(commit: &str) -> Self {
        Incoming {
            theirs: format!("{commit}^1"),
            base: Some(commit.to_owned()),
        }
    }

    /// What git is at.
    fn at_hand() -> [Self; 4] {
        [
            Incoming::branch("MERGE_HEAD"),
            Incoming::commit("CHERRY_PICK_HEAD"),
            Incoming::commit("REBASE_HEAD"),
            Incoming::revert("REVERT_HEAD"),
        ]
    }

    /// What git's markers name.
    fn of_label(label: Label) -> Vec<Self> {
        let incoming = match label.kind {
            LabelKind::Branch => Incoming::branch,
            LabelKind::Commit => Incoming::commit,
            LabelKind::Reverted => Incoming::revert,
        };
        label.revisions.iter().map(|it| incoming(it)).collect()
    }

    /// With our side, where git has all of it.
    fn onto(self, repo: &Repo, ours: &str) -> Option<Revisions> {
        let Incoming { theirs, base } = self;
        let is_there = |revision: &String| repo.is_revision(revision);
        if !is_there(&theirs) || !repo.is_revision(ours) {
            return None;
        }
        let base = match base {
            Some(base) => Some(base).filter(is_there),
            None => repo.merge_base(ours, &theirs).ok(),
        };
        Some(Revisions {
            base: base?,
            ours: ours.to_owned(),
            theirs,
        })
    }
}

/// What left git's markers in the config of the work tree or of a commit.
fn merged_revisions(repo: &Repo, work: &[u8]) -> Result<Option<Revisions>, Failure> {
    let head = repo.file_of_head(Path::new(CONFIG))?;
    if !head.as_deref().is_some_and(has_markers) {
        let named = label(work).map_or_else(Vec::new, Incoming::of_label);
        let mut incoming = Incoming::at_hand().into_iter().chain(named);
        return Ok(incoming.find_map(|it| it.onto(repo, "HEAD")));
    }
    let Some(step) = brought_markers(repo)? else {
        return Ok(None);
    };
    let ours = format!("{}^1", step.commit);
    let incoming = match (step.before.len(), step.blob) {
        (2, _) => vec![Incoming::branch(&format!("{}^2", step.commit))],
        (1, Some(blob)) => label(&repo.version(blob)?).map_or_else(Vec::new, Incoming::of_label),
        _ => Vec::new(),
    };
    Ok(incoming.into_iter().find_map(|it| it.onto(repo, &ours)))
}

/// The newest commit of what is checked out that has git's markers in the config, which none that it goes on from has.
fn brought_markers(repo: &Repo) -> Result<Option<Step>, Failure> {
    let mut places = |_: Option<&[u8]>| vec![Some(CONFIG.into())];
    let lineage = repo.lineage(Reach::Head, Map::at(Path::new(CONFIG)), &mut places)?;
    let has = |blob| Ok::<_, Failure>(has_markers(&repo.version(blob)?));
    for step in lineage.steps {
        let mut before = step.before.iter().flatten();
        let was = before.try_fold(false, |was, blob| Ok::<_, Failure>(was || has(*blob)?))?;
        if !was && step.blob.map_or(Ok(false), has)? {
            return Ok(Some(step));
        }
    }
    Ok(None)
}

fn has_markers(bytes: &[u8]) -> bool {
    conflict(bytes).is_some()
}

fn text(bytes: Result<Vec<u8>, Failure>) -> Result<String, Failure> {
    Ok(String::from_utf8(bytes?).unwrap_or_default())
}
