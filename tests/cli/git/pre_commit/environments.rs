//! Secret files and the config in what is to be committed.

use super::{SKIP, TOKEN, UNSTAGE, commits, hooked, refuses, stage};
use crate::{sandbox::Sandbox, team};

const FILE: &str = "secrets/dev.yaml";

/// What the hook itself answers.
fn answers(sandbox: &Sandbox, code: i32, said: &str) {
    sandbox.vault(["git", "pre-commit"]).fails_with(code, said);
}

#[test]
fn a_file_that_vault_wrote_is_committed() {
    let sandbox = hooked();
    sandbox.vault(["set", "dev", "NEW=1"]).succeeds();
    sandbox.git(["add", FILE]);
    commits(&sandbox);
}

#[test]
fn r68_a_value_in_clear_a_plain_file_and_an_edit_without_a_signature_are_refused() {
    let sandbox = hooked();
    let sealed = sandbox.read(FILE);
    let clear = sealed.replacen("LEVEL: ", "PLAIN: in clear\nLEVEL: ", 1);
    for (name, text, reason) in [
        ("clear", clear, "PLAIN"),
        (
            "edited",
            sealed.replacen("LEVEL", "LEVEL2", 1),
            "not signed by anybody who may write",
        ),
        ("plain", format!("API_TOKEN: {TOKEN:?}\n"), "no `sops`"),
        (
            "unsigned",
            sealed.split("    x-vault:").next().unwrap().to_owned(),
            "not signed",
        ),
    ] {
        stage(&sandbox, FILE, text);
        let out = sandbox.vault(["git", "pre-commit"]).fails(3);
        let said = out.stderr();
        assert!(
            said.contains("vault: error: secrets/dev.yaml: "),
            "{name}: {said}"
        );
        assert!(said.contains(reason), "{name}: {said}");
        assert!(said.ends_with(SKIP), "{name}: {said}");
    }
}

#[test]
fn r68_a_conflict_that_was_staged_is_refused() {
    let sandbox = hooked();
    let sealed = sandbox.read(FILE);
    let text = sealed.replacen("LEVEL", "<<<<<<< ours\nLEVEL", 1).replacen(
        "sops:",
        "=======\n>>>>>>> theirs\nsops:",
        1,
    );
    stage(&sandbox, FILE, text);
    let out = sandbox.vault(["git", "pre-commit"]).fails(3);
    assert!(out.stderr().contains("merge"), "{}", out.stderr());
}

#[test]
fn a_file_of_another_environment_or_another_repository_is_refused() {
    let sandbox = hooked();
    sandbox
        .vault(["env", "add", "prod", "--like", "dev", "--yes"])
        .succeeds();
    sandbox.vault(["set", "prod", "A=1"]).succeeds();
    sandbox.commit("prod");
    stage(&sandbox, FILE, sandbox.read("secrets/prod.yaml"));
    let out = sandbox.vault(["git", "pre-commit"]).fails(3);
    assert!(out.stderr().contains("prod"), "{}", out.stderr());
    sandbox.git(["reset", "--quiet", "--hard"]);
    team::reconfigure(
        &sandbox,
        "repository: ",
        "repository: 0123456789abcdef0123456789abcdef # ",
    );
    sandbox.git(["add", ".vault.yaml"]);
    sandbox.vault(["git", "pre-commit"]).fails(3);
}

#[test]
fn the_index_counts_and_not_the_work_tree() {
    let sandbox = hooked();
    let sealed = sandbox.read(FILE);
    stage(&sandbox, FILE, sealed.replacen("LEVEL", "LEVEL2", 1));
    sandbox.write(FILE, &sealed);
    sandbox.vault(["git", "pre-commit"]).fails(3);
    sandbox.git(["add", FILE]);
    sandbox.write(FILE, "broken: [");
    sandbox.write(".vault.yaml", "broken: [");
    stage(&sandbox, "other", "x");
    let out = sandbox
        .git_run(["commit", "--quiet", "--message", "x"])
        .succeeds();
    assert!(
        out.stderr()
            .starts_with("vault: values were not looked for, since"),
        "{}",
        out.stderr()
    );
}

#[test]
fn a_file_that_is_taken_away_while_the_config_names_it_is_refused() {
    let sandbox = hooked();
    sandbox.git(["rm", "--quiet", "--cached", FILE]);
    answers(
        &sandbox,
        3,
        &format!(
            "vault: error: dev has no file here, but the last commit has one: secrets/dev.yaml
vault: hint: git checkout HEAD -- secrets/dev.yaml brings it back
{SKIP}"
        ),
    );
    sandbox.git(["add", FILE]);
    sandbox
        .vault(["env", "add", "prod", "--like", "dev", "--yes"])
        .succeeds();
    team::reconfigure(&sandbox, "default: dev", "default: prod");
    sandbox.vault(["env", "remove", "dev", "--yes"]).succeeds();
    sandbox.git(["add", "--all"]);
    commits(&sandbox);
}

#[test]
fn a_config_that_is_taken_away_while_its_files_stay_is_refused() {
    let sandbox = hooked();
    sandbox.git(["rm", "--quiet", ".vault.yaml"]);
    answers(
        &sandbox,
        1,
        &format!(
            "vault: error: .vault.yaml: it is taken away, and files of its environments stay: secrets/dev.yaml\n{UNSTAGE}{SKIP}"
        ),
    );
    sandbox.git(["rm", "--quiet", FILE]);
    commits(&sandbox);
}

#[test]
fn a_link_in_the_place_of_a_secret_file_or_of_the_config_is_refused() {
    let sandbox = hooked();
    std::fs::rename(sandbox.work(FILE), sandbox.path("elsewhere.yaml")).unwrap();
    std::os::unix::fs::symlink(sandbox.path("elsewhere.yaml"), sandbox.work(FILE)).unwrap();
    sandbox.git(["add", FILE]);
    answers(
        &sandbox,
        3,
        &format!(
            "vault: error: secrets/dev.yaml: the file of dev has to be a file\n{UNSTAGE}{SKIP}"
        ),
    );
    sandbox.git(["reset", "--quiet", "--hard"]);
    std::fs::rename(sandbox.work(".vault.yaml"), sandbox.path("config.yaml")).unwrap();
    std::os::unix::fs::symlink(sandbox.path("config.yaml"), sandbox.work(".vault.yaml")).unwrap();
    sandbox.git(["add", ".vault.yaml"]);
    answers(
        &sandbox,
        3,
        &format!("vault: error: .vault.yaml: it has to be a file\n{UNSTAGE}{SKIP}"),
    );
}

#[test]
fn a_config_that_is_not_valid_is_refused() {
    let sandbox = hooked();
    team::reconfigure(&sandbox, "version: 1", "version: 1\nenviroments: {}");
    sandbox.git(["add", ".vault.yaml"]);
    let out = sandbox.vault(["git", "pre-commit"]).fails(1);
    assert!(
        out.stderr()
            .starts_with("vault: error: .vault.yaml: 3:1: unknown key `enviroments`"),
        "{}",
        out.stderr()
    );
}

#[test]
fn who_asks_to_be_let_in_may_commit_the_config_and_a_file_that_is_not_in_line_may_not_be() {
    let sandbox = hooked();
    team::reconfigure(
        &sandbox,
        "
recipients:
",
        &format!(
            "
recipients:
    bob: {}
",
            team::BOB
        ),
    );
    team::reconfigure(&sandbox, "[alice]", "[alice, bob]");
    sandbox.git(["add", ".vault.yaml"]);
    let wanted = "dev: .vault.yaml wants other members or layers than the file has
vault:   + bob reads and writes (SHA256:[..])
";
    let hint = "vault: hint: vault sync dev brings the file in line\n";
    let commit = ["commit", "--quiet", "--message", "x"];
    sandbox
        .git_run(commit)
        .succeeds()
        .says(&format!("vault: warning: {wanted}{hint}"));
    sandbox.vault(["set", "dev", "NEW=1"]).succeeds();
    sandbox.git(["add", FILE]);
    refuses(&sandbox, &format!("vault: error: {wanted}{hint}{SKIP}"));
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.git(["add", "--all"]);
    commits(&sandbox);
}

#[test]
fn a_config_that_drops_somebody_is_refused_until_the_file_does_too() {
    let sandbox = hooked();
    team::reconfigure(
        &sandbox,
        "
recipients:
",
        &format!(
            "
recipients:
    bob: {}
",
            team::BOB
        ),
    );
    team::reconfigure(&sandbox, "[alice]", "[alice, bob]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.git(["add", "--all"]);
    commits(&sandbox);
    team::reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.git(["add", ".vault.yaml"]);
    refuses(
        &sandbox,
        &format!(
            "vault: error: dev: .vault.yaml wants other members or layers than the file has
vault:   - bob (SHA256:[..])
vault: hint: vault sync dev brings the file in line
{SKIP}"
        ),
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.git(["add", "--all"]);
    commits(&sandbox);
}

#[test]
fn ones_own_overrides_are_never_committed() {
    let sandbox = hooked();
    team::reconfigure(
        &sandbox,
        "recipients: [alice]",
        "local: true\n        recipients: [alice]",
    );
    sandbox
        .vault(["set", "dev", "LEVEL=trace", "--local"])
        .succeeds();
    sandbox.git(["add", "--all"]);
    commits(&sandbox);
    sandbox.git(["add", "--force", "secrets/dev.local.yaml"]);
    refuses(
        &sandbox,
        &format!(
            "vault: values were not looked for, since secrets/dev.local.yaml: git tracks it, so it may hold what others have put there: dev.local
vault: error: secrets/dev.local.yaml: overrides of one's own are never committed
{UNSTAGE}{SKIP}"
        ),
    );
}

#[test]
fn a_membership_that_this_machine_does_not_know_is_refused() {
    let sandbox = hooked();
    // Everything anew, by somebody who can commit: another log under the same id.
    let id = sandbox.read(".vault.yaml");
    let id = id
        .lines()
        .find(|line| line.starts_with("repository: "))
        .unwrap()
        .to_owned();
    let other = Sandbox::with_git();
    team::log_in(&other, "bob");
    other.write(
        ".vault.yaml",
        format!(
            "{id}\n{}",
            team::config(&[("bob", team::BOB)], "    dev: { recipients: [bob] }\n")
        ),
    );
    other.vault(["set", "dev", "A=1"]).succeeds();
    stage(&sandbox, ".vault.yaml", other.read(".vault.yaml"));
    stage(&sandbox, FILE, other.read(FILE));
    let out = sandbox.vault(["git", "pre-commit"]).fails(3);
    assert!(out.stderr().contains("vault trust dev"), "{}", out.stderr());
}

#[test]
fn an_unsigned_file_with_a_value_in_clear_is_refused() {
    let sandbox = Sandbox::with_git();
    let Some(sops) = sandbox.sops(["--encrypt"]) else {
        return;
    };
    team::log_in(&sandbox, "alice");
    let key = team::ALICE.split(' ').next().unwrap();
    sandbox.write("plain.yaml", "token: s3cret-of-sops-9\n");
    let sealed = sops.and(["--age", key, "plain.yaml"]).succeeds();
    std::fs::remove_file(sandbox.work("plain.yaml")).unwrap();
    sandbox.write(
        ".vault.yaml",
        team::config(
            &[("alice", team::ALICE)],
            "    dev: { recipients: [alice], signed: false }\n",
        ),
    );
    stage(&sandbox, ".vault.yaml", sandbox.read(".vault.yaml"));
    stage(&sandbox, FILE, sealed.stdout());
    sandbox.vault(["git", "pre-commit"]).succeeds().says("");
    stage(
        &sandbox,
        FILE,
        format!("plain: in clear\n{}", sealed.stdout()),
    );
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    answers(
        &sandbox,
        3,
        &format!(
            "vault: values were not looked for, since 1:8: plain: not encrypted: dev
vault: error: secrets/dev.yaml: 1:8: plain: not encrypted
vault: hint: git log -p shows who changed the file; git checkout brings an older version back
{SKIP}"
        ),
    );
}

#[test]
fn a_file_that_git_ignores_is_named_where_the_config_is_committed_without_it() {
    let sandbox = hooked();
    sandbox.write(".gitignore", "prod.yaml\n");
    let line = ["env", "add", "prod", "--like", "dev", "--yes"];
    sandbox.vault(line).succeeds();
    sandbox.git(["add", "--all"]);
    answers(
        &sandbox,
        1,
        &format!(
            "vault: error: git ignores secrets/prod.yaml (line 1 of .gitignore): no commit will have it
vault: hint: add this line at the end of .gitignore: `!/secrets/prod.yaml`
{SKIP}"
        ),
    );
    sandbox.write(".gitignore", "prod.yaml\n!/secrets/prod.yaml\n");
    sandbox.git(["add", "--all"]);
    commits(&sandbox);
}

#[test]
fn attributes_that_would_alter_a_file_of_the_vault_are_refused_and_the_hint_leads_out() {
    let sandbox = hooked();
    let attributes = sandbox.read(".gitattributes");
    // What the work tree has is no matter.
    for (line, word, file, against) in [
        (
            "*.yaml filter=lfs",
            "filter=lfs",
            ".vault.yaml",
            "/.vault.yaml !filter",
        ),
        (
            "secrets/* ident working-tree-encoding=UTF-16",
            "working-tree-encoding=UTF-16",
            FILE,
            "/secrets/dev.yaml !working-tree-encoding",
        ),
    ] {
        stage(&sandbox, ".gitattributes", format!("{attributes}{line}\n"));
        sandbox.write(".gitattributes", &attributes);
        let number = attributes.lines().count() + 1;
        let out = sandbox.vault(["git", "pre-commit"]).fails(3);
        let said = out.stderr();
        assert!(
            said.contains(&format!(
                "vault: error: {file}: git's attributes alter it in commits; "
            )),
            "{said}"
        );
        assert!(
            said.contains(&format!(
                "vault: hint: line {number} of .gitattributes has {word}: take that out, or add this line at its end: `{against}`\n"
            )),
            "{said}"
        );
        refuses(&sandbox, said);
        stage(&sandbox, ".gitattributes", &attributes);
    }
    stage(
        &sandbox,
        ".gitattributes",
        format!("{attributes}*.yaml filter=lfs\n/.vault.yaml !filter\n/secrets/dev.yaml !filter\n"),
    );
    commits(&sandbox);
}
