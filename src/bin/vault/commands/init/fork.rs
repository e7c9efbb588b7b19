//! `vault init --fork`: a fork of a repository gets an id of its own.
//!
//! The first entry of every log names the id, so every log begins anew, with the members that it had, signed by whoever forks. Data keys
//! are new ones: who joins one of the two later must not open the other's files.

use std::path::Path;

use vault::{
    accord::Drift,
    config::{Environment, RepositoryId, edit::with_other_repository},
    members::Origin,
    sealed::{Opened, Signer},
    value::Name,
    vault::Change,
};

use crate::{
    commands::plan::confirm,
    context::Context,
    failure::{Exit, Failure},
    workspace::{Trouble, Workspace, config_failure, new_repository_id},
};

/// A file that begins its log anew.
struct Step {
    line: String,
    change: Change,
}

/// Plans, asks, writes everything or nothing.
pub(super) fn run(context: &Context, is_decided: bool) -> Result<Exit, Failure> {
    let workspace = Workspace::open(context)?;
    if workspace.config().repository().is_none() {
        return Err(Failure::new(
            "this vault has no id yet, so a fork of it needs no other one",
        ));
    }
    let id = new_repository_id();
    let text = with_other_repository(&workspace.config_text(None)?, &id)
        .map_err(|error| config_failure(&error))?;
    let steps = steps(&workspace, &id)?;
    let terminal = context.terminal();
    terminal.say(
        "the vault gets an id of its own; its files are for this repository alone from then on:",
    );
    steps.iter().for_each(|step| terminal.detail(&step.line));
    terminal.detail("values stay, data keys change (but where kms or pgp entries would be locked out), and VAULT_TRUST of before names this vault no longer");
    for environment in workspace.config().environments() {
        if has_own_values(&workspace, environment) {
            let name = environment.name();
            terminal.warn(format!(
                "your own overrides of {name} stay behind: set them again"
            ));
        }
    }
    confirm(context, is_decided, "Write these changes?")?;
    let mut changes = vec![workspace.config_change(text)];
    changes.extend(steps.into_iter().map(|step| step.change));
    let saved = workspace
        .save(&changes, &[])
        .map_err(|failure| Failure::from(failure).hint("type the command again"))?;
    terminal.warn_each(&saved.notices);
    terminal.say("done; next: commit these files, and let colleagues type vault trust ENV once in clones that know the old id");
    Ok(Exit::Done)
}

/// One for each signed file; everything that stands in the way is told at once.
fn steps(workspace: &Workspace<'_>, id: &RepositoryId) -> Result<Vec<Step>, Failure> {
    let (mut steps, mut troubles) = (Vec::new(), Vec::new());
    for environment in workspace.config().environments() {
        match step(workspace, environment, id) {
            Ok(step) => steps.extend(step),
            Err(trouble) => troubles.push(trouble.within(environment.name())),
        }
    }
    let Some(first) = troubles.first() else {
        return Ok(steps);
    };
    let exit = match troubles
        .iter()
        .find(|trouble| trouble.exit == Exit::Untrusted)
    {
        Some(trouble) => trouble.exit,
        None => first.exit,
    };
    let text =
        "whoever forks must be able to open and to write every environment; nothing is written";
    let mut failure = Failure::new(text).exit(exit);
    for trouble in &troubles {
        failure = failure.detail(&trouble.text);
        failure = trouble
            .details
            .iter()
            .fold(failure, |failure, line| failure.detail(format!("  {line}")));
    }
    let hints = first.hints.iter();
    Err(hints.fold(failure, |failure, hint| failure.hint(hint)))
}

fn step(
    workspace: &Workspace<'_>,
    environment: &Environment,
    id: &RepositoryId,
) -> Result<Option<Step>, Trouble> {
    let Some(accepted) = workspace.accept_to_write(environment)? else {
        workspace.refuse_second_birth(environment)?;
        return Ok(None);
    };
    let Some(policy) = accepted.verified.policy().cloned() else {
        // Nothing binds it to a repository.
        return Ok(None);
    };
    let drift = Drift::between(&policy, environment);
    if !drift.is_empty() {
        return Err(Trouble::of_drift(
            environment,
            &drift,
            Some("vault init --fork"),
        ));
    }
    let expected = accepted.digest;
    let mut opened = workspace.open_accepted(environment, accepted)?;
    let (name, bytes) = {
        let writers = policy.writers().map(|(_, key)| key);
        let Some(identity) = workspace.signing_identity(writers)? else {
            return Err(workspace.nobody_signs(environment, Some(&policy)));
        };
        let members = policy.members();
        let Some(signer) = Signer::among(std::slice::from_ref(identity), members) else {
            return Err(workspace.nobody_signs(environment, Some(&policy)));
        };
        begin(&mut opened, environment, &policy, id)?;
        let name: Name = signer.name().clone();
        let sealed = opened.seal(Some(&signer), &workspace.context().now())?;
        (name, sealed.text().as_bytes().to_vec())
    };
    Ok(Some(Step {
        line: format!(
            "{} ({}): a new log, signed by {name}, with {}",
            environment.name(),
            environment.file(),
            policy
                .members()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ),
        change: Change {
            path: environment.file().as_str().into(),
            expected,
            bytes,
        },
    }))
}

fn begin(
    opened: &mut Opened,
    environment: &Environment,
    policy: &vault::members::Policy,
    id: &RepositoryId,
) -> Result<(), Trouble> {
    let origin = Origin {
        repository: id.as_str().to_owned(),
        environment: environment.name().clone(),
        rule: policy.rule().to_vec(),
        extends: policy.extends().to_vec(),
    };
    let members = policy
        .members()
        .map(|(name, member)| (name.clone(), member.clone()));
    Ok(opened.begin(origin, members.collect())?)
}

fn has_own_values(workspace: &Workspace<'_>, environment: &Environment) -> bool {
    environment.local().is_some_and(|local| {
        let place = workspace.root().resolve(Path::new(local.file().as_str()));
        place.is_ok_and(|place| place.exists())
    })
}
