//! The rest of the metadata: MAC, time, version, other key services, keys that nobody knows.

use super::{Case, case};
use crate::edits::{before, enc, flipped, line, once, value, without};

pub(super) fn cases() -> Vec<Case> {
    [mac(), time(), version(), more()]
        .into_iter()
        .flatten()
        .collect()
}

fn mac() -> Vec<Case> {
    vec![
        case("mac-removed", |w| without(w.prod(), "mac:")),
        case("mac-emptied", |w| value(w.prod(), "mac", "\"\"")),
        case("mac-nulled", |w| value(w.prod(), "mac", "")),
        case("mac-in-clear", |w| {
            value(w.prod(), "mac", &"0".repeat(128).replacen('0', "A", 1))
        }),
        case("mac-changed", |w| {
            let old = enc(w.prod(), "mac:");
            once(
                w.prod(),
                old,
                &flipped(old, old.find("data:").expect("data") + 5),
            )
        }),
        case("mac-of-an-older-version", |w| {
            once(
                w.prod(),
                enc(w.prod(), "mac:"),
                enc(w.file("prod-older.yaml"), "mac:"),
            )
        }),
        case("mac-and-time-of-an-older-version", |w| {
            let older = w.file("prod-older.yaml");
            let text = once(w.prod(), line(w.prod(), "mac:"), line(older, "mac:"));
            once(
                &text,
                line(&text, "lastmodified:"),
                line(older, "lastmodified:"),
            )
        }),
        case("mac-of-another-environment", |w| {
            once(
                w.prod(),
                enc(w.prod(), "mac:"),
                enc(w.file("dev.yaml"), "mac:"),
            )
        }),
        case("mac-is-a-value", |w| {
            once(w.prod(), enc(w.prod(), "mac:"), enc(w.prod(), "PORT:"))
        }),
    ]
}

fn time() -> Vec<Case> {
    let times = [
        ("time-changed", "\"2027-01-01T00:00:00Z\""),
        ("time-without-quotes", "2026-11-21T08:05:00Z"),
        ("time-with-a-fraction", "\"2026-11-21T08:05:00.0Z\""),
        ("time-in-another-zone", "\"2026-11-21T09:05:00+01:00\""),
        ("time-in-lower-case", "\"2026-11-21t08:05:00z\""),
        ("time-a-word", "\"now\""),
        ("time-nulled", ""),
    ];
    let mut cases: Vec<Case> = times
        .into_iter()
        .map(|(name, written)| case(name, move |w| value(w.prod(), "lastmodified", written)))
        .collect();
    cases.push(case("time-removed", |w| without(w.prod(), "lastmodified:")));
    cases
}

fn version() -> Vec<Case> {
    let own = "    version: 3.13.3\n";
    let with = move |name: &str, written: &'static str| {
        case(name, move |w| {
            once(w.prod(), own, &format!("    {written}\n"))
        })
    };
    vec![
        case("version-removed", move |w| once(w.prod(), own, "")),
        with("version-changed", "version: 3.9.4"),
        with("version-a-number", "version: 3.13"),
        with("version-a-word", "version: latest"),
    ]
}

/// Keys in the metadata that were not there.
fn more() -> Vec<Case> {
    let added = [
        ("metadata-key-added", "    note: all is well\n"),
        (
            "metadata-kms-added",
            "    kms:\n        - arn: arn:aws:kms:eu-west-1:1:key/x\n          created_at: \"2026-11-21T08:05:00Z\"\n          enc: AQIC\n",
        ),
        (
            "metadata-pgp-added",
            "    pgp:\n        - created_at: \"2026-11-21T08:05:00Z\"\n          enc: x\n          fp: ABCDEF\n",
        ),
        ("metadata-empty-kms-added", "    kms: []\n"),
        ("metadata-key-groups-added", "    key_groups: []\n"),
        ("metadata-threshold-added", "    shamir_threshold: 2\n"),
        ("metadata-key-in-another-case", "    MAC: x\n"),
        ("metadata-second-recipients", "    Age: []\n"),
    ];
    let mut cases: Vec<Case> = added
        .into_iter()
        .map(|(name, more)| case(name, move |w| before(w.prod(), "lastmodified:", more)))
        .collect();
    cases.extend([
        case("metadata-removed", |w| {
            let start = w.prod().find("sops:").expect("metadata");
            w.prod()[..start].to_owned()
        }),
        case("metadata-emptied", |w| {
            let start = w.prod().find("sops:").expect("metadata");
            format!("{}sops: {{}}\n", &w.prod()[..start])
        }),
        case("metadata-a-text", |w| {
            let start = w.prod().find("sops:").expect("metadata");
            format!("{}sops: none\n", &w.prod()[..start])
        }),
        case("metadata-renamed", |w| once(w.prod(), "sops:", "SOPS:")),
        case("metadata-a-list", |w| {
            let start = w.prod().find("sops:").expect("metadata");
            format!("{}sops: []\n", &w.prod()[..start])
        }),
    ]);
    cases
}
