//! `vault check`: everything that can be wrong with a vault, in one go.

mod base;
pub(super) mod faults;
mod history;
mod lost;
mod uncovered;

use std::path::Path;

use clap::Args;
use vault::{
    config::{Config, Environment},
    render,
    sealed::Opened,
    secret::ExposeSecret,
    value::{EnvName, Map, Node, Scalar},
    vault::{CONFIG, Root},
};

use super::words;
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::Reach,
    shell,
    workspace::{Accepted, LeftOut, Trouble, Workspace, config_failure, last_readable},
};
use base::Base;

/// Check the files of all environments, or of one
///
/// Looks at form, signature, membership log, members and layers as the config wants them, and, where one of your identities is a
/// recipient, whether every value opens. Everything that is found is told at once; the exit code is 1 then, and 3 if integrity
/// or trust is among it.
///
/// Without an identity, or with --keyless, everything is checked that needs none: right for pull requests. With --base REV it also says
/// what changes since then for members, and that each log goes on from the one that REV has.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The environment; all if it is left out
    environment: Option<EnvName>,
    /// Use no identity
    #[arg(long)]
    keyless: bool,
    /// Compare with a revision: who can read and write now, and whether that follows from what REV has
    #[arg(long, value_name = "REV", allow_hyphen_values = false)]
    base: Option<String>,
    /// Check every version in git's history, too, on every branch
    #[arg(long)]
    history: bool,
    /// With --history: go on from a revision that you know to be right, for instance the commit of `init --fork`
    #[arg(
        long,
        value_name = "REV",
        requires = "history",
        allow_hyphen_values = false
    )]
    since: Option<String>,
    /// With --history: only what leads to the commit that is checked out, not other branches
    #[arg(long, requires = "history", conflicts_with = "since")]
    this_branch: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found about one environment.
struct Report {
    name: String,
    /// What is said if nothing is wrong.
    state: String,
    troubles: Vec<Trouble>,
    /// What is otherwise than in the revision to compare with.
    changes: Vec<String>,
    /// The file, where it was opened.
    opened: Option<Opened>,
}

impl Report {
    fn of(name: impl ToString) -> Self {
        Report {
            name: name.to_string(),
            state: String::new(),
            troubles: Vec::new(),
            changes: Vec::new(),
            opened: None,
        }
    }

    /// How it is with the file; one that was not accepted is told by what was found.
    fn in_words(&self) -> &str {
        match self.state.as_str() {
            "" => "not ok",
            state => state,
        }
    }
}

impl Check {
    /// Which of git's history is checked, if it is.
    fn reach(&self) -> Reach<'_> {
        match &self.since {
            Some(revision) => Reach::Since(revision),
            None if self.this_branch => Reach::Head,
            None => Reach::Everything,
        }
    }

    /// Checks everything, then says what was found.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = match Workspace::open(context) {
            Ok(workspace) => workspace,
            Err(failure) => return self.without_config(context, failure),
        };
        // A repository that cannot be read is no fault of the files.
        workspace.repo()?;
        let environments: Vec<&Environment> = match &self.environment {
            Some(name) => vec![workspace.environment(name)?],
            None => workspace.config().environments().collect(),
        };
        let base = self.base.as_deref();
        let base = base
            .map(|revision| Base::of(&workspace, revision))
            .transpose()?;
        let mut reports: Vec<Report> = environments
            .iter()
            .map(|environment| self.report(&workspace, environment, base.as_ref()))
            .collect();
        compare_keys(&environments, &mut reports);
        let left_out = workspace.all_left_out()?;
        let of_config = tell_left_out(&workspace, &left_out, &environments, &mut reports);
        let mut gone = Vec::new();
        if self.history {
            gone = history::check(&workspace, &environments, self.reach(), &mut reports)?;
        }
        gone.extend(base.iter().flat_map(|base| base.gone(&workspace)));
        if self.environment.is_some() {
            gone.clear();
        }
        let cut_off = faults::cut_off(&workspace, &environments);
        let reports: Vec<Report> = reports
            .into_iter()
            .zip(environments)
            .flat_map(|(report, environment)| {
                [Some(report), self.local_report(&workspace, environment)]
            })
            .flatten()
            .chain(gone)
            .chain(of_config)
            .collect();
        let verdict = self.told(context, &reports)?;
        if !self.json {
            let lines = workspace.kept_from_merging();
            let terminal = context.terminal();
            lines.iter().for_each(|line| terminal.warn(line));
            workspace.tell_left_out_beside(left_out);
            if let Some(line) = cut_off {
                terminal.warn(line);
                terminal.hint("git fetch --unshallow brings the rest");
            }
        }
        Ok(verdict)
    }

    /// What can be said where there is no config to check by.
    fn without_config(&self, context: &Context, failure: Failure) -> Result<Exit, Failure> {
        let reach = self.history.then(|| self.reach());
        let reports = uncovered::reports(context, self.base.as_deref(), reach)?;
        match reports.is_empty() {
            true => Err(all_of_config(context, failure)),
            false => self.told(context, &reports),
        }
    }

    fn told(&self, context: &Context, reports: &[Report]) -> Result<Exit, Failure> {
        let text = match self.json {
            true => json(reports, self.base.is_some())?,
            false => plain(reports),
        };
        context.terminal().print(&text)?;
        if !self.json {
            reports.iter().for_each(|report| complain(context, report));
        }
        Ok(verdict(reports))
    }

    fn report(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        base: Option<&Base<'_>>,
    ) -> Report {
        let mut report = Report::of(environment.name());
        let accepted = workspace.accept_to_check(environment);
        let there = accepted.as_ref().ok().and_then(Option::as_ref);
        let pending = faults::pending(workspace, environment, there.map(|it| &it.verified));
        report.troubles.extend(pending);
        match accepted.map_err(|trouble| faults::suspicious(environment, trouble)) {
            Err(trouble) => report.troubles.push(trouble),
            Ok(Some(accepted)) => {
                if let Some(base) = base {
                    base.compare(workspace, environment, &accepted.verified, &mut report);
                }
                self.examine(workspace, environment, accepted, &mut report);
            }
            Ok(None) if base.is_some_and(|base| base.has_file(environment)) => {
                report.troubles.push(base::taken_away(environment));
            }
            Ok(None) => match refuse_birth(workspace, environment) {
                Ok(()) => report.state.push_str("no file yet"),
                Err(trouble) => report.troubles.push(trouble),
            },
        }
        report
    }

    fn examine(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        accepted: Accepted,
        report: &mut Report,
    ) {
        report.state = match accepted.verified.signer() {
            Some(signer) => format!("signed by {signer}"),
            None => "not signed, as .vault.yaml says".to_owned(),
        };
        let members = faults::of_members(workspace, environment, &accepted.verified);
        report.troubles.extend(members);
        let layout = faults::of_layout(environment, &accepted.verified);
        report.troubles.extend(layout);
        if self.keyless {
            let replaced = faults::replaced(workspace, environment, &accepted.verified);
            report.troubles.extend(replaced);
            return;
        }
        // What nothing tells without a key, that of the file may.
        let replaced =
            faults::replaced(workspace, environment, &accepted.verified).and_then(|_| {
                workspace
                    .refuse_replaced_held(environment, &accepted.verified)
                    .err()
            });
        report.troubles.extend(replaced);
        match open(workspace, environment, accepted) {
            Ok(Some(opened)) => {
                report
                    .state
                    .push_str(&format!(", opens, {}", keys(&opened)));
                report.opened = Some(opened);
            }
            Ok(None) => report
                .state
                .push_str(", not opened: no identity of yours is a recipient"),
            Err(trouble) => report.troubles.push(trouble),
        }
    }
}

impl Check {
    /// About the person's own overrides, where there are any; without an identity nobody can tell whose they are.
    fn local_report(&self, workspace: &Workspace<'_>, environment: &Environment) -> Option<Report> {
        let mut report = Report::of(environment.local()?.name());
        let is_keyless = self.keyless || workspace.context().identities().tried().is_empty();
        let state = match is_keyless {
            true => workspace
                .accept_local(environment)
                .map(|found| found.map(|_| "signed by its only reader".to_owned())),
            false => own_state(workspace, environment),
        };
        match state {
            Ok(state) => report.state = state?,
            Err(trouble) => report.troubles.push(trouble),
        }
        Some(report)
    }
}

/// Tells which files git ignores; returns a report about the config, if that is one of them.
fn tell_left_out(
    workspace: &Workspace<'_>,
    found: &[LeftOut],
    environments: &[&Environment],
    reports: &mut [Report],
) -> Option<Report> {
    for (environment, report) in environments.iter().zip(reports) {
        let file = Path::new(environment.file().as_str());
        report.troubles.extend(workspace.trouble_of(found, [file]));
    }
    let troubles = workspace.trouble_of(found, [Path::new(CONFIG)]);
    (!troubles.is_empty()).then(|| Report {
        troubles,
        ..Report::of(CONFIG)
    })
}

/// Why the file of an environment that has none would not be made.
fn refuse_birth(workspace: &Workspace<'_>, environment: &Environment) -> Result<(), Trouble> {
    workspace.refuse_second_birth(environment)?;
    workspace.refuse_strange_readers(environment)?;
    workspace.refuse_birth_for_leavers(environment)
}

fn own_state(
    workspace: &Workspace<'_>,
    environment: &Environment,
) -> Result<Option<String>, Trouble> {
    let Some((own, accepted)) = workspace.accept_own(environment)? else {
        return Ok(None);
    };
    let opened = own.open(accepted)?;
    Ok(Some(format!("your own, opens, {}", keys(&opened))))
}

fn keys(opened: &Opened) -> String {
    words::keys(Node::Map(opened.tree().clone()).leaves().len())
}

/// Opens a file, if one of the identities at hand is a recipient.
fn open(
    workspace: &Workspace<'_>,
    environment: &Environment,
    accepted: Accepted,
) -> Result<Option<Opened>, Trouble> {
    match workspace.opener(&accepted.verified) {
        Ok(None) => Ok(None),
        Ok(Some(_)) => workspace.open_accepted(environment, accepted).map(Some),
        Err(trouble) => Err(trouble.within(environment.name())),
    }
}

/// Finds files with one data key: whoever could read one of them reads all.
fn compare_keys(environments: &[&Environment], reports: &mut [Report]) {
    let mut found = Vec::new();
    for (at, (environment, report)) in environments.iter().zip(&*reports).enumerate() {
        let has_its_key = |other: &&Report| match (&report.opened, &other.opened) {
            (Some(one), Some(other)) => one.shares_key_with(other),
            _ => false,
        };
        if let Some(twin) = reports[..at].iter().find(has_its_key) {
            found.push((at, one_key(environment, &twin.name)));
        }
    }
    for (at, trouble) in found {
        reports[at].troubles.push(trouble);
    }
}

fn one_key(environment: &Environment, other: &str) -> Trouble {
    let (name, file) = (environment.name(), environment.file());
    let text = format!(
        "{file}: the data key is that of {other}, too: whoever can read one of them can read both"
    );
    let hint = match environment.is_signed() {
        true => format!("vault rekey {name} makes a new one"),
        false => format!(
            "sops rotate --in-place {} makes a new one",
            shell::word(file.as_str())
        ),
    };
    Trouble {
        exit: Exit::No,
        ..Trouble::failed(text).hint(hint)
    }
}

fn verdict(reports: &[Report]) -> Exit {
    let found = || reports.iter().flat_map(|report| &report.troubles);
    match found().next() {
        None => Exit::Done,
        Some(_) if found().any(|trouble| trouble.exit == Exit::Untrusted) => Exit::Untrusted,
        Some(_) => Exit::No,
    }
}

fn plain(reports: &[Report]) -> String {
    let line = |report: &Report| {
        let mut text = match report.troubles.is_empty() {
            true => format!("{}: ok ({})\n", report.name, report.state),
            false => format!("{}: not ok\n", report.name),
        };
        for change in &report.changes {
            text.push_str(&format!("    {change}\n"));
        }
        text
    };
    reports.iter().map(line).collect()
}

fn complain(context: &Context, report: &Report) {
    for trouble in &report.troubles {
        context.terminal().error(&trouble.text);
        trouble
            .details
            .iter()
            .for_each(|detail| context.terminal().detail(detail));
        trouble
            .hints
            .iter()
            .for_each(|hint| context.terminal().hint(hint));
    }
}

fn json(reports: &[Report], is_compared: bool) -> Result<String, Failure> {
    let text = |text: &str| Node::Scalar(Scalar::str(text));
    let trouble = |trouble: &Trouble| {
        let details = Node::List(trouble.details.iter().map(|line| text(line)).collect());
        let kind = if trouble.exit == Exit::Untrusted {
            "trust"
        } else {
            "finding"
        };
        let hints = Node::List(trouble.hints.iter().map(|line| text(line)).collect());
        Node::Map(Map::from_iter([
            ("kind".to_owned(), text(kind)),
            ("error".to_owned(), text(&trouble.text)),
            ("details".to_owned(), details),
            ("hints".to_owned(), hints),
        ]))
    };
    let report = |report: &Report| {
        let troubles = Node::List(report.troubles.iter().map(trouble).collect());
        let mut map = Map::from_iter([
            ("environment".to_owned(), text(&report.name)),
            ("state".to_owned(), text(report.in_words())),
            ("findings".to_owned(), troubles),
        ]);
        if is_compared {
            let changes = report.changes.iter().map(|line| text(line)).collect();
            map.insert("changes".to_owned(), Node::List(changes));
        }
        Node::Map(map)
    };
    let all = Node::List(reports.iter().map(report).collect());
    let printed = render::json(&all)?;
    Ok(printed.expose_secret().to_owned())
}

/// A config that is not valid: everything that is wrong in it is told, each with what to do about it.
fn all_of_config(context: &Context, failure: Failure) -> Failure {
    let root = Root::find(context.directory()).ok();
    let text = root
        .as_ref()
        .and_then(|root| root.read(Path::new(CONFIG)).ok());
    let errors = text
        .as_ref()
        .and_then(|snapshot| snapshot.text().ok())
        .and_then(|text| Config::parse_all(text).err());
    let Some(errors) = errors else {
        return failure;
    };
    for failure in errors.iter().map(config_failure) {
        context
            .terminal()
            .error(failure.error().unwrap_or_default());
        failure
            .hints()
            .iter()
            .for_each(|hint| context.terminal().hint(hint));
    }
    if let Some(back) = root.and_then(|root| last_readable(context, &root)) {
        context.terminal().hint(back);
    }
    Failure::silent(failure.code())
}
