//! The same where nobody signs: there the config says for whom what comes of both sides is.

use super::{
    CAROL, DAVE, WAYS, Way, add, begin, commit, holds, is_unmerged, members as members_of,
    members::{SWAPPED, both_change},
    passes, works,
};
use crate::{
    people::People,
    team::{self, ALICE, BOB},
};

const FILE: &str = "secrets/dev.yaml";

/// Alice and bob, who do not sign, and bob's desk; dave is a member too, if he is to go.
pub(super) fn team(has_dave: bool) -> People {
    let people = People::begin();
    people.join("alice");
    let members = [("alice", ALICE), ("bob", BOB)];
    let dev = "    dev: {recipients: [alice, bob], signed: false}\n";
    let config = people.clone("alice").join(".vault.yaml");
    people.sandbox.write(config, team::config(&members, dev));
    works(&people, "alice", "git install");
    works(&people, "alice", "set dev A one");
    if has_dave {
        add(&people, "alice", DAVE.0, DAVE.1);
    }
    people.push("alice", "the team");
    for machine in ["bob", "desk"] {
        people.join_as(machine, "bob");
        works(&people, machine, "git install");
        holds(&people, machine, &[("A", "one")]);
    }
    people
}

fn remove_dave(people: &People, who: &str) {
    works(people, who, "recipients remove dave --yes");
}

fn add_carol(people: &People, who: &str) {
    add(people, who, CAROL.0, CAROL.1);
}

#[test]
fn two_members_who_were_added_at_a_time_to_an_unsigned_file_are_both_there_in_every_way() {
    both_change(
        team,
        &WAYS,
        false,
        add_carol,
        |people, who| add(people, who, DAVE.0, DAVE.1),
        &["alice", "bob", "carol", "dave"],
    );
}

#[test]
fn whoever_was_removed_from_an_unsigned_file_on_either_side_is_out_and_whoever_was_added_is_in() {
    both_change(
        team,
        &SWAPPED,
        true,
        remove_dave,
        add_carol,
        &["alice", "bob", "carol"],
    );
    both_change(
        team,
        &[Way::Merge, Way::Rebase],
        true,
        add_carol,
        remove_dave,
        &["alice", "bob", "carol"],
    );
}

#[test]
fn a_member_whom_both_removed_from_an_unsigned_file_is_out() {
    both_change(
        team,
        &[Way::Merge, Way::Rebase],
        true,
        remove_dave,
        remove_dave,
        &["alice", "bob"],
    );
}

/// Alice has let carol in, and bob, who rebases, has taken dave out and written a value that dave is not to have.
fn rebased() -> People {
    let people = team(true);
    add_carol(&people, "alice");
    people.push("alice", "carol");
    remove_dave(&people, "bob");
    works(&people, "bob", "set dev NEW value-of-bob");
    commit(&people, "bob");
    begin(&people, "bob", Way::Rebase);
    assert!(is_unmerged(&people, "bob"));
    people
}

#[test]
fn what_becomes_of_the_recipients_of_an_unsigned_file_is_told_by_name() {
    let people = rebased();
    people
        .vault("bob", ["git", "resolve", "--list"])
        .fails(1)
        .prints(
            "secrets/dev.yaml (dev)
    the recipients of the file differ on the two sides
",
        );
    people
        .vault("bob", ["git", "resolve", "--yes"])
        .succeeds()
        .says(
            "vault: secrets/dev.yaml (dev):
vault:   ours, or here, is the branch that you rebase onto; theirs, or there, is your own commit
vault:   the recipients of the file differ on the two sides
vault:     here:
vault:       + carol (SHA256:[..])
vault:     there:
vault:       - dave (SHA256:[..])
vault:     afterwards:
vault:       alice reads and writes
vault:       bob reads and writes
vault:       carol reads and writes
vault:     the data key changes; every value is encrypted anew
vault: secrets/dev.yaml is merged and staged
vault: hint: git rebase --continue
",
        );
    passes(&people, "bob", "rebase --continue");
    holds(&people, "bob", &[("NEW", "value-of-bob")]);
    assert_eq!(members_of(&people, "bob"), ["alice", "bob", "carol"]);
}

#[test]
fn without_a_yes_the_recipients_of_an_unsigned_file_stay_unmerged() {
    let people = rebased();
    people.vault("bob", ["git", "resolve"]).fails(2);
    assert!(is_unmerged(&people, "bob"));
}

#[test]
fn the_recipients_of_an_unsigned_file_wait_for_the_config() {
    let people = team(false);
    let write_bob = |who: &str, line: &str| {
        let config = people.clone(who).join(".vault.yaml");
        let text = people.sandbox.read(&config);
        let text = text.replace(&format!("bob: {BOB}"), &format!("bob: {line}"));
        people.sandbox.write(&config, text);
    };
    add_carol(&people, "alice");
    write_bob("alice", &format!("{BOB} reads-only"));
    people.push("alice", "carol");
    add(&people, "bob", DAVE.0, DAVE.1);
    let (age, _) = BOB.split_once(' ').expect("two keys");
    write_bob("bob", age);
    commit(&people, "bob");
    begin(&people, "bob", Way::Merge);
    let before = people.sandbox.read(people.clone("bob").join(FILE));
    let output = people.vault("bob", ["git", "resolve", "--yes"]).fails(1);
    let told = "secrets/dev.yaml (dev): its recipients differ on the two sides, and .vault.yaml, which says who reads dev, is not merged yet\n";
    assert!(output.stderr().contains(told), "{}", output.stderr());
    let hint = "vault: hint: --ours KEY or --theirs KEY takes one of them\n";
    assert!(output.stderr().contains(hint), "{}", output.stderr());
    people
        .vault("bob", ["git", "resolve", "dev", "--yes"])
        .fails(1)
        .says(
            "vault: error: secrets/dev.yaml (dev): its recipients differ on the two sides, and .vault.yaml, which says who reads dev, is not merged yet
vault: hint: vault git resolve .vault.yaml merges it, or edit it and git add .vault.yaml; then vault git resolve
",
        );
    assert_eq!(people.sandbox.read(people.clone("bob").join(FILE)), before);
    works(&people, "bob", "git resolve --ours recipients.bob --yes");
    passes(&people, "bob", "commit --quiet --no-edit");
    holds(&people, "bob", &[("A", "one")]);
    assert_eq!(
        members_of(&people, "bob"),
        ["alice", "bob", "carol", "dave"]
    );
}

#[test]
fn whoever_a_colleague_took_out_with_sops_does_not_come_back_by_a_merge() {
    let people = team(true);
    let sops = ["rotate", "--in-place", "--rm-age"];
    let Some(run) = people
        .sandbox
        .sops(sops.into_iter().chain([team::CI, FILE]))
    else {
        return;
    };
    // Carol is listed; she is out of the file on alice's side, and dave is on bob's.
    add_carol(&people, "alice");
    people.push("alice", "carol");
    people.pull("bob");
    let key = people.sandbox.path("alice.txt");
    run.within(people.clone("alice"))
        .variable("SOPS_AGE_KEY_FILE", key)
        .succeeds();
    people.push("alice", "with sops");
    remove_dave(&people, "bob");
    works(&people, "bob", "set dev NEW value-of-bob");
    commit(&people, "bob");
    begin(&people, "bob", Way::Merge);
    works(&people, "bob", "git resolve --yes");
    passes(&people, "bob", "commit --quiet --no-edit");
    assert_eq!(members_of(&people, "bob"), ["alice", "bob"]);
    let check = people.vault("bob", ["check"]).fails(1);
    let line = "vault:   + carol reads and writes (SHA256:";
    assert!(check.stderr().contains(line), "{}", check.stderr());
}
