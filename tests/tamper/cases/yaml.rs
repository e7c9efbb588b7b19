//! Texts that are not YAML as vault reads it, or beyond a limit: bad input rather than tampering.

use super::{Case, bytes, case};
use crate::edits::{before, enc, line, once, value};

pub(super) fn cases() -> Vec<Case> {
    [constructs(), documents(), broken(), characters(), limits()]
        .into_iter()
        .flatten()
        .collect()
}

fn constructs() -> Vec<Case> {
    let with =
        |name: &str, more: &'static str| case(name, move |w| before(w.prod(), "PORT:", more));
    vec![
        case("yaml-anchor", |w| {
            once(w.prod(), "OPTIONAL: null", "OPTIONAL: &x null")
        }),
        case("yaml-alias", |w| {
            let text = once(w.prod(), "OPTIONAL: null", "OPTIONAL: &x null");
            once(&text, "BLANK: \"\"", "BLANK: *x")
        }),
        with("yaml-merge-key", "<<: {a: \"\"}\n"),
        with("yaml-tag-binary", "NEW: !!binary aGk=\n"),
        with("yaml-tag-own", "NEW: !secret x\n"),
        with("yaml-tag-on-a-map", "NEW: !!map {}\n"),
        with("yaml-key-a-number", "8080: \"\"\n"),
        with("yaml-key-null", "null: \"\"\n"),
        with("yaml-key-a-switch", "true: \"\"\n"),
        with("yaml-key-a-date", "2026-11-21: \"\"\n"),
        with("yaml-key-a-list", "[a]: \"\"\n"),
        with("yaml-key-a-map", "? {a: b}\n: \"\"\n"),
        with("yaml-tab-before-a-key", "\tNEW: \"\"\n"),
        with("yaml-escaped-slash", "NEW: \"a\\/b\"\n"),
    ]
}

fn documents() -> Vec<Case> {
    vec![
        case("yaml-second-document", |w| {
            format!("{}---\nNEW: \"\"\n", w.prod())
        }),
        case("yaml-second-document-empty", |w| {
            format!("{}---\n", w.prod())
        }),
        case("yaml-document-before", |w| {
            format!("{{}}\n---\n{}", w.prod())
        }),
        case("yaml-directive", |w| {
            format!("%YAML 1.1\n---\n{}", w.prod())
        }),
        case("yaml-tag-directive", |w| {
            format!("%TAG ! tag:x,2026:\n---\n{}", w.prod())
        }),
        case("yaml-list-at-the-top", |_| "- a\n- b\n".to_owned()),
        case("yaml-text-at-the-top", |_| "nothing here\n".to_owned()),
        case("yaml-nothing", |_| String::new()),
        case("yaml-only-a-comment", |_| "# moved\n".to_owned()),
        case("yaml-an-empty-map", |_| "{}\n".to_owned()),
    ]
}

fn broken() -> Vec<Case> {
    vec![
        case("conflict-markers", |w| {
            let port = line(w.prod(), "PORT:");
            let other = w.file("dev.yaml");
            let theirs = line(other, "PORT:");
            once(
                w.prod(),
                port,
                &format!("<<<<<<< HEAD\n{port}=======\n{theirs}>>>>>>> theirs\n"),
            )
        }),
        case("conflict-markers-in-the-metadata", |w| {
            let mac = line(w.prod(), "mac:");
            let theirs = line(w.file("prod-older.yaml"), "mac:");
            once(
                w.prod(),
                mac,
                &format!("<<<<<<< HEAD\n{mac}=======\n{theirs}>>>>>>> theirs\n"),
            )
        }),
        case("conflict-with-its-base", |w| {
            let port = line(w.prod(), "PORT:");
            once(
                w.prod(),
                port,
                &format!("<<<<<<< ours\n{port}||||||| base\n{port}=======\n{port}>>>>>>> theirs\n"),
            )
        }),
        case("yaml-cut-in-a-line", |w| {
            let mac = w.prod().find("    mac:").expect("the MAC");
            w.prod()[..mac + 60].to_owned()
        }),
        case("yaml-quote-not-closed", |w| value(w.prod(), "BLANK", "\"")),
        case("yaml-bracket-not-closed", |w| {
            value(w.prod(), "nothing", "[")
        }),
        case("yaml-indentation-broken", |w| {
            before(w.prod(), "version: 3", "   note: x\n")
        }),
    ]
}

fn characters() -> Vec<Case> {
    vec![
        bytes("yaml-not-utf-8", |w| {
            let mut bytes = w.prod().as_bytes().to_vec();
            bytes[10] = 0xff;
            bytes
        }),
        bytes("yaml-utf-16", |w| {
            w.prod().encode_utf16().flat_map(u16::to_le_bytes).collect()
        }),
        case("yaml-nul", |w| {
            once(w.prod(), "BLANK: \"\"", "BLANK: \"\0\"")
        }),
        case("yaml-nul-at-the-end", |w| format!("{}\0", w.prod())),
        case("yaml-control-character", |w| {
            once(w.prod(), "BLANK: \"\"", "BLANK: \"\u{1b}[2J\"")
        }),
        case("yaml-next-line", |w| {
            once(w.prod(), "BLANK: \"\"", "BLANK: \"\u{85}\"")
        }),
        case("yaml-line-separator", |w| {
            once(w.prod(), "BLANK: \"\"", "BLANK: \"\u{2028}\"")
        }),
        case("yaml-carriage-return", |w| {
            once(w.prod(), "OPTIONAL: null\n", "OPTIONAL: null\rEVIL: \"\"\n")
        }),
        case("yaml-second-byte-order-mark", |w| {
            format!("\u{feff}\u{feff}{}", w.prod())
        }),
    ]
}

fn limits() -> Vec<Case> {
    vec![
        case("yaml-too-deep", |w| {
            let deep = format!("NEW: {}{}\n", "[".repeat(70), "]".repeat(70));
            before(w.prod(), "PORT:", &deep)
        }),
        case("yaml-key-too-long", |w| {
            once(w.prod(), "PORT:", &format!("{}:", "P".repeat(256)))
        }),
        case("yaml-number-beyond-64-bits", |w| {
            value(w.prod(), "OPTIONAL", "18446744073709551615")
        }),
        case("yaml-comment-inside-a-value", |w| {
            let old = enc(w.prod(), "PORT:");
            once(w.prod(), old, &format!("{old}\t#x\n    more"))
        }),
        case("yaml-value-on-many-lines", |w| {
            let old = enc(w.prod(), "PORT:");
            once(w.prod(), old, &format!("\n    {old}\n    {old}"))
        }),
    ]
}
