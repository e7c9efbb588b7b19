//! A change of the config that is about some people: what it means for the files, and nothing else that differs.

use vault::{
    accord::{Drift, Entries},
    config::{Config, Environment, edit::with_readmitted},
    keys::{Member, Recipient},
    members::Policy,
    sealed::Verified,
    value::Name,
    vault::Change,
};

use crate::{
    commands::{
        members::{Kind, Met, Prepared, Step, has_recipients, meet, prepare},
        plan::{Audience, Plan},
    },
    context::Context,
    failure::{Exit, Failure},
    workspace::{Meeting, Trouble, Workspace, config_failure},
};

/// A config as it is to be, which its own reader accepts.
pub(super) fn parsed(text: &str) -> Result<Config, Failure> {
    Config::parse(text).map_err(|error| config_failure(&error))
}

/// What is to be done to the files so that they agree with a config in which only these people differ.
///
/// # Errors
/// Anything else differs between the config as it is and a file that would be written: that is a matter for `sync`, which shows it.
pub(super) fn steps<'c>(
    workspace: &Workspace<'_>,
    config: &'c Config,
    people: &[Name],
) -> Result<Vec<Step<'c>>, Failure> {
    let mut steps = Vec::new();
    for environment in config.environments() {
        let before = workspace.environment(environment.name())?;
        if before.readers() == environment.readers() && !has_in_file(workspace, before, people) {
            continue;
        }
        let step = step(workspace, before, environment, people)
            .map_err(|trouble| trouble.within(environment.file()))?;
        steps.extend(step);
    }
    Ok(steps)
}

/// Whether a file still lists somebody whom the config does not name there.
fn has_in_file(workspace: &Workspace<'_>, environment: &Environment, people: &[Name]) -> bool {
    // Nobody is asked anything about a file that is not to be written.
    let Ok(Some(accepted)) = workspace.accept(environment) else {
        return false;
    };
    let is_left = |name: &Name| !environment.readers().contains_key(name);
    let policy = accepted.verified.policy();
    policy.is_some_and(|policy| {
        people
            .iter()
            .any(|name| is_left(name) && policy.member(name).is_some())
    })
}

fn step<'c>(
    workspace: &Workspace<'_>,
    before: &Environment,
    environment: &'c Environment,
    people: &[Name],
) -> Result<Option<Step<'c>>, Trouble> {
    let Some(Met { snapshot, verified }) = meet(workspace, before)? else {
        return Ok(None);
    };
    let mut fixed = None;
    let kind = match (verified.policy(), before.is_signed()) {
        (Some(policy), true) => {
            refuse_other_drift(before, policy, people)?;
            let drift = Drift::between(policy, environment);
            if drift.is_empty() {
                return Ok(None);
            }
            Kind::Amend(drift)
        }
        (None, false) => {
            fixed = workspace.meet_unsigned(before, &verified)?;
            if has_recipients(&verified, environment)
                || is_only_listed(&verified, [before, environment], people)
            {
                return Ok(None);
            }
            if !has_recipients(&verified, before) {
                return Err(other_drift(before));
            }
            let recipients = verified.recipients();
            let before = workspace.config();
            Kind::Recipients(Entries::between(recipients, environment, before))
        }
        _ => return Err(other_drift(before)),
    };
    let mut step = Step::new(environment, snapshot, verified, kind);
    step.fixed = fixed;
    Ok(Some(step))
}

/// Whether somebody is only to be listed whom a file without a log is for already, since a colleague has let them in with sops.
fn is_only_listed(
    verified: &Verified,
    [before, after]: [&Environment; 2],
    people: &[Name],
) -> bool {
    let keys: Vec<Recipient> = verified
        .recipients()
        .filter_map(Recipient::of_entry)
        .collect();
    people.iter().all(|name| {
        let is_new = !before.readers().contains_key(name);
        let member = after.readers().get(name).filter(|_| is_new);
        member.is_some_and(|member| keys.contains(member.reads()))
    })
}

fn refuse_other_drift(
    environment: &Environment,
    policy: &Policy,
    people: &[Name],
) -> Result<(), Trouble> {
    let mut drift = Drift::between(policy, environment);
    for name in people {
        drift.added.remove(name);
        drift.dropped.remove(name);
        drift.changed.remove(name);
    }
    match drift.is_empty() {
        true => Ok(()),
        false => Err(drift
            .lines()
            .into_iter()
            .fold(other_drift(environment), Trouble::detail)),
    }
}

/// That config and file differ in something that this change is not about.
pub(in crate::commands) fn other_drift(environment: &Environment) -> Trouble {
    let text = ".vault.yaml wants other members, layers or signatures than the file has";
    Trouble::untrusted(text).hint(format!(
        "vault sync {} brings them in line; then type the command again",
        environment.name()
    ))
}

/// Nobody who has left comes back unless somebody says so, and nobody at all before they are out.
pub(super) fn refuse_return(
    workspace: &Workspace<'_>,
    steps: &[Step<'_>],
    config: &Config,
    people: &[Name],
    is_readmitted: bool,
) -> Result<(), Failure> {
    for step in steps {
        workspace.refuse_taken_back(Meeting::of(step.environment, &step.verified))?;
    }
    if is_readmitted {
        return Ok(());
    }
    for name in people {
        let Some(member) = config.member(name) else {
            continue;
        };
        let left = steps.iter().find(|step| {
            step.environment.readers().contains_key(name)
                && step
                    .verified
                    .log()
                    .is_some_and(|log| log.has_left(name, member))
        });
        if let Some(step) = left {
            let environment = step.environment.name();
            let text = format!("{name}, or that key, has left {environment} before");
            return Err(Failure::new(text)
                .exit(Exit::Untrusted)
                .hint("--readmit lets them in again"));
        }
        if is_back_unsigned(workspace.config(), config, name, member) {
            let text =
                format!("{name}, or that key, has left before, as `former` in .vault.yaml says");
            return Err(Failure::new(text)
                .exit(Exit::Untrusted)
                .hint("--readmit lets them in again"));
        }
    }
    Ok(())
}

/// Whether somebody who has left is to read an environment that is not signed, which they did not by the config: there is no log that could
/// tell.
fn is_back_unsigned(before: &Config, after: &Config, name: &Name, member: &Member) -> bool {
    let had_keys = |environment: &Environment| {
        let before = before.environment(environment.name()).ok();
        let known = before.and_then(|before| before.readers().get(name));
        known.is_some_and(|known| known.has_keys_of(member))
    };
    let mut unsigned = after.environments().filter(|it| !it.is_signed());
    before.has_left(name, member)
        && unsigned.any(|it| it.readers().contains_key(name) && !had_keys(it))
}

/// A config in which these people are none of those who have left, where that was said.
pub(super) fn readmitted(
    text: String,
    people: &[Name],
    is_readmitted: bool,
) -> Result<String, Failure> {
    let mut back = people.iter().filter(|_| is_readmitted);
    back.try_fold(text, |text, name| with_readmitted(&text, name))
        .map_err(|error| config_failure(&error))
}

/// Refuses a config in which nobody could read or write an environment any more.
pub(super) fn refuse_last_writer(before: &Config, after: &Config) -> Result<(), Failure> {
    let is_lost = |environment: &&Environment| {
        let old = before.environment(environment.name());
        environment.is_signed()
            && environment.writers().next().is_none()
            && old.is_ok_and(|old| old.writers().next().is_some())
    };
    match after.environments().find(is_lost) {
        None => Ok(()),
        Some(environment) => Err(Failure::new(format!(
            "nobody could write {} any more: the last writer stays",
            environment.name()
        ))
        .hint("make somebody else a writer first: vault recipients add NAME LINE --env ENV")),
    }
}

/// Shows, asks, and writes config and files, all or none.
pub(super) fn carry_out(
    workspace: &Workspace<'_>,
    text: String,
    mut steps: Vec<Step<'_>>,
    is_decided: bool,
    remarks: &[String],
    done: &str,
) -> Result<Exit, Failure> {
    let context = workspace.context();
    let audience = Audience {
        is_program: false,
        is_decided,
    };
    refuse_fixed(&mut steps)?;
    let plan = Plan(steps.iter().map(Step::planned).collect());
    let prepared = ready(workspace, steps, workspace.config_change(text))?;
    plan.tell(context, audience);
    tell(context, remarks);
    plan.carry_out(context, audience, "Write these changes?", || {
        prepared.write(workspace, done, "type the command again")
    })
}

/// Refuses what changes who reads a file whose signature was turned off.
fn refuse_fixed(steps: &mut [Step<'_>]) -> Result<(), Trouble> {
    let fixed = |step: &mut Step<'_>| Some(step.fixed.take()?.within(step.environment.file()));
    steps.iter_mut().find_map(fixed).map_or(Ok(()), Err)
}

fn ready(
    workspace: &Workspace<'_>,
    steps: Vec<Step<'_>>,
    config: Change,
) -> Result<Prepared, Failure> {
    let mut prepared = prepare(workspace, steps)?;
    prepared.changes[0] = config;
    Ok(prepared)
}

fn tell(context: &Context, remarks: &[String]) {
    remarks
        .iter()
        .for_each(|remark| context.terminal().say(remark));
}
