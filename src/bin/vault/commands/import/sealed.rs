//! Encrypted files as sources: SOPS files of any layout that vault opens, and vault's own.

use vault::{
    adoption,
    cipher::CipherError,
    config::Environment,
    sealed::{Expected, FormError, OpenError, Sealed},
    sops::{METADATA_KEY, Reason, SopsError},
    value::{EnvName, KeyPath, Map, Node},
};

use super::source::Loaded;
use crate::{
    failure::Failure,
    shell,
    workspace::{Trouble, Workspace, data_key_with},
};

/// What an encrypted text holds.
pub(super) struct Opening {
    pub(super) tree: Map,
    pub(super) has_comments: bool,
}

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
) -> Result<Opening, Failure> {
    let of_file = |trouble: Trouble| -> Failure {
        // What comes out of a pipe has no history here.
        let trouble = match loaded.command.is_passing() {
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
    let key = data_key_with(&verified, identity).map_err(of_file)?;
    let opened = verified.open(key).map_err(|error| match error {
        OpenError::Content(error) if is_no_text(&error) => {
            let is_whole = is_one_value(loaded, error.path.as_ref());
            binary(loaded, &error.without_place(), is_whole, environment.name())
        }
        error => of_file(error.into()),
    })?;
    let has_comments = opened.has_comments();
    let tree = opened.into_tree();
    match has_nul(loaded, &tree) {
        true => {
            let why = "data: a value with a NUL character";
            Err(binary(loaded, why, true, environment.name()))
        }
        false => Ok(Opening { tree, has_comments }),
    }
}

/// Refuses what sops alone opens, under whatever name.
///
/// # Errors
/// It is an INI file of sops.
pub(super) fn refuse_ini(name: Option<&str>, text: &str, shown: &str) -> Result<(), Failure> {
    let found = adoption::Format::of(name.unwrap_or_default(), text.as_bytes());
    match found {
        Some(adoption::Format::Ini) => Err(of_sops_alone(shown, "an INI file")
            .hint("sops decrypt --output-type yaml FILE | vault import ENV - --format yaml")),
        _ => Ok(()),
    }
}

/// That a file is encrypted in a format that vault does not open.
pub(super) fn of_sops_alone(shown: &str, what: &str) -> Failure {
    Failure::new(format!(
        "{shown} is {what} that sops has encrypted; vault opens encrypted YAML and JSON"
    ))
}

/// Whether a file that sops keeps as one value is text but for a NUL, which no value can hold.
fn has_nul(loaded: &Loaded<'_>, tree: &Map) -> bool {
    let mut items = tree.iter();
    match (items.next(), items.next()) {
        (Some((key, Node::Scalar(value))), None) => {
            is_one_value(loaded, Some(&KeyPath::key(key))) && value.expose().contains('\0')
        }
        _ => false,
    }
}

/// The key under which sops keeps a file as one value.
const WHOLE: &str = "data";

/// Whether a value is the whole of a file that sops keeps as one: those are JSON.
fn is_one_value(loaded: &Loaded<'_>, path: Option<&KeyPath>) -> bool {
    path == Some(&KeyPath::key(WHOLE)) && loaded.text.starts_with('{')
}

/// Whether a value opens, is what was sealed, and is no text: sops keeps such ones, and nobody has touched them.
fn is_no_text(error: &SopsError) -> bool {
    error.reason == Reason::Cipher(CipherError::NotText)
}

/// What to do about a value that is no text.
fn binary(loaded: &Loaded<'_>, why: &str, is_whole: bool, environment: &EnvName) -> Failure {
    let name = match loaded.command.is_passing() {
        true => "FILE".into(),
        false => shell::word(loaded.shown),
    };
    let hint = match is_whole {
        true => format!(
            "sops decrypt {name} | base64 | vault set {environment} KEY --verbatim keeps it as one value"
        ),
        false => format!("sops edit {name} lets you write it in base64, which is text"),
    };
    Failure::new(format!("{}: {why}", loaded.shown)).hint(hint)
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
