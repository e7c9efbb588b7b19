//! The fixtures are what their manifests say: nothing is missing, nothing is unlisted, every key is marked as public.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const MARK: &str = "# vault: public test identity";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn manifest(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder(name).join("manifest.json")).expect("a manifest");
    serde_json::from_str(&text).expect("a manifest in JSON")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Every text in an entry that names a file.
fn named<'entry>(entry: &'entry Value, fields: &[&str]) -> Vec<&'entry str> {
    let fields = fields.iter().filter_map(|field| entry.get(*field));
    fields
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().collect(),
            single => vec![single],
        })
        .map(|value| value.as_str().expect("a file name"))
        .collect()
}

#[test]
fn every_file_that_a_manifest_names_is_there() {
    for (name, fields) in [
        (
            "sops",
            ["file", "identities", "tree", "json", "dotenv", "plain"].as_slice(),
        ),
        ("signed", ["file", "config"].as_slice()),
    ] {
        for entry in manifest(name) {
            for file in named(&entry, fields) {
                let length = fs::metadata(folder(name).join(file)).map_or(0, |it| it.len());
                assert!(length > 0, "{name}/{file} is missing or empty");
            }
        }
    }
}

#[test]
fn every_sealed_file_is_in_a_manifest() {
    for name in ["sops", "signed"] {
        let entries = manifest(name);
        let listed: BTreeSet<PathBuf> = entries
            .iter()
            .flat_map(|entry| named(entry, &["file"]))
            .map(|file| folder(name).join(file))
            .collect();
        let sealed = |path: &PathBuf| {
            let is_yaml = path
                .extension()
                .is_some_and(|extension| extension == "yaml");
            is_yaml
                && fs::read_to_string(path)
                    .unwrap()
                    .contains(" mac: ENC[AES256_GCM,")
        };
        for path in files(&folder(name)).into_iter().filter(sealed) {
            assert!(
                listed.contains(&path),
                "{} is not in the manifest",
                path.display()
            );
        }
    }
}

#[test]
fn every_private_key_says_that_it_is_public() {
    for path in files(&folder("")) {
        let text = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&text);
        // A locked key cannot hold the line, and is of no use without its passphrase.
        let locked = path
            .file_name()
            .is_some_and(|name| name == "ssh_ed25519_locked");
        let age = text.contains("\nAGE-SECRET-KEY-");
        let ssh = text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") && !locked;
        let marked = (age && text.starts_with(MARK)) || (ssh && text.trim_end().ends_with(MARK));
        assert!(
            marked || !(age || ssh),
            "{} lacks the line `{MARK}`",
            path.display()
        );
    }
}
