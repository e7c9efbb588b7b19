//! `vault init --from-sops`: a repository of sops, adopted with one command.

use std::{collections::BTreeMap, os::unix::fs::symlink};

use serde_json::Value;

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, CI, DAVE, changed_lines, get},
};

/// The key that reads.
fn age(line: &str) -> &str {
    line.split(' ').next().unwrap()
}

/// A repository with alice at work, who has her identity where sops looks for it.
fn repository(sops_config: &str) -> Sandbox {
    let sandbox = Sandbox::with_git();
    sandbox.git(["config", "user.name", "Alice Example"]);
    let key = team::identity(&sandbox, "alice");
    let text = std::fs::read(key).unwrap();
    let keys = sandbox.path("config/sops/age/keys.txt");
    sandbox.write(&keys, text);
    sandbox.chmod(&keys, 0o600);
    let config = sops_config
        .replace("ALICE", age(ALICE))
        .replace("BOB", age(BOB))
        .replace("CAROL", CI)
        .replace("DAVE", DAVE);
    if !config.is_empty() {
        sandbox.write(".sops.yaml", config);
    }
    sandbox
}

/// Writes a file and has sops encrypt it by its rules; false where there is no sops.
fn sealed(sandbox: &Sandbox, path: &str, text: &str) -> bool {
    sandbox.write(path, text);
    match sandbox.sops(["encrypt", "--in-place", path]) {
        Some(sops) => {
            sops.succeeds();
            true
        }
        None => false,
    }
}

fn opened(sandbox: &Sandbox, path: &str) -> Value {
    let sops = sandbox.sops(["decrypt", "--output-type", "json", path]);
    let output = sops.expect("there was one before").succeeds();
    serde_json::from_str(output.stdout()).unwrap()
}

/// Every file with its bytes, but for those that the adoption writes.
fn contents(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    let ours = [".vault.yaml", ".gitattributes", ".gitignore"];
    let files = sandbox.files().into_iter();
    files
        .filter(|file| !ours.contains(&file.as_str()))
        .map(|file| {
            let bytes = std::fs::read(sandbox.work(&file)).unwrap_or_default();
            (file, bytes)
        })
        .collect()
}

const RULES: &str = "keys:
  - &bob BOB
creation_rules:
  - path_regex: ^secrets/.*
    age: 'ALICE,BOB'
  - age:
      - ALICE
      - CAROL # carol (CI)
";

const PLAIN: &str = "# top\na: hunter2-one-value\n\n# of b\nb: \"hunter2-two-value\"\nmap:\n    c: 3\nlist:\n    - x\n";

/// Two files and two rules.
fn two_files() -> Option<Sandbox> {
    let sandbox = repository(RULES);
    sandbox.secret("hunter2-one-value");
    sandbox.secret("hunter2-two-value");
    (sealed(&sandbox, "secrets/dev.enc.yaml", PLAIN)
        && sealed(
            &sandbox,
            "deploy/prod/secrets.yaml",
            "p: hunter2-one-value\n",
        ))
    .then_some(sandbox)
}

#[test]
fn one_command_adopts_every_file_and_changes_none() {
    let Some(sandbox) = two_files() else { return };
    sandbox.commit("sops");
    let before = contents(&sandbox);
    sandbox
        .vault(["init", "--from-sops", "--yes"])
        .succeeds_with("")
        .says(
            "vault: these files of sops become environments, and stay as they are:
vault:   deploy/prod: deploy/prod/secrets.yaml (1 key), read by alice, carol
vault:   dev: secrets/dev.enc.yaml (4 keys), read by alice, bob
vault: who reads them:
vault:   alice: age1zwxmqph690f8m0z5z9gugamxwyaynkeedwcx0fznj2lc6whvuyrs7u6e42 (you; your user name)
vault:   carol: age1h28y4g7r97h8qqqhf5u0pg8xvkqlue8jc8tk5ryrjlt2lmmppdsq74kf0n (named in .sops.yaml)
vault:   bob: age1cfkdyxth2t7h2qqsvzn6t2zhl05pm0z9w5nzpde3v5jpcj0gwuxs6npxps (named in .sops.yaml)
vault: once the files are signed, carol, bob can read and not write: the line that vault whoami prints for each of them has the key that signs
vault: wrote .vault.yaml, .gitattributes, .gitignore
vault: next: vault check, then commit these files; vault sign --all signs the secrets once sops no longer edits them
",
        );
    assert_eq!(contents(&sandbox), before);
    let config = sandbox.read(".vault.yaml");
    let (_, environments) = config.split_once("\nenvironments:\n").unwrap();
    assert_eq!(
        environments,
        "    deploy/prod:
        recipients: [alice, carol]
        file: deploy/prod/secrets.yaml
        signed: false
    dev:
        recipients: [alice, bob]
        file: secrets/dev.enc.yaml
        signed: false
"
    );
    assert!(config.contains("\ndefault: dev\n"));
    assert!(config.contains(&format!(
        "\n    alice: {ALICE}\n    carol: {CI}\n    bob: {}\n",
        age(BOB)
    )));
    assert_eq!(
        sandbox.read(".gitattributes"),
        ".vault.yaml text eol=lf\nsecrets/**/*.yaml text eol=lf\n/deploy/prod/secrets.yaml text eol=lf\n"
    );
    assert!(sandbox.read(".gitignore").contains("run/secrets/\n"));
    // git sees no change in the files either.
    assert_eq!(
        sandbox.git(["status", "--short"]),
        "?? .gitattributes\n?? .gitignore\n?? .vault.yaml\n"
    );
    sandbox.vault(["check"]).succeeds_with(
        "deploy/prod: ok (not signed, as .vault.yaml says, opens, 1 key)\ndev: ok (not signed, as .vault.yaml says, opens, 4 keys)\n",
    );
}

#[test]
fn both_programs_write_an_adopted_file_and_only_the_changed_lines_change() {
    let Some(sandbox) = two_files() else { return };
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sandbox.commit("adopted");
    let file = "secrets/dev.enc.yaml";
    sandbox.vault(["set", "dev", "b", "three"]).succeeds();
    let diff = sandbox.git(["diff", "--unified=0", file]);
    assert_eq!(
        changed_lines(&diff),
        ["-b", "+b", "-lastmodified", "-mac", "+lastmodified", "+mac"]
    );
    let rendered = sandbox.vault(["render", "dev"]).prints_secrets().succeeds();
    assert_eq!(
        rendered.stdout(),
        "a=hunter2-one-value\nb=three\nMAP_C=3\nLIST_0=x\n"
    );
    let sops = sandbox.sops(["set", file, "[\"d\"]", "\"four\""]).unwrap();
    sops.succeeds();
    assert_eq!(get(&sandbox, "dev", "d"), "four");
    sandbox.vault(["set", "dev", "map.c", "5"]).succeeds();
    assert_eq!(
        opened(&sandbox, file),
        serde_json::json!({"a": "hunter2-one-value", "b": "three", "map": {"c": 5}, "list": ["x"], "d": "four"})
    );
    let shown = sandbox.sops(["decrypt", file]).unwrap().succeeds();
    assert!(shown.stdout().starts_with("# top\na: "));
    assert!(shown.stdout().contains("\n# of b\nb: three\n"));
    sandbox.commit("changed by both");
    // And once sops has gone, everything is signed, and sops opens it all the same.
    sandbox.vault(["sign", "--all", "--yes"]).succeeds();
    sandbox.vault(["check"]).succeeds_with(
        "deploy/prod: ok (signed by alice, opens, 1 key)\ndev: ok (signed by alice, opens, 5 keys)\n",
    );
    assert!(!sandbox.read(".vault.yaml").contains("signed: false"));
    assert_eq!(opened(&sandbox, file)["d"], "four");
}

#[test]
fn the_plan_comes_first_and_without_a_yes_nothing_is_written() {
    let Some(sandbox) = two_files() else { return };
    let files = sandbox.files();
    let output = sandbox.vault(["init", "--from-sops"]).fails(2);
    assert!(
        output
            .stderr()
            .starts_with("vault: these files of sops become environments")
    );
    assert!(output.stderr().ends_with(
        "vault: error: there is no terminal to ask; nothing is written\nvault: hint: --yes says that the plan is right\n"
    ));
    assert_eq!(sandbox.files(), files);
    let Some(terminal) = sandbox.on_terminal(["init", "--from-sops"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault [alice]:")
        .types("")
        .sees("Write .vault.yaml? [y/N]")
        .types("n")
        .run()
        .fails(2);
    assert_eq!(sandbox.files(), files);
}

#[test]
fn whom_nobody_names_is_asked_for_or_gets_a_number() {
    let sandbox = repository("creation_rules:\n  - age: 'ALICE,BOB,CAROL'\n");
    if !sealed(&sandbox, "dev.yaml", "a: 1\n") {
        return;
    }
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert!(output.stderr().contains(&format!(
        "vault:   recipient-1: {} (nobody says who that is)\nvault:   recipient-2: {CI} (nobody says who that is)\n",
        age(BOB)
    )));
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains("recipients: [alice, recipient-1, recipient-2]\n")
    );
    std::fs::remove_file(sandbox.work(".vault.yaml")).unwrap();
    let Some(terminal) = sandbox.on_terminal(["init", "--from-sops"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault [alice]:")
        .types("al")
        .sees(&format!("Who is {} (reads dev)? [recipient-1]:", age(BOB)))
        .types("bob")
        .sees("[recipient-1]:")
        .types("")
        .sees("Write .vault.yaml? [y/N]")
        .types("y")
        .run()
        .succeeds();
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains("recipients: [al, bob, recipient-1]\n")
    );
}

#[test]
fn names_of_people_and_environments_can_be_said() {
    let Some(sandbox) = two_files() else { return };
    let bob = format!("robert={BOB}");
    sandbox
        .vault([
            "init",
            "--from-sops",
            "--yes",
            "--name",
            "al",
            "--name",
            &bob,
            "--env",
            "prod=deploy/prod/secrets.yaml",
            "local=./secrets/dev.enc.yaml",
        ])
        .succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(config.contains(
        "    prod:\n        recipients: [al, carol]\n        file: deploy/prod/secrets.yaml\n"
    ));
    assert!(config.contains("    local:\n        recipients: [al, robert]\n"));
    // A whole line says how somebody signs.
    assert!(config.contains(&format!("    robert: {BOB}\n")));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_name_that_fits_nobody_is_a_slip() {
    let Some(sandbox) = two_files() else { return };
    for (options, error) in [
        (vec![format!("--name=dave={DAVE}")], "vault: error: --name dave=…: no file here is encrypted for that recipient\n".to_owned()),
        (vec!["--env=x=nope.yaml".into()], "vault: error: nope.yaml is no file of sops that can be adopted\nvault: hint: vault init --from-sops shows those that can, before it asks\n".to_owned()),
        (vec!["--env=x".into()], "vault: error: which file is x?\nvault: hint: --env x=FILE; without --env the names come from the paths\n".to_owned()),
        (vec!["--env=dev=deploy/prod/secrets.yaml".into(), "--env=Dev=secrets/dev.enc.yaml".into()], "...\nvault: error: the name `Dev` is taken by `dev`\nvault: hint: choose other names with --name NAME=RECIPIENT and --env NAME=FILE\n".to_owned()),
    ] {
        let line = ["init", "--from-sops", "--yes"].map(str::to_owned).into_iter().chain(options);
        sandbox.vault(line).fails_with(2, &error);
    }
    std::fs::remove_dir_all(sandbox.path("config/sops")).unwrap();
    let output = sandbox
        .vault(["init", "--from-sops", "--yes", "--name", "al"])
        .fails(2);
    assert!(output.stderr().starts_with(
        "vault: error: --name al: no file here is encrypted for an identity of yours\n"
    ));
    assert!(!sandbox.exists(".vault.yaml"));
    // Nobody needs an identity to adopt.
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert!(
        output
            .stderr()
            .contains("none of them is encrypted for an identity of yours")
    );
    // Without --from-sops these forms mean nothing.
    std::fs::remove_file(sandbox.work(".vault.yaml")).unwrap();
    sandbox
        .vault(["init", "--yes", "--name", "al", "--env", "x=secrets/x.yaml"])
        .fails(2);
    sandbox
        .vault(["init", "--yes", &format!("--name=bob={BOB}")])
        .fails(2);
}

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
vault:       sops decrypt --output-type yaml x/a.ini | sops encrypt --filename-override x/a.yaml > x/a.yaml, then type the command again
vault:   x/conf.json: vault keeps YAML, and this is JSON
vault:       sops decrypt --output-type yaml x/conf.json | sops encrypt --filename-override x/conf.yaml > x/conf.yaml, then type the command again
vault:   x/dev.env: vault keeps YAML, and this is a .env file
vault:       sops decrypt --output-type yaml x/dev.env | sops encrypt --filename-override x/dev.yaml > x/dev.yaml, then type the command again
vault:   x/groups.yaml: key groups are not supported
vault:       sops groups delete leaves one group
vault:   x/key.pem: vault keeps YAML, and this is a file that sops keeps as one value
vault:       sops decrypt x/key.pem | vault set ENV KEY --verbatim keeps it as one value of an environment
vault:   x/link.yaml: a symbolic link
vault:       the file that it leads to counts under its own path
vault:   x/out.yaml is a symbolic link that leads out of the repository
vault:       put the file itself there, then type the command again
vault:   x/pgp.yaml: no age recipient: only files with age recipients can be opened
vault:       sops rotate -i --add-age age1… adds one
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
vault:       sops decrypt --output-type yaml conf.json | sops encrypt --filename-override conf.yaml > conf.yaml, then type the command again
vault: hint: do what stands below one of them, and type the command again
",
    );
    let line = output
        .stderr()
        .lines()
        .find_map(|line| line.strip_prefix("vault:       "))
        .and_then(|line| line.strip_suffix(", then type the command again"))
        .unwrap()
        .to_owned();
    let sops = crate::peers::sops().unwrap();
    let line = line.replace("sops ", &format!("{} ", sops.display()));
    sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert_eq!(get(&sandbox, "conf", "a.b"), "c");
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
fn nested_configs_name_the_keys_below_them_and_a_broken_one_stops_nothing() {
    let sandbox = repository("creation_rules:\n  - age: 'ALICE'\n");
    if !sealed(&sandbox, "dev.yaml", "a: 1\n") {
        return;
    }
    sandbox.write(
        "apps/web/.sops.yaml",
        format!("creation_rules:\n  - path_regex: ^prod\n    age:\n      # robert\n      - {}\n      - {} # alice\n", age(BOB), age(ALICE)),
    );
    sandbox.write("apps/broken/.sops.yaml", "creation_rules: [\n");
    sandbox.write("apps/web/prod.enc.yaml", "a: 1\n");
    let both = format!("{},{}", age(ALICE), age(BOB));
    let sops = sandbox.sops([
        "encrypt",
        "--in-place",
        "--age",
        &both,
        "apps/web/prod.enc.yaml",
    ]);
    sops.unwrap().succeeds();
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert!(
        output
            .stderr()
            .contains("vault: warning: apps/broken/.sops.yaml: not valid YAML")
    );
    assert!(output.stderr().contains(&format!(
        "vault:   robert: {} (named in apps/web/.sops.yaml)\n",
        age(BOB)
    )));
    assert!(output.stderr().contains(
        "vault:   apps/web/prod: apps/web/prod.enc.yaml (1 key), read by alice, robert\nvault: who"
    ));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_repository_of_sops_need_not_be_one_of_git() {
    let sandbox = Sandbox::new();
    team::log_in(&sandbox, "alice");
    sandbox.copy("sops/made/set_by_sops/enc.yaml", "a/b.enc.yaml");
    let output = sandbox
        .vault(["init", "--from-sops", "--yes", "--name", "alice"])
        .succeeds();
    assert!(
        output.stderr().contains("vault:   a/b: a/b.enc.yaml ("),
        "{}",
        output.stderr()
    );
    sandbox.vault(["list", "a/b"]).succeeds();
}

#[test]
fn ssh_keys_are_named_by_their_comment_and_sign() {
    let sandbox =
        repository("creation_rules:\n  - age:\n      - ALICE\n      - DAVE dave@laptop\n");
    if !sealed(&sandbox, "dev.yaml", "a: 1\n") {
        return;
    }
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(
        config.contains(&format!("    dave@laptop: {DAVE}\n")),
        "{config}"
    );
}

#[test]
fn a_file_with_other_line_ends_is_not_told_to_change_them() {
    let Some(sandbox) = two_files() else { return };
    let text = sandbox.read("secrets/dev.enc.yaml").replace('\n', "\r\n");
    sandbox.write("secrets/dev.enc.yaml", &text);
    sandbox.commit("from windows");
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert_eq!(
        sandbox.read(".gitattributes"),
        ".vault.yaml text eol=lf\n/deploy/prod/secrets.yaml text eol=lf\n"
    );
    assert_eq!(sandbox.read("secrets/dev.enc.yaml"), text);
    assert!(
        !sandbox
            .git(["status", "--short"])
            .contains("secrets/dev.enc.yaml")
    );
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn every_file_of_the_fixtures_that_sops_opens_is_adopted_as_it_is() {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    for case in [
        "age_and_pgp",
        "everything",
        "encrypted_suffix",
        "indent_2_rotated",
        "mac_only_encrypted",
        "set_by_sops",
        "types",
        "encrypted_regex",
    ] {
        sandbox.copy(
            format!("sops/made/{case}/enc.yaml"),
            format!("made/{case}.yaml"),
        );
    }
    let before = contents(&sandbox);
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert!(
        !output.stderr().contains("cannot be environments"),
        "{}",
        output.stderr()
    );
    assert_eq!(contents(&sandbox), before);
    let listed = sandbox.vault(["env", "list", "--json"]).succeeds();
    let listed: Value = serde_json::from_str(listed.stdout()).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 8);
    for environment in listed.as_array().unwrap() {
        assert_eq!(environment["state"], "ok");
        let name = environment["environment"].as_str().unwrap();
        sandbox
            .vault(["list", name, "--reveal"])
            .prints_secrets()
            .succeeds();
    }
}
