//! Paths as people may see them.

use std::{fmt, path::Path};

use crate::value::is_format;

/// Shows a path without the characters that a terminal acts upon.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(pub &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string_lossy().chars() {
            if c.is_control() || is_format(c) {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_path_cannot_steer_a_terminal() {
        let path = Path::new("sec\u{1b}[2Jrets/\u{202e}lmay.x\n");
        assert_eq!(
            Shown(path).to_string(),
            "sec\\u{1b}[2Jrets/\\u{202e}lmay.x\\u{a}"
        );
        assert_eq!(Shown(Path::new("ä/b c.yaml")).to_string(), "ä/b c.yaml");
    }
}
