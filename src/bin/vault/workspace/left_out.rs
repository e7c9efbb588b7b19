//! Files of the vault that git ignores: they look saved, and no commit has them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use vault::vault::CONFIG;

use super::{
    Trouble, Workspace,
    git_files::{ATTRIBUTES, pattern_at},
};
use crate::{
    failure::{Exit, Failure},
    repo::{Landing, RULES, Repo, Rule},
};

/// What tells git about a vault: where no commit has that, clones merge otherwise, and ignore less.
const BESIDE: [&str; 2] = [ATTRIBUTES, RULES];

/// Files that one line of rules leaves out.
pub(crate) struct LeftOut {
    /// The files, as the vault names them.
    files: Vec<PathBuf>,
    source: PathBuf,
    line: usize,
    /// The file of rules that can bring them back, and the lines that do.
    rules: PathBuf,
    lines: Vec<String>,
}

impl Workspace<'_> {
    /// The files of the vault, and those that tell git about it, that git ignores and does not have.
    ///
    /// # Errors
    /// As `left_out`.
    pub(crate) fn all_left_out(&self) -> Result<Vec<LeftOut>, Failure> {
        self.left_out(BESIDE.map(Path::new))
    }

    /// The files of the vault, and these, that git ignores and does not have.
    ///
    /// # Errors
    /// Rules or an index of git that cannot be read.
    pub(crate) fn left_out<'f>(
        &'f self,
        files: impl IntoIterator<Item = &'f Path>,
    ) -> Result<Vec<LeftOut>, Failure> {
        let own = self.config().environments();
        let own = own.map(|environment| Path::new(environment.file().as_str()));
        let all: BTreeSet<&Path> = [Path::new(CONFIG)]
            .into_iter()
            .chain(own)
            .chain(files)
            .collect();
        let mut found = Vec::new();
        for file in all {
            self.look_at(file, &mut found)?;
        }
        Ok(found)
    }

    fn look_at(&self, file: &Path, found: &mut Vec<LeftOut>) -> Result<(), Failure> {
        let path = self.root().directory().join(file);
        if path.symlink_metadata().is_err() {
            return Ok(());
        }
        let landing = Landing::of(&path).map_err(|error| Failure::because(&error))?;
        let other;
        let repo = match self.repo()? {
            Some(repo) if repo.is_around(&landing) => repo,
            own => match Repo::around(&landing) {
                Ok(None) => return Ok(()),
                // What lies in a repository within this one is no file of the vault: that is said of it.
                Err(_) if own.is_some() => return Ok(()),
                Err(failure) => return Err(failure),
                Ok(Some(repo)) => {
                    other = repo;
                    &other
                }
            },
        };
        let rule = repo.left_out_by(&landing, self.context().git_config())?;
        if let Some((rule, inside)) = rule.zip(repo.inside(&landing)) {
            add(found, file, rule, inside, repo.work_tree());
        }
        Ok(())
    }

    /// What is to be said of one of them, or of several.
    pub(crate) fn trouble_of<'f>(
        &self,
        found: &[LeftOut],
        files: impl IntoIterator<Item = &'f Path>,
    ) -> Vec<Trouble> {
        let files: BTreeSet<&Path> = files.into_iter().collect();
        let told = found.iter().filter_map(|left_out| {
            let named = left_out.files.iter();
            let named: Vec<String> = named
                .filter(|file| files.contains(file.as_path()))
                .map(|file| file.display().to_string())
                .collect();
            (!named.is_empty()).then(|| left_out.trouble(&named, self.root().directory()))
        });
        told.collect()
    }

    /// Says which of the files that tell git about the vault no commit will have, where the same line leaves out nothing of the vault itself.
    pub(crate) fn tell_left_out_beside(&self, found: Vec<LeftOut>) {
        let is_beside = |file: &PathBuf| BESIDE.iter().any(|beside| file == Path::new(beside));
        let beside = found.into_iter();
        let beside = beside.filter(|left_out| left_out.files.iter().all(is_beside));
        let beside: Vec<LeftOut> = beside.collect();
        self.warn_of(&beside, BESIDE.map(Path::new));
    }

    /// Says of files that were just written which of them no commit will have.
    pub(crate) fn tell_left_out<'f>(&'f self, files: impl IntoIterator<Item = &'f Path> + Clone) {
        match self.left_out(files.clone()) {
            Ok(found) => self.warn_of(&found, files),
            // What is written is written.
            Err(failure) => self.context().terminal().warn(format!(
                "whether git ignores the files cannot be told: {}",
                failure.error().unwrap_or_default()
            )),
        }
    }

    fn warn_of<'f>(&self, found: &[LeftOut], files: impl IntoIterator<Item = &'f Path>) {
        let terminal = self.context().terminal();
        for trouble in self.trouble_of(found, files) {
            terminal.warn(&trouble.text);
            trouble.hints.iter().for_each(|hint| terminal.hint(hint));
        }
    }
}

impl LeftOut {
    /// What is to be said of some of the files; the lines are those for all of them.
    fn trouble(&self, files: &[String], root: &Path) -> Trouble {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let shown = |path: &Path| {
            let path = path.strip_prefix(&root).unwrap_or(path);
            path.display().to_string()
        };
        let them = if files.len() == 1 { "it" } else { "them" };
        let text = format!(
            "git ignores {} (line {} of {}): no commit will have {them}",
            files.join(", "),
            self.line,
            shown(&self.source)
        );
        let lines: Vec<String> = self.lines.iter().map(|line| format!("`{line}`")).collect();
        let these = match lines.len() {
            1 => "this line",
            _ => "these lines",
        };
        let hint = format!(
            "add {these} at the end of {}: {}",
            shown(&self.rules),
            lines.join(", ")
        );
        Trouble {
            exit: Exit::No,
            ..Trouble::failed(text).hint(hint)
        }
    }
}

/// Puts a file to the others of its line.
fn add(found: &mut Vec<LeftOut>, file: &Path, rule: Rule, inside: &Path, work_tree: &Path) {
    let folder = folder_of_rules(&rule, inside, work_tree);
    let lines = lines_back(&rule.subject, inside, folder);
    let is_of_line = |other: &&mut LeftOut| other.source == rule.source && other.line == rule.line;
    match found.iter_mut().find(is_of_line) {
        Some(known) => {
            known.files.push(file.to_owned());
            let lines = lines.into_iter();
            let new: Vec<String> = lines.filter(|line| !known.lines.contains(line)).collect();
            known.lines.extend(new);
        }
        None => found.push(LeftOut {
            files: vec![file.to_owned()],
            rules: work_tree.join(folder).join(RULES),
            source: rule.source,
            line: rule.line,
            lines,
        }),
    }
}

/// The folder whose `.gitignore` has the last word: that of the line itself, or the top where it stands outside of the work tree.
fn folder_of_rules<'p>(rule: &Rule, file: &'p Path, work_tree: &Path) -> &'p Path {
    let mut folders = file.ancestors().skip(1);
    let has_it = |folder: &&Path| work_tree.join(folder).join(RULES) == rule.source;
    folders.find(has_it).unwrap_or(Path::new(""))
}

/// Lines for the rules of a folder that bring a file back, and nothing beside it: what lies in an ignored folder needs the folder first.
fn lines_back(ignored: &Path, file: &Path, folder: &Path) -> Vec<String> {
    let pattern = |path: &Path| pattern_at(path.strip_prefix(folder).unwrap_or(path));
    let mut folders: Vec<&Path> = file
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(ignored))
        .collect();
    folders.reverse();
    let of_folders = folders.into_iter().map(pattern);
    of_folders
        .flat_map(|pattern| [format!("!{pattern}/"), format!("{pattern}/*")])
        .chain([format!("!{}", pattern(file))])
        .collect()
}
