//! Files of the vault that git ignores: nothing is lost in silence.

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, configured},
};

/// A repository with rules, and alice at work.
fn with_rules(rules: &str) -> Sandbox {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    sandbox.write(".gitignore", rules);
    sandbox
}

fn init(sandbox: &Sandbox) -> String {
    let line = ["init", "--name", "alice", "--env", "dev", "prod", "--yes"];
    sandbox.vault(line).succeeds().stderr().to_owned()
}

/// The lines that a hint wants at the end of a file of rules.
fn hinted(said: &str, rules: &str) -> String {
    let hint = said
        .lines()
        .find(|line| line.contains(&format!("at the end of {rules}: ")))
        .unwrap_or_else(|| panic!("no hint about {rules}: {said}"));
    let (_, lines) = hint
        .split_once(&format!("{rules}: "))
        .expect("it has the name of the file");
    let lines = lines.split(", ").map(|line| line.trim_matches('`'));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Whether `git add --all` takes a file.
fn is_taken(sandbox: &Sandbox, path: &str) -> bool {
    sandbox.git(["add", "--all"]);
    !sandbox.git(["ls-files", path]).is_empty()
}

#[test]
fn what_init_writes_and_git_ignores_is_told_with_the_lines_that_bring_it_back() {
    let sandbox = with_rules("secrets/\n");
    let said = init(&sandbox);
    assert_eq!(
        said,
        "vault: wrote .vault.yaml, secrets/dev.yaml, secrets/prod.yaml, .gitattributes, .gitignore
vault: warning: git ignores secrets/dev.yaml, secrets/prod.yaml (line 1 of .gitignore): no commit will have them
vault: hint: add these lines at the end of .gitignore: `!/secrets/`, `/secrets/*`, `!/secrets/dev.yaml`, `!/secrets/prod.yaml`
vault: git of this clone merges and shows secret files by key from now on
vault: next: vault set dev KEY, then commit these files
"
    );
    assert!(!is_taken(&sandbox, "secrets/dev.yaml"));
    let rules = sandbox.read(".gitignore") + &hinted(&said, ".gitignore");
    sandbox.write(".gitignore", rules);
    sandbox.write("secrets/dev.local.yaml", "x: 1\n");
    sandbox.vault(["check"]).succeeds();
    assert!(is_taken(&sandbox, "secrets/dev.yaml"));
    assert!(is_taken(&sandbox, "secrets/prod.yaml"));
    assert!(!is_taken(&sandbox, "secrets/dev.local.yaml"));
}

#[test]
fn the_hint_works_for_rules_of_every_kind_and_place() {
    for (place, rules, told) in [
        (".gitignore", "*.yaml\n", ".gitignore"),
        (".gitignore", "*\n", ".gitignore"),
        (".gitignore", "/secrets/**\n", ".gitignore"),
        ("secrets/.gitignore", "*\n", "secrets/.gitignore"),
        (".git/info/exclude", "secrets\n*.yaml\n", ".gitignore"),
    ] {
        let sandbox = Sandbox::with_git();
        team::log_in(&sandbox, "alice");
        sandbox.write(place, rules);
        let mut said = init(&sandbox);
        // What a rule hides that is hidden itself is seen when that is away.
        for _ in 0..3 {
            if !said.contains("git ignores") {
                break;
            }
            let before = std::fs::read_to_string(sandbox.work(told)).unwrap_or_default();
            sandbox.write(told, before + &hinted(&said, told));
            said = sandbox.vault(["check"]).run().stderr().to_owned();
        }
        sandbox.vault(["check"]).succeeds();
        for file in [".vault.yaml", "secrets/dev.yaml", "secrets/prod.yaml"] {
            assert!(is_taken(&sandbox, file), "{place} {rules} {file}");
        }
    }
}

#[test]
fn a_source_is_not_deleted_where_no_commit_would_have_what_it_held() {
    let sandbox = with_rules("secrets/\n");
    init(&sandbox);
    sandbox.write(".env", "A=1\n");
    let before = sandbox.read("secrets/dev.yaml");
    sandbox
        .vault(["import", "dev", ".env", "--delete-source"])
        .fails_with(
            2,
            "vault: error: git ignores secrets/dev.yaml (line 1 of .gitignore): no commit will have it
vault: hint: add these lines at the end of .gitignore: `!/secrets/`, `/secrets/*`, `!/secrets/dev.yaml`, `!/secrets/prod.yaml`
vault: hint: or leave --delete-source out
",
        );
    assert!(sandbox.exists(".env"));
    assert_eq!(sandbox.read("secrets/dev.yaml"), before);
    let said = sandbox.vault(["import", "dev", ".env"]).succeeds();
    let warning = "vault: warning: git ignores secrets/dev.yaml (line 1 of .gitignore)";
    assert!(said.stderr().contains(warning), "{}", said.stderr());
    // What git has already it keeps, whatever it ignores.
    sandbox.git(["add", "--force", "secrets/dev.yaml"]);
    let said = sandbox
        .vault(["import", "dev", ".env", "--delete-source"])
        .succeeds();
    assert!(!said.stderr().contains("ignores"), "{}", said.stderr());
    assert!(!sandbox.exists(".env"));
}

#[test]
fn check_finds_what_no_commit_has() {
    let sandbox = team::alone();
    sandbox.write(".git/info/exclude", "# mine\n*.yaml\n");
    sandbox
        .vault(["check"])
        .fails(1)
        .prints("dev: not ok\n.vault.yaml: not ok\n")
        .says(
            "vault: error: git ignores secrets/dev.yaml (line 2 of .git/info/exclude): no commit will have it
vault: hint: add these lines at the end of .gitignore: `!/.vault.yaml`, `!/secrets/dev.yaml`
vault: error: git ignores .vault.yaml (line 2 of .git/info/exclude): no commit will have it
vault: hint: add these lines at the end of .gitignore: `!/.vault.yaml`, `!/secrets/dev.yaml`
",
        );
    sandbox.git(["add", "--force", "--all"]);
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn whoever_makes_a_file_is_told_and_later_writes_are_silent() {
    let sandbox = configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    sandbox.write(".gitignore", "secrets/\n");
    let warning = "vault: warning: git ignores secrets/dev.yaml (line 1 of .gitignore): no commit will have it\n";
    let said = sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    assert!(said.stderr().contains(warning), "{}", said.stderr());
    let said = sandbox.vault(["set", "dev", "A", "2"]).succeeds();
    assert!(!said.stderr().contains("ignores"), "{}", said.stderr());
    let said = sandbox
        .vault(["env", "add", "qa", "--recipients", "alice"])
        .succeeds();
    let warning = "vault: warning: git ignores secrets/qa.yaml (line 1 of .gitignore)";
    assert!(said.stderr().contains(warning), "{}", said.stderr());
}

#[test]
fn the_hint_of_check_brings_back_what_tells_git_about_the_vault_too() {
    for rules in ["*\n", ".*\n"] {
        let sandbox = with_rules(rules);
        init(&sandbox);
        let mut said = sandbox.vault(["check"]).fails(1).stderr().to_owned();
        while said.contains("git ignores") {
            let before = sandbox.read(".gitignore");
            sandbox.write(".gitignore", before + &hinted(&said, ".gitignore"));
            said = sandbox.vault(["check"]).run().stderr().to_owned();
        }
        sandbox.vault(["check"]).succeeds();
        for file in [".vault.yaml", ".gitattributes", ".gitignore"] {
            assert!(is_taken(&sandbox, file), "{rules} {file}");
        }
    }
}

#[test]
fn attributes_that_no_commit_has_are_told_although_the_vault_itself_is_in_order() {
    let sandbox = with_rules(".gitattributes\n");
    init(&sandbox);
    let dev =
        "dev: ok (signed by alice, opens, 0 keys)\nprod: ok (signed by alice, opens, 0 keys)\n";
    sandbox.vault(["check"]).succeeds().prints(dev).says(
        "vault: warning: git ignores .gitattributes (line 1 of .gitignore): no commit will have it
vault: hint: add this line at the end of .gitignore: `!/.gitattributes`
",
    );
    let rules = sandbox.read(".gitignore");
    sandbox.write(".gitignore", rules + "!/.gitattributes\n");
    sandbox.vault(["check"]).succeeds().prints(dev).says("");
}
