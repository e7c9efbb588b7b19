//! Many values put into an open file in one go, new ones with comments: the text is written and read twice at most, however many there are.

use indexmap::IndexMap;

use super::{
    ChangeError, OpenFile,
    change::{check_node, existing_depth, grow, insert_keys, node_at, put, put_below},
    error::SopsError,
    relist::Changes,
};
use crate::{
    cipher::additional_data,
    value::{KeyPath, Node, Step},
    yaml::write::{Draft, comment},
};

/// A node for a path.
#[derive(Clone, Copy, Debug)]
pub struct Put<'p> {
    /// Where; lists on the way must exist.
    pub path: &'p KeyPath,
    /// What.
    pub node: &'p Node,
    /// Comments for the lines above the key, each without its `#`, where the key is new.
    pub comments: &'p [String],
}

/// New keys of one map, each with what it holds and its comments.
type NewKeys<'p> = IndexMap<String, (Node, &'p [String])>;

impl OpenFile {
    /// Puts nodes at paths, as [`OpenFile::set`] does one. Returns the new keys whose comments found no place: those in flow style, in
    /// maps that do not exist yet, and where the rule of the file leaves comments in clear.
    ///
    /// # Errors
    ///
    /// Every path that is refused, with its reason; then nothing was changed.
    pub fn put_all(&mut self, puts: &[Put<'_>]) -> Result<Vec<KeyPath>, Vec<ChangeError>> {
        self.check_all(puts)?;
        self.put_checked(puts).map_err(|error| vec![error])
    }

    /// Tells what [`OpenFile::put_all`] would refuse.
    ///
    /// # Errors
    ///
    /// Every path that is refused, with its reason.
    pub fn check_all(&self, puts: &[Put<'_>]) -> Result<(), Vec<ChangeError>> {
        let refused = |put: &Put<'_>| {
            let checked = check_node(put.path, put.node);
            checked.and_then(|()| self.check_place(put.path)).err()
        };
        let errors: Vec<ChangeError> = puts.iter().filter_map(refused).collect();
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors),
        }
    }

    pub(super) fn put_checked(&mut self, puts: &[Put<'_>]) -> Result<Vec<KeyPath>, ChangeError> {
        let (mut replaced, mut changes) = (Vec::new(), Changes::default());
        let mut items = Vec::new();
        let mut new: IndexMap<KeyPath, NewKeys<'_>> = IndexMap::new();
        let mut without = Vec::new();
        for put in puts {
            let depth = existing_depth(&self.tree, put.path)?;
            let (known, missing) = put.path.steps().split_at(depth);
            match missing.split_first() {
                None if node_at(&self.tree, known) == Some(put.node) => {}
                None if self.is_among_comments(put.path, put.node) => {
                    self.relist(put.path, put.node, &mut changes)?;
                }
                None => replaced.push(*put),
                Some((Step::Index(_), _)) => items.push(put),
                Some((Step::Key(first), rest)) => {
                    let keys = new.entry(KeyPath::from_steps(known.to_vec())).or_default();
                    add(keys, first, rest, put);
                    if !rest.is_empty() && !put.comments.is_empty() {
                        without.push(put.path.clone());
                    }
                }
            }
        }
        replaced.extend(changes.replaced.iter().map(|(path, node)| Put {
            path,
            node,
            comments: &[],
        }));
        self.replace_all(&replaced)?;
        for (map, key, node) in changes.keys {
            let keys = new.entry(map).or_default();
            keys.insert(key, (node.clone(), &[]));
        }
        without.extend(self.insert_all(new)?);
        self.move_all(changes.moves)?;
        for put in items {
            self.set(put.path, put.node)?;
        }
        Ok(without)
    }

    fn replace_all(&mut self, puts: &[Put<'_>]) -> Result<(), ChangeError> {
        let mut edits = Vec::new();
        for put in puts {
            edits.extend(self.replace(put.path, put.node)?);
        }
        if !edits.is_empty() {
            self.edit(edits)?;
        }
        for one in puts {
            put(&mut self.tree, one.path.steps(), one.node.clone());
        }
        Ok(())
    }

    fn insert_all(
        &mut self,
        new: IndexMap<KeyPath, NewKeys<'_>>,
    ) -> Result<Vec<KeyPath>, ChangeError> {
        let mut without = Vec::new();
        let mut groups = Vec::new();
        for (parent, keys) in &new {
            let mut drafts = Vec::new();
            for (key, (node, comments)) in keys {
                let path = parent.child(Step::Key(key.clone()));
                let draft = self.draft(&path, node)?;
                drafts.push((
                    key.clone(),
                    match self.takes_comments(parent) {
                        _ if comments.is_empty() => draft,
                        true => Draft::Commented(self.sealed(parent, comments)?, Box::new(draft)),
                        false => {
                            without.push(path);
                            draft
                        }
                    },
                ));
            }
            groups.push((parent, drafts));
        }
        // Where a map is the last key of another, both grow at the end of one line: the inner one comes first.
        groups.sort_by_key(|(parent, _)| std::cmp::Reverse(parent.steps().len()));
        let edits: Vec<_> = groups
            .iter()
            .flat_map(|(parent, drafts)| insert_keys(&self.file, parent, drafts))
            .collect();
        if !edits.is_empty() {
            self.edit(edits)?;
        }
        for (parent, keys) in new {
            for (key, (node, _)) in keys {
                put(&mut self.tree, parent.child(Step::Key(key)).steps(), node);
            }
        }
        Ok(without)
    }

    /// Whether a map is written in lines and its comments are encrypted.
    fn takes_comments(&self, map: &KeyPath) -> bool {
        let is_block = self.file.find(map).is_some_and(|map| !map.item().is_flow);
        is_block && self.file.metadata().rule.encrypts(map.keys())
    }

    /// Comments encrypted for the map that they are to stand in.
    fn sealed(&self, map: &KeyPath, comments: &[String]) -> Result<Vec<String>, ChangeError> {
        let aad = additional_data(map.keys());
        let seal = |text: &String| match text.is_empty() {
            true => Ok(String::new()),
            false => self.cipher.encrypt_comment(&comment(text), &aad),
        };
        let sealed: Result<_, _> = comments.iter().map(seal).collect();
        sealed.map_err(|error| ChangeError::Sops(SopsError::file(error)))
    }
}

fn add<'p>(keys: &mut NewKeys<'p>, first: &str, rest: &[Step], put: &Put<'p>) {
    match keys.get_mut(first) {
        Some((node, _)) => put_below(node, rest, put.node.clone()),
        None => {
            let comments = if rest.is_empty() { put.comments } else { &[] };
            let node = grow(rest, put.node.clone());
            keys.insert(first.to_owned(), (node, comments));
        }
    }
}
