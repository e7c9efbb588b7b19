//! The last version of a file that was in order, where the one that is here is not.

use std::path::Path;

use vault::{
    config::Environment,
    members::Log,
    sealed::{Sealed, TrustError, Verified},
};

use super::{
    Trouble, Workspace,
    birth::mentions_block,
    signatures::Entered,
    trouble::{LOOK_BACK, signed_again},
    way_back::Earlier,
};
use crate::repo::{Reach, Repo, Spot};

/// A signed version, and what tells those that go beyond it.
struct Newest {
    at: Earlier,
    log: Log,
    entered: Entered,
}

impl Workspace<'_> {
    /// That the file of an environment is not trusted, with what brings back one that was.
    pub(crate) fn of_trust(&self, error: &TrustError, environment: &Environment) -> Trouble {
        self.look_back(Trouble::of_trust(error, environment), environment)
    }

    /// What somebody does who meets a file whose signature is gone, though it should have one.
    pub(crate) fn signed_again(&self, trouble: Trouble, environment: &Environment) -> Trouble {
        let trouble = trouble.hint(LOOK_BACK).hint(signed_again(environment));
        self.look_back(trouble, environment)
    }

    /// Names the file where somebody is to look back, and the commit that has it in order.
    pub(super) fn look_back(&self, mut trouble: Trouble, environment: &Environment) -> Trouble {
        let Some(hint) = trouble.hints.iter_mut().find(|hint| *hint == LOOK_BACK) else {
            return trouble;
        };
        if let Some(back) = self.brings_back_in_order(environment) {
            let file = self.named_to_git(environment.file().as_str().as_ref());
            *hint = format!("git log -p -- {file} shows who changed it; {back}");
        }
        trouble
    }

    /// What somebody types to have the last version that was in order, if the history of HEAD has one.
    pub(super) fn brings_back_in_order(&self, environment: &Environment) -> Option<String> {
        let found = match environment.is_signed() {
            true => self.newest_signed(environment),
            false => self.newest_whole(environment),
        };
        // What cannot be looked at tells nothing: a clone may be cut off.
        let Earlier { commit, path, .. } = found.ok()??;
        let back = self.brought_back_from(&commit, &path);
        Some(format!("{back} brings back the last one that was in order"))
    }

    /// The same for the last signed version, whatever the config says of signatures.
    pub(crate) fn brings_back_signed(&self, environment: &Environment) -> Option<String> {
        let Earlier { commit, path, .. } = self.newest_signed(environment).ok()??;
        let back = self.brought_back_from(&commit, &path);
        Some(format!("{back} brings the last signed version back"))
    }

    /// The newest version that its own log vouches for, but for those beyond which the log of another one goes: somebody may have left in
    /// that.
    fn newest_signed(&self, environment: &Environment) -> Result<Option<Earlier>, Trouble> {
        let mut newest: Option<Newest> = None;
        self.in_history_of_all(Reach::Head, environment, |repo, spot| {
            let is_worth_it = match &newest {
                Some(newest) => self.may_go_beyond(repo, spot.blob, &newest.entered)?,
                None => true,
            };
            let found = match is_worth_it {
                true => self.signed_at(repo.version(spot.blob)?, environment),
                false => None,
            };
            let goes_beyond = |log: &Log| match &newest {
                Some(newest) => log.holds(newest.log.policy().digest()),
                None => true,
            };
            let found = found.filter(goes_beyond).and_then(|log| {
                Some(Newest {
                    at: Earlier::at(spot),
                    entered: Entered::of(&log)?,
                    log,
                })
            });
            newest = found.or(newest.take());
            Ok(None::<()>)
        })?;
        Ok(newest.map(|newest| newest.at))
    }

    /// The log of a version that is one of this environment, and that it vouches for.
    fn signed_at(&self, bytes: Vec<u8>, environment: &Environment) -> Option<Log> {
        let log = mentions_block(&bytes).then(|| vouched(bytes)?.log().cloned())??;
        let policy = log.policy();
        let id = self.config().repository().map(|id| id.as_str());
        let is_its = policy.environment() == environment.name() && id == Some(policy.repository());
        is_its.then_some(log)
    }

    /// The newest version in the place of the file that can be read as one.
    fn newest_whole(&self, environment: &Environment) -> Result<Option<Earlier>, Trouble> {
        let is_whole = |repo: &Repo, spot: &Spot| {
            let own = repo.path_at_top(Path::new(environment.file().as_str()));
            let is_read = spot.path == own && vouched(repo.version(spot.blob)?).is_some();
            Ok(is_read.then(|| Earlier::at(spot)))
        };
        self.in_history_of_all(Reach::Head, environment, is_whole)
    }
}

fn vouched(bytes: Vec<u8>) -> Option<Verified> {
    Sealed::from_vec(bytes).ok()?.vouched().ok()
}
