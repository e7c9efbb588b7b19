//! Attributes of git by which a commit has another text than the file in the work tree: what is compared and searched through git is not
//! what people read and sign.
//!
//! Line ends are no matter: with `text` and `eol` a commit has the same lines.

use std::{
    cell::{LazyCell, RefCell},
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use git2::{Index, ObjectType, Tree};

use super::{
    Repo,
    attributes::{
        Attributes, ENCODING, FILTER, IDENT, Line, Reading, Source, Subject, Value, Word,
    },
    indexed::Indexed,
    outside::Outside,
    patterns::{About, about},
    top::is_repository,
};
use crate::{context::GitConfig, failure::Failure};

/// The file of attributes that any folder may have.
pub(crate) const ATTRIBUTES: &str = ".gitattributes";
/// The attributes.
const ALTERING: [&[u8]; 3] = [FILTER, ENCODING, IDENT];
/// What git replaces where `ident` is set.
const ID: &[u8] = b"$Id";

/// What says that git alters a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alteration {
    /// The attribute, as it is written.
    pub(crate) word: String,
    /// The file that has it: absolute, or from the top of a commit or the index.
    pub(crate) file: PathBuf,
    /// In which line.
    pub(crate) line: usize,
    /// Whether that file is in no commit: it is of one machine or one clone.
    pub(crate) is_private: bool,
    /// Whether the work tree has none, and git reads it in the index.
    pub(crate) is_missing: bool,
    /// The file that is altered, as a pattern there counts it.
    pub(crate) subject: PathBuf,
}

/// How the case of letters counts in a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    /// As git has it here.
    Exact,
    Folded,
    /// As git has it somewhere: a pattern that is read in two ways lets nothing pass.
    Any,
}

impl Case {
    fn of(repo: &Repo) -> Self {
        match repo.folds_case() {
            Ok(true) => Case::Folded,
            Ok(false) => Case::Exact,
            Err(_) => Case::Any,
        }
    }
}

/// A file as it is asked about: its path from the top, and its text.
struct Asked<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    /// Asked for where it matters.
    case: &'a dyn Fn() -> Case,
}

/// Where to look for what git does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// In the work tree, and outside of it: for whoever only reads a file, and waits for it.
    InWorkTree,
    /// Also in the index, which is as large as the repository has files: for whoever writes, or wants to know.
    AlsoInIndex,
}

/// What there is of a work tree beside the files in it.
struct Around {
    outside: Outside,
    indexed: Indexed,
}

/// What git alters of the files of work trees when they are committed. Each file of attributes outside of them is read once.
pub(crate) struct Alterations<'v> {
    variables: &'v GitConfig,
    around: RefCell<HashMap<PathBuf, Rc<Around>>>,
}

impl<'v> Alterations<'v> {
    /// Nothing is read yet.
    pub(crate) fn new(variables: &'v GitConfig) -> Self {
        Alterations {
            variables,
            around: RefCell::default(),
        }
    }

    /// Whether git alters a file; the path is absolute and without links. No repository is opened where none has to be asked.
    ///
    /// # Errors
    /// A config or an index of git that cannot be read.
    pub(crate) fn of_file(
        &self,
        path: &Path,
        bytes: &[u8],
        look: Look,
    ) -> Result<Option<Alteration>, Failure> {
        let Some((top, around)) = self.work_tree_of(path)? else {
            return Ok(None);
        };
        let read = |file: &Path| match look {
            Look::AlsoInIndex if is_read_in_index(&top.join(file)) => around.indexed.text(file),
            _ => Ok(text_of(&top.join(file))),
        };
        let asked = Asked {
            path: path.strip_prefix(top).unwrap_or(path),
            bytes,
            case: &|| match Repo::open(top) {
                Ok(Some(repo)) => Case::of(&repo),
                _ => Case::Any,
            },
        };
        let found = alteration(&asked, &around.outside, read)?;
        Ok(found.map(|found| Alteration {
            is_missing: top.join(&found.file).symlink_metadata().is_err(),
            file: top.join(&found.file),
            ..found
        }))
    }

    /// The top of the work tree around a path, which is absolute and without links, or the folder of a submodule that lies in it.
    ///
    /// # Errors
    /// A config or an index of git that cannot be read.
    pub(crate) fn work_tree_around(
        &self,
        path: &Path,
        look: Look,
    ) -> Result<Option<PathBuf>, Failure> {
        let Some((top, around)) = self.work_tree_of(path)? else {
            return Ok(None);
        };
        let inside = path.strip_prefix(top).unwrap_or(path);
        let submodule = match look {
            Look::AlsoInIndex => around.indexed.submodule_around(inside)?,
            Look::InWorkTree => None,
        };
        Ok(Some(match submodule {
            Some(folder) => top.join(folder),
            None => top.to_owned(),
        }))
    }

    /// The top of the work tree, and what there is beside its files.
    fn work_tree_of<'p>(&self, path: &'p Path) -> Result<Option<(&'p Path, Rc<Around>)>, Failure> {
        let seen = |folder: &Path| self.around.borrow().get(folder).cloned();
        for folder in path.ancestors().skip(1) {
            if let Some(around) = seen(folder) {
                return Ok(Some((folder, around)));
            }
            if is_repository(&folder.join(".git")) {
                let around = Rc::new(Around {
                    outside: Outside::of(folder, self.variables)?,
                    indexed: Indexed::of(folder),
                });
                let known = Rc::clone(&around);
                self.around.borrow_mut().insert(folder.to_owned(), known);
                return Ok(Some((folder, around)));
            }
        }
        Ok(None)
    }
}

impl Repo {
    /// Whether git alters a file by what a revision says; the path counts from the folder that is looked at.
    ///
    /// # Errors
    /// There is no such revision, or objects are missing or damaged.
    pub(crate) fn alteration_at(
        &self,
        revision: &str,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Option<Alteration>, Failure> {
        let tree = self.commit(revision)?.tree();
        let tree = tree.map_err(|error| super::told(&error))?;
        let asked = Asked {
            path: &self.folder.join(path),
            bytes,
            case: &|| Case::of(self),
        };
        self.alteration_by(&tree, &asked)
    }

    /// The same by the index.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn alteration_staged(
        &self,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Option<Alteration>, Failure> {
        let index = self.git.index().map_err(|error| super::told(&error))?;
        self.alteration_by_index(&index, &self.folder.join(path), bytes)
    }

    /// The same by some index, in which the path counts from the top.
    ///
    /// # Errors
    /// None that git has: a blob that is missing counts as nothing.
    pub(super) fn alteration_by_index(
        &self,
        index: &Index,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Option<Alteration>, Failure> {
        let read = |file: &Path| {
            let entry = index.get_path(file, 0);
            Ok(entry.and_then(|entry| self.blob(entry.id).ok()))
        };
        let asked = Asked {
            path,
            bytes,
            case: &|| Case::of(self),
        };
        alteration(&asked, &Outside::default(), read)
    }

    /// The same by a tree, in which the path counts from the top, whoever has committed that, and on whatever system.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(super) fn alteration_in(
        &self,
        tree: &Tree<'_>,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Option<Alteration>, Failure> {
        let asked = Asked {
            path,
            bytes,
            case: &|| Case::Any,
        };
        self.alteration_by(tree, &asked)
    }

    fn alteration_by(
        &self,
        tree: &Tree<'_>,
        asked: &Asked<'_>,
    ) -> Result<Option<Alteration>, Failure> {
        let blob = |file: &Path| {
            let entry = tree.get_path(file).ok()?;
            let is_file = entry.kind() == Some(ObjectType::Blob);
            is_file.then(|| self.blob(entry.id()).ok()).flatten()
        };
        alteration(asked, &Outside::default(), |file| Ok(blob(file)))
    }
}

/// Whether git reads a file of attributes in the index: the work tree has none, or a link in its place, which git does not follow.
fn is_read_in_index(file: &Path) -> bool {
    file.symlink_metadata().map_or(true, |it| it.is_symlink())
}

/// The text of a file of attributes in the work tree. A link in its place is what the index has of it, if that has it: where it leads.
fn text_of(file: &Path) -> Option<Vec<u8>> {
    let kind = file.symlink_metadata().ok()?.file_type();
    if kind.is_symlink() {
        let target = fs::read_link(file).ok()?;
        return Some(target.into_os_string().into_encoded_bytes());
    }
    kind.is_file().then(|| fs::read(file).ok()).flatten()
}

/// What alters a file; `read` has the files of attributes in the work tree, by their paths from its top.
fn alteration(
    asked: &Asked<'_>,
    outside: &Outside,
    read: impl Fn(&Path) -> Result<Option<Vec<u8>>, Failure>,
) -> Result<Option<Alteration>, Failure> {
    let folders: Vec<&Path> = asked.path.ancestors().skip(1).collect();
    let mut inside = Vec::new();
    for folder in folders.into_iter().rev() {
        let file = folder.join(ATTRIBUTES);
        inside.extend(read(&file)?.map(|text| (file, folder, text)));
    }
    let weaker = outside.weaker.iter().map(Source::outside);
    let inside = inside
        .iter()
        .map(|(file, folder, text)| Source { file, folder, text });
    let stronger = outside.stronger.iter().map(Source::outside);
    let sources: Vec<Source<'_>> = weaker.chain(inside).chain(stronger).collect();
    if !sources.iter().any(|source| mentions(source.text)) {
        return Ok(None);
    }
    // What one git reads and another one does not lets nothing pass.
    let mut readings = Reading::of_all(&sources).iter();
    Ok(readings.find_map(|reading| {
        let files: Vec<Attributes<'_>> = sources
            .iter()
            .map(|source| Attributes::of(source, *reading))
            .collect();
        said_by(&files, asked)
    }))
}

/// Whether a text has one of the words: most have none, and need not be read.
pub(super) fn mentions(text: &[u8]) -> bool {
    let has = |word: &&[u8]| memchr::memmem::find(text, word).is_some();
    ALTERING.iter().any(has)
}

/// The words that count for a path, by the names of their attributes, each with the line that led to it.
type Given<'l> = HashMap<&'l [u8], (&'l Word<'l>, &'l Path, usize)>;

/// Goes through files, the weakest first, as git does: the last word about an attribute counts.
fn said_by(files: &[Attributes<'_>], asked: &Asked<'_>) -> Option<Alteration> {
    let macros = macros(files);
    let has_id = memchr::memmem::find(asked.bytes, ID).is_some();
    let case = LazyCell::new(asked.case);
    let mut given = Given::new();
    for file in files.iter().rev() {
        let inside = asked.path.strip_prefix(file.folder);
        let inside = inside.unwrap_or(asked.path);
        for line in file.lines.iter().rev() {
            let Subject::Paths(pattern) = &line.subject else {
                continue;
            };
            let is_about = [false, true].map(|folds| about(pattern, inside, false, folds));
            let is_about = match is_about {
                [exact, folded] if exact == folded => exact,
                [exact, folded] => match *case {
                    Case::Exact => exact,
                    Case::Folded => folded,
                    Case::Any => About::Perhaps,
                },
            };
            match is_about {
                About::Not => {}
                About::Surely => give(&mut given, line, file.file, &macros),
                // A pattern that git may read in another way lets nothing pass.
                About::Perhaps => {
                    let mut then = given.clone();
                    give(&mut then, line, file.file, &macros);
                    if let Some(found) = altering(&then, asked.path, has_id) {
                        return Some(found);
                    }
                }
            }
        }
    }
    altering(&given, asked.path, has_id)
}

/// What is behind each name; where several lines give it, the last one.
fn macros<'l>(files: &'l [Attributes<'l>]) -> HashMap<&'l [u8], &'l [Word<'l>]> {
    let lines = files.iter().flat_map(|file| &file.lines);
    let named = lines.filter_map(|line| match &line.subject {
        Subject::Macro(name) => Some((name.as_slice(), line.words.as_slice())),
        Subject::Paths(_) => None,
    });
    named.collect()
}

/// Adds what a line says of attributes of which nothing is said yet.
fn give<'l>(
    given: &mut Given<'l>,
    line: &'l Line<'l>,
    file: &'l Path,
    macros: &HashMap<&'l [u8], &'l [Word<'l>]>,
) {
    let mut open = vec![line.words.iter().rev()];
    while let Some(words) = open.last_mut() {
        let Some(word) = words.next() else {
            open.pop();
            continue;
        };
        if given.contains_key(word.name) {
            continue;
        }
        given.insert(word.name, (word, file, line.number));
        if let (Value::Set, Some(behind)) = (&word.value, macros.get(word.name)) {
            open.push(behind.iter().rev());
        }
    }
}

fn altering(given: &Given<'_>, path: &Path, has_id: bool) -> Option<Alteration> {
    let found = ALTERING.into_iter().filter_map(|name| given.get(name));
    let (word, file, line) = found.into_iter().find(|(word, _, _)| word.alters(has_id))?;
    let folder = file.parent().filter(|_| !file.is_absolute());
    let inside = folder.and_then(|folder| path.strip_prefix(folder).ok());
    Some(Alteration {
        word: String::from_utf8_lossy(word.text).into_owned(),
        file: (*file).to_owned(),
        line: *line,
        is_private: file.is_absolute(),
        is_missing: false,
        subject: inside.unwrap_or(path).to_owned(),
    })
}
