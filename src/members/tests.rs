//! Branches of a log that are joined: whatever two people did, the joined log verifies, and nobody comes back.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};

use super::*;
use crate::{
    keys::{Identity, Member},
    value::Name,
    yaml::{Document, write::Draft},
};

const NOW: &str = "2026-11-24T12:00:00Z";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn read(block: &Draft) -> Result<Log, LogError> {
    let mut text = String::new();
    block.push_block(&mut text, 0, "\n");
    let document = Document::parse(&text).unwrap();
    let root = document.root().unwrap();
    Ok(Block::read(&document, root.index())?.log().clone())
}

/// People with their keys; the first three write.
struct Team {
    people: Vec<(Name, Identity)>,
}

impl Team {
    fn new() -> Self {
        let names = ["alice", "bob", "carol", "dave", "erin", "frank"];
        let people = names.map(|text| (name(text), Identity::generate()));
        Team {
            people: people.into(),
        }
    }

    fn identity(&self, of: &str) -> &Identity {
        let found = self.people.iter().find(|(name, _)| name.as_str() == of);
        &found.unwrap().1
    }

    fn member(&self, of: &str) -> Member {
        self.identity(of).member()
    }

    fn members<const N: usize>(&self, names: [&str; N]) -> BTreeMap<Name, Member> {
        names.map(|text| (name(text), self.member(text))).into()
    }

    fn log<const N: usize>(&self, names: [&str; N]) -> Log {
        let origin = Origin {
            repository: "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0".into(),
            environment: "prod".parse().unwrap(),
            rule: vec![("unencrypted_regex".into(), "^$".into())],
            extends: vec![],
        };
        let alice = self.identity("alice");
        let block = begin(
            &origin,
            &self.members(names),
            NOW,
            &name("alice"),
            alice.signing_key(),
        );
        read(&block).unwrap()
    }

    fn follow(&self, log: &Log, by: &str, change: Change) -> Log {
        let key = self.identity(by).signing_key();
        read(&follow(log, &change, NOW, &name(by), key)).unwrap()
    }

    fn join(&self, ours: &Log, theirs: &Log, by: &str) -> Result<Log, LogError> {
        let joining = Joining::of(ours, theirs).unwrap();
        let key = self.identity(by).signing_key();
        let joined = read(&join(ours, theirs, &joining.change, NOW, &name(by), key))?;
        let is: BTreeMap<Name, Member> = joined
            .policy()
            .members()
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect();
        assert_eq!(is, joining.members, "what was foretold is what is");
        Ok(joined)
    }

    fn add(&self, names: &[&str]) -> Change {
        let add = names.iter().map(|text| (name(text), self.member(text)));
        Change {
            add: add.collect(),
            ..Change::default()
        }
    }
}

fn remove(names: &[&str]) -> Change {
    Change {
        remove: names.iter().map(|text| name(text)).collect(),
        ..Change::default()
    }
}

fn names(log: &Log) -> Vec<String> {
    let members = log.policy().members();
    members.map(|(name, _)| name.to_string()).collect()
}

#[test]
fn whom_either_branch_added_is_in_and_whom_either_removed_is_out() {
    let team = Team::new();
    let base = team.log(["alice", "bob", "carol"]);
    let ours = team.follow(&base, "alice", team.add(&["dave"]));
    let ours = team.follow(&ours, "alice", remove(&["bob"]));
    let theirs = team.follow(&base, "carol", team.add(&["erin"]));
    let joined = team.join(&ours, &theirs, "alice").unwrap();
    assert_eq!(names(&joined), ["alice", "carol", "dave", "erin"]);
    let other = team.join(&theirs, &ours, "carol").unwrap();
    assert_eq!(names(&other), ["alice", "carol", "dave", "erin"]);
    assert_eq!(joined.relation_to(&ours), Relation::Newer);
    assert_eq!(joined.relation_to(&theirs), Relation::Newer);
    assert_eq!(theirs.relation_to(&joined), Relation::Older);
    assert_eq!(joined.relation_to(&other), Relation::Diverged);
}

#[test]
fn somebody_added_on_one_branch_and_removed_on_the_other_is_out() {
    let team = Team::new();
    let base = team.log(["alice", "bob", "carol"]);
    let ours = team.follow(&base, "alice", remove(&["bob"]));
    let theirs = team.follow(&base, "carol", remove(&["bob"]));
    let theirs = team.follow(&theirs, "carol", team.add(&["bob"]));
    assert_eq!(
        names(&team.join(&ours, &theirs, "alice").unwrap()),
        ["alice", "carol"]
    );
    assert_eq!(
        names(&team.join(&theirs, &ours, "carol").unwrap()),
        ["alice", "carol"]
    );
}

#[test]
fn only_a_writer_of_both_branches_joins_them() {
    let team = Team::new();
    let base = team.log(["alice", "bob", "carol"]);
    let ours = team.follow(&base, "alice", remove(&["carol"]));
    let theirs = team.follow(&base, "carol", team.add(&["dave"]));
    let error = team.join(&ours, &theirs, "carol").unwrap_err();
    assert_eq!(error.fault, LogFault::NotAWriter(name("carol")));
    assert!(team.join(&ours, &theirs, "bob").is_ok());
}

#[test]
fn a_key_that_one_branch_replaced_is_that_branch_s_and_one_that_both_did_is_told() {
    let team = Team::new();
    let base = team.log(["alice", "bob", "carol"]);
    let key = |member: Member| Change {
        replace: BTreeMap::from([(name("bob"), member)]),
        ..Change::default()
    };
    let (new, other) = (team.member("dave"), team.member("erin"));
    let ours = team.follow(&base, "alice", team.add(&["frank"]));
    let theirs = team.follow(&base, "carol", key(new.clone()));
    let joined = team.join(&ours, &theirs, "alice").unwrap();
    assert_eq!(joined.policy().member(&name("bob")), Some(&new));
    let both = team.follow(&base, "alice", key(other.clone()));
    let joining = Joining::of(&both, &theirs).unwrap();
    assert_eq!(joining.disputed, BTreeSet::from([name("bob")]));
    assert_eq!(joining.members[&name("bob")], other);
    assert!(joining.change.is_empty());
    // A right that one branch took is not given back.
    let less = team.follow(&base, "carol", key(team.member("bob").reading_only()));
    let joined = team.join(&both, &less, "alice").unwrap();
    assert_eq!(
        joined.policy().member(&name("bob")),
        Some(&other.reading_only())
    );
}

#[test]
fn one_key_under_two_names_stays_with_the_first_branch() {
    let team = Team::new();
    let base = team.log(["alice", "bob", "carol"]);
    let ours = team.follow(&base, "alice", team.add(&["dave"]));
    let robert = Change {
        add: BTreeMap::from([(name("david"), team.member("dave"))]),
        ..Change::default()
    };
    let theirs = team.follow(&base, "carol", robert);
    let joining = Joining::of(&ours, &theirs).unwrap();
    assert_eq!(joining.disputed, BTreeSet::from([name("david")]));
    assert_eq!(
        names(&team.join(&ours, &theirs, "alice").unwrap()),
        ["alice", "bob", "carol", "dave"]
    );
}

#[test]
fn layers_and_names_that_one_branch_changed_are_kept() {
    let team = Team::new();
    let base = team.log(["alice", "bob"]);
    let ours = team.follow(&base, "alice", team.add(&["carol"]));
    let change = Change {
        environment: Some("live".parse().unwrap()),
        extends: Some(vec!["common".parse().unwrap()]),
        ..Change::default()
    };
    let theirs = team.follow(&base, "bob", change);
    let joined = team.join(&ours, &theirs, "alice").unwrap();
    assert_eq!(joined.policy().environment().as_str(), "live");
    assert_eq!(joined.policy().extends().len(), 1);
    let joined = team.join(&theirs, &ours, "alice").unwrap();
    assert_eq!(joined.policy().environment().as_str(), "live");
}

#[test]
fn only_branches_of_one_log_are_joined() {
    let team = Team::new();
    let (one, other) = (team.log(["alice"]), team.log(["alice", "bob"]));
    assert_eq!(one.relation_to(&other), Relation::Apart);
    assert_eq!(Joining::of(&one, &other), None);
    let newer = team.follow(&other, "bob", team.add(&["dave"]));
    assert_eq!(newer.relation_to(&other), Relation::Newer);
    assert_eq!(Joining::of(&newer, &other), None);
    assert_eq!(newer.relation_to(&newer), Relation::Same);
}

/// The text of a log of so many entries, all but the first by alice, who lets dave in and takes him out.
fn long(team: &Team, entries: usize) -> String {
    let mut log = team.log(["alice", "bob"]);
    let mut text = String::new();
    while log.entries().len() < entries {
        let change = match log.policy().member(&name("dave")) {
            None => team.add(&["dave"]),
            Some(_) => remove(&["dave"]),
        };
        let key = team.identity("alice").signing_key();
        let block = follow(&log, &change, NOW, &name("alice"), key);
        text.clear();
        block.push_block(&mut text, 0, "\n");
        log = read(&block).unwrap();
    }
    text
}

#[test]
fn the_first_entry_that_is_not_what_was_signed_is_told_however_long_the_log_is() {
    let team = Team::new();
    for entries in [3, 8, 9] {
        let text = long(&team, entries);
        let verify = |text: &str| {
            let document = Document::parse(text).unwrap();
            Block::read(&document, document.root().unwrap().index())
        };
        let log = verify(&text).unwrap();
        assert_eq!(log.log().entries().len(), entries);
        let changed = |entry: usize, what: &str, to: &str| {
            let (at, _) = text.match_indices(what).nth(entry).unwrap();
            format!("{}{to}{}", &text[..at], &text[at + what.len()..])
        };
        let mismatch = LogFault::Signature(crate::keys::SignatureError::Mismatch);
        let later = "2026-11-24T12:00:01Z";
        for entry in 0..entries {
            // The one behind it does not follow it any more.
            let error = verify(&changed(entry, NOW, later)).err().unwrap();
            assert_eq!(error.fault, mismatch, "{entry}");
            let before = text[..text.match_indices(NOW).nth(entry).unwrap().0]
                .lines()
                .count();
            assert!(error.place.unwrap().line <= before, "{entry}");
            let other = verify(&changed(entry, "by: alice", "by: bob"))
                .err()
                .unwrap();
            assert_eq!(
                other.fault,
                LogFault::Signature(crate::keys::SignatureError::OtherKey)
            );
        }
        let two = changed(entries - 1, "by: alice", "by: erin").replacen(NOW, later, 1);
        assert_eq!(verify(&two).err().unwrap().fault, mismatch);
        let erin = changed(entries - 1, "by: alice", "by: erin");
        let fault = verify(&erin).err().unwrap().fault;
        assert_eq!(fault, LogFault::NotAWriter(name("erin")));
    }
}

/// A change that somebody could make to a log, other than to alice.
fn any_change(team: &Team, log: &Log, rng: &mut StdRng) -> Option<Change> {
    let policy = log.policy();
    let others = team.people.iter().skip(1);
    let (name, identity) = others.choose(rng)?;
    let mut change = Change::default();
    match (policy.member(name), rng.gen_range(0..3)) {
        (None, _) => drop(change.add.insert(name.clone(), identity.member())),
        (Some(_), 0) => drop(change.remove.insert(name.clone())),
        (Some(known), 1) if known.writes_with().is_some() => {
            drop(change.replace.insert(name.clone(), known.reading_only()))
        }
        (Some(_), _) => {
            let other = Identity::generate().member();
            drop(change.replace.insert(name.clone(), other))
        }
    }
    Some(change)
}

fn grown(team: &Team, log: &Log, rng: &mut StdRng) -> Log {
    let mut log = log.clone();
    for _ in 0..rng.gen_range(1..4) {
        if let Some(change) = any_change(team, &log, rng) {
            log = team.follow(&log, "alice", change);
        }
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn any_two_branches_of_a_log_join_to_one_that_verifies(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let team = Team::new();
        let mut base = team.log(["alice", "bob", "carol"]);
        for _ in 0..2 {
            let (ours, theirs) = (grown(&team, &base, &mut rng), grown(&team, &base, &mut rng));
            // The same change at the same time is the same entry.
            if ours.relation_to(&theirs) != Relation::Diverged {
                continue;
            }
            let joined = team.join(&ours, &theirs, "alice").unwrap();
            for (name, member) in joined.policy().members() {
                let known = |log: &Log| log.policy().member(name).is_some_and(|known| known.has_keys_of(member));
                prop_assert!(known(&ours) || known(&theirs), "nobody new");
                let writes = |log: &Log| log.policy().member(name).is_none_or(|known| known.writes_with().is_some());
                prop_assert!(member.writes_with().is_none() || writes(&ours) || writes(&theirs), "no new right");
            }
            for (branch, other) in [(&ours, &theirs), (&theirs, &ours)] {
                // What both did with one entry is where they diverged, and either may have undone it.
                let removed = branch.beyond(other).into_iter().flat_map(Entry::removed);
                for name in removed.filter(|name| branch.policy().member(name).is_none()) {
                    prop_assert_eq!(joined.policy().member(name), None, "a removal on either branch is out");
                }
            }
            base = joined;
        }
    }
}
