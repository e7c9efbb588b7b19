//! Moves made at once, as many as have nothing to do with each other: so the text is not read anew for each of them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    mem,
};

use super::Move;
use crate::{
    sops::{
        ChangeError, OpenFile,
        change::{node_at, take},
    },
    value::{KeyPath, Map, Node, Step},
    yaml::edit::Edit,
};

/// What is made at once.
#[derive(Default)]
struct Pass {
    edits: Vec<Edit>,
    /// The bytes that they touch: from where to where.
    taken: BTreeMap<usize, usize>,
    /// The lists and maps that change, and how many of each go.
    gone: HashMap<KeyPath, usize>,
    /// Those of which the rest has to wait: what comes later in one counts on what comes before.
    waiting: HashSet<KeyPath>,
}

impl Pass {
    fn add(&mut self, holder: KeyPath, is_out: bool, edits: Vec<Edit>) {
        let ranges = edits.iter().map(|edit| (edit.range.start, edit.range.end));
        for (start, end) in ranges {
            let taken = self.taken.entry(start).or_default();
            *taken = end.max(*taken);
        }
        self.edits.extend(edits);
        *self.gone.entry(holder).or_default() += usize::from(is_out);
    }

    /// Whether no other edit touches these bytes, or writes where one of these does.
    fn has_room(&self, edits: &[Edit]) -> bool {
        edits.iter().all(|edit| {
            let (start, end) = (edit.range.start, edit.range.end);
            let is_free = |(from, to): (&usize, &usize)| {
                (*to <= start || end <= *from) && (*from, *to) != (start, end)
            };
            let before = self.taken.range(..=start).next_back();
            let mut within = self.taken.range(start..=end);
            before.is_none_or(is_free) && within.all(is_free)
        })
    }
}

impl OpenFile {
    /// Puts the new items in and takes away what goes: an item that is too many goes with the comments directly above it.
    ///
    /// # Errors
    ///
    /// As [`OpenFile::set`].
    pub(in crate::sops) fn move_all(
        &mut self,
        mut moves: Vec<Move<'_>>,
    ) -> Result<(), ChangeError> {
        moves.sort_by_cached_key(Move::order);
        while !moves.is_empty() {
            self.free_comments_of_emptied(&moves)?;
            let mut pass = Pass::default();
            let mut now = Vec::new();
            let mut later = Vec::new();
            let depth = moves[0].path().steps().len();
            for one in mem::take(&mut moves) {
                match one.path().steps().len() == depth && self.joins(&mut pass, &one)? {
                    true => now.push(one),
                    false => later.push(one),
                }
            }
            self.edit(pass.edits)?;
            now.iter().for_each(|one| follow(&mut self.tree, one));
            moves = later;
        }
        Ok(())
    }

    /// Puts the comments of lists on lines of their own that are about to lose their last item.
    fn free_comments_of_emptied(&mut self, moves: &[Move<'_>]) -> Result<(), ChangeError> {
        let holder = |one: &Move<'_>| one.path().split_last().map(|(holder, _)| holder);
        let is_in = |one: &&Move<'_>| matches!(one, Move::In(..));
        let growing: HashSet<_> = moves.iter().filter(is_in).filter_map(holder).collect();
        for holder in moves.iter().filter_map(holder) {
            let items = node_at(&self.tree, holder.steps());
            let is_last = matches!(items, Some(Node::List(items)) if items.len() == 1);
            if is_last && !growing.contains(&holder) {
                self.free_comments(&holder)?;
            }
        }
        Ok(())
    }

    /// Adds the edits of a move to those that are made at once, unless it has to wait.
    fn joins(&self, pass: &mut Pass, one: &Move<'_>) -> Result<bool, ChangeError> {
        let missing = || ChangeError::Missing(one.path().clone());
        let (holder, _) = one.path().split_last().ok_or_else(missing)?;
        // Whether it is empty then, or has new items, is seen when all others have gone.
        let is_last = |gone: &usize| match node_at(&self.tree, holder.steps()) {
            Some(Node::List(items)) => items.len() == gone + 1,
            Some(Node::Map(map)) => map.len() == gone + 1,
            _ => false,
        };
        let is_out = matches!(one, Move::Out(_));
        if pass.waiting.contains(&holder) || (is_out && pass.gone.get(&holder).is_some_and(is_last))
        {
            pass.waiting.insert(holder);
            return Ok(false);
        }
        let edits = match one {
            Move::In(path, run) => self.put_items(path, run)?,
            Move::Out(path) => self.removal(path)?,
        };
        let has_room = pass.has_room(&edits);
        match has_room {
            true => pass.add(holder, is_out, edits),
            false => drop(pass.waiting.insert(holder)),
        }
        Ok(has_room)
    }

    fn put_items(&self, path: &KeyPath, run: &[Node]) -> Result<Vec<Edit>, ChangeError> {
        let missing = || ChangeError::Missing(path.clone());
        let Some((list, Step::Index(at))) = path.split_last() else {
            return Err(missing());
        };
        let drafts = run.iter().map(|node| self.draft(&list, node));
        let drafts: Vec<_> = drafts.collect::<Result<_, _>>()?;
        let document = self.file.document();
        let holder = self.file.find(&list).ok_or_else(missing)?;
        let Some(before) = at.checked_sub(1) else {
            let first = self.file.find(path).ok_or_else(missing)?;
            let first = self.file.first_of(holder, first, list.steps());
            return Ok(document.push_items_before(first, &drafts));
        };
        let before = self.file.find(&list.child(Step::Index(before)));
        Ok(document.push_items_after(holder, before, &drafts))
    }
}

/// Makes a move in the tree.
fn follow(tree: &mut Map, one: &Move<'_>) {
    match one {
        Move::In(path, run) => {
            if let Some((list, Step::Index(at))) = path.split_last() {
                insert_items(tree, list.steps(), *at, run);
            }
        }
        Move::Out(path) => take(tree, path.steps()),
    }
}

/// Puts items into a list of the tree, before the one that stands there.
fn insert_items(tree: &mut Map, list: &[Step], at: usize, new: &[Node]) {
    let Some((Step::Key(key), rest)) = list.split_first() else {
        return;
    };
    let Some(found) = tree.get_mut(key) else {
        return;
    };
    if let Some(Node::List(items)) = below(found, rest) {
        items.splice(at..at, new.iter().cloned());
    }
}

fn below<'t>(node: &'t mut Node, steps: &[Step]) -> Option<&'t mut Node> {
    let Some((first, rest)) = steps.split_first() else {
        return Some(node);
    };
    match (node, first) {
        (Node::Map(map), Step::Key(key)) => below(map.get_mut(key)?, rest),
        (Node::List(items), Step::Index(index)) => below(items.get_mut(*index)?, rest),
        _ => None,
    }
}
