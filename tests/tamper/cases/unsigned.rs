//! Files that are not signed, where the config says so: form, encodings and the MAC are all that protects them, and they do.

use super::{Case, case};
use crate::{
    edits::{enc, exchange, flipped, line, once, value, with_field, without},
    world::{World, age_entries, armor, indented, with_age},
};

pub(super) fn cases() -> Vec<Case> {
    [types(), values(), places(), metadata(), blocks(), entries()]
        .into_iter()
        .flatten()
        .collect()
}

fn retyped(world: &World, key: &str, word: &str) -> String {
    let old = enc(world.unsigned(), key);
    once(world.unsigned(), old, &with_field(old, "type", word))
}

fn types() -> Vec<Case> {
    let flips = [
        ("TOKEN", "str", "int"),
        ("TOKEN", "str", "float"),
        ("TOKEN", "str", "bool"),
        ("TOKEN", "str", "time"),
        ("TOKEN", "str", "comment"),
        ("PORT", "int", "bool"),
        ("PORT", "int", "time"),
        ("ENABLED", "bool", "int"),
        ("RATE", "float", "int"),
        ("RATE", "float", "bool"),
    ];
    flips
        .into_iter()
        .map(|(key, from, to)| {
            case(format!("unsigned-type-{from}-to-{to}"), move |w| {
                retyped(w, &format!("{key}:"), to)
            })
        })
        .collect()
}

fn values() -> Vec<Case> {
    vec![
        case("unsigned-values-exchanged", |w| {
            exchange(
                w.unsigned(),
                enc(w.unsigned(), "TOKEN:"),
                enc(w.unsigned(), "OTHER:"),
            )
        }),
        case("unsigned-value-changed", |w| {
            let old = enc(w.unsigned(), "TOKEN:");
            once(
                w.unsigned(),
                old,
                &flipped(old, old.find("data:").expect("data") + 5),
            )
        }),
        case("unsigned-value-emptied", |w| {
            value(w.unsigned(), "TOKEN", "\"\"")
        }),
        case("unsigned-value-nulled", |w| {
            value(w.unsigned(), "TOKEN", "null")
        }),
        case("unsigned-value-removed", |w| {
            without(w.unsigned(), "TOKEN:")
        }),
        case("unsigned-value-in-clear", |w| {
            value(w.unsigned(), "TOKEN", "known")
        }),
    ]
}

fn places() -> Vec<Case> {
    vec![
        case("unsigned-value-added-in-clear", |w| {
            let own = line(w.unsigned(), "PORT:");
            once(w.unsigned(), own, &format!("{own}DEBUG: true\n"))
        }),
        case("unsigned-key-renamed", |w| {
            once(w.unsigned(), "TOKEN:", "TOKENS:")
        }),
        case("unsigned-key-moved", |w| {
            let own = line(w.unsigned(), "TOKEN:");
            let text = once(w.unsigned(), own, "");
            once(&text, "nested:\n", &format!("nested:\n    {own}"))
        }),
        case("unsigned-keys-order-changed", |w| {
            exchange(
                w.unsigned(),
                line(w.unsigned(), "TOKEN:"),
                line(w.unsigned(), "PORT:"),
            )
        }),
        case("unsigned-list-items-swapped", |w| {
            let items: Vec<&str> = crate::edits::below(w.unsigned(), "LIST:")
                .split_inclusive('\n')
                .collect();
            exchange(w.unsigned(), items[0], items[1])
        }),
        case("unsigned-value-of-another-file", |w| {
            once(
                w.unsigned(),
                enc(w.unsigned(), "TOKEN:"),
                enc(w.file("unsigned-other.yaml"), "TOKEN:"),
            )
        }),
        case("unsigned-comment-made-a-value", |w| {
            let comment = crate::edits::sealed(w.unsigned()).to_owned();
            value(w.unsigned(), "TOKEN", &comment)
        }),
    ]
}

fn metadata() -> Vec<Case> {
    vec![
        case("unsigned-mac-removed", |w| without(w.unsigned(), "mac:")),
        case("unsigned-mac-emptied", |w| {
            value(w.unsigned(), "mac", "\"\"")
        }),
        case("unsigned-mac-in-clear", |w| {
            value(w.unsigned(), "mac", "none")
        }),
        case("unsigned-mac-of-another-file", |w| {
            once(
                w.unsigned(),
                enc(w.unsigned(), "mac:"),
                enc(w.file("unsigned-other.yaml"), "mac:"),
            )
        }),
        case("unsigned-time-changed", |w| {
            value(w.unsigned(), "lastmodified", "\"2027-01-01T00:00:00Z\"")
        }),
        case("unsigned-time-removed", |w| {
            without(w.unsigned(), "lastmodified:")
        }),
        case("unsigned-rule-turned-round", |w| {
            once(w.unsigned(), "unencrypted_regex:", "encrypted_regex:")
        }),
        case("unsigned-rule-not-an-expression", |w| {
            value(w.unsigned(), "unencrypted_regex", "\"[\"")
        }),
        case("unsigned-two-rules", |w| {
            once(
                w.unsigned(),
                "    unencrypted_regex:",
                "    encrypted_suffix: x\n    unencrypted_regex:",
            )
        }),
        case("unsigned-mac-only-encrypted-turned-on", |w| {
            once(
                w.unsigned(),
                "    version:",
                "    mac_only_encrypted: true\n    version:",
            )
        }),
    ]
}

fn blocks() -> Vec<Case> {
    vec![
        case("unsigned-key-groups", |w| {
            let text = once(w.unsigned(), "    age:\n", "    key_groups: []\n    age:\n");
            let text = with_age(&text, &[]);
            once(&text, "    age:\n", "    age: []\n")
        }),
        case("unsigned-metadata-removed", |w| {
            w.unsigned()[..w.unsigned().find("sops:").expect("metadata")].to_owned()
        }),
        case("unsigned-with-a-true-block", |w| {
            let block = crate::edits::below(w.file("dev.yaml"), "x-vault:");
            format!("{}    x-vault:\n{block}", w.unsigned())
        }),
        case("unsigned-with-an-empty-block", |w| {
            format!("{}    x-vault: {{}}\n", w.unsigned())
        }),
        case("unsigned-with-a-null-block", |w| {
            format!("{}    x-vault:\n", w.unsigned())
        }),
    ]
}

fn with_armor(world: &World, armored: &str) -> String {
    let mut age = age_entries(world.unsigned());
    age[0] = once(&age[0], armor(&age[0]), armored);
    with_age(world.unsigned(), &age[..1])
}

fn entries() -> Vec<Case> {
    vec![
        case("unsigned-armor-of-another-data-key", |w| {
            with_armor(w, &indented(w.file("alice-other-key.age")))
        }),
        case("unsigned-armor-of-a-short-key", |w| {
            with_armor(w, &indented(w.file("alice-short-key.age")))
        }),
        case("unsigned-armor-with-a-passphrase", |w| {
            with_armor(w, &indented(w.file("alice-scrypt.age")))
        }),
        case("unsigned-armor-raw", |w| {
            with_armor(w, "            YWdlLWVuY3J5cHRpb24ub3JnL3YxCg==\n")
        }),
        case("unsigned-armor-changed", |w| {
            let age = age_entries(w.unsigned());
            let own = armor(&age[0]);
            let last = own
                .trim_end()
                .lines()
                .rev()
                .nth(1)
                .expect("a line")
                .to_owned();
            with_armor(w, &once(own, &last, &flipped(&last, 14)))
        }),
    ]
}
