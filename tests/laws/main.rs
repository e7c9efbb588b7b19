//! Laws that hold for every document: reading keeps each byte, sealing changes values and comments only, a change touches what it is about, and
//! no text makes the program stop.

#[path = "../documents/mod.rs"]
mod documents;

mod braiding;
mod changes;
mod damage;
mod editing;
mod reconciling;
mod sealing;
mod skeleton;

use proptest::prelude::ProptestConfig;
use vault::{
    keys::{self, Identity},
    secret::{DataKey, ExposeSecret},
    sops::{AgeEntry, Block, Comment, File, Heading, OpenFile, SopsError},
    value::{Form, Map, Node},
    yaml::{Document, Part},
};

const NOW: &str = "2026-11-24T12:00:00Z";
const LATER: &str = "2026-11-24T12:00:01Z";

/// How many documents a law is held to; `VAULT_TEST_CASES` asks for another number.
#[allow(
    clippy::disallowed_methods,
    reason = "a test harness stands outside of the program"
)]
fn cases(default: u32) -> ProptestConfig {
    let count = std::env::var("VAULT_TEST_CASES");
    ProptestConfig {
        cases: count.map_or(default, |count| count.parse().expect("a number")),
        // A seed shrinks to nothing simpler, and the message holds the document.
        failure_persistence: None,
        max_shrink_iters: 0,
        ..ProptestConfig::default()
    }
}

/// An age entry that nobody opens: these tests hold the data key.
fn entry() -> AgeEntry {
    let identity = Identity::generate();
    AgeEntry {
        name: Some("alice".to_owned()),
        recipient: identity.recipient().to_string(),
        armor: keys::wrap(&DataKey::generate(), identity.recipient()),
    }
}

fn parse(text: &str) -> Document {
    Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn copy(key: &DataKey) -> DataKey {
    DataKey::from_bytes(key.expose()).expect("a key has 32 bytes")
}

fn seal(open: &mut OpenFile, lastmodified: &str) -> Result<(), SopsError> {
    let heading = Heading {
        lastmodified,
        age: None,
        block: Block::Keep,
    };
    open.seal(&heading, Form::Canonical)
}

/// Seals a plain text; `None` if sops could not read its layout.
fn sealed(plain: &str) -> Option<OpenFile> {
    let key = DataKey::generate();
    let made = OpenFile::from_plain(&parse(plain), key, &[entry()], NOW);
    let mut open = match made {
        Err(error) if error.reason == vault::sops::Reason::Unreadable => return None,
        made => made.unwrap_or_else(|error| panic!("{error}\n{plain}")),
    };
    seal(&mut open, NOW).unwrap_or_else(|error| panic!("{error}\n{plain}"));
    Some(open)
}

fn text_of(open: &OpenFile) -> String {
    open.file().document().to_text().to_string()
}

/// Reads what was written, as another program would.
fn reopened(open: &OpenFile) -> OpenFile {
    let text = text_of(open);
    let file =
        File::new(parse(&text), Form::Canonical).unwrap_or_else(|error| panic!("{error}\n{text}"));
    OpenFile::open(file, copy(open.key())).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn plain_of(open: &OpenFile) -> String {
    let plain = open.to_plain();
    let plain = plain.unwrap_or_else(|error| panic!("{error}\n{}", text_of(open)));
    plain.expose_secret().to_owned()
}

fn tree_of(text: &str) -> Map {
    match parse(text).root().map(|root| root.to_node()) {
        None => Map::new(),
        Some(Ok(Node::Map(map))) => map,
        Some(other) => panic!("{other:?}"),
    }
}

/// The comments of a plain text in order, without blanks at their ends.
fn comments_of(text: &str) -> Vec<String> {
    let document = parse(text);
    (0..document.items().len())
        .filter(|at| document.items()[*at].part == Part::Comment)
        .map(|at| document.str_at(at).trim_end().to_owned())
        .collect()
}

/// The comments of an encrypted file in order.
fn sealed_comments(open: &OpenFile) -> Vec<String> {
    let contents = open.file().open(open.key()).expect("it is open");
    let text = |comment: &Comment| comment.text.expose_secret().trim_end().to_owned();
    contents.comments.iter().map(text).collect()
}
