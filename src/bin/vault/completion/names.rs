//! The names that a vault has, read without any proof: for a person who then chooses one.

use std::{collections::HashSet, path::Path};

use vault::{
    config::{Config, Environment},
    render::{self, SEPARATOR},
    sops,
    value::{EnvName, KeyPath},
    vault::{CONFIG, Root},
    yaml::Document,
};

/// The vault around a folder; nothing where there is none, or none that can be read.
pub(super) struct Names(Option<(Root, Config)>);

impl Names {
    pub(super) fn around(folder: &Path) -> Self {
        let find = || {
            let root = Root::find(folder).ok()?;
            let config = root.read(Path::new(CONFIG)).ok()?;
            let config = Config::parse(config.text().ok()?).ok()?;
            Some((root, config))
        };
        Names(find())
    }

    fn config(&self) -> Option<&Config> {
        self.0.as_ref().map(|(_, config)| config)
    }

    /// In the order of the config.
    pub(super) fn environments(&self) -> Vec<String> {
        let all = self.config().into_iter().flat_map(Config::environments);
        all.map(|environment| environment.name().to_string())
            .collect()
    }

    /// Recipients, in byte order.
    pub(super) fn recipients(&self) -> Vec<String> {
        let all = self.config().map(Config::members).into_iter().flatten();
        all.map(|(name, _)| name.to_string()).collect()
    }

    /// The keys of an environment, or of the default one, and of everything that it extends: those that hold a value, then maps and lists.
    pub(super) fn keys(&self, environment: Option<&str>) -> Vec<String> {
        let names = self.all(environment);
        let all = names.values.iter().chain(&names.collections);
        once(all.map(KeyPath::to_string))
    }

    /// Those that hold a value.
    pub(super) fn keys_of_values(&self, environment: Option<&str>) -> Vec<String> {
        once(self.all(environment).values.iter().map(KeyPath::to_string))
    }

    fn all(&self, environment: Option<&str>) -> sops::Names {
        let mut names = sops::Names::default();
        for layer in self.layers(environment).into_iter().flatten() {
            let found = self.names(layer).unwrap_or_default();
            names.values.extend(found.values);
            names.collections.extend(found.collections);
        }
        names
    }

    /// The variables of an environment that change how programs run.
    pub(super) fn reserved(&self, environment: Option<&str>) -> Vec<String> {
        let paths = self.all(environment).values;
        let names = paths.iter().map(|path| render::flat_name(path, SEPARATOR));
        once(names.filter(|name| render::reserved(name) && !name.contains(char::is_control)))
    }

    fn layers(&self, environment: Option<&str>) -> Option<Vec<&Environment>> {
        let config = self.config()?;
        let named = environment.and_then(|name| name.parse::<EnvName>().ok());
        let name = match environment {
            Some(_) => named.as_ref()?,
            None => config.default_environment()?,
        };
        config.layers(name).ok()
    }

    fn names(&self, environment: &Environment) -> Option<sops::Names> {
        let (root, _) = self.0.as_ref()?;
        let file = root.read(Path::new(environment.file().as_str())).ok()?;
        let document = Document::of_ciphertext(file.into_bytes()).ok()?;
        Some(sops::Names::of(&document))
    }
}

/// Each once, where it stood first.
fn once(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}
