//! Those who have left.

use std::collections::BTreeMap;

use super::{Reader, Section};
use crate::{
    config::{Day, Former, Problem},
    keys::Member,
    value::{EnvName, Name},
    yaml::{Entry, NodeRef},
};

const FORMER: &str =
    "`former` is a map: a name, and the key and day that `recipients remove` wrote";
const KEY: &str = "`key` is the line that the recipient had";
const REMOVED: &str = "`removed` is a day: 2026-11-21";
const PENDING: &str = "`pending` is a list of environments";

impl<'d> Reader<'d> {
    /// Names may be those of recipients, who have come back, and environments may be gone: neither gives anybody anything.
    pub(super) fn former(&mut self, root: NodeRef<'d>) -> BTreeMap<Name, Former> {
        let mut former = BTreeMap::new();
        for entry in self.map(root, "former", FORMER) {
            let Some(name) = self.name::<Name>(entry.key_index, entry.key) else {
                continue;
            };
            if let Some(one) = self.one_former(&entry, &name) {
                former.insert(name, one);
            }
        }
        former
    }

    fn one_former(&mut self, entry: &Entry<'d>, name: &Name) -> Option<Former> {
        let node = entry.node;
        if !node.is_map() {
            self.note(node.index(), Problem::Form(FORMER));
            return None;
        }
        self.refuse_unknown_keys(node, Section::Former);
        let key = self.former_key(node, name);
        let removed = self.removed(node);
        let pending = node
            .get("pending")
            .map_or_else(Vec::new, |node| self.pending(node));
        Some(Former {
            key: key?,
            removed: removed?,
            pending,
        })
    }

    fn former_key(&mut self, node: NodeRef<'d>, name: &Name) -> Option<Member> {
        let Some(line) = node.get("key") else {
            self.note(node.index(), Problem::Form(KEY));
            return None;
        };
        let text = self.text(line, KEY)?;
        match text.parse() {
            Ok(member) => Some(member),
            Err(reason) => {
                let name = name.clone();
                self.note(line.index(), Problem::Member { name, reason });
                None
            }
        }
    }

    /// A day is a day to YAML, and may stand in quotes.
    fn removed(&mut self, node: NodeRef<'d>) -> Option<Day> {
        let day = node.get("removed");
        let found = day
            .and_then(NodeRef::text)
            .and_then(|text| text.parse().ok());
        if found.is_none() {
            self.note(day.unwrap_or(node).index(), Problem::Form(REMOVED));
        }
        found
    }

    fn pending(&mut self, node: NodeRef<'d>) -> Vec<EnvName> {
        if !node.is_list() {
            self.note(node.index(), Problem::Form(PENDING));
        }
        let mut names = Vec::new();
        for item in node.items() {
            let text = self.text(item, PENDING);
            names.extend(text.and_then(|text| self.name::<EnvName>(item.index(), text)));
        }
        names
    }
}
