//! An environment and everything that it extends: accepted all together before the first is opened, then laid over each other.

use vault::{
    config::{Environment, FilePath},
    render::{Source, layers, sources},
    sealed::Verified,
    sops::{SopsError, Wanted},
    value::{EnvName, KeyPath, Length, Map, Node},
};

use super::{Locals, Own, Trouble, Workspace, accept::Accepted};
use crate::terminal::Terminal;

/// An accepted file in the order of the layers.
struct Layer<'w> {
    place: Place<'w>,
    accepted: Accepted,
}

/// Whose an accepted file is.
enum Place<'w> {
    Shared(&'w Environment),
    Own(Box<Own<'w>>),
}

impl Place<'_> {
    fn environment(&self) -> &Environment {
        match self {
            Place::Shared(environment) => environment,
            Place::Own(own) => own.environment(),
        }
    }
}

/// The layers of an environment, the lowest first, all accepted and none open.
pub(crate) struct AcceptedLayers<'w, 'c> {
    workspace: &'w Workspace<'c>,
    environment: &'w Environment,
    layers: Vec<Layer<'w>>,
}

/// What the layers of an environment hold, the lowest first: values, or types without values.
pub(crate) struct Layers {
    names: Vec<EnvName>,
    trees: Vec<Node>,
    /// The file of the highest layer, where that is local.
    local: Option<FilePath>,
}

impl<'c> Workspace<'c> {
    /// The layers of an environment: what it extends, itself, and on top what is local.
    ///
    /// What is extended comes from the log where the file is signed. No file is opened before all are accepted.
    ///
    /// # Errors
    /// One of them is not accepted.
    pub(crate) fn layers<'w>(
        &'w self,
        environment: &'w Environment,
        locals: Locals,
    ) -> Result<AcceptedLayers<'w, 'c>, Trouble> {
        let mut layers = self.accepted_layers(environment)?;
        let own = match locals {
            Locals::Taken => self.accept_own(environment)?,
            Locals::Ignored => None,
        };
        layers.extend(own.map(|(own, accepted)| Layer {
            place: Place::Own(Box::new(own)),
            accepted,
        }));
        Ok(AcceptedLayers {
            workspace: self,
            environment,
            layers,
        })
    }

    /// What the layers of an environment hold, without values and all in one tree, where all of them are accepted: what is local does
    /// not count.
    pub(crate) fn shared_shape(&self, environment: &Environment) -> Option<Map> {
        let layers = self.layers(environment, Locals::Ignored).ok()?;
        Some(layers.shapes().ok()?.into_tree())
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
        if found
            .iter()
            .any(|layer| layer.place.environment().name() == name)
        {
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
            place: Place::Shared(environment),
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

impl AcceptedLayers<'_, '_> {
    /// Opens all of them.
    ///
    /// # Errors
    /// The first that does not open.
    pub(crate) fn open(self) -> Result<Layers, Trouble> {
        self.open_wanted(Wanted::Everything)
    }

    /// Opens all of them, and keeps only the values that are wanted.
    ///
    /// # Errors
    /// As `open`.
    pub(crate) fn open_wanted(self, wanted: Wanted<'_>) -> Result<Layers, Trouble> {
        let (workspace, environment) = (self.workspace, self.environment);
        self.into_layers(|Layer { place, accepted }| match &place {
            Place::Own(own) => own.values(accepted, wanted),
            Place::Shared(layer) => workspace
                .values_of(layer, accepted, wanted)
                .map_err(|trouble| as_layer(environment, layer, trouble)),
        })
    }

    /// Their keys and types, without values; needs no identity.
    ///
    /// # Errors
    /// A value whose ciphertext is malformed.
    pub(crate) fn shapes(self) -> Result<Layers, Trouble> {
        let environment = self.environment;
        self.into_layers(|layer| {
            let shape = layer.accepted.verified.file().shape();
            shape.map_err(|error| malformed(environment, &layer, &error))
        })
    }

    /// The lengths of the values of each layer, in the order of its leaves; needs no identity.
    ///
    /// # Errors
    /// A value whose ciphertext is malformed.
    pub(crate) fn lengths(&self) -> Result<Vec<Vec<Length>>, Trouble> {
        let lengths = |layer: &Layer<'_>| {
            let lengths = layer.accepted.verified.file().lengths();
            lengths.map_err(|error| malformed(self.environment, layer, &error))
        };
        self.layers.iter().map(lengths).collect()
    }

    fn into_layers(
        self,
        mut tree: impl FnMut(Layer<'_>) -> Result<Map, Trouble>,
    ) -> Result<Layers, Trouble> {
        let mut layers = Layers {
            names: Vec::new(),
            trees: Vec::new(),
            local: None,
        };
        for layer in self.layers {
            layers.names.push(layer.place.environment().name().clone());
            layers.local = match &layer.place {
                Place::Own(own) => Some(own.environment().file().clone()),
                Place::Shared(_) => None,
            };
            layers.trees.push(Node::Map(tree(layer)?));
        }
        Ok(layers)
    }
}

fn malformed(environment: &Environment, layer: &Layer<'_>, error: &SopsError) -> Trouble {
    let trouble = Trouble::untrusted(error.to_string()).within(layer.place.environment().file());
    match &layer.place {
        Place::Shared(layer) => as_layer(environment, layer, trouble),
        Place::Own(_) => trouble,
    }
}

impl Layers {
    /// All of them in one tree. One layer is not copied to be laid over nothing.
    pub(crate) fn into_tree(mut self) -> Map {
        let tree = match self.trees.len() {
            1 => self.trees.remove(0),
            _ => layers::merge(&self.trees),
        };
        match tree {
            Node::Map(map) => map,
            _ => Map::new(),
        }
    }

    /// Each of them.
    pub(crate) fn trees(&self) -> &[Node] {
        &self.trees
    }

    /// Where every value of the one tree comes from, in its order.
    pub(crate) fn sources(&self) -> Vec<(KeyPath, Source)> {
        sources(&self.trees)
    }

    /// The name of a layer.
    pub(crate) fn name(&self, layer: usize) -> &EnvName {
        &self.names[layer]
    }

    /// Whether a layer is one's own.
    pub(crate) fn is_local(&self, layer: usize) -> bool {
        self.local.is_some() && layer + 1 == self.names.len()
    }

    /// A value's source in words: `dev.local over dev, common`, the nearest first.
    fn told(&self, source: &Source) -> String {
        let over: Vec<&str> = source
            .over
            .iter()
            .rev()
            .map(|at| self.name(*at).as_str())
            .collect();
        match over.as_slice() {
            [] => self.name(source.layer).to_string(),
            over => format!("{} over {}", self.name(source.layer), over.join(", ")),
        }
    }

    /// Says which values are the person's own and nobody else's, so that nobody wonders at them.
    pub(crate) fn tell_local(&self, terminal: Terminal) {
        /// Names that fit into one line.
        const SHOWN: usize = 8;
        let Some(file) = &self.local else { return };
        let paths: Vec<String> = match self.trees.last() {
            Some(tree) => tree
                .leaves()
                .iter()
                .map(|(path, _)| path.to_string())
                .collect(),
            None => return,
        };
        let more = match paths.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = &paths[..paths.len().min(SHOWN)];
        if !shown.is_empty() {
            terminal.say(format!("your own, from {file}: {}{more}", shown.join(", ")));
        }
    }

    /// Where every value comes from, in words.
    pub(crate) fn told_sources(&self) -> ToldSources {
        let told = |(path, source): (KeyPath, Source)| {
            let told = self.told(&source);
            (path, told)
        };
        ToldSources(self.sources().into_iter().map(told).collect())
    }
}

/// Where the values of an environment come from, in words.
pub(crate) struct ToldSources(Vec<(KeyPath, String)>);

impl ToldSources {
    /// Says it of a key and everything below it, a line for each value.
    pub(crate) fn tell(&self, terminal: Terminal, below: &KeyPath) {
        let is_below = |(path, _): &&(KeyPath, String)| path.steps().starts_with(below.steps());
        let told = || self.0.iter().filter(is_below);
        let widths = told().map(|(path, _)| path.to_string().chars().count());
        let width = widths.max().unwrap_or(0);
        for (path, source) in told() {
            let path = path.to_string();
            terminal.say(format!("{path:width$}  {source}"));
        }
    }
}
