//! `--check`: how an output on disk differs from what would be written, by key.

use std::{fmt::Write, path::Path};

use vault::{
    comparison::{Contents, Difference, difference},
    secret::ExposeSecret,
    vault::{ReadError, Snapshot, Survey, read},
};

use super::{Job, Render, Told, not_written, set::pairs};
use crate::failure::{Exit, Failure};

/// What is wrong with an output.
#[derive(Default)]
struct Findings {
    keys: Difference,
    /// A file, and what is wrong with its mode or owner.
    permissions: Vec<(String, String)>,
    /// What is to be said besides.
    remark: Option<&'static str>,
    is_missing: bool,
}

impl Findings {
    fn is_empty(&self) -> bool {
        self.keys.is_empty()
            && self.permissions.is_empty()
            && self.remark.is_none()
            && !self.is_missing
    }
}

impl Render {
    pub(super) fn check_file(&self, job: &Job<'_>, path: &Path) -> Result<Exit, Failure> {
        let text = self.text(job, Told::Nothing)?;
        let wanted = Contents::of_tree(self.format, &job.tree, &self.names(&job.selection));
        let outputs = job.workspace.outputs();
        // Refuses links and what is no file, as a write would.
        outputs
            .standing(path, text.expose_secret().as_bytes())
            .map_err(not_written)?;
        let findings = match read(path) {
            Err(ReadError::Missing { .. }) => Findings {
                keys: difference(&[Contents::default()], &wanted).unwrap_or_default(),
                is_missing: true,
                ..Findings::default()
            },
            Err(error) => return Err(Failure::because(&error)),
            Ok(file) => Findings {
                permissions: self.faults(&file, path)?,
                ..self.differences(&file, text.expose_secret(), &wanted)
            },
        };
        report(job, path, &findings)
    }

    fn differences(&self, file: &Snapshot, text: &str, wanted: &Contents) -> Findings {
        if file.bytes() == text.as_bytes() {
            return Findings::default();
        }
        let contents = match file.text() {
            Ok(text) => Contents::of_file(self.format, text),
            Err(_) => Vec::new(),
        };
        let keys = difference(&contents, wanted);
        Findings {
            remark: match &keys {
                None => Some("it cannot be read to compare its keys"),
                Some(keys) if keys.is_empty() => {
                    Some("the keys and values are the same, written otherwise")
                }
                Some(_) => None,
            },
            keys: keys.unwrap_or_default(),
            ..Findings::default()
        }
    }

    fn faults(&self, file: &Snapshot, path: &Path) -> Result<Vec<(String, String)>, Failure> {
        let faults = self.permissions().differences(file);
        let faults = faults.map_err(|error| Failure::because(&error))?;
        let name = path.display().to_string();
        Ok(faults
            .into_iter()
            .map(|fault| (name.clone(), fault))
            .collect())
    }

    pub(super) fn check_files(&self, job: &Job<'_>, directory: &Path) -> Result<Exit, Failure> {
        let files = self.files(job)?;
        let survey = job
            .workspace
            .outputs()
            .survey(directory, &pairs(&files), &self.permissions())
            .map_err(not_written)?;
        let is_missing = directory.symlink_metadata().is_err();
        let Survey {
            missing,
            changed,
            stale,
            permissions,
        } = survey;
        let findings = Findings {
            keys: Difference {
                added: missing,
                changed,
                removed: stale,
            },
            permissions,
            remark: None,
            is_missing,
        };
        report(job, directory, &findings)
    }
}

fn report(job: &Job<'_>, path: &Path, findings: &Findings) -> Result<Exit, Failure> {
    let (terminal, path) = (job.context.terminal(), path.display());
    if findings.is_empty() {
        terminal.say(format!("{path} is up to date"));
        return Ok(Exit::Done);
    }
    terminal.print(&lines(findings))?;
    let name = job.environment.name();
    match (findings.is_missing, findings.remark) {
        (true, _) => terminal.say(format!("{path} is missing")),
        (false, Some(remark)) => terminal.say(format!(
            "{path} is not {name} as it would be written: {remark}"
        )),
        (false, None) => terminal.say(format!("{path} is not {name} as it would be written")),
    }
    Ok(Exit::No)
}

/// One line for each difference: `+` in the vault only, `~` another value, `-` in the output only, `!` mode or owner.
fn lines(findings: &Findings) -> String {
    let mut text = String::new();
    let keys = &findings.keys;
    for (sign, keys) in [
        ("+", &keys.added),
        ("~", &keys.changed),
        ("-", &keys.removed),
    ] {
        for key in keys {
            let _ = writeln!(text, "{sign} {key}");
        }
    }
    for (file, fault) in &findings.permissions {
        let _ = writeln!(text, "! {file}: {fault}");
    }
    text
}
