//! Keys: renamed, added, removed, twice, moved; their order.

use super::{Case, case};
use crate::edits::{below, enc, exchange, line, once, without};

pub(super) fn cases() -> Vec<Case> {
    [added(), changed(), moved(), regrouped(), spelled()]
        .into_iter()
        .flatten()
        .collect()
}

fn added() -> Vec<Case> {
    let with = |name: &str, more: &'static str| {
        case(name, move |w| {
            let port = line(w.prod(), "PORT:");
            once(w.prod(), port, &format!("{port}{more}"))
        })
    };
    vec![
        with("key-added-empty-text", "NEW: \"\"\n"),
        with("key-added-null", "NEW: null\n"),
        with("key-added-without-a-value", "NEW:\n"),
        with("key-added-map", "NEW: {}\n"),
        with("key-added-list", "NEW: []\n"),
        with("key-added-map-of-empty-text", "NEW:\n    below: \"\"\n"),
        with("key-added-in-clear", "NEW: open\n"),
        with("key-added-switch-in-clear", "DEBUG: true\n"),
        with("key-added-in-another-case", "port: \"\"\n"),
        with(
            "key-added-at-the-end-of-its-map",
            "nested2: {password: \"\"}\n",
        ),
        case("key-added-with-a-value-from-here", |w| {
            let port = line(w.prod(), "PORT:");
            once(w.prod(), port, &format!("{port}PORT_COPY:{}", &port[5..]))
        }),
        case("key-added-below-a-map", |w| {
            once(w.prod(), "    empty: {}\n", "    empty: {a: \"\"}\n")
        }),
        case("key-added-before-everything", |w| {
            format!("FIRST: \"\"\n{}", w.prod())
        }),
    ]
}

fn changed() -> Vec<Case> {
    vec![
        case("key-renamed", |w| once(w.prod(), "PORT:", "PORT_OLD:")),
        case("key-renamed-in-case", |w| once(w.prod(), "PORT:", "Port:")),
        case("key-renamed-of-a-blank-value", |w| {
            once(w.prod(), "BLANK:", "EMPTY:")
        }),
        case("key-renamed-of-a-map", |w| {
            once(w.prod(), "nested:", "other:")
        }),
        case("key-renamed-with-a-blank", |w| {
            once(w.prod(), "PORT:", "\"PORT \":")
        }),
        case("key-removed", |w| without(w.prod(), "PORT:")),
        case("key-removed-of-empty-text", |w| without(w.prod(), "BLANK:")),
        case("key-removed-of-null", |w| without(w.prod(), "OPTIONAL:")),
        case("key-removed-of-an-empty-map", |w| {
            without(w.prod(), "empty:")
        }),
        case("key-removed-of-a-map", |w| {
            let block = format!("nested:\n{}", below(w.prod(), "nested:"));
            once(w.prod(), &block, "")
        }),
        case("key-removed-in-a-list-item", |w| {
            let token = w
                .prod()
                .lines()
                .find(|line| line.contains("token: "))
                .expect("a token");
            once(w.prod(), &format!("{token}\n"), "")
        }),
        case("keys-names-exchanged", |w| {
            exchange(w.prod(), "PORT:", "ENABLED:")
        }),
        case("keys-names-of-blank-values-exchanged", |w| {
            exchange(w.prod(), "OPTIONAL:", "BLANK:")
        }),
        case("every-key-removed", |w| {
            let start = w.prod().find("sops:").expect("metadata");
            w.prod()[start..].to_owned()
        }),
    ]
}

fn moved() -> Vec<Case> {
    vec![
        case("keys-order-changed", |w| {
            exchange(
                w.prod(),
                line(w.prod(), "PORT:"),
                line(w.prod(), "ENABLED:"),
            )
        }),
        case("keys-order-of-blank-values-changed", |w| {
            exchange(
                w.prod(),
                line(w.prod(), "OPTIONAL:"),
                line(w.prod(), "BLANK:"),
            )
        }),
        case("key-moved-into-a-map", |w| {
            let port = line(w.prod(), "PORT:");
            let text = once(w.prod(), port, "");
            once(
                &text,
                "    empty: {}\n",
                &format!("    empty: {{}}\n    {port}"),
            )
        }),
        case("key-moved-out-of-a-map", |w| {
            let password = line(w.prod(), "password:");
            let text = once(w.prod(), password, "");
            once(
                &text,
                "users:\n",
                &format!("{}users:\n", password.trim_start()),
            )
        }),
        case("blank-key-moved-out-of-a-map", |w| {
            let text = without(w.prod(), "empty:");
            once(&text, "users:\n", "empty: {}\nusers:\n")
        }),
        case("key-moved-behind-the-metadata", |w| {
            let port = line(w.prod(), "PORT:");
            format!("{}{port}", once(w.prod(), port, ""))
        }),
    ]
}

fn regrouped() -> Vec<Case> {
    vec![
        case("map-made-flat", |w| {
            let password = line(w.prod(), "password:");
            let text = once(w.prod(), password, "");
            once(
                &text,
                "users:\n",
                &format!("\"nested:password\":{}users:\n", &password[13..]),
            )
        }),
        case("map-pulled-up-into-the-root", |w| {
            let block = below(w.prod(), "nested:");
            let flat: String = block.split_inclusive('\n').map(|line| &line[4..]).collect();
            once(w.prod(), block, &flat)
        }),
        case("metadata-moved-first", |w| {
            let start = w.prod().find("sops:").expect("metadata");
            format!("{}{}", &w.prod()[start..], &w.prod()[..start])
        }),
    ]
}

fn spelled() -> Vec<Case> {
    vec![
        case("key-twice", |w| {
            let port = line(w.prod(), "PORT:");
            once(w.prod(), port, &format!("{port}{port}"))
        }),
        case("key-twice-once-in-quotes", |w| {
            let port = line(w.prod(), "PORT:");
            once(w.prod(), port, &format!("{port}\"PORT\": \"\"\n"))
        }),
        case("key-twice-with-an-escape", |w| {
            let port = line(w.prod(), "PORT:");
            once(w.prod(), port, &format!("{port}\"\\x50ORT\": \"\"\n"))
        }),
        case("metadata-twice", |w| format!("{}sops: {{}}\n", w.prod())),
        case("key-empty", |w| once(w.prod(), "PORT:", "\"\":")),
        case("key-empty-in-clear", |w| {
            let port = line(w.prod(), "PORT:");
            once(
                w.prod(),
                port,
                &format!("{port}\"\": in clear by the rule\n"),
            )
        }),
        case("key-that-is-two", |w| {
            let value = enc(w.prod(), "password:");
            once(
                w.prod(),
                "users:\n",
                &format!("\"nested:password\": {value}\nusers:\n"),
            )
        }),
        case("key-in-a-block", |w| {
            once(w.prod(), "PORT:", "? |-\n    PORT\n:")
        }),
        case("key-with-an-escape-sequence", |w| {
            once(w.prod(), "PORT:", "\"\\x1b[2JPORT\":")
        }),
        case("key-with-a-line-break", |w| {
            once(w.prod(), "PORT:", "\"PORT\\nEVIL\":")
        }),
        case("key-that-leaves-a-directory", |w| {
            once(w.prod(), "PORT:", "../../PORT:")
        }),
        case("key-with-an-invisible-letter", |w| {
            once(w.prod(), "PORT:", "\"PO\\u200bRT\":")
        }),
    ]
}
