//! Which identity begins a vault.

use super::*;

#[test]
fn a_key_for_recovery_is_offered_and_reads_and_writes_everything() {
    let sandbox = with_alice();
    let passphrase = sandbox.secret("correct horse of recovery");
    let Some(terminal) = sandbox.on_terminal(["init"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault")
        .types("alice")
        .sees("Environments [dev prod]:")
        .types("")
        .sees("a key for recovery can be printed and put away")
        .types("~/recovery.txt")
        .sees("New passphrase: ")
        .types(&passphrase)
        .sees("Once more: ")
        .types(&passphrase)
        .sees("next: vault set dev KEY")
        .sees("keep the paper, and the passphrase in another place")
        .run()
        .succeeds();
    let path = sandbox.home("recovery.txt");
    assert_eq!(sandbox.mode(&path), 0o600);
    assert!(
        sandbox
            .read(&path)
            .starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n")
    );
    sandbox.vault(["set", "prod", "A", "one"]).succeeds();
    sandbox.vault(["check"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(config.contains("    recovery: age1"), "{config}");
    // It lets somebody in whose own key is lost.
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    let file = path.to_str().expect("text");
    let line = [
        "-i",
        file,
        "recipients",
        "replace",
        "alice",
        crate::team::BOB,
        "--yes",
    ];
    let terminal = sandbox.on_terminal(line).expect("it was there");
    terminal
        .sees("assphrase")
        .types(&passphrase)
        .sees("alice has another key: dev, prod")
        .run()
        .succeeds();
}

#[test]
fn a_key_for_recovery_lies_outside_of_the_repository_and_is_locked() {
    let sandbox = with_alice();
    let line = ["init", "--name", "alice", "--yes", "--recovery"];
    let output = sandbox.vault(line).and(["recovery.txt"]).fails(2);
    output.says(
        "vault: error: recovery.txt lies inside the work tree [ROOT]/work, where it would be committed one day
vault: hint: choose a place outside
",
    );
    sandbox.vault(line).and(["../recovery.txt"]).fails_with(
        2,
        "vault: error: no passphrase was chosen: there is no terminal to ask on\n",
    );
    assert_eq!(sandbox.files(), [""; 0]);
    assert!(!sandbox.path("recovery.txt").exists());
}

#[test]
fn an_identity_is_made_where_there_is_none_and_only_its_owner_can_read_it() {
    let sandbox = Sandbox::with_git();
    let identity = sandbox.path("config/vault/identity.txt");
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds()
        .says(
            "vault: wrote a new identity to [ROOT]/config/vault/identity.txt; keep a copy of it in a safe place
vault: wrote .vault.yaml, secrets/dev.yaml, .gitattributes, .gitignore
vault: git of this clone merges and shows secret files by key from now on
vault: next: vault set dev KEY, then commit these files
",
        );
    assert_eq!(sandbox.mode(&identity), 0o600);
    assert_eq!(sandbox.mode(sandbox.path("config/vault")), 0o700);
    let line = sandbox.vault(["whoami"]).succeeds();
    let line = line.stdout().lines().next().unwrap();
    assert!(sandbox.read(".vault.yaml").contains(line));
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "A"), "1");
}

#[test]
fn an_identity_that_is_there_is_used_and_none_is_made() {
    let sandbox = Sandbox::with_git();
    let dave = sandbox.path("dave");
    sandbox.copy("keys/ssh_ed25519_locked", &dave);
    sandbox.chmod(&dave, 0o600);
    let dave = dave.to_str().unwrap();
    let Some(terminal) = sandbox.on_terminal(["-i", dave, "init", "--name", "dave", "--yes"])
    else {
        return;
    };
    terminal
        .sees("assphrase")
        .types("open sesame")
        .run()
        .succeeds();
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(&format!("    dave: {DAVE}\n"))
    );
    assert!(!sandbox.exists(sandbox.path("config/vault")));
}

#[test]
fn a_locked_age_identity_is_unlocked_for_its_public_line() {
    let sandbox = Sandbox::with_git();
    let locked = sandbox.path("config/vault/identity.txt");
    sandbox.copy("keys/alice_locked.age", &locked);
    sandbox.chmod(&locked, 0o600);
    let output = sandbox.vault(["init", "--name", "alice", "--yes"]).fails(2);
    assert!(output.stderr().contains("terminal"), "{}", output.stderr());
    assert_eq!(sandbox.files(), [""; 0]);
    let Some(terminal) = sandbox.on_terminal(["init", "--name", "alice", "--yes"]) else {
        return;
    };
    terminal
        .sees("assphrase")
        .types("open sesame")
        .run()
        .succeeds();
    assert!(sandbox.read(".vault.yaml").contains(ALICE));
}

#[test]
fn the_ssh_key_of_the_person_is_used_where_nothing_else_is() {
    let sandbox = Sandbox::with_git();
    sandbox.ssh_key();
    sandbox
        .vault(["init", "--name", "dave", "--yes"])
        .succeeds();
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(&format!("    dave: {DAVE}\n"))
    );
    assert!(!sandbox.exists(sandbox.path("config/vault")));
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "A"), "1");
}
