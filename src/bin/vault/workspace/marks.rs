//! What tells that two files share their data key, without any key.

use std::collections::HashSet;

use vault::sops::File;

/// Characters of base64 in a line of an age entry.
const COLUMNS: usize = 64;
/// Characters of base64 of a nonce that vault writes.
const NONCE_CHARS: usize = 44;

/// What two files share only if they share their data key: ciphertexts, told by their nonces, and wrapped keys, told by a line of each.
pub(super) struct Marks {
    nonces: HashSet<Vec<u8>>,
    lines: Vec<String>,
}

impl Marks {
    pub(super) fn of(file: &File) -> Self {
        let metadata = file.metadata();
        let text = file.document().text().as_bytes();
        let nonces = nonces(text).map(<[u8]>::to_vec);
        let mac = metadata.mac_nonce().map(String::into_bytes);
        let lines = metadata.age.iter().filter_map(|entry| line(&entry.armor));
        Marks {
            nonces: nonces.chain(mac).collect(),
            lines: lines.collect(),
        }
    }

    /// Whether one of them is in the text of a file that vault has written.
    pub(super) fn are_in(&self, bytes: &[u8]) -> bool {
        nonces(bytes).any(|nonce| self.nonces.contains(nonce))
            || self.lines.iter().any(|line| is_in(line, bytes))
    }
}

/// The nonces of the ciphertexts in a text.
fn nonces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let at = bytes.windows(4).enumerate();
    let at = at.filter_map(|(at, window)| (window == b",iv:").then_some(at + 4));
    at.filter_map(|at| bytes.get(at..at + NONCE_CHARS))
}

/// The second line of an age entry, the first in which everything is random.
fn line(armor: &str) -> Option<String> {
    let lines = armor.lines().filter(|line| !line.starts_with('-'));
    let base64: String = lines.flat_map(str::split_whitespace).collect();
    base64.get(COLUMNS..2 * COLUMNS).map(str::to_owned)
}

/// Whether a text is in a file.
pub(super) fn is_in(text: &str, bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}
