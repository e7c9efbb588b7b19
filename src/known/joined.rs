//! What comes of two versions of a file that are brought together, met with what is known: it goes on from both.

use std::collections::BTreeMap;

use super::{Known, Signed, State, key_of};
use crate::{
    keys::{Member, VerifyingKey},
    members::{Digest, Log},
    value::{EnvName, Name},
};

/// Logs that come together.
#[derive(Clone, Copy, Debug)]
pub struct Together<'l> {
    /// Those that are in what comes of it.
    pub logs: &'l [&'l Log],
    /// Those of what is put on top of it next, as a rebase does with the commits that it has not come to yet.
    pub next: &'l [Log],
    /// Who is a member afterwards.
    pub members: &'l BTreeMap<Name, Member>,
}

impl Known {
    /// Whether what comes of several logs follows from what is known of an environment, though one of them alone may not.
    ///
    /// It does where one of them has the policy accepted last. Where none has, one has to be known at least, and nobody may come in by it
    /// who has left, nor who was brought in by somebody who has.
    pub fn leads_to(&self, environment: &EnvName, together: Together<'_>) -> bool {
        let renamed = || together.logs.iter().find_map(|log| self.renamed(Some(log)));
        let state = self
            .state(environment)
            .or_else(|| renamed().map(|(_, state)| state));
        match state {
            Some(State::Signed(signed)) => signed.leads_to(together),
            Some(State::Unsigned) | None => true,
        }
    }
}

impl Signed {
    fn leads_to(
        &self,
        Together {
            logs,
            next,
            members,
        }: Together<'_>,
    ) -> bool {
        let Some((last, others)) = self.heads.split_last() else {
            return true;
        };
        let have = |head: &Digest| logs.iter().any(|log| log.holds(head));
        if have(last) || next.iter().any(|log| log.holds(last)) {
            return true;
        }
        let is_known = logs
            .iter()
            .any(|log| self.entries.contains(log.policy().digest()));
        (is_known || others.iter().any(have))
            && !self.has_gone_among(members)
            && !logs.iter().any(|log| self.has_new_of_gone(log))
    }

    /// Whether somebody has left, or lost the right to write, who is a member here.
    fn has_gone_among(&self, members: &BTreeMap<Name, Member>) -> bool {
        let is_gone = |member: &Member| {
            let writes = member.writes_with();
            self.left.contains_key(&key_of(member))
                || writes.is_some_and(|key| self.is_silenced(key))
        };
        members.values().any(is_gone)
    }

    /// Whether a log has entries that are not known, by somebody whose signatures no longer count.
    pub(super) fn has_new_of_gone(&self, log: &Log) -> bool {
        let new = log
            .entries()
            .iter()
            .filter(|entry| !self.entries.contains(entry.digest()));
        // They verified, so the key in the signature is the signer's.
        let mut keys = new.filter_map(|entry| entry.signature().claimed_key());
        keys.any(|key| self.is_silenced(&key))
    }

    fn is_silenced(&self, key: &VerifyingKey) -> bool {
        self.silenced.contains_key(&key.to_string())
    }
}
