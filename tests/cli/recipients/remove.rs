//! `vault recipients remove`.

use super::{files, opens, three, two, written};
use crate::team::{self, ALICE, BOB, CAROL, CI};

/// A key that reads, of nobody.
const OTHER: &str = "age1nk5f7kaxdgjsxnhvjjh5582mqhukxwefgp5je63xmtvy060h83cql8f647";

/// The lines of an age entry with a comment of this name above it.
fn entry(text: &str, name: &str) -> String {
    let start = text.find(&format!("        # {name}\n")).expect("an entry");
    let rest = &text[start..];
    let at = rest.find("          recipient: ").expect("its recipient");
    let end = at + rest[at..].find('\n').expect("a line") + 1;
    rest[..end].to_owned()
}

#[test]
fn whoever_is_removed_opens_nothing_new_also_with_their_old_entry_pasted_in() {
    let sandbox = three();
    let old = sandbox.read("secrets/dev.yaml");
    let output = sandbox
        .vault(["recipients", "remove", "carol", "--yes"])
        .succeeds_with("");
    output.says(
        "vault: dev (secrets/dev.yaml):
vault:   - carol (SHA256:[..])
vault:   the data key changes; every value is encrypted anew
vault: prod (secrets/prod.yaml):
vault:   - carol (SHA256:[..])
vault:   the data key changes; every value is encrypted anew
vault: removed carol: dev, prod
vault: carol has seen these values, and git keeps older ones; change them where they are used:
vault:   dev: TOKEN
vault:   prod: TOKEN
vault: machines that have VAULT_TRUST need the new one:
vault:   VAULT_TRUST='[..]/dev/[..] [..]/prod/[..]'
",
    );
    let config = sandbox.read(".vault.yaml");
    assert!(
        config.contains(&format!("former:\n    carol: {{ key: {CAROL}, removed: ")),
        "{config}"
    );
    assert!(config.contains("    dev: {recipients: [alice, bob]}\n"));
    sandbox.vault(["check"]).succeeds();
    for environment in ["dev", "prod"] {
        assert!(!opens(&sandbox, "carol", environment));
        assert!(opens(&sandbox, "bob", environment));
    }
    let new = sandbox.read("secrets/dev.yaml");
    assert_ne!(old.lines().next(), new.lines().next());
    let pasted = new.replacen(
        "    lastmodified:",
        &(entry(&old, "carol") + "    lastmodified:"),
        1,
    );
    assert_ne!(pasted, new);
    sandbox.write("secrets/dev.yaml", &pasted);
    sandbox.vault(["get", "dev", "TOKEN"]).fails(3).prints("");
    let Some(sops) = sandbox.sops(["decrypt", "secrets/dev.yaml"]) else {
        return;
    };
    // sops knows no signature, but the old entry holds an old data key.
    let key = team::identity(&sandbox, "carol");
    let opened = sops.variable("SOPS_AGE_KEY_FILE", key).run();
    assert_ne!(opened.code(), 0);
}

#[test]
fn somebody_who_has_left_comes_back_only_when_that_is_said() {
    let sandbox = three();
    sandbox
        .vault(["recipients", "remove", "carol", "--yes"])
        .succeeds();
    let add = ["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"];
    sandbox.vault(add).fails_with(
        3,
        "vault: error: carol, or that key, has left dev before\nvault: hint: --readmit lets them in again\n",
    );
    let mut other_name = add;
    other_name[2] = "karla";
    sandbox.vault(other_name).fails(3);
    // Neither half of their line comes back under another name, whatever stands beside it.
    let signs = CAROL.split_once(' ').unwrap().1;
    let line = format!("{OTHER} {signs}");
    for half in [signs, &line, CI] {
        other_name[3] = half;
        sandbox.vault(other_name).fails_with(
            3,
            "vault: error: karla, or that key, has left dev before\nvault: hint: --readmit lets them in again\n",
        );
    }
    sandbox.vault(add).and(["--readmit"]).succeeds();
    assert!(!sandbox.read(".vault.yaml").contains("former"));
    assert!(opens(&sandbox, "carol", "dev"));
    assert!(!opens(&sandbox, "carol", "prod"));
}

#[test]
fn the_last_recipient_and_the_last_writer_stay() {
    let sandbox = two();
    let before = files(&sandbox);
    sandbox
        .vault(["recipients", "remove", "alice", "--yes"])
        .fails_with(
            2,
            "vault: error: alice is the last recipient of prod
vault: hint: vault env remove prod ends the environment; or add somebody else first
",
        );
    assert_eq!(files(&sandbox), before);
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob], writers: [alice]}\n",
    );
    let output = sandbox
        .vault(["recipients", "remove", "alice", "--yes"])
        .fails(2);
    assert!(
        output
            .stderr()
            .starts_with("vault: error: nobody could write dev any more: the last writer stays\n")
    );
}

#[test]
fn nobody_writes_themselves_out() {
    let sandbox = three();
    let before = files(&sandbox);
    sandbox
        .vault(["recipients", "remove", "alice", "--yes"])
        .fails_with(
            2,
            "vault: error: alice can read environments that you cannot change; nothing is written
vault:   dev: after this no identity of yours could write dev
vault:   prod: after this no identity of yours could write prod
vault: hint: another writer of them has to do it
vault: hint: if you have another identity that can write them: add --lock-me-out, and that one with -i FILE
",
        );
    assert_eq!(files(&sandbox), before);
}

#[test]
fn r57_whoever_takes_themselves_out_says_so_and_has_another_identity_that_signs() {
    let sandbox = three();
    let bob = team::identity(&sandbox, "bob");
    let remove = || {
        let line = ["recipients", "remove", "alice", "--yes", "-i"];
        sandbox.vault(line).and([&bob])
    };
    let before = files(&sandbox);
    remove().fails_with(
        2,
        "vault: error: alice is you: the identity from [ROOT]/config/vault/identity.txt would open nothing of it afterwards; nothing is written
vault: hint: --lock-me-out says that it is meant
",
    );
    // Whose identity is given counts as that person.
    let line = ["recipients", "remove", "bob", "--yes", "-i"];
    sandbox.vault(line).and([&bob]).fails_with(
        2,
        "vault: error: bob is you: the identity from [ROOT]/bob.txt (-i) would open nothing of it afterwards; nothing is written
vault: hint: --lock-me-out says that it is meant
vault: hint: if you are not bob: leave out -i [ROOT]/bob.txt
",
    );
    assert_eq!(files(&sandbox), before);
    // Without an identity that stays there is nobody who could sign.
    let alone = ["recipients", "remove", "alice", "--lock-me-out", "--yes"];
    sandbox.vault(alone).fails(2);
    assert_eq!(files(&sandbox), before);
    remove().and(["--lock-me-out"]).succeeds();
    assert!(!opens(&sandbox, "alice", "dev"));
    assert!(opens(&sandbox, "bob", "prod"));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn r57_whoever_takes_themselves_out_of_an_unsigned_file_needs_nobody_to_sign() {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob], signed: false}\n",
    );
    let line = ["recipients", "remove", "alice", "--yes"];
    sandbox.vault(line).fails(2);
    sandbox.vault(line).and(["--lock-me-out"]).succeeds();
    assert!(!opens(&sandbox, "alice", "dev"));
    assert!(opens(&sandbox, "bob", "dev"));
}

#[test]
fn who_has_left_a_vault_without_a_log_comes_back_only_when_that_is_said() {
    let unsigned = "{recipients: [alice, bob, carol], signed: false}";
    let environments = format!("    dev: {unsigned}\n    prod: {unsigned}\n");
    let members = [("alice", ALICE), ("bob", BOB), ("carol", CAROL)];
    let sandbox = written(&members, &environments);
    sandbox
        .vault(["recipients", "remove", "carol", "--yes"])
        .succeeds();
    let before = files(&sandbox);
    let add = ["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"];
    let refused = |name: &str| {
        format!(
            "vault: error: {name}, or that key, has left before, as `former` in .vault.yaml says
vault: hint: --readmit lets them in again
"
        )
    };
    sandbox.vault(add).fails_with(3, &refused("carol"));
    let (reads, signs) = CAROL.split_once(' ').unwrap();
    for half in [CAROL, reads, signs, &format!("{OTHER} {signs}")] {
        let add = ["recipients", "add", "karla", half, "--env", "dev", "--yes"];
        sandbox.vault(add).fails_with(3, &refused("karla"));
    }
    let replace = ["recipients", "replace", "bob", CAROL, "--yes"];
    sandbox.vault(replace).fails_with(3, &refused("bob"));
    assert_eq!(files(&sandbox), before);
    // By hand it takes the same.
    let config = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        config
            .replacen("    bob: ", &format!("    carol: {CAROL}\n    bob: "), 1)
            .replacen("[alice, bob]", "[alice, bob, carol]", 1),
    );
    let sync = ["sync", "dev", "--yes"];
    sandbox.vault(sync).fails_with(
        3,
        "vault: error: carol has left before, as `former` in .vault.yaml says, and is wanted again in dev
vault: hint: vault sync --readmit carol lets them in again
",
    );
    sandbox.vault(sync).and(["--readmit", "carol"]).succeeds();
    assert!(opens(&sandbox, "carol", "dev") && !opens(&sandbox, "carol", "prod"));
    // Who came back under another name is not asked for each time.
    sandbox.write(".vault.yaml", config);
    sandbox.vault(["sync", "--yes"]).succeeds();
    let add = |name: &'static str, environment: &'static str| {
        [
            "recipients",
            "add",
            name,
            CAROL,
            "--env",
            environment,
            "--yes",
        ]
    };
    sandbox
        .vault(add("karla", "dev"))
        .and(["--readmit"])
        .succeeds();
    sandbox.vault(add("karla", "prod")).succeeds();
    assert!(opens(&sandbox, "carol", "dev") && opens(&sandbox, "carol", "prod"));
}

#[test]
fn what_the_remover_cannot_write_stays_pending_until_somebody_who_can_runs_sync() {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice, bob, carol]}\n    prod: {recipients: [alice, carol]}\n",
    );
    team::log_in(&sandbox, "bob");
    let before = files(&sandbox);
    sandbox
        .vault(["recipients", "remove", "carol", "--yes"])
        .fails_with(
            2,
            "vault: error: carol can read environments that you cannot change; nothing is written
vault:   prod: no identity of yours may write prod; writers are alice, carol
vault: hint: vault recipients remove carol --env dev does what you can, and notes the rest for a writer of it
",
        );
    assert_eq!(files(&sandbox), before);
    sandbox
        .vault(["recipients", "remove", "carol", "--env", "dev", "--yes"])
        .succeeds();
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(", pending: [prod] }\n")
    );
    assert_eq!(sandbox.read("secrets/prod.yaml"), before[2]);
    let check = sandbox.vault(["check"]).fails(1);
    assert!(
        check
            .stderr()
            .starts_with("vault: error: prod: carol left, and the file is still to get a new data key\nvault: hint: a writer of prod runs vault sync prod\n"),
        "{}",
        check.stderr()
    );
    let access = sandbox.vault(["access", "prod"]).fails(1);
    let pending = "has left; the removal is pending";
    assert!(access.stdout().contains(pending), "{}", access.stdout());
    team::log_in(&sandbox, "alice");
    // No new secret goes to somebody who has left.
    sandbox.vault(["set", "prod", "NEW", "value"]).fails(3);
    sandbox.vault(["sync", "--yes"]).succeeds();
    assert!(!sandbox.read(".vault.yaml").contains("pending"));
    assert!(!opens(&sandbox, "carol", "prod"));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn an_environment_without_a_second_recipient_is_told() {
    let sandbox = two();
    let output = sandbox
        .vault(["recipients", "remove", "bob", "--yes"])
        .succeeds();
    assert!(
        output
            .stderr()
            .contains("vault: warning: dev has one recipient"),
        "{}",
        output.stderr()
    );
}

#[test]
fn whoever_has_left_is_told_so_and_how_they_come_back() {
    let sandbox = three();
    sandbox
        .vault(["recipients", "remove", "bob", "--yes"])
        .succeeds();
    sandbox.commit("bob has left");
    team::log_in(&sandbox, "bob");
    let told = "bob, whose key this is, was taken out of dev by alice ([..])";
    let way = format!(
        "to let bob in again alice or carol types vault recipients add bob '{BOB}' --env dev --readmit\n"
    );
    for line in [
        &["get", "dev", "TOKEN"][..],
        &["set", "dev", "TOKEN", "new"],
    ] {
        let output = sandbox.vault(line).run().fails(2);
        let expected = format!("[..]\n...\nvault:   {told}\nvault: hint: {way}");
        snapbox::assert_data_eq!(output.stderr(), expected);
    }
    let setup = sandbox.vault(["setup"]).succeeds();
    let expected = format!("vault: hint: dev: {told}; {way}...\n");
    snapbox::assert_data_eq!(setup.stderr(), expected);
    team::log_in(&sandbox, "alice");
    let add = [
        "recipients",
        "add",
        "bob",
        BOB,
        "--env",
        "dev",
        "--readmit",
        "--yes",
    ];
    sandbox.vault(add).succeeds();
    assert!(opens(&sandbox, "bob", "dev"));
}

#[test]
fn a_config_of_sops_that_still_names_whoever_has_left_is_told() {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob], file: app/secrets/dev.yaml}\n    other: {recipients: [alice], file: other/x.yaml}\n",
    );
    let [alice, bob] = [ALICE, BOB].map(|line| line.split(' ').next().unwrap_or_default());
    let rules = |keys: &str| format!("creation_rules:\n  - path_regex: never\n    age: {keys}\n");
    sandbox.write(".sops.yaml", rules(&format!("{alice},{bob}")));
    sandbox.write("app/secrets/.sops.yaml", rules(bob));
    // Where he is not named, nothing can be read, or nothing of his is.
    sandbox.write("app/.sops.yaml", rules(alice));
    sandbox.write("other/.sops.yaml", rules(bob));
    let folder = sandbox.work("app");
    let output = sandbox
        .vault(["-C", "..", "recipients", "remove", "bob", "--yes"])
        .within(folder)
        .succeeds();
    let warnings = output.stderr().lines();
    let warnings: Vec<&str> = warnings
        .filter(|line| line.contains(".sops.yaml"))
        .collect();
    snapbox::assert_data_eq!(
        warnings.join("\n"),
        "vault: warning: ../.sops.yaml still names the key of bob: sops gives bob what it encrypts from now on; take it out there
vault: warning: secrets/.sops.yaml still names the key of bob: sops gives bob what it encrypts from now on; take it out there"
    );
}
