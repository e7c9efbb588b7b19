//! What git is told about a vault: which files it ignores, and which keep their line ends.

use vault::config::FilePath;

use crate::workspace::pattern_of;
pub(super) use crate::workspace::with_lines;

/// What git should leave alone: secrets in clear, and what a killed write leaves behind.
pub(super) const IGNORED: [&str; 5] = [
    ".env",
    ".env.*",
    "!.env.example",
    "run/secrets/",
    ".*.vault-??????",
];
/// The bytes of a secret file are signed text; a checkout must not give it other line ends.
pub(super) const ATTRIBUTES: [&str; 2] =
    [".vault.yaml text eol=lf", "secrets/**/*.yaml text eol=lf"];

/// Whether the lines above speak of a file.
pub(super) fn has_usual_place(file: &FilePath) -> bool {
    file.as_str().starts_with("secrets/") && file.as_str().ends_with(".yaml")
}

/// The line of `.gitattributes` for one file.
pub(super) fn attribute_of(file: &FilePath) -> String {
    let pattern = pattern_of(file);
    match pattern.contains(' ') {
        // Quoted as in C, where a backslash has to stand twice.
        true => format!("\"{}\" text eol=lf", pattern.replace('\\', "\\\\")),
        false => format!("{pattern} text eol=lf"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_a_file_is_a_pattern_of_git() {
        for (path, line) in [
            ("deploy/prod.enc.yaml", "/deploy/prod.enc.yaml text eol=lf"),
            ("a b/[c].yml", "\"/a b/\\\\[c].yml\" text eol=lf"),
            ("#a/!b.yaml", "/#a/!b.yaml text eol=lf"),
        ] {
            assert_eq!(attribute_of(&path.parse().unwrap()), line);
        }
    }
}
