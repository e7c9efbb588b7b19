//! What waits to be merged: files that git's index has in several versions, and files that bear the mark of a merge.

use std::path::{Path, PathBuf};

use vault::{
    config::Environment,
    reconcile::{Base, Side, Versions},
    sealed::{Mark, Sealed},
    value::EnvName,
    vault::{CONFIG, Digest, Snapshot},
};

use super::{Trouble, Workspace, trouble::out_of_a_merge};
use crate::{
    failure::{Exit, Failure},
    repo::{Landing, Repo, Unmerged},
};

/// A file that waits to be merged.
pub(crate) struct Waiting {
    pub(crate) environment: EnvName,
    /// The file, from the root of the vault.
    pub(crate) path: PathBuf,
    /// What stands in the work tree, to be compared before it is replaced.
    pub(crate) digest: Option<Digest>,
    pub(crate) found: Found,
}

/// What there is of it.
pub(crate) enum Found {
    /// Both sides.
    Sides(Versions<Vec<u8>>),
    /// One side has removed the file, and the other has changed it.
    Removed(Side),
    /// It cannot be merged as it is.
    Not(Trouble),
}

impl Workspace<'_> {
    /// The environments whose files wait to be merged, in the order of the config.
    ///
    /// # Errors
    /// A repository that cannot be read, or none.
    pub(crate) fn waiting(&self) -> Result<Vec<Waiting>, Failure> {
        let repo = self.own_repo()?;
        let unmerged = repo.unmerged()?;
        let mut waiting = Vec::new();
        for environment in self.config().environments() {
            let path = Path::new(environment.file().as_str());
            let from_top = repo.path_at_top(path);
            let conflict = unmerged.iter().find(|file| file.path == from_top);
            let snapshot = self.root().read(path).ok();
            let found = match conflict {
                Some(conflict) => Some(of_index(repo, conflict, snapshot.as_ref(), environment)?),
                None => of_mark(repo, snapshot.as_ref())?,
            };
            waiting.extend(found.map(|found| Waiting {
                environment: environment.name().clone(),
                path: path.to_owned(),
                digest: snapshot.as_ref().map(Snapshot::digest),
                found,
            }));
        }
        Ok(waiting)
    }

    /// A file that git has in several versions is one side of a merge, whatever stands in the work tree: git itself leaves no mark.
    ///
    /// # Errors
    /// Git has several versions of it; as [`in_a_merge`].
    pub(crate) fn refuse_unmerged(&self, environment: &Environment) -> Result<(), Trouble> {
        match self.has_several_versions(environment) {
            true => Err(in_a_merge(environment)),
            false => Ok(()),
        }
    }

    fn has_several_versions(&self, environment: &Environment) -> bool {
        // A repository that cannot be read is told by commands that cannot do without.
        let Ok(Some(repo)) = self.repo() else {
            return false;
        };
        let landing = Landing::of(&self.root().directory().join(environment.file().as_str()));
        landing.is_ok_and(|landing| repo.is_unmerged(&landing).unwrap_or(false))
    }

    /// Whether git could not merge the config.
    ///
    /// # Errors
    /// As `waiting`.
    pub(crate) fn is_config_unmerged(&self) -> Result<bool, Failure> {
        let repo = self.own_repo()?;
        let own = repo.path_at_top(Path::new(CONFIG));
        Ok(repo.unmerged()?.iter().any(|file| file.path == own))
    }

    /// The repository, for what makes no sense without one.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(crate) fn own_repo(&self) -> Result<&Repo, Failure> {
        self.repo()?
            .ok_or_else(|| Failure::new("there is no git repository here"))
    }
}

/// That nothing is written to a file, since it is one side of a merge, or both; whoever tells it says of which file.
pub(crate) fn in_a_merge(environment: &Environment) -> Trouble {
    let file = environment.file();
    let trouble = Trouble {
        exit: Exit::Untrusted,
        ..Trouble::failed("the merge of it is not finished")
    };
    out_of_a_merge(file)
        .into_iter()
        .fold(trouble, Trouble::hint)
}

fn of_index(
    repo: &Repo,
    conflict: &Unmerged,
    snapshot: Option<&Snapshot>,
    environment: &Environment,
) -> Result<Found, Failure> {
    let version = |id: Option<crate::repo::BlobId>| id.map(|id| repo.version(id)).transpose();
    let base = version(conflict.base)?;
    let sides = match (version(conflict.ours)?, version(conflict.theirs)?) {
        (Some(ours), Some(theirs)) => Versions {
            base: base.map_or(Base::Nothing, Base::Known),
            ours,
            theirs,
        },
        (None, _) => return Ok(Found::Removed(Side::Ours)),
        (_, None) => return Ok(Found::Removed(Side::Theirs)),
    };
    Ok(match snapshot.is_some_and(|file| is_work(file, &sides)) {
        true => Found::Not(written_since(environment)),
        false => Found::Sides(sides),
    })
}

/// Whether the work tree has what is neither git's nor the driver's, and would be lost.
fn is_work(file: &Snapshot, sides: &Versions<Vec<u8>>) -> bool {
    let bytes = file.bytes();
    if let Ok(Some(marked)) = Mark::split(bytes) {
        return marked.ours.as_bytes() != sides.ours;
    }
    let is_old = bytes == sides.ours.as_slice() || bytes == sides.theirs.as_slice();
    !is_old && Sealed::parse(bytes).is_ok()
}

fn written_since(environment: &Environment) -> Trouble {
    let file = shell_words::quote(environment.file().as_str());
    Trouble::failed("the file was written after git stopped, and that would be lost")
        .hint(format!("git add {file} takes it as it is"))
        .hint(format!("git checkout -m -- {file} brings both sides back"))
}

fn of_mark(repo: &Repo, snapshot: Option<&Snapshot>) -> Result<Option<Found>, Failure> {
    let Some(snapshot) = snapshot else {
        return Ok(None);
    };
    let marked = match Mark::split(snapshot.bytes()) {
        Ok(Some(marked)) => marked,
        Err(error)
            if snapshot
                .bytes()
                .windows(MARK.len())
                .any(|part| part == MARK) =>
        {
            return Ok(Some(Found::Not(Trouble::from(error))));
        }
        // What it is instead is for other commands to say.
        _ => return Ok(None),
    };
    let id = marked.mark.theirs();
    Ok(Some(match repo.version_by_id(id)? {
        Some(theirs) => Found::Sides(Versions {
            base: Base::Unknown,
            ours: marked.ours.as_bytes().to_vec(),
            theirs,
        }),
        None => Found::Not(
            Trouble::failed(format!(
                "git does not have the other side any more: blob {id}"
            ))
            .hint("git fetch brings it, where a branch still has it"),
        ),
    }))
}

/// What stands in every file with a mark.
const MARK: &[u8] = b"unmerged:";
