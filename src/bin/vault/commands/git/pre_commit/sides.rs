//! A commit that finishes a merge: whether it has what either side has changed of the secret files, key by key.
//!
//! Where no driver ran git keeps one side of a file and says so once; `git add` or `git commit --all` then loses the other for good.

use std::{collections::BTreeSet, path::Path};

use vault::{
    config::Environment,
    difference::{Imprinter, LeftBehind, Sketch, left_behind},
    reconcile::Side,
    sealed::{Sealed, Verified},
    value::KeyPath,
    yaml::Document,
};

use super::{
    Commit,
    report::{Report, Spot, shown},
    vaults::Vault,
};
use crate::{
    context::Context,
    failure::Failure,
    repo::{Incoming, Standing},
    shell,
    workspace::Trouble,
};

/// Names the environments of which one side is meant to be lost.
const ONE_SIDE: &str = "VAULT_ONE_SIDE";
/// Keys that are named.
const NAMED: usize = 10;

/// Refuses a file that has lost what one side has changed.
///
/// # Errors
/// Objects that are missing or damaged.
pub(super) fn check(
    commit: &Commit<'_>,
    vaults: &[Vault<'_>],
    report: &mut Report,
) -> Result<(), Failure> {
    if commit.incoming.is_empty() {
        return Ok(());
    }
    let meant = meant(commit.context)?;
    for vault in vaults {
        let environments = vault.environments();
        for environment in environments.filter(|it| !meant.contains(it.name().as_str())) {
            let path = vault.path(environment.file());
            for incoming in commit.incoming {
                if let Some(sides) = Sides::of(commit, incoming, &path)? {
                    tell(&sides, environment, &path, report);
                }
            }
        }
    }
    Ok(())
}

/// The environments of which somebody has said so.
fn meant(context: &Context) -> Result<BTreeSet<String>, Failure> {
    let text = context.environment().text_as_set(ONE_SIDE)?;
    let names = text.iter().flat_map(|text| text.split([',', ' ']));
    Ok(names.map(str::to_owned).collect())
}

fn tell(sides: &Sides, environment: &Environment, path: &Path, report: &mut Report) {
    for side in [Side::Theirs, Side::Ours] {
        let left = sides.left_behind(side);
        if let Some(trouble) = sides.lost(side, &left.lost, environment, path) {
            report.find(Spot::of(path), trouble);
        }
        if let Some(trouble) = sides.outvoted(side, &left.outvoted, environment, path) {
            report.warn(Spot::of(path), trouble);
        }
    }
}

/// The versions of a file that a merge brings together.
struct Sides {
    base: Version,
    ours: Version,
    theirs: Version,
    merged: Version,
    /// Whether a side was taken as a whole.
    is_ours: bool,
    is_theirs: bool,
    abort: &'static str,
}

#[derive(Default)]
struct Version {
    sketch: Sketch,
    /// Where the file is signed, and well.
    verified: Option<Verified>,
}

impl Sides {
    /// `None` where there is nothing to bring together, or what came of it is no sealed file: that is told elsewhere.
    fn of(commit: &Commit<'_>, incoming: &Incoming, path: &Path) -> Result<Option<Self>, Failure> {
        let Some(Standing::File(merged)) = commit.staged.standing(path) else {
            return Ok(None);
        };
        let at = |revision: &str| commit.repo.file_at(revision, path);
        let (Some(ours), Some(theirs)) = (commit.repo.file_of_head(path)?, at(&incoming.theirs)?)
        else {
            return Ok(None);
        };
        let base = incoming.base.as_deref().map(at).transpose()?.flatten();
        let merged = commit.staged.bytes(merged)?;
        if ours == theirs || base.as_ref() == Some(&theirs) || Sealed::parse(&merged).is_err() {
            return Ok(None);
        }
        let imprinter = Imprinter::default();
        let version = |bytes: &[u8]| Version::of(bytes, &imprinter);
        let base = base.and_then(|base| version(&base)).unwrap_or_default();
        let sides = [&ours, &theirs, &merged].map(|bytes| version(bytes));
        let [Some(of_ours), Some(of_theirs), Some(of_merged)] = sides else {
            return Ok(None);
        };
        Ok(Some(Sides {
            is_ours: merged == ours,
            is_theirs: merged == theirs,
            abort: incoming.abort,
            base,
            ours: of_ours,
            theirs: of_theirs,
            merged: of_merged,
        }))
    }

    fn left_behind(&self, side: Side) -> LeftBehind {
        let (of, other) = match side {
            Side::Ours => (&self.ours, &self.theirs),
            Side::Theirs => (&self.theirs, &self.ours),
        };
        left_behind(
            &self.base.sketch,
            &of.sketch,
            &other.sketch,
            &self.merged.sketch,
        )
    }

    fn lost(
        &self,
        side: Side,
        lost: &[KeyPath],
        environment: &Environment,
        path: &Path,
    ) -> Option<Trouble> {
        let members = self.are_members_lost(side);
        if lost.is_empty() && !members {
            return None;
        }
        let name = environment.name();
        let what = match (lost, members) {
            ([], _) => "members".to_owned(),
            (keys, false) => listed(keys),
            (keys, true) => format!("members, and {}", listed(keys)),
        };
        let text = format!(
            "{}: the commit loses what was changed {side}: {what}",
            shown(path)
        );
        let trouble = match members {
            true => Trouble::untrusted(text),
            false => Trouble::failed(text),
        };
        let file = shown(path);
        let file = shell::pathspec(&file);
        Some(
            trouble
                .hint(format!(
                    "git checkout -m -- {file} brings both sides back, and vault git resolve brings them together"
                ))
                .hint(format!("where git kept no two sides: {}, vault git install, and the same again", self.abort))
                .hint(format!("if it is meant: {ONE_SIDE}={name} git commit")),
        )
    }

    /// Of a file that is one side as it was: nobody may have looked at what both have changed.
    fn outvoted(
        &self,
        side: Side,
        keys: &[KeyPath],
        environment: &Environment,
        path: &Path,
    ) -> Option<Trouble> {
        let is_other = match side {
            Side::Ours => self.is_theirs,
            Side::Theirs => self.is_ours,
        };
        if !is_other || keys.is_empty() {
            return None;
        }
        let text = format!(
            "{}: both sides changed {}, and {} has what stands {}",
            shown(path),
            listed(keys),
            environment.name(),
            side.other()
        );
        Some(Trouble::failed(text))
    }

    /// Whether a side has gone on with the members from where both began, and what came of the merge has not.
    fn are_members_lost(&self, side: Side) -> bool {
        let of = match side {
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        };
        let (Some(base), Some(log)) = (self.base.policy(), of.log()) else {
            return false;
        };
        let goes_on = log.policy().digest() != base.digest() && log.holds(base.digest());
        let merged = self.merged.log();
        goes_on && merged.is_some_and(|merged| !merged.holds(log.policy().digest()))
    }
}

impl Version {
    fn of(bytes: &[u8], imprinter: &Imprinter) -> Option<Self> {
        let document = Document::of_ciphertext(bytes.to_vec()).ok()?;
        let sealed = Sealed::parse(bytes).ok();
        Some(Version {
            sketch: Sketch::of(&document, imprinter),
            verified: sealed.and_then(|sealed| sealed.vouched().ok()),
        })
    }

    fn log(&self) -> Option<&vault::members::Log> {
        self.verified.as_ref()?.log()
    }

    fn policy(&self) -> Option<&vault::members::Policy> {
        self.verified.as_ref()?.policy()
    }
}

fn listed(keys: &[KeyPath]) -> String {
    let first: Vec<String> = keys.iter().take(NAMED).map(ToString::to_string).collect();
    let first = first.join(", ");
    match keys.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
