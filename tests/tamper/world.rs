//! The base files, and what can be made of them with keys that give no right to it.

use std::{collections::BTreeMap, fs};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use vault::{keys::SigningKey, signature, yaml::Document};

use crate::{
    base,
    edits::{below, items, line, once},
};

/// The base files by name.
pub(crate) struct World(BTreeMap<String, String>);

impl World {
    pub(crate) fn load() -> Self {
        let folder = fs::read_dir(base::folder().join("base")).expect("the base files");
        let read = |entry: std::io::Result<fs::DirEntry>| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read_to_string(&path).expect("text"))
        };
        World(folder.map(read).collect())
    }

    #[track_caller]
    pub(crate) fn file(&self, name: &str) -> &str {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("no base file {name}"))
    }

    /// The file that most cases change: signed by alice, who reads and writes with dave; ci only reads; carol was removed.
    pub(crate) fn prod(&self) -> &str {
        self.file("prod.yaml")
    }

    /// A file with some values in clear.
    pub(crate) fn clear(&self) -> &str {
        self.file("clear.yaml")
    }

    /// A file without signature, where the config says so.
    pub(crate) fn unsigned(&self) -> &str {
        self.file("unsigned.yaml")
    }
}

/// The entries of the log, from the first `-` of each.
pub(crate) fn entries(text: &str) -> Vec<String> {
    items(below(text, "members:"), 12)
}

/// The file with another log; its own signature stays.
pub(crate) fn with_entries(text: &str, entries: &[String]) -> String {
    once(text, below(text, "members:"), &entries.concat())
}

/// The age entries, each with the name above it.
pub(crate) fn age_entries(text: &str) -> Vec<String> {
    items(below(text, "age:"), 8)
}

pub(crate) fn with_age(text: &str, entries: &[String]) -> String {
    once(text, below(text, "age:"), &entries.concat())
}

/// The armor of an age entry, as it stands in the file.
pub(crate) fn armor(entry: &str) -> &str {
    below(entry, "- enc: |")
        .split_once("          recipient:")
        .map_or(below(entry, "- enc: |"), |(armor, _)| armor)
}

/// An armored age file, as it stands in an entry.
pub(crate) fn indented(armor: &str) -> String {
    armor
        .lines()
        .map(|line| format!("            {line}\n"))
        .collect()
}

/// The line of the signature over the file.
pub(crate) fn signature_line(text: &str) -> &str {
    let is_own = |line: &&str| line.starts_with("        signature:");
    text.split_inclusive('\n')
        .find(is_own)
        .expect("a signature over the file")
}

/// The signature over the file, in base64.
pub(crate) fn content_signature(text: &str) -> &str {
    signature_line(text)
        .trim()
        .trim_start_matches("signature: ")
}

pub(crate) fn with_signature(text: &str, signature: &str) -> String {
    let gap = if signature.is_empty() { "" } else { " " };
    once(
        text,
        signature_line(text),
        &format!("        signature:{gap}{signature}\n"),
    )
}

/// The file signed with somebody's key, whether that counts or not.
pub(crate) fn signed_by(text: &str, who: &str) -> String {
    with_signature(text, &signature_by(text, base::identity(who).signing_key()))
}

fn signature_by(text: &str, key: &SigningKey) -> String {
    let document = Document::parse(text).expect("YAML");
    let signature = ["sops", "x-vault", "signature"]
        .iter()
        .try_fold(document.root().expect("a root"), |node, key| node.get(key))
        .expect("a signature");
    signature::sign(&document, signature.index(), key).to_base64()
}

/// What the signature of a log entry covers.
fn message(entry: &str) -> Vec<u8> {
    let document = Document::parse(&format!("members:\n{entry}")).expect("YAML");
    let root = document.root().expect("a root");
    let node = root.get("members").and_then(|list| list.items().next());
    let node = node.expect("an entry");
    let signature = node.get("signature").expect("a signature").index();
    let mut message = b"vault-members-v1\n".to_vec();
    let items = node.index()..node.last_index() + 1;
    message.extend(signature::transcript(&document, items, Some(signature)));
    message
}

/// A log entry signed with somebody's key.
pub(crate) fn entry_by(entry: &str, who: &str) -> String {
    entry_for(entry, who, "vault-members")
}

/// A log entry signed for another purpose.
pub(crate) fn entry_for(entry: &str, who: &str, namespace: &str) -> String {
    let identity = base::identity(who);
    let blob = identity.signing_key().sign(namespace, &message(entry));
    let old = line(entry, "signature:");
    once(
        entry,
        old,
        &format!("              signature: {}\n", blob.to_base64()),
    )
}

/// The name by which later entries call an entry.
pub(crate) fn digest(entry: &str) -> String {
    let signature = line(entry, "signature:")
        .trim()
        .trim_start_matches("signature: ");
    let blob = STANDARD.decode(signature).expect("base64");
    let digest = Sha256::new()
        .chain_update(message(entry))
        .chain_update(blob);
    STANDARD.encode(digest.finalize())
}

/// An entry after others, by somebody who may or may not write.
pub(crate) fn following(previous: &[&str], change: &str, by: &str, key_of: &str) -> String {
    let digests: Vec<String> = previous
        .iter()
        .map(|entry| format!("\"{}\"", digest(entry)))
        .collect();
    let entry = format!(
        "            - previous: [{}]\n{change}              at: \"2026-11-22T08:00:00Z\"\n              by: {by}\n              signature: x\n",
        digests.join(", ")
    );
    entry_by(&entry, key_of)
}
