//! Outputs that vault remembers to have written: their places, and their content under any other name.

use vault::{leak::is_telling, vault::Remembered};

use super::{
    report::{Report, Spot, UNSTAGE, shown},
    vaults::Vault,
};
use crate::{
    failure::Failure,
    repo::{BlobId, Repo, StagedPath},
    workspace::Trouble,
};

/// Refuses what vault wrote: there, as it is now, and wherever it was copied to.
///
/// # Errors
/// None that happen: hashing needs no repository.
pub(super) fn check(
    vaults: &[Vault<'_>],
    repo: &Repo,
    changes: &[StagedPath],
    report: &mut Report,
) -> Result<(), Failure> {
    for vault in vaults {
        for output in vault.workspace.outputs().remembered() {
            let path = output.path.strip_prefix(repo.work_tree()).ok();
            let id = content(repo, &output)?;
            let is_it = |change: &&StagedPath| {
                let now = change.now.and_then(|now| now.blob());
                now.is_some()
                    && (Some(change.path.as_path()) == path || (id.is_some() && now == id))
            };
            for change in changes.iter().filter(is_it) {
                let trouble = refused(change, path == Some(&change.path), &output);
                report.find(Spot::of(&change.path), trouble);
            }
        }
    }
    Ok(())
}

/// What git would call the content, where finding it elsewhere tells something.
fn content(repo: &Repo, output: &Remembered) -> Result<Option<BlobId>, Failure> {
    let Some(file) = &output.content else {
        return Ok(None);
    };
    let is_common = file.text().is_ok_and(|text| !is_telling(text));
    match is_common {
        true => Ok(None),
        false => repo.id_of(file.bytes()).map(Some),
    }
}

fn refused(change: &StagedPath, is_place: bool, output: &Remembered) -> Trouble {
    let path = shown(&change.path);
    let text = match is_place {
        true => format!("{path}: vault writes secrets in clear there"),
        false => format!(
            "{path}: has the secrets in clear that vault wrote to {}",
            shown(&output.path)
        ),
    };
    Trouble::failed(text).hint(UNSTAGE)
}
