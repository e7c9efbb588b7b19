//! How what was last used here comes back, where somebody has put something else in its place.

use vault::{config::Environment, known::Verdict};

use super::{
    super::{Workspace, birth::mentions_block, vouched, way_back::Earlier},
    Source,
};
use crate::repo::Reach;

impl Workspace<'_> {
    /// What somebody types to have the newest version with the members that were last used here, if the history of HEAD has one.
    pub(super) fn brings_back_known(&self, environment: &Environment) -> Option<String> {
        let Ok(Source::Memory(Some(files))) = self.source() else {
            return None;
        };
        let known = self.known(&files).ok()?;
        let is_known = |bytes: Vec<u8>| {
            let verified = mentions_block(&bytes).then(|| vouched(bytes))??;
            let verdict = known.judge(environment.name(), Some(verified.log()?));
            (verdict == Verdict::Same).then_some(())
        };
        let found = self.in_history_of_all(Reach::Head, environment, |repo, spot| {
            Ok(is_known(repo.version(spot.blob)?).map(|()| Earlier::at(spot)))
        });
        Some(self.brings_back(&found.ok()??, "back what was last used here"))
    }
}
