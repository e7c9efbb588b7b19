//! Which items of one list become which of another.

use std::ops::{Add, Range};

use crate::value::Node;

/// In longer lists than so many comparisons can tell, items of the same position are compared.
const COMPARISONS: usize = 4_000_000;

/// More values in common than so many make no difference.
const VALUES: u32 = 1000;

/// What becomes of the items of a list: what has something in common becomes each other, in its order; the rest goes, or is new.
pub(super) struct Pairing {
    /// The positions of an item before and after.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The positions of those that go.
    pub(super) gone: Vec<usize>,
    /// New ones that follow each other, with the position before which they go in the old list: that of one that stays, or its end.
    pub(super) runs: Vec<(usize, Range<usize>)>,
}

/// What two items, or many pairs of them, have in common: what comes first says more.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Common {
    /// Items that are the same.
    same: u32,
    /// The squares of how many values are the same: many in one pair say more than one in each of many.
    values: u32,
    /// Items of which the other is what is left when it is emptied.
    emptied: u32,
}

impl Add for Common {
    type Output = Common;

    fn add(self, other: Common) -> Common {
        Common {
            same: self.same + other.same,
            values: self.values.saturating_add(other.values),
            emptied: self.emptied + other.emptied,
        }
    }
}

impl Common {
    fn of(old: &Node, new: &Node) -> Self {
        let values = values(old, new).min(VALUES);
        Common {
            same: u32::from(old == new),
            values: values * values,
            emptied: u32::from(is_emptied(old, new)),
        }
    }

    fn is_none(&self) -> bool {
        *self == Common::default()
    }
}

/// Pairs what has most in common; the earlier ones where that is the same.
pub(super) fn pairing(old: &[Node], new: &[Node]) -> Pairing {
    let before = same(old.iter().zip(new));
    let rest = old.len().min(new.len()) - before;
    let after = same(old.iter().rev().zip(new.iter().rev()).take(rest));
    let (old_end, new_end) = (old.len() - after, new.len() - after);
    let middle = partners(&old[before..old_end], &new[before..new_end]).into_iter();
    let middle = middle.map(|(one, two)| (before + one, before + two));
    let ends = (old_end..old.len()).zip(new_end..new.len());
    let pairs: Vec<_> = (0..before).zip(0..).chain(middle).chain(ends).collect();
    let gone = gaps(pairs.iter().map(|pair| pair.0), old.len());
    let runs = gaps(pairs.iter().map(|pair| pair.1), new.len());
    let place = |run: &Range<usize>| {
        let next = pairs.partition_point(|pair| pair.1 < run.start);
        pairs.get(next).map_or(old.len(), |pair| pair.0)
    };
    Pairing {
        gone: gone.into_iter().flatten().collect(),
        runs: runs.into_iter().map(|run| (place(&run), run)).collect(),
        pairs,
    }
}

fn same<'n>(pairs: impl Iterator<Item = (&'n Node, &'n Node)>) -> usize {
    pairs.take_while(|(one, other)| one == other).count()
}

/// What a rising sequence leaves out of the numbers below `end`.
fn gaps(taken: impl Iterator<Item = usize>, end: usize) -> Vec<Range<usize>> {
    let mut from = 0;
    let mut gaps = Vec::new();
    for at in taken.chain([end]) {
        if from < at {
            gaps.push(from..at);
        }
        from = at + 1;
    }
    gaps
}

/// The pairs, in order, that have most in common; none has nothing.
fn partners(old: &[Node], new: &[Node]) -> Vec<(usize, usize)> {
    if old.len() * new.len() > COMPARISONS {
        let pairs = (0..old.len().min(new.len())).map(|at| (at, at));
        return pairs
            .filter(|(at, _)| !Common::of(&old[*at], &new[*at]).is_none())
            .collect();
    }
    let best = best(old, new);
    let (mut row, mut column, mut pairs) = (old.len(), new.len(), Vec::new());
    while row > 0 && column > 0 {
        if best[row][column] == best[row][column - 1] {
            column -= 1;
        } else if best[row][column] == best[row - 1][column] {
            row -= 1;
        } else {
            (row, column) = (row - 1, column - 1);
            pairs.push((row, column));
        }
    }
    pairs.reverse();
    pairs
}

/// How much the first so many of both have in common at most.
fn best(old: &[Node], new: &[Node]) -> Vec<Vec<Common>> {
    let mut best = vec![vec![Common::default(); new.len() + 1]; old.len() + 1];
    for (row, one) in old.iter().enumerate() {
        for (column, other) in new.iter().enumerate() {
            let paired = best[row][column] + Common::of(one, other);
            let left_out = best[row][column + 1].max(best[row + 1][column]);
            best[row + 1][column + 1] = paired.max(left_out);
        }
    }
    best
}

/// How many values two nodes have in common.
fn values(one: &Node, other: &Node) -> u32 {
    match (one, other) {
        (Node::Map(one), Node::Map(other)) => one
            .iter()
            .filter_map(|(key, node)| Some(values(node, other.get(key)?)))
            .sum(),
        (Node::List(one), Node::List(other)) => one
            .iter()
            .zip(other)
            .map(|(one, other)| values(one, other))
            .sum(),
        (one, other) => u32::from(one == other),
    }
}

/// Whether a node is what is left of another one of which maps and lists are emptied.
fn is_emptied(old: &Node, new: &Node) -> bool {
    match (old, new) {
        (Node::Map(old), Node::Map(new)) => new
            .iter()
            .all(|(key, node)| old.get(key).is_some_and(|old| is_emptied(old, node))),
        (Node::List(_), Node::List(new)) if new.is_empty() => true,
        (old, new) => old == new,
    }
}
