//! What becomes of files of other formats: what is said to do about them, typed to the end.

use super::{age, commands, repository, sealed, typed};
use crate::team::{ALICE, BOB, get};

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
