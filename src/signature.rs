//! What is signed: a stream of events that says everything a document means and nothing of its layout.
//!
//! Owns the transcript and the content signature. Who may sign is not known here (see `members`).

use std::{
    io::{self, Write},
    ops::Range,
    panic,
    sync::{
        Arc,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
};

use crate::{
    keys::{MessageDigest, SignatureBlob, SignatureError, SigningKey, VerifyingKey},
    value::Kind,
    yaml::{Document, Item, Part},
};

/// The purpose of a content signature.
pub const FILE_NAMESPACE: &str = "vault-file";
/// The first line of the message of a content signature.
const FILE_PREFIX: &[u8] = b"vault-file-v1\n";

/// Writes the events of some items of a document, all but the scalar at `left_out`.
///
/// One tag byte per event; keys (`k`), scalars (`s` string, `n` null, `b` bool, `i` int, `f` float, `t` timestamp) and comments (`c`) add the
/// length of their text in bytes as a big-endian 64-bit number, and the text: keys and strings unescaped, other scalars as written,
/// comments after their `#` without trailing blanks. So two different trees never share a transcript, and re-indenting or re-quoting keeps it.
pub fn transcript(document: &Document, items: Range<usize>, left_out: Option<usize>) -> Vec<u8> {
    let mut out = Vec::new();
    let items = items
        .filter(|index| Some(*index) != left_out)
        .map(|index| &document.items()[index]);
    write_transcript(document.text(), items, &mut out).expect("a vector takes everything");
    out
}

/// Writes the events of items of a document with this text.
fn write_transcript<'i>(
    text: &str,
    items: impl IntoIterator<Item = &'i Item>,
    out: &mut impl Write,
) -> io::Result<()> {
    for item in items {
        let said = item.text(text);
        match item.part {
            Part::MapStart => out.write_all(b"{")?,
            Part::MapEnd => out.write_all(b"}")?,
            Part::ListStart => out.write_all(b"[")?,
            Part::ListEnd => out.write_all(b"]")?,
            Part::Key => push(out, b'k', said)?,
            Part::Value => push(out, tag(item, text), said)?,
            Part::Comment => push(out, b'c', said.trim_end_matches([' ', '\t', '\r']))?,
        }
    }
    Ok(())
}

fn push(out: &mut impl Write, tag: u8, text: &str) -> io::Result<()> {
    let mut start = [tag; 9];
    start[1..].copy_from_slice(&(text.len() as u64).to_be_bytes());
    out.write_all(&start)?;
    out.write_all(text.as_bytes())
}

fn tag(item: &Item, text: &str) -> u8 {
    match item.resolve(text).map(|resolved| resolved.kind) {
        Ok(Kind::Str) => b's',
        Ok(Kind::Null) => b'n',
        Ok(Kind::Bool) => b'b',
        Ok(Kind::Float) => b'f',
        Ok(Kind::Time) => b't',
        // A number beyond 64 bits with a sign is one all the same; no signed file holds any.
        Ok(Kind::Int) | Err(_) => b'i',
    }
}

/// The message of a content signature: everything in the document but the scalar of the signature itself.
pub fn file_message(document: &Document, signature: usize) -> MessageDigest {
    let (before, after) = around(document, signature);
    digest([before, after], document.text())
}

/// Hashes the message of a content signature that comes in pieces.
fn digest<P: AsRef<[Item]>>(pieces: impl IntoIterator<Item = P>, text: &str) -> MessageDigest {
    MessageDigest::written(|out| {
        out.write_all(FILE_PREFIX)
            .and_then(|()| {
                let mut pieces = pieces.into_iter();
                pieces.try_for_each(|items| write_transcript(text, items.as_ref(), out))
            })
            .expect("a hash takes everything");
    })
}

/// The items before and after that of the signature.
fn around(document: &Document, signature: usize) -> (&[Item], &[Item]) {
    let (before, rest) = document.items().split_at(signature);
    (before, &rest[1..])
}

/// The message of a content signature, hashed on another core while the document is still being read: of a large file that takes longer
/// than anything else before its values are opened.
pub struct FileMessage {
    text: Arc<String>,
    pieces: Sender<Vec<Item>>,
    taken: usize,
    digest: JoinHandle<MessageDigest>,
}

impl FileMessage {
    /// Begins with a document of which no item is known yet.
    pub fn begin(text: &Arc<String>) -> Self {
        let (pieces, received) = mpsc::channel::<Vec<Item>>();
        let hashed = Arc::clone(text);
        FileMessage {
            text: Arc::clone(text),
            pieces,
            taken: 0,
            digest: thread::spawn(move || digest(received, &hashed)),
        }
    }

    /// Takes the next items.
    pub fn take(&mut self, items: &[Item]) {
        self.taken += items.len();
        // It only ends when there are no more to come.
        let _ = self.pieces.send(items.to_vec());
    }

    /// Takes all that is still to come of a document, and goes on with what was begun ahead of it; begins anew where the document does not
    /// begin with all the items that were taken, or the signature is among them. `None` for a document that is no ciphertext.
    pub fn complete(
        ahead: Option<Self>,
        document: &Document,
        known: usize,
        signature: usize,
    ) -> Option<Self> {
        let text = document.ciphertext()?;
        let goes_on = |message: &FileMessage| {
            Arc::ptr_eq(&message.text, text) && message.taken == known && known <= signature
        };
        let ahead = ahead.filter(goes_on);
        let mut message = ahead.unwrap_or_else(|| FileMessage::begin(text));
        let (before, after) = around(document, signature);
        message.take(&before[message.taken..]);
        message.take(after);
        Some(message)
    }

    /// Waits for it.
    pub fn finish(self) -> MessageDigest {
        drop(self.pieces);
        self.digest
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))
    }
}

/// Signs a document whose signature stands, empty or old, at the item `signature`.
pub fn sign(document: &Document, signature: usize, key: &SigningKey) -> SignatureBlob {
    key.sign_digest(FILE_NAMESPACE, &file_message(document, signature))
}

/// Finds among `writers` the one who signed a document, whose message comes with it.
///
/// # Errors
///
/// A malformed signature; [`SignatureError::OtherKey`] when it is none of theirs; [`SignatureError::Mismatch`] when the document is not what
/// was signed.
pub fn verify<'w, N>(
    signature: &str,
    message: &MessageDigest,
    writers: impl IntoIterator<Item = (N, &'w VerifyingKey)>,
) -> Result<N, SignatureError> {
    let blob = SignatureBlob::from_base64(signature)?;
    let signer = writers.into_iter().find(|(_, key)| blob.claims(key));
    let (name, key) = signer.ok_or(SignatureError::OtherKey)?;
    blob.verify_digest(key, FILE_NAMESPACE, message)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<u8> {
        let document = Document::parse(text).unwrap();
        transcript(&document, 0..document.items().len(), None)
    }

    #[test]
    fn the_transcript_is_as_documented() {
        let bytes = of("# top  \na: \"x\\ny\" # s\nl:\n- 1\n-\nm: {}\n");
        let mut expected = Vec::new();
        push(&mut expected, b'c', " top").unwrap();
        expected.push(b'{');
        push(&mut expected, b'k', "a").unwrap();
        push(&mut expected, b's', "x\ny").unwrap();
        push(&mut expected, b'c', " s").unwrap();
        push(&mut expected, b'k', "l").unwrap();
        expected.push(b'[');
        push(&mut expected, b'i', "1").unwrap();
        push(&mut expected, b'n', "").unwrap();
        expected.push(b']');
        push(&mut expected, b'k', "m").unwrap();
        expected.extend(b"{}}");
        assert_eq!(bytes, expected);
    }

    #[test]
    fn layout_does_not_count() {
        let one =
            of("a:\n    - b: 'x'\n      c: |\n          t\n    # n\n    - \"y\"\nd: {e: [1, ~]}\n");
        for other in [
            "a:\n- b: x\n  c: \"t\\n\"\n# n\n- y\nd:\n  e:\n  - 1\n  - ~\n",
            "\u{feff}---\r\na:\r\n  -   b: \"x\"\r\n      c: >\r\n        t\r\n\r\n\r\n  # n\r\n  - 'y'\r\nd: { \"e\": [ 1, ~ ] }\r\n",
        ] {
            assert_eq!(of(other), one, "{other}");
        }
    }

    /// A large file: many ordinary lines, and one below them that is none.
    fn large(line: impl Fn(usize) -> String) -> String {
        let lines: String = (0..1_500).map(line).collect();
        format!("{lines}sops:\n    mac: x\n    x: [1, \"a\\n\"] # y\n")
    }

    /// Reads a text; with it come the message that was begun meanwhile and how many of the items were shown.
    fn read(text: &str) -> (Document, Option<FileMessage>, usize) {
        let mut message = None;
        let (document, shown) = Document::of_ciphertext_shown(text.into(), |text, items| {
            let message = message.get_or_insert_with(|| FileMessage::begin(text));
            message.take(items);
        })
        .unwrap();
        (document, message, shown)
    }

    #[test]
    fn a_message_hashed_while_its_document_is_read_is_the_message() {
        const VALUE: &str = "ENC[AES256_GCM,data:MTI=,iv:eA==,tag:eA==,type:str]";
        for text in [
            large(|at| format!("k{at}: {VALUE}\n")),
            large(|at| format!("# {at}\nk{at}:\n    # b\n    a: \"\"\n    b: {VALUE}\n")),
            large(|at| match at {
                0 => format!("a:\n    k{at}: {VALUE}\n"),
                _ => format!("    k{at}: {VALUE}\n"),
            }),
        ] {
            let last = read(&text).0.items().len() - 1;
            // Where the signature stands in what was shown already, and where it does not.
            for signature in [0, 1, last - 1_200, last - 3, last] {
                let (document, message, shown) = read(&text);
                assert!(shown >= 1_000 && shown < last - 3, "{shown} of {last}");
                let message = FileMessage::complete(message, &document, shown, signature);
                let wanted = file_message(&document, signature);
                assert!(message.unwrap().finish() == wanted, "{signature} of {last}");
            }
        }
    }

    #[test]
    fn a_message_of_what_was_read_in_vain_begins_anew() {
        let text = large(|at| format!("k{at}: ENC[x]\n"));
        let (document, message, shown) = read(&text);
        let (_, other, _) = read(&text.replace("k7:", "k7x:"));
        let signature = document.items().len() - 2;
        for (message, known) in [(message, shown - 1), (other, shown), (None, 0)] {
            let message = FileMessage::complete(message, &document, known, signature);
            assert!(message.unwrap().finish() == file_message(&document, signature));
        }
    }

    #[test]
    fn everything_with_a_meaning_counts() {
        let texts = [
            "a: 1\n",
            "a: \"1\"\n",
            "a: 1.0\n",
            "b: 1\n",
            "a: [1]\n",
            "a: {}\n",
            "a: []\n",
            "a:\n",
            "a: \"\"\n",
            "a: ~\n",
            "a: true\n",
            "a: 2024-01-01\n",
            "a: 1 # c\n",
            "# c\na: 1\n",
            "a: 1\n# c\n",
            "a: 1\nb: 2\n",
            "b: 2\na: 1\n",
            "a: {b: 1}\n",
            "a: [b, 1]\n",
            "a: [[b], 1]\n",
            "a: 1 # d\n",
            "a:\n  # c\n  b: 1\n",
            "a: # c\n  b: 1\n",
            "a:\n  b: 1\n  # c\n",
            "a:\n  b: 1 # c\n",
        ];
        for (at, one) in texts.iter().enumerate() {
            for other in &texts[at + 1..] {
                let layout_only = matches!(
                    (*one, *other),
                    ("a:\n  # c\n  b: 1\n", "a: # c\n  b: 1\n")
                        | ("a:\n  b: 1\n  # c\n", "a:\n  b: 1 # c\n")
                        | ("a: 1 # c\n", "a: 1\n# c\n")
                );
                assert_eq!(of(one) == of(other), layout_only, "{one:?} {other:?}");
            }
        }
    }
}
