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

/// Puts a file without a signature in the place of dev, under another name.
fn stripped(sandbox: &Sandbox) {
    let file = sandbox.read(DEV);
    let (stripped, _) = file.split_once("    x-vault:\n").expect("a signed file");
    sandbox.write("secrets/devel.yaml", stripped);
    sandbox.git(["rm", "--quiet", "--force", DEV]);
}

const UNSIGNED: &str = "    devel: {recipients: [alice, bob], signed: false}";

#[test]
fn an_unsigned_environment_in_the_place_of_a_lost_one_is_found_in_one_commit_and_in_two() {
    let found = "vault: error: dev: gone since commit [..] by Test; devel came there, not signed\n";
    let sandbox = dev();
    stripped(&sandbox);
    reconfigure(&sandbox, "    dev: {recipients: [alice, bob]}", UNSIGNED);
    sandbox.commit("another name");
    check(&sandbox)
        .run()
        .fails(3)
        .prints("devel: not ok\ndev: not ok\n")
        .says(&format!(
            "vault: error: secrets/devel.yaml: devel is what commit [..] has signed as dev, without the signature
vault:   no key is needed for that, and who turns a signature off by vault sync writes the file anew
vault: hint: git log -p .vault.yaml shows who did it
vault: hint: git checkout [..] -- secrets/dev.yaml, and git checkout [..] -- .vault.yaml, bring the signed one back
{found}vault: hint: git show [..] -- .vault.yaml shows what was changed
vault: hint: if that was you or a colleague: vault check --history --since [..] checks what came after it
"
        ));

    let sandbox = dev();
    let file = sandbox.read(DEV);
    let (text, _) = file.split_once("    x-vault:\n").expect("a signed file");
    sandbox.write(DEV, text);
    reconfigure(&sandbox, "[alice, bob]}", "[alice, bob], signed: false}");
    sandbox.commit("not signed");
    reconfigure(&sandbox, "    dev:", "    devel:");
    sandbox.git(["mv", DEV, "secrets/devel.yaml"]);
    sandbox.commit("another name");
    check(&sandbox)
        .run()
        .fails(3)
        .prints("devel: not ok\ndev: not ok\n");
}

#[test]
fn an_environment_that_lost_its_signature_first_is_named_when_it_is_gone() {
    let sandbox = dev();
    let add = ["env", "add", "prod", "--recipients", "alice", "--yes"];
    sandbox.vault(add).succeeds();
    sandbox.commit("prod");
    let file = sandbox.read(DEV);
    let (text, _) = file.split_once("    x-vault:\n").expect("a signed file");
    sandbox.write(DEV, text);
    reconfigure(&sandbox, "[alice, bob]}", "[alice, bob], signed: false}");
    sandbox.commit("not signed");
    reconfigure(
        &sandbox,
        "    dev: {recipients: [alice, bob], signed: false}\n",
        "",
    );
    sandbox.git(["rm", "--quiet", DEV]);
    sandbox.commit("gone");
    check(&sandbox)
        .succeeds_with("prod: ok (signed by alice)\ndev: ok (gone since commit [..] by Test)\n");
}

#[test]
fn an_older_state_of_its_log_in_the_place_of_a_lost_environment_is_found() {
    let sandbox = dev();
    let (config, file) = (sandbox.read(".vault.yaml"), sandbox.read(DEV));
    let rename = ["env", "rename", "dev", "live", "--yes"];
    sandbox.vault(rename).succeeds();
    sandbox.commit("another name");
    members(&sandbox, "[alice, bob]", "[alice]");
    sandbox.git(["rm", "--quiet", "secrets/live.yaml"]);
    sandbox.write(".vault.yaml", config);
    sandbox.write(DEV, file);
    sandbox.commit("as before");
    let output = check(&sandbox).run().fails(3);
    let said = output.stderr();
    assert!(
        said.contains("vault: error: live: gone since commit "),
        "{said}"
    );
    let came = "; dev came there, of the same log, whose later changes of members are undone\n";
    assert!(said.contains(came), "{said}");
}

#[test]
fn what_is_made_of_a_lost_environment_is_found_where_it_came_a_commit_earlier() {
    // An older state of its log.
    let sandbox = dev();
    let file = sandbox.read(DEV);
    let rename = ["env", "rename", "dev", "live", "--yes"];
    sandbox.vault(rename).succeeds();
    sandbox.commit("another name");
    members(&sandbox, "[alice, bob]", "[alice]");
    let live = "    live: {recipients: [alice]}\n";
    let twin = "    dev: {recipients: [alice, bob]}\n";
    reconfigure(&sandbox, live, &format!("{twin}{live}"));
    sandbox.write(DEV, file);
    sandbox.commit("both");
    reconfigure(&sandbox, live, "");
    sandbox.git(["rm", "--quiet", "secrets/live.yaml"]);
    sandbox.commit("one");
    let output = check(&sandbox).run().fails(3);
    let said = output.stderr();
    let was =
        "; dev was there already, of the same log, whose later changes of members are undone\n";
    assert!(
        said.contains("vault: error: live: gone since commit "),
        "{said}"
    );
    assert!(said.contains(was), "{said}");

    // The file itself, without its signature.
    let sandbox = dev();
    let file = sandbox.read(DEV);
    let (text, _) = file.split_once("    x-vault:\n").expect("a signed file");
    sandbox.write("secrets/devel.yaml", text);
    reconfigure(&sandbox, twin, &format!("{twin}{UNSIGNED}\n"));
    sandbox.commit("both");
    reconfigure(&sandbox, twin, "");
    sandbox.git(["rm", "--quiet", DEV]);
    sandbox.commit("one");
    let output = check(&sandbox).run().fails(3);
    let said = output.stderr();
    let was = "; devel was there already, not signed, with the same data key\n";
    assert!(
        said.contains("vault: error: dev: gone since commit "),
        "{said}"
    );
    assert!(said.contains(was), "{said}");
}

#[test]
fn what_was_there_beside_a_lost_environment_and_is_not_made_of_it_is_in_order() {
    let sandbox = dev();
    reconfigure(
        &sandbox,
        "    dev: {recipients: [alice, bob]}\n",
        &format!("    dev: {{recipients: [alice, bob]}}\n{UNSIGNED}\n"),
    );
    sandbox.vault(["set", "devel", "A", "one"]).succeeds();
    let add = ["env", "add", "prod", "--recipients", "alice", "--yes"];
    sandbox.vault(add).succeeds();
    sandbox.commit("more of them");
    sandbox.vault(["env", "remove", "dev", "--yes"]).succeeds();
    sandbox.commit("one less");
    let output = check(&sandbox).succeeds();
    let said = "dev: ok (gone since commit [..] by Test)\n";
    let gone = output
        .stdout()
        .lines()
        .find(|line| line.starts_with("dev: "));
    assert!(
        gone.is_some_and(|line| line.ends_with(" by Test)")),
        "{said} {gone:?}"
    );
}

#[test]
fn a_signed_file_with_the_data_key_of_another_gets_a_new_one_by_rekey() {
    let sandbox = dev();
    let file = sandbox.read(DEV);
    let rename = ["env", "rename", "dev", "live", "--yes"];
    sandbox.vault(rename).succeeds();
    let twin = "    dev: {recipients: [alice, bob]}\n    live:";
    reconfigure(&sandbox, "    live:", twin);
    sandbox.write(DEV, file);
    let one_key = "the data key is that of dev, too: whoever can read one of them can read both
vault: hint: vault rekey live makes a new one\n";
    let output = sandbox.vault(["check"]).run();
    assert!(output.stderr().contains(one_key), "{}", output.stderr());
    sandbox.vault(["rekey", "live", "--yes"]).succeeds();
    let output = sandbox.vault(["check"]).run();
    assert!(
        !output.stderr().contains("the data key"),
        "{}",
        output.stderr()
    );
}

#[test]
fn a_name_that_was_taken_back_undoes_no_member() {
    let sandbox = dev();
    let rename = ["env", "rename", "dev", "live", "--yes"];
    sandbox.vault(rename).succeeds();
    sandbox.commit("another name");
    sandbox.git(["revert", "--no-edit", "HEAD"]);
    let output = check(&sandbox).succeeds();
    let said = output.stdout();
    assert!(said.starts_with("dev: ok"), "{said}");
    assert!(said.contains("live: ok (gone since commit "), "{said}");
}

#[test]
fn what_another_work_tree_alone_has_checked_out_or_noted_is_looked_at() {
    let sandbox = dev();
    let linked = sandbox.path("linked");
    let place = linked.display().to_string();
    sandbox.git(["worktree", "add", "--quiet", "--detach", &place]);
    let good = sandbox.read(DEV);
    let forge = |folder: &std::path::Path| {
        std::fs::write(folder.join(DEV), good.replacen("A: ENC", "B: ENC", 1)).unwrap();
        sandbox
            .git_run(["commit", "--quiet", "-am", "forged"])
            .within(folder)
            .succeeds();
        let id = sandbox
            .git_run(["rev-parse", "--short=10", "HEAD"])
            .within(folder)
            .succeeds();
        id.stdout().trim().to_owned()
    };
    let in_order = |folder: &std::path::Path| {
        check(&sandbox)
            .within(folder)
            .succeeds_with("dev: ok (signed by alice)\n");
    };
    let found = |folder: &std::path::Path, id: &str| {
        let output = check(&sandbox).within(folder).run().fails(3);
        let said = format!("vault: error: dev in commit {id} by Test: not signed by anybody");
        assert!(output.stderr().contains(&said), "{}", output.stderr());
    };
    let top = sandbox.work("");
    let back = |folder: &std::path::Path| {
        sandbox
            .git_run(["checkout", "--quiet", "--detach", "main"])
            .within(folder)
            .succeeds();
    };
    in_order(&top);
    let forged = forge(&linked);
    found(&top, &forged);
    // What is noted for one work tree alone, and what is checked out nowhere any more.
    for reference in ["refs/worktree/kept/one", "refs/bisect/bad"] {
        back(&linked);
        in_order(&top);
        sandbox
            .git_run(["update-ref", reference, &forged])
            .within(&linked)
            .succeeds();
        found(&top, &forged);
        found(&linked, &forged);
        sandbox
            .git_run(["update-ref", "-d", reference])
            .within(&linked)
            .succeeds();
    }
    // The other way round.
    back(&top);
    let forged = forge(&top);
    found(&linked, &forged);
    back(&top);
    in_order(&linked);
}
