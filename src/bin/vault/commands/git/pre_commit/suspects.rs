//! Files that look like secrets in clear: by their names, by their places, by what stands in them. For this nobody needs an identity.

use std::{
    collections::HashSet,
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

use vault::{
    leak::{Place, is_telling},
    sops::METADATA_KEY,
    value::{Kind, Node},
    yaml::{Document, NodeRef},
};

use super::{
    keys::Keys,
    report::{Report, Spot, UNSTAGE, shown},
    vaults::Vault,
};
use crate::{
    failure::Failure,
    repo::{BlobId, NextCommit, Repo, StagedPath, Standing},
    workspace::Trouble,
};

/// What git's attributes say of a file that everybody may read, whatever it is called and looks like.
const PUBLIC: &str = "vault-public";
/// Parts of the names of files that show what others would hold.
const EXAMPLES: [&str; 5] = ["example", "sample", "template", "tmpl", "dist"];
/// Endings of files that hold data, and no program or text about it.
const DATA: [&str; 9] = [
    "yaml",
    "yml",
    "json",
    "env",
    "toml",
    "ini",
    "properties",
    "conf",
    "txt",
];
/// Part of the names of folders that hold secrets.
const SECRET: &str = "secret";

/// Where to look closely.
pub(super) struct Suspects<'s> {
    repo: &'s Repo,
    staged: &'s NextCommit<'s>,
    /// The secret files, which are looked at elsewhere.
    sealed: HashSet<PathBuf>,
    keys: Keys,
}

/// Why a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// It is called as outputs are.
    Name,
    /// It is data in clear where secret files lie.
    Plain,
    /// A folder of secrets has it, under the name of a key.
    File,
}

impl<'s> Suspects<'s> {
    /// Of these vaults.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(super) fn of(
        vaults: &[Vault<'_>],
        repo: &'s Repo,
        staged: &'s NextCommit<'s>,
        changes: &[StagedPath],
    ) -> Result<Self, Failure> {
        let files = vaults.iter().flat_map(|vault| {
            let environments = vault.environments();
            environments.map(|environment| vault.path(environment.file()))
        });
        let mut suspects = Suspects {
            repo,
            staged,
            sealed: files.collect(),
            keys: Keys::default(),
        };
        let mut paths = changes.iter().map(|change| &change.path);
        if paths.any(|path| suspects.is_of_interest(path)) {
            suspects.keys = Keys::of(&suspects.sealed, staged)?;
        }
        Ok(suspects)
    }

    /// Refuses what looks so, unless git's attributes say that it is meant, or it looked so before.
    ///
    /// # Errors
    /// Attributes that cannot be read, objects that are missing or damaged.
    pub(super) fn check(&self, changes: &[StagedPath], report: &mut Report) -> Result<(), Failure> {
        let gone = changes.iter().filter(|change| change.now.is_none());
        let moved: HashSet<BlobId> = gone.filter_map(|change| change.before).collect();
        for change in changes {
            let Some(id) = change.now.and_then(Standing::blob) else {
                continue;
            };
            let path = &change.path;
            let found = match is_output(path) {
                true if self.sealed.contains(path) || is_example(path) => None,
                true => Some((None, refused(path, Reason::Name))),
                false if moved.contains(&id) || !self.is_of_interest(path) => None,
                false => self.content(change, id)?,
            };
            if let Some((place, trouble)) = found
                && !self.is_public(path)?
            {
                let spot = Spot::of(path);
                let spot = place.map_or(spot.clone(), |place| spot.at(place));
                report.find(spot, trouble);
            }
        }
        Ok(())
    }

    fn is_public(&self, path: &Path) -> Result<bool, Failure> {
        let said = self.repo.attribute(path, PUBLIC)?;
        Ok(said.is_some_and(|said| said == "set"))
    }

    /// What stands in a file, and did not before.
    fn content(
        &self,
        change: &StagedPath,
        id: BlobId,
    ) -> Result<Option<(Option<Place>, Trouble)>, Failure> {
        let path = &change.path;
        let now = Text::of(self.staged.bytes(id)?);
        let before = match change.before {
            Some(id) => Text::of(self.staged.bytes(id)?),
            None => Text::default(),
        };
        let reason = self.reason(path, &now);
        if let Some(reason) = reason {
            let is_new = self.reason(path, &before) != Some(reason);
            return Ok(is_new.then(|| (None, refused(path, reason))));
        }
        if !self.is_scanned(path) {
            return Ok(None);
        }
        let known = self.keys.in_clear(&before);
        let found = self.keys.in_clear(&now).into_iter();
        let new = found.filter(|(key, _)| !known.contains_key(key));
        let first = new.min_by_key(|(_, line)| *line);
        Ok(first.map(|(key, line)| {
            let text = format!("{}:{line}: has a value for {key} in clear", shown(path));
            let place = Place { line, column: 1 };
            (Some(place), meant(Trouble::failed(text).hint(UNSTAGE)))
        }))
    }

    fn reason(&self, path: &Path, text: &Text) -> Option<Reason> {
        if self.is_among_secrets(path) && is_structured(path) && text.is_plain() {
            return Some(Reason::Plain);
        }
        let is_key = lies_in_secrets(path) && self.keys.is_file_of(path);
        (is_key && text.gives_away()).then_some(Reason::File)
    }

    fn is_of_interest(&self, path: &Path) -> bool {
        let is_known = self.sealed.contains(path) || is_example(path);
        !is_known && (self.is_scanned(path) || lies_in_secrets(path))
    }

    /// Whether lines with keys and values are looked for in it.
    fn is_scanned(&self, path: &Path) -> bool {
        let ending = path.extension().and_then(OsStr::to_str);
        let is_data = ending.is_none_or(|ending| DATA.contains(&ending));
        is_dotenv(path) || (is_data && lies_in_secrets(path)) || self.is_variant(path)
    }

    /// Whether it lies in a folder of secret files that is called so, or below.
    fn is_among_secrets(&self, path: &Path) -> bool {
        let folders = self.sealed.iter().filter_map(|file| file.parent());
        let is_secret = |folder: &&Path| folder.file_name().is_some_and(is_called_secret);
        folders
            .filter(is_secret)
            .any(|folder| path.starts_with(folder))
    }

    /// Whether it is called as a secret file beside it is, and more: `prod.plain.yaml`, `prod.yaml.bak`.
    fn is_variant(&self, path: &Path) -> bool {
        let name = path.file_name().map(OsStr::to_string_lossy);
        let beside = self.sealed.iter();
        let mut beside = beside.filter(|file| file.parent() == path.parent());
        beside.any(|file| {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let rest = name.as_ref().and_then(|name| name.strip_prefix(&*stem));
            rest.is_some_and(|rest| rest.starts_with(['.', '-', '_', '~']))
        })
    }
}

fn refused(path: &Path, reason: Reason) -> Trouble {
    let what = match reason {
        Reason::Name => "such files hold secrets in clear",
        Reason::Plain => "it is not encrypted, and lies where secret files do",
        Reason::File => "a file of this name holds a secret in clear",
    };
    let trouble = Trouble::failed(format!("{}: {what}", shown(path))).hint(UNSTAGE);
    meant(match reason {
        Reason::Name => trouble.hint("a file without secrets can be called .env.example"),
        Reason::Plain => trouble.hint("vault import takes its values over, encrypted"),
        Reason::File => trouble,
    })
}

fn meant(trouble: Trouble) -> Trouble {
    trouble.hint(format!(
        "if everybody may read it: a line \"FILE {PUBLIC}\" in .gitattributes says so"
    ))
}

/// The text of a file, as far as it is one.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// What some programs write with two bytes for each character is read as well, as far as it is ASCII.
    fn of(mut bytes: Vec<u8>) -> Self {
        // The zeros between, and the mark before them.
        bytes.retain(|byte| !matches!(byte, 0 | 0xfe | 0xff));
        Text(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.lines()
    }

    fn gives_away(&self) -> bool {
        gives_away(&self.0)
    }

    /// Whether it is data, not encrypted by sops, with a value that tells something.
    fn is_plain(&self) -> bool {
        let Ok(document) = Document::of_ciphertext(self.0.clone().into_bytes()) else {
            return false;
        };
        let Some(root) = document.root() else {
            return false;
        };
        if root.get(METADATA_KEY).is_some() {
            return false;
        }
        let Ok(node) = NodeRef::to_node(root) else {
            return false;
        };
        let is_data = matches!(node, Node::Map(_) | Node::List(_));
        is_data
            && node
                .leaves()
                .iter()
                .any(|(_, value)| value.kind() == Kind::Str && gives_away(value.expose()))
    }
}

/// What stands in texts that are put in the place of a value.
const STAND_INS: [&str; 11] = [
    "changeme",
    "change-me",
    "change_me",
    "replace",
    "placeholder",
    "example",
    "your",
    "xxx",
    "***",
    "...",
    "${",
];
/// How texts begin and end that say where a value is, or that are encrypted: references of shells, templates, 1Password, vals, AWS and
/// Docker; values of dotenvx.
const REFERENCES: [(&str, &str); 9] = [
    ("<", ">"),
    ("{{", "}}"),
    ("$(", ")"),
    ("op://", ""),
    ("ref+", ""),
    ("arn:", ""),
    ("/run/secrets/", ""),
    ("file:", ""),
    ("encrypted:", ""),
];

/// Whether a value is one, and not what stands for one.
pub(super) fn gives_away(value: &str) -> bool {
    let value = value.trim();
    let small = value.to_lowercase();
    let is_reference =
        |(start, end): &(&str, &str)| value.starts_with(start) && value.ends_with(end);
    is_telling(value)
        && !STAND_INS.iter().any(|word| small.contains(word))
        && !REFERENCES.iter().any(is_reference)
        && !is_variable(value)
}

fn is_variable(value: &str) -> bool {
    let is_letter = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let name = value.strip_prefix('$');
    name.is_some_and(|name| name.bytes().all(is_letter))
}

fn is_example(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split(['.', '-', '_'])
        .any(|part| EXAMPLES.contains(&part.to_lowercase().as_str()))
}

fn is_output(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_env = name == ".env" || name.starts_with(".env.");
    is_env || (is_in_run_secrets(path) && !name.starts_with(".git"))
}

/// Whether it is called as files are that programs read their environment from: `prod.env`, `.env-prod`, `.envrc`.
fn is_dotenv(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".env") || name.ends_with(".env") || name.contains(".env.")
}

/// Whether it is YAML or JSON by its name.
fn is_structured(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str);
    matches!(ending, Some("yaml" | "yml" | "json"))
}

fn is_called_secret(name: &OsStr) -> bool {
    name.to_string_lossy().to_lowercase().contains(SECRET)
}

/// Whether one of its folders is called so.
fn lies_in_secrets(path: &Path) -> bool {
    let folder = path.parent().unwrap_or(Path::new(""));
    folder.iter().any(is_called_secret)
}

fn is_in_run_secrets(path: &Path) -> bool {
    let folders: Vec<Component<'_>> = path
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .collect();
    let is_it = |two: &[Component<'_>]| {
        two[0].as_os_str() == OsStr::new("run") && two[1].as_os_str() == OsStr::new("secrets")
    };
    folders.windows(2).any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_told_by_their_usual_names_and_examples_are_none() {
        for (path, is) in [
            (".env", true),
            ("app/.env.production", true),
            ("run/secrets/API_TOKEN", true),
            ("deploy/run/secrets/deep/KEY", true),
            (".env.example", false),
            (".env.production.example", false),
            (".env.sample", false),
            (".env.template", false),
            (".env.dist", false),
            (".envrc", false),
            ("prod.env", false),
            ("run/secrets/.gitignore", false),
            ("run/secrets", false),
            ("secrets/run/KEY", false),
        ] {
            let path = Path::new(path);
            assert_eq!(is_output(path) && !is_example(path), is, "{path:?}");
        }
    }

    #[test]
    fn what_stands_for_a_value_gives_nothing_away() {
        for text in [
            "changeme-please",
            "<your token here>",
            "${DATABASE_URL}",
            "postgres://${USER}:${PASSWORD}@db/app",
            "$DATABASE_URL",
            "{{ vault.token }}",
            "$(cat token.txt)",
            "op://team/app/token",
            "encrypted:BDqDBibm4wsYqMpCjTQ6BsDHmMadg9K3dAt+Z9HPMfLEIRVz50hmLXPXRuDBXaJi",
            "/run/secrets/api_token_1",
            "https://api.example.com/v1",
            "xxxxxxxxxxxxxxxx",
            "replace-me-with-a-token",
            "debug",
        ] {
            assert!(!gives_away(text), "{text}");
        }
        for text in [
            "s3cret-of-prod",
            "$2b$12$abcdefghijk",
            "postgres://a:b9@db.internal/app",
        ] {
            assert!(gives_away(text), "{text}");
        }
    }
}
