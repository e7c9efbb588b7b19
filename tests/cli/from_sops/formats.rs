//! What becomes of files of other formats: what is said to do about them, typed to the end.

use super::{age, commands, opened, repository, sealed, typed};
use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, get},
};

#[test]
fn what_is_said_to_do_about_another_format_works_to_the_end() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "conf.json", "{\"a\": {\"b\": \"c\"}}") {
        return;
    }
    sandbox.commit("sops");
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   conf.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml conf.json | sops encrypt --filename-override conf.yaml --output conf.yaml /dev/stdin
vault:       sops decrypt conf.yaml > /dev/null && git rm --quiet conf.json
vault: hint: do what stands below one of them, and type the command again
",
    );
    typed(&sandbox, output.stderr());
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert!(!said.stderr().contains("conf.json"), "{}", said.stderr());
    assert_eq!(get(&sandbox, "conf", "a.b"), "c");
    assert_eq!(
        sandbox.git(["status", "--short", "conf.json", "conf.yaml"]),
        "D  conf.json\n?? conf.yaml\n"
    );
}

/// The rules of sops may be gone, or have nothing to say of YAML.
#[test]
fn what_is_said_to_do_without_a_rule_of_sops_works_and_keeps_the_readers() {
    for rules in [
        "",
        "creation_rules:\n  - path_regex: json$\n    age: CAROL\n",
        "creation_rules:\n  - age: 'ALICE,CAROL'\n",
    ] {
        let sandbox = repository(rules);
        let both = format!("{},{}", age(ALICE), age(BOB));
        for (path, text) in [
            ("a.json", "{\"A\": \"1\"}"),
            ("b.env", "B=2\n"),
            ("c.ini", "[s]\nC=3\n"),
        ] {
            sandbox.write(path, text);
            let seal = [
                "--config",
                "/dev/null",
                "encrypt",
                "--in-place",
                "--age",
                &both,
                path,
            ];
            match sandbox.sops(seal) {
                Some(sops) => sops.succeeds(),
                None => return,
            };
        }
        let said = sandbox.vault(["init", "--from-sops"]).fails(2);
        let line = format!(
            "sops decrypt --output-type yaml a.json | sops --config /dev/null encrypt --age {both} --filename-override a.yaml --output a.yaml /dev/stdin\n"
        );
        assert!(said.stderr().contains(&line), "{}", said.stderr());
        typed(&sandbox, said.stderr());
        assert!(
            !["a.json", "b.env", "c.ini"]
                .iter()
                .any(|path| sandbox.exists(path))
        );
        let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
        let found = said.stderr().matches("(1 key), read by alice, ").count();
        assert_eq!(found, 3, "{}", said.stderr());
        assert_eq!(get(&sandbox, "a", "A"), "1");
        assert_eq!(get(&sandbox, "b", "B"), "2");
        assert_eq!(get(&sandbox, "c", "s.C"), "3");
    }
}

#[test]
fn a_line_that_cannot_be_done_leaves_nothing_behind_and_the_old_file_where_it_is() {
    let sandbox = repository("creation_rules:\n  - age: BOB\n");
    if !sealed(&sandbox, "conf.json", "{\"a\": 1}") {
        return;
    }
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    for line in commands(said.stderr()) {
        let shell = sandbox.program("/bin/sh", ["-c", &line]);
        assert_ne!(shell.run().code(), 0, "{line}");
    }
    assert_eq!(sandbox.files(), [".sops.yaml", "conf.json"]);
}

#[test]
fn who_reads_by_other_services_is_left_to_a_rule_of_sops() {
    let sandbox = repository("");
    let json = r#"{"a": "ENC[AES256_GCM,data:x]", "sops": {"pgp": [{"fp": "x"}], "lastmodified": "", "mac": ""}}"#;
    sandbox.write("a.json", json);
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    assert!(
        said.stderr().contains(
            "vault:       a rule of .sops.yaml has to say who reads a.yaml; then:
vault:       sops decrypt --output-type yaml a.json | sops encrypt --filename-override a.yaml --output a.yaml /dev/stdin
vault:       sops decrypt a.yaml > /dev/null && rm a.json
"
        ),
        "{}",
        said.stderr()
    );
}

#[test]
fn what_is_said_to_do_afterwards_works() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "main.yaml", "YAML: 1\n") {
        return;
    }
    sealed(&sandbox, "app.env", "ENV=1\n");
    sealed(&sandbox, "app.ini", "[s]\nINI=1\n");
    sealed(&sandbox, "app.json", "{\"JSON\": 1}");
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let line = ["env", "add", "dev", "--recipients", "alice"];
    sandbox.vault(line).succeeds();
    let commands = commands(said.stderr());
    assert_eq!(commands.len(), 3);
    for line in commands {
        let line = line.replace("NAME", "dev");
        sandbox
            .program("/bin/sh", ["-c", &line])
            .prints_secrets()
            .succeeds();
    }
    for key in ["ENV", "s.INI", "JSON"] {
        assert_eq!(get(&sandbox, "dev", key), "1");
    }
}

#[test]
fn what_is_said_to_do_about_binary_files_works_for_text_and_for_other_data() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds();
    if !sealed(&sandbox, "key.bin", "a\0b\n") || !sealed(&sandbox, "key.pem", "a key\n") {
        return;
    }
    let sops = crate::peers::sops().unwrap();
    let vault = env!("CARGO_BIN_EXE_vault");
    let set = |file: &str, between: &str, key: &str| {
        let decrypt = format!("{} decrypt {file}", sops.display());
        let line = format!("{decrypt} | {between} {vault} set dev {key} --verbatim");
        sandbox.program("/bin/sh", ["-c", &line])
    };
    set("key.pem", "", "PEM").succeeds();
    assert_eq!(get(&sandbox, "dev", "PEM"), "a key\n");
    set("key.bin", "", "BIN").fails(2);
    set("key.bin", "base64 |", "BIN").succeeds();
    assert_eq!(get(&sandbox, "dev", "BIN"), "YQBiCg==\n");
}

/// Has sops encrypt a text of a type that its name does not say; false where there is no sops.
fn sealed_as(sandbox: &Sandbox, kind: &str, path: &str, text: &str) -> bool {
    sandbox.write(path, text);
    let types = ["--input-type", kind, "--output-type", kind];
    let sops = sandbox.sops([&["encrypt", "--in-place"], &types[..], &[path]].concat());
    sops.map(|sops| sops.succeeds()).is_some()
}

const ODD_NAMES: [&str; 5] = [
    "a.json.enc",
    "noext",
    "prod.conf",
    "settings.ini",
    ".env.live",
];

#[test]
fn json_under_any_name_keeps_every_key() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    for name in ODD_NAMES {
        if !sealed_as(&sandbox, "json", name, r#"{"data": "v", "other": "w"}"#) {
            return;
        }
    }
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    assert!(
        said.stderr().contains(
            "vault:   noext: vault keeps YAML, and this is JSON
vault:       sops decrypt --input-type json --output-type yaml noext | sops encrypt --filename-override noext.yaml --output noext.yaml /dev/stdin
vault:       sops decrypt noext.yaml > /dev/null && rm noext
"
        ),
        "{}",
        said.stderr()
    );
    typed(&sandbox, said.stderr());
    assert_eq!(ODD_NAMES.iter().find(|name| sandbox.exists(name)), None);
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert_eq!(said.stderr().matches("(2 keys)").count(), ODD_NAMES.len());
    for name in ["a.json", "noext", "prod", "settings", "env"] {
        assert_eq!(get(&sandbox, name, "data"), "v");
        assert_eq!(get(&sandbox, name, "other"), "w");
    }
}

#[test]
fn what_is_said_to_do_afterwards_works_under_any_name() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "main.yaml", "YAML: 1\n") {
        return;
    }
    for (at, name) in ODD_NAMES.iter().enumerate() {
        let text = format!("{{\"data\": \"v\", \"KEY{at}\": \"w\"}}");
        sealed_as(&sandbox, "json", name, &text);
    }
    sealed_as(&sandbox, "dotenv", "lines", "KEY5=w\n");
    sealed_as(&sandbox, "dotenv", "lines.json", "KEY6=w\n");
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let commands = commands(said.stderr());
    assert_eq!(commands.len(), 7, "{}", said.stderr());
    let line = ["env", "add", "dev", "--recipients", "alice"];
    sandbox.vault(line).succeeds();
    for line in commands {
        let line = line.replace("NAME", "dev");
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
    for at in 0..7 {
        assert_eq!(get(&sandbox, "dev", &format!("KEY{at}")), "w");
    }
}

#[test]
fn a_file_that_sops_keeps_as_one_value_opens_by_its_hint_under_any_name() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    for name in ODD_NAMES {
        if !sealed_as(&sandbox, "binary", name, "a key\n") {
            return;
        }
    }
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let sops = crate::peers::sops().unwrap();
    let lines = said.stderr().lines();
    let lines = lines.filter_map(|line| line.strip_prefix("vault:       sops "));
    let lines: Vec<&str> = lines.filter_map(|line| line.split(" | ").next()).collect();
    assert_eq!(lines.len(), ODD_NAMES.len(), "{}", said.stderr());
    for line in lines {
        let line = format!("{} {line}", sops.display());
        let shell = sandbox.program("/bin/sh", ["-c", &line]);
        assert_eq!(shell.succeeds().stdout(), "a key\n", "{line}");
    }
}

#[test]
fn what_sops_takes_as_part_of_the_values_of_an_env_file_is_said_and_an_import_reads_it() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "app.env", "A=\"x y\" # one\nB='z'\n") {
        return;
    }
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   app.env: vault keeps YAML, and this is a .env file
vault:       to sops, quotes, escapes, comments behind values and `export` are part of values and names: if the file has any, leave it out now, and once there is a vault `sops decrypt app.env | vault import NAME - --format dotenv` reads it as .env files are read; if it has none, then:
vault:       sops decrypt --output-type yaml app.env | sops encrypt --filename-override app.yaml --output app.yaml /dev/stdin
vault:       sops decrypt app.yaml > /dev/null && rm app.env
vault: hint: do what stands below one of them, and type the command again
",
    );
    let line = said.stderr().split('`').nth(3).unwrap();
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds();
    typed(
        &sandbox,
        &format!("vault:       {}", line.replace("NAME", "dev")),
    );
    assert_eq!(get(&sandbox, "dev", "A"), "x y");
    assert_eq!(get(&sandbox, "dev", "B"), "z");
}

#[test]
fn no_yaml_is_made_of_an_env_file_with_export() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "app.env", "export A=1\nB=2\n")
        || !sealed_as(&sandbox, "dotenv", "noext", "C=3\n export D=4\n")
    {
        return;
    }
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   app.env: vault keeps YAML, and this is a .env file with `export`, which sops takes for a part of the name
vault:       once there is a vault (vault init --name YOU --env NAME --yes makes one), then:
vault:       sops decrypt app.env | vault import NAME - --format dotenv && rm app.env
vault:   noext: vault keeps YAML, and this is a .env file with `export`, which sops takes for a part of the name
vault:       once there is a vault (vault init --name YOU --env NAME --yes makes one), then:
vault:       sops decrypt --input-type dotenv --output-type dotenv noext | vault import NAME - --format dotenv && rm noext
vault: hint: do what stands below one of them, and type the command again
",
    );
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds();
    typed(&sandbox, &said.stderr().replace("NAME", "dev"));
    for (key, value) in [("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")] {
        assert_eq!(get(&sandbox, "dev", key), value);
    }
    assert!(!sandbox.exists("app.env") && !sandbox.exists("noext"));
}

/// YAML as JSON is, which sops makes with `--output-type json`.
fn sealed_in_brackets(sandbox: &Sandbox) -> bool {
    sealed_as(sandbox, "json", "y.yaml", r#"{"a": "1", "b": {"c": "2"}}"#)
}

#[test]
fn yaml_in_brackets_is_no_environment_until_sops_has_written_it_in_lines() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed_in_brackets(&sandbox) {
        return;
    }
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   y.yaml: its metadata stands in brackets, as in JSON, and vault could not change it there
vault:       sops rotate --in-place y.yaml
vault: hint: do what stands below one of them, and type the command again
",
    );
    typed(&sandbox, said.stderr());
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sandbox.vault(["set", "y", "b.c=3"]).succeeds();
    assert_eq!(
        opened(&sandbox, "y.yaml"),
        serde_json::json!({"a": "1", "b": {"c": "3"}})
    );
}

#[test]
fn what_says_that_a_file_in_brackets_cannot_be_written_says_what_to_type() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "y.yaml", "a: one\n") {
        return;
    }
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sealed_in_brackets(&sandbox);
    let said = sandbox.vault(["set", "y", "a=2"]).fails(2);
    let end =
        "vault: error: a layout that cannot be changed in place; rewrite the file in block style
vault: hint: sops rotate --in-place FILE writes it in block style, with a new data key
";
    assert!(said.stderr().ends_with(end), "{}", said.stderr());
    typed(&sandbox, "vault:       sops rotate --in-place y.yaml");
    sandbox.vault(["set", "y", "a=2"]).succeeds();
    assert_eq!(get(&sandbox, "y", "a"), "2");
}

#[test]
fn env_add_takes_no_file_in_brackets() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed_in_brackets(&sandbox) {
        return;
    }
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds();
    sandbox
        .vault(["env", "add", "y", "--file", "y.yaml"])
        .fails_with(
            2,
            "vault: error: y.yaml: its metadata stands in brackets, as in JSON, and vault could not change it there
vault: hint: sops rotate --in-place y.yaml writes it in lines
",
        );
}
