//! Real sops with a home of its own, and vault as a library beside it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;
use vault::{
    keys::{self, Identity, IdentityFile},
    secret::DataKey,
    sops::{AgeEntry, Block, File, Heading, OpenFile, SopsError},
    value::Form,
    yaml::Document,
};

pub(crate) const NOW: &str = "2026-11-24T12:00:00Z";

/// Whom a file is encrypted for, and whose key is given to sops.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipients {
    /// X25519 alone.
    Alice,
    /// X25519 and ssh-ed25519; sops gets the SSH key.
    BobAndSshReadBySsh,
    /// X25519 and ssh-ed25519; sops gets the age key.
    BobAndSshReadByBob,
}

pub(crate) fn key_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/keys")
        .join(name)
}

fn identities(name: &str) -> Vec<Identity> {
    let content = fs::read(key_file(name)).expect("a fixture");
    match IdentityFile::parse(&content) {
        Ok(IdentityFile::Open(identities)) => identities,
        _ => panic!("{name} is not an identity without passphrase"),
    }
}

impl Recipients {
    fn key_names(self) -> &'static [&'static str] {
        match self {
            Recipients::Alice => &["alice.txt"],
            _ => &["bob.txt", "ssh_ed25519"],
        }
    }

    fn identities(self) -> Vec<Identity> {
        self.key_names()
            .iter()
            .flat_map(|name| identities(name))
            .collect()
    }

    fn entries(self, key: &DataKey) -> Vec<AgeEntry> {
        let entry = |identity: &Identity| AgeEntry {
            name: None,
            recipient: identity.recipient().to_string(),
            armor: keys::wrap(key, identity.recipient()),
        };
        self.identities().iter().map(entry).collect()
    }
}

/// Encrypts a plain text with vault.
pub(crate) fn sealed_by(plain: &str, recipients: Recipients) -> Result<String, SopsError> {
    let document = Document::parse(plain).unwrap_or_else(|error| panic!("{error}\n{plain}"));
    let key = DataKey::generate();
    let entries = recipients.entries(&key);
    let mut open = OpenFile::from_plain(&document, key, &entries, NOW)?;
    seal(&mut open)?;
    Ok(open.file().document().to_text().to_string())
}

pub(crate) fn seal(open: &mut OpenFile) -> Result<(), SopsError> {
    let heading = Heading {
        lastmodified: NOW,
        age: None,
        block: Block::Keep,
    };
    open.seal(&heading, Form::Canonical)
}

/// Opens an encrypted text with vault.
pub(crate) fn open(text: &str, form: Form, recipients: Recipients) -> OpenFile {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let file = File::new(document, form).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let identities = recipients.identities();
    let unwrap = |entry: &AgeEntry| {
        keys::unwrap(&entry.armor, &identities, Form::Lenient).expect("a well-formed entry")
    };
    let key = file.metadata().age.iter().find_map(unwrap);
    OpenFile::open(file, key.expect("one of the recipients"))
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A sops and a directory for its files.
pub(crate) struct Peer {
    program: PathBuf,
    home: TempDir,
}

impl Peer {
    pub(crate) fn new(program: Option<PathBuf>) -> Option<Self> {
        Some(Peer {
            program: program?,
            home: TempDir::new().expect("a directory for files"),
        })
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, text).expect("a writable directory");
        path
    }

    pub(crate) fn command(&self, recipients: Recipients) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.home.path());
        match recipients {
            Recipients::Alice => command.env("SOPS_AGE_KEY_FILE", key_file("alice.txt")),
            Recipients::BobAndSshReadByBob => command.env("SOPS_AGE_KEY_FILE", key_file("bob.txt")),
            Recipients::BobAndSshReadBySsh => {
                command.env("SOPS_AGE_SSH_PRIVATE_KEY_FILE", key_file("ssh_ed25519"))
            }
        };
        command
    }

    /// What sops decrypts a file to. It has to succeed and may not complain.
    pub(crate) fn decrypted(&self, file: &Path, form: &str, recipients: Recipients) -> String {
        let output = self.decrypt(file, form, recipients);
        let errors = String::from_utf8_lossy(&output.stderr);
        let text = || fs::read_to_string(file).unwrap_or_default();
        assert!(
            output.status.success() && errors.is_empty(),
            "{}: {errors}\n{}",
            file.display(),
            text()
        );
        utf8(output)
    }

    /// What sops decrypts a file of its own to: it may complain about its own comments.
    pub(crate) fn decrypted_own(&self, file: &Path) -> String {
        let output = self.decrypt(file, "yaml", Recipients::Alice);
        assert!(output.status.success(), "{}", file.display());
        utf8(output)
    }

    fn decrypt(&self, file: &Path, form: &str, recipients: Recipients) -> Output {
        self.command(recipients)
            .args(["decrypt", "--output-type", form])
            .arg(file)
            .output()
            .expect("sops runs")
    }

    /// Lets sops change a file; it has to succeed.
    pub(crate) fn change(&self, mut sops: Command, verb: &str, file: &Path, arguments: &[&str]) {
        let output = sops.arg(verb).arg(file).args(arguments).output();
        let output = output.expect("sops runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", file.display());
    }

    /// What sops encrypts a plain text to; `None` if it cannot read it.
    pub(crate) fn encrypted(&self, name: &str, plain: &str) -> Option<String> {
        self.encrypted_by(name, plain, &["--unencrypted-regex", "^$"])
    }

    /// What sops makes of a text that it encrypts by a rule that matches nothing: its own layout, everything in clear.
    pub(crate) fn rewritten(&self, name: &str, plain: &str) -> String {
        self.encrypted_by(name, plain, &["--encrypted-regex", "^$"])
            .expect("a text that sops reads")
    }

    fn encrypted_by(&self, name: &str, plain: &str, rule: &[&str]) -> Option<String> {
        let file = self.file(name, plain);
        let recipient = identities("alice.txt")[0].recipient().to_string();
        let output = self
            .command(Recipients::Alice)
            .args(["encrypt", "--age", &recipient])
            .args(rule)
            .arg(file)
            .output()
            .expect("sops runs");
        output.status.success().then(|| utf8(output))
    }
}

fn utf8(output: Output) -> String {
    String::from_utf8(output.stdout).expect("sops prints text")
}
