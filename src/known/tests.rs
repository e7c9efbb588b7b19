use std::collections::BTreeMap;

use super::*;
use crate::{
    keys::{
        Identity,
        samples::{ALICE_SECRET, BOB_SECRET},
    },
    members::{Change, Origin},
    sealed::{Opened, Sealed, Signer},
};

const NOW: &str = "2026-11-24T12:00:00Z";
const REPOSITORY: &str = "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0";

fn alice() -> Identity {
    Identity::parse(ALICE_SECRET).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn environment(text: &str) -> EnvName {
    text.parse().unwrap()
}

fn bob() -> Identity {
    Identity::parse(BOB_SECRET).unwrap()
}

/// A file that begins with alice alone.
fn begin() -> Opened {
    let origin = Origin {
        repository: REPOSITORY.to_owned(),
        environment: environment("prod"),
        rule: vec![("unencrypted_regex".to_owned(), "^$".to_owned())],
        extends: Vec::new(),
    };
    Opened::create(origin, everybody(&["alice"]), NOW).unwrap()
}

fn everybody(names: &[&str]) -> BTreeMap<Name, Member> {
    let bob: Identity = Identity::parse(BOB_SECRET).unwrap();
    let all = [("alice", alice().member()), ("bob", bob.member())];
    let wanted = all.into_iter().filter(|(name, _)| names.contains(name));
    wanted.map(|(who, member)| (name(who), member)).collect()
}

fn sealed(opened: Opened) -> Sealed {
    let (identities, members) = ([alice()], everybody(&["alice"]));
    let signer = Signer::among(&identities, members.iter()).unwrap();
    opened.seal(Some(&signer), NOW).unwrap()
}

/// The file after one more entry of the log.
fn after(sealed: &Sealed, change: Change) -> Sealed {
    after_by(&alice(), sealed, change)
}

/// The same by one of its writers.
fn after_by(writer: &Identity, sealed: &Sealed, change: Change) -> Sealed {
    let opened = changed_by(writer, sealed, change);
    let members = everybody(&["alice", "bob"]);
    let signer = Signer::among(std::slice::from_ref(writer), members.iter()).unwrap();
    opened.seal(Some(&signer), NOW).unwrap()
}

/// The file with one more entry of the log, not sealed yet.
fn changed_by(writer: &Identity, sealed: &Sealed, change: Change) -> Opened {
    let name = log(sealed).policy().environment().clone();
    let expected = crate::sealed::Expected {
        repository: REPOSITORY,
        environment: &name,
        signed: true,
    };
    let verified = Sealed::parse(sealed.text().as_bytes())
        .unwrap()
        .verify(&expected)
        .unwrap();
    let key = verified.data_key(std::slice::from_ref(writer)).unwrap();
    let mut opened = verified.open(key.unwrap()).unwrap();
    opened.amend(change).unwrap();
    opened
}

fn log(sealed: &Sealed) -> &Log {
    sealed.block().unwrap().log()
}

fn with_bob() -> Change {
    Change {
        add: everybody(&["bob"]),
        ..Change::default()
    }
}

fn without_bob() -> Change {
    Change {
        remove: [name("bob")].into(),
        ..Change::default()
    }
}

fn known(sealed: &Sealed) -> Known {
    let mut known = Known::default();
    assert!(known.accept(&environment("prod"), Some(log(sealed))));
    // What is kept is what was known.
    assert_eq!(Known::parse(&known.to_text()), Ok(known.clone()));
    known
}

fn judged(known: &Known, sealed: &Sealed) -> Verdict {
    known.judge(log(sealed).policy().environment(), Some(log(sealed)))
}

fn older(left: &[&str]) -> Verdict {
    Verdict::Older {
        left: left.iter().map(|text| name(text)).collect(),
        changed: vec![],
        silenced: left.iter().map(|text| name(text)).collect(),
    }
}

#[test]
fn nothing_known_is_a_first_use() {
    let file = sealed(begin());
    assert_eq!(judged(&Known::default(), &file), Verdict::First);
    assert_eq!(
        Known::default().judge(&environment("prod"), None),
        Verdict::First
    );
}

#[test]
fn a_policy_that_follows_is_newer_and_one_that_came_before_is_older() {
    let first = sealed(begin());
    let second = after(&first, with_bob());
    let third = after(&second, without_bob());
    assert_eq!(judged(&known(&first), &first), Verdict::Same);
    assert_eq!(judged(&known(&first), &third), Verdict::Newer(vec![1, 2]));
    assert_eq!(judged(&known(&second), &first), older(&[]));
    assert_eq!(judged(&known(&third), &second), older(&["bob"]));
}

#[test]
fn a_log_that_goes_another_way_is_a_fork() {
    let first = sealed(begin());
    let (one, other) = (after(&first, with_bob()), after(&first, with_bob()));
    // The signatures are the same, the time is, too: another change makes another entry.
    let other = after(&other, without_bob());
    assert_eq!(judged(&known(&one), &other), Verdict::Newer(vec![2]));
    let extends = Change {
        extends: Some(vec![environment("common")]),
        ..Change::default()
    };
    let fork = after(&first, extends);
    assert_eq!(judged(&known(&one), &fork), Verdict::Break(Break::Fork));
    assert_eq!(judged(&known(&fork), &one), Verdict::Break(Break::Fork));
}

#[test]
fn whoever_names_an_entry_knows_of_those_before_it() {
    let first = sealed(begin());
    let second = after(&first, with_bob());
    let third = after(&second, without_bob());
    let pin = log(&second).policy().digest();
    let pins: Pins = format!("{REPOSITORY}/prod/{pin}").parse().unwrap();
    for (at, is_known) in [true, true, false].into_iter().enumerate() {
        let entry = log(&third).entries()[at].digest();
        assert_eq!(
            pins.know_of(REPOSITORY, log(&third), entry),
            is_known,
            "{at}"
        );
        assert!(!pins.know_of("another", log(&third), entry), "{at}");
    }
}

#[test]
fn a_signature_that_is_gone_is_a_break_and_a_first_one_is_none() {
    let file = sealed(begin());
    let prod = environment("prod");
    assert_eq!(
        known(&file).judge(&prod, None),
        Verdict::Break(Break::Unsigned)
    );
    let mut unsigned = Known::default();
    assert!(unsigned.accept(&prod, None));
    assert!(!unsigned.accept(&prod, None));
    assert_eq!(unsigned.judge(&prod, None), Verdict::Same);
    assert_eq!(judged(&unsigned, &file), Verdict::First);
    assert_eq!(Known::parse(&unsigned.to_text()), Ok(unsigned));
}

#[test]
fn an_environment_with_another_name_is_known_by_its_log() {
    let first = sealed(begin());
    let renamed = Change {
        environment: Some(environment("live")),
        ..Change::default()
    };
    let second = after(&first, renamed);
    let mut known = known(&first);
    assert_eq!(judged(&known, &second), Verdict::Newer(vec![1]));
    known.accept(&environment("live"), Some(log(&second)));
    assert_eq!(known.state(&environment("prod")), None);
    assert_eq!(judged(&known, &first), older(&[]));
}

#[test]
fn pins_accept_what_they_name_and_what_follows() {
    let first = sealed(begin());
    let second = after(&first, with_bob());
    let pin = |sealed: &Sealed, repository: &str, name: &str| {
        let digest = log(sealed).policy().digest();
        let pins: Pins = format!("{repository}/{name}/{digest}").parse().unwrap();
        pins
    };
    let judge = |pins: &Pins, sealed: &Sealed| {
        pins.judge(REPOSITORY, &environment("prod"), Some(log(sealed)))
    };
    let fork = Verdict::Break(Break::Fork);
    assert_eq!(
        judge(&pin(&first, REPOSITORY, "prod"), &first),
        Verdict::Same
    );
    assert_eq!(
        judge(&pin(&first, REPOSITORY, "prod"), &second),
        Verdict::Same
    );
    assert_eq!(judge(&pin(&second, REPOSITORY, "prod"), &first), fork);
    assert_eq!(judge(&pin(&first, &"0".repeat(32), "prod"), &first), fork);
    // The old name of an environment that was renamed.
    assert_eq!(
        judge(&pin(&first, REPOSITORY, "live"), &second),
        Verdict::Same
    );
    assert_eq!(
        pin(&first, REPOSITORY, "prod").judge(REPOSITORY, &environment("prod"), None),
        Verdict::Break(Break::Unsigned)
    );
}

#[test]
fn a_damaged_memory_is_an_error() {
    for text in [
        "",
        "{}",
        "{\"version\":1}",
        "{\"version\":1,\"environments\":{\"prod\":{\"signed\":true}}}",
        "{\"version\":1,\"environments\":{\"../x\":{\"signed\":false}}}",
        "{\"version\":1,\"environments\":{\"prod\":{\"signed\":false,\"log\":[\"x\"]}}}",
    ] {
        assert_eq!(Known::parse(text), Err(MemoryError::Damaged), "{text}");
    }
    assert_eq!(
        Known::parse("{\"version\":2,\"anything\":[]}"),
        Err(MemoryError::Version)
    );
}

#[test]
fn work_on_an_old_branch_makes_nobody_forget_who_has_left() {
    let first = sealed(begin());
    let second = after(&first, with_bob());
    let third = after(&second, without_bob());
    let mut known = known(&third);
    let prod = environment("prod");
    // What is written there is older still.
    assert!(!known.accept(&prod, Some(log(&first))));
    assert_eq!(judged(&known, &second), older(&["bob"]));
    assert_eq!(judged(&known, &third), Verdict::Same);
    // Who says so in so many words may go back; who comes to the newer version again learns it again.
    assert!(known.trust(&prod, Some(log(&second))));
    assert_eq!(judged(&known, &second), Verdict::Same);
    assert_eq!(judged(&known, &third), Verdict::Newer(vec![]));
    assert!(known.accept(&prod, Some(log(&third))));
    assert_eq!(judged(&known, &second), older(&["bob"]));
}

#[test]
fn a_removal_that_is_pending_is_expected_until_an_entry_carries_it_out_also_under_another_name() {
    let first = sealed(begin());
    let second = after(&first, with_bob());
    let (prod, bob) = (environment("prod"), &everybody(&["bob"])[&name("bob")]);
    let mut known = known(&second);
    assert!(known.expect_removal(&prod, &name("bob"), bob));
    assert!(!known.expect_removal(&prod, &name("bob"), bob));
    assert_eq!(Known::parse(&known.to_text()), Ok(known.clone()));
    let renamed = after(
        &second,
        Change {
            environment: Some(environment("live")),
            ..Change::default()
        },
    );
    known.accept(&environment("live"), Some(log(&renamed)));
    assert!(known.expects_removal(log(&renamed), bob));
    let mut trusted = known.clone();
    assert!(trusted.trust(&environment("live"), Some(log(&renamed))));
    assert!(!trusted.expects_removal(log(&renamed), bob));
    // Whoever is let in again after that is.
    let back = after(&after(&renamed, without_bob()), with_bob());
    known.accept(&environment("live"), Some(log(&back)));
    assert!(!known.expects_removal(log(&back), bob));
}

#[test]
fn branches_of_a_log_that_were_accepted_are_known_both() {
    let first = sealed(begin());
    let one = after(&first, with_bob());
    let extends = Change {
        extends: Some(vec![environment("common")]),
        ..Change::default()
    };
    let other = after(&first, extends);
    let mut known = known(&one);
    let prod = environment("prod");
    assert_eq!(judged(&known, &other), Verdict::Break(Break::Fork));
    known.trust(&prod, Some(log(&other)));
    assert_eq!(Known::parse(&known.to_text()), Ok(known.clone()));
    assert_eq!(judged(&known, &one), older(&[]));
    assert_eq!(judged(&known, &other), Verdict::Same);
    // What goes on from one of them is newer, unless somebody is in it who has left on the last one.
    let gone_on = after(
        &one,
        Change {
            extends: Some(vec![environment("base")]),
            ..Change::default()
        },
    );
    assert_eq!(judged(&known, &gone_on), Verdict::Newer(vec![2]));
    let without = after(&one, without_bob());
    known.trust(&prod, Some(log(&without)));
    known.trust(&prod, Some(log(&other)));
    assert_eq!(judged(&known, &gone_on), Verdict::Break(Break::Fork));
}

fn with_layer(layer: &str) -> Change {
    Change {
        extends: Some(vec![environment(layer)]),
        ..Change::default()
    }
}

/// Whether what comes of these follows, with these members; `next` is put on top of it.
fn leads(known: &Known, files: &[&Sealed], next: &[&Sealed], members: &[&str]) -> bool {
    let logs: Vec<&Log> = files.iter().map(|file| log(file)).collect();
    let next: Vec<Log> = next.iter().map(|file| log(file).clone()).collect();
    let together = Together {
        logs: &logs,
        next: &next,
        members: &everybody(members),
    };
    known.leads_to(&environment("prod"), together)
}

#[test]
fn what_comes_of_two_logs_follows_if_either_does_or_what_is_put_on_top_of_it() {
    let first = sealed(begin());
    let (one, other) = (
        after(&first, with_bob()),
        after(&first, with_layer("common")),
    );
    let both = ["alice", "bob"];
    for files in [[&one, &other], [&other, &one]] {
        assert!(leads(&known(&one), &files, &[], &both));
        assert!(leads(&known(&first), &files, &[], &both));
        // Neither has what is known.
        let aside = after(&first, with_layer("aside"));
        assert!(!leads(&known(&aside), &files, &[], &both));
    }
    assert!(!leads(&known(&one), &[&other], &[], &["alice"]));
    assert!(leads(&known(&one), &[&other], &[&one], &["alice"]));
    assert!(leads(&Known::default(), &[&other], &[], &["alice"]));
}

#[test]
fn nobody_who_has_left_comes_in_by_two_logs_that_do_not_know_of_it_nor_whom_they_let_in() {
    let first = sealed(begin());
    let second = after(&first, with_bob());
    let known = known(&after(&second, without_bob()));
    let fork = after(&second, with_layer("common"));
    for files in [[&second, &fork], [&fork, &second]] {
        assert!(!leads(&known, &files, &[], &["alice", "bob"]));
        assert!(leads(&known, &files, &[], &["alice"]));
    }
    let bob = Identity::parse(BOB_SECRET).unwrap();
    let by_bob = after_by(&bob, &second, with_layer("common"));
    for files in [[&second, &by_bob], [&by_bob, &second]] {
        assert!(!leads(&known, &files, &[], &["alice"]));
    }
}

/// The log of another environment that bob has begun with these.
fn begun_by_bob(members: &[&str]) -> Sealed {
    let origin = Origin {
        repository: REPOSITORY.to_owned(),
        environment: environment("lab"),
        rule: vec![("unencrypted_regex".to_owned(), "^$".to_owned())],
        extends: Vec::new(),
    };
    let members = everybody(members);
    let identities = [Identity::parse(BOB_SECRET).unwrap()];
    let opened = Opened::create(origin, members.clone(), NOW).unwrap();
    let signer = Signer::among(&identities, members.iter()).unwrap();
    opened.seal(Some(&signer), NOW).unwrap()
}

#[test]
fn who_is_known_vouches_for_what_they_have_signed_and_nobody_for_whom_they_are_listed_with() {
    let (prod, lab) = (sealed(begin()), begun_by_bob(&["alice", "bob"]));
    let alone = known(&prod);
    assert!(!alone.circle(&[]).vouches_for(log(&lab)));
    assert!(alone.circle(&[]).vouches_for(log(&prod)));
    // Bob joins prod: the file there says so before this machine has used it.
    let joined = after(&prod, with_bob());
    let name = environment("prod");
    let here = [(&name, log(&joined))];
    assert!(alone.circle(&here).vouches_for(log(&lab)));
    // And once he has left again, he is nobody.
    let gone = after(&joined, without_bob());
    let mut knows = known(&joined);
    assert!(knows.circle(&[]).vouches_for(log(&lab)));
    knows.accept(&name, Some(log(&gone)));
    assert!(!knows.circle(&[(&name, log(&gone))]).vouches_for(log(&lab)));
    assert!(
        !knows
            .circle(&[(&name, log(&joined))])
            .vouches_for(log(&lab))
    );
}

#[test]
fn what_came_in_apart_vouches_for_nothing_until_somebody_says_that_it_is_right() {
    let (lab, name) = (begun_by_bob(&["bob"]), environment("lab"));
    let mut known = known(&sealed(begin()));
    known.accept(&name, Some(log(&lab)));
    assert!(known.set_apart(&name));
    assert!(!known.set_apart(&name));
    assert_eq!(Known::parse(&known.to_text()), Ok(known.clone()));
    let here = [(&name, log(&lab))];
    assert!(!known.circle(&here).vouches_for(log(&lab)));
    assert!(known.trust(&name, Some(log(&lab))));
    assert!(known.circle(&here).vouches_for(log(&lab)));
}

#[test]
fn an_environment_is_gone_that_no_name_and_no_log_goes_on_with() {
    let prod = sealed(begin());
    let known = known(&prod);
    let live = environment("live");
    let renamed = after(
        &prod,
        Change {
            environment: Some(live.clone()),
            ..Change::default()
        },
    );
    let gone = |name: &str, here: &[Here<'_>]| {
        let named = environment(name);
        known.gone(|other| *other == named, here).count()
    };
    assert_eq!(gone("prod", &[]), 0);
    assert_eq!(gone("live", &[]), 1);
    assert_eq!(gone("live", &[(&live, log(&renamed))]), 0);
    let other = begun_by_bob(&["bob"]);
    assert_eq!(gone("live", &[(&live, log(&other))]), 1);
}

#[test]
fn where_history_was_looked_at_is_remembered_for_each_policy_alone() {
    let first = sealed(begin());
    let second = after(&first, with_bob());
    let policy = |sealed: &Sealed| *log(sealed).policy().digest();
    let (prod, dev) = (environment("prod"), environment("dev"));
    let (here, there) = ("0".repeat(40), "a1".repeat(32));
    let mut known = known(&first);
    assert_eq!(known.looked(&prod, &policy(&first)), None);
    // Of what nobody knows there is nothing to remember.
    assert!(!known.look(&dev, &policy(&first), &here));
    assert!(known.look(&prod, &policy(&first), &here));
    assert!(!known.look(&prod, &policy(&first), &here));
    assert!(known.accept(&prod, Some(log(&second))));
    assert_eq!(known.looked(&prod, &policy(&second)), None);
    assert!(known.look(&prod, &policy(&second), &there));
    assert_eq!(known.looked(&prod, &policy(&first)), Some(&*here));
    assert_eq!(known.looked(&prod, &policy(&second)), Some(&*there));
    assert_eq!(known.looked(&dev, &policy(&first)), None);
    assert_eq!(Known::parse(&known.to_text()), Ok(known.clone()));
    for other in [&here[1..], &"g".repeat(40), &"A".repeat(40), "HEAD", ""] {
        let text = known.to_text().replace(&here, other);
        assert_eq!(Known::parse(&text), Err(MemoryError::Damaged), "{other}");
    }
}

#[test]
fn a_memory_from_before_anybody_looked_at_history_is_read() {
    let first = sealed(begin());
    let known = known(&first);
    let text = known.to_text();
    assert!(!text.contains("looked"));
    assert_eq!(Known::parse(&text), Ok(known));
}

#[test]
fn who_has_left_brings_nobody_in_on_another_branch_that_is_known() {
    let first = sealed(begin());
    let second = after(&first, with_bob());
    let (branch, removal) = (
        after(&second, with_layer("common")),
        after(&second, without_bob()),
    );
    let mut known = known(&branch);
    known.trust(&environment("prod"), Some(log(&removal)));
    // On the branch bob lets in a second key of his, and takes himself out with the first one.
    let (bob, carol) = (bob(), Identity::generate());
    let accomplice = BTreeMap::from([(name("carol"), carol.member())]);
    let swap = Change {
        add: accomplice.clone(),
        ..without_bob()
    };
    let members = everybody(&["bob"]);
    let by_bob = Signer::among(std::slice::from_ref(&bob), members.iter());
    let by_carol = Signer::among(std::slice::from_ref(&carol), accomplice.iter());
    let swapped = changed_by(&bob, &branch, swap);
    let forged = swapped.seal_with(by_bob.as_ref(), by_carol.as_ref(), NOW);
    let forged = forged.unwrap();
    assert_eq!(judged(&known, &forged), Verdict::Break(Break::Fork));
    // What alice does there is newer: nobody is in it who has left.
    let gone_on = after(&branch, without_bob());
    assert_eq!(judged(&known, &gone_on), Verdict::Newer(vec![3]));
}

#[test]
fn the_default_of_the_first_use_is_remembered_until_it_is_used() {
    let (dev, stage) = (environment("dev"), environment("stage"));
    let mut known = Known::default();
    assert!(known.is_empty());
    known.accept(&environment("prod"), Some(log(&sealed(begin()))));
    assert!(!known.began_with(&dev));
    known.begin_with(Some(&dev));
    assert!(known.began_with(&dev) && !known.began_with(&stage));
    assert_eq!(Known::parse(&known.to_text()), Ok(known.clone()));
    let mut forgets = known.clone();
    assert!(forgets.forget(&dev) && !forgets.began_with(&dev));
    assert!(known.accept(&dev, None) && !known.began_with(&dev));
    known.begin_with(Some(&dev));
    assert!(!known.began_with(&dev));
}
