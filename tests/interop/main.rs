//! What vault writes, given to real sops, and the reverse: the same values, types, order and comments, hundreds of made-up documents at a time.
//!
//! `VAULT_TEST_CASES` asks for more of them than a normal run takes, `VAULT_TEST_SEED` for others.

#[path = "../documents/mod.rs"]
mod documents;
#[path = "../peers/mod.rs"]
mod peers;

mod compare;
mod peer;
mod spellings;

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use compare::{
    Lost, assert_same_tree, is_json, is_readable, is_yaml_for_sops, lost_comments, same_as_json,
};
use documents::{
    RICH, Sample, Taste,
    changes::{any_change, apply},
    editing::any_edit,
    sample,
};
use peer::{Peer, Recipients, open, seal, sealed_by};
use rand::{SeedableRng, rngs::StdRng};
use vault::{
    secret::ExposeSecret,
    sops::{Comment, OpenFile, Reason},
    value::{Form, Kind, Map, Node, Scalar},
    yaml::Document,
};

/// The seeds of a run: `default` of them, or `VAULT_TEST_CASES` from `VAULT_TEST_SEED` on.
#[allow(
    clippy::disallowed_methods,
    reason = "a test harness stands outside of the program"
)]
fn seeds(default: u64) -> Range<u64> {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse().expect("a number"))
    };
    let first = number("VAULT_TEST_SEED").unwrap_or(0);
    first..first + number("VAULT_TEST_CASES").unwrap_or(default)
}

/// A few documents have layouts that sops cannot read; the others must have been compared.
fn assert_most(opened: usize, default: u64) {
    let all = seeds(default).count();
    assert!(all < 50 || opened * 10 >= all * 9, "{opened} of {all}");
}

/// Runs `test` for every seed, on two threads: sops takes most of the time.
fn for_each_seed(seeds: Range<u64>, test: impl Fn(u64) + Sync) {
    let (middle, test) = (seeds.start + (seeds.end - seeds.start) / 2, &test);
    thread::scope(|scope| {
        scope.spawn(move || (seeds.start..middle).for_each(test));
        (middle..seeds.end).for_each(test);
    });
}

/// The sealed text of a document, unless sops could not read its layout.
fn sealed(sample: &Sample, recipients: Recipients) -> Option<String> {
    match sealed_by(&sample.text, recipients) {
        Ok(text) => Some(text),
        Err(error) if error.reason == Reason::Unreadable => None,
        Err(error) => panic!("{error}\n{}", sample.text),
    }
}

/// Whom a file is for, and who opens it with sops.
fn recipients_of(seed: u64) -> Recipients {
    match seed % 4 {
        0 | 1 => Recipients::Alice,
        2 => Recipients::BobAndSshReadBySsh,
        _ => Recipients::BobAndSshReadByBob,
    }
}

/// Gives a sealed text to sops and compares everything that it says.
fn check(peer: &Peer, seed: u64, text: &str, expected: &Expected<'_>) -> Lost {
    let recipients = expected.recipients;
    let file = peer.file(&format!("{seed}.yaml"), text);
    let mut lost = Lost::default();
    let mut is_compared = false;
    if is_yaml_for_sops(expected.tree) {
        let yaml = peer.decrypted(&file, "yaml", recipients);
        assert!(!yaml.contains("ENC["), "{seed}: {text}\n{yaml}");
        if is_readable(&yaml) {
            assert_same_tree(seed, expected.tree, &yaml);
            lost = lost_comments(seed, peer, &file, expected, &yaml);
            is_compared = true;
        }
    }
    // JSON has no order and no comments, but cannot be misread; half of the time is enough.
    if is_json(expected.tree) && (seed.is_multiple_of(2) || !is_compared) {
        let json = peer.decrypted(&file, "json", recipients);
        same_as_json(seed, expected.tree, &json);
    }
    lost
}

/// What a file should say.
struct Expected<'e> {
    tree: &'e Map,
    comments: &'e [String],
    plain: &'e str,
    recipients: Recipients,
}

impl<'e> Expected<'e> {
    fn of(sample: &'e Sample, recipients: Recipients) -> Self {
        Expected {
            tree: &sample.tree,
            comments: &sample.comments,
            plain: &sample.text,
            recipients,
        }
    }
}

#[test]
fn sops_opens_what_vault_seals_to_the_same_values_and_comments() {
    let Some(peer) = Peer::new(peers::sops()) else {
        return;
    };
    let [opened, comments, lost, unexcused] = [const { AtomicUsize::new(0) }; 4];
    for_each_seed(seeds(540), |seed| {
        let sample = sample(seed, RICH);
        let recipients = recipients_of(seed);
        if let Some(text) = sealed(&sample, recipients) {
            let count = check(&peer, seed, &text, &Expected::of(&sample, recipients));
            lost.fetch_add(count.all, Ordering::Relaxed);
            unexcused.fetch_add(count.unexcused, Ordering::Relaxed);
            comments.fetch_add(sample.comments.len(), Ordering::Relaxed);
            opened.fetch_add(1, Ordering::Relaxed);
        }
    });
    let [opened, comments, lost, unexcused] =
        [opened, comments, lost, unexcused].map(AtomicUsize::into_inner);
    peers::note(&format!(
        "sops opened {opened} documents and lost {lost} of {comments} comments, {unexcused} of them only where vault wrote them"
    ));
    assert_most(opened, 540);
    assert!(comments < 1000 || lost * 40 <= comments, "{lost}");
    // None in a normal run; of very many a few.
    assert!(unexcused <= comments / 5000, "{unexcused}");
}

#[test]
fn an_old_sops_opens_what_vault_seals_for_age_keys_alone() {
    let Some(peer) = Peer::new(peers::old_sops()) else {
        return;
    };
    let taste = Taste {
        times: false,
        ..RICH
    };
    let opened = AtomicUsize::new(0);
    for_each_seed(seeds(60), |seed| {
        let sample = sample(seed, taste);
        if let Some(text) = sealed(&sample, Recipients::Alice) {
            check(
                &peer,
                seed,
                &text,
                &Expected::of(&sample, Recipients::Alice),
            );
            opened.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_most(opened.into_inner(), 60);
}

/// Gives what was changed and sealed to sops, and compares it with what vault holds.
fn check_open(peer: &Peer, seed: u64, open: &OpenFile) {
    let contents = open.file().open(open.key());
    let contents = contents.expect("it was sealed a moment ago");
    let text = |comment: &Comment| comment.text.expose_secret().trim_end().to_owned();
    let comments: Vec<String> = contents.comments.iter().map(text).collect();
    let plain = open.to_plain().expect("it was sealed a moment ago");
    let expected = Expected {
        tree: open.tree(),
        comments: &comments,
        plain: plain.expose_secret(),
        recipients: Recipients::Alice,
    };
    check(peer, seed, &open.file().document().to_text(), &expected);
}

#[test]
fn sops_opens_a_file_after_any_changes() {
    let Some(peer) = Peer::new(peers::sops()) else {
        return;
    };
    for_each_seed(seeds(60), |seed| {
        let sample = sample(seed, RICH);
        let Some(text) = sealed(&sample, Recipients::Alice) else {
            return;
        };
        let mut open = open(&text, Form::Canonical, Recipients::Alice);
        let mut rng = StdRng::seed_from_u64(seed);
        for _ in 0..4 {
            // A key that vault does not write is left out.
            let change = any_change(open.tree(), &mut rng);
            let _ = apply(&mut open, &change);
        }
        seal(&mut open).unwrap_or_else(|error| panic!("{seed}: {error}"));
        check_open(&peer, seed, &open);
    });
}

#[test]
fn sops_opens_a_file_after_a_person_edited_its_text() {
    let Some(peer) = Peer::new(peers::sops()) else {
        return;
    };
    let edited = AtomicUsize::new(0);
    for_each_seed(seeds(60), |seed| {
        let sample = sample(seed, RICH);
        let Some(text) = sealed(&sample, Recipients::Alice) else {
            return;
        };
        let mut open = open(&text, Form::Canonical, Recipients::Alice);
        let mut rng = StdRng::seed_from_u64(seed);
        for _ in 0..3 {
            let plain = open.to_plain().expect("it is open");
            let text = any_edit(plain.expose_secret(), &mut rng);
            let document = Document::parse(&text).expect("an edit that vault reads");
            // A text that is refused has changed nothing.
            if open.revise(&document) == Ok(true) {
                edited.fetch_add(1, Ordering::Relaxed);
            }
        }
        seal(&mut open).unwrap_or_else(|error| panic!("{seed}: {error}"));
        check_open(&peer, seed, &open);
    });
    let (edited, all) = (edited.into_inner(), 3 * seeds(60).count());
    assert!(all < 150 || edited * 10 >= all * 8, "{edited} of {all}");
}

#[test]
fn sops_opens_its_own_file_after_a_person_edited_its_text() {
    let Some(peer) = Peer::new(peers::sops()) else {
        return;
    };
    let taste = Taste {
        empty_comments: false,
        ..RICH
    };
    let edited = AtomicUsize::new(0);
    for_each_seed(seeds(60), |seed| {
        let sample = sample(seed, taste);
        let by_sops = peer.encrypted(&format!("{seed}.yaml"), &sample.text);
        let Some(text) = by_sops else { return };
        let mut open = open(&text, Form::Lenient, Recipients::Alice);
        let plain = open.to_plain().expect("it is open");
        let same = Document::parse(plain.expose_secret()).expect("vault wrote it");
        assert_eq!(open.revise(&same), Ok(false), "{seed}");
        let text = any_edit(plain.expose_secret(), &mut StdRng::seed_from_u64(seed));
        let document = Document::parse(&text).expect("an edit that vault reads");
        match open.revise(&document) {
            Ok(true) => edited.fetch_add(1, Ordering::Relaxed),
            _ => return,
        };
        seal(&mut open).unwrap_or_else(|error| panic!("{seed}: {error}\n{text}"));
        assert_eq!(open.tree(), &tree_of(&text), "{seed}");
        check_open(&peer, seed, &open);
    });
    let (edited, all) = (edited.into_inner(), seeds(60).count());
    assert!(all < 50 || edited * 10 >= all * 7, "{edited} of {all}");
}

#[test]
fn vault_opens_what_sops_encrypts_and_refuses_the_layouts_that_sops_cannot_read() {
    let Some(peer) = Peer::new(peers::sops()) else {
        return;
    };
    let opened = AtomicUsize::new(0);
    let taste = Taste {
        empty_comments: false,
        ..RICH
    };
    for_each_seed(seeds(110), |seed| {
        let sample = sample(seed, taste);
        let by_sops = peer.encrypted(&format!("{seed}.yaml"), &sample.text);
        let by_vault = sealed(&sample, Recipients::Alice);
        assert_eq!(
            by_sops.is_some(),
            by_vault.is_some(),
            "{seed}\n{}",
            sample.text
        );
        let Some(text) = by_sops else { return };
        let mut open = open(&text, Form::Lenient, Recipients::Alice);
        // sops keeps a float without a fraction as such, and vault shows it so.
        assert_eq!(open.tree(), &sample.tree, "{seed}\n{}", sample.text);
        let plain = open
            .to_plain()
            .unwrap_or_else(|error| panic!("{seed}: {error}"));
        assert_eq!(tree_of(plain.expose_secret()), sample.tree, "{seed}");
        if seed.is_multiple_of(3) {
            // The first write of vault puts everything in its own order.
            seal(&mut open).unwrap_or_else(|error| panic!("{seed}: {error}\n{text}"));
            let file = peer.file(
                &format!("{seed}-again.yaml"),
                &open.file().document().to_text(),
            );
            if is_yaml_for_sops(&sample.tree) {
                let yaml = peer.decrypted(&file, "yaml", Recipients::Alice);
                assert!(!yaml.contains("ENC["), "{seed}: {yaml}");
                if is_readable(&yaml) {
                    assert_same_tree(seed, &sample.tree, &yaml);
                }
            }
        }
        opened.fetch_add(1, Ordering::Relaxed);
    });
    assert_most(opened.into_inner(), 110);
}

/// Documents that sops has to keep through a rewrite: its editor shows it YAML, in which it loses some texts.
fn plain_enough(seed: u64) -> Sample {
    let taste = Taste {
        odd_floats: false,
        ..RICH
    };
    let is_fine = |sample: &Sample| {
        let tree = Node::Map(sample.tree.clone());
        let leaves = tree.leaves();
        // sops makes an int of a float without a fraction, and a block of what has an indented first line.
        let is_odd = |scalar: &Scalar| {
            scalar.kind() == Kind::Float && scalar.expose().ends_with(".0")
                || scalar.expose().contains('\n')
        };
        sealed(sample, Recipients::Alice).is_some()
            && !leaves.iter().any(|(_, scalar)| is_odd(scalar))
    };
    (seed * 1000..)
        .map(|seed| sample(seed, taste))
        .find(is_fine)
        .expect("one of very many")
}

#[test]
fn what_sops_sets_and_edits_in_a_file_of_vault_opens_again() {
    let Some(peer) = Peer::new(peers::sops()) else {
        return;
    };
    for_each_seed(0..12, |seed| {
        let sample = plain_enough(seed);
        let text = sealed(&sample, Recipients::Alice).expect("plain enough");
        let file = peer.file(&format!("{seed}.yaml"), &text);
        let mut expected = sample.tree.clone();
        expected.insert("set by sops".to_owned(), Node::Scalar(Scalar::str("one")));

        let sops = peer.command(Recipients::Alice);
        peer.change(sops, "set", &file, &[r#"["set by sops"]"#, r#""one""#]);
        let open = open_file(&file);
        assert_eq!(open.tree(), &expected, "{seed}");

        // An editor that changes one line.
        let mut sops = peer.command(Recipients::Alice);
        sops.env("EDITOR", "sed -i s/one$/two/");
        peer.change(sops, "edit", &file, &[]);
        let open = open_file(&file);
        expected.insert("set by sops".to_owned(), Node::Scalar(Scalar::str("two")));
        assert_eq!(open.tree(), &expected, "{seed}");
    });
}

fn open_file(file: &std::path::Path) -> OpenFile {
    let text = std::fs::read_to_string(file).expect("sops wrote it");
    open(&text, Form::Lenient, Recipients::Alice)
}

fn tree_of(plain: &str) -> Map {
    let document = Document::parse(plain).unwrap_or_else(|error| panic!("{error}\n{plain}"));
    match document.root().map(|root| root.to_node()) {
        None => Map::new(),
        Some(Ok(Node::Map(map))) => map,
        Some(other) => panic!("{other:?}"),
    }
}
