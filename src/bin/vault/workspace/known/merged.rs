//! What comes of the two sides of a merge, as it meets what is known: it goes on from both.

use std::{collections::BTreeMap, path::Path};

use vault::{
    keys::Member,
    known::{Break, Together, Verdict},
    members::Log,
    value::Name,
};

use super::{
    super::{Trouble, Workspace, vouched},
    Meeting, Source,
};

/// The sides that go on in what comes of a merge.
pub(in crate::workspace) struct Onward<'m> {
    /// Both where their logs are joined, else the one whose log goes on; that one first.
    pub(in crate::workspace) sides: Vec<Meeting<'m>>,
    /// Who is a member afterwards.
    pub(in crate::workspace) members: &'m BTreeMap<Name, Member>,
}

impl Workspace<'_> {
    /// Refuses what comes of two sides if it does not follow from what is known, and tells or remembers nothing.
    ///
    /// Which side is ours says nothing: in a rebase, and where a stash or a commit is put on top of what others have done, our own work is
    /// the other side, and the one that this machine knows.
    ///
    /// # Errors
    /// A break.
    pub(in crate::workspace) fn refuse_break_of(
        &self,
        path: &Path,
        onward: &Onward<'_>,
    ) -> Result<(), Trouble> {
        let [carrier, ..] = onward.sides.as_slice() else {
            return Ok(());
        };
        let (verdict, source) = self.judge(*carrier)?;
        let is_alone = onward.sides.len() == 1;
        match verdict {
            Verdict::Break(Break::Fork) => {}
            Verdict::Break(kind) => return Err(self.broken_of(*carrier, kind, &source)),
            _ if is_alone => return Ok(()),
            _ => {}
        }
        match self.leads_to(path, onward, &source)? {
            true => Ok(()),
            false => Err(self.broken_of(*carrier, Break::Fork, &source)),
        }
    }

    fn leads_to(&self, path: &Path, onward: &Onward<'_>, source: &Source) -> Result<bool, Trouble> {
        let [carrier, ..] = onward.sides.as_slice() else {
            return Ok(true);
        };
        let logs: Vec<&Log> = onward.sides.iter().filter_map(|side| side.log).collect();
        let name = carrier.environment.name();
        match source {
            Source::Named(pins) => {
                let id = self.config().repository().map_or("", |id| id.as_str());
                Ok(pins.lead_to(id, name, &logs))
            }
            Source::Memory(None) => Ok(true),
            Source::Memory(Some(files)) => {
                let known = self.known(files)?;
                let next: Vec<Log> = self.to_come(path)?.into_iter().collect();
                Ok(known.leads_to(
                    name,
                    Together {
                        logs: &logs,
                        next: &next,
                        members: onward.members,
                    },
                ))
            }
        }
    }

    /// The log of a file at the end of what git puts on top of this, where it is in the middle of that.
    fn to_come(&self, path: &Path) -> Result<Option<Log>, Trouble> {
        let Some(repo) = self.repo()? else {
            return Ok(None);
        };
        let Some(commit) = repo.last_to_come()? else {
            return Ok(None);
        };
        let bytes = repo.file_at(&commit, path)?;
        let verified = bytes.and_then(vouched);
        Ok(verified.and_then(|verified| verified.log().cloned()))
    }

    /// A break that nobody can accept before the merge is given up: every other command refuses the file until then.
    fn broken_of(&self, meeting: Meeting<'_>, kind: Break, source: &Source) -> Trouble {
        let mut trouble = self.broken(meeting, kind, source);
        if matches!(source, Source::Named(_)) {
            return trouble;
        }
        // Under a mark that was committed there is nothing to give up, and other ways out are told.
        let trust = format!("vault trust {}", meeting.environment.name());
        trouble.hints.retain(|hint| !hint.starts_with(&trust));
        match self.gives_up_with(meeting.environment) {
            None => trouble,
            Some(gives_up) => trouble.hint(format!(
                "if they say it is right: {gives_up}; then {trust}, which goes by what is there without the merge; then the same again"
            )),
        }
    }
}
