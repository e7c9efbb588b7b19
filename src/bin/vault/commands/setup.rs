//! `vault setup`: what somebody does who has just cloned a repository with a vault.

use clap::Args;
use vault::{
    config::Environment,
    keys::Member,
    value::{EnvName, Name},
};

use super::{
    init::{guessed_name, identity},
    keygen,
    whoami::plain_access,
};
use crate::{
    context::{Context, Finding, Lock},
    failure::{Exit, Failure},
    workspace::{Access, Workspace},
};

/// Begin to work with the vault of this repository
///
/// Finds your identity, or makes one. Prints your line, which environments it opens, and for those that it does not open yet what a
/// colleague has to type to let you in. Changes nothing in the repository, and can be repeated at any time.
#[derive(Args, Debug)]
pub(crate) struct Setup {
    /// The environment to work with; all if it is left out
    environment: Option<EnvName>,
    /// Make an identity without asking, if there is none
    #[arg(long)]
    yes: bool,
}

impl Setup {
    /// Makes what is missing, and says what is left for others to do.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environments: Vec<&Environment> = match &self.environment {
            Some(name) => vec![workspace.environment(name)?],
            None => workspace.config().environments().collect(),
        };
        let member = self.member(context)?;
        let terminal = context.terminal();
        let findings = findings(context, &member);
        let mut access = Vec::new();
        for environment in &environments {
            // What is accepted is remembered from here on, as by every command that uses it.
            if let Err(trouble) = workspace.accept_to_check(environment) {
                terminal.warn(named(environment.name(), &trouble.text));
            }
            let found = workspace.access(environment, &findings);
            access.push((environment.name().to_string(), found));
        }
        let text = format!(
            "{member}\n    {:<12} {}\n{}",
            "fingerprint",
            member.fingerprint(),
            plain_access(&access)
        );
        terminal.print(&text)?;
        let closed = environments.iter().zip(&access);
        let closed: Vec<&Environment> = closed
            .filter(|(_, (_, access))| matches!(access, Access::Closed))
            .map(|(environment, _)| *environment)
            .collect();
        ask_for(&workspace, &member, &closed);
        Ok(Exit::Done)
    }

    /// The person's line; an identity is made if there is none.
    fn member(&self, context: &Context) -> Result<Member, Failure> {
        let (member, made) = identity(context)?;
        let Some(made) = made else {
            return Ok(member);
        };
        let terminal = context.terminal();
        let place = keygen::default_place(context)?;
        if !self.yes {
            let question = format!(
                "You have no identity yet. Make one, in {}?",
                place.display()
            );
            let none = || {
                Failure::new("you have no identity yet")
                    .hint(
                        "vault setup --yes makes one; vault keygen --passphrase one that is locked",
                    )
                    .hint("-i FILE names one that lies elsewhere")
            };
            if !terminal.can_ask() || !terminal.confirm(&question)? {
                return Err(none());
            }
        }
        let path = keygen::keep(context, &made)?;
        terminal.say(format!(
            "wrote a new identity to {}; keep a copy of it in a safe place",
            path.display()
        ));
        Ok(member)
    }
}

/// Everything that there is, and what has just been made.
fn findings(context: &Context, member: &Member) -> Vec<Finding> {
    let (mut findings, _) = context.identities().findings();
    if findings.is_empty() {
        findings.push(Finding {
            member: Some(member.clone()),
            lock: Lock::Open,
            origin: String::new(),
        });
    }
    findings
}

/// Says whom to send the line to, and what they type.
fn ask_for(workspace: &Workspace<'_>, member: &Member, closed: &[&Environment]) {
    let terminal = workspace.context().terminal();
    let is_wanted = |environment: &&Environment| {
        let mut readers = environment.readers().values();
        readers.any(|known| known.reads() == member.reads())
    };
    let (wanted, unknown): (Vec<&Environment>, Vec<&Environment>) = closed
        .iter()
        .partition(|environment| is_wanted(environment));
    for environment in wanted {
        let (env, whom) = (environment.name(), writers(workspace, environment));
        terminal.hint(format!(
            "{env}: .vault.yaml lists you, the file does not yet; ask {whom} to type vault sync {env}"
        ));
    }
    let mut newcomer = Vec::new();
    for environment in unknown {
        let (env, whom) = (environment.name(), writers(workspace, environment));
        match workspace.retired(environment) {
            Some(retired) => {
                terminal.hint(format!("{env}: {}; {}", retired.told(), retired.way(&whom)));
            }
            None => newcomer.push(environment),
        }
    }
    let (name, line) = match workspace.own_name(member) {
        Some((name, known)) => (name.to_string(), known),
        None => {
            let name = new_name(workspace);
            let name = name.map_or_else(|| "NAME".to_owned(), |name| name.to_string());
            (name, member)
        }
    };
    for (whom, names) in by_writers(workspace, &newcomer) {
        terminal.hint(format!(
            "{}: send the first line to {whom}, who types: vault recipients add {name} '{line}' --env {}",
            names.join(", "),
            names.join(" ")
        ));
    }
}

/// The environments of each circle of writers: one of them can do it for all of these with one command.
fn by_writers<'e>(
    workspace: &Workspace<'_>,
    environments: &[&'e Environment],
) -> Vec<(String, Vec<&'e str>)> {
    let mut circles: Vec<(String, Vec<&str>)> = Vec::new();
    for environment in environments {
        let whom = writers(workspace, environment);
        let name = environment.name().as_str();
        match circles.iter_mut().find(|(known, _)| *known == whom) {
            Some((_, names)) => names.push(name),
            None => circles.push((whom, vec![name])),
        }
    }
    circles
}

/// The name of the person at work, unless somebody else has it.
fn new_name(workspace: &Workspace<'_>) -> Option<Name> {
    let name = guessed_name(workspace.context(), workspace.root())?;
    let is_taken = |known: &Name| known.as_str().eq_ignore_ascii_case(name.as_str());
    let config = workspace.config();
    let mut taken = config.members().keys().chain(config.groups().keys());
    (!taken.any(is_taken)).then_some(name)
}

fn writers(workspace: &Workspace<'_>, environment: &Environment) -> String {
    let accepted = workspace.accept(environment).ok().flatten();
    let names: Vec<String> = match accepted.as_ref().map(|accepted| &accepted.verified) {
        Some(verified) => match verified.policy() {
            Some(policy) => policy.writers().map(|(name, _)| name.to_string()).collect(),
            None => workspace.readers(environment, verified),
        },
        None => Vec::new(),
    };
    match names.is_empty() {
        true => "somebody who may write it".to_owned(),
        false => names.join(" or "),
    }
}

/// A text that says of which environment it speaks.
fn named(name: &EnvName, text: &str) -> String {
    let begins = text.strip_prefix(name.as_str());
    match begins.is_some_and(|rest| rest.starts_with([' ', ':'])) {
        true => text.to_owned(),
        false => format!("{name}: {text}"),
    }
}
