//! Environments, and how they lie over each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Reader, Section,
    people::{Listed, People},
};
use crate::{
    config::{
        Environment, FilePath, Local, Problem, UnknownEnvironment,
        layers::{Cycle, Walk},
    },
    keys::Member,
    value::{EnvName, Kind, Name},
    yaml::{Entry, NodeRef},
};

/// Readers and writers of all environments together, so that a small file cannot ask for a large memory.
const READERS: usize = 100_000;

const ENVIRONMENTS: &str = "`environments` is a map: a name and what the environment is";
const ENVIRONMENT: &str = "an environment is a map: `{ recipients: [alice] }`";
const FILE: &str = "`file` is a path relative to `.vault.yaml`";
const EXTENDS: &str = "`extends` is the name of an environment, or a list of them";
const DEFAULT: &str = "`default` is the name of an environment";
const SIGNED: &str = "`signed` is true or false";
const LOCAL: &str = "`local` is true or false";

/// An environment with the items that said so.
pub(super) struct Draft {
    name: EnvName,
    file: Option<FilePath>,
    file_index: usize,
    extends: Vec<(usize, EnvName)>,
    access: Access,
    signed: bool,
    /// With the item that allows it.
    local: Option<(usize, Local)>,
}

/// Who reads and writes.
#[derive(Default)]
struct Access {
    recipients: Vec<Name>,
    narrowed: Option<Vec<Name>>,
    readers: BTreeMap<Name, Member>,
    through: BTreeMap<Name, Vec<Name>>,
}

impl Draft {
    /// `None` only after a finding.
    pub(super) fn finish(self) -> Option<(EnvName, Environment)> {
        let environment = Environment {
            name: self.name.clone(),
            file: self.file?,
            extends: self.extends.into_iter().map(|(_, name)| name).collect(),
            recipients: self.access.recipients,
            narrowed: self.access.narrowed,
            readers: self.access.readers,
            through: self.access.through,
            signed: self.signed,
            local: self.local.map(|(_, local)| local),
        };
        Some((self.name, environment))
    }
}

impl<'d> Reader<'d> {
    pub(super) fn environments(&mut self, root: NodeRef<'d>, people: &People) -> Vec<Draft> {
        let mut taken = HashMap::new();
        let mut drafts = Vec::new();
        for entry in self.map(root, "environments", ENVIRONMENTS) {
            if let Some(name) = self.name::<EnvName>(entry.key_index, entry.key) {
                self.claim(&mut taken, entry.key_index, name.folded(), name.as_str());
                drafts.push(self.environment(entry, name, people));
            }
        }
        self.refuse_shared_files(&drafts);
        self.refuse_taken_locals(&drafts);
        self.refuse_wrong_layers(&drafts);
        drafts
    }

    pub(super) fn default_environment(
        &mut self,
        root: NodeRef<'d>,
        drafts: &[Draft],
    ) -> Option<EnvName> {
        let node = root.get("default")?;
        let text = self.text(node, DEFAULT)?;
        let name: EnvName = self.name(node.index(), text)?;
        if !drafts.iter().any(|draft| draft.name == name) {
            self.note_unknown(node.index(), &name, drafts);
        }
        Some(name)
    }

    fn note_unknown(&mut self, index: usize, name: &EnvName, drafts: &[Draft]) {
        if self.is_full() {
            return;
        }
        let known = drafts.iter().map(|draft| &draft.name);
        let error = UnknownEnvironment::among(name, known);
        self.note(index, Problem::UnknownEnvironment(error));
    }

    fn environment(&mut self, entry: Entry<'d>, name: EnvName, people: &People) -> Draft {
        let node = entry.node;
        if !node.is_map() && !self.is_null(node) {
            self.note(node.index(), Problem::Form(ENVIRONMENT));
        } else if node.get("recipients").is_none() {
            self.note(entry.key_index, Problem::NoRecipients(name.clone()));
        }
        self.refuse_unknown_keys(node, Section::Environment);
        let (file_index, file) = self.file(&entry, &name);
        Draft {
            extends: node
                .get("extends")
                .map_or_else(Vec::new, |node| self.extends(node)),
            access: self.access(node, &name, people),
            signed: node
                .get("signed")
                .is_none_or(|node| self.is_true(node, SIGNED).unwrap_or(true)),
            local: node
                .get("local")
                .and_then(|node| self.local(node, &name, file.as_ref())),
            name,
            file,
            file_index,
        }
    }

    fn file(&mut self, entry: &Entry<'d>, name: &EnvName) -> (usize, Option<FilePath>) {
        let (index, file) = match entry.node.get("file") {
            None => (entry.key_index, FilePath::of_environment(name)),
            Some(node) => match self.text(node, FILE) {
                None => return (node.index(), None),
                Some(text) => (node.index(), text.parse()),
            },
        };
        if let Err(error) = file {
            self.note(index, Problem::File(error));
        }
        (index, file.ok())
    }

    fn is_true(&mut self, node: NodeRef<'d>, wanted: &'static str) -> Option<bool> {
        let resolved = node.text().map(|_| self.document.resolve_at(node.index()));
        match resolved {
            Some(Ok(resolved)) if resolved.kind == Kind::Bool => Some(resolved.canonical == "true"),
            _ => {
                self.note(node.index(), Problem::Form(wanted));
                None
            }
        }
    }

    fn local(
        &mut self,
        node: NodeRef<'d>,
        name: &EnvName,
        file: Option<&FilePath>,
    ) -> Option<(usize, Local)> {
        if !self.is_true(node, LOCAL)? {
            return None;
        }
        match Local::of(name, file?) {
            Ok(local) => Some((node.index(), local)),
            Err(_) => {
                self.note(node.index(), Problem::LocalTooLong(name.clone()));
                None
            }
        }
    }

    fn extends(&mut self, node: NodeRef<'d>) -> Vec<(usize, EnvName)> {
        let nodes = match node.is_list() {
            true => node.items().collect(),
            false => vec![node],
        };
        let mut layers = Vec::new();
        let mut seen = BTreeSet::new();
        for node in nodes {
            let Some(text) = self.text(node, EXTENDS) else {
                continue;
            };
            let Some(name) = self.name::<EnvName>(node.index(), text) else {
                continue;
            };
            match seen.insert(name.clone()) {
                true => layers.push((node.index(), name)),
                false => self.note(node.index(), Problem::LayerTwice(name)),
            }
        }
        layers
    }

    fn access(&mut self, node: NodeRef<'d>, environment: &EnvName, people: &People) -> Access {
        let Some(listed) = node.get("recipients") else {
            return Access::default();
        };
        let before = self.found.len();
        let names = self.names(listed, people, Listed::RecipientsAndGroups);
        let mut access = Access::default();
        for (index, name) in names {
            self.admit(index, &name, people, &mut access);
            access.recipients.push(name);
        }
        let is_refused = self.found.len() > before;
        let is_empty = access
            .recipients
            .iter()
            .all(|name| people.expand(name).0.is_empty());
        if is_empty && !is_refused {
            self.note(listed.index(), Problem::NoReaders(environment.clone()));
        }
        if let Some(node) = node.get("writers") {
            self.narrow(node, environment, people, &mut access, is_refused);
        }
        access
    }

    /// Adds the readers that a listed name stands for.
    fn admit(&mut self, index: usize, listed: &Name, people: &People, access: &mut Access) {
        let (names, group) = people.expand(listed);
        if !self.count_readers(index, names.len()) {
            return;
        }
        for name in names {
            if let Some(member) = people.members.get(name).and_then(Option::as_ref) {
                access
                    .readers
                    .entry(name.clone())
                    .or_insert_with(|| member.clone());
            }
            if let Some(group) = group {
                access
                    .through
                    .entry(name.clone())
                    .or_default()
                    .push(group.clone());
            }
        }
    }

    /// Whether there is room for that many more; says so once if not.
    fn count_readers(&mut self, index: usize, more: usize) -> bool {
        let had_room = self.readers <= READERS;
        self.readers += more;
        if had_room && self.readers > READERS {
            self.note(index, Problem::TooManyReaders);
        }
        self.readers <= READERS
    }

    /// Marks the readers who are no writers.
    fn narrow(
        &mut self,
        node: NodeRef<'d>,
        environment: &EnvName,
        people: &People,
        access: &mut Access,
        is_refused: bool,
    ) {
        let mut writers = BTreeSet::new();
        let names = self.names(node, people, Listed::RecipientsAndGroups);
        access.narrowed = Some(names.iter().map(|(_, name)| name.clone()).collect());
        for (index, listed) in names {
            let names = people.expand(&listed).0;
            if !self.count_readers(index, names.len()) {
                return;
            }
            for name in names {
                // A reader whose own line was refused is none that is missing.
                let has_line = people.members.get(name).is_some_and(Option::is_some);
                if !is_refused && has_line && !access.readers.contains_key(name) {
                    let (name, environment) = (name.clone(), environment.clone());
                    self.note(index, Problem::WriterWithoutReading { name, environment });
                }
                writers.insert(name.clone());
            }
        }
        for (name, member) in &mut access.readers {
            if !writers.contains(name) {
                *member = member.reading_only();
            }
        }
    }

    fn refuse_shared_files(&mut self, drafts: &[Draft]) {
        let mut owners: HashMap<String, (&FilePath, &EnvName)> = HashMap::new();
        for draft in drafts {
            let Some(file) = &draft.file else { continue };
            match owners.get(&file.folded()) {
                Some((_, other)) => {
                    let (file, other) = (file.clone(), (*other).clone());
                    self.note(draft.file_index, Problem::FileTaken { file, other });
                }
                None => drop(owners.insert(file.folded(), (file, &draft.name))),
            }
        }
        for draft in drafts {
            let Some(file) = &draft.file else { continue };
            let folded = file.folded();
            let folders = folded.match_indices('/').map(|(at, _)| &folded[..at]);
            if let Some((other, _)) = folders.into_iter().find_map(|folder| owners.get(folder)) {
                let (file, other) = (file.clone(), (*other).clone());
                self.note(draft.file_index, Problem::FileInFile { file, other });
            }
        }
    }

    /// A local layer shares neither its name nor its file with anything that is committed.
    fn refuse_taken_locals(&mut self, drafts: &[Draft]) {
        let locals = || {
            let own = |draft: &Draft| draft.local.clone().map(|local| (draft.name.clone(), local));
            drafts.iter().filter_map(own)
        };
        let names: HashMap<String, (EnvName, usize)> = locals()
            .map(|(environment, (index, local))| (local.name().folded(), (environment, index)))
            .collect();
        let files: HashMap<String, (EnvName, usize, FilePath)> = locals()
            .map(|(environment, (index, local))| {
                let file = local.file().clone();
                (file.folded(), (environment, index, file))
            })
            .collect();
        for draft in drafts {
            let other = draft.name.clone();
            if let Some((environment, index)) = names.get(&other.folded()).cloned() {
                let other = other.clone();
                self.note(index, Problem::LocalTaken { environment, other });
            }
            let Some(file) = draft.file.as_ref().map(FilePath::folded) else {
                continue;
            };
            let folders = file.match_indices('/').map(|(at, _)| &file[..at]);
            let taken = folders
                .chain([file.as_str()])
                .find_map(|path| files.get(path));
            if let Some((environment, index, file)) = taken.cloned() {
                let problem = Problem::LocalFileTaken {
                    environment,
                    file,
                    other,
                };
                self.note(index, problem);
            }
        }
    }

    fn refuse_wrong_layers(&mut self, drafts: &[Draft]) {
        let numbers: HashMap<&EnvName, usize> = drafts
            .iter()
            .enumerate()
            .map(|(at, draft)| (&draft.name, at))
            .collect();
        // Layers that exist, with the items that name them.
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
        let mut named_at: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
        for (at, draft) in drafts.iter().enumerate() {
            for (index, name) in &draft.extends {
                match numbers.get(name) {
                    None => self.note_unknown(*index, name, drafts),
                    Some(&layer) => {
                        self.refuse_unsigned(*index, draft, &drafts[layer]);
                        below[at].push(layer);
                        named_at[at].push(*index);
                    }
                }
            }
        }
        let mut walk = Walk::new(drafts.len(), |at| below[at].as_slice());
        // After one cycle the others can wait.
        if let Err(Cycle {
            path,
            closed_by: (at, position),
        }) = (0..drafts.len()).try_for_each(|start| walk.visit(start))
        {
            let path = path.into_iter().map(|at| drafts[at].name.clone()).collect();
            self.note(named_at[at][position], Problem::Cycle(path));
        }
    }

    fn refuse_unsigned(&mut self, index: usize, upper: &Draft, lower: &Draft) {
        if upper.signed && !lower.signed {
            let (environment, layer) = (upper.name.clone(), lower.name.clone());
            self.note(index, Problem::UnsignedLayer { environment, layer });
        }
    }
}
