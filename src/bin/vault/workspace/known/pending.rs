//! Removals that are still to be carried out: a hand edit of the config, which needs no key, does not take them back.

use vault::{config::Config, keys::Member, known::Known, value::Name, vault::KnownFiles};

use super::{
    super::{Trouble, Workspace, entries::listed},
    Meeting, Source,
};

impl Workspace<'_> {
    /// Remembers who is still to be taken out by the config.
    pub(super) fn note_pending(&self, files: &KnownFiles) -> Result<(), Trouble> {
        let mut known = Known::clone(&*self.known(files)?);
        if self.config().former().is_empty() || !expect_removals(&mut known, self.config()) {
            return Ok(());
        }
        self.note(Some(files), |known| expect_removals(known, self.config()));
        Ok(())
    }

    /// Refuses an environment for which the config lists somebody again whose removal was never carried out: whoever writes to it
    /// gives them what is new. Whoever comes back is taken out before.
    ///
    /// # Errors
    /// There is somebody like that.
    pub(crate) fn refuse_taken_back(&self, meeting: Meeting<'_>) -> Result<(), Trouble> {
        let who = self.taken_back(meeting)?;
        let Some(first) = who.first() else {
            return Ok(());
        };
        let (name, them) = (meeting.environment.name(), listed(who.iter()));
        let text = format!(
            "{name}: .vault.yaml lists {them} again, who left, and was never taken out of the file"
        );
        Err(Trouble::untrusted(text)
            .hint("git log -p .vault.yaml shows who changed it: that takes no key")
            .hint(format!(
                "vault recipients remove {first} carries the removal out; then vault recipients add --readmit lets them in again"
            ))
            .hint(match self.config().former().contains_key(first) {
                true => format!("if they never left: take {first} out of `former` there"),
                false => format!("if they never left: vault trust {name} goes by what is here"),
            }))
    }

    /// Members whose removal the config has, or had when it was last used here, and whom it lists all the same.
    pub(super) fn taken_back(&self, meeting: Meeting<'_>) -> Result<Vec<Name>, Trouble> {
        let Some(log) = meeting.log else {
            return Ok(Vec::new());
        };
        let known = match self.source()? {
            Source::Memory(Some(files)) => Some(self.known(&files)?),
            Source::Memory(None) | Source::Named(_) => None,
        };
        let environment = meeting.environment;
        let is_pending = |member: &Member| {
            let mut pending = self.config().pending_removals(environment.name());
            pending.any(|(_, former)| former.key.reads() == member.reads())
                || known
                    .as_ref()
                    .is_some_and(|known| known.expects_removal(log, member))
        };
        let members = log.policy().members();
        let back = members.filter(|(name, member)| {
            environment.readers().contains_key(*name) && is_pending(member)
        });
        Ok(back.map(|(name, _)| name.clone()).collect())
    }
}

/// Knows whose removal a config has as pending; returns whether that is news.
pub(super) fn expect_removals(known: &mut Known, config: &Config) -> bool {
    let mut is_news = false;
    for (name, former) in config.former() {
        for environment in &former.pending {
            is_news |= known.expect_removal(environment, name, &former.key);
        }
    }
    is_news
}
