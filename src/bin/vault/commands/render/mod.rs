//! `vault render`: an environment in the form that a program reads.

mod check;
mod exposure;
mod file;
mod instead;
mod owner;
mod set;

use std::{
    fs::Metadata,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use vault::{
    config::Environment,
    render::{self, Case, Names, Output, Reader, Refusal},
    secret::SecretString,
    value::{EnvName, KeyPath, Node, Selection},
    vault::{DirectoryError, Mode, OutputError, Permissions, Shown, WriteError, refuse_bent},
};

use super::{locals::NoLocal, naming::Naming, words};
use crate::{
    context::Context,
    failure::{Exit, Failure, writable},
    shell,
    workspace::Workspace,
};
use owner::NewOwner;

/// Print an environment for the program that reads it, or write it to a file
///
/// Without -o the text goes to standard output; a file of yours that is standard output is made private first. With -o it is
/// written at once, for you alone to read unless --mode or --owner say otherwise, and never where git would commit it. What
/// vault wrote there last is replaced; a file that somebody else wrote or changed stays if a key or value in it would be lost
/// (comments do not count). What a format cannot carry exactly is refused, all keys at once, and nothing is printed or written.
///
/// dotenv is read the same by docker compose, node, python-dotenv, ruby, rust, go, systemd and shells; nested keys are joined and
/// upper-cased: database.password is DATABASE_PASSWORD. docker-secrets is a directory with one file for each key, replaced as a
/// set: files of keys that are gone are removed, files of others are left alone. json and yaml keep structure and types.
#[derive(Args, Clone, Debug)]
pub(crate) struct Render {
    /// The environment; the default one if it is left out
    environment: Option<EnvName>,
    /// dotenv, docker-secrets, json or yaml
    #[arg(long, default_value_t = Output::Dotenv, value_name = "FORMAT")]
    format: Output,
    /// Write to PATH: a file, or for docker-secrets a directory
    #[arg(short, long, value_name = "PATH", value_parser = words::path())]
    output: Option<PathBuf>,
    /// Write nothing, but tell by key how PATH differs; the exit code is 1 if it does
    #[arg(long, requires = "output")]
    check: bool,
    #[command(flatten)]
    naming: Naming,
    /// Names of files in lower case, or as they are
    #[arg(long, value_name = "CASE", value_enum, default_value_t = Letters::Keep)]
    name: Letters,
    /// Put TEXT behind each name of a file
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    suffix: String,
    /// Give files this mode, such as 0440, instead of 0600
    #[arg(long, value_name = "MODE", requires = "output")]
    mode: Option<Mode>,
    /// Give files to USER, USER:GROUP or :GROUP, by number or name
    #[arg(long, value_name = "OWNER", requires = "output")]
    owner: Option<NewOwner>,
    /// Replace files that somebody else wrote or changed
    #[arg(long)]
    force: bool,
    /// Write also where git would take the file along
    #[arg(long)]
    allow_in_git: bool,
    /// Say on standard error which layer each value comes from, and whose value it hides
    #[arg(long)]
    sources: bool,
    #[command(flatten)]
    local: NoLocal,
}

/// What `--name` may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Letters {
    Lower,
    Keep,
}

/// What is to be rendered.
struct Job<'j> {
    context: &'j Context,
    workspace: &'j Workspace<'j>,
    environment: &'j Environment,
    /// Everything, whether it is selected or not.
    tree: Node,
    /// Whether all of it stands in the file of the environment: no other layer has a part in it.
    is_of_one_file: bool,
    selection: Selection,
}

impl Job<'_> {
    /// What to do where vault cannot know its own files again.
    fn remembering(&self, failure: Failure) -> Failure {
        match self.context.state_directory() {
            Ok(_) => failure,
            Err(why) => {
                let text = why.error().unwrap_or_default();
                let failure = failure.detail(format!(
                    "vault remembers nothing that it wrote here: {text}"
                ));
                let hints = why.hints().iter();
                hints.fold(failure, |failure, hint| failure.hint(hint))
            }
        }
    }
}

impl Render {
    /// Whether keys were typed, or what was meant to be some.
    pub(crate) fn names_keys(&self) -> bool {
        self.naming.names_keys()
    }

    /// Prints or writes everything, or nothing.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_or_default(self.environment.as_ref())?;
        self.check_options(context, &workspace)?;
        if let Some(mode) = self.mode.filter(|mode| mode.is_world_readable()) {
            context.terminal().warn(format!("mode {mode} lets everybody read who reaches the file; --owner USER lets in one user"));
        }
        let layers = workspace.layers(environment, self.local.locals())?.open()?;
        match self.sources {
            true => layers
                .told_sources()
                .tell(context.terminal(), &KeyPath::default()),
            false => layers.tell_local(context.terminal()),
        }
        let is_of_one_file = layers.trees().len() == 1;
        let tree = Node::Map(layers.into_tree());
        let selection = self.naming.selection(&tree)?;
        let job = Job {
            context,
            workspace: &workspace,
            environment,
            tree,
            is_of_one_file,
            selection,
        };
        match (self.format, &self.output) {
            (Output::DockerSecrets, Some(directory)) if self.check => {
                self.check_files(&job, directory)
            }
            (Output::DockerSecrets, Some(directory)) => self.write_files(&job, directory),
            (_, Some(path)) if self.check => self.check_file(&job, path),
            (_, Some(path)) => self.write_file(&job, path),
            (_, None) => {
                context
                    .terminal()
                    .print_secret(&self.text(&job, Told::Misreadings)?)?;
                Ok(Exit::Done)
            }
        }
    }

    /// What can be refused before anything is decrypted.
    fn check_options(&self, context: &Context, workspace: &Workspace<'_>) -> Result<(), Failure> {
        let is_set = self.format == Output::DockerSecrets;
        if !is_set && (self.name != Letters::Keep || !self.suffix.is_empty()) {
            return Err(Failure::new(
                "--name and --suffix are about files: they need --format docker-secrets",
            ));
        }
        if matches!(self.format, Output::Json | Output::Yaml) && self.naming.has_prefix() {
            return Err(Failure::new(format!(
                "--prefix is for flat names, and {} keeps the keys as they are",
                self.format
            )));
        }
        if is_set && self.output.is_none() {
            return Err(
                Failure::new("docker-secrets are files: they need a directory")
                    .hint("add -o run/secrets"),
            );
        }
        if let Some(path) = &self.output {
            refuse_standard_output(path)?;
            refuse_bent(path, Some(workspace.root().directory()))?;
        }
        match &self.output {
            Some(path) if !self.check => self.check_place(context, workspace, path),
            _ => Ok(()),
        }
    }

    /// Where nothing may be written, whatever is in it.
    fn check_place(
        &self,
        context: &Context,
        workspace: &Workspace<'_>,
        path: &Path,
    ) -> Result<(), Failure> {
        if workspace.is_of_vault(path) {
            return Err(belongs_to(path, "this vault"));
        }
        if workspace.is_of_git(path) {
            return Err(belongs_to(path, "git"));
        }
        match self.format {
            Output::DockerSecrets => self.refuse_exposed(context, path, &[&self.sample_name()]),
            _ => {
                refuse_directory(path, self.format)?;
                refuse_missing_directory(path)?;
                self.refuse_exposed(context, path, &[])
            }
        }
    }

    /// What a file in the directory could be called.
    fn sample_name(&self) -> String {
        let everything = Selection::default();
        self.names(&everything).of(&KeyPath::key("KEY"))
    }

    fn names<'a>(&'a self, selection: &'a Selection) -> Names<'a> {
        Names {
            case: match self.name {
                Letters::Keep => Case::Keep,
                Letters::Lower => Case::Lower,
            },
            suffix: &self.suffix,
            ..self.naming.names(selection)
        }
    }

    fn text(&self, job: &Job<'_>, told: Told) -> Result<SecretString, Failure> {
        let text = self.written(job, told);
        text.map_err(|refusal| self.refused(job, refusal))
    }

    fn written(&self, job: &Job<'_>, told: Told) -> Result<SecretString, Refusal> {
        match self.format {
            Output::Json => render::json(&render::selected(&job.tree, &job.selection)),
            Output::Yaml => render::yaml(&render::selected(&job.tree, &job.selection)),
            _ => {
                let names = self.names(&job.selection);
                let dotenv = render::dotenv_for(&told.readers(), &job.tree, names)?;
                let terminal = job.context.terminal();
                dotenv
                    .misreadings
                    .iter()
                    .for_each(|told| terminal.warn(told));
                Ok(dotenv.text)
            }
        }
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            mode: self.mode,
            user: self.owner.and_then(NewOwner::user),
            group: self.owner.and_then(NewOwner::group),
        }
    }
}

/// What is told of a text besides the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Readers that get some of its values wrong.
    Misreadings,
    Nothing,
}

impl Told {
    /// The readers to be told of: not those that take quotes for data, which get nearly every file wrong.
    fn readers(self) -> Vec<Reader> {
        let is_told = |reader: &Reader| self == Told::Misreadings && *reader != Reader::RawLines;
        Reader::ALL.into_iter().filter(is_told).collect()
    }
}

/// Other programs call standard output so.
fn refuse_standard_output(path: &Path) -> Result<(), Failure> {
    let names = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    match names.iter().any(|name| path.as_os_str() == *name) {
        true => Err(
            Failure::new("-o is for a file, and not for standard output")
                .hint("leave -o out: it prints then (a file called - is ./-)"),
        ),
        false => Ok(()),
    }
}

/// No flag allows it: what is encrypted there, or what git needs, would be gone.
fn belongs_to(path: &Path, whom: &str) -> Failure {
    Failure::new(format!(
        "{} belongs to {whom}: no secrets in clear are written there",
        Shown(path)
    ))
    .hint("name another place, such as -o .env or -o run/secrets")
}

/// A file does not take the place of a directory.
fn refuse_directory(path: &Path, format: Output) -> Result<(), Failure> {
    let is_directory = |found: Metadata| found.is_dir();
    if !path.symlink_metadata().is_ok_and(is_directory) {
        return Ok(());
    }
    let failure = Failure::new(format!("{} is a directory", Shown(path)));
    let file = path.join(if format == Output::Dotenv {
        ".env"
    } else {
        "FILE"
    });
    Err(failure
        .hint(format!(
            "name a file in it: -o {}",
            shell::word(&Shown(&file).to_string())
        ))
        .hint("--format docker-secrets writes a file for each value there"))
}

/// A file does not make its directory: who may look into it is for somebody to decide.
fn refuse_missing_directory(path: &Path) -> Result<(), Failure> {
    let directory = path.parent().filter(|directory| {
        let is_missing = || matches!(directory.try_exists(), Ok(false));
        !directory.as_os_str().is_empty() && is_missing()
    });
    let Some(directory) = directory else {
        return Ok(());
    };
    let shown = Shown(directory).to_string();
    let failure = Failure::new(format!("there is no directory {shown}"));
    Err(failure.hint(format!("mkdir -p {}", shell::word(&shown))))
}

fn not_written(error: OutputError) -> Failure {
    let failure = Failure::because(&error);
    match error {
        OutputError::Exists { .. } => failure.hint(FORCE),
        OutputError::Link { .. } => {
            failure.hint("secrets are never written through a link; name the file itself")
        }
        OutputError::Directory(DirectoryError::Link { .. }) => {
            failure.hint("secrets are never written through a link; name the directory itself")
        }
        OutputError::Way(error) => error.into(),
        OutputError::Write(WriteError::ReadOnly { path }) => failure.hint(writable(&path)),
        OutputError::Write(WriteError::Owner { .. }) => failure
            .hint("only root can give files to another user; your own groups can be named: --owner :GROUP")
            .hint("or let the container run as you: `user:` in the compose file, docker run --user"),
        _ => failure,
    }
}

/// What to do about somebody else's file.
const FORCE: &str = "--force replaces it; what is in it and not in the vault is gone then";
