//! A config that is gone while git still has it: nobody is to make a new vault then, and what is gone with it can be told.

use std::path::{Path, PathBuf};

use vault::{
    vault::{CONFIG, Root, RootError, Shown, Snapshot},
    yaml::conflict,
};

use super::{
    config_of, finish_interrupted,
    former::{id_in, place_of},
    linked::seen_from,
    unmerged_config::can_be_merged,
    way_back::config_as_it_was,
};
use crate::{
    context::Context,
    failure::Failure,
    repo::{BlobId, Depth, Kept, Landing, Reach, Repo, Version},
    shell,
};

/// What is checked out.
const HEAD: &str = "HEAD";

/// The config that git still has for a directory without one.
pub(crate) struct LostConfig {
    repo: Repo,
    kept: Kept,
    /// The directory, from the top of the work tree.
    below: PathBuf,
}

impl LostConfig {
    /// Looks for it, at last in revisions that somebody has named; `None` also where git cannot be read: there is more to say than that.
    pub(crate) fn of(directory: &Path, revisions: &[&str]) -> Option<Self> {
        LostConfig::within(directory, revisions, Depth::Hint)
    }

    /// The same in the whole history of HEAD.
    pub(crate) fn ever_of(directory: &Path) -> Option<Self> {
        LostConfig::within(directory, &[], Depth::Whole)
    }

    fn within(directory: &Path, revisions: &[&str], depth: Depth) -> Option<Self> {
        let landing = Landing::of(&directory.join(CONFIG)).ok()?;
        let repo = Repo::around(&landing).ok()??;
        let kept = repo.kept(&landing, revisions, depth).ok()??;
        let kept = match kept.is_of_the_past() {
            true => moved(&repo, &kept, depth).unwrap_or(kept),
            false => kept,
        };
        let below = repo.inside(&landing)?.parent()?.to_owned();
        Some(LostConfig { repo, kept, below })
    }

    /// The folder that it was moved to before it was lost, in words.
    fn folder_since(&self) -> Option<String> {
        let folder = self.kept.folder();
        (!self.below.starts_with(folder)).then(|| place_of(folder))
    }

    /// What somebody types to have it again; or where it is.
    pub(crate) fn way_back(&self, context: &Context) -> String {
        let back = || format!("{} brings it back", self.brought_back(context));
        self.where_it_is(context).unwrap_or_else(back)
    }

    /// Where the vault is, if somebody has moved it, with what to type there: what was typed here, where that can be.
    pub(crate) fn where_it_is(&self, context: &Context) -> Option<String> {
        let top = self.repo.work_tree();
        let here = top.join(&self.below);
        let seen = |folder: &PathBuf| {
            let folder = context.typed(&seen_from(&here, &top.join(folder)));
            shell::word(&folder.to_string_lossy()).into_owned()
        };
        let folders = self.folders_of_vaults(context);
        let folders: Vec<String> = folders.iter().map(seen).collect();
        Some(match folders.as_slice() {
            [] => return None,
            [one] => {
                let line = context.line();
                let line = line.as_deref().unwrap_or("check");
                format!("the vault is in {one} now: vault -C {one} {line}")
            }
            [first, ..] => format!(
                "vaults are in {} now: vault -C {first} check",
                folders.join(", ")
            ),
        })
    }

    /// The folders, from the top of the work tree, that have vaults, if this one is among them.
    fn folders_of_vaults(&self, context: &Context) -> Vec<PathBuf> {
        let own = self.repo.kept_text(&self.kept);
        let Some(own) = own.and_then(|text| id_in(&text)) else {
            return Vec::new();
        };
        let files = self.repo.files(context.git_config());
        let files = files.unwrap_or_default().into_iter();
        let configs = files.filter(|file| file.ends_with(CONFIG));
        let vault = |config: PathBuf| {
            let folder = config.parent()?;
            let root = Root::at(&self.repo.work_tree().join(folder)).ok()?;
            let config = root.read(Path::new(CONFIG)).ok()?;
            Some((folder.to_owned(), id_in(config.bytes())?))
        };
        let vaults: Vec<(PathBuf, String)> = configs.filter_map(vault).collect();
        match vaults.iter().any(|(_, id)| *id == own) {
            true => vaults.into_iter().map(|(folder, _)| folder).collect(),
            false => Vec::new(),
        }
    }

    /// Adds what to type, and where it is said who took it away.
    pub(crate) fn told(&self, context: &Context, failure: Failure) -> Failure {
        if let Some(place) = self.where_it_is(context) {
            return failure.hint(place);
        }
        let place = self.folder_since();
        let failure = failure.hint(format!(
            "{} brings back the one that was {}",
            self.brought_back(context),
            place.as_deref().unwrap_or("there")
        ));
        match self.kept.is_of_the_past() {
            true => failure.hint(format!(
                "git log --stat -1 -- {} shows who took it away",
                self.repo
                    .named_from_top(self.kept.path(), context.standing())
            )),
            false => failure,
        }
    }

    fn brought_back(&self, context: &Context) -> String {
        self.repo.brought_back_kept(&self.kept, context.standing())
    }

    fn root(&self) -> Result<Root, Failure> {
        let folder = self.repo.work_tree().join(self.kept.folder());
        // By components: a path that ends in a slash would be another one to whoever compares bytes.
        let folder: PathBuf = folder.components().collect();
        Root::at(&folder).map_err(|error| Failure::because(&error))
    }
}

/// The config of the same vault where that was moved to since, if it is gone there as well: what is of before the move would come back to
/// where no vault is.
fn moved(repo: &Repo, kept: &Kept, depth: Depth) -> Option<Kept> {
    let own = id_in(&repo.kept_text(kept)?)?;
    let is_its = |version: BlobId| {
        let text = repo.version(version).ok();
        text.is_some_and(|text| id_in(&text).as_ref() == Some(&own))
    };
    let files = repo.elsewhere(Reach::Head, CONFIG).ok()?;
    let folders = files.iter().filter(|(_, version)| is_its(*version));
    let files = folders.map(|(folder, _)| folder.join(CONFIG));
    let is_gone = |file: &PathBuf| !repo.work_tree().join(file).exists();
    let others = files.filter(is_gone);
    let places: Vec<PathBuf> = others.chain([kept.path().to_owned()]).collect();
    repo.kept_at(&places, &[], depth).ok()?
}

/// The root of the vault around the current directory, whatever its config says; nothing is left there of an interrupted run. Where the
/// config is gone it is the root that git still knows, or one of the revisions does, with what is to be told if nothing else helps.
///
/// # Errors
/// No config that anybody knows of, or several of them.
pub(crate) fn root_to_compare(
    context: &Context,
    revisions: &[&str],
) -> Result<(Root, Option<Failure>), Failure> {
    let (root, failure) = match Root::find(context.directory()) {
        Ok(root) => (root, None),
        Err(error) => {
            let failure = no_root(context, &error);
            let lost = match error {
                RootError::Missing { .. } => LostConfig::of(context.directory(), revisions),
                _ => None,
            };
            match lost {
                Some(lost) => (lost.root()?, Some(failure)),
                None => return Err(failure),
            }
        }
    };
    finish_interrupted(context, &root)?;
    Ok((root, failure))
}

/// How the last config comes back that could be read, where git has something in its place that cannot be. What is only on disk is somebody's
/// work, who goes on with it.
pub(crate) fn last_readable(context: &Context, root: &Root) -> Option<String> {
    let repo = Repo::of_folder(root.directory()).ok()??;
    let path = Path::new(CONFIG);
    let work = root.read(path).ok();
    let work = work.as_ref().map_or(&[][..], Snapshot::bytes);
    if can_be_merged(&repo, work) {
        return Some("vault git resolve brings both sides together".to_owned());
    }
    let is_bad = |bytes: &[u8]| config_of(bytes).is_none();
    let is_committed = repo.file_of_head(path).ok()?.is_some_and(|it| is_bad(&it));
    if !is_committed {
        return None;
    }
    let places = |_: Option<&[u8]>| vec![CONFIG.into()];
    let of = |it: &Version<'_>| (!is_bad(it.bytes)).then(|| it.spot.commit.clone());
    let commit = repo
        .version_of(Reach::Head, repo.folder(), path, places, of)
        .ok()??;
    let back = repo.brought_back(&commit, path, context.standing());
    let dropped = match conflict(work) {
        Some(_) => ", from before that merge: what the other side has changed is dropped",
        None => "",
    };
    Some(format!(
        "{back} brings back the last one that could be read{dropped}"
    ))
}

/// How the config comes back in whose place there is a link that leads nowhere, or out of the repository: of that nothing is anybody's work.
pub(crate) fn instead_of_link(context: &Context) -> Option<String> {
    let Err(RootError::Config(_)) = Root::find(context.directory()) else {
        return None;
    };
    let Err(RootError::Exists { path }) = Root::plan(context.directory()) else {
        return None;
    };
    let root = Root::at(path.parent()?).ok()?;
    let in_head = || {
        let repo = Repo::of_folder(root.directory()).ok()??;
        let config = repo.file_of_head(Path::new(CONFIG)).ok()??;
        config_of(&config)?;
        let back = repo.brought_back(HEAD, Path::new(CONFIG), context.standing());
        Some(format!("{back} brings back the one that is committed"))
    };
    last_readable(context, &root).or_else(in_head).or_else(|| {
        let path = Shown(&path).to_string();
        let path = shell::word(&path);
        Some(format!(
            "ls -l {path} shows where it leads: put the file itself in its place"
        ))
    })
}

/// The nearest directory above with a config, where none counts but the one that was looked at.
fn above(error: &RootError) -> Option<PathBuf> {
    match error {
        RootError::Missing {
            start,
            is_in_git: false,
        } => {
            let mut above = start.ancestors().skip(1);
            above
                .find(|directory| directory.join(CONFIG).is_file())
                .map(Path::to_owned)
        }
        _ => None,
    }
}

pub(super) fn no_root(context: &Context, error: &RootError) -> Failure {
    let failure = Failure::because(error);
    match error {
        RootError::Missing { start, .. } => match (LostConfig::of(start, &[]), above(error)) {
            (Some(lost), _) => lost.told(context, failure),
            (None, Some(above)) => failure.hint(format!(
                "vault -C {} … works with the vault there; vault init makes one here",
                shell::word(&Shown(&above).to_string())
            )),
            (None, None) => {
                failure.hint("vault init makes a vault here; -C DIR works in another directory")
            }
        },
        RootError::Two { .. } => {
            failure.hint("a repository has one vault; move the environments of both into one")
        }
        RootError::Config(_) => {
            let back = config_as_it_was(context);
            let back = back.or_else(|| instead_of_link(context));
            back.into_iter().fold(failure, Failure::hint)
        }
        RootError::Exists { .. } | RootError::Inspect { .. } => failure,
    }
}
