//! Files of a vault that the attributes in the same commit would have otherwise than they are.

use std::{iter, path::Path};

use vault::vault::CONFIG;

use super::{
    report::{Report, Spot, shown},
    vaults::Vault,
};
use crate::{
    context::Context,
    failure::Failure,
    repo::{ATTRIBUTES, Alteration, NextCommit, StagedPath, Standing},
    workspace::altered_by,
};

/// Refuses them where the commit changes attributes, or the file.
///
/// # Errors
/// Objects that are missing or damaged.
pub(super) fn check(
    context: &Context,
    vault: &Vault<'_>,
    staged: &NextCommit<'_>,
    changes: &[StagedPath],
    report: &mut Report,
) -> Result<(), Failure> {
    let is_about_all = changes
        .iter()
        .any(|change| change.path.file_name().is_some_and(|it| it == ATTRIBUTES));
    let config = vault.folder().join(CONFIG);
    let files = vault.environments().map(|it| vault.path(it.file()));
    for path in iter::once(config).chain(files) {
        if is_about_all || changes.iter().any(|change| change.path == path) {
            let found = alteration(staged, &path)?;
            found.into_iter().for_each(|found| {
                report.find(
                    Spot::of(&path),
                    altered_by(context, &found).within(shown(&path)),
                )
            });
        }
    }
    Ok(())
}

fn alteration(staged: &NextCommit<'_>, path: &Path) -> Result<Option<Alteration>, Failure> {
    match staged.standing(path) {
        Some(Standing::File(id)) => staged.alteration(path, &staged.bytes(id)?),
        _ => Ok(None),
    }
}
