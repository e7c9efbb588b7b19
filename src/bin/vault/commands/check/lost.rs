//! Environments that were signed once and are in no config any more: nothing signed tells that somebody ended them, so it is told which,
//! where, and what came in their place; and branches that have no config any more.

use std::path::Path;

use vault::{config::Config, known::Circle, members::Entry, value::EnvName, vault::CONFIG};

use super::{
    Report, Trouble,
    base::Base,
    history::{brought, signed_before},
    uncovered::on_branches,
};
use crate::{
    failure::Failure,
    repo::{BlobId, Lineage, Map, Reach, Repo, Step},
    workspace::{
        Lineal, Proof, Signed, Version, Versions, Workspace, config_of, configs_in, file_of,
    },
};

/// A report of each of them, and one of the branches; `lineals` are the environments that there are.
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
    let (configs, names) = workspace.by_config(repo, reach, |map| configs_in(repo, reach, map))?;
    let mut reports: Vec<Report> = on_branches(workspace.context(), repo, &configs)
        .into_iter()
        .collect();
    let names: Vec<EnvName> = names.into_iter().collect();
    let is_there = |name: &EnvName| lineals.iter().any(|lineal| lineal.names.contains(name));
    let gone: Vec<usize> = (0..names.len())
        .filter(|at| !is_there(&names[*at]))
        .collect();
    if gone.is_empty() {
        return Ok(reports);
    }
    let mut past = Past {
        workspace,
        lineage: &workspace.by_config(repo, reach, |map| named(repo, reach, map, &names))?,
        versions: Versions::new(workspace.context(), repo, false),
        names: &names,
    };
    for at in gone {
        reports.extend(past.report(at)?);
    }
    Ok(reports)
}

/// The files of these environments in history, where the config of the time names them.
fn named(
    repo: &Repo,
    reach: Reach<'_>,
    map: Map<'_>,
    names: &[EnvName],
) -> Result<Lineage, Failure> {
    repo.lineage(reach, map, &mut |text| {
        let config = text.and_then(config_of);
        let file = |name: &EnvName| file_of(config.as_ref(), name);
        names.iter().map(file).collect()
    })
}

struct Past<'p> {
    workspace: &'p Workspace<'p>,
    lineage: &'p Lineage,
    versions: Versions<'p>,
    names: &'p [EnvName],
}

/// An environment that may stand in for one that went.
struct Arrival<'p> {
    name: &'p EnvName,
    bond: Bond,
    since: Since,
}

/// When it came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Since {
    /// Earlier: it was there beside the other one.
    Before,
    /// In the same commit.
    There,
    /// Later.
    After,
}

/// What one that came has to do with what was there before.
enum Bond {
    /// Somebody whom an environment listed just before has signed for it; the name is who began it.
    Vouched(String),
    /// Nobody of them has.
    Strange(String),
    /// It is of the log that is gone, and does not have all of it.
    Older,
    /// Nobody has signed for it at all.
    Unsigned,
    /// The same, and it has the data key of the one that is gone.
    Stripped,
}

impl Arrival<'_> {
    /// Whether it is to be told: what is in order, or not signed, only where it came in the same commit.
    fn is_told(&self) -> bool {
        match self.bond {
            Bond::Older => true,
            Bond::Strange(_) => self.since != Since::Before,
            Bond::Stripped => self.since != Since::After,
            Bond::Vouched(_) | Bond::Unsigned => self.since == Since::There,
        }
    }

    fn is_usurper(&self) -> bool {
        match self.bond {
            Bond::Vouched(_) => false,
            Bond::Strange(_) | Bond::Unsigned => self.since == Since::There,
            Bond::Stripped => self.since != Since::After,
            Bond::Older => true,
        }
    }

    fn told(&self) -> String {
        let place = match self.since {
            Since::Before => "was there already",
            Since::There => "came there",
            Since::After => "came after it",
        };
        let bond = match &self.bond {
            Bond::Vouched(founder) => format!("begun by {founder}"),
            Bond::Strange(founder) => {
                format!("begun by {founder}, whom no environment listed before")
            }
            Bond::Older => "of the same log, whose later changes of members are undone".to_owned(),
            Bond::Stripped if self.since == Since::Before => {
                "not signed, with the same data key".to_owned()
            }
            Bond::Unsigned | Bond::Stripped => "not signed".to_owned(),
        };
        format!("{} {place}, {bond}", self.name)
    }
}

impl<'p> Past<'p> {
    /// What there is to say of an environment that is gone; nothing if it was never signed, or goes on under another name.
    fn report(&mut self, file: usize) -> Result<Option<Report>, Failure> {
        let Some((step, gone)) = self.loss(file)? else {
            return Ok(None);
        };
        let name = &self.names[file];
        let arrivals = self.arrivals(step, &gone)?;
        let mut report = Report::of(name);
        let author = self.workspace.context().terminal().one_line(&step.author);
        let mut state = vec![format!("gone since commit {} by {author}", step.commit)];
        state.extend(arrivals.iter().map(Arrival::told));
        report.state = state.join("; ");
        let usurped_by = arrivals.iter().find(|it| it.is_usurper());
        report
            .troubles
            .extend(usurped_by.map(|_| self.usurped(name, &report.state, step)));
        Ok(Some(report))
    }

    /// Where it was lost, and its last signed versions: nothing that came in the same commit goes on from them.
    fn loss(&mut self, file: usize) -> Result<Option<(&'p Step, Vec<BlobId>)>, Failure> {
        let lineage = self.lineage;
        let steps = || lineage.steps.iter().filter(|step| step.file == file);
        let brought = brought(steps());
        for step in steps().filter(|step| step.blob.is_none()) {
            let mut gone = Vec::new();
            for id in signed_before(&mut self.versions, step, &brought)? {
                let before = self.versions.get(id)?;
                if let Some(signed) = before.signed()
                    && !self.goes_on(step, signed)?
                {
                    gone.push(id);
                }
            }
            if !gone.is_empty() {
                return Ok(Some((step, gone)));
            }
        }
        Ok(None)
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

    /// What came in the commit of a step, what nobody vouches for that came since, and what was there before that is made of the one
    /// that went.
    fn arrivals(&mut self, at: &Step, gone: &[BlobId]) -> Result<Vec<Arrival<'p>>, Failure> {
        let (lineage, names) = (self.lineage, self.names);
        let mut arrivals = self.standing(at, gone)?;
        let mut is_past = false;
        for step in &lineage.steps {
            let is_there = step.commit == at.commit;
            if is_past && !is_there {
                break;
            }
            is_past = is_there;
            let is_new = step.before.iter().all(Option::is_none);
            let Some(id) = step.blob.filter(|_| is_new) else {
                continue;
            };
            let since = match is_there {
                true => Since::There,
                false => Since::After,
            };
            arrivals.extend(self.bond(step, id, gone)?.map(|bond| Arrival {
                name: &names[step.file],
                bond,
                since,
            }));
        }
        arrivals.retain(Arrival::is_told);
        Ok(arrivals)
    }

    /// The environments that the commit of a step has, and had before.
    fn standing(&mut self, at: &Step, gone: &[BlobId]) -> Result<Vec<Arrival<'p>>, Failure> {
        let names = self.names;
        let Some(repo) = self.workspace.repo()? else {
            return Ok(Vec::new());
        };
        let config = |revision: &str| -> Result<Option<Config>, Failure> {
            let text = repo.file_at(revision, Path::new(CONFIG))?;
            Ok(text.as_deref().and_then(config_of))
        };
        let (before, now) = (format!("{}^1", at.commit), config(&at.commit)?);
        let before = config(&before).ok().flatten();
        let mut found = Vec::new();
        for name in names {
            let (Some(_), Some(file)) =
                (file_of(before.as_ref(), name), file_of(now.as_ref(), name))
            else {
                continue;
            };
            let Some(bytes) = repo.file_at(&at.commit, &file)? else {
                continue;
            };
            found.extend(
                self.bond(at, repo.id_of(&bytes)?, gone)?
                    .map(|bond| Arrival {
                        name,
                        bond,
                        since: Since::Before,
                    }),
            );
        }
        Ok(found)
    }

    /// What a version of another environment has to do with what was there before a step; `None` for one that proves nothing.
    fn bond(&mut self, step: &Step, id: BlobId, gone: &[BlobId]) -> Result<Option<Bond>, Failure> {
        let version = self.versions.get(id)?;
        Ok(match &version.proof {
            Proof::Bad(_) => None,
            Proof::Unsigned if self.is_stripped(&version, gone)? => Some(Bond::Stripped),
            Proof::Unsigned => Some(Bond::Unsigned),
            Proof::Signed(signed) if self.is_older(signed, gone)? => Some(Bond::Older),
            Proof::Signed(signed) => Some(self.beginning(step, signed)),
        })
    }

    /// Whether a version has the data key of one that is gone, as that has it.
    fn is_stripped(&mut self, version: &Version, gone: &[BlobId]) -> Result<bool, Failure> {
        for id in gone {
            let before = self.versions.get(*id)?;
            if !version.wrapped.is_disjoint(&before.wrapped) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a version is of the log of one that is gone, does not go on from it, and has other members: where it has the same, a
    /// change of the name was taken back and nothing else.
    fn is_older(&mut self, signed: &Signed, gone: &[BlobId]) -> Result<bool, Failure> {
        for id in gone {
            let before = self.versions.get(*id)?;
            let is_older = |before: &Signed| {
                signed.log.first() == before.log.first()
                    && !signed.follows(before)
                    && !signed.policy.members().eq(before.policy.members())
            };
            if before.signed().is_some_and(is_older) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Who began a signed environment that came with a step, and whether anybody vouches for it whom one listed before.
    fn beginning(&self, step: &Step, signed: &Signed) -> Bond {
        let entries = signed.log.iter().filter_map(|it| self.versions.entry(it));
        let entries: Vec<&Entry> = entries.collect();
        let founder = entries.first().map_or("", |first| first.by().as_str());
        // Where the commit before cannot be read, nothing is said of who knew whom.
        let before = format!("{}^1", step.commit);
        let circle = Base::of(self.workspace, &before).map(|base| base.people());
        let is_vouched = |circle: &Circle| entries.iter().any(|entry| circle.has_signed(entry));
        match circle.is_ok_and(|circle| !is_vouched(&circle)) {
            true => Bond::Strange(founder.to_owned()),
            false => Bond::Vouched(founder.to_owned()),
        }
    }

    /// That something came in the place of an environment which nobody of those who were there has signed for.
    fn usurped(&self, name: &EnvName, state: &str, step: &Step) -> Trouble {
        let (commit, config) = (&step.commit, self.workspace.named_to_git(CONFIG.as_ref()));
        Trouble::untrusted(format!("{name}: {state}"))
            .hint(format!("git show {commit} -- {config} shows what was changed"))
            .hint(format!(
                "if that was you or a colleague: vault check --history --since {commit} checks what came after it"
            ))
    }
}
