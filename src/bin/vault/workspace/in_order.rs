//! The last version of a file that was in order, where the one that is here is not.

use std::path::Path;

use vault::{config::Environment, sealed::TrustError};

use super::{
    Trouble, Workspace,
    trouble::{LOOK_BACK, signed_again},
    vouched,
    way_back::Earlier,
};
use crate::repo::{Reach, Repo, Spot};

/// What comes back.
const IN_ORDER: &str = "back the last one that was in order";

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
        if environment.is_signed() {
            return self.brings_back_newest(environment, IN_ORDER);
        }
        // What cannot be looked at tells nothing: a clone may be cut off.
        let Earlier { commit, path, .. } = self.newest_whole(environment).ok()??;
        let back = self.brought_back_from(&commit, &path);
        Some(format!(
            "{back} brings {IN_ORDER}, without what was changed since"
        ))
    }

    /// The same for the last signed version, whatever the config says of signatures.
    pub(crate) fn brings_back_signed(&self, environment: &Environment) -> Option<String> {
        self.brings_back_newest(environment, "the last signed version back")
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
