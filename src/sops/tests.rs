mod layouts;
mod put;
mod relist;
mod revision;

use super::*;
use crate::{
    keys::{self, Identity},
    secret::ExposeSecret,
    value::{KeyPath, Node, Scalar},
};

const NOW: &str = "2026-11-24T12:00:00Z";

fn entry(key: &DataKey) -> AgeEntry {
    let identity = Identity::generate();
    AgeEntry {
        name: Some("alice".into()),
        recipient: identity.recipient().to_string(),
        armor: keys::wrap(key, identity.recipient()),
    }
}

fn sealed(plain: &str) -> OpenFile {
    let key = DataKey::generate();
    let entries = [entry(&key)];
    let document = Document::parse(plain).unwrap();
    let mut open = OpenFile::from_plain(&document, key, &entries, NOW).unwrap();
    open.seal(
        &Heading {
            lastmodified: NOW,
            age: None,
            block: Block::Keep,
        },
        Form::Canonical,
    )
    .unwrap();
    open
}

fn again(open: &OpenFile) -> OpenFile {
    let file = File::new(
        Document::parse(open.file().document().text()).unwrap(),
        Form::Canonical,
    )
    .unwrap();
    let key = DataKey::from_bytes(open.key().expose()).unwrap();
    OpenFile::open(file, key).unwrap()
}

const PLAIN: &str = "\
# top
DATABASE_URL: postgres://x # side

nested: # of nested
    # first
    password: 'it''s'
    hosts:
        - a
        # between
        - b # item
    empty: {}
PORT: 5432
ON: true
RATE: 1.5
NONE:
BLANK: \"\"
PEM: |
    -----BEGIN-----
    abc

    -----END-----
flow: {a: 1, b: [x, \"y z\"]}
# tail
";

#[test]
fn a_plain_document_is_sealed_where_it_stands_and_comes_back() {
    let open = again(&sealed(PLAIN));
    let expected = Document::parse(PLAIN)
        .unwrap()
        .root()
        .unwrap()
        .to_node()
        .unwrap();
    assert_eq!(Node::Map(open.tree().clone()), expected);
    let plain = open.to_plain().unwrap();
    assert_eq!(
        plain.expose_secret(),
        PLAIN
            .replace("'it''s'", "\"it's\"")
            .replace("postgres://x", "\"postgres://x\"")
            .replace("[x, \"y z\"]", "[x, y z]")
    );
}

#[test]
fn what_is_wanted_is_kept_with_everything_below_it() {
    let open = sealed(PLAIN);
    let kept = |keys: &[&str]| open.file().values(open.key(), Wanted::Below(keys)).unwrap();
    let only = |keys: &[&str]| {
        let all = open.tree().iter().filter(|(key, _)| keys.contains(key));
        Map::from_iter(all.map(|(key, node)| (key.to_owned(), node.clone())))
    };
    for keys in [
        &["nested"][..],
        &["PORT", "flow"],
        &["NONE", "no such key"],
        &["password", "a"],
        &[],
    ] {
        assert_eq!(kept(keys), only(keys), "{keys:?}");
    }
    let all = open.file().values(open.key(), Wanted::Everything).unwrap();
    assert_eq!(all, *open.tree());
}

#[test]
fn nothing_of_a_sealed_document_is_in_clear() {
    let open = sealed(PLAIN);
    let text = open.file().document().text();
    for secret in [
        "postgres",
        "it's",
        ": 5432",
        "BEGIN-",
        "# top",
        "# side",
        "# between",
        "# tail",
        "1.5",
        ": true",
    ] {
        assert!(!text.contains(secret), "{secret}\n{text}");
    }
}

#[test]
fn a_change_touches_its_own_line_only() {
    let mut open = sealed(PLAIN);
    let before = open.file().document().text().to_owned();
    assert_eq!(
        open.set(&"PORT".parse().unwrap(), &Node::Scalar(Scalar::str("x"))),
        Ok(true)
    );
    open.seal(
        &Heading {
            lastmodified: "2026-11-24T12:00:01Z",
            age: None,
            block: Block::Keep,
        },
        Form::Canonical,
    )
    .unwrap();
    let after = open.file().document().text();
    let differing: Vec<&str> = before
        .lines()
        .zip(after.lines())
        .filter(|(a, b)| a != b)
        .map(|(a, _)| a.trim().split(':').next().unwrap())
        .collect();
    assert_eq!(differing, ["PORT", "lastmodified", "mac"]);
    assert_eq!(before.lines().count(), after.lines().count());
}

#[test]
fn setting_what_is_there_changes_nothing() {
    let mut open = sealed(PLAIN);
    let before = open.file().document().text().to_owned();
    assert_eq!(
        open.set(&"BLANK".parse().unwrap(), &Node::Scalar(Scalar::str(""))),
        Ok(false)
    );
    assert_eq!(open.file().document().text(), before);
}

#[test]
fn every_value_is_encrypted_afresh_for_a_new_data_key() {
    let mut open = sealed(PLAIN);
    let before = open.file().document().text().to_owned();
    let key = DataKey::generate();
    let entries = [entry(&key)];
    open.rekey(key).unwrap();
    open.seal(
        &Heading {
            lastmodified: NOW,
            age: Some(&entries),
            block: Block::Keep,
        },
        Form::Canonical,
    )
    .unwrap();
    let open = again(&open);
    let after = open.file().document().text();
    let kept: Vec<&str> = before
        .lines()
        .filter(|line| line.contains("ENC[") && after.contains(line.trim()))
        .collect();
    assert_eq!(kept, Vec::<&str>::new());
    assert_eq!(
        open.to_plain().unwrap().expose_secret(),
        sealed(PLAIN).to_plain().unwrap().expose_secret()
    );
}

#[test]
fn nested_paths_are_made_and_emptied() {
    let mut open = sealed("a: 1\n");
    let set = |open: &mut OpenFile, path: &str| {
        open.set(
            &path.parse::<KeyPath>().unwrap(),
            &Node::Scalar(Scalar::str("v")),
        )
    };
    assert_eq!(set(&mut open, "db.hosts[0].name"), Ok(true));
    assert_eq!(set(&mut open, "db.hosts[1]"), Ok(true));
    assert_eq!(
        set(&mut open, "db.hosts[3]").unwrap_err().to_string(),
        "that is past the end of the list: the next item is `db.hosts[2]`"
    );
    assert_eq!(
        set(&mut open, "a.b").unwrap_err().to_string(),
        "`a` is a value, it cannot hold keys"
    );
    assert_eq!(
        set(&mut open, "db[0]").unwrap_err().to_string(),
        "`db` is no list"
    );
    assert_eq!(
        set(&mut open, "db.hosts.x").unwrap_err().to_string(),
        "`db.hosts` is a list: write a position in brackets, like [0]"
    );
    assert_eq!(
        set(&mut open, "sops.x").unwrap_err().to_string(),
        "the key `sops` is reserved at the top level"
    );
    assert_eq!(open.unset(&"db.hosts[0]".parse().unwrap()), Ok(()));
    assert_eq!(
        open.unset(&"nope".parse().unwrap())
            .unwrap_err()
            .to_string(),
        "there is no `nope`"
    );
    assert_eq!(
        open.unset(&"sops".parse().unwrap())
            .unwrap_err()
            .to_string(),
        "there is no `sops`"
    );
    open.seal(
        &Heading {
            lastmodified: NOW,
            age: None,
            block: Block::Keep,
        },
        Form::Canonical,
    )
    .unwrap();
    assert_eq!(
        again(&open).to_plain().unwrap().expose_secret(),
        "a: 1\ndb:\n    hosts:\n        - v\n"
    );
    for path in ["a", "db"] {
        open.unset(&path.parse().unwrap()).unwrap();
    }
    open.seal(
        &Heading {
            lastmodified: NOW,
            age: None,
            block: Block::Keep,
        },
        Form::Canonical,
    )
    .unwrap();
    assert!(
        open.file()
            .document()
            .text()
            .starts_with("sops:\n    age:\n        # alice\n")
    );
    assert_eq!(set(&mut open, "x"), Ok(true));
    open.seal(
        &Heading {
            lastmodified: NOW,
            age: None,
            block: Block::Keep,
        },
        Form::Canonical,
    )
    .unwrap();
    assert!(open.file().document().text().starts_with("x: ENC["));
}

#[test]
fn key_names_that_would_fool_a_reader_are_refused() {
    let mut open = sealed("a: 1\n");
    for key in ["", "a\nb", "a=b", "\u{1b}[31m", "../x", "a\u{202e}b", "<<"] {
        let error = open
            .set(&KeyPath::key(key), &Node::Scalar(Scalar::str("v")))
            .unwrap_err();
        assert!(matches!(error, ChangeError::Key { .. }), "{key:?}: {error}");
        assert!(!error.to_string().chars().any(char::is_control));
    }
}

#[test]
fn a_key_that_meets_a_nested_one_is_refused() {
    let mut open = sealed("a:\n    b: 1\n");
    open.set(&KeyPath::key("a:b"), &Node::Scalar(Scalar::str("v")))
        .unwrap();
    let error = open
        .seal(
            &Heading {
                lastmodified: NOW,
                age: None,
                block: Block::Keep,
            },
            Form::Canonical,
        )
        .unwrap_err();
    assert_eq!(error.reason, Reason::AmbiguousKey);
}

#[test]
fn lengths_are_those_of_the_leaves_of_the_shape_and_need_no_key() {
    let open = sealed(
        "A: ''\nB: 5432\nc:\n    # two\n    - 0123456789abcdef\n    - x\n    - {}\nD: null\n",
    );
    let file = File::new(
        Document::parse(open.file().document().text()).unwrap(),
        Form::Canonical,
    )
    .unwrap();
    let shape = Node::Map(file.shape().unwrap());
    let told: Vec<String> = shape
        .leaves()
        .iter()
        .zip(file.lengths().unwrap())
        .map(|((path, scalar), length)| format!("{path} {} {length}", scalar.kind()))
        .collect();
    let expected = [
        "A str empty",
        "B int short",
        "c[0] str medium",
        "c[1] str short",
        "D null empty",
    ];
    assert_eq!(told, expected);
}

// vault leaves none there; another program that signs could.
#[test]
fn a_bare_comment_in_a_list_is_found_and_gets_a_blank_with_the_next_write() {
    let open = sealed("a: 1\nl:\n    # c\n    - x\n");
    let text = open.file().document().text();
    let comment = text
        .lines()
        .find(|line| line.contains("    #ENC["))
        .unwrap();
    let text = text.replace(comment, "    #");
    let parse = || Document::parse(&text).unwrap();
    let refused = File::new(parse(), Form::Lenient)
        .err()
        .map(|error| error.to_string());
    let why = "3:5: a `#` without any text in a list: sops takes it for an empty item";
    assert_eq!(refused.as_deref(), Some(why));
    let file = File::new(parse(), Form::Canonical).unwrap();
    let found = file.check_for_sops().map_err(|error| error.to_string());
    assert_eq!(found, Err(why.to_owned()));
    let key = DataKey::from_bytes(open.key().expose()).unwrap();
    let mut open = OpenFile::open(file, key).unwrap();
    let heading = Heading {
        lastmodified: NOW,
        age: None,
        block: Block::Keep,
    };
    open.seal(&heading, Form::Canonical).unwrap();
    assert_eq!(open.file().check_for_sops(), Ok(()));
    let comments = open.file().open(open.key()).unwrap().comments;
    assert_eq!(comments[0].text.expose_secret(), " ");
}
