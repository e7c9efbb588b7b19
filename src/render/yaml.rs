//! YAML with types, structure and order kept, read alike by YAML 1.1 and 1.2.

use super::{
    Defect, Output, Refusal,
    buffer::{Sink, written},
    dotenv::is_variable_name,
    quote::{Escape, is_unseen, quoted},
    refusal,
};
use crate::{
    secret::SecretString,
    value::{KeyPath, Kind, Map, Node, Scalar},
};

/// Characters of a key: YAML 1.2.2 (7.4.2) allows 1024 from its beginning to the `:`.
const KEY_CHARS: usize = 1000;

/// Words that YAML 1.1 does not take for text.
const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Renders a YAML document in block style, indented by two spaces.
///
/// Text is always in double quotes, so that no reader takes it for something else; everything else is plain and in its
/// canonical spelling.
///
/// # Errors
/// Names every key and value with a NUL, and every key of more than 1000 characters as written.
pub fn yaml(root: &Node) -> Result<SecretString, Refusal> {
    refusal::whole(Output::Yaml, root)?;
    Ok(written(|sink| put(sink, root, 0)))
}

pub(super) fn defect(path: &KeyPath, value: Option<&Scalar>) -> Option<Defect> {
    if path.keys().any(|key| key.contains('\0')) {
        Some(Defect::NulInKey)
    } else if path.keys().any(is_long) {
        Some(Defect::LongKey)
    } else {
        value?.expose().contains('\0').then_some(Defect::Nul)
    }
}

fn is_long(key: &str) -> bool {
    struct Chars(usize);
    impl Sink for Chars {
        fn put(&mut self, text: &str) {
            self.0 += text.chars().count();
        }
    }
    let mut chars = Chars(0);
    put_key(&mut chars, key);
    chars.0 > KEY_CHARS
}

/// Writes a node whose first line is indented already, up to and with its last line feed.
fn put(sink: &mut dyn Sink, node: &Node, depth: usize) {
    match node {
        Node::Scalar(scalar) => put_scalar(sink, scalar),
        Node::Map(map) if map.is_empty() => sink.put("{}\n"),
        Node::List(items) if items.is_empty() => sink.put("[]\n"),
        Node::Map(map) => put_map(sink, map, depth),
        Node::List(items) => put_list(sink, items, depth),
    }
}

fn put_map(sink: &mut dyn Sink, map: &Map, depth: usize) {
    for (at, (key, node)) in map.iter().enumerate() {
        if at > 0 {
            indent(sink, depth);
        }
        put_key(sink, key);
        sink.put(":");
        if is_block(node) {
            sink.put("\n");
            indent(sink, depth + 1);
        } else {
            sink.put(" ");
        }
        put(sink, node, depth + 1);
    }
}

fn put_list(sink: &mut dyn Sink, items: &[Node], depth: usize) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            indent(sink, depth);
        }
        sink.put("- ");
        put(sink, item, depth + 1);
    }
}

fn put_key(sink: &mut dyn Sink, key: &str) {
    let is_word = WORDS.iter().any(|word| word.eq_ignore_ascii_case(key));
    match is_variable_name(key) && !is_word {
        true => sink.put(key),
        false => quoted(sink, key, escape),
    }
}

fn put_scalar(sink: &mut dyn Sink, scalar: &Scalar) {
    match scalar.kind() {
        Kind::Null => sink.put("null"),
        Kind::Str => quoted(sink, scalar.expose(), escape),
        Kind::Bool | Kind::Int | Kind::Float | Kind::Time => sink.put(scalar.expose()),
    }
    sink.put("\n");
}

fn is_block(node: &Node) -> bool {
    match node {
        Node::Scalar(_) => false,
        Node::Map(map) => !map.is_empty(),
        Node::List(items) => !items.is_empty(),
    }
}

fn indent(sink: &mut dyn Sink, depth: usize) {
    (0..depth).for_each(|_| sink.put("  "));
}

fn escape(c: char) -> Option<Escape> {
    Some(match c {
        '"' => Escape::Text("\\\""),
        '\\' => Escape::Text("\\\\"),
        '\n' => Escape::Text("\\n"),
        '\r' => Escape::Text("\\r"),
        '\t' => Escape::Text("\\t"),
        '\u{85}' => Escape::Text("\\N"),
        '\u{a0}' => Escape::Text("\\_"),
        '\u{2028}' => Escape::Text("\\L"),
        '\u{2029}' => Escape::Text("\\P"),
        c if c.is_control() => Escape::Number("\\x", 2),
        // The last two are not printable in YAML.
        c if is_unseen(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => Escape::Number("\\u", 4),
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
    use serde_yaml::Value;

    fn text(root: &Node) -> String {
        yaml(root).unwrap().expose_secret().to_owned()
    }

    #[test]
    fn types_structure_and_order_are_kept() {
        let root = map([
            ("z", s("no")),
            ("empty", map([])),
            ("none", Node::List(vec![])),
            (
                "list",
                Node::List(vec![
                    scalar(Kind::Int, "-5"),
                    map([
                        ("on", scalar(Kind::Bool, "true")),
                        ("b", map([("c", s("d"))])),
                    ]),
                    Node::List(vec![s("e"), Node::List(vec![])]),
                ]),
            ),
            ("float", scalar(Kind::Float, ".inf")),
            ("time", scalar(Kind::Time, "2024-01-01T00:00:00Z")),
            ("a b", Node::Scalar(Scalar::null())),
        ]);
        let expected = r#"z: "no"
empty: {}
none: []
list:
  - -5
  - "on": true
    b:
      c: "d"
  - - "e"
    - []
float: .inf
time: 2024-01-01T00:00:00Z
"a b": null
"#;
        assert_eq!(text(&root), expected);
        assert_eq!(text(&map([])), "{}\n");
    }

    #[test]
    fn keys_that_some_reader_takes_for_something_else_are_quoted() {
        for key in [
            "y", "N", "Yes", "NO", "on", "OFF", "True", "false", "NULL", "~", "123", "1e3", "",
            "a-b", "a: b", "é", "=",
        ] {
            let written = text(&map([(key, s(""))]));
            assert!(written.starts_with('"'), "{written}");
        }
        for key in ["A", "_", "yes_", "nan", "inf", "e1"] {
            assert_eq!(text(&map([(key, s(""))])), format!("{key}: \"\"\n"));
        }
    }

    #[test]
    fn strings_are_escaped_where_yaml_or_a_terminal_needs_it() {
        let nasty = "\"\\\n\r\t\u{8}\u{1b}\u{7f}\u{9b}\u{85}\u{a0}\u{2028}\u{2029}\u{202e}\u{feff}\u{ffff}é🔑";
        assert_eq!(
            text(&s(nasty)),
            r#""\"\\\n\r\t\x08\x1b\x7f\x9b\N\_\L\P\u202e\ufeff\uffffé🔑""#.to_owned() + "\n"
        );
    }

    #[test]
    fn nul_and_keys_that_yaml_cannot_hold_are_refused_all_at_once() {
        let (long, fits) = ("k".repeat(1001), "k".repeat(1000));
        let root = map([
            (&*long, s("")),
            (&*fits, s("")),
            ("b\0", Node::List(vec![])),
            ("c", s("x\0")),
        ]);
        let refusal = yaml(&root).unwrap_err();
        let defects: Vec<_> = refusal
            .offences()
            .iter()
            .map(|offence| offence.defect().clone())
            .collect();
        assert_eq!(defects, [Defect::LongKey, Defect::NulInKey, Defect::Nul]);
        let longest = map([(&*fits, s("v"))]);
        let read: Value = serde_yaml::from_str(&text(&longest)).unwrap();
        assert_eq!(read[fits.as_str()], "v");
    }

    fn is_same(node: &Node, value: &Value) -> bool {
        match (node, value) {
            (Node::Map(map), Value::Mapping(mapping)) => {
                map.len() == mapping.len()
                    && map.iter().zip(mapping).all(|((key, node), (name, value))| {
                        Some(key) == name.as_str() && is_same(node, value)
                    })
            }
            (Node::List(items), Value::Sequence(values)) => {
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
        fn another_reader_finds_the_same_tree_in_the_same_order(root in tree()) {
            let value: Value = serde_yaml::from_str(&text(&root)).unwrap();
            proptest::prop_assert!(is_same(&root, &value), "{}", text(&root));
        }
    }
}
