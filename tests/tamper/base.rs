//! Makes the files that everything else is a change of: once, because data keys and nonces are random. What is derived from them is not.

use std::{collections::BTreeMap, fs, path::PathBuf};

use vault::{
    keys::{Identity, IdentityFile, Member, wrap},
    members::{Change, Origin},
    sealed::{Expected, Opened, Sealed, Signer},
    secret::DataKey,
    sops::{AgeEntry, Block, Heading, OpenFile},
    value::{EnvName, Form, KeyPath, Name, Node, Scalar},
    yaml::Document,
};

pub(crate) const REPOSITORY: &str = "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0";
const ELSEWHERE: &str = "b7d1c3a59f2e4d6c8b0a1e3f5d7c9a2b";

/// Everything secret in the base files, and nothing that stands anywhere else.
pub(crate) const SECRETS: [&str; 23] = [
    "postgres://app:s3cr3t-db-7f3a@db.internal/app",
    "s3cr3t-db-older",
    "s3cr3t-note-top",
    "s3cr3t-note-besides",
    "s3cr3t-note-map",
    "s3cr3t-note-of-list",
    "s3cr3t-note-at-the-end",
    "s3cr3t-nested-password",
    "s3cr3t-nested-older",
    "s3cr3t-one-of-two-hosts",
    "s3cr3t-another-host",
    "s3cr3t-token-of-ann",
    "s3cr3t-token-of-ben",
    "s3cr3t-pem-line-one",
    "s3cr3t-pem-line-two",
    "543210987",
    "0.2518731",
    "2026-02-03T04:05:06Z",
    "s3cr3t-of-dev",
    "s3cr3t-of-elsewhere",
    "s3cr3t-beside-clear",
    "s3cr3t-forged",
    "s3cr3t-where-nobody-signs",
];

const PROD: &str = "\
# s3cr3t-note-top
DATABASE_URL: s3cr3t-db-older # s3cr3t-note-besides

nested:
    # s3cr3t-note-map
    password: s3cr3t-nested-older
    hosts:
        - s3cr3t-one-of-two-hosts
        # s3cr3t-note-of-list
        - s3cr3t-one-of-two-hosts
        - s3cr3t-another-host
    empty: {}
    nothing: []
users:
    - name: ann
      token: s3cr3t-token-of-ann
    - name: ben
      token: s3cr3t-token-of-ben
PORT: 543210987
ENABLED: true
RATE: 0.2518731
SINCE: 2026-02-03T04:05:06Z
OPTIONAL: null
BLANK: \"\"
PEM: |
    -----BEGIN-----
    s3cr3t-pem-line-one
    s3cr3t-pem-line-two
    -----END-----
# s3cr3t-note-at-the-end
";

const CLEAR: &str = "\
# s3cr3t-note-top
LOG_LEVEL: info
LOG_FORMAT: text
LOG_PORT: 8080
TOKEN: s3cr3t-beside-clear # s3cr3t-note-besides

nested:
    password: s3cr3t-nested-password
    hosts:
        - s3cr3t-one-of-two-hosts
        # s3cr3t-note-of-list
        - s3cr3t-one-of-two-hosts
BLANK: \"\"
OPTIONAL: null
empty: {}
";

/// In clear in `clear.yaml`; sops' MAC covers the values, not what they belong to.
pub(crate) const CLEAR_RULE: &str = "^(?:LOG_LEVEL|LOG_FORMAT|LOG_PORT)$";

const UNSIGNED: &str = "\
# s3cr3t-note-top
TOKEN: s3cr3t-where-nobody-signs
OTHER: s3cr3t-of-dev
PORT: 543210987
ENABLED: true
RATE: 0.2518731
nested:
    password: s3cr3t-nested-password
LIST:
    - s3cr3t-one-of-two-hosts
    - s3cr3t-another-host
";

/// The folder of this corpus.
pub(crate) fn folder() -> PathBuf {
    fixtures().join("tampered")
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A published identity of `fixtures/keys`.
pub(crate) fn identity(name: &str) -> Identity {
    let file = match name {
        "dave" => "ssh_ed25519".to_owned(),
        "ci" => "bob.txt".to_owned(),
        name => format!("{name}.txt"),
    };
    let bytes = fs::read(fixtures().join("keys").join(file)).expect("a key");
    match IdentityFile::parse(&bytes) {
        Ok(IdentityFile::Open(mut identities)) => identities.remove(0),
        _ => panic!("{name} is no open identity"),
    }
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn environment(text: &str) -> EnvName {
    text.parse().expect("an environment")
}

/// Members by name; `ci` has a signing key and is marked.
fn members(names: &[&str]) -> BTreeMap<Name, Member> {
    let member = |who: &str| match who {
        "ci" => identity(who).member().reading_only(),
        who => identity(who).member(),
    };
    names.iter().map(|who| (name(who), member(who))).collect()
}

fn at(minute: u8) -> String {
    format!("2026-11-21T08:{minute:02}:00Z")
}

/// An encrypted file without signature.
fn encrypted(plain: &str, readers: &[&str], minute: u8) -> String {
    let key = DataKey::generate();
    let entry = |(name, member): (&Name, &Member)| AgeEntry {
        name: Some(name.to_string()),
        recipient: member.reads().to_string(),
        armor: wrap(&key, member.reads()),
    };
    let age: Vec<AgeEntry> = members(readers).iter().map(entry).collect();
    let document = Document::parse(plain).expect("plain YAML");
    let mut open = OpenFile::from_plain(&document, key, &age, &at(minute)).expect("encrypts");
    let heading = Heading {
        lastmodified: &at(minute),
        age: None,
        block: Block::Keep,
    };
    open.seal(&heading, Form::Canonical).expect("seals");
    open.file().document().text().to_owned()
}

fn opened(text: &str, expected: &Expected<'_>) -> Opened {
    let verified = Sealed::parse(text.as_bytes())
        .expect("well-formed")
        .verify(expected)
        .expect("accepted");
    let key = verified.data_key(&[identity("alice")]).expect("an entry");
    verified.open(key.expect("alice reads")).expect("opens")
}

fn sealed(opened: Opened, by: &str, minute: u8) -> String {
    let identities = [identity(by)];
    let everybody = members(&["alice", "carol", "ci", "dave"]);
    let signer = Signer::among(&identities, everybody.iter()).expect("a writer");
    let sealed = opened.seal(Some(&signer), &at(minute)).expect("seals");
    sealed.text().to_string()
}

/// Signs an encrypted file for the first time.
fn begun(text: &str, origin: Origin, readers: &[&str], minute: u8) -> String {
    let expected = Expected {
        repository: &origin.repository.clone(),
        environment: &origin.environment.clone(),
        signed: false,
    };
    let mut opened = opened(text, &expected);
    opened.begin(origin, members(readers)).expect("begins");
    sealed(opened, "alice", minute)
}

fn origin(repository: &str, name: &str, regex: &str) -> Origin {
    Origin {
        repository: repository.to_owned(),
        environment: environment(name),
        rule: vec![("unencrypted_regex".to_owned(), regex.to_owned())],
        extends: Vec::new(),
    }
}

fn amended(text: &str, of: &str, change: Change, by: &str, minute: u8) -> String {
    let of = environment(of);
    let expected = Expected {
        repository: REPOSITORY,
        environment: &of,
        signed: true,
    };
    let mut opened = opened(text, &expected);
    opened.amend(change).expect("a valid change");
    sealed(opened, by, minute)
}

fn with_values(text: &str, values: &[(&str, &str)], minute: u8) -> String {
    let prod = environment("prod");
    let expected = Expected {
        repository: REPOSITORY,
        environment: &prod,
        signed: true,
    };
    let mut opened = opened(text, &expected);
    for (path, value) in values {
        let path: KeyPath = path.parse().expect("a path");
        let node = Node::Scalar(Scalar::str(value));
        opened.set(&path, &node).expect("sets");
    }
    sealed(opened, "alice", minute)
}

/// The history of `prod.yaml`: begun as staging by alice; carol adds dave; dave renames it; alice removes carol; alice sets two values.
fn prod() -> Vec<(&'static str, String)> {
    let plain = encrypted(PROD, &["alice", "carol", "ci"], 0);
    let first = begun(
        &plain,
        origin(REPOSITORY, "staging", "^$"),
        &["alice", "carol", "ci"],
        1,
    );
    let add = Change {
        add: members(&["dave"]),
        ..Change::default()
    };
    let second = amended(&first, "staging", add, "carol", 2);
    let rename = Change {
        environment: Some(environment("prod")),
        ..Change::default()
    };
    let third = amended(&second, "staging", rename, "dave", 3);
    let remove = Change {
        remove: [name("carol")].into(),
        ..Change::default()
    };
    let fourth = amended(&third, "prod", remove, "alice", 4);
    let values = [
        (
            "DATABASE_URL",
            "postgres://app:s3cr3t-db-7f3a@db.internal/app",
        ),
        ("nested.password", "s3cr3t-nested-password"),
    ];
    let last = with_values(&fourth, &values, 5);
    vec![
        ("prod-with-carol.yaml", third),
        ("prod-older.yaml", fourth),
        ("prod.yaml", last),
    ]
}

/// A file whose rule leaves some values in clear. The MAC covers plaintexts, so it holds for both spellings.
fn clear() -> String {
    let mut text = encrypted(CLEAR, &["alice", "ci"], 0);
    text = text.replace(
        "unencrypted_regex: ^$",
        &format!("unencrypted_regex: {CLEAR_RULE}"),
    );
    for line in CLEAR.lines().filter(|line| line.starts_with("LOG_")) {
        let key = line.split(':').next().expect("a key");
        let start = text.find(&format!("{key}:")).expect("the key");
        let end = start + text[start..].find('\n').expect("its end");
        text.replace_range(start..end, line);
    }
    begun(
        &text,
        origin(REPOSITORY, "clear", CLEAR_RULE),
        &["alice", "ci"],
        1,
    )
}

/// What somebody makes who knows the public keys only.
fn forged() -> String {
    encrypted(
        "DATABASE_URL: s3cr3t-forged\nPORT: 1\n",
        &["alice", "ci", "dave"],
        9,
    )
}

fn armored(recipients: &[&dyn age::Recipient], content: &[u8]) -> String {
    use std::io::Write as _;
    let encryptor =
        age::Encryptor::with_recipients(recipients.iter().copied()).expect("recipients");
    let mut out = Vec::new();
    let armor = age::armor::ArmoredWriter::wrap_output(&mut out, age::armor::Format::AsciiArmor);
    let mut writer = encryptor
        .wrap_output(armor.expect("armor"))
        .expect("memory");
    writer.write_all(content).expect("memory");
    writer
        .finish()
        .and_then(|armor| armor.finish())
        .expect("memory");
    String::from_utf8(out).expect("armor is ASCII")
}

fn age_key(who: &str) -> age::x25519::Recipient {
    let recipient = identity(who).recipient().to_string();
    recipient.parse().expect("an X25519 key")
}

/// Age entries that only somebody with other tools would put into a file.
fn armors() -> Vec<(&'static str, String)> {
    let other_key = DataKey::generate();
    let mut scrypt = age::scrypt::Recipient::new("open sesame".to_owned().into());
    scrypt.set_work_factor(10);
    let (alice, outsider) = (age_key("alice"), age_key("outsider"));
    vec![
        (
            "alice-other-key.age",
            wrap(&other_key, identity("alice").recipient()),
        ),
        (
            "outsider-other-key.age",
            wrap(&other_key, identity("outsider").recipient()),
        ),
        ("alice-scrypt.age", armored(&[&scrypt], &[7; 32])),
        (
            "alice-two-stanzas.age",
            armored(&[&alice, &outsider], &[7; 32]),
        ),
        ("alice-short-key.age", armored(&[&alice], &[7; 16])),
    ]
}

const CONFIG_ENVIRONMENTS: &str = "\
environments:
    prod: { recipients: [alice, ci, dave], writers: [alice, dave], file: prod.yaml }
    dev: { recipients: [alice, ci], writers: [alice], file: dev.yaml }
    clear: { recipients: [alice, ci], writers: [alice], file: clear.yaml }
    unsigned: { recipients: [alice, ci], writers: [alice], file: unsigned.yaml, signed: false }
";

fn config() -> String {
    let mut text = format!("version: 1\nrepository: {REPOSITORY}\ndefault: prod\nrecipients:\n");
    for who in ["alice", "ci", "dave"] {
        text.push_str(&format!("    {who}: {}\n", identity(who).member()));
    }
    text + CONFIG_ENVIRONMENTS
}

/// Every base file with its name.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    let readers = ["alice", "ci"];
    let dev = encrypted(
        "DATABASE_URL: s3cr3t-of-dev\nPORT: 543210987\n",
        &readers,
        0,
    );
    let elsewhere = encrypted(
        "DATABASE_URL: s3cr3t-of-elsewhere\n",
        &["alice", "ci", "dave"],
        0,
    );
    let unsigned = encrypted(UNSIGNED, &readers, 0);
    let older = encrypted("TOKEN: s3cr3t-of-dev\n", &readers, 0);
    let mut files = prod();
    files.extend(armors());
    files.extend([
        (".vault.yaml", config()),
        (
            "secrets.txt",
            SECRETS.map(|secret| format!("{secret}\n")).concat(),
        ),
        (
            "dev.yaml",
            begun(&dev, origin(REPOSITORY, "dev", "^$"), &readers, 1),
        ),
        (
            "elsewhere.yaml",
            begun(
                &elsewhere,
                origin(ELSEWHERE, "prod", "^$"),
                &["alice", "ci", "dave"],
                1,
            ),
        ),
        ("clear.yaml", clear()),
        ("unsigned.yaml", unsigned),
        ("unsigned-other.yaml", older),
        ("forged.yaml", forged()),
    ]);
    files
}
