//! The private keys of whoever runs the program: from where, in which order, and which one fits.
//!
//! Sources are read one after the other, and only until an identity fits: nobody is asked for a passphrase, no password manager
//! is started and no file is complained about that the command does not need. What `-i` names is always read.

mod command;
mod file;
mod source;

use std::{fmt, path::PathBuf};

use vault::keys::{Identity, Member, Recipient, VerifyingKey};

use super::{Environment, directories::Directories, typed::is_key};
use crate::{failure::Failure, terminal::Terminal};
use source::{Keys, Origin, Source, key_for_file};

/// Where identities come from and what was found so far.
pub(crate) struct Identities {
    surroundings: Surroundings,
    sources: Vec<Source>,
    /// `~/.ssh/id_ed25519`: opened only where its public half says that it fits, and nothing else surely does.
    ssh: Option<Source>,
}

/// What a source needs to know.
struct Surroundings {
    environment: Environment,
    work_tree: Option<PathBuf>,
    terminal: Terminal,
}

/// What an identity is needed for.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// To open what is wrapped for one of these.
    Opener(&'a [Recipient]),
    /// To sign with one of these.
    Signer(&'a [VerifyingKey]),
}

impl Wanted<'_> {
    fn is(self, identity: &Identity) -> bool {
        match self {
            Wanted::Opener(recipients) => recipients.contains(identity.recipient()),
            Wanted::Signer(keys) => keys.contains(&identity.verifying_key()),
        }
    }

    /// Tells for an SSH key, whose public half says everything.
    fn is_public(self, key: &Recipient) -> bool {
        match self {
            Wanted::Opener(recipients) => recipients.contains(key),
            Wanted::Signer(keys) => key.ssh().is_some_and(|key| keys.contains(key)),
        }
    }
}

impl Identities {
    pub(super) fn new(
        environment: &Environment,
        work_tree: Option<PathBuf>,
        named: &[PathBuf],
    ) -> Self {
        let ssh = environment.home().map(|home| home.join(".ssh/id_ed25519"));
        Identities {
            sources: origins(environment, named)
                .into_iter()
                .map(Source::new)
                .collect(),
            ssh: ssh.map(|path| Source::new(Origin::Ssh(path))),
            surroundings: Surroundings {
                environment: environment.clone(),
                work_tree,
                terminal: Terminal,
            },
        }
    }

    /// The first identity that opens what is wrapped for one of these recipients; `None` if there is none.
    ///
    /// Asks for a passphrase where only a locked one may fit, once for each in a process.
    ///
    /// # Errors
    /// When a source that must be looked at cannot be used, or stays locked.
    pub(crate) fn opener(&self, recipients: &[Recipient]) -> Result<Option<&Identity>, Failure> {
        self.first(Wanted::Opener(recipients))
    }

    /// Whether one that is locked may open what is wrapped for one of these recipients, as far as can be told.
    ///
    /// # Errors
    /// When a source that must be looked at cannot be used.
    pub(crate) fn may_unlock(&self, recipients: &[Recipient]) -> Result<bool, Failure> {
        let wanted = Wanted::Opener(recipients);
        let may_fit = |keys: &Keys| match keys.locked_for() {
            Some(key) => wanted.is_public(key),
            None => keys.is_locked(),
        };
        for source in &self.sources {
            if source.keys(&self.surroundings)?.is_some_and(may_fit) {
                return Ok(true);
            }
        }
        Ok(self.own_ssh_keys(wanted)?.is_some_and(may_fit))
    }

    /// The first identity that signs with one of these keys; otherwise as `opener`.
    ///
    /// # Errors
    /// As `opener`.
    pub(crate) fn signer(&self, keys: &[VerifyingKey]) -> Result<Option<&Identity>, Failure> {
        self.first(Wanted::Signer(keys))
    }

    /// As `opener`, and nobody is asked for anything: what is locked counts as not there.
    ///
    /// # Errors
    /// When a source that must be looked at cannot be used.
    pub(crate) fn opener_at_hand(
        &self,
        recipients: &[Recipient],
    ) -> Result<Option<&Identity>, Failure> {
        self.at_hand(Wanted::Opener(recipients))
    }

    /// As `signer`, and nobody is asked for anything.
    ///
    /// # Errors
    /// As `opener_at_hand`.
    pub(crate) fn signer_at_hand(
        &self,
        keys: &[VerifyingKey],
    ) -> Result<Option<&Identity>, Failure> {
        self.at_hand(Wanted::Signer(keys))
    }

    fn at_hand(&self, wanted: Wanted<'_>) -> Result<Option<&Identity>, Failure> {
        self.read_named()?;
        if let Some(identity) = self.unlocked(wanted)? {
            return Ok(Some(identity));
        }
        let Some(keys) = self.own_ssh_keys(wanted)? else {
            return Ok(None);
        };
        Ok(keys.unlocked().find(|identity| wanted.is(identity)))
    }

    fn first(&self, wanted: Wanted<'_>) -> Result<Option<&Identity>, Failure> {
        self.read_named()?;
        if let Some(identity) = self.unlocked(wanted)? {
            return Ok(Some(identity));
        }
        if let Some(identity) = self.surely_locked(wanted)? {
            return Ok(Some(identity));
        }
        if let Some(identity) = self.ssh_key(wanted)? {
            return Ok(Some(identity));
        }
        self.perhaps_locked(wanted)
    }

    fn read_named(&self) -> Result<(), Failure> {
        let is_named = |source: &&Source| matches!(source.origin(), Origin::Option(_));
        for source in self.sources.iter().filter(is_named) {
            source.keys(&self.surroundings)?;
        }
        Ok(())
    }

    fn unlocked(&self, wanted: Wanted<'_>) -> Result<Option<&Identity>, Failure> {
        for source in &self.sources {
            let keys = source.keys(&self.surroundings)?;
            let found = keys.and_then(|keys| keys.unlocked().find(|identity| wanted.is(identity)));
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Locked SSH keys tell whose they are.
    fn surely_locked(&self, wanted: Wanted<'_>) -> Result<Option<&Identity>, Failure> {
        self.unlocking(wanted, |keys| {
            keys.locked_for().is_some_and(|key| wanted.is_public(key))
        })
    }

    /// Locked age identities do not.
    fn perhaps_locked(&self, wanted: Wanted<'_>) -> Result<Option<&Identity>, Failure> {
        self.unlocking(wanted, |keys| {
            keys.is_locked() && keys.locked_for().is_none()
        })
    }

    fn unlocking(
        &self,
        wanted: Wanted<'_>,
        may_fit: impl Fn(&Keys) -> bool,
    ) -> Result<Option<&Identity>, Failure> {
        for source in &self.sources {
            let keys = source.keys(&self.surroundings)?;
            let Some(keys) = keys.filter(|keys| may_fit(keys)) else {
                continue;
            };
            let identities = keys.unlock(source.origin(), self.surroundings.terminal)?;
            if let Some(identity) = identities.iter().find(|identity| wanted.is(identity)) {
                return Ok(Some(identity));
            }
        }
        Ok(None)
    }

    fn ssh_key(&self, wanted: Wanted<'_>) -> Result<Option<&Identity>, Failure> {
        let (Some(source), Some(keys)) = (&self.ssh, self.own_ssh_keys(wanted)?) else {
            return Ok(None);
        };
        if keys.is_locked() {
            keys.unlock(source.origin(), self.surroundings.terminal)?;
        }
        Ok(keys.unlocked().find(|identity| wanted.is(identity)))
    }

    /// What `~/.ssh/id_ed25519` holds, locked or not, where its public half says that it fits.
    fn own_ssh_keys(&self, wanted: Wanted<'_>) -> Result<Option<&Keys>, Failure> {
        let is_it = |source: &&Source| {
            let half = source.public_half();
            half.is_some_and(|key| wanted.is_public(&key))
        };
        match self.ssh.as_ref().filter(is_it) {
            Some(source) => source.keys(&self.surroundings),
            None => Ok(None),
        }
    }

    /// What every source holds, and what went wrong with the others. Asks for no passphrase.
    pub(crate) fn findings(&self) -> (Vec<Finding>, Vec<Failure>) {
        let (mut findings, mut failures) = (Vec::new(), Vec::new());
        for source in &self.sources {
            match source.keys(&self.surroundings) {
                Ok(Some(keys)) => findings.extend(of_keys(source.origin(), keys)),
                Ok(None) => {}
                Err(failure) => failures.push(failure),
            }
        }
        findings.extend(self.ssh.as_ref().and_then(of_ssh));
        (findings, failures)
    }

    /// Unlocks everything that is locked, as far as it is found in the sources.
    ///
    /// # Errors
    /// When a source cannot be used, or stays locked.
    pub(crate) fn unlock_all(&self) -> Result<(), Failure> {
        for source in &self.sources {
            match source.keys(&self.surroundings)? {
                Some(keys) if keys.is_locked() => {
                    keys.unlock(source.origin(), self.surroundings.terminal)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Every identity that was looked at, for the message that none fits: its public part and where it is from.
    pub(crate) fn tried(&self) -> Vec<String> {
        let (findings, _) = self.findings();
        findings.iter().map(ToString::to_string).collect()
    }
}

/// Where identities are looked for, in this order (`docs/identities.md`).
fn origins(environment: &Environment, named: &[PathBuf]) -> Vec<Origin> {
    let file = |name| {
        let path = environment.get(name).map(PathBuf::from);
        path.map(|path| match is_key(&path) {
            true => Origin::KeyForFile(name),
            false => Origin::FileVariable(name, path),
        })
    };
    let text = |name| environment.get(name).map(|_| Origin::Variable(name));
    let command = |name| environment.get(name).map(|_| Origin::Command(name));
    let mut origins: Vec<Origin> = named.iter().cloned().map(Origin::Option).collect();
    let variables = [
        text("VAULT_IDENTITY"),
        file("VAULT_IDENTITY_FILE"),
        command("VAULT_IDENTITY_CMD"),
        text("SOPS_AGE_KEY"),
        file("SOPS_AGE_KEY_FILE"),
        command("SOPS_AGE_KEY_CMD"),
        file("SOPS_AGE_SSH_PRIVATE_KEY_FILE"),
    ];
    origins.extend(variables.into_iter().flatten());
    let discovered = discovered(environment).into_iter();
    let new: Vec<Origin> = discovered
        .filter(|found| !origins.iter().any(|origin| origin.is_same_file(found)))
        .collect();
    origins.extend(new);
    origins
}

fn discovered(environment: &Environment) -> Vec<Origin> {
    let mut found = Vec::new();
    if let Ok(ours) = Directories::new(environment).config() {
        let sops = ours.with_file_name("sops").join(SOPS_KEYS);
        found.push(Origin::Discovered(ours.join(IDENTITY_FILE)));
        found.push(Origin::DiscoveredOfSops(sops));
    }
    if cfg!(target_os = "macos") {
        let home = environment.home();
        let sops = home.map(|home| {
            home.join("Library/Application Support/sops")
                .join(SOPS_KEYS)
        });
        found.extend(sops.map(Origin::DiscoveredOfSops));
    }
    found
}

/// Refuses private keys that were typed behind `-i`: a path is shown, and written into git's config.
///
/// # Errors
/// One is no file, but a key.
pub(super) fn refuse_keys(named: &[PathBuf]) -> Result<(), Failure> {
    match named.iter().any(|path| is_key(path)) {
        true => Err(key_for_file().within("-i")),
        false => Ok(()),
    }
}

/// The variables among them that name a file.
pub(super) const FILE_VARIABLES: [&str; 3] = [
    "VAULT_IDENTITY_FILE",
    "SOPS_AGE_KEY_FILE",
    "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
];

/// Where `vault keygen` writes, in the configuration directory.
pub(crate) const IDENTITY_FILE: &str = "identity.txt";

/// Where sops looks, in its configuration directory (SOPS 3.13, `age/keysource.go`).
const SOPS_KEYS: &str = "age/keys.txt";

/// An identity that was found, as far as anybody may know it.
pub(crate) struct Finding {
    /// Where.
    pub(crate) origin: String,
    /// The line of its owner, as far as it can be told.
    pub(crate) member: Option<Member>,
    /// Whether it can be used at once.
    pub(crate) lock: Lock,
}

/// Whether an identity can be used at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// It can.
    Open,
    /// After a passphrase.
    Locked,
    /// Nobody has looked: only its public half was read.
    Unread,
    /// It cannot: of a kind that vault does not know.
    Unsupported,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.member, self.lock) {
            (Some(member), Lock::Locked) => write!(f, "{}, locked", member.reads())?,
            (Some(member), _) => write!(f, "{}", member.reads())?,
            (None, Lock::Unsupported) => f.write_str("an unsupported identity")?,
            (None, _) => f.write_str("a locked identity")?,
        }
        write!(f, ", from {}", self.origin)
    }
}

fn of_keys(origin: &Origin, keys: &Keys) -> Vec<Finding> {
    let finding = |member, lock| Finding {
        origin: origin.to_string(),
        member,
        lock,
    };
    let mut found: Vec<Finding> = keys
        .unlocked()
        .map(|identity| finding(Some(identity.member()), Lock::Open))
        .collect();
    if keys.is_locked() {
        let member = keys.locked_for().map(|key| Member::new(key.clone(), None));
        found.push(finding(member, Lock::Locked));
    }
    if keys.is_unsupported() {
        found.push(finding(None, Lock::Unsupported));
    }
    found
}

fn of_ssh(source: &Source) -> Option<Finding> {
    let key = source.public_half()?;
    let lock = match source.seen() {
        Some(keys) if keys.is_locked() => Lock::Locked,
        Some(_) => Lock::Open,
        None => Lock::Unread,
    };
    Some(Finding {
        origin: source.origin().to_string(),
        member: Some(Member::new(key, None)),
        lock,
    })
}

#[cfg(test)]
mod tests;
