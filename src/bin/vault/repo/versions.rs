//! The versions that files had in a history. All of it is looked at: whatever bounded that, somebody could put more commits on top. Most
//! commits leave a vault as it was, and cost a look at the ids in one tree.

use std::{
    collections::{BTreeSet, HashSet},
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use git2::{ObjectType, Oid, Tree};

use super::{BlobId, Reach, Repo, shown, trees};
use crate::failure::Failure;

/// Where a version of a file is in a history.
pub(crate) struct Spot {
    /// The beginning of the id of the last commit that has it.
    pub(crate) commit: String,
    /// Where that has it, from the top of the work tree.
    pub(crate) path: PathBuf,
    /// Where the map lies that belongs to it, in the same way.
    pub(crate) map: PathBuf,
    /// Which version it is.
    pub(crate) blob: BlobId,
}

/// A version of a file in a history.
pub(crate) struct Version<'v> {
    /// Where it is.
    pub(crate) spot: &'v Spot,
    /// What it is.
    pub(crate) bytes: &'v [u8],
}

impl Repo {
    /// The versions of files in a history, the newest first and each once, until `is_it` says that one is it.
    ///
    /// The files may have had other paths: `places` tells them from the text that the file at `map` had in a commit. All of these count
    /// from a folder, which counts from the top.
    ///
    /// # Errors
    /// Objects that are missing or damaged, a revision that there is not.
    pub(crate) fn version_of<T>(
        &self,
        reach: Reach<'_>,
        folder: &Path,
        map: &Path,
        places: impl FnMut(Option<&[u8]>) -> Vec<PathBuf>,
        mut is_it: impl FnMut(&Version<'_>) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        self.spot_of(reach, folder, map, places, |spot| {
            let bytes = self.version(spot.blob)?;
            let spot = &spot;
            Ok(is_it(&Version {
                spot,
                bytes: &bytes,
            }))
        })
    }

    /// The same where the versions are not read yet.
    ///
    /// # Errors
    /// As `version_of`.
    pub(crate) fn spot_of<T>(
        &self,
        reach: Reach<'_>,
        folder: &Path,
        map: &Path,
        mut places: impl FnMut(Option<&[u8]>) -> Vec<PathBuf>,
        mut is_it: impl FnMut(Spot) -> Result<Option<T>, Failure>,
    ) -> Result<Option<T>, Failure> {
        let (mut trees, mut blobs) = (HashSet::new(), HashSet::new());
        let mut known: Option<Places> = None;
        let mut before = Vec::new();
        for stop in &*self.trail(reach)? {
            let Some(tree) = self.new_in(stop.tree, folder, &mut trees)? else {
                continue;
            };
            let tree = self.passing_tree(tree)?;
            let at = trees::entry_at(&tree, map)?.map(|entry| entry.id());
            let known = match &mut known {
                Some(known) if known.map == at => known,
                known => {
                    let text = at.map(|id| self.blob(id)).transpose()?;
                    before.clear();
                    known.insert(Places::new(at, places(text.as_deref())))
                }
            };
            let now = known.beginnings(&tree);
            if now == before {
                continue;
            }
            before = now;
            for path in &known.paths {
                let Some(entry) = trees::entry_at(&tree, path)? else {
                    continue;
                };
                if !blobs.insert(entry.id()) {
                    continue;
                }
                let found = is_it(Spot {
                    commit: shown(&stop.commit.to_string()).to_owned(),
                    path: folder.join(path),
                    map: folder.join(map),
                    blob: BlobId(entry.id()),
                })?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    /// What a tree has in a folder, where no tree before had that there; those are noted with how deep they lie.
    fn new_in(
        &self,
        top: Oid,
        folder: &Path,
        seen: &mut HashSet<(usize, Oid)>,
    ) -> Result<Option<Oid>, Failure> {
        let mut id = top;
        for (depth, name) in folder.iter().enumerate() {
            let tree = self.passing_tree(id)?;
            let entry = tree.get_name_bytes(name.as_bytes());
            let entry = entry.filter(|entry| entry.kind() == Some(ObjectType::Tree));
            match entry.map(|entry| entry.id()) {
                Some(below) if seen.insert((depth, below)) => id = below,
                _ => return Ok(None),
            }
        }
        Ok(Some(id))
    }
}

/// Where files are by a map.
struct Places {
    /// Its version.
    map: Option<Oid>,
    paths: Vec<PathBuf>,
    /// What the paths begin with.
    beginnings: BTreeSet<OsString>,
}

impl Places {
    fn new(map: Option<Oid>, paths: Vec<PathBuf>) -> Self {
        let beginnings = paths.iter().filter_map(|path| path.iter().next());
        Places {
            map,
            beginnings: beginnings.map(OsStr::to_owned).collect(),
            paths,
        }
    }

    /// What a tree has there: while that is the same, all of the files are.
    fn beginnings(&self, tree: &Tree<'_>) -> Vec<Option<Oid>> {
        let id = |name: &OsString| Some(tree.get_name_bytes(name.as_bytes())?.id());
        self.beginnings.iter().map(id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::made::Made, *};

    /// The texts that a file had, whose place is what the map says.
    fn texts(repo: &Repo, folder: &str) -> Vec<String> {
        let mut texts = Vec::new();
        let places = |map: Option<&[u8]>| {
            let named = map.map(|map| String::from_utf8_lossy(map).into_owned());
            vec![named.unwrap_or_else(|| "s/b.txt".to_owned()).into()]
        };
        let map = Path::new("map.txt");
        let found = repo.version_of(Reach::Head, Path::new(folder), map, places, |version| {
            texts.push(String::from_utf8(version.bytes.to_vec()).unwrap());
            None::<()>
        });
        assert!(found.unwrap().is_none());
        texts
    }

    #[test]
    fn each_version_is_seen_once_wherever_the_map_of_its_time_has_it() {
        let made = Made::new();
        let at = |map: Option<&str>, a: &str, b: &str| {
            let files = [("a.txt", made.file(a)), ("b.txt", made.file(b))];
            let mut entries = vec![("s", made.folder(&files))];
            entries.extend(map.map(|map| ("map.txt", made.file(map))));
            made.folder(&entries)
        };
        for (map, a, b) in [
            (None, "a1", "b1"),
            (Some("s/a.txt"), "a2", "b2"),
            (Some("s/a.txt"), "a3", "b3"),
            (Some("s/b.txt"), "a3", "b3"),
            (Some("s/b.txt"), "a4", "b4"),
            (Some("s/a.txt"), "a3", "b4"),
            (Some("s/a.txt"), "a5", "b5"),
        ] {
            made.commit(at(map, a, b));
        }
        let repo = made.repo();
        assert_eq!(texts(&repo, ""), ["a5", "a3", "b4", "b3", "a2", "b1"]);
        assert!(texts(&repo, "s").is_empty());
    }

    #[test]
    fn a_folder_is_looked_at_where_it_lies_whatever_else_is_the_same_tree() {
        let made = Made::new();
        let at = |text: &str| made.folder(&[("s", made.folder(&[("b.txt", made.file(text))]))]);
        let in_w = |tree| made.folder(&[("w", tree)]);
        let in_v_w = |tree| made.folder(&[("v", in_w(tree))]);
        made.commit(at("1"));
        made.commit(in_v_w(at("1")));
        made.commit(in_v_w(in_v_w(at("1"))));
        made.commit(in_v_w(at("2")));
        made.commit(in_v_w(at("3")));
        // What is `v` in the commit before is `v/w` here.
        made.commit(in_v_w(in_w(at("3"))));
        let repo = made.repo();
        assert_eq!(texts(&repo, "v/w"), ["3", "2", "1"]);
        assert_eq!(texts(&repo, ""), ["1"]);
        assert_eq!(texts(&repo, "v/w/v/w"), ["1"]);
    }
}
