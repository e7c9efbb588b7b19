//! An open file takes in another version of itself.

use super::{
    Opened,
    error::SealError,
    opened::{Branch, Pending},
};
use crate::{
    keys::{self, Recipient},
    members::{Change, Joining, Log, Policy},
    sops::{AgeEntry, Reason, SopsError},
    yaml::Document,
};

impl Opened {
    /// Gives the file a fresh data key for the same readers; every value is encrypted anew.
    ///
    /// # Errors
    ///
    /// Entries of other key services that it would lock out; in an unsigned file also recipients that vault cannot encrypt for.
    pub fn renew(&mut self) -> Result<(), SealError> {
        self.pending = match self.policy() {
            Some(policy) => {
                let members = policy.members();
                let members = members.map(|(name, member)| (name.clone(), member.clone()));
                Pending::Follow(Change::default(), members.collect())
            }
            None => {
                let strange = self
                    .recipients()
                    .find(|text| Recipient::of_entry(text).is_none());
                if let Some(strange) = strange {
                    let reason = Reason::Orphans(strange.to_owned());
                    return Err(SopsError::file(reason).into());
                }
                Pending::Renewed
            }
        };
        self.rekey()
    }

    /// Joins the log with another branch of it: the next seal writes both, and the entry that brings them together. The data key is a fresh
    /// one where somebody read on either branch who does not any more.
    ///
    /// # Errors
    ///
    /// [`SealError::Unsigned`], and what [`Opened::renew`] refuses.
    pub fn join(&mut self, log: Log, joining: Joining) -> Result<(), SealError> {
        let own = self.policy().ok_or(SealError::Unsigned)?;
        let stays = |key: &Recipient| joining.members.values().any(|member| member.reads() == key);
        let all_stay = |policy: &Policy| policy.members().all(|(_, member)| stays(member.reads()));
        let is_fresh = self.open.is_rekeyed() || (all_stay(own) && all_stay(log.policy()));
        if !is_fresh {
            self.rekey()?;
        }
        self.pending = Pending::Join(Box::new(Branch { log, joining }));
        Ok(())
    }

    /// Takes over a plain document that brings this file together with another version of it; returns whether anything changed.
    ///
    /// Ciphertexts of both are kept where both have one data key, see [`crate::sops::OpenFile::revise_beside`].
    ///
    /// # Errors
    ///
    /// All problems of the text that can be found at once; then nothing was changed.
    pub fn revise_beside(
        &mut self,
        plain: &Document,
        other: &Opened,
    ) -> Result<bool, Vec<SopsError>> {
        self.open.revise_beside(plain, &other.open)
    }

    /// Tells whether a text could be taken over so, and changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Opened::revise_beside`].
    pub fn check_beside(&self, plain: &Document, other: &Opened) -> Result<(), Vec<SopsError>> {
        self.open.check_beside(plain, &other.open)
    }

    /// The entries of an unsigned file, as they were named, for the data key of now.
    pub(super) fn renewed_entries(&self) -> Vec<AgeEntry> {
        let known = self.open.file().metadata().age.iter();
        let renewed = known.filter_map(|entry| {
            Some(AgeEntry {
                armor: keys::wrap(self.open.key(), &Recipient::of_entry(&entry.recipient)?),
                ..entry.clone()
            })
        });
        renewed.collect()
    }
}
