//! `vault init`: a vault in this repository.

mod advice;
mod asking;
mod fork;
mod from_sops;
mod naming;
mod people;
mod promises;
mod recovery;
mod search;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use vault::{
    adoption::usual_default,
    config::{FilePath, NewConfig, NewEnvironment, RepositoryId, template},
    keys::{Identity, Member},
    members::Origin,
    sealed::{Opened, Signer},
    sops::EVERYTHING,
    value::{EnvName, Name},
    vault::{CONFIG, Change, Locks, Root, RootError, Shown, Store},
};

use asking::ask;
use naming::{NamedFile, Naming};

use super::{
    git_files::{IGNORED, attributes_change, attributes_of, with_lines},
    keygen, words,
};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::Repo,
    workspace::{
        LostConfig, Trouble, Workspace, finish_interrupted, instead_of_link, is_git_folder,
        last_readable, new_repository_id, refuse_birth_in, refuse_to_make,
    },
};

/// Make a vault in this repository
///
/// Writes .vault.yaml and an empty, signed file for each environment, makes an identity if you have none, and tells git which files
/// to ignore. Nothing is overwritten. What is not given as an option is asked for.
///
/// With --from-sops the files that sops has encrypted become the environments: they stay byte for byte as they are, not signed, with the
/// recipients that they have, and sops goes on editing them. The plan is shown first.
#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Your name in the vault; with --from-sops also NAME=RECIPIENT for somebody else, repeatable
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<Naming>,
    /// An environment to begin with; can be repeated (dev and prod, unless others are named). With --from-sops NAME=FILE, where the
    /// path of the file does not say it; FILE counts from the top of the repository
    #[arg(long = "env", value_name = "NAME", num_args = 1..)]
    environments: Vec<NamedFile>,
    /// Adopt the files that sops has encrypted
    #[arg(long)]
    from_sops: bool,
    /// Give a fork of a repository an id of its own: the log of every file begins anew, and the files of one are no longer accepted in the
    /// other
    #[arg(long, conflicts_with_all = ["names", "environments", "from_sops"])]
    fork: bool,
    /// Write a key for recovery to FILE, outside of the repository: to be printed and put away. It reads and writes every environment;
    /// asks for a passphrase
    #[arg(long, value_name = "FILE", value_parser = words::path(), conflicts_with_all = ["fork", "from_sops"])]
    recovery: Option<PathBuf>,
    /// Make another vault, although git still has the .vault.yaml of one
    #[arg(long, conflicts_with = "fork")]
    anew: bool,
    /// Ask nothing
    #[arg(long)]
    yes: bool,
}

impl Init {
    /// Writes everything, or nothing.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        if self.fork {
            return fork::run(context, self.yes);
        }
        let plan = || {
            let root = Root::plan(context.directory());
            root.map_err(|error| no_place(context, &error, self.from_sops))
        };
        // An earlier run may have been killed when all was ready: then there is a vault once that is finished.
        finish_interrupted(context, &plan()?)?;
        let root = plan()?;
        refuse_folder_of_git(&root)?;
        if !self.anew {
            refuse_lost(context)?;
        }
        if self.from_sops {
            return from_sops::run(self, context, &root);
        }
        if !self.yes && !context.terminal().can_ask() {
            return Err(Failure::new("there is no terminal to ask")
                .hint("vault init --name NAME --env dev prod --yes"));
        }
        let name = self.name(context, &root)?;
        let environments = self.environments(context)?;
        refuse_existing(context, &root, &environments)?;
        let recovery = self.recovery(context, &name)?;
        let (member, made) = identity(context)?;
        let id = new_repository_id();
        let members = recovery.iter().map(recovery::member);
        let plan = Plan {
            root: &root,
            members: [(name, member.clone())]
                .into_iter()
                .chain(members)
                .collect(),
            environments: &environments,
            id: &id,
        };
        let identity = match &made {
            Some(identity) => identity,
            None => own_identity(context, &member)?,
        };
        let changes = plan.changes(identity, &context.now())?;
        let files = changes.iter().take(1 + environments.len());
        let files = files.map(|change| (change.path.as_path(), change.bytes.as_slice()));
        refuse_to_make(context, &root, files)?;
        let store = store(context, &root)?;
        if let Some(identity) = &made {
            let path = keygen::keep(context, identity)?;
            context.terminal().say(format!(
                "wrote a new identity to {}; keep a copy of it in a safe place",
                path.display()
            ));
        }
        if let Some(recovery) = &recovery {
            recovery.write(context)?;
        }
        let saved = store
            .save_all(&changes)
            .map_err(|error| Failure::because(&error))?;
        context.terminal().warn_each(&saved.notices);
        let workspace = Workspace::open(context)?;
        workspace.remember(&changes);
        tell_written(context, &root, &saved.written);
        workspace.tell_left_out(saved.written.iter().map(PathBuf::as_path));
        workspace.set_up_drivers();
        tell_others(context, &root)?;
        tell_next(context, &environments[0]);
        if let Some(recovery) = &recovery {
            recovery.tell(context, &[]);
        }
        Ok(Exit::Done)
    }

    fn name(&self, context: &Context, root: &Root) -> Result<Name, Failure> {
        match self.names.as_slice() {
            [] => {}
            [Naming::Own(name)] => return Ok(name.clone()),
            [Naming::Of(..), ..] => {
                return Err(Failure::new("--name NAME=RECIPIENT goes with --from-sops")
                    .hint("somebody else is added to .vault.yaml afterwards, and vault sync brings the files in line"));
            }
            _ => return Err(Failure::new("you have one name in the vault")),
        }
        let guess = guessed_name(context, root);
        if self.yes {
            return guess.ok_or_else(|| Failure::new("your name is not known").hint("--name NAME"));
        }
        let question = guess.as_ref().map_or_else(
            || "Your name in the vault:".to_owned(),
            |guess| format!("Your name in the vault [{guess}]:"),
        );
        ask(context.terminal(), &question, |answer| {
            match (answer, &guess) {
                ("", Some(guess)) => Ok(guess.clone()),
                (answer, _) => named(answer),
            }
        })
    }

    fn environments(&self, context: &Context) -> Result<Vec<EnvName>, Failure> {
        let usual = || {
            ["dev", "prod"]
                .map(|name| name.parse().expect("a valid name"))
                .to_vec()
        };
        if !self.environments.is_empty() {
            let name = |named: &NamedFile| match &named.file {
                None => Ok(named.name.clone()),
                Some(_) => Err(Failure::new("--env NAME=FILE goes with --from-sops")
                    .hint("vault env add NAME --file FILE gives a new environment another file")),
            };
            return self.environments.iter().map(name).collect();
        }
        if self.yes {
            return Ok(usual());
        }
        let question = "Environments [dev prod]:";
        ask(context.terminal(), question, |answer| {
            let named = words::names(answer)?;
            Ok(if named.is_empty() { usual() } else { named })
        })
    }
}

/// A name that somebody has typed.
fn named(answer: &str) -> Result<Name, Failure> {
    let name = answer.parse::<Name>();
    name.map_err(|error| Failure::because(&error).within("name"))
}

fn no_place(context: &Context, error: &RootError, from_sops: bool) -> Failure {
    let failure = Failure::because(error);
    match error {
        RootError::Exists { .. } => failure.hint(unread(context).unwrap_or_else(|| match from_sops {
            true => "vault env add NAME --file FILE says how one more file of sops comes in".to_owned(),
            false => "vault set ENV KEY puts a value into it; vault whoami prints the line to add for somebody new".to_owned(),
        })),
        _ => failure,
    }
}

/// How a config comes back in whose place there is something that cannot be read.
fn unread(context: &Context) -> Option<String> {
    let Ok(root) = Root::find(context.directory()) else {
        return instead_of_link(context);
    };
    let is_read = Workspace::open(context).is_ok();
    (!is_read).then(|| last_readable(context, &root)).flatten()
}

/// A bare repository has no work tree: what is written among its own files is in no commit.
fn refuse_folder_of_git(root: &Root) -> Result<(), Failure> {
    let directory = root.directory();
    let has_work_tree = Repo::open(directory)?.is_some();
    match !has_work_tree && directory.ancestors().any(is_git_folder) {
        false => Ok(()),
        true => Err(Failure::new(format!(
            "{} belongs to a git repository without a work tree: what is written there is in no commit",
            Shown(directory)
        ))
        .hint("git clone makes a work tree of it: type the command there")),
    }
}

/// A vault whose config git still has is there, and only its config is not: another one would take its place under another id.
fn refuse_lost(context: &Context) -> Result<(), Failure> {
    let Some(lost) = LostConfig::ever_of(context.directory()) else {
        return Ok(());
    };
    let failure = Failure::new(
        "there was a vault here: its .vault.yaml is gone, and git still has it; a new vault would not accept its files",
    );
    Err(lost
        .told(context, failure)
        .hint("vault init --anew makes another vault all the same"))
}

/// The first name that git or the system has for the person, as a name of the vault.
pub(super) fn guessed_name(context: &Context, root: &Root) -> Option<Name> {
    let from_git = Repo::open(root.directory())
        .ok()
        .flatten()
        .and_then(|repo| repo.user_name());
    let from_system = || {
        context
            .environment()
            .get("USER")
            .or_else(|| context.environment().get("LOGNAME"))
            .and_then(|name| name.into_string().ok())
    };
    let full = from_git.or_else(from_system)?.to_lowercase();
    full.split_whitespace().next()?.parse().ok()
}

/// The person's line, and the identity if a new one is needed; nothing is written yet.
pub(super) fn identity(context: &Context) -> Result<(Member, Option<Identity>), Failure> {
    let writes = |member: &Member| member.writes_with().is_some();
    let known = |context: &Context| {
        context
            .identities()
            .findings()
            .0
            .into_iter()
            .find_map(|finding| finding.member.filter(writes))
    };
    if let Some(member) = known(context) {
        return Ok((member, None));
    }
    let (findings, failures) = context.identities().findings();
    if let Some(failure) = failures.into_iter().next() {
        return Err(failure);
    }
    if !findings.is_empty() {
        context.identities().unlock_all()?;
        if let Some(member) = known(context) {
            return Ok((member, None));
        }
    }
    keygen::default_place(context)?;
    let identity = Identity::generate();
    Ok((identity.member(), Some(identity)))
}

fn own_identity<'c>(context: &'c Context, member: &Member) -> Result<&'c Identity, Failure> {
    let keys: Vec<_> = member.writes_with().into_iter().cloned().collect();
    let identity = context.identities().signer(&keys)?;
    identity.ok_or_else(|| Failure::new("your identity cannot sign"))
}

/// An environment's file that lies there already, or did in the last commit, is somebody's: never taken over, never replaced.
fn refuse_existing(
    context: &Context,
    root: &Root,
    environments: &[EnvName],
) -> Result<(), Failure> {
    let repo = Repo::open(root.directory())?;
    for name in environments {
        let file = FilePath::of_environment(name)
            .map_err(|error| Failure::because(&error).within(name.as_str()))?;
        let place = root
            .resolve(Path::new(file.as_str()))
            .map_err(Trouble::from)?;
        if place.exists() {
            return Err(Failure::new(format!("{file} is there already"))
                .hint("move it away, or choose other names with --env"));
        }
        if let Some(repo) = &repo {
            refuse_birth_in(repo, name, file.as_str(), context.standing())?;
        }
    }
    Ok(())
}

struct Plan<'p> {
    root: &'p Root,
    /// Everybody who reads and writes everything.
    members: BTreeMap<Name, Member>,
    environments: &'p [EnvName],
    id: &'p RepositoryId,
}

impl Plan<'_> {
    fn changes(&self, identity: &Identity, now: &str) -> Result<Vec<Change>, Failure> {
        let mut changes = vec![Change {
            path: CONFIG.into(),
            expected: None,
            bytes: self.config()?.into_bytes(),
        }];
        for name in self.environments {
            changes.push(self.file(name, identity, now)?);
        }
        changes.push(attributes_change(self.root, &attributes_of(&[]))?);
        changes.push(with_lines(self.root, ".gitignore", IGNORED)?);
        Ok(changes)
    }

    fn config(&self) -> Result<String, Failure> {
        let environment = |name: &EnvName| NewEnvironment {
            name: name.clone(),
            recipients: self.members.keys().cloned().collect(),
            writers: None,
            extends: Vec::new(),
            file: None,
            signed: true,
            local: false,
        };
        let new = NewConfig {
            repository: Some(self.id.clone()),
            default: default_among(self.environments),
            members: self.members.clone().into_iter().collect(),
            environments: self.environments.iter().map(environment).collect(),
        };
        template(&new).map_err(|error| Failure::because(&error))
    }

    fn file(&self, name: &EnvName, identity: &Identity, now: &str) -> Result<Change, Failure> {
        let members = self.members.clone();
        let origin = Origin {
            repository: self.id.as_str().to_owned(),
            environment: name.clone(),
            rule: vec![("unencrypted_regex".to_owned(), EVERYTHING.to_owned())],
            extends: Vec::new(),
        };
        let signer = Signer::among(std::slice::from_ref(identity), &members);
        let opened = Opened::create(origin, members, now).map_err(Trouble::from)?;
        let sealed = opened.seal(signer.as_ref(), now).map_err(Trouble::from)?;
        let path = FilePath::of_environment(name).map_err(|error| Failure::because(&error))?;
        Ok(Change {
            path: path.as_str().into(),
            expected: None,
            bytes: sealed.text().as_bytes().to_vec(),
        })
    }
}

fn store(context: &Context, root: &Root) -> Result<Store, Failure> {
    Ok(Store::new(
        root.clone(),
        Locks::new(&context.locks_directory()?),
        &context.state_directory()?.join("journals"),
    ))
}

/// The environment that commands mean when none is named: the one to work in, else the first.
fn default_among(environments: &[EnvName]) -> Option<EnvName> {
    let found = usual_default(environments);
    found.or_else(|| environments.first()).cloned()
}

/// Two vaults beside each other are two; one above the other stops it.
fn tell_others(context: &Context, root: &Root) -> Result<(), Failure> {
    let Some(repo) = Repo::open(root.directory())? else {
        return Ok(());
    };
    let terminal = context.terminal();
    for (folder, _) in &*repo.elsewhere_in_head(CONFIG)? {
        if root.directory().join(folder).join(CONFIG).is_file() {
            let folder = Shown(folder);
            terminal.warn(format!(
                "a vault is in {folder}, too: every command there stops (2) while there is one above it"
            ));
            terminal.hint("a repository has one vault; move the environments of both into one");
        }
    }
    Ok(())
}

fn tell_next(context: &Context, first: &EnvName) {
    context.terminal().say(format!(
        "next: vault set {first} KEY, then commit these files"
    ));
}

fn tell_written(context: &Context, root: &Root, written: &[PathBuf]) {
    let names: Vec<String> = written
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let place = match root.directory() == context.directory() {
        true => String::new(),
        false => format!(" in {}", root.directory().display()),
    };
    context
        .terminal()
        .say(format!("wrote {}{place}", names.join(", ")));
}
