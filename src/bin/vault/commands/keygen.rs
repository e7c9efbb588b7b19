//! `vault keygen`: an identity of one's own.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use vault::{
    keys::{Identity, Member, lock},
    secret::{ExposeSecret, SecretString},
    vault::{Content, Replacement, WriteError, refuse_bent},
};
use zeroize::Zeroizing;

use super::words;
use crate::{
    context::{Context, IDENTITY_FILE, make_private, work_tree_of},
    failure::{Exit, Failure},
    workspace::Workspace,
};

/// How often two passphrases may differ.
const TRIES: usize = 3;

/// Make an identity: the private key with which you read and sign
///
/// Prints the line to send to a colleague. The private key goes to a file that only you can read, by default to
/// ~/.config/vault/identity.txt, and is never printed. An existing file is never overwritten.
#[derive(Args, Debug)]
pub(crate) struct Keygen {
    /// Write the identity to FILE
    #[arg(short, long, value_name = "FILE", value_parser = words::path())]
    output: Option<PathBuf>,
    /// Lock it with a passphrase, which is asked for
    #[arg(long)]
    passphrase: bool,
    /// Make one to be printed and put away, for the day on which all others are lost; asks for a passphrase, wants --output
    #[arg(long, requires = "output")]
    recovery: bool,
}

impl Keygen {
    /// Makes an identity and tells whose it is.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let path = match &self.output {
            Some(path) if self.recovery => Recovery::place(path)?,
            Some(path) => outside(path, "leave out -o, or choose a place outside")?,
            None => usual_place(context)
                .map_err(|failure| failure.hint("vault keygen -o FILE writes it elsewhere"))?,
        };
        if self.recovery {
            let recovery = Recovery::prepare(context, path)?;
            recovery.write(context)?;
            recovery.tell(context, &[to_be_added(context, &recovery.member)]);
            return print(context, &recovery.member);
        }
        if path.symlink_metadata().is_ok() {
            return Err(exists(&path));
        }
        let passphrase = self.passphrase.then(|| new_passphrase(context));
        let passphrase = passphrase.transpose()?;
        let identity = Identity::generate();
        let text = text(&identity, &context.now());
        let text = match passphrase {
            Some(passphrase) => SecretString::from(lock(&text, &passphrase)),
            None => text,
        };
        if self.output.is_none() {
            make_folder(&path)?;
        }
        write(context, &path, &text)?;
        let said = format!("wrote a new identity to {}", path.display());
        context.terminal().say(said);
        print(context, &identity.member())
    }
}

fn print(context: &Context, member: &Member) -> Result<Exit, Failure> {
    context.terminal().print(&format!("{member}\n"))?;
    Ok(Exit::Done)
}

/// A place for an identity that somebody names; never where git would take it along, and then `hint` says what to do.
fn outside(path: &Path, hint: &str) -> Result<PathBuf, Failure> {
    if path.as_os_str() == "-" {
        let error = "an identity is never printed, because it would stay in logs and on screens";
        return Err(Failure::new(error).hint("write it to a file: -o FILE"));
    }
    refuse_bent(path, None)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder
        .canonicalize()
        .map_err(|error| unwritable(&path, &error))?;
    match work_tree_of(&folder) {
        None => Ok(path.to_owned()),
        Some(tree) => {
            let error = format!(
                "{} lies inside the work tree {}, where it would be committed one day",
                path.display(),
                tree.display()
            );
            Err(Failure::new(error).hint(hint))
        }
    }
}

/// A key that nobody works with, to be printed and put away: locked with a passphrase, and not written yet.
pub(super) struct Recovery {
    path: PathBuf,
    /// Its line; a writer's.
    pub(super) member: Member,
    text: SecretString,
}

impl Recovery {
    /// Where one can lie: outside of every repository, in a file that is not there yet.
    ///
    /// # Errors
    /// Not there.
    pub(super) fn place(path: &Path) -> Result<PathBuf, Failure> {
        let path = outside(path, "choose a place outside")?;
        match path.symlink_metadata() {
            Ok(_) => Err(exists(&path)),
            Err(_) => Ok(path),
        }
    }

    /// Makes one that is to be written to such a place.
    ///
    /// # Errors
    /// Nobody who can be asked for a passphrase.
    pub(super) fn prepare(context: &Context, path: PathBuf) -> Result<Self, Failure> {
        let passphrase = new_passphrase(context)?;
        let identity = Identity::generate();
        let text = lock(&text(&identity, &context.now()), &passphrase);
        Ok(Recovery {
            path,
            member: identity.member(),
            text: SecretString::from(text),
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// It cannot be written, or something is there by now.
    pub(super) fn write(&self, context: &Context) -> Result<(), Failure> {
        write(context, &self.path, &self.text)?;
        let said = format!("wrote a new identity to {}", self.path.display());
        context.terminal().say(said);
        Ok(())
    }

    /// What to do with it; `more` comes in between.
    pub(super) fn tell(&self, context: &Context, more: &[String]) {
        let (terminal, path) = (context.terminal(), self.path.display());
        terminal.say("next:");
        terminal.detail(format!(
            "print {path}; keep the paper, and the passphrase in another place"
        ));
        more.iter().for_each(|line| terminal.detail(line));
        terminal.detail(format!(
            "delete {path}: whoever has it and the passphrase reads everything"
        ));
        terminal.detail(
            "to use it: type the paper into a file, then vault -i FILE recipients add or replace",
        );
    }
}

/// How it comes to be good for something.
fn to_be_added(context: &Context, member: &Member) -> String {
    let environments = Workspace::open(context).map_or_else(
        |_| "ENV…".to_owned(),
        |workspace| {
            let environments = workspace.config().environments();
            let names: Vec<&str> = environments.map(|known| known.name().as_str()).collect();
            names.join(" ")
        },
    );
    format!(
        "vault recipients add recovery '{member}' --env {environments}: it has to be a writer where it is added, or it could not let anybody in"
    )
}

fn usual_place(context: &Context) -> Result<PathBuf, Failure> {
    Ok(context.config_directory()?.join(IDENTITY_FILE))
}

/// Where vault looks for an identity, as long as none is there.
///
/// # Errors
/// There is one already.
pub(super) fn default_place(context: &Context) -> Result<PathBuf, Failure> {
    let path = usual_place(context).map_err(|failure| {
        failure.hint("-i FILE or VAULT_IDENTITY_FILE names an identity that lies elsewhere")
    })?;
    match path.symlink_metadata() {
        Ok(_) => Err(exists(&path)),
        Err(_) => Ok(path),
    }
}

/// Writes a new identity where vault looks for one, without a passphrase.
///
/// # Errors
/// There is one already, or it cannot be written.
pub(super) fn keep(context: &Context, identity: &Identity) -> Result<PathBuf, Failure> {
    let path = default_place(context)?;
    make_folder(&path)?;
    write(context, &path, &text(identity, &context.now()))?;
    Ok(path)
}

/// The content of an identity file, as age-keygen writes it and age and sops read it.
fn text(identity: &Identity, now: &str) -> SecretString {
    let secret = identity
        .secret_text()
        .expect("a generated identity is one of age");
    let recipient = identity.recipient();
    let start = format!("# created: {now}\n# public key: {recipient}\n");
    // One buffer of the right size: no copy stays behind in a smaller one.
    let mut text = Zeroizing::new(String::with_capacity(start.len() + 128));
    text.push_str(&start);
    text.push_str(secret.expose_secret());
    text.push('\n');
    SecretString::from(text.as_str())
}

fn new_passphrase(context: &Context) -> Result<SecretString, Failure> {
    let terminal = context.terminal();
    let ask = |question| {
        let answer = terminal.passphrase(question);
        answer.map_err(|error| Failure::from(error).within("no passphrase was chosen"))
    };
    for _ in 0..TRIES {
        let first = ask("New passphrase:")?;
        if first.expose_secret().is_empty() {
            terminal.say("an empty passphrase locks nothing");
            continue;
        }
        let second = ask("Once more:")?;
        if first.expose_secret() == second.expose_secret() {
            return Ok(first);
        }
        terminal.say("they differ");
    }
    Err(Failure::new("no passphrase was chosen"))
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    let folder = path
        .parent()
        .expect("it lies in the configuration directory");
    make_private(folder).map_err(|error| {
        Failure::because(&error).within(format!("cannot make {}", folder.display()))
    })
}

/// Writes a new file, private from its first byte; all of it or none, also when the process is killed meanwhile.
fn write(context: &Context, path: &Path, text: &SecretString) -> Result<(), Failure> {
    // What is no regular file exists, too.
    if path.symlink_metadata().is_ok() {
        return Err(exists(path));
    }
    let bytes = text.expose_secret().as_bytes();
    let notices = Replacement::prepare(path, bytes, Content::Private)
        .and_then(Replacement::only_new)
        .and_then(Replacement::commit)
        .map_err(|error| match error {
            WriteError::Exists { .. } => exists(path),
            error => Failure::because(&error),
        })?;
    context.terminal().warn_each(&notices);
    Ok(())
}

fn exists(path: &Path) -> Failure {
    Failure::new(format!(
        "{} exists already, and is never overwritten",
        path.display()
    ))
    .hint("vault whoami shows the identities that you have")
    .hint("vault keygen -o FILE makes another one")
}

fn unwritable(path: &dyn AsRef<Path>, error: &io::Error) -> Failure {
    Failure::because(error).within(format!("cannot write {}", path.as_ref().display()))
}
