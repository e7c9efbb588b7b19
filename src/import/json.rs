//! JSON objects as trees: types and order stay.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

use super::{json_numbers, spelling::Spelling};
use crate::{
    secret::secret,
    value::{Kind, Map, Node, Scalar, number::float_text},
    yaml::{DEPTH_LIMIT, Place},
};

/// Why a text is no JSON that can be taken over; never a piece of the text but key names.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum JsonError {
    /// One thing that is wrong.
    #[error("{place}: {problem}")]
    At {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        problem: JsonProblem,
    },
    /// Numbers that would come back otherwise.
    #[error(transparent)]
    Spelling(#[from] Spelling),
}

/// The reasons.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum JsonProblem {
    /// It does not follow the grammar.
    #[error("not valid JSON")]
    Syntax,
    /// It ends too early.
    #[error("the JSON text ends too early")]
    End,
    /// It is no object.
    #[error("not a JSON object: keys are needed")]
    NoObject,
    /// A key stands twice in an object, or there are too many levels.
    #[error("{0}")]
    Data(String),
}

/// Reads a JSON object.
///
/// # Errors
///
/// What is no JSON object, keys that stand twice in one object, and more than 64 levels, with the place; and every number that would come back in
/// another spelling, as `yaml` does.
pub fn json(text: &str) -> Result<Map, JsonError> {
    refuse_odd_numbers(text)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let node = Tree { depth: 0 }.deserialize(&mut reader);
    match node.and_then(|node| reader.end().map(|()| node)) {
        Ok(Node::Map(map)) => Ok(map),
        Ok(_) => Err(JsonError::At {
            place: Place { line: 1, column: 1 },
            problem: JsonProblem::NoObject,
        }),
        Err(error) => Err(told(&error)),
    }
}

/// What is no JSON is left to whoever says so with its place.
fn refuse_odd_numbers(text: &str) -> Result<(), Spelling> {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Ok(());
    }
    let odd = json_numbers::odd(text);
    match odd.is_empty() {
        true => Ok(()),
        false => Err(Spelling(odd)),
    }
}

/// serde_json's own words hold no piece of the text either, but are not promised to.
fn told(error: &serde_json::Error) -> JsonError {
    let problem = match error.classify() {
        serde_json::error::Category::Eof => JsonProblem::End,
        serde_json::error::Category::Data => {
            let text = error.to_string();
            let words = text
                .rsplit_once(" at line ")
                .map_or(text.as_str(), |(words, _)| words);
            JsonProblem::Data(words.to_owned())
        }
        _ => JsonProblem::Syntax,
    };
    JsonError::At {
        place: Place {
            line: error.line().max(1),
            column: error.column().max(1),
        },
        problem,
    }
}

/// Builds a node; every kind of JSON value is expected, so no error can name one.
#[derive(Clone, Copy)]
struct Tree {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.depth > DEPTH_LIMIT {
            true => Err(D::Error::custom(format!("more than {DEPTH_LIMIT} levels"))),
            false => deserializer.deserialize_any(self),
        }
    }
}

fn scalar<E>(kind: Kind, text: &str) -> Result<Node, E> {
    Ok(Node::Scalar(Scalar::new(kind, secret(text))))
}

impl<'de> Visitor<'de> for Tree {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Scalar::null()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        scalar(Kind::Bool, if value { "true" } else { "false" })
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        scalar(Kind::Int, &value.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Node, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Err(E::custom(
                "a whole number beyond 64 bits with a sign: put it in quotes",
            )),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        scalar(Kind::Float, &float_text(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        scalar(Kind::Str, value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        let below = Tree {
            depth: self.depth + 1,
        };
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Map::new();
        let below = Tree {
            depth: self.depth + 1,
        };
        while let Some(key) = entries.next_key::<String>()? {
            let node = entries.next_value_seed(below)?;
            if map.insert(key.clone(), node).is_some() {
                let path = crate::value::KeyPath::key(&key);
                return Err(A::Error::custom(format!(
                    "the key {path} stands twice in one object"
                )));
            }
        }
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Step;

    fn leaves(text: &str) -> Vec<(String, Kind, String)> {
        let root = Node::Map(json(text).unwrap());
        let leaf = |(path, scalar): (crate::value::KeyPath, &Scalar)| {
            (path.to_string(), scalar.kind(), scalar.expose().to_owned())
        };
        root.leaves().into_iter().map(leaf).collect()
    }

    #[test]
    fn types_and_order_stay() {
        let text = r#"{"b": "0123", "a": 1, "c": {"x": 1.5, "y": 1000.0, "z": -0.0}, "l": [true, null, "😀\u0000\/"], "n": -5}"#;
        let owned =
            |(path, kind, text): (&str, Kind, &str)| (path.to_owned(), kind, text.to_owned());
        assert_eq!(
            leaves(text),
            [
                ("b", Kind::Str, "0123"),
                ("a", Kind::Int, "1"),
                ("c.x", Kind::Float, "1.5"),
                ("c.y", Kind::Float, "1000.0"),
                ("c.z", Kind::Float, "-0.0"),
                ("l[0]", Kind::Bool, "true"),
                ("l[1]", Kind::Null, ""),
                ("l[2]", Kind::Str, "😀\0/"),
                ("n", Kind::Int, "-5"),
            ]
            .map(owned)
        );
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_place_and_without_its_content() {
        for (text, said) in [
            ("", "1:1: the JSON text ends too early"),
            ("{\"a\": \"hunter2", "1:14: the JSON text ends too early"),
            ("{\"a\": hunter2}", "1:7: not valid JSON"),
            ("[1]", "1:1: not a JSON object: keys are needed"),
            ("\"hunter2\"", "1:1: not a JSON object: keys are needed"),
            ("{} hunter2", "1:4: not valid JSON"),
            (
                "{\"a\": 1,\n \"a\": 2}",
                "2:8: the key a stands twice in one object",
            ),
            (
                "{\"a\": 9223372036854775808, \"b\": 1.10}",
                "2 values in a spelling that would not be kept",
            ),
        ] {
            assert_eq!(json(text).unwrap_err().to_string(), said, "{text}");
        }
        let deep = format!("{}{}", "{\"a\":".repeat(70), "1");
        assert!(
            json(&deep)
                .unwrap_err()
                .to_string()
                .ends_with("more than 64 levels")
        );
    }

    #[test]
    fn a_key_is_taken_as_it_is() {
        let map = json("{\"a.b\": 1, \"\": 2}").unwrap();
        assert!(Node::Map(map).get(&[Step::Key("a.b".into())]).is_some());
    }
}
