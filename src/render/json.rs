//! JSON with types, structure and order kept.

use super::{
    Defect, Output, Refusal,
    buffer::{Sink, written},
    quote::{Escape, is_unseen, quoted},
    refusal,
};
use crate::{
    secret::SecretString,
    value::{KeyPath, Kind, Node, Scalar},
};

/// Renders a JSON document, indented by two spaces, with a line feed at its end.
///
/// Text and times are strings, ints and floats are numbers in their canonical spelling. Strings are safe to put into HTML and JavaScript:
/// `<`, `>`, `&` and line separators are written by number.
///
/// # Errors
/// Names every value that is not a finite number, and every key and value with a NUL.
pub fn json(root: &Node) -> Result<SecretString, Refusal> {
    refusal::whole(Output::Json, root)?;
    Ok(written(|sink| {
        put(sink, root, 0);
        sink.put("\n");
    }))
}

pub(super) fn defect(path: &KeyPath, value: Option<&Scalar>) -> Option<Defect> {
    if path.keys().any(|key| key.contains('\0')) {
        return Some(Defect::NulInKey);
    }
    let value = value?;
    let is_finite = !value.expose().ends_with(['n', 'f']);
    match value.kind() {
        Kind::Float if !is_finite => Some(Defect::NotFinite),
        _ => value.expose().contains('\0').then_some(Defect::Nul),
    }
}

fn put(sink: &mut dyn Sink, node: &Node, depth: usize) {
    match node {
        Node::Scalar(scalar) => put_scalar(sink, scalar),
        Node::Map(map) => enclosed(sink, ["{", "}"], map.iter(), depth, |sink, (key, node)| {
            quoted(sink, key, escape);
            sink.put(": ");
            put(sink, node, depth + 1);
        }),
        Node::List(items) => enclosed(sink, ["[", "]"], items.iter(), depth, |sink, item| {
            put(sink, item, depth + 1);
        }),
    }
}

fn put_scalar(sink: &mut dyn Sink, scalar: &Scalar) {
    match scalar.kind() {
        Kind::Null => sink.put("null"),
        Kind::Bool | Kind::Int | Kind::Float => sink.put(scalar.expose()),
        Kind::Time | Kind::Str => quoted(sink, scalar.expose(), escape),
    }
}

/// Writes parts between brackets, each on its own line; brackets alone if there is none.
fn enclosed<T>(
    sink: &mut dyn Sink,
    [open, close]: [&str; 2],
    parts: impl Iterator<Item = T>,
    depth: usize,
    part: impl Fn(&mut dyn Sink, T),
) {
    sink.put(open);
    let mut is_empty = true;
    for item in parts {
        sink.put(if is_empty { "" } else { "," });
        is_empty = false;
        line(sink, depth + 1);
        part(sink, item);
    }
    if !is_empty {
        line(sink, depth);
    }
    sink.put(close);
}

fn line(sink: &mut dyn Sink, depth: usize) {
    sink.put("\n");
    (0..depth).for_each(|_| sink.put("  "));
}

fn escape(c: char) -> Option<Escape> {
    Some(match c {
        '"' => Escape::Text("\\\""),
        '\\' => Escape::Text("\\\\"),
        '\n' => Escape::Text("\\n"),
        '\r' => Escape::Text("\\r"),
        '\t' => Escape::Text("\\t"),
        // All of them lie below U+10000: no surrogates are needed.
        '<' | '>' | '&' => Escape::Number("\\u", 4),
        c if is_unseen(c) => Escape::Number("\\u", 4),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        render::tree::{map, s, scalar, tree},
        secret::ExposeSecret,
    };
    use serde_json::Value;

    fn text(root: &Node) -> String {
        json(root).unwrap().expose_secret().to_owned()
    }

    #[test]
    fn types_structure_and_order_are_kept() {
        let root = map([
            ("z", s("0123")),
            ("empty", map([])),
            ("none", Node::List(vec![])),
            (
                "list",
                Node::List(vec![
                    scalar(Kind::Int, "-5"),
                    map([("on", scalar(Kind::Bool, "true"))]),
                ]),
            ),
            ("float", scalar(Kind::Float, "1.0")),
            ("time", scalar(Kind::Time, "2024-01-01T00:00:00Z")),
            ("null", Node::Scalar(Scalar::null())),
        ]);
        let expected = r#"{
  "z": "0123",
  "empty": {},
  "none": [],
  "list": [
    -5,
    {
      "on": true
    }
  ],
  "float": 1.0,
  "time": "2024-01-01T00:00:00Z",
  "null": null
}
"#;
        assert_eq!(text(&root), expected);
        assert_eq!(text(&map([])), "{}\n");
    }

    #[test]
    fn strings_are_safe_inside_html_and_on_a_terminal() {
        let nasty =
            "\"\\\n\r\t\u{8}\u{1b}\u{7f}\u{9b}\u{2028}\u{2029}\u{202e}\u{feff}</script>&é🔑";
        assert_eq!(
            text(&s(nasty)),
            r#""\"\\\n\r\t\u0008\u001b\u007f\u009b\u2028\u2029\u202e\ufeff\u003c/script\u003e\u0026é🔑""#.to_owned() + "\n"
        );
    }

    #[test]
    fn what_json_has_no_number_for_and_nul_are_refused_all_at_once() {
        let root = map([
            (
                "a",
                Node::List(vec![
                    scalar(Kind::Float, ".nan"),
                    scalar(Kind::Float, "-.inf"),
                ]),
            ),
            ("fine", s(".inf")),
            ("b\0", map([])),
            ("c", s("x\0")),
        ]);
        let refusal = json(&root).unwrap_err();
        let defects: Vec<_> = refusal
            .offences()
            .iter()
            .map(|offence| offence.defect().clone())
            .collect();
        assert_eq!(
            defects,
            [
                Defect::NotFinite,
                Defect::NotFinite,
                Defect::NulInKey,
                Defect::Nul
            ]
        );
    }

    fn is_same(node: &Node, value: &Value) -> bool {
        match (node, value) {
            (Node::Map(map), Value::Object(object)) => {
                map.len() == object.len()
                    && map.iter().all(|(key, node)| {
                        object.get(key).is_some_and(|value| is_same(node, value))
                    })
            }
            (Node::List(items), Value::Array(values)) => {
                items.len() == values.len()
                    && items
                        .iter()
                        .zip(values)
                        .all(|(item, value)| is_same(item, value))
            }
            (Node::Scalar(scalar), value) => match scalar.kind() {
                Kind::Null => value.is_null(),
                Kind::Bool => Some(scalar.expose() == "true") == value.as_bool(),
                Kind::Int => scalar.expose().parse().ok() == value.as_i64(),
                Kind::Float => scalar.expose().parse().ok() == value.as_f64(),
                Kind::Time | Kind::Str => Some(scalar.expose()) == value.as_str(),
            },
            _ => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn another_reader_finds_the_same_tree(root in tree()) {
            let value: Value = serde_json::from_str(&text(&root)).unwrap();
            proptest::prop_assert!(is_same(&root, &value), "{}", text(&root));
        }
    }
}
