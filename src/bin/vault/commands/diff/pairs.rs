//! Which environment of one side is which of the other: by name, else by the log that goes on, the same bytes or the same file, or what is the same in it.

use std::collections::HashSet;

use vault::{
    config::{Config, Environment},
    value::EnvName,
};

use crate::{
    failure::Failure,
    workspace::{Held, Plan, Proof, Side, Signed, Version, Versions},
};

/// An environment on one side.
pub(super) struct Half {
    pub(super) environment: Environment,
    pub(super) held: Held,
    /// Whether git waits for somebody to merge its file.
    pub(super) is_unmerged: bool,
    /// What the file shows of itself, where it had to be looked at.
    pub(super) version: Option<Version>,
}

/// An environment on both sides, or on one of them.
pub(super) struct Pair {
    pub(super) before: Option<Half>,
    pub(super) after: Option<Half>,
}

impl Pair {
    /// Whether it is one of those that were asked for; under any of its names.
    pub(super) fn is_named(&self, names: &[EnvName]) -> bool {
        let mut halves = self.before.iter().chain(&self.after);
        names.is_empty() || halves.any(|half| names.contains(half.environment.name()))
    }
}

impl Half {
    fn of(side: &Side<'_>, environment: &Environment) -> Result<Self, Failure> {
        Ok(Half {
            environment: environment.clone(),
            held: side.file(environment)?,
            is_unmerged: side.is_unmerged(environment)?,
            version: None,
        })
    }

    /// Looks at the file, if there is one and nobody has looked yet.
    ///
    /// # Errors
    /// None that happen: no identity is asked for.
    pub(super) fn look(&mut self, versions: &mut Versions<'_>) -> Result<(), Failure> {
        if let (None, Some(bytes)) = (&self.version, self.held.bytes()) {
            self.version = Some(versions.version(bytes)?);
        }
        Ok(())
    }

    /// What its file is signed as, if it is and somebody has looked.
    pub(super) fn signed(&self) -> Option<&Signed> {
        self.version.as_ref()?.signed()
    }

    /// Whether its log goes on from that of another one, which was signed under its own name.
    fn follows(&self, other: &Half) -> bool {
        match (self.signed(), other.signed()) {
            (Some(here), Some(there)) => {
                there.environment == *other.environment.name() && here.follows(there)
            }
            _ => false,
        }
    }

    /// Whether it has no signature, and an age entry of another one that has: whoever changes its name and its place needs no key.
    fn is_unsigned_of(&self, other: &Half) -> bool {
        let (Some(here), Some(there)) = (&self.version, &other.version) else {
            return false;
        };
        let is_unsigned = matches!(here.proof, Proof::Unsigned);
        is_unsigned && there.signed().is_some() && !here.wrapped.is_disjoint(&there.wrapped)
    }
}

/// All pairs, those that are gone last. A side whose config cannot be read is looked at as the other one says.
///
/// # Errors
/// Objects that cannot be read.
pub(super) fn pairs(
    before: &Side<'_>,
    after: &Side<'_>,
    versions: &mut Versions<'_>,
) -> Result<Vec<Pair>, Failure> {
    let mut old = halves(before, after)?;
    let mut new = halves(after, before)?;
    let mut found = Vec::new();
    let names: HashSet<EnvName> = new
        .iter()
        .map(|half| half.environment.name().clone())
        .collect();
    let mut gone: Vec<Half> = old
        .extract_if(.., |half| !names.contains(half.environment.name()))
        .collect();
    for mut half in new.drain(..) {
        let name = half.environment.name();
        let twin = old.iter().position(|old| old.environment.name() == name);
        let before = match twin {
            Some(at) => Some(old.swap_remove(at)),
            None => take_origin(&mut half, &mut gone, versions)?,
        };
        found.push(Pair {
            before,
            after: Some(half),
        });
    }
    let gone = gone.into_iter().map(|half| Pair {
        before: Some(half),
        after: None,
    });
    found.extend(gone);
    Ok(found)
}

/// The environments of a side, as its config has them.
fn halves(side: &Side<'_>, other: &Side<'_>) -> Result<Vec<Half>, Failure> {
    let config = match &side.plan {
        Plan::Bad(_) => other.config(),
        Plan::None | Plan::Valid(_) => side.config(),
    };
    let environments = config.into_iter().flat_map(Config::environments);
    environments
        .map(|environment| Half::of(side, environment))
        .collect()
}

/// Of those that are gone the one that has another name now.
fn take_origin(
    half: &mut Half,
    gone: &mut Vec<Half>,
    versions: &mut Versions<'_>,
) -> Result<Option<Half>, Failure> {
    if gone.is_empty() || half.held.bytes().is_none() {
        return Ok(None);
    }
    half.look(versions)?;
    for old in gone.iter_mut() {
        old.look(versions)?;
    }
    let has_its_bytes = |old: &Half| old.held == half.held;
    let has_its_file = |old: &Half| old.environment.file() == half.environment.file();
    let found = gone
        .iter()
        .position(|old| half.follows(old))
        .or_else(|| gone.iter().position(has_its_bytes))
        .or_else(|| gone.iter().position(has_its_file))
        .or_else(|| gone.iter().position(|old| half.is_unsigned_of(old)));
    Ok(found.map(|at| gone.remove(at)))
}
