//! Texts that nobody wrote.

use std::{fs, path::Path};

use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use vault::{
    secret::DataKey,
    sops::{File, OpenFile},
    value::{Form, KeyPath, Map, Node, Scalar, Step},
    yaml::Document,
};

use crate::{
    NOW, copy,
    documents::{RICH, Taste, sample},
    entry, sealed, text_of,
};

/// The texts of a folder of fixtures and of those in it.
fn fixtures(folder: &Path, found: &mut Vec<String>) {
    for file in fs::read_dir(folder)
        .expect("a folder of fixtures")
        .flatten()
    {
        let path = file.path();
        if path.is_dir() {
            fixtures(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push(text);
        }
    }
}

/// What a finger, a merge or an attacker does to a text.
fn damaged(text: &str, rng: &mut StdRng) -> String {
    let mut text = text.to_owned();
    for _ in 0..rng.gen_range(1..4) {
        text = match rng.gen_range(0..6) {
            0..=2 => with_other_character(&text, rng),
            _ => with_other_lines(&text, rng),
        };
    }
    text
}

fn with_other_character(text: &str, rng: &mut StdRng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = rng.gen_range(0..=chars.len());
    let new = *"#:-?|>[]{},&*!'\"%@ \t\n\r\0aZ9=/+\u{85}\u{feff}é😀"
        .chars()
        .collect::<Vec<_>>()
        .choose(rng)
        .expect("not empty");
    match rng.gen_range(0..3) {
        0 => chars.insert(at, new),
        1 if at < chars.len() => chars[at] = new,
        _ if at < chars.len() => {
            chars.remove(at);
        }
        _ => {}
    }
    chars.into_iter().collect()
}

fn with_other_lines(text: &str, rng: &mut StdRng) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let (one, other) = (rng.gen_range(0..lines.len()), rng.gen_range(0..lines.len()));
    match rng.gen_range(0..4) {
        0 => {
            lines.remove(one);
        }
        1 => lines.insert(other, lines[one]),
        2 => lines.swap(one, other),
        _ => lines.truncate(one),
    }
    lines.concat()
}

/// Everything that a text goes through before somebody has looked at it.
fn read_in_every_way(text: &str) {
    let Ok(document) = Document::parse(text) else {
        return;
    };
    if let Some(root) = document.root() {
        let _ = root.to_node();
    }
    let key = DataKey::generate();
    if let Ok(open) = OpenFile::from_plain(&document, copy(&key), &[entry()], NOW) {
        let _ = open.to_plain();
    }
    for form in [Form::Canonical, Form::Lenient] {
        let again = Document::parse(text).expect("it was read a moment ago");
        if let Ok(file) = File::new(again, form) {
            let _ = OpenFile::open(file, copy(&key));
        }
    }
}

/// What MAC and additional data hold together: the plaintexts in order, with the keys on the way to them; not null, the empty text, empty
/// collections and where lists begin.
fn bound(tree: &Map) -> Vec<(Vec<String>, String)> {
    let keys = |path: &KeyPath| -> Vec<String> {
        path.steps()
            .iter()
            .filter_map(|step| match step {
                Step::Key(key) => Some(key.clone()),
                Step::Index(_) => None,
            })
            .collect()
    };
    let text = |scalar: &Scalar| scalar.expose().to_lowercase();
    let tree = Node::Map(tree.clone());
    let leaves = tree.leaves();
    let full = leaves.iter().filter(|(_, scalar)| !scalar.is_blank());
    full.map(|(path, scalar)| (keys(path), text(scalar)))
        .collect()
}

proptest! {
    #![proptest_config(crate::cases(150))]

    #[test]
    fn no_text_stops_the_reader(text in "(?s).{0,60}") {
        read_in_every_way(&text);
    }

    #[test]
    fn no_text_of_yaml_s_characters_stops_the_reader(
        text in "([a-c]|[ \n]|: |- |# |[\\[\\]{},?:|>!&*'\"%#\t-]|\r\n|---\n|\\.\\.\\.\n|!!str |ENC\\[|sops:|\n  ){0,40}"
    ) {
        read_in_every_way(&text);
    }

    #[test]
    fn no_damaged_document_stops_the_reader(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let sample = sample(seed, RICH);
        read_in_every_way(&damaged(&sample.text, &mut rng));
    }

    #[test]
    fn a_damaged_file_does_not_open_to_other_values(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        // Types are not bound by SOPS: a float or time in another type would have another text.
        let sample = sample(seed, Taste { times: false, odd_floats: false, ..RICH });
        let Some(open) = sealed(&sample.text) else { return Ok(()) };
        let text = text_of(&open);
        for _ in 0..4 {
            let text = damaged(&text, &mut rng);
            for form in [Form::Canonical, Form::Lenient] {
                let Ok(document) = Document::parse(&text) else { continue };
                let Ok(file) = File::new(document, form) else { continue };
                let Ok(other) = OpenFile::open(file, copy(open.key())) else { continue };
                prop_assert_eq!(bound(other.tree()), bound(open.tree()), "{}", text);
            }
        }
    }
}

#[test]
fn no_damaged_fixture_stops_the_reader() {
    let mut texts = Vec::new();
    fixtures(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"),
        &mut texts,
    );
    assert!(texts.len() > 200, "{}", texts.len());
    let mut rng = StdRng::seed_from_u64(5);
    for text in texts.iter().filter(|text| text.len() < 20_000) {
        read_in_every_way(text);
        for _ in 0..6 {
            read_in_every_way(&damaged(text, &mut rng));
        }
    }
}
