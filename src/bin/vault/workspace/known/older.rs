//! An older version than the one that is known: who has left since may have signed it, or would read what is written to it.

use vault::value::{EnvName, Name};

use super::{Meeting, Purpose, Trouble, Workspace};
use crate::{
    failure::Failure,
    workspace::{entries::listed, succession::SILENCED},
};

/// Who can read an older version and no newer one, or could sign it.
pub(super) struct Gone {
    /// They are no members any more.
    pub(super) left: Vec<Name>,
    /// They have other keys.
    pub(super) changed: Vec<Name>,
    /// Their signatures no longer count: of these a version speaks only if it is signed by them.
    pub(super) silenced: Vec<Name>,
}

impl Gone {
    fn has(&self, name: &Name) -> bool {
        let all = [&self.left, &self.changed, &self.silenced];
        all.iter().any(|names| names.contains(name))
    }

    /// What has become of them where one of them has signed.
    fn words_with(&self, signer: &Name) -> String {
        match self.reads(signer) {
            true => self.words().unwrap_or_default(),
            false => format!("{signer} has {SILENCED}"),
        }
    }

    fn reads(&self, name: &Name) -> bool {
        self.left.contains(name) || self.changed.contains(name)
    }

    /// What has become of them; nothing where there is nobody.
    fn words(&self) -> Option<String> {
        let left = (!self.left.is_empty()).then(|| {
            let has = if self.left.len() == 1 { "has" } else { "have" };
            format!("{} {has} left", listed(self.left.iter()))
        });
        let changed = (!self.changed.is_empty()).then(|| {
            let has = if self.changed.len() == 1 {
                "has"
            } else {
                "have"
            };
            format!("{} {has} another key", listed(self.changed.iter()))
        });
        let words: Vec<String> = left.into_iter().chain(changed).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

impl Workspace<'_> {
    pub(super) fn accept_older(
        &self,
        meeting: Meeting<'_>,
        gone: &Gone,
        purpose: Purpose,
    ) -> Result<(), Trouble> {
        let name = meeting.environment.name();
        let who = gone.words();
        let newer = || self.brings_back_known(meeting.environment);
        if let (Some(who), Purpose::Writing) = (&who, purpose) {
            let text =
                format!("{name} is an older version here: {who}, and could read what you write");
            let newer = match newer() {
                Some(back) => format!("{back}; then type the command again"),
                None => {
                    "merge or check out the newer version, and type the command again".to_owned()
                }
            };
            return Err(Trouble::untrusted(text).hint(newer).hint(format!(
                "if the newer version was never meant: vault trust {name} goes by what is here"
            )));
        }
        if let Some(signer) = meeting.signer.filter(|signer| gone.has(signer)) {
            let settled =
                self.settle_signed_by_gone(name, signer, &gone.words_with(signer), purpose);
            return settled.map_err(|trouble| newer().into_iter().fold(trouble, Trouble::hint));
        }
        if let Some(who) = who {
            self.terminal()
                .say(format!("{name} is an older version here: {who} since"));
        }
        Ok(())
    }

    /// What somebody signs who has left looks like what they signed before: a person has to tell which it is.
    fn settle_signed_by_gone(
        &self,
        name: &EnvName,
        signer: &Name,
        who: &str,
        purpose: Purpose,
    ) -> Result<(), Trouble> {
        let text = format!(
            "{name} is an older version here, signed by {signer}: {who} since, and nothing tells whether it is from before"
        );
        let terminal = self.terminal();
        if purpose == Purpose::Reading && terminal.can_ask() {
            terminal.warn(&text);
            if terminal
                .confirm("Use it all the same?")
                .map_err(Failure::from)?
            {
                return Ok(());
            }
        }
        Err(Trouble::untrusted(text)
            .hint("git log shows since when it is there; a version that somebody else has signed is used")
            .hint(format!("on a terminal vault asks; vault trust {name} goes by what is here")))
    }
}
