//! Patterns of paths, as git's rules and attributes have them, and where they are not surely read as git reads them.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use gix_ignore::glob::{Pattern, pattern::Case, wildmatch::Mode};

/// Stars in a pattern up to which it is followed to its end.
const STARS: usize = 32;

/// Whether a pattern is about a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Surely,
    /// Nothing is to be let go by on the word of such a one.
    Perhaps,
    Not,
}

/// Whether a pattern is about a path, which counts from the folder of the pattern's file.
///
/// Where case is folded, git and gix read ranges such as `[a-Z]` in two ways: then both cases have to agree.
pub(super) fn about(pattern: &Pattern, path: &Path, is_folder: bool, folds_case: bool) -> About {
    let path = path.as_os_str().as_bytes();
    let name = path.iter().rposition(|byte| *byte == b'/');
    let matches = |case| {
        let mode = Mode::NO_MATCH_SLASH_LITERAL;
        let name = name.map(|at| at + 1);
        pattern.matches_repo_relative_path(path.into(), name, Some(is_folder), case, mode)
    };
    let has = |wanted: u8| pattern.text.iter().filter(|byte| **byte == wanted).count();
    let found = match (folds_case, has(b'[')) {
        (false, _) => [matches(Case::Sensitive); 2],
        (true, 0) => [matches(Case::Fold); 2],
        (true, _) => [matches(Case::Sensitive), matches(Case::Fold)],
    };
    match found {
        [true, true] => About::Surely,
        [false, false] if has(b'*') <= STARS => About::Not,
        _ => About::Perhaps,
    }
}
