//! One file per secret, as Docker Compose, Swarm and BuildKit mount them under `/run/secrets`.
//!
//! The content is the value and nothing more: no line feed is added, for many programs read the file as it is.
//! An empty value makes an empty file; Compose mounts that, Swarm refuses it (`docker secret create`).

use super::{Defect, Names, Output, Refusal, flatten};
use crate::{
    secret::SecretString,
    value::{KeyPath, Node, Scalar},
};

/// Bytes in the name of a file, as in the key of a Kubernetes secret.
const NAME_BYTES: usize = 253;

/// Bytes that a secret must stay below in Swarm and BuildKit: 500 KiB (swarmkit, `manager/controlapi/common.go`).
const CONTENT_BYTES: usize = 500 * 1024;

/// A file to be written.
#[derive(Debug)]
pub struct SecretFile {
    /// A single safe component: `[A-Za-z0-9_-][A-Za-z0-9._-]*`, at most 253 bytes.
    pub name: String,
    /// Where the value stands in the tree.
    pub path: KeyPath,
    /// The whole content.
    pub content: SecretString,
}

/// Renders one file per value, in the order of the tree; null makes none.
///
/// # Errors
/// Names every value whose name is no safe file name or belongs to another too (also in another case), and every
/// value of 500 KiB or more.
pub fn files<'n>(root: &Node, names: impl Into<Names<'n>>) -> Result<Vec<SecretFile>, Refusal> {
    let flats = flatten::admit(Output::DockerSecrets, root, &names.into())?;
    let paths = flatten::Paths::of(root);
    let file = |flat: flatten::Flat<'_>| SecretFile {
        path: paths.path(&flat).clone(),
        content: flat.value.text().clone(),
        name: flat.name.into_owned(),
    };
    Ok(flats.into_iter().map(file).collect())
}

pub(super) fn defect(name: &str, value: Option<&Scalar>) -> Option<Defect> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if name.is_empty() || name.starts_with('.') || !name.bytes().all(plain) {
        Some(Defect::FileName)
    } else if name.len() > NAME_BYTES {
        Some(Defect::LongName)
    } else if value?.expose().len() >= CONTENT_BYTES {
        Some(Defect::Large)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret;

    fn root(entries: &[(&str, &str)]) -> Node {
        let entry =
            |(key, text): &(&str, &str)| ((*key).to_owned(), Node::Scalar(Scalar::str(text)));
        Node::Map(entries.iter().map(entry).collect())
    }

    #[test]
    fn a_file_holds_the_value_and_nothing_more() {
        let written = files(&root(&[("a-b.c", "x\0\r\n"), ("EMPTY", "")]), "_").unwrap();
        let pairs: Vec<_> = written
            .iter()
            .map(|file| (file.name.as_str(), file.content.expose_secret()))
            .collect();
        assert_eq!(pairs, [("a-b.c", "x\0\r\n"), ("EMPTY", "")]);
    }

    #[test]
    fn r19_a_name_cannot_leave_the_directory() {
        let names = [
            "", ".", "..", ".hidden", "../../x", "/abs", "a/b", "a\\b", "a\0", "a b", "a\n", "ä",
            "C:x",
        ];
        let entries = names.map(|name| (name, "v"));
        let refusal = files(&root(&entries), "_").unwrap_err();
        assert_eq!(refusal.offences().len(), names.len());
        assert!(
            refusal
                .offences()
                .iter()
                .all(|offence| offence.defect() == &Defect::FileName)
        );
    }

    #[test]
    fn r19_long_names_and_case_twins_are_refused() {
        let (long, fits) = ("x".repeat(254), "y".repeat(253));
        let entries = [
            (long.as_str(), "v"),
            (fits.as_str(), "v"),
            ("key", "1"),
            ("KEY", "2"),
        ];
        let refusal = files(&root(&entries), "_").unwrap_err();
        let defects: Vec<_> = refusal
            .offences()
            .iter()
            .map(|offence| offence.defect())
            .collect();
        let other = KeyPath::key("key");
        assert_eq!(defects, [&Defect::LongName, &Defect::CaseTwin { other }]);
    }

    #[test]
    fn half_a_mebibyte_is_too_much() {
        let (large, fits) = ("x".repeat(CONTENT_BYTES), "x".repeat(CONTENT_BYTES - 1));
        assert!(files(&root(&[("KEY", &fits)]), "_").is_ok());
        let refusal = files(&root(&[("KEY", &large)]), "_").unwrap_err();
        assert_eq!(refusal.offences()[0].defect(), &Defect::Large);
    }
}
