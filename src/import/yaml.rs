//! YAML maps as trees: types and order stay, as far as every reader of YAML would see the same.

use thiserror::Error;

use super::spelling::Spelling;
use crate::{
    value::{Kind, Map, Node},
    yaml::{Document, Part, YamlError},
};

/// Why a text is no YAML that can be taken over; never a piece of the text but key names.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum YamlMapError {
    /// It is not YAML as vault reads it.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// It has no keys at the top.
    #[error("not a YAML map: keys are needed")]
    NoMap,
    /// Numbers and times whose spelling would not be kept, each with its place.
    #[error(transparent)]
    Spelling(#[from] Spelling),
}

/// What a YAML text holds.
#[derive(Debug, PartialEq, Eq)]
pub struct YamlMap {
    /// The values.
    pub tree: Map,
    /// Whether there are comments, which are no part of the tree.
    pub has_comments: bool,
}

/// Reads a YAML map.
///
/// # Errors
///
/// Everything that [`Document::parse`] refuses, what is no map, and every number or time that would come back in another spelling: whoever
/// wrote `0123` may have meant a text.
pub fn yaml(text: &str) -> Result<YamlMap, YamlMapError> {
    let document = Document::parse(text)?;
    let Some(root) = document.root() else {
        return Err(YamlMapError::NoMap);
    };
    let mut odd = Vec::new();
    for (at, item) in document.items().iter().enumerate() {
        if item.part == Part::Value {
            let resolved = document.resolve_at(at)?;
            let is_kept = matches!(resolved.kind, Kind::Str | Kind::Null | Kind::Bool)
                || resolved.canonical == document.str_at(at);
            if !is_kept {
                odd.push((document.place_of(at), resolved.kind));
            }
        }
    }
    if !odd.is_empty() {
        return Err(Spelling(odd).into());
    }
    match root.to_node()? {
        Node::Map(tree) => Ok(YamlMap {
            tree,
            has_comments: document
                .items()
                .iter()
                .any(|item| item.part == Part::Comment),
        }),
        _ => Err(YamlMapError::NoMap),
    }
}

impl YamlMapError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            YamlMapError::Yaml(error) => error.hint(),
            YamlMapError::NoMap => "a source has keys at the top: KEY: value",
            YamlMapError::Spelling(spelling) => spelling.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_order_stay() {
        let map = yaml("# c\nb: '5'\na: 5\nc:\n  d: [1.5, yes, ~]\n").unwrap();
        assert!(map.has_comments && !yaml("a: '#'\n").unwrap().has_comments);
        let root = Node::Map(map.tree);
        let kinds: Vec<(String, Kind)> = root
            .leaves()
            .into_iter()
            .map(|(path, scalar)| (path.to_string(), scalar.kind()))
            .collect();
        let kinds: Vec<(&str, Kind)> = kinds
            .iter()
            .map(|(path, kind)| (path.as_str(), *kind))
            .collect();
        assert_eq!(
            kinds,
            [
                ("b", Kind::Str),
                ("a", Kind::Int),
                ("c.d[0]", Kind::Float),
                ("c.d[1]", Kind::Str),
                ("c.d[2]", Kind::Null)
            ]
        );
    }

    #[test]
    fn what_would_not_come_back_is_refused_all_at_once() {
        let error = yaml("a: 0123\nb:\n  - 1_000\n  - 1e3\nc: '0123'\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "3 values in a spelling that would not be kept"
        );
        let YamlMapError::Spelling(spelling) = error else {
            panic!("{error}");
        };
        assert_eq!(
            spelling.details(),
            [
                "1:4: int in a spelling that would not be kept: put it in quotes",
                "3:5: int in a spelling that would not be kept: put it in quotes",
                "4:5: float in a spelling that would not be kept: put it in quotes",
            ]
        );
    }

    #[test]
    fn what_has_no_keys_is_refused() {
        for text in ["", "# only a comment\n"] {
            assert_eq!(yaml(text), Err(YamlMapError::NoMap), "{text}");
        }
        for text in ["[a]", "- a: 1\n", "hunter2\n", "a: &x 1\n"] {
            let error = yaml(text).unwrap_err();
            assert!(matches!(error, YamlMapError::Yaml(_)), "{text}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
