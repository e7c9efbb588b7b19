//! The log: entries dropped, changed, reordered; keys and forms that it does not have.

use super::{Case, case};
use crate::{
    edits::{after, before, exchange, flipped, line, once, value, without},
    world::{World, digest, entries, with_entries},
};

pub(super) fn cases() -> Vec<Case> {
    [
        dropped(),
        changed(),
        signatures(),
        members(),
        lines_of_members(),
        misnamed(),
        linked(),
        unlinked(),
        formed(),
        misformed(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The four entries after a change: begun, dave added, renamed, carol removed.
fn log(world: &World, change: impl Fn(&mut Vec<String>)) -> String {
    let mut log = entries(world.prod());
    change(&mut log);
    with_entries(world.prod(), &log)
}

fn dropped() -> Vec<Case> {
    vec![
        case("log-entry-dropped-the-first", |w| {
            log(w, |log| drop(log.remove(0)))
        }),
        case("log-entry-dropped-in-the-middle", |w| {
            log(w, |log| drop(log.remove(1)))
        }),
        case("log-entry-dropped-the-rename", |w| {
            log(w, |log| drop(log.remove(2)))
        }),
        case("log-entry-dropped-the-removal", |w| {
            log(w, |log| drop(log.remove(3)))
        }),
        case("log-cut-to-its-beginning", |w| {
            log(w, |log| log.truncate(1))
        }),
        case("log-entries-reordered", |w| log(w, |log| log.swap(1, 2))),
        case("log-entries-turned-round", |w| log(w, |log| log.reverse())),
        case("log-entry-twice", |w| {
            log(w, |log| log.push(log[3].clone()))
        }),
        case("log-of-another-environment", |w| {
            with_entries(w.prod(), &entries(w.file("dev.yaml")))
        }),
        case("log-of-another-repository", |w| {
            with_entries(w.prod(), &entries(w.file("elsewhere.yaml")))
        }),
        case("log-with-an-entry-of-another-environment", |w| {
            let other = entries(w.file("dev.yaml"));
            log(w, |log| log.push(other[0].clone()))
        }),
        case("log-emptied", |w| {
            let text = with_entries(w.prod(), &[]);
            once(&text, "        members:\n", "        members: []\n")
        }),
        case("log-nulled", |w| with_entries(w.prod(), &[])),
        case("log-removed", |w| {
            once(&with_entries(w.prod(), &[]), "        members:\n", "")
        }),
        case("log-made-a-map", |w| {
            let text = with_entries(w.prod(), &[]);
            once(&text, "        members:\n", "        members: {alice: x}\n")
        }),
    ]
}

/// An entry with one line changed.
fn with_line(world: &World, at: usize, key: &str, written: &str) -> String {
    log(world, |log| log[at] = value(&log[at], key, written))
}

fn changed() -> Vec<Case> {
    vec![
        case("log-signer-changed", |w| with_line(w, 1, "by", "alice")),
        case("log-signer-unknown", |w| with_line(w, 1, "by", "mallory")),
        case("log-signer-not-a-name", |w| {
            with_line(w, 1, "by", "\"../carol\"")
        }),
        case("log-time-changed", |w| {
            with_line(w, 1, "at", "\"2026-11-21T08:02:01Z\"")
        }),
        case("log-time-not-a-time", |w| {
            with_line(w, 1, "at", "\"yesterday\"")
        }),
        case("log-time-without-quotes", |w| {
            with_line(w, 1, "at", "2026-11-21T08:02:00Z")
        }),
        case("log-removal-undone", |w| with_line(w, 3, "remove", "[]")),
        case("log-removal-of-another", |w| {
            with_line(w, 3, "remove", "[ci]")
        }),
        case("log-removal-of-one-more", |w| {
            with_line(w, 3, "remove", "[carol, ci]")
        }),
        case("log-removal-of-a-stranger", |w| {
            with_line(w, 3, "remove", "[mallory]")
        }),
        case("log-removal-twice", |w| {
            with_line(w, 3, "remove", "[carol, carol]")
        }),
        case("log-removal-a-text", |w| with_line(w, 3, "remove", "carol")),
        case("log-removal-of-every-writer", |w| {
            with_line(w, 3, "remove", "[alice, carol, dave]")
        }),
    ]
}

fn signatures() -> Vec<Case> {
    vec![
        case("log-layer-added", |w| {
            log(w, |log| {
                log[2] = after(&log[2], "environment:", "              extends: [dev]\n")
            })
        }),
        case("log-layer-not-a-list", |w| {
            log(w, |log| {
                log[2] = after(&log[2], "environment:", "              extends: dev\n")
            })
        }),
        case("log-signature-changed", |w| {
            log(w, |log| {
                let own = line(&log[1], "signature:").to_owned();
                log[1] = once(&log[1], &own, &flipped(&own, own.len() - 20));
            })
        }),
        case("log-signature-removed", |w| {
            log(w, |log| log[1] = without(&log[1], "signature:"))
        }),
        case("log-signature-emptied", |w| {
            with_line(w, 1, "signature", "\"\"")
        }),
        case("log-signatures-exchanged", |w| {
            log(w, |log| {
                let (one, other) = (
                    line(&log[0], "signature:").to_owned(),
                    line(&log[3], "signature:").to_owned(),
                );
                log[0] = once(&log[0], &one, &other);
                log[3] = once(&log[3], &other, &one);
            })
        }),
        case("log-signature-of-the-file", |w| {
            let own = crate::world::content_signature(w.prod()).to_owned();
            log(w, |log| log[3] = value(&log[3], "signature", &own))
        }),
    ]
}

const OUTSIDER: &str = "age1nk5f7kaxdgjsxnhvjjh5582mqhukxwefgp5je63xmtvy060h83cql8f647";

fn members() -> Vec<Case> {
    vec![
        case("log-member-added", |w| {
            let line = format!("                  mallory: {OUTSIDER}\n");
            log(w, |log| log[1] = after(&log[1], "dave:", &line))
        }),
        case("log-member-removed", |w| {
            log(w, |log| log[0] = without(&log[0], "ci:"))
        }),
        case("log-member-renamed", |w| {
            once(
                w.prod(),
                "                  dave:",
                "                  mallory:",
            )
        }),
        case("log-member-key-replaced", |w| {
            let own = line(w.prod(), "ci: age1").to_owned();
            once(
                w.prod(),
                &own,
                &format!("                  ci: {OUTSIDER}\n"),
            )
        }),
        case("log-member-signing-key-replaced", |w| {
            let keys = |name: &str| {
                line(w.prod(), name)
                    .split_once(" ssh-ed25519 ")
                    .expect("a key")
                    .1
                    .to_owned()
            };
            once(w.prod(), &keys("alice: age1"), &keys("carol: age1"))
        }),
        case("log-member-keys-exchanged", |w| {
            exchange(
                w.prod(),
                "                  alice: age1",
                "                  carol: age1",
            )
        }),
        case("log-reader-made-a-writer", |w| {
            once(w.prod(), " reads-only\n", "\n")
        }),
        case("log-writer-made-a-reader", |w| {
            let own = line(w.prod(), "dave: ssh").to_owned();
            once(w.prod(), &own, &format!("{} reads-only\n", own.trim_end()))
        }),
    ]
}

fn lines_of_members() -> Vec<Case> {
    vec![
        case("log-member-with-a-comment-of-the-key", |w| {
            let own = line(w.prod(), "dave: ssh").to_owned();
            once(w.prod(), &own, &format!("{} dave@laptop\n", own.trim_end()))
        }),
        case("log-member-with-two-blanks", |w| {
            once(w.prod(), " reads-only\n", "  reads-only\n")
        }),
        case("log-member-with-an-rsa-key", |w| {
            let own = line(w.prod(), "dave: ssh").to_owned();
            once(
                w.prod(),
                &own,
                "                  dave: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==\n",
            )
        }),
    ]
}

fn misnamed() -> Vec<Case> {
    let more = |name: &str, written: &'static str| {
        case(name, move |w| {
            log(w, |log| {
                log[1] = after(&log[1], "add:", &format!("                  {written}\n"))
            })
        })
    };
    vec![
        more("log-member-not-a-name", "\"a b\": age1x"),
        more("log-member-a-number", "7: x"),
        more("log-member-without-a-line", "mallory:"),
        case("log-member-that-is-there", |w| {
            let own = line(w.prod(), "alice: age1").to_owned();
            log(w, |log| log[1] = after(&log[1], "add:", &own))
        }),
        case("log-member-in-another-case", |w| {
            log(w, |log| {
                log[1] = after(
                    &log[1],
                    "add:",
                    &format!("                  Alice: {OUTSIDER}\n"),
                )
            })
        }),
        case("log-key-under-two-names", |w| {
            let own = line(w.prod(), "ci: age1")
                .trim()
                .trim_start_matches("ci: ")
                .to_owned();
            log(w, |log| {
                log[1] = after(&log[1], "add:", &format!("                  eve: {own}\n"))
            })
        }),
        case("log-replaces-a-key", |w| {
            let more = format!("              replace:\n                  ci: {OUTSIDER}\n");
            log(w, |log| log[2] = after(&log[2], "environment:", &more))
        }),
        case("log-replaces-a-stranger", |w| {
            let more = format!("              replace:\n                  mallory: {OUTSIDER}\n");
            log(w, |log| log[2] = after(&log[2], "environment:", &more))
        }),
    ]
}

fn previous(of: &[&String]) -> String {
    let digests: Vec<String> = of
        .iter()
        .map(|entry| format!("\"{}\"", digest(entry)))
        .collect();
    format!("            - previous: [{}]\n", digests.join(", "))
}

fn relinked(world: &World, at: usize, written: &str) -> String {
    log(world, |log| {
        let own = line(&log[at], "- previous:").to_owned();
        log[at] = once(&log[at], &own, written);
    })
}

fn linked() -> Vec<Case> {
    vec![
        case("log-previous-changed", |w| {
            log(w, |log| {
                let own = line(&log[3], "- previous:").to_owned();
                let at = own.find("[\"").expect("a digest") + 2;
                log[3] = once(&log[3], &own, &flipped(&own, at));
            })
        }),
        case("log-previous-an-earlier-one", |w| {
            relinked(w, 3, &previous(&[&entries(w.prod())[1]]))
        }),
        case("log-previous-itself", |w| {
            relinked(w, 3, &previous(&[&entries(w.prod())[3]]))
        }),
        case("log-previous-a-later-one", |w| {
            relinked(w, 1, &previous(&[&entries(w.prod())[3]]))
        }),
        case("log-previous-two-of-one-branch", |w| {
            let all = entries(w.prod());
            relinked(w, 3, &previous(&[&all[2], &all[1]]))
        }),
        case("log-previous-twice-the-same", |w| {
            let all = entries(w.prod());
            relinked(w, 3, &previous(&[&all[2], &all[2]]))
        }),
        case("log-previous-three", |w| {
            let all = entries(w.prod());
            relinked(w, 3, &previous(&[&all[0], &all[1], &all[2]]))
        }),
    ]
}

fn unlinked() -> Vec<Case> {
    vec![
        case("log-previous-emptied", |w| {
            relinked(w, 3, "            - previous: []\n")
        }),
        case("log-previous-removed", |w| {
            log(w, |log| {
                let own = line(&log[3], "- previous:").to_owned();
                log[3] = once(
                    &log[3],
                    &format!("{own}              remove"),
                    "            - remove",
                );
            })
        }),
        case("log-previous-a-text", |w| {
            let own = previous(&[&entries(w.prod())[2]]).replace(['[', ']'], "");
            relinked(w, 3, &own)
        }),
        case("log-previous-in-another-encoding", |w| {
            let own = previous(&[&entries(w.prod())[2]]).replace("=\"", "\"");
            relinked(w, 3, &own)
        }),
        case("log-begins-twice", |w| {
            log(w, |log| {
                let own = line(&log[3], "- previous:").to_owned();
                let begin = format!("            - repository: {}\n", crate::base::REPOSITORY);
                log[3] = once(&log[3], &own, &begin);
            })
        }),
        case("log-begins-after-another", |w| {
            let own = previous(&[&entries(w.prod())[3]]);
            log(w, |log| {
                log[0] = log[0].replacen("            - ", &format!("{own}              "), 1)
            })
        }),
    ]
}

fn formed() -> Vec<Case> {
    let with_version = |name: &str, to: &'static str| {
        case(name, move |w| {
            once(w.prod(), "        version: 1\n", &format!("        {to}\n"))
        })
    };
    vec![
        with_version("block-version-newer", "version: 2"),
        with_version("block-version-zero", "version: 0"),
        with_version("block-version-a-text", "version: \"1\""),
        with_version("block-version-a-fraction", "version: 1.0"),
        with_version("block-version-spelled-otherwise", "version: 0x1"),
        with_version("block-version-negative", "version: -1"),
        case("block-version-removed", |w| {
            once(w.prod(), "        version: 1\n", "")
        }),
        case("block-with-an-unknown-key", |w| {
            before(w.prod(), "members:", "        note: x\n")
        }),
        case("block-with-its-keys-exchanged", |w| {
            let own = "        version: 1\n";
            format!("{}{own}", once(w.prod(), own, ""))
        }),
    ]
}

fn misformed() -> Vec<Case> {
    vec![
        case("log-entry-with-an-unknown-key", |w| {
            log(w, |log| {
                log[1] = before(&log[1], "at:", "              note: x\n")
            })
        }),
        case("log-entry-with-a-key-twice", |w| {
            log(w, |log| {
                log[1] = before(&log[1], "at:", "              by: alice\n")
            })
        }),
        case("log-entry-with-a-comment", |w| {
            log(w, |log| {
                log[1] = before(&log[1], "at:", "              # as agreed\n")
            })
        }),
        case("log-entry-a-text", |w| {
            log(w, |log| log.push("            - trust me\n".to_owned()))
        }),
        case("log-entry-null", |w| {
            log(w, |log| log.push("            -\n".to_owned()))
        }),
        case("log-entry-empty", |w| {
            log(w, |log| log.push("            - {}\n".to_owned()))
        }),
        case("log-entry-without-its-signer", |w| {
            log(w, |log| log[1] = without(&log[1], "by:"))
        }),
        case("log-entry-without-its-time", |w| {
            log(w, |log| log[1] = without(&log[1], "at:"))
        }),
        case("log-entry-with-its-keys-exchanged", |w| {
            log(w, |log| {
                log[1] = exchange(&log[1], line(&log[1], "at:"), line(&log[1], "by:"))
            })
        }),
        case("log-names-exchanged-in-one-entry", |w| {
            exchange(
                w.prod(),
                line(w.prod(), "alice: age1"),
                line(w.prod(), "carol: age1"),
            )
        }),
    ]
}
