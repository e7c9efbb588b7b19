//! What an entry of a membership log does, for people.

use std::collections::BTreeSet;

use vault::{
    accord::{layers_line, role},
    keys::Member,
    members::Entry,
    value::{EnvName, Name},
};

/// Names in one line.
pub(crate) fn listed<'n>(names: impl IntoIterator<Item = &'n Name>) -> String {
    let names: Vec<&str> = names.into_iter().map(Name::as_str).collect();
    names.join(", ")
}

/// A member with what they may do, and the fingerprint of their key.
pub(crate) fn member_line(name: &Name, member: &Member) -> String {
    format!("{name} {} ({})", role(member), member.fingerprint())
}

/// Its changes, one in a line, without who signed it.
pub(crate) fn entry_lines(entry: &Entry) -> Vec<String> {
    let with = |sign: &'static str| {
        move |(name, member): (&Name, &Member)| format!("{sign} {}", member_line(name, member))
    };
    let mut lines: Vec<String> = entry.added().map(with("+")).collect();
    lines.extend(entry.removed().map(|name| format!("- {name}")));
    lines.extend(entry.replaced().map(with("~")));
    if let Some(name) = entry.environment().filter(|_| !entry.is_first()) {
        lines.push(format!("~ is called {name}"));
    }
    if let Some(layers) = entry.extends().filter(|layers| is_told(entry, layers)) {
        lines.push(layers_line(layers));
    }
    if entry.changes_rule() && !entry.is_first() {
        lines.push("~ which values are encrypted".to_owned());
    }
    if entry.joins() {
        lines.push("~ joins two branches of the log; who was removed on either is out".to_owned());
    }
    lines
}

/// The changes of entries, each with who signed it. Where branches are joined, what the other one had done is told once.
pub(crate) fn signed_lines<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Vec<String> {
    let (mut told, mut known) = (Vec::new(), BTreeSet::new());
    for entry in entries {
        if entry.removed().next().is_some() {
            known.clear();
        }
        let signed = format!("signed by {} ({})", entry.by(), entry.at());
        for line in entry_lines(entry) {
            if !(entry.joins() && known.contains(&line)) {
                told.push(format!("{line}, {signed}"));
            }
            known.insert(line);
        }
    }
    told
}

/// That a new log extends nothing is no news.
fn is_told(entry: &Entry, layers: &[EnvName]) -> bool {
    !(entry.is_first() && layers.is_empty())
}
