//! Texts that were broken into lines, put together again: base64 and hex, as tools wrap them, and words, as programs put them together.

use zeroize::Zeroizing;

/// What is put together may have so many times its bytes with the line ends and the blanks around them.
pub(super) const SPREAD: usize = 3;

/// Lines that are one text without their ends and the blanks around them.
#[derive(Default)]
pub(super) struct Stretch {
    text: Zeroizing<Vec<u8>>,
    /// Where each line begins: here, and in the bytes that it is from.
    lines: Vec<(usize, usize)>,
}

impl Stretch {
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where a byte of it stands in the bytes that it is from.
    pub(super) fn origin(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|(here, _)| *here <= at) - 1;
        let (here, there) = self.lines[line];
        there + at - here
    }

    fn add(&mut self, digits: &[u8], origin: usize) {
        if !digits.is_empty() {
            self.lines.push((self.text.len(), origin));
            self.text.extend_from_slice(digits);
        }
    }

    /// Shows what was put together, unless it is of one line, and begins again.
    fn end(&mut self, see: &mut impl FnMut(&Stretch)) {
        if self.lines.len() > 1 {
            see(self);
        }
        self.text.clear();
        self.lines.clear();
    }
}

/// Shows each stretch: lines of nothing but digits of base64, with the end of the line before them and the beginning of the one behind.
///
/// Of all other lines only the ends are looked at, so that this costs little where nothing is wrapped.
pub(super) fn each(bytes: &[u8], mut see: impl FnMut(&Stretch)) {
    let mut stretch = Stretch::default();
    let mut start = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        let text = without_start(line);
        let from = start + line.len() - text.len();
        let text = without_end(text);
        let head = text.iter().take_while(|byte| is_digit(byte)).count();
        stretch.add(&text[..head], from);
        if head < text.len() || text.is_empty() {
            stretch.end(&mut see);
            let tail = text.iter().rev().take_while(|byte| is_digit(byte)).count();
            let tail = text.len() - tail;
            stretch.add(&text[tail..], from + tail);
        }
        start += line.len() + 1;
    }
    stretch.end(&mut see);
}

/// Without what stands before a part of a text that is continued: blanks, a quote, and an operator before it.
fn without_start(line: &[u8]) -> &[u8] {
    let text = line.trim_ascii_start();
    let text = match text {
        [b'+' | b'.' | b'&', rest @ ..] if rest.first().is_some_and(is_apart) => rest,
        text => text,
    };
    let text = text.trim_ascii_start();
    text.strip_prefix(b"\"")
        .or_else(|| text.strip_prefix(b"'"))
        .unwrap_or(text)
}

/// Without what stands behind it: blanks, a backslash, and a quote with an operator behind it.
fn without_end(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    let text = text.strip_suffix(b"\\").unwrap_or(text).trim_ascii_end();
    let text = match text {
        [rest @ .., b'+' | b'.' | b'&'] if rest.last().is_some_and(is_apart) => rest,
        text => text,
    };
    let text = text.trim_ascii_end();
    text.strip_suffix(b"\"")
        .or_else(|| text.strip_suffix(b"'"))
        .unwrap_or(text)
}

fn is_apart(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'')
}

fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}
