//! The values that must not stand in any file: those of the environments as the index has them, and as the work tree does.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use vault::{
    config::Environment,
    leak::is_telling,
    sealed::{Mark, Opened, Verified},
    sops::EVERYTHING,
    value::{EnvName, KeyPath, Node, Scalar},
    yaml::NodeRef,
};

use super::{Opening, environments, report::Report, vaults::Vault};
use crate::{
    failure::Failure,
    repo::{NextCommit, Repo},
    workspace::{AtHand, Trouble, open_with},
};

/// Values, and which they are.
#[derive(Default)]
pub(super) struct Known {
    /// Each once, whatever keys have it.
    values: Vec<(Scalar, Vec<String>)>,
}

impl Known {
    fn of(mut found: Vec<(Scalar, String)>) -> Self {
        found.sort_by(|(one, _), (other, _)| one.expose().cmp(other.expose()));
        let mut values: Vec<(Scalar, Vec<String>)> = Vec::new();
        for (value, name) in found {
            match values.last_mut() {
                Some((last, names)) if last.expose() == value.expose() => {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                _ => values.push((value, vec![name])),
            }
        }
        Known { values }
    }

    /// The values; their positions are those that `names` takes.
    pub(super) fn scalars(&self) -> impl Iterator<Item = &Scalar> {
        self.values.iter().map(|(value, _)| value)
    }

    /// The keys that have a value, each with its environment.
    pub(super) fn names(&self, at: usize) -> &[String] {
        &self.values[at].1
    }
}

/// Why values were not looked for.
const SKIPPED: &str = "values were not looked for";

/// Opens what can be opened; what cannot is said.
///
/// # Errors
/// Objects that are missing or damaged.
pub(super) fn of(
    vaults: &[Vault<'_>],
    repo: &Repo,
    staged: &NextCommit<'_>,
    opening: Opening,
    report: &mut Report,
) -> Result<Known, Failure> {
    let mut found = Vec::new();
    for vault in vaults {
        for environment in vault.environments() {
            let name = environment.name();
            let shared = versions(vault, repo, staged, environment)?.into_iter();
            let shared = shared.map(|version| (name, version));
            for (name, version) in shared.chain(own(vault, environment)) {
                let opened = version.and_then(|verified| open(vault, verified, opening));
                match opened {
                    Ok(Ok(opened)) => found.extend(secrets(vault, name, opened)),
                    Ok(Err(reason)) => report.leave_out(reason, name.as_str()),
                    Err(trouble) => {
                        let reason = format!("{SKIPPED}, since {}", trouble.text);
                        report.leave_out(reason, name.as_str());
                    }
                }
            }
        }
    }
    Ok(Known::of(found))
}

/// One's own overrides, which are on disk alone.
fn own<'v>(
    vault: &Vault<'_>,
    environment: &'v Environment,
) -> Option<(&'v EnvName, Result<Verified, Trouble>)> {
    let name = environment.local()?.name();
    let accepted = vault.workspace.accept_local(environment).transpose()?;
    Some((name, accepted.map(|(_, accepted)| accepted.verified)))
}

/// What the index has of a file, and the work tree, where that is something else: nobody has to stage a new value before it counts.
///
/// Of a file that waits to be merged these are its sides. Where one is not accepted there is also what the last commit has.
fn versions(
    vault: &Vault<'_>,
    repo: &Repo,
    staged: &NextCommit<'_>,
    environment: &Environment,
) -> Result<Vec<Result<Verified, Trouble>>, Failure> {
    let path = vault.path(environment.file());
    let mut texts = Vec::new();
    for id in staged.sides(&path) {
        texts.extend(sides(repo, staged.bytes(id)?)?);
    }
    let root = vault.workspace.root();
    if let Ok(file) = root.read(Path::new(environment.file().as_str())) {
        texts.extend(sides(repo, file.into_bytes())?);
    }
    let mut found = accepted(vault, environment, texts);
    if found.iter().any(Result::is_err)
        && let Some(bytes) = repo.file_of_head(&path)?
    {
        let last = accepted(vault, environment, sides(repo, bytes)?);
        found.extend(last.into_iter().filter(Result::is_ok));
    }
    Ok(found)
}

/// Each once.
fn accepted(
    vault: &Vault<'_>,
    environment: &Environment,
    mut texts: Vec<Vec<u8>>,
) -> Vec<Result<Verified, Trouble>> {
    let mut seen: HashSet<Vec<u8>> = HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    let texts = texts.into_iter();
    texts
        .map(|bytes| environments::accepted(vault, environment, bytes))
        .collect()
}

/// A file as it is; of one with the mark of a merge both sides, as far as git has the other.
fn sides(repo: &Repo, bytes: Vec<u8>) -> Result<Vec<Vec<u8>>, Failure> {
    if !Mark::may_stand(&bytes) {
        return Ok(vec![bytes]);
    }
    let Ok(Some(marked)) = Mark::split(&bytes) else {
        return Ok(vec![bytes]);
    };
    let theirs = repo.version_by_id(marked.mark.theirs())?;
    let ours = marked.ours.as_bytes().to_vec();
    Ok([ours].into_iter().chain(theirs).collect())
}

/// An open file, or why it is not opened.
fn open(
    vault: &Vault<'_>,
    verified: Verified,
    opening: Opening,
) -> Result<Result<Opened, String>, Trouble> {
    let workspace = &vault.workspace;
    let identity = match opening {
        Opening::Never => return Ok(Err(format!("{SKIPPED}, as --keyless says"))),
        Opening::Asking => workspace.opener(&verified)?,
        Opening::Unasked => match workspace.opener_unasked(&verified)? {
            AtHand::Opens(identity) => Some(identity),
            AtHand::Locked => {
                let reason = format!(
                    "{SKIPPED}, since your identity has a passphrase (vault git pre-commit --ask asks for it)"
                );
                return Ok(Err(reason));
            }
            AtHand::None => None,
        },
    };
    match identity {
        Some(identity) => open_with(verified, identity).map(Ok),
        None => Ok(Err(format!("{SKIPPED}, since no identity here opens them"))),
    }
}

/// The values of a file that are secrets, each with what it is called.
///
/// What stands in clear in the file is none, nor the public key of somebody whom the config lists.
fn secrets(vault: &Vault<'_>, name: &EnvName, opened: Opened) -> Vec<(Scalar, String)> {
    let clear = clear_leaves(&opened);
    let tree = Node::Map(opened.into_tree());
    let is_secret = |(path, value): &(KeyPath, &Scalar)| {
        !clear.contains(path)
            && is_telling(value.expose())
            && !vault.public_keys.contains(value.expose().trim())
    };
    let leaves = tree.leaves().into_iter().filter(is_secret);
    leaves
        .map(|(path, value)| (value.clone(), format!("{path} in {name}")))
        .collect()
}

/// The keys whose values the file has in clear: by its rule they are no secrets.
fn clear_leaves(opened: &Opened) -> HashSet<KeyPath> {
    if opened.rule().iter().any(|(_, rule)| rule == EVERYTHING) {
        return HashSet::new();
    }
    let root = opened.file().document().root();
    let Some(Ok(written)) = root.map(NodeRef::to_node) else {
        return HashSet::new();
    };
    let written: HashMap<KeyPath, &Scalar> = written.leaves().into_iter().collect();
    let tree = Node::Map(opened.tree().clone());
    let is_clear = |(path, value): &(KeyPath, &Scalar)| {
        written
            .get(path)
            .is_some_and(|text| text.expose() == value.expose())
    };
    let clear = tree.leaves().into_iter().filter(is_clear);
    clear.map(|(path, _)| path).collect()
}
