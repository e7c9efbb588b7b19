//! What this machine knows beside a version that git's history has.

use vault::{keys::VerifyingKey, known::Verdict, members::Log};

use super::{
    super::{Trouble, Workspace, rivalry::Rivalry},
    Meeting, Source,
};

impl Workspace<'_> {
    /// Whether this machine goes by what is here, whatever another version says: somebody has said so in so many words, with
    /// `vault trust`; or nobody has signed for the other one whose word still counts here.
    pub(crate) fn is_preferred(&self, meeting: Meeting<'_>, to: &Log) -> Result<bool, Trouble> {
        Ok(self.is_trusted_beside(meeting, to)? || self.is_decided(meeting, to)?)
    }

    fn is_trusted_beside(&self, meeting: Meeting<'_>, other: &Log) -> Result<bool, Trouble> {
        let (verdict, source) = self.judge(meeting)?;
        let Source::Memory(Some(files)) = source else {
            return Ok(false);
        };
        let other = self
            .known(&files)?
            .judge(meeting.environment.name(), Some(other));
        let is_known = match other {
            Verdict::Newer(new) => new.is_empty(),
            Verdict::Older { .. } => true,
            _ => false,
        };
        Ok(verdict == Verdict::Same && is_known)
    }

    /// Whether two branches of a log have taken out each other's people, and whoever is at work has signed that of the one that is here, or
    /// has named it: what those have signed since, or whom they brought in, is no reason to stop.
    ///
    /// That this machine has seen it is not enough: whoever will be removed can show it one of their own before.
    fn is_decided(&self, meeting: Meeting<'_>, other: &Log) -> Result<bool, Trouble> {
        let Some(log) = meeting.log else {
            return Ok(false);
        };
        let Some(rivalry) = Rivalry::between(log, other) else {
            return Ok(false);
        };
        let (verdict, source) = self.judge(meeting)?;
        if matches!(verdict, Verdict::Break(_) | Verdict::Older { .. }) {
            return Ok(false);
        }
        let id = log.policy().repository();
        let own = self.own_signing_keys();
        Ok(rivalry.is_decided_by(|entry| {
            let is_own = own.iter().any(|key| entry.signature().claims(key));
            let is_named =
                matches!(&source, Source::Named(pins) if pins.know_of(id, log, entry.digest()));
            is_own || is_named
        }))
    }

    /// The keys of the person at work, as far as they are known without a passphrase.
    fn own_signing_keys(&self) -> Vec<VerifyingKey> {
        let (findings, _) = self.context().identities().findings();
        let members = findings.into_iter().filter_map(|finding| finding.member);
        members
            .filter_map(|member| member.writes_with().cloned())
            .collect()
    }
}
