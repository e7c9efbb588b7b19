//! Files that git would take although some rule ignores them: a line with `!` brings them back.
//!
//! libgit2 1.9 drops such a line unless it goes against a rule of the same `.gitignore`; git lets it win over the files of folders above,
//! `.git/info/exclude` and a person's own rules. Whoever commits could have secrets in clear taken by the next `git add` that way.

use std::path::Path;

use git2::{Error, Odb, Repository};

/// Whether the `.gitignore` files from the top of a work tree down to a file bring it back; the path counts from the top.
///
/// What lies in an ignored folder cannot be brought back; here it counts as brought back all the same, which errs on the safe side.
///
/// # Errors
/// A pattern that libgit2 does not take.
pub(super) fn is_brought_back(work_tree: &Path, file: &Path) -> Result<bool, Error> {
    let folders: Vec<&Path> = file.ancestors().skip(1).collect();
    let mut is_back = false;
    for folder in folders.into_iter().rev() {
        let Ok(bytes) = std::fs::read(work_tree.join(folder).join(".gitignore")) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}');
        let below = file.strip_prefix(folder).unwrap_or(file);
        if is_back || text.lines().any(|line| line.starts_with('!')) {
            is_back = last_word(text, below)?.unwrap_or(is_back);
        }
    }
    Ok(is_back)
}

/// What the last line that matches says: whether the file is brought back. `None` where no line does.
fn last_word(text: &str, file: &Path) -> Result<Option<bool>, Error> {
    // A repository without files: its only rules are those that are put into it here.
    let scratch = Repository::from_odb(Odb::new()?)?;
    for line in text.lines().rev() {
        let (pattern, is_back) = match line.strip_prefix('!') {
            Some(rest) => (literal_start(rest), true),
            None => (line.to_owned(), false),
        };
        scratch.clear_ignore_rules()?;
        scratch.add_ignore_rule(&pattern)?;
        if scratch.is_path_ignored(file)? {
            return Ok(Some(is_back));
        }
    }
    Ok(None)
}

/// Behind the `!` another one, or a `#`, has no meaning.
fn literal_start(pattern: &str) -> String {
    match pattern.starts_with(['!', '#']) {
        true => format!("\\{pattern}"),
        false => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn brought_back(files: &[(&str, &str)], file: &str) -> bool {
        let place = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = place.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        is_brought_back(place.path(), Path::new(file)).unwrap()
    }

    #[test]
    fn the_last_line_that_matches_in_the_deepest_file_decides() {
        for (files, file, is_back) in [
            (&[(".gitignore", ".env\n")][..], ".env", false),
            (&[(".gitignore", "!.env\n")], ".env", true),
            (&[(".gitignore", "\u{feff}!.env\r\n")], ".env", true),
            (&[(".gitignore", "!.env\n.env\n")], ".env", false),
            (&[(".gitignore", ".env\n!.env\n")], "a/.env", true),
            (&[(".gitignore", "# !.env\n\n!x\n\\!.env\n")], ".env", false),
            (&[(".gitignore", "!#a\n")], "#a", true),
            (&[(".gitignore", "!/.env\n")], "a/.env", false),
            (&[("a/.gitignore", "!.env\n")], "a/.env", true),
            (&[("a/.gitignore", "!.env\n")], ".env", false),
            (
                &[("run/.gitignore", "!secrets/\n")],
                "run/secrets/KEY",
                true,
            ),
            (
                &[("a/.gitignore", "!*\n"), ("a/b/.gitignore", ".env\n")],
                "a/b/.env",
                false,
            ),
            (
                &[(".gitignore", "!.env\n"), ("a/.gitignore", "x\n")],
                "a/.env",
                true,
            ),
            (
                &[("build/.gitignore", "*\n!.gitignore\n")],
                "build/.env",
                false,
            ),
        ] {
            assert_eq!(brought_back(files, file), is_back, "{files:?} {file}");
        }
    }
}
