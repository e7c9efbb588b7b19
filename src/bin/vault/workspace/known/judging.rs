//! What is known, by `VAULT_TRUST` or by the memory of this machine, and what that says of a file.

use std::{collections::BTreeSet, path::Path};

use vault::{
    known::{Break, Known, Pins, State, Verdict},
    value::EnvName,
    vault::{CONFIG, KnownFiles},
};

use super::{Meeting, Trouble, Workspace};
use crate::{repo::Reach, workspace::config_of};

/// The variable that names policies to a machine without memory.
pub(super) const TRUST: &str = "VAULT_TRUST";

/// Where what was accepted before is looked up.
pub(super) enum Source {
    /// `VAULT_TRUST`: nothing is read or written.
    Named(Pins),
    /// The state directory; `None` where there is none.
    Memory(Option<KnownFiles>),
}

impl Workspace<'_> {
    /// What is known says of a file.
    pub(super) fn judge(&self, meeting: Meeting<'_>) -> Result<(Verdict, Source), Trouble> {
        let (source, name) = (self.source()?, meeting.environment.name());
        let verdict = match (&source, self.config().repository()) {
            (Source::Named(pins), id) => {
                let id = id.map_or("", |id| id.as_str());
                pins.judge(id, name, meeting.log)
            }
            (Source::Memory(None), _) => Verdict::First,
            (Source::Memory(Some(files)), _) => {
                let known = self.known(files)?;
                match known.judge(name, meeting.log) {
                    Verdict::First if self.other_id(files, &known, name)?.is_some() => {
                        Verdict::Break(Break::Fork)
                    }
                    verdict
                        if self.may_be_usurped(&known, meeting, &verdict)
                            && self.usurped(files, meeting)?.is_some() =>
                    {
                        Verdict::Break(Break::Stranger)
                    }
                    verdict => verdict,
                }
            }
        };
        Ok((verdict, source))
    }

    /// Whether somebody has to vouch for a signed file: nobody did so far.
    fn may_be_usurped(&self, known: &Known, meeting: Meeting<'_>, verdict: &Verdict) -> bool {
        let is_apart = known.is_apart(meeting.environment.name());
        let is_break = matches!(verdict, Verdict::Break(_));
        meeting.log.is_some() && (*verdict == Verdict::First || (is_apart && !is_break))
    }

    pub(super) fn source(&self) -> Result<Source, Trouble> {
        let environment = self.context().environment();
        if let Some(text) = environment.text_as_set(TRUST)? {
            let pins = text.parse().map_err(|error| {
                Trouble::failed(format!("{TRUST}: {error}"))
                    .hint("vault trust --export prints it; unset it to go by what this machine has accepted before")
            })?;
            return Ok(Source::Named(pins));
        }
        // Without a place for it there is no memory: a container without a home, for instance.
        let state = self.context().state_directory().ok();
        Ok(Source::Memory(
            state.map(|state| KnownFiles::new(&state.join("known"))),
        ))
    }

    /// Up to which commit history was looked through for this file, where this machine remembers it.
    pub(in crate::workspace) fn looked(
        &self,
        meeting: Meeting<'_>,
    ) -> Result<Option<String>, Trouble> {
        let (Source::Memory(Some(files)), Some(log)) = (self.source()?, meeting.log) else {
            return Ok(None);
        };
        let known = self.known(&files)?;
        let looked = known.looked(meeting.environment.name(), log.policy().digest());
        Ok(looked.map(str::to_owned))
    }

    /// Another id that the vault had in git's history, or that a vault had which is gone from another folder, and under which this machine
    /// knows the environment: then somebody has replaced the id, and with it everything that was known. Where nothing is known under the
    /// id of now, or there is none, it need not be the same environment: its name is changed as easily.
    pub(super) fn other_id(
        &self,
        files: &KnownFiles,
        known: &Known,
        name: &EnvName,
    ) -> Result<Option<String>, Trouble> {
        let own = self.config().repository().map(|id| id.as_str());
        let others = files.repositories();
        let is_all_new = own.is_none() || known.states().next().is_none();
        let knows = |id: &str| {
            let known = files.read(id).unwrap_or_default();
            let state = known.state(name);
            let is_signed = state.is_some_and(|state| *state != State::Unsigned);
            is_signed || is_all_new && known.has_signed()
        };
        let others: BTreeSet<String> = others
            .into_iter()
            .filter(|id| Some(id.as_str()) != own && knows(id))
            .collect();
        let Some(repo) = self.repo()?.filter(|_| !others.is_empty()) else {
            return Ok(None);
        };
        let had = repo.version_of(
            Reach::Head,
            repo.folder(),
            Path::new(CONFIG),
            |_| vec![CONFIG.into()],
            |version| {
                let config = config_of(version.bytes)?;
                others.get(config.repository()?.as_str()).cloned()
            },
        )?;
        match had {
            Some(had) => Ok(Some(had)),
            None => Ok(self
                .gone_elsewhere(repo)?
                .intersection(&others)
                .next()
                .cloned()),
        }
    }
}
