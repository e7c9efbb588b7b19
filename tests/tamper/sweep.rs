//! The mechanical sweep: every line deleted, doubled, exchanged with the next; a letter of every class in every token replaced.
//!
//! The oracle: whatever changes the transcript is refused; whatever leaves it alone (a blank line, quotes) gives the same values.

use std::collections::BTreeSet;

use vault::{signature::transcript, value::Map, yaml::Document};

use crate::{refusal::outcome, world::World};

/// What becomes of changes, counted.
#[derive(Default)]
struct Tally {
    refused: usize,
    accepted: usize,
}

struct Judge<'b> {
    base: &'b str,
    transcript: Vec<u8>,
    tree: Map,
    yaml: serde_yaml::Value,
    tally: Tally,
}

impl<'b> Judge<'b> {
    fn new(base: &'b str) -> Self {
        let opened =
            outcome("clear", base.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}"));
        Judge {
            base,
            transcript: everything(base).expect("YAML"),
            tree: opened.tree().clone(),
            yaml: serde_yaml::from_str(base).expect("YAML"),
            tally: Tally::default(),
        }
    }

    fn judge(&mut self, text: &str, what: &str) {
        if text == self.base {
            return;
        }
        let is_same = everything(text).is_some_and(|transcript| transcript == self.transcript);
        match outcome("clear", text.as_bytes()) {
            Err(refusal) if is_same => {
                panic!("{what}: refused although nothing changed: {refusal}\n{text}")
            }
            Err(_) => self.tally.refused += 1,
            Ok(_) if !is_same => panic!("{what}: accepted\n{text}"),
            Ok(opened) => {
                assert_eq!(*opened.tree(), self.tree, "{what}: other values");
                // A reader of YAML that is not ours sees the same, or nothing (it knows no tab behind a dash).
                if let Ok(yaml) = serde_yaml::from_str::<serde_yaml::Value>(text) {
                    assert_eq!(yaml, self.yaml, "{what}: other values to another reader");
                }
                self.tally.accepted += 1;
            }
        }
    }
}

/// The transcript of a whole text, signature and all; `None` for what is not read at all.
fn everything(text: &str) -> Option<Vec<u8>> {
    let document = Document::parse(text).ok()?;
    Some(transcript(&document, 0..document.items().len(), None))
}

#[test]
fn whoever_deletes_doubles_or_exchanges_a_line_is_refused_unless_nothing_is_meant_by_it() {
    let world = World::load();
    let mut judge = Judge::new(world.clear());
    let lines: Vec<&str> = world.clear().split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let with = |middle: &[&str], skipped: usize| {
            [
                &lines[..at],
                middle,
                &lines[(at + skipped).min(lines.len())..],
            ]
            .concat()
            .concat()
        };
        judge.judge(&with(&[], 1), &format!("line {} deleted", at + 1));
        judge.judge(
            &with(&[lines[at], lines[at]], 1),
            &format!("line {} doubled", at + 1),
        );
        if let Some(next) = lines.get(at + 1) {
            judge.judge(
                &with(&[next, lines[at]], 2),
                &format!("lines {} and {} exchanged", at + 1, at + 2),
            );
        }
    }
    let Tally { refused, accepted } = judge.tally;
    assert!(
        refused > 150 && accepted > 0,
        "{refused} refused, {accepted} accepted"
    );
}

#[test]
fn whoever_replaces_a_letter_of_any_token_is_refused_unless_nothing_is_meant_by_it() {
    let world = World::load();
    let base = world.clear();
    let mut judge = Judge::new(base);
    for at in places(base) {
        for other in others(base.as_bytes()[at]) {
            let text = format!("{}{other}{}", &base[..at], &base[at + 1..]);
            judge.judge(&text, &format!("byte {at} made {other:?}"));
        }
    }
    let Tally { refused, accepted } = judge.tally;
    assert!(
        refused > 800 && accepted > 0,
        "{refused} refused, {accepted} accepted"
    );
}

#[test]
#[ignore = "every byte of the file; takes a minute"]
fn whoever_replaces_any_letter_is_refused_unless_nothing_is_meant_by_it() {
    let world = World::load();
    let base = world.clear();
    let mut judge = Judge::new(base);
    for at in 0..base.len() {
        for other in [
            "", "A", "b", "0", " ", "\n", ":", "#", "\"", "-", "=", "[", "}",
        ] {
            let text = format!("{}{other}{}", &base[..at], &base[at + 1..]);
            judge.judge(&text, &format!("byte {at} made {other:?}"));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Upper,
    Lower,
    Digit,
    Mark,
}

fn class(byte: u8) -> Class {
    match byte {
        b'A'..=b'Z' => Class::Upper,
        b'a'..=b'z' => Class::Lower,
        b'0'..=b'9' => Class::Digit,
        _ => Class::Mark,
    }
}

/// In every run of letters and digits the first and last of each class; every mark that is no blank; the first blank of every run.
fn places(text: &str) -> BTreeSet<usize> {
    let bytes = text.as_bytes();
    let mut places = BTreeSet::new();
    let mut run: Vec<usize> = Vec::new();
    for at in 0..=bytes.len() {
        match bytes.get(at) {
            Some(byte) if class(*byte) != Class::Mark => run.push(at),
            mark => {
                for wanted in [Class::Upper, Class::Lower, Class::Digit] {
                    let of_class = |at: &&usize| class(bytes[**at]) == wanted;
                    places.extend(run.iter().find(of_class));
                    places.extend(run.iter().rev().find(of_class));
                }
                run.clear();
                let is_next_blank = mark == Some(&b' ') && at > 0 && bytes[at - 1] == b' ';
                places.extend(mark.filter(|_| !is_next_blank).map(|_| at));
            }
        }
    }
    places
}

/// What a byte is replaced by: another of its class, or marks that mean something else.
fn others(byte: u8) -> &'static [&'static str] {
    match (class(byte), byte) {
        (Class::Upper, b'A') => &["B"],
        (Class::Upper, _) => &["A"],
        (Class::Lower, b'a') => &["b"],
        (Class::Lower, _) => &["a"],
        (Class::Digit, b'0') => &["1"],
        (Class::Digit, _) => &["0"],
        (Class::Mark, b' ') => &["", "\t", "-"],
        (Class::Mark, b'\n') => &[" ", "\n\n", "\r\n"],
        (Class::Mark, b'"') => &["'", ""],
        (Class::Mark, b'#') => &["", "##"],
        (Class::Mark, _) => &["", "x", ":"],
    }
}

#[test]
fn another_layout_is_accepted_with_the_same_values() {
    let world = World::load();
    let base = world.clear();
    let mut judge = Judge::new(base);
    let indented = |line: &str| format!("  {line}\n");
    for (text, what) in [
        (base.replace('\n', "\r\n"), "CRLF"),
        (format!("\u{feff}{base}"), "a byte order mark"),
        (format!("---\n{base}"), "a document marker"),
        (format!("{base}..."), "a marker of the end"),
        (base.trim_end().to_owned(), "no line end at the end"),
        (
            base.replace("\n    ", "\n\n    ")
                .replace("\n\n            ", "\n            "),
            "blank lines",
        ),
        (base.lines().map(indented).collect(), "everything indented"),
        (base.replace("TOKEN: ", "\"TOKEN\":   "), "a quoted key"),
        (
            base.replace("LOG_LEVEL: info", "'LOG_LEVEL': \"info\""),
            "a quoted value",
        ),
        (base.replace("BLANK: \"\"", "BLANK: ''"), "other quotes"),
        (
            base.replace("empty: {}", "empty: { }"),
            "a blank in brackets",
        ),
        (
            base.replace("type:str]\n", "type:str]   \n"),
            "blanks at the ends of lines",
        ),
        (
            base.replace("type:comment]\n", "type:comment] \t\n"),
            "blanks behind comments",
        ),
    ] {
        assert_ne!(text, base, "{what}");
        judge.judge(&text, what);
        assert_eq!(judge.tally.refused, 0, "{what} is refused");
    }
}
