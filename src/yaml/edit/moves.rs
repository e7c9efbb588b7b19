//! Where the bytes of a changed text stood before.

use std::ops::Range;

use super::Edit;

/// What edits do to places; holds none of their texts.
pub struct Moves(Vec<(Range<usize>, usize)>);

impl Moves {
    /// Of edits that do not overlap.
    pub fn of(edits: &[Edit]) -> Self {
        let lengths = edits
            .iter()
            .map(|edit| (edit.range.clone(), edit.text.len()));
        let mut moves: Vec<_> = lengths.collect();
        moves.sort_by_key(|(range, _)| (range.start, range.end));
        Moves(moves)
    }

    /// Where a byte of the changed text stood; for one that is new, where it was put.
    pub fn origin(&self, offset: usize) -> usize {
        let (mut before, mut after) = (0, 0);
        for (range, length) in &self.0 {
            let kept = range.start - before;
            if offset < after + kept {
                break;
            }
            after += kept;
            if offset < after + length {
                return range.start;
            }
            after += length;
            before = range.end;
        }
        before + (offset - after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::edit::apply;

    #[test]
    fn every_byte_that_stays_is_found_where_it_stood() {
        let text = "a: one\nb: two\nc: 3\n";
        let edits = vec![
            Edit::new(10..13, "x"),
            Edit::new(3..6, "longer"),
            Edit::new(14..14, "new: 1\n"),
            Edit::new(14..19, ""),
        ];
        let moves = Moves::of(&edits);
        let changed = apply(text, edits).unwrap();
        assert_eq!(&*changed, "a: longer\nb: x\nnew: 1\n");
        let origins: Vec<usize> = (0..=changed.len()).map(|at| moves.origin(at)).collect();
        assert_eq!(origins[..3], [0, 1, 2]);
        assert_eq!(origins[3..9], [3; 6]);
        assert_eq!(origins[9..13], [6, 7, 8, 9]);
        assert_eq!(origins[13..16], [10, 13, 14]);
        assert_eq!(origins[changed.len()], text.len());
    }
}
