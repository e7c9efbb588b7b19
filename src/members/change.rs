//! Making entries: what a writer changes, signed and laid out for the file.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Digest, Log, Policy,
    block::BLOCK_VERSION,
    entry::{MEMBERS_NAMESPACE, message},
};
use crate::{
    keys::{Member, SigningKey},
    value::{EnvName, Name},
    yaml::{
        Document, NodeRef, Part,
        write::{Draft, string},
    },
};

/// What a log begins with.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The repository: 32 lower-case hex digits.
    pub repository: String,
    /// The environment.
    pub environment: EnvName,
    /// The rule keys of the metadata.
    pub rule: Vec<(String, String)>,
    /// The layers below.
    pub extends: Vec<EnvName>,
}

/// What an entry changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Whom it adds.
    pub add: BTreeMap<Name, Member>,
    /// Whom it removes.
    pub remove: BTreeSet<Name>,
    /// Whose keys it replaces.
    pub replace: BTreeMap<Name, Member>,
    /// Another name of the environment.
    pub environment: Option<EnvName>,
    /// Other layers.
    pub extends: Option<Vec<EnvName>>,
    /// Another rule.
    pub rule: Option<Vec<(String, String)>>,
}

impl Change {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Change::default()
    }

    /// What makes a policy list exactly these members and layers, where a name with other keys is replaced.
    pub fn towards(policy: &Policy, members: &BTreeMap<Name, Member>, extends: &[EnvName]) -> Self {
        let mut change = Change::default();
        for (name, member) in members {
            match policy.member(name) {
                None => drop(change.add.insert(name.clone(), member.clone())),
                Some(known) if known != member => {
                    drop(change.replace.insert(name.clone(), member.clone()))
                }
                Some(_) => {}
            }
        }
        change.remove = policy
            .members()
            .map(|(name, _)| name)
            .filter(|name| !members.contains_key(*name))
            .cloned()
            .collect();
        change.extends = (policy.extends() != extends).then(|| extends.to_vec());
        change
    }

    /// Whether somebody can no longer read afterwards: removed, or with another key to read with.
    pub fn drops_a_reader(&self, policy: &Policy) -> bool {
        let other_key = |(name, member): (&Name, &Member)| {
            policy
                .member(name)
                .is_some_and(|known| known.reads() != member.reads())
        };
        !self.remove.is_empty() || self.replace.iter().any(other_key)
    }

    fn fields(&self) -> Vec<(String, Draft)> {
        let mut fields = Vec::new();
        let mut put = |key: &str, draft: Draft| fields.push((key.to_owned(), draft));
        if let Some(environment) = &self.environment {
            put("environment", scalar(environment.as_str()));
        }
        if let Some(rule) = &self.rule {
            put("rule", rule_draft(rule));
        }
        if let Some(extends) = &self.extends {
            put("extends", flow(extends.iter().map(EnvName::as_str)));
        }
        if !self.add.is_empty() {
            put("add", lines(&self.add));
        }
        if !self.remove.is_empty() {
            put("remove", flow(self.remove.iter().map(Name::as_str)));
        }
        if !self.replace.is_empty() {
            put("replace", lines(&self.replace));
        }
        fields
    }
}

/// Makes a block with a log of one entry; the file's own signature is empty.
pub fn begin(
    origin: &Origin,
    members: &BTreeMap<Name, Member>,
    at: &str,
    by: &Name,
    key: &SigningKey,
) -> Draft {
    let mut fields = vec![
        ("repository".to_owned(), scalar(&origin.repository)),
        (
            "environment".to_owned(),
            scalar(origin.environment.as_str()),
        ),
        ("rule".to_owned(), rule_draft(&origin.rule)),
    ];
    if !origin.extends.is_empty() {
        fields.push((
            "extends".to_owned(),
            flow(origin.extends.iter().map(EnvName::as_str)),
        ));
    }
    fields.push(("add".to_owned(), lines(members)));
    block(vec![signed(fields, at, by, key)])
}

/// Makes a block with the entries of a log and one more; the file's own signature is empty.
pub fn follow(log: &Log, change: &Change, at: &str, by: &Name, key: &SigningKey) -> Draft {
    let previous = log.policy().digest();
    let mut fields = vec![("previous".to_owned(), previous_draft(&[*previous]))];
    fields.extend(change.fields());
    let mut entries = kept(log);
    entries.push(signed(fields, at, by, key));
    block(entries)
}

/// Makes a block with the entries of two branches of a log and one that joins them; the file's own signature is empty.
pub fn join(
    ours: &Log,
    theirs: &Log,
    change: &Change,
    at: &str,
    by: &Name,
    key: &SigningKey,
) -> Draft {
    let heads = [*ours.policy().digest(), *theirs.policy().digest()];
    let mut fields = vec![("previous".to_owned(), previous_draft(&heads))];
    fields.extend(change.fields());
    let mut entries = kept(ours);
    let new = theirs.beyond(ours).into_iter();
    entries.extend(new.map(|entry| entry.draft.clone()));
    entries.push(signed(fields, at, by, key));
    block(entries)
}

/// The block as it is, with an empty signature.
pub fn keep(log: &Log) -> Draft {
    block(kept(log))
}

fn kept(log: &Log) -> Vec<Draft> {
    log.entries()
        .iter()
        .map(|entry| entry.draft.clone())
        .collect()
}

fn block(entries: Vec<Draft>) -> Draft {
    Draft::Map(vec![
        (
            "version".to_owned(),
            Draft::Scalar(BLOCK_VERSION.to_owned()),
        ),
        ("members".to_owned(), Draft::List(entries)),
        ("signature".to_owned(), Draft::Scalar("\"\"".to_owned())),
    ])
}

fn signed(mut fields: Vec<(String, Draft)>, at: &str, by: &Name, key: &SigningKey) -> Draft {
    fields.push(("at".to_owned(), Draft::Scalar(format!("\"{at}\""))));
    fields.push(("by".to_owned(), scalar(by.as_str())));
    fields.push(("signature".to_owned(), Draft::Scalar("\"\"".to_owned())));
    let signature = key
        .sign(MEMBERS_NAMESPACE, &draft_message(&fields))
        .to_base64();
    fields.pop();
    fields.push(("signature".to_owned(), scalar(&signature)));
    Draft::Map(fields)
}

/// The message of an entry that is not in a file yet: written out and read like one.
fn draft_message(fields: &[(String, Draft)]) -> Vec<u8> {
    let mut text = String::new();
    Draft::Map(fields.to_vec()).push_block(&mut text, 0, "\n");
    let document = Document::parse(&text).expect("vault writes valid YAML");
    let root = document.root().expect("an entry has keys");
    let signature = root.get("signature").expect("put last").index();
    message(&document, root, signature)
}

fn scalar(text: &str) -> Draft {
    Draft::Scalar(string(text))
}

/// A list in brackets.
fn flow<'a>(items: impl Iterator<Item = &'a str>) -> Draft {
    let items: Vec<String> = items.map(string).collect();
    Draft::Scalar(format!("[{}]", items.join(", ")))
}

fn previous_draft(digests: &[Digest]) -> Draft {
    let items: Vec<String> = digests
        .iter()
        .map(|digest| format!("\"{digest}\""))
        .collect();
    Draft::Scalar(format!("[{}]", items.join(", ")))
}

fn lines(members: &BTreeMap<Name, Member>) -> Draft {
    Draft::Map(
        members
            .iter()
            .map(|(name, member)| (name.as_str().to_owned(), scalar(&member.to_string())))
            .collect(),
    )
}

fn rule_draft(rule: &[(String, String)]) -> Draft {
    let written = |key: &str, text: &str| {
        if key == "mac_only_encrypted" {
            Draft::Scalar(text.to_owned())
        } else {
            scalar(text)
        }
    };
    Draft::Map(
        rule.iter()
            .map(|(key, text)| (key.clone(), written(key, text)))
            .collect(),
    )
}

/// An entry as it stands, to be laid out anew: the same events, so the same signature.
pub(super) fn copy(document: &Document, node: NodeRef<'_>) -> Draft {
    match node.item().part {
        Part::MapStart => Draft::Map(
            node.entries()
                .map(|entry| (entry.key.to_owned(), copy(document, entry.node)))
                .collect(),
        ),
        Part::ListStart => {
            let mut text = String::new();
            Draft::List(node.items().map(|item| copy(document, item)).collect())
                .push_flow(&mut text);
            Draft::Scalar(text)
        }
        // A time or digest stays in quotes; what is no string stays as written.
        _ => match node.string() {
            Some(text) if document.text()[node.item().range()].starts_with('"') => {
                Draft::Scalar(crate::yaml::write::double_quoted(text))
            }
            Some(text) => scalar(text),
            None => Draft::Scalar(document.text()[node.item().range()].to_owned()),
        },
    }
}
