//! Removals that are still to be carried out: a hand edit of the config, which needs no key, does not take them back.

use vault::{
    config::{Config, Former},
    keys::Member,
    known::{Here, Known},
    value::{EnvName, Name},
    vault::KnownFiles,
};

use super::{
    super::{Trouble, Workspace, entries::listed},
    Meeting, Source,
};

impl Workspace<'_> {
    /// Remembers who is still to be taken out by the config, as far as something signed bears it out.
    pub(super) fn note_pending(&self, files: &KnownFiles) -> Result<(), Trouble> {
        let known = self.known(files)?;
        if unexpected(&known, self.config()).next().is_none() {
            return Ok(());
        }
        let logs = self.logs();
        if expect_removals(&mut Known::clone(&known), self.config(), &logs.here()) {
            let _ = self.note(Some(files), |known| {
                expect_removals(known, self.config(), &logs.here())
            });
        }
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
                false => format!(
                    "a branch from before that takes over the newer version: git merge; if they never left: vault trust {name} goes by what is here"
                ),
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

/// Knows whose removal a config has as pending, as far as something signed bears it out; returns whether that is news.
pub(super) fn expect_removals(known: &mut Known, config: &Config, here: &[Here<'_>]) -> bool {
    let new: Vec<_> = unexpected(known, config)
        .filter(|(environment, _, former)| known.bears_out(environment, &former.key, here))
        .collect();
    let expect = |is_news, (environment, name, former): (&EnvName, &Name, &Former)| {
        known.expect_removal(environment, name, &former.key) || is_news
    };
    new.into_iter().fold(false, expect)
}

/// What a config has as pending and is not expected yet.
pub(super) fn unexpected<'c>(
    known: &Known,
    config: &'c Config,
) -> impl Iterator<Item = (&'c EnvName, &'c Name, &'c Former)> {
    let pending = |(name, former): (&'c Name, &'c Former)| {
        former
            .pending
            .iter()
            .map(move |environment| (environment, name, former))
    };
    let all = config.former().iter().flat_map(pending);
    all.filter(move |(environment, name, former)| !known.expects(environment, name, &former.key))
}
