//! An environment and everything that it extends: accepted all together before the first is opened, then laid over each other.

use vault::{
    config::Environment,
    render::layers,
    sealed::Verified,
    value::{EnvName, Map, Node},
};

use super::{Trouble, Workspace, accept::Accepted};

/// An accepted file in the order of the layers.
struct Layer<'w> {
    environment: &'w Environment,
    accepted: Accepted,
}

impl Workspace<'_> {
    /// The values of an environment and everything that it extends, in one tree.
    ///
    /// What is extended comes from the log where the file is signed. No file is opened before all are accepted.
    pub(crate) fn values(&self, environment: &Environment) -> Result<Map, Trouble> {
        let mut trees = Vec::new();
        for layer in self.accepted_layers(environment)? {
            let opened = self
                .open_accepted(layer.environment, layer.accepted)
                .map_err(|trouble| as_layer(environment, layer.environment, trouble))?;
            trees.push(Node::Map(opened.into_tree()));
        }
        Ok(one_tree(trees))
    }

    /// The keys of an environment and everything that it extends, with types and without values; needs no identity.
    pub(crate) fn shape(&self, environment: &Environment) -> Result<Map, Trouble> {
        let mut trees = Vec::new();
        for layer in self.accepted_layers(environment)? {
            let shape = layer.accepted.verified.file().shape().map_err(|error| {
                let trouble =
                    Trouble::untrusted(error.to_string()).within(layer.environment.file());
                as_layer(environment, layer.environment, trouble)
            })?;
            trees.push(Node::Map(shape));
        }
        Ok(one_tree(trees))
    }

    /// The files of an environment's layers, the lowest first and itself last, without opening any.
    fn accepted_layers<'w>(
        &'w self,
        environment: &'w Environment,
    ) -> Result<Vec<Layer<'w>>, Trouble> {
        let mut found = Vec::new();
        self.add(environment, &mut Vec::new(), &mut found)
            .map_err(|(layer, trouble)| as_layer(environment, layer, trouble))?;
        Ok(found)
    }

    /// Adds a layer above everything that it extends itself; with an error comes the layer that it is about.
    fn add<'w>(
        &'w self,
        environment: &'w Environment,
        under_way: &mut Vec<&'w EnvName>,
        found: &mut Vec<Layer<'w>>,
    ) -> Result<(), (&'w Environment, Trouble)> {
        let name = environment.name();
        if found.iter().any(|layer| layer.environment.name() == name) {
            return Ok(());
        }
        if under_way.contains(&name) {
            let text = format!("{name} extends itself, by its membership log");
            let trouble = Trouble::untrusted(text).hint("a writer runs vault sync");
            return Err((environment, trouble));
        }
        under_way.push(name);
        let accepted = self
            .accept_existing(environment)
            .map_err(|trouble| (environment, trouble))?;
        for layer in extended(environment, &accepted.verified) {
            let layer = self
                .layer(environment, &layer)
                .map_err(|trouble| (environment, trouble))?;
            self.add(layer, under_way, found)?;
        }
        under_way.pop();
        found.push(Layer {
            environment,
            accepted,
        });
        Ok(())
    }

    /// A layer that a log names: it must be there, and signed where the environment is.
    pub(crate) fn layer(
        &self,
        environment: &Environment,
        layer: &EnvName,
    ) -> Result<&Environment, Trouble> {
        let name = environment.name();
        let below = self.config().environment(layer).map_err(|_| {
            Trouble::untrusted(format!(
                "{name} extends {layer}, which .vault.yaml does not have"
            ))
            .hint(format!("a writer runs vault sync {name}"))
        })?;
        match environment.is_signed() && !below.is_signed() {
            true => Err(Trouble::untrusted(format!(
                "{name} is signed, but extends {layer}, which is not"
            ))
            .hint(format!(
                "vault sign {layer} signs it; or a writer runs vault sync {name}"
            ))),
            false => Ok(below),
        }
    }
}

/// Says of a trouble with a layer whose layer it is.
fn as_layer(environment: &Environment, layer: &Environment, trouble: Trouble) -> Trouble {
    match environment.name() == layer.name() {
        true => trouble,
        false => trouble.within(format!("{} extends {}", environment.name(), layer.name())),
    }
}

/// What an environment extends: by its log where it is signed, else by the config.
fn extended(environment: &Environment, verified: &Verified) -> Vec<EnvName> {
    verified.policy().map_or_else(
        || environment.extends().to_vec(),
        |policy| policy.extends().to_vec(),
    )
}

/// One layer is not copied to be laid over nothing.
fn one_tree(mut layers: Vec<Node>) -> Map {
    let tree = match layers.len() {
        1 => layers.remove(0),
        _ => layers::merge(&layers),
    };
    match tree {
        Node::Map(map) => map,
        _ => Map::new(),
    }
}
