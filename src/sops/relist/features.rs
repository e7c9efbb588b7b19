//! What tells the items of two lists apart, and how much each of it says.

use std::collections::HashMap;

use crate::value::{KeyPath, Kind, Node, Scalar};

/// A value that one item has, and no other one: a name, an id.
const OWN: u64 = 32;
/// One that several items have.
const SHARED: u64 = 4;
/// A short number that one item has: a small id, or a port by chance.
const OWN_NUMBER: u64 = 2;
/// What says hardly anything: `true`, null, nothing, a short number that several have.
const SLIGHT: u64 = 1;

/// Digits of a number that is short.
const SHORT: usize = 5;

/// The values of the items, each by a number, and what each of them weighs.
pub(super) struct Features {
    old: Vec<Vec<u32>>,
    new: Vec<Vec<u32>>,
    weights: Vec<u64>,
}

impl Features {
    /// The values that an old item and a new one have at the same place.
    pub(super) fn shared(&self, old: usize, new: usize) -> Shared {
        let (mut old, mut new) = (&self.old[old][..], &self.new[new][..]);
        let lengths = (old.len(), new.len());
        let (mut weight, mut count) = (0, 0);
        while let ([one, more @ ..], [other, others @ ..]) = (old, new) {
            if one == other {
                weight += self.weights[*one as usize];
                count += 1;
            }
            (old, new) = (
                if one <= other { more } else { old },
                if other <= one { others } else { new },
            );
        }
        Shared {
            weight,
            has_all_of_old: count == lengths.0,
            has_all_of_new: count == lengths.1,
        }
    }
}

/// What two items share.
pub(super) struct Shared {
    pub(super) weight: u64,
    /// Whether these are all values of the old one.
    pub(super) has_all_of_old: bool,
    /// Whether these are all values of the new one.
    pub(super) has_all_of_new: bool,
}

/// A value that is known by its number.
struct Known<'n> {
    number: u32,
    value: &'n Scalar,
    /// How many items have it, in the old list and in the new one.
    counts: [usize; 2],
}

/// Values by their place in an item and what they are.
type Values<'n> = HashMap<(KeyPath, Kind, &'n str), Known<'n>>;

/// Looks through two lists.
pub(super) fn features(old: &[Node], new: &[Node]) -> Features {
    let mut values = Values::new();
    let old = numbered(old, 0, &mut values);
    let new = numbered(new, 1, &mut values);
    let mut weights = vec![0; values.len()];
    for known in values.values() {
        weights[known.number as usize] = weight(known);
    }
    Features { old, new, weights }
}

fn numbered<'n>(items: &'n [Node], list: usize, values: &mut Values<'n>) -> Vec<Vec<u32>> {
    let number = |item: &'n Node| {
        let mut numbers = Vec::new();
        item.visit_leaves(|path, value| {
            let next = u32::try_from(values.len()).unwrap_or(u32::MAX);
            let place = (KeyPath::from(path), value.kind(), value.expose());
            let known = values.entry(place).or_insert(Known {
                number: next,
                value,
                counts: [0, 0],
            });
            known.counts[list] += 1;
            numbers.push(known.number);
        });
        numbers.sort_unstable();
        numbers
    };
    items.iter().map(number).collect()
}

fn weight(known: &Known<'_>) -> u64 {
    let is_own = known.counts.iter().all(|count| *count <= 1);
    match (is_slight(known.value), is_short_number(known.value), is_own) {
        (true, ..) | (_, true, false) => SLIGHT,
        (_, true, true) => OWN_NUMBER,
        (_, _, false) => SHARED,
        (_, _, true) => OWN,
    }
}

fn is_slight(value: &Scalar) -> bool {
    const WORDS: [&str; 7] = ["true", "false", "yes", "no", "on", "off", "null"];
    let is_word = || {
        WORDS
            .iter()
            .any(|word| value.expose().eq_ignore_ascii_case(word))
    };
    value.is_blank() || value.kind() == Kind::Bool || is_word()
}

fn is_short_number(value: &Scalar) -> bool {
    let text = value.expose();
    text.len() <= SHORT
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight_of(old: &str, new: &str) -> u64 {
        let list = |json: &str| {
            let tree = crate::import::json(&format!("{{\"l\": {json}}}")).unwrap();
            match tree.get("l").unwrap() {
                Node::List(items) => items.clone(),
                _ => panic!("a list"),
            }
        };
        features(&list(old), &list(new)).shared(0, 0).weight
    }

    #[test]
    fn what_one_item_has_weighs_more_than_what_many_have() {
        for (old, new, weight) in [
            (r#"[{"name": "ann"}]"#, r#"[{"name": "ann"}]"#, OWN),
            (r#"[{"name": "ann"}]"#, r#"[{"name": "bob"}]"#, 0),
            (r#"[{"name": "ann"}]"#, r#"[{"user": "ann"}]"#, 0),
            (r#"[{"a": 1}]"#, r#"[{"a": "1"}]"#, 0),
            (
                r#"[{"r": "user"}, {"r": "user"}]"#,
                r#"[{"r": "user"}]"#,
                SHARED,
            ),
            (r#"[{"p": 5432}]"#, r#"[{"p": 5432}]"#, OWN_NUMBER),
            (
                r#"[{"p": "5432"}]"#,
                r#"[{"p": "5432"}, {"p": "5432"}]"#,
                SLIGHT,
            ),
            (
                r#"[{"a": true, "b": null, "c": "", "d": "no"}]"#,
                r#"[{"d": "no", "c": "", "b": null, "a": true}]"#,
                4 * SLIGHT,
            ),
            (r#"[{"l": ["x", "y"]}]"#, r#"[{"l": ["x", "z", "y"]}]"#, OWN),
            (r#"["ann"]"#, r#"["ann"]"#, OWN),
        ] {
            assert_eq!(weight_of(old, new), weight, "{old} {new}");
        }
    }
}
