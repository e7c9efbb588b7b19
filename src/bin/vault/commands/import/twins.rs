//! New keys that `render` and `run` would call as they call others: a `.env` that was rendered has flat names of nested keys.

use vault::{
    config::Environment,
    import::{Fate, Item},
    render::{Twin, twins},
    value::{KeyPath, Kind, Node},
};

use crate::{
    failure::Failure,
    shell,
    workspace::{Draft, Workspace},
};

/// Nothing comes beside a key of the same name: with both neither `render` nor `run` goes on.
pub(super) fn refuse(
    workspace: &Workspace<'_>,
    environment: &Environment,
    draft: &Draft<'_, '_>,
    plan: &[Item<'_>],
) -> Result<(), Failure> {
    let new = plan.iter().filter(|item| item.fate == Fate::New);
    let new: Vec<KeyPath> = new.flat_map(values_of).collect();
    if new.is_empty() {
        return Ok(());
    }
    let current = current(workspace, environment, draft);
    match &twins(&current, new)[..] {
        [] => Ok(()),
        found => Err(refusal(environment, found)),
    }
}

/// What `render` takes: the layers below count as well, as far as they can be read.
fn current(workspace: &Workspace<'_>, environment: &Environment, draft: &Draft<'_, '_>) -> Node {
    let tree = match environment.extends().is_empty() || !draft.exists() {
        true => None,
        false => workspace.shared_shape(environment),
    };
    Node::Map(tree.unwrap_or_else(|| draft.opened.tree().clone()))
}

/// Where the values of an item will stand; null gets no name.
fn values_of(item: &Item<'_>) -> Vec<KeyPath> {
    let at = |below: &KeyPath| KeyPath::from_steps([item.path.steps(), below.steps()].concat());
    let leaves = item.node.leaves().into_iter();
    leaves
        .filter(|(_, value)| value.kind() != Kind::Null)
        .map(|(below, _)| at(&below))
        .collect()
}

fn refusal(environment: &Environment, found: &[Twin]) -> Failure {
    let name = environment.name();
    let failure = Failure::new(format!(
        "{name} has {} of these under another path, and both would get one name in render and run; nothing is written",
        super::some(found.len())
    ));
    let failure = found.iter().fold(failure, |failure, twin| {
        failure.detail(format!("{} is {}", twin.new, twin.there))
    });
    let key = match found {
        [twin] => twin.there.to_string(),
        _ => "KEY".to_owned(),
    };
    failure
        .hint(format!(
            "vault set {name} {} changes the one that is there",
            shell::word(&key)
        ))
        .hint("--except KEY leaves a key out")
}
