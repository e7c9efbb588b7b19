//! What `.vault.yaml` wants otherwise than before: nothing of it is in force before a writer has signed it.

use std::collections::BTreeMap;

use vault::{
    accord::{Difference, Drift},
    config::Config,
    keys::Member,
    value::Name,
};

use super::pairs::{Half, Pair};
use crate::{
    failure::Failure,
    workspace::{Held, Place, Plan, Side, listed},
};

/// What the config says of everybody and of the vault as a whole; where it is gone, also how it comes back.
///
/// # Errors
/// Objects or an index that cannot be read.
pub(super) fn of_config(
    before: &Side<'_>,
    after: &Side<'_>,
    back: Option<String>,
) -> Result<Vec<String>, Failure> {
    Ok(match (&before.plan, &after.plan) {
        (Plan::Valid(then), Plan::Bad(reason)) => {
            let unread = format!("! it cannot be read: {reason}");
            let uncovered = uncovered(then, after, back)?;
            [unread].into_iter().chain(uncovered).collect()
        }
        (_, Plan::Bad(reason)) => vec![format!("! it cannot be read: {reason}")],
        (Plan::Bad(reason), _) => vec![format!("! it could not be read before: {reason}")],
        (Plan::None, Plan::None) => Vec::new(),
        (Plan::Valid(then), Plan::None) => lost(then, after, back)?,
        (Plan::None, Plan::Valid(now)) => changes(None, now),
        (Plan::Valid(then), Plan::Valid(now)) => changes(Some(then), now),
    })
}

/// That nothing can be read of a config any more. What somebody is writing just now is theirs to go on with.
fn uncovered(
    then: &Config,
    after: &Side<'_>,
    back: Option<String>,
) -> Result<Vec<String>, Failure> {
    let lines = lost(then, after, back)?.into_iter();
    let is_revision = matches!(after.place, Place::Revision(_));
    Ok(lines
        .filter(|line| is_revision || line.starts_with('!'))
        .map(|line| line.replacen("! it is gone: ", "! ", 1))
        .filter(|line| line != "! it is gone")
        .collect())
}

/// That the config is gone: which environments nothing covers any more, which files are left, and how it comes back.
fn lost(then: &Config, after: &Side<'_>, back: Option<String>) -> Result<Vec<String>, Failure> {
    let (mut names, mut left) = (Vec::new(), Vec::new());
    for environment in then.environments() {
        names.push(environment.name().as_str());
        if after.file(environment)? != Held::Missing {
            left.push(environment.file().as_str());
        }
    }
    let mut lines = vec![match names.as_slice() {
        [] => "! it is gone".to_owned(),
        names => format!(
            "! it is gone: nothing says any more who may read and write {}",
            names.join(", ")
        ),
    }];
    if !left.is_empty() {
        let left = left.join(", ");
        lines.push(format!("! still there, and checked by nothing: {left}"));
    }
    lines.extend(back);
    Ok(lines)
}

/// What is otherwise in a config than in the one before.
fn changes(then: Option<&Config>, now: &Config) -> Vec<String> {
    let mut lines = repository(then, now);
    let nobody = BTreeMap::new();
    lines.extend(members(
        then.map_or(&nobody, |then| then.members()),
        now.members(),
    ));
    let none = BTreeMap::new();
    lines.extend(groups(
        then.map_or(&none, |then| then.groups()),
        now.groups(),
    ));
    let default = |config: &Config| config.default_environment().map(ToString::to_string);
    let (old, new) = (then.and_then(default), default(now));
    if old != new {
        let or_none = |name: Option<String>| name.unwrap_or_else(|| "none".to_owned());
        lines.push(format!(
            "~ default: {} instead of {}",
            or_none(new),
            or_none(old)
        ));
    }
    lines
}

fn repository(then: Option<&Config>, now: &Config) -> Vec<String> {
    match then.and_then(Config::repository) {
        Some(id) if Some(id) != now.repository() => {
            vec!["! `repository` is another one: every file is refused, or taken for that of another vault".to_owned()]
        }
        _ => Vec::new(),
    }
}

fn members(then: &BTreeMap<Name, Member>, now: &BTreeMap<Name, Member>) -> Vec<String> {
    let listed = now
        .iter()
        .filter_map(|(name, member)| match then.get(name) {
            None => Some(format!("+ recipient {name} ({})", member.fingerprint())),
            Some(is) if is != member => {
                let difference = Difference {
                    is: is.clone(),
                    wanted: member.clone(),
                };
                Some(format!("~ recipient {name} {difference}"))
            }
            Some(_) => None,
        });
    let gone = then.iter().filter(|(name, _)| !now.contains_key(*name));
    let gone = gone.map(|(name, _)| format!("- recipient {name}"));
    listed.chain(gone).collect()
}

type Groups = BTreeMap<Name, Vec<Name>>;

fn groups(then: &Groups, now: &Groups) -> Vec<String> {
    let listed = now
        .iter()
        .filter_map(|(name, members)| match then.get(name) {
            None => Some(format!("+ group {name}: {}", listed(members.iter()))),
            Some(old) => {
                let come = members.iter().filter(|who| !old.contains(who));
                let come = come.map(|who| format!("+ {who}"));
                let gone = old.iter().filter(|who| !members.contains(who));
                let changes: Vec<String> = come.chain(gone.map(|who| format!("- {who}"))).collect();
                (!changes.is_empty()).then(|| format!("~ group {name}: {}", changes.join(", ")))
            }
        });
    let gone = then.keys().filter(|name| !now.contains_key(*name));
    listed
        .chain(gone.map(|name| format!("- group {name}")))
        .collect()
}

/// What the config wants of an environment that its file does not have, and did not have to have before.
pub(super) fn of_environment(pair: &Pair) -> Vec<String> {
    let Some(after) = &pair.after else {
        return Vec::new();
    };
    let before = pair.before.as_ref();
    let now = &after.environment;
    let then = before.map(|half| &half.environment);
    let mut lines = match after.signed() {
        Some(signed) => {
            let old = before.map(missing).unwrap_or_default();
            let new = Drift::between(&signed.policy, now).lines().into_iter();
            new.filter(|line| !old.contains(line)).collect()
        }
        // Its recipients are told already: they stand in the file.
        None if then.is_none() && after.held.bytes().is_some() => Vec::new(),
        None => Drift::of_wishes(then, now).lines(),
    };
    match then {
        // Once a writer has turned it off, that is told of the file.
        Some(then) if then.is_signed() && !now.is_signed() && !is_unsigned(after) => {
            lines.push("! `signed: false`: nobody would vouch for the file any more".to_owned());
        }
        // Once it is signed, that is no wish any more.
        Some(then) if !then.is_signed() && now.is_signed() && after.signed().is_none() => {
            lines.push("~ is signed".to_owned());
        }
        _ => {}
    }
    lines
}

/// Whether there is a file, and it has no signature.
fn is_unsigned(half: &Half) -> bool {
    half.held.bytes().is_some() && half.signed().is_none()
}

/// What the config wanted before already, and the file did not have.
fn missing(before: &Half) -> Vec<String> {
    before.signed().map_or_else(Vec::new, |signed| {
        Drift::between(&signed.policy, &before.environment).lines()
    })
}
