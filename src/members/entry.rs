//! One entry of the log: what it changes, who signed it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use super::error::{LogError, LogFault};
use crate::{
    keys::{Member, SignatureBlob},
    signature::transcript,
    sops::RULE_KEYS,
    value::{EnvName, Kind, Name},
    yaml::{Document, NodeRef, Part, write::Draft},
};

/// The purpose of an entry's signature.
pub(super) const MEMBERS_NAMESPACE: &str = "vault-members";
/// The first line of an entry's message.
const MEMBERS_PREFIX: &[u8] = b"vault-members-v1\n";

/// Names an entry: SHA-256 of its message and its decoded signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    fn of(message: &[u8], signature: &SignatureBlob) -> Self {
        Digest(
            Sha256::new()
                .chain_update(message)
                .chain_update(signature.as_bytes())
                .finalize()
                .into(),
        )
    }

    /// Reads standard base64 with padding.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
        Some(Digest(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// An entry as it stands in a file: well-formed, its place in the log and its signature not yet verified.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) index: usize,
    pub(super) repository: Option<String>,
    pub(super) environment: Option<EnvName>,
    pub(super) rule: Option<Vec<(String, String)>>,
    pub(super) extends: Option<Vec<EnvName>>,
    pub(super) previous: Vec<Digest>,
    pub(super) add: BTreeMap<Name, Member>,
    pub(super) remove: BTreeSet<Name>,
    pub(super) replace: BTreeMap<Name, Member>,
    pub(super) at: String,
    pub(super) by: Name,
    pub(super) message: Vec<u8>,
    pub(super) signature: SignatureBlob,
    pub(super) digest: Digest,
    /// As it stands, to be laid out again.
    pub(super) draft: Draft,
}

impl Entry {
    /// When it was made, as its signer says.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Who signed it.
    pub fn by(&self) -> &Name {
        &self.by
    }

    /// What later entries and other machines call it.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What it was signed with.
    pub fn signature(&self) -> &SignatureBlob {
        &self.signature
    }

    /// The name that it gives to the environment: of the first entry, and of a rename.
    pub fn environment(&self) -> Option<&EnvName> {
        self.environment.as_ref()
    }

    /// The layers from then on, where it changes them.
    pub fn extends(&self) -> Option<&[EnvName]> {
        self.extends.as_deref()
    }

    /// Whether it changes which values are encrypted.
    pub fn changes_rule(&self) -> bool {
        self.rule.is_some()
    }

    /// Whether it begins a log.
    pub fn is_first(&self) -> bool {
        self.previous.is_empty()
    }

    /// Whether it joins two branches of a log: it may remove more members than it names.
    pub fn joins(&self) -> bool {
        self.previous.len() > 1
    }

    /// Whom it adds.
    pub fn added(&self) -> impl Iterator<Item = (&Name, &Member)> {
        self.add.iter()
    }

    /// Whom it removes.
    pub fn removed(&self) -> impl Iterator<Item = &Name> {
        self.remove.iter()
    }

    /// Whose keys it replaces.
    pub fn replaced(&self) -> impl Iterator<Item = (&Name, &Member)> {
        self.replace.iter()
    }

    /// Whom it brings in, or gives other keys.
    pub fn brought(&self) -> impl Iterator<Item = (&Name, &Member)> {
        self.added().chain(self.replaced())
    }

    /// Reads an entry; the signature stands in it.
    pub(super) fn read(document: &Document, node: NodeRef<'_>) -> Result<Self, LogError> {
        let reader = Reader { document };
        reader.check_keys(node)?;
        let signature_node = reader.field(node, "signature")?;
        let signature = SignatureBlob::from_base64(reader.string(signature_node)?)
            .map_err(|error| reader.wrong(signature_node, LogFault::Signature(error)))?;
        let message = message(document, node, signature_node.index());
        let by = reader.field(node, "by")?;
        Ok(Entry {
            index: node.index(),
            repository: node
                .get("repository")
                .map(|node| reader.string(node).map(str::to_owned))
                .transpose()?,
            environment: node
                .get("environment")
                .map(|node| reader.environment(node))
                .transpose()?,
            rule: node.get("rule").map(|node| reader.rule(node)).transpose()?,
            extends: node
                .get("extends")
                .map(|node| reader.list(node, |item| reader.environment(item)))
                .transpose()?,
            previous: node
                .get("previous")
                .map(|node| reader.list(node, |item| reader.digest(item)))
                .transpose()?
                .unwrap_or_default(),
            add: reader.members(node, "add")?,
            remove: reader.names(node, "remove")?,
            replace: reader.members(node, "replace")?,
            at: reader.time(reader.field(node, "at")?)?,
            by: reader.name(by, reader.string(by)?)?,
            digest: Digest::of(&message, &signature),
            draft: super::change::copy(document, node),
            message,
            signature,
        })
    }
}

/// What an entry's signature covers: its transcript without the scalar of the signature.
pub(super) fn message(document: &Document, node: NodeRef<'_>, signature: usize) -> Vec<u8> {
    let mut message = MEMBERS_PREFIX.to_vec();
    message.extend(transcript(
        document,
        node.index()..node.last_index() + 1,
        Some(signature),
    ));
    message
}

const ENTRY_KEYS: [&str; 10] = [
    "repository",
    "environment",
    "rule",
    "extends",
    "previous",
    "add",
    "remove",
    "replace",
    "at",
    "by",
];

pub(super) struct Reader<'d> {
    pub(super) document: &'d Document,
}

impl<'d> Reader<'d> {
    pub(super) fn wrong(&self, node: NodeRef<'_>, fault: LogFault) -> LogError {
        LogError::at(self.document, node.index(), fault)
    }

    fn check_keys(&self, node: NodeRef<'d>) -> Result<(), LogError> {
        if !node.is_map() {
            return Err(self.wrong(node, LogFault::Expected("an entry of the log")));
        }
        match node
            .entries()
            .find(|entry| entry.key != "signature" && !ENTRY_KEYS.contains(&entry.key))
        {
            Some(entry) => Err(LogError::at(
                self.document,
                entry.key_index,
                LogFault::UnknownKey,
            )),
            None => Ok(()),
        }
    }

    pub(super) fn field(
        &self,
        node: NodeRef<'d>,
        key: &'static str,
    ) -> Result<NodeRef<'d>, LogError> {
        node.get(key)
            .ok_or_else(|| self.wrong(node, LogFault::Missing(key)))
    }

    pub(super) fn string(&self, node: NodeRef<'d>) -> Result<&'d str, LogError> {
        node.string()
            .ok_or_else(|| self.wrong(node, LogFault::Expected("a string")))
    }

    fn name(&self, node: NodeRef<'_>, text: &str) -> Result<Name, LogError> {
        text.parse()
            .map_err(|_| self.wrong(node, LogFault::Expected("a name")))
    }

    fn environment(&self, node: NodeRef<'d>) -> Result<EnvName, LogError> {
        self.string(node)?
            .parse()
            .map_err(|_| self.wrong(node, LogFault::Expected("the name of an environment")))
    }

    fn digest(&self, node: NodeRef<'d>) -> Result<Digest, LogError> {
        let digest = Digest::from_base64(self.string(node)?);
        digest.ok_or_else(|| {
            self.wrong(
                node,
                LogFault::Expected("the digest of an entry, in base64"),
            )
        })
    }

    fn time(&self, node: NodeRef<'d>) -> Result<String, LogError> {
        let text = self.string(node)?;
        let is_time = crate::value::time::is_canonical_time(text)
            && text.len() == "2026-01-01T00:00:00Z".len()
            && text.ends_with('Z');
        is_time.then(|| text.to_owned()).ok_or_else(|| {
            self.wrong(
                node,
                LogFault::Expected("a time in quotes, RFC 3339 in whole seconds, UTC"),
            )
        })
    }

    fn list<T>(
        &self,
        node: NodeRef<'d>,
        read: impl Fn(NodeRef<'d>) -> Result<T, LogError>,
    ) -> Result<Vec<T>, LogError> {
        match node.is_list() {
            true => node.items().map(read).collect(),
            false => Err(self.wrong(node, LogFault::Expected("a list"))),
        }
    }

    fn rule(&self, node: NodeRef<'d>) -> Result<Vec<(String, String)>, LogError> {
        let field = |key: &'static str, node: NodeRef<'d>| match key {
            "mac_only_encrypted" => self.switch(node),
            _ => self.string(node).map(str::to_owned),
        };
        let known = |key: &str| RULE_KEYS.into_iter().find(|known| *known == key);
        if !node.is_map() {
            return Err(self.wrong(node, LogFault::Expected("a map of rule keys")));
        }
        node.entries()
            .map(|entry| match known(entry.key) {
                Some(key) => Ok((key.to_owned(), field(key, entry.node)?)),
                None => Err(LogError::at(
                    self.document,
                    entry.key_index,
                    LogFault::UnknownKey,
                )),
            })
            .collect()
    }

    fn switch(&self, node: NodeRef<'d>) -> Result<String, LogError> {
        let scalar =
            (node.item().part == Part::Value).then(|| self.document.scalar_at(node.index()));
        match scalar {
            Some(Ok(scalar)) if scalar.kind() == Kind::Bool => Ok(scalar.expose().to_owned()),
            _ => Err(self.wrong(node, LogFault::Expected("true or false"))),
        }
    }

    fn members(&self, node: NodeRef<'d>, key: &str) -> Result<BTreeMap<Name, Member>, LogError> {
        let Some(map) = node.get(key) else {
            return Ok(BTreeMap::new());
        };
        if !map.is_map() {
            return Err(self.wrong(map, LogFault::Expected("names and their lines")));
        }
        map.entries()
            .map(|entry| Ok((self.name(entry.node, entry.key)?, self.member(entry.node)?)))
            .collect()
    }

    fn member(&self, node: NodeRef<'d>) -> Result<Member, LogError> {
        let text = self.string(node)?;
        let member: Member = text
            .parse()
            .map_err(|error| self.wrong(node, LogFault::Line(Some(error))))?;
        match member.to_string() == text {
            true => Ok(member),
            false => Err(self.wrong(node, LogFault::Line(None))),
        }
    }

    fn names(&self, node: NodeRef<'d>, key: &str) -> Result<BTreeSet<Name>, LogError> {
        let Some(list) = node.get(key) else {
            return Ok(BTreeSet::new());
        };
        let names = self.list(list, |item| self.name(item, self.string(item)?))?;
        let mut found = BTreeSet::new();
        for name in names {
            if !found.insert(name.clone()) {
                return Err(self.wrong(list, LogFault::Twice(name)));
            }
        }
        Ok(found)
    }
}
