//! `vault git install`: the drivers in git's config, and the attributes that ask for them.

use std::path::Path;

use clap::Args;

use super::{
    attributes::{Place, ask},
    hook, repository,
};
use crate::{
    commands::git_files::{Attributes, GitFile},
    context::Context,
    failure::{Exit, Failure},
    repo::{Drivers, Found, Repo},
    workspace::{ATTRIBUTES, Workspace},
};

/// Let git merge and show secret files by key, with this program
///
/// Sets the drivers in the config of this clone and makes .gitattributes ask for them. Every command that writes does the first by
/// itself where the attributes ask; this one is for whoever wants it before, or another way. With --hook git also asks vault before every
/// commit; another hook that is there stays, and the line is shown that calls vault from it.
#[derive(Args, Debug)]
pub(crate) struct Install {
    /// Check what is about to be committed, before every commit
    #[arg(long)]
    hook: bool,
    /// Ask for the drivers in .git/info/attributes, which is not committed
    #[arg(long)]
    private: bool,
    /// Put vault in the place of another program; uninstall puts that back
    #[arg(long)]
    force: bool,
}

impl Install {
    /// Does what is not done yet, and says what it was.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let repo = repository(&workspace)?;
        // The hook, and what finishes a merge, read the index.
        repo.expect_index()?;
        let drivers = Drivers::of(&context.program()?)?;
        let is_set = self.set(repo, &drivers)?;
        let place = match self.private {
            true => Place::Private,
            false => Place::Committed,
        };
        let is_asked = ask(&workspace, repo, place)?;
        let terminal = context.terminal();
        if is_set {
            terminal.say("git of this clone merges and shows secret files by key from now on");
        }
        if is_asked {
            terminal.say(place.told());
        }
        if !is_set && !is_asked {
            terminal.say("nothing to do: git merges and shows secret files by key");
        }
        for line in workspace.overruled(repo)? {
            terminal.warn(line);
        }
        for file in GitFile::all(&workspace)? {
            tell_of_line_ends(context, repo, file)?;
        }
        if self.hook {
            terminal.say(match hook::install(context, repo)? {
                true => "git checks every commit of this clone from now on",
                false => "nothing to do: git checks every commit",
            });
        }
        Ok(Exit::Done)
    }

    /// Sets the drivers; returns whether they were not as they should be.
    fn set(&self, repo: &Repo, drivers: &Drivers) -> Result<bool, Failure> {
        let mut config = repo.driver_config()?;
        let is_set = match config.find(drivers) {
            Found::InOrder => false,
            Found::Lacking => config.set(drivers).map(|()| true)?,
            Found::Foreign(_) if self.force => config.replace(drivers).map(|()| true)?,
            Found::Foreign(keys) => return Err(foreign(&keys)),
        };
        config.welcome()?;
        Ok(is_set)
    }
}

/// Whose lines do not end as git's attributes say, which may be older than vault: git rewrites all of them.
fn tell_of_line_ends(context: &Context, repo: &Repo, known: GitFile<'_>) -> Result<(), Failure> {
    let path = Path::new(known.file.as_str());
    let is = |name, value| {
        let found = repo.attribute(path, name);
        found.map(|found| found.as_deref() == Some(value))
    };
    if known.has_crlf && is("eol", "lf")? && !is("text", "unset")? {
        let file = known.file;
        context.terminal().warn(format!(
            "the lines of {file} end in CRLF, and git's attributes say eol=lf for it: the next git add rewrites all of them"
        ));
        context.terminal().hint(format!(
            "{} as the last line of {ATTRIBUTES} leaves them as they are",
            Attributes::left_alone(file).line()
        ));
    }
    Ok(())
}

fn foreign(keys: &[&str]) -> Failure {
    let text = format!("git's config calls another program: {}", keys.join(", "));
    let places = r"git config --show-origin --get-regexp '^(merge|diff)\.vault' shows where";
    Failure::new(text).hint(places).hint(
        "vault git install --force puts vault in its place, and vault git uninstall puts it back",
    )
}
