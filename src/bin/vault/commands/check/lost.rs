//! Environments that were signed once and are in no config any more: nothing signed tells that somebody ended them, so it is told which,
//! where, and what came in their place.

use std::{collections::BTreeSet, path::Path};

use vault::{config::Config, known::Circle, members::Entry, value::EnvName, vault::CONFIG};

use super::{Report, Trouble, base::Base};
use crate::{
    failure::Failure,
    repo::{Lineage, Reach, Repo, Step},
    workspace::{Lineal, Signed, Versions, Workspace},
};

/// A report of each of them; `lineals` are the environments that there are.
///
/// # Errors
/// Objects that are missing or damaged.
pub(super) fn lost(
    workspace: &Workspace<'_>,
    lineals: &[Lineal],
    reach: Reach<'_>,
) -> Result<Vec<Report>, Failure> {
    let Some(repo) = workspace.repo()? else {
        return Ok(Vec::new());
    };
    let names: Vec<EnvName> = names(repo, reach)?.into_iter().collect();
    let is_there = |name: &EnvName| lineals.iter().any(|lineal| lineal.names.contains(name));
    let gone: Vec<usize> = (0..names.len())
        .filter(|at| !is_there(&names[*at]))
        .collect();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let mut past = Past {
        workspace,
        lineage: &named(repo, reach, &names)?,
        versions: Versions::new(workspace.context(), repo, false),
        names: &names,
    };
    let reports = gone.into_iter().map(|at| past.report(at));
    Ok(reports
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// Every name of an environment in any config.
fn names(repo: &Repo, reach: Reach<'_>) -> Result<BTreeSet<EnvName>, Failure> {
    let mut names = BTreeSet::new();
    repo.lineage(reach, Path::new(CONFIG), &mut |text| {
        let config = text.and_then(parsed);
        let environments = config.iter().flat_map(Config::environments);
        names.extend(environments.map(|environment| environment.name().clone()));
        Vec::new()
    })?;
    Ok(names)
}

/// The files of these environments in history, where the config of the time names them.
fn named(repo: &Repo, reach: Reach<'_>, names: &[EnvName]) -> Result<Lineage, Failure> {
    repo.lineage(reach, Path::new(CONFIG), &mut |text| {
        let config = text.and_then(parsed);
        let file = |name: &EnvName| {
            let environment = config.as_ref()?.environment(name).ok()?;
            Some(environment.file().as_str().into())
        };
        names.iter().map(file).collect()
    })
}

fn parsed(text: &[u8]) -> Option<Config> {
    Config::parse(std::str::from_utf8(text).ok()?).ok()
}

struct Past<'p> {
    workspace: &'p Workspace<'p>,
    lineage: &'p Lineage,
    versions: Versions<'p>,
    names: &'p [EnvName],
}

/// An environment that came when another one went, or since.
struct Arrival<'p> {
    name: &'p EnvName,
    founder: String,
    /// Whether nobody whom an environment listed just before has signed for it.
    is_strange: bool,
    /// Whether it came in the same commit.
    is_there: bool,
}

impl Arrival<'_> {
    fn told(&self) -> String {
        let (name, founder) = (self.name, &self.founder);
        let place = if self.is_there { "there" } else { "after it" };
        let known = if self.is_strange {
            ", whom no environment listed before"
        } else {
            ""
        };
        format!("{name} came {place}, begun by {founder}{known}")
    }
}

impl<'p> Past<'p> {
    /// What there is to say of an environment that is gone; nothing if it was never signed, or goes on under another name.
    fn report(&mut self, file: usize) -> Result<Option<Report>, Failure> {
        let lineage = self.lineage;
        let mut last = None;
        for step in lineage.steps.iter().filter(|step| step.file == file) {
            if step.blob.is_none() && self.was_lost(step)? {
                last = Some(step);
                break;
            }
        }
        let Some(step) = last else { return Ok(None) };
        let name = &self.names[file];
        let arrivals = self.arrivals(step)?;
        let mut report = Report::of(name);
        let author = self.workspace.context().terminal().one_line(&step.author);
        let mut state = vec![format!("gone since commit {} by {author}", step.commit)];
        state.extend(arrivals.iter().map(Arrival::told));
        report.state = state.join("; ");
        let usurped_by = arrivals.iter().find(|it| it.is_strange && it.is_there);
        report
            .troubles
            .extend(usurped_by.map(|_| usurped(name, &report.state, step)));
        Ok(Some(report))
    }

    /// Whether a signed version was there before, and nothing that came in the same commit goes on from it.
    fn was_lost(&mut self, step: &Step) -> Result<bool, Failure> {
        for id in step.before.iter().flatten() {
            let before = self.versions.get(*id)?;
            let Some(signed) = before.signed() else {
                continue;
            };
            if !self.goes_on(step, signed)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn goes_on(&mut self, at: &Step, before: &Signed) -> Result<bool, Failure> {
        let lineage = self.lineage;
        for step in lineage.steps.iter().filter(|it| it.commit == at.commit) {
            let Some(id) = step.blob else { continue };
            let version = self.versions.get(id)?;
            if version.signed().is_some_and(|it| it.follows(before)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What came in the commit of a step, and strangers of whom nobody knew who came since.
    fn arrivals(&mut self, at: &Step) -> Result<Vec<Arrival<'p>>, Failure> {
        let (lineage, names) = (self.lineage, self.names);
        let (mut arrivals, mut is_past) = (Vec::new(), false);
        for step in &lineage.steps {
            let is_there = step.commit == at.commit;
            if is_past && !is_there {
                break;
            }
            is_past = is_there;
            if let Some((founder, is_strange)) = self.beginning(step)?
                && (is_there || is_strange)
            {
                arrivals.push(Arrival {
                    name: &names[step.file],
                    founder,
                    is_strange,
                    is_there,
                });
            }
        }
        Ok(arrivals)
    }

    /// Who began a signed environment that came with a step, and whether nobody vouches for it whom one listed before.
    fn beginning(&mut self, step: &Step) -> Result<Option<(String, bool)>, Failure> {
        let is_new = step.before.iter().all(Option::is_none);
        let Some(id) = step.blob.filter(|_| is_new) else {
            return Ok(None);
        };
        let version = self.versions.get(id)?;
        let Some(signed) = version.signed() else {
            return Ok(None);
        };
        let entries = signed.log.iter().filter_map(|it| self.versions.entry(it));
        let entries: Vec<&Entry> = entries.collect();
        let founder = entries.first().map_or("", |first| first.by().as_str());
        // Where the commit before cannot be read, nothing is said of who knew whom.
        let before = format!("{}^1", step.commit);
        let circle = Base::of(self.workspace, &before).map(|base| base.people());
        let is_vouched = |circle: &Circle| entries.iter().any(|entry| circle.has_signed(entry));
        let is_strange = circle.is_ok_and(|circle| !is_vouched(&circle));
        Ok(Some((founder.to_owned(), is_strange)))
    }
}

/// That something came in the place of an environment which nobody of those who were there has signed for.
fn usurped(name: &EnvName, state: &str, step: &Step) -> Trouble {
    let commit = &step.commit;
    Trouble::untrusted(format!("{name}: {state}"))
        .hint(format!("git show {commit} -- .vault.yaml shows what was changed"))
        .hint(format!(
            "if that was you or a colleague: vault check --history --since {commit} checks what came after it"
        ))
}
