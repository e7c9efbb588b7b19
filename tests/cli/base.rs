//! Pull requests: what a change does to the members, and whether it follows from what was there before.

use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, CAROL, CAROL_INTO_PROD, configured, log_in, reconfigure},
};

const DEV: &str = "secrets/dev.yaml";

/// Dev with alice and bob, committed as the branch main; whoever looks has no identity and knows nothing.
fn base() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    sandbox.commit("main");
    sandbox.git(["checkout", "--quiet", "-b", "change"]);
    sandbox
}

/// The same with prod, which alice alone reads.
fn base_with_prod() -> Sandbox {
    let sandbox = base();
    sandbox
        .vault(["env", "add", "prod", "--recipients", "alice", "--yes"])
        .succeeds();
    sandbox.commit("prod");
    sandbox.git(["branch", "--force", "main"]);
    sandbox
}

fn reviewer<'s>(sandbox: &'s Sandbox) -> crate::sandbox::Run<'s> {
    sandbox
        .vault(["check", "--keyless", "--base", "main"])
        .variable("XDG_STATE_HOME", sandbox.path("reviewer"))
        .variable("XDG_CONFIG_HOME", sandbox.path("reviewer"))
}

#[test]
fn a_change_of_values_changes_no_member() {
    let sandbox = base();
    sandbox.vault(["set", "dev", "A", "two"]).succeeds();
    sandbox.commit("value");
    reviewer(&sandbox).succeeds_with("dev: ok (signed by alice)\n");
}

#[test]
fn who_joins_and_who_leaves_is_named_with_the_signer() {
    let sandbox = base();
    reconfigure(&sandbox, "[alice, bob]", "[alice, carol]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("members");
    reviewer(&sandbox).succeeds_with(
        "dev: ok (signed by alice)
    + carol reads and writes (SHA256:[..]), signed by alice ([TIME])
    - bob, signed by alice ([TIME])
",
    );
    let output = reviewer(&sandbox).and(["--json"]).succeeds();
    assert!(
        output.stdout().contains("\"changes\": ["),
        "{}",
        output.stdout()
    );
}

#[test]
fn a_file_and_config_of_somebody_elses_own_do_not_follow_from_the_base() {
    let sandbox = base();
    // Carol makes everything anew, with the id of the repository, and signs it herself.
    sandbox.git(["checkout", "--quiet", "--orphan", "new"]);
    std::fs::remove_file(sandbox.work(DEV)).unwrap();
    sandbox.git(["rm", "--quiet", "--cached", DEV]);
    log_in(&sandbox, "carol");
    reconfigure(&sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox
        .vault(["set", "dev", "A", "mine"])
        .variable("XDG_STATE_HOME", sandbox.path("carol"))
        .succeeds();
    sandbox.git(["checkout", "--quiet", "-B", "change"]);
    sandbox.commit("mine");
    // By itself it is a first use.
    sandbox
        .vault(["check", "--keyless"])
        .variable("XDG_STATE_HOME", sandbox.path("reviewer"))
        .succeeds();
    reviewer(&sandbox)
        .run()
        .fails(3)
        .prints("dev: not ok\n")
        .says(
            "vault: error: dev does not follow from what the revision to compare with has
vault:   alice reads and writes here (SHA256:[..])
vault:   bob reads and writes here (SHA256:[..])
vault:   carol reads and writes here (SHA256:[..])
vault: hint: git log -p shows who made the file; do not merge before they have said why
",
        );
}

#[test]
fn a_removal_that_would_be_undone_is_refused() {
    let sandbox = base();
    sandbox.git(["checkout", "--quiet", "main"]);
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("bob has left");
    sandbox.git(["checkout", "--quiet", "change"]);
    let output = reviewer(&sandbox).run().fails(3);
    output.says(
        "vault: first use here: dev, signed by alice; writers alice, bob
vault: error: dev is older than the revision to compare with: changes of members would be undone
vault:   - bob, signed by alice ([TIME])
vault: hint: bring the newer version of the file into this branch: git merge, or git rebase
",
    );
}

#[test]
fn a_signature_that_is_turned_off_is_refused() {
    let sandbox = base();
    reconfigure(&sandbox, "[alice, bob]}", "[alice, bob], signed: false}");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("unsigned");
    let output = reviewer(&sandbox).run().fails(3);
    assert!(
        output
            .stderr()
            .contains("dev is signed in the revision to compare with, and not any more"),
        "{}",
        output.stderr()
    );
}

#[test]
fn a_file_that_is_taken_away_is_not_made_anew() {
    let sandbox = base();
    std::fs::remove_file(sandbox.work(DEV)).unwrap();
    sandbox.commit("gone");
    reviewer(&sandbox)
        .run()
        .fails(3)
        .prints("dev: not ok\n")
        .says("vault: error: dev has no file here, but the revision to compare with has one: secrets/dev.yaml
vault: hint: git checkout brings it back
vault: hint: vault env remove dev ends the environment
");
}

#[test]
fn older_content_with_the_same_members_is_named() {
    let sandbox = base();
    let old = sandbox.read(DEV);
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.vault(["set", "dev", "A", "rotated"]).succeeds();
    sandbox.commit("rotated");
    sandbox.git(["checkout", "--quiet", "-B", "change"]);
    sandbox.write(DEV, old);
    sandbox.commit("back");
    reviewer(&sandbox).succeeds_with(
        "dev: ok (signed by alice)
    ! older content: the file is that of commit [..] by Test; what was changed since then is undone
",
    );
}

#[test]
fn environments_that_come_go_and_change_their_names_are_named() {
    let sandbox = base_with_prod();
    sandbox
        .vault(["env", "rename", "dev", "local", "--yes"])
        .succeeds();
    sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds();
    sandbox
        .vault(["env", "add", "test", "--recipients", "alice", "--yes"])
        .succeeds();
    sandbox.commit("environments");
    reviewer(&sandbox).succeeds_with(
        "local: ok (signed by alice)
    ~ was called dev
    ~ is called local, signed by alice ([TIME])
test: ok (signed by alice)
    + a new environment
    + alice reads and writes (SHA256:[..]), signed by alice ([TIME])
prod: ok (removed)
    - the environment is gone; it was read by alice
",
    );
}

#[test]
fn a_base_that_git_does_not_have_is_a_failure() {
    let sandbox = base();
    sandbox
        .vault(["check", "--keyless", "--base", "nothing"])
        .fails_with(
            2,
            "vault: error: git has no such revision here
vault: hint: git rev-parse REV says what it knows
",
        );
}

#[test]
fn the_config_of_the_base_says_where_its_files_are() {
    let sandbox = base();
    reconfigure(
        &sandbox,
        "{recipients: [alice, bob]}",
        "{recipients: [alice, bob], file: moved.yaml}",
    );
    std::fs::rename(sandbox.work(DEV), sandbox.work("moved.yaml")).unwrap();
    sandbox.commit("moved");
    reviewer(&sandbox).succeeds_with("dev: ok (signed by alice)\n");
}

#[test]
fn a_signed_environment_that_comes_back_without_signature_under_another_name_is_found() {
    let sandbox = base();
    reconfigure(
        &sandbox,
        "    dev: {recipients: [alice, bob]}",
        "    live: {recipients: [alice, bob], signed: false, file: other/live.yaml}",
    );
    let file = sandbox.read(DEV);
    let (stripped, _) = file.split_once("    x-vault:\n").expect("a signed file");
    sandbox.write("other/live.yaml", stripped);
    sandbox.git(["rm", "--quiet", "--force", DEV]);
    sandbox.commit("another name");
    let output = reviewer(&sandbox).fails(3);
    let said = "vault: error: live is new and not signed, and dev, which was signed, is gone\n";
    assert!(output.stderr().contains(said), "{}", output.stderr());
}

/// Carol, whom no log knows, calls dev another name and begins it anew.
fn usurped(sandbox: &Sandbox) {
    reconfigure(
        sandbox,
        "    dev: {recipients: [alice, bob]}",
        "    devel: {recipients: [alice, bob, carol]}",
    );
    std::fs::remove_file(sandbox.work(DEV)).expect("a file");
    log_in(sandbox, "carol");
    sandbox
        .vault(["set", "devel", "A", "mine"])
        .variable("XDG_STATE_HOME", sandbox.path("carol"))
        .succeeds();
    sandbox.commit("another name");
}

#[test]
fn a_signed_environment_that_comes_back_under_another_name_and_founder_is_found() {
    let sandbox = base();
    usurped(&sandbox);
    reviewer(&sandbox)
        .run()
        .fails(3)
        .prints(
            "devel: not ok
    + a new environment, begun by carol, whom no environment there lists with that key
    + alice reads and writes (SHA256:[..]), signed by carol ([TIME])
    + bob reads and writes (SHA256:[..]), signed by carol ([TIME])
    + carol reads and writes (SHA256:[..]), signed by carol ([TIME])
dev: ok (removed)
    - the environment is gone; it was read by alice, bob
",
        )
        .says(
            "vault: first use here: devel, signed by carol; writers alice, bob, carol
vault: error: devel is new, begun by carol, whom the revision to compare with does not know, and dev, which was signed, is gone
vault: hint: git log -p .vault.yaml shows who changed it: ask them before you merge; vault env rename gives another name with a signature
vault: hint: if devel has nothing to do with dev: end dev in a change of its own, or let somebody make devel whom the revision knows
",
        );
}

#[test]
fn a_new_environment_of_somebody_new_is_told_and_in_order_while_nothing_goes() {
    let sandbox = base();
    let text = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        format!("{text}    lab: {{recipients: [carol]}}\n"),
    );
    log_in(&sandbox, "carol");
    sandbox.vault(["set", "lab", "A", "mine"]).succeeds();
    sandbox.commit("lab");
    reviewer(&sandbox).succeeds_with(
        "dev: ok (signed by alice)
lab: ok (signed by carol)
    + a new environment, begun by carol, whom no environment there lists with that key
    + carol reads and writes (SHA256:[..]), signed by carol ([TIME])
",
    );
}

#[test]
fn whoever_came_in_by_what_the_base_signed_for_begins_another_in_the_same_change() {
    let sandbox = base_with_prod();
    sandbox.vault(CAROL_INTO_PROD).succeeds();
    usurped(&sandbox);
    reviewer(&sandbox).succeeds();
}

#[test]
fn another_default_is_told() {
    let sandbox = base();
    reconfigure(&sandbox, "environments:", "default: dev\nenvironments:");
    sandbox.commit("a default");
    reviewer(&sandbox).succeeds_with(
        "dev: ok (signed by alice)
    ~ is the default
",
    );
    sandbox.git(["branch", "--quiet", "--force", "main"]);
    sandbox
        .vault(["env", "add", "other", "--recipients", "alice", "--yes"])
        .succeeds();
    reconfigure(&sandbox, "default: dev", "default: other");
    sandbox.commit("another one");
    reviewer(&sandbox).succeeds_with(
        "dev: ok (signed by alice)
other: ok (signed by alice)
    ~ is the default, which was dev
    + a new environment
    + alice reads and writes (SHA256:[..]), signed by alice ([TIME])
",
    );
}
