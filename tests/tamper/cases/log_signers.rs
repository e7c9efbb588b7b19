//! Entries of the log by people who may not: readers, strangers, removed writers; and the file signed with what that would give.

use super::{Case, case};
use crate::{
    edits::{line, once, value, without},
    world::{
        World, age_entries, digest, entries, entry_by, entry_for, following, indented, signed_by,
        with_age, with_entries,
    },
};

pub(super) fn cases() -> Vec<Case> {
    [
        appended(),
        appended_by_readers(),
        signed_again(),
        joined(),
        used(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const MALLORY: &str =
    "                  mallory: age1nk5f7kaxdgjsxnhvjjh5582mqhukxwefgp5je63xmtvy060h83cql8f647\n";

fn adds_mallory() -> String {
    format!("              add:\n{MALLORY}")
}

fn adds_carol(world: &World) -> String {
    format!("              add:\n{}", line(world.prod(), "carol: age1"))
}

/// The log with one entry more.
fn grown(world: &World, change: &str, by: &str, key_of: &str) -> String {
    let mut log = entries(world.prod());
    log.push(following(&[&log[3]], change, by, key_of));
    with_entries(world.prod(), &log)
}

fn appended() -> Vec<Case> {
    vec![
        case("log-grown-by-a-reader", |w| {
            grown(w, &adds_mallory(), "ci", "ci")
        }),
        case("log-grown-by-a-stranger", |w| {
            grown(w, &adds_mallory(), "mallory", "outsider")
        }),
        case("log-grown-by-a-removed-writer", |w| {
            grown(w, &adds_carol(w), "carol", "carol")
        }),
        case("log-grown-in-the-name-of-a-writer", |w| {
            grown(w, &adds_mallory(), "alice", "outsider")
        }),
        case("log-grown-by-a-reader-in-the-name-of-a-writer", |w| {
            grown(w, &adds_mallory(), "alice", "ci")
        }),
        case("log-grown-by-nobody", |w| {
            let text = grown(w, &adds_mallory(), "alice", "outsider");
            let mut log = entries(&text);
            log[4] = value(&log[4], "signature", "\"\"");
            with_entries(&text, &log)
        }),
        case("log-grown-with-an-older-signature", |w| {
            let text = grown(w, &adds_mallory(), "alice", "outsider");
            let mut log = entries(&text);
            let old = line(&log[3], "signature:")
                .trim()
                .trim_start_matches("signature: ")
                .to_owned();
            log[4] = value(&log[4], "signature", &old);
            with_entries(&text, &log)
        }),
    ]
}

fn appended_by_readers() -> Vec<Case> {
    vec![
        case("log-grown-for-another-purpose", |w| {
            let mut log = entries(w.prod());
            let entry = following(&[&log[3]], &adds_mallory(), "alice", "outsider");
            log.push(entry_for(&entry, "alice", "vault-file"));
            with_entries(w.prod(), &log)
        }),
        case("log-reader-made-a-writer-by-itself", |w| {
            let own = line(w.prod(), "ci: age1").replace(" reads-only", "");
            grown(w, &format!("              replace:\n{own}"), "ci", "ci")
        }),
        case("log-rule-widened-by-a-reader", |w| {
            grown(
                w,
                "              rule:\n                  unencrypted_regex: .*\n",
                "ci",
                "ci",
            )
        }),
        case("log-renamed-by-a-reader", |w| {
            grown(w, "              environment: dev\n", "ci", "ci")
        }),
        case("log-writer-removed-by-a-reader", |w| {
            grown(w, "              remove: [dave]\n", "ci", "ci")
        }),
    ]
}

/// An entry changed and signed by somebody else, everything after it linked anew.
fn relinked(world: &World, at: usize, change: impl Fn(&str) -> String, who: &str) -> String {
    let mut log = entries(world.prod());
    let mut old = digest(&log[at]);
    log[at] = entry_by(&change(&log[at]), who);
    for later in at + 1..log.len() {
        let next = digest(&log[later]);
        log[later] = once(&log[later], &old, &digest(&log[later - 1]));
        old = next;
    }
    with_entries(world.prod(), &log)
}

fn signed_again() -> Vec<Case> {
    let same = |entry: &str| entry.to_owned();
    vec![
        case("log-entry-signed-again-by-a-reader", move |w| {
            relinked(w, 1, same, "ci")
        }),
        case("log-entry-signed-again-by-a-stranger", move |w| {
            relinked(w, 1, same, "outsider")
        }),
        case("log-entry-signed-again-by-a-removed-writer", move |w| {
            relinked(w, 3, same, "carol")
        }),
        case("log-entry-signed-again-by-another-writer", move |w| {
            relinked(w, 1, same, "alice")
        }),
        case("log-beginning-signed-again-by-a-reader", move |w| {
            relinked(w, 0, same, "ci")
        }),
        case("log-beginning-taken-over", |w| {
            let change = |entry: &str| {
                let own = line(entry, "by:").to_owned();
                once(entry, &own, "              by: carol\n")
            };
            relinked(w, 0, change, "carol")
        }),
        case("log-removal-changed-by-the-removed", |w| {
            relinked(
                w,
                3,
                |entry| value(&value(entry, "remove", "[alice]"), "by", "carol"),
                "carol",
            )
        }),
    ]
}

fn joined() -> Vec<Case> {
    // A branch that the removed writer makes from before the removal.
    let branch = |w: &World| {
        let mut log = entries(w.prod());
        let own = following(&[&log[2]], &adds_mallory(), "carol", "carol");
        log.insert(3, own);
        log
    };
    vec![
        case("log-branched-by-a-removed-writer", move |w| {
            with_entries(w.prod(), &branch(w))
        }),
        case("log-branched-and-ended-by-a-removed-writer", move |w| {
            let mut log = branch(w);
            log.swap(3, 4);
            with_entries(w.prod(), &log)
        }),
        case("log-joined-by-a-removed-writer", move |w| {
            let mut log = branch(w);
            log.push(following(&[&log[3], &log[4]], "", "carol", "carol"));
            with_entries(w.prod(), &log)
        }),
        case("log-joined-by-a-removed-writer-the-other-way", move |w| {
            let mut log = branch(w);
            log.push(following(&[&log[4], &log[3]], "", "carol", "carol"));
            with_entries(w.prod(), &log)
        }),
        case("log-joined-by-a-reader", move |w| {
            let mut log = branch(w);
            log.push(following(&[&log[4], &log[3]], "", "ci", "ci"));
            with_entries(w.prod(), &log)
        }),
    ]
}

/// The whole attack: the log, the recipients and the signature, all of one mind.
fn used() -> Vec<Case> {
    let with_mallory = |w: &World, text: &str| {
        let mut age = age_entries(w.prod());
        let armor = indented(w.file("outsider-other-key.age"));
        let recipient = MALLORY.trim().trim_start_matches("mallory: ");
        age.push(format!(
            "        # mallory\n        - enc: |\n{armor}          recipient: {recipient}\n"
        ));
        with_age(text, &age)
    };
    vec![
        case("taken-over-by-a-stranger", move |w| {
            let text = grown(w, &adds_mallory(), "mallory", "outsider");
            signed_by(&with_mallory(w, &text), "outsider")
        }),
        case("taken-over-by-a-reader", move |w| {
            let own = line(w.prod(), "ci: age1").replace(" reads-only", "");
            let text = grown(w, &format!("              replace:\n{own}"), "ci", "ci");
            signed_by(&text, "ci")
        }),
        case("taken-over-by-a-removed-writer", |w| {
            let text = grown(w, &adds_carol(w), "carol", "carol");
            let mut age = age_entries(w.prod());
            age.insert(1, age_entries(w.file("prod-with-carol.yaml"))[1].clone());
            signed_by(&with_age(&text, &age), "carol")
        }),
        case("removal-dropped-by-the-removed", |w| {
            // The log is that of an older, valid file; the values are not hers to sign for.
            let text = with_entries(w.prod(), &entries(w.prod())[..3]);
            signed_by(&text, "carol")
        }),
        case("begun-anew-without-a-rule", |w| {
            let mut log = entries(w.prod());
            log.truncate(1);
            log[0] = entry_by(
                &without(&without(&log[0], "rule:"), "unencrypted_regex:"),
                "outsider",
            );
            signed_by(&with_entries(w.prod(), &log), "outsider")
        }),
    ]
}
