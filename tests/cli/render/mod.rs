//! `vault render`.

mod check;
mod directory;
mod file;
mod git;
mod links;
mod names;
mod owner;
mod repositories;
mod sets;
mod stream;

use std::fs;

use crate::{
    sandbox::{Run, Sandbox},
    vaults::{self, dev, edit_config, identity},
};

const TOKEN: &str = "hunter2-API-token";

/// Runs vault in a shell whose umask hides nothing, with a redirection if one is given.
fn unmasked<'s>(sandbox: &'s Sandbox, arguments: &str) -> Run<'s> {
    let script = format!("umask 000; exec \"$0\" {arguments}");
    sandbox.program("/bin/sh", ["-c", &script, env!("CARGO_BIN_EXE_vault")])
}

#[test]
fn dotenv_is_written_in_the_first_form_that_every_reader_understands() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("BLANKS", " two words "),
        ("APOSTROPHE", "it's mine"),
        ("LINES_", "first\nsecond\n"),
        ("EMPTY", ""),
        ("lower", "x"),
        ("database.password", "p#1"),
        ("hosts[0]", "a"),
        ("hosts[1].name", "b"),
    ]);
    sandbox
        .vault(["set", "dev", "PORT", "5432", "--type", "int"])
        .succeeds();
    sandbox
        .vault(["set", "dev", "NONE", "--type", "null"])
        .succeeds();
    let output = sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds_with(
            "TOKEN=hunter2-API-token
BLANKS=' two words '
APOSTROPHE=\"it's mine\"
LINES_='first
second
'
EMPTY=
lower=x
DATABASE_PASSWORD='p#1'
HOSTS_0=a
HOSTS_1_NAME=b
PORT=5432
",
        );
    assert_eq!(
        output.stderr(),
        "vault: warning: django-environ cuts at the end of a line and takes quotes off twice: LINES_
vault: warning: phpdotenv (Laravel) reads no line feed in single quotes: LINES_
"
    );
    let joined = sandbox
        .vault(["render", "--separator", "__"])
        .prints_secrets()
        .succeeds();
    assert!(joined.stdout().contains("\nDATABASE__PASSWORD='p#1'\n"));
}

#[test]
fn everything_that_dotenv_cannot_carry_is_refused_at_once_and_nothing_is_printed() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("CERT", "hunter2-begin\r\nhunter2-end\r\n"),
        ("bad-name", "hunter3-value"),
        ("QUOTES", "it's \"hunter4\""),
        ("PATH_", "C:\\\\hunter5\\\\x"),
        ("TAIL", "hunter6 ends with\\"),
        ("1ST", "hunter7-value"),
    ]);
    let refusal = "vault: error: dotenv cannot carry 6 of the values
vault:   `CERT` holds a carriage return; it fits docker-secrets, json, yaml and the environment of a process
vault:   `bad-name` is no variable name: only letters, digits and `_`, and no digit first; it fits docker-secrets, json, yaml and the environment of a process
vault:   `QUOTES` holds `'` together with one of `\"`, `\\`, `$`, `!` and the backtick; it fits docker-secrets, json, yaml and the environment of a process
vault:   `PATH_` holds two backslashes in a row; it fits docker-secrets, json, yaml and the environment of a process
vault:   `TAIL` ends with a backslash; it fits docker-secrets, json, yaml and the environment of a process
vault:   `1ST` is no variable name: only letters, digits and `_`, and no digit first; it fits docker-secrets, json, yaml and the environment of a process
vault: hint: vault render dev --format docker-secrets -o run/secrets carries all of them
";
    sandbox.vault(["render", "dev"]).fails_with(2, refusal);
    sandbox
        .vault(["render", "dev", "-o", ".env"])
        .fails_with(2, refusal);
    assert!(!sandbox.exists(".env"));
}

#[test]
fn keys_that_would_get_one_name_are_refused_with_both() {
    let sandbox = dev(&[
        ("A_B", "hunter2-one"),
        ("a.b", "hunter2-two"),
        ("key", "x"),
        ("KEY", "y"),
    ]);
    sandbox.vault(["render", "dev"]).fails_with(
        2,
        "vault: error: dotenv cannot carry one of the values
vault:   `a.b` (as `A_B`) gets the same name as `A_B`; rename one, or join with another separator
vault: hint: --except a.b leaves it out
vault: hint: vault render dev --format json carries all of them
",
    );
    sandbox
        .vault(["render", "dev", "--separator", "__"])
        .prints_secrets()
        .succeeds_with("A_B=hunter2-one\nA__B=hunter2-two\nkey=x\nKEY=y\n");
    // Files also where a file system takes upper and lower case for one.
    sandbox
        .vault([
            "render",
            "dev",
            "--separator",
            "__",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ])
        .fails_with(
            2,
            "vault: error: docker-secrets cannot carry one of the values
vault:   `KEY` gets the same name as `key` where upper and lower case are one; rename one
vault: hint: --except KEY leaves it out
vault: hint: vault render dev --format dotenv --separator __ carries all of them
",
        );
    assert!(!sandbox.exists("run/secrets"));
}

#[test]
fn what_is_said_of_files_whose_names_differ_in_case_only_works() {
    let sandbox = dev(&[("DB_PASS", "one"), ("db.pass", "two"), ("db_pass", "three")]);
    let render = |more: &[&str]| {
        let line = [
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ];
        sandbox.vault([&line, more].concat())
    };
    render(&["--separator", "__"]).fails_with(
        2,
        "vault: error: docker-secrets cannot carry one of the values
vault:   `db_pass` gets the same name as `DB_PASS` where upper and lower case are one; rename one
vault: hint: --except db_pass leaves it out
vault: hint: vault render dev --format dotenv --separator __ carries all of them
",
    );
    render(&["--except", "DB_PASS"]).fails_with(
        2,
        "vault: error: docker-secrets cannot carry one of the values
vault:   `db_pass` gets the same name as `db.pass` where upper and lower case are one; rename one, or join with another separator
vault: hint: --except db_pass leaves it out
vault: hint: vault render dev --format dotenv --except DB_PASS carries all of them
",
    );
    render(&["--except", "DB_PASS", "--separator", "__"]).succeeds();
    assert_eq!(sandbox.read("run/secrets/DB__PASS"), "two");
    assert_eq!(sandbox.read("run/secrets/db_pass"), "three");
    render(&["--separator", "__", "--except", "db_pass"]).succeeds();
    assert_eq!(sandbox.read("run/secrets/DB_PASS"), "one");
    assert!(!sandbox.exists("run/secrets/db_pass"));
}

#[test]
fn json_and_yaml_keep_structure_types_and_order() {
    let sandbox = dev(&[("z.b", "it's"), ("z.a[0]", "1"), ("A", "no\u{7}")]);
    for (key, kind, value) in [
        ("N", "int", "-7"),
        ("F", "float", "2.0"),
        ("T", "bool", "true"),
    ] {
        sandbox
            .vault(["set", "dev", key, value, "--type", kind])
            .succeeds();
    }
    sandbox
        .vault(["set", "dev", "E", "--type", "null"])
        .succeeds();
    sandbox
        .vault(["render", "dev", "--format", "json"])
        .succeeds_with(
            r#"{
  "z": {
    "b": "it's",
    "a": [
      "1"
    ]
  },
  "A": "no\u0007",
  "N": -7,
  "F": 2.0,
  "T": true,
  "E": null
}
"#,
        );
    sandbox
        .vault(["render", "dev", "--format", "yaml"])
        .succeeds_with(
            r#"z:
  b: "it's"
  a:
    - "1"
A: "no\x07"
"N": -7
F: 2.0
T: true
E: null
"#,
        );
}

#[test]
fn an_empty_environment_renders_to_nothing() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(["unset", "dev", "TOKEN"]).succeeds();
    sandbox.vault(["render"]).succeeds_with("");
    sandbox
        .vault(["render", "--format", "json"])
        .succeeds_with("{}\n");
    sandbox
        .vault(["render", "--format", "docker-secrets", "-o", "run/secrets"])
        .succeeds();
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
}

#[test]
fn r15_nothing_lets_an_output_ignore_integrity() {
    let sandbox = Sandbox::new();
    for command in ["render", "run", "get", "list"] {
        let help = sandbox.vault([command, "--help"]).succeeds();
        let help = help.stdout().to_lowercase();
        for word in ["ignore", "insecure", "unverified", "no-verify", "skip"] {
            assert!(!help.contains(word), "{command}: {word}");
        }
    }
}

#[test]
fn a_format_or_dialect_that_there_is_not_is_refused() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(["render", "dev", "--format", "env"]).fails_with(
        2,
        "vault: error: --format <FORMAT>: unknown output format; there are dotenv, docker-secrets, json and yaml
vault: hint: vault render --help
",
    );
}

#[test]
fn r11_a_changed_file_prints_and_writes_nothing() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OTHER", "x")]);
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replace("OTHER:", "OTHEX:"));
    for line in [
        &["render", "dev"][..],
        &["render", "dev", "-o", ".env"],
        &["render", "dev", "--format", "json", "--force"],
        &[
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
            "--force",
        ],
    ] {
        sandbox.vault(line).fails(3).prints("");
    }
    assert!(!sandbox.exists(".env") && !sandbox.exists("run"));
}

#[test]
fn whoever_cannot_open_it_gets_no_file() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    identity(&sandbox, "outsider");
    sandbox
        .vault(["render", "dev", "-o", ".env"])
        .fails(2)
        .prints("");
    assert!(!sandbox.exists(".env"));
    edit_config(&sandbox, "default: dev\n", "");
    sandbox.vault(["render"]).fails(2);
}

#[test]
fn files_of_sops_render_to_what_sops_prints() {
    let sandbox = vaults::of_sops("oracle/flat_env/enc-3.13.2.yaml");
    let theirs =
        fs::read_to_string(Sandbox::fixture("sops/oracle/flat_env/dec-3.13.2.json")).unwrap();
    let theirs: serde_json::Value = serde_json::from_str(&theirs).unwrap();
    let ours = sandbox.vault(["render", "--format", "json"]).succeeds();
    let mut ours: serde_json::Value = serde_json::from_str(ours.stdout()).unwrap();
    // A float stays one.
    assert_eq!(ours["RATIO"].as_f64(), theirs["RATIO"].as_f64());
    ours["RATIO"] = theirs["RATIO"].clone();
    assert_eq!(ours, theirs);
}

#[test]
fn an_empty_path_is_no_path() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for (words, option) in [
        (&["render", "dev", "-o"][..], "--output <PATH>"),
        (&["keygen", "-o"], "--output <FILE>"),
        (&["import", "dev"], "<FILE>"),
        (&["set", "dev", "A", "--from-file"], "--from-file <FILE>"),
        (&["list", "dev", "-C"], "-C <DIR>"),
    ] {
        let said = sandbox.vault(words.iter().chain(&[""])).fails(2);
        let error = format!("vault: error: {option} needs a value\n");
        assert!(said.stderr().starts_with(&error), "{}", said.stderr());
    }
}

/// What the hint of a refusal says to type; empty if it has none.
fn way_out(said: &str) -> String {
    let way = said.lines().find_map(|line| {
        let command = line.strip_prefix("vault: hint: vault ")?;
        command.strip_suffix(" carries all of them")
    });
    way.unwrap_or_default().to_owned()
}

#[test]
fn the_command_that_a_refusal_names_is_about_the_same_and_works() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OTHER", "x")]);
    edit_config(
        &sandbox,
        "  dev:",
        "  prod: { recipients: [alice] }\n  dev:",
    );
    vaults::set(&sandbox, "prod", "\"a b\"", "of prod");
    vaults::set(&sandbox, "prod", "TOKEN", TOKEN);
    sandbox.write("sub/x", "");
    sandbox.write(".gitignore", "run/secrets/\n*.txt\n");
    let secrets = "--format docker-secrets -o run/secrets";
    for (folder, words, expected) in [
        (".", "render prod", "render prod --format json"),
        (
            ".",
            "render prod -o out.txt",
            "render prod --format json -o out.txt",
        ),
        (
            ".",
            "render prod -o there.txt --force",
            "render prod --format json",
        ),
        (
            ".",
            "render prod -o out.txt --check",
            "render prod --format json -o out.txt",
        ),
        (
            ".",
            "render prod -o out.txt --mode 0640 --allow-in-git",
            "render prod --format json -o out.txt --mode 0640 --allow-in-git",
        ),
        (
            ".",
            "render prod --except TOKEN --no-local --separator __",
            "render prod --format json --except TOKEN --separator __ --no-local",
        ),
        (
            ".",
            "render prod --format docker-secrets -o run/secrets --name lower --suffix .txt",
            "render prod --format json",
        ),
        (".", "-C . render prod", "-C . render prod --format json"),
        (
            "sub",
            "-i ../../config/vault/identity.txt render prod",
            "render prod --format json -i ../../config/vault/identity.txt",
        ),
        (
            ".",
            "run prod --prefix a= --only a* -- true",
            "render prod --format json --only 'a*'",
        ),
        (
            ".",
            "render dev --prefix 1-",
            &format!("render dev {secrets} --prefix 1-"),
        ),
    ] {
        sandbox.write("there.txt", "A=1\n");
        let said = sandbox.vault(words.split(' ')).within(folder).run();
        let way = way_out(said.stderr());
        assert_eq!(way, expected, "{words}: {}", said.stderr());
        let line = format!("\"$0\" {way}");
        let run = sandbox.program("/bin/sh", ["-c", &line, env!("CARGO_BIN_EXE_vault")]);
        let run = run.within(folder).prints_secrets().succeeds();
        let written = fs::read_to_string(sandbox.work("out.txt")).unwrap_or_default();
        let is_of_prod = (written + run.stdout()).contains("of prod");
        assert_eq!(is_of_prod, way.contains("prod"), "{words}");
        let _ = fs::remove_file(sandbox.work("out.txt"));
    }
}

#[test]
fn a_refusal_names_no_command_that_would_be_refused_as_well() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("\"a b\"", "x")]);
    sandbox
        .vault(["set", "dev", "F", ".inf", "--type", "float"])
        .succeeds();
    for (words, expected) in [
        ("render dev", "render dev --format yaml"),
        ("render dev --format json", "render dev --format yaml"),
        ("render dev --prefix a_", ""),
        ("render dev --prefix a_ --except F", ""),
        ("run dev --prefix = -- true", "render dev --format yaml"),
    ] {
        let said = sandbox.vault(words.split(' ')).run();
        let way = way_out(said.stderr());
        assert_eq!(way, expected, "{words}: {}", said.stderr());
    }
    // Where another place is no better, or would be replaced, it is not named.
    sandbox.vault(["unset", "dev", "\"a b\""]).succeeds();
    let way = || {
        way_out(
            sandbox
                .vault(["render", "dev", "--prefix", "1"])
                .fails(2)
                .stderr(),
        )
    };
    assert_eq!(
        way(),
        "render dev --format docker-secrets -o run/secrets --prefix 1"
    );
    fs::create_dir_all(sandbox.work("run/secrets")).unwrap();
    assert_eq!(way(), "");
    fs::remove_dir(sandbox.work("run/secrets")).unwrap();
    sandbox.write(".gitignore", "");
    assert_eq!(way(), "");
}
