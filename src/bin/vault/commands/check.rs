//! `vault check`: everything that can be wrong with a vault, in one go.

use clap::Args;
use vault::{
    accord::Drift,
    config::{Config, Environment},
    render,
    value::{EnvName, Map, Node, Scalar},
    vault::CONFIG,
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Trouble, Workspace},
};

/// Check the files of all environments, or of one
///
/// Form, signature, membership log, members and layers as the config wants them, and, where one of your identities is a recipient, that
/// every value opens. Exit code 1 if anything is found, 3 if integrity or trust is among it. Without an identity, or with
/// --keyless, everything is checked that needs none: right for pull requests.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The environment; all if it is left out
    environment: Option<EnvName>,
    /// Use no identity
    #[arg(long)]
    keyless: bool,
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
}

impl Check {
    /// Checks everything, then says what was found.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = match Workspace::open(context) {
            Ok(workspace) => workspace,
            Err(failure) => return Err(all_of_config(context, failure)),
        };
        let environments: Vec<&Environment> = match &self.environment {
            Some(name) => vec![workspace.environment(name)?],
            None => workspace.config().environments().collect(),
        };
        let reports: Vec<Report> = environments
            .into_iter()
            .map(|environment| self.report(&workspace, environment))
            .collect();
        let text = if self.json {
            json(&reports)?
        } else {
            plain(&reports)
        };
        context.terminal().print(&text)?;
        if !self.json {
            reports.iter().for_each(|report| complain(context, report));
        }
        Ok(verdict(&reports))
    }

    fn report(&self, workspace: &Workspace<'_>, environment: &Environment) -> Report {
        let mut report = Report {
            name: environment.name().to_string(),
            state: String::new(),
            troubles: Vec::new(),
        };
        if let Err(trouble) = self.examine(workspace, environment, &mut report) {
            report.troubles.push(suspicious(environment, trouble));
        }
        report
    }

    fn examine(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        report: &mut Report,
    ) -> Result<(), Trouble> {
        let Some(accepted) = workspace.accept(environment)? else {
            workspace.refuse_second_birth(environment)?;
            report.state = "no file yet".to_owned();
            return Ok(());
        };
        let verified = &accepted.verified;
        report.state = match verified.signer() {
            Some(signer) => format!("signed by {signer}"),
            None => "not signed, as .vault.yaml says".to_owned(),
        };
        if let Some(policy) = verified.policy() {
            report
                .troubles
                .extend(drift(environment, &Drift::between(policy, environment)));
            for layer in policy.extends() {
                workspace.layer(environment, layer)?;
            }
        }
        if self.keyless {
            return Ok(());
        }
        match workspace.opener(verified)? {
            Some(_) => {
                let opened = workspace.open_accepted(environment, accepted)?;
                let keys = Node::Map(opened.tree().clone()).leaves().len();
                report.state.push_str(&format!(", opens, {keys} keys"));
            }
            None => report.state.push_str(", not opened: you are no recipient"),
        }
        Ok(())
    }
}

/// A signed file that is not even read cannot be verified: that is a matter of integrity.
fn suspicious(environment: &Environment, trouble: Trouble) -> Trouble {
    match environment.is_signed() && trouble.exit == Exit::Failed {
        true => Trouble {
            exit: Exit::Untrusted,
            ..trouble
        },
        false => trouble,
    }
}

fn drift(environment: &Environment, drift: &Drift) -> Option<Trouble> {
    if drift.is_empty() {
        return None;
    }
    let text = format!(
        "{}: .vault.yaml wants other members or layers than the file has",
        environment.name()
    );
    let trouble = Trouble {
        exit: Exit::No,
        ..Trouble::failed(text)
    };
    let trouble = drift.lines().into_iter().fold(trouble, Trouble::detail);
    Some(trouble.hint(format!(
        "vault sync {} brings the file in line",
        environment.name()
    )))
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
    let line = |report: &Report| match report.troubles.is_empty() {
        true => format!("{}: ok ({})\n", report.name, report.state),
        false => format!("{}: not ok\n", report.name),
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

fn json(reports: &[Report]) -> Result<String, Failure> {
    use vault::secret::ExposeSecret;
    let text = |text: &str| Node::Scalar(Scalar::str(text));
    let trouble = |trouble: &Trouble| {
        let details = Node::List(trouble.details.iter().map(|line| text(line)).collect());
        let kind = if trouble.exit == Exit::Untrusted {
            "trust"
        } else {
            "finding"
        };
        Node::Map(Map::from_iter([
            ("kind".to_owned(), text(kind)),
            ("error".to_owned(), text(&trouble.text)),
            ("details".to_owned(), details),
        ]))
    };
    let report = |report: &Report| {
        let troubles = Node::List(report.troubles.iter().map(trouble).collect());
        Node::Map(Map::from_iter([
            ("environment".to_owned(), text(&report.name)),
            ("state".to_owned(), text(&report.state)),
            ("findings".to_owned(), troubles),
        ]))
    };
    let all = Node::List(reports.iter().map(report).collect());
    let printed = render::json(&all).map_err(|error| Failure::because(&error))?;
    Ok(printed.expose_secret().to_owned())
}

/// A config that is not valid, with all that is wrong in it.
fn all_of_config(context: &Context, failure: Failure) -> Failure {
    let text = vault::vault::Root::find(context.directory())
        .ok()
        .and_then(|root| root.read(std::path::Path::new(CONFIG)).ok());
    let errors = text
        .as_ref()
        .and_then(|snapshot| snapshot.text().ok())
        .and_then(|text| Config::parse_all(text).err())
        .unwrap_or_default();
    errors.iter().skip(1).fold(failure, |failure, error| {
        failure.detail(format!("{CONFIG}: {error}"))
    })
}
