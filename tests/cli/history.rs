//! `check --history`: every version on every branch follows from the one before.

use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, CAROL, configured, log_in, reconfigure},
};

const DEV: &str = "secrets/dev.yaml";

fn check<'s>(sandbox: &'s Sandbox) -> crate::sandbox::Run<'s> {
    sandbox
        .vault(["check", "--keyless", "--history"])
        .variable("XDG_STATE_HOME", sandbox.path("reviewer"))
}

/// Dev with alice and bob, one commit.
fn dev() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    sandbox.commit("first");
    sandbox
}

fn members(sandbox: &Sandbox, from: &str, to: &str) {
    reconfigure(sandbox, from, to);
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("members");
}

#[test]
fn honest_work_is_in_order() {
    let sandbox = dev();
    members(&sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox
        .vault(["env", "rename", "dev", "local", "--yes"])
        .succeeds();
    sandbox.commit("another name");
    sandbox.git(["checkout", "--quiet", "-b", "topic"]);
    sandbox.vault(["set", "local", "A", "two"]).succeeds();
    sandbox.commit("value");
    sandbox.git(["checkout", "--quiet", "main"]);
    members(&sandbox, "[alice, bob, carol]", "[alice, bob]");
    check(&sandbox).succeeds_with("local: ok (signed by alice)\n");
}

#[test]
fn a_forged_version_of_the_past_is_found_though_the_file_is_well_today() {
    let sandbox = dev();
    let good = sandbox.read(DEV);
    sandbox.write(DEV, good.replacen("A: ENC", "B: ENC", 1));
    sandbox.commit("forged");
    sandbox.write(DEV, good);
    sandbox.commit("as before");
    check(&sandbox)
        .run()
        .fails(3)
        .prints("dev: not ok\n")
        .says("vault: first use here: dev, signed by alice; writers alice, bob
vault: error: dev in commit [..] by Test: not signed by anybody who may write: the signature does not match what it should cover
");
}

#[test]
fn changes_of_members_that_were_undone_are_found() {
    let sandbox = dev();
    let (config, file) = (sandbox.read(".vault.yaml"), sandbox.read(DEV));
    members(&sandbox, "[alice, bob]", "[alice]");
    sandbox.write(".vault.yaml", config);
    sandbox.write(DEV, file);
    sandbox.commit("as before");
    check(&sandbox).run().fails(1).prints("dev: not ok\n").says(
        "vault: dev is an older version here than in commit [..]: bob has left since
vault: error: dev in commit [..] by Test: changes of members are undone
vault:   - bob, signed by alice ([TIME])
",
    );
}

#[test]
fn branches_of_a_log_are_named_with_what_each_does() {
    let sandbox = dev();
    sandbox.git(["checkout", "--quiet", "-b", "topic"]);
    members(&sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox.git(["checkout", "--quiet", "main"]);
    // A clone that has not seen the other branch.
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox
        .vault(["sync", "--yes"])
        .variable("XDG_STATE_HOME", sandbox.path("other"))
        .succeeds();
    sandbox.commit("bob has left");
    let output = check(&sandbox).run().fails(1);
    let said = output.prints("dev: not ok\n").stderr().to_owned();
    assert!(
        said.contains("vault: error: dev: its log forks\n"),
        "{said}"
    );
    assert!(
        said.contains("vault:   on topic:\nvault:     + carol reads and writes (SHA256:"),
        "{said}"
    );
    assert!(
        said.contains("vault:   on HEAD, main:\nvault:     - bob, signed by alice ("),
        "{said}"
    );
}

#[test]
fn what_somebody_pushed_to_another_branch_does_not_fail_this_one_when_only_this_one_is_asked_for() {
    let sandbox = dev();
    sandbox.git(["checkout", "--quiet", "-b", "forged"]);
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replacen("data:", "data:AAAA", 1));
    sandbox.commit("forged");
    sandbox.git(["checkout", "--quiet", "main"]);
    check(&sandbox).run().fails(3);
    check(&sandbox).and(["--this-branch"]).succeeds();
    sandbox.git(["checkout", "--quiet", "forged"]);
    check(&sandbox).and(["--this-branch"]).run().fails(3);
}

#[test]
fn a_shallow_clone_says_that_it_has_not_everything() {
    let sandbox = dev();
    sandbox.vault(["set", "dev", "A", "two"]).succeeds();
    sandbox.commit("second");
    let url = format!("file://{}", sandbox.work("").display());
    let clone = sandbox.path("clone").display().to_string();
    sandbox.git(["clone", "--quiet", "--depth=1", &url, &clone]);
    let output = check(&sandbox).within(sandbox.path("clone")).succeeds();
    assert!(
        output
            .stderr()
            .contains("there is history that was not looked at"),
        "{}",
        output.stderr()
    );
}

/// Dev goes, and somebody begins another environment in the same commit.
fn replaced_by(who: &str) -> Sandbox {
    let sandbox = dev();
    reconfigure(
        &sandbox,
        "    dev: {recipients: [alice, bob]}",
        &format!("    devel: {{recipients: [alice, bob, {who}]}}").replace("bob, bob", "bob"),
    );
    std::fs::remove_file(sandbox.work(DEV)).expect("a file");
    log_in(&sandbox, who);
    sandbox
        .vault(["set", "devel", "A", "mine"])
        .variable("XDG_STATE_HOME", sandbox.path("another"))
        .succeeds();
    sandbox.commit("another name");
    sandbox
}

#[test]
fn a_signed_environment_that_was_lost_is_named_with_what_came_in_its_place() {
    check(&replaced_by("bob")).succeeds_with(
        "devel: ok (signed by bob)
dev: ok (gone since commit [..] by Test; devel came there, begun by bob)
",
    );
    let sandbox = replaced_by("carol");
    check(&sandbox)
        .run()
        .fails(3)
        .prints("devel: ok (signed by carol)\ndev: not ok\n")
        .says(
            "vault: first use here: devel, signed by carol; writers alice, bob, carol
vault: error: dev: gone since commit [..] by Test; devel came there, begun by carol, whom no environment listed before
vault: hint: git show [..] -- .vault.yaml shows what was changed
vault: hint: if that was you or a colleague: vault check --history --since [..] checks what came after it
",
        );
    check(&sandbox).and(["--since", "HEAD"]).succeeds();
}

#[test]
fn an_environment_that_was_ended_is_named_and_in_order() {
    let sandbox = dev();
    let add = ["env", "add", "prod", "--recipients", "alice", "--yes"];
    sandbox.vault(add).succeeds();
    sandbox.commit("prod");
    sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds();
    sandbox.commit("prod is no more");
    check(&sandbox).succeeds_with(
        "dev: ok (signed by alice)
prod: ok (gone since commit [..] by Test)
",
    );
}
