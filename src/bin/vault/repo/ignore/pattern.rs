//! The lines of a file of ignore rules, as git's own `dir.c` reads them.

use super::wildmatch::{Way, matches};

/// A line that says of some paths whether git ignores them.
pub(super) struct Pattern {
    text: Vec<u8>,
    /// Bytes at its beginning that have no wildcard.
    literal: usize,
    /// It takes back what another line says.
    brings_back: bool,
    of_folders: bool,
}

/// The lines of a file, in order.
pub(super) fn patterns(text: &[u8]) -> Vec<Pattern> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines = text.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .map(|line| Pattern::of(content(line)))
        .collect()
}

/// What git takes of a line: one carriage return goes, and the spaces before it that are not escaped. No other blank does.
pub(crate) fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.split(|byte| *byte == 0).next().unwrap_or(line);
    let mut end = 0;
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        at += match byte {
            b'\\' if at + 1 == line.len() => return line,
            b'\\' => 2,
            _ => 1,
        };
        if *byte != b' ' {
            end = at;
        }
    }
    &line[..end]
}

impl Pattern {
    fn of(line: &[u8]) -> Self {
        let (brings_back, text) = match line.strip_prefix(b"!") {
            Some(text) => (true, text),
            None => (false, line),
        };
        let (of_folders, text) = match text.strip_suffix(b"/") {
            Some(text) => (true, text),
            None => (false, text),
        };
        let is_special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
        Pattern {
            literal: text.iter().position(is_special).unwrap_or(text.len()),
            text: text.to_vec(),
            brings_back,
            of_folders,
        }
    }

    /// What it says of a path, which counts from the folder of its file: whether git ignores it. `None` if nothing.
    pub(super) fn says(&self, path: &[u8], is_folder: bool, folds_case: bool) -> Option<bool> {
        if self.of_folders && !is_folder {
            return None;
        }
        let means = match self.text.contains(&b'/') {
            true => self.means_path(path, folds_case),
            false => self.means_name(path, folds_case),
        };
        means.then_some(!self.brings_back)
    }

    /// Without a slash, it is about names in every folder.
    fn means_name(&self, path: &[u8], folds_case: bool) -> bool {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        let way = Way {
            stops_at_slash: false,
            folds_case,
        };
        matches(&self.text, name, way)
    }

    fn means_path(&self, path: &[u8], folds_case: bool) -> bool {
        let slash = usize::from(self.text.starts_with(b"/"));
        let (literal, wild) = self.text[slash..].split_at(self.literal - slash);
        let Some((start, rest)) = path.split_at_checked(literal.len()) else {
            return false;
        };
        let is_same = match folds_case {
            true => start.eq_ignore_ascii_case(literal),
            false => start == literal,
        };
        let way = Way {
            stops_at_slash: true,
            folds_case,
        };
        is_same && matches(wild, rest, way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spaces_at_the_end_of_a_line_are_no_part_of_it() {
        for (line, taken) in [
            (".env", ".env"),
            (".env  \r", ".env"),
            (".env\t", ".env\t"),
            (".env \t ", ".env \t"),
            (".env\x0b", ".env\x0b"),
            (".env\r ", ".env\r"),
            (".env\\ ", ".env\\ "),
            (".env\\  ", ".env\\ "),
            (".env \\", ".env \\"),
            (" .env", " .env"),
            (".env\0x", ".env"),
            ("  ", ""),
        ] {
            assert_eq!(content(line.as_bytes()), taken.as_bytes(), "{line:?}");
        }
    }
}
