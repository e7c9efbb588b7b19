//! Private keys that open vaults, by how they are written.

use std::{borrow::Cow, ops::Range};

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

impl PrivateKey {
    /// How they begin: the texts by which one is found before [`PrivateKey::stands`] looks at the rest.
    pub const BEGINNINGS: [(&[u8], PrivateKey); 3] = [
        (AGE_NAME, PrivateKey::Age),
        (b"age-secret-key-", PrivateKey::Age),
        (OPENSSH_MAGIC, PrivateKey::OpenSsh),
    ];

    /// Whether somebody who typed this meant a private key: one that misses a few characters is none, and nearly tells it.
    pub fn is_meant_by(text: &[u8]) -> bool {
        memchr::memmem::find(text, PEM_HEADING).is_some() || first_secret(text).is_some()
    }

    /// A text in which `…` stands for what is secret of private keys: it may be shown.
    pub fn hidden(text: &str) -> Cow<'_, str> {
        let mut shown = String::new();
        let mut rest = text;
        while let Some(secret) = first_secret(rest.as_bytes()) {
            shown.push_str(&rest[..secret.start]);
            shown.push('…');
            rest = &rest[secret.end..];
        }
        match shown.is_empty() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(shown + rest),
        }
    }

    /// Bytes that must be at hand, before and behind the place where one is found.
    pub const REACH: usize = 2 * (AGE_HEAD + AGE_CHARACTERS + BETWEEN);

    /// Whether there is one where its beginning stands.
    pub fn stands(self, bytes: &[u8], start: usize) -> bool {
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
    run(&text[end + 1..], is_bech32)
}

fn has_heading(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(BETWEEN + PEM_HEADING.len())..];
    memchr::memmem::find(near, PEM_HEADING).is_some()
}

/// Where the first private key is secret: behind the name of its kind, and all of what OpenSSH writes.
fn first_secret(text: &[u8]) -> Option<Range<usize>> {
    (0..text.len()).find_map(|at| {
        let (start, length) = match &text[at..] {
            text if text.starts_with(OPENSSH_MAGIC) => (at, run(text, is_base64)),
            text => {
                let name = text.get(..AGE_NAME.len())?;
                let tail = &text[name.len()..];
                let length = bech32_behind_1(tail);
                let is_key = name.eq_ignore_ascii_case(AGE_NAME) && length >= AGE_MEANT;
                let head = is_key.then(|| memchr::memchr(b'1', tail)).flatten()?;
                (at + name.len() + head + 1, length)
            }
        };
        Some(start..start + length)
    })
}

fn run(text: &[u8], is_one: fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| is_one(byte)).count()
}

fn is_bech32(byte: &u8) -> bool {
    BECH32.contains(&byte.to_ascii_lowercase())
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_of_private_keys_is_hidden_and_nothing_else() {
        let key = "1K2VG58MYEZY35DQD7EZQG75ZXE0ZXSDRWCC9XAWCYPEASKWQQSWQ09XEG9";
        for (text, shown) in [
            ("no key", "no key"),
            ("AGE-SECRET-KEY-1… is one", "AGE-SECRET-KEY-1… is one"),
            ("age-secret-key-1.txt", "age-secret-key-1.txt"),
            (
                &format!(
                    "é AGE-SECRET-KEY-{key}: and age-secret-key-pq-{}!",
                    key.to_lowercase()
                ),
                "é AGE-SECRET-KEY-1…: and age-secret-key-pq-1…!",
            ),
            ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU= x", "… x"),
        ] {
            assert_eq!(PrivateKey::hidden(text), shown);
        }
    }
}
