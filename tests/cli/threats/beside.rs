//! Somebody who has left goes on from the old file as somebody else: with a change of members that they sign beside their removal.

use std::fs;

use crate::{
    people::People,
    sandbox::Output,
    team::{BOB, CAROL, DAVE},
};

const DEV: &str = "secrets/dev.yaml";
const CONFIG: &str = ".vault.yaml";

/// Alice and bob read and write dev; the laptop of alice, and a clone of carol, who is nobody yet, have that state.
fn team() -> People {
    let people = People::alice_and_bob();
    for (machine, who) in [("carol", "carol"), ("laptop", "alice")] {
        people.join_as(machine, who);
    }
    assert_eq!(people.get("laptop", "A").stdout(), "one");
    people
}

fn remove(people: &People) {
    people
        .vault("alice", ["recipients", "remove", "bob", "--yes"])
        .succeeds();
    people.push("alice", "bob has left");
}

/// Bob lets carol in, which is a second key of his, and carol signs the file.
fn fork(people: &People) {
    let add = ["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"];
    people.vault("bob", add).succeeds();
    hand_over(people, "bob", "carol");
    people
        .vault("carol", ["set", "dev", "A", "evil"])
        .succeeds();
}

/// The files of one clone go to another one.
fn hand_over(people: &People, from: &str, to: &str) {
    for file in [DEV, CONFIG] {
        let text = fs::read(people.clone(from).join(file)).expect("a file");
        fs::write(people.clone(to).join(file), text).expect("a file");
    }
}

/// What carol has comes on top of the removal.
fn put_on_top(people: &People) {
    people.reset("bob");
    hand_over(people, "carol", "bob");
    people.push("bob", "an improvement");
}

#[track_caller]
fn refused(people: &People, who: &str, line: &[&str]) -> Output {
    let output = people.vault(who, line).run();
    assert_eq!(output.code(), 3, "{line:?}: {}", output.stderr());
    let stderr = output.stderr();
    assert!(stderr.contains("bob has left since"), "{line:?}: {stderr}");
    assert_eq!(people.git(who, ["status", "--porcelain"]), "");
    output
}

#[test]
fn who_was_brought_in_beside_a_removal_gets_no_new_value() {
    let people = team();
    fork(&people);
    remove(&people);
    put_on_top(&people);
    people.pull("laptop");
    people.join_as("new", "alice");
    let commit = people.git("laptop", ["rev-parse", "HEAD~1"])[..10].to_owned();
    for machine in ["laptop", "new"] {
        for line in [
            &["get", "dev", "A"][..],
            &["check"],
            &["set", "dev", "B", "two"],
            &["rekey", "dev", "--yes"],
        ] {
            let _ = refused(&people, machine, line);
        }
    }
    people.vault("laptop", ["set", "dev", "B", "two"]).fails_with(
        3,
        &format!(
            "vault: error: dev is an older version here than in commit {commit}: bob has left since\n\
             vault:   bob signed changes of its members that are not in that commit: nothing tells whether that was before\n\
             vault: hint: git checkout {commit} -- secrets/dev.yaml brings the newer version back\n\
             vault: hint: .vault.yaml has bob as before: git log -p .vault.yaml shows who changed it; git checkout {commit} -- .vault.yaml takes that back\n"
        ),
    );
    // Nothing of it was taken for known.
    people.git("laptop", ["checkout", &commit, "--", DEV, CONFIG]);
    assert_eq!(people.get("laptop", "A").stdout(), "one");
    people
        .vault("laptop", ["set", "dev", "B", "two"])
        .succeeds();
}

#[test]
fn it_is_the_same_where_they_took_themselves_out() {
    let people = team();
    fork(&people);
    people
        .vault("carol", ["recipients", "remove", "bob", "--yes"])
        .succeeds();
    remove(&people);
    put_on_top(&people);
    people.pull("laptop");
    people.join_as("new", "alice");
    for machine in ["laptop", "new"] {
        for line in [&["check"][..], &["set", "dev", "B", "two"]] {
            let _ = refused(&people, machine, line);
        }
    }
}

#[test]
fn a_machine_with_the_pin_of_before_is_stopped_too() {
    let people = team();
    let pin = people.vault("laptop", ["trust", "--export"]).succeeds();
    let pin = pin.stdout().trim().to_owned();
    fork(&people);
    remove(&people);
    put_on_top(&people);
    people.pull("laptop");
    for line in [&["check"][..], &["set", "dev", "B", "two"]] {
        let output = people
            .vault("laptop", line)
            .variable("VAULT_TRUST", &pin)
            .run();
        assert_eq!(output.code(), 3, "{line:?}: {}", output.stderr());
    }
}

/// A change of somebody on a branch of their own, and the removal in main, come together in a merge.
fn merged(people: &People, who: &str, strategy: &str) {
    let add = ["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"];
    people.vault(who, add).succeeds();
    people.commit(who, "carol");
    remove(people);
    people.git(who, ["push", "--quiet", "origin", "HEAD:work"]);
    people.git("alice", ["fetch", "--quiet", "origin"]);
    let folder = people.clone("alice").display().to_string();
    let merge = people.sandbox.program(
        "git",
        [
            "-C",
            &folder,
            "merge",
            "--quiet",
            "--no-edit",
            "--strategy",
            strategy,
            "origin/work",
        ],
    );
    let named = ["AUTHOR", "COMMITTER"].iter().fold(merge, |run, who| {
        run.variable(format!("GIT_{who}_NAME"), "Test")
            .variable(format!("GIT_{who}_EMAIL"), "test@example.invalid")
    });
    if named.run().code() != 0 {
        people
            .vault("alice", ["git", "resolve", "--yes"])
            .succeeds();
        people.git("alice", ["commit", "--quiet", "--no-edit"]);
    }
    people.git("alice", ["push", "--quiet", "origin", "HEAD:main"]);
}

/// Neither a machine that knows the state before nor one that knows nothing is stopped.
#[track_caller]
fn goes_on(people: &People) {
    people.pull("laptop");
    people.join_as("new", "alice");
    for machine in ["laptop", "new"] {
        people.vault(machine, ["check"]).succeeds();
        people.vault(machine, ["set", "dev", "B", "two"]).succeeds();
    }
}

#[test]
fn branches_that_were_joined_are_no_reason_to_stop() {
    let people = team();
    people.vault("alice", ["git", "install"]).succeeds();
    people.join_as("desk", "alice");
    merged(&people, "desk", "ort");
    goes_on(&people);
}

#[test]
fn a_branch_that_a_merge_left_out_is_no_reason_to_stop_where_the_removal_stays() {
    let people = team();
    merged(&people, "bob", "ours");
    goes_on(&people);
}

/// Bob, who still reads, puts the old file back with a value that he signed; `laptop` has seen what alice did, `new` has not.
fn put_back_by_a_reader(people: &People) {
    people.vault("bob", ["set", "dev", "A", "evil"]).succeeds();
    hand_over(people, "bob", "carol");
    people.pull("laptop");
    people.vault("laptop", ["check"]).succeeds();
    put_on_top(people);
    people.pull("laptop");
    people.join_as("new", "alice");
}

#[track_caller]
fn nothing_of_bob_is_used(people: &People) {
    for machine in ["laptop", "new"] {
        for line in [
            &["get", "dev", "A"][..],
            &["run", "dev", "--", "true"],
            &["check"],
            &["check", "--keyless"],
            &["set", "dev", "B", "two"],
        ] {
            let output = people.vault(machine, line).run();
            let stderr = output.stderr();
            assert_eq!(output.code(), 3, "{machine} {line:?}: {stderr}");
            let is_told = stderr.contains("bob has lost the right to sign with that key since");
            assert!(is_told, "{machine} {line:?}: {stderr}");
        }
    }
}

#[test]
fn who_only_reads_from_now_on_does_not_put_back_what_they_signed() {
    let people = team();
    let path = people.clone("alice").join(CONFIG);
    let config = fs::read_to_string(&path).expect("a config");
    let reading = config.replace(
        "recipients: [alice, bob]",
        "recipients: [alice, bob]\n        writers: [alice]",
    );
    assert_ne!(config, reading);
    fs::write(&path, reading).expect("a config");
    people.vault("alice", ["sync", "--yes"]).succeeds();
    people.push("alice", "bob only reads");
    put_back_by_a_reader(&people);
    nothing_of_bob_is_used(&people);
}

#[test]
fn a_key_that_signed_once_and_was_replaced_does_not_put_back_what_it_signed() {
    let people = team();
    let reads = BOB.split(' ').next().expect("a key");
    let line = format!("{reads} {DAVE}");
    people
        .vault("alice", ["recipients", "replace", "bob", &line, "--yes"])
        .succeeds();
    people.push("alice", "bob signs with another key");
    put_back_by_a_reader(&people);
    nothing_of_bob_is_used(&people);
}

#[test]
fn who_has_left_brings_nobody_in_on_a_branch_that_does_not_know_of_it() {
    let people = team();
    people.git("alice", ["switch", "--quiet", "--create", "work"]);
    let add = ["recipients", "add", "dave", DAVE, "--env", "dev", "--yes"];
    people.vault("alice", add).succeeds();
    people.commit("alice", "dave joins");
    people.git("alice", ["push", "--quiet", "origin", "work"]);
    people.git("alice", ["switch", "--quiet", "main"]);
    remove(&people);
    // Bob goes on with the branch: carol, a second key of his, takes him out there.
    people.git("bob", ["fetch", "--quiet", "origin"]);
    people.git("bob", ["switch", "--quiet", "work"]);
    fork(&people);
    people
        .vault("carol", ["recipients", "remove", "bob", "--yes"])
        .succeeds();
    hand_over(&people, "carol", "bob");
    people.commit("bob", "an improvement");
    people.git("bob", ["push", "--quiet", "origin", "work"]);
    people.git("alice", ["switch", "--quiet", "work"]);
    people.git("alice", ["pull", "--quiet", "--ff-only", "origin", "work"]);
    for line in [&["get", "dev", "A"][..], &["set", "dev", "B", "two"]] {
        let output = people.vault("alice", line).fails(3);
        let said = "dev does not follow from what was last used here";
        assert!(output.stderr().contains(said), "{}", output.stderr());
    }
    // What was there before is the branch that it was.
    people.git("alice", ["reset", "--quiet", "--hard", "HEAD~1"]);
    assert_eq!(people.get("alice", "A").stdout(), "one");
}
