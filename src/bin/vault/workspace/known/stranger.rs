//! What comes in the place of something that is known: the config can be given another name, another default or other readers without
//! a key, so somebody who is known here has to vouch for what is new.

use vault::{
    config::Environment,
    keys::Member,
    known::{Circle, Here, Known, State},
    members::{Entry, Log},
    value::{EnvName, Name},
    vault::KnownFiles,
};

use super::{
    super::{Trouble, Workspace, accept::Purpose, entries::listed},
    Meeting, Source, TRUST,
};

/// What has become of the config where a vault is no longer the one that was used here.
const OTHER_ID: &str = "the vault that was used here had another `repository` in .vault.yaml";

/// What a new environment may stand in for.
pub(super) enum Place {
    /// An environment that was signed, and that the config has no more.
    Of(EnvName),
    /// An environment that had this name, and has another one now.
    Under(EnvName),
    /// Whatever is used where no environment is named.
    Default,
}

/// The logs of environments that the config names.
pub(crate) struct Logs(Vec<(EnvName, Log)>);

impl Logs {
    /// Each with the name of its environment.
    pub(crate) fn here(&self) -> Vec<Here<'_>> {
        self.0.iter().map(|(name, log)| (name, log)).collect()
    }
}

impl Workspace<'_> {
    /// What a file that nobody has seen under its name stands in for, if nobody who is known here vouches for it.
    pub(super) fn usurped(
        &self,
        files: &KnownFiles,
        meeting: Meeting<'_>,
    ) -> Result<Option<Place>, Trouble> {
        if !self.is_of_today(meeting.environment) {
            return Ok(None);
        }
        let (known, name) = (self.known(files)?, meeting.environment.name());
        let Some(place) = self.place(&known, name) else {
            return Ok(None);
        };
        let is_vouched = self.is_vouched_for(&known, meeting);
        Ok((!is_vouched).then_some(place))
    }

    /// Whether somebody who is known here has signed for a log, and the file is not the last word of somebody who has left.
    fn is_vouched_for(&self, known: &Known, meeting: Meeting<'_>) -> bool {
        let Some(log) = meeting.log else { return false };
        let logs = self.logs_beside(meeting.environment.name());
        let circle = known.circle(&logs.here());
        let signer = meeting.signer.and_then(|name| log.policy().member(name));
        let has_left = signer.is_some_and(|it| known.has_left(it) && !circle.has(it));
        circle.vouches_for(log) && !has_left
    }

    /// Whether an environment comes in beside what is known, and nobody of that vouches for it.
    pub(super) fn is_apart(
        &self,
        files: &KnownFiles,
        meeting: Meeting<'_>,
    ) -> Result<bool, Trouble> {
        let is_beside = self.knew_something(files)? && meeting.log.is_some();
        Ok(is_beside && !self.is_vouched_for(&*self.known(files)?, meeting))
    }

    /// What an environment stands in for that is not known itself.
    fn place(&self, known: &Known, name: &EnvName) -> Option<Place> {
        let is_named = |other: &EnvName| other == name || self.config().environment(other).is_ok();
        // The other files are read only where a name is missing.
        if known.gone(is_named, &[]).next().is_some() {
            let logs = self.logs_beside(name);
            let here = logs.here();
            if let Some((gone, _)) = known.gone(is_named, &here).next() {
                return Some(Place::Of(gone.clone()));
            }
        }
        if let Some(other) = known.formerly(name) {
            return Some(Place::Under(other.clone()));
        }
        let is_default = self.config().default_environment() == Some(name);
        let knew = self
            .knew
            .get()
            .is_some_and(|knew| knew.has_signed_beside(name));
        (is_default && knew).then_some(Place::Default)
    }

    /// Whether something signed was known when this command began: what it meets together is one first use.
    fn knew_something(&self, files: &KnownFiles) -> Result<bool, Trouble> {
        self.known(files)?;
        Ok(self.knew.get().is_some_and(|knew| knew.has_signed()))
    }

    /// Whether it is one of the config on disk: what earlier revisions had is not in the place of anything.
    fn is_of_today(&self, environment: &Environment) -> bool {
        let named = self.config().environment(environment.name());
        self.config_file.is_some() && named.is_ok()
    }

    /// The logs of the other environments, as far as their files pass the first four steps of acceptance.
    fn logs_beside(&self, name: &EnvName) -> Logs {
        self.logs_of(|other| other != name)
    }

    /// The logs of all environments, in the same way.
    pub(crate) fn logs(&self) -> Logs {
        self.logs_of(|_| true)
    }

    fn logs_of(&self, is_wanted: impl Fn(&EnvName) -> bool) -> Logs {
        let environments = self.config().environments();
        let signed = environments.filter(|it| it.is_signed() && is_wanted(it.name()));
        let log = |environment: &Environment| {
            let accepted = self.accept_as_read(environment, Purpose::Looking).ok()??;
            Some((environment.name().clone(), accepted.verified.log()?.clone()))
        };
        Logs(signed.filter_map(log).collect())
    }

    /// Refuses an unsigned file that nobody has seen under this name, where it may be a signed one with another name: who changes
    /// the name in the config and takes the signature out needs no key.
    pub(super) fn refuse_unsigned_twin(
        &self,
        meeting: Meeting<'_>,
        source: &Source,
    ) -> Result<(), Trouble> {
        if meeting.log.is_some() {
            return Ok(());
        }
        let (name, file) = (meeting.environment.name(), meeting.environment.file());
        if let Source::Memory(Some(files)) = source {
            let text = match self.usurped(files, meeting)? {
                Some(Place::Of(gone)) => Some(format!(
                    "{name} is new here and not signed, and {}",
                    is_gone(&gone)
                )),
                Some(Place::Under(other)) => Some(format!(
                    "{name} is new here and not signed, and {}",
                    had_the_name(&other)
                )),
                // Signed by whomever, it would be another one than then.
                Some(Place::Default) if self.known(files)?.began_with(name) => None,
                Some(Place::Default) => Some(format!(
                    "{name} is new here, the default, and not signed, and others that were used here are"
                )),
                None => None,
            };
            if let Some(text) = text {
                return Err(Trouble::untrusted(text)
                    .hint("git log -p .vault.yaml shows who changed it: ask them")
                    .hint(format!(
                        "vault trust {name} accepts what is here from now on"
                    )));
            }
        }
        self.refuse_log_of_another(meeting.environment)
            .map_err(|trouble| trouble.within(file))
    }

    /// What a log that nobody known vouches for is told to be.
    pub(super) fn strange(&self, meeting: Meeting<'_>, files: Option<&KnownFiles>) -> String {
        let name = meeting.environment.name();
        let who = self.unvouched(meeting, files);
        match files.and_then(|files| self.usurped(files, meeting).ok().flatten()) {
            Some(Place::Of(gone)) => format!("{name} is new here, {who}, and {}", is_gone(&gone)),
            Some(Place::Under(other)) => {
                format!("{name} is new here, {who}, and {}", had_the_name(&other))
            }
            _ => format!("{name} is new here and the default, {who}"),
        }
    }

    fn unvouched(&self, meeting: Meeting<'_>, files: Option<&KnownFiles>) -> String {
        let Some((log, signer)) = meeting.log.zip(meeting.signer) else {
            return "not signed".to_owned();
        };
        let known = files.and_then(|files| self.known(files).ok());
        let logs = self.logs_beside(meeting.environment.name());
        match known.is_some_and(|known| known.circle(&logs.here()).vouches_for(log)) {
            true => format!("signed by {signer}, who has left"),
            false => {
                let founder = log.entries().first().map_or(signer, Entry::by);
                format!("begun by {founder}, whom nothing that was used here knows")
            }
        }
    }

    /// The environment that a new one stands in for, as it is known.
    pub(super) fn stood_in_for(
        &self,
        meeting: Meeting<'_>,
        files: &KnownFiles,
    ) -> Option<(EnvName, State)> {
        match self.usurped(files, meeting).ok()?? {
            Place::Of(gone) => {
                let known = self.known(files).ok()?;
                let state = known.state(&gone)?.clone();
                Some((gone, state))
            }
            Place::Under(_) | Place::Default => None,
        }
    }

    /// Refuses to make the file of an environment for people whom nobody knows, where it may be a known one under another name; and
    /// any that `VAULT_TRUST` would not accept.
    ///
    /// # Errors
    /// There are such people; `VAULT_TRUST` is set.
    pub(crate) fn refuse_making(&self, environment: &Environment) -> Result<(), Trouble> {
        let name = environment.name();
        match self.source()? {
            Source::Named(_) => Err(Trouble::untrusted(format!(
                "{name} has no file here, and {TRUST} is set: a new one is not what it names"
            ))
            .hint(format!(
                "make it where {TRUST} is not set; vault trust --export prints there what it has to be"
            ))),
            Source::Memory(_) => self.refuse_strange_readers(environment),
        }
    }

    /// The same for what is remembered alone.
    ///
    /// # Errors
    /// There are such people.
    pub(crate) fn refuse_strange_readers(&self, environment: &Environment) -> Result<(), Trouble> {
        let Source::Memory(Some(files)) = self.source()? else {
            return Ok(());
        };
        let (known, name) = (self.known(&files)?, environment.name());
        if let Some(Place::Of(gone)) = self.place(&known, name) {
            let circle = known.circle(&self.logs_beside(name).here());
            let strange = self.made_for_strangers(environment, &circle, &is_gone(&gone));
            return strange.map_err(|trouble| {
                trouble.hint(format!(
                    "if the team has ended {gone}: vault trust {gone} forgets it here, then type the command again"
                ))
            });
        }
        match self.other_id(&files, &known, name)? {
            Some(id) => {
                let circle = files.read(&id).unwrap_or_default().circle(&[]);
                self.made_for_strangers(environment, &circle, OTHER_ID)
            }
            None => Ok(()),
        }
    }

    /// Refuses to make a file for people whom nobody knows, with the reason why that counts.
    fn made_for_strangers(
        &self,
        environment: &Environment,
        circle: &Circle,
        reason: &str,
    ) -> Result<(), Trouble> {
        let strangers = self.strangers(environment, circle);
        if strangers.is_empty() {
            return Ok(());
        }
        let (name, names) = (
            environment.name(),
            listed(strangers.iter().map(|(name, _)| *name)),
        );
        let text = format!(
            "{name} would be made for {names}, whom nothing that was used here knows, and {reason}"
        );
        let lines = strangers
            .iter()
            .map(|(name, member)| format!("{name} ({})", member.fingerprint()));
        Err(lines
            .fold(Trouble::untrusted(text), Trouble::detail)
            .hint("git log -p .vault.yaml shows who changed it: ask them"))
    }

    /// Readers of an environment whom nobody knows; oneself is none.
    fn strangers<'e>(
        &self,
        environment: &'e Environment,
        circle: &Circle,
    ) -> Vec<(&'e Name, &'e Member)> {
        let (findings, _) = self.context().identities().findings();
        let own = Circle::of(findings.iter().filter_map(|it| it.member.as_ref()));
        let readers = environment.readers().iter();
        readers
            .filter(|(_, member)| !circle.has(member) && !own.has(member))
            .collect()
    }
}

fn had_the_name(other: &EnvName) -> String {
    format!("{other}, which was signed when it was last used here, had that name before")
}

fn is_gone(gone: &EnvName) -> String {
    format!("{gone}, which was signed when it was last used here, is gone from .vault.yaml")
}
