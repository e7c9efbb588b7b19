//! `vault sign`.

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, configured, get, reconfigure},
};

const DEV: &str = "secrets/dev.yaml";
const PEOPLE: [(&str, &str); 2] = [("alice", ALICE), ("bob", BOB)];

/// A signed file with two values, committed; `None` where there is no sops to edit it.
fn with_sops(environment: &str) -> Option<Sandbox> {
    let sandbox = configured(&PEOPLE, environment);
    sandbox.set("SOPS_AGE_KEY_FILE", sandbox.path("alice.txt"));
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox
        .vault(["set", "dev", "TOKEN", "hunter2-API-token"])
        .succeeds();
    sandbox.commit("secrets");
    sandbox.sops(["--version"])?.succeeds();
    Some(sandbox)
}

fn both() -> Option<Sandbox> {
    with_sops("    dev: {recipients: [alice, bob]}\n")
}

fn sops(sandbox: &Sandbox, line: &[&str]) {
    sandbox.sops(line).expect("it was there").succeeds();
}

const SIGNED: &str = "vault: signed: dev\n";

#[test]
fn what_sops_changed_is_shown_by_key_and_signed_again() {
    let Some(sandbox) = both() else { return };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    sops(&sandbox, &["set", DEV, "[\"NEW\"]", "\"three\""]);
    sops(&sandbox, &["unset", DEV, "[\"TOKEN\"]"]);
    sandbox.vault(["get", "dev", "A"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: the file is not signed
vault: hint: git log -p -- secrets/dev.yaml shows who changed it; git checkout [..] -- secrets/dev.yaml brings back the last one that was in order
vault: hint: only if it was you or a colleague, with sops: vault sign dev shows what changed, and signs it again
",
    );
    sandbox
        .vault(["sign", "dev", "--yes"])
        .succeeds_with("")
        .says(
            "vault: dev (secrets/dev.yaml):
vault:   compared with the version that alice signed:
vault:   ~ A
vault:   + NEW
vault:   - TOKEN
vault: signed: dev
",
        );
    assert_eq!(get(&sandbox, "dev", "A"), "two");
    sandbox.vault(["check"]).succeeds();
    sandbox
        .vault(["sign", "dev"])
        .succeeds()
        .says("vault: signed already\n");
}

#[test]
fn the_log_survives_commits_of_sops_and_a_squash() {
    let Some(sandbox) = both() else { return };
    sandbox.git(["checkout", "--quiet", "-b", "topic"]);
    for value in ["two", "three"] {
        sops(&sandbox, &["set", DEV, "[\"A\"]", &format!("\"{value}\"")]);
        sandbox.commit("by sops");
    }
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.git(["merge", "--quiet", "--squash", "topic"]);
    sandbox.commit("squashed");
    let output = sandbox.vault(["sign", "dev", "--yes"]).succeeds();
    assert!(output.stderr().ends_with(SIGNED));
    assert_eq!(get(&sandbox, "dev", "A"), "three");
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_file_that_moved_keeps_its_log() {
    let Some(sandbox) = both() else { return };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    std::fs::create_dir(sandbox.work("deploy")).unwrap();
    std::fs::rename(sandbox.work(DEV), sandbox.work("deploy/dev.yaml")).unwrap();
    reconfigure(&sandbox, "dev: {", "dev: {file: deploy/dev.yaml, ");
    sandbox.commit("moved");
    let output = sandbox.vault(["sign", "dev", "--yes"]).succeeds();
    output.says(
        "vault: dev (deploy/dev.yaml):
vault:   compared with the version that alice signed:
vault:   ~ A
vault: signed: dev
",
    );
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn another_data_key_or_recipient_or_rule_is_refused_until_it_is_accepted_as_foreign() {
    let recipient = BOB.split(' ').next().unwrap();
    for (change, said) in [
        (
            vec!["rotate", "--in-place", DEV],
            "its data key is not that of the last signed version",
        ),
        (
            vec!["rotate", "--in-place", "--rm-age", recipient, DEV],
            "its data key is not that of the last signed version
vault:   its recipients are not those of the last signed version",
        ),
    ] {
        let Some(sandbox) = both() else { return };
        sops(&sandbox, &change);
        let before = sandbox.read(DEV);
        sandbox.vault(["sign", "dev", "--yes"]).fails_with(
            3,
            &format!(
                "vault: error: secrets/dev.yaml: somebody without a key may have made this file
vault:   {said}
vault: hint: git checkout [..] -- secrets/dev.yaml brings the last signed version back
vault: hint: vault sign --accept-foreign dev shows what is in it, and asks
"
            ),
        );
        assert_eq!(sandbox.read(DEV), before);
        let output = sandbox
            .vault(["sign", "--accept-foreign", "dev", "--yes"])
            .succeeds();
        assert!(output.stderr().contains("vault:   who could read it:\n"));
        assert!(output.stderr().contains("the data key changes"));
        // Everybody of the log reads the new file, and nobody else.
        sandbox.vault(["check"]).succeeds();
        let bob = team::identity(&sandbox, "bob");
        sandbox
            .vault(["get", "dev", "A", "-i", bob.to_str().unwrap()])
            .succeeds_with("1");
    }
}

#[test]
fn a_file_made_with_public_keys_only_is_refused() {
    let Some(sandbox) = both() else { return };
    sandbox.write(DEV, "A: forged\n");
    let recipients: Vec<&str> = [ALICE, BOB]
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let line = [
        "encrypt",
        "--in-place",
        "--unencrypted-regex",
        "^$",
        "--age",
        &recipients.join(","),
        DEV,
    ];
    sandbox
        .sops(line)
        .unwrap()
        .without("SOPS_AGE_KEY_FILE")
        .succeeds();
    let before = sandbox.read(DEV);
    sandbox.vault(["get", "dev", "A"]).fails(3);
    sandbox.vault(["sign", "dev", "--yes"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: somebody without a key may have made this file
vault:   its data key is not that of the last signed version
vault: hint: git checkout [..] -- secrets/dev.yaml brings the last signed version back
vault: hint: vault sign --accept-foreign dev shows what is in it, and asks
",
    );
    sandbox.vault(["sync", "--yes"]).fails(3);
    assert_eq!(sandbox.read(DEV), before);
    // Neither a config that forgets the id nor another path helps.
    let config = sandbox.read(".vault.yaml");
    let id = config
        .lines()
        .find(|line| line.starts_with("repository"))
        .unwrap();
    for changed in [
        config.replace(&format!("{id}\n"), ""),
        config.replace(id, "repository: 00112233445566778899aabbccddeeff"),
    ] {
        sandbox.write(".vault.yaml", &changed);
        sandbox.vault(["sign", "dev", "--yes"]).fails_with(
            3,
            "vault: error: secrets/dev.yaml: its last signed version belongs to another `repository` than .vault.yaml says
vault: hint: git log -p .vault.yaml shows who changed it, and what it was
",
        );
    }
    sandbox.write(
        ".vault.yaml",
        config.replace("dev: {", "dev: {file: other.yaml, "),
    );
    std::fs::rename(sandbox.work(DEV), sandbox.work("other.yaml")).unwrap();
    sandbox.vault(["sign", "dev", "--yes"]).fails(3);
    assert_eq!(sandbox.read("other.yaml"), before);
}

#[test]
fn another_rule_is_refused() {
    let Some(sandbox) = both() else { return };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    let changed = sandbox
        .read(DEV)
        .replacen("unencrypted_regex: ^$", "unencrypted_regex: ^NEW", 1);
    sandbox.write(DEV, &changed);
    sandbox.vault(["sign", "dev", "--yes"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: somebody without a key may have made this file
vault:   its rule, what is encrypted, is not that of the last signed version
vault: hint: git checkout [..] -- secrets/dev.yaml brings the last signed version back
vault: hint: vault sign --accept-foreign dev shows what is in it, and asks
",
    );
}

#[test]
fn a_block_that_does_not_verify_is_never_signed_over() {
    let Some(sandbox) = both() else { return };
    let forged = sandbox.read(DEV).replacen("A: ENC", "B: ENC", 1);
    sandbox.write(DEV, &forged);
    sandbox.vault(["sign", "dev", "--yes"]).fails(3);
    sandbox
        .vault(["sign", "--accept-foreign", "dev", "--yes"])
        .fails(3);
    assert_eq!(sandbox.read(DEV), forged);
}

#[test]
fn without_git_nothing_tells_who_made_a_file() {
    let Some(sandbox) = both() else { return };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    std::fs::remove_dir_all(sandbox.work(".git")).unwrap();
    team::forget_everything(&sandbox);
    let before = sandbox.read(DEV);
    sandbox.vault(["sign", "dev", "--yes"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: there is no git history that could tell who made this file
vault: hint: vault sign --accept-foreign dev shows what is in it, and asks
",
    );
    assert_eq!(sandbox.read(DEV), before);
    sandbox
        .vault(["sign", "--accept-foreign", "dev", "--yes"])
        .succeeds();
    assert_ne!(sandbox.read(DEV).lines().next(), before.lines().next());
    assert_eq!(get(&sandbox, "dev", "A"), "two");
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn in_a_shallow_clone_nothing_tells_who_made_a_file() {
    let Some(sandbox) = both() else { return };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    sandbox.commit("by sops");
    let from = format!("file://{}", sandbox.work("").display());
    let to = sandbox.path("clone");
    sandbox.git([
        "clone",
        "--quiet",
        "--depth",
        "1",
        &from,
        to.to_str().unwrap(),
    ]);
    team::forget_everything(&sandbox);
    sandbox.vault(["sign", "dev", "--yes"]).within(&to).fails_with(
        3,
        "vault: error: secrets/dev.yaml: the git history is cut off here: nothing tells who made this file
vault: hint: vault sign --accept-foreign dev shows what is in it, and asks
",
    );
}

#[test]
fn a_file_that_was_never_signed_is_adopted_and_the_config_says_so_in_the_same_write() {
    let Some(sandbox) = with_sops("    dev: {recipients: [alice, bob], signed: false}\n") else {
        return;
    };
    sandbox.vault(["sign", "dev", "--yes"]).succeeds().says(
        "vault: dev (secrets/dev.yaml):
vault:   was never signed; 2 keys; from now on signed, for
vault:   alice reads and writes (SHA256:[..])
vault:   bob reads and writes (SHA256:[..])
vault:   the data key changes; every value is encrypted anew
vault: signed: dev
",
    );
    let config = sandbox.read(".vault.yaml");
    assert!(!config.contains("signed"));
    assert!(config.contains("repository: "));
    sandbox.vault(["check"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "hunter2-API-token");
    sops(&sandbox, &["decrypt", DEV]);
}

#[test]
fn whoever_made_an_adopted_file_cannot_read_what_is_written_later() {
    let Some(sandbox) = with_sops("    dev: {recipients: [alice], signed: false}\n") else {
        return;
    };
    let stranger = team::identity(&sandbox, "outsider");
    let public = std::fs::read_to_string(&stranger).unwrap();
    let public = public
        .lines()
        .find_map(|line| line.strip_prefix("# public key: "))
        .unwrap();
    let alice = ALICE.split(' ').next().unwrap();
    sandbox.write(DEV, "A: forged\n");
    let both = format!("{alice},{public}");
    sops(
        &sandbox,
        &[
            "encrypt",
            "--in-place",
            "--unencrypted-regex",
            "^$",
            "--age",
            &both,
            DEV,
        ],
    );
    // The stranger takes their entry out of the file, and keeps it.
    let forged = sandbox.read(DEV);
    sandbox.write(".sops.yaml", format!("creation_rules:\n  - age: {alice}\n"));
    sops(&sandbox, &["updatekeys", "--yes", DEV]);
    sandbox.write(DEV, with_entries_of(&sandbox.read(DEV), &forged));
    sandbox
        .sops(["decrypt", DEV])
        .unwrap()
        .variable("SOPS_AGE_KEY_FILE", &stranger)
        .succeeds();
    sops(&sandbox, &["updatekeys", "--yes", DEV]);
    sandbox.vault(["sign", "dev", "--yes"]).succeeds();
    sandbox
        .vault(["set", "dev", "LATER", "hunter2-API-token"])
        .succeeds();
    sandbox.write(DEV, with_entries_of(&sandbox.read(DEV), &forged));
    let output = sandbox
        .sops(["decrypt", DEV])
        .unwrap()
        .variable("SOPS_AGE_KEY_FILE", &stranger)
        .run();
    assert_ne!(output.code(), 0);
    assert!(!output.stdout().contains("hunter2"));
}

/// A file with the age entries of another one.
fn with_entries_of(text: &str, other: &str) -> String {
    let entries = |text: &str| {
        let start = text.find("    age:\n").expect("age entries");
        start..text.find("    lastmodified:").expect("a time")
    };
    let mut changed = text.to_owned();
    changed.replace_range(entries(text), &other[entries(other)]);
    changed
}

#[test]
fn all_files_are_signed_at_once() {
    let Some(sandbox) = with_sops(
        "    dev: {recipients: [alice], signed: false}\n    prod: {recipients: [alice], signed: false}\n",
    ) else {
        return;
    };
    sandbox.vault(["set", "prod", "A", "1"]).succeeds();
    sandbox.commit("prod");
    let output = sandbox.vault(["sign", "--all", "--yes"]).succeeds();
    assert!(output.stderr().ends_with("vault: signed: dev, prod\n"));
    assert!(!sandbox.read(".vault.yaml").contains("signed"));
    sandbox.vault(["check"]).succeeds();
    sandbox
        .vault(["sign", "--all"])
        .succeeds()
        .says("vault: signed already\n");
    sandbox.vault(["sign"]).fails(2);
    sandbox.vault(["sign", "--all", "dev"]).fails(2);
}

#[test]
fn the_plan_is_confirmed_on_the_terminal_or_by_yes_and_nothing_else() {
    let Some(sandbox) = both() else { return };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    let before = sandbox.read(DEV);
    let output = sandbox.vault(["sign", "dev"]).stdin("y\n").fails(2);
    assert!(output.stderr().ends_with(
        "vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
"
    ));
    for (answer, code) in [("n", 2), ("y", 0)] {
        let Some(terminal) = sandbox.on_terminal(["sign", "dev"]) else {
            return;
        };
        let output = terminal.sees("~ A").sees("Sign? [y/N]").types(answer).run();
        assert_eq!(output.code(), code);
        assert_eq!(sandbox.read(DEV) == before, code != 0);
    }
}

#[test]
fn whoever_may_not_write_may_not_sign() {
    let Some(sandbox) = with_sops("    dev: {recipients: [alice, bob], writers: [alice]}\n") else {
        return;
    };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    let before = sandbox.read(DEV);
    team::log_in(&sandbox, "bob");
    sandbox.unset("SOPS_AGE_KEY_FILE");
    let output = sandbox.vault(["sign", "dev", "--yes"]).fails(2);
    assert!(output.stderr().contains(
        "vault: error: secrets/dev.yaml: no identity of yours may write dev; writers are alice\n"
    ), "{}", output.stderr());
    assert_eq!(sandbox.read(DEV), before);
}

#[test]
fn the_members_of_the_last_signed_version_stay_whatever_the_config_says() {
    let Some(sandbox) = both() else { return };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sign", "dev", "--yes"]).succeeds();
    sandbox.vault(["set", "dev", "B", "1"]).fails_with(
        3,
        "vault: error: dev can still be read by bob, whom .vault.yaml no longer lists
vault: hint: vault sync dev takes them out and changes the data key
",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.vault(["set", "dev", "B", "1"]).succeeds();
}

#[test]
fn a_program_gets_the_plan_and_is_never_asked() {
    let Some(sandbox) = both() else { return };
    sops(&sandbox, &["set", DEV, "[\"A\"]", "\"two\""]);
    let edited = sandbox.read(DEV);
    let plan = |written: bool| {
        format!(
            r#"[
  {{
    "environment": "dev",
    "file": "secrets/dev.yaml",
    "action": "sign again",
    "plan": [
      "compared with the version that alice signed:",
      "~ A"
    ],
    "written": {written}
  }}
]
"#
        )
    };
    let undecided = sandbox.vault(["sign", "dev", "--json"]).fails(1);
    undecided.prints(&plan(false)).says("");
    assert_eq!(sandbox.read(DEV), edited);
    sandbox
        .vault(["sign", "dev", "--json", "--yes"])
        .succeeds_with(&plan(true))
        .says(SIGNED);
    sandbox
        .vault(["sign", "--all", "--json"])
        .succeeds_with("[]\n")
        .says("");
    // What is refused has no plan.
    sandbox.write(DEV, edited.replace("A: ENC", "B: ENC"));
    sandbox
        .vault(["sign", "dev", "--json", "--yes"])
        .fails(3)
        .prints("");
}

#[test]
fn whose_line_lacks_the_key_that_signs_is_told_which_line_it_should_be() {
    let line = ALICE.split(' ').next().expect("the key that reads");
    let sandbox = configured(
        &[("alice", line)],
        "    dev: {recipients: [alice], signed: false, file: \"a b.yaml\"}\n",
    );
    sandbox.write("a b.yaml", "A: 1\n");
    let Some(sops) = sandbox.sops(["encrypt", "--in-place", "--age", line, "a b.yaml"]) else {
        return;
    };
    sops.succeeds();
    sandbox.commit("adopted");
    let sign = || sandbox.vault(["sign", "--all", "--yes"]);
    let said = sign().fails(2);
    let hint = format!(
        "vault: hint: alice in .vault.yaml lacks the key that signs: put the whole line there: alice: {ALICE}\n"
    );
    assert!(said.stderr().ends_with(&hint), "{}", said.stderr());
    reconfigure(&sandbox, line, ALICE);
    sign().succeeds();
}
