//! Two writers who have taken each other out, one of whom pushes what they made over what the other one did: who signed one side, or has named it, goes on with it.

use std::fs;

use crate::{
    people::People,
    sandbox::Output,
    team::{ALICE, CAROL, DAVE},
};

const DEV: &str = "secrets/dev.yaml";
const CONFIG: &str = ".vault.yaml";

/// Alice, bob and carol read and write dev; carol has used it, and so has the laptop of alice.
fn team() -> People {
    let people = People::alice_and_bob();
    let add = ["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"];
    people.vault("alice", add).succeeds();
    people.push("alice", "carol");
    people.pull("bob");
    people.join("carol");
    people.join_as("laptop", "alice");
    for machine in ["carol", "laptop"] {
        assert_eq!(people.get(machine, "A").stdout(), "one");
    }
    people
}

/// Alice takes bob out.
fn remove(people: &People) {
    let remove = ["recipients", "remove", "bob", "--yes"];
    people.vault("alice", remove).succeeds();
    people.push("alice", "bob has left");
}

/// What somebody has committed comes over main, and nothing of main stays.
fn put_over(people: &People, who: &str) {
    people.git(who, ["fetch", "--quiet", "origin"]);
    let merge = ["merge", "--quiet", "--no-edit", "--strategy=ours"];
    people.git(who, [&merge[..], &["origin/main"]].concat());
    people.git(who, ["push", "--quiet", "origin", "HEAD:main"]);
}

/// Bob, from before that, takes alice out in turn, and puts that over main.
fn answer(people: &People) {
    let remove = ["recipients", "remove", "alice", "--yes"];
    people.vault("bob", remove).succeeds();
    people.commit("bob", "alice has left");
    put_over(people, "bob");
}

fn id(people: &People, who: &str, commit: &str) -> String {
    people.git(who, ["rev-parse", commit])[..10].to_owned()
}

#[track_caller]
fn refused(people: &People, who: &str, line: &[&str], said: &str) -> Output {
    let output = people.vault(who, line).run();
    assert_eq!(output.code(), 3, "{who} {line:?}: {}", output.stderr());
    let is_told = output.stderr().contains(said);
    assert!(is_told, "{who} {line:?}: {}", output.stderr());
    output
}

const USES: [&[&str]; 5] = [
    &["get", "dev", "A"],
    &["check"],
    &["check", "--keyless"],
    &["set", "dev", "B", "two"],
    &["rekey", "dev", "--yes"],
];

/// Reads, checks and writes there as if nothing had been.
#[track_caller]
fn goes_on(people: &People, who: &str) {
    assert_eq!(people.get(who, "A").stdout(), "one", "{who}");
    people.vault(who, ["check"]).succeeds();
    people.vault(who, ["set", "dev", "B", who]).succeeds();
    people.vault(who, ["rekey", "dev", "--yes"]).succeeds();
    people.git(who, ["checkout", "--quiet", "--", "."]);
}

/// Alice has brought back what she knows, as the hint says.
fn brought_back(people: &People) {
    people.pull("alice");
    let commit = id(people, "alice", "HEAD^2");
    let back = format!(
        "vault: hint: git checkout {commit} -- {DEV}, and git checkout {commit} -- {CONFIG}, bring back what was last used here
vault: hint: vault trust dev accepts what is here from now on
"
    );
    for line in USES {
        let said = refused(
            people,
            "alice",
            line,
            "dev does not follow from what was last used here",
        );
        assert!(
            said.stderr().ends_with(&back),
            "{line:?}: {}",
            said.stderr()
        );
    }
    people.git("alice", ["checkout", &commit, "--", DEV]);
    people.git("alice", ["checkout", &commit, "--", CONFIG]);
    goes_on(people, "alice");
    people.git("alice", ["checkout", &commit, "--", DEV, CONFIG]);
    people.push("alice", "what was there before");
}

#[test]
fn what_was_known_comes_back_by_the_hint_and_whoever_signed_or_named_it_goes_on() {
    let people = team();
    remove(&people);
    people.pull("carol");
    people.vault("carol", ["check"]).succeeds();
    let pin = people.vault("alice", ["trust", "--export"]).succeeds();
    let pin = pin.stdout().trim().to_owned();
    answer(&people);
    brought_back(&people);
    // Carol has seen it, as she could have seen one of bob's: she is asked once.
    people.pull("carol");
    assert_eq!(people.get("carol", "A").stdout(), "one");
    let said = "dev: alice has taken out bob here, and bob has taken out alice in commit";
    let _ = refused(&people, "carol", &["set", "dev", "B", "two"], said);
    people.vault("carol", ["trust", "dev", "--yes"]).succeeds();
    goes_on(&people, "carol");
    // Whoever signed the removal that counts knows of it, on every machine of theirs.
    people.pull("laptop");
    people.join_as("new", "alice");
    for machine in ["laptop", "new"] {
        goes_on(&people, machine);
    }
    // The same where VAULT_TRUST names it, and what comes after it.
    people.join_as("runner", "carol");
    for line in USES {
        let run = people.vault("runner", line).prints_secrets();
        run.variable("VAULT_TRUST", &pin).succeeds();
    }
    // A write of somebody who goes on is all that the others need.
    people
        .vault("carol", ["set", "dev", "C", "three"])
        .succeeds();
    people.push("carol", "a value");
    people.pull("alice");
    goes_on(&people, "alice");
}

#[test]
fn whoever_knows_neither_is_told_of_both_and_can_go_on_with_either() {
    let people = team();
    remove(&people);
    answer(&people);
    people.pull("carol");
    people.join_as("new", "carol");
    let commit = id(&people, "carol", "HEAD^2");
    let told = |by: &str, out: &str, commit: &str| {
        format!(
            "dev: {by} has taken out {out} here, and {out} has taken out {by} in commit {commit}: nothing on this machine tells which of the two counts
vault: hint: ask both of them, not over the same channel
vault: hint: if it is the one here: vault trust dev goes by what is here
vault: hint: if it is the one in that commit: git checkout {commit} -- {DEV}, and git checkout {commit} -- {CONFIG}, bring that one back; then vault trust dev goes by that
"
        )
    };
    for machine in ["carol", "new"] {
        for line in USES {
            let _ = refused(&people, machine, line, &told("bob", "alice", &commit));
        }
    }
    // As the second hint says.
    people.vault("new", ["trust", "dev", "--yes"]).succeeds();
    goes_on(&people, "new");
    // As the third one says.
    people.git("carol", ["checkout", &commit, "--", DEV, CONFIG]);
    let bobs = id(&people, "carol", "HEAD");
    let _ = refused(&people, "carol", &["check"], &told("alice", "bob", &bobs));
    people.vault("carol", ["trust", "dev", "--yes"]).succeeds();
    goes_on(&people, "carol");
    people.git("carol", ["checkout", &commit, "--", DEV, CONFIG]);
    people.push("carol", "what alice has done");
    goes_on(&people, "carol");
    people.pull("alice");
    goes_on(&people, "alice");
}

/// Somebody without a key looks at a change that brings back what alice did, where VAULT_TRUST names that, or bob has taken nobody out.
#[test]
fn a_change_that_brings_a_branch_of_the_log_back_is_told_with_what_each_does() {
    for is_mutual in [true, false] {
        let people = team();
        remove(&people);
        let pin = people.vault("alice", ["trust", "--export"]).succeeds();
        let pin = pin.stdout().trim().to_owned();
        if is_mutual {
            answer(&people);
        } else {
            let add = ["recipients", "add", "dave", DAVE, "--env", "dev", "--yes"];
            people.vault("bob", add).succeeds();
            people.commit("bob", "dave");
            put_over(&people, "bob");
        }
        people.stranger("reviewer");
        let commit = id(&people, "reviewer", "HEAD^2");
        people.git("reviewer", ["switch", "--quiet", "--create", "back"]);
        people.git("reviewer", ["checkout", &commit, "--", DEV, CONFIG]);
        people.commit("reviewer", "what was there before");
        let check = |base: &str| {
            let check = people.vault("reviewer", ["check", "--keyless", "--base", base]);
            match is_mutual {
                true => check.variable("VAULT_TRUST", &pin),
                false => check,
            }
        };
        let undone = match is_mutual {
            true => "- alice, signed by bob ([TIME])",
            false => "+ dave reads and writes (SHA256:[..]), signed by bob ([TIME])",
        };
        let first = match is_mutual {
            true => "",
            false => "vault: first use here: dev, signed by alice; writers alice, carol\n",
        };
        let older = format!(
            "dev: not ok\n    ! older content: the file is that of commit {commit} by Test; what was changed since then is undone\n"
        );
        check("main").run().fails(3).prints(&older).says(&format!(
            "{first}vault: error: dev goes on from commit {commit}, and not from what was put over that in the revision to compare with: changes of members would be undone
vault:   there: {undone}
vault:   here: - bob, signed by alice ([TIME])
vault: hint: ask those who signed them, not over the same channel: do not merge before it is known which counts
vault: hint: if what is here counts, and comes back: vault check --base {commit} says what else changes
"
        ));
        check(&commit).succeeds_with("dev: ok (signed by alice)\n");
    }
}

#[test]
fn whom_the_one_who_is_out_has_brought_in_has_no_word_either() {
    let people = team();
    // A second key of bob's.
    people.join_as("second", "outsider");
    remove(&people);
    let line = people.vault("second", ["whoami"]).succeeds();
    let line = line.stdout().lines().next().expect("a line").to_owned();
    let add = ["recipients", "add", "dave", &line, "--env", "dev", "--yes"];
    people.vault("bob", add).succeeds();
    hand_over(&people, "bob", "second");
    let remove = ["recipients", "remove", "alice", "--yes"];
    people.vault("second", remove).succeeds();
    hand_over(&people, "second", "bob");
    people.commit("bob", "alice has left");
    put_over(&people, "bob");
    brought_back(&people);
}

/// The files of one clone go to another one.
fn hand_over(people: &People, from: &str, to: &str) {
    for file in [DEV, CONFIG] {
        let text = fs::read(people.clone(from).join(file)).expect("a file");
        fs::write(people.clone(to).join(file), text).expect("a file");
    }
}

/// Bob takes carol out; alice, who does not know of it, takes bob out on a branch, to which carol adds something, too. Carol, who has left,
/// puts that branch over main. The laptop of alice has seen the branch before.
fn branch_of_who_has_left(of_carol: &[&str]) -> (People, String) {
    let people = team();
    people.git("alice", ["switch", "--quiet", "--create", "work"]);
    let remove = |who: &str, whom: &str| {
        let line = ["recipients", "remove", whom, "--yes"];
        people.vault(who, line).succeeds();
    };
    remove("alice", "bob");
    people.commit("alice", "bob has left");
    people.git("alice", ["push", "--quiet", "origin", "work"]);
    people.git("carol", ["pull", "--quiet", "origin", "work"]);
    people.vault("carol", of_carol).succeeds();
    people.commit("carol", "something");
    people.git("carol", ["push", "--quiet", "origin", "HEAD:work"]);
    people.git("laptop", ["pull", "--quiet", "origin", "work"]);
    people.vault("laptop", ["check"]).succeeds();
    remove("bob", "carol");
    people.push("bob", "carol has left");
    put_over(&people, "carol");
    people.git("laptop", ["pull", "--quiet", "--ff-only", "origin", "main"]);
    let commit = id(&people, "laptop", "HEAD^2");
    (people, commit)
}

/// Who knows the branch does not take the other side for newer, and gives carol nothing.
#[test]
fn a_removal_counts_that_is_by_somebody_whom_another_one_has_taken_out_since() {
    let (people, commit) = branch_of_who_has_left(&["set", "dev", "C", "three"]);
    people.vault("laptop", ["set", "dev", "B", "two"]).fails_with(
        3,
        &format!(
            "vault: error: dev is an older version here than in commit {commit}: carol has left since
vault:   carol signed what is here: nothing tells whether that was before, and whoever signs it again vouches for it
vault: hint: what is in that commit does not follow from what was last used here: git log -p {commit} shows who brought it: ask them, not over the same channel
vault: hint: if it was never meant that they go: vault trust dev goes by what is here
"
        ),
    );
}

#[test]
fn it_counts_also_where_whoever_has_left_has_signed_for_the_other_side() {
    let add = ["recipients", "add", "dave", DAVE, "--env", "dev", "--yes"];
    let (people, commit) = branch_of_who_has_left(&add);
    let said = format!(
        "dev: alice has taken out bob here, and bob has taken out carol in commit {commit}: nothing on this machine tells which of the two counts"
    );
    for line in [&["check"][..], &["set", "dev", "B", "two"]] {
        let _ = refused(&people, "laptop", line, &said);
    }
}

/// Whoever has work of their own on top of what they know takes their side, with the config that vouches for it.
#[test]
fn a_side_of_a_merge_is_taken_with_its_config_by_the_hint() {
    let people = team();
    people.vault("alice", ["git", "install"]).succeeds();
    remove(&people);
    answer(&people);
    people
        .vault("alice", ["set", "dev", "C", "mine"])
        .succeeds();
    people.commit("alice", "mine");
    people.git("alice", ["fetch", "--quiet", "origin"]);
    merge(&people, "alice", "origin/main");
    let theirs = id(&people, "alice", "MERGE_HEAD");
    let takes = |commit: &str, taken: &str, dropped: &str| {
        format!(
            "vault: hint: git checkout {commit} -- {CONFIG} {DEV} takes both files as {taken} has them, and drops what {dropped} has changed in them, values and members; then finish the merge, and vault trust dev\n"
        )
    };
    let (own, incoming) = ("your branch", "the branch that comes in");
    let both = takes("HEAD", own, incoming) + &takes(&theirs, incoming, own);
    let check = people.vault("alice", ["check"]).fails(3);
    assert!(check.stderr().ends_with(&both), "{}", check.stderr());
    // As the first of these says; who signed the removal need not trust it.
    people.git("alice", ["checkout", "HEAD", "--", CONFIG, DEV]);
    people.git("alice", ["commit", "--quiet", "--no-edit"]);
    goes_on(&people, "alice");
    let value = people.vault("alice", ["get", "dev", "C"]).prints_secrets();
    value.succeeds_with("mine");
}

/// Has git merge a branch, which it cannot finish.
fn merge(people: &People, who: &str, branch: &str) {
    let folder = people.clone(who).display().to_string();
    let merge = ["-C", &folder, "merge", "--no-edit", branch];
    let merge = people.sandbox.program("git", merge);
    let named = ["AUTHOR", "COMMITTER"].iter().fold(merge, |run, who| {
        run.variable(format!("GIT_{who}_NAME"), "Test")
            .variable(format!("GIT_{who}_EMAIL"), "test@example.invalid")
    });
    assert_eq!(named.run().code(), 1);
}

/// Where somebody is left who writes on both sides, they join them, and no machine has to be told anything.
#[test]
fn two_sides_that_somebody_has_joined_need_nobodys_word() {
    let people = team();
    people.vault("carol", ["git", "install"]).succeeds();
    remove(&people);
    let line = ["recipients", "remove", "alice", "--yes"];
    people.vault("bob", line).succeeds();
    people.commit("bob", "alice has left");
    people.git("bob", ["push", "--quiet", "origin", "HEAD:work"]);
    people.pull("carol");
    people.vault("carol", ["check"]).succeeds();
    people.git("carol", ["fetch", "--quiet", "origin"]);
    merge(&people, "carol", "origin/work");
    let resolve = ["git", "resolve", "--yes"];
    people.vault("carol", resolve).succeeds();
    people.git("carol", ["commit", "--quiet", "--no-edit"]);
    let add = ["recipients", "add", "alice", ALICE, "--env", "dev"];
    let again = [&add[..], &["--readmit", "--yes"]].concat();
    people.vault("carol", again).succeeds();
    people.push("carol", "alice stays");
    people.pull("alice");
    people.pull("laptop");
    people.join_as("new", "carol");
    for machine in ["carol", "alice", "laptop", "new"] {
        goes_on(&people, machine);
    }
}
