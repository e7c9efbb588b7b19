//! Lines in the files that tell git what to do: `.gitignore` and `.gitattributes`.

use std::{borrow::Cow, path::Path};

use vault::{
    config::FilePath,
    vault::{CONFIG, Change, Root, SaveError, Saved},
};

use super::{Trouble, Workspace};
use crate::failure::Failure;

/// Where a team tells git about files.
pub(crate) const ATTRIBUTES: &str = ".gitattributes";

/// Times that a file is read anew because somebody else wrote it meanwhile; each time somebody has got on.
const TRIES: usize = 100;

/// What git takes for a blank between attributes.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Why lines were not written.
pub(crate) enum NotSaved {
    /// They cannot be made of what is there.
    Change(Failure),
    /// What the store says.
    Store(SaveError),
}

impl From<Failure> for NotSaved {
    fn from(failure: Failure) -> Self {
        NotSaved::Change(failure)
    }
}

/// The pattern that means one file and no other. Without the `/` it would hold in every folder, and a `[` begins a set of characters.
pub(crate) fn pattern_of(file: &FilePath) -> String {
    pattern_at(Path::new(file.as_str()))
}

/// The same for any path without `*`, `?` and `\`.
pub(super) fn pattern_at(path: &Path) -> String {
    format!("/{}", path.to_string_lossy().replace('[', "\\["))
}

/// A pattern as a line of attributes begins with it.
pub(super) fn written(pattern: &str) -> Cow<'_, str> {
    match pattern.contains([' ', '"', '\t']) {
        // Quoted as in C, where a backslash has to stand twice.
        true => {
            let escaped = pattern.replace('\\', "\\\\").replace('"', "\\\"");
            Cow::Owned(format!("\"{escaped}\""))
        }
        false => Cow::Borrowed(pattern),
    }
}

/// What `.vault.yaml` is to git: text whose line ends a checkout keeps, merged by key.
const OF_CONFIG: &str = "text eol=lf merge=vault-config";
/// What a secret file is to git: signed text whose bytes a checkout keeps, shown and merged by key.
const OF_FILE: &str = "text eol=lf diff=vault merge=vault";

/// The same for a file that has other line ends: what a checkout makes of them is left to whoever wrote it.
const OF_FILE_AS_IT_IS: &str = "diff=vault merge=vault";

/// What git is told about the files of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pattern: String,
    words: &'static str,
}

impl Attributes {
    /// Of the config, wherever it lies.
    pub(crate) fn of_config() -> Self {
        Attributes {
            pattern: CONFIG.to_owned(),
            words: OF_CONFIG,
        }
    }

    /// Of the secret files that lie where they usually do.
    pub(crate) fn of_usual_files() -> Self {
        Attributes {
            pattern: "secrets/**/*.yaml".to_owned(),
            words: OF_FILE,
        }
    }

    /// Of one file.
    pub(crate) fn of_file(file: &FilePath) -> Self {
        Attributes {
            pattern: pattern_of(file),
            words: OF_FILE,
        }
    }

    /// Of one file whose line ends are not those that vault writes.
    pub(crate) fn of_file_as_it_is(file: &FilePath) -> Self {
        Attributes {
            words: OF_FILE_AS_IT_IS,
            ..Attributes::of_file(file)
        }
    }

    /// Of one file whose line ends git is to leave alone, whatever lines above say.
    pub(crate) fn left_alone(file: &FilePath) -> Self {
        Attributes {
            words: "-text",
            ..Attributes::of_file(file)
        }
    }

    /// The same where patterns count from a folder above the vault.
    pub(crate) fn seen_from(self, folder: &Path) -> Self {
        let pattern = self.pattern.trim_start_matches('/');
        let folder = folder.to_string_lossy().replace('[', "\\[");
        let slash = if folder.is_empty() { "" } else { "/" };
        Attributes {
            pattern: format!("/{folder}{slash}{pattern}"),
            ..self
        }
    }

    /// The pattern as a line begins with it.
    fn written(&self) -> Cow<'_, str> {
        written(&self.pattern)
    }

    /// The line that says it.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.written(), self.words)
    }

    /// A line about the same pattern with what it does not say yet; `None` for a line about others.
    fn completed(&self, line: &str) -> Option<String> {
        let rest = line.trim_matches(BLANKS).strip_prefix(&*self.written())?;
        if !rest.starts_with(BLANKS) && !rest.is_empty() {
            return None;
        }
        let said: Vec<&str> = rest.split(BLANKS).map(name_of).collect();
        let more = self.words.split(' ');
        let more: Vec<&str> = more.filter(|word| !said.contains(&name_of(word))).collect();
        Some(match more.is_empty() {
            true => line.to_owned(),
            false => format!("{} {}", line.trim_end_matches(BLANKS), more.join(" ")),
        })
    }
}

/// What an attribute is called, whether it is set, unset, or has a value.
fn name_of(word: &str) -> &str {
    let name = word.trim_start_matches(['-', '!']);
    name.split('=').next().unwrap_or(name)
}

/// A text of attributes that says all of this: a line that is about the same files is completed, what has none gets one at the end.
pub(crate) fn with_attributes(text: &str, all: &[Attributes]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut missing = Vec::new();
    for attributes in all {
        let known = lines.iter_mut().rev();
        let mut known = known.filter_map(|line| Some((attributes.completed(line)?, line)));
        match known.next() {
            Some((completed, line)) => *line = completed,
            None => missing.push(attributes.line()),
        }
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = lines.join(end);
    if text.ends_with('\n') {
        out.push_str(end);
    }
    with_missing(&out, missing)
}

/// `.gitattributes` with what it does not say yet.
///
/// # Errors
/// As [`changed`].
pub(crate) fn attributes_change(root: &Root, all: &[Attributes]) -> Result<Change, Failure> {
    changed(root, ATTRIBUTES, |text| with_attributes(text, all))
}

/// A file of git with these lines; those that it has already are not repeated.
///
/// # Errors
/// As [`changed`].
pub(crate) fn with_lines<L: AsRef<str>>(
    root: &Root,
    path: &str,
    lines: impl IntoIterator<Item = L>,
) -> Result<Change, Failure> {
    changed(root, path, |text| with_missing(text, lines))
}

/// A file inside the root as it is to be made of what it is, or of nothing.
///
/// # Errors
/// It is no file inside the root, or no text; it is a symbolic link, which git would not follow.
pub(crate) fn changed(
    root: &Root,
    path: &str,
    change: impl FnOnce(&str) -> String,
) -> Result<Change, Failure> {
    refuse_link(root, path)?;
    let place = root
        .resolve(Path::new(path))
        .map_err(|error| Failure::because(&error))?;
    let old = place
        .exists()
        .then(|| root.read(Path::new(path)))
        .transpose()
        .map_err(|error| Failure::because(&error))?;
    let text = match &old {
        Some(snapshot) => snapshot.text().map_err(|error| Failure::because(&error))?,
        None => "",
    };
    Ok(Change {
        path: path.into(),
        bytes: change(text).into_bytes(),
        expected: old.as_ref().map(vault::vault::Snapshot::digest),
    })
}

/// What vault writes there would reach git through no link: it reads none for its own files in a work tree.
fn refuse_link(root: &Root, path: &str) -> Result<(), Failure> {
    match root.directory().join(path).symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => Err(Failure::new(format!(
            "{path} is a symbolic link, which git does not follow; nothing is written"
        ))
        .hint(format!(
            "put a file in its place: cp {path} {path}.file && mv {path}.file {path}"
        ))),
        _ => Ok(()),
    }
}

impl Workspace<'_> {
    /// Writes a change of lines; where somebody else wrote the file meanwhile, it is made anew of what is there now.
    ///
    /// # Errors
    /// What `change` says; the file cannot be written.
    pub(crate) fn save_lines(
        &self,
        mut change: impl FnMut(&Root) -> Result<Change, Failure>,
    ) -> Result<(), Trouble> {
        let store = self.store()?;
        self.retried(|| store.save(&change(self.root())?).map_err(NotSaved::Store))
    }

    /// Saves, and does so anew while somebody else gets in between.
    ///
    /// # Errors
    /// What `save` says.
    pub(crate) fn retried(
        &self,
        mut save: impl FnMut() -> Result<Saved, NotSaved>,
    ) -> Result<(), Trouble> {
        let mut saved = save();
        for _ in 1..TRIES {
            match saved {
                Err(NotSaved::Store(SaveError::Changed { .. } | SaveError::Vanished { .. })) => {
                    saved = save();
                }
                _ => break,
            }
        }
        match saved {
            Ok(saved) => self.context().terminal().warn_each(&saved.notices),
            Err(NotSaved::Store(error)) => return Err(error.into()),
            Err(NotSaved::Change(failure)) => return Err(failure.into()),
        }
        Ok(())
    }
}

/// What git takes of a line: a carriage return and the spaces at the end go, and no other blank does.
fn content(line: &str) -> &str {
    line.strip_suffix('\r')
        .unwrap_or(line)
        .trim_end_matches(' ')
}

fn with_missing<L: AsRef<str>>(text: &str, lines: impl IntoIterator<Item = L>) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = text.to_owned();
    for line in lines {
        let line = line.as_ref();
        if out.split('\n').any(|known| content(known) == line) {
            continue;
        }
        if !out.is_empty() && !out.ends_with('\n') {
            out.push_str(end);
        }
        out.push_str(line);
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_a_file_is_a_pattern_of_git() {
        for (path, line) in [
            (
                "deploy/prod.enc.yaml",
                "/deploy/prod.enc.yaml text eol=lf diff=vault merge=vault",
            ),
            (
                "a b/[c].yml",
                "\"/a b/\\\\[c].yml\" text eol=lf diff=vault merge=vault",
            ),
            (
                "#a/!b.yaml",
                "/#a/!b.yaml text eol=lf diff=vault merge=vault",
            ),
        ] {
            assert_eq!(Attributes::of_file(&path.parse().unwrap()).line(), line);
        }
    }

    #[test]
    fn a_line_about_the_same_files_is_completed_and_what_somebody_wants_otherwise_stays() {
        let all = [Attributes::of_config(), Attributes::of_usual_files()];
        let (config, files) = (all[0].line(), all[1].line());
        let both = format!("{config}\n{files}\n");
        for (before, after) in [
            ("", both.clone()),
            (&both, both.clone()),
            (
                ".vault.yaml text eol=lf\nsecrets/**/*.yaml text eol=lf\n",
                both.clone(),
            ),
            (
                "*.png binary\n.vault.yaml text eol=lf",
                format!("*.png binary\n{config}\n{files}\n"),
            ),
            (
                "secrets/**/*.yaml -merge linguist-generated\r\n",
                format!(
                    "secrets/**/*.yaml -merge linguist-generated text eol=lf diff=vault\r\n{config}\r\n"
                ),
            ),
            (
                "secrets/**/*.yaml text\u{b} eol=lf\t\n",
                format!(
                    "secrets/**/*.yaml text\u{b} eol=lf text diff=vault merge=vault\n{config}\n"
                ),
            ),
            (
                ".vault.yaml.old text\n",
                format!(".vault.yaml.old text\n{both}"),
            ),
        ] {
            assert_eq!(with_attributes(before, &all), after, "{before:?}");
            assert_eq!(with_attributes(&after, &all), after, "{after:?}");
        }
    }

    #[test]
    fn patterns_of_a_vault_below_the_top_say_where_it_lies() {
        let from = |folder: &str| Attributes::of_usual_files().seen_from(Path::new(folder));
        assert_eq!(from("").pattern, "/secrets/**/*.yaml");
        assert_eq!(from("a/b").pattern, "/a/b/secrets/**/*.yaml");
    }

    #[test]
    fn only_lines_that_are_missing_are_added() {
        assert_eq!(with_missing("", ["a", "b"]), "a\nb\n");
        assert_eq!(with_missing("b\r\nx", ["a", "b"]), "b\r\nx\r\na\r\n");
        assert_eq!(with_missing("a\nb  ", ["b", "a"]), "a\nb  ");
        // To git these are other lines.
        for other in ["a\t", "a\x0b", " a", "a\r "] {
            let text = format!("{other}\n");
            assert_eq!(with_missing(&text, ["a"]), format!("{text}a\n"));
        }
    }
}
