//! Who can read and write, and who can no longer: by name, with who signed that.

use std::collections::BTreeSet;

use vault::{
    accord::{Drift, layers_line, role},
    keys::Member,
    members::{Digest, Entry},
    value::Name,
};

use super::pairs::{Half, Pair};
use crate::workspace::{Proof, Versions, named};

/// Somebody who comes, goes, or has other keys or rights.
pub(super) struct Person {
    /// The name in the log; of a file that is not signed the one that the config has, else the key.
    pub(super) name: String,
    pub(super) change: Change,
    /// What they may do, or what is different.
    pub(super) role: String,
    pub(super) fingerprint: Option<String>,
    pub(super) by: Option<By>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Added,
    Removed,
    Changed,
}

/// The entry of the log that says so.
#[derive(Clone)]
pub(super) struct By {
    pub(super) name: String,
    pub(super) at: String,
}

impl By {
    fn of(entry: &Entry) -> Self {
        By {
            name: entry.by().to_string(),
            at: entry.at().to_owned(),
        }
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        format!("signed by {} ({})", self.name, self.at)
    }
}

impl Person {
    /// In a line, without the sign and who signed it.
    pub(super) fn words(&self) -> String {
        let fingerprint = self.fingerprint.as_ref();
        let fingerprint = fingerprint.map(|text| format!(" ({text})"));
        let role = match self.role.is_empty() {
            true => String::new(),
            false => format!(" {}", self.role),
        };
        format!("{}{role}{}", self.name, fingerprint.unwrap_or_default())
    }
}

impl Change {
    pub(super) fn sign(self) -> char {
        match self {
            Change::Added => '+',
            Change::Removed => '-',
            Change::Changed => '~',
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        }
    }
}

/// Who comes and goes, and lines for what else the log changes: layers, which values are encrypted.
pub(super) fn people(pair: &Pair, versions: &Versions<'_>) -> (Vec<Person>, Vec<String>) {
    let Some(after) = pair.after.as_ref().filter(|half| half.version.is_some()) else {
        let gone = pair.before.as_ref().map(readers).unwrap_or_default();
        let gone = gone
            .into_iter()
            .map(|name| plain(name, Change::Removed, ""));
        return (gone.collect(), Vec::new());
    };
    let before = pair.before.as_ref().filter(|half| half.version.is_some());
    let news = News::of(before, after, versions);
    let mut lines = rule_line(before, after, &news);
    let then = before.and_then(Half::signed);
    let persons =
        match (then, after.signed()) {
            (_, Some(now)) if then.is_some() || before.is_none() => {
                let drift = Drift::since(then.map(|then| &*then.policy), &now.policy);
                let extends = drift.extends.as_deref();
                let extends = extends.filter(|layers| before.is_some() || !layers.is_empty());
                lines.extend(extends.map(|layers| {
                    news.with(layers_line(layers), |entry| entry.extends().is_some())
                }));
                of_drift(&drift, &news)
            }
            _ => of_names(before, after),
        };
    (persons, lines)
}

/// The entries that only the newer log has, earlier before later.
struct News<'n>(Vec<&'n Entry>);

impl<'n> News<'n> {
    fn of(before: Option<&Half>, after: &Half, versions: &'n Versions<'_>) -> Self {
        let known: BTreeSet<&Digest> = before
            .and_then(Half::signed)
            .iter()
            .flat_map(|signed| &signed.log)
            .collect();
        let all = after.signed().map_or(&[][..], |signed| &signed.log);
        let new = all.iter().filter(|digest| !known.contains(digest));
        News(new.filter_map(|digest| versions.entry(digest)).collect())
    }

    /// The last entry that did something, with who signed it.
    fn by(&self, is_it: impl Fn(&Entry) -> bool) -> Option<By> {
        let mut newest_first = self.0.iter().rev();
        newest_first
            .find(|entry| is_it(entry))
            .map(|entry| By::of(entry))
    }

    fn with(&self, line: String, is_it: impl Fn(&Entry) -> bool) -> String {
        match self.by(is_it) {
            Some(by) => format!("{line}, {}", by.words()),
            None => line,
        }
    }
}

fn of_drift(drift: &Drift, news: &News<'_>) -> Vec<Person> {
    let listed = |name: &Name| {
        news.by(|entry| {
            let mut members = entry.added().chain(entry.replaced());
            members.any(|(added, _)| added == name)
        })
    };
    // A join removes whom either branch had removed, without naming them.
    let left = |name: &Name| {
        news.by(|entry| entry.removed().any(|gone| gone == name))
            .or_else(|| news.by(Entry::joins))
    };
    let added = drift.added.iter().map(|(name, member)| Person {
        by: listed(name),
        ..person(name, member, Change::Added, role(member).to_owned())
    });
    let dropped = drift.dropped.iter().map(|(name, member)| Person {
        by: left(name),
        ..person(name, member, Change::Removed, String::new())
    });
    let changed = drift.changed.iter().map(|(name, difference)| Person {
        by: listed(name),
        fingerprint: None,
        ..person(
            name,
            &difference.wanted,
            Change::Changed,
            difference.to_string(),
        )
    });
    added.chain(dropped).chain(changed).collect()
}

fn person(name: &Name, member: &Member, change: Change, role: String) -> Person {
    Person {
        name: name.to_string(),
        change,
        role,
        fingerprint: Some(member.fingerprint()),
        by: None,
    }
}

fn plain(name: String, change: Change, role: &str) -> Person {
    Person {
        name,
        change,
        role: role.to_owned(),
        fingerprint: None,
        by: None,
    }
}

/// Where one of the two is not signed, nothing proves who is who: they are compared by name.
fn of_names(before: Option<&Half>, after: &Half) -> Vec<Person> {
    let (then, now) = (before.map(readers).unwrap_or_default(), readers(after));
    let role = match after.version.as_ref().map(|version| &version.proof) {
        Some(Proof::Unsigned) => "reads and writes, not signed by anybody",
        Some(Proof::Bad(_)) => "reads, says the file; nothing proves it",
        _ => "",
    };
    let added = now.iter().filter(|name| !then.contains(*name));
    let added = added.map(|name| plain(name.clone(), Change::Added, role));
    let removed = then.iter().filter(|name| !now.contains(*name));
    let removed = removed.map(|name| plain(name.clone(), Change::Removed, ""));
    added.chain(removed).collect()
}

/// Who reads a file, by name as far as somebody says it.
fn readers(half: &Half) -> BTreeSet<String> {
    if let Some(signed) = half.signed() {
        return signed
            .policy
            .members()
            .map(|(name, _)| name.to_string())
            .collect();
    }
    let recipients = half.version.iter().flat_map(|version| &version.recipients);
    let names = named(&half.environment, recipients.map(String::as_str));
    names.into_iter().collect()
}

fn rule_line(before: Option<&Half>, after: &Half, news: &News<'_>) -> Vec<String> {
    let rule = |half: &Half| {
        let version = half.version.as_ref();
        version
            .map(|version| version.rule.clone())
            .filter(|rule| !rule.is_empty())
    };
    match (before.and_then(rule), rule(after)) {
        (Some(then), Some(now)) if then != now => {
            let line = format!("~ which values are encrypted: {now} instead of {then}");
            vec![news.with(line, Entry::changes_rule)]
        }
        _ => Vec::new(),
    }
}
