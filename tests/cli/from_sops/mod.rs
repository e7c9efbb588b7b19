//! `vault init --from-sops`: a repository of sops, adopted with one command.

mod entries;
mod formats;
mod ignored;
mod layout;
mod lists;
mod members;
mod names;
mod places;
mod refused;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, CI, DAVE, changed_lines, get},
};

/// The key that reads.
fn age(line: &str) -> &str {
    line.split(' ').next().expect("a line begins with its key")
}

/// A repository with alice at work, who has her identity where sops looks for it.
fn repository(sops_config: &str) -> Sandbox {
    let sandbox = Sandbox::with_git();
    sandbox.git(["config", "user.name", "Alice Example"]);
    let key = team::identity(&sandbox, "alice");
    let text = std::fs::read(key).expect("it was just written");
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
    serde_json::from_str(output.stdout()).expect("sops prints JSON")
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
vault: git of this clone merges and shows secret files by key from now on
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
        ".vault.yaml text eol=lf merge=vault-config\nsecrets/**/*.yaml text eol=lf diff=vault merge=vault\n/deploy/prod/secrets.yaml text eol=lf diff=vault merge=vault\n"
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
    let diff = sandbox.git(["diff", "--unified=0", "--no-textconv", file]);
    let changed: Vec<String> = changed_lines(&diff)
        .into_iter()
        // The second may be the same.
        .filter(|line| !line.contains("lastmodified"))
        .collect();
    assert_eq!(changed, ["-b", "+b", "-mac", "+mac"]);
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
fn a_file_with_other_line_ends_is_not_told_to_change_them() {
    let Some(sandbox) = two_files() else { return };
    let text = sandbox.read("secrets/dev.enc.yaml").replace('\n', "\r\n");
    sandbox.write("secrets/dev.enc.yaml", &text);
    sandbox.commit("from windows");
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert_eq!(
        sandbox.read(".gitattributes"),
        ".vault.yaml text eol=lf merge=vault-config\n/deploy/prod/secrets.yaml text eol=lf diff=vault merge=vault\n/secrets/dev.enc.yaml diff=vault merge=vault\n"
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

/// sops takes the comments of a `.env` file over as they are, also where its own YAML could not hold them.
#[test]
fn a_comment_that_yaml_cannot_hold_is_no_obstacle_and_keeps_its_ciphertext() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    sandbox.write("x.env", "# don\u{92}t share\nB=1\nC=2\n");
    let args = ["encrypt", "--output-type", "yaml", "x.env"];
    let Some(sops) = sandbox.sops(args) else {
        return;
    };
    let sealed = sops.succeeds().stdout().to_owned();
    sandbox.write("dev.yaml", sealed);
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let comment = || sandbox.read("dev.yaml").lines().next().map(str::to_owned);
    let before = comment();
    let edit = sandbox.vault(["edit", "dev"]);
    let edited = edit.variable("VAULT_EDITOR", "sed -i s/2/3/").succeeds();
    assert_eq!(edited.stderr().lines().last(), Some("vault: ~ C"));
    assert_eq!(comment(), before);
}

#[test]
fn what_is_said_of_more_files_leaves_one_with_other_line_ends_as_it_is() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "secrets/dev.yaml", "A: one\n") {
        return;
    }
    let text = sandbox.read("secrets/dev.yaml").replace('\n', "\r\n");
    sandbox.write("secrets/dev.yaml", &text);
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sandbox.commit("adopted");
    let attributes = sandbox.read(".gitattributes");
    sandbox.vault(["git", "install"]).succeeds();
    assert_eq!(sandbox.read(".gitattributes"), attributes);
    let add = ["env", "add", "prod", "--like", "dev", "--yes"];
    sandbox.vault(add).succeeds();
    let of_prod = "/secrets/prod.yaml text eol=lf diff=vault merge=vault\n";
    assert_eq!(
        sandbox.read(".gitattributes"),
        format!("{attributes}{of_prod}")
    );
    let rename = ["env", "rename", "dev", "devel", "--yes"];
    sandbox.vault(rename).succeeds();
    let of_devel = "/secrets/devel.yaml diff=vault merge=vault\n";
    assert_eq!(
        sandbox.read(".gitattributes"),
        format!("{attributes}{of_prod}{of_devel}")
    );
    sandbox.commit("more");
    sandbox.write(".gitattributes", "");
    sandbox.vault(["git", "install"]).succeeds();
    sandbox.git(["add", "--all", "--renormalize"]);
    let changed = sandbox.git(["diff", "--cached", "--name-only"]);
    assert_eq!(changed, ".gitattributes\n");
}

#[test]
fn a_file_with_other_line_ends_keeps_them_and_is_merged_by_key() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, "secrets/dev.yaml", "A: one\nB: two\nC: three\n") {
        return;
    }
    let text = sandbox.read("secrets/dev.yaml").replace('\n', "\r\n");
    sandbox.write("secrets/dev.yaml", &text);
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert_eq!(
        sandbox.read(".gitattributes"),
        ".vault.yaml text eol=lf merge=vault-config\n/secrets/dev.yaml diff=vault merge=vault\n"
    );
    sandbox.commit("adopted");
    let stored = sandbox.git(["cat-file", "-s", "HEAD:secrets/dev.yaml"]);
    assert_eq!(stored.trim(), text.len().to_string());
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.commit("A");
    sandbox.git(["checkout", "--quiet", "-"]);
    sandbox.vault(["set", "dev", "C", "3"]).succeeds();
    sandbox.commit("C");
    sandbox.git(["merge", "--quiet", "side"]);
    let values = ["A", "B", "C"].map(|key| get(&sandbox, "dev", key));
    assert_eq!(values, ["1", "two", "3"]);
    let merged = sandbox.read("secrets/dev.yaml");
    assert_eq!(merged.matches('\n').count(), merged.matches("\r\n").count());
}

#[test]
fn an_older_line_that_would_rewrite_a_file_with_other_line_ends_is_told_by_git_install() {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    sandbox.copy("sops/made/types/enc.yaml", "secrets/dev.yaml");
    let text = sandbox.read("secrets/dev.yaml").replace('\n', "\r\n");
    sandbox.write("secrets/dev.yaml", &text);
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sandbox.commit("adopted");
    let install = || sandbox.vault(["git", "install"]).succeeds();
    assert!(!install().stderr().contains("CRLF"));
    for older in [
        "secrets/**/*.yaml eol=lf\n",
        "* text=auto eol=lf\n",
        "*.yaml text eol=lf\n",
    ] {
        sandbox.write(".gitattributes", older);
        let said = install();
        let said = said.stderr();
        let told = "vault: warning: the lines of secrets/dev.yaml end in CRLF, and git's attributes say eol=lf for it: the next git add rewrites all of them
vault: hint: /secrets/dev.yaml -text as the last line of .gitattributes leaves them as they are
";
        assert!(said.ends_with(told), "{older}: {said}");
        let rewritten = || {
            sandbox.git(["add", "--all", "--renormalize"]);
            let staged = sandbox.git(["diff", "--cached", "--name-only"]);
            sandbox.git(["reset", "--quiet"]);
            staged.contains("secrets/dev.yaml")
        };
        assert!(rewritten(), "{older}");
        let attributes = sandbox.read(".gitattributes");
        sandbox.write(
            ".gitattributes",
            format!("{attributes}/secrets/dev.yaml -text\n"),
        );
        assert!(!rewritten(), "{older}");
        let said = install();
        assert!(!said.stderr().contains("CRLF"), "{}", said.stderr());
    }
}

/// Types the lines that are shown, one after the other.
fn typed(sandbox: &Sandbox, said: &str) {
    let lines = commands(said);
    assert!(!lines.is_empty(), "{said}");
    for line in lines {
        sandbox.program("/bin/sh", ["-c", &line]).succeeds();
    }
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
    let line = |line: &str| {
        let line = line.replace("sops ", &sops).replace("vault import", &vault);
        line.replace(&format!("--format {sops}"), "--format sops ")
    };
    lines.map(line).collect()
}
