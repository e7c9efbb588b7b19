//! What a machine remembers of the environments that it used, and what it refuses for that.

mod first_uses;

use std::{fs, path::PathBuf};

use crate::{
    sandbox::{Run, Sandbox},
    team::{self, ALICE, BOB, alone, configured, reconfigure},
};

const DEV: &str = "secrets/dev.yaml";

/// A command on another machine of whoever is at work: with another state directory.
fn elsewhere<'s>(sandbox: &'s Sandbox, machine: &str, line: &[&str]) -> Run<'s> {
    let state = sandbox.path(machine);
    sandbox.vault(line).variable("XDG_STATE_HOME", state)
}

/// Dev, written by alice, with bob in it.
fn both() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    sandbox
}

fn remove_bob(sandbox: &Sandbox) {
    reconfigure(sandbox, "recipients: [alice, bob]", "recipients: [alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
}

/// The file and the config as they are now.
fn copied(sandbox: &Sandbox) -> [(PathBuf, String); 2] {
    [DEV, ".vault.yaml"].map(|path| (sandbox.work(path), sandbox.read(path)))
}

fn put_back(files: &[(PathBuf, String)]) {
    for (path, text) in files {
        fs::write(path, text).expect("a file of the sandbox");
    }
}

#[test]
fn a_change_of_members_is_told_once_with_its_signer() {
    let sandbox = both();
    let get = || elsewhere(&sandbox, "laptop", &["get", "dev", "A"]).prints_secrets();
    get().succeeds();
    remove_bob(&sandbox);
    get().succeeds().says(
        "vault: dev has changed since it was last used here:
vault:   - bob, signed by alice ([..])
",
    );
    get().succeeds().says("");
    // Whoever did it hears nothing of it.
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds()
        .says("");
}

#[test]
fn r59_an_old_file_with_its_config_is_read_with_a_word_and_not_written_to() {
    let sandbox = both();
    let before = copied(&sandbox);
    remove_bob(&sandbox);
    put_back(&before);
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds()
        .says("vault: dev is an older version here: bob has left since\n");
    sandbox.vault(["set", "dev", "B", "two"]).fails_with(
        3,
        "vault: error: dev is an older version here: bob has left, and could read what you write
vault: hint: merge or check out the newer version, and type the command again
vault: hint: if the newer version was never meant: vault trust dev goes by what is here
",
    );
    assert_eq!(sandbox.read(DEV), before[0].1);
    sandbox.vault(["sync", "--yes"]).fails(3);
}

#[test]
fn an_older_version_that_nobody_has_left_is_written_to() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice]}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    let before = copied(&sandbox);
    reconfigure(&sandbox, "recipients: [alice]", "recipients: [alice, bob]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    put_back(&before);
    sandbox
        .vault(["set", "dev", "B", "two"])
        .succeeds()
        .says("vault: writing B to secrets/dev.yaml for alice\nvault: + B\n");
}

#[test]
fn a_file_and_config_of_somebody_elses_making_are_a_break_where_the_environment_is_known() {
    let sandbox = both();
    let id = repository(&sandbox);
    let forged = forged(&sandbox, &id);
    put_back(&forged);
    for line in [
        &["get", "dev", "A"][..],
        &["set", "dev", "A", "two"],
        &["render", "dev"],
        &["check"],
        &["check", "--keyless"],
        &["sync", "--yes"],
        &["sign", "dev", "--yes"],
    ] {
        let output = sandbox.vault(line).run().fails(3);
        let said = "dev does not follow from what was last used here";
        assert!(
            output.stderr().contains(said),
            "{line:?} {}",
            output.stderr()
        );
    }
    // A machine that never saw it takes it for a first use: this is what `VAULT_TRUST` is for.
    elsewhere(&sandbox, "new", &["get", "dev", "A"])
        .prints_secrets()
        .succeeds();
    sandbox.vault(["trust", "dev", "--yes"]).succeeds().says(
        "vault: dev (secrets/dev.yaml):
vault:   last used here:
vault:       alice reads and writes (SHA256:[..])
vault:       bob reads and writes (SHA256:[..])
vault:   here, signed by alice:
vault:       alice reads and writes (SHA256:[..])
vault: dev is accepted here from now on
",
    );
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds_with("forged");
    sandbox
        .vault(["trust", "dev"])
        .succeeds()
        .says("vault: dev is what was last used here\n");
}

/// Another vault with the same id, whose alice has the same key: her signature alone proves nothing.
fn forged(sandbox: &Sandbox, id: &str) -> Vec<(PathBuf, String)> {
    let other = configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    let config = other.read(".vault.yaml");
    other.write(
        ".vault.yaml",
        config.replace("version: 1\n", &format!("version: 1\nrepository: {id}\n")),
    );
    other.vault(["set", "dev", "A", "forged"]).succeeds();
    copied(&other)
        .into_iter()
        .zip([DEV, ".vault.yaml"])
        .map(|((_, text), path)| (sandbox.work(path), text))
        .collect()
}

fn repository(sandbox: &Sandbox) -> String {
    let config = sandbox.read(".vault.yaml");
    let line = config
        .lines()
        .find_map(|line| line.strip_prefix("repository: "));
    line.expect("a vault with an id").to_owned()
}

#[test]
fn another_id_of_the_repository_does_not_make_a_known_environment_a_new_one() {
    let sandbox = both();
    sandbox.commit("ours");
    put_back(&forged(&sandbox, &"a0".repeat(16)));
    sandbox.commit("theirs");
    sandbox.vault(["get", "dev", "A"]).fails_with(
        3,
        "vault: error: dev does not follow from what was last used here
vault:   last used here:
vault:       under another `repository`, or not signed
vault:   here, signed by alice:
vault:       alice reads and writes (SHA256:[..])
vault: hint: git log -p shows who changed it: ask them, not over the same channel
vault: hint: vault trust dev accepts what is here from now on
",
    );
    // The same without any id and without a signature.
    let config = "version: 1\nrecipients:\n    alice: ALICE\nenvironments:\n    dev: {recipients: [alice], signed: false}\n";
    sandbox.write(".vault.yaml", config.replace("ALICE", ALICE));
    sandbox.write(DEV, stripped(&sandbox.read(DEV)));
    sandbox.vault(["get", "dev", "A"]).fails(3);
    // A machine that knows nothing has git's history.
    sandbox.commit("theirs, not signed");
    let output = elsewhere(&sandbox, "new", &["get", "dev", "A"]).fails(3);
    let said = "has signed as dev, without the signature";
    assert!(output.stderr().contains(said), "{}", output.stderr());
}

/// A file as sops leaves it: without the block.
fn stripped(file: &str) -> String {
    let at = file.find("    x-vault:\n").expect("a signed file");
    file[..at].to_owned()
}

#[test]
fn a_signature_that_was_there_and_is_not_is_a_break_for_every_command() {
    let sandbox = both();
    reconfigure(
        &sandbox,
        "recipients: [alice, bob]",
        "recipients: [alice, bob], signed: false",
    );
    sandbox.write(DEV, stripped(&sandbox.read(DEV)));
    for line in [
        &["get", "dev", "A"][..],
        &["set", "dev", "A", "two"],
        &["run", "dev", "--", "true"],
        &["check", "--keyless"],
    ] {
        let output = sandbox.vault(line).run().fails(3);
        let said = "dev was signed when it was last used here, and is not any more";
        assert!(
            output.stderr().contains(said),
            "{line:?} {}",
            output.stderr()
        );
    }
}

#[test]
fn a_writer_who_turns_the_signature_off_knows_it() {
    let sandbox = both();
    reconfigure(
        &sandbox,
        "recipients: [alice, bob]",
        "recipients: [alice, bob], signed: false",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds_with("one")
        .says("");
    // And whoever does not is asked to say so.
    reconfigure(&sandbox, ", signed: false", "");
    sandbox
        .vault(["sign", "--accept-foreign", "dev", "--yes"])
        .succeeds();
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds_with("one")
        .says("");
}

#[test]
fn on_a_terminal_a_break_is_shown_and_asked() {
    let sandbox = both();
    put_back(&forged(&sandbox, &repository(&sandbox)));
    let Some(terminal) = sandbox.on_terminal(["get", "dev", "A"]) else {
        return;
    };
    let shown = terminal
        .sees("Accept what is here from now on? [y/N]")
        .presses("n\r")
        .run()
        .fails(3);
    assert!(shown.stdout().contains("here, signed by alice:"));
    // What is to be looked at stands before the question.
    let at = |text: &str| shown.stdout().find(text).expect("it is shown");
    assert!(at("git log -p") < at("Accept what is here"));
    let terminal = sandbox.on_terminal(["get", "dev", "A"]).unwrap();
    terminal
        .sees("Accept what is here from now on? [y/N]")
        .presses("y\r")
        .run()
        .succeeds();
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds_with("forged");
}

#[test]
fn a_known_environment_is_not_made_anew() {
    let sandbox = both();
    fs::remove_file(sandbox.work(DEV)).unwrap();
    sandbox.vault(["set", "dev", "A", "new"]).fails_with(
        3,
        "vault: error: dev has no file here, but had one when it was last used on this machine
vault: hint: git log --diff-filter=D -- secrets/dev.yaml shows who took it away; git checkout brings it back
vault: hint: vault env remove dev ends the environment
",
    );
    assert!(!sandbox.exists(DEV));
}

#[test]
fn an_environment_that_its_writer_has_ended_is_forgotten() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice]}\n    old: {recipients: [alice]}\n",
    );
    sandbox.vault(["set", "old", "A", "one"]).succeeds();
    sandbox.vault(["env", "remove", "old", "--yes"]).succeeds();
    sandbox
        .vault([
            "env",
            "add",
            "old",
            "--anew",
            "--recipients",
            "alice",
            "--yes",
        ])
        .succeeds();
    sandbox.vault(["set", "old", "A", "two"]).succeeds();
}

#[test]
fn pins_are_all_that_counts_where_they_are_set() {
    let sandbox = both();
    let pin = sandbox.vault(["trust", "--export", "dev"]).succeeds();
    let pin = pin.stdout().trim().to_owned();
    let before = copied(&sandbox);
    remove_bob(&sandbox);
    let newer = sandbox.vault(["trust", "--export"]).succeeds();
    let newer = newer.stdout().trim().to_owned();
    let get = |pin: &str| {
        elsewhere(&sandbox, "runner", &["get", "dev", "A"])
            .variable("VAULT_TRUST", pin)
            .prints_secrets()
    };
    // What follows from it is accepted, what came before is not.
    get(&pin).succeeds_with("one").says("");
    put_back(&before);
    get(&newer).fails_with(
        3,
        "vault: error: dev is not what VAULT_TRUST names, and does not follow from it
vault: hint: vault trust --export prints it where the right version is; somebody of the team has to say that it is
",
    );
    get("").fails_with(
        2,
        "vault: error: VAULT_TRUST: it is empty
vault: hint: vault trust --export prints it; unset it to go by what this machine has accepted before
",
    );
    get(&pin.replace("/dev/", "/prod/")).succeeds();
    get(&format!(
        "{}/dev/{}",
        "0".repeat(32),
        &pin[pin.len() - 44..]
    ))
    .fails(3);
    assert!(!sandbox.path("runner").exists());
    sandbox
        .vault(["trust", "dev", "--yes"])
        .variable("VAULT_TRUST", &pin)
        .succeeds()
        .says("vault: dev is what was last used here\n");
}

#[test]
fn a_memory_that_is_damaged_stops_and_one_that_cannot_be_had_does_not() {
    let sandbox = both();
    let memory = sandbox.path(format!("state/vault/known/{}.json", repository(&sandbox)));
    fs::write(&memory, "{").unwrap();
    let output = sandbox.vault(["get", "dev", "A"]).fails(2);
    assert!(
        output.stderr().contains("it is damaged"),
        "{}",
        output.stderr()
    );
    for line in [&["get", "dev", "A"][..], &["check"]] {
        sandbox
            .vault(line)
            .without("XDG_STATE_HOME")
            .without("HOME")
            .variable(
                "VAULT_IDENTITY_FILE",
                sandbox.path("config/vault/identity.txt"),
            )
            .prints_secrets()
            .succeeds();
    }
}

#[test]
fn an_environment_that_got_another_name_is_known_by_its_log() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    let get = |name: &str| elsewhere(&sandbox, "laptop", &["get", name, "A"]).prints_secrets();
    get("dev").succeeds();
    sandbox.commit("dev");
    sandbox
        .vault(["env", "rename", "dev", "live", "--yes"])
        .succeeds();
    get("live").succeeds().says(
        "vault: live has changed since it was last used here:
vault:   ~ is called live, signed by alice ([..])
",
    );
}

#[test]
fn work_on_an_old_branch_does_not_make_a_machine_forget_who_has_left() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice]}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    let release = copied(&sandbox);
    reconfigure(&sandbox, "recipients: [alice]", "recipients: [alice, bob]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    let with_bob = copied(&sandbox);
    remove_bob(&sandbox);
    put_back(&release);
    sandbox.vault(["set", "dev", "HOTFIX", "two"]).succeeds();
    put_back(&with_bob);
    let output = sandbox.vault(["set", "dev", "NEW", "three"]).fails(3);
    assert!(
        output.stderr().contains("bob has left"),
        "{}",
        output.stderr()
    );
    // A removal that was undone for good is forgotten by whoever says so.
    sandbox.vault(["trust", "dev", "--yes"]).succeeds();
    sandbox.vault(["set", "dev", "NEW", "three"]).succeeds();
}

#[test]
fn what_somebody_who_has_left_signs_on_an_old_version_is_not_used() {
    let sandbox = both();
    let before = copied(&sandbox);
    remove_bob(&sandbox);
    put_back(&before);
    // Bob goes on from there, on a machine of his own.
    let bob = team::identity(&sandbox, "bob");
    let bob = bob.to_str().expect("text");
    elsewhere(&sandbox, "of-bob", &["-i", bob, "set", "dev", "A", "evil"])
        .without("XDG_CONFIG_HOME")
        .succeeds();
    for line in [
        &["get", "dev", "A"][..],
        &["run", "dev", "--", "true"],
        &["check"],
        &["check", "--keyless"],
    ] {
        let output = sandbox.vault(line).run().fails(3);
        let said = "dev is an older version here, signed by bob: bob has left since, and nothing tells whether it is from before";
        assert!(
            output.stderr().contains(said),
            "{line:?} {}",
            output.stderr()
        );
    }
}

#[test]
fn another_name_does_not_make_a_signed_environment_a_new_one_without_signature() {
    let sandbox = both();
    sandbox.commit("signed");
    reconfigure(
        &sandbox,
        "    dev: {recipients: [alice, bob]}",
        "    live: {recipients: [alice, bob], signed: false, file: secrets/dev.yaml}",
    );
    sandbox.write(DEV, stripped(&sandbox.read(DEV)));
    for line in [
        &["set", "live", "A", "two"][..],
        &["get", "live", "A"],
        &["check"],
        &["check", "--keyless"],
    ] {
        let output = sandbox.vault(line).run().fails(3);
        let said = "live is new here and not signed, and dev, which was signed when it was last used here, is gone from .vault.yaml";
        assert!(
            output.stderr().contains(said),
            "{line:?} {}",
            output.stderr()
        );
        // A machine that never saw it asks the history of the file.
        let output = elsewhere(&sandbox, "new", line).run().fails(3);
        let said = "earlier commits have this file signed as dev, not as live";
        assert!(
            output.stderr().contains(said),
            "{line:?} {}",
            output.stderr()
        );
    }
}
