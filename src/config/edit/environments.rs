//! Environments that come, go, or get another name, in a config as it stands.

use super::{edited, insert_under};
use crate::{
    config::{Config, ConfigError, Environment, FilePath, Former, Local, NewEnvironment, Problem},
    value::EnvName,
    yaml::{
        Document, NodeRef, Part, Style,
        edit::Edit,
        write::{double_quoted, string},
    },
};

/// Writes one more environment behind the others.
///
/// # Errors
///
/// What [`Config::parse`] refuses, before or afterwards: a name or file that is taken, a recipient that is not listed, …;
/// [`Problem::Edit`] when the result would not read as the same config with that environment.
pub fn with_environment(text: &str, new: &NewEnvironment) -> Result<String, ConfigError> {
    let config = Config::parse(text)?;
    let edited = edited(text, |document| insert(document, new)).ok_or(Problem::Edit)?;
    let again = Config::parse(&edited)?;
    let (mut wanted, mut is) = (config, again.clone());
    let added = is.environments.shift_remove(&new.name);
    // Of the same text as before, where a duplicate would have been refused.
    wanted.environments.shift_remove(&new.name);
    match added.is_some_and(|added| new.is(&added)) && is == wanted {
        true => Ok(edited),
        false => Err(Problem::Edit.into()),
    }
}

/// Takes an environment out, with the comments directly above it.
///
/// # Errors
///
/// What [`Config::parse`] refuses, before or afterwards: others extend it, it is the default; [`Problem::Edit`] as above.
pub fn without_environment(text: &str, name: &EnvName) -> Result<String, ConfigError> {
    let mut wanted = Config::parse(text)?;
    wanted.environments.shift_remove(name);
    let edited = edited(text, |document| remove(document, name)).ok_or(Problem::Edit)?;
    match Config::parse(&edited)? == wanted {
        true => Ok(edited),
        false => Err(Problem::Edit.into()),
    }
}

/// Gives an environment another name, also where others extend it and where it is the default.
///
/// A file that `file:` names stays; else its name is that of the environment.
///
/// # Errors
///
/// As [`with_environment`].
pub fn with_environment_renamed(
    text: &str,
    old: &EnvName,
    new: &EnvName,
) -> Result<String, ConfigError> {
    let config = Config::parse(text)?;
    let has_file = Document::parse(text)
        .ok()
        .is_some_and(|document| environment(&document, old).is_some_and(has_own_file));
    let edited = edited(text, |document| rename(document, old, new)).ok_or(Problem::Edit)?;
    let again = Config::parse(&edited)?;
    match again == renamed(config, old, new, has_file) {
        true => Ok(edited),
        false => Err(Problem::Edit.into()),
    }
}

/// Whether a config names a file for an environment, so that it does not move with the name.
///
/// # Errors
///
/// What [`Config::parse`] refuses.
pub fn names_file(text: &str, name: &EnvName) -> Result<bool, ConfigError> {
    Config::parse(text)?;
    let document = Document::parse(text).map_err(|_| Problem::Edit)?;
    Ok(environment(&document, name).is_some_and(has_own_file))
}

fn has_own_file(environment: NodeRef<'_>) -> bool {
    environment.get("file").is_some()
}

fn environment<'d>(document: &'d Document, name: &EnvName) -> Option<NodeRef<'d>> {
    document.root()?.get("environments")?.get(name.as_str())
}

fn insert(document: &Document, new: &NewEnvironment) -> Option<Vec<Edit>> {
    insert_under(document, "environments", new.name.as_str(), &new.draft())
}

fn remove(document: &Document, name: &EnvName) -> Option<Vec<Edit>> {
    let map = document.root()?.get("environments")?;
    Some(document.remove_entry(map, map.entry(name.as_str())?))
}

fn rename(document: &Document, old: &EnvName, new: &EnvName) -> Option<Vec<Edit>> {
    let root = document.root()?;
    let environments = root.get("environments")?;
    let key = environments.entry(old.as_str())?.key_index;
    let layers = environments
        .entries()
        .filter_map(|entry| entry.node.get("extends"));
    let former = root.get("former").into_iter().flat_map(NodeRef::entries);
    let pending = former.filter_map(|entry| entry.node.get("pending"));
    let named = layers
        .chain(root.get("default"))
        .chain(pending)
        .flat_map(|node| node.index()..=node.last_index())
        .filter(|index| document.items()[*index].part == Part::Value)
        .filter(|index| document.str_at(*index) == old.as_str());
    let edit = |index: usize| {
        let item = &document.items()[index];
        let text = match item.style {
            Style::Plain => string(new.as_str()),
            _ => double_quoted(new.as_str()),
        };
        Edit::new(item.range(), text)
    };
    Some(std::iter::once(key).chain(named).map(edit).collect())
}

/// The config with another name for an environment.
fn renamed(config: Config, old: &EnvName, new: &EnvName, has_file: bool) -> Config {
    let other = |name: EnvName| if name == *old { new.clone() } else { name };
    let file = |environment: &Environment| match FilePath::of_environment(new) {
        Ok(file) if environment.name == *old && !has_file => file,
        _ => environment.file.clone(),
    };
    let environments = config.environments.into_iter().map(|(name, environment)| {
        let (file, named) = (file(&environment), other(name.clone()));
        let is_local = environment.local.is_some();
        let environment = Environment {
            local: is_local.then(|| Local::of(&named, &file).ok()).flatten(),
            file,
            name: named,
            extends: environment.extends.into_iter().map(other).collect(),
            ..environment
        };
        (other(name), environment)
    });
    let former = config.former.into_iter().map(|(who, former)| {
        let pending = former.pending.into_iter().map(other).collect();
        (who, Former { pending, ..former })
    });
    Config {
        former: former.collect(),
        environments: environments.collect(),
        default: config.default.map(other),
        ..config
    }
}

#[cfg(test)]
mod tests;
