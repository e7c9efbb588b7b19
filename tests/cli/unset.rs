//! `vault unset`.

use serde_json::json;

use crate::{
    sandbox::Sandbox,
    team::{ALICE, alone, configured},
};

const FILE: &str = "secrets/dev.yaml";

fn with(values: &[(&str, &str)]) -> Sandbox {
    let sandbox = alone();
    for (key, value) in values {
        sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    sandbox
}

fn tree(sandbox: &Sandbox) -> serde_json::Value {
    let output = sandbox
        .vault(["render", "dev", "--format", "json"])
        .prints_secrets()
        .succeeds();
    serde_json::from_str(output.stdout()).expect("JSON")
}

/// The keys of the file as they stand in it, before the metadata.
fn data(text: &str) -> Vec<&str> {
    text.lines()
        .take_while(|line| *line != "sops:")
        .map(|line| line.split(" ENC[").next().unwrap_or_default())
        .collect()
}

#[test]
fn several_keys_go_at_once_or_none() {
    let sandbox = with(&[
        ("A", "1"),
        ("B", "2"),
        ("db.user", "u"),
        ("db.password", "p"),
    ]);
    let before = sandbox.read(FILE);
    sandbox
        .vault(["unset", "dev", "A", "db.usr", "B"])
        .fails_with(
            2,
            "vault: error: dev has no key db.usr
vault: hint: did you mean db.user?
",
        );
    assert_eq!(sandbox.read(FILE), before);
    sandbox
        .vault(["unset", "dev", "A", "db.user", "A"])
        .succeeds()
        .says("vault: - A\nvault: - db.user\n");
    assert_eq!(tree(&sandbox), json!({"B": "2", "db": {"password": "p"}}));
}

#[test]
fn habits_of_others_work() {
    let sandbox = with(&[("A", "1"), ("B", "2")]);
    sandbox.vault(["rm", "dev", "A"]).succeeds();
    sandbox.vault(["delete", "dev", "B"]).succeeds();
    sandbox.vault(["unset", "dev", "B"]).fails_with(
        2,
        "vault: error: dev has no key B
vault: hint: vault list dev shows the keys
",
    );
    sandbox.vault(["unset", "dev"]).fails(2);
}

#[test]
fn positions_are_those_of_before_and_later_items_move_up() {
    let sandbox = with(&[("l[0]", "a"), ("l[1]", "b"), ("l[2]", "c"), ("l[3]", "d")]);
    sandbox
        .vault(["unset", "dev", "l[0]", "l[2]", "l[0]"])
        .succeeds();
    assert_eq!(tree(&sandbox), json!({"l": ["b", "d"]}));
    sandbox.vault(["unset", "dev", "l[2]"]).fails(2);
    sandbox.vault(["unset", "dev", "l[0]", "l[1]"]).succeeds();
    assert_eq!(tree(&sandbox), json!({"l": []}));
    sandbox.vault(["set", "dev", "l[0]", "e"]).succeeds();
    assert_eq!(tree(&sandbox), json!({"l": ["e"]}));
}

#[test]
fn a_map_goes_with_everything_in_it() {
    let sandbox = with(&[("db.user", "u"), ("db.password", "p"), ("A", "1")]);
    sandbox
        .vault(["unset", "dev", "db.user", "db"])
        .succeeds()
        .says("vault: - db.user\nvault: - db.password\n");
    assert_eq!(tree(&sandbox), json!({"A": "1"}));
}

#[test]
fn an_emptied_map_stays_and_the_last_key_leaves_a_file_that_sops_opens() {
    let sandbox = with(&[("db.user", "u"), ("A", "1")]);
    sandbox.vault(["unset", "dev", "db.user"]).succeeds();
    assert_eq!(data(&sandbox.read(FILE)), ["db: {}", "A:"]);
    sandbox.vault(["unset", "dev", "A", "db"]).succeeds();
    assert_eq!(data(&sandbox.read(FILE)), [""; 0]);
    assert_eq!(tree(&sandbox), json!({}));
    let Some(sops) = sandbox.sops(["decrypt", FILE]) else {
        return;
    };
    sops.variable("SOPS_AGE_KEY_FILE", sandbox.path("alice.txt"))
        .succeeds_with("{}\n");
    sandbox.vault(["set", "dev", "B", "2"]).succeeds();
    assert_eq!(tree(&sandbox), json!({"B": "2"}));
}

#[test]
fn a_key_takes_its_own_comments_along_and_leaves_the_others() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false}\n",
    );
    sandbox.write(
        FILE,
        "# about the file\n\n# about A\nA: one # at its side\n# about B\nB: two\n# the end\n",
    );
    let recipient = ALICE.split(' ').next().unwrap();
    let line = [
        "encrypt",
        "--in-place",
        "--unencrypted-regex",
        "^$",
        "--age",
        recipient,
        FILE,
    ];
    let Some(sops) = sandbox.sops(line) else {
        return;
    };
    sops.succeeds();
    // sops drops the blank line, and with it what the first comment is about.
    sandbox.write(FILE, sandbox.read(FILE).replacen('\n', "\n\n", 1));
    sandbox.vault(["unset", "dev", "A"]).succeeds();
    let opened = sandbox
        .sops(["decrypt", FILE])
        .unwrap()
        .variable("SOPS_AGE_KEY_FILE", sandbox.path("alice.txt"))
        .succeeds();
    assert!(!opened.stdout().contains("about A"), "{}", opened.stdout());
    assert!(!opened.stdout().contains("at its side"));
    assert!(opened.stdout().contains("# about the file\n"));
    assert!(opened.stdout().contains("# about B\nB: two\n# the end\n"));
}

#[test]
fn a_file_that_does_not_exist_is_not_made_for_it() {
    let sandbox = configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    sandbox.vault(["unset", "dev", "A"]).fails_with(
        2,
        "vault: error: dev has no file yet: secrets/dev.yaml
vault: hint: vault set dev KEY makes it with the first value
",
    );
    assert_eq!(sandbox.files(), [".vault.yaml"]);
}

#[test]
fn the_metadata_is_no_key() {
    let sandbox = with(&[("A", "1")]);
    sandbox.vault(["unset", "dev", "sops"]).fails(2);
    sandbox.vault(["unset", "dev", "sops.mac"]).fails(2);
}

#[test]
fn an_empty_map_or_list_comes_and_goes_as_any_other_value() {
    let sandbox = alone();
    let import = |text: &str| sandbox.vault(["import", "dev", "-"]).stdin(text).succeeds();
    import("{\"a\": {}, \"l\": [], \"c\": 1}");
    import("{\"b\": {}}");
    assert_eq!(tree(&sandbox), json!({"a": {}, "l": [], "c": 1, "b": {}}));
    let output = sandbox.vault(["unset", "dev", "a", "l"]).succeeds();
    output.says("vault: - a\nvault: - l\n");
    assert_eq!(tree(&sandbox), json!({"c": 1, "b": {}}));
    let edit = sandbox.vault(["edit", "dev"]);
    let edited = edit.variable("VAULT_EDITOR", "sed -i /^b:/d").succeeds();
    assert_eq!(edited.stderr().lines().last(), Some("vault: - b"));
    assert_eq!(tree(&sandbox), json!({"c": 1}));
}

#[test]
fn an_item_goes_before_one_that_begins_with_a_comment() {
    let sandbox = alone();
    let edit = |text: &str| {
        let written = sandbox.write(sandbox.path("text.yaml"), text);
        let editor = format!("cp '{}'", written.display());
        let edit = sandbox.vault(["edit", "dev"]);
        edit.variable("VAULT_EDITOR", editor).succeeds();
    };
    let unset = |key: &str, said: &str| {
        sandbox.vault(["unset", "dev", key]).succeeds().says(said);
        sandbox.vault(["check"]).succeeds();
    };
    edit("users:\n  - name: ann\n    pw: s1\n  - name: bob\n    # of bob\n    pw: s2\n");
    unset("users[1].name", "vault: - users[1].name\n");
    unset(
        "users[0]",
        "vault: ~ users[0].pw\nvault: - users[0].name\nvault: - users[1].pw\n",
    );
    let text = sandbox.read(FILE);
    let comment = data(&text)[1];
    assert!(comment.starts_with("  - #ENC["), "{comment}");
    assert_eq!(data(&text), ["users:", comment, "    pw:"]);
    assert_eq!(tree(&sandbox), json!({"users": [{"pw": "s2"}]}));
    edit("k:\n  - l: x\n  -\n    # c\n    a: m\n");
    unset(
        "k[0]",
        "vault: + k[0].a\nvault: - k[0].l\nvault: - k[1].a\n",
    );
    assert_eq!(tree(&sandbox), json!({"k": [{"a": "m"}]}));
}
