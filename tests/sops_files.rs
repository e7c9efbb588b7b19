//! Files that sops and other programs wrote: what vault opens, it opens to the same values, types, order and comments; what it refuses, it
//! refuses for the reason in the manifest.

use std::{fs, path::PathBuf};

use serde_json::Value;
use vault::{
    keys::{self, Identity, IdentityFile},
    secret::{DataKey, ExposeSecret},
    sops::{Contents, File},
    value::{Form, Kind, Node, Scalar, Step, number::float_text},
    yaml::{Document, Part},
};

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/sops")
}

fn read(name: &str) -> String {
    fs::read_to_string(fixtures().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn manifest() -> Vec<Value> {
    serde_json::from_str(&read("manifest.json")).expect("the manifest is JSON")
}

fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry[field].as_str().unwrap_or_default()
}

fn identities(entry: &Value) -> Vec<Identity> {
    let names = entry["identities"].as_array().expect("a list");
    let open =
        |name: &Value| match IdentityFile::parse(read(name.as_str().expect("a path")).as_bytes()) {
            Ok(IdentityFile::Open(identities)) => identities,
            _ => Vec::new(),
        };
    names.iter().flat_map(open).collect()
}

const MAC: &str = "the values do not match the file's MAC: the file was changed without its key";

enum Outcome {
    Opens(Contents),
    Refused(String),
    NoIdentity,
}

fn outcome(entry: &Value) -> Outcome {
    let opened = (|| {
        let document =
            Document::parse(&read(text(entry, "file"))).map_err(|error| error.to_string())?;
        let file = File::new(document, Form::Lenient).map_err(|error| error.to_string())?;
        let Some(key) = data_key(&file, &identities(entry))? else {
            return Ok(None);
        };
        file.open(&key).map(Some).map_err(|error| error.to_string())
    })();
    match opened {
        Ok(Some(contents)) => Outcome::Opens(contents),
        Ok(None) => Outcome::NoIdentity,
        Err(reason) => Outcome::Refused(reason),
    }
}

fn data_key(file: &File, identities: &[Identity]) -> Result<Option<DataKey>, String> {
    for entry in &file.metadata().age {
        if let Some(key) = keys::unwrap(&entry.armor, identities, Form::Lenient)
            .map_err(|error| error.to_string())?
        {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// sops prints a float without a fraction as a whole number.
fn same(ours: &Scalar, theirs: &Scalar) -> bool {
    ours == theirs
        || (ours.kind() == Kind::Float
            && theirs.kind() == Kind::Int
            && theirs.expose().parse().map(float_text).as_deref() == Ok(ours.expose()))
}

fn assert_same_tree(name: &str, ours: &Node, theirs: &Node) {
    let (ours, theirs) = (ours.leaves(), theirs.leaves());
    assert_eq!(ours.len(), theirs.len(), "{name}: number of values");
    for ((path, value), (their_path, their_value)) in ours.iter().zip(&theirs) {
        assert_eq!(path, their_path, "{name}");
        assert!(
            same(value, their_value),
            "{name}: {path}: {} {:?}, sops says {} {:?}",
            value.kind(),
            value.expose(),
            their_value.kind(),
            their_value.expose()
        );
    }
}

fn assert_same_strings(name: &str, ours: &Node, json: &Value) {
    for (path, value) in ours.leaves() {
        let theirs = path.steps().iter().fold(json, |at, step| match step {
            Step::Key(key) => &at[key.as_str()],
            Step::Index(index) => &at[*index],
        });
        if value.kind() == Kind::Str {
            assert_eq!(theirs.as_str(), Some(value.expose()), "{name}: {path}");
        }
    }
}

#[test]
fn every_supported_file_opens_to_the_values_and_comments_that_sops_sees() {
    let mut opened = 0;
    for entry in manifest()
        .iter()
        .filter(|entry| text(entry, "vault") == "opens")
    {
        let name = text(entry, "file");
        let contents = match outcome(entry) {
            Outcome::Opens(contents) => contents,
            Outcome::Refused(reason) => panic!("{name}: {reason}"),
            Outcome::NoIdentity => panic!("{name}: no identity fits"),
        };
        let Ok(expected) = Document::parse(&read(text(entry, "tree"))) else {
            // sops prints U+2028 as it is; JSON says the same without it.
            assert_same_strings(
                name,
                &Node::Map(contents.tree),
                &serde_json::from_str(&read(text(entry, "json"))).expect("JSON"),
            );
            opened += 1;
            continue;
        };
        let tree = expected
            .root()
            .map(|root| root.to_node().expect("sops wrote it"))
            .unwrap_or(Node::Map(Default::default()));
        assert_same_tree(name, &Node::Map(contents.tree), &tree);
        let mut ours: Vec<&str> = contents
            .comments
            .iter()
            .map(|comment| comment.text.expose_secret().trim_end())
            .collect();
        let mut theirs: Vec<&str> = (0..expected.items().len())
            .filter(|at| expected.items()[*at].part == Part::Comment)
            .map(|at| expected.str_at(at).trim_end())
            .collect();
        // sops moves side comments above their keys.
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs, "{name}: comments");
        opened += 1;
    }
    assert!(opened >= 80, "{opened}");
}

#[test]
fn every_refused_file_is_refused_for_its_reason() {
    let reasons = [
        (
            "negative/value_bitflip.yaml",
            "1:9: secret: does not decrypt: changed, moved here from elsewhere, or of another data key",
        ),
        ("negative/unencrypted_value_changed.yaml", MAC),
        ("negative/encrypted_line_removed.yaml", MAC),
        ("negative/order_of_values_swapped.yaml", MAC),
        ("negative/mac_missing.yaml", "the metadata has no `mac`"),
        (
            "negative/version_two_parts.yaml",
            "28:14: sops.version: expected a version of three parts",
        ),
        (
            "negative/no_sops_block.yaml",
            "no `sops` metadata: not an encrypted file",
        ),
        ("negative/sops_scalar.yaml", "14:7: sops: expected a map"),
        (
            "negative/plaintext_in_encrypted_slot.yaml",
            "1:9: secret: not encrypted",
        ),
        (
            "negative/int_in_encrypted_slot.yaml",
            "1:9: secret: not encrypted",
        ),
        (
            "negative/truncated.yaml",
            "the metadata has no `lastmodified`",
        ),
        (
            "negative/armor_corrupt.yaml",
            "the age entry is not a canonical age file",
        ),
        ("oracle/types/enc-3.13.2.yaml", "no identity fits"),
        ("third_party/flux-age-pq.yaml", "no identity fits"),
        (
            "made/encrypted_comment_regex/enc.yaml",
            "10:5: sops: rules by comment (`encrypted_comment_regex`) are not supported",
        ),
        ("made/key_groups/enc.yaml", "key groups are not supported"),
        ("made/two_documents/enc.yaml", "17:1: a second document"),
        (
            "made/unencrypted_comment_regex/enc.yaml",
            "5:5: sops: rules by comment (`unencrypted_comment_regex`) are not supported",
        ),
    ];
    let refused: Vec<(String, String)> = manifest()
        .iter()
        .filter(|entry| text(entry, "vault") == "refused")
        .map(|entry| match outcome(entry) {
            Outcome::Opens(_) => (text(entry, "file").to_owned(), "opens".to_owned()),
            Outcome::Refused(reason) => (text(entry, "file").to_owned(), reason),
            Outcome::NoIdentity => (
                text(entry, "file").to_owned(),
                "no identity fits".to_owned(),
            ),
        })
        .collect();
    let expected: Vec<_> = reasons
        .iter()
        .map(|(file, reason)| ((*file).to_owned(), (*reason).to_owned()))
        .collect();
    assert_eq!(refused, expected);
}
