//! Looking for files of sops: in a repository all that git knows or would take, else all there are.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use vault::{
    adoption::{Adoptable, Format, Outcome, Refusal, survey},
    config::{FileError, FilePath},
    vault::{PathError, Root, Shown, read},
};

use super::{
    advice::{RENAME, converted, hint, imported, renamed, yaml_names},
    promises::Promises,
};
use crate::{
    context::Context,
    failure::Failure,
    repo::{Alterations, Repo},
    workspace::way_out_of_alteration,
};

/// Directories within directories that are looked into, where git does not say what there is.
const DEPTH: usize = 64;

/// The name of sops' config.
const SOPS_CONFIG: &str = ".sops.yaml";

/// What was found.
#[derive(Default)]
pub(super) struct Findings {
    /// Files that can be environments, by path.
    pub(super) adoptable: Vec<Adoptable>,
    /// Files of sops that cannot.
    pub(super) refused: Vec<Refused>,
    /// Every `.sops.yaml`: its folder, without a slash at the end, and its text.
    pub(super) configs: Vec<(String, String)>,
    /// Names that hints give.
    promises: Promises,
}

/// A file of sops that stays with sops alone.
pub(super) struct Refused {
    /// Which, and why.
    pub(super) text: String,
    /// What to do about it before there is a vault.
    pub(super) hint: String,
    /// What to do where there is one, if that is something else.
    pub(super) later: Option<String>,
}

/// Looks at every file below the root.
pub(super) fn search(context: &Context, root: &Root) -> Result<Findings, Failure> {
    let files = match Repo::open(root.directory())? {
        Some(repo) => repo.files(context.git_config())?,
        None => all_below(root.directory()),
    };
    let alterations = Alterations::new(context.git_config());
    let mut findings = Findings::default();
    for path in files {
        findings.look_at(context, root, &alterations, &path)?;
    }
    Ok(findings)
}

impl Findings {
    fn look_at(
        &mut self,
        context: &Context,
        root: &Root,
        alterations: &Alterations<'_>,
        path: &Path,
    ) -> Result<(), Failure> {
        let Some((bytes, is_link)) = self.possible(root, path) else {
            return Ok(());
        };
        if path.file_name().is_some_and(|file| file == SOPS_CONFIG) {
            let folder = path.parent().unwrap_or(Path::new(""));
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.configs
                .push((folder.to_string_lossy().into_owned(), text));
            return Ok(());
        }
        if Format::of(&path.to_string_lossy(), &bytes).is_none() {
            return Ok(());
        }
        let found = alterations.of_file(&root.directory().join(path), &bytes)?;
        match found.and_then(|found| way_out_of_alteration(context, &found)) {
            Some(way) => self.refuse(
                path,
                &Failure::new("git's attributes alter it in commits"),
                &way,
            ),
            None => self.take(root, path, bytes, is_link),
        }
        Ok(())
    }

    /// The bytes of a file that could be one of sops, and whether a link leads to it.
    fn possible(&mut self, root: &Root, path: &Path) -> Option<(Vec<u8>, bool)> {
        let name = path.to_string_lossy();
        let place = match root.resolve(path) {
            Ok(place) => Some(place).filter(|place| place.exists())?,
            Err(error) => {
                self.look_through_link(root, path, &error);
                return None;
            }
        };
        if !first_byte(place.target()).is_some_and(|first| Format::is_possible(&name, first)) {
            return None;
        }
        match root.read(path) {
            Ok(snapshot) => Some((snapshot.into_bytes(), place.is_link())),
            // What it is nobody knows: only a name that a secret file could have is worth a word.
            Err(error) if name.ends_with("yaml") || name.ends_with("yml") => {
                self.refuse(path, &Failure::because(&error), "make it readable");
                None
            }
            Err(_) => None,
        }
    }

    /// A file that sops has encrypted.
    fn take(&mut self, root: &Root, path: &Path, bytes: Vec<u8>, is_link: bool) {
        if is_link {
            let (what, hint) = (
                Failure::new("a symbolic link"),
                "the file that it leads to counts under its own path",
            );
            return self.refuse(path, &what, hint);
        }
        let Some(text) = path.to_str() else {
            return self.refuse(path, &Failure::because(&FileError::Character), RENAME);
        };
        match survey(text, bytes) {
            Outcome::Other => {}
            Outcome::Adoptable(adoptable) => self.adoptable.push(adoptable),
            Outcome::Refused(refusal) => self.refuse_with(root, path, text, refusal),
        }
    }

    /// A link that leads out of the repository, or a file behind one: told if it is one of sops.
    fn look_through_link(&mut self, root: &Root, path: &Path, error: &PathError) {
        let name = path.to_string_lossy();
        let target = match root.directory().join(path).canonicalize() {
            Ok(target) if target.is_file() => target,
            _ => return,
        };
        let is_sealed = first_byte(&target).is_some_and(|first| Format::is_possible(&name, first))
            && read(&target).is_ok_and(|file| Format::of(&name, file.bytes()).is_some());
        if is_sealed {
            self.refused.push(Refused {
                text: Failure::because(error)
                    .error()
                    .unwrap_or_default()
                    .to_owned(),
                hint: "put the file itself there".to_owned(),
                later: None,
            });
        }
    }

    fn refuse(&mut self, path: &Path, why: &Failure, hint: &str) {
        self.refused.push(Refused {
            text: format!("{}: {}", Shown(path), why.error().unwrap_or_default()),
            hint: hint.to_owned(),
            later: None,
        });
    }

    fn refuse_with(&mut self, root: &Root, path: &Path, text: &str, refusal: Refusal) {
        let why = Failure::because(&refusal);
        match refusal {
            Refusal::Format(format) if format != Format::Binary => {
                let way = self.way_in(root, text, format);
                self.refuse(path, &why, &way);
                let last = self.refused.last_mut().expect("it was just put there");
                last.later = Some(imported(text, format));
            }
            Refusal::Path(_) => {
                let way = renamed(root, text, &mut self.promises);
                self.refuse(path, &why, &way);
            }
            refusal => self.refuse(path, &why, &hint(text, refusal)),
        }
    }

    /// How a file of another format becomes one that can be adopted.
    fn way_in(&mut self, root: &Root, path: &str, format: Format) -> String {
        match self.free_name(root, path) {
            Some(yaml) => converted(path, format, &yaml),
            None => renamed(root, path, &mut self.promises),
        }
    }

    /// A name for the YAML that is made of a file. `None` where its folder cannot be named.
    fn free_name(&mut self, root: &Root, path: &str) -> Option<String> {
        let is_possible = |name: &String| name.parse::<FilePath>().is_ok();
        let names = yaml_names(path).filter(is_possible);
        self.promises.first(root, names)
    }
}

fn first_byte(path: &Path) -> Option<u8> {
    // Nothing but a regular file is opened: a pipe would wait for somebody.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut byte = [0];
    match fs::File::open(path) {
        Ok(mut file) => file.read_exact(&mut byte).ok().map(|()| byte[0]),
        // That it cannot be opened is told by the name, or not at all.
        Err(_) => Some(0),
    }
}

/// Every file below a directory without git; links and what cannot be looked into are passed over.
fn all_below(top: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut open = vec![(top.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else {
                continue;
            };
            if kind.is_dir() && depth < DEPTH && entry.file_name() != ".git" {
                open.push((path, depth + 1));
            } else if !kind.is_dir()
                && let Ok(relative) = path.strip_prefix(top)
            {
                found.insert(relative.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_format_gets_the_name_of_a_yaml_file() {
        for (path, yaml) in [
            ("a/b.json", ["a/b.yaml", "a/b.json.yaml", "a/b-2.yaml"]),
            (
                "a.enc.json",
                ["a.enc.yaml", "a.enc.json.yaml", "a.enc-2.yaml"],
            ),
            (".env", ["env.yaml", "env.yaml", "env-2.yaml"]),
            (
                "x/.env.prod",
                ["x/env.yaml", "x/env.prod.yaml", "x/env-2.yaml"],
            ),
            ("prod.env", ["prod.yaml", "prod.env.yaml", "prod-2.yaml"]),
        ] {
            assert_eq!(yaml_names(path).take(3).collect::<Vec<_>>(), yaml);
        }
    }
}
