//! `vault git merge-config`: what git calls to merge `.vault.yaml`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use vault::{
    config::{
        ConfigError,
        merge::{Contradiction, Merged, Side, Sides, merged},
    },
    vault::{Content, Replacement, read},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::by_lines,
    shell,
    workspace::config_failure,
};

/// Merge .vault.yaml: what git calls, not a person
///
/// Brings both sides together by key. Lists of names are sets, and a removal wins. Where the sides contradict each other, both stand
/// between git's usual markers; everything else is merged. Nobody can read or write more by it: that takes a writer's vault sync.
#[derive(Args, Debug)]
pub(crate) struct MergeConfig {
    /// What both sides began with (%O); empty if there was nothing
    #[arg(value_name = "BASE", value_hint = ValueHint::FilePath)]
    base: PathBuf,
    /// Our side (%A), which the result takes the place of
    #[arg(value_name = "OURS", value_hint = ValueHint::FilePath)]
    ours: PathBuf,
    /// The side that comes in (%B)
    #[arg(value_name = "THEIRS", value_hint = ValueHint::FilePath)]
    theirs: PathBuf,
    /// Where the file stands, from the top of the work tree (%P)
    #[arg(value_name = "PATH", allow_hyphen_values = true)]
    path: PathBuf,
    /// Both sides are versions that the sides of another merge began with: git asks for one, to begin with
    #[arg(long)]
    bases: bool,
}

/// What becomes of our file.
pub(super) struct Outcome {
    pub(super) bytes: Vec<u8>,
    /// What a person has to look at; nothing if all is merged.
    reasons: Option<Failure>,
    /// The keys of which one side can be taken.
    keys: Vec<String>,
    /// Whether each side has removed whoever reads an environment on the other one.
    leaves_nobody: bool,
}

impl MergeConfig {
    /// Merges, or leaves the places that a person has to decide, and says which.
    pub(crate) fn run(&self, _: &Context) -> Result<Exit, Failure> {
        let (base, ours, theirs) = (
            text_of(&self.base)?,
            text_of(&self.ours)?,
            text_of(&self.theirs)?,
        );
        let sides = Sides {
            base: &base,
            ours: &ours,
            theirs: &theirs,
        };
        let outcome = merge(sides)?;
        if outcome.bytes != ours.as_bytes() {
            // In one step: whoever ends this in between leaves our file as it was.
            Replacement::prepare(&self.ours, &outcome.bytes, Content::Public)
                .and_then(Replacement::commit)
                .map_err(|error| Failure::because(&error).within("cannot write what was merged"))?;
        }
        if self.bases {
            // Where they contradict each other git's markers stand: that is no config, and the merge asks.
            return Ok(Exit::Done);
        }
        let path = self.path.display().to_string();
        let edit = format!("edit {path}, then git add {}", shell::pathspec(&path));
        let Some(reasons) = outcome.reasons else {
            return Ok(Exit::Done);
        };
        let reasons = reasons.within(&path);
        Err(match taking_ours(&outcome.keys) {
            None if outcome.leaves_nobody => reasons.hint(ONE_SIDE),
            None => reasons.hint(edit),
            Some(command) => reasons.hint(command).hint(format!("or {edit}")),
        })
    }
}

/// Whether each side has removed whoever reads an environment on the other one.
pub(super) fn leaves_nobody(merged: &Merged) -> bool {
    matches!(merged, Merged::Invalid { error, .. } if error.leaves_nobody())
}

/// What is told of a config in which nobody is left.
const ONE_SIDE: &str =
    "each side has removed whom the other one has: vault git resolve names what takes one of them";

/// What somebody types who takes our side of everything that contradicts, if something does.
fn taking_ours(keys: &[String]) -> Option<String> {
    let options: Vec<String> = keys
        .iter()
        .map(|key| format!("--ours {}", shell::word(key)))
        .collect();
    (!options.is_empty()).then(|| {
        let options = options.join(" ");
        format!("vault git resolve {options} takes our side, --theirs KEY the other one")
    })
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let found = read(path).map_err(|error| Failure::because(&error))?;
    let text = found.text().map_err(|error| Failure::because(&error))?;
    Ok(text.to_owned())
}

/// Merges two configs; what has to be decided stands between git's markers.
///
/// # Errors
/// Texts of a size that cannot be merged by lines.
pub(super) fn merge(sides: Sides<'_>) -> Result<Outcome, Failure> {
    let merged = merged(sides);
    let reasons = reasons(&merged);
    let keys = match &merged {
        Merged::Conflicts(found) => found
            .conflicts
            .iter()
            .map(|it| it.path.to_string())
            .collect(),
        _ => Vec::new(),
    };
    let leaves_nobody = leaves_nobody(&merged);
    let bytes = match merged {
        Merged::Clean(text) | Merged::Invalid { text, .. } => text.into_bytes(),
        Merged::Conflicts(found) => contradiction(sides, &found)?,
        Merged::Unread { .. } => {
            by_lines(
                sides.base.as_bytes(),
                sides.ours.as_bytes(),
                sides.theirs.as_bytes(),
            )?
            .bytes
        }
    };
    Ok(Outcome {
        bytes,
        reasons,
        keys,
        leaves_nobody,
    })
}

/// Why a person has to look at what came out; `None` if nobody has.
pub(super) fn reasons(merged: &Merged) -> Option<Failure> {
    Some(match merged {
        Merged::Clean(_) => return None,
        Merged::Conflicts(found) => {
            let lines = found.conflicts.iter().map(ToString::to_string);
            lines.fold(open("both sides changed the same"), Failure::detail)
        }
        Merged::Invalid { error, .. } => {
            let failure = open("both sides together are no config").detail(one_line(error));
            match error.leaves_nobody() {
                // Each side has removed whom the other one has: whoever is named here stays out of the file.
                true => failure,
                false => failure.hint(error.hint()),
            }
        }
        Merged::Unread { side, error } => open("it cannot be merged by key, but only by lines")
            .detail(format!("{}: {}", told(*side), one_line(error))),
    })
}

/// Both sides of each place that contradicts; where lines do not show it, both sides as they are.
fn contradiction(sides: Sides<'_>, found: &Contradiction) -> Result<Vec<u8>, Failure> {
    let texts = [&found.base, &found.ours, &found.theirs].map(|text| text.as_bytes());
    let mut merged = by_lines(texts[0], texts[1], texts[2])?;
    if !merged.has_markers {
        // Of what has nothing in common every line is a contradiction.
        merged = by_lines(b"", sides.ours.as_bytes(), sides.theirs.as_bytes())?;
    }
    Ok(merged.bytes)
}

fn open(text: &str) -> Failure {
    Failure::new(text).exit(Exit::No)
}

fn one_line(error: &ConfigError) -> String {
    config_failure(error).error().unwrap_or_default().to_owned()
}

fn told(side: Side) -> &'static str {
    match side {
        Side::Base => "before both sides",
        Side::Ours => "on our side",
        Side::Theirs => "on their side",
    }
}
