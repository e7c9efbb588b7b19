//! Changes a value of a sealed text: only the line of that value and three of the metadata differ afterwards.
//!
//!     cargo run --example change

use std::error::Error;

use vault::{
    keys::Identity,
    sealed::{Expected, Sealed, Signer},
    value::{KeyPath, Node, Scalar},
};

const REPOSITORY: &str = "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0";

const ALICE: &str = include_str!("../fixtures/keys/alice.txt");

const SEALED: &[u8] = include_bytes!("../fixtures/signed/simple.yaml");

fn main() -> Result<(), Box<dyn Error>> {
    let (before, after) = change("nested.password", "correct horse")?;
    let differing = before
        .lines()
        .zip(after.lines())
        .filter(|(before, after)| before != after);
    #[allow(clippy::print_stdout, reason = "that is what it is for")]
    for (_, line) in differing {
        println!("{}", line.split(':').next().unwrap_or_default());
    }
    Ok(())
}

/// The text before and after.
pub(crate) fn change(key: &str, value: &str) -> Result<(String, String), Box<dyn Error>> {
    let line = ALICE.lines().last().ok_or("no identity")?;
    let identities = [Identity::parse(line)?];
    let environment = "prod".parse()?;
    let verified = Sealed::parse(SEALED)?.verify(&Expected {
        repository: REPOSITORY,
        environment: &environment,
        signed: true,
    })?;
    let members = verified.policy().ok_or("not signed")?.clone();
    let signer = Signer::among(&identities, members.members()).ok_or("not a writer")?;
    let data_key = verified.data_key(&identities)?.ok_or("not a recipient")?;
    let mut opened = verified.open(data_key)?;
    opened.set(&key.parse::<KeyPath>()?, &Node::Scalar(Scalar::str(value)))?;
    let sealed = opened.seal(Some(&signer), "2026-11-24T12:00:00Z")?;
    Ok((
        String::from_utf8(SEALED.to_vec())?,
        sealed.text().to_string(),
    ))
}
