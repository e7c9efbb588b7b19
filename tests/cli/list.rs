//! `vault list`.

use std::fs;

use crate::{
    peers,
    sandbox::Sandbox,
    team,
    vaults::{self, dev},
};

const TOKEN: &str = "hunter2-API-token";

#[test]
fn keys_and_types_are_shown_without_any_identity() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("database.password", "hunter3-of-dev"),
        ("hosts[0]", "a-host.example"),
    ]);
    sandbox
        .vault(["set", "dev", "PORT", "5432", "--type", "int"])
        .succeeds();
    fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    for line in [&["list", "dev"][..], &["list"], &["ls", "dev"]] {
        sandbox.vault(line).succeeds_with(
            "TOKEN              str
database.password  str
hosts[0]           str
PORT               int
",
        );
    }
    sandbox.vault(["list", "--reveal"]).fails(2).prints("");
}

#[test]
fn revealed_values_stand_in_one_line_each_with_control_characters_escaped() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("LINES", "first line\nsecond line\n"),
        ("STRANGE", "\u{1b}[31m\u{202e}x"),
        ("EMPTY", ""),
    ]);
    sandbox
        .vault(["list", "--reveal"])
        .prints_secrets()
        .succeeds_with(
            "TOKEN    hunter2-API-token
LINES    first line\\nsecond line\\n
STRANGE  \\u{1b}[31m\\u{202e}x
EMPTY
",
        );
}

#[test]
fn json_has_keys_and_types_and_values_only_when_they_are_asked_for() {
    let sandbox = dev(&[("a.b", TOKEN), ("EMPTY", "")]);
    sandbox.vault(["list", "--json"]).succeeds_with(
        r#"[
  {
    "key": "a.b",
    "type": "str"
  },
  {
    "key": "EMPTY",
    "type": "str"
  }
]
"#,
    );
    sandbox
        .vault(["list", "--json", "--reveal"])
        .prints_secrets()
        .succeeds_with(
            r#"[
  {
    "key": "a.b",
    "type": "str",
    "value": "hunter2-API-token"
  },
  {
    "key": "EMPTY",
    "type": "str",
    "value": ""
  }
]
"#,
        );
}

#[test]
fn an_empty_environment_is_an_empty_list() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(["unset", "dev", "TOKEN"]).succeeds();
    sandbox.vault(["list"]).succeeds_with("");
    sandbox.vault(["list", "--json"]).succeeds_with("[]\n");
}

#[test]
fn r64_a_reader_who_has_seen_enough_ends_it_without_a_word() {
    let Some(bash) = peers::program("bash") else {
        return;
    };
    let sandbox = vaults::of_sops("negative/emptystr_added.yaml");
    // More than a pipe holds.
    let many: String = (0..20_000).map(|key| format!("key_{key}: ''\n")).collect();
    let text = sandbox.read("enc.yaml");
    sandbox.write("enc.yaml", many + &text);
    let script = r#""$0" list | head -n 1; echo "${PIPESTATUS[0]}""#;
    let output = sandbox
        .program(bash, ["-c", script, env!("CARGO_BIN_EXE_vault")])
        .succeeds_with("key_0                   str\n141\n");
    let first = "vault: first use here: dev, which is not signed\n";
    assert_eq!(output.stderr(), first);
}

#[test]
fn r54_names_that_a_terminal_would_obey_never_reach_it() {
    let sandbox = vaults::of_sops("negative/emptystr_added.yaml");
    let text = sandbox.read("enc.yaml");
    let name = "\"k\\u001b[31m\\u202e\\U000E0041\"";
    sandbox.write("enc.yaml", format!("{name}: ''\n{text}"));
    let harmless = |text: &str| {
        assert!(
            !text.contains(['\u{1b}', '\u{202e}', '\u{e0041}']),
            "{text:?}"
        );
    };
    for line in [
        &["list"][..],
        &["list", "--json"],
        &["list", "--reveal"],
        &["render", "--format", "json"],
        &["render", "--format", "yaml"],
    ] {
        let Some(terminal) = sandbox.on_terminal(line) else {
            return;
        };
        let output = terminal.run().succeeds();
        assert!(output.stdout().contains("[31m"), "{}", output.stdout());
        harmless(output.stdout());
    }
    for line in [
        &["render"][..],
        &["run", "--", "true"],
        &["get", "k\u{1b}\u{202e}"],
    ] {
        let output = sandbox.vault(line).run();
        assert_ne!(output.code(), 0, "{line:?}");
        harmless(output.stderr());
    }
}

#[test]
fn r11_an_environment_that_is_not_accepted_is_not_listed() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replace("TOKEN:", "TOKEM:"));
    sandbox.vault(["list"]).fails(3).prints("");
}

/// Commits everything as if it were done on this day.
fn commit_on(sandbox: &Sandbox, day: &str) {
    sandbox.git(["add", "--all"]);
    let date = format!("--date={day}T12:00:00Z");
    sandbox.git(["commit", "--quiet", "--message", "work", &date]);
}

#[test]
fn since_when_a_key_is_there_and_when_it_changed_last_is_told_from_history() {
    let sandbox = team::alone();
    for key in ["A", "B", "GONE"] {
        sandbox.vault(["set", "dev", key, "one"]).succeeds();
    }
    commit_on(&sandbox, "2026-01-02");
    sandbox.vault(["unset", "dev", "GONE"]).succeeds();
    sandbox.vault(["set", "dev", "A", "two"]).succeeds();
    commit_on(&sandbox, "2026-02-03");
    sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
    commit_on(&sandbox, "2026-03-04");
    sandbox.vault(["set", "dev", "B", "two"]).succeeds();
    sandbox.vault(["set", "dev", "GONE", "again"]).succeeds();
    sandbox.vault(["list", "dev", "--long"]).succeeds_with(
        "A     str  short  dev  since 2026-01-02, changed 2026-02-03
B     str  short  dev  since 2026-01-02, changed, not committed
GONE  str  short  dev  not committed
",
    );
    let json = sandbox
        .vault(["list", "dev", "--long", "--json"])
        .succeeds();
    for part in [
        "\"created\": \"2026-01-02T12:00:00Z\",\n    \"updated\": \"2026-02-03T12:00:00Z\",\n    \"maybe_updated\": null,",
        "\"created\": null,\n    \"updated\": null,\n    \"maybe_updated\": null,",
    ] {
        assert!(json.stdout().contains(part), "{}", json.stdout());
    }
    // Without a key a new data key hides whether the value stayed.
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    let keyless = sandbox.vault(["list", "dev", "--long"]).succeeds();
    let line =
        "A     str  short  dev  since 2026-01-02, changed 2026-02-03, perhaps changed 2026-03-04\n";
    assert!(keyless.stdout().starts_with(line), "{}", keyless.stdout());
    // A clone that is cut off knows nothing of what was before.
    let url = format!("file://{}", sandbox.work("").display());
    let clone = sandbox.path("clone").display().to_string();
    sandbox.git(["clone", "--quiet", "--depth=1", &url, &clone]);
    sandbox
        .vault(["list", "dev", "--long"])
        .within(&clone)
        .succeeds_with("A  str  short  dev\nB  str  short  dev\n");
}

#[test]
fn a_key_of_a_layer_has_the_dates_of_that_layer() {
    let sandbox = team::configured(
        &[("alice", team::ALICE)],
        "    base: {recipients: [alice]}\n    dev: {recipients: [alice], extends: [base]}\n",
    );
    sandbox.vault(["set", "base", "BELOW", "one"]).succeeds();
    commit_on(&sandbox, "2026-01-02");
    sandbox.vault(["set", "dev", "OWN", "one"]).succeeds();
    commit_on(&sandbox, "2026-02-03");
    sandbox.vault(["list", "dev", "--long"]).succeeds_with(
        "BELOW  str  short  base  since 2026-01-02
OWN    str  short  dev   since 2026-02-03
",
    );
}
