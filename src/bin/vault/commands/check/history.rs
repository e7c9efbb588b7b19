//! Every version of every environment on every branch: that each follows from the one before, and where a log forks.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use vault::{config::Environment, members::Digest};

use super::{Report, Trouble, lost::lost};
use crate::{
    failure::{Exit, Failure},
    repo::{BlobId, Lineage, Reach, Step},
    workspace::{Lineal, Proof, Signed, Versions, Workspace, signed_lines},
};

/// Adds what the history has to what was found of each environment, and returns reports of those that are gone.
///
/// # Errors
/// No git; objects that are missing or damaged.
pub(super) fn check(
    workspace: &Workspace<'_>,
    environments: &[&Environment],
    reach: Reach<'_>,
    reports: &mut [Report],
) -> Result<Vec<Report>, Failure> {
    let mut lineals = Vec::new();
    for environment in environments {
        let accepted = workspace.accept(environment).ok().flatten();
        let log = accepted
            .as_ref()
            .and_then(|accepted| accepted.verified.log());
        lineals.push(Lineal::of(environment, log));
    }
    let (Some(repo), Some(lineage)) = (workspace.repo()?, workspace.lineage(reach, &lineals)?)
    else {
        return Err(Failure::new("--history needs a git repository"));
    };
    if lineage.is_cut_off {
        let terminal = workspace.context().terminal();
        terminal.warn("there is history that was not looked at: the clone is shallow, or has too many commits");
    }
    let mut history = History {
        workspace,
        lineage: &lineage,
        versions: Versions::new(workspace.context(), repo, false),
    };
    for (file, (environment, report)) in environments.iter().zip(reports).enumerate() {
        history.check(file, environment, &lineals[file], report)?;
    }
    lost(workspace, &lineals, reach)
}

/// The steps of one file, by what they brought.
pub(super) type Brought<'s> = HashMap<Option<BlobId>, Vec<&'s Step>>;

pub(super) fn brought<'s>(steps: impl Iterator<Item = &'s Step>) -> Brought<'s> {
    let mut brought = Brought::new();
    for step in steps {
        brought.entry(step.blob).or_default().push(step);
    }
    brought
}

/// The nearest signed versions before a step, on every way.
pub(super) fn signed_before(
    versions: &mut Versions<'_>,
    step: &Step,
    brought: &Brought<'_>,
) -> Result<Vec<BlobId>, Failure> {
    let mut open: Vec<Option<BlobId>> = step.before.clone();
    let mut seen: HashSet<Option<BlobId>> = step.blob.map(Some).into_iter().collect();
    let mut found = Vec::new();
    while let Some(blob) = open.pop() {
        if !seen.insert(blob) {
            continue;
        }
        if let Some(id) = blob
            && versions.get(id)?.signed().is_some()
        {
            found.push(id);
            continue;
        }
        let steps = brought.get(&blob).into_iter().flatten();
        open.extend(steps.flat_map(|step| step.before.iter().copied()));
    }
    Ok(found)
}

struct History<'h, 'c> {
    workspace: &'h Workspace<'c>,
    lineage: &'h Lineage,
    versions: Versions<'h>,
}

impl History<'_, '_> {
    fn check(
        &mut self,
        file: usize,
        environment: &Environment,
        lineal: &Lineal,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let lineage = self.lineage;
        let steps: Vec<&Step> = lineage
            .steps
            .iter()
            .rev()
            .filter(|step| step.file == file)
            .collect();
        let brought = brought(steps.iter().copied());
        for step in &steps {
            let before = signed_before(&mut self.versions, step, &brought)?;
            let found = self.fault(step, &before, environment, lineal)?;
            report.troubles.extend(found);
        }
        report.troubles.extend(self.forks(file, environment)?);
        Ok(())
    }

    fn fault(
        &mut self,
        step: &Step,
        before: &[BlobId],
        environment: &Environment,
        lineal: &Lineal,
    ) -> Result<Option<Trouble>, Failure> {
        let Some(blob) = step.blob else {
            return Ok(None);
        };
        let version = self.versions.get(blob)?;
        let at = self.place(environment, step);
        let signed = match &version.proof {
            Proof::Bad(reason) => {
                return Ok(Some(Trouble::untrusted(format!("{at}: {reason}"))));
            }
            Proof::Unsigned if before.is_empty() => return Ok(None),
            Proof::Unsigned => {
                return Ok(Some(finding(format!(
                    "{at}: not signed, and the version before it was"
                ))));
            }
            Proof::Signed(signed) => signed,
        };
        if !lineal.names.contains(&signed.environment) {
            let text = format!("{at}: signed as {}", signed.environment);
            return Ok(Some(Trouble::untrusted(text)));
        }
        for id in before {
            let before = self.versions.get(*id)?;
            let before = before.signed().expect("it was chosen for that");
            if signed.follows(before) {
                continue;
            }
            return Ok(Some(match before.follows(signed) {
                true => self.undone(&at, before, signed),
                false => Trouble::untrusted(format!(
                    "{at}: does not follow from the version before it: its log is another one"
                ))
                .hint(format!(
                    "if that was you or a colleague (vault init --fork, vault env add --anew): vault check --history --since {} checks what came after it",
                    step.commit
                )),
            }));
        }
        Ok(None)
    }

    /// That a version has an older policy than the one before it.
    fn undone(&self, at: &str, before: &Signed, signed: &Signed) -> Trouble {
        let text = format!("{at}: changes of members are undone");
        let undone = before
            .log
            .iter()
            .filter(|entry| !signed.log.contains(entry));
        let lines = undone.flat_map(|entry| self.lines(entry));
        lines.fold(finding(text), Trouble::detail)
    }

    fn lines(&self, entry: &Digest) -> Vec<String> {
        signed_lines(self.versions.entry(entry))
    }

    /// Ends of the log on different references, none of which leads to another.
    fn forks(
        &mut self,
        file: usize,
        environment: &Environment,
    ) -> Result<Option<Trouble>, Failure> {
        let mut ends: IndexMap<Digest, (Vec<String>, BlobId)> = IndexMap::new();
        for (name, view) in &self.lineage.tips {
            let Some(blob) = view[file] else { continue };
            if let Some(signed) = self.versions.get(blob)?.signed() {
                let end = ends.entry(*signed.policy());
                end.or_insert_with(|| (Vec::new(), blob))
                    .0
                    .push(name.clone());
            }
        }
        let mut logs = Vec::new();
        for (names, blob) in ends.values() {
            logs.push((names, self.versions.get(*blob)?));
        }
        let signed = |at: usize| logs[at].1.signed().expect("it was chosen for that");
        let is_last = |at: &usize| {
            (0..logs.len()).all(|other| other == *at || !signed(other).follows(signed(*at)))
        };
        let last: Vec<usize> = (0..logs.len()).filter(is_last).collect();
        if last.len() < 2 {
            return Ok(None);
        }
        let text = format!("{}: its log forks", environment.name());
        let begins_alike = last
            .iter()
            .all(|at| signed(*at).log.first() == signed(last[0]).log.first());
        let trouble = match begins_alike {
            true => finding(text),
            false => Trouble::untrusted(format!("{text} from the start"))
                .hint("if one of them is of before vault init --fork: vault check --history --since REV, with the commit of the fork, leaves that out"),
        };
        let terminal = self.workspace.context().terminal();
        let shared = |entry: &Digest| last.iter().all(|at| signed(*at).log.contains(entry));
        let mut details = Vec::new();
        for at in &last {
            let names: Vec<_> = logs[*at]
                .0
                .iter()
                .map(|name| terminal.one_line(name))
                .collect();
            details.push(format!("on {}:", names.join(", ")));
            let own = signed(*at).log.iter().filter(|entry| !shared(entry));
            let lines = own.flat_map(|entry| self.lines(entry));
            details.extend(lines.map(|line| format!("  {line}")));
        }
        Ok(Some(details.into_iter().fold(trouble, Trouble::detail)))
    }

    fn place(&self, environment: &Environment, step: &Step) -> String {
        let author = self.workspace.context().terminal().one_line(&step.author);
        format!(
            "{} in commit {} by {author}",
            environment.name(),
            step.commit
        )
    }
}

fn finding(text: String) -> Trouble {
    Trouble {
        exit: Exit::No,
        ..Trouble::failed(text)
    }
}
