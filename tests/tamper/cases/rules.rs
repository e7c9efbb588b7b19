//! The rule that says what is encrypted, and the switch of the MAC.

use super::{Case, case};
use crate::edits::{after, before, enc, line, once, value, without};
use crate::world::{entries, with_entries};

const RULE: &str = "unencrypted_regex: ^$";
const IN_METADATA: &str = "\n    unencrypted_regex: ^$\n";

/// The rule of the metadata, written otherwise.
fn ruled(text: &str, written: &str) -> String {
    let written = if written.is_empty() {
        String::new()
    } else {
        format!("    {written}\n")
    };
    once(text, IN_METADATA, &format!("\n{written}"))
}

pub(super) fn cases() -> Vec<Case> {
    [
        changed(),
        mac_switch(),
        clear(),
        in_the_log(),
        gone_from_the_log(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn changed() -> Vec<Case> {
    let rules = [
        ("rule-removed", ""),
        ("rule-emptied", "unencrypted_regex: \"\""),
        ("rule-nulled", "unencrypted_regex:"),
        ("rule-widened", "unencrypted_regex: ^PORT$"),
        ("rule-made-everything-clear", "unencrypted_regex: .*"),
        ("rule-turned-round", "encrypted_regex: ^$"),
        ("rule-made-a-suffix", "unencrypted_suffix: _unencrypted"),
        ("rule-made-another-suffix", "encrypted_suffix: _secret"),
        ("rule-not-an-expression", "unencrypted_regex: \"[\""),
        ("rule-with-look-behind", "unencrypted_regex: \"(?<=x)y\""),
        ("rule-a-number", "unencrypted_regex: 1"),
        ("rule-a-list", "unencrypted_regex: [^$]"),
        ("rule-misspelled", "unencrypted_regexp: ^$"),
        ("rule-in-another-case", "Unencrypted_Regex: ^$"),
        ("rule-by-comment", "unencrypted_comment_regex: open"),
    ];
    let mut cases: Vec<Case> = rules
        .into_iter()
        .map(|(name, written)| case(name, move |w| ruled(w.prod(), written)))
        .collect();
    cases.extend([
        case("rule-added", |w| {
            ruled(w.prod(), &format!("encrypted_regex: ^PORT$\n    {RULE}"))
        }),
        case("rule-added-empty", |w| {
            ruled(w.prod(), &format!("encrypted_suffix: \"\"\n    {RULE}"))
        }),
        case("rule-twice", |w| {
            ruled(w.prod(), &format!("{RULE}\n    {RULE}"))
        }),
        case("rule-added-in-another-case", |w| {
            ruled(w.prod(), &format!("{RULE}\n    UNENCRYPTED_REGEX: .*"))
        }),
    ]);
    cases
}

fn mac_switch() -> Vec<Case> {
    let with = |name: &str, written: &'static str| {
        case(name, move |w| {
            before(w.prod(), "version: 3", &format!("    {written}\n"))
        })
    };
    vec![
        with("mac-only-encrypted-turned-on", "mac_only_encrypted: true"),
        with("mac-only-encrypted-turned-off", "mac_only_encrypted: false"),
        with("mac-only-encrypted-a-text", "mac_only_encrypted: \"true\""),
        with("mac-only-encrypted-yes", "mac_only_encrypted: yes"),
        case("clear-mac-only-encrypted-and-a-value-changed", |w| {
            let text = before(w.clear(), "version: 3", "    mac_only_encrypted: true\n");
            value(&text, "LOG_LEVEL", "debug")
        }),
    ]
}

fn clear() -> Vec<Case> {
    let metadata = |text: &str, to: &str| {
        once(
            text,
            "\n    unencrypted_regex: ^(?:LOG_LEVEL|LOG_FORMAT|LOG_PORT)$\n",
            &format!("\n    {to}\n"),
        )
    };
    vec![
        case("clear-rule-widened", move |w| {
            metadata(
                w.clear(),
                "unencrypted_regex: ^(?:LOG_LEVEL|LOG_FORMAT|LOG_PORT|TOKEN)$",
            )
        }),
        case("clear-rule-widened-and-a-value-put-in-clear", move |w| {
            let text = metadata(
                w.clear(),
                "unencrypted_regex: ^(?:LOG_LEVEL|LOG_FORMAT|LOG_PORT|TOKEN)$",
            );
            value(&text, "TOKEN", "known")
        }),
        case("clear-rule-narrowed", move |w| {
            metadata(w.clear(), "unencrypted_regex: ^(?:LOG_LEVEL|LOG_FORMAT)$")
        }),
        case("clear-rule-quoted-and-widened", move |w| {
            metadata(
                w.clear(),
                "unencrypted_regex: \"^(?:LOG_LEVEL|LOG_FORMAT|LOG_PORT|)$\"",
            )
        }),
        case("clear-rule-made-that-of-new-files", move |w| {
            metadata(w.clear(), RULE)
        }),
    ]
}

fn in_the_log() -> Vec<Case> {
    let old = "                  unencrypted_regex: ^$\n";
    vec![
        case("rule-changed-in-the-log", move |w| {
            once(
                w.prod(),
                old,
                "                  unencrypted_regex: ^PORT$\n",
            )
        }),
        case("rule-changed-in-both", move |w| {
            let text = once(
                w.prod(),
                old,
                "                  unencrypted_regex: ^PORT$\n",
            );
            ruled(&text, "unencrypted_regex: ^PORT$")
        }),
        case("rule-changed-in-both-and-a-value-put-in-clear", move |w| {
            let text = once(
                w.prod(),
                old,
                "                  unencrypted_regex: ^PORT$\n",
            );
            value(&ruled(&text, "unencrypted_regex: ^PORT$"), "PORT", "8080")
        }),
    ]
}

fn gone_from_the_log() -> Vec<Case> {
    let old = "                  unencrypted_regex: ^$\n";
    vec![
        case("rule-removed-from-the-log", move |w| {
            once(w.prod(), &format!("              rule:\n{old}"), "")
        }),
        case("rule-emptied-in-the-log", move |w| {
            once(
                w.prod(),
                &format!("              rule:\n{old}"),
                "              rule: {}\n",
            )
        }),
        case("rule-made-a-text-in-the-log", move |w| {
            once(
                w.prod(),
                &format!("              rule:\n{old}"),
                "              rule: ^$\n",
            )
        }),
        case("rule-of-an-unknown-kind-in-the-log", move |w| {
            once(
                w.prod(),
                old,
                &format!("{old}                  clear_regex: PORT\n"),
            )
        }),
        case("rule-given-again-in-the-log", move |w| {
            let mut log = entries(w.prod());
            log[2] = after(
                &log[2],
                "environment:",
                "              rule:\n                  unencrypted_regex: .*\n",
            );
            with_entries(w.prod(), &log)
        }),
        case("clear-rule-of-the-log-gone-to-the-metadata", |w| {
            let own = line(w.clear(), "unencrypted_regex: \"");
            once(w.clear(), own, "                  unencrypted_regex: ^$\n")
        }),
        case("clear-values-sealed-by-another-rule", |w| {
            let sealed = enc(w.clear(), "TOKEN:");
            value(&without(w.clear(), "LOG_PORT:"), "LOG_FORMAT", sealed)
        }),
    ]
}
