//! What vault wrote to one output: the names of the files and a keyed digest of each, never a value.
//!
//! A line that names the format, then fields: the root, the output, whether all of it was done, the owner of the
//! directory, then for each file its name and the digests that it may have; at the end an HMAC of all that.
//!
//! **The digests are keyed**, with 32 random bytes that lie beside the manifests and never leave the machine. A plain
//! SHA-256 of a secret with few possible values (a PIN, a yes or no, a short password) is the secret: whoever gets the
//! manifest, from a backup or a bug report, tries them all. A salt in the same file would not hinder that, it only keeps
//! tables from being made beforehand. Who has the key as well could read the outputs, or the identity, in the first
//! place. The digest also covers the place, so that two equal secrets do not look equal.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    fields::{Fields, field},
    lock::hex,
};

/// The first line; another one belongs to another version of vault.
const FORMAT: &[u8] = b"vault output 1\n";

/// How the names of manifests end.
pub(super) const EXTENSION: &str = "manifest";

/// Bytes of a digest and of the key.
pub(super) const BYTES: usize = 32;

/// Makes a digest of a secret useless to whoever does not have it.
pub(super) type Key = Zeroizing<[u8; BYTES]>;

/// A keyed digest of a file's content at its place.
pub(super) type Sum = [u8; BYTES];

/// What one repository's vault writes to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject(Vec<u8>);

impl Subject {
    /// Both absolute and without links.
    ///
    /// The root is that of the work tree on this machine, not the id in the config: that one is input from whoever can
    /// commit, who must not be able to claim the files of another repository.
    pub(super) fn new(root: &Path, output: &Path) -> Self {
        let mut fields = Vec::new();
        field(&mut fields, root.as_os_str().as_encoded_bytes());
        field(&mut fields, output.as_os_str().as_encoded_bytes());
        Subject(fields)
    }

    /// The root and the output that a manifest says it is about; only [`Manifest::from_bytes`] tells whether that is so.
    pub(super) fn place_of(manifest: &[u8]) -> Option<(PathBuf, PathBuf)> {
        let mut fields = Fields::new(manifest.strip_prefix(FORMAT)?);
        let mut next = || Some(PathBuf::from(OsStr::from_bytes(fields.next()?)));
        Some((next()?, next()?))
    }

    /// The name of the manifest's file.
    pub(super) fn file_name(&self) -> String {
        format!("{}.{EXTENSION}", hex(&Sha256::digest(&self.0)))
    }

    /// The digest of what a file has; `name` is empty where the output is a single file.
    pub(super) fn sum(&self, key: &Key, name: &str, bytes: &[u8]) -> Sum {
        let mut text = b"content\n".to_vec();
        text.extend_from_slice(&self.0);
        field(&mut text, name.as_bytes());
        mac(key, &text)
            .chain_update(bytes)
            .finalize()
            .into_bytes()
            .into()
    }
}

/// The files that are ours, by name, and what each of them may hold for us to know it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// More is about to be done than was done: the digests of before and after stand together.
    pub(super) is_pending: bool,
    /// Whom the directory was given to, if that was not us.
    pub(super) owner: Option<u32>,
    /// Several digests while a write is under way.
    pub(super) files: BTreeMap<String, Vec<Sum>>,
}

impl Manifest {
    pub(super) fn to_bytes(&self, subject: &Subject, key: &Key) -> Vec<u8> {
        let mut bytes = FORMAT.to_vec();
        bytes.extend_from_slice(&subject.0);
        field(
            &mut bytes,
            if self.is_pending { b"pending" } else { b"done" },
        );
        let owner = self
            .owner
            .map_or_else(String::new, |owner| owner.to_string());
        field(&mut bytes, owner.as_bytes());
        for (name, sums) in &self.files {
            field(&mut bytes, name.as_bytes());
            field(&mut bytes, &sums.concat());
        }
        let tag = mac(key, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag);
        bytes
    }

    /// `None` if it is not one that was written with this key for this subject.
    pub(super) fn from_bytes(bytes: &[u8], subject: &Subject, key: &Key) -> Option<Self> {
        let (body, tag) = bytes.split_at_checked(bytes.len().checked_sub(BYTES)?)?;
        mac(key, body).verify_slice(tag).ok()?;
        let fields = body.strip_prefix(FORMAT)?.strip_prefix(&*subject.0)?;
        let mut fields = Fields::new(fields);
        let is_pending = fields.next()? == b"pending";
        let owner = match std::str::from_utf8(fields.next()?).ok()? {
            "" => None,
            owner => Some(owner.parse().ok()?),
        };
        let mut files = BTreeMap::new();
        while !fields.is_empty() {
            let name = std::str::from_utf8(fields.next()?).ok()?.to_owned();
            let (sums, rest) = fields.next()?.as_chunks();
            rest.is_empty().then(|| files.insert(name, sums.to_vec()))?;
        }
        Some(Manifest {
            is_pending,
            owner,
            files,
        })
    }
}

fn mac(key: &Key, bytes: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(&**key).expect("HMAC takes keys of any length");
    mac.chain_update(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn subject() -> Subject {
        Subject::new(Path::new("/srv/repo"), Path::new("/srv/repo/.env"))
    }

    fn key(byte: u8) -> Key {
        Zeroizing::new([byte; BYTES])
    }

    fn manifests() -> impl Strategy<Value = Manifest> {
        let sums = prop::collection::vec(any::<Sum>(), 0..3);
        let files = prop::collection::btree_map("[A-Za-z:,.0-9]{0,8}", sums, 0..4);
        (any::<bool>(), any::<Option<u32>>(), files).prop_map(|(is_pending, owner, files)| {
            Manifest {
                is_pending,
                owner,
                files,
            }
        })
    }

    proptest! {
        #[test]
        fn a_manifest_reads_back_for_its_subject_and_its_key_only(manifest in manifests()) {
            let bytes = manifest.to_bytes(&subject(), &key(1));
            let other = Subject::new(Path::new("/srv"), Path::new("/srv/repo/.env"));
            prop_assert_eq!(Manifest::from_bytes(&bytes, &subject(), &key(2)), None);
            prop_assert_eq!(Manifest::from_bytes(&bytes, &other, &key(1)), None);
            prop_assert_eq!(Manifest::from_bytes(&bytes, &subject(), &key(1)), Some(manifest));
        }

        #[test]
        fn a_manifest_with_any_byte_changed_is_none(manifest in manifests(), at in any::<prop::sample::Index>(), bit in 0..8) {
            let mut bytes = manifest.to_bytes(&subject(), &key(1));
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            prop_assert_eq!(Manifest::from_bytes(&bytes, &subject(), &key(1)), None);
            prop_assert_eq!(Manifest::from_bytes(&bytes[..at], &subject(), &key(1)), None);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut whole = FORMAT.to_vec();
            whole.extend_from_slice(&subject().0);
            whole.extend_from_slice(&bytes);
            let tag = mac(&key(1), &whole).finalize().into_bytes();
            whole.extend_from_slice(&tag);
            let _ = Manifest::from_bytes(&whole, &subject(), &key(1));
        }
    }

    #[test]
    fn a_digest_is_of_content_place_name_and_key() {
        let sum = |root: &str, path: &str, byte, name, bytes: &[u8]| {
            Subject::new(Path::new(root), Path::new(path)).sum(&key(byte), name, bytes)
        };
        let this = sum("/r", "/r/d", 1, "PIN", b"1234");
        assert_eq!(this, sum("/r", "/r/d", 1, "PIN", b"1234"));
        for other in [
            sum("/q", "/r/d", 1, "PIN", b"1234"),
            sum("/r", "/r/e", 1, "PIN", b"1234"),
            sum("/r", "/r/d", 2, "PIN", b"1234"),
            sum("/r", "/r/d", 1, "PI", b"N1234"),
            sum("/r", "/r/d", 1, "PIN", b"1235"),
        ] {
            assert_ne!(this, other);
        }
    }
}
