//! The age entries: added, removed, renamed, exchanged, of another form.

use super::{Case, case};
use crate::{
    edits::{below, line, once},
    world::{World, age_entries, armor, indented, with_age},
};

pub(super) fn cases() -> Vec<Case> {
    [
        listed(),
        lists(),
        named(),
        keyed(),
        armored(),
        respelled(),
        formed(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The entries of alice, ci and dave after a change.
fn changed(world: &World, change: impl Fn(&mut Vec<String>)) -> String {
    let mut entries = age_entries(world.prod());
    change(&mut entries);
    with_age(world.prod(), &entries)
}

fn entry(name: &str, armor: &str, recipient: &str) -> String {
    format!(
        "        # {name}\n        - enc: |\n{}          recipient: {recipient}\n",
        indented(armor)
    )
}

const OUTSIDER: &str = "age1nk5f7kaxdgjsxnhvjjh5582mqhukxwefgp5je63xmtvy060h83cql8f647";
const CAROL: &str = "age1h28y4g7r97h8qqqhf5u0pg8xvkqlue8jc8tk5ryrjlt2lmmppdsq74kf0n";

fn listed() -> Vec<Case> {
    vec![
        case("recipient-added", |w| {
            let more = entry("mallory", w.file("outsider-other-key.age"), OUTSIDER);
            changed(w, |entries| entries.push(more.clone()))
        }),
        case("recipient-added-without-a-name", |w| {
            let more = entry("x", w.file("outsider-other-key.age"), OUTSIDER);
            changed(w, |entries| {
                entries.push(more.replacen("        # x\n", "", 1))
            })
        }),
        case("recipient-removed", |w| {
            changed(w, |entries| drop(entries.remove(1)))
        }),
        case("recipient-removed-by-a-comment", |w| {
            changed(w, |entries| {
                entries[1] = entries[1]
                    .split_inclusive('\n')
                    .map(|line| format!("#{line}"))
                    .collect();
            })
        }),
        case("recipient-twice", |w| {
            changed(w, |entries| {
                let own = entries[0].clone();
                entries.insert(0, own);
            })
        }),
        case("recipient-replaced", |w| {
            let other = entry("ci", w.file("outsider-other-key.age"), OUTSIDER);
            changed(w, |entries| entries[1] = other.clone())
        }),
        case("recipient-back-after-removal", |w| {
            let old = age_entries(w.file("prod-with-carol.yaml"));
            changed(w, |entries| entries.insert(1, old[1].clone()))
        }),
        case("recipient-of-a-removed-member-in-another-entry", |w| {
            let old = age_entries(w.file("prod-with-carol.yaml"));
            changed(w, |entries| {
                entries[1] = once(&entries[1], armor(&entries[1]), armor(&old[1]))
            })
        }),
    ]
}

fn lists() -> Vec<Case> {
    vec![
        case("recipients-reordered", |w| {
            changed(w, |entries| entries.swap(0, 1))
        }),
        case("recipients-of-an-older-version", |w| {
            with_age(w.prod(), &age_entries(w.file("prod-with-carol.yaml")))
        }),
        case("recipients-of-another-environment", |w| {
            with_age(w.prod(), &age_entries(w.file("dev.yaml")))
        }),
        case("recipients-emptied", |w| {
            let text = with_age(w.prod(), &[]);
            once(&text, "    age:\n", "    age: []\n")
        }),
        case("recipients-nulled", |w| with_age(w.prod(), &[])),
        case("recipients-removed", |w| {
            once(&with_age(w.prod(), &[]), "    age:\n", "")
        }),
        case("recipients-made-a-map", |w| {
            let text = with_age(w.prod(), &[]);
            once(&text, "    age:\n", "    age: {alice: x}\n")
        }),
    ]
}

fn named() -> Vec<Case> {
    vec![
        case("recipient-renamed", |w| {
            changed(w, |entries| {
                entries[1] = once(&entries[1], "# ci", "# carol")
            })
        }),
        case("recipient-name-removed", |w| {
            changed(w, |entries| {
                entries[1] = once(&entries[1], "        # ci\n", "")
            })
        }),
        case("recipient-names-exchanged", |w| {
            changed(w, |entries| {
                entries[0] = once(&entries[0], "# alice", "# ci");
                entries[1] = once(&entries[1], "# ci", "# alice");
            })
        }),
        case("recipient-with-two-names", |w| {
            changed(w, |entries| {
                entries[1] = format!("        # root\n{}", entries[1])
            })
        }),
        case("recipient-name-beside-its-key", |w| {
            changed(w, |entries| {
                let own = line(&entries[1], "recipient:").to_owned();
                entries[1] = once(&entries[1], &own, &format!("{} # ci\n", own.trim_end()));
            })
        }),
    ]
}

fn keyed() -> Vec<Case> {
    vec![
        case("recipient-key-replaced", |w| {
            changed(w, |entries| {
                let own = line(&entries[1], "recipient:").to_owned();
                entries[1] = once(
                    &entries[1],
                    &own,
                    &format!("          recipient: {CAROL}\n"),
                );
            })
        }),
        case("recipient-keys-exchanged", |w| {
            changed(w, |entries| {
                let keys = [0, 1].map(|at| line(&entries[at], "recipient:").to_owned());
                entries[0] = once(&entries[0], &keys[0], &keys[1]);
                entries[1] = once(&entries[1], &keys[1], &keys[0]);
            })
        }),
        case("recipient-key-with-a-comment", |w| {
            changed(w, |entries| {
                let own = line(&entries[2], "recipient:").to_owned();
                entries[2] = once(
                    &entries[2],
                    &own,
                    &format!("{} dave@laptop\n", own.trim_end()),
                );
            })
        }),
        case("recipient-key-removed", |w| {
            changed(w, |entries| {
                let own = line(&entries[1], "recipient:").to_owned();
                entries[1] = once(&entries[1], &own, "");
            })
        }),
    ]
}

/// The entry of alice with another armor.
fn with_armor(world: &World, armored: &str) -> String {
    changed(world, |entries| {
        entries[0] = once(&entries[0], armor(&entries[0]), armored)
    })
}

fn armored() -> Vec<Case> {
    vec![
        case("armors-exchanged", |w| {
            changed(w, |entries| {
                let armors = [0, 1].map(|at| armor(&entries[at]).to_owned());
                entries[0] = once(&entries[0], &armors[0], &armors[1]);
                entries[1] = once(&entries[1], &armors[1], &armors[0]);
            })
        }),
        case("armor-of-another-data-key", |w| {
            with_armor(w, &indented(w.file("alice-other-key.age")))
        }),
        case("armor-of-another-environment", |w| {
            let other = age_entries(w.file("dev.yaml"));
            with_armor(w, armor(&other[0]))
        }),
        case("armor-of-an-older-version", |w| {
            let other = age_entries(w.file("prod-with-carol.yaml"));
            with_armor(w, armor(&other[0]))
        }),
        case("armor-with-a-passphrase", |w| {
            with_armor(w, &indented(w.file("alice-scrypt.age")))
        }),
        case("armor-for-two", |w| {
            with_armor(w, &indented(w.file("alice-two-stanzas.age")))
        }),
        case("armor-of-a-short-key", |w| {
            with_armor(w, &indented(w.file("alice-short-key.age")))
        }),
        case("armor-twice", |w| {
            let entries = age_entries(w.prod());
            with_armor(w, &format!("{0}{0}", armor(&entries[0])))
        }),
        case("armor-of-two", |w| {
            let entries = age_entries(w.prod());
            with_armor(w, &format!("{}{}", armor(&entries[0]), armor(&entries[1])))
        }),
    ]
}

fn respelled() -> Vec<Case> {
    vec![
        case("armor-raw", |w| {
            let entries = age_entries(w.prod());
            let is_body = |line: &&str| !line.contains("-----");
            let body: String = armor(&entries[0])
                .split_inclusive('\n')
                .filter(is_body)
                .collect();
            with_armor(w, &body)
        }),
        case("armor-cut", |w| {
            let entries = age_entries(w.prod());
            let lines: Vec<&str> = armor(&entries[0]).split_inclusive('\n').collect();
            with_armor(w, &[&lines[..2], &lines[3..]].concat().concat())
        }),
        case("armor-with-a-blank-line", |w| {
            let entries = age_entries(w.prod());
            with_armor(w, &armor(&entries[0]).replacen('\n', "\n\n", 1))
        }),
        case("armor-with-other-line-lengths", |w| {
            let entries = age_entries(w.prod());
            let mut lines: Vec<String> = armor(&entries[0]).lines().map(str::to_owned).collect();
            let cut = lines[1].len() - 4;
            let moved = lines[1].split_off(cut);
            lines[2] = format!("            {moved}{}", lines[2].trim_start());
            with_armor(
                w,
                &lines
                    .iter()
                    .map(|line| format!("{line}\n"))
                    .collect::<String>(),
            )
        }),
        case("armor-with-text-behind", |w| {
            let entries = age_entries(w.prod());
            with_armor(w, &format!("{}            trust me\n", armor(&entries[0])))
        }),
    ]
}

fn formed() -> Vec<Case> {
    vec![
        case("entry-with-an-unknown-key", |w| {
            changed(w, |entries| {
                entries[0] = format!("{}          created_at: x\n", entries[0])
            })
        }),
        case("entry-without-armor", |w| {
            changed(w, |entries| {
                let own = armor(&entries[0]).to_owned();
                entries[0] = once(
                    &once(&entries[0], &own, ""),
                    "- enc: |\n          recipient",
                    "- recipient",
                );
            })
        }),
        case("entry-armor-a-number", |w| {
            changed(w, |entries| {
                let own = armor(&entries[0]).to_owned();
                entries[0] = once(&once(&entries[0], &own, ""), "- enc: |", "- enc: 1");
            })
        }),
        case("entry-a-text", |w| {
            changed(w, |entries| entries[1] = "        - ci\n".to_owned())
        }),
        case("entry-with-its-keys-exchanged", |w| {
            changed(w, |entries| {
                let own = line(&entries[1], "recipient:").to_owned();
                let body = below(&entries[1], "- enc: |").replacen(&own, "", 1);
                entries[1] = format!(
                    "        # ci\n        - {}\n          enc: |\n{body}",
                    own.trim()
                );
            })
        }),
    ]
}
