//! Three-way comparison of comments: lists of texts in which one may stand several times.

use std::collections::HashMap;

/// What the first list has more than the second, in its order.
pub(super) fn minus<'c>(list: &[&'c str], other: &[&str]) -> Vec<&'c str> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for text in other {
        *left.entry(text).or_default() += 1;
    }
    let mut is_more = |text: &&&str| match left.get_mut(**text) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    list.iter().filter(|text| is_more(text)).copied().collect()
}

/// Whether one of the wanted is missing.
pub(super) fn lacks(list: &[&str], wanted: &[&str]) -> bool {
    !minus(wanted, list).is_empty()
}

/// What becomes of the comments within a text that is kept when the other side changed its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fates<'c> {
    /// For some of its comments, by their position, another text, or none.
    pub(super) changed: Vec<(usize, Option<&'c str>)>,
    /// Comments that have no place in it.
    pub(super) above: Vec<&'c str>,
}

/// Brings the changes of the other side's comments into those of a text.
pub(super) fn fates<'c>(own: &[&'c str], base: &[&str], other: &[&'c str]) -> Fates<'c> {
    if other == base {
        return Fates::default();
    }
    if own != base {
        return Fates {
            changed: Vec::new(),
            above: minus(&minus(other, base), own),
        };
    }
    if own.len() == other.len() {
        let pairs = own.iter().zip(other).enumerate();
        let differ = pairs.filter(|(_, (own, other))| own != other);
        return Fates {
            changed: differ.map(|(at, (_, other))| (at, Some(*other))).collect(),
            above: Vec::new(),
        };
    }
    let mut gone = minus(base, other);
    let mut changed = Vec::new();
    for (at, text) in own.iter().enumerate() {
        if let Some(found) = gone.iter().position(|gone| gone == text) {
            gone.swap_remove(found);
            changed.push((at, None));
        }
    }
    Fates {
        changed,
        above: minus(other, base),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_less_another_keeps_order_and_counts() {
        assert_eq!(minus(&["a", "b", "a", "c"], &["a", "c", "x"]), ["b", "a"]);
        assert!(lacks(&["a"], &["a", "a"]) && !lacks(&["b", "a"], &["a"]));
    }

    #[test]
    fn comments_changed_on_one_side_are_that_side_s() {
        let none = Fates::default();
        assert_eq!(fates(&["x"], &["a"], &["a"]), none);
        assert_eq!(fates(&["a"], &["a"], &["b"]).changed, [(0, Some("b"))]);
        assert_eq!(fates(&["a", "b"], &["a", "b"], &["b"]).changed, [(0, None)]);
        let both = fates(&["x"], &["a"], &["y"]);
        assert_eq!((both.changed, both.above), (vec![], vec!["y"]));
        assert_eq!(fates(&["x"], &["a"], &["x"]), none);
        assert_eq!(fates(&["a"], &["a"], &["a", "n"]).above, ["n"]);
    }
}
