//! Whole files from another environment, repository or time.

use super::{Case, case};
use crate::edits::{exchange, line, once, without};
use crate::world::{entries, with_entries};

pub(super) fn cases() -> Vec<Case> {
    [copied(), bound()].into_iter().flatten().collect()
}

/// The file with one line of one entry of its log written otherwise.
fn with_line(text: &str, at: usize, key: &str, written: &str) -> String {
    let mut log = entries(text);
    let old = line(&log[at], key).to_owned();
    log[at] = once(&log[at], &old, &format!("              {written}\n"));
    with_entries(text, &log)
}

fn copied() -> Vec<Case> {
    vec![
        case("file-of-another-environment", |w| {
            w.file("dev.yaml").to_owned()
        }),
        case("file-of-another-repository", |w| {
            w.file("elsewhere.yaml").to_owned()
        }),
        case("clear-file-of-another-environment", |w| w.prod().to_owned()),
        case("unsigned-file-of-a-signed-environment", |w| {
            w.file("dev.yaml").to_owned()
        }),
        case("file-of-another-environment-relabelled", move |w| {
            with_line(w.file("dev.yaml"), 0, "environment:", "environment: prod")
        }),
        case("file-of-another-repository-relabelled", |w| {
            let own = line(w.prod(), "- repository:").to_owned();
            let other = w.file("elsewhere.yaml");
            once(other, line(other, "- repository:"), &own)
        }),
    ]
}

fn bound() -> Vec<Case> {
    vec![
        case("repository-changed", |w| {
            once(w.prod(), "5c0e6a1f9b7d4c2e", "6c0e6a1f9b7d4c2e")
        }),
        case("repository-in-upper-case", |w| {
            let id = crate::base::REPOSITORY;
            once(w.prod(), id, &id.to_uppercase())
        }),
        case("repository-cut", |w| once(w.prod(), "5c0e6a1f9b7d4c2e", "")),
        case("repository-removed", |w| {
            let text = without(w.prod(), "- repository:");
            once(
                &text,
                "              environment: staging",
                "            - environment: staging",
            )
        }),
        case("environment-changed-in-a-rename", move |w| {
            with_line(w.prod(), 2, "environment:", "environment: dev")
        }),
        case("environment-of-the-beginning-changed", |w| {
            once(w.prod(), "environment: staging", "environment: prod")
        }),
        case("environment-names-exchanged", |w| {
            exchange(w.prod(), "environment: staging", "environment: prod")
        }),
        case("environment-not-a-name", |w| {
            once(w.prod(), "environment: prod", "environment: ../prod")
        }),
        case("environment-a-number", |w| {
            once(w.prod(), "environment: prod", "environment: 1")
        }),
        case("metadata-of-another-environment", |w| {
            let start = |text: &str| text.find("\nsops:").expect("metadata");
            let (own, other) = (w.prod(), w.file("dev.yaml"));
            format!("{}{}", &own[..start(own)], &other[start(other)..])
        }),
        case("values-of-another-environment", |w| {
            let start = |text: &str| text.find("\nsops:").expect("metadata");
            let (own, other) = (w.prod(), w.file("dev.yaml"));
            format!("{}{}", &other[..start(other)], &own[start(own)..])
        }),
    ]
}
