//! Who changed which key when: proven by signatures, in the order of git's history.

use crate::{
    sandbox::{Run, Sandbox},
    team::{ALICE, BOB, CAROL, configured, identity, log_in, reconfigure},
};

const DEV: &str = "secrets/dev.yaml";

/// A history of dev: alice begins it, bob changes it, carol joins, bob leaves.
fn history() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    sandbox.vault(["set", "dev", "db.host", "one"]).succeeds();
    sandbox.commit("first");
    let bob = identity(&sandbox, "bob").display().to_string();
    sandbox
        .vault(["-i", &bob, "set", "dev", "A", "two"])
        .succeeds();
    // Whoever signs need not be whoever commits.
    sandbox.commit("value");
    reconfigure(&sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("carol");
    reconfigure(&sandbox, "[alice, bob, carol]", "[alice, carol]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.vault(["set", "dev", "B", "three"]).succeeds();
    sandbox.vault(["unset", "dev", "db.host"]).succeeds();
    sandbox.vault(["set", "dev", "A", "four"]).succeeds();
    sandbox.vault(["set", "dev", "A", "two"]).succeeds();
    sandbox.commit("bob has left");
    sandbox
}

fn log<'s>(sandbox: &'s Sandbox, line: &[&str]) -> Run<'s> {
    let line = ["log", "dev"].iter().chain(line).copied();
    sandbox.vault(line.collect::<Vec<_>>())
}

#[test]
fn every_change_has_its_signer_and_an_identity_tells_a_value_from_a_new_data_key() {
    let sandbox = history();
    // Signed by bob or by nobody: in his commit the key A is the only one that differs.
    log(&sandbox, &[]).succeeds_with(
        "[TIME] [..], signed by alice; commit by Test
    - bob, signed by alice ([TIME])
    + B
    - db.host
    * A: encrypted anew, with the same value
[TIME] [..], signed by alice; commit by Test
    + carol reads and writes (SHA256:[..]), signed by alice ([TIME])
[TIME] [..], signed by bob; commit by Test
    ~ A
[TIME] [..], signed by alice; commit by Test
    + alice reads and writes (SHA256:[..]), signed by alice ([TIME])
    + bob reads and writes (SHA256:[..]), signed by alice ([TIME])
    + A
    + db.host
",
    );
}

#[test]
fn without_an_identity_a_new_data_key_hides_whether_a_value_changed() {
    let sandbox = history();
    let output = log(&sandbox, &["--keyless", "A"]).succeeds_with(
        "[TIME] [..], signed by alice; commit by Test
    ? A: encrypted anew; no identity here tells whether changed, too
[TIME] [..], signed by bob; commit by Test
    ~ A
[TIME] [..], signed by alice; commit by Test
    + A
",
    );
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    let without = log(&sandbox, &["A"]).succeeds();
    assert_eq!(without.stdout(), output.stdout());
}

#[test]
fn a_key_is_found_with_everything_below_it_also_when_it_is_gone() {
    let sandbox = history();
    log(&sandbox, &["db"]).succeeds_with(
        "[TIME] [..], signed by alice; commit by Test
    - db.host
[TIME] [..], signed by alice; commit by Test
    + db.host
",
    );
    log(&sandbox, &["db.hots"]).fails_with(
        2,
        "vault: error: no commit has that key
vault: hint: did you mean db.host?
",
    );
}

#[test]
fn a_forged_commit_is_in_the_log_as_what_it_is() {
    let sandbox = history();
    let good = sandbox.read(DEV);
    sandbox.write(DEV, good.replacen("A: ENC", "C: ENC", 1));
    sandbox.commit("forged");
    sandbox.write(DEV, good);
    sandbox.commit("as before");
    let output = log(&sandbox, &["C"]).succeeds();
    assert_eq!(
        output
            .stdout()
            .lines()
            .nth(2)
            .unwrap()
            .split_once(", ")
            .unwrap()
            .1,
        "not accepted: not signed by anybody who may write: the signature does not match what it should cover; commit by Test"
    );
}

#[test]
fn a_log_that_today_does_not_go_on_from_is_marked() {
    let sandbox = history();
    // Carol begins it anew, and has it merged.
    std::fs::remove_file(sandbox.work(DEV)).unwrap();
    std::fs::remove_dir_all(sandbox.work(".git")).unwrap();
    sandbox.git(["init", "--quiet", "--initial-branch=main"]);
    log_in(&sandbox, "carol");
    let set = sandbox.vault(["set", "dev", "A", "mine"]);
    set.variable("XDG_STATE_HOME", sandbox.path("carol"))
        .succeeds();
    sandbox.commit("carol's");
    std::fs::remove_file(sandbox.work(DEV)).unwrap();
    sandbox.git(["rm", "--quiet", "--cached", DEV]);
    sandbox.git(["commit", "--quiet", "--message", "gone"]);
    sandbox.git(["checkout", "--quiet", "--orphan", "other"]);
    reconfigure(&sandbox, "[alice, carol]", "[carol]");
    let set = sandbox.vault(["set", "dev", "A", "again"]);
    set.variable("XDG_STATE_HOME", sandbox.path("carol-2"))
        .succeeds();
    sandbox.commit("another log");
    sandbox.git([
        "merge",
        "--quiet",
        "--allow-unrelated-histories",
        "--strategy=ours",
        "--message",
        "both",
        "main",
    ]);
    let output = log(&sandbox, &[])
        .variable("XDG_STATE_HOME", sandbox.path("carol-2"))
        .succeeds();
    let marked = "    ! the membership log of today does not go on from the one that it had\n";
    assert_eq!(
        output.stdout().matches(marked).count(),
        1,
        "{} {}",
        output.stdout(),
        output.stderr()
    );
}

#[test]
fn a_merge_is_told_of_what_it_did_itself_only() {
    let sandbox = history();
    sandbox.git(["checkout", "--quiet", "-b", "topic"]);
    sandbox.vault(["set", "dev", "T", "topic"]).succeeds();
    sandbox.commit("topic");
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.write("README", "other work");
    sandbox.commit("other work");
    sandbox.git(["merge", "--quiet", "--no-ff", "--message", "merge", "topic"]);
    let output = log(&sandbox, &["T"]).succeeds();
    assert_eq!(
        output.stdout().matches("    + T\n").count(),
        1,
        "{}",
        output.stdout()
    );
}

#[test]
fn programs_get_every_key_by_name() {
    let sandbox = history();
    let output = log(&sandbox, &["--json", "--keyless"]).succeeds();
    let text = output.stdout();
    assert!(
        text.contains("\"key\": \"A\",\n        \"change\": \"unclear\""),
        "{text}"
    );
    assert!(text.contains("\"signer\": \"bob\""), "{text}");
}

#[test]
fn the_log_goes_on_under_the_names_and_paths_that_an_environment_had() {
    let sandbox = history();
    sandbox
        .vault(["env", "rename", "dev", "local", "--yes"])
        .succeeds();
    sandbox.commit("another name");
    let output = sandbox.vault(["log", "local"]).succeeds();
    assert_eq!(
        output.stdout().matches("signed by").count(),
        5 + 5,
        "{}",
        output.stdout()
    );
    assert!(
        output
            .stdout()
            .contains("    ~ is called local, signed by alice ("),
        "{}",
        output.stdout()
    );
}

#[test]
fn without_git_there_is_no_history() {
    let sandbox = history();
    std::fs::remove_dir_all(sandbox.work(".git")).unwrap();
    log(&sandbox, &[]).fails_with(
        2,
        "vault: error: there is no git repository, whose history could be told
vault: hint: vault access shows who can read and write, from the file
",
    );
}
