//! What this machine knows beside a version that git's history has.

use vault::{known::Verdict, members::Log};

use super::{
    super::{Trouble, Workspace},
    Meeting, Source,
};

impl Workspace<'_> {
    /// Whether this machine knows another version, and goes by the one that is here all the same: somebody has said so in so many
    /// words, with `vault trust`.
    pub(crate) fn is_preferred(&self, meeting: Meeting<'_>, to: &Log) -> Result<bool, Trouble> {
        let (verdict, source) = self.judge(meeting)?;
        let Source::Memory(Some(files)) = source else {
            return Ok(false);
        };
        let other = self
            .known(&files)?
            .judge(meeting.environment.name(), Some(to));
        let is_known = match other {
            Verdict::Newer(new) => new.is_empty(),
            Verdict::Older { .. } => true,
            _ => false,
        };
        Ok(verdict == Verdict::Same && is_known)
    }
}
