//! Private keys that open vaults, by how they are written.

use super::needles::Needle;

/// A kind of private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrivateKey {
    /// `AGE-SECRET-KEY-1…`, also of later kinds.
    Age,
    /// What `ssh-keygen` writes, with or without a passphrase.
    OpenSsh,
}

/// Characters of bech32 (BIP 173), which an age identity has behind its `1`.
const BECH32: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// How many of them the shortest identity has: 32 bytes and the checksum. Texts about keys have fewer: `AGE-SECRET-KEY-1…`.
const AGE_CHARACTERS: usize = 58;
/// How many are enough where a key is meant: no name of a file goes on so.
const AGE_MEANT: usize = 16;
/// What the name of every kind begins with.
const AGE_NAME: &[u8] = b"AGE-SECRET-KEY-";
/// Bytes in `AGE-SECRET-KEY-`, `PQ-` and `1`, at most.
const AGE_HEAD: usize = 24;
/// `openssh-key-v1` and a NUL in base64: so every such key begins (OpenSSH, PROTOCOL.key).
const OPENSSH_MAGIC: &[u8] = b"b3BlbnNzaC1rZXktdjEA";
/// The end of the line above it.
const PEM_HEADING: &[u8] = b"PRIVATE KEY-----";
/// Bytes between the two: a line end, also an escaped one, and indentation.
const BETWEEN: usize = 64;

/// What a private key is found by.
pub(super) fn needles() -> [Needle; 3] {
    [
        Needle::of_key(AGE_NAME, PrivateKey::Age),
        Needle::of_key(b"age-secret-key-", PrivateKey::Age),
        Needle::of_key(OPENSSH_MAGIC, PrivateKey::OpenSsh),
    ]
}

impl PrivateKey {
    /// Whether somebody who typed this meant a private key: one that misses a few characters is none, and nearly tells it.
    pub fn is_meant_by(text: &[u8]) -> bool {
        let has = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
        let is_age = |at: usize| {
            let (head, tail) = text[at..].split_at(AGE_NAME.len());
            head.eq_ignore_ascii_case(AGE_NAME) && bech32_behind_1(tail) >= AGE_MEANT
        };
        let mut places = 0..(text.len() + 1).saturating_sub(AGE_NAME.len());
        has(PEM_HEADING) || has(OPENSSH_MAGIC) || places.any(is_age)
    }

    /// Bytes that must be at hand, before and behind the place where one is found.
    pub(super) const REACH: usize = 2 * (AGE_HEAD + AGE_CHARACTERS + BETWEEN);

    /// Whether there is one where its beginning stands.
    pub(super) fn stands(self, bytes: &[u8], start: usize) -> bool {
        match self {
            PrivateKey::Age => is_age(&bytes[start..]),
            PrivateKey::OpenSsh => has_heading(&bytes[..start]),
        }
    }
}

fn is_age(text: &[u8]) -> bool {
    bech32_behind_1(text) >= AGE_CHARACTERS
}

/// How many characters of bech32 stand behind the `1` that ends the name of a kind.
fn bech32_behind_1(text: &[u8]) -> usize {
    let head = &text[..text.len().min(AGE_HEAD)];
    let Some(end) = memchr::memchr(b'1', head) else {
        return 0;
    };
    let is_digit = |byte: &&u8| BECH32.contains(&byte.to_ascii_lowercase());
    text[end + 1..].iter().take_while(is_digit).count()
}

fn has_heading(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(BETWEEN + PEM_HEADING.len())..];
    memchr::memmem::find(near, PEM_HEADING).is_some()
}
