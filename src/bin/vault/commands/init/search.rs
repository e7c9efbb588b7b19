//! Looking for files of sops: in a repository all that git knows or would take, else all there are.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use vault::{
    adoption::{Adoptable, Format, Outcome, Refusal, survey},
    config::FileError,
    vault::{PathError, Root, Shown, read},
};

use crate::{
    context::Context,
    failure::Failure,
    repo::{Alterations, Repo},
    workspace::{Trouble, way_out_of_alteration},
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
    /// Names that hints give to new files.
    promised: BTreeSet<String>,
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
                let yaml = self.free_name(root, text);
                self.refuse(path, &why, &converted(text, format, &yaml));
                let last = self.refused.last_mut().expect("it was just put there");
                last.later = Some(imported(text, format));
            }
            refusal => self.refuse(path, &why, &hint(text, refusal)),
        }
    }

    /// A name for the YAML that is made of a file: of no other file, and promised to none.
    fn free_name(&mut self, root: &Root, path: &str) -> String {
        let is_free = |name: &String| {
            let place = root.directory().join(name);
            place.symlink_metadata().is_err() && !self.promised.contains(&name.to_lowercase())
        };
        let name = yaml_names(path).find(is_free);
        let name = name.expect("there are always more names than files");
        self.promised.insert(name.to_lowercase());
        name
    }
}

const RENAME: &str = "give it a plain name that ends in .yaml";

/// The type that sops has to be told, where it does not see it by the name.
fn input_type(path: &str, format: Format) -> &'static str {
    match format {
        Format::Dotenv if !path.ends_with(".env") => "--input-type dotenv ",
        Format::Ini if !path.ends_with(".ini") => "--input-type ini ",
        _ => "",
    }
}

/// How a file of another format becomes one that can be adopted.
fn converted(path: &str, format: Format, yaml: &str) -> String {
    let (kind, path, yaml) = (
        input_type(path, format),
        shell_words::quote(path),
        shell_words::quote(yaml),
    );
    format!(
        "sops decrypt {kind}--output-type yaml {path} | sops encrypt --filename-override {yaml} > {yaml}"
    )
}

/// How the values of a file of another format come into an environment.
fn imported(path: &str, format: Format) -> String {
    let (kind, path) = (input_type(path, format), shell_words::quote(path));
    match format {
        Format::Dotenv => {
            format!("sops decrypt {kind}{path} | vault import NAME - --format dotenv")
        }
        Format::Ini => {
            format!(
                "sops decrypt {kind}--output-type json {path} | vault import NAME - --format json"
            )
        }
        _ => format!("vault import NAME {path}"),
    }
}

/// What to do about a file that cannot be adopted.
fn hint(path: &str, refusal: Refusal) -> String {
    match refusal {
        Refusal::Format(Format::Binary) => format!(
            "sops decrypt {} | vault set ENV KEY --verbatim keeps it as one value of an environment, if it is text (UTF-8, without NUL); `| base64 |` between them keeps other data",
            shell_words::quote(path)
        ),
        Refusal::Format(format) => imported(path, format),
        Refusal::Path(_) => RENAME.to_owned(),
        Refusal::Signed => {
            "it belongs to a .vault.yaml that is gone: git log -- .vault.yaml finds it".to_owned()
        }
        Refusal::Recipient { .. } => format!(
            "sops rotate --in-place --add-age age1… --rm-age THAT-ONE {} exchanges it",
            shell_words::quote(path)
        ),
        Refusal::Form(error) => Trouble::of_form_at(error, path).hints.join("; "),
    }
}

/// The path of a file with the ending that sops and vault go by, and others that say the same.
fn yaml_names(path: &str) -> impl Iterator<Item = String> {
    let (folder, name) = match path.rfind('/') {
        Some(at) => path.split_at(at + 1),
        None => ("", path),
    };
    let stem = match name.rsplit_once('.') {
        Some(("", ending)) => ending,
        Some((stem, _)) => stem,
        None => name,
    };
    let (stem, name) = (stem.trim_start_matches('.'), name.trim_start_matches('.'));
    let first = [
        format!("{folder}{stem}.yaml"),
        format!("{folder}{name}.yaml"),
    ];
    let others = (2..).map(move |at| format!("{folder}{stem}-{at}.yaml"));
    first.into_iter().chain(others)
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
