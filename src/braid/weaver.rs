//! The text of both sides, written key by key.

use std::{collections::HashMap, ops::Range};

use zeroize::Zeroizing;

use super::{
    comments::{Fates, fates, minus},
    draft,
    level::{Level, Piece, Root, Side},
};
use crate::{
    value::{Map, Node},
    yaml::{
        edit::{Edit, apply},
        lines::{line_start, next_line},
        write::string,
    },
};

/// Base, ours, theirs.
type Nodes<'n> = [Option<&'n Node>; 3];

pub(super) struct Weaver<'w, 'd> {
    base: &'w Side<'d>,
    ours: &'w Side<'d>,
    theirs: &'w Side<'d>,
    out: Zeroizing<String>,
    eol: &'static str,
    /// Comments whose key is gone; they go above the next one.
    carried: Vec<&'d str>,
    /// Whether what was written last is ours as it stands there: then our lines below it cannot become part of it.
    is_ours: bool,
    /// Whether blank lines would become part of what was written last.
    keeps_blank_lines: bool,
}

impl<'w, 'd> Weaver<'w, 'd> {
    pub(super) fn new([base, ours, theirs]: &'w [Side<'d>; 3]) -> Self {
        let (mine, other) = (ours.document, theirs.document);
        let both = mine.text().len() + other.text().len();
        let mut out = Zeroizing::new(String::with_capacity(both * 2));
        if mine.has_bom() {
            out.push('\u{feff}');
        }
        Weaver {
            base,
            ours,
            theirs,
            out,
            eol: mine.eol_at(0),
            carried: Vec::new(),
            is_ours: true,
            keeps_blank_lines: false,
        }
    }

    pub(super) fn finish(self) -> Zeroizing<String> {
        self.out
    }

    pub(super) fn root(
        &mut self,
        [base, ours, theirs]: [&Node; 3],
        merged: &Node,
        before: Option<&Root<'d>>,
        mine: &Root<'d>,
        their: &Root<'d>,
    ) {
        let nodes = [Some(base), Some(ours), Some(theirs)];
        self.out.push_str(self.ours.text(&mine.prelude));
        self.carry_new(
            &mine.prelude,
            &their.prelude,
            before.map(|root| &root.prelude),
        );
        let levels = (before.map(|root| &root.level), &mine.level, &their.level);
        if let Node::Map(merged) = merged {
            self.map(nodes, merged, levels);
        }
        let tail = [
            before.map(|root| &root.tail),
            Some(&mine.tail),
            Some(&their.tail),
        ];
        self.gap(tail, mine.level.column);
        self.carry_new(
            &mine.postlude,
            &their.postlude,
            before.map(|root| &root.postlude),
        );
        self.own_lines(mine.level.column);
        self.out.push_str(self.ours.text(&mine.postlude));
    }

    /// Carries the comments of their range that are new and that ours lacks.
    fn carry_new(
        &mut self,
        ours: &Range<usize>,
        theirs: &Range<usize>,
        base: Option<&Range<usize>>,
    ) {
        let base = base
            .map(|range| self.base.comments(range))
            .unwrap_or_default();
        let new = minus(&self.theirs.comments(theirs), &base);
        self.carried.extend(minus(&new, &self.ours.comments(ours)));
    }

    fn map(
        &mut self,
        nodes: Nodes<'_>,
        merged: &Map,
        (before, mine, their): (Option<&Level<'d>>, &Level<'d>, &Level<'d>),
    ) {
        for key in order(before, mine, their) {
            let old = before.and_then(|level| level.pieces.get(key));
            let pieces = (old, mine.pieces.get(key), their.pieces.get(key));
            match (merged.get(key), pieces) {
                (None, (old, own, new)) => self.gone(old, own, new),
                (Some(_), (_, None, Some(new))) => self.new_key(new, their.column, mine.column),
                (Some(_), (_, Some(own), None)) => {
                    self.gap([None, Some(&own.gap), None], mine.column);
                    self.our_lines(own);
                }
                (Some(merged), (old, Some(own), Some(new))) => {
                    let gaps = [old.map(|piece| &piece.gap), Some(&own.gap), Some(&new.gap)];
                    self.gap(gaps, mine.column);
                    let columns = (mine.column, their.column);
                    let nodes = nodes.map(|node| node?.as_map()?.get(key));
                    self.body(nodes, merged, (old, own, new), columns);
                }
                (Some(_), (_, None, None)) => unreachable!("a merged key is one of ours or theirs"),
            }
        }
    }

    /// A key that goes: what one side wrote above or beside it that was not there before stays.
    fn gone(&mut self, old: Option<&Piece<'d>>, own: Option<&Piece<'d>>, new: Option<&Piece<'d>>) {
        let all = |side: &Side<'d>, piece: Option<&Piece<'d>>| {
            piece
                .map(|piece| side.comments(&piece.whole()))
                .unwrap_or_default()
        };
        let old = all(self.base, old);
        let (own, new) = (all(self.ours, own), all(self.theirs, new));
        self.carried.extend(minus(&own, &old));
        self.carried.extend(minus(&minus(&new, &old), &own));
        self.is_ours = false;
    }

    fn new_key(&mut self, new: &Piece<'d>, from: usize, to: usize) {
        self.gap([None, None, Some(&new.gap)], to);
        self.their_lines(new, self.theirs.text(&new.body), from, to);
    }

    fn our_lines(&mut self, own: &Piece<'d>) {
        self.out.push_str(self.ours.text(&own.body));
        self.is_ours = true;
        self.keeps_blank_lines = own.keeps_blank_lines(self.ours.document);
    }

    fn their_lines(&mut self, new: &Piece<'d>, text: &str, from: usize, to: usize) {
        for line in text.lines() {
            push_moved(&mut self.out, line, from, to);
            self.out.push_str(self.eol);
        }
        self.is_ours = false;
        self.keeps_blank_lines = new.keeps_blank_lines(self.theirs.document);
    }

    /// The comments and blank lines above a key; blank lines are changes like comments.
    fn gap(&mut self, [base, ours, theirs]: [Option<&Range<usize>>; 3], column: usize) {
        let lines = |side: &Side<'d>, range: Option<&Range<usize>>| {
            range.map(|range| side.lines(range)).unwrap_or_default()
        };
        let (old, own, new) = (
            lines(self.base, base),
            lines(self.ours, ours),
            lines(self.theirs, theirs),
        );
        let is_kept = theirs.is_none() || new == old;
        if let Some(range) = ours
            && is_kept
            && self.is_ours
            && self.carried.is_empty()
        {
            self.out.push_str(self.ours.text(range));
            return;
        }
        let merged = match (is_kept, ours.is_none() || own == old) {
            (true, _) => own,
            (false, true) => new,
            (false, false) => both(&old, &own, &new),
        };
        self.own_lines(column);
        for line in merged {
            self.gap_line(line, column);
        }
    }

    fn gap_line(&mut self, line: &str, column: usize) {
        if line.is_empty() && self.keeps_blank_lines {
            return;
        }
        if !line.is_empty() {
            self.out.extend(std::iter::repeat_n(' ', column));
            self.out.push_str(line);
            self.keeps_blank_lines = false;
        }
        self.out.push_str(self.eol);
    }

    /// The carried comments, each on a line of its own.
    fn own_lines(&mut self, column: usize) {
        for comment in std::mem::take(&mut self.carried) {
            self.own_line(comment, column);
        }
    }

    fn own_line(&mut self, comment: &str, column: usize) {
        self.out.extend(std::iter::repeat_n(' ', column));
        self.out.push('#');
        self.out.push_str(comment);
        self.out.push_str(self.eol);
        self.keeps_blank_lines = false;
    }

    /// A key that both have.
    fn body(
        &mut self,
        [base, ours, theirs]: Nodes<'_>,
        merged: &Node,
        (old, own, new): (Option<&Piece<'d>>, &Piece<'d>, &Piece<'d>),
        columns: (usize, usize),
    ) {
        let nodes = [base, ours, theirs];
        if self.nested(nodes, merged, (old, own, new)) {
            return;
        }
        let comments = [
            old.map(|piece| self.base.comments(&piece.body))
                .unwrap_or_default(),
            self.ours.comments(&own.body),
            self.theirs.comments(&new.body),
        ];
        let [before, mine, their] = &comments;
        let is_only_theirs = ours == theirs && mine == before && their != before;
        if Some(merged) == ours && !is_only_theirs {
            let fates = fates(mine, before, their);
            self.above(&fates, columns.0);
            match fates.changed.is_empty() {
                true => self.our_lines(own),
                false => {
                    let text = rewritten(self.ours, &own.body, &fates);
                    self.out.push_str(&text);
                    self.is_ours = true;
                    self.keeps_blank_lines = own.keeps_blank_lines(self.ours.document);
                }
            }
        } else if Some(merged) == theirs {
            let fates = fates(their, before, mine);
            self.above(&fates, columns.0);
            let text = rewritten(self.theirs, &new.body, &fates);
            self.their_lines(new, &text, columns.1, columns.0);
        } else {
            self.anew(own.entry.key, merged, &comments, columns.0);
        }
    }

    fn above(&mut self, fates: &Fates<'d>, column: usize) {
        for comment in &fates.above {
            self.own_line(comment, column);
        }
    }

    /// A map in lines on both sides that began as a map, or as nothing.
    fn nested(
        &mut self,
        nodes: Nodes<'_>,
        merged: &Node,
        (old, own, new): (Option<&Piece<'d>>, &Piece<'d>, &Piece<'d>),
    ) -> bool {
        let began_as_map = nodes[0].is_none_or(|node| node.as_map().is_some());
        let Some(merged) = merged
            .as_map()
            .filter(|map| began_as_map && !map.is_empty())
        else {
            return false;
        };
        let (Some(mine), Some(their)) = (
            Level::below(self.ours.document, own),
            Level::below(self.theirs.document, new),
        ) else {
            return false;
        };
        let before = old.and_then(|old| Level::below(self.base.document, old));
        let head = |piece: &Piece<'d>, level: &Level<'d>| piece.body.start..level.start;
        let (own_head, new_head) = (head(own, &mine), head(new, &their));
        let old_head = old
            .zip(before.as_ref())
            .map(|(piece, level)| head(piece, level));
        let fates = fates(
            &self.ours.comments(&own_head),
            &old_head
                .map(|head| self.base.comments(&head))
                .unwrap_or_default(),
            &self.theirs.comments(&new_head),
        );
        let column = self.ours.document.column_at(
            self.ours.document.items()[own.entry.key_index]
                .range()
                .start,
        );
        self.above(&fates, column);
        let text = rewritten(self.ours, &own_head, &fates);
        self.out.push_str(&text);
        self.is_ours = true;
        self.keeps_blank_lines = false;
        self.map(nodes, merged, (before.as_ref(), &mine, &their));
        true
    }

    /// A value that neither side has as it has to be.
    fn anew(
        &mut self,
        key: &str,
        merged: &Node,
        [before, mine, their]: &[Vec<&'d str>; 3],
        column: usize,
    ) {
        let more = minus(&minus(their, before), mine);
        for comment in mine.iter().chain(&more) {
            self.own_line(comment, column);
        }
        self.out.extend(std::iter::repeat_n(' ', column));
        self.out.push_str(&string(key));
        self.out.push(':');
        draft(merged).push_after_key(&mut self.out, column, self.eol);
        self.out.push_str(self.eol);
        self.is_ours = false;
        self.keeps_blank_lines = false;
    }
}

/// The keys of both in the order in which they are written: ours as they stand, each of theirs behind the one that it follows there, and
/// behind those that we put there.
fn order<'d>(before: Option<&Level<'d>>, mine: &Level<'d>, their: &Level<'d>) -> Vec<&'d str> {
    let mut behind: HashMap<Option<&str>, Vec<&'d str>> = HashMap::new();
    let mut anchor = None;
    for key in their.pieces.keys() {
        match mine.pieces.contains_key(key) {
            true => anchor = Some(*key),
            false => behind.entry(anchor).or_default().push(key),
        }
    }
    let is_new = |key: &&str| {
        before.is_none_or(|level| !level.pieces.contains_key(*key))
            && !their.pieces.contains_key(*key)
    };
    let mut order = behind.remove(&None).unwrap_or_default();
    let mut waiting = Vec::new();
    for key in mine.pieces.keys() {
        if !is_new(key) {
            order.append(&mut waiting);
        }
        order.push(key);
        if let Some(mut keys) = behind.remove(&Some(*key)) {
            waiting.append(&mut keys);
        }
    }
    order.append(&mut waiting);
    order
}

/// Our lines without the comments that they took out, and those that they added.
fn both<'d>(old: &[&str], own: &[&'d str], new: &[&'d str]) -> Vec<&'d str> {
    let of = |lines: &[&'d str]| -> Vec<&'d str> {
        lines
            .iter()
            .filter(|line| !line.is_empty())
            .copied()
            .collect()
    };
    let old: Vec<&str> = old
        .iter()
        .filter(|line| !line.is_empty())
        .copied()
        .collect();
    let (mine, their) = (of(own), of(new));
    let mut gone = minus(&old, &their);
    let mut lines = Vec::new();
    for line in own {
        match gone.iter().position(|gone| gone == line) {
            Some(at) => {
                gone.swap_remove(at);
            }
            None => lines.push(*line),
        }
    }
    lines.extend(minus(&minus(&their, &old), &mine));
    lines
}

/// A piece of a text with other comments; one that goes takes its line along, or the blanks before it.
fn rewritten(side: &Side<'_>, range: &Range<usize>, fates: &Fates<'_>) -> Zeroizing<String> {
    let text = side.document.text();
    let places: Vec<Range<usize>> = side.places(range).collect();
    let edit = |(at, change): &(usize, Option<&str>)| {
        let place = places[*at].clone();
        let (cut, written) = match change {
            Some(comment) => (place, format!("#{comment}")),
            None => (cut(text, place), String::new()),
        };
        Edit::new(cut.start - range.start..cut.end - range.start, written)
    };
    let edits = fates.changed.iter().map(edit).collect();
    apply(side.text(range), edits).expect("comments do not overlap")
}

fn cut(text: &str, comment: Range<usize>) -> Range<usize> {
    let line = line_start(text, comment.start);
    let before = text[line..comment.start].trim_end();
    match before.is_empty() {
        true => line..next_line(text, comment.end),
        false => line + before.len()..comment.end,
    }
}

/// Appends a line that stood in one column where the other one is.
fn push_moved(out: &mut String, line: &str, from: usize, to: usize) {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    if blanks > 0 || !line.is_empty() {
        let column = (blanks + to).saturating_sub(from);
        out.extend(std::iter::repeat_n(' ', column));
    }
    out.push_str(&line[blanks..]);
}
