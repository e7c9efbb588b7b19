//! What a file shows of itself to whoever has no key, as lines that git can compare.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::walk::{Piece, walk};
use crate::{
    accord::role,
    cipher::Ciphertext,
    sealed::{Sealed, Verified},
    sops::{METADATA_KEY, Metadata, Rule},
    value::{Form, KeyPath, Kind, Scalar, is_format},
    yaml::{Document, Part},
};

/// A line for each key with a digest of its ciphertext, then who signed and who reads and writes; of any bytes.
///
/// What the file's rule leaves in clear is shown, and nothing else that is: where a value should be encrypted and is not, and all over a file
/// that is none of sops', it says so in the value's place. Needs no key, and never fails: of what is no YAML there are the lines that look
/// like keys. Control characters and those that turn text around are escaped.
pub fn glance(bytes: &[u8]) -> String {
    let mut out = String::new();
    match Document::of_ciphertext(bytes.to_vec()) {
        Ok(document) => {
            let metadata = Metadata::read(&document, Form::Lenient).ok();
            data(&document, metadata.as_ref(), &mut out);
            if document
                .root()
                .is_some_and(|root| root.get(METADATA_KEY).is_some())
            {
                people(bytes, metadata.as_ref(), &mut out);
            }
        }
        Err(error) => {
            line(&mut out, format_args!("‹not read: {error}›"));
            broken(&String::from_utf8_lossy(bytes), &mut out);
        }
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a string takes everything");
}

fn data(document: &Document, metadata: Option<&Metadata>, out: &mut String) {
    let rule = metadata.map(|metadata| &metadata.rule);
    walk(document, |path, at, piece| {
        let path = KeyPath::from(path);
        match piece {
            Piece::Value => line(
                out,
                format_args!("{path}: {}", value(document, at, &path, rule)),
            ),
            Piece::Comment => line(
                out,
                format_args!("{}", comment(document.str_at(at), &path, rule)),
            ),
            Piece::Empty if path.steps().is_empty() => {}
            Piece::Empty => {
                let is_map = document.items()[at].part == Part::MapStart;
                line(
                    out,
                    format_args!("{path}: {}", if is_map { "{}" } else { "[]" }),
                );
            }
        }
    });
}

/// Whether everybody may read what stands at a key, as the file itself says.
fn is_public(path: &KeyPath, rule: Option<&Rule>) -> bool {
    rule.is_some_and(|rule| !rule.encrypts(path.keys()))
}

fn value(document: &Document, at: usize, path: &KeyPath, rule: Option<&Rule>) -> String {
    let text = document.str_at(at);
    if Ciphertext::looks_like(text) {
        return sealed(text);
    }
    match document.scalar_at(at) {
        Ok(scalar) if scalar.kind() == Kind::Null => "‹null›".to_owned(),
        Ok(scalar) if scalar.is_blank() => "‹empty›".to_owned(),
        Ok(scalar) if is_public(path, rule) => in_clear(&scalar),
        _ => NOT_ENCRYPTED.to_owned(),
    }
}

const NOT_ENCRYPTED: &str = "‹not encrypted›";

/// Text stands in quotes, so that no value looks like something that is said here.
fn in_clear(scalar: &Scalar) -> String {
    match scalar.kind() {
        Kind::Str => format!("\"{}\"", harmless(scalar.expose())),
        _ => scalar.expose().to_owned(),
    }
}

fn comment(text: &str, path: &KeyPath, rule: Option<&Rule>) -> String {
    match text {
        "" => "#".to_owned(),
        text if Ciphertext::looks_like(text) => format!("# {}", sealed(text.trim_end())),
        text if is_public(path, rule) => format!("#{}", harmless(text)),
        _ => format!("# {NOT_ENCRYPTED}"),
    }
}

/// A ciphertext by the beginning of its digest: enough to see that it is another one.
fn sealed(ciphertext: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(ciphertext).into();
    let [one, two, three, four, ..] = digest;
    format!("‹encrypted #{one:02x}{two:02x}{three:02x}{four:02x}›")
}

fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => safe.push_str("\\n"),
            '\\' => safe.push_str("\\\\"),
            letter if letter.is_control() || is_format(letter) => {
                safe.extend(letter.escape_unicode());
            }
            letter => safe.push(letter),
        }
    }
    safe
}

/// Who signed, and who reads and writes: proven by the file's own log, or as the file says.
fn people(bytes: &[u8], metadata: Option<&Metadata>, out: &mut String) {
    let verified = match Sealed::parse(bytes) {
        Ok(sealed) => sealed.vouched().map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match verified {
        Ok(verified) => members(&verified, out),
        Err(reason) => {
            line(out, format_args!("‹not accepted: {}›", harmless(&reason)));
            recipients(metadata, out);
        }
    }
}

fn members(verified: &Verified, out: &mut String) {
    let (Some(policy), Some(signer)) = (verified.policy(), verified.signer()) else {
        line(out, format_args!("‹not signed›"));
        return recipients(Some(verified.file().metadata()), out);
    };
    line(out, format_args!("‹signed by {signer}›"));
    for (name, member) in policy.members() {
        line(out, format_args!("‹{name} {}›", role(member)));
    }
}

/// Nobody vouches for these.
fn recipients(metadata: Option<&Metadata>, out: &mut String) {
    for entry in metadata.into_iter().flat_map(|metadata| &metadata.age) {
        let name = entry.name.as_deref().unwrap_or(&entry.recipient);
        line(
            out,
            format_args!("‹{} reads, says the file›", harmless(name)),
        );
    }
}

/// The lines of a text that is no YAML, a file in the middle of a merge above all: what looks like a key, without what follows it.
fn broken(text: &str, out: &mut String) {
    let mut is_metadata = false;
    for text in text.lines() {
        if let Some(mark) = conflict_mark(text) {
            line(out, format_args!("{mark}"));
            continue;
        }
        if !text.starts_with([' ', '\t', '#']) && !text.is_empty() {
            is_metadata = text.starts_with("sops:");
        }
        if let Some((key, rest)) = key_of(text).filter(|_| !is_metadata) {
            let rest = rest.trim().trim_matches(['"', '\'']);
            match Ciphertext::looks_like(rest) {
                true => line(out, format_args!("{key}: {}", sealed(rest))),
                false => line(out, format_args!("{key}: ‹not read›")),
            }
        }
    }
}

fn conflict_mark(text: &str) -> Option<&str> {
    let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    marks.into_iter().find(|mark| text.starts_with(*mark))
}

/// A line `key: …` with a key that needs no quotes.
fn key_of(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.split_once(':')?;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    let name = key.trim_start_matches(' ');
    let is_key = !name.is_empty() && name.chars().all(is_plain);
    let ends = rest.is_empty() || rest.starts_with(' ');
    (is_key && ends).then_some((key, rest))
}
