//! Where values come from: a file, a directory or standard input, read once and kept as they were.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use vault::{
    config::Environment,
    import::{self, Format, JsonError, Spelling, YamlMapError},
    secret::{ExposeSecret, SecretString, secret},
    value::{KeyPath, Map, Selection},
    vault::{Digest, READ_LIMIT, ReadError, Shown, Snapshot, read},
};
use zeroize::Zeroizing;

use super::{Import, dialect, directory, sealed};
use crate::{
    context::Context,
    failure::Failure,
    terminal::InputError,
    workspace::{Comments, Workspace},
};

/// Bytes in clear that one import takes: 16 MiB. The readers of a `.env` file take seconds for that, and a file of vault with it has about 22 MiB.
const IN_CLEAR: u64 = 16 << 20;

/// What is imported.
pub(super) struct Source {
    /// Its name in messages.
    pub(super) shown: String,
    /// The values, all of them, or where a `.env` file is read the selected ones.
    pub(super) tree: Map,
    /// Every key that it has, selected or not.
    pub(super) keys: Vec<KeyPath>,
    /// The comments of keys.
    pub(super) comments: Comments,
    /// Whether it has others, which belong to no key or cannot come along.
    pub(super) has_more_comments: bool,
    /// What to tell about it.
    pub(super) notices: Vec<String>,
    /// The files that hold it in clear.
    pub(super) files: Vec<SourceFile>,
    /// The directory, if it is one.
    pub(super) directory: Option<PathBuf>,
    /// Whether whoever reads it needs a key.
    pub(super) is_sealed: bool,
}

/// A file as it was read.
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

impl SourceFile {
    pub(super) fn new(path: &Path, snapshot: Snapshot) -> Self {
        SourceFile {
            path: path.to_owned(),
            bytes: Zeroizing::new(snapshot.into_bytes()),
        }
    }

    pub(super) fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

impl Source {
    /// Reads what the command line names.
    ///
    /// # Errors
    /// It cannot be read, its format is not certain, or its values are not.
    pub(super) fn read(
        command: &Import,
        workspace: &Workspace<'_>,
        environment: &Environment,
        selection: &Selection,
    ) -> Result<Self, Failure> {
        let context = workspace.context();
        let source = match command.is_stdin() {
            true => standard_input(context)?,
            false if command.source.is_dir() => return directory::read(command, workspace),
            false if command.is_pipe() => pipe(context, &command.source)?,
            false => file(&command.source)?,
        };
        let text = text_of(
            &source.shown,
            source.files.first().map(|file| &file.bytes[..]),
            &source.stdin,
        )?;
        let name = (!command.is_passing())
            .then(|| command.source.file_name()?.to_str())
            .flatten();
        sealed::refuse_ini(name, text.expose_secret(), &source.shown)?;
        let format = command.format_of(name, text.expose_secret(), &source.shown)?;
        command.check_options(format)?;
        // An encrypted file may be as large as vault's own.
        if format != Format::Sops {
            refuse_large(&source.shown, text.expose_secret().len() as u64)?;
        }
        let loaded = Loaded {
            command,
            shown: &source.shown,
            text: text.expose_secret(),
        };
        let content = match format {
            Format::Dotenv => dialect::read(&loaded, context, selection)?,
            Format::Json => loaded.json()?,
            Format::Yaml => loaded.yaml()?,
            Format::Sops => {
                let opened = sealed::open(&loaded, workspace, environment)?;
                loaded.beside_comments(opened.tree, opened.has_comments)
            }
            Format::Directory => {
                return Err(Failure::new(format!("{} is no directory", source.shown)));
            }
        };
        Ok(Source {
            shown: source.shown,
            tree: content.tree,
            keys: content.keys,
            comments: content.comments,
            has_more_comments: content.has_more_comments,
            notices: content.notices,
            files: source.files,
            directory: None,
            is_sealed: format == Format::Sops,
        })
    }

    /// A pattern that names no key is a typing error: what was to be left out must not come along.
    pub(super) fn refuse_unmatched(&self, selection: &Selection) -> Result<(), Failure> {
        if self.keys.is_empty() {
            return Err(Failure::new(format!("{} has no keys", self.shown)));
        }
        let unmatched = selection.unmatched(&self.keys);
        if !unmatched.is_empty() {
            return Err(Failure::new(format!(
                "{} has no key that is named by {}",
                self.shown,
                unmatched.join(", ")
            ))
            .hint("* stands for any characters, ? for one; capitals count"));
        }
        match self.keys.iter().any(|key| selection.admits(key)) {
            true => Ok(()),
            false => Err(Failure::new(format!(
                "--except leaves nothing of {}",
                self.shown
            ))),
        }
    }
}

/// What the reader of a format makes of a source.
pub(super) struct Content {
    pub(super) tree: Map,
    pub(super) keys: Vec<KeyPath>,
    pub(super) comments: Comments,
    pub(super) has_more_comments: bool,
    pub(super) notices: Vec<String>,
}

impl Content {
    /// A tree without comments.
    pub(super) fn of(tree: Map) -> Self {
        let nothing = Map::new();
        let items = import::plan(&nothing, &tree, &Selection::default());
        Content {
            keys: items.into_iter().map(|item| item.path).collect(),
            comments: Comments::new(),
            has_more_comments: false,
            notices: Vec::new(),
            tree,
        }
    }
}

/// A text that is there to be read.
pub(super) struct Loaded<'s> {
    pub(super) command: &'s Import,
    pub(super) shown: &'s str,
    pub(super) text: &'s str,
}

impl Loaded<'_> {
    fn json(&self) -> Result<Content, Failure> {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        let tree = import::json(text).map_err(|error| match error {
            JsonError::Spelling(spelling) => self.misspelled(&spelling),
            error => Failure::new(format!("{}:{error}", self.shown)),
        })?;
        Ok(Content::of(tree))
    }

    fn misspelled(&self, spelling: &Spelling) -> Failure {
        let failure = Failure::new(format!("{}: {spelling}", self.shown)).hint(spelling.hint());
        spelling
            .details()
            .into_iter()
            .fold(failure, Failure::detail)
    }

    fn yaml(&self) -> Result<Content, Failure> {
        let yaml = import::yaml(self.text).map_err(|error| match error {
            YamlMapError::Spelling(spelling) => self.misspelled(&spelling),
            error => Failure::new(format!("{}: {error}", self.shown)).hint(error.hint()),
        })?;
        Ok(self.beside_comments(yaml.tree, yaml.has_comments))
    }

    /// A tree whose comments stay behind, if there are any.
    fn beside_comments(&self, tree: Map, has_comments: bool) -> Content {
        let mut content = Content::of(tree);
        content.has_more_comments = has_comments;
        if has_comments {
            content
                .notices
                .push(format!("the comments of {} stay behind", self.shown));
        }
        content
    }
}

/// What was read before it is known what it is.
struct Raw {
    shown: String,
    files: Vec<SourceFile>,
    stdin: Zeroizing<Vec<u8>>,
}

fn standard_input(context: &Context) -> Result<Raw, Failure> {
    let terminal = context.terminal();
    if terminal.is_stdin() {
        return Err(
            Failure::new("standard input is a terminal: there is nothing to import")
                .hint("some-command | vault import ENV - --format dotenv"),
        );
    }
    piped("standard input".to_owned(), |limit| {
        terminal.read_stdin_file(limit)
    })
}

/// What another program writes into a pipe that a shell has opened for this one.
fn pipe(context: &Context, path: &Path) -> Result<Raw, Failure> {
    let shown = Shown(path).to_string();
    let file = File::open(path)
        .map_err(|error| Failure::because(&error).within(format!("cannot read {shown}")))?;
    let terminal = context.terminal();
    piped(shown, |limit| terminal.read_pipe(file, limit))
}

/// What comes once and lies nowhere.
fn piped(
    shown: String,
    read: impl FnOnce(usize) -> Result<Option<Zeroizing<Vec<u8>>>, InputError>,
) -> Result<Raw, Failure> {
    let limit = usize::try_from(READ_LIMIT).unwrap_or(usize::MAX);
    let bytes = read(limit)?
        .ok_or_else(|| Failure::new(format!("{shown} is larger than {} MiB", READ_LIMIT >> 20)))?;
    Ok(Raw {
        shown,
        files: Vec::new(),
        stdin: bytes,
    })
}

fn file(path: &Path) -> Result<Raw, Failure> {
    let snapshot = read(path).map_err(|error| match &error {
        ReadError::NotAFile { .. } => Failure::because(&error).hint(
            "for what another program prints: that-program | vault import ENV - --format FORMAT",
        ),
        _ => Failure::because(&error),
    })?;
    Ok(Raw {
        shown: Shown(path).to_string(),
        files: vec![SourceFile::new(path, snapshot)],
        stdin: Zeroizing::default(),
    })
}

fn text_of(shown: &str, file: Option<&[u8]>, stdin: &[u8]) -> Result<SecretString, Failure> {
    let text = std::str::from_utf8(file.unwrap_or(stdin)).map_err(|error| {
        Failure::new(format!(
            "{shown} is not UTF-8 text: byte {} cannot stand there",
            error.valid_up_to()
        ))
    })?;
    Ok(secret(text))
}

/// Refuses what is too large before it is read, or before it is taken apart.
pub(super) fn refuse_large(shown: &str, bytes: u64) -> Result<(), Failure> {
    match bytes > IN_CLEAR {
        true => Err(Failure::new(format!(
            "{shown} is larger than {} MiB, more than one import takes",
            IN_CLEAR >> 20
        ))
        .hint("is it the right one? else import it in parts")),
        false => Ok(()),
    }
}

impl Import {
    fn format_of(&self, name: Option<&str>, text: &str, shown: &str) -> Result<Format, Failure> {
        if let Some(format) = self.format.or_else(|| Format::of(name, text)) {
            return Ok(format);
        }
        Err(
            Failure::new(format!("what {shown} is cannot be told for certain"))
                .hint("--format says it: dotenv, json, yaml or sops"),
        )
    }

    /// Options that would do nothing.
    pub(super) fn check_options(&self, format: Format) -> Result<(), Failure> {
        if self.dialect.is_some() && format != Format::Dotenv {
            return Err(
                Failure::new(format!("--dialect is for .env files, and this is {format}"))
                    .hint("--format dotenv says that it is one"),
            );
        }
        if self.verbatim && format != Format::Directory {
            return Err(Failure::new(
                "--verbatim is for directories of secret files",
            ));
        }
        Ok(())
    }
}
