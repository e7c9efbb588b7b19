//! What tells the items of two lists apart, and how much each of it says.

use std::collections::HashMap;

use crate::value::{Kind, Node, Scalar, StepRef};

/// A value that one item has, and no other one: a name, an id.
pub(super) const OWN: u64 = 32;
/// One that several items have.
pub(super) const SHARED: u64 = 4;
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
    /// The old and new items that have a value in common which nothing else has.
    pub(super) fn own(&self) -> Vec<(usize, usize)> {
        let is_own = |number: &&u32| self.weights[**number as usize] == OWN;
        let mut olds = HashMap::new();
        for (row, numbers) in self.old.iter().enumerate() {
            olds.extend(numbers.iter().filter(is_own).map(|number| (*number, row)));
        }
        let news = self.new.iter().enumerate();
        news.flat_map(|(column, numbers)| {
            let rows = numbers.iter().filter(is_own);
            rows.filter_map(|number| olds.get(number))
                .map(move |row| (*row, column))
                .collect::<Vec<_>>()
        })
        .collect()
    }

    /// The values that an old item and a new one have at the same keys, wherever in a list.
    pub(super) fn shared(&self, old: usize, new: usize) -> Shared {
        let (mut old, mut new) = (&self.old[old][..], &self.new[new][..]);
        let lengths = (old.len(), new.len());
        let (mut weight, mut most, mut count) = (0, 0, 0);
        while let ([one, more @ ..], [other, others @ ..]) = (old, new) {
            if one == other {
                let one = self.weights[*one as usize];
                weight += one;
                most = one.max(most);
                count += 1;
            }
            (old, new) = (
                if one <= other { more } else { old },
                if other <= one { others } else { new },
            );
        }
        Shared {
            weight,
            most,
            has_all_of_old: count == lengths.0,
            has_all_of_new: count == lengths.1,
        }
    }
}

/// What two items share.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    pub(super) weight: u64,
    /// What the one weighs that says most.
    pub(super) most: u64,
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

/// Values by the way to them, without positions in lists, and what they are.
type Values<'n> = HashMap<(Vec<Option<&'n str>>, Kind, &'n str), Known<'n>>;

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
    let mut last = HashMap::new();
    let numbers = |(at, item): (usize, &'n Node)| {
        let mut numbers = Vec::new();
        item.visit_leaves(|path, value| {
            let next = u32::try_from(values.len()).unwrap_or(u32::MAX);
            let place = (way(path), value.kind(), value.expose());
            let known = values.entry(place).or_insert(Known {
                number: next,
                value,
                counts: [0, 0],
            });
            // An item that has it twice counts once.
            if last.insert(known.number, at) != Some(at) {
                known.counts[list] += 1;
            }
            numbers.push(known.number);
        });
        numbers.sort_unstable();
        numbers
    };
    items.iter().enumerate().map(numbers).collect()
}

/// The keys of a path, and nothing for each position in a list.
fn way<'n>(path: &[StepRef<'n>]) -> Vec<Option<&'n str>> {
    let key = |step: &StepRef<'n>| match *step {
        StepRef::Key(key) => Some(key),
        StepRef::Index(_) => None,
    };
    path.iter().map(key).collect()
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
            (
                r#"[{"l": ["x", "y"]}]"#,
                r#"[{"l": ["z", "x", "y"]}]"#,
                2 * OWN,
            ),
            (r#"[["x", "y"]]"#, r#"[["y"]]"#, OWN),
            (r#"[["x"]]"#, r#"["x"]"#, 0),
            (r#"[["x", "x"]]"#, r#"[["x", "y"]]"#, OWN),
            (r#"[["x"], ["x"]]"#, r#"[["x"]]"#, SHARED),
            (r#"["ann"]"#, r#"["ann"]"#, OWN),
        ] {
            assert_eq!(weight_of(old, new), weight, "{old} {new}");
        }
    }
}
