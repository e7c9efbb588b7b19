//! What can be wrong with a file that is read and verified, and needs no key to be seen.

use vault::{
    accord::Drift,
    config::{Config, Environment},
    sealed::Verified,
};

use crate::{
    commands::members::has_recipients,
    failure::Exit,
    workspace::{Meeting, Trouble, Workspace},
};

/// A signed file that is not even read cannot be verified: that is a matter of integrity.
pub(in crate::commands) fn suspicious(environment: &Environment, trouble: Trouble) -> Trouble {
    match environment.is_signed() && trouble.exit == Exit::Failed {
        true => Trouble {
            exit: Exit::Untrusted,
            ..trouble
        },
        false => trouble,
    }
}

/// Who has left and is still to be taken out of the file.
pub(in crate::commands) fn pending(
    workspace: &Workspace<'_>,
    environment: &Environment,
    verified: Option<&Verified>,
) -> Option<Trouble> {
    let name = environment.name();
    let who: Vec<&str> = workspace
        .config()
        .pending_removals(name)
        .map(|(who, _)| who.as_str())
        .collect();
    if who.is_empty() {
        return None;
    }
    let text = format!(
        "{name}: {} left, and the file is still to get a new data key",
        who.join(", ")
    );
    let trouble = Trouble {
        exit: Exit::No,
        ..Trouble::failed(text)
    };
    let usual = format!("a writer of {name} runs vault sync {name}");
    let ways = match verified {
        Some(verified) => workspace.ways_into_line(environment, verified.file(), usual),
        None => vec![usual],
    };
    Some(ways.into_iter().fold(trouble, Trouble::hint))
}

/// What is out of line between the log of a file and the config: members, and layers that are not what they have to be.
pub(in crate::commands) fn of_members(
    workspace: &Workspace<'_>,
    environment: &Environment,
    verified: &Verified,
) -> Vec<Trouble> {
    let Some(policy) = verified.policy() else {
        return Vec::from_iter(of_others(workspace, environment, verified));
    };
    let drift = drift(environment, &Drift::between(policy, environment));
    let layers = policy.extends().iter();
    let layers = layers.filter_map(|layer| workspace.layer(environment, layer).err());
    let back = workspace.refuse_taken_back(Meeting::of(environment, verified));
    let back = back.err();
    drift.into_iter().chain(back).chain(layers).collect()
}

/// Whether all that the config wants otherwise than the log is for a writer to do: to let somebody in, or to take out whom the config itself
/// says has still to be taken out.
pub(in crate::commands) fn is_for_a_writer(
    config: &Config,
    environment: &Environment,
    verified: &Verified,
) -> bool {
    let Some(policy) = verified.policy() else {
        return true;
    };
    let drift = Drift::between(policy, environment);
    let is_pending = |name| {
        let mut pending = config.pending_removals(environment.name());
        pending.any(|(who, _)| who == name)
    };
    drift.changed.is_empty() && drift.extends.is_none() && drift.dropped.keys().all(is_pending)
}

/// That a file without a log is for others than the config says, or for somebody who has left.
fn of_others(
    workspace: &Workspace<'_>,
    environment: &Environment,
    verified: &Verified,
) -> Option<Trouble> {
    if environment.is_signed() {
        return None;
    }
    if !has_recipients(verified, environment) {
        return Some(workspace.of_entries(environment, verified.file()));
    }
    let trouble = workspace.refuse_former(environment).err()?;
    Some(Trouble {
        exit: Exit::No,
        ..trouble
    })
}

fn drift(environment: &Environment, drift: &Drift) -> Option<Trouble> {
    if drift.is_empty() {
        return None;
    }
    Some(Trouble {
        exit: Exit::No,
        ..Trouble::of_drift(environment, drift, None)
    })
}

/// That sops would stop within the file, and so would every write that leaves it so.
pub(in crate::commands) fn of_layout(
    environment: &Environment,
    verified: &Verified,
) -> Option<Trouble> {
    let error = verified.file().check_for_sops().err()?;
    let trouble = Trouble::of_reason(&error).within(environment.file());
    Some(Trouble {
        exit: Exit::No,
        ..trouble
    })
}

/// That an unsigned file may have been put in the place of a signed one, as far as that can be told without a key.
pub(in crate::commands) fn replaced(
    workspace: &Workspace<'_>,
    environment: &Environment,
    verified: &Verified,
) -> Option<Trouble> {
    if verified.policy().is_some() {
        return None;
    }
    let replaced = workspace.refuse_replaced(environment, verified.file(), |_| None);
    replaced
        .err()
        .map(|trouble| trouble.within(environment.file()))
}

/// That a shallow clone does not have the history that could tell of these environments whether somebody has taken a signature away.
pub(super) fn cut_off(workspace: &Workspace<'_>, environments: &[&Environment]) -> Option<String> {
    let unsigned = environments.iter().filter(|it| !it.is_signed());
    let names: Vec<&str> = unsigned.map(|it| it.name().as_str()).collect();
    let is_shallow = workspace.repo().ok()??.is_shallow();
    let were = if names.len() == 1 { "was" } else { "were" };
    (is_shallow && !names.is_empty()).then(|| {
        format!(
            "git's history is cut off here: nothing tells whether {}, not signed, {were} signed before",
            names.join(", ")
        )
    })
}
