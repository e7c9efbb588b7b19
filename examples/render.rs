//! Opens an environment with everything that it extends, and renders it.
//!
//!     cargo run --example render -- fixtures/quickstart dev fixtures/quickstart/alice.txt

use std::{error::Error, fs, path::Path};

use vault::{
    accord::vouches_for,
    config::{Config, Environment},
    keys::{Identity, IdentityFile},
    render::{self, SEPARATOR},
    sealed::{Expected, Opened, Sealed},
    secret::{ExposeSecret, SecretString},
    value::{EnvName, Node},
    vault::{CONFIG, Root},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, environment, identities] = arguments.as_slice() else {
        return Err("usage: render FOLDER ENV IDENTITIES".into());
    };
    let text = dotenv(Path::new(folder), environment, Path::new(identities))?;
    #[allow(clippy::print_stdout, reason = "that is what it is for")]
    {
        print!("{}", text.expose_secret());
    }
    Ok(())
}

/// The `.env` file of an environment.
pub(crate) fn dotenv(
    folder: &Path,
    environment: &str,
    identities: &Path,
) -> Result<SecretString, Box<dyn Error>> {
    let identities = identities_in(&fs::read(identities)?)?;
    let root = Root::find(folder)?;
    let config = root.read(Path::new(CONFIG))?;
    let config = Config::parse(config.text()?)?;
    // `layers` ends with the environment itself, the lowest first.
    let layers: Vec<Node> = config
        .layers(&environment.parse::<EnvName>()?)?
        .into_iter()
        .map(|layer| {
            let opened = opened(&root, &config, layer, &identities)?;
            Ok(Node::Map(opened.tree().clone()))
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    let merged = render::layers::merge(&layers);
    Ok(render::dotenv(&merged, SEPARATOR)?.text)
}

fn identities_in(content: &[u8]) -> Result<Vec<Identity>, Box<dyn Error>> {
    match IdentityFile::parse(content)? {
        IdentityFile::Open(identities) => Ok(identities),
        IdentityFile::Locked(_) => Err("locked: `unlock` opens it with a passphrase".into()),
    }
}

/// All steps of acceptance: a value comes out of `Opened` alone.
fn opened(
    root: &Root,
    config: &Config,
    environment: &Environment,
    identities: &[Identity],
) -> Result<Opened, Box<dyn Error>> {
    let file = root.read(Path::new(environment.file().as_str()))?;
    let expected = Expected {
        repository: config.repository().map_or("", |id| id.as_str()),
        environment: environment.name(),
        signed: environment.is_signed(),
    };
    let verified = Sealed::parse(file.bytes())?.verify(&expected)?;
    if let (Some(policy), Some(signer)) = (verified.policy(), verified.signer()) {
        if !vouches_for(config, policy, signer) {
            return Err(format!("signed by {signer}, whom .vault.yaml does not list").into());
        }
        if policy.extends() != environment.extends() {
            return Err(".vault.yaml wants other layers than the file has".into());
        }
    }
    let key = verified.data_key(identities)?;
    Ok(verified.open(key.ok_or("no identity of these opens the file")?)?)
}
