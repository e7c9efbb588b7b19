//! Texts with two bytes for each character (UTF-16), which some shells and editors write, as far as they are ASCII.

use zeroize::Zeroizing;

use super::WINDOW;

/// Shows each such text with one byte for each character, and where it begins; each character has two bytes there.
///
/// In either order of the bytes, with a mark before them or without, and in the middle of other bytes.
pub(super) fn each(bytes: &[u8], mut see: impl FnMut(&[u8], usize)) {
    let mut from = 0;
    while let Some(zero) = memchr::memchr(0, &bytes[from..]) {
        if zero == 0 {
            from += 1;
            continue;
        }
        let start = from + zero - 1;
        let text = narrow(&bytes[start..]);
        if text.len() >= WINDOW {
            see(&text, start);
        }
        from = start + text.len() * 2;
        if from >= bytes.len() {
            return;
        }
    }
}

/// Every second byte, as long as there is a zero between them.
fn narrow(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::new());
    for unit in bytes.chunks(2) {
        if unit[0] == 0 {
            break;
        }
        text.push(unit[0]);
        if unit.get(1) != Some(&0) {
            break;
        }
    }
    text
}
