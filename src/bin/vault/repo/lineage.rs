//! How files came to be what they are: the commits that brought each version of them. Linear in commits; no version is read here.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    rc::Rc,
};

use git2::{Commit, ErrorCode, ObjectType, Oid, Revwalk, Sort, Tree};

use super::{COMMIT_LIMIT, Repo, incoming::MERGE_HEAD, past::SHOWN_ID, told, trees};
use crate::failure::Failure;

/// A version of a file: two with one id have the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BlobId(pub(super) Oid);

/// Where to begin, to walk back from there.
#[derive(Clone, Copy)]
pub(crate) enum Reach<'r> {
    /// What is checked out.
    Head,
    /// Every branch, tag, stash and other reference.
    Everything,
    /// The same from a revision on: what leads to that is left out, and so are references that do not lead back to it.
    Since(&'r str),
    /// A revision as git names it.
    Of(&'r str),
    /// What is checked out and what is about to be merged into it, but for what leads to a commit that was looked at.
    Unseen(Option<&'r str>),
}

/// A commit in which a file is another one than in each of its parents.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The beginning of the commit's id.
    pub(crate) commit: String,
    /// Who git says made the change; nothing proves it.
    pub(crate) author: String,
    /// When, in seconds since 1970, as the author's machine said.
    pub(crate) at: i64,
    /// Which of the files.
    pub(crate) file: usize,
    /// What it is now; `None` if it was taken away.
    pub(crate) blob: Option<BlobId>,
    /// What each parent has.
    pub(crate) before: Vec<Option<BlobId>>,
}

/// What was found.
pub(crate) struct Lineage {
    /// The newest first.
    pub(crate) steps: Vec<Step>,
    /// What each reference that was begun from has of the files, by the name of the reference.
    pub(crate) tips: Vec<(String, Vec<Option<BlobId>>)>,
    /// Whether there is history that was not looked at.
    pub(crate) is_cut_off: bool,
}

/// The file that says where the others are.
#[derive(Clone, Copy)]
pub(crate) struct Map<'m> {
    /// Where it is, from the folder that is looked at.
    path: &'m Path,
    /// The folders, from the top, in which a commit may have it that does not have it there.
    former: &'m BTreeSet<PathBuf>,
    /// Whether one that is found in them is the same one.
    is_own: &'m dyn Fn(&[u8]) -> bool,
}

impl<'m> Map<'m> {
    /// One that never was elsewhere.
    pub(crate) fn at(path: &'m Path) -> Self {
        static NOWHERE: BTreeSet<PathBuf> = BTreeSet::new();
        Map {
            path,
            former: &NOWHERE,
            is_own: &|_| false,
        }
    }

    /// The same where somebody may have moved the folder that is looked at.
    pub(crate) fn moved_from(
        self,
        former: &'m BTreeSet<PathBuf>,
        is_own: &'m dyn Fn(&[u8]) -> bool,
    ) -> Self {
        Map {
            former,
            is_own,
            ..self
        }
    }
}

type View = Rc<[Option<BlobId>]>;

/// Where a commit has the files, told from the text of its map.
pub(crate) type Places<'p> = dyn FnMut(Option<&[u8]>) -> Vec<Option<PathBuf>> + 'p;

impl Repo {
    /// The commits that changed files, of which `places` says where a commit has them, from the text that the map has in it.
    ///
    /// # Errors
    /// Objects that are missing or damaged, a revision that there is not.
    pub(crate) fn lineage(
        &self,
        reach: Reach<'_>,
        map: Map<'_>,
        places: &mut Places<'_>,
    ) -> Result<Lineage, Failure> {
        let starts = self.starts(reach)?;
        let walk = self.walk(reach, &starts)?;
        let mut viewer = Viewer {
            repo: self,
            map,
            places,
            maps: HashMap::new(),
            views: HashMap::new(),
            own: HashMap::new(),
        };
        let (mut steps, mut count) = (Vec::new(), 0);
        for commit in walk.take(COMMIT_LIMIT) {
            let commit = commit
                .and_then(|id| self.history().find_commit(id))
                .map_err(|error| told(&error))?;
            steps.extend(viewer.steps(&commit)?);
            count += 1;
        }
        let mut tips = Vec::new();
        for (name, id) in starts {
            let commit = self.history().find_commit(id);
            let commit = commit.map_err(|error| told(&error))?;
            tips.push((name, viewer.view(&commit)?.to_vec()));
        }
        Ok(Lineage {
            steps,
            tips,
            is_cut_off: count == COMMIT_LIMIT || self.is_shallow(),
        })
    }

    /// The commits that something reaches, the newest first.
    pub(super) fn walk(
        &self,
        reach: Reach<'_>,
        starts: &[(String, Oid)],
    ) -> Result<Revwalk<'_>, Failure> {
        let mut walk = self.history().revwalk().map_err(|error| told(&error))?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)
            .map_err(|error| told(&error))?;
        for (_, id) in starts {
            walk.push(*id).map_err(|error| told(&error))?;
        }
        if let Some(start) = self.hidden(reach)? {
            walk.hide(start).map_err(|error| told(&error))?;
        }
        Ok(walk)
    }

    /// The commit that is left out with all that leads to it.
    pub(super) fn hidden(&self, reach: Reach<'_>) -> Result<Option<Oid>, Failure> {
        Ok(match reach {
            Reach::Since(revision) | Reach::Unseen(Some(revision)) => {
                Some(self.commit(revision)?.id())
            }
            Reach::Head | Reach::Everything | Reach::Of(_) | Reach::Unseen(None) => None,
        })
    }

    /// The bytes of a version; none of one that is too large to be a secret file.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub(crate) fn version(&self, id: BlobId) -> Result<Vec<u8>, Failure> {
        self.blob(id.0)
    }

    /// The id that a text has as a version of a file.
    ///
    /// # Errors
    /// None that happen: hashing needs no repository.
    pub(crate) fn id_of(&self, bytes: &[u8]) -> Result<BlobId, Failure> {
        let id = Oid::hash_object(ObjectType::Blob, bytes);
        id.map(BlobId).map_err(|error| told(&error))
    }

    /// A file in a revision; `None` if it has none.
    ///
    /// # Errors
    /// There is no such revision, or objects are missing or damaged.
    pub(crate) fn file_at(&self, revision: &str, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let commit = self.commit(revision)?;
        let Some(tree) = self.tree(&commit)? else {
            return Ok(None);
        };
        let file = trees::file_at(&tree, path)?;
        file.map(|id| self.blob(id)).transpose()
    }

    pub(super) fn commit(&self, revision: &str) -> Result<Commit<'_>, Failure> {
        let object = self.git.revparse_single(revision);
        object
            .and_then(|object| object.peel_to_commit())
            .and_then(|commit| self.history().find_commit(commit.id()))
            .map_err(|error| match error.code() {
                ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Ambiguous => {
                    let failure = Failure::new("git has no such revision here");
                    match self.is_shallow() {
                        true => failure.hint("the clone is shallow: git fetch --unshallow"),
                        false => failure.hint("git rev-parse REV says what it knows"),
                    }
                }
                _ => told(&error),
            })
    }

    /// Whether a revision is a commit, or goes on from it; what is no revision does not.
    pub(crate) fn goes_on_from(&self, revision: &str, commit: &str) -> bool {
        let (Ok(revision), Ok(commit)) = (self.commit(revision), self.commit(commit)) else {
            return false;
        };
        revision.id() == commit.id() || self.descends(revision.id(), commit.id())
    }

    fn descends(&self, commit: Oid, from: Oid) -> bool {
        let descends = self.history().graph_descendant_of(commit, from);
        descends.unwrap_or(false)
    }

    pub(super) fn starts(&self, reach: Reach<'_>) -> Result<Vec<(String, Oid)>, Failure> {
        let mut starts = Vec::new();
        if let Reach::Of(revision) = reach {
            starts.push((revision.to_owned(), self.commit(revision)?.id()));
            return Ok(starts);
        }
        if let Some(head) = self.head()? {
            starts.push(("HEAD".to_owned(), head.id()));
        }
        if let Reach::Unseen(_) = reach {
            let merged = self.noted(MERGE_HEAD)?;
            starts.extend(merged.into_iter().map(|id| (MERGE_HEAD.to_owned(), id)));
        }
        if matches!(reach, Reach::Everything | Reach::Since(_)) {
            let references = self.git.references().map_err(|error| told(&error))?;
            for reference in references.flatten() {
                // A tag may name something that is no commit; that has no files of a vault.
                if let Ok(commit) = reference.peel_to_commit() {
                    let name = String::from_utf8_lossy(reference.shorthand_bytes()).into_owned();
                    starts.push((name, commit.id()));
                }
            }
            for (name, commit) in self.of_work_trees() {
                if !starts.iter().any(|(_, known)| *known == commit) {
                    starts.push((name, commit));
                }
            }
        }
        if let Reach::Since(revision) = reach {
            let start = self.commit(revision)?.id();
            let leads_back = |id: &Oid| *id == start || self.descends(*id, start);
            starts.retain(|(_, id)| leads_back(id));
            if !starts.iter().any(|(name, _)| name == "HEAD") {
                let text = format!("what is checked out does not go on from {revision}");
                return Err(Failure::new(text).hint("git log shows what it goes on from"));
            }
        }
        Ok(starts)
    }
}

struct Viewer<'v, 'p> {
    repo: &'v Repo,
    map: Map<'v>,
    places: &'v mut Places<'p>,
    /// Where the files are, by the version of the map.
    maps: HashMap<Option<Oid>, Rc<[Option<PathBuf>]>>,
    /// What a folder has of them: most commits leave it as it was.
    views: HashMap<Oid, View>,
    /// Which versions of maps in other folders are of the same one.
    own: HashMap<Oid, bool>,
}

impl<'v> Viewer<'v, '_> {
    fn steps(&mut self, commit: &Commit<'_>) -> Result<Vec<Step>, Failure> {
        let view = self.view(commit)?;
        let mut before = Vec::new();
        for parent in commit.parents() {
            before.push(self.view(&parent)?);
        }
        let is_new = |file: &usize| match before.as_slice() {
            [] => view[*file].is_some(),
            before => before.iter().all(|parent| parent[*file] != view[*file]),
        };
        let step = |file: usize| {
            let author = commit.author();
            let mut id = commit.id().to_string();
            id.truncate(SHOWN_ID);
            Step {
                commit: id,
                author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
                at: author.when().seconds(),
                file,
                blob: view[file],
                before: before.iter().map(|parent| parent[file]).collect(),
            }
        };
        Ok((0..view.len()).filter(is_new).map(step).collect())
    }

    fn view(&mut self, commit: &Commit<'_>) -> Result<View, Failure> {
        let Some(tree) = self.tree(commit)? else {
            let places = self.places_of(None)?;
            return Ok(vec![None; places.len()].into());
        };
        if let Some(view) = self.views.get(&tree.id()) {
            return Ok(view.clone());
        }
        let map = trees::entry_at(&tree, self.map.path)?.map(|entry| entry.id());
        let places = self.places_of(map)?;
        let at = |path: &Option<PathBuf>| {
            let file = path.as_deref().map(|path| trees::file_at(&tree, path));
            Ok::<_, Failure>(file.transpose()?.flatten().map(BlobId))
        };
        let view: Vec<Option<BlobId>> = places.iter().map(at).collect::<Result<_, _>>()?;
        let view: View = view.into();
        self.views.insert(tree.id(), view.clone());
        Ok(view)
    }

    /// The folder in which a commit has the map; where it has none, the one that is looked at.
    fn tree(&mut self, commit: &Commit<'_>) -> Result<Option<Tree<'v>>, Failure> {
        let (repo, map) = (self.repo, self.map);
        let own = repo.tree_in(commit, &repo.folder)?;
        let has_map = |tree: &Tree<'_>| trees::file_at(tree, map.path);
        if map.former.is_empty() || own.as_ref().map(has_map).transpose()?.flatten().is_some() {
            return Ok(own);
        }
        for folder in map.former {
            let Some(tree) = repo.tree_in(commit, folder)? else {
                continue;
            };
            if let Some(found) = has_map(&tree)?
                && self.is_own(found)?
            {
                return Ok(Some(tree));
            }
        }
        Ok(own)
    }

    fn is_own(&mut self, map: Oid) -> Result<bool, Failure> {
        if let Some(known) = self.own.get(&map) {
            return Ok(*known);
        }
        let is_own = (self.map.is_own)(&self.repo.blob(map)?);
        self.own.insert(map, is_own);
        Ok(is_own)
    }

    fn places_of(&mut self, map: Option<Oid>) -> Result<Rc<[Option<PathBuf>]>, Failure> {
        if let Some(places) = self.maps.get(&map) {
            return Ok(places.clone());
        }
        let text = map.map(|id| self.repo.blob(id)).transpose()?;
        let places: Rc<[Option<PathBuf>]> = (self.places)(text.as_deref()).into();
        self.maps.insert(map, places.clone());
        Ok(places)
    }
}
