//! Names that hints give: none is of something that is there or that git ignores, and none is given twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use vault::{config::folded, vault::Root};

use crate::{
    context::{Context, GitConfig},
    failure::Failure,
    repo::{Landing, Repo},
};

/// Where git ignores so many names it ignores them all.
const IGNORED: usize = 8;

/// Where the names are to be.
pub(super) struct Ground<'g> {
    pub(super) root: &'g Root,
    pub(super) repo: Option<Repo>,
    variables: &'g GitConfig,
}

impl<'g> Ground<'g> {
    pub(super) fn new(context: &'g Context, root: &'g Root) -> Result<Self, Failure> {
        Ok(Ground {
            root,
            repo: Repo::open(root.directory())?,
            variables: context.git_config(),
        })
    }

    /// Whether git has a file there.
    pub(super) fn is_tracked(&self, path: &str) -> bool {
        let tracked = |repo: &Repo| repo.is_tracked(Path::new(path)).ok();
        self.repo.as_ref().and_then(tracked).unwrap_or(false)
    }

    /// Whether git would leave out what stood there.
    fn is_ignored(&self, path: &str) -> bool {
        let Some(repo) = &self.repo else { return false };
        let landing = Landing::of(&self.root.directory().join(path)).ok();
        let rule = landing.and_then(|place| repo.left_out_by(&place, self.variables).ok());
        rule.flatten().is_some()
    }

    /// What a folder has, as some disks take it, and how often.
    fn names_in(&self, folder: &Path) -> BTreeMap<String, usize> {
        let mut names = BTreeMap::new();
        let entries = fs::read_dir(self.root.directory().join(folder));
        for entry in entries.into_iter().flatten().flatten() {
            *names
                .entry(folded(&entry.file_name().to_string_lossy()))
                .or_default() += 1;
        }
        names
    }
}

/// What was promised up to now.
#[derive(Default)]
pub(super) struct Promises {
    /// As some disks take them: names that differ in case alone are one there.
    names: BTreeSet<String>,
    /// What the folders have of which names were asked for.
    taken: BTreeMap<String, BTreeMap<String, usize>>,
    /// The new name of what is moved, by the old one: files of one folder move together.
    moves: BTreeMap<String, String>,
}

impl Promises {
    /// The first of these names that is free, and is not any more.
    pub(super) fn first(
        &mut self,
        ground: &Ground<'_>,
        names: impl Iterator<Item = String>,
    ) -> Option<String> {
        self.first_beside(ground, None, names)
    }

    /// The same, where what has another name in this folder is about to lose it.
    fn first_beside(
        &mut self,
        ground: &Ground<'_>,
        from: Option<&str>,
        names: impl Iterator<Item = String>,
    ) -> Option<String> {
        let free = names.filter(|name| self.is_free(ground, from, name));
        let name = free.take(IGNORED).find(|name| !ground.is_ignored(name))?;
        self.names.insert(folded(&name));
        Some(name)
    }

    fn is_free(&mut self, ground: &Ground<'_>, from: Option<&str>, path: &str) -> bool {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let look = || ground.names_in(Path::new(folder));
        let taken = self.taken.entry(folder.to_owned()).or_insert_with(look);
        let own = usize::from(from.is_some_and(|from| folded(from) == folded(path)));
        let others = taken
            .get(&folded(name))
            .map_or(0, |count| count - own.min(*count));
        let place = ground.root.directory().join(path);
        others == 0 && place.symlink_metadata().is_err() && !self.names.contains(&folded(path))
    }

    /// The first of these names that is free, for something that is moved; the same one whenever it is asked for.
    pub(super) fn place_of(
        &mut self,
        ground: &Ground<'_>,
        from: &str,
        names: impl Iterator<Item = String>,
    ) -> Option<String> {
        if let Some(to) = self.moves.get(from) {
            return Some(to.clone());
        }
        let to = self.first_beside(ground, Some(from), names)?;
        self.moves.insert(from.to_owned(), to.clone());
        Some(to)
    }
}
