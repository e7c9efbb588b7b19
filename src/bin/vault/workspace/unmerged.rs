//! What waits to be merged: files that git's index has in several versions, and files that bear the mark of a merge.

use std::path::{Path, PathBuf};

use vault::{
    config::Environment,
    reconcile::{Base, Side, Versions},
    sealed::{Mark, Sealed},
    value::EnvName,
    vault::{Digest, Snapshot},
    yaml::conflict,
};

use super::{Trouble, Workspace};
use crate::{
    failure::Failure,
    repo::{BlobId, Landing, Repo, Unmerged},
    shell,
};

/// A file that waits to be merged.
pub(crate) struct Waiting {
    pub(crate) environment: EnvName,
    /// The file, from the root of the vault.
    pub(crate) path: PathBuf,
    /// What stands in the work tree, to be compared before it is replaced.
    pub(crate) digest: Option<Digest>,
    pub(crate) found: Found,
    /// Whether the config has the environment; where one side has ended it, it may not.
    pub(crate) is_listed: bool,
}

/// What there is of it.
pub(crate) enum Found {
    /// Both sides.
    Sides(Versions<Vec<u8>>),
    /// One side has removed the file, and the other has changed it.
    Removed(Side),
    /// Our side alone, and why the other one is not to be had.
    Alone {
        /// Our side.
        ours: Vec<u8>,
        /// The reason.
        trouble: Trouble,
    },
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
                Some(conflict) if conflict.is_no_file => {
                    let aside = aside(&unmerged, &from_top, environment);
                    Some(Found::Not(self.no_file(environment, aside.as_deref())))
                }
                Some(conflict) => Some(of_index(repo, conflict, snapshot.as_ref(), environment)?),
                None => match aside(&unmerged, &from_top, environment) {
                    // A folder there is no conflict to git, which puts the file beside it.
                    Some(aside) if snapshot.is_none() => {
                        Some(Found::Not(self.no_file(environment, Some(&aside))))
                    }
                    _ => self.of_file(environment, snapshot.as_ref())?,
                },
            };
            let found = found
                .map(|found| self.without_unfinished(environment, found))
                .transpose()?;
            waiting.extend(found.map(|found| Waiting {
                environment: environment.name().clone(),
                path: path.to_owned(),
                digest: snapshot.as_ref().map(Snapshot::digest),
                found,
                is_listed: true,
            }));
        }
        waiting.extend(self.ended(&unmerged)?);
        Ok(waiting)
    }

    /// Files that one side has removed with their environment, and the other has changed: the config that came of it may not name them.
    fn ended(&self, unmerged: &[Unmerged]) -> Result<Vec<Waiting>, Failure> {
        let repo = self.own_repo()?;
        let mut found = Vec::new();
        for conflict in unmerged {
            let (side, left) = match (conflict.ours, conflict.theirs) {
                (None, Some(left)) => (Side::Ours, left),
                (Some(left), None) => (Side::Theirs, left),
                _ => continue,
            };
            let mut files = self.config().environments();
            let is_it = |file: &str| repo.path_at_top(Path::new(file)) == conflict.path;
            let Ok(path) = conflict.path.strip_prefix(repo.folder()) else {
                continue;
            };
            if conflict.is_no_file || files.any(|environment| is_it(environment.file().as_str())) {
                continue;
            }
            let sealed = Sealed::parse(&repo.version(left)?).ok();
            let block = sealed.as_ref().and_then(Sealed::block);
            let named = block.map(|block| block.log().policy().environment().clone());
            let ended = named.filter(|name| self.config().environment(name).is_err());
            found.extend(ended.map(|environment| Waiting {
                environment,
                path: path.to_owned(),
                digest: None,
                found: Found::Removed(side),
                is_listed: false,
            }));
        }
        Ok(found)
    }

    /// A file that the index has in one version: it may bear a mark, or git's markers, all the same.
    fn of_file(
        &self,
        environment: &Environment,
        snapshot: Option<&Snapshot>,
    ) -> Result<Option<Found>, Failure> {
        let Some(snapshot) = snapshot else {
            return Ok(None);
        };
        let (ours, id) = match Mark::split(snapshot.bytes()) {
            Ok(Some(marked)) => (marked.ours, marked.mark.theirs().to_owned()),
            Err(error) if is_marked(snapshot) => {
                return Ok(Some(Found::Not(Trouble::from(error))));
            }
            // What it is instead is for other commands to say.
            _ => return self.of_markers(environment, snapshot),
        };
        let ours = ours.as_bytes().to_vec();
        match self.own_repo()?.version_by_id(&id)? {
            Some(theirs) => Ok(Some(Found::Sides(Versions {
                base: Base::Unknown,
                ours,
                theirs,
            }))),
            None => self.without_theirs(environment, ours, &id).map(Some),
        }
    }

    /// A file that git has in several versions is one side of a merge, whatever stands in the work tree: git itself leaves no mark.
    ///
    /// # Errors
    /// Git has several versions of it; as `in_a_merge`.
    pub(crate) fn refuse_unmerged(&self, environment: &Environment) -> Result<(), Trouble> {
        match self.has_several_versions(environment) {
            true => Err(self.in_a_merge(environment)),
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

    /// That a side has no file where the other has one, which git may have put aside; what is in its place is moved away, and nothing is lost.
    fn no_file(&self, environment: &Environment, aside: Option<&str>) -> Trouble {
        let name = environment.file().as_str();
        let trouble =
            Trouble::failed("one side has a link, a folder or a repository there, and no file");
        let file = self.typed(name.as_ref());
        let Some(aside) = aside else {
            let takes = [Side::Ours, Side::Theirs].map(|side| self.takes(side, name.as_ref()));
            return takes.into_iter().fold(trouble, Trouble::hint);
        };
        let away = format!("{name}~away");
        let [file_to_git, aside_to_git] =
            [name, aside].map(|file| self.named_to_git(file.as_ref()));
        let (aside, away) = (self.typed(aside.as_ref()), self.typed(away.as_ref()));
        let is_folder = self.root().directory().join(name).is_dir();
        let is_link = self.root().directory().join(name).is_symlink();
        let clears = match is_folder && !is_link {
            true => format!("mv -- {file} {away} && "),
            false => String::new(),
        };
        let trouble = trouble.hint(format!(
            "to keep the file: git rm -r --cached --quiet -- {file_to_git} {aside_to_git} && {clears}mv -- {aside} {file} && git add -- {file_to_git}"
        ));
        match clears.is_empty() {
            true => trouble,
            false => trouble.hint(format!(
                "what was in its place is in {away} then: remove it, or take out what you need"
            )),
        }
    }

    /// That nothing is written to a file, since it is one side of a merge, or both; whoever tells it says of which file.
    pub(crate) fn in_a_merge(&self, environment: &Environment) -> Trouble {
        let trouble = Trouble::untrusted("the merge of it is not finished");
        self.out_of_a_merge(environment)
            .into_iter()
            .fold(trouble, Trouble::hint)
    }

    /// What somebody types to give up the merge that a file waits for; `None` where git has begun none.
    pub(crate) fn gives_up_with(&self, environment: &Environment) -> Option<&'static str> {
        let repo = self.repo().ok().flatten()?;
        // After `git stash pop` and `git merge --squash` git is at nothing that it could end.
        let is_left = || {
            self.has_several_versions(environment)
                .then_some("git reset --merge")
        };
        repo.gives_up_with().or_else(is_left)
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

/// Where git has put the file of a side, if the other side has something else in its place.
fn aside(unmerged: &[Unmerged], from_top: &Path, environment: &Environment) -> Option<String> {
    let own = from_top.to_string_lossy();
    unmerged.iter().find_map(|other| {
        let path = other.path.to_string_lossy();
        let behind = path.strip_prefix(&*own)?;
        let is_aside = behind.starts_with('~') && !other.is_no_file;
        is_aside.then(|| format!("{}{behind}", environment.file()))
    })
}

fn of_index(
    repo: &Repo,
    conflict: &Unmerged,
    snapshot: Option<&Snapshot>,
    environment: &Environment,
) -> Result<Found, Failure> {
    let version = |id: Option<BlobId>| id.map(|id| repo.version(id)).transpose();
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
        return marked.ours.as_bytes() != sides.ours && bytes != sides.ours;
    }
    let is_old = bytes == sides.ours.as_slice() || bytes == sides.theirs.as_slice();
    !is_old && Sealed::parse(bytes).is_ok()
}

fn written_since(environment: &Environment) -> Trouble {
    let file = shell::pathspec(environment.file().as_str());
    Trouble::failed("the file was written after git stopped, and that would be lost")
        .hint(format!("git add {file} takes it as it is"))
        .hint(format!("git checkout -m -- {file} brings both sides back"))
}

/// Whether a file has what stands in every file with a mark.
fn is_marked(file: &Snapshot) -> bool {
    let mark = b"unmerged:";
    conflict(file.bytes()).is_none() && file.bytes().windows(mark.len()).any(|part| part == mark)
}
