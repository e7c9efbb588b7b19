//! Reading an environment: the steps of acceptance in their order, then its layers.

use std::path::Path;

use vault::{
    accord::vouches_for,
    config::Environment,
    keys::{Identity, Member, Recipient, VerifyingKey},
    render::layers,
    sealed::{Expected, FormError, Opened, Sealed, Verified},
    value::{EnvName, Map, Name, Node},
    vault::Digest,
};

use super::{Trouble, Workspace, trouble::introduction};
use crate::failure::Exit;

/// A file that passed everything that needs no identity.
pub(crate) struct Accepted {
    /// What is proven.
    pub(crate) verified: Verified,
    /// The bytes that were read.
    pub(crate) digest: Digest,
}

/// An open environment in the order of its layers.
pub(crate) struct Layer {
    /// Which.
    pub(crate) name: EnvName,
    /// Its values.
    pub(crate) opened: Opened,
}

impl Workspace<'_> {
    /// Steps 1 to 4 of acceptance under the config as it was read; `None` where there is no file.
    pub(super) fn accept_as_read(
        &self,
        environment: &Environment,
    ) -> Result<Option<Accepted>, Trouble> {
        let file = environment.file();
        let path = Path::new(file.as_str());
        if !self.root().resolve(path)?.exists() {
            return Ok(None);
        }
        let snapshot = self.root().read(path)?;
        let verified = self
            .verify(environment, snapshot.bytes())
            .map_err(|trouble| trouble.within(file))?;
        Ok(Some(Accepted {
            verified,
            digest: snapshot.digest(),
        }))
    }

    /// Steps 1 to 4 for bytes of a file.
    pub(crate) fn verify(
        &self,
        environment: &Environment,
        bytes: &[u8],
    ) -> Result<Verified, Trouble> {
        let sealed = Sealed::parse(bytes).map_err(|error| unfit(environment, error))?;
        let repository = match (self.config().repository(), sealed.is_signed()) {
            (Some(id), _) => id.as_str(),
            (None, false) => "",
            (None, true) => {
                return Err(Trouble::untrusted(
                    "the file is signed, but .vault.yaml has no `repository`",
                )
                .hint("git log -p .vault.yaml shows who took it out"));
            }
        };
        let expected = Expected {
            repository,
            environment: environment.name(),
            signed: environment.is_signed(),
        };
        let verified = sealed.verify(&expected)?;
        if let (Some(policy), Some(signer)) = (verified.policy(), verified.signer())
            && !vouches_for(self.config(), policy, signer)
        {
            let text = format!("signed by {signer}, whom .vault.yaml does not list with that key");
            return Err(Trouble::untrusted(text)
                .hint("a writer who is listed runs vault sync, or vault sign"));
        }
        Ok(verified)
    }

    /// Steps 1 to 4, where a file is needed.
    pub(crate) fn accept_existing(&self, environment: &Environment) -> Result<Accepted, Trouble> {
        match self.accept(environment)? {
            Some(accepted) => Ok(accepted),
            None => {
                self.refuse_second_birth(environment)?;
                let text = format!(
                    "{} has no file yet: {}",
                    environment.name(),
                    environment.file()
                );
                Err(Trouble::failed(text).hint(format!(
                    "vault set {} KEY makes it with the first value",
                    environment.name()
                )))
            }
        }
    }

    /// Step 6: opens an accepted file with an identity at hand.
    pub(crate) fn open_accepted(
        &self,
        environment: &Environment,
        accepted: Accepted,
    ) -> Result<Opened, Trouble> {
        let identity = self
            .opener(&accepted.verified)?
            .ok_or_else(|| self.nobody_opens(environment, &accepted.verified))?;
        open_with(accepted.verified, identity).map_err(|trouble| trouble.within(environment.file()))
    }

    /// The identity that opens a file, if there is one; may ask for a passphrase.
    pub(crate) fn opener(&self, verified: &Verified) -> Result<Option<&Identity>, Trouble> {
        let recipients: Vec<Recipient> = verified.recipients().filter_map(recipient).collect();
        Ok(self.context().identities().opener(&recipients)?)
    }

    /// The identity that may sign for these writers, if there is one.
    pub(crate) fn signing_identity<'m>(
        &self,
        writers: impl IntoIterator<Item = &'m VerifyingKey>,
    ) -> Result<Option<&Identity>, Trouble> {
        let keys: Vec<VerifyingKey> = writers.into_iter().cloned().collect();
        Ok(self.context().identities().signer(&keys)?)
    }

    pub(crate) fn nobody_opens(&self, environment: &Environment, verified: &Verified) -> Trouble {
        let mut trouble =
            Trouble::failed(format!("no identity of yours opens {}", environment.file()));
        let tried = self.context().identities().tried();
        for identity in &tried {
            trouble = trouble.detail(format!("tried {identity}"));
        }
        if tried.is_empty() {
            trouble = trouble.detail("there is no identity on this machine");
        }
        trouble = trouble.detail(format!(
            "it can be read by {}",
            self.readers(environment, verified).join(", ")
        ));
        introduction(self.own_member().as_ref())
            .into_iter()
            .fold(trouble, Trouble::hint)
    }

    /// Who reads a file: by the log, or for an unsigned file by the config, else by key.
    fn readers(&self, environment: &Environment, verified: &Verified) -> Vec<String> {
        if let Some(policy) = verified.policy() {
            return policy.members().map(|(name, _)| name.to_string()).collect();
        }
        let named = |recipient: &str| {
            let known = environment
                .readers()
                .iter()
                .find(|(_, member)| recipient.starts_with(&member.reads().to_string()));
            known.map_or_else(|| recipient.to_owned(), |(name, _)| name.to_string())
        };
        verified.recipients().map(named).collect()
    }

    /// The line of the person at work, as far as it is known without a passphrase.
    pub(crate) fn own_member(&self) -> Option<Member> {
        let (findings, _) = self.context().identities().findings();
        findings.into_iter().find_map(|finding| finding.member)
    }

    /// The environment and everything that it extends, open, the lowest first. What is extended comes from the log.
    pub(crate) fn layers(&self, environment: &Environment) -> Result<Vec<Layer>, Trouble> {
        let mut found = Vec::new();
        self.add_layer(environment, &mut Vec::new(), &mut found)?;
        Ok(found)
    }

    fn add_layer(
        &self,
        environment: &Environment,
        under_way: &mut Vec<EnvName>,
        found: &mut Vec<Layer>,
    ) -> Result<(), Trouble> {
        let name = environment.name();
        if found.iter().any(|layer| layer.name == *name) {
            return Ok(());
        }
        if under_way.contains(name) {
            return Err(Trouble::untrusted(format!(
                "{name} extends itself, by its membership log"
            ))
            .hint("a writer runs vault sync"));
        }
        under_way.push(name.clone());
        let accepted = self.accept_existing(environment)?;
        for layer in extended(environment, &accepted.verified) {
            self.add_layer(self.layer(environment, &layer)?, under_way, found)?;
        }
        under_way.pop();
        let opened = self.open_accepted(environment, accepted)?;
        found.push(Layer {
            name: name.clone(),
            opened,
        });
        Ok(())
    }

    /// A layer that a log names: it must be there, and signed where the environment is.
    pub(crate) fn layer(
        &self,
        environment: &Environment,
        layer: &EnvName,
    ) -> Result<&Environment, Trouble> {
        let missing = |_| {
            Trouble::untrusted(format!(
                "{} extends {layer}, which .vault.yaml does not have",
                environment.name()
            ))
            .hint("a writer runs vault sync")
        };
        let below = self.config().environment(layer).map_err(missing)?;
        match environment.is_signed() && !below.is_signed() {
            true => Err(Trouble::untrusted(format!(
                "{} is signed, but extends {layer}, which is not",
                environment.name()
            ))),
            false => Ok(below),
        }
    }

    /// The values of an environment and everything that it extends, in one tree.
    pub(crate) fn values(&self, environment: &Environment) -> Result<Map, Trouble> {
        let trees: Vec<Node> = self
            .layers(environment)?
            .iter()
            .map(|layer| Node::Map(layer.opened.tree().clone()))
            .collect();
        Ok(one_tree(&trees))
    }

    /// The keys of an environment and everything that it extends, with types and without values; needs no identity.
    pub(crate) fn shape(&self, environment: &Environment) -> Result<Map, Trouble> {
        let mut trees = Vec::new();
        for (_, accepted) in self.accepted_layers(environment)? {
            let shape = accepted
                .verified
                .file()
                .shape()
                .map_err(|error| Trouble::untrusted(error.to_string()))?;
            trees.push(Node::Map(shape));
        }
        Ok(one_tree(&trees))
    }

    /// The names of an accepted environment's layers, itself last, without opening any.
    pub(crate) fn accepted_layers(
        &self,
        environment: &Environment,
    ) -> Result<Vec<(EnvName, Accepted)>, Trouble> {
        let mut found: Vec<(EnvName, Accepted)> = Vec::new();
        self.add_accepted(environment, &mut Vec::new(), &mut found)?;
        Ok(found)
    }

    fn add_accepted(
        &self,
        environment: &Environment,
        under_way: &mut Vec<EnvName>,
        found: &mut Vec<(EnvName, Accepted)>,
    ) -> Result<(), Trouble> {
        let name = environment.name();
        if found.iter().any(|(known, _)| known == name) || under_way.contains(name) {
            return Ok(());
        }
        under_way.push(name.clone());
        let accepted = self.accept_existing(environment)?;
        for layer in extended(environment, &accepted.verified) {
            self.add_accepted(self.layer(environment, &layer)?, under_way, found)?;
        }
        found.push((name.clone(), accepted));
        Ok(())
    }
}

/// Where a file must be signed, whatever is YAML and yet no sealed file is a matter of integrity.
fn unfit(environment: &Environment, error: FormError) -> Trouble {
    let is_bad_input = matches!(error, FormError::Yaml(_)) || !environment.is_signed();
    let trouble = Trouble::from(error);
    match is_bad_input {
        true => trouble,
        false => Trouble {
            exit: Exit::Untrusted,
            ..trouble
        },
    }
}

/// What an environment extends: by its log where it is signed, else by the config.
fn extended(environment: &Environment, verified: &Verified) -> Vec<EnvName> {
    verified.policy().map_or_else(
        || environment.extends().to_vec(),
        |policy| policy.extends().to_vec(),
    )
}

/// Opens a file with an identity that is one of its recipients.
pub(crate) fn open_with(verified: Verified, identity: &Identity) -> Result<Opened, Trouble> {
    let key = verified.data_key(std::slice::from_ref(identity))?;
    let key = key.ok_or_else(|| Trouble {
        exit: Exit::Untrusted,
        ..Trouble::failed("the entry for your key does not open")
    })?;
    Ok(verified.open(key)?)
}

fn recipient(text: &str) -> Option<Recipient> {
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    words.join(" ").parse().ok()
}

fn one_tree(layers: &[Node]) -> Map {
    match layers::merge(layers) {
        Node::Map(map) => map,
        _ => Map::new(),
    }
}

/// The names of members in one line.
pub(crate) fn names<'m>(members: impl IntoIterator<Item = (&'m Name, &'m Member)>) -> String {
    members
        .into_iter()
        .map(|(name, _)| name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
