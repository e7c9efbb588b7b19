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
        Needle::of_key(b"AGE-SECRET-KEY-", PrivateKey::Age),
        Needle::of_key(b"age-secret-key-", PrivateKey::Age),
        Needle::of_key(OPENSSH_MAGIC, PrivateKey::OpenSsh),
    ]
}

impl PrivateKey {
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
    let head = &text[..text.len().min(AGE_HEAD)];
    let Some(end) = memchr::memchr(b'1', head) else {
        return false;
    };
    let is_digit = |byte: &&u8| BECH32.contains(&byte.to_ascii_lowercase());
    let digits = text[end + 1..].iter().take_while(is_digit).count();
    digits >= AGE_CHARACTERS
}

fn has_heading(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(BETWEEN + PEM_HEADING.len())..];
    memchr::memmem::find(near, PEM_HEADING).is_some()
}
