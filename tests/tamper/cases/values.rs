//! Values: their type, emptied, in clear, exchanged, taken from elsewhere.

use super::{Case, case};
use crate::{
    edits::{below, enc, exchange, line, once, sealed, value, with_field, without},
    world::World,
};

pub(super) fn cases() -> Vec<Case> {
    [
        types(),
        emptied(),
        exchanged(),
        lists(),
        from_elsewhere(),
        clear(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn retyped(world: &World, key: &str, word: &str) -> String {
    let old = enc(world.prod(), key);
    once(world.prod(), old, &with_field(old, "type", word))
}

fn types() -> Vec<Case> {
    let flips = [
        ("DATABASE_URL", "str", "int"),
        ("DATABASE_URL", "str", "float"),
        ("DATABASE_URL", "str", "bool"),
        ("DATABASE_URL", "str", "time"),
        ("DATABASE_URL", "str", "bytes"),
        ("DATABASE_URL", "str", "comment"),
        ("PORT", "int", "str"),
        ("PORT", "int", "float"),
        ("ENABLED", "bool", "str"),
        ("RATE", "float", "str"),
        ("SINCE", "time", "str"),
        ("PORT", "int", "unknown"),
        ("PORT", "int", "INT"),
        ("PORT", "int", ""),
    ];
    let name = |from: &str, to: &str| match to {
        "" => format!("type-{from}-to-none"),
        "INT" => format!("type-{from}-in-upper-case"),
        to => format!("type-{from}-to-{to}"),
    };
    flips
        .into_iter()
        .map(|(key, from, to)| {
            case(name(from, to), move |world| {
                retyped(world, &format!("{key}:"), to)
            })
        })
        .collect()
}

fn emptied() -> Vec<Case> {
    vec![
        case("value-emptied", |w| value(w.prod(), "PORT", "\"\"")),
        case("value-nulled", |w| value(w.prod(), "PORT", "null")),
        case("value-taken-away", |w| value(w.prod(), "PORT", "")),
        case("value-made-a-map", |w| value(w.prod(), "PORT", "{}")),
        case("value-made-a-list", |w| value(w.prod(), "PORT", "[]")),
        case("value-put-into-a-list", |w| {
            let old = enc(w.prod(), "PORT:");
            value(w.prod(), "PORT", &format!("[\"{old}\"]"))
        }),
        case("value-in-clear", |w| value(w.prod(), "PORT", "\"8080\"")),
        case("value-in-clear-number", |w| value(w.prod(), "PORT", "8080")),
        case("empty-text-made-null", |w| value(w.prod(), "BLANK", "null")),
        case("null-made-empty-text", |w| {
            value(w.prod(), "OPTIONAL", "\"\"")
        }),
        case("null-spelled-otherwise", |w| {
            value(w.prod(), "OPTIONAL", "~")
        }),
        case("null-filled", |w| value(w.prod(), "OPTIONAL", "true")),
        case("empty-map-made-a-list", |w| value(w.prod(), "empty", "[]")),
        case("empty-map-made-null", |w| value(w.prod(), "empty", "null")),
        case("empty-list-filled", |w| {
            value(w.prod(), "nothing", "[\"\"]")
        }),
        case("map-emptied", |w| {
            let text = once(w.prod(), below(w.prod(), "nested:"), "");
            value(&text, "nested", "{}")
        }),
    ]
}

fn exchanged() -> Vec<Case> {
    vec![
        case("values-exchanged", |w| {
            exchange(
                w.prod(),
                enc(w.prod(), "DATABASE_URL:"),
                enc(w.prod(), "password:"),
            )
        }),
        case("values-of-one-path-exchanged", |w| {
            let tokens: Vec<&str> = w.prod().lines().filter(|l| l.contains("token: ")).collect();
            exchange(w.prod(), tokens[0], tokens[1])
        }),
        case("value-copied", |w| {
            let (from, to) = (enc(w.prod(), "DATABASE_URL:"), enc(w.prod(), "PORT:"));
            once(w.prod(), to, from)
        }),
        case("value-made-plain-text-of-itself", |w| {
            let old = enc(w.prod(), "PORT:");
            once(w.prod(), old, &format!("\"{} \"", old))
        }),
        case("value-in-a-block", |w| {
            let old = enc(w.prod(), "PORT:");
            once(w.prod(), old, &format!("|\n    {old}"))
        }),
        case("scalar-exchanged-with-comment", |w| {
            let (value, comment) = (enc(w.prod(), "DATABASE_URL:"), sealed(w.prod()));
            exchange(w.prod(), value, comment)
        }),
    ]
}

/// The lines of the list of hosts: an item, a comment, its equal, another.
fn hosts(world: &World) -> Vec<&str> {
    below(world.prod(), "hosts:")
        .split_inclusive('\n')
        .collect()
}

fn with_hosts(world: &World, lines: &[&str]) -> String {
    once(world.prod(), below(world.prod(), "hosts:"), &lines.concat())
}

fn lists() -> Vec<Case> {
    let arranged = |name: &str, order: &'static [usize]| {
        case(name, move |world| {
            let hosts = hosts(world);
            let lines: Vec<&str> = order.iter().map(|at| hosts[*at]).collect();
            with_hosts(world, &lines)
        })
    };
    let with = |name: &str, more: &'static str| {
        case(name, move |world| {
            let mut hosts = hosts(world);
            hosts.push(more);
            with_hosts(world, &hosts)
        })
    };
    vec![
        arranged("list-items-swapped", &[0, 1, 3, 2]),
        arranged("list-equal-items-swapped", &[2, 1, 0, 3]),
        arranged("list-item-removed", &[0, 1, 2]),
        arranged("list-item-duplicated", &[0, 1, 2, 3, 3]),
        with("list-item-added-empty", "        - \"\"\n"),
        with("list-item-added-null", "        - null\n"),
        with("list-item-added-without-text", "        -\n"),
        with("list-item-added-map", "        - {}\n"),
        with("list-item-added-in-clear", "        - evil.example\n"),
        case("list-item-nested-deeper", |w| {
            let item = hosts(w)[3];
            once(w.prod(), item, &item.replacen("- ", "- - ", 1))
        }),
        case("list-item-moved-to-another-list", |w| {
            let item = hosts(w)[3];
            let text = once(w.prod(), item, "");
            once(&text, "    nothing: []\n", &format!("    nothing:\n{item}"))
        }),
        case("list-emptied", |w| {
            let text = once(w.prod(), below(w.prod(), "hosts:"), "");
            value(&text, "hosts", "[]")
        }),
        case("list-of-maps-swapped", |w| {
            let users: Vec<&str> = below(w.prod(), "users:").split_inclusive('\n').collect();
            once(
                w.prod(),
                &users.concat(),
                &[users[2], users[3], users[0], users[1]].concat(),
            )
        }),
    ]
}

fn from_elsewhere() -> Vec<Case> {
    vec![
        case("value-of-an-older-version", |w| {
            once(
                w.prod(),
                enc(w.prod(), "DATABASE_URL:"),
                enc(w.file("prod-older.yaml"), "DATABASE_URL:"),
            )
        }),
        case("every-value-of-an-older-version", |w| {
            let data = |text: &str| text[..text.find("\nsops:").expect("metadata")].to_owned();
            once(w.prod(), &data(w.prod()), &data(w.file("prod-older.yaml")))
        }),
        case("every-value-and-the-mac-of-an-older-version", |w| {
            let data = |text: &str| text[..text.find("\nsops:").expect("metadata")].to_owned();
            let older = w.file("prod-older.yaml");
            let text = once(w.prod(), &data(w.prod()), &data(older));
            let text = once(&text, line(w.prod(), "mac:"), line(older, "mac:"));
            once(
                &text,
                line(w.prod(), "lastmodified:"),
                line(older, "lastmodified:"),
            )
        }),
        case("value-from-before-a-removal", |w| {
            once(
                w.prod(),
                enc(w.prod(), "PORT:"),
                enc(w.file("prod-with-carol.yaml"), "PORT:"),
            )
        }),
        case("value-of-another-environment", |w| {
            once(
                w.prod(),
                enc(w.prod(), "PORT:"),
                enc(w.file("dev.yaml"), "PORT:"),
            )
        }),
        case("value-of-another-repository", |w| {
            once(
                w.prod(),
                enc(w.prod(), "DATABASE_URL:"),
                enc(w.file("elsewhere.yaml"), "DATABASE_URL:"),
            )
        }),
    ]
}

fn clear() -> Vec<Case> {
    vec![
        case("clear-value-changed", |w| {
            value(w.clear(), "LOG_LEVEL", "debug")
        }),
        case("clear-value-retyped", |w| {
            value(w.clear(), "LOG_PORT", "\"8080\"")
        }),
        case("clear-value-spelled-otherwise", |w| {
            value(w.clear(), "LOG_PORT", "0x1F90")
        }),
        case("clear-values-shifted", |w| {
            let text = value(w.clear(), "LOG_LEVEL", "inf");
            value(&text, "LOG_FORMAT", "otext")
        }),
        case("clear-values-exchanged", |w| {
            exchange(w.clear(), " info\n", " text\n")
        }),
        case("clear-value-emptied", |w| {
            value(w.clear(), "LOG_LEVEL", "\"\"")
        }),
        case("clear-value-nulled", |w| value(w.clear(), "LOG_LEVEL", "")),
        case("clear-value-removed", |w| without(w.clear(), "LOG_LEVEL:")),
        case("clear-value-sealed", |w| {
            value(w.clear(), "LOG_LEVEL", enc(w.clear(), "TOKEN:"))
        }),
        case("clear-value-looks-sealed", |w| {
            value(w.clear(), "LOG_LEVEL", "\"ENC[AES256_GCM,\"")
        }),
        case("clear-key-added-below", |w| {
            once(w.clear(), "nested:\n", "nested:\n    LOG_LEVEL: debug\n")
        }),
        case("clear-comment-beside-a-clear-value", |w| {
            value(w.clear(), "LOG_LEVEL", "info # all is well")
        }),
        case("clear-value-beside-put-in-clear", |w| {
            value(w.clear(), "TOKEN", "known")
        }),
    ]
}
