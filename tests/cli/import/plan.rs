//! What is written, and what keeps it from being written.

use super::{json, with};
use crate::team::{self, ALICE, BOB, get};

#[test]
fn every_key_is_shown_with_its_fate_and_no_value_is() {
    let sandbox = with(".env", "A=first-value\nB=second-value\n");
    sandbox.secret("first-value");
    sandbox.secret("second-value");
    sandbox.vault(["set", "dev", "A", "first-value"]).succeeds();
    sandbox
        .vault(["import", "dev", ".env"])
        .succeeds_with("")
        .says(
            "vault: = A
vault: + B
vault: writing 1 key to secrets/dev.yaml for alice
vault: 2 keys of .env are in dev: read back from secrets/dev.yaml and compared
vault: .env still has the values in clear; --delete-source deletes it
",
        );
    let before = sandbox.read("secrets/dev.yaml");
    sandbox.vault(["import", "dev", ".env"]).succeeds().says(
        "vault: = A
vault: = B
vault: 2 keys of .env were in dev already; nothing changed
vault: .env still has the values in clear; --delete-source deletes it
",
    );
    assert_eq!(sandbox.read("secrets/dev.yaml"), before);
}

#[test]
fn an_empty_map_brings_nothing_into_one_that_has_keys() {
    let sandbox = with(".env.json", "{\"m\": {}, \"NEW\": \"1\", \"e\": {}}");
    sandbox.vault(["set", "dev", "m.x", "1"]).succeeds();
    sandbox
        .vault(["import", "dev", ".env.json"])
        .succeeds()
        .says(
            "vault: + NEW
vault: + e
vault: writing 2 keys to secrets/dev.yaml for alice
vault: 2 keys of .env.json are in dev: read back from secrets/dev.yaml and compared
vault: .env.json still has the values in clear; --delete-source deletes it
",
        );
    assert_eq!(
        json(&sandbox, "dev"),
        "{\n  \"m\": {\n    \"x\": \"1\"\n  },\n  \"NEW\": \"1\",\n  \"e\": {}\n}\n"
    );
    let before = sandbox.read("secrets/dev.yaml");
    let import = ["import", "dev", "-", "--format", "json"];
    let alone = sandbox.vault(import).stdin("{\"m\": {}}");
    alone.succeeds().says(
        "vault: standard input has nothing but empty maps, and dev has keys in them; nothing changed\n",
    );
    assert_eq!(sandbox.read("secrets/dev.yaml"), before);
}

#[test]
fn other_values_are_replaced_only_with_overwrite() {
    let sandbox = with(".env", "A=2\nB=2\nC=2\n");
    for key in ["A", "B"] {
        sandbox.vault(["set", "dev", key, "1"]).succeeds();
    }
    let before = sandbox.read("secrets/dev.yaml");
    sandbox.vault(["import", "dev", ".env"]).fails_with(
        2,
        "vault: ~ A
vault: ~ B
vault: + C
vault: error: dev has other values for 2 of the keys; nothing is written
vault:   A
vault:   B
vault: hint: --overwrite takes those of .env
vault: hint: --except KEY leaves a key out
",
    );
    assert_eq!(sandbox.read("secrets/dev.yaml"), before);
    sandbox
        .vault(["import", "dev", ".env", "--overwrite", "--except", "B"])
        .succeeds();
    let values = ["A", "B", "C"].map(|key| get(&sandbox, "dev", key));
    assert_eq!(values, ["2", "1", "2"]);
}

#[test]
fn a_value_of_another_type_is_another_value() {
    let sandbox = with("a.json", "{\"PORT\": 8080}");
    sandbox.vault(["set", "dev", "PORT", "8080"]).succeeds();
    let refused = sandbox.vault(["import", "dev", "a.json"]).fails(2);
    assert!(refused.stderr().contains("~ PORT"));
    sandbox
        .vault(["import", "dev", "a.json", "--overwrite"])
        .succeeds();
    assert_eq!(json(&sandbox, "dev"), "{\n  \"PORT\": 8080\n}\n");
}

#[test]
fn keys_are_chosen_by_patterns() {
    let sandbox = with(
        "a.json",
        r#"{"DB_URL": "a", "DB_OLD": "b", "mail": {"host": "c", "port": 25}, "X": "d"}"#,
    );
    sandbox
        .vault([
            "import",
            "dev",
            "a.json",
            "--only",
            "DB_*",
            "--only",
            "mail",
            "--except",
            "*OLD",
            "--except",
            "mail.port",
        ])
        .succeeds();
    assert_eq!(
        json(&sandbox, "dev"),
        "{\n  \"DB_URL\": \"a\",\n  \"mail\": {\n    \"host\": \"c\"\n  }\n}\n"
    );
    sandbox
        .vault([
            "import", "dev", "a.json", "--except", "TYPO*", "--only", "x",
        ])
        .fails_with(
            2,
            "vault: error: a.json has no key that is named by x, TYPO*
vault: hint: * stands for any characters, ? for one; capitals count
",
        );
    sandbox
        .vault(["import", "dev", "a.json", "--except", "*"])
        .fails_with(2, "vault: error: --except leaves nothing of a.json\n");
}

#[test]
fn maps_merge_and_are_never_replaced_by_a_value() {
    let sandbox = with("a.json", r#"{"m": "value", "n": {"a": 1}}"#);
    sandbox.vault(["set", "dev", "m.a", "1"]).succeeds();
    sandbox.vault(["set", "dev", "n.b", "2"]).succeeds();
    sandbox
        .vault(["import", "dev", "a.json", "--overwrite"])
        .fails_with(
            2,
            "vault: ! m
vault: + n.a
vault: error: dev has keys below one of these, or a value where keys would go; nothing is written
vault:   m
vault: hint: vault unset dev KEY makes room; --except KEY leaves it out
",
        );
    sandbox
        .vault(["import", "dev", "a.json", "--except", "m"])
        .succeeds();
    assert_eq!(
        json(&sandbox, "dev"),
        "{\n  \"m\": {\n    \"a\": \"1\"\n  },\n  \"n\": {\n    \"b\": \"2\",\n    \"a\": 1\n  }\n}\n"
    );
}

#[test]
fn everything_that_cannot_be_a_secret_is_refused_at_once() {
    let long = "k".repeat(256);
    let large = "v".repeat((1 << 20) + 1);
    let text = format!(
        r#"{{"": "1", "a=b": "2", "{long}": "3", "nul": "hunter2\u0000", "sops": "4", "large": "{large}", "x": "ENC[AES256_GCM,data:a]", "..": "5", "fine": "6"}}"#
    );
    let sandbox = with("a.json", &text);
    let refused = sandbox.vault(["import", "dev", "a.json"]).fails(2);
    let said = refused.stderr();
    let lines: Vec<&str> = said
        .lines()
        .skip_while(|line| !line.starts_with("vault: error: "))
        .collect();
    assert_eq!(lines[0], "vault: error: 8 of the keys cannot be written");
    assert_eq!(lines.len(), 9, "{said}");
    assert!(!said.contains("hunter2"));
    sandbox.vault(["list", "dev"]).succeeds_with("");
}

#[test]
fn an_environment_without_a_file_gets_it_with_the_import() {
    let sandbox = team::configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev:\n        recipients: [alice, bob]\n",
    );
    sandbox.write(".env", "A=1\n");
    let said = sandbox.vault(["import", "dev", ".env"]).succeeds();
    assert!(
        said.stderr()
            .contains("making the file and writing 1 key to secrets/dev.yaml for alice, bob"),
        "{}",
        said.stderr()
    );
    sandbox
        .vault(["check"])
        .succeeds_with("dev: ok (signed by alice, opens, 1 key)\n");
}

#[test]
fn who_may_not_write_cannot_import() {
    let sandbox = with(".env", "A=hunter2-value\n");
    sandbox.secret("hunter2-value");
    team::log_in(&sandbox, "bob");
    let before = sandbox.read("secrets/dev.yaml");
    sandbox.vault(["import", "dev", ".env"]).fails(2);
    assert_eq!(sandbox.read("secrets/dev.yaml"), before);
    assert!(sandbox.exists(".env"));
}

#[test]
fn ten_thousand_keys_are_one_write() {
    let text: String = (0..10_000)
        .map(|at| format!("KEY_{at}=value {at}\n"))
        .collect();
    let sandbox = with("big.env", &text);
    sandbox.vault(["import", "dev", "big.env"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "KEY_9999"), "value 9999");
}

#[test]
fn the_types_of_a_key_that_differs_only_in_type_are_not_mixed_up_with_its_value() {
    let sandbox = with("a.yaml", "A: true\nB: 'true'\n");
    sandbox.vault(["set", "dev", "A", "true"]).succeeds();
    sandbox.vault(["set", "dev", "B", "true"]).succeeds();
    let said = sandbox.vault(["import", "dev", "a.yaml"]).fails(2);
    assert!(said.stderr().starts_with("vault: ~ A\nvault: = B\n"));
}

#[test]
fn a_key_never_comes_beside_another_one_that_render_calls_the_same() {
    let sandbox = with("a.env", "MAIL_PORT=2525\nNEW=1\n");
    let set = ["set", "dev", "mail.port", "25", "--type", "int"];
    sandbox.vault(set).succeeds();
    let before = sandbox.read("secrets/dev.yaml");
    sandbox.vault(["import", "dev", "a.env"]).fails_with(
        2,
        "vault: + MAIL_PORT
vault: + NEW
vault: error: dev has one of these under another path, and both would get one name in render and run; nothing is written
vault:   MAIL_PORT is mail.port
vault: hint: vault set dev mail.port changes the one that is there
vault: hint: --except KEY leaves a key out
",
    );
    assert_eq!(sandbox.read("secrets/dev.yaml"), before);
    let except = ["import", "dev", "a.env", "--except", "MAIL_PORT"];
    sandbox.vault(except).succeeds();
    assert_eq!(
        json(&sandbox, "dev"),
        "{\n  \"mail\": {\n    \"port\": 25\n  },\n  \"NEW\": \"1\"\n}\n"
    );
    // A layer below has keys that count as well.
    team::reconfigure(
        &sandbox,
        "    dev:",
        "    above:\n        recipients: [alice]\n        extends: dev\n    dev:",
    );
    sandbox.vault(["set", "above", "OWN", "1"]).succeeds();
    let output = sandbox.vault(["import", "above", "a.env"]).fails(2);
    assert!(
        output
            .stderr()
            .contains("vault:   MAIL_PORT is mail.port\n")
    );
}

#[test]
fn imports_at_the_same_time_lose_neither_keys_nor_comments() {
    let sandbox = team::alone();
    std::thread::scope(|scope| {
        for at in 0..4 {
            let sandbox = &sandbox;
            let text = format!("# about {at}\nKEY_{at}={at}\n");
            let path = sandbox.write(format!("{at}.env"), text);
            let path = path.display().to_string();
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vault"));
            for (name, folder) in [
                ("HOME", "home"),
                ("XDG_CONFIG_HOME", "config"),
                ("XDG_STATE_HOME", "state"),
                ("XDG_RUNTIME_DIR", "run"),
            ] {
                command.env(name, sandbox.path(folder));
            }
            // With a terminal there would be a question otherwise.
            command
                .args(["import", "dev", &path, "--delete-source"])
                .current_dir(sandbox.work(""))
                .stdin(std::process::Stdio::null());
            scope.spawn(move || assert!(command.output().expect("it starts").status.success()));
        }
    });
    let text = sandbox.read("secrets/dev.yaml");
    let comments = text.lines().filter(|line| line.starts_with("#ENC["));
    assert_eq!(comments.count(), 4, "{text}");
    sandbox
        .vault(["check"])
        .succeeds_with("dev: ok (signed by alice, opens, 4 keys)\n");
}

#[test]
fn an_environment_that_is_to_be_new_is_made_by_the_hint() {
    let sandbox = with(".env", "A=first-value\n");
    sandbox.secret("first-value");
    for line in [
        &["import", "live", ".env"][..],
        &["set", "live", "A", "first-value"],
        &["edit", "live"],
    ] {
        sandbox.vault(line).fails_with(
            2,
            "vault: error: there is no environment `live`
vault: hint: known are `dev`
vault: hint: vault env add live makes a new one
",
        );
    }
    sandbox.vault(["import", "devv", ".env"]).fails_with(
        2,
        "vault: error: there is no environment `devv`
vault: hint: did you mean `dev`?
",
    );
    let asks = sandbox.vault(["env", "add", "live"]).fails(2);
    let like = "vault: hint: vault env add live --like ENV takes those of ENV\n";
    assert!(asks.stderr().ends_with(like), "{}", asks.stderr());
    sandbox
        .vault(["env", "add", "live", "--like", "dev", "--yes"])
        .succeeds();
    sandbox.vault(["import", "live", ".env"]).succeeds();
}
