//! Members and values that two people change at a time.

use super::{CAROL, DAVE, WAYS, Way, add, bring_together, commit, holds, members, passes, works};
use crate::people::People;

/// Alice and bob, and bob's desk, which saw the vault before; dave is a member too, if he is to go.
fn team(has_dave: bool) -> People {
    let people = People::alice_and_bob();
    if has_dave {
        add(&people, "alice", DAVE.0, DAVE.1);
        people.push("alice", "dave");
        people.pull("bob");
    }
    people.join_as("desk", "bob");
    holds(&people, "bob", &[("A", "one")]);
    holds(&people, "desk", &[("A", "one")]);
    people
}

/// Those in which bob's own work is what git calls theirs, each by another mechanism.
pub(super) const SWAPPED: [Way; 3] = [Way::Rebase, Way::Stash, Way::Squash];

pub(super) type Change = fn(&People, &str);

/// Both change a value and the members at a time, alice is the first to push, and bob brings his work on top of that.
pub(super) fn both_change(
    team: fn(bool) -> People,
    ways: &[Way],
    has_dave: bool,
    alice: Change,
    bob: Change,
    expected: &[&str],
) {
    for way in ways.iter().copied() {
        let people = team(has_dave);
        alice(&people, "alice");
        works(&people, "alice", "set dev OF_ALICE value-of-alice");
        people.push("alice", "work");
        bob(&people, "bob");
        works(&people, "bob", "set dev OF_BOB value-of-bob");
        bring_together(&people, "bob", way);
        let values = [
            ("A", "one"),
            ("OF_ALICE", "value-of-alice"),
            ("OF_BOB", "value-of-bob"),
        ];
        holds(&people, "bob", &values);
        people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
        for who in ["alice", "desk"] {
            people.pull(who);
            holds(&people, who, &values);
            assert_eq!(members(&people, who), expected, "{way:?} {who}");
        }
        if expected.contains(&"carol") {
            people.join("carol");
            holds(&people, "carol", &values);
        }
        people.sops_opens(&people.clone("alice"));
    }
}

#[test]
fn two_members_who_were_added_at_a_time_are_both_there_in_every_way() {
    both_change(
        team,
        &WAYS,
        false,
        |people, who| add(people, who, CAROL.0, CAROL.1),
        |people, who| add(people, who, DAVE.0, DAVE.1),
        &["alice", "bob", "carol", "dave"],
    );
}

#[test]
fn whoever_was_added_on_two_branches_is_told_once_where_they_are_joined() {
    let people = team(false);
    add(&people, "alice", CAROL.0, CAROL.1);
    people.push("alice", "carol");
    add(&people, "bob", DAVE.0, DAVE.1);
    bring_together(&people, "bob", Way::Merge);
    people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
    people.pull("desk");
    let told = people.vault("desk", ["check", "dev"]).succeeds();
    let base = ["check", "--keyless", "--base", "HEAD~2"];
    let compared = people.vault("desk", base).succeeds();
    for told in [told.stderr(), compared.stdout()] {
        for name in ["carol", "dave"] {
            let line = format!("+ {name} reads and writes");
            assert_eq!(told.matches(&line).count(), 1, "{told}");
        }
        assert!(told.contains("~ joins two branches of the log"), "{told}");
    }
}

#[test]
fn a_member_whom_both_added_is_there() {
    both_change(
        team,
        &SWAPPED,
        false,
        |people, who| add(people, who, CAROL.0, CAROL.1),
        |people, who| add(people, who, CAROL.0, CAROL.1),
        &["alice", "bob", "carol"],
    );
}

#[test]
fn one_who_was_removed_there_and_one_who_was_added_here_are_out_and_in() {
    both_change(
        team,
        &SWAPPED,
        true,
        |people, who| works(people, who, "recipients remove dave --yes"),
        |people, who| add(people, who, CAROL.0, CAROL.1),
        &["alice", "bob", "carol"],
    );
}

#[test]
fn one_who_was_added_there_and_one_who_was_removed_here_are_in_and_out() {
    both_change(
        team,
        &SWAPPED,
        true,
        |people, who| add(people, who, CAROL.0, CAROL.1),
        |people, who| works(people, who, "recipients remove dave --yes"),
        &["alice", "bob", "carol"],
    );
}

#[test]
fn a_member_whom_both_removed_is_out() {
    both_change(
        team,
        &SWAPPED,
        true,
        |people, who| works(people, who, "recipients remove dave --yes"),
        |people, who| works(people, who, "recipients remove dave --yes"),
        &["alice", "bob"],
    );
}

/// What bob's machine knows of dev is his last commit, which a rebase comes to at the end.
#[test]
fn several_commits_of_members_and_values_are_rebased_one_by_one() {
    for way in [Way::Rebase, Way::Pick] {
        let people = team(true);
        add(&people, "alice", CAROL.0, CAROL.1);
        works(&people, "alice", "set dev OF_ALICE value-of-alice");
        people.push("alice", "work");
        works(&people, "bob", "set dev OF_BOB value-of-bob");
        commit(&people, "bob");
        works(&people, "bob", "rekey dev --yes");
        commit(&people, "bob");
        works(&people, "bob", "recipients remove dave --yes");
        commit(&people, "bob");
        works(&people, "bob", "set dev AT_LAST value-at-last");
        bring_together(&people, "bob", way);
        let values = [
            ("OF_ALICE", "value-of-alice"),
            ("OF_BOB", "value-of-bob"),
            ("AT_LAST", "value-at-last"),
        ];
        people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
        for who in ["bob", "alice", "desk"] {
            if who != "bob" {
                people.pull(who);
            }
            holds(&people, who, &values);
            assert_eq!(members(&people, who), ["alice", "bob", "carol"], "{way:?}");
        }
    }
}

/// Without the driver git stops at every file that both have changed, and resolve does what the driver would have done.
#[test]
fn without_the_driver_nothing_is_lost_either() {
    for way in WAYS.into_iter().filter(|way| *way != Way::Update) {
        let people = team(false);
        add(&people, "alice", CAROL.0, CAROL.1);
        works(&people, "alice", "set dev OF_ALICE value-of-alice");
        people.push("alice", "work");
        add(&people, "bob", DAVE.0, DAVE.1);
        works(&people, "bob", "set dev OF_BOB value-of-bob");
        for driver in ["vault", "vault-config"] {
            passes(
                &people,
                "bob",
                &format!("config --remove-section merge.{driver}"),
            );
        }
        bring_together(&people, "bob", way);
        holds(
            &people,
            "bob",
            &[("OF_ALICE", "value-of-alice"), ("OF_BOB", "value-of-bob")],
        );
        assert_eq!(members(&people, "bob"), ["alice", "bob", "carol", "dave"]);
    }
}
