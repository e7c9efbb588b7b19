//! What cannot be adopted.

use std::os::unix::fs::symlink;

use super::{age, contents, opened, repository, sealed, two_files};
use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, get},
};

#[test]
fn what_cannot_be_adopted_is_listed_with_all_the_reasons_and_the_rest_is_adopted() {
    let Some(sandbox) = two_files() else { return };
    sealed(&sandbox, "x/conf.json", "{\"a\": 1}");
    sealed(&sandbox, "x/dev.env", "A=1\n");
    sealed(&sandbox, "x/a.ini", "[s]\nA=1\n");
    sealed(&sandbox, "x/key.pem", "a key\n");
    sandbox.copy("sops/made/key_groups/enc.yaml", "x/groups.yaml");
    sandbox.copy("sops/made/two_documents/enc.yaml", "x/two.yaml");
    sandbox.copy("sops/made/foreign_entries/enc.yaml", "x/foreign.yaml");
    sandbox.copy("sops/made/encrypted_comment_regex/enc.yaml", "x/rule.yaml");
    sandbox.copy("signed/simple.yaml", "x/signed.yaml");
    let pgp: String = sandbox
        .read("x/foreign.yaml")
        .split_once("    age:\n")
        .map(|(head, rest)| {
            let rest = rest
                .split_once("    lastmodified:")
                .expect("the next key")
                .1;
            format!("{head}    lastmodified:{rest}")
        })
        .expect("it has age entries");
    sandbox.write("x/pgp.yaml", pgp);
    symlink("foreign.yaml", sandbox.work("x/link.yaml")).unwrap();
    sandbox.write(sandbox.path("outside.yaml"), sandbox.read("x/foreign.yaml"));
    symlink("../../outside.yaml", sandbox.work("x/out.yaml")).unwrap();
    // None of these is one of sops, or git's.
    sandbox.write("values.yaml", "sops:\n    enabled: true\n");
    sandbox.write(".gitignore", "ignored/\n");
    sandbox.copy("sops/made/foreign_entries/enc.yaml", "ignored/a.yaml");
    let before = contents(&sandbox);
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let (_, listed) = output
        .stderr()
        .split_once("vault: warning: these files of sops cannot be environments, and stay with sops alone:\n")
        .unwrap();
    let expected = "vault:   x/a.ini: vault keeps YAML, and this is an INI file
vault:       sops decrypt --output-type json x/a.ini | vault import NAME - --format json && rm x/a.ini
vault:   x/conf.json: vault keeps YAML, and this is JSON
vault:       vault import NAME x/conf.json && rm x/conf.json
vault:   x/dev.env: vault keeps YAML, and this is a .env file
vault:       sops decrypt x/dev.env | vault import NAME - --format dotenv && rm x/dev.env
vault:   x/groups.yaml: key groups are not supported
vault:       sops groups delete leaves one group
vault:   x/key.pem: vault keeps YAML, and this is a file that sops keeps as one value
vault:       sops decrypt x/key.pem | vault set ENV KEY --verbatim keeps it as one value of an environment, if it is text (UTF-8, without NUL); `| base64 |` between them keeps other data
vault:       rm x/key.pem, once vault get ENV KEY prints it
vault:   x/link.yaml: a symbolic link
vault:       the file that it leads to counts under its own path
vault:   x/out.yaml is a symbolic link that leads out of the repository
vault:       put the file itself there
vault:   x/pgp.yaml: no age recipient: only files with age recipients can be opened
vault:       sops rotate --in-place --add-age age1… x/pgp.yaml adds one
vault:   x/rule.yaml: [..]
vault:       rules that vault reads are the four by suffix and by regex of keys
vault:   x/signed.yaml: it is signed by vault already
vault:       it belongs to a .vault.yaml that is gone: git log -- .vault.yaml finds it
vault:   x/two.yaml: [..]a second document
vault:       keep one document in a file; give the other a file of its own
vault: wrote .vault.yaml, .gitattributes, .gitignore
...
";
    snapbox::assert_data_eq!(listed, expected);
    assert!(output.stderr().contains(
        "vault:   x/foreign: x/foreign.yaml (3 keys), read by alice; its entries of azure_kv, gcp_kms, hc_vault, kms, pgp stay\nvault:       .sops.yaml also wants carol, for whom it is not encrypted\n"
    ));
    assert!(!output.stderr().contains("ignored") && !output.stderr().contains("values.yaml"));
    assert_eq!(contents(&sandbox), before);
    let config = sandbox.read(".vault.yaml");
    assert_eq!(config.matches("signed: false").count(), 3);
    sandbox.vault(["set", "x/foreign", "NEW", "1"]).succeeds();
    assert_eq!(opened(&sandbox, "x/foreign.yaml")["NEW"], "1");
}

/// Types the lines that are shown, one after the other.
fn typed(sandbox: &Sandbox, said: &str) {
    let lines = commands(said);
    assert!(!lines.is_empty(), "{said}");
    for line in lines {
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
}

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
fn yaml_under_another_name_is_found_and_one_line_makes_it_an_environment() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    let names = [
        "P.YAML",
        "p.conf",
        "deploy/secrets.yaml.enc",
        "secrets",
        "x.json",
        ".env.enc",
    ];
    for name in names.into_iter().chain(["far"]) {
        sandbox.write("plain.yaml", "A: 1\n");
        let Some(sops) = sandbox.sops(["encrypt", "plain.yaml"]) else {
            return;
        };
        let text = sops.succeeds().stdout().to_owned();
        sandbox.write(name, text);
    }
    std::fs::remove_file(sandbox.work("plain.yaml")).unwrap();
    // The name that comes first is one that git would not take.
    sandbox.write(".gitignore", "/secrets.yaml\n");
    let sealed = sandbox.read("p.conf");
    // Much stands before what sops has encrypted, or behind it.
    let far = format!("{}{}", "#\n".repeat(40_000), sandbox.read("far"));
    sandbox.write("far", far);
    sandbox.write(
        "README.md",
        format!("So it looks:\n\n```yaml\n{sealed}```\n"),
    );
    sandbox.commit("sops");
    let said = sandbox.vault(["init", "--from-sops"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   .env.enc: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n .env.enc env.enc.yaml
vault:   P.YAML: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n P.YAML P.yaml
vault:   deploy/secrets.yaml.enc: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n deploy/secrets.yaml.enc deploy/secrets.enc.yaml
vault:   far: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n far far.yaml
vault:   p.conf: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n p.conf p.conf.yaml
vault:   secrets: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n secrets secrets-2.yaml
vault:   x.json: the path of a secret file ends in `.yaml` or `.yml`
vault:       mv -n x.json x.json.yaml
vault: hint: do what stands below one of them, and type the command again
",
    );
    typed(&sandbox, said.stderr());
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let found = said.stderr().matches("(1 key), read by alice\n").count();
    assert_eq!(found, names.len() + 1, "{}", said.stderr());
    assert!(!said.stderr().contains("README"));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn no_file_is_given_a_name_that_git_ignores() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "a.yaml", "A: 1\n") || !sealed(&sandbox, "b.json", "{\"B\": 1}") {
        return;
    }
    std::fs::rename(sandbox.work("a.yaml"), sandbox.work("a.conf")).unwrap();
    sandbox.write(".gitignore", "*.yaml\n");
    sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   a.conf: the path of a secret file ends in `.yaml` or `.yml`
vault:       git ignores every name in .yaml there: a line with ! in .gitignore lets one through
vault:   b.json: vault keeps YAML, and this is JSON
vault:       git ignores every name in .yaml there: a line with ! in .gitignore lets one through
vault: hint: do what stands below one of them, and type the command again
",
    );
}

#[test]
fn files_that_some_disks_take_for_one_stop_no_other_one() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    let paths = [
        "s/\u{e9}.yaml",
        "s/e\u{301}.yaml",
        "Prod.yaml",
        "prod.yaml",
        "dev.yaml",
    ];
    for path in paths {
        if !sealed(&sandbox, path, "A: 1\n") {
            return;
        }
    }
    if sandbox.files().len() < paths.len() + 1 {
        // This disk is one of those.
        return;
    }
    sandbox.commit("sops");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let expected = "vault: these files of sops become environments, and stay as they are:
vault:   dev: dev.yaml (1 key), read by alice
vault: who reads them:
vault:   alice: [..]
vault: warning: these files of sops cannot be environments, and stay with sops alone:
vault:   Prod.yaml: on some disks that is the name of prod.yaml, too
vault:       mv -n Prod.yaml Prod-2.yaml
vault:   prod.yaml: on some disks that is the name of Prod.yaml, too
vault:       mv -n prod.yaml prod-3.yaml
vault:   s/e\u{301}.yaml: on some disks that is the name of s/\u{e9}.yaml, too, whose characters are composed otherwise
vault:       mv -n s/e\u{301}.yaml s/e\u{301}-2.yaml
vault:   s/\u{e9}.yaml: on some disks that is the name of s/e\u{301}.yaml, too, whose characters are composed otherwise
vault:       mv -n s/\u{e9}.yaml s/\u{e9}-3.yaml
...
";
    snapbox::assert_data_eq!(said.stderr(), expected);
    typed(&sandbox, said.stderr());
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let found = said.stderr().matches("(1 key), read by alice\n").count();
    assert_eq!(found, paths.len(), "{}", said.stderr());
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn no_folder_is_given_a_name_that_differs_in_case_alone_from_one_that_is_there() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    for folder in ["x:y", "X-Y"] {
        std::fs::create_dir_all(sandbox.work(folder)).expect("a folder");
    }
    if !sealed(&sandbox, "./x:y/dev.yaml", "A: 1\n") || !sealed(&sandbox, "X-Y/dev.yaml", "A: 1\n")
    {
        return;
    }
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    assert!(
        said.stderr().contains("vault:       mv -n x:y x-y-2\n"),
        "{}",
        said.stderr()
    );
    typed(&sandbox, said.stderr());
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sandbox.vault(["check"]).succeeds();
}

/// The lines that say what to do, for `/bin/sh`.
fn commands(said: &str) -> Vec<String> {
    let sops = crate::peers::sops().expect("there was one before");
    let sops = format!("{} ", sops.display());
    let vault = format!("{} import", env!("CARGO_BIN_EXE_vault"));
    let lines = said.lines();
    let lines = lines.filter_map(|line| line.strip_prefix("vault:       "));
    // What stands in words is no line to type.
    let lines = lines.filter(|line| !line.contains(", once ") && !line.ends_with("then:"));
    let line = |line: &str| line.replace("sops ", &sops).replace("vault import", &vault);
    lines.map(line).collect()
}

#[test]
fn what_is_said_to_do_replaces_no_file_and_gives_each_its_own() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "app.yaml", "YAML: 1\n") {
        return;
    }
    sealed(&sandbox, "app.env", "ENV=1\n");
    sealed(&sandbox, "app.json", "{\"JSON\": 1}");
    sealed(&sandbox, "app.ini", "[s]\nINI=1\n");
    sealed(&sandbox, "conf.env", "ENV=1\n");
    sealed(&sandbox, "conf.json", "{\"JSON\": 1}");
    let before = sandbox.read("app.yaml");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let expected = "vault: warning: these files of sops cannot be environments, and stay with sops alone:
vault:   app.env: vault keeps YAML, and this is a .env file
vault:       sops decrypt --output-type yaml app.env | sops encrypt --filename-override app.env.yaml --output app.env.yaml /dev/stdin
vault:       sops decrypt app.env.yaml > /dev/null && rm app.env
vault:   app.ini: vault keeps YAML, and this is an INI file
vault:       sops decrypt --output-type yaml app.ini | sops encrypt --filename-override app.ini.yaml --output app.ini.yaml /dev/stdin
vault:       sops decrypt app.ini.yaml > /dev/null && rm app.ini
vault:   app.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml app.json | sops encrypt --filename-override app.json.yaml --output app.json.yaml /dev/stdin
vault:       sops decrypt app.json.yaml > /dev/null && rm app.json
vault:   conf.env: vault keeps YAML, and this is a .env file
vault:       sops decrypt --output-type yaml conf.env | sops encrypt --filename-override conf.yaml --output conf.yaml /dev/stdin
vault:       sops decrypt conf.yaml > /dev/null && rm conf.env
vault:   conf.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml conf.json | sops encrypt --filename-override conf.json.yaml --output conf.json.yaml /dev/stdin
vault:       sops decrypt conf.json.yaml > /dev/null && rm conf.json
vault: hint: who does what stands below them first, and types the command again, has them in the plan; afterwards their values are imported
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
";
    assert!(said.stderr().ends_with(expected), "{}", said.stderr());
    for line in commands(said.stderr()) {
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
    assert_eq!(sandbox.read("app.yaml"), before);
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    for (file, key) in [
        ("app.yaml", "YAML"),
        ("app.env.yaml", "ENV"),
        ("app.json.yaml", "JSON"),
        ("conf.yaml", "ENV"),
        ("conf.json.yaml", "JSON"),
    ] {
        assert!(opened(&sandbox, file)[key] == "1" || opened(&sandbox, file)[key] == 1);
    }
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

#[test]
fn nothing_to_adopt_is_a_failure() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    sandbox.write("a.yaml", "a: 1\n");
    sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: there is no file here that sops has encrypted
vault: hint: vault init --name NAME --env dev prod --yes makes a new vault
",
    );
    assert_eq!(sandbox.files(), [".sops.yaml", "a.yaml"]);
}

#[test]
fn an_existing_vault_is_left_alone() {
    let sandbox = team::alone();
    let before = sandbox.read(".vault.yaml");
    sandbox.copy("sops/made/everything/enc.yaml", "x.yaml");
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).fails(2);
    assert!(
        output.stderr().contains(".vault.yaml"),
        "{}",
        output.stderr()
    );
    assert_eq!(sandbox.read(".vault.yaml"), before);
}

#[test]
fn no_two_files_are_given_one_name_and_none_that_of_a_file_that_is_there() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "a:b.yaml", "A: 1\n") {
        return;
    }
    let others = [
        "a?b.yaml",
        "a<b.yaml",
        "a|B.yaml",
        "q:r/1.yaml",
        "q:r/2.yaml",
        "q?r/3.yaml",
        "x:y/4.yaml",
    ];
    for path in others {
        sealed(&sandbox, path, "A: 1\n");
    }
    sandbox.write("x-y/taken", "");
    sandbox.write("a-b-2.yaml", "taken: 1\n");
    sandbox.commit("files");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let hints = |said: &str| {
        let lines = said.lines();
        let lines = lines.filter_map(|line| line.strip_prefix("vault:       "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut moves = hints(said.stderr());
    assert_eq!(
        moves,
        [
            "mv -n a:b.yaml a-b.yaml",
            "mv -n 'a<b.yaml' a-b-3.yaml",
            "mv -n 'a?b.yaml' a-b-4.yaml",
            "mv -n 'a|B.yaml' a-B-5.yaml",
            "mv -n q:r q-r",
            "mv -n q:r q-r",
            "mv -n 'q?r' q-r-2",
            "mv -n x:y x-y-2",
        ]
    );
    moves.dedup();
    for line in moves {
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
    let again = sandbox.vault(["init", "--from-sops"]).fails(2);
    assert!(hints(again.stderr()).is_empty(), "{}", again.stderr());
    let found = again.stderr().matches(" (1 key), read by alice").count();
    assert_eq!(found, 1 + others.len(), "{}", again.stderr());
    assert_eq!(sandbox.read("a-b-2.yaml"), "taken: 1\n");
}

#[test]
fn what_is_said_about_names_that_no_config_can_have_works() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    for folder in ["x:y", "-d", "con", "ünï"] {
        std::fs::create_dir_all(sandbox.work(folder)).expect("a folder");
    }
    if !sealed(&sandbox, "./x:y/dev.yaml", "A: 1\n") {
        return;
    }
    sealed(&sandbox, "./x:y/app.env", "ENV=1\n");
    sealed(&sandbox, "./-d/conf.json", "{\"JSON\": 1}");
    sealed(&sandbox, "con/prod.yaml", "A: 1\n");
    sealed(&sandbox, "ünï/a\"b.yaml", "A: 1\n");
    sealed(&sandbox, "ünï/c|d.json", "{\"JSON\": 1}");
    sealed(&sandbox, "ünï/語.yaml", "A: 1\n");
    sandbox.commit("files");
    let said = sandbox.vault(["init", "--from-sops"]).fails(2);
    let expected = "vault: warning: these files of sops cannot be environments, and stay with sops alone:
vault:   -d/conf.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml ./-d/conf.json | sops encrypt --filename-override ./-d/conf.yaml --output ./-d/conf.yaml /dev/stdin
vault:       sops decrypt ./-d/conf.yaml > /dev/null && git rm --quiet ./-d/conf.json
vault:   con/prod.yaml: the path of a file holds a name that Windows keeps for a device
vault:       give it a plain name that ends in .yaml
vault:   x:y/app.env: vault keeps YAML, and this is a .env file
vault:       mv -n x:y x-y
vault:   x:y/dev.yaml: a character that no file should have in its name
vault:       mv -n x:y x-y
vault:   ünï/a\"b.yaml: a character that no file should have in its name
vault:       mv -n 'ünï/a\"b.yaml' ünï/a-b.yaml
vault:   ünï/c|d.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml 'ünï/c|d.json' | sops encrypt --filename-override ünï/c-d.yaml --output ünï/c-d.yaml /dev/stdin
vault:       sops decrypt ünï/c-d.yaml > /dev/null && git rm --quiet 'ünï/c|d.json'
vault: hint: who does what stands below them first, and types the command again, has them in the plan; afterwards their values are imported
";
    let (_, listed) = said
        .stderr()
        .split_once("\nvault: warning: these files")
        .unwrap();
    let (_, expected) = expected.split_once("vault: warning: these files").unwrap();
    assert!(listed.starts_with(expected), "{}", said.stderr());
    std::fs::rename(sandbox.work("con"), sandbox.work("c")).expect("another name");
    let mut commands = commands(said.stderr());
    commands.retain(|line| !line.starts_with("give it"));
    commands.dedup();
    for line in commands {
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
    let again = sandbox.vault(["init", "--from-sops"]).fails(2);
    let lines: Vec<&str> = again.stderr().lines().collect();
    assert_eq!(
        lines[1..8],
        [
            "vault:   d/conf: -d/conf.yaml (1 key), read by alice",
            "vault:   c/prod: c/prod.yaml (1 key), read by alice",
            "vault:   x-y/dev: x-y/dev.yaml (1 key), read by alice",
            "vault:   n/a-b: ünï/a-b.yaml (1 key), read by alice",
            "vault:   n/c-d: ünï/c-d.yaml (1 key), read by alice",
            "vault:   n: ünï/語.yaml (1 key), read by alice",
            "vault: who reads them:",
        ]
    );
    let said = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let line = ["env", "add", "new", "--recipients", "alice"];
    sandbox.vault(line).succeeds();
    for line in self::commands(said.stderr()) {
        let line = line.replace("NAME", "new");
        sandbox
            .program("/bin/sh", ["-c", &line])
            .prints_secrets()
            .succeeds();
    }
    sandbox.vault(["check"]).succeeds();
    assert_eq!(get(&sandbox, "new", "ENV"), "1");
}
