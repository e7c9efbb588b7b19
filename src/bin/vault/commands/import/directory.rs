//! A directory with one file for each secret, as containers mount them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use vault::{
    adoption,
    import::{Format, without_line_end},
    secret::{ExposeSecret, SecretString, secret},
    value::{KeyPath, Map, Node, Scalar},
    vault::{ReadError, Shown, read as read_file},
};

use super::{
    Import,
    source::{Content, Source, SourceFile, refuse_large},
};
use crate::{
    failure::Failure,
    shell,
    workspace::{Comments, Workspace},
};

/// Reads one value from each file; hidden ones and folders are none.
///
/// # Errors
/// The directory cannot be listed, links lead out of it, or files of it hold no text, or are encrypted: all of these.
pub(super) fn read(command: &Import, workspace: &Workspace<'_>) -> Result<Source, Failure> {
    let (path, shown) = (&command.source, Shown(&command.source).to_string());
    if workspace.is_of_git(path) {
        return Err(Failure::new(format!(
            "{shown} belongs to git: there are no values in it"
        )));
    }
    match command.format {
        None | Some(Format::Directory) => command.check_options(Format::Directory)?,
        Some(format) => {
            return Err(Failure::new(format!(
                "{shown} is a directory, not {format}"
            )));
        }
    }
    let listing =
        Listing::of(path).map_err(|failure| failure.within(format!("cannot read {shown}")))?;
    listing.refuse_strays(&shown)?;
    refuse_large(&shown, listing.bytes())?;
    let mut notices: Vec<String> = listing
        .folders
        .iter()
        .map(|path| {
            format!(
                "{} is a directory: what is in it is not imported",
                Shown(path)
            )
        })
        .collect();
    if listing.files.is_empty() && listing.has_hidden {
        return Err(Failure::new(format!("{shown} has no keys"))
            .hint("files whose names begin with a dot are left out: give them other names"));
    }
    let (files, texts) = listing.contents(&shown)?;
    refuse_sealed(command, &shown, &files)?;
    let (mut tree, mut cut) = (Map::new(), Vec::new());
    for (name, whole) in texts {
        let value = match command.verbatim {
            true => whole.clone(),
            false => without_line_end(&whole),
        };
        if value.expose_secret().len() < whole.expose_secret().len() {
            cut.push(KeyPath::key(&name).to_string());
        }
        tree.insert(name, Node::Scalar(Scalar::str(value.expose_secret())));
    }
    if !cut.is_empty() {
        notices.push(format!(
            "the line end is no part of the value (--verbatim keeps it): {}",
            cut.join(", ")
        ));
    }
    let content = Content::of(tree);
    Ok(Source {
        shown,
        tree: content.tree,
        keys: content.keys,
        comments: Comments::new(),
        has_more_comments: false,
        notices,
        files,
        directory: Some(path.clone()),
        is_sealed: false,
    })
}

/// What is in a directory, in the order of the names.
#[derive(Default)]
struct Listing {
    files: Vec<(String, PathBuf)>,
    folders: Vec<PathBuf>,
    /// Links that lead out of it.
    strays: Vec<(String, PathBuf)>,
    /// Whether there is something whose name begins with a dot.
    has_hidden: bool,
}

/// Texts by name.
type Texts = Vec<(String, SecretString)>;

impl Listing {
    fn of(directory: &Path) -> Result<Self, Failure> {
        let mut listing = Listing::default();
        let whole = directory
            .canonicalize()
            .map_err(|error| Failure::because(&error))?;
        // What leads nowhere is told when it is read.
        let leads_out = |path: &Path| path.canonicalize().is_ok_and(|to| !to.starts_with(&whole));
        for entry in fs::read_dir(directory).map_err(|error| Failure::because(&error))? {
            let path = entry.map_err(|error| Failure::because(&error))?.path();
            match path.file_name().and_then(|name| name.to_str()) {
                // Kubernetes puts `..data` beside the links that lead into it.
                Some(name) if name.starts_with('.') => listing.has_hidden = true,
                Some(name) if leads_out(&path) => listing.strays.push((name.to_owned(), path)),
                Some(_) if path.is_dir() => listing.folders.push(path),
                Some(name) => listing.files.push((name.to_owned(), path)),
                None => {
                    let shown = Shown(&path).to_string();
                    return Err(Failure::new("the name is no text").within(shown));
                }
            }
        }
        listing.files.sort();
        listing.folders.sort();
        listing.strays.sort();
        Ok(listing)
    }

    /// How much its files hold, as the system says without reading them.
    fn bytes(&self) -> u64 {
        let sizes = self.files.iter().map(|(_, path)| path.metadata());
        sizes.map(|size| size.map_or(0, |size| size.len())).sum()
    }

    /// A directory may be somebody else's, as one of a repository is: what is outside of it was not meant.
    fn refuse_strays(&self, shown: &str) -> Result<(), Failure> {
        let text = match self.strays.as_slice() {
            [] => return Ok(()),
            [(_, only)] => format!(
                "{} is a symbolic link that leads out of {shown}",
                Shown(only)
            ),
            all => format!("{} symbolic links lead out of {shown}", all.len()),
        };
        let failure = Failure::new(text);
        let failure = match self.strays.len() {
            1 => failure,
            _ => self.strays.iter().fold(failure, |failure, (_, path)| {
                failure.detail(Shown(path).to_string())
            }),
        };
        Err(failure
            .hint("nothing is taken from outside of the directory; look where they lead")
            .hint("vault set ENV KEY --from-file FILE takes a file over that is meant"))
    }

    fn contents(self, shown: &str) -> Result<(Vec<SourceFile>, Texts), Failure> {
        let (mut files, mut texts, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        for (name, path) in self.files {
            match content(&path) {
                Ok((file, text)) => {
                    files.push(file);
                    texts.push((name, text));
                }
                Err(error) => faults.push(error),
            }
        }
        refuse(shown, &faults)?;
        Ok((files, texts))
    }
}

fn content(path: &Path) -> Result<(SourceFile, SecretString), ReadError> {
    let snapshot = read_file(path)?;
    let text = secret(snapshot.text()?);
    Ok((SourceFile::new(path, snapshot), text))
}

/// Every file that holds no text, or cannot be read.
fn refuse(shown: &str, faults: &[ReadError]) -> Result<(), Failure> {
    let failures: Vec<Failure> = faults.iter().map(|fault| Failure::because(fault)).collect();
    let texts: Vec<&str> = failures.iter().filter_map(Failure::error).collect();
    let is_binary = |fault: &ReadError| matches!(fault, ReadError::NotText { .. });
    let hint = match faults.iter().any(is_binary) {
        true => "a value is text in UTF-8; encode other data, for instance with base64",
        false => "vault set ENV KEY --from-file FILE takes the others over, one by one",
    };
    match no_values(shown, &texts) {
        Some(failure) => Err(failure.hint(hint)),
        None => Ok(()),
    }
}

/// Every file that is encrypted: it holds values, and is none.
fn refuse_sealed(command: &Import, shown: &str, files: &[SourceFile]) -> Result<(), Failure> {
    let is_sealed = |file: &&SourceFile| {
        adoption::Format::of(&file.path.to_string_lossy(), &file.bytes).is_some()
    };
    let sealed: Vec<&SourceFile> = files.iter().filter(is_sealed).collect();
    let text = |file: &&SourceFile| format!("{} is encrypted", Shown(&file.path));
    let texts: Vec<String> = sealed.iter().map(text).collect();
    let (Some(failure), Some(first)) = (no_values(shown, &texts), sealed.first()) else {
        return Ok(());
    };
    let first = shell::path(&first.path.to_string_lossy()).into_owned();
    Err(failure
        .hint(format!(
            "vault import {} {first} takes over what is in it",
            command.environment
        ))
        .hint("vault set ENV KEY --from-file FILE takes it as it is for a value"))
}

/// What is wrong with files, in one error; `None` where nothing is.
fn no_values(shown: &str, texts: &[impl AsRef<str>]) -> Option<Failure> {
    match texts {
        [] => None,
        [only] => Some(Failure::new(only.as_ref())),
        all => {
            let failure = Failure::new(format!("{} files of {shown} hold no values", all.len()));
            let details = all.iter().map(AsRef::as_ref);
            Some(details.fold(failure, Failure::detail))
        }
    }
}
