//! Which files git ignores, read as git itself reads its rules.
//!
//! libgit2 1.9 reads some of them otherwise. It follows a `.gitignore` that is a symbolic link, which git does not (since 2.32); it drops a
//! tab at the end of a line, which git takes as part of the name; it forgets a line with `!` unless it goes against a rule of the same file;
//! and a form feed on a line of its own keeps it busy for ever. Whoever commits could have secrets in clear taken by the next `git add` that
//! way, or stop everybody. So it is not asked.

use std::{
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use gix_ignore::{
    Search,
    glob::{pattern::Case, search::pattern::List},
    search::Ignore,
};

/// The file of rules that any folder of a work tree may have.
pub(crate) const RULES: &str = ".gitignore";

/// Where git finds rules beside those in the work tree.
pub(super) struct Elsewhere {
    /// Those of the person, `core.excludesFile`.
    pub(super) of_person: Option<PathBuf>,
    /// `info/exclude` of the repository.
    pub(super) of_repository: PathBuf,
    /// `core.ignoreCase`.
    pub(super) folds_case: bool,
}

/// A line by which git ignores something.
pub(crate) struct Rule {
    /// The file that the line stands in, absolute.
    pub(crate) source: PathBuf,
    pub(crate) line: usize,
    /// What the line is about: the file, or a folder above it; from the top of the work tree.
    pub(crate) subject: PathBuf,
}

/// The line by which git ignores a file; the path counts from the top of the work tree. `left_out` has the rules that a sparse checkout
/// leaves out.
pub(super) fn rule_against(
    work_tree: &Path,
    file: &Path,
    elsewhere: &Elsewhere,
    left_out: impl Fn(&Path) -> Option<Vec<u8>>,
) -> Option<Rule> {
    let mut rules = Rules::elsewhere(elsewhere);
    let folders: Vec<&Path> = file.ancestors().skip(1).collect();
    for folder in folders.into_iter().rev() {
        // What lies in an ignored folder cannot be brought back: git does not look into it.
        if let Some(rule) = rules.last_word(folder, true) {
            return Some(rule);
        }
        rules.add_of_folder(work_tree, folder, &left_out);
    }
    rules.last_word(file, false)
}

/// Every file that git does not ignore; paths count from the top of the work tree. Links are not followed, other repositories and what cannot
/// be looked into are passed over.
pub(super) fn not_ignored(
    work_tree: &Path,
    elsewhere: &Elsewhere,
    left_out: impl Fn(&Path) -> Option<Vec<u8>>,
) -> Vec<PathBuf> {
    let mut walk = Walk {
        work_tree,
        left_out,
        rules: Rules::elsewhere(elsewhere),
        found: Vec::new(),
    };
    walk.below(Path::new(""));
    walk.found
}

/// A look at all of a work tree.
struct Walk<'w, L> {
    work_tree: &'w Path,
    left_out: L,
    /// Those that hold where it is looked.
    rules: Rules,
    found: Vec<PathBuf>,
}

impl<L: Fn(&Path) -> Option<Vec<u8>>> Walk<'_, L> {
    fn below(&mut self, folder: &Path) {
        let Ok(entries) = fs::read_dir(self.work_tree.join(folder)) else {
            return;
        };
        let above = self.rules.count();
        self.rules
            .add_of_folder(self.work_tree, folder, &self.left_out);
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = folder.join(entry.file_name());
            let rule = self.rules.last_word(&path, kind.is_dir());
            if entry.file_name() == ".git" || rule.is_some() {
                continue;
            }
            match kind.is_dir() {
                true if entry.path().join(".git").symlink_metadata().is_err() => self.below(&path),
                true => {}
                false => self.found.push(path),
            }
        }
        self.rules.only_first(above);
    }
}

/// The text of a file of rules; nothing where git would not read it: in a work tree it follows no link to one.
fn read(path: &Path, metadata: fn(&Path) -> io::Result<fs::Metadata>) -> Option<Vec<u8>> {
    let is_file = metadata(path).is_ok_and(|metadata| metadata.is_file());
    is_file.then(|| fs::read(path).ok()).flatten()
}

/// Lists of rules, the weakest first.
struct Rules {
    search: Search,
    case: Case,
}

impl Rules {
    fn elsewhere(elsewhere: &Elsewhere) -> Self {
        let mut rules = Rules {
            search: Search::default(),
            case: match elsewhere.folds_case {
                true => Case::Fold,
                false => Case::Sensitive,
            },
        };
        for path in elsewhere.of_person.iter().chain([&elsewhere.of_repository]) {
            if let Some(text) = read(path, |path| fs::metadata(path)) {
                rules.add(text, path.clone(), None);
            }
        }
        rules
    }

    /// Those that a folder of the work tree has of its own.
    fn add_of_folder(
        &mut self,
        work_tree: &Path,
        folder: &Path,
        left_out: &impl Fn(&Path) -> Option<Vec<u8>>,
    ) {
        let path = folder.join(RULES);
        let text = read(&work_tree.join(&path), |path| fs::symlink_metadata(path));
        if let Some(text) = text.or_else(|| left_out(&path)) {
            self.add(text, work_tree.join(&path), Some(work_tree));
        }
    }

    /// How many lists there are.
    fn count(&self) -> usize {
        self.search.patterns.len()
    }

    /// Forgets those that were added after so many.
    fn only_first(&mut self, count: usize) {
        self.search.patterns.truncate(count);
    }

    /// The rules of a file, which count from its folder where it is in a work tree. What follows a NUL in a line is nothing to git.
    fn add(&mut self, mut text: Vec<u8>, path: PathBuf, work_tree: Option<&Path>) {
        let mut is_over = false;
        text.retain(|byte| {
            is_over = *byte != b'\n' && (is_over || *byte == 0);
            !is_over
        });
        let list = List::from_bytes(&text, path, work_tree, Ignore::default());
        self.search.patterns.extend(list);
    }

    /// The last rule that is about a path, if it has it ignored.
    fn last_word(&self, subject: &Path, is_folder: bool) -> Option<Rule> {
        let path = subject.as_os_str().as_bytes();
        if path.is_empty() {
            return None;
        }
        let found =
            self.search
                .pattern_matching_relative_path(path.into(), Some(is_folder), self.case);
        let rule = found.filter(|rule| !rule.pattern.is_negative())?;
        Some(Rule {
            source: rule.source?.to_owned(),
            line: rule.sequence_number,
            subject: subject.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn elsewhere(place: &Path) -> Elsewhere {
        Elsewhere {
            of_person: Some(place.join("person")),
            of_repository: place.join("exclude"),
            folds_case: false,
        }
    }

    fn ignored(files: &[(&str, &str)], file: &str) -> bool {
        let place = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = place.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let elsewhere = elsewhere(place.path());
        rule_against(place.path(), Path::new(file), &elsewhere, |_| None).is_some()
    }

    #[test]
    fn the_last_line_that_matches_in_the_deepest_file_decides() {
        for (files, file, is_ignored) in [
            (&[(".gitignore", ".env\n")][..], ".env", true),
            (&[(".gitignore", ".env\n!.env\n")], ".env", false),
            (
                &[("exclude", ".env"), (".gitignore", "!.env\n")],
                ".env",
                false,
            ),
            (
                &[("exclude", ".env"), (".gitignore", "\u{feff}!.env\r\n")],
                ".env",
                false,
            ),
            (&[(".gitignore", "!.env\n.env\n")], ".env", true),
            (&[(".gitignore", ".env\n!.env\n")], "a/.env", false),
            (
                &[(".gitignore", ".env\n# !.env\n\n!x\n\\!.env\n")],
                ".env",
                true,
            ),
            (&[("exclude", "\\#a"), (".gitignore", "!#a\n")], "#a", false),
            (
                &[("exclude", ".env"), (".gitignore", "!/.env\n")],
                "a/.env",
                true,
            ),
            (
                &[("exclude", ".env"), ("a/.gitignore", "!.env\n")],
                "a/.env",
                false,
            ),
            (
                &[("exclude", ".env"), ("a/.gitignore", "!.env\n")],
                ".env",
                true,
            ),
            (
                &[
                    (".gitignore", "run/secrets/\n"),
                    ("run/.gitignore", "!secrets/\n"),
                ],
                "run/secrets/KEY",
                false,
            ),
            (
                &[(".gitignore", "run/\n"), ("run/.gitignore", "!secrets/\n")],
                "run/secrets/KEY",
                true,
            ),
            (
                &[("a/.gitignore", "!*\n"), ("a/b/.gitignore", ".env\n")],
                "a/b/.env",
                true,
            ),
            (
                &[("build/.gitignore", "*\n!.gitignore\n")],
                "build/.env",
                true,
            ),
            // A rule of the person is the weakest.
            (&[("person", ".env"), ("exclude", "!.env")], ".env", false),
            (&[("person", "!.env"), ("exclude", ".env")], ".env", true),
            (
                &[("person", ".env"), (".gitignore", "!.env\nx\n")],
                ".env",
                false,
            ),
        ] {
            assert_eq!(ignored(files, file), is_ignored, "{files:?} {file}");
        }
    }

    #[test]
    fn rules_in_the_work_tree_are_not_followed_and_those_elsewhere_are() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::write(root.join("rules"), ".env\n").unwrap();
        let is_ignored =
            || rule_against(root, Path::new(".env"), &elsewhere(root), |_| None).is_some();
        symlink("rules", root.join(".gitignore")).unwrap();
        assert!(!is_ignored());
        symlink("rules", root.join("exclude")).unwrap();
        assert!(is_ignored());
    }
}
