//! A merge by lines, as git's own: of texts, not of files.

use git2::{Config, MergeFileInput, MergeFileOptions, merge_file};

use super::told;
use crate::failure::Failure;

/// What came of it.
pub(crate) struct ByLines {
    /// The text; where the sides contradict each other, both stand between git's markers.
    pub(crate) bytes: Vec<u8>,
    /// Whether there is such a place.
    pub(crate) has_markers: bool,
}

/// A line that all three texts begin with while they are merged: what comes of it is never empty, which git2 would read through a null
/// pointer.
const FIRST: &[u8] = b"# merged by lines\n";

/// Merges two texts that began as one.
///
/// # Errors
/// Texts of a size that libgit2 does not take.
pub(crate) fn by_lines(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<ByLines, Failure> {
    // libgit2 is started by the first thing that is made of it, and this crate's `merge_file` makes none.
    let _started = Config::new().map_err(|error| told(&error))?;
    let texts = [base, ours, theirs].map(|text| [FIRST, text].concat());
    let mut inputs = [(); 3].map(|()| MergeFileInput::new());
    for (input, text) in inputs.iter_mut().zip(&texts) {
        input.content(text);
    }
    let mut options = MergeFileOptions::new();
    options.our_label("ours").their_label("theirs");
    let merged = merge_file(&inputs[0], &inputs[1], &inputs[2], Some(&mut options));
    let merged = merged.map_err(|error| told(&error))?;
    let bytes = merged.content();
    Ok(ByLines {
        bytes: bytes.strip_prefix(FIRST).unwrap_or(bytes).to_vec(),
        has_markers: !merged.is_automergeable(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_sides_changed_stands_between_markers() {
        let merged = by_lines(b"a\nb\nc\nd\n", b"A\nb\nc\nx\n", b"a\nb\nc\ny\n").unwrap();
        assert!(merged.has_markers);
        assert_eq!(
            String::from_utf8_lossy(&merged.bytes),
            "A\nb\nc\n<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n"
        );
        let none = by_lines(b"a\n", b"a\n", b"").unwrap();
        assert!(!none.has_markers && none.bytes.is_empty());
        let whole = by_lines(b"", b"a\n", b"b\n").unwrap();
        assert!(whole.bytes.starts_with(b"<<<<<<< ours\na\n"));
    }
}
