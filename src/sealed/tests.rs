use std::{collections::BTreeMap, fs, path::PathBuf};

use super::*;
use crate::{
    config::Config,
    keys::{Identity, IdentityFile, Member},
    members::{Change, Origin},
    value::{EnvName, KeyPath, Name, Node, Scalar},
};

const NOW: &str = "2026-11-24T12:00:00Z";
const REPOSITORY: &str = "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(name),
    )
    .unwrap()
}

fn identity(name: &str) -> Identity {
    match IdentityFile::parse(&fixture(&format!("keys/{name}"))).unwrap() {
        IdentityFile::Open(mut identities) => identities.remove(0),
        IdentityFile::Locked(_) => panic!("locked"),
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn prod() -> EnvName {
    "prod".parse().unwrap()
}

fn expected(environment: &EnvName) -> Expected<'_> {
    Expected {
        repository: REPOSITORY,
        environment,
        signed: true,
    }
}

fn members(lines: &[(&str, &Identity)]) -> BTreeMap<Name, Member> {
    lines
        .iter()
        .map(|(who, identity)| (name(who), identity.member()))
        .collect()
}

fn origin() -> Origin {
    Origin {
        repository: REPOSITORY.into(),
        environment: prod(),
        rule: vec![("unencrypted_regex".into(), "^$".into())],
        extends: vec![],
    }
}

fn write(opened: Opened, identity: &Identity) -> Result<Sealed, SealError> {
    let identities = std::slice::from_ref(identity);
    let everybody = BTreeMap::from([
        (name("alice"), self::identity("alice.txt").member()),
        (name("dave"), self::identity("ssh_ed25519").member()),
        (name("bob"), self::identity("bob.txt").member()),
    ]);
    let signer = Signer::among(identities, everybody.iter()).unwrap();
    opened.seal(Some(&signer), NOW)
}

fn open(sealed: &Sealed, identity: &Identity) -> Opened {
    let verified = Sealed::parse(sealed.text().as_bytes())
        .unwrap()
        .verify(&expected(&prod()))
        .unwrap();
    let key = verified
        .data_key(std::slice::from_ref(identity))
        .unwrap()
        .unwrap();
    verified.open(key).unwrap()
}

fn new_file(alice: &Identity, others: &[(&str, &Identity)]) -> Sealed {
    let mut all = vec![("alice", alice)];
    all.extend_from_slice(others);
    let mut opened = Opened::create(origin(), members(&all), NOW).unwrap();
    opened
        .set(
            &KeyPath::key("PASSWORD"),
            &Node::Scalar(Scalar::str("hunter2")),
        )
        .unwrap();
    write(opened, alice).unwrap()
}

#[test]
fn files_made_by_the_letter_of_the_format_are_accepted_or_refused_as_their_manifest_says() {
    let manifest: serde_json::Value =
        serde_json::from_slice(&fixture("signed/manifest.json")).unwrap();
    let mut outcomes = Vec::new();
    for entry in manifest.as_array().unwrap() {
        let file = entry["file"].as_str().unwrap();
        let environment: EnvName = entry["environment"].as_str().unwrap().parse().unwrap();
        let config = fixture(&format!("signed/{}", entry["config"].as_str().unwrap()));
        let config = Config::parse(std::str::from_utf8(&config).unwrap()).unwrap();
        let expected = Expected {
            repository: config.repository().unwrap().as_str(),
            environment: &environment,
            signed: true,
        };
        let outcome = match Sealed::parse(&fixture(&format!("signed/{file}"))) {
            Err(error) => error.to_string(),
            Ok(sealed) => match sealed.verify(&expected) {
                Err(error) => error.to_string(),
                Ok(verified) => {
                    let key = verified
                        .data_key(&[identity("alice.txt")])
                        .unwrap()
                        .unwrap();
                    let opened = verified.open(key).unwrap();
                    format!("accepted, {} keys", opened.tree().len())
                }
            },
        };
        assert_eq!(
            outcome.starts_with("accepted"),
            entry["accepted"].as_bool().unwrap(),
            "{file}: {outcome}"
        );
        outcomes.push(format!("{file}: {outcome}"));
    }
    let expected = [
        "simple.yaml: accepted, 5 keys",
        "relaid-yamlfmt.yaml: accepted, 5 keys",
        "relaid.yaml: accepted, 5 keys",
        "crlf.yaml: accepted, 5 keys",
        "log.yaml: accepted, 5 keys",
        "join.yaml: accepted, 5 keys",
        "content-by-reader.yaml: not signed by anybody who may write: the signature is made with another key",
        "content-by-stranger.yaml: not signed by anybody who may write: the signature is made with another key",
        "entry-by-stranger.yaml: 60:15: an entry of the log signed by mallory, who could not write then",
        "content-by-removed.yaml: not signed by anybody who may write: the signature is made with another key",
        "entry-by-removed.yaml: 56:15: an entry of the log signed by dave, who could not write then",
        "entry-namespace.yaml: 40:15: the signature of an entry of the log: the signature is made for another namespace",
        "content-namespace.yaml: not signed by anybody who may write: the signature is made for another namespace",
        "log-cut.yaml: 51:15: only the first entry of the log, and that one always, begins a log",
        "log-shortened-extra-reader.yaml: the recipients in the file are not those of the membership log",
        "value-exchanged.yaml: not signed by anybody who may write: the signature does not match what it should cover",
        "comment-added.yaml: 1:1: a comment that is not encrypted",
        "key-added.yaml: not signed by anybody who may write: the signature does not match what it should cover",
        "entries-exchanged.yaml: not signed by anybody who may write: the signature does not match what it should cover",
        "comment-in-block.yaml: 39:18: a comment inside `x-vault`",
        "stripped.yaml: the file is not signed",
        "other-repository.yaml: 40:27: expected a string",
        "other-environment.yaml: the file holds the environment dev",
        "signature-trailing.yaml: not signed by anybody who may write: the signature does not match what it should cover",
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn a_new_file_opens_for_its_readers_and_for_nobody_else() {
    let (alice, bob, carol) = (
        identity("alice.txt"),
        identity("bob.txt"),
        identity("carol.txt"),
    );
    let sealed = new_file(&alice, &[("bob", &bob)]);
    for reader in [&alice, &bob] {
        assert_eq!(
            open(&sealed, reader).tree().get("PASSWORD"),
            Some(&Node::Scalar(Scalar::str("hunter2")))
        );
    }
    let verified = Sealed::parse(sealed.text().as_bytes())
        .unwrap()
        .verify(&expected(&prod()))
        .unwrap();
    assert_eq!(verified.signer(), Some(&name("alice")));
    assert!(verified.data_key(&[carol]).unwrap().is_none());
}

#[test]
fn an_ordinary_write_copies_the_log_and_changes_four_lines() {
    let alice = identity("alice.txt");
    let before = new_file(&alice, &[]);
    let mut opened = open(&before, &alice);
    opened
        .set(
            &KeyPath::key("PASSWORD"),
            &Node::Scalar(Scalar::str("other")),
        )
        .unwrap();
    let after = write(opened, &alice).unwrap();
    let (before, after) = (before.text(), after.text());
    let changed: Vec<&str> = before
        .lines()
        .zip(after.lines())
        .filter(|(a, b)| a != b)
        .map(|(a, _)| a.trim().split(':').next().unwrap())
        .collect();
    // `lastmodified` is the same here: both writes happen at the same time.
    assert_eq!(changed, ["PASSWORD", "mac", "signature"]);
    assert_eq!(before.lines().count(), after.lines().count());
}

#[test]
fn a_member_is_added_with_the_same_data_key_and_every_value_line_stays() {
    let (alice, dave) = (identity("alice.txt"), identity("ssh_ed25519"));
    let before = new_file(&alice, &[]);
    let mut opened = open(&before, &alice);
    opened
        .amend(Change {
            add: members(&[("dave", &dave)]),
            ..Change::default()
        })
        .unwrap();
    let after = write(opened, &alice).unwrap();
    let value = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("PASSWORD"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(value(&before.text()), value(&after.text()));
    let opened = open(&after, &dave);
    assert_eq!(opened.log().unwrap().entries().len(), 2);
    let by_dave = write(opened, &dave).unwrap();
    assert_eq!(open(&by_dave, &alice).tree().len(), 1);
}

#[test]
fn a_removed_reader_cannot_open_new_values_even_with_the_old_entry() {
    let (alice, bob) = (identity("alice.txt"), identity("bob.txt"));
    let before = new_file(&alice, &[("bob", &bob)]);
    let old_key = {
        let verified = Sealed::parse(before.text().as_bytes())
            .unwrap()
            .verify(&expected(&prod()))
            .unwrap();
        verified.data_key(&[bob]).unwrap().unwrap()
    };
    let mut opened = open(&before, &alice);
    opened
        .amend(Change {
            remove: [name("bob")].into(),
            ..Change::default()
        })
        .unwrap();
    let after = write(opened, &alice).unwrap();
    let verified = Sealed::parse(after.text().as_bytes())
        .unwrap()
        .verify(&expected(&prod()))
        .unwrap();
    assert!(verified.data_key(&[identity("bob.txt")]).unwrap().is_none());
    assert!(matches!(verified.open(old_key), Err(OpenError::Content(_))));
}

#[test]
fn who_only_reads_cannot_sign() {
    let (alice, bob) = (identity("alice.txt"), identity("bob.txt"));
    let lines = BTreeMap::from([
        (name("alice"), alice.member()),
        (name("bob"), bob.member().reading_only()),
    ]);
    let opened = Opened::create(origin(), lines.clone(), NOW).unwrap();
    assert!(Signer::among(std::slice::from_ref(&bob), lines.iter()).is_none());
    let error = write(opened, &bob).err().unwrap();
    assert_eq!(error.to_string(), "bob may not write prod");
}

#[test]
fn an_environment_is_renamed_by_an_entry_of_the_log() {
    let alice = identity("alice.txt");
    let mut opened = open(&new_file(&alice, &[]), &alice);
    let live: EnvName = "live".parse().unwrap();
    opened
        .amend(Change {
            environment: Some(live.clone()),
            ..Change::default()
        })
        .unwrap();
    let sealed = write(opened, &alice).unwrap();
    let sealed = Sealed::parse(sealed.text().as_bytes()).unwrap();
    assert!(sealed.verify(&expected(&live)).is_ok());
}
