//! JSON, YAML, encrypted files and standard input.

use super::{json, with};
use crate::{
    sandbox::Sandbox,
    team::{self, get},
};

const TREE: &str = "{
  \"b\": \"0123\",
  \"a\": 1,
  \"c\": {
    \"x\": 1.5,
    \"l\": [
      true,
      null,
      \"s\"
    ]
  }
}
";

#[test]
fn types_and_structure_of_json_stay() {
    let sandbox = with("a.json", TREE);
    sandbox.vault(["import", "dev", "a.json"]).succeeds();
    assert_eq!(json(&sandbox, "dev"), TREE);
}

#[test]
fn types_and_structure_of_yaml_stay() {
    let sandbox = with(
        "a.yml",
        "b: '0123'\na: 1 # one\nc:\n  x: 1.5\n  l: [true, null, s]\n",
    );
    let said = sandbox.vault(["import", "dev", "a.yml"]).succeeds();
    assert!(said.stderr().contains("the comments of a.yml stay behind"));
    assert_eq!(json(&sandbox, "dev"), TREE);
}

#[test]
fn a_number_whose_spelling_would_be_lost_is_refused() {
    let sandbox = with("a.yaml", "a: 0123\nb: fine\nc: 1_000\n");
    sandbox.vault(["import", "dev", "a.yaml"]).fails_with(
        2,
        "vault: error: a.yaml: 2 values in a spelling that would not be kept
vault:   1:4: int in a spelling that would not be kept: put it in quotes
vault:   3:4: int in a spelling that would not be kept: put it in quotes
vault: hint: put them in quotes, or write 123, 1.5 or [TIME]
",
    );
}

#[test]
fn a_number_in_json_whose_digits_or_spelling_would_be_lost_is_refused() {
    let sandbox = with(
        "a.json",
        "{
  \"a\": 12345678901234567890123,
  \"b\": [18446744073709551616, 9223372036854775807],
  \"c\": {\"d\": 0.1000000000000000055, \"e\": 1.10, \"f\": 1e3, \"g\": 1.5}
}",
    );
    let refused = "vault: error: a.json: 5 values in a spelling that would not be kept
vault:   2:8: int in a spelling that would not be kept: put it in quotes
vault:   3:9: int in a spelling that would not be kept: put it in quotes
vault:   4:14: float in a spelling that would not be kept: put it in quotes
vault:   4:42: float in a spelling that would not be kept: put it in quotes
vault:   4:53: float in a spelling that would not be kept: put it in quotes
vault: hint: put them in quotes, or write 123, 1.5 or [TIME]
";
    sandbox
        .vault(["import", "dev", "a.json"])
        .fails_with(2, refused);
    sandbox
        .vault(["import", "dev", "-", "--format", "json"])
        .stdin(sandbox.read("a.json"))
        .fails_with(2, &refused.replace("a.json", "standard input"));
    assert!(!sandbox.path("secrets/dev.yaml").exists());
}

#[test]
fn damaged_json_is_told_by_its_place_only() {
    let sandbox = with("a.json", "{\"a\": \"hunter2-x\", \"b\" 1}");
    sandbox.secret("hunter2-x");
    sandbox
        .vault(["import", "dev", "a.json"])
        .fails_with(2, "vault: error: a.json:1:24: not valid JSON\n");
}

#[test]
fn standard_input_needs_a_format_unless_it_is_certain() {
    let sandbox = team::alone();
    sandbox
        .vault(["import", "dev", "-"])
        .stdin("A=1\n")
        .fails_with(
            2,
            "vault: error: what standard input is cannot be told for certain
vault: hint: --format says it: dotenv, json, yaml or sops
",
        );
    sandbox
        .vault(["import", "dev", "-", "--format", "dotenv"])
        .stdin("A=1\n")
        .succeeds()
        .says(
            "vault: + A
vault: writing 1 key to secrets/dev.yaml for alice
vault: 1 key of standard input is in dev: read back from secrets/dev.yaml and compared
",
        );
    sandbox
        .vault(["import", "dev", "-"])
        .stdin("{\"B\": 2}")
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "B"), "2");
    sandbox
        .vault(["import", "dev", "-", "--delete-source", "--format", "json"])
        .stdin("{\"B\": 2}")
        .fails_with(2, "vault: error: standard input cannot be deleted\n");
}

#[test]
fn standard_input_that_is_a_terminal_is_not_waited_for() {
    let sandbox = team::alone();
    let Some(dialogue) = sandbox.on_terminal(["import", "dev", "-"]) else {
        return;
    };
    dialogue
        .sees("standard input is a terminal: there is nothing to import")
        .run()
        .fails(2);
}

#[test]
fn the_format_can_be_said_where_the_name_says_something_else() {
    let sandbox = with("settings.txt", "A: 1\n");
    sandbox.vault(["import", "dev", "settings.txt"]).fails(2);
    sandbox
        .vault(["import", "dev", "settings.txt", "--format", "yaml"])
        .succeeds();
    sandbox
        .vault([
            "import",
            "dev",
            "settings.txt",
            "--format",
            "yaml",
            "--dialect",
            "node",
        ])
        .fails_with(
            2,
            "vault: error: --dialect is for .env files, and this is yaml
vault: hint: --format dotenv says that it is one
",
        );
}

#[test]
fn a_source_without_keys_or_that_is_not_there_is_refused() {
    let sandbox = with("empty.env", "# nothing\n");
    sandbox
        .vault(["import", "dev", "empty.env"])
        .fails_with(2, "vault: error: empty.env has no keys\n");
    sandbox
        .vault(["import", "dev", "none.env"])
        .fails_with(2, "vault: error: there is no file none.env\n");
    sandbox.write("bad.env", b"A=\xff\n");
    sandbox.vault(["import", "dev", "bad.env"]).fails_with(
        2,
        "vault: error: bad.env is not UTF-8 text: byte 2 cannot stand there\n",
    );
}

/// A file of sops for alice's key.
fn of_sops(sandbox: &Sandbox, name: &str, plain: &str) -> Option<()> {
    let path = sandbox.write(name, plain);
    let recipient = team::ALICE.split(' ').next().expect("the age key");
    sandbox
        .sops([
            "encrypt".as_ref(),
            "--age".as_ref(),
            recipient.as_ref(),
            "--in-place".as_ref(),
            path.as_os_str(),
        ])?
        .succeeds();
    Some(())
}

#[test]
fn files_of_sops_are_opened_in_yaml_and_json() {
    let sandbox = team::alone();
    for (name, plain) in [
        (
            "a.yaml",
            "b: '0123'\na: 1\nc:\n    x: 1.5\n    l: [true, null, s]\n",
        ),
        ("a.json", TREE),
    ] {
        let Some(()) = of_sops(&sandbox, name, plain) else {
            return;
        };
        sandbox.vault(["import", "dev", name]).succeeds();
        assert_eq!(json(&sandbox, "dev"), TREE, "{name}");
        sandbox.vault(["unset", "dev", "a", "b", "c"]).succeeds();
    }
}

#[test]
fn an_encrypted_file_that_nobody_here_opens_or_that_was_changed_is_refused() {
    let sandbox = team::alone();
    let Some(()) = of_sops(&sandbox, "a.yaml", "a: hunter2-value\nb: x\n") else {
        return;
    };
    let text = sandbox.read("a.yaml");
    sandbox.write("b.yaml", text.replace("b: ENC", "B: ENC"));
    sandbox.vault(["import", "dev", "b.yaml"]).fails(3);
    let nobody = Sandbox::with_git();
    team::log_in(&nobody, "bob");
    nobody
        .vault(["init", "--name", "bob", "--env", "dev", "--yes"])
        .succeeds();
    nobody.write("a.yaml", text);
    let said = nobody.vault(["import", "dev", "a.yaml"]).fails(2);
    assert!(
        said.stderr()
            .contains("vault: error: a.yaml: no identity of yours opens it")
    );
}

#[test]
fn what_sops_did_not_encrypt_is_asked_wrongly_and_no_matter_of_trust() {
    let sandbox = team::alone();
    for text in ["a: 1\n", "{\"a\": 1}", "", "sops: x\n"] {
        sandbox
            .vault(["import", "dev", "-", "--format", "sops"])
            .stdin(text)
            .fails_with(
                2,
                "vault: error: standard input is not a file that sops has encrypted: it has no map `sops` at the top
vault: hint: --format says what it is: dotenv, json or yaml
",
            );
    }
    // One that sops made and somebody changed is; what comes through a pipe is not in git.
    sandbox
        .vault(["import", "dev", "-", "--format", "sops"])
        .stdin(
            sandbox
                .read("secrets/dev.yaml")
                .replace("mac: ENC[", "mac: EN["),
        )
        .fails_with(3, "vault: error: standard input: [..]\n");
}

#[test]
fn a_file_of_another_vault_is_a_source_and_is_verified() {
    let other = team::alone();
    other
        .vault(["set", "dev", "mail.port", "587", "--type", "int"])
        .succeeds();
    let text = other.read("secrets/dev.yaml");
    let sandbox = with("other.yaml", &text);
    sandbox.vault(["import", "dev", "other.yaml"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "mail.port"), "587");
    sandbox.write("forged.yaml", text.replace("port:", "Port:"));
    sandbox.vault(["import", "dev", "forged.yaml"]).fails(3);
}

#[test]
fn the_file_of_the_environment_itself_changes_nothing_and_is_never_deleted() {
    let sandbox = team::alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox
        .vault(["import", "dev", "secrets/dev.yaml"])
        .succeeds();
    sandbox
        .vault(["import", "dev", "secrets/dev.yaml", "--delete-source"])
        .fails_with(
            2,
            "vault: error: secrets/dev.yaml belongs to this vault: it is not deleted\n",
        );
    assert!(sandbox.exists("secrets/dev.yaml"));
    sandbox.write(".git/one.env", "A=1\n");
    sandbox
        .vault(["import", "dev", ".git/one.env", "--delete-source"])
        .fails_with(
            2,
            "vault: error: .git/one.env belongs to git: it is not deleted\n",
        );
}

#[test]
fn a_value_of_sops_that_is_no_text_is_no_matter_of_trust_and_what_is_said_to_do_works() {
    let sandbox = team::alone();
    let path = sandbox.write("s.bin", b"\xff\x00\xfe");
    let recipient = team::ALICE.split(' ').next().expect("the age key");
    let path = path.to_str().unwrap();
    let Some(sops) = sandbox.sops(["encrypt", "--age", recipient, "--in-place", path]) else {
        return;
    };
    sops.succeeds();
    let line = "sops decrypt s.bin | base64 | vault set dev KEY --verbatim";
    let said = |name: &str, line: &str| {
        format!(
            "vault: error: {name}: data: not valid UTF-8; binary values are not supported
vault: hint: {line} keeps it as one value
"
        )
    };
    sandbox
        .vault(["import", "dev", "s.bin"])
        .fails_with(2, &said("s.bin", line));
    sandbox
        .vault(["import", "dev", "-"])
        .stdin(sandbox.read("s.bin"))
        .fails_with(2, &said("standard input", &line.replace("s.bin", "FILE")));
    // One that would be text, but for a NUL.
    sandbox.write("nul.bin", "a\0b");
    let args = ["encrypt", "--age", recipient, "--in-place", "nul.bin"];
    sandbox.sops(args).unwrap().succeeds();
    sandbox.vault(["import", "dev", "nul.bin"]).fails_with(
        2,
        "vault: error: nul.bin: data: a value with a NUL character
vault: hint: sops decrypt nul.bin | base64 | vault set dev KEY --verbatim keeps it as one value
",
    );
    sandbox.vault(["list", "dev"]).succeeds_with("");
    let sops = crate::peers::sops().unwrap();
    let line = line
        .replace("vault ", &format!("{} ", env!("CARGO_BIN_EXE_vault")))
        .replace("sops ", &format!("{} ", sops.display()));
    sandbox
        .program("/bin/sh", ["-c", &line])
        .variable(
            "SOPS_AGE_KEY_FILE",
            sandbox.path("config/vault/identity.txt"),
        )
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "KEY"), "/wD+\n");
}

#[test]
fn a_pipe_of_the_shell_is_read_like_standard_input() {
    let sandbox = team::alone();
    let vault = env!("CARGO_BIN_EXE_vault");
    let bash = |line: &str| sandbox.program("bash", ["-c", &line.replace("vault", vault)]);
    bash("vault import dev <(echo Q=1) --format dotenv").succeeds();
    assert_eq!(get(&sandbox, "dev", "Q"), "1");
    bash("echo '{\"R\": 2}' | vault import dev /dev/stdin").succeeds();
    assert_eq!(get(&sandbox, "dev", "R"), "2");
    // What it is nobody can tell from its name, and nothing is left to be deleted.
    let said = bash("vault import dev <(echo S=1)").fails(2);
    assert!(said.stderr().contains("vault: hint: --format says it"));
    let said = bash("vault import dev <(echo S=1) --format dotenv --delete-source").fails(2);
    assert!(said.stderr().contains(" is a pipe: it cannot be deleted"));
    // Nobody may be there to write into one that has a name of its own.
    let said = bash("mkfifo pipe; vault import dev pipe").fails(2);
    assert!(
        said.stderr()
            .contains("vault: error: pipe is not a regular file")
    );
}

#[test]
fn the_config_of_the_vault_is_no_source() {
    let sandbox = team::alone();
    sandbox.vault(["import", "dev", ".vault.yaml"]).fails_with(
        2,
        "vault: error: .vault.yaml is the config of this vault: there are no values in it\n",
    );
    // Another file of it is one: values of one environment go into another that way.
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox
        .vault(["import", "dev", "secrets/dev.yaml"])
        .succeeds();
}

#[test]
fn an_encrypted_ini_file_is_called_that_whatever_is_said_of_it() {
    let sealed = "[s]\na = ENC[AES256_GCM,data:x]\n\n[sops]\nlastmodified = x\nmac = ENC[AES256_GCM,data:y]\n";
    let sandbox = team::alone();
    sandbox.write("app.ini", sealed);
    for format in [&[][..], &["--format", "sops"]] {
        let line = [&["import", "dev", "app.ini"], format].concat();
        sandbox.vault(line).fails_with(
            2,
            "vault: error: app.ini is an INI file that sops has encrypted; vault opens encrypted YAML and JSON
vault: hint: sops decrypt --output-type yaml FILE | vault import ENV - --format yaml
",
        );
    }
}
