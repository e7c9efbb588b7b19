//! How an open file becomes a sealed one: the log goes on as it is meant to, a writer signs, and what comes out is opened again.

use super::{
    Expected, Opened, Sealed,
    error::SealError,
    opened::Pending,
    signer::{Signer, signed_text},
};
use crate::{
    keys::{self, Member, without_comment},
    members::{self, Change, Log},
    secret::DataKey,
    sops::{AgeEntry, Block, Heading},
    value::{Form, Name},
};

impl Opened {
    /// Writes and signs the file; what comes out was read, verified and opened again, and holds what was meant.
    ///
    /// # Errors
    ///
    /// See [`SealError`]. `now` is RFC 3339 in whole seconds, UTC.
    pub fn seal(self, signer: Option<&Signer<'_>>, now: &str) -> Result<Sealed, SealError> {
        self.seal_with(signer, signer, now)
    }

    /// As [`Opened::seal`], where whoever signs the new entry of the log is no writer after it: somebody who changes their own key
    /// signs the entry with the old one and the file with the new one.
    ///
    /// # Errors
    ///
    /// As [`Opened::seal`].
    pub fn seal_with(
        mut self,
        log: Option<&Signer<'_>>,
        file: Option<&Signer<'_>>,
        now: &str,
    ) -> Result<Sealed, SealError> {
        let is_signed = match self.pending {
            Pending::Begin(..) | Pending::Follow(..) | Pending::Join(_) => true,
            Pending::Entries(_) | Pending::Renewed => false,
            Pending::Nothing => self.block.is_some(),
        };
        if !is_signed {
            return self.seal_unsigned(now);
        }
        let nobody = || SealError::NotAWriter("nobody".to_owned(), self.environment.clone());
        let (log, signer) = (log.ok_or_else(nobody)?, file.ok_or_else(nobody)?);
        self.check_signer(signer)?;
        let age = self.entries();
        let block = match &self.pending {
            Pending::Begin(origin, members) => {
                Block::Write(members::begin(origin, members, now, &log.name, log.key))
            }
            Pending::Follow(change, _) if change.is_empty() => {
                Block::Write(members::keep(self.required_log()?))
            }
            Pending::Follow(change, _) => Block::Write(members::follow(
                self.required_log()?,
                change,
                now,
                &log.name,
                log.key,
            )),
            Pending::Join(branch) => Block::Write(members::join(
                self.required_log()?,
                &branch.log,
                &branch.joining.change,
                now,
                &log.name,
                log.key,
            )),
            _ => Block::Keep,
        };
        self.open.seal(
            &Heading {
                lastmodified: now,
                age: age.as_deref(),
                block,
            },
            Form::Canonical,
        )?;
        let text = signed_text(self.open.file().document(), signer)?;
        let sealed = Sealed::parse(text.as_bytes())?;
        self.check(sealed)
    }

    fn seal_unsigned(mut self, now: &str) -> Result<Sealed, SealError> {
        let age = self.entries();
        let block = if self.block.is_some() {
            Block::Remove
        } else {
            Block::Keep
        };
        self.open.seal(
            &Heading {
                lastmodified: now,
                age: age.as_deref(),
                block,
            },
            Form::Lenient,
        )?;
        Ok(Sealed::parse(
            self.open.file().document().to_text().as_bytes(),
        )?)
    }

    fn required_log(&self) -> Result<&Log, SealError> {
        self.log().ok_or(SealError::Unsigned)
    }

    fn check_signer(&self, signer: &Signer<'_>) -> Result<(), SealError> {
        let refuse = || SealError::NotAWriter(signer.name.to_string(), self.environment.clone());
        let may_write = |member: Option<&Member>| {
            member.and_then(Member::writes_with) == Some(&signer.key.verifying_key())
        };
        let after = match &self.pending {
            Pending::Begin(_, members) | Pending::Follow(_, members) => members.get(&signer.name),
            Pending::Join(branch) => branch.joining.members.get(&signer.name),
            _ => self.policy().and_then(|policy| policy.member(&signer.name)),
        };
        may_write(after).then_some(()).ok_or_else(refuse)
    }

    /// The age entries for the members that come, where they change; who stays with the same data key keeps the bytes of theirs.
    fn entries(&self) -> Option<Vec<AgeEntry>> {
        let members = match &self.pending {
            Pending::Nothing => return None,
            Pending::Renewed => return Some(self.renewed_entries()),
            Pending::Join(branch) => &branch.joining.members,
            Pending::Begin(_, members)
            | Pending::Follow(_, members)
            | Pending::Entries(members) => members,
        };
        let known = &self.open.file().metadata().age;
        let entry = |(name, member): (&Name, &Member)| {
            let recipient = member.reads().to_string();
            let old = known.iter().find(|entry| {
                without_comment(&entry.recipient) == recipient && self.still_opens(entry)
            });
            let armor = old.map_or_else(
                || keys::wrap(self.open.key(), member.reads()),
                |entry| entry.armor.clone(),
            );
            AgeEntry {
                name: Some(name.to_string()),
                recipient,
                armor,
            }
        };
        Some(members.iter().map(entry).collect())
    }

    /// An entry is kept only as vault would write it, and never across a change of the data key.
    fn still_opens(&self, entry: &AgeEntry) -> bool {
        !self.open.is_rekeyed() && keys::WrappedKey::parse(&entry.armor, Form::Canonical).is_ok()
    }

    fn check(&self, sealed: Sealed) -> Result<Sealed, SealError> {
        let repository = match (&self.pending, self.policy()) {
            (Pending::Begin(origin, _), _) => origin.repository.clone(),
            (_, Some(policy)) => policy.repository().to_owned(),
            (_, None) => return Err(SealError::Unsigned),
        };
        let environment = match &self.pending {
            Pending::Follow(
                Change {
                    environment: Some(name),
                    ..
                },
                _,
            ) => name,
            Pending::Join(branch) => branch
                .joining
                .change
                .environment
                .as_ref()
                .unwrap_or(&self.environment),
            _ => &self.environment,
        };
        let expected = Expected {
            repository: &repository,
            environment,
            signed: true,
        };
        let verified = Sealed::parse(sealed.text().as_bytes())?
            .verify(&expected)
            .map_err(SealError::self_check)?;
        let keeps_members =
            !matches!(self.pending, Pending::Nothing) || verified.policy() == self.policy();
        let key = DataKey::from_bytes(self.open.key().expose()).expect("a data key has its length");
        let again = verified.open(key).map_err(SealError::self_check)?;
        match keeps_members && again.tree() == self.tree() {
            true => Ok(sealed),
            false => Err(SealError::self_check("another content")),
        }
    }
}
