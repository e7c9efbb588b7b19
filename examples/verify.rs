//! Verifies an environment without any private key, as a reviewer or a hook would.
//!
//!     cargo run --example verify -- fixtures/quickstart prod

use std::{error::Error, path::Path};

use vault::{
    accord::{Drift, vouches_for},
    config::{Config, Environment},
    sealed::{Expected, Sealed, Verified},
    value::EnvName,
    vault::{CONFIG, Root},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, environment] = arguments.as_slice() else {
        return Err("usage: verify FOLDER ENV".into());
    };
    #[allow(clippy::print_stdout, reason = "that is what it is for")]
    {
        print!("{}", report(Path::new(folder), environment)?);
    }
    Ok(())
}

/// Who signed the file of an environment, who can read it, and how `.vault.yaml` would have it.
pub(crate) fn report(folder: &Path, environment: &str) -> Result<String, Box<dyn Error>> {
    let root = Root::find(folder)?;
    let config = root.read(Path::new(CONFIG))?;
    let config = Config::parse(config.text()?)?;
    let environment = config.environment(&environment.parse::<EnvName>()?)?;
    let verified = verified(&root, &config, environment)?;
    let (Some(signer), Some(policy)) = (verified.signer(), verified.policy()) else {
        return Ok("not signed, as .vault.yaml says\n".to_owned());
    };
    let mut report = format!("signed by {signer}\n");
    for (name, member) in policy.members() {
        let may = match member.writes_with() {
            Some(_) => "reads and writes",
            None => "reads",
        };
        report.push_str(&format!("{name} {may}\n"));
    }
    for line in Drift::between(policy, environment).lines() {
        report.push_str(&format!("wanted: {line}\n"));
    }
    Ok(report)
}

/// Steps 1 to 4 of acceptance (`docs/format.md`): none of them needs an identity.
fn verified(
    root: &Root,
    config: &Config,
    environment: &Environment,
) -> Result<Verified, Box<dyn Error>> {
    let file = root.read(Path::new(environment.file().as_str()))?;
    let expected = Expected {
        repository: config.repository().map_or("", |id| id.as_str()),
        environment: environment.name(),
        signed: environment.is_signed(),
    };
    let verified = Sealed::parse(file.bytes())?.verify(&expected)?;
    if let (Some(policy), Some(signer)) = (verified.policy(), verified.signer())
        && !vouches_for(config, policy, signer)
    {
        return Err(format!("signed by {signer}, whom .vault.yaml does not list").into());
    }
    Ok(verified)
}
