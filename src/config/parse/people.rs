//! Recipients and groups.

use std::collections::{BTreeMap, HashMap};

use super::Reader;
use crate::{
    config::Problem,
    keys::Member,
    value::{Name, near},
    yaml::{Entry, NodeRef},
};

const RECIPIENTS: &str =
    "`recipients` here is a map: a name and the line that `vault whoami` prints";
const LINE: &str = "a recipient is one line: the one that `vault whoami` prints";
const GROUPS: &str = "`groups` is a map: a name and a list of recipients";
const LIST: &str = "this is a list of names: `[alice, bob]`";

/// Which names a list may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    Recipients,
    RecipientsAndGroups,
}

/// Everybody, and the groups.
pub(super) struct People {
    /// `None` for those whose line was refused: their name is known all the same.
    pub(super) members: BTreeMap<Name, Option<Member>>,
    pub(super) groups: BTreeMap<Name, Vec<Name>>,
}

impl People {
    /// The recipients that a listed name stands for, and the group that it is.
    pub(super) fn expand<'a>(&'a self, name: &'a Name) -> (&'a [Name], Option<&'a Name>) {
        match self.groups.get_key_value(name) {
            Some((group, names)) => (names, Some(group)),
            None => (std::slice::from_ref(name), None),
        }
    }
}

impl<'d> Reader<'d> {
    pub(super) fn people(&mut self, root: NodeRef<'d>) -> People {
        let mut taken = HashMap::new();
        let members = self.members(root, &mut taken);
        let mut people = People {
            members,
            groups: BTreeMap::new(),
        };
        let mut lists = Vec::new();
        for entry in self.map(root, "groups", GROUPS) {
            if let Some(name) = self.claim_name(&entry, &mut taken) {
                people.groups.insert(name.clone(), Vec::new());
                lists.push((name, entry.node));
            }
        }
        for (name, node) in lists {
            let names = self.names(node, &people, Listed::Recipients);
            people
                .groups
                .insert(name, names.into_iter().map(|(_, name)| name).collect());
        }
        people
    }

    fn members(
        &mut self,
        root: NodeRef<'d>,
        taken: &mut HashMap<String, String>,
    ) -> BTreeMap<Name, Option<Member>> {
        let mut members = BTreeMap::new();
        let mut keys = HashMap::new();
        for entry in self.map(root, "recipients", RECIPIENTS) {
            if let Some(name) = self.claim_name(&entry, taken) {
                let member = self.member(&entry, &name);
                if let Some(member) = &member {
                    self.claim_keys(&mut keys, entry.node.index(), &name, member);
                }
                members.insert(name, member);
            }
        }
        members
    }

    fn claim_name(
        &mut self,
        entry: &Entry<'d>,
        taken: &mut HashMap<String, String>,
    ) -> Option<Name> {
        let name: Name = self.name(entry.key_index, entry.key)?;
        self.claim(taken, entry.key_index, name.folded(), name.as_str());
        Some(name)
    }

    fn member(&mut self, entry: &Entry<'d>, name: &Name) -> Option<Member> {
        let line = self.text(entry.node, LINE)?;
        match line.parse() {
            Ok(member) => Some(member),
            Err(reason) => {
                let name = name.clone();
                self.note(entry.node.index(), Problem::Member { name, reason });
                None
            }
        }
    }

    /// One finding for each member is enough, also where both keys are somebody's.
    fn claim_keys(
        &mut self,
        taken: &mut HashMap<String, Name>,
        index: usize,
        name: &Name,
        member: &Member,
    ) {
        let signs = member.signing_key().map(ToString::to_string);
        let keys = [Some(member.reads().to_string()), signs];
        let other = keys.iter().flatten().find_map(|key| taken.get(key));
        if let Some(other) = other {
            let (name, other) = (name.clone(), other.clone());
            self.note(index, Problem::KeyTaken { name, other });
        }
        for key in keys.into_iter().flatten() {
            taken.entry(key).or_insert_with(|| name.clone());
        }
    }

    /// The known names of a list, each once, with the items that hold them.
    pub(super) fn names(
        &mut self,
        node: NodeRef<'d>,
        people: &People,
        listed: Listed,
    ) -> Vec<(usize, Name)> {
        if !node.is_list() {
            self.note(node.index(), Problem::Form(LIST));
        }
        let mut names: Vec<(usize, Name)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for item in node.items() {
            if self.is_full() {
                break;
            }
            let Some(text) = self.text(item, LIST) else {
                continue;
            };
            let Some(name) = self.name::<Name>(item.index(), text) else {
                continue;
            };
            match unfit(&name, people, listed) {
                Some(problem) => self.note(item.index(), problem),
                None if seen.insert(name.clone()) => names.push((item.index(), name)),
                None => {}
            }
        }
        names
    }
}

/// Why a name cannot stand in a list.
fn unfit(name: &Name, people: &People, listed: Listed) -> Option<Problem> {
    let is_group = people.groups.contains_key(name);
    if people.members.contains_key(name) || (is_group && listed == Listed::RecipientsAndGroups) {
        return None;
    }
    if is_group {
        return Some(Problem::GroupInGroup(name.clone()));
    }
    let groups = people
        .groups
        .keys()
        .filter(|_| listed == Listed::RecipientsAndGroups);
    let known = people.members.keys().chain(groups).map(Name::as_str);
    Some(Problem::UnknownRecipient {
        name: name.clone(),
        near: near::nearest(name.as_str(), known).map(str::to_owned),
    })
}
