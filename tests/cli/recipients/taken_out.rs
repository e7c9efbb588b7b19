//! Whoever was taken out hears of it, by whom, and who lets them in again: wherever they meet the file, also in the middle of a merge.

use crate::{
    people::People,
    sandbox::Output,
    team::{ALICE, BOB, CAROL, configured, log_in},
};

/// Alice has taken bob out; he has a commit from before that.
fn taken_out() -> People {
    let people = People::alice_and_bob();
    people.vault("bob", ["git", "install"]).succeeds();
    people.vault("bob", ["set", "dev", "B", "work"]).succeeds();
    people.commit("bob", "work");
    let remove = ["recipients", "remove", "bob", "--yes"];
    people.vault("alice", remove).succeeds();
    people.push("alice", "bob has left");
    people.git("bob", ["fetch", "--quiet", "origin"]);
    people
}

#[track_caller]
fn told(output: &Output) {
    let told = format!(
        "[..]
...
vault:   bob, whose key this is, was taken out of dev by alice ([..])
vault: hint: to let bob in again alice types vault recipients add bob '{BOB}' --env dev --readmit
...
"
    );
    snapbox::assert_data_eq!(output.stderr(), told);
}

/// Has git bring main into what bob has, which it cannot finish.
fn brings(people: &People, line: &[&str]) {
    let folder = people.clone("bob").display().to_string();
    let all = [&["-C", folder.as_str()][..], line, &["origin/main"]].concat();
    let run = people.sandbox.program("git", all);
    let named = ["AUTHOR", "COMMITTER"].iter().fold(run, |run, who| {
        run.variable(format!("GIT_{who}_NAME"), "Test")
            .variable(format!("GIT_{who}_EMAIL"), "test@example.invalid")
    });
    assert_eq!(named.run().code(), 1);
}

#[test]
fn whoever_was_taken_out_is_told_so_in_a_merge() {
    let people = taken_out();
    brings(&people, &["merge", "--quiet", "--no-edit"]);
    let resolve = people.vault("bob", ["git", "resolve"]).fails(2);
    told(&resolve);
    let gives_up = "vault: hint: git merge --abort gives the merge up here\n";
    assert!(resolve.stderr().ends_with(gives_up), "{}", resolve.stderr());
    // As that hint says, and what he had is there.
    people.git("bob", ["merge", "--abort"]);
    let value = people.vault("bob", ["get", "dev", "B"]).prints_secrets();
    value.succeeds_with("work");
}

#[test]
fn whoever_was_taken_out_is_told_so_in_a_rebase() {
    let people = taken_out();
    brings(&people, &["rebase", "--quiet"]);
    let resolve = people.vault("bob", ["git", "resolve"]).fails(2);
    told(&resolve);
    let gives_up = "vault: hint: git rebase --abort gives the merge up here\n";
    assert!(resolve.stderr().ends_with(gives_up), "{}", resolve.stderr());
}

#[test]
fn whoever_was_taken_out_is_told_so_after_a_pull() {
    let people = taken_out();
    people.reset("bob");
    for line in [
        &["get", "dev", "A"][..],
        &["set", "dev", "A", "two"],
        &["rekey", "dev", "--yes"],
        &["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"],
    ] {
        told(&people.vault("bob", line).fails(2));
    }
}

/// Of a file without signature only the config says that somebody has left.
#[test]
fn whoever_was_taken_out_of_a_file_without_signature_is_told_so_by_the_config() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob], signed: false}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    let remove = ["recipients", "remove", "bob", "--yes"];
    sandbox.vault(remove).succeeds();
    log_in(&sandbox, "bob");
    for line in [&["get", "dev", "A"][..], &["set", "dev", "A", "two"]] {
        let output = sandbox.vault(line).fails(2);
        let told = format!(
            "[..]
...
vault:   bob, whose key this is, has left on [..], as `former` in .vault.yaml says
vault: hint: to let bob in again somebody who may write it types vault recipients add bob '{BOB}' --env dev --readmit
"
        );
        snapbox::assert_data_eq!(output.stderr(), told);
    }
}
