//! `vault render`: an environment in the form that a program reads.

use std::path::{Path, PathBuf};

use clap::Args;
use vault::{
    config::Environment,
    render::{self, Output, Reader, SEPARATOR},
    secret::{ExposeSecret, SecretString},
    value::{EnvName, KeyPath, Node},
    vault::{DirectoryError, OutputError, Overwrite, Written, write_directory, write_private},
};

use super::locals::NoLocal;
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Exposure, Landing, Repo},
    workspace::Workspace,
};

/// Print an environment for the program that reads it, or write it to a file
///
/// Without -o the text goes to standard output; a file of yours that is standard output is made private first. With -o it is
/// written at once, for you alone to read, and never where git would commit it. What a format cannot carry exactly is refused,
/// all keys at once, and nothing is printed or written.
///
/// dotenv is read the same by docker compose, node, python-dotenv, ruby, rust, go, systemd and shells; nested keys are joined and
/// upper-cased: database.password is DATABASE_PASSWORD. docker-secrets is a directory with one file for each key. json and yaml
/// keep structure and types.
#[derive(Args, Debug)]
pub(crate) struct Render {
    /// The environment; the default one if it is left out
    environment: Option<EnvName>,
    /// dotenv, docker-secrets, json or yaml
    #[arg(long, default_value_t = Output::Dotenv, value_name = "FORMAT")]
    format: Output,
    /// Write to PATH: a file, or for docker-secrets a directory
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// What joins the parts of nested keys in dotenv and docker-secrets
    #[arg(long, value_name = "TEXT", default_value = SEPARATOR)]
    separator: String,
    /// Replace a file that has other content, and write where git would commit it
    #[arg(long)]
    force: bool,
    /// Say on standard error which layer each value comes from, and whose value it hides
    #[arg(long)]
    sources: bool,
    #[command(flatten)]
    local: NoLocal,
}

impl Render {
    /// Prints or writes everything, or nothing.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_or_default(self.environment.as_ref())?;
        self.check_output()?;
        let layers = workspace.layers(environment, self.local.locals())?.open()?;
        match self.sources {
            true => layers
                .told_sources()
                .tell(context.terminal(), &KeyPath::default()),
            false => layers.tell_local(context.terminal()),
        }
        let tree = Node::Map(layers.into_tree());
        match (self.format, &self.output) {
            (Output::DockerSecrets, Some(directory)) => {
                self.write_files(context, environment, &tree, directory)
            }
            (_, Some(path)) => {
                self.write_file(context, environment, &self.text(context, &tree)?, path)
            }
            (_, None) => {
                context
                    .terminal()
                    .print_secret(&self.text(context, &tree)?)?;
                Ok(Exit::Done)
            }
        }
    }

    /// What can be refused before anything is decrypted.
    fn check_output(&self) -> Result<(), Failure> {
        match (self.format, &self.output) {
            (Output::DockerSecrets, None) => Err(Failure::new(
                "docker-secrets are files: they need a directory",
            )
            .hint("add -o run/secrets")),
            (Output::DockerSecrets, Some(directory)) => self.refuse_exposed(directory, &["KEY"]),
            (_, Some(path)) => self.refuse_exposed(path, &[]),
            (_, None) => Ok(()),
        }
    }

    /// Refuses plaintext that git would take: the path itself, or files in it.
    fn refuse_exposed(&self, path: &Path, files: &[&str]) -> Result<(), Failure> {
        if self.force {
            return Ok(());
        }
        let landing = Landing::of(path)
            .map_err(|error| Failure::because(&error).within(path.display().to_string()))?;
        let landings: Vec<Landing> = match files {
            [] => vec![landing],
            files => files.iter().map(|name| landing.file(name)).collect(),
        };
        let Some(repo) = landings.first().map(Repo::around).transpose()?.flatten() else {
            return Ok(());
        };
        for landing in &landings {
            match repo.exposure(landing)? {
                Exposure::None => {}
                Exposure::NotIgnored(inside) => return Err(not_ignored(path, &inside, files)),
                Exposure::Tracked(inside) => return Err(tracked(&inside)),
            }
        }
        Ok(())
    }

    fn text(&self, context: &Context, tree: &Node) -> Result<SecretString, Failure> {
        match self.format {
            Output::Json => Ok(render::json(tree)?),
            Output::Yaml => Ok(render::yaml(tree)?),
            _ => {
                let dotenv = render::dotenv(tree, &self.separator)?;
                dotenv
                    .misreadings
                    .iter()
                    .filter(|misreading| misreading.reader != Reader::RawLines)
                    .for_each(|misreading| context.terminal().warn(misreading));
                Ok(dotenv.text)
            }
        }
    }

    fn overwrite(&self) -> Overwrite {
        match self.force {
            true => Overwrite::Force,
            false => Overwrite::Never,
        }
    }

    fn write_file(
        &self,
        context: &Context,
        environment: &Environment,
        text: &SecretString,
        path: &Path,
    ) -> Result<Exit, Failure> {
        let bytes = text.expose_secret().as_bytes();
        let (written, notices) =
            write_private(path, bytes, self.overwrite()).map_err(|error| not_written(&error))?;
        notices
            .iter()
            .for_each(|notice| context.terminal().warn(notice));
        context.terminal().say(match written {
            Written::Unchanged => format!("{} is up to date", path.display()),
            _ => format!("wrote {} to {}", environment.name(), path.display()),
        });
        Ok(Exit::Done)
    }

    fn write_files(
        &self,
        context: &Context,
        environment: &Environment,
        tree: &Node,
        directory: &Path,
    ) -> Result<Exit, Failure> {
        let files = render::files(tree, &self.separator)?;
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        if !names.is_empty() {
            self.refuse_exposed(directory, &names)?;
        }
        let pairs: Vec<(&str, &[u8])> = files
            .iter()
            .map(|file| (file.name.as_str(), file.content.expose_secret().as_bytes()))
            .collect();
        let done = write_directory(directory, &pairs, self.overwrite())
            .map_err(|error| not_written(&error))?;
        done.notices
            .iter()
            .for_each(|notice| context.terminal().warn(notice));
        let is_written = |(_, written): &&(String, Written)| *written != Written::Unchanged;
        let count = match done.files.len() {
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        let directory = directory.display();
        context
            .terminal()
            .say(match done.files.iter().filter(is_written).count() {
                0 => format!("{directory} is up to date: {count}"),
                _ => format!("wrote {} to {directory}: {count}", environment.name()),
            });
        Ok(Exit::Done)
    }
}

fn not_written(error: &OutputError) -> Failure {
    let failure = Failure::because(error);
    match error {
        OutputError::Exists { .. } => {
            failure.hint("--force replaces it; what is in it and not in the vault is gone then")
        }
        OutputError::Link { .. } => {
            failure.hint("secrets are never written through a link; name the file itself")
        }
        OutputError::Directory(DirectoryError::Link { .. }) => {
            failure.hint("secrets are never written through a link; name the directory itself")
        }
        _ => failure,
    }
}

/// Plaintext in a work tree must be ignored by git, or it is committed one day.
fn not_ignored(path: &Path, inside: &Path, files: &[&str]) -> Failure {
    let line = match (files, inside.parent()) {
        ([], _) | (_, None) => format!("/{}", inside.display()),
        (_, Some(directory)) => format!("/{}/", directory.display()),
    };
    let text = format!(
        "git does not ignore {}: secrets in clear would be committed one day",
        path.display()
    );
    Failure::new(text)
        .hint(format!("add this line to .gitignore: {line}"))
        .hint("--force writes it all the same")
}

fn tracked(inside: &Path) -> Failure {
    let inside = inside.display().to_string();
    let text = format!("git tracks {inside}: secrets in clear would be committed with it");
    Failure::new(text)
        .hint(format!(
            "git rm --cached -- {} takes it out of git",
            shell_words::quote(&inside)
        ))
        .hint("--force writes it all the same")
}
