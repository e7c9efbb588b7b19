//! Which items of one list become which of another.

use std::{
    collections::HashMap,
    ops::{Add, Range},
};

use super::features::{Features, OWN, SHARED, Shared, features};
use crate::value::Node;

/// In longer lists than so many comparisons can tell, items of the same position are compared, and with those that have a value of their own in common.
const COMPARISONS: usize = 4_000_000;

/// What becomes of the items of a list: what has more in common with each other than with anything else becomes each other, in its order;
/// the rest goes, or is new.
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
            values: match tells(shared) {
                true => shared.weight.saturating_mul(shared.weight),
                false => 0,
            },
            emptied: u32::from(has_all && is_emptied(old, new)),
        }
    }
}

/// Whether what two items share makes one of them the other: a flag or a short number alone does not, unless one of them has nothing else.
fn tells(shared: Shared) -> bool {
    shared.most >= SHARED || shared.has_all_of_old || shared.has_all_of_new
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
        return in_place(&lists);
    }
    let steps = steps(&Choices::of(&lists), new.len());
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

/// The items of the same position that become each other: those that are the same, and those with a value in common that nothing else has,
/// where neither has more in common with an item of another position that has such a value of it.
fn in_place(lists: &Lists<'_>) -> Vec<(usize, usize)> {
    let mut most = HashMap::new();
    for (row, column) in lists.features.own() {
        let common = lists.common(row, column);
        for place in [(0, row), (1, column)] {
            let most = most.entry(place).or_insert(common);
            *most = common.max(*most);
        }
    }
    let is_most = |place, common: &Common| most.get(&place).is_none_or(|most| most <= common);
    let becomes = |at: &usize| {
        let common = lists.common(*at, *at);
        let is_own = common.same > 0 || lists.features.shared(*at, *at).most >= OWN;
        is_own && is_most((0, *at), &common) && is_most((1, *at), &common)
    };
    let places = 0..lists.old.len().min(lists.new.len());
    places.filter(becomes).map(|at| (at, at)).collect()
}

/// What each old item may become: the new ones that have more in common with it than all others, and with which no other old one has more.
struct Choices {
    /// How much each old item has in common with them.
    most: Vec<Common>,
    /// Where they stand, in order.
    columns: Vec<Vec<usize>>,
}

impl Choices {
    fn of(lists: &Lists<'_>) -> Choices {
        let mut most = vec![Common::default(); lists.old.len()];
        let mut most_of_new = vec![Common::default(); lists.new.len()];
        let mut columns = vec![Vec::new(); lists.old.len()];
        for (row, (most, columns)) in most.iter_mut().zip(&mut columns).enumerate() {
            for (column, most_of_new) in most_of_new.iter_mut().enumerate() {
                let common = lists.common(row, column);
                *most_of_new = common.max(*most_of_new);
                if common > *most {
                    *most = common;
                    columns.clear();
                }
                if common == *most && !common.is_none() {
                    columns.push(column);
                }
            }
        }
        for (most, columns) in most.iter().zip(&mut columns) {
            columns.retain(|column| most_of_new[*column] == *most);
        }
        Choices { most, columns }
    }
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
fn steps(choices: &Choices, width: usize) -> Vec<Back> {
    let mut steps = Vec::with_capacity(choices.most.len() * width);
    let mut above = vec![Common::default(); width + 1];
    let mut best = above.clone();
    for (common, columns) in choices.most.iter().zip(&choices.columns) {
        let mut columns = columns.iter().peekable();
        for column in 0..width {
            let without = above[column + 1].max(best[column]);
            let paired = columns.next_if(|next| **next == column);
            let most = paired.map_or(without, |_| without.max(above[column] + *common));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Servers with a name and a password of their own, and a port and a region that many have.
    fn servers(order: &[usize], password: &str) -> Vec<Node> {
        let server = |at: &usize| {
            let scalar = |text: String| Node::Scalar(crate::value::Scalar::str(&text));
            let entries = [
                ("name", format!("s{at}")),
                ("pw", format!("{password}{at}")),
                ("port", format!("{}", 443 + at % 2)),
                ("region", format!("region {}", at % 3)),
            ];
            let entries = entries.map(|(key, text)| (key.to_owned(), scalar(text)));
            Node::Map(entries.into_iter().collect())
        };
        order.iter().map(server).collect()
    }

    /// The numbers of a list in another order, its first and last one too.
    fn shuffled(count: usize) -> Vec<usize> {
        (0..count).map(|at| (at * 769 + 5) % count).collect()
    }

    #[test]
    fn shuffled_items_become_themselves_only_however_many_they_are() {
        for count in [7, 100, 2_050] {
            let order = shuffled(count);
            let old: Vec<_> = (0..count).collect();
            for password in ["p", "new"] {
                let pairing = pairing(&servers(&old, "p"), &servers(&order, password));
                let wrong = pairing.pairs.iter().find(|(row, at)| *row != order[*at]);
                assert_eq!(wrong, None, "{count} {password}");
            }
        }
    }

    #[test]
    fn items_that_change_in_their_place_stay_however_many_they_are() {
        for count in [7, 2_050] {
            let old: Vec<_> = (0..count).collect();
            let pairing = pairing(&servers(&old, "p"), &servers(&old, "new"));
            assert_eq!(pairing.pairs.len(), count);
        }
    }
}
