//! What a person types for a key: `a.b` is the key of that name if there is one, else `b` under `a`.

use std::collections::BTreeSet;

use vault::{
    keys::PrivateKey,
    sops::Reason,
    value::{KeyPath, Kind, Map, Node, Step, near::nearest},
};

use super::Trouble;

/// Finds what a key means in a tree; a key that is not there is taken as a path.
///
/// # Errors
/// No key path, or one that means two things; a private key, typed by mistake.
pub(crate) fn meant(tree: &Map, text: &str) -> Result<KeyPath, Trouble> {
    let literal = KeyPath::key(text);
    let nested = text.parse::<KeyPath>();
    match (tree.get(text).is_some(), nested) {
        (true, Ok(nested)) if nested != literal && find(tree, &nested).is_some() => {
            Err(ambiguous(&literal, &nested))
        }
        (true, _) => Ok(literal),
        (false, _) if PrivateKey::is_meant_by(text.as_bytes()) => Err(Trouble::failed(Reason::KeyForName.to_string())),
        (false, Ok(nested)) => Ok(nested),
        (false, Err(error)) => Err(Trouble::failed(error.to_string()).hint("a key path is like database.password or hosts[0]; other characters stand in double quotes")),
    }
}

/// The keys at the top that what is typed can lead to, in any tree.
pub(crate) fn tops(text: &str) -> Vec<String> {
    let nested = text.parse::<KeyPath>().ok();
    let first = match nested.as_ref().and_then(|path| path.steps().first()) {
        Some(Step::Key(key)) if key != text => Some(key.clone()),
        _ => None,
    };
    [text.to_owned()].into_iter().chain(first).collect()
}

/// What stands at a path; nothing at the empty one.
pub(crate) fn find<'t>(tree: &'t Map, path: &KeyPath) -> Option<&'t Node> {
    match path.steps().split_first()? {
        (Step::Key(key), rest) => tree.get(key)?.get(rest),
        (Step::Index(_), _) => None,
    }
}

/// Refuses a path that leads through a value: a map in its place would hide it.
///
/// # Errors
/// There is a value, which is not null, above the path.
pub(crate) fn refuse_value_above(tree: &Map, path: &KeyPath) -> Result<(), Trouble> {
    let above = above(path).find(|above| {
        let scalar = find(tree, above).and_then(Node::as_scalar);
        scalar.is_some_and(|scalar| scalar.kind() != Kind::Null)
    });
    match above {
        None => Ok(()),
        Some(above) => Err(Trouble::failed(format!(
            "{above} is a value, so there is no place for {path}"
        ))),
    }
}

/// The list that a path leads into first.
pub(crate) fn list_above(tree: &Map, path: &KeyPath) -> Option<KeyPath> {
    above(path).find(|above| matches!(find(tree, above), Some(Node::List(_))))
}

/// The paths that a path leads through, from the root on.
fn above(path: &KeyPath) -> impl Iterator<Item = KeyPath> {
    let steps = path.steps();
    (1..steps.len()).map(|length| KeyPath::from_steps(steps[..length].to_vec()))
}

fn ambiguous(literal: &KeyPath, nested: &KeyPath) -> Trouble {
    let quoted: String = nested.steps().iter().fold(String::new(), |text, step| {
        let dot = if text.is_empty() { "" } else { "." };
        match step {
            Step::Key(key) => format!("{text}{dot}{key:?}"),
            Step::Index(index) => format!("{text}[{index}]"),
        }
    });
    Trouble::failed(format!("{literal} is a key, and {nested} leads to another")).hint(format!(
        "type '{literal}' for the first, '{quoted}' for the other"
    ))
}

/// Every key that can be meant: those of values, and of the maps and lists around them.
fn known(tree: &Map) -> Vec<String> {
    let root = Node::Map(tree.clone());
    let leaves = root.leaves();
    let values = leaves.iter().map(|(path, _)| path.to_string());
    let fronts = leaves.iter().flat_map(|(path, _)| {
        let steps = path.steps();
        (1..steps.len()).map(|length| KeyPath::from_steps(steps[..length].to_vec()).to_string())
    });
    let fronts: BTreeSet<String> = fronts.collect();
    values.chain(fronts).collect()
}

/// Says that a key is not there, with one that is near.
pub(crate) fn missing(tree: &Map, path: &KeyPath, environment: &str) -> Trouble {
    let known = known(tree);
    let trouble = Trouble::failed(format!("{environment} has no key {path}"));
    match nearest(&path.to_string(), known.iter().map(String::as_str)) {
        Some(near) => trouble.hint(format!("did you mean {near}?")),
        None => trouble.hint(format!("vault list {environment} shows the keys")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_no_name_of_a_key_and_a_name_like_one_is() {
        let identity = format!("age-secret-key-1{}", "q".repeat(58));
        for text in [&identity, &format!("a.\"{identity}\"")] {
            let refused = meant(&Map::new(), text).unwrap_err();
            assert!(refused.text.contains("this is a private key"), "{text}");
        }
        assert!(meant(&Map::new(), "age-secret-key-1-of-prod").is_ok());
    }
}
