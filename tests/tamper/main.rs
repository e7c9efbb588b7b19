//! The tampering corpus: files changed without the right to, each refused for its reason.
//!
//! `fixtures/tampered/base` holds good files. Every other file there is one of them after one change that needs no writer's key, and
//! `manifest.txt` says how it is refused. `cases/` makes the changes, so that the files do not rot.

#[path = "../cli/sandbox/leaks.rs"]
mod leaks;

mod base;
mod cases;
mod edits;
mod refusal;
mod sweep;
mod world;

use std::{collections::BTreeSet, fs};

use cases::Case;
use leaks::Secrets;
use refusal::{Refusal, manifest, outcome};
use world::World;

#[test]
#[ignore = "makes the base files anew: data keys and nonces are random, so every file of the corpus changes with them"]
fn make_the_base_files() {
    let folder = base::folder().join("base");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in base::files() {
        fs::write(folder.join(name), text).unwrap();
    }
}

#[test]
#[ignore = "writes the corpus and its manifest; read what changes before you commit it"]
fn write_the_corpus() {
    let world = World::load();
    let mut lines = String::from(refusal::HEAD);
    for Case { name, make } in cases::all() {
        let bytes = make(&world);
        match outcome(cases::environment(&name), &bytes) {
            Err(refusal) => lines.push_str(&format!("{name}: {refusal}\n")),
            Ok(_) => lines.push_str(&format!("{name}: ACCEPTED\n")),
        }
        fs::write(base::folder().join(format!("{name}.yaml")), bytes).unwrap();
    }
    fs::write(base::folder().join("manifest.txt"), lines).unwrap();
}

#[test]
fn the_base_files_are_accepted_and_open() {
    let world = World::load();
    for (environment, file) in [
        ("prod", "prod.yaml"),
        ("prod", "prod-older.yaml"),
        ("prod", "prod-with-carol.yaml"),
        ("dev", "dev.yaml"),
        ("clear", "clear.yaml"),
        ("unsigned", "unsigned.yaml"),
    ] {
        let opened = outcome(environment, world.file(file).as_bytes());
        assert!(opened.is_ok(), "{file}: {}", opened.err().unwrap());
    }
}

#[test]
fn every_file_of_the_corpus_is_what_its_change_makes() {
    let world = World::load();
    let mut made = BTreeSet::from([
        "base".to_owned(),
        "manifest.txt".to_owned(),
        "README.md".to_owned(),
    ]);
    let mut contents = BTreeSet::new();
    for Case { name, make } in cases::all() {
        let file = format!("{name}.yaml");
        let fixture =
            fs::read(base::folder().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(
            make(&world) == fixture,
            "{file} is not what its change makes"
        );
        assert!(made.insert(file), "{name} stands twice");
        let is_new = contents.insert((cases::environment(&name), fixture));
        assert!(is_new, "{name} is what another case is");
    }
    let there = fs::read_dir(base::folder()).unwrap();
    let there: BTreeSet<String> = there
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let odd: Vec<&String> = there.symmetric_difference(&made).collect();
    assert!(
        odd.is_empty(),
        "not of both, the folder and the cases: {odd:?}"
    );
}

#[test]
fn every_file_of_the_corpus_is_refused_for_its_reason() {
    let manifest = manifest();
    let names: BTreeSet<&str> = manifest.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), manifest.len(), "a name stands twice");
    assert!(names.len() >= 160, "{} cases", names.len());
    let cases: BTreeSet<String> = cases::all().into_iter().map(|case| case.name).collect();
    let cases: BTreeSet<&str> = cases.iter().map(String::as_str).collect();
    let odd: Vec<&&str> = names.symmetric_difference(&cases).collect();
    assert!(
        odd.is_empty(),
        "not of both, the manifest and the cases: {odd:?}"
    );
    for (name, expected) in &manifest {
        let bytes = fs::read(base::folder().join(format!("{name}.yaml"))).unwrap();
        match outcome(cases::environment(name), &bytes) {
            Err(refusal) => assert_eq!(refusal.to_string(), *expected, "{name}"),
            Ok(_) => panic!("{name} is accepted"),
        }
    }
}

#[test]
fn no_refusal_holds_a_secret_a_digest_or_a_line_of_the_file() {
    let mut secrets = Secrets::default();
    base::SECRETS.iter().for_each(|secret| secrets.add(secret));
    for (name, refusal) in manifest() {
        assert_eq!(
            secrets.found_in_refusal(&refusal),
            None,
            "{name}: {refusal}"
        );
    }
}

#[test]
fn only_what_a_signature_cannot_show_needs_an_identity() {
    for (name, refusal) in manifest() {
        let is_opened = refusal.starts_with(Refusal::WITH_AN_IDENTITY);
        let may_be = name.starts_with("unsigned-") || name.contains("signed-by-a-writer");
        assert!(!is_opened || may_be, "{name}: {refusal}");
    }
}
