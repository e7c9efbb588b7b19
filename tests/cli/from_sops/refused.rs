//! What cannot be adopted.

use std::os::unix::fs::symlink;

use super::{contents, opened, repository, sealed, two_files};
use crate::team::{self, get};

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
vault:       sops decrypt --output-type json x/a.ini | vault import NAME - --format json
vault:   x/conf.json: vault keeps YAML, and this is JSON
vault:       vault import NAME x/conf.json
vault:   x/dev.env: vault keeps YAML, and this is a .env file
vault:       sops decrypt x/dev.env | vault import NAME - --format dotenv
vault:   x/groups.yaml: key groups are not supported
vault:       sops groups delete leaves one group
vault:   x/key.pem: vault keeps YAML, and this is a file that sops keeps as one value
vault:       sops decrypt x/key.pem | vault set ENV KEY --verbatim keeps it as one value of an environment, if it is text (UTF-8, without NUL); `| base64 |` between them keeps other data
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

#[test]
fn what_is_said_to_do_about_another_format_works() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "conf.json", "{\"a\": {\"b\": \"c\"}}") {
        return;
    }
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: no file of sops here can be adopted
vault:   conf.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml conf.json | sops encrypt --filename-override conf.yaml > conf.yaml
vault: hint: do what stands below one of them, and type the command again
",
    );
    let line = output
        .stderr()
        .lines()
        .find_map(|line| line.strip_prefix("vault:       "))
        .unwrap()
        .to_owned();
    let sops = crate::peers::sops().unwrap();
    let line = line.replace("sops ", &format!("{} ", sops.display()));
    sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert_eq!(get(&sandbox, "conf", "a.b"), "c");
}

/// The lines that say what to do, for `/bin/sh`.
fn commands(said: &str) -> Vec<String> {
    let sops = crate::peers::sops().expect("there was one before");
    let sops = format!("{} ", sops.display());
    let vault = format!("{} import", env!("CARGO_BIN_EXE_vault"));
    let lines = said.lines();
    let lines = lines.filter_map(|line| line.strip_prefix("vault:       "));
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
vault:       sops decrypt --output-type yaml app.env | sops encrypt --filename-override app.env.yaml > app.env.yaml
vault:   app.ini: vault keeps YAML, and this is an INI file
vault:       sops decrypt --output-type yaml app.ini | sops encrypt --filename-override app.ini.yaml > app.ini.yaml
vault:   app.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml app.json | sops encrypt --filename-override app.json.yaml > app.json.yaml
vault:   conf.env: vault keeps YAML, and this is a .env file
vault:       sops decrypt --output-type yaml conf.env | sops encrypt --filename-override conf.yaml > conf.yaml
vault:   conf.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml conf.json | sops encrypt --filename-override conf.json.yaml > conf.json.yaml
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
            "mv -n 'a|B.yaml' a-B-2.yaml",
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
vault:       sops decrypt --output-type yaml ./-d/conf.json | sops encrypt --filename-override ./-d/conf.yaml > ./-d/conf.yaml
vault:   con/prod.yaml: the path of a file holds a name that Windows keeps for a device
vault:       give it a plain name that ends in .yaml
vault:   x:y/app.env: vault keeps YAML, and this is a .env file
vault:       mv -n x:y x-y
vault:   x:y/dev.yaml: a character that no file should have in its name
vault:       mv -n x:y x-y
vault:   ünï/a\"b.yaml: a character that no file should have in its name
vault:       mv -n 'ünï/a\"b.yaml' ünï/a-b.yaml
vault:   ünï/c|d.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml 'ünï/c|d.json' | sops encrypt --filename-override ünï/c-d.yaml > ünï/c-d.yaml
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
