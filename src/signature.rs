//! What is signed: a stream of events that says everything a document means and nothing of its layout.
//!
//! Owns the transcript and the content signature. Who may sign is not known here (see `members`).

use std::{
    io::{self, Write},
    ops::Range,
};

use crate::{
    keys::{MessageDigest, SignatureBlob, SignatureError, SigningKey, VerifyingKey},
    value::Kind,
    yaml::{Document, Part},
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
    write_transcript(document, items, left_out, &mut out).expect("a vector takes everything");
    out
}

/// Writes the same to `out`.
fn write_transcript(
    document: &Document,
    items: Range<usize>,
    left_out: Option<usize>,
    out: &mut impl Write,
) -> io::Result<()> {
    for index in items.filter(|index| Some(*index) != left_out) {
        match document.items()[index].part {
            Part::MapStart => out.write_all(b"{")?,
            Part::MapEnd => out.write_all(b"}")?,
            Part::ListStart => out.write_all(b"[")?,
            Part::ListEnd => out.write_all(b"]")?,
            Part::Key => push(out, b'k', document.str_at(index))?,
            Part::Value => push(out, tag(document, index), document.str_at(index))?,
            Part::Comment => push(
                out,
                b'c',
                document.str_at(index).trim_end_matches([' ', '\t', '\r']),
            )?,
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

fn tag(document: &Document, index: usize) -> u8 {
    match document.resolve_at(index).map(|resolved| resolved.kind) {
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
    MessageDigest::written(|out| {
        out.write_all(FILE_PREFIX)
            .and_then(|()| {
                let all = 0..document.items().len();
                write_transcript(document, all, Some(signature), out)
            })
            .expect("a hash takes everything");
    })
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
    let signer = writers
        .into_iter()
        .find(|(_, key)| *key == blob.claimed_key());
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
