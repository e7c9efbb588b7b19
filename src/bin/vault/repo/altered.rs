//! Attributes of git by which a commit has another text than the file in the work tree: what is compared and searched through git is not
//! what people read and sign.
//!
//! They are read here as git reads them, and not by libgit2, which knows no pattern in quotes. Line ends are no matter: with `text` and
//! `eol` a commit has the same lines.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use git2::{ObjectType, Tree};
use gix_ignore::glob::Pattern;

use super::{
    Repo,
    patterns::{About, about},
    top::top_around,
};
use crate::failure::Failure;

/// The file of attributes that any folder may have.
pub(super) const ATTRIBUTES: &str = ".gitattributes";
/// The attributes.
const ALTERING: [&[u8]; 3] = [FILTER, ENCODING, IDENT];
const FILTER: &[u8] = b"filter";
const ENCODING: &[u8] = b"working-tree-encoding";
const IDENT: &[u8] = b"ident";
/// What git replaces where `ident` is set.
const ID: &[u8] = b"$Id";
/// What a line begins with that gives a name to several attributes.
const MACRO: &[u8] = b"[attr]";
/// Bytes of a line from which on git does not read it, since 2.30.7; and the beginning of names that it does not read, since 2.45.
const LINE_LIMIT: usize = 2046;
const RESERVED: &[u8] = b"builtin_";

/// What says that git alters a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alteration {
    /// The attribute, as it is written.
    pub(crate) word: String,
    /// The file that has it: absolute, or from the top of a commit or the index.
    pub(crate) file: PathBuf,
    /// In which line.
    pub(crate) line: usize,
}

impl Alteration {
    /// Whether git alters a file of the work tree when it is committed; the path is absolute and without links. No repository is opened.
    pub(crate) fn of_file(path: &Path, bytes: &[u8]) -> Option<Self> {
        let top = top_around(path)?;
        let private = top.join(".git/info/attributes");
        let read = |file: &Path| {
            let file = top.join(file);
            let is_file = file.symlink_metadata().is_ok_and(|it| it.is_file());
            is_file.then(|| fs::read(file).ok()).flatten()
        };
        let private = fs::read(&private).ok().map(|text| (private, text));
        let found = alteration(path.strip_prefix(top).ok()?, bytes, private, read)?;
        Some(Alteration {
            file: top.join(&found.file),
            ..found
        })
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
        Ok(self.alteration_in(&tree, &self.folder.join(path), bytes))
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
        let read = |file: &Path| self.blob(index.get_path(file, 0)?.id).ok();
        Ok(alteration(&self.folder.join(path), bytes, None, read))
    }

    /// The same by a tree, in which the path counts from the top.
    pub(super) fn alteration_in(
        &self,
        tree: &Tree<'_>,
        path: &Path,
        bytes: &[u8],
    ) -> Option<Alteration> {
        let read = |file: &Path| {
            let entry = tree.get_path(file).ok()?;
            let is_file = entry.kind() == Some(ObjectType::Blob);
            is_file.then(|| self.blob(entry.id()).ok()).flatten()
        };
        alteration(path, bytes, None, read)
    }
}

/// What alters a file, whose path counts from the top of the work tree; `read` has the files of attributes there.
fn alteration(
    path: &Path,
    bytes: &[u8],
    private: Option<(PathBuf, Vec<u8>)>,
    read: impl Fn(&Path) -> Option<Vec<u8>>,
) -> Option<Alteration> {
    let folders: Vec<&Path> = path.ancestors().skip(1).collect();
    let mut files = Vec::new();
    for folder in folders.into_iter().rev() {
        let file = folder.join(ATTRIBUTES);
        files.extend(read(&file).map(|text| (file, folder, text)));
    }
    files.extend(private.map(|(file, text)| (file, Path::new(""), text)));
    if !files.iter().any(|(_, _, text)| mentions(text)) {
        return None;
    }
    let files: Vec<Attributes<'_>> = files.iter().map(Attributes::of).collect();
    said_by(&files, path, memchr::memmem::find(bytes, ID).is_some())
}

/// Whether a text has one of the words: most have none, and need not be read.
pub(super) fn mentions(text: &[u8]) -> bool {
    let has = |word: &&[u8]| memchr::memmem::find(text, word).is_some();
    ALTERING.iter().any(has)
}

/// A file of attributes.
struct Attributes<'f> {
    file: &'f Path,
    folder: &'f Path,
    lines: Vec<Line<'f>>,
}

struct Line<'f> {
    number: usize,
    subject: Subject,
    words: Vec<Word<'f>>,
}

/// What a line is about.
enum Subject {
    Paths(Pattern),
    /// The name that it gives to its attributes.
    Macro(Vec<u8>),
}

/// An attribute as a line gives it.
struct Word<'f> {
    text: &'f [u8],
    name: &'f [u8],
    value: Value<'f>,
}

enum Value<'f> {
    Set,
    /// Unset or unspecified: git does the same with it.
    Not,
    Text(&'f [u8]),
}

impl<'f> Attributes<'f> {
    fn of((file, folder, text): &'f (PathBuf, &'f Path, Vec<u8>)) -> Self {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        // Only the file at the top, and what is nobody else's, may give names.
        let may_name = folder.as_os_str().is_empty();
        let lines = (1..).zip(text.split(|byte| *byte == b'\n'));
        let line = |(number, text)| Line::of(number, text, may_name);
        Attributes {
            file,
            folder,
            lines: lines.filter_map(line).collect(),
        }
    }
}

impl<'f> Line<'f> {
    /// A line; nothing if it says nothing to git.
    fn of(number: usize, text: &'f [u8], may_name: bool) -> Option<Self> {
        // To git a line ends at a NUL.
        let text = text.split(|byte| *byte == 0).next()?;
        let is_long = text.len() >= LINE_LIMIT;
        let text = &text[text.iter().position(|byte| !is_blank(byte))?..];
        if text[0] == b'#' {
            return None;
        }
        let plain = || {
            let end = text.iter().position(is_blank).unwrap_or(text.len());
            (text[..end].to_vec(), &text[end..])
        };
        let (subject, rest) = unquoted(text).unwrap_or_else(plain);
        let named = subject.strip_prefix(MACRO).filter(|it| !it.is_empty());
        let subject = match named {
            Some(_) if !may_name => return None,
            Some(name) => Subject::Macro(name.to_vec()),
            None => Subject::Paths(pattern(&subject)?),
        };
        let words = rest.split(is_blank).filter(|word| !word.is_empty());
        let mut words: Vec<Word<'_>> = words.map(Word::of).collect::<Option<_>>()?;
        if is_long || words.iter().any(|word| word.name.starts_with(RESERVED)) {
            // One git reads it, and another one does not: it lets nothing pass.
            words.retain(|word| word.alters(true));
        }
        let says_something = !words.is_empty();
        says_something.then_some(Line {
            number,
            subject,
            words,
        })
    }
}

impl<'f> Word<'f> {
    fn of(text: &'f [u8]) -> Option<Self> {
        let (word, value) = match text.iter().position(|byte| *byte == b'=') {
            Some(at) => (&text[..at], Value::Text(&text[at + 1..])),
            None => (text, Value::Set),
        };
        let (name, value) = match word.first()? {
            b'-' | b'!' => (&word[1..], Value::Not),
            _ => (word, value),
        };
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
        let is_name = !name.is_empty() && name[0] != b'-' && name.iter().all(is_of_name);
        is_name.then_some(Word { text, name, value })
    }

    fn alters(&self, has_id: bool) -> bool {
        match (self.name, &self.value) {
            (FILTER, Value::Text(_)) => true,
            (ENCODING, Value::Text(name)) => {
                let same: [&[u8]; 3] = [b"", b"utf-8", b"utf8"];
                !same.iter().any(|same| same.eq_ignore_ascii_case(name))
            }
            (IDENT, Value::Set) => has_id,
            _ => false,
        }
    }
}

fn is_blank(byte: &u8) -> bool {
    b" \t\r\n".contains(byte)
}

/// A pattern as git reads it; nothing if that is none.
fn pattern(text: &[u8]) -> Option<Pattern> {
    Pattern::from_bytes(text).filter(|pattern| !pattern.is_negative())
}

/// What stands in quotes at the beginning of a line, and the rest; nothing where git would take the quote for a part of the pattern.
fn unquoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut bytes = text.strip_prefix(b"\"")?.iter();
    let mut found = Vec::new();
    loop {
        match bytes.next()? {
            b'"' => return Some((found, bytes.as_slice())),
            b'\\' => found.push(match bytes.next()? {
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'v' => 11,
                byte @ (b'\\' | b'"') => *byte,
                first @ b'0'..=b'3' => {
                    let mut digit = || bytes.next().filter(|it| (b'0'..=b'7').contains(it));
                    let (second, third) = (digit()?, digit()?);
                    ((first - b'0') << 6) | ((second - b'0') << 3) | (third - b'0')
                }
                _ => return None,
            }),
            byte => found.push(*byte),
        }
    }
}

/// The words that count for a path, by the names of their attributes, each with the line that led to it.
type Given<'l> = HashMap<&'l [u8], (&'l Word<'l>, &'l Path, usize)>;

/// Goes through files, the weakest first, as git does: the last word about an attribute counts.
fn said_by(files: &[Attributes<'_>], path: &Path, has_id: bool) -> Option<Alteration> {
    let macros = macros(files);
    let mut given = Given::new();
    for file in files.iter().rev() {
        let inside = path.strip_prefix(file.folder).unwrap_or(path);
        for line in file.lines.iter().rev() {
            let Subject::Paths(pattern) = &line.subject else {
                continue;
            };
            // A pattern that git may read in another way lets nothing pass, so that either case is looked at.
            let is_about = [false, true].map(|folds| about(pattern, inside, false, folds));
            match is_about {
                [About::Not, About::Not] => {}
                [About::Surely, About::Surely] => give(&mut given, line, file.file, &macros),
                _ => {
                    let mut then = given.clone();
                    give(&mut then, line, file.file, &macros);
                    if let Some(found) = altering(&then, has_id) {
                        return Some(found);
                    }
                }
            }
        }
    }
    altering(&given, has_id)
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

fn altering(given: &Given<'_>, has_id: bool) -> Option<Alteration> {
    let found = ALTERING.into_iter().filter_map(|name| given.get(name));
    let (word, file, line) = found.into_iter().find(|(word, _, _)| word.alters(has_id))?;
    Some(Alteration {
        word: String::from_utf8_lossy(word.text).into_owned(),
        file: (*file).to_owned(),
        line: *line,
    })
}
