//! One file of sops: what it takes to be an environment, or what stands in the way.

use thiserror::Error;

use super::{Format, format::has_exports};
use crate::{
    config::{FileError, FilePath},
    keys::{KeyError, Recipient},
    sealed::{FormError, Sealed},
    value::Node,
};

/// What a file is to an adoption.
#[derive(Debug)]
pub enum Outcome {
    /// Not a file of sops.
    Other,
    /// An environment.
    Adoptable(Adoptable),
    /// A file of sops that stays what it is.
    Refused(Refusal),
}

/// A file that can be an environment as it is.
#[derive(Debug)]
pub struct Adoptable {
    /// Where it is.
    pub file: FilePath,
    /// Who reads it by age, in the order of the file, each once.
    pub readers: Vec<Reader>,
    /// The other key services that have entries.
    pub foreign: Vec<&'static str>,
    /// How many keys it has.
    pub keys: usize,
    /// Whether it has line ends that git would change if it were told to keep others.
    pub has_crlf: bool,
}

/// Somebody who reads a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Reader {
    /// The key.
    pub recipient: Recipient,
    /// What the file says of it: a comment above the entry, or the comment of an SSH key.
    pub remark: Option<String>,
}

/// Why a file of sops cannot be an environment.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Another format.
    #[error("vault keeps YAML, and this is {}", in_words(*.0))]
    Format(Format),
    /// A `.env` file of which sops would make YAML with other names.
    #[error(
        "vault keeps YAML, and this is a .env file with `export`, which sops takes for a part of the name"
    )]
    Exports,
    /// Metadata in brackets, where vault writes nothing.
    #[error("its metadata stands in brackets, as in JSON, and vault could not change it there")]
    Layout,
    /// A path that the config cannot name.
    #[error("{0}")]
    Path(FileError),
    /// It does not pass as a file that vault reads.
    #[error("{0}")]
    Form(FormError),
    /// A recipient that vault does not know.
    #[error("the {} age recipient: {reason}", Ordinal(*.at))]
    Recipient {
        /// Which, counted from 1.
        at: usize,
        /// Why.
        reason: KeyError,
    },
    /// Some disks have one file under its name and that of another one.
    #[error("on some disks that is the name of {other}, too{}", composed(*.is_composed))]
    Twin {
        /// The other one.
        other: FilePath,
        /// Whether the names are the same to whoever reads them: their characters are composed in two ways.
        is_composed: bool,
    },
    /// vault's own block.
    #[error("it is signed by vault already")]
    Signed,
}

fn composed(is_so: bool) -> &'static str {
    match is_so {
        true => ", whose characters are composed otherwise",
        false => "",
    }
}

fn in_words(format: Format) -> &'static str {
    match format {
        Format::Yaml => "YAML",
        Format::Json => "JSON",
        Format::Dotenv => "a .env file",
        Format::Ini => "an INI file",
        Format::Binary => "a file that sops keeps as one value",
    }
}

struct Ordinal(usize);

impl std::fmt::Display for Ordinal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ending = match (self.0 % 10, self.0 % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        write!(f, "{}{ending}", self.0)
    }
}

/// Looks at a file: its path is relative to where the config will lie.
pub fn survey(path: &str, bytes: Vec<u8>) -> Outcome {
    match Format::of(path, &bytes) {
        None => Outcome::Other,
        Some(Format::Yaml) => match adoptable(path, bytes) {
            Ok(adoptable) => Outcome::Adoptable(adoptable),
            Err(refusal) => Outcome::Refused(refusal),
        },
        Some(Format::Dotenv) if has_exports(&bytes) => Outcome::Refused(Refusal::Exports),
        Some(format) => Outcome::Refused(Refusal::Format(format)),
    }
}

/// A path that was found leads nowhere else: what looks like that elsewhere is a character in its name.
fn unnamed(error: FileError) -> Refusal {
    Refusal::Path(match error {
        FileError::Absolute | FileError::Backslash => FileError::Character,
        error => error,
    })
}

fn adoptable(path: &str, bytes: Vec<u8>) -> Result<Adoptable, Refusal> {
    let has_crlf = bytes.windows(2).any(|pair| pair == b"\r\n");
    let file: FilePath = path.parse().map_err(unnamed)?;
    let sealed = Sealed::from_vec(bytes).map_err(Refusal::Form)?;
    if sealed.is_signed() {
        return Err(Refusal::Signed);
    }
    let metadata = sealed.file().metadata();
    let mut readers: Vec<Reader> = Vec::new();
    for (at, entry) in metadata.age.iter().enumerate() {
        let (recipient, own) = recipient(&entry.recipient)
            .map_err(|reason| Refusal::Recipient { at: at + 1, reason })?;
        if readers.iter().all(|reader| reader.recipient != recipient) {
            readers.push(Reader {
                recipient,
                remark: entry.name.clone().or(own),
            });
        }
    }
    if !sealed.file().is_writable() {
        return Err(Refusal::Layout);
    }
    let shape = sealed
        .file()
        .shape()
        .map_err(|error| Refusal::Form(FormError::Sops(error)))?;
    Ok(Adoptable {
        file,
        readers,
        foreign: metadata.foreign.clone(),
        keys: Node::Map(shape).leaves().len(),
        has_crlf,
    })
}

/// The key of an entry, and the comment that sops keeps behind an SSH key.
pub(super) fn recipient(text: &str) -> Result<(Recipient, Option<String>), KeyError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (key, remark) = words.split_at(words.len().min(2));
    let remark = (!remark.is_empty()).then(|| remark.join(" "));
    Ok((key.join(" ").parse()?, remark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(path: &str) -> Outcome {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/");
        let bytes = std::fs::read(format!("{folder}{path}")).unwrap();
        survey("secrets/x.enc.yaml", bytes)
    }

    #[test]
    fn a_file_with_age_recipients_can_be_an_environment_whatever_else_it_has() {
        let Outcome::Adoptable(both) = fixture("sops/made/foreign_entries/enc.yaml") else {
            panic!("it has an age recipient");
        };
        assert_eq!(both.readers.len(), 1);
        assert!(both.foreign.contains(&"pgp") && both.foreign.contains(&"kms"));
        let Outcome::Adoptable(two) = fixture("sops/made/age_and_ssh/enc.yaml") else {
            panic!("both kinds are read");
        };
        assert_eq!(two.readers.len(), 2);
        assert!(two.keys > 0);
    }

    #[test]
    fn what_stands_in_the_way_is_told() {
        for (path, reason) in [
            (
                "sops/made/key_groups/enc.yaml",
                "key groups are not supported",
            ),
            ("sops/made/two_documents/enc.yaml", "a second document"),
            ("sops/made/encrypted_comment_regex/enc.yaml", "comment"),
            ("sops/negative/truncated.yaml", ""),
            ("signed/simple.yaml", "it is signed by vault already"),
            (
                "sops/third_party/flux-age-pq.yaml",
                "the 1st age recipient: post-quantum",
            ),
        ] {
            match fixture(path) {
                Outcome::Refused(refusal) => {
                    assert!(refusal.to_string().contains(reason), "{path}: {refusal}");
                }
                Outcome::Other if reason.is_empty() => {}
                outcome => panic!("{path}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn a_path_that_the_config_cannot_name_is_refused() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/fixtures/sops/made/everything/enc.yaml"
        );
        let bytes = std::fs::read(folder).unwrap();
        for path in ["a:b.yaml", "nul.yaml", "a./b.yaml"] {
            assert!(
                matches!(
                    survey(path, bytes.clone()),
                    Outcome::Refused(Refusal::Path(_))
                ),
                "{path}"
            );
        }
    }
}
