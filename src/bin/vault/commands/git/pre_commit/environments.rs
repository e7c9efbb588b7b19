//! Secret files that are to be committed: encrypted, well-formed, signed by who may, and in line with the config of the same commit.

use std::{ffi::OsStr, path::Path};

use vault::{
    config::Environment,
    sealed::{Mark, Verified},
};

use super::{
    report::{Report, Spot, UNSTAGE, shown},
    vaults::Vault,
};
use crate::{
    commands::check::faults,
    failure::Failure,
    repo::{NextCommit, StagedPath, Standing},
    workspace::{Meeting, Trouble},
};

/// Checks the environments of a vault that the commit touches: by their files, or by the config.
///
/// # Errors
/// Objects that are missing or damaged.
pub(super) fn check(
    vault: &Vault<'_>,
    staged: &NextCommit<'_>,
    changes: &[StagedPath],
    report: &mut Report,
) -> Result<(), Failure> {
    for environment in vault.environments() {
        let path = vault.path(environment.file());
        let is_changed = changes.iter().any(|change| change.path == path);
        if is_changed || vault.is_reconfigured || is_marked(staged, &path)? {
            check_one(vault, staged, environment, is_changed, report)?;
        }
        refuse_local(vault, changes, environment, report);
    }
    Ok(())
}

/// Whether a file waits to be merged, although no part of the commit changes it.
fn is_marked(staged: &NextCommit<'_>, path: &Path) -> Result<bool, Failure> {
    Ok(match staged.standing(path) {
        Some(Standing::File(id)) => Mark::may_stand(&staged.bytes(id)?),
        _ => false,
    })
}

fn check_one(
    vault: &Vault<'_>,
    staged: &NextCommit<'_>,
    environment: &Environment,
    is_changed: bool,
    report: &mut Report,
) -> Result<(), Failure> {
    let path = vault.path(environment.file());
    let spot = Spot::of(&path);
    match staged.standing(&path) {
        None => {
            let missing = missing(vault, environment)?.into_iter();
            missing.for_each(|it| report.find(spot.clone(), it));
        }
        Some(Standing::File(id)) => {
            let accepted = accepted(vault, environment, staged.bytes(id)?);
            match accepted.map_err(|trouble| faults::suspicious(environment, trouble)) {
                Ok(verified) => check_members(vault, environment, &verified, is_changed, report),
                Err(trouble) => report.find(spot, trouble.within(shown(&path))),
            }
        }
        Some(Standing::Unmerged) => report.find(spot, unmerged(environment, &path)),
        Some(Standing::Link(_) | Standing::Repository) => {
            let text = format!(
                "{}: the file of {} has to be a file",
                shown(&path),
                environment.name()
            );
            report.find(spot, Trouble::untrusted(text).hint(UNSTAGE));
        }
    }
    Ok(())
}

/// Why a file is not there that is to be committed: git ignores it, or somebody took it away.
fn missing(vault: &Vault<'_>, environment: &Environment) -> Result<Vec<Trouble>, Failure> {
    let (workspace, file) = (&vault.workspace, Path::new(environment.file().as_str()));
    let ignored = workspace.trouble_of(&workspace.left_out([file])?, [file]);
    let is_taken = workspace.refuse_birth_beside_head(environment).is_err();
    Ok(match ignored.is_empty() || is_taken {
        true => Vec::from_iter(workspace.refuse_second_birth(environment).err()),
        false => ignored,
    })
}

/// A version of a file, accepted as far as that takes no identity and tells nobody anything.
///
/// # Errors
/// Why it is not.
pub(super) fn accepted(
    vault: &Vault<'_>,
    environment: &Environment,
    bytes: Vec<u8>,
) -> Result<Verified, Trouble> {
    let workspace = &vault.workspace;
    let verified = workspace.verify(environment, bytes)?;
    workspace.refuse_break(Meeting::of(environment, &verified))?;
    Ok(verified)
}

fn check_members(
    vault: &Vault<'_>,
    environment: &Environment,
    verified: &Verified,
    is_changed: bool,
    report: &mut Report,
) {
    let workspace = &vault.workspace;
    let spot = Spot::of(&vault.path(environment.file()));
    let members = faults::of_members(workspace, environment, verified);
    // Who asks to be let in changes the config alone: the file is for a writer to bring in line.
    let is_request =
        !is_changed && faults::is_for_a_writer(workspace.config(), environment, verified);
    for trouble in members {
        match is_request {
            true => report.warn(spot.clone(), trouble),
            false => report.find(spot.clone(), trouble),
        }
    }
    let layout = faults::of_layout(environment, verified);
    let replaced = faults::replaced(workspace, environment, verified);
    replaced
        .into_iter()
        .chain(layout)
        .for_each(|it| report.find(spot.clone(), it));
}

fn unmerged(environment: &Environment, path: &Path) -> Trouble {
    let text = format!(
        "{}: git could not merge {}",
        shown(path),
        environment.name()
    );
    Trouble::untrusted(text)
        .hint("vault git resolve brings both sides together, and stages what comes of it")
}

/// Refuses overrides of one's own, also where the config has none (any more): what is called so is meant so.
fn refuse_local(
    vault: &Vault<'_>,
    changes: &[StagedPath],
    environment: &Environment,
    report: &mut Report,
) {
    let path = vault.path(environment.file());
    let (Some(stem), Some(ending)) = (path.file_stem(), path.extension()) else {
        return;
    };
    let name = [stem, OsStr::new("local"), ending].join(OsStr::new("."));
    let path = path.with_file_name(name);
    let is_it = |change: &&StagedPath| change.path == path && change.now.is_some();
    let mut files = vault.environments().map(|other| vault.path(other.file()));
    if changes.iter().any(|change| is_it(&change)) && files.all(|file| file != path) {
        let text = format!(
            "{}: overrides of one's own are never committed",
            shown(&path)
        );
        report.find(Spot::of(&path), Trouble::failed(text).hint(UNSTAGE));
    }
}
