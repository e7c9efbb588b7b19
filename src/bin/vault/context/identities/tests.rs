//! Which identity is taken, and what is left alone on the way to it.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use vault::keys::{Identity, IdentityFile};

use super::*;

const ALICE: &str = include_str!("../../../../../fixtures/keys/alice.txt");
const BOB: &str = include_str!("../../../../../fixtures/keys/bob.txt");
const LOCKED: &str = include_str!("../../../../../fixtures/keys/alice_locked.age");
const SSH: &str = include_str!("../../../../../fixtures/keys/ssh_ed25519");
const SSH_LOCKED: &str = include_str!("../../../../../fixtures/keys/ssh_ed25519_locked");
const SSH_PUBLIC: &str = include_str!("../../../../../fixtures/keys/ssh_ed25519.pub");

fn identity(text: &str) -> Identity {
    let Ok(IdentityFile::Open(mut identities)) = IdentityFile::parse(text.as_bytes()) else {
        panic!("it is a list of identities");
    };
    identities.remove(0)
}

fn recipient(text: &str) -> Recipient {
    identity(text).recipient().clone()
}

/// The same key, but none that is published for tests.
fn unmarked(text: &str) -> String {
    text.replace("# vault: public test identity\n", "")
}

/// A home with files of mode 0600.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Home(tempfile::tempdir().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, content: &str) -> String {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn script(&self, path: &str, content: &str) -> String {
        let path = self.write(path, &format!("#!/bin/sh\n{content}\n"));
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        path
    }

    fn environment<const N: usize>(&self, variables: [(&str, &str); N]) -> Environment {
        let mut all = vec![("HOME", self.0.path().to_str().unwrap())];
        all.extend(variables);
        Environment::of_all(&all)
    }

    fn identities<const N: usize>(&self, variables: [(&str, &str); N]) -> Identities {
        Identities::new(&self.environment(variables), None, &[])
    }
}

fn fits(identities: &Identities, recipient: &Recipient) -> bool {
    identities
        .opener(std::slice::from_ref(recipient))
        .expect("no source is broken")
        .is_some_and(|identity| identity.recipient() == recipient)
}

fn failure(identities: &Identities, recipient: &Recipient) -> String {
    let failure = identities.opener(std::slice::from_ref(recipient));
    let failure = failure.err().expect("a source is broken");
    failure.error().expect("it says why").to_owned()
}

#[test]
fn sources_come_in_the_documented_order() {
    let home = Home::new();
    let environment = home.environment([
        ("SOPS_AGE_SSH_PRIVATE_KEY_FILE", "/7"),
        ("SOPS_AGE_KEY_CMD", "6"),
        ("SOPS_AGE_KEY_FILE", "/5"),
        ("SOPS_AGE_KEY", "4"),
        ("VAULT_IDENTITY_CMD", "3"),
        ("VAULT_IDENTITY_FILE", "/2"),
        ("VAULT_IDENTITY", "1"),
        ("XDG_CONFIG_HOME", "/config"),
    ]);
    let origins = origins(&environment, &["a".into(), "b".into()]);
    let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
    assert_eq!(
        origins[..11],
        [
            "a (-i)",
            "b (-i)",
            "VAULT_IDENTITY",
            "/2 (VAULT_IDENTITY_FILE)",
            "VAULT_IDENTITY_CMD",
            "SOPS_AGE_KEY",
            "/5 (SOPS_AGE_KEY_FILE)",
            "SOPS_AGE_KEY_CMD",
            "/7 (SOPS_AGE_SSH_PRIVATE_KEY_FILE)",
            "/config/vault/identity.txt",
            "/config/sops/age/keys.txt",
        ]
    );
}

#[test]
fn the_variables_of_hashicorps_program_are_no_sources() {
    let names = [
        "VAULT_ADDR",
        "VAULT_TOKEN",
        "VAULT_FORMAT",
        "VAULT_NAMESPACE",
    ];
    let environment = Environment::of(names.map(|name| (name, ALICE)));
    assert!(origins(&environment, &[]).is_empty());
}

#[test]
fn every_source_is_used() {
    let home = Home::new();
    let alice = recipient(ALICE);
    let file = home.write("alice", ALICE);
    let command = format!("cat '{file}'");
    let ssh = home.write("key", SSH);
    for variable in [("VAULT_IDENTITY", ALICE), ("SOPS_AGE_KEY", ALICE)] {
        assert!(fits(&home.identities([variable]), &alice));
    }
    for name in ["VAULT_IDENTITY_FILE", "SOPS_AGE_KEY_FILE"] {
        assert!(fits(&home.identities([(name, &file)]), &alice));
    }
    for name in ["VAULT_IDENTITY_CMD", "SOPS_AGE_KEY_CMD"] {
        let variables = [(name, command.as_str()), ("PATH", "/usr/bin:/bin")];
        assert!(fits(&home.identities(variables), &alice));
    }
    let variable = ("SOPS_AGE_SSH_PRIVATE_KEY_FILE", ssh.as_str());
    assert!(fits(&home.identities([variable]), &recipient(SSH)));
    for place in [".config/vault/identity.txt", ".config/sops/age/keys.txt"] {
        let home = Home::new();
        home.write(place, &unmarked(ALICE));
        assert!(fits(&home.identities([]), &alice), "{place}");
    }
    assert!(!fits(&Home::new().identities([]), &alice));
}

#[test]
fn nothing_is_looked_at_behind_an_identity_that_fits() {
    let home = Home::new();
    let broken = [
        ("VAULT_IDENTITY", ALICE),
        ("VAULT_IDENTITY_CMD", "no-such-program"),
    ];
    let identities = home.identities(broken);
    assert!(fits(&identities, &recipient(ALICE)));
    let said = failure(&identities, &recipient(BOB));
    assert_eq!(
        said,
        "identity from VAULT_IDENTITY_CMD: there is no program `no-such-program` in PATH"
    );
}

#[test]
fn every_file_that_is_named_by_an_option_is_read() {
    let home = Home::new();
    let missing = home.path("missing");
    let named = [home.write("alice", ALICE).into(), missing.clone()];
    let identities = Identities::new(&home.environment([]), None, &named);
    let said = format!(
        "identity from {} (-i): cannot read it: No such file",
        missing.display()
    );
    assert!(failure(&identities, &recipient(ALICE)).starts_with(&said));
}

#[test]
fn a_named_file_must_be_there_and_a_default_one_need_not() {
    let home = Home::new();
    assert!(!fits(&home.identities([]), &recipient(ALICE)));
    let missing = home.path("missing");
    let named = [("VAULT_IDENTITY_FILE", missing.to_str().unwrap())];
    let said = format!(
        "identity from {} (VAULT_IDENTITY_FILE): cannot read it: No such file",
        missing.display()
    );
    assert!(failure(&home.identities(named), &recipient(ALICE)).starts_with(&said));
    let folder = [("VAULT_IDENTITY_FILE", home.0.path().to_str().unwrap())];
    assert!(failure(&home.identities(folder), &recipient(ALICE)).ends_with(": it is a directory"));
}

#[test]
fn a_malformed_source_is_told_by_its_line_and_never_by_its_content() {
    let home = Home::new();
    let content = format!("{}secret-of-mine\n", unmarked(ALICE));
    home.write(".config/vault/identity.txt", &content);
    let said = failure(&home.identities([]), &recipient(BOB));
    assert!(
        said.contains("/.config/vault/identity.txt: line 4 "),
        "{said}"
    );
    assert!(!said.contains("secret-of-mine"));
    let said = failure(
        &home.identities([("VAULT_IDENTITY", "hunter2")]),
        &recipient(BOB),
    );
    assert!(
        said.starts_with("identity from VAULT_IDENTITY: line 1 "),
        "{said}"
    );
    assert!(!said.contains("hunter2"));
}

#[test]
fn a_plugin_identity_of_sops_keeps_nobody_from_using_another() {
    let home = Home::new();
    home.write(".config/sops/age/keys.txt", "AGE-PLUGIN-YUBIKEY-1QQ\n");
    let identities = home.identities([]);
    assert!(!fits(&identities, &recipient(BOB)));
    let place = home.path(".config/sops/age/keys.txt");
    let said = format!("an unsupported identity, from {}", place.display());
    assert_eq!(identities.tried(), [said]);
    home.write(".config/vault/identity.txt", "AGE-PLUGIN-YUBIKEY-1QQ\n");
    let said = failure(&home.identities([]), &recipient(BOB));
    assert!(said.contains("plugin identities"), "{said}");
}

#[test]
fn a_discovered_file_that_is_open_to_others_is_refused_with_what_to_type() {
    let home = Home::new();
    let path = home.write(".config/vault/identity.txt", &unmarked(ALICE));
    for mode in [0o644, 0o640, 0o604, 0o620] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let failure = home
            .identities([])
            .opener(&[recipient(ALICE)])
            .err()
            .unwrap();
        let said = format!("identity from {path}: it is open to others (mode {mode:04o})");
        assert_eq!(failure.error(), Some(said.as_str()));
        assert_eq!(failure.hints(), [format!("chmod 600 {path}")]);
    }
    let named = [("VAULT_IDENTITY_FILE", path.as_str())];
    assert!(fits(&home.identities(named), &recipient(ALICE)));
}

#[test]
fn one_file_is_one_source_however_it_is_named() {
    let home = Home::new();
    let path = home.write(".config/vault/identity.txt", &unmarked(ALICE));
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    symlink(&path, home.path("link")).unwrap();
    let link = home.path("link");
    let identities = home.identities([("SOPS_AGE_KEY_FILE", link.to_str().unwrap())]);
    assert!(!fits(&identities, &recipient(BOB)));
    assert_eq!(identities.tried().len(), 1);
}

#[test]
fn an_identity_in_the_work_tree_is_refused_unless_it_is_marked() {
    let home = Home::new();
    let tree = home.0.path().canonicalize().unwrap();
    let inside = |content: &str| {
        let path = home.write("id.txt", content);
        Identities::new(&home.environment([]), Some(tree.clone()), &[path.into()])
    };
    let said = failure(&inside(&unmarked(ALICE)), &recipient(ALICE));
    assert!(
        said.ends_with("/id.txt lies inside the work tree"),
        "{said}"
    );
    assert!(fits(&inside(ALICE), &recipient(ALICE)));

    // A link that leads into the tree is no way around.
    let outside = Home::new();
    let link = outside.path("link");
    symlink(home.write("id.txt", &unmarked(ALICE)), &link).unwrap();
    let identities = Identities::new(&home.environment([]), Some(tree), &[link]);
    assert!(failure(&identities, &recipient(ALICE)).ends_with("lies inside the work tree"));
}

#[test]
fn a_command_runs_once() {
    let home = Home::new();
    let alice = home.write("alice", ALICE);
    let log = home.path("log");
    let script = home.script(
        "manager",
        &format!("echo ran >> {}; cat {alice}", log.display()),
    );
    let identities = home.identities([("VAULT_IDENTITY_CMD", &script)]);
    assert!(!fits(&identities, &recipient(BOB)));
    assert!(fits(&identities, &recipient(ALICE)));
    assert_eq!(identities.tried().len(), 1);
    assert_eq!(fs::read_to_string(log).unwrap(), "ran\n");
}

#[test]
fn a_command_gets_words_and_no_shell_and_no_input() {
    let home = Home::new();
    let path = home.path("words");
    let script = home.script(
        "manager",
        &format!("cat; printf '%s|' \"$@\" > {}; exit 7", path.display()),
    );
    let line = format!("{script} 'a b' \"c\" $HOME ; touch x");
    let identities = home.identities([("SOPS_AGE_KEY_CMD", &line)]);
    let said = failure(&identities, &recipient(BOB));
    assert_eq!(
        said,
        format!("identity from SOPS_AGE_KEY_CMD: `{script}` ended with exit code 7")
    );
    assert_eq!(fs::read_to_string(path).unwrap(), "a b|c|$HOME|;|touch|x|");
}

#[test]
fn no_repository_decides_which_command_runs() {
    let home = Home::new();
    let tree = home.0.path().canonicalize().unwrap();
    let script = home.script("bin/manager", "cat alice");
    let bin = home.path("bin");
    for (line, path, reason) in [
        ("bin/manager", "/bin", "is a relative path"),
        ("./manager", "/bin", "is a relative path"),
        ("manager", "bin:.:", "there is no program `manager` in PATH"),
        (script.as_str(), "/bin", "lies inside the work tree"),
        (
            "manager",
            bin.to_str().unwrap(),
            "lies inside the work tree",
        ),
        ("'manager", "/bin", "a quote is not closed"),
    ] {
        let environment = home.environment([("VAULT_IDENTITY_CMD", line), ("PATH", path)]);
        let identities = Identities::new(&environment, Some(tree.clone()), &[]);
        let said = failure(&identities, &recipient(ALICE));
        assert!(said.contains(reason), "{line}: {said}");
    }
}

#[test]
fn a_command_that_prints_without_end_is_stopped() {
    let home = Home::new();
    let variables = [("VAULT_IDENTITY_CMD", "yes"), ("PATH", "/usr/bin:/bin")];
    let said = failure(&home.identities(variables), &recipient(BOB));
    assert!(said.contains("larger than 1024 KiB"), "{said}");
}

#[test]
fn the_ssh_key_of_the_user_is_read_only_where_its_public_half_is_listed() {
    let home = Home::new();
    home.write(".ssh/id_ed25519", SSH);
    home.write(".ssh/id_ed25519.pub", SSH_PUBLIC);
    let identities = home.identities([("VAULT_IDENTITY", BOB)]);
    let ssh = recipient(SSH);
    let is_read = || identities.ssh.as_ref().unwrap().seen().is_some();
    assert!(!fits(&identities, &recipient(ALICE)));
    assert!(fits(&identities, &recipient(BOB)));
    let both = [ssh.clone(), recipient(BOB)];
    let found = identities.opener(&both).unwrap().unwrap();
    assert_eq!(found.recipient(), &recipient(BOB));
    assert!(!is_read());
    assert!(fits(&identities, &ssh));
    assert!(is_read());
    let signs = identity(SSH).verifying_key();
    let signer = identities.signer(&[signs]).unwrap().unwrap();
    assert_eq!(signer.recipient(), &ssh);
}

#[test]
fn a_private_ssh_key_without_its_public_half_is_left_alone() {
    let home = Home::new();
    home.write(".ssh/id_ed25519", SSH);
    assert!(!fits(&home.identities([]), &recipient(SSH)));
    home.write(".ssh/id_ed25519.pub", "ssh-rsa AAAA");
    assert!(!fits(&home.identities([]), &recipient(SSH)));
    assert!(home.identities([]).tried().is_empty());
}

#[test]
fn an_ssh_key_that_is_open_to_others_is_refused() {
    let home = Home::new();
    let key = home.write(".ssh/id_ed25519", &unmarked(SSH));
    home.write(".ssh/id_ed25519.pub", SSH_PUBLIC);
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let said = failure(&home.identities([]), &recipient(SSH));
    assert!(said.ends_with("it is open to others (mode 0644)"), "{said}");
}

#[test]
fn nobody_is_asked_for_a_passphrase_while_another_identity_fits() {
    let home = Home::new();
    home.write(".config/vault/identity.txt", LOCKED);
    home.write(".config/sops/age/keys.txt", &unmarked(BOB));
    let identities = home.identities([]);
    assert!(fits(&identities, &recipient(BOB)));
    let place = home.path(".config");
    let tried = identities.tried();
    let locked = format!(
        "a locked identity, from {}/vault/identity.txt",
        place.display()
    );
    assert_eq!(tried[0], locked);
    assert!(tried[1].starts_with("age1cfkd"), "{tried:?}");
    // Nor where a locked SSH key surely does not fit.
    let home = Home::new();
    let key = home.write("key", SSH_LOCKED);
    let identities = home.identities([("VAULT_IDENTITY_FILE", &key)]);
    assert!(!fits(&identities, &recipient(BOB)));
    assert!(identities.tried()[0].contains(", locked, from "));
}

#[test]
fn who_may_sign_is_found_by_the_signing_key() {
    let home = Home::new();
    let identities = home.identities([("VAULT_IDENTITY", BOB)]);
    let bob = identity(BOB).verifying_key();
    assert!(identities.signer(&[bob]).unwrap().is_some());
    let alice = identity(ALICE).verifying_key();
    assert!(identities.signer(&[alice]).unwrap().is_none());
    assert!(identities.signer(&[]).unwrap().is_none());
}

#[test]
fn a_pipe_where_an_identity_should_lie_does_not_hang() {
    let home = Home::new();
    fs::create_dir_all(home.path(".config/vault")).unwrap();
    let pipe = home.path(".config/vault/identity.txt");
    make_pipe(&pipe);
    let said = failure(&home.identities([]), &recipient(BOB));
    assert!(said.ends_with("it is no regular file"), "{said}");
}

fn make_pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}
