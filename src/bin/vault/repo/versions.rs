//! The versions that files had in a history. All of it is looked at: whatever bounded that, somebody could put more commits on top. Most
//! commits leave a vault as it was, and cost a look at the ids in one tree.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use git2::{ObjectType, Oid, Tree};

use super::{
    BlobId, Reach, Repo,
    altered::{ATTRIBUTES, Alteration, mentions},
    shown, told, trees,
};
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
    /// Whether there is such a map.
    pub(crate) has_map: bool,
    /// Whether attributes on the way to it may alter it.
    pub(crate) may_be_altered: bool,
    /// All that the commit has.
    top: Oid,
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

    /// What the attributes of a commit make of a version there.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn alteration_of(
        &self,
        spot: &Spot,
        bytes: &[u8],
    ) -> Result<Option<Alteration>, Failure> {
        let top = self.git.find_tree(spot.top);
        let top = top.map_err(|error| told(&error))?;
        self.alteration_in(&top, &spot.path, bytes)
    }

    /// The same where the versions are not read yet; one comes again where other attributes are about it.
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
        let mut before = None;
        let mut attributes = AttributesOnTheWay::default();
        for stop in &*self.trail(reach)? {
            let Some((tree, above)) = self.new_in(stop.tree, folder, &mut trees)? else {
                continue;
            };
            let tree = self.passing_tree(tree)?;
            let at = trees::entry_at(&tree, map)?.map(|entry| entry.id());
            let known = match &mut known {
                Some(known) if known.map == at => known,
                known => {
                    let text = at.map(|id| self.blob(id)).transpose()?;
                    before = None;
                    known.insert(Places::new(at, places(text.as_deref())))
                }
            };
            let now = (known.beginnings(&tree), above.clone());
            if before.as_ref() == Some(&now) {
                continue;
            }
            before = Some(now);
            for path in &known.paths {
                let Some(entry) = trees::entry_at(&tree, path)? else {
                    continue;
                };
                let on_the_way = AttributesOnTheWay::to(path, &tree, &above);
                if !blobs.insert((entry.id(), on_the_way.clone())) {
                    continue;
                }
                let found = is_it(Spot {
                    commit: shown(&stop.commit.to_string()).to_owned(),
                    path: folder.join(path),
                    map: folder.join(map),
                    blob: BlobId(entry.id()),
                    has_map: at.is_some(),
                    may_be_altered: attributes.may_alter(self, &on_the_way)?,
                    top: stop.tree,
                })?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    /// What a tree has in a folder, with the attributes above it, where no tree before had that there; those are noted with how deep they
    /// lie.
    fn new_in(
        &self,
        top: Oid,
        folder: &Path,
        seen: &mut HashSet<(usize, Oid, Vec<Oid>)>,
    ) -> Result<Option<(Oid, Vec<Oid>)>, Failure> {
        let (mut id, mut above) = (top, Vec::new());
        for (depth, name) in folder.iter().enumerate() {
            let tree = self.passing_tree(id)?;
            above.extend(tree.get_name(ATTRIBUTES).map(|entry| entry.id()));
            let entry = tree.get_name_bytes(name.as_bytes());
            let entry = entry.filter(|entry| entry.kind() == Some(ObjectType::Tree));
            match entry.map(|entry| entry.id()) {
                Some(below) if seen.insert((depth, below, above.clone())) => id = below,
                _ => return Ok(None),
            }
        }
        Ok(Some((id, above)))
    }
}

/// Which versions of attributes may alter a file.
#[derive(Default)]
struct AttributesOnTheWay(HashMap<Oid, bool>);

impl AttributesOnTheWay {
    /// Those on the way to a path in a tree, below others.
    fn to(path: &Path, tree: &Tree<'_>, above: &[Oid]) -> Vec<Oid> {
        let folders = path.ancestors().skip(1);
        let below = folders.filter_map(|folder| tree.get_path(&folder.join(ATTRIBUTES)).ok());
        above
            .iter()
            .copied()
            .chain(below.map(|it| it.id()))
            .collect()
    }

    fn may_alter(&mut self, repo: &Repo, on_the_way: &[Oid]) -> Result<bool, Failure> {
        let mut found = false;
        for id in on_the_way {
            found |= match self.0.get(id) {
                Some(known) => *known,
                None => {
                    let known = mentions(&repo.blob(*id)?);
                    self.0.insert(*id, known);
                    known
                }
            };
        }
        Ok(found)
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
        let beginnings = beginnings.chain([OsStr::new(ATTRIBUTES)]);
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
