//! `vault git merge`: the merge driver of secret files. It asks nobody anything, and shows no value.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use tempfile::Builder;
use vault::{
    reconcile::{Base, Versions},
    sealed::Mark,
    vault::read,
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Landing, Repo},
    workspace::{Asking, Sides, Trouble, Workspace},
};

/// Merge a secret file: what git calls, not a person
///
/// Brings both sides together by key, and signs what comes of it. It asks for nothing: an identity with a passphrase counts as not there.
/// What cannot be merged so is left as our side has it, with a mark that every other command refuses; vault git resolve goes on from there.
#[derive(Args, Debug)]
pub(crate) struct Merge {
    /// What both sides began with (%O); empty if there was nothing
    #[arg(value_name = "BASE", value_hint = ValueHint::FilePath)]
    base: PathBuf,
    /// Our side (%A), which the result takes the place of
    #[arg(value_name = "OURS", value_hint = ValueHint::FilePath)]
    ours: PathBuf,
    /// The side that comes in (%B)
    #[arg(value_name = "THEIRS", value_hint = ValueHint::FilePath)]
    theirs: PathBuf,
    /// Where the file stands, from the top of the work tree (%P)
    #[arg(value_name = "PATH", allow_hyphen_values = true)]
    path: PathBuf,
    /// Both sides are versions that the sides of another merge began with: git asks for one, to begin with
    #[arg(long)]
    bases: bool,
}

impl Merge {
    /// Merges, or marks the file and says why it could not.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let bytes = self.read()?;
        if self.bases {
            return self.merge_bases(context, &bytes);
        }
        self.refuse_marked(&bytes.ours)?;
        let failure = match self.merged(context, &bytes) {
            Ok(merged) => {
                self.replace(&merged)?;
                return Ok(Exit::Done);
            }
            Err(reasons) => self.unmerged(&reasons),
        };
        match self.marked(context, &bytes) {
            Ok(marked) => {
                self.replace(&marked)?;
                Err(failure
                    .hint("vault git resolve shows what is left to decide, and finishes the merge"))
            }
            // Without a mark git's own conflict is left, and our file as it is.
            Err(reason) => Err(failure
                .detail(format!(
                    "it bears no mark: {}",
                    reason.error().unwrap_or_default()
                ))
                .hint("vault git resolve says how to go on")),
        }
    }

    /// Versions that contradict each other are no base: a merge that has none asks about everything that differs.
    fn merge_bases(&self, context: &Context, bytes: &Versions<Vec<u8>>) -> Result<Exit, Failure> {
        let merged = self.merged(context, bytes);
        self.replace(merged.as_deref().unwrap_or(NO_BASE))?;
        Ok(Exit::Done)
    }

    /// A mark has room for one other side: a second merge would lose one. A driver that fails ends the merge before it has changed anything.
    fn refuse_marked(&self, ours: &[u8]) -> Result<(), Failure> {
        match Mark::split(ours) {
            Ok(Some(_)) => Err(Failure::new(format!(
                "{} waits for an earlier merge to be finished",
                self.path.display()
            ))
            .hint("vault git resolve, then git commit, then this merge again")),
            _ => Ok(()),
        }
    }

    fn read(&self) -> Result<Versions<Vec<u8>>, Failure> {
        let file = |path: &Path| -> Result<Vec<u8>, Failure> {
            let snapshot = read(path).map_err(|error| Failure::because(&error))?;
            Ok(snapshot.into_bytes())
        };
        let base = file(&self.base)?;
        Ok(Versions {
            base: match base.is_empty() {
                true => Base::Nothing,
                false => Base::Known(base),
            },
            ours: file(&self.ours)?,
            theirs: file(&self.theirs)?,
        })
    }

    /// What comes of both sides; else every reason why it does not.
    fn merged(
        &self,
        context: &Context,
        bytes: &Versions<Vec<u8>>,
    ) -> Result<Vec<u8>, Vec<Trouble>> {
        let one = |trouble: Trouble| vec![trouble];
        let failed = |failure: Failure| vec![Trouble::from(failure)];
        let workspace = Workspace::in_merge(context, &self.folder(context)).map_err(failed)?;
        let path = self.path_in(context, &workspace).map_err(one)?;
        let sides = workspace.accept_sides(&path, bytes.clone())?;
        let objections = objections(&sides);
        if !objections.is_empty() {
            return Err(objections);
        }
        let work = workspace.open_sides(sides, Asking::Never).map_err(one)?;
        if let Some(trouble) = work.lost_base {
            return Err(vec![trouble.within(BEFORE)]);
        }
        let conflicts = work.reconciliation.conflicts().iter();
        let conflicts: Vec<Trouble> = conflicts
            .map(|conflict| Trouble::failed(conflict.to_string()))
            .collect();
        match conflicts.is_empty() {
            true => workspace.seal_merged(work, Asking::Never).map_err(one),
            false => Err(conflicts),
        }
    }

    /// The nearest folder above the file that there is: the file itself git may be about to write.
    fn folder(&self, context: &Context) -> PathBuf {
        let file = context.directory().join(&self.path);
        let mut folders = file.ancestors().skip(1);
        let there = folders.find(|folder| folder.is_dir());
        there.unwrap_or(context.directory()).to_owned()
    }

    fn path_in(&self, context: &Context, workspace: &Workspace<'_>) -> Result<PathBuf, Trouble> {
        let landing = Landing::of(&context.directory().join(&self.path))
            .map_err(|error| Trouble::from(Failure::because(&error)))?;
        let inside = landing.within(workspace.root().directory());
        let path = inside.map(Path::to_owned);
        path.ok_or_else(|| Trouble::failed("the file is not in the folder of .vault.yaml"))
    }

    fn unmerged(&self, reasons: &[Trouble]) -> Failure {
        let text = format!("{} is not merged", self.path.display());
        let failure = Failure::new(text).exit(Exit::No);
        let lines = |reason: &Trouble| {
            let below = reason.details.iter().map(|line| format!("  {line}"));
            [reason.text.clone()]
                .into_iter()
                .chain(below)
                .collect::<Vec<_>>()
        };
        reasons
            .iter()
            .flat_map(lines)
            .fold(failure, Failure::detail)
    }

    /// Our file with the mark, where it is a file that vault reads.
    fn marked(&self, context: &Context, bytes: &Versions<Vec<u8>>) -> Result<Vec<u8>, Failure> {
        let repo = Repo::of_folder(context.directory())?
            .ok_or_else(|| Failure::new("there is no git repository here"))?;
        let theirs = repo.keep(&bytes.theirs)?;
        let mark = Mark::new(&theirs).ok_or_else(|| {
            Failure::new("git has an id for the other side that vault does not know")
        })?;
        let marked = mark
            .put(&bytes.ours)
            .map_err(|error| Failure::new(error.to_string()))?;
        Ok(marked.as_bytes().to_vec())
    }

    /// In one step: whoever ends this in between leaves our file as it was.
    fn replace(&self, bytes: &[u8]) -> Result<(), Failure> {
        let failed =
            |error: std::io::Error| Failure::because(&error).within("cannot write what was merged");
        let folder = match self.ours.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut new = Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(folder)
            .map_err(failed)?;
        new.write_all(bytes).map_err(failed)?;
        let mode = fs::metadata(&self.ours).map_err(failed)?.permissions();
        new.as_file().set_permissions(mode).map_err(failed)?;
        new.persist(&self.ours)
            .map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// How the names of files begin that git makes for a merge; people ignore them by it.
const TEMPORARY: &str = ".merge_file_";

/// What is in the place of versions that contradict each other: no secret file.
const NO_BASE: &[u8] = b"# vault: what both sides began with contradicts itself\n";

/// What the version is called that both sides began with.
const BEFORE: &str = "before both";

/// What stands against a merge that asks nobody.
fn objections(sides: &Sides<'_>) -> Vec<Trouble> {
    let objections = sides.standing.objections().iter();
    let objections = objections.map(|objection| Trouble::failed(objection.to_string()));
    let lost = sides.lost_base.as_ref();
    let lost = lost.map(|trouble| Trouble::failed(trouble.text.clone()).within(BEFORE));
    objections.chain(lost).collect()
}
