//! Looking for files of sops: in a repository all that git knows or would take, else all there are.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Seek, SeekFrom},
    mem,
    path::{Path, PathBuf},
};

use vault::{
    adoption::{
        Adoptable, Format, Outcome, Refusal, SOPS_CONFIG, SopsConfig, readers, survey, twins,
    },
    config::{FileError, FilePath},
    keys::Recipient,
    vault::{PathError, Root, Shown, read},
};

use super::{
    advice::{
        LET_THROUGH, PLAIN, PLAIN_LATER, RENAME, Readers, brought_here, converted, hint, imported,
        imported_once_here, removed, renamed, renamed_to_yaml, yaml_names,
    },
    promises::{Ground, Promises},
};
use crate::{
    context::Context,
    failure::Failure,
    repo::{Alterations, Look},
    workspace::way_out_of_alteration,
};

/// Directories within directories that are looked into, where git does not say what there is.
const DEPTH: usize = 64;

/// Bytes that are read at either end of a file before all of it is.
const PIECE: u64 = 8 << 10;

/// What was found.
#[derive(Default)]
pub(super) struct Findings {
    /// Files that can be environments, by path.
    pub(super) adoptable: Vec<Adoptable>,
    /// Files of sops that cannot.
    pub(super) refused: Vec<Refused>,
    /// Every `.sops.yaml`: its folder, without a slash at the end, and its text.
    pub(super) configs: Vec<(String, String)>,
    /// How many files nobody could look at: a sparse checkout leaves them out, and a partial clone does not have them.
    unseen: usize,
}

impl Findings {
    /// That there are files which nobody could look at, and what brings them.
    pub(super) fn unseen(&self) -> Option<String> {
        let them = match self.unseen {
            0 => return None,
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        Some(format!(
            "not looked at: {them} that the sparse checkout leaves out and the clone does not have (git sparse-checkout disable brings all files)"
        ))
    }
}

/// A file of sops that stays with sops alone.
pub(super) struct Refused {
    path: PathBuf,
    /// Which, and why.
    pub(super) text: String,
    /// What to do about it before there is a vault, in lines.
    pub(super) hint: String,
    /// What to do where there is one, if that is something else.
    pub(super) later: Option<String>,
}

/// Looks at every file below the root.
pub(super) fn search(context: &Context, root: &Root) -> Result<Findings, Failure> {
    let ground = Ground::new(context, root)?;
    let files = match &ground.repo {
        Some(repo) => repo.files(context.git_config())?,
        None => all_below(root.directory()),
    };
    let mut search = Search {
        context,
        alterations: Alterations::new(context.git_config()),
        rules: rules_of_sops(root),
        ground,
        promises: Promises::default(),
        findings: Findings::default(),
    };
    for path in files {
        search.look_at(&path)?;
    }
    search.refuse_twins();
    search
        .findings
        .refused
        .sort_by(|one, other| one.path.cmp(&other.path));
    Ok(search.findings)
}

/// The rules of the `.sops.yaml` that sops finds from the root; one that it would stop at has none.
fn rules_of_sops(root: &Root) -> Option<SopsConfig> {
    let snapshot = root.read(Path::new(SOPS_CONFIG)).ok()?;
    SopsConfig::parse(&String::from_utf8_lossy(&snapshot.into_bytes())).ok()
}

/// A look at all files.
struct Search<'s> {
    context: &'s Context,
    ground: Ground<'s>,
    alterations: Alterations<'s>,
    rules: Option<SopsConfig>,
    /// Names that hints give.
    promises: Promises,
    findings: Findings,
}

impl Search<'_> {
    fn look_at(&mut self, path: &Path) -> Result<(), Failure> {
        let root = self.ground.root;
        let Some((bytes, is_link)) = self.possible(path) else {
            return Ok(());
        };
        if path.file_name().is_some_and(|file| file == SOPS_CONFIG) {
            self.findings.configs.push(config_of_sops(path, &bytes));
            return Ok(());
        }
        if Format::of(&path.to_string_lossy(), &bytes).is_none() {
            return Ok(());
        }
        let found =
            self.alterations
                .of_file(&root.directory().join(path), &bytes, Look::AlsoInIndex)?;
        match found.and_then(|found| way_out_of_alteration(self.context, &found)) {
            Some(way) => self.refuse(
                path,
                &Failure::new("git's attributes alter it in commits"),
                &way,
            ),
            None => self.take(path, bytes, is_link),
        }
        Ok(())
    }

    /// The bytes of a file that could be one of sops, and whether a link leads to it.
    fn possible(&mut self, path: &Path) -> Option<(Vec<u8>, bool)> {
        let name = path.to_string_lossy();
        let root = self.ground.root;
        let place = match root.resolve(path) {
            Ok(place) if place.exists() => place,
            Ok(_) => {
                self.look_at_left_out(path);
                return None;
            }
            Err(error) => {
                self.look_through_link(path, &error);
                return None;
            }
        };
        if !is_possible(&name, place.target()) {
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

    /// A file that is not there: where a sparse checkout leaves it out, git has its text.
    fn look_at_left_out(&mut self, path: &Path) {
        let repo = self.ground.repo.as_ref();
        let bytes = match repo.map(|repo| repo.text_left_out(path)) {
            Some(Ok(Some(bytes))) => bytes,
            Some(Err(_)) => {
                self.findings.unseen += 1;
                return;
            }
            Some(Ok(None)) | None => return,
        };
        if path.file_name().is_some_and(|file| file == SOPS_CONFIG) {
            return self.findings.configs.push(config_of_sops(path, &bytes));
        }
        let name = path.to_string_lossy();
        let Some(format) = Format::of(&name, &bytes) else {
            return;
        };
        let here = brought_here(&self.ground, path);
        let later = imported_once_here(&name, format);
        self.refuse(
            path,
            &Failure::new("the sparse checkout leaves it out"),
            &here,
        );
        self.once_there_is_a_vault(format!("{here}\n{later}"));
    }

    /// A file that sops has encrypted.
    fn take(&mut self, path: &Path, bytes: Vec<u8>, is_link: bool) {
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
        let readers = Format::of(text, &bytes).and_then(|format| readers(format, &bytes));
        match survey(text, bytes) {
            Outcome::Other => {}
            Outcome::Adoptable(adoptable) => self.findings.adoptable.push(adoptable),
            Outcome::Refused(refusal) => self.refuse_with(text, refusal, readers),
        }
    }

    /// A link that leads out of the repository, or a file behind one: told if it is one of sops.
    fn look_through_link(&mut self, path: &Path, error: &PathError) {
        let name = path.to_string_lossy();
        let target = match self.ground.root.directory().join(path).canonicalize() {
            Ok(target) if target.is_file() => target,
            _ => return,
        };
        let is_sealed = is_possible(&name, &target)
            && read(&target).is_ok_and(|file| Format::of(&name, file.bytes()).is_some());
        if is_sealed {
            self.findings.refused.push(Refused {
                path: path.to_owned(),
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
        let hint = match is_shown_as_it_is(path) || hint == RENAME {
            true => hint,
            false => PLAIN,
        };
        self.findings.refused.push(Refused {
            path: path.to_owned(),
            text: format!("{}: {}", Shown(path), why.error().unwrap_or_default()),
            hint: hint.to_owned(),
            later: None,
        });
    }

    fn refuse_with(&mut self, text: &str, refusal: Refusal, readers: Option<Vec<Recipient>>) {
        let (path, why) = (Path::new(text), Failure::because(&refusal));
        match refusal {
            Refusal::Format(format) if format != Format::Binary => {
                let way = self.way_in(text, format, readers);
                self.refuse(path, &why, &way);
                self.import_later(text, format);
            }
            Refusal::Exports => {
                let way = hint(&self.ground, text, refusal);
                self.refuse(path, &why, &way);
                self.import_later(text, Format::Dotenv);
            }
            Refusal::Path(FileError::Extension) | Refusal::Twin { .. } => {
                let way = renamed_to_yaml(&self.ground, text, &mut self.promises);
                self.refuse(path, &why, &way);
            }
            Refusal::Path(_) => {
                let way = renamed(&self.ground, text, &mut self.promises);
                self.refuse(path, &why, way.as_deref().unwrap_or(RENAME));
            }
            refusal => {
                let way = hint(&self.ground, text, refusal);
                self.refuse(path, &why, &way);
            }
        }
    }

    /// What was refused last is imported where there is a vault.
    fn import_later(&mut self, path: &str, format: Format) {
        let gone = removed(&self.ground, path);
        self.once_there_is_a_vault(imported(path, format, &gone));
    }

    /// What to do where there is a vault about the one that was just refused.
    fn once_there_is_a_vault(&mut self, way: String) {
        let last = self.findings.refused.last_mut();
        let last = last.expect("it was just put there");
        last.later = Some(match is_shown_as_it_is(&last.path) {
            true => way,
            false => PLAIN_LATER.to_owned(),
        });
    }

    /// Files that some disks take for one cannot be in one config; every other file can.
    fn refuse_twins(&mut self) {
        let found = mem::take(&mut self.findings.adoptable);
        let files: Vec<FilePath> = found.iter().map(|found| found.file.clone()).collect();
        let mut twins = twins(&files);
        for (at, adoptable) in found.into_iter().enumerate() {
            match twins.remove(&at) {
                Some(twin) => self.refuse_with(adoptable.file.as_str(), twin, None),
                None => self.findings.adoptable.push(adoptable),
            }
        }
    }

    /// How a file of another format becomes one that can be adopted.
    fn way_in(&mut self, path: &str, format: Format, readers: Option<Vec<Recipient>>) -> String {
        let is_possible = |name: &String| name.parse::<FilePath>().is_ok();
        let mut names = yaml_names(path).filter(is_possible).peekable();
        let otherwise = match names.peek() {
            Some(_) => LET_THROUGH,
            None => RENAME,
        };
        let Some(yaml) = self.promises.first(&self.ground, names) else {
            let way = renamed(&self.ground, path, &mut self.promises);
            return way.unwrap_or_else(|| otherwise.to_owned());
        };
        let readers = self.readers_of(&yaml, readers);
        let gone = removed(&self.ground, path);
        converted(path, format, &yaml, &readers, &gone)
    }

    /// For whom the YAML is made: for those who read the file, whatever a rule says.
    fn readers_of(&self, yaml: &str, readers: Option<Vec<Recipient>>) -> Readers {
        let rules = self.rules.as_ref();
        let rule = rules.and_then(|rules| Some((rules, rules.rule_for(yaml)?)));
        match (rule, readers) {
            (Some(_), None) => Readers::OfRule,
            (Some((rules, rule)), Some(readers)) if rules.is_for(rule, &readers) => Readers::OfRule,
            (_, Some(readers)) => Readers::Named(readers),
            (None, None) => Readers::Unknown,
        }
    }
}

/// Whether a line can have a path.
fn is_shown_as_it_is(path: &Path) -> bool {
    Shown(path).to_string() == path.to_string_lossy()
}

/// A `.sops.yaml`, as it is kept.
fn config_of_sops(path: &Path, bytes: &[u8]) -> (String, String) {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = String::from_utf8_lossy(bytes).into_owned();
    (folder.to_string_lossy().into_owned(), text)
}

/// Whether a file can be one of sops, told without reading all of it. Of one that cannot be opened only the name tells.
fn is_possible(name: &str, path: &Path) -> bool {
    // Nothing but a regular file is opened: a pipe would wait for somebody.
    let Ok(metadata) = fs::metadata(path) else {
        return false;
    };
    metadata.is_file() && (Format::is_named(name) || shows(path, metadata.len()).unwrap_or(false))
}

/// Whether a file has something of sops near its ends.
fn shows(path: &Path, length: u64) -> io::Result<bool> {
    let mut file = fs::File::open(path)?;
    let mut piece = Vec::new();
    file.by_ref().take(PIECE).read_to_end(&mut piece)?;
    if Format::is_in(&piece) || length <= PIECE {
        return Ok(Format::is_in(&piece));
    }
    file.seek(SeekFrom::Start(length.saturating_sub(PIECE).max(PIECE)))?;
    // What stands across the two pieces counts, too.
    file.take(PIECE).read_to_end(&mut piece)?;
    Ok(Format::is_in(&piece))
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
