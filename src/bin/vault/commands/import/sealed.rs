//! Encrypted files as sources: SOPS files of any layout that vault opens, and vault's own.

use vault::{
    config::Environment,
    sealed::{Expected, Sealed},
    value::Map,
};

use super::source::Loaded;
use crate::{
    failure::Failure,
    workspace::{Trouble, Workspace, open_with},
};

/// Opens an encrypted text with the identities at hand.
///
/// A file that is signed must be what its own log says; whether anybody here knows its writers is not asked, since its values are taken
/// over as if they had been typed.
///
/// # Errors
/// It is no such file, is not intact, or no identity opens it.
pub(super) fn open(
    loaded: &Loaded<'_>,
    workspace: &Workspace<'_>,
    environment: &Environment,
) -> Result<Map, Failure> {
    let of_file = |trouble: Trouble| -> Failure { trouble.within(loaded.shown).into() };
    let sealed = Sealed::parse(loaded.text.as_bytes()).map_err(|error| of_file(error.into()))?;
    let policy = sealed.block().map(|block| block.log().policy().clone());
    let expected = Expected {
        repository: policy.as_ref().map_or("", |policy| policy.repository()),
        environment: policy
            .as_ref()
            .map_or(environment.name(), |policy| policy.environment()),
        signed: policy.is_some(),
    };
    let verified = sealed
        .verify(&expected)
        .map_err(|error| of_file(Trouble::of_trust(&error, environment)))?;
    let Some(identity) = workspace.opener(&verified)? else {
        let tried = workspace.context().identities().tried();
        let nobody = Trouble::failed("no identity of yours opens it");
        let nobody = tried.iter().fold(nobody, |trouble, identity| {
            trouble.detail(format!("tried {identity}"))
        });
        return Err(of_file(nobody.hint("-i FILE names an identity that does")));
    };
    let opened = open_with(verified, identity).map_err(of_file)?;
    Ok(opened.into_tree())
}
