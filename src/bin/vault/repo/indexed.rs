//! What the index alone has: files of attributes that git reads there because the work tree has none, and submodules that nobody has fetched.
//! It is looked through once, block by block, and parsed only where that finds something: most have nothing of it, and some are large.

use std::{
    cell::OnceCell,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use git2::Index;
use memchr::memmem;

use super::{Repo, altered::ATTRIBUTES, told, top::directories};
use crate::failure::Failure;

/// The mode of a submodule, as an index of any version has it.
const SUBMODULE: [u8; 4] = 0o160_000_u32.to_be_bytes();
/// Where an index has its version, and the one from which on it has no whole paths.
const VERSION: std::ops::Range<usize> = 4..8;
const SHORTENS_PATHS: [u8; 4] = 4_u32.to_be_bytes();
/// How the part begins that names another file, in which the rest of a split index is.
const SPLIT: &[u8] = b"link\0";
/// What git could not merge counts as our side has it.
const STAGES: [i32; 2] = [0, 2];

/// Bytes that are looked at together.
const BLOCK: usize = 64 * 1024;
/// Bytes of a path that are compared, at most: all of any that a system takes.
const PATH: usize = 4096;

/// The index of a work tree.
pub(super) struct Indexed {
    /// The top of the work tree.
    top: PathBuf,
    seen: OnceCell<Seen>,
    parsed: OnceCell<Option<(Repo, Index)>>,
}

/// What an index may have, told by its bytes.
#[derive(Default)]
struct Seen {
    /// Whether its bytes do not tell.
    must_be_parsed: bool,
    has_submodule: bool,
    /// What ends in the path of a file of attributes.
    attributes: Vec<Box<[u8]>>,
}

impl Seen {
    /// Looks through an index.
    fn of(mut index: impl Read) -> io::Result<Self> {
        let mut seen = Seen::default();
        let mut block = vec![0; BLOCK + PATH];
        let (mut filled, mut is_start) = (0, true);
        loop {
            let read = index.read(&mut block[filled..])?;
            if read == 0 {
                return Ok(seen);
            }
            filled += read;
            let bytes = &block[..filled];
            seen.must_be_parsed |= is_start && bytes.get(VERSION) == Some(&SHORTENS_PATHS);
            seen.take(bytes);
            // What lies across two blocks is seen in the second.
            let kept = filled.min(PATH);
            block.copy_within(filled - kept..filled, 0);
            (filled, is_start) = (kept, false);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.must_be_parsed |= memmem::find(bytes, SPLIT).is_some();
        self.has_submodule |= memmem::find(bytes, &SUBMODULE).is_some();
        for start in memmem::find_iter(bytes, ATTRIBUTES) {
            let end = start + ATTRIBUTES.len();
            if bytes.get(end) == Some(&0) {
                self.attributes
                    .push(bytes[end.saturating_sub(PATH)..end].into());
            }
        }
    }

    /// Whether it may have a file of attributes. Before its path stands how long that is, or nothing behind further flags: no folder, so
    /// that it is not taken for one further down.
    fn may_have(&self, file: &Path) -> bool {
        let path = file.as_os_str().as_encoded_bytes();
        let is_it = |seen: &[u8]| {
            let before = seen.strip_suffix(path).and_then(<[u8]>::last);
            before.is_some_and(|before| [path.len() as u8, 0].contains(before))
        };
        self.must_be_parsed || self.attributes.iter().any(|seen| is_it(seen))
    }
}

impl Indexed {
    /// Nothing is read yet.
    pub(super) fn of(top: &Path) -> Self {
        Indexed {
            top: top.to_owned(),
            seen: OnceCell::new(),
            parsed: OnceCell::new(),
        }
    }

    /// The text of a file, whose path counts from the top.
    ///
    /// # Errors
    /// An index that may have it, and cannot be read.
    pub(super) fn text(&self, file: &Path) -> Result<Option<Vec<u8>>, Failure> {
        if !self.seen().may_have(file) {
            return Ok(None);
        }
        let Some((repo, index)) = self.parsed()? else {
            return Ok(None);
        };
        let mut stages = STAGES.into_iter();
        let entry = stages.find_map(|stage| index.get_path(file, stage));
        entry.map(|entry| repo.blob(entry.id)).transpose()
    }

    /// The folder of a submodule that a path lies in, or would lie in; both count from the top.
    ///
    /// # Errors
    /// An index that may have one, and cannot be read.
    pub(super) fn submodule_around<'p>(&self, path: &'p Path) -> Result<Option<&'p Path>, Failure> {
        let seen = self.seen();
        if !seen.must_be_parsed && !seen.has_submodule {
            return Ok(None);
        }
        let Some((_, index)) = self.parsed()? else {
            return Ok(None);
        };
        let is_one = |folder: &&Path| {
            let entry = index.get_path(folder, 0);
            entry.is_some_and(|entry| entry.mode.to_be_bytes() == SUBMODULE)
        };
        let folders = path.ancestors().skip(1);
        let mut folders = folders.take_while(|folder| !folder.as_os_str().is_empty());
        Ok(folders.find(is_one))
    }

    /// Nothing where there is no index, or none that can be read: git has nothing of it either.
    fn seen(&self) -> &Seen {
        self.seen.get_or_init(|| {
            let directories = directories(&self.top.join(".git"));
            let index = directories.and_then(|(own, _)| File::open(own.join("index")).ok());
            let seen = index.and_then(|index| Seen::of(index).ok());
            seen.unwrap_or_default()
        })
    }

    /// Nothing where no repository can be opened: git does not work there either.
    fn parsed(&self) -> Result<Option<&(Repo, Index)>, Failure> {
        if let Some(parsed) = self.parsed.get() {
            return Ok(parsed.as_ref());
        }
        let repo = Repo::open(&self.top).ok().flatten();
        let parsed = repo.map(|repo| match repo.git.index() {
            Ok(index) => Ok((repo, index)),
            Err(error) => Err(told(&error)),
        });
        let parsed = parsed.transpose()?;
        Ok(self.parsed.get_or_init(|| parsed).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index, as far as it is looked at: something, then the end of an entry of this path.
    fn index(before: usize, path: &str) -> Seen {
        let mut bytes = vec![b'x'; before];
        bytes.push(path.len() as u8);
        bytes.extend_from_slice(path.as_bytes());
        bytes.push(0);
        Seen::of(&bytes[..]).unwrap()
    }

    #[test]
    fn an_entry_is_seen_wherever_it_lies() {
        for before in (BLOCK - 40..BLOCK + 2).chain(BLOCK + PATH - 40..BLOCK + PATH + 2) {
            let seen = index(before, "secrets/.gitattributes");
            assert!(
                seen.may_have(Path::new("secrets/.gitattributes")),
                "{before}"
            );
            assert!(!seen.may_have(Path::new(".gitattributes")), "{before}");
            assert!(!seen.has_submodule);
        }
        let attributes = Path::new(".gitattributes");
        assert!(index(0, ".gitattributes").may_have(attributes));
        assert!(!index(0, ".gitattributes2").may_have(attributes));
        assert!(!Seen::of(&b""[..]).unwrap().may_have(attributes));
        let submodule = [&[b'x'; BLOCK + PATH - 2][..], &SUBMODULE].concat();
        assert!(Seen::of(&submodule[..]).unwrap().has_submodule);
    }
}
