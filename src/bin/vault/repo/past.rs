//! Where git's history holds a file in clear: under its own name, or with the same content under another one.

use std::{
    collections::HashMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    rc::Rc,
};

use git2::{Commit, ObjectType, Oid, Sort, Tree};

use super::{COMMIT_LIMIT, Landing, Repo, told, trees};
use crate::failure::Failure;

/// Characters of a commit's id that are shown, as git does in middling repositories.
pub(crate) const SHOWN_ID: usize = 10;

/// Places of one content that are looked at in a tree: folders that are met in many places could make them as many as they like.
const PLACES: usize = 1_000;

/// A revision as it is told: a whole id is nothing to read.
pub(crate) fn shown(revision: &str) -> &str {
    let is_id = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_id {
        true => &revision[..SHOWN_ID],
        false => revision,
    }
}

/// A file as it is looked for.
pub(crate) struct Suspect {
    path: PathBuf,
    blob: Option<Oid>,
}

/// A commit that brought a version of a file.
pub(crate) struct Sighting {
    /// The beginning of its id.
    pub(crate) commit: String,
    /// Where it brought it, from the top of the work tree.
    pub(crate) paths: Vec<PathBuf>,
}

/// What was found.
pub(crate) struct Past {
    /// The newest first, each commit once.
    pub(crate) sightings: Vec<Sighting>,
    /// Whether there is history that was not looked at.
    pub(crate) is_cut_off: bool,
}

impl Repo {
    /// A file of the work tree that may be in the history; `None` for one that lies outside.
    ///
    /// # Errors
    /// None that happen: hashing a blob needs no repository.
    pub(crate) fn suspect(
        &self,
        landing: &Landing,
        bytes: &[u8],
    ) -> Result<Option<Suspect>, Failure> {
        let Some(path) = self.inside(landing) else {
            return Ok(None);
        };
        let blob = Oid::hash_object(ObjectType::Blob, bytes).map_err(|error| told(&error))?;
        Ok(Some(Suspect {
            path: path.to_owned(),
            // Every repository has an empty file.
            blob: (!bytes.is_empty()).then_some(blob),
        }))
    }

    /// Looks through everything that a branch, a tag, a stash or another reference leads to.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn past_of(&self, suspects: &[Suspect]) -> Result<Past, Failure> {
        let mut walk = self.history().revwalk().map_err(|error| told(&error))?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)
            .map_err(|error| told(&error))?;
        walk.push_glob("refs/*").map_err(|error| told(&error))?;
        if let Some(head) = self.head()? {
            walk.push(head.id()).map_err(|error| told(&error))?;
        }
        for (_, commit) in self.of_work_trees() {
            walk.push(commit).map_err(|error| told(&error))?;
        }
        let mut search = Search {
            repo: self,
            suspects,
            views: HashMap::new(),
            places: HashMap::new(),
        };
        let mut sightings = Vec::new();
        let mut count = 0;
        for commit in walk.take(COMMIT_LIMIT) {
            let commit = commit
                .and_then(|id| self.history().find_commit(id))
                .map_err(|error| told(&error))?;
            sightings.extend(search.brought(&commit)?);
            count += 1;
        }
        Ok(Past {
            sightings,
            is_cut_off: count == COMMIT_LIMIT || self.is_shallow(),
        })
    }
}

/// What a commit's tree has of the files.
#[derive(Clone)]
struct View {
    /// What stands at the path of each.
    at_paths: Vec<Option<Oid>>,
    /// Every path at which it has the content of one.
    places: Places,
}

type Places = Rc<[PathBuf]>;

struct Search<'r> {
    repo: &'r Repo,
    suspects: &'r [Suspect],
    views: HashMap<Oid, View>,
    /// Where a tree holds the content of one of the files; most trees of a history are those of its neighbours.
    places: HashMap<Oid, Places>,
}

impl Search<'_> {
    /// What this commit has that none of its parents had.
    fn brought(&mut self, commit: &Commit<'_>) -> Result<Option<Sighting>, Failure> {
        let tree = commit.tree().map_err(|error| told(&error))?;
        let view = self.view(&tree)?;
        if view.places.is_empty() && view.at_paths.iter().all(Option::is_none) {
            return Ok(None);
        }
        let mut before = Vec::new();
        for parent in commit.parents() {
            let tree = parent.tree().map_err(|error| told(&error))?;
            before.push(self.view(&tree)?);
        }
        let is_new = |at: &usize| {
            let here = view.at_paths[*at];
            here.is_some() && before.iter().all(|view| view.at_paths[*at] != here)
        };
        let is_new_place = |path: &&PathBuf| before.iter().all(|view| !view.places.contains(path));
        let own = (0..self.suspects.len()).filter(is_new);
        let own = own.map(|at| &self.suspects[at].path);
        let mut paths: Vec<PathBuf> = own
            .chain(view.places.iter().filter(is_new_place))
            .cloned()
            .collect();
        paths.sort();
        paths.dedup();
        let mut id = commit.id().to_string();
        id.truncate(SHOWN_ID);
        Ok((!paths.is_empty()).then_some(Sighting { commit: id, paths }))
    }

    fn view(&mut self, tree: &Tree<'_>) -> Result<View, Failure> {
        if let Some(known) = self.views.get(&tree.id()) {
            return Ok(known.clone());
        }
        let at = |suspect: &Suspect| trees::file_at(tree, &suspect.path);
        let view = View {
            at_paths: self.suspects.iter().map(at).collect::<Result<_, _>>()?,
            places: self.places(tree)?,
        };
        self.views.insert(tree.id(), view.clone());
        Ok(view)
    }

    fn is_suspect(&self, id: Oid) -> bool {
        self.suspects.iter().any(|suspect| suspect.blob == Some(id))
    }

    /// Where a tree has the content of one of the files.
    fn places(&mut self, tree: &Tree<'_>) -> Result<Places, Failure> {
        if let Some(known) = self.places.get(&tree.id()) {
            return Ok(Rc::clone(known));
        }
        let mut places = Vec::new();
        for entry in tree {
            if places.len() >= PLACES {
                break;
            }
            let name = Path::new(OsStr::from_bytes(entry.name_bytes()));
            match entry.kind() {
                Some(ObjectType::Blob) if self.is_suspect(entry.id()) => {
                    places.push(name.to_owned());
                }
                Some(ObjectType::Tree) => {
                    let below = self.places(&tree_of(self.repo, entry.id())?)?;
                    places.extend(below.iter().map(|path| name.join(path)));
                }
                _ => {}
            }
        }
        places.truncate(PLACES);
        let places = Places::from(places);
        self.places.insert(tree.id(), Rc::clone(&places));
        Ok(places)
    }
}

fn tree_of(repo: &Repo, id: Oid) -> Result<Tree<'_>, Failure> {
    repo.git.find_tree(id).map_err(|error| told(&error))
}
