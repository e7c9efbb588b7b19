//! `vault access`: who can read and write which environment, since when, and who says so. Needs no identity.

mod told;

use std::collections::BTreeSet;

use clap::Args;
use vault::{
    accord::Drift,
    config::Environment,
    keys::Member,
    members::{Entry, Policy},
    sealed::Verified,
    value::{EnvName, Name, near::nearest},
};

use super::{check::faults::suspicious, members::has_recipients};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Origin, Trouble, Workspace},
};

/// Show who can read and write what, since when, and who says so
///
/// Tells from the membership logs in the files, whose signatures are checked: each member of each environment with fingerprint, the groups
/// that .vault.yaml lists them through, the signed entry since which it is so, and, where there is git, the commit that brought it.
/// What .vault.yaml wants otherwise is marked, and the exit code is 1 then. No identity is needed.
#[derive(Args, Debug)]
pub(crate) struct Access {
    /// The environments; all if none is named
    #[arg(value_name = "ENV")]
    environments: Vec<EnvName>,
    /// Show one person only
    #[arg(long, value_name = "NAME")]
    who: Option<Name>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What there is to say of an environment.
struct Report {
    name: String,
    file: String,
    state: State,
    members: Vec<Row>,
    /// The layers below, and who can put keys into them.
    layers: Vec<(String, Vec<String>)>,
    /// What .vault.yaml wants otherwise.
    drift: Vec<String>,
    /// What to type about that.
    ways: Vec<String>,
    /// Why the file is not accepted.
    trouble: Option<Trouble>,
}

enum State {
    Signed { by: String },
    Unsigned,
    NoFile,
    Refused,
}

/// Somebody in an environment.
struct Row {
    name: String,
    /// Public keys that nobody named have no fingerprint but themselves.
    fingerprint: Option<String>,
    writes: bool,
    through: Vec<String>,
    since: Option<Since>,
    /// That .vault.yaml wants it otherwise.
    wanted: Option<String>,
}

/// The entry of the log since which it is so.
struct Since {
    at: String,
    by: String,
    origin: Option<Origin>,
}

impl Access {
    /// Prints the matrix, then complains about what is not as it should be.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environments = workspace.environments_or_all(&self.environments)?;
        let mut reports = Vec::new();
        for environment in environments {
            reports.push(report(&workspace, environment)?);
        }
        if let Some(name) = &self.who {
            narrow(&workspace, name, &mut reports)?;
        }
        let text = match self.json {
            true => told::json(&reports)?,
            false => told::plain(context.terminal(), &reports),
        };
        context.terminal().print(&text)?;
        reports.iter().for_each(|report| complain(context, report));
        Ok(verdict(&reports))
    }
}

/// Leaves one person, and the environments that have to do with them.
fn narrow(
    workspace: &Workspace<'_>,
    name: &Name,
    reports: &mut Vec<Report>,
) -> Result<(), Failure> {
    let known: BTreeSet<String> = reports
        .iter()
        .flat_map(|report| report.members.iter().map(|row| row.name.clone()))
        .chain(workspace.config().members().keys().map(Name::to_string))
        .collect();
    if !known.contains(name.as_str()) {
        let failure = Failure::new(format!("nobody here is called `{name}`"));
        return Err(
            match nearest(name.as_str(), known.iter().map(String::as_str)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("vault access shows everybody"),
            },
        );
    }
    let about = format!(" {name} ");
    for report in reports.iter_mut() {
        report.members.retain(|row| row.name == name.as_str());
        report
            .drift
            .retain(|line| format!("{line} ").contains(&about));
    }
    reports.retain(|report| !report.members.is_empty() || report.trouble.is_some());
    Ok(())
}

fn report(workspace: &Workspace<'_>, environment: &Environment) -> Result<Report, Failure> {
    let mut report = Report {
        name: environment.name().to_string(),
        file: environment.file().to_string(),
        state: State::NoFile,
        members: Vec::new(),
        layers: Vec::new(),
        drift: Vec::new(),
        ways: Vec::new(),
        trouble: None,
    };
    match workspace.accept_to_check(environment) {
        Ok(Some(accepted)) => {
            fill(workspace, environment, &accepted.verified, &mut report)?;
            if !report.drift.is_empty() {
                let usual = format!("vault sync {} brings the file in line", report.name);
                let file = accepted.verified.file();
                report.ways = workspace.ways_into_line(environment, file, usual);
            }
        }
        Ok(None) => match workspace.refuse_second_birth(environment) {
            Ok(()) => {}
            Err(trouble) => report.refuse(trouble),
        },
        Err(trouble) => report.refuse(suspicious(environment, trouble)),
    }
    Ok(report)
}

impl Report {
    fn refuse(&mut self, trouble: Trouble) {
        self.state = State::Refused;
        self.trouble = Some(trouble);
    }
}

fn fill(
    workspace: &Workspace<'_>,
    environment: &Environment,
    verified: &Verified,
    report: &mut Report,
) -> Result<(), Failure> {
    report.layers = match verified.policy() {
        Some(policy) => layers(workspace, policy.extends()),
        None => layers(workspace, environment.extends()),
    };
    let (Some(log), Some(signer)) = (verified.log(), verified.signer()) else {
        report.state = State::Unsigned;
        report.members = unsigned(workspace, environment, verified);
        if !has_recipients(verified, environment) {
            report
                .drift
                .push("~ .vault.yaml wants other recipients than the file has".to_owned());
        }
        return Ok(());
    };
    report.state = State::Signed {
        by: signer.to_string(),
    };
    let policy = log.policy();
    let since = |name: &Name| log.since(name).map(signature);
    let wanted = policy.members().filter_map(|(name, _)| since(name));
    let origins = workspace.origins(environment, log, &wanted.collect())?;
    let drift = Drift::between(policy, environment);
    let is_pending = |name: &Name| {
        let mut pending = workspace.config().pending_removals(environment.name());
        pending.any(|(who, _)| who == name)
    };
    let row = |(name, member): (&Name, &Member)| Row {
        name: name.to_string(),
        fingerprint: Some(member.fingerprint()),
        writes: member.writes_with().is_some(),
        through: through(environment, name),
        since: log.since(name).map(|entry| Since {
            at: entry.at().to_owned(),
            by: entry.by().to_string(),
            origin: origins.get(&signature(entry)).cloned(),
        }),
        wanted: match is_pending(name) {
            true => Some("has left; the removal is pending".to_owned()),
            false => wanted_otherwise(&drift, name),
        },
    };
    report.members = policy.members().map(row).collect();
    report.drift = drift.lines();
    Ok(())
}

fn signature(entry: &Entry) -> String {
    entry.signature().to_base64()
}

fn through(environment: &Environment, name: &Name) -> Vec<String> {
    let groups = environment.through(name).iter();
    groups.map(Name::to_string).collect()
}

fn wanted_otherwise(drift: &Drift, name: &Name) -> Option<String> {
    if drift.dropped.contains_key(name) {
        return Some(".vault.yaml does not list them any more".to_owned());
    }
    let difference = drift.changed.get(name)?;
    Some(format!(".vault.yaml wants: {difference}"))
}

/// Nothing in such a file says who made it: whoever reads it can write it.
fn unsigned(workspace: &Workspace<'_>, environment: &Environment, verified: &Verified) -> Vec<Row> {
    let row = |shown: String| {
        let name: Option<Name> = shown.parse().ok();
        let member = name
            .as_ref()
            .and_then(|name| environment.readers().get(name));
        Row {
            fingerprint: member.map(Member::fingerprint),
            writes: true,
            through: name.map_or_else(Vec::new, |name| through(environment, &name)),
            since: None,
            wanted: match member {
                Some(_) => None,
                None => Some(".vault.yaml does not list this key".to_owned()),
            },
            name: shown,
        }
    };
    let readers = workspace.readers(environment, verified);
    readers.into_iter().map(row).collect()
}

/// The layers below, all the way down, with those who can write them by their own logs.
fn layers(workspace: &Workspace<'_>, extends: &[EnvName]) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut open: Vec<EnvName> = extends.to_vec();
    while let Some(name) = open.pop() {
        if found.iter().any(|(known, _)| known == name.as_str()) {
            continue;
        }
        let layer = workspace.environment(&name).ok();
        let accepted = layer.and_then(|layer| workspace.accept(layer).ok().flatten());
        let policy = accepted
            .as_ref()
            .and_then(|accepted| accepted.verified.policy());
        let writers = policy.map_or_else(Vec::new, writers);
        open.extend(policy.map_or(&[][..], Policy::extends).iter().cloned());
        found.push((name.to_string(), writers));
    }
    found
}

fn writers(policy: &Policy) -> Vec<String> {
    policy.writers().map(|(name, _)| name.to_string()).collect()
}

fn complain(context: &Context, report: &Report) {
    let terminal = context.terminal();
    if let Some(trouble) = &report.trouble {
        terminal.error(format!("{}: {}", report.name, trouble.text));
        trouble
            .details
            .iter()
            .for_each(|detail| terminal.detail(detail));
        trouble.hints.iter().for_each(|hint| terminal.hint(hint));
    }
    if !report.drift.is_empty() {
        terminal.warn(format!(
            "{}: .vault.yaml wants other members or layers than the file has",
            report.name
        ));
        report.ways.iter().for_each(|way| terminal.hint(way));
    }
}

fn verdict(reports: &[Report]) -> Exit {
    let mut troubles = reports.iter().filter_map(|report| report.trouble.as_ref());
    if troubles.any(|trouble| trouble.exit == Exit::Untrusted) {
        return Exit::Untrusted;
    }
    let is_fine = |report: &Report| report.trouble.is_none() && report.drift.is_empty();
    match reports.iter().all(is_fine) {
        true => Exit::Done,
        false => Exit::No,
    }
}
