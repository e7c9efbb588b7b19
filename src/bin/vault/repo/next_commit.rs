//! What the next commit would hold: git's index, and what it changes of the commit that is checked out. Paths count from the top of the work tree.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use git2::{
    Delta, DiffDelta, DiffOptions, FileMode, Index, IndexEntry, IndexEntryExtendedFlag, Odb, Oid,
};

use super::{Alteration, BLOB_LIMIT, BlobId, Repo, links::LINK, path, stages::KIND, told};
use crate::failure::Failure;

/// Bytes of a blob that is read as a whole; larger ones come in pieces, where git has them in a form that allows it.
const PIECES_FROM: usize = 8 << 20;
/// Bytes in a piece.
const PIECE: usize = 1 << 20;

/// The index of a repository.
pub(crate) struct NextCommit<'r> {
    repo: &'r Repo,
    index: Index,
    objects: Odb<'r>,
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    File(BlobId),
    /// A symbolic link; the blob is where it leads.
    Link(BlobId),
    /// Another repository.
    Repository,
    /// Git waits for somebody to merge it.
    Unmerged,
}

impl Standing {
    /// What is to be read, if there is something.
    pub(crate) fn blob(self) -> Option<BlobId> {
        match self {
            Standing::File(id) | Standing::Link(id) => Some(id),
            Standing::Repository | Standing::Unmerged => None,
        }
    }
}

/// A path at which the next commit differs from the one that is checked out.
#[derive(Clone, Debug)]
pub(crate) struct StagedPath {
    pub(crate) path: PathBuf,
    /// What it would be; `None` if it is taken away.
    pub(crate) now: Option<Standing>,
    /// What it was.
    pub(crate) before: Option<BlobId>,
}

/// How far a blob was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Whole,
    /// It is too large for what git can do with it here.
    TooLarge,
}

impl Repo {
    /// The index: git's own, or the one that it has told a hook of.
    ///
    /// # Errors
    /// One that libgit2 does not read: a split or sparse one.
    pub(crate) fn next_commit(&self, index: Option<&Path>) -> Result<NextCommit<'_>, Failure> {
        let opened = match index {
            Some(path) => Index::open(path),
            None => self.git.index(),
        };
        let index = opened.map_err(|error| told(&error))?;
        let objects = self.git.odb().map_err(|error| told(&error))?;
        Ok(NextCommit {
            repo: self,
            index,
            objects,
        })
    }
}

impl NextCommit<'_> {
    /// Everything that the next commit changes, by path. What `git add --intent-to-add` has announced is no part of it.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn changes(&self) -> Result<Vec<StagedPath>, Failure> {
        let head = self.repo.head()?.map(|head| head.tree());
        let head = head.transpose().map_err(|error| told(&error))?;
        let mut options = DiffOptions::new();
        options.include_typechange(true);
        let diff =
            self.repo
                .git
                .diff_tree_to_index(head.as_ref(), Some(&self.index), Some(&mut options));
        let diff = diff.map_err(|error| told(&error))?;
        let changes = diff.deltas().filter_map(|delta| self.change(&delta));
        Ok(changes.collect())
    }

    fn change(&self, delta: &DiffDelta<'_>) -> Option<StagedPath> {
        let (old, new) = (delta.old_file(), delta.new_file());
        let path = path(new.path_bytes().or(old.path_bytes())?)?;
        let was_file = delta.status() != Delta::Added && old.mode() != FileMode::Commit;
        let before = (was_file && !old.id().is_zero()).then(|| BlobId(old.id()));
        let now = self.standing(&path);
        // Only the permissions are others.
        let is_same = old.mode() != FileMode::Link
            && matches!((now, before), (Some(Standing::File(now)), Some(before)) if now == before);
        (!is_same && (now.is_some() || before.is_some())).then_some(StagedPath {
            path,
            now,
            before,
        })
    }

    /// What the next commit has at a path.
    pub(crate) fn standing(&self, path: &Path) -> Option<Standing> {
        if (1..=3).any(|stage| self.index.get_path(path, stage).is_some()) {
            return Some(Standing::Unmerged);
        }
        let entry = self.index.get_path(path, 0)?;
        let is_announced = IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended)
            .contains(IndexEntryExtendedFlag::INTENT_TO_ADD);
        (!is_announced).then(|| standing(&entry))
    }

    /// Whether the attributes of the next commit alter a file of it.
    ///
    /// # Errors
    /// Attributes that cannot be read.
    pub(crate) fn alteration(
        &self,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Option<Alteration>, Failure> {
        let found = self.repo.alteration_by_index(&self.index, path, bytes)?;
        Ok(found.map(|found| Alteration {
            file: self.repo.work_tree().join(&found.file),
            ..found
        }))
    }

    /// The file at a path; both sides of one that git could not merge.
    pub(crate) fn sides(&self, path: &Path) -> Vec<BlobId> {
        match self.standing(path) {
            Some(Standing::File(id)) => vec![id],
            Some(Standing::Unmerged) => {
                let sides = [2, 3].into_iter();
                let sides = sides.filter_map(|stage| self.index.get_path(path, stage));
                sides.map(|entry| BlobId(entry.id)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The folders that have a file of this name, from the top.
    pub(crate) fn folders_with(&self, name: &str) -> Vec<PathBuf> {
        let is_it = |path: &PathBuf| path.file_name().is_some_and(|own| own == name);
        let paths = self.index.iter().filter_map(|entry| path(&entry.path));
        let mut folders: Vec<PathBuf> = paths
            .filter(is_it)
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect();
        folders.dedup();
        folders
    }

    /// Shows the bytes of a blob, in pieces where it is large.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub(crate) fn read(&self, id: BlobId, mut see: impl FnMut(&[u8])) -> Result<Reading, Failure> {
        let header = self.objects.read_header(id.0);
        let (size, _) = header.map_err(|error| told(&error))?;
        if size > PIECES_FROM && self.read_in_pieces(id.0, &mut see)? {
            return Ok(Reading::Whole);
        }
        if size > BLOB_LIMIT {
            return Ok(Reading::TooLarge);
        }
        let object = self.objects.read(id.0).map_err(|error| told(&error))?;
        see(object.data());
        Ok(Reading::Whole)
    }

    /// The bytes of a blob; none of one that is too large.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub(crate) fn bytes(&self, id: BlobId) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        self.read(id, |piece| bytes.extend_from_slice(piece))?;
        Ok(bytes)
    }

    /// Whether git has the blob in a form that can be read in pieces: one that was just added, as a rule.
    fn read_in_pieces(&self, id: Oid, see: &mut impl FnMut(&[u8])) -> Result<bool, Failure> {
        let Ok((mut reader, size, _)) = self.objects.reader(id) else {
            return Ok(false);
        };
        let mut piece = vec![0; PIECE];
        let mut rest = size;
        while rest > 0 {
            let length = reader
                .read(&mut piece)
                .map_err(|error| Failure::because(&error).within("git"))?;
            if length == 0 {
                return Err(Failure::new(format!("git: the object {id} is damaged")));
            }
            see(&piece[..length]);
            rest = rest.saturating_sub(length);
        }
        Ok(true)
    }
}

fn standing(entry: &IndexEntry) -> Standing {
    let id = BlobId(entry.id);
    match entry.mode & KIND {
        LINK => Standing::Link(id),
        0o160_000 => Standing::Repository,
        _ => Standing::File(id),
    }
}
