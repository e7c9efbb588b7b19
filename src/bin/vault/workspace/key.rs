//! What a person types for a key: `a.b` is the key of that name if there is one, else `b` under `a`.

use vault::{
    config::suggest::nearest,
    value::{KeyPath, Map, Node},
};

use super::Trouble;

/// Finds what a key means in a tree; a key that is not there is taken as a path.
///
/// # Errors
/// No key path, or one that means two things.
pub(crate) fn meant(tree: &Map, text: &str) -> Result<KeyPath, Trouble> {
    let literal = KeyPath::key(text);
    let nested = text.parse::<KeyPath>();
    let is_there = |path: &KeyPath| Node::Map(tree.clone()).get(path.steps()).is_some();
    match (tree.get(text).is_some(), nested) {
        (true, Ok(nested)) if nested != literal && is_there(&nested) => {
            let text = format!("{literal} is a key, and so is {nested}");
            Err(Trouble::failed(text).hint(format!("put the one you mean in quotes: '{literal}', or '{nested}' with each part in double quotes")))
        }
        (true, _) => Ok(literal),
        (false, Ok(nested)) => Ok(nested),
        (false, Err(error)) => Err(Trouble::failed(error.to_string()).hint("a key path is like database.password or hosts[0]; other characters stand in double quotes")),
    }
}

/// Says that a key is not there, with one that is near.
pub(crate) fn missing(tree: &Map, path: &KeyPath, environment: &str) -> Trouble {
    let known: Vec<String> = Node::Map(tree.clone())
        .leaves()
        .iter()
        .map(|(path, _)| path.to_string())
        .collect();
    let trouble = Trouble::failed(format!("{environment} has no key {path}"));
    match nearest(&path.to_string(), known.iter().map(String::as_str)) {
        Some(near) => trouble.hint(format!("did you mean {near}?")),
        None => trouble.hint(format!("vault list {environment} shows the keys")),
    }
}
