//! Which items of one list become which of another.

use std::ops::Range;

use crate::value::Node;

/// Longer lists than so many comparisons can tell are paired by position.
const COMPARISONS: usize = 4_000_000;

/// What becomes of the items of a list: as many as can become items of the other one, in their order; what is left over goes, or is new.
pub(super) struct Pairing {
    /// The positions of an item before and after.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The positions of those that go.
    pub(super) gone: Vec<usize>,
    /// New ones that follow each other, with the position before which they go in the old list.
    pub(super) runs: Vec<(usize, Range<usize>)>,
}

/// Pairs what has most in common; the earlier ones where that is the same.
pub(super) fn pairing(old: &[Node], new: &[Node]) -> Pairing {
    let before = same(old.iter().zip(new));
    let rest = old.len().min(new.len()) - before;
    let after = same(old.iter().rev().zip(new.iter().rev()).take(rest));
    let (old_end, new_end) = (old.len() - after, new.len() - after);
    let (old_part, new_part) = (&old[before..old_end], &new[before..new_end]);
    let middle = match old_part.len() <= new_part.len() {
        true => (0..).zip(partners(old_part, new_part)).collect(),
        false => partners(new_part, old_part).into_iter().zip(0..).collect(),
    };
    let middle: Vec<(usize, usize)> = middle;
    let middle = middle.iter().map(|(one, two)| (before + one, before + two));
    let ends = (old_end..old.len()).zip(new_end..new.len());
    let pairs: Vec<_> = (0..before).zip(0..).chain(middle).chain(ends).collect();
    let gone = gaps(pairs.iter().map(|pair| pair.0), old.len());
    let runs = gaps(pairs.iter().map(|pair| pair.1), new.len());
    let is_before = |start: usize| pairs.partition_point(|pair| pair.1 < start);
    Pairing {
        gone: gone.into_iter().flatten().collect(),
        runs: runs
            .into_iter()
            .map(|run| (is_before(run.start), run))
            .collect(),
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

/// For each item of the shorter list one of the longer one, in order.
fn partners(short: &[Node], long: &[Node]) -> Vec<usize> {
    let (rows, columns) = (short.len(), long.len());
    if rows == columns || rows * columns > COMPARISONS {
        return (0..rows).collect();
    }
    // How much the first so many of both have in common at most.
    let mut best = vec![vec![0_u32; columns + 1]; rows + 1];
    for row in 1..=rows {
        for column in row..=columns - (rows - row) {
            let paired = best[row - 1][column - 1] + common(&short[row - 1], &long[column - 1]);
            let left_out = if column > row {
                best[row][column - 1]
            } else {
                0
            };
            best[row][column] = paired.max(left_out);
        }
    }
    let (mut column, mut found) = (columns, vec![0; rows]);
    for row in (1..=rows).rev() {
        while column > row && best[row][column] == best[row][column - 1] {
            column -= 1;
        }
        column -= 1;
        found[row - 1] = column;
    }
    found
}

/// How many values two nodes have in common.
fn common(one: &Node, other: &Node) -> u32 {
    match (one, other) {
        (Node::Map(one), Node::Map(other)) => one
            .iter()
            .filter_map(|(key, node)| Some(common(node, other.get(key)?)))
            .sum(),
        (Node::List(one), Node::List(other)) => one
            .iter()
            .zip(other)
            .map(|(one, other)| common(one, other))
            .sum(),
        (one, other) => u32::from(one == other),
    }
}
