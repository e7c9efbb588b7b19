//! What a text is made of besides values and comments.

use vault::yaml::{Document, Part};

/// A text with every value replaced by one mark and every comment by another; the lines of block scalars go with their value.
///
/// The metadata of an encrypted file is left out. What remains are keys, indicators, brackets, blanks, blank lines and line ends.
pub(crate) fn skeleton(document: &Document) -> String {
    let text = document.text();
    let metadata = document
        .root()
        .and_then(|root| root.entry("sops"))
        .map(|entry| {
            let start = document.line_start_of(entry.key_index);
            (start, document.line_end_of(entry.node.last_index()))
        });
    let mut cuts = Vec::new();
    for item in document.items() {
        let is_metadata =
            metadata.is_some_and(|(start, end)| (start..end).contains(&item.range().start));
        match item.part {
            _ if is_metadata => {}
            Part::Value => {
                cuts.push((item.range(), "<value>"));
                cuts.push((item.body(), ""));
            }
            Part::Comment => cuts.push((item.range(), "<comment>")),
            _ => {}
        }
    }
    if let Some((start, end)) = metadata {
        cuts.push((start..end, ""));
    }
    cuts.retain(|(range, mark)| !range.is_empty() || !mark.is_empty());
    cuts.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut out, mut from) = (String::new(), 0);
    for (range, mark) in cuts {
        out.push_str(&text[from..range.start]);
        out.push_str(mark);
        from = range.end;
    }
    out.push_str(&text[from..]);
    out
}

/// Every `ENC[…]` outside of the metadata, in order.
pub(crate) fn ciphertexts(text: &str) -> Vec<&str> {
    let data = text.split("\nsops:").next().unwrap_or_default();
    let mut found = Vec::new();
    for (at, _) in data.match_indices("ENC[") {
        let length = data[at..].find(']').expect("a closing bracket");
        found.push(&data[at..=at + length]);
    }
    found
}

/// The `iv` of a ciphertext.
pub(crate) fn nonce(ciphertext: &str) -> &str {
    let start = ciphertext.find(",iv:").expect("an iv") + 4;
    let length = ciphertext[start..].find(',').expect("an end of the iv");
    &ciphertext[start..start + length]
}

/// A text as a person can read it when a law is broken: every ciphertext with its type only, without the metadata.
pub(crate) fn short(text: &str) -> String {
    let mut out = text.split("\nsops:").next().unwrap_or_default().to_owned();
    for sealed in ciphertexts(text) {
        let kind = sealed.rsplit(":").next().unwrap_or_default();
        let nonce = &nonce(sealed)[..4];
        out = out.replace(sealed, &format!("ENC<{nonce} {kind}"));
    }
    out
}
