//! One place where identities may be, and what was found there.

use std::{
    cell::OnceCell,
    fmt, fs,
    io::Read,
    path::{Path, PathBuf},
    str,
};

use vault::keys::{
    Identity, IdentityError, IdentityFile, IdentityFileError, LockedIdentity, Recipient,
};
use zeroize::Zeroizing;

use super::{
    Surroundings, command,
    file::{self, Choice},
};
use crate::{
    context::typed::KeyForFile,
    failure::Failure,
    terminal::{PromptError, Terminal},
};

/// How often a passphrase may be wrong.
const TRIES: usize = 3;

/// Bytes in a public key file, at most: longer ones are of kinds that vault does not use.
const PUBLIC_BYTES: u64 = 4096;

/// Where identities may be.
#[derive(Debug)]
pub(super) enum Origin {
    /// `-i FILE`.
    Option(PathBuf),
    /// A variable that holds the key itself.
    Variable(&'static str),
    /// A variable that names a file.
    FileVariable(&'static str, PathBuf),
    /// A variable that is to name a file, and holds a private key: it is not repeated.
    KeyForFile(&'static str),
    /// A variable that holds a command.
    Command(&'static str),
    /// A file where vault keeps one.
    Discovered(PathBuf),
    /// A file where sops keeps them.
    DiscoveredOfSops(PathBuf),
    /// The user's SSH key.
    Ssh(PathBuf),
}

impl Origin {
    fn file(&self) -> Option<(&Path, Choice)> {
        match self {
            Origin::Option(path) | Origin::FileVariable(_, path) => Some((path, Choice::Named)),
            Origin::Discovered(path) | Origin::DiscoveredOfSops(path) | Origin::Ssh(path) => {
                Some((path, Choice::Discovered))
            }
            Origin::Variable(_) | Origin::KeyForFile(_) | Origin::Command(_) => None,
        }
    }

    /// Whether both are one file, which is there.
    pub(super) fn is_same_file(&self, other: &Origin) -> bool {
        let place = |origin: &Origin| origin.file().and_then(|(path, _)| path.canonicalize().ok());
        place(self).is_some_and(|own| Some(own) == place(other))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Option(path) => write!(f, "{} (-i)", path.display()),
            Origin::FileVariable(name, path) => write!(f, "{} ({name})", path.display()),
            Origin::Variable(name) | Origin::KeyForFile(name) | Origin::Command(name) => {
                f.write_str(name)
            }
            Origin::Discovered(path) | Origin::DiscoveredOfSops(path) | Origin::Ssh(path) => {
                write!(f, "{}", path.display())
            }
        }
    }
}

/// That a private key stands in the place of a file's name.
pub(super) fn key_for_file() -> Failure {
    Failure::because(&KeyForFile)
        .hint("put it into a file that nobody else can read, and name that; VAULT_IDENTITY takes the key itself")
}

/// A place and, once somebody has looked, what was there.
pub(super) struct Source {
    origin: Origin,
    keys: OnceCell<Option<Keys>>,
}

impl Source {
    pub(super) fn new(origin: Origin) -> Self {
        Source {
            origin,
            keys: OnceCell::new(),
        }
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What is there, read the first time; `None` where nothing is.
    pub(super) fn keys(&self, surroundings: &Surroundings) -> Result<Option<&Keys>, Failure> {
        let keys = match self.keys.get() {
            Some(keys) => keys,
            None => {
                let keys = self
                    .read(surroundings)
                    .map_err(|failure| failure.within(format!("identity from {}", self.origin)))?;
                self.keys.get_or_init(|| keys)
            }
        };
        Ok(keys.as_ref())
    }

    /// What was there, if somebody has looked.
    pub(super) fn seen(&self) -> Option<&Keys> {
        self.keys.get().and_then(Option::as_ref)
    }

    fn read(&self, surroundings: &Surroundings) -> Result<Option<Keys>, Failure> {
        let parsed = match &self.origin {
            Origin::Variable(name) => {
                let text = surroundings.environment.text(name)?;
                text.map(|text| IdentityFile::parse_variable(&text))
            }
            Origin::KeyForFile(_) => return Err(key_for_file()),
            Origin::Command(name) => command::output(name, surroundings)?.map(|text| output(&text)),
            _ => {
                let (path, choice) = self.origin.file().expect("what is left are files");
                file::read(path, choice, surroundings)?.map(|content| IdentityFile::parse(&content))
            }
        };
        match (parsed, &self.origin) {
            (None, _) => Ok(None),
            (Some(Ok(file)), _) => Ok(Some(Keys::of(file))),
            // It works for sops, and must not keep the other identities from being used.
            (Some(Err(error)), Origin::DiscoveredOfSops(_)) if is_unsupported(&error) => {
                Ok(Some(Keys::default()))
            }
            (Some(Err(error)), _) => Err(error.into()),
        }
    }

    /// The public key that lies beside a private one; `None` if it is not there or of another kind.
    pub(super) fn public_half(&self) -> Option<Recipient> {
        let (path, _) = self.origin.file()?;
        path.symlink_metadata().ok()?;
        let mut name = path.as_os_str().to_owned();
        name.push(".pub");
        let mut text = String::new();
        let file = fs::File::open(name).ok()?;
        file.take(PUBLIC_BYTES).read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }
}

/// A password manager prints text as it would stand in a variable; an encrypted file may be binary.
fn output(content: &Zeroizing<Vec<u8>>) -> Result<IdentityFile, IdentityFileError> {
    match str::from_utf8(content) {
        Ok(text) => IdentityFile::parse_variable(text),
        Err(_) => IdentityFile::parse(content),
    }
}

fn is_unsupported(error: &IdentityFileError) -> bool {
    matches!(
        error,
        IdentityFileError::Line {
            source: IdentityError::Plugin | IdentityError::PostQuantum,
            ..
        }
    )
}

/// What a source holds.
#[derive(Default)]
pub(super) struct Keys {
    open: Vec<Identity>,
    locked: Option<LockedIdentity>,
    unlocked: OnceCell<Vec<Identity>>,
}

impl Keys {
    fn of(file: IdentityFile) -> Self {
        match file {
            IdentityFile::Open(open) => Keys {
                open,
                ..Keys::default()
            },
            IdentityFile::Locked(locked) => Keys {
                locked: Some(locked),
                ..Keys::default()
            },
        }
    }

    /// Those that can be used now.
    pub(super) fn unlocked(&self) -> impl Iterator<Item = &Identity> {
        let unlocked = self.unlocked.get().into_iter().flatten();
        self.open.iter().chain(unlocked)
    }

    /// Whether a passphrase stands before them.
    pub(super) fn is_locked(&self) -> bool {
        self.locked.is_some() && self.unlocked.get().is_none()
    }

    /// Whether there is something, but nothing that vault can use.
    pub(super) fn is_unsupported(&self) -> bool {
        self.open.is_empty() && self.locked.is_none()
    }

    /// The public key of what is locked, where it can be told.
    pub(super) fn locked_for(&self) -> Option<&Recipient> {
        let locked = self.locked.as_ref().filter(|_| self.is_locked());
        locked.and_then(LockedIdentity::recipient)
    }

    /// Asks for the passphrase, unless that was done before.
    pub(super) fn unlock(
        &self,
        origin: &Origin,
        terminal: Terminal,
    ) -> Result<&[Identity], Failure> {
        let (Some(locked), None) = (&self.locked, self.unlocked.get()) else {
            return Ok(self.unlocked.get().map_or(&[], Vec::as_slice));
        };
        let identities = unlock(locked, origin, terminal)?;
        Ok(self.unlocked.get_or_init(|| identities))
    }
}

fn unlock(
    locked: &LockedIdentity,
    origin: &Origin,
    terminal: Terminal,
) -> Result<Vec<Identity>, Failure> {
    for _ in 0..TRIES {
        let passphrase = terminal
            .passphrase(&format!("Passphrase of {origin}:"))
            .map_err(|error| unasked(error, origin))?;
        match locked.unlock(&passphrase) {
            Ok(identities) => return Ok(identities),
            Err(IdentityFileError::WrongPassphrase) => terminal.say("wrong passphrase"),
            Err(error) => {
                return Err(Failure::from(error).within(format!("identity from {origin}")));
            }
        }
    }
    Err(Failure::new(format!(
        "the identity from {origin} stays locked after {TRIES} wrong passphrases"
    )))
}

fn unasked(error: PromptError, origin: &Origin) -> Failure {
    let place = format!("the identity from {origin} is locked with a passphrase");
    let is_nobody_there = matches!(error, PromptError::NoTerminal);
    let failure = Failure::from(error).within(place);
    match is_nobody_there {
        true => failure.hint(
            "without a terminal, give an identity that is not locked: VAULT_IDENTITY, VAULT_IDENTITY_FILE or VAULT_IDENTITY_CMD",
        ),
        false => failure,
    }
}
