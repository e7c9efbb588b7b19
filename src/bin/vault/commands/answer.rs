//! The parts of a JSON answer.

use vault::{
    render,
    secret::{ExposeSecret, secret},
    value::{Kind, Map, Node, Scalar},
};

use crate::failure::Failure;

/// A text.
pub(super) fn text(text: impl AsRef<str>) -> Node {
    Node::Scalar(Scalar::str(text.as_ref()))
}

/// A text, or null.
pub(super) fn text_or_null(found: Option<impl AsRef<str>>) -> Node {
    found.map_or_else(|| Node::Scalar(Scalar::null()), text)
}

/// True or false.
pub(super) fn truth(is: bool) -> Node {
    Node::Scalar(Scalar::new(Kind::Bool, secret(&is.to_string())))
}

/// A number, or null.
pub(super) fn number_or_null(found: Option<usize>) -> Node {
    let number = |found: usize| Scalar::new(Kind::Int, secret(&found.to_string()));
    Node::Scalar(found.map_or_else(Scalar::null, number))
}

/// Texts.
pub(super) fn texts(all: impl IntoIterator<Item = impl AsRef<str>>) -> Node {
    Node::List(all.into_iter().map(text).collect())
}

/// An object, its keys in this order.
pub(super) fn object<const N: usize>(entries: [(&str, Node); N]) -> Node {
    let entries = entries.map(|(key, node)| (key.to_owned(), node));
    Node::Map(Map::from_iter(entries))
}

/// As it is printed.
///
/// # Errors
/// None for what this module makes.
pub(super) fn printed(all: &Node) -> Result<String, Failure> {
    Ok(render::json(all)?.expose_secret().to_owned())
}
