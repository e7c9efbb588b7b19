//! Encrypted files as sources: SOPS files of any layout that vault opens, and vault's own.

use vault::{
    config::Environment,
    sealed::{Expected, FormError, Sealed},
    sops::{METADATA_KEY, Reason, SopsError},
    value::{KeyPath, Map},
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
    let of_file = |trouble: Trouble| -> Failure {
        // What comes out of a pipe has no history here.
        let trouble = match loaded.command.is_stdin() {
            true => trouble.without_look_back(),
            false => trouble,
        };
        trouble.within(loaded.shown).into()
    };
    let sealed = Sealed::parse(loaded.text.as_bytes()).map_err(|error| match error {
        FormError::Sops(error) if is_of_somebody_else(&error) => of_no_sops(loaded.shown),
        error => of_file(error.into()),
    })?;
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

/// Whether nothing says that sops made the file: then it is the wrong one, and no broken promise.
fn is_of_somebody_else(error: &SopsError) -> bool {
    let is_metadata = || error.path.as_ref() == Some(&KeyPath::key(METADATA_KEY));
    match error.reason {
        Reason::NoMetadata => true,
        Reason::Expected(_) => is_metadata(),
        _ => false,
    }
}

fn of_no_sops(shown: &str) -> Failure {
    Failure::new(format!(
        "{shown} is not a file that sops has encrypted: it has no map `{METADATA_KEY}` at the top"
    ))
    .hint("--format says what it is: dotenv, json or yaml")
}
