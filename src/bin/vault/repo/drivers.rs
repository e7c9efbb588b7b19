//! What git's config says about the programs that merge and show secret files: read, set, and taken back in the config of one
//! repository, which all its work trees share.

use std::path::{Path, PathBuf};

use git2::{AttrCheckFlags, AttrValue, Config, ConfigLevel, ErrorCode};

use super::{Repo, told};
use crate::failure::Failure;

/// What a program of vault is called with to merge a secret file. Git quotes `%P` for the shell itself; the others are names of its own.
const MERGE: &str = " git merge %O %A %B %P";
/// What it is called with where both sides began with several versions, which git brings together first.
const MERGE_BASES: &str = " git merge --bases %O %A %B %P";
/// What it is called with to merge the config.
const MERGE_CONFIG: &str = " git merge-config %O %A %B %P";
const MERGE_CONFIG_BASES: &str = " git merge-config --bases %O %A %B %P";
/// What it is called with to show a secret file; git puts the name of a file behind it.
const TEXTCONV: &str = " git textconv";
/// Where a person says that drivers are theirs to set.
const WANTED: &str = "vault.drivers";

/// One key of git's config.
struct Setting {
    key: &'static str,
    value: String,
    /// What a program's call ends with; `None` for a key that calls nothing.
    call: Option<&'static str>,
}

/// What git's config is to hold: the drivers, each with the keys that belong to it.
pub(crate) struct Drivers(Vec<Vec<Setting>>);

impl Drivers {
    /// Those that call a program.
    ///
    /// # Errors
    /// Its path is no text that git's config could hold.
    pub(crate) fn of(program: &Path) -> Result<Self, Failure> {
        Drivers::with(program, &[])
    }

    /// Those that call a program with identities of its own.
    ///
    /// # Errors
    /// A path is no text that git's config could hold.
    pub(crate) fn with(program: &Path, identities: &[PathBuf]) -> Result<Self, Failure> {
        let mut quoted = quoted(program, "this program")?;
        for identity in identities {
            quoted.push_str(" -i ");
            quoted.push_str(&self::quoted(identity, "an identity")?);
        }
        // In a merge driver git takes a `%` for the start of a placeholder; a textconv has none.
        let merging = quoted.replace('%', "%%");
        let set = |key, value: &str| Setting {
            key,
            value: value.to_owned(),
            call: None,
        };
        let run = |key, program: &str, call| Setting {
            key,
            value: format!("{program}{call}"),
            call: Some(call),
        };
        Ok(Drivers(vec![
            vec![
                run("merge.vault.driver", &merging, MERGE),
                set("merge.vault.name", "vault: secret files, by key"),
                // Git's own `binary` has what was before them for it: what was removed since, or changed, would come back.
                set("merge.vault.recursive", "vault-bases"),
            ],
            vec![
                run("merge.vault-bases.driver", &merging, MERGE_BASES),
                set(
                    "merge.vault-bases.name",
                    "vault: what both sides of a merge began with",
                ),
            ],
            vec![
                run("merge.vault-config.driver", &merging, MERGE_CONFIG),
                set("merge.vault-config.name", "vault: .vault.yaml, by key"),
                set("merge.vault-config.recursive", "vault-config-bases"),
            ],
            vec![
                run(
                    "merge.vault-config-bases.driver",
                    &merging,
                    MERGE_CONFIG_BASES,
                ),
                set(
                    "merge.vault-config-bases.name",
                    "vault: what both sides of a merge began with",
                ),
            ],
            vec![
                run("diff.vault.textconv", &quoted, TEXTCONV),
                // What git caches, it keeps in the repository.
                set("diff.vault.cachetextconv", "false"),
            ],
        ]))
    }

    /// Every key with its value, for one run of git that is told with `-c`.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = self.0.iter().flatten();
        all.map(|setting| (setting.key, setting.value.as_str()))
    }
}

/// A path as the shell reads it.
fn quoted(path: &Path, what: &str) -> Result<String, Failure> {
    let text = path.to_str().filter(|path| !path.contains(['\n', '\0']));
    let text = text.ok_or_else(|| {
        Failure::new(format!("git's config cannot hold the path of {what}"))
            .hint("put it into a directory whose name is ordinary text, and type the command again")
    })?;
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

impl Setting {
    /// Whether a value is a call of vault, wherever it lies.
    fn is_ours(&self, value: &str) -> bool {
        let Some(call) = self.call else {
            return true;
        };
        let program = value.strip_suffix(call).unwrap_or_default();
        program.len() > 2 && program.starts_with('\'') && program.ends_with('\'')
    }

    /// Where an earlier value is kept while ours is in its place.
    fn before(&self) -> String {
        format!("vault.{}.before", self.key)
    }
}

/// How the drivers of a repository are found.
pub(crate) enum Found {
    /// All as wanted.
    InOrder,
    /// Some are missing, or call a vault that lies elsewhere.
    Lacking,
    /// These keys call another program.
    Foreign(Vec<&'static str>),
}

/// What the config of one repository says; all its work trees share it.
pub(crate) struct DriverConfig {
    config: Config,
    /// What stands in it, to look keys up: where the file cannot be read while libgit2 looks one up, it frees what it never got.
    read: Config,
}

impl Repo {
    /// Opens the repository's own config, which is no work tree's and no person's.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn driver_config(&self) -> Result<DriverConfig, Failure> {
        let whole = self.git.config().map_err(|error| told(&error))?;
        let mut config = whole
            .open_level(ConfigLevel::Local)
            .map_err(|error| told(&error))?;
        let read = config.snapshot().map_err(|error| told(&error))?;
        Ok(DriverConfig { config, read })
    }

    /// Whether the attributes of git ask vault to merge or show one of these files, whose paths count from the folder that is looked at.
    ///
    /// # Errors
    /// Attributes that cannot be read.
    pub(crate) fn asks_for_drivers(&self, paths: &[&Path]) -> Result<bool, Failure> {
        for path in paths {
            for attribute in ["merge", "diff"] {
                let value = self.attribute(path, attribute)?;
                if value.is_some_and(|value| ["vault", "vault-config"].contains(&value.as_str())) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What git's attributes say about a file, as git spells it; `None` where nobody says anything.
    ///
    /// # Errors
    /// Attributes that cannot be read.
    pub(crate) fn attribute(&self, path: &Path, name: &str) -> Result<Option<String>, Failure> {
        let path = self.folder.join(path);
        let value = self
            .git
            .get_attr_bytes(&path, name, AttrCheckFlags::FILE_THEN_INDEX)
            .map_err(|error| told(&error))?;
        Ok(match AttrValue::from_bytes(value) {
            AttrValue::True => Some("set".to_owned()),
            AttrValue::False => Some("unset".to_owned()),
            AttrValue::String(text) => Some(text.to_owned()),
            AttrValue::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            AttrValue::Unspecified => None,
        })
    }

    /// The file that says what git's attributes say about another one, as far as its lines tell: the first that gives the attribute this
    /// value, in git's order. Paths count from the folder that is looked at.
    pub(crate) fn place_of_attribute(
        &self,
        path: &Path,
        name: &str,
        value: Option<&str>,
    ) -> Option<PathBuf> {
        let words: Vec<String> = match value {
            Some("set") => vec![name.to_owned()],
            Some("unset") => vec![format!("-{name}"), "binary".to_owned()],
            Some(value) => vec![format!("{name}={value}")],
            None => vec![format!("!{name}")],
        };
        let says = |file: &Path| {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let mut lines = text
                .lines()
                .filter(|line| !line.trim_start().starts_with('#'));
            lines.any(|line| {
                let mut rest = line.split_whitespace().skip(1);
                rest.any(|word| words.iter().any(|wanted| wanted == word))
            })
        };
        if says(&self.private_attributes()) {
            return Some(PathBuf::from("info/attributes"));
        }
        let path = self.folder.join(path);
        let mut files = path
            .ancestors()
            .skip(1)
            .map(|folder| folder.join(".gitattributes"));
        files.find(|file| says(&self.work_tree.join(file)))
    }

    /// The file of attributes that is nobody's but this repository's.
    pub(crate) fn private_attributes(&self) -> PathBuf {
        self.git.commondir().join("info/attributes")
    }

    /// Where commits have the folder that is looked at, from the top of the work tree.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl DriverConfig {
    /// Compares what is there with what is wanted.
    pub(crate) fn find(&self, wanted: &Drivers) -> Found {
        let all = || wanted.0.iter().flatten();
        let is_foreign = |setting: &&Setting| {
            self.get(setting.key)
                .is_some_and(|value| !setting.is_ours(&value))
        };
        let foreign: Vec<&str> = all().filter(is_foreign).map(|it| it.key).collect();
        let is_there = |setting: &Setting| self.get(setting.key).as_ref() == Some(&setting.value);
        match (foreign.is_empty(), all().all(is_there)) {
            (false, _) => Found::Foreign(foreign),
            (true, true) => Found::InOrder,
            (true, false) => Found::Lacking,
        }
    }

    /// Sets what is not as wanted. A driver of another program stays as it is.
    ///
    /// # Errors
    /// The config cannot be written.
    pub(crate) fn set(&mut self, wanted: &Drivers) -> Result<(), Failure> {
        for driver in &wanted.0 {
            if self.is_foreign(driver) {
                continue;
            }
            for setting in driver {
                self.put(setting.key, &setting.value)?;
            }
        }
        Ok(())
    }

    /// Sets everything, and keeps what it replaces of another program.
    ///
    /// # Errors
    /// The config cannot be written.
    pub(crate) fn replace(&mut self, wanted: &Drivers) -> Result<(), Failure> {
        for driver in &wanted.0 {
            let is_foreign = self.is_foreign(driver);
            for setting in driver {
                if let Some(value) = self.get(setting.key).filter(|_| is_foreign) {
                    self.put(&setting.before(), &value)?;
                }
                self.put(setting.key, &setting.value)?;
            }
        }
        Ok(())
    }

    /// Takes out what calls vault, and puts back what was there before it; returns whether there was anything.
    ///
    /// # Errors
    /// The config cannot be written.
    pub(crate) fn take_back(&mut self, wanted: &Drivers) -> Result<bool, Failure> {
        let mut is_news = false;
        for driver in &wanted.0 {
            let is_ours = driver
                .iter()
                .any(|it| it.call.is_some() && self.get(it.key).is_some_and(|v| it.is_ours(&v)));
            for setting in driver.iter().filter(|_| is_ours) {
                self.remove(setting.key)?;
                if let Some(value) = self.get(&setting.before()) {
                    self.put(setting.key, &value)?;
                    self.remove(&setting.before())?;
                }
            }
            is_news |= is_ours;
        }
        Ok(is_news)
    }

    /// Whether vault may set the drivers without being asked; only a person says no.
    pub(crate) fn is_welcome(&self) -> bool {
        self.read.get_bool(WANTED).unwrap_or(true)
    }

    /// Forgets that drivers are not to be set without being asked.
    ///
    /// # Errors
    /// The config cannot be written.
    pub(crate) fn welcome(&mut self) -> Result<(), Failure> {
        match self.is_welcome() {
            true => Ok(()),
            false => self.remove(WANTED),
        }
    }

    /// Notes that drivers are not to be set without being asked.
    ///
    /// # Errors
    /// The config cannot be written.
    pub(crate) fn refuse(&mut self) -> Result<(), Failure> {
        self.put(WANTED, "false")
    }

    /// Lines that were kept here.
    pub(crate) fn kept(&self, key: &str) -> Vec<String> {
        let text = self.get(key);
        text.iter()
            .flat_map(|text| text.split('\n'))
            .map(str::to_owned)
            .collect()
    }

    /// Keeps lines, below those that are kept already.
    ///
    /// # Errors
    /// The config cannot be written.
    pub(crate) fn keep(&mut self, key: &str, lines: &[String]) -> Result<(), Failure> {
        let all = [self.kept(key).as_slice(), lines].concat();
        // As one value: libgit2 does not escape what it writes of several.
        self.put(key, &all.join("\n"))
    }

    /// Takes out all values of a key.
    ///
    /// # Errors
    /// The config cannot be written.
    pub(crate) fn remove(&mut self, key: &str) -> Result<(), Failure> {
        match self.config.remove_multivar(key, ".*") {
            Err(error) if error.code() != ErrorCode::NotFound => Err(told(&error)),
            _ => self.read_again(),
        }
    }

    fn is_foreign(&self, driver: &[Setting]) -> bool {
        let is_another = |setting: &Setting| {
            self.get(setting.key)
                .is_some_and(|value| !setting.is_ours(&value))
        };
        driver.iter().any(is_another)
    }

    fn get(&self, key: &str) -> Option<String> {
        self.read.get_string(key).ok()
    }

    fn count(&self, key: &str) -> usize {
        let mut count = 0;
        if let Ok(entries) = self.read.multivar(key, None) {
            let _ = entries.for_each(|_| count += 1);
        }
        count
    }

    fn put(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        if self.get(key).as_deref() == Some(value) {
            return Ok(());
        }
        // Several values do not give way to one.
        if self.count(key) > 1 {
            self.remove(key)?;
        }
        self.config
            .set_str(key, value)
            .map_err(|error| told(&error))?;
        self.read_again()
    }

    fn read_again(&mut self) -> Result<(), Failure> {
        self.read = self.config.snapshot().map_err(|error| told(&error))?;
        Ok(())
    }
}
