//! Changing an open file: the value where it stands, a new key where a person would put it, everything else as it was.

use thiserror::Error;

use super::{
    File, METADATA_KEY, OpenFile,
    error::{Reason, SopsError},
    open::VALUE_LIMIT,
    put::Put,
};
use crate::{
    cipher::{Ciphertext, additional_data},
    keys::PrivateKey,
    value::{KeyPath, Kind, Map, Node, Scalar, Step, is_format},
    yaml::{DEPTH_LIMIT, edit::Edit, write::Draft},
};

/// Why a change is refused; nothing was changed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ChangeError {
    /// Nothing stands at the path.
    #[error("there is no `{0}`")]
    Missing(KeyPath),
    /// A value stands where a map or list would have to be.
    #[error("`{0}` is a value, it cannot hold keys")]
    ScalarInTheWay(KeyPath),
    /// A position in something that is no list, or a key in a list.
    #[error("`{0}` is no list")]
    NotAList(KeyPath),
    /// A key in a list.
    #[error("`{0}` is a list: write a position in brackets, like [0]")]
    NotAMap(KeyPath),
    /// A position behind the end of a list.
    #[error("that is past the end of the list: the next item is `{path}[{length}]`")]
    PastTheEnd {
        /// The list.
        path: KeyPath,
        /// Its length.
        length: usize,
    },
    /// A key name that could not be written or would fool a reader.
    #[error("the key {path} cannot be used: {why}")]
    Key {
        /// The key.
        path: KeyPath,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// More maps in maps than a file can have.
    #[error("the key lies too deep: at most {DEPTH_LIMIT} levels")]
    TooDeep,
    /// The format or the rule of the file.
    #[error(transparent)]
    Sops(#[from] SopsError),
}

impl OpenFile {
    /// Puts a node at a path; maps and lists on the way are made as needed. Returns whether anything changed.
    ///
    /// # Errors
    ///
    /// See [`ChangeError`]; then nothing was changed.
    pub fn set(&mut self, path: &KeyPath, node: &Node) -> Result<bool, ChangeError> {
        if node_at(&self.tree, path.steps()) == Some(node) {
            return Ok(false);
        }
        check_node(path, node)?;
        let depth = existing_depth(&self.tree, path)?;
        if self.is_among_comments(path, node) {
            let comments = &[];
            let put = Put {
                path,
                node,
                comments,
            };
            return self.put_checked(&[put]).map(|_| true);
        }
        let (known, missing) = path.steps().split_at(depth);
        let edits = match missing.split_first() {
            None => self.replace(path, node)?,
            Some((first, rest)) => {
                let parent = KeyPath::from_steps(known.to_vec());
                let grown = grow(rest, node.clone());
                let draft = self.draft(&parent.child(first.clone()), &grown)?;
                insert(&self.file, &parent, first, draft)
            }
        };
        self.edit(edits)?;
        put(&mut self.tree, path.steps(), node.clone());
        Ok(true)
    }

    /// Tells before there is a value whether one could be put at a path.
    ///
    /// # Errors
    ///
    /// As [`OpenFile::set`], as far as it does not depend on the value.
    pub fn check_place(&self, path: &KeyPath) -> Result<(), ChangeError> {
        check_path(path)?;
        existing_depth(&self.tree, path)?;
        self.check_rule(path)
    }

    /// Tells whether what stands at a path can be put back once it is taken away: not what the rule of the file leaves in clear.
    ///
    /// # Errors
    ///
    /// Names the first such value.
    pub fn check_removal(&self, path: &KeyPath) -> Result<(), ChangeError> {
        let Some(node) = node_at(&self.tree, path.steps()) else {
            return Ok(());
        };
        let leaves = node.leaves().into_iter();
        leaves
            .map(|(below, _)| KeyPath::from_steps([path.steps(), below.steps()].concat()))
            .try_for_each(|leaf| self.check_encrypted(&leaf, Reason::IsClear))
    }

    /// A value that the rule of the file would leave in clear is never written, not even an empty one.
    pub(super) fn check_rule(&self, path: &KeyPath) -> Result<(), ChangeError> {
        self.check_encrypted(path, Reason::WouldBeClear)
    }

    fn check_encrypted(
        &self,
        path: &KeyPath,
        reason: fn(String) -> Reason,
    ) -> Result<(), ChangeError> {
        let metadata = self.file.metadata();
        if metadata.rule.encrypts(path.keys()) {
            return Ok(());
        }
        Err(ChangeError::Sops(SopsError {
            place: None,
            path: Some(path.clone()),
            reason: reason(metadata.rule_in_words()),
        }))
    }

    /// Takes away what stands at a path, with its comments; an emptied map stays as `{}`.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Missing`]; then nothing was changed.
    pub fn unset(&mut self, path: &KeyPath) -> Result<(), ChangeError> {
        let missing = || ChangeError::Missing(path.clone());
        let (parent, last) = path.split_last().ok_or_else(missing)?;
        if matches!(last, Step::Index(0)) && is_only_item(&self.tree, &parent) {
            self.free_comments(&parent)?;
        }
        let edits = self.removal(path)?;
        self.edit(edits)?;
        take(&mut self.tree, path.steps());
        Ok(())
    }

    /// The edits that take away what stands at a path.
    pub(super) fn removal(&self, path: &KeyPath) -> Result<Vec<Edit>, ChangeError> {
        let missing = || ChangeError::Missing(path.clone());
        let (parent, last) = path.split_last().ok_or_else(missing)?;
        let (file, document) = (&self.file, self.file.document());
        let holder = file.find(&parent).ok_or_else(missing)?;
        Ok(match last {
            Step::Key(key) if parent.steps().is_empty() && key == METADATA_KEY => {
                return Err(missing());
            }
            Step::Key(key) => document.remove_entry(holder, holder.entry(key).ok_or_else(missing)?),
            Step::Index(_) => {
                let item = file.find(path).ok_or_else(missing)?;
                let first = file.first_of(holder, item, parent.steps());
                document.remove_items(holder, first, item)
            }
        })
    }

    pub(super) fn replace(&self, path: &KeyPath, node: &Node) -> Result<Vec<Edit>, ChangeError> {
        let document = self.file.document();
        let draft = self.draft(path, node)?;
        let missing = || ChangeError::Missing(path.clone());
        let (parent, last) = path.split_last().ok_or_else(missing)?;
        let found = match last {
            Step::Key(key) => {
                let holder = self.file.find(&parent).ok_or_else(missing)?;
                return Ok(document.replace_entry(holder.entry(key).ok_or_else(missing)?, &draft));
            }
            Step::Index(_) => self.file.find(path),
        };
        Ok(document.replace_item(found.ok_or_else(missing)?, &draft))
    }

    /// A node as it is to be written at a path: encrypted.
    pub(super) fn draft(&self, path: &KeyPath, node: &Node) -> Result<Draft, ChangeError> {
        match node {
            Node::Scalar(scalar) => Ok(Draft::Scalar(self.written(path, scalar)?)),
            Node::Map(map) => {
                let entries = map.iter().map(|(key, node)| {
                    Ok((
                        key.to_owned(),
                        self.draft(&path.child(Step::Key(key.to_owned())), node)?,
                    ))
                });
                Ok(Draft::Map(entries.collect::<Result<_, ChangeError>>()?))
            }
            // Positions do not count in the additional data.
            Node::List(items) => Ok(Draft::List(
                items
                    .iter()
                    .map(|item| self.draft(path, item))
                    .collect::<Result<_, _>>()?,
            )),
        }
    }

    fn written(&self, path: &KeyPath, scalar: &Scalar) -> Result<String, ChangeError> {
        self.check_rule(path)?;
        if scalar.is_blank() {
            return Ok(if scalar.kind() == Kind::Null {
                "null"
            } else {
                "\"\""
            }
            .to_owned());
        }
        let refuse = |reason: Reason| {
            ChangeError::Sops(SopsError {
                place: None,
                path: Some(path.clone()),
                reason,
            })
        };
        self.cipher
            .encrypt(scalar, &additional_data(path.keys()))
            .map_err(|error| refuse(error.into()))
    }
}

fn check_path(path: &KeyPath) -> Result<(), ChangeError> {
    if path.steps().first() == Some(&Step::Key(METADATA_KEY.to_owned())) {
        return Err(SopsError::file(Reason::Reserved).into());
    }
    if path.steps().len() > DEPTH_LIMIT {
        return Err(ChangeError::TooDeep);
    }
    path.steps()
        .iter()
        .try_for_each(|step| check_step(path, step))
}

pub(super) fn check_node(path: &KeyPath, node: &Node) -> Result<(), ChangeError> {
    check_path(path)?;
    for (below, scalar) in node.leaves() {
        for step in below.steps() {
            check_step(
                &KeyPath::from_steps([path.steps(), below.steps()].concat()),
                step,
            )?;
        }
        let refuse = |reason| SopsError {
            place: None,
            path: Some(KeyPath::from_steps([path.steps(), below.steps()].concat())),
            reason,
        };
        if scalar.expose().len() > VALUE_LIMIT {
            return Err(refuse(Reason::ValueTooLarge).into());
        }
        if Ciphertext::looks_like(scalar.expose()) {
            return Err(refuse(Reason::LooksSealed).into());
        }
        if scalar.expose().contains('\0') {
            return Err(refuse(Reason::Nul).into());
        }
    }
    Ok(())
}

fn check_step(path: &KeyPath, step: &Step) -> Result<(), ChangeError> {
    let Step::Key(key) = step else { return Ok(()) };
    if PrivateKey::is_meant_by(key.as_bytes()) {
        return Err(SopsError::file(Reason::KeyForName).into());
    }
    match fault_of(key) {
        None => Ok(()),
        Some(why) => Err(ChangeError::Key {
            path: path.clone(),
            why,
        }),
    }
}

/// Why a key name could not be written or would fool a reader.
pub(super) fn fault_of(key: &str) -> Option<&'static str> {
    match key {
        "" => Some("it is empty"),
        key if key.len() > 255 => Some("it is longer than 255 bytes"),
        key if key.chars().any(|c| c.is_control() || is_format(c)) => {
            Some("it holds a control character")
        }
        key if key.contains('=') => Some("it holds a `=`"),
        key if key.split('/').any(|part| part == "." || part == "..") => {
            Some("it could be taken for a way to another directory")
        }
        "<<" => Some("it is YAML's merge key"),
        _ => None,
    }
}

pub(super) fn node_at<'t>(tree: &'t Map, steps: &[Step]) -> Option<&'t Node> {
    match steps.split_first() {
        Some((Step::Key(key), rest)) => tree.get(key)?.get(rest),
        _ => None,
    }
}

/// Whether a list has one item.
fn is_only_item(tree: &Map, list: &KeyPath) -> bool {
    matches!(node_at(tree, list.steps()), Some(Node::List(items)) if items.len() == 1)
}

/// How many steps of a path exist; the node there can take the next one.
pub(super) fn existing_depth(tree: &Map, path: &KeyPath) -> Result<usize, ChangeError> {
    let steps = path.steps();
    let root_is_entered = matches!(steps.first(), Some(Step::Key(_)));
    if !root_is_entered {
        return Err(ChangeError::NotAList(KeyPath::default()));
    }
    for depth in 1..steps.len() {
        let here = KeyPath::from_steps(steps[..depth].to_vec());
        match (node_at(tree, &steps[..depth]), &steps[depth]) {
            (None, _) => return new_lists_begin_at_0(steps, depth).map(|()| depth - 1),
            (Some(Node::Scalar(_)), _) => return Err(ChangeError::ScalarInTheWay(here)),
            (Some(Node::Map(_)), Step::Index(_)) => return Err(ChangeError::NotAList(here)),
            (Some(Node::List(_)), Step::Key(_)) => return Err(ChangeError::NotAMap(here)),
            (Some(Node::List(items)), Step::Index(index)) if *index > items.len() => {
                return Err(ChangeError::PastTheEnd {
                    path: here,
                    length: items.len(),
                });
            }
            _ => {}
        }
    }
    let exists = node_at(tree, steps).is_some();
    Ok(steps.len() - usize::from(!exists))
}

/// Of lists that do not exist yet only the first item can be made.
fn new_lists_begin_at_0(steps: &[Step], depth: usize) -> Result<(), ChangeError> {
    let is_wrong = |at: &usize| matches!(steps[*at], Step::Index(index) if index > 0);
    match (depth..steps.len()).find(is_wrong) {
        None => Ok(()),
        Some(at) => Err(ChangeError::PastTheEnd {
            path: KeyPath::from_steps(steps[..at].to_vec()),
            length: 0,
        }),
    }
}

/// What has to be put at a place so that `node` stands `steps` below it.
pub(super) fn grow(steps: &[Step], node: Node) -> Node {
    steps.iter().rev().fold(node, |inner, step| match step {
        Step::Key(key) => Node::Map([(key.clone(), inner)].into_iter().collect()),
        Step::Index(_) => Node::List(vec![inner]),
    })
}

fn insert(file: &File, parent: &KeyPath, step: &Step, draft: Draft) -> Vec<Edit> {
    match (step, file.find(parent)) {
        (Step::Key(key), _) => insert_keys(file, parent, &[(key.clone(), draft)]),
        (Step::Index(_), Some(list)) => {
            let last = file.items_of(list, parent.steps()).last();
            file.document().push_item_after(list, last, &draft)
        }
        (Step::Index(_), None) => Vec::new(),
    }
}

/// New keys of a map, behind the ones that it has, but before the metadata.
pub(super) fn insert_keys(file: &File, parent: &KeyPath, new: &[(String, Draft)]) -> Vec<Edit> {
    let document = file.document();
    let Some(holder) = file.find(parent) else {
        return Vec::new();
    };
    let is_root = parent.steps().is_empty();
    let last = holder
        .entries()
        .filter(|entry| !is_root || entry.key != METADATA_KEY)
        .last();
    match (last, holder.entry(METADATA_KEY)) {
        (None, Some(metadata)) if is_root => document.insert_before(metadata, new),
        (last, _) => document.insert_entries(holder, last, new),
    }
}

pub(super) fn put(tree: &mut Map, steps: &[Step], node: Node) {
    let Some((Step::Key(key), rest)) = steps.split_first() else {
        return;
    };
    match (rest.is_empty(), tree.get_mut(key)) {
        (false, Some(below)) => put_below(below, rest, node),
        _ => {
            tree.insert(key.clone(), grow(rest, node));
        }
    }
}

pub(super) fn put_below(at: &mut Node, steps: &[Step], node: Node) {
    let Some((first, rest)) = steps.split_first() else {
        *at = node;
        return;
    };
    match (at, first) {
        (Node::Map(map), Step::Key(key)) => match map.get_mut(key) {
            Some(below) => put_below(below, rest, node),
            None => {
                map.insert(key.clone(), grow(rest, node));
            }
        },
        (Node::List(items), Step::Index(index)) => match items.get_mut(*index) {
            Some(below) => put_below(below, rest, node),
            None => items.push(grow(rest, node)),
        },
        _ => {}
    }
}

pub(super) fn take(tree: &mut Map, steps: &[Step]) {
    let Some((Step::Key(key), rest)) = steps.split_first() else {
        return;
    };
    match rest {
        [] => {
            tree.remove(key);
        }
        rest => {
            if let Some(below) = tree.get_mut(key) {
                take_below(below, rest);
            }
        }
    }
}

fn take_below(at: &mut Node, steps: &[Step]) {
    match (at, steps) {
        (Node::Map(map), [Step::Key(key)]) => {
            map.remove(key);
        }
        (Node::List(items), [Step::Index(index)]) => {
            items.remove(*index);
        }
        (Node::Map(map), [Step::Key(key), rest @ ..]) => {
            if let Some(below) = map.get_mut(key) {
                take_below(below, rest);
            }
        }
        (Node::List(items), [Step::Index(index), rest @ ..]) => {
            if let Some(below) = items.get_mut(*index) {
                take_below(below, rest);
            }
        }
        _ => {}
    }
}
