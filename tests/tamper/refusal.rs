//! How a file is refused: by what exit code, with or without an identity, and why.

use std::{fmt, fs};

use vault::{
    sealed::{Expected, FormError, Opened, Sealed},
    sops::{Reason, SopsError},
    value::EnvName,
};

use crate::base;

/// The first lines of the manifest.
pub(crate) const HEAD: &str = "\
# NAME: expect: CODE[ with an identity]: REASON
# Code 3: integrity or trust; 2: not YAML as vault reads it, or an unsigned file of a kind that it does not read. Without a word about identities, nobody's key is needed to tell.
# Names that begin with clear- or unsigned- stand for that environment's file, all others for prod's.
";

/// A refusal.
pub(crate) struct Refusal {
    code: u8,
    needs_identity: bool,
    reason: String,
}

impl Refusal {
    /// How a refusal begins that only an identity brings about.
    pub(crate) const WITH_AN_IDENTITY: &str = "expect: 3 with an identity: ";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { code, reason, .. } = self;
        match self.needs_identity {
            true => write!(f, "{}{reason}", Self::WITH_AN_IDENTITY),
            false => write!(f, "expect: {code}: {reason}"),
        }
    }
}

/// Accepts a file as an environment's, with alice's identity at the end, or tells why not.
pub(crate) fn outcome(environment: &str, bytes: &[u8]) -> Result<Opened, Refusal> {
    let refuse = |code, needs_identity| {
        move |reason: String| Refusal {
            code,
            needs_identity,
            reason,
        }
    };
    let sealed = Sealed::parse(bytes)
        .map_err(|error| refuse(code(environment, &error), false)(error.to_string()))?;
    let name: EnvName = environment.parse().expect("an environment");
    let expected = Expected {
        repository: base::REPOSITORY,
        environment: &name,
        signed: environment != "unsigned",
    };
    let verified = sealed
        .verify(&expected)
        .map_err(|error| refuse(3, false)(error.to_string()))?;
    let opened = verified
        .data_key(&[base::identity("alice")])
        .and_then(|key| {
            let key = key.expect("alice reads every file");
            verified.open(key)
        });
    opened.map_err(|error| refuse(3, true)(error.to_string()))
}

/// What is no YAML is bad input; so is a file of sops with rules or recipients that vault does not know, where none is signed.
fn code(environment: &str, error: &FormError) -> u8 {
    match error {
        FormError::Yaml(_) => 2,
        FormError::Sops(SopsError {
            reason: Reason::Rule(_) | Reason::KeyGroups | Reason::NoAge,
            ..
        }) if environment == "unsigned" => 2,
        _ => 3,
    }
}

/// The names of the manifest and what is expected of them.
pub(crate) fn manifest() -> Vec<(String, String)> {
    let text = fs::read_to_string(base::folder().join("manifest.txt")).expect("the manifest");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, rest) = line.split_once(": ").expect("NAME: expect: …");
            (name.to_owned(), rest.to_owned())
        })
        .collect()
}
