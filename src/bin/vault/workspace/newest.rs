//! Which signed version of a file in git's history is the one to go back to: by what their logs say of each other, whatever lies on top.

use vault::{
    config::Environment,
    members::{Log, Policy},
    value::Name,
};

use super::{
    Trouble, Workspace, departed::Departed, signatures::Entered, stripped::Before,
    way_back::Earlier,
};
use crate::repo::Reach;

/// A signed version, and what tells those that have more entries.
pub(super) struct Newest {
    pub(super) at: Earlier,
    log: Log,
    signer: Option<Name>,
    entered: Option<Entered>,
}

impl Newest {
    fn of(before: &Before) -> Self {
        let log = before.version.block.log().clone();
        Newest {
            at: before.at.clone(),
            signer: before.version.verified.signer().cloned(),
            entered: Entered::of(&log),
            log,
        }
    }

    /// Whether another version of the same log is the one to go back to: it goes on from this one, or more speaks against this one by
    /// its log than the other way round. Whoever was taken out may have gone on with a branch of their own, and put it on top.
    fn yields_to(&self, other: &Newest) -> bool {
        self.objections_by(other) > other.objections_by(self)
    }

    /// What speaks against it in the light of another one, the worst first: who is gone may have made it, could read it, or it is older.
    fn objections_by(&self, other: &Newest) -> [bool; 3] {
        let gone = Departed::of(&self.log, &self.signer, &other.log);
        [
            gone.may_have_made(self.signer.as_ref()),
            !gone.is_nobody(),
            other.log.holds(self.log.policy().digest()),
        ]
    }

    /// Whether the config of today goes with it: it wants it signed, has that environment, and wants nobody again whom the log has taken out.
    fn goes_with(&self, environment: &Environment) -> bool {
        let policy = self.log.policy();
        let had = |name: &Name| {
            let mut states = self.log.states().iter();
            states.any(|state: &Policy| state.member(name).is_some())
        };
        let mut readers = environment.readers().keys();
        environment.is_signed()
            && policy.environment() == environment.name()
            && !readers.any(|name| policy.member(name).is_none() && had(name))
    }
}

impl Workspace<'_> {
    /// What somebody types to have the newest version of an environment back that its own log vouches for, with the config of its time
    /// where that of today does not go with it.
    pub(super) fn brings_back_newest(
        &self,
        environment: &Environment,
        what: &str,
    ) -> Option<String> {
        // What cannot be looked at tells nothing: a clone may be cut off.
        let first = self.last_vouched_for(environment).ok()??;
        let newest = self.newest_from(&first, environment);
        Some(
            match newest.goes_with(environment) && self.lies_in_place(&newest.at, environment) {
                true => {
                    let back = self.brought_back_from(&newest.at.commit, &newest.at.path);
                    format!("{back} brings {what}")
                }
                false => self.brings_back(&newest.at, what),
            },
        )
    }

    /// The newest of the versions that have the log of this one, or another branch of it.
    pub(super) fn newest_from(&self, first: &Before, environment: &Environment) -> Newest {
        let mut newest = Newest::of(first);
        // What cannot be looked at comes last, and tells nothing.
        let _ = self.in_history_of_all(Reach::Head, environment, |repo, spot| {
            let is_worth_it = match &newest.entered {
                Some(entered) => self.may_go_beyond(repo, spot.blob, entered)?,
                None => false,
            };
            let other = match is_worth_it {
                true => Before::of(spot, repo.version(spot.blob)?),
                false => None,
            };
            let other = other.filter(|it| it.origin() == first.origin());
            let other = other.map(|it| Newest::of(&it));
            if let Some(other) = other.filter(|it| newest.yields_to(it)) {
                newest = other;
            }
            Ok(None::<()>)
        });
        newest
    }

    /// The last version of this environment in the history of HEAD that its own log vouches for.
    fn last_vouched_for(&self, environment: &Environment) -> Result<Option<Before>, Trouble> {
        self.in_history_of_all(Reach::Head, environment, |repo, spot| {
            let before = Before::of(spot, repo.version(spot.blob)?);
            Ok(before.filter(|it| {
                it.environment() == environment.name() && self.is_of_repository(&it.version)
            }))
        })
    }
}
