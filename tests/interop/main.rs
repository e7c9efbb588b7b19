//! What vault writes, given to real sops, and the reverse: the same values, types, order and comments, hundreds of made-up documents at a time.
//!
//! `VAULT_TEST_CASES` asks for more of them than a normal run takes.

#[path = "../documents/mod.rs"]
mod documents;
#[path = "../peers/mod.rs"]
mod peers;

mod compare;
mod peer;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use compare::{assert_same_tree, is_json, is_yaml_for_sops, lost_comments, same_as_json};
use documents::{RICH, Sample, Taste, sample};
use peer::{Peer, Recipients, open, seal, sealed_by};
use vault::{
    sops::Reason,
    value::{Form, KeyPath, Kind, Node, Scalar},
    yaml::{Document, resolve},
};

/// Documents of a normal run.
#[allow(
    clippy::disallowed_methods,
    reason = "a test harness stands outside of the program"
)]
fn cases(default: u64) -> u64 {
    std::env::var("VAULT_TEST_CASES").map_or(default, |count| count.parse().expect("a number"))
}

/// Runs `test` for every seed, on two threads: sops takes most of the time.
fn for_each_seed(seeds: std::ops::Range<u64>, test: impl Fn(u64) + Sync) {
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

#[test]
fn sops_opens_what_vault_seals_to_the_same_values_and_comments() {
    let Some(peer) = Peer::new(peers::sops()) else {
        return;
    };
    let [opened, comments, lost] = [const { AtomicUsize::new(0) }; 3];
    for_each_seed(0..cases(560), |seed| {
        let sample = sample(seed, RICH);
        let recipients = recipients_of(seed);
        let Some(text) = sealed(&sample, recipients) else {
            return;
        };
        let file = peer.file(&format!("{seed}.yaml"), &text);
        if is_yaml_for_sops(&sample.tree) {
            let yaml = peer.decrypted(&file, "yaml", recipients);
            assert!(!yaml.contains("ENC["), "{seed}: {text}\n{yaml}");
            assert_same_tree(seed, &sample.tree, &yaml);
            let count = lost_comments(seed, &peer, &sample, &yaml);
            lost.fetch_add(count, Ordering::Relaxed);
            comments.fetch_add(sample.comments.len(), Ordering::Relaxed);
        }
        if is_json(&sample.tree) {
            let json = peer.decrypted(&file, "json", recipients);
            same_as_json(seed, &sample.tree, &json);
        }
        opened.fetch_add(1, Ordering::Relaxed);
    });
    let [opened, comments, lost] = [opened, comments, lost].map(AtomicUsize::into_inner);
    println!("sops opened {opened} documents and lost {lost} of {comments} comments");
    assert!(opened >= 500, "{opened}");
}

#[test]
fn zz_dump_one() {
    let Some(path) = std::env::var("PLAIN").ok() else {
        return;
    };
    let text = std::fs::read_to_string(&path).unwrap();
    let text = match sealed_by(&text, Recipients::Alice) {
        Ok(t) => t,
        Err(e) => {
            println!("REFUSED {e}");
            return;
        }
    };
    std::fs::write("/tmp/w/oracle/t/sealed.yaml", text).unwrap();
}
