//! Files of attributes that lie outside of the work tree: the machine's, the person's, and the one of the repository. No commit has them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Repo, settings::may_have, top::directories};
use crate::{context::GitConfig, failure::Failure};

/// What names the person's file in git's config.
const KEY: &str = "core.attributesFile";
/// Its last word as it is looked for.
const WORD: &str = "attributesfile";
/// The machine's.
const MACHINE: &str = "/etc/gitattributes";

/// Each with its text.
#[derive(Default)]
pub(super) struct Outside {
    /// Those that count less than any in the work tree, the weakest first.
    pub(super) weaker: Vec<(PathBuf, Vec<u8>)>,
    /// The one that counts more.
    pub(super) stronger: Option<(PathBuf, Vec<u8>)>,
}

impl Outside {
    /// Those that git reads in a work tree. No repository is opened unless its config may name one.
    ///
    /// # Errors
    /// A config that cannot be read.
    pub(super) fn of(top: &Path, variables: &GitConfig) -> Result<Self, Failure> {
        let Some((own, shared)) = directories(&top.join(".git")) else {
            return Ok(Outside::default());
        };
        let machine = (!variables.without_system_attributes).then(|| MACHINE.into());
        let person = match may_have(WORD, &own, &shared, variables) {
            true => named(top, variables)?,
            false => None,
        };
        let usual = || Some(variables.folder.as_ref()?.join("attributes"));
        let weaker = machine.into_iter().chain(person.or_else(usual));
        Ok(Outside {
            weaker: weaker.filter_map(with_text).collect(),
            stronger: with_text(shared.join("info/attributes")),
        })
    }
}

/// The file that the config names; to git a path counts from the top.
fn named(top: &Path, variables: &GitConfig) -> Result<Option<PathBuf>, Failure> {
    // Where none can be opened, git does not work either, and alters nothing.
    let Ok(Some(repo)) = Repo::open(top) else {
        return Ok(None);
    };
    let named = repo.named_path(KEY, variables)?;
    Ok(named.map(|named| top.join(named.path)))
}

fn with_text(file: PathBuf) -> Option<(PathBuf, Vec<u8>)> {
    let is_file = fs::metadata(&file).is_ok_and(|it| it.is_file());
    let text = is_file.then(|| fs::read(&file).ok()).flatten()?;
    Some((file, text))
}
