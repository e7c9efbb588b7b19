//! `vault render`: an environment in the form that a program reads.

use std::path::{Path, PathBuf};

use clap::Args;
use vault::{
    config::Environment,
    render::{self, Output, Reader, Refusal, SEPARATOR},
    secret::{ExposeSecret, SecretString},
    value::{EnvName, Node},
    vault::{OutputError, Overwrite, Written, write_directory, write_private},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::Repo,
    workspace::{Trouble, Workspace},
};

/// Print an environment for the program that reads it, or write it to a file
///
/// Without -o the text goes to standard output; a file of yours that is standard output is made private first. With -o it is
/// written at once, readable by you alone. What a format cannot carry exactly is refused, with all its keys, and nothing is
/// printed or written.
///
/// dotenv is read the same by docker compose, node, python-dotenv, ruby, rust, go, systemd and shells; nested keys are joined and
/// upper-cased: database.password is DATABASE_PASSWORD. docker-secrets is a directory with one file for each key.
#[derive(Args, Debug)]
pub(crate) struct Render {
    /// The environment; the default one if it is left out
    environment: Option<EnvName>,
    /// dotenv, docker-secrets, json or yaml
    #[arg(long, default_value_t = Output::Dotenv, value_name = "FORMAT")]
    format: Output,
    /// Write to FILE, or for docker-secrets into the directory
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What joins the parts of nested keys
    #[arg(long, value_name = "TEXT", default_value = SEPARATOR)]
    separator: String,
    /// Replace a file that vault did not write, also where git would take it
    #[arg(long)]
    force: bool,
}

impl Render {
    /// Prints or writes everything, or nothing.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_or_default(self.environment.as_ref())?;
        self.check_output()?;
        let tree = Node::Map(workspace.values(environment)?);
        match (self.format, &self.output) {
            (Output::DockerSecrets, Some(directory)) => self.write_files(context, &tree, directory),
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
            (_, None) => Ok(()),
            (_, Some(_)) if self.force => Ok(()),
            (_, Some(path)) => refuse_committable(path, self.format == Output::DockerSecrets),
        }
    }

    fn text(&self, context: &Context, tree: &Node) -> Result<SecretString, Failure> {
        match self.format {
            Output::Json => render::json(tree).map_err(refused),
            Output::Yaml => render::yaml(tree).map_err(refused),
            _ => {
                let dotenv = render::dotenv(tree, &self.separator).map_err(refused)?;
                for misreading in dotenv
                    .misreadings
                    .iter()
                    .filter(|misreading| misreading.reader != Reader::RawLines)
                {
                    context.terminal().warn(misreading);
                }
                Ok(dotenv.text)
            }
        }
    }

    fn overwrite(&self) -> Overwrite {
        if self.force {
            Overwrite::Force
        } else {
            Overwrite::Never
        }
    }

    fn write_file(
        &self,
        context: &Context,
        environment: &Environment,
        text: &SecretString,
        path: &Path,
    ) -> Result<Exit, Failure> {
        let (written, notices) =
            write_private(path, text.expose_secret().as_bytes(), self.overwrite())
                .map_err(|error| not_written(&error))?;
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
        tree: &Node,
        directory: &Path,
    ) -> Result<Exit, Failure> {
        let files = render::files(tree, &self.separator).map_err(refused)?;
        let pairs: Vec<(&str, &[u8])> = files
            .iter()
            .map(|file| (file.name.as_str(), file.content.expose_secret().as_bytes()))
            .collect();
        let written = write_directory(directory, &pairs, self.overwrite())
            .map_err(|error| not_written(&error))?;
        written
            .notices
            .iter()
            .for_each(|notice| context.terminal().warn(notice));
        context.terminal().say(format!(
            "{} files in {} are up to date",
            written.files.len(),
            directory.display()
        ));
        Ok(Exit::Done)
    }
}

fn refused(refusal: Refusal) -> Failure {
    Failure::because(&refusal)
}

fn not_written(error: &OutputError) -> Failure {
    let failure = Failure::because(error);
    match error {
        OutputError::Exists { .. } => {
            failure.hint("--force replaces it; what is in it and not in the vault is gone then")
        }
        _ => failure,
    }
}

/// Plaintext in a work tree must be ignored by git, or it is committed one day.
fn refuse_committable(path: &Path, is_directory: bool) -> Result<(), Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Failure::because(&error).within(path.display().to_string()))?;
    let existing = absolute.ancestors().skip(1).find(|folder| folder.is_dir());
    let Some(repo) = existing.map(Repo::around).transpose()?.flatten() else {
        return Ok(());
    };
    let probe = if is_directory {
        absolute.join("SECRET")
    } else {
        absolute
    };
    match repo.would_take(&probe)? {
        false => Ok(()),
        true => {
            let trouble = Trouble::failed(format!(
                "git does not ignore {}: secrets in clear would be committed one day",
                path.display()
            ));
            Err(trouble
                .hint(format!("add it to .gitignore: {}", path.display()))
                .hint("or --force")
                .into())
        }
    }
}
