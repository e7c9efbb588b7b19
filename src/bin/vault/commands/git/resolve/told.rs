//! What is unmerged, for a person and for a program.

use std::{ffi::OsStr, path::Path};

use vault::{
    merge::{Conflict, ConflictKind},
    value::Node,
    vault::CONFIG,
};

use super::{
    case::{Case, Open},
    config::ConfigCase,
};
use crate::{
    commands::answer::{object, printed, text, text_or_null, texts},
    context::Context,
    failure::{Exit, Failure},
    workspace::Workspace,
};

/// Prints what is unmerged, by key and reason; 1 if anything is.
pub(super) fn list(
    context: &Context,
    config: Option<&ConfigCase>,
    cases: &[Case<'_>],
    is_json: bool,
) -> Result<Exit, Failure> {
    let terminal = context.terminal();
    let unmerged: Vec<Unmerged> = config
        .map(of_config)
        .into_iter()
        .chain(cases.iter().map(of_case))
        .collect();
    match is_json {
        true => terminal.print(&printed(&Node::List(unmerged.iter().map(node).collect()))?)?,
        false => terminal.print(&unmerged.iter().flat_map(lines).collect::<String>())?,
    }
    Ok(match unmerged.is_empty() {
        true => Exit::Done,
        false => Exit::No,
    })
}

/// That there is nothing to do here; 1 if git has files of which a vault may be made, and no environment has them.
pub(super) fn nothing(context: &Context, workspace: &Workspace<'_>) -> Result<Exit, Failure> {
    let unmerged = workspace.own_repo()?.unmerged()?;
    let is_yaml = |path: &Path| {
        let ending = path.extension().and_then(OsStr::to_str);
        matches!(ending, Some("yaml" | "yml"))
    };
    let left: Vec<String> = unmerged
        .iter()
        .filter(|file| is_yaml(&file.path))
        .map(|file| file.path.display().to_string())
        .collect();
    if left.is_empty() {
        context.terminal().say("nothing is unmerged");
        return Ok(Exit::Done);
    }
    let failure = Failure::new("no environment's file is unmerged, but git has others that are");
    let failure = left
        .into_iter()
        .fold(failure.exit(Exit::No), Failure::detail);
    Err(failure
        .hint("edit each, then git add FILE, or git rm FILE if it is to go; .vault.yaml first")
        .hint("then vault git resolve says whether secret files wait for that"))
}

/// A file as it is listed.
struct Unmerged {
    path: String,
    /// None for the config.
    environment: Option<String>,
    /// What is not about one key.
    reasons: Vec<String>,
    /// Keys in conflict, and how.
    keys: Vec<(String, &'static str)>,
}

fn of_case(case: &Case<'_>) -> Unmerged {
    Unmerged {
        path: case.waiting.path.to_string_lossy().into_owned(),
        environment: Some(case.waiting.environment.to_string()),
        reasons: reasons(case),
        keys: keys(case),
    }
}

fn of_config(config: &ConfigCase) -> Unmerged {
    let conflicts = config.conflicts();
    let told = |conflict: &Conflict| (conflict.path.to_string(), what(conflict.kind, true));
    let reasons = config.left().filter(|_| conflicts.is_empty());
    Unmerged {
        path: CONFIG.to_owned(),
        environment: None,
        reasons: reasons.iter().flat_map(all_of).collect(),
        keys: conflicts.iter().map(told).collect(),
    }
}

fn lines(file: &Unmerged) -> Vec<String> {
    let path = &file.path;
    let mut lines = vec![match &file.environment {
        Some(environment) => format!("{path} ({environment})\n"),
        None => format!("{path}\n"),
    }];
    let keys = file.keys.iter().map(|(key, what)| format!("{key}: {what}"));
    lines.extend(
        file.reasons
            .iter()
            .cloned()
            .chain(keys)
            .map(|line| format!("    {line}\n")),
    );
    if lines.len() == 1 {
        lines.push("    nothing is left to decide\n".to_owned());
    }
    lines
}

fn node(file: &Unmerged) -> Node {
    let conflict =
        |(key, what): &(String, &'static str)| object([("key", text(key)), ("what", text(*what))]);
    object([
        ("environment", text_or_null(file.environment.as_ref())),
        ("file", text(&file.path)),
        ("reasons", texts(&file.reasons)),
        (
            "conflicts",
            Node::List(file.keys.iter().map(conflict).collect()),
        ),
    ])
}

/// What is not about one key.
fn reasons(case: &Case<'_>) -> Vec<String> {
    match &case.state {
        Err(failure) => all_of(failure),
        Ok(open) => {
            let mut lines: Vec<String> = open.objections.iter().map(ToString::to_string).collect();
            let is_told = |text: &String| !lines.contains(text);
            let unclear = open.recipients.clone().filter(is_told);
            lines.extend(unclear);
            lines.extend(lost_base(open));
            lines
        }
    }
}

fn all_of(failure: &Failure) -> Vec<String> {
    let first = failure.error().map(str::to_owned);
    let details = failure.details().iter().cloned();
    first.into_iter().chain(details).collect()
}

/// Why every difference counts as a conflict, if it does.
pub(super) fn lost_base(open: &Open<'_>) -> Option<String> {
    let trouble = open.work.lost_base.as_ref()?;
    Some(format!(
        "what both sides began with is of no use: {}",
        trouble.text
    ))
}

fn keys(case: &Case<'_>) -> Vec<(String, &'static str)> {
    let Ok(open) = &case.state else {
        return Vec::new();
    };
    let reconciliation = &open.work.reconciliation;
    let is_known = reconciliation.knows_base();
    let told = |conflict: &Conflict| (conflict.path.to_string(), what(conflict.kind, is_known));
    reconciliation.conflicts().iter().map(told).collect()
}

/// How two sides contradict each other; nobody can tell who changed what if nobody knows what they began with.
pub(super) fn what(kind: ConflictKind, is_known: bool) -> &'static str {
    match (kind, is_known) {
        (ConflictKind::BothAdded, true) => "added on both sides with different values",
        (ConflictKind::BothChanged, true) => "changed on both sides to different values",
        (ConflictKind::RemovedHere, true) => "removed here, changed there",
        (ConflictKind::RemovedThere, true) => "changed here, removed there",
        (ConflictKind::BothAdded | ConflictKind::BothChanged, false) => "differs on the two sides",
        (ConflictKind::RemovedHere, false) => "only there",
        (ConflictKind::RemovedThere, false) => "only here",
    }
}

/// What is left, as one failure with the worst of the codes.
pub(super) fn together(left: Vec<Failure>) -> Option<Failure> {
    let worst = left
        .iter()
        .map(Failure::code)
        .max_by_key(|exit| exit.code())?;
    let mut left = left.into_iter();
    let first = left.next()?;
    let all = left.fold(first, |all, failure| {
        let all = all.detail(failure.error().unwrap_or_default());
        let all = failure
            .details()
            .iter()
            .fold(all, |all, line| all.detail(format!("  {line}")));
        failure
            .hints()
            .iter()
            .fold(all, |all, hint| match all.hints().contains(hint) {
                true => all,
                false => all.hint(hint),
            })
    });
    Some(all.exit(worst))
}
