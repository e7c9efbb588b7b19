//! What holds for every merge that needs nobody: it gives nobody more than one of the sides did, and nobody back who was taken out.

use std::collections::BTreeSet;

use crate::{config::Config, value::Name};

/// Base, which may be nothing, ours, theirs.
type Configs = [Option<Config>; 3];

/// Whether a config is one that base, ours and theirs may become.
pub(super) fn holds(merged: &Config, sides: &Configs) -> bool {
    let [base, ours, theirs] = sides;
    let [base, ours, theirs] = [base.as_ref(), ours.as_ref(), theirs.as_ref()];
    let is_of = |list: &dyn Fn(&Config) -> Option<Vec<Name>>| {
        let set = |config: Option<&Config>| -> BTreeSet<Name> {
            config.and_then(list).into_iter().flatten().collect()
        };
        let (base, ours, theirs) = (set(base), set(ours), set(theirs));
        set(Some(merged)).iter().all(|name| {
            let (here, there) = (ours.contains(name), theirs.contains(name));
            (here || there) && (!base.contains(name) || (here && there))
        })
    };
    let is_known = is_of(&|config| Some(config.members().keys().cloned().collect()));
    let lines = merged.members().iter().all(|(name, line)| {
        let has = |config: Option<&Config>| config.is_some_and(|it| it.member(name) == Some(line));
        has(ours) || has(theirs)
    });
    let groups = merged
        .groups()
        .keys()
        .all(|group| is_of(&|config| config.groups().get(group).cloned()));
    let environments = merged.environments().all(|environment| {
        let find = |config: &Config| config.environment(environment.name()).ok().cloned();
        let readers = is_of(&|config| find(config).map(|found| found.recipients().to_vec()));
        let writers = is_of(&|config| {
            let found = find(config)?;
            found.narrowed().map(<[Name]>::to_vec)
        });
        let is_wide = |config: Option<&Config>| {
            let found = config.and_then(&find);
            found.is_some_and(|found| found.narrowed().is_none())
        };
        readers && writers && (environment.narrowed().is_some() || is_wide(ours) || is_wide(theirs))
    });
    is_known && lines && groups && environments
}
