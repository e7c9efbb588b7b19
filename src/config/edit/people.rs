//! Recipients who come, go, or change their keys, in a config as it stands.

use super::{edited, insert_under};
use crate::{
    config::{Config, ConfigError, Former, Problem},
    keys::Member,
    value::{EnvName, Name},
    yaml::{
        Document, Entry, NodeRef,
        edit::Edit,
        write::{Draft, string},
    },
};

/// Where somebody new is named.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// In the `recipients` of these environments.
    pub environments: Vec<EnvName>,
    /// In these groups.
    pub groups: Vec<Name>,
}

/// Adds a recipient, and names them; who is listed already only gets named.
///
/// # Errors
///
/// What [`Config::parse`] refuses, before or afterwards: a key that is somebody else's, an environment or group that there is not;
/// [`Problem::Edit`] when the result would not read as the same config with them.
pub fn with_recipient(
    text: &str,
    name: &Name,
    member: &Member,
    admission: &Admission,
) -> Result<String, ConfigError> {
    let mut wanted = raw(Config::parse(text)?);
    let mut out = text.to_owned();
    if wanted.members.get(name) != Some(member) {
        let draft = Draft::Scalar(string(&member.to_string()));
        out = change(&out, |document| {
            insert_under(document, "recipients", name.as_str(), &draft)
        })?;
    }
    wanted.members.insert(name.clone(), member.clone());
    for environment in &admission.environments {
        let list =
            |document: &Document| push(in_environment(document, environment)?, name, document);
        out = change(&out, list)?;
        let known = wanted.environments.get_mut(environment);
        let known = known.ok_or(Problem::Edit)?;
        known.recipients.push(name.clone());
    }
    for group in &admission.groups {
        out = change(&out, |document| {
            push(in_groups(document, group)?, name, document)
        })?;
        let known = wanted.groups.get_mut(group).ok_or(Problem::Edit)?;
        known.push(name.clone());
    }
    with_readmitted(&checked(out, wanted)?, name)
}

/// Takes somebody whom the config lists off those who have left, under whatever name they did; who is still to be taken out of a file stays
/// there.
///
/// # Errors
///
/// As [`with_recipient`].
pub fn with_readmitted(text: &str, name: &Name) -> Result<String, ConfigError> {
    let mut wanted = raw(Config::parse(text)?);
    let Some(member) = wanted.members.get(name) else {
        return Ok(text.to_owned());
    };
    let back = wanted.former_of(name, member);
    let back: Vec<Name> = back
        .filter(|(_, former)| former.pending.is_empty())
        .map(|(name, _)| name.clone())
        .collect();
    let mut out = text.to_owned();
    for name in &back {
        out = change(&out, |document| remove_former(document, name))?;
        wanted.former.remove(name);
    }
    checked(out, wanted)
}

/// Gives a recipient another line.
///
/// # Errors
///
/// As [`with_recipient`].
pub fn with_recipient_line(
    text: &str,
    name: &Name,
    member: &Member,
) -> Result<String, ConfigError> {
    let mut wanted = raw(Config::parse(text)?);
    let out = change(text, |document| {
        let line = document.root()?.get("recipients")?.get(name.as_str())?;
        Some(document.replace_scalar(line, &string(&member.to_string())))
    })?;
    wanted.members.insert(name.clone(), member.clone());
    checked(out, wanted)
}

/// Takes a recipient out of the config and of every list, and notes that they have left.
///
/// # Errors
///
/// As [`with_recipient`]; an environment that nobody would read.
pub fn without_recipient(text: &str, name: &Name, left: &Former) -> Result<String, ConfigError> {
    let mut wanted = raw(Config::parse(text)?);
    let mut out = text.to_owned();
    while let Some(next) = without_one_mention(&out, name)? {
        out = next;
    }
    out = change(&out, |document| {
        let map = document.root()?.get("recipients")?;
        Some(document.remove_entry(map, map.entry(name.as_str())?))
    })?;
    wanted.members.remove(name);
    let is_other = |other: &Name| other != name;
    wanted
        .groups
        .values_mut()
        .for_each(|list| list.retain(is_other));
    for environment in wanted.environments.values_mut() {
        environment.recipients.retain(is_other);
        environment
            .narrowed
            .iter_mut()
            .for_each(|list| list.retain(is_other));
    }
    if wanted.former.insert(name.clone(), left.clone()).is_some() {
        out = change(&out, |document| remove_former(document, name))?;
    }
    let draft = Draft::Scalar(line_of(left));
    out = change(&out, |document| {
        insert_under(document, "former", name.as_str(), &draft)
    })?;
    checked(out, wanted)
}

/// Names a recipient in a group.
///
/// # Errors
///
/// As [`with_recipient`].
pub fn with_group_member(text: &str, group: &Name, name: &Name) -> Result<String, ConfigError> {
    in_group(text, group, name, push, |list| list.push(name.clone()))
}

/// Takes a recipient out of a group.
///
/// # Errors
///
/// As [`with_recipient`].
pub fn without_group_member(text: &str, group: &Name, name: &Name) -> Result<String, ConfigError> {
    in_group(text, group, name, take, |list| {
        list.retain(|other| other != name)
    })
}

fn in_group(
    text: &str,
    group: &Name,
    name: &Name,
    edit: fn(Entry<'_>, &Name, &Document) -> Option<Vec<Edit>>,
    what: impl FnOnce(&mut Vec<Name>),
) -> Result<String, ConfigError> {
    let mut wanted = raw(Config::parse(text)?);
    let out = change(text, |document| {
        edit(in_groups(document, group)?, name, document)
    })?;
    what(wanted.groups.get_mut(group).ok_or(Problem::Edit)?);
    checked(out, wanted)
}

/// Notes that somebody who has left is out of an environment's file now.
///
/// # Errors
///
/// As [`with_recipient`].
pub fn with_pending_done(
    text: &str,
    name: &Name,
    environment: &EnvName,
) -> Result<String, ConfigError> {
    let mut wanted = raw(Config::parse(text)?);
    let former = wanted.former.get_mut(name).ok_or(Problem::Edit)?;
    former.pending.retain(|other| other != environment);
    let is_last = former.pending.is_empty();
    let out = change(text, |document| {
        let entry = document.root()?.get("former")?.get(name.as_str())?;
        let list = entry.entry("pending")?;
        match is_last {
            true => Some(document.remove_entry(entry, list)),
            false => {
                let item = item_of(list.node, environment.as_str())?;
                Some(document.remove_item(list.node, item))
            }
        }
    })?;
    checked(out, wanted)
}

/// What stands in a config without what follows from it.
fn raw(mut config: Config) -> Config {
    for environment in config.environments.values_mut() {
        environment.readers.clear();
        environment.through.clear();
    }
    config
}

fn checked(text: String, wanted: Config) -> Result<String, ConfigError> {
    match raw(Config::parse(&text)?) == wanted {
        true => Ok(text),
        false => Err(Problem::Edit.into()),
    }
}

fn change(
    text: &str,
    edits: impl FnOnce(&Document) -> Option<Vec<Edit>>,
) -> Result<String, ConfigError> {
    edited(text, edits).ok_or_else(|| Problem::Edit.into())
}

fn in_environment<'d>(document: &'d Document, name: &EnvName) -> Option<Entry<'d>> {
    let environments = document.root()?.get("environments")?;
    environments.get(name.as_str())?.entry("recipients")
}

fn in_groups<'d>(document: &'d Document, group: &Name) -> Option<Entry<'d>> {
    document.root()?.get("groups")?.entry(group.as_str())
}

fn push(list: Entry<'_>, name: &Name, document: &Document) -> Option<Vec<Edit>> {
    let draft = Draft::Scalar(string(name.as_str()));
    let is_list = list.node.is_list();
    is_list.then(|| document.push_item(list.node, &draft))
}

fn take(list: Entry<'_>, name: &Name, document: &Document) -> Option<Vec<Edit>> {
    let item = item_of(list.node, name.as_str())?;
    Some(document.remove_item(list.node, item))
}

fn item_of<'d>(list: NodeRef<'d>, name: &str) -> Option<NodeRef<'d>> {
    list.items().find(|item| item.text() == Some(name))
}

/// The last one takes the section along.
fn remove_former(document: &Document, name: &Name) -> Option<Vec<Edit>> {
    let root = document.root()?;
    let section = root.entry("former")?;
    let entry = section.node.entry(name.as_str())?;
    match section.node.entries().count() {
        1 => Some(document.remove_entry(root, section)),
        _ => Some(document.remove_entry(section.node, entry)),
    }
}

/// One list less that names somebody; `None` once no list does.
fn without_one_mention(text: &str, name: &Name) -> Result<Option<String>, ConfigError> {
    let is_named = |list: &Entry<'_>| item_of(list.node, name.as_str()).is_some();
    let document = Document::parse(text).map_err(|_| Problem::Edit)?;
    let lists = document.root().map(lists).unwrap_or_default();
    match lists.iter().position(is_named) {
        None => Ok(None),
        Some(at) => change(text, |document| {
            take(*lists_of(document).get(at)?, name, document)
        })
        .map(Some),
    }
}

fn lists_of(document: &Document) -> Vec<Entry<'_>> {
    document.root().map(lists).unwrap_or_default()
}

/// The lists that name recipients.
fn lists(root: NodeRef<'_>) -> Vec<Entry<'_>> {
    let groups = root.get("groups").into_iter().flat_map(NodeRef::entries);
    let environments = root.get("environments").into_iter();
    let environments = environments.flat_map(NodeRef::entries);
    let own = environments.flat_map(|entry| {
        ["recipients", "writers"]
            .into_iter()
            .filter_map(move |key| entry.node.entry(key))
    });
    groups.chain(own).collect()
}

fn line_of(left: &Former) -> String {
    let key = string(&left.key.to_string());
    let pending = match left.pending.as_slice() {
        [] => String::new(),
        names => {
            let names: Vec<String> = names.iter().map(|name| string(name.as_str())).collect();
            format!(", pending: [{}]", names.join(", "))
        }
    };
    format!("{{ key: {key}, removed: {}{pending} }}", left.removed)
}

#[cfg(test)]
mod tests;
