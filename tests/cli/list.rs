//! `vault list`.

use std::fs;

use crate::{
    peers,
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
