//! Which items of one list become which of another.

use std::ops::{Add, Range};

use super::features::{Features, features};
use crate::value::Node;

/// In longer lists than so many comparisons can tell, items of the same position are compared.
const COMPARISONS: usize = 4_000_000;

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
    /// The squares of what the same values of a pair weigh: much in one pair says more than little in each of many.
    values: u64,
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
    fn is_none(&self) -> bool {
        *self == Common::default()
    }
}

/// Two lists that are compared item by item.
struct Lists<'n> {
    old: &'n [Node],
    new: &'n [Node],
    features: Features,
}

impl Lists<'_> {
    fn common(&self, row: usize, column: usize) -> Common {
        let (old, new) = (&self.old[row], &self.new[column]);
        let shared = self.features.shared(row, column);
        let has_all = shared.has_all_of_new;
        Common {
            same: u32::from(has_all && shared.has_all_of_old && old == new),
            values: shared.weight.saturating_mul(shared.weight),
            emptied: u32::from(has_all && is_emptied(old, new)),
        }
    }
}

/// Pairs what has most in common; the earlier ones where that is the same. The only value of a list becomes the only one of the other.
pub(super) fn pairing(old: &[Node], new: &[Node]) -> Pairing {
    if let ([Node::Scalar(_)], [Node::Scalar(_)]) = (old, new) {
        return Pairing {
            pairs: vec![(0, 0)],
            gone: Vec::new(),
            runs: Vec::new(),
        };
    }
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
    let features = features(old, new);
    let lists = Lists { old, new, features };
    if old.len() * new.len() > COMPARISONS {
        let pairs = (0..old.len().min(new.len())).map(|at| (at, at));
        return pairs
            .filter(|(row, column)| !lists.common(*row, *column).is_none())
            .collect();
    }
    let steps = steps(&lists);
    let (mut row, mut column, mut pairs) = (old.len(), new.len(), Vec::new());
    while row > 0 && column > 0 {
        match steps[(row - 1) * new.len() + column - 1] {
            Back::WithoutNew => column -= 1,
            Back::WithoutOld => row -= 1,
            Back::Paired => {
                (row, column) = (row - 1, column - 1);
                pairs.push((row, column));
            }
        }
    }
    pairs.reverse();
    pairs
}

/// The way back from the last items of two beginnings of lists to what they have most in common: a byte for each of them.
#[derive(Clone, Copy)]
enum Back {
    WithoutNew,
    WithoutOld,
    Paired,
}

/// The way back from each two beginnings of the lists, of the old one after the other. How much they have in common at most is known for the
/// last two of the old list only.
fn steps(lists: &Lists<'_>) -> Vec<Back> {
    let mut steps = Vec::with_capacity(lists.old.len() * lists.new.len());
    let mut above = vec![Common::default(); lists.new.len() + 1];
    let mut best = above.clone();
    for row in 0..lists.old.len() {
        for column in 0..lists.new.len() {
            let paired = above[column] + lists.common(row, column);
            let most = paired.max(above[column + 1]).max(best[column]);
            best[column + 1] = most;
            steps.push(match () {
                () if most == best[column] => Back::WithoutNew,
                () if most == above[column + 1] => Back::WithoutOld,
                () => Back::Paired,
            });
        }
        std::mem::swap(&mut above, &mut best);
    }
    steps
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
