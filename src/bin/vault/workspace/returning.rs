//! Whoever has left comes back by name only: what the logs have taken out, and what `former` in the config says.

use vault::{
    config::Environment,
    keys::Member,
    members::Log,
    value::{EnvName, Name},
};

use super::{Trouble, Workspace};

impl Trouble {
    /// That somebody is wanted again in an environment without a log, and has left, as the config says.
    pub(crate) fn of_former(name: &Name, environment: &Environment) -> Self {
        let environment = environment.name();
        Trouble::untrusted(format!(
            "{name} has left before, as `former` in .vault.yaml says, and is wanted again in {environment}"
        ))
    }

    /// That somebody is wanted again whom the log of an environment has taken out.
    pub(crate) fn of_leaver(name: &Name, left: &EnvName) -> Self {
        Trouble::untrusted(format!("{name} has left {left} before and is wanted again"))
    }
}

impl Workspace<'_> {
    /// The first reader of an environment who has left, as `former` says, but for those who are let in again.
    pub(crate) fn former_reader<'e>(
        &self,
        environment: &'e Environment,
        readmitted: &[Name],
    ) -> Option<&'e Name> {
        let has_left = |(name, member): &(&Name, &Member)| self.config().has_left(name, member);
        let mut readers = environment.readers().iter().filter(has_left);
        let (name, _) = readers.find(|(name, _)| !readmitted.contains(name))?;
        Some(name)
    }

    /// Refuses what is written of a file without a log, or is to get one, where the config lists somebody who has left: nothing else tells
    /// whether they were let in again.
    ///
    /// # Errors
    /// There is somebody like that.
    pub(crate) fn refuse_former(&self, environment: &Environment) -> Result<(), Trouble> {
        match self.former_reader(environment, &[]) {
            None => Ok(()),
            Some(name) => Err(Trouble::of_former(name, environment)
                .hint(format!("vault sync --readmit {name} lets them in again"))
                .hint(format!(
                    "else take {name} out of .vault.yaml; then vault sync {} takes them out of the file, too",
                    environment.name()
                ))),
        }
    }

    /// Refuses to make a file for somebody who has left, by `former` or by the log of any environment, but for those who are let in again.
    ///
    /// # Errors
    /// There is somebody like that; the caller says how they come back.
    pub(crate) fn refuse_returning(
        &self,
        environment: &Environment,
        readmitted: &[Name],
    ) -> Result<(), (Name, Trouble)> {
        let logs = self.logs();
        let here = logs.here();
        let logs = || here.iter().copied();
        for (name, member) in environment.readers() {
            let trouble = match self.config().has_left(name, member) {
                true => Some(Trouble::of_former(name, environment)),
                false => has_left_for_good(logs(), name, member)
                    .map(|left| Trouble::of_leaver(name, left)),
            };
            match trouble {
                Some(trouble) if !readmitted.contains(name) => return Err((name.clone(), trouble)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The same for an environment that stands in the config, and has no file yet.
    ///
    /// # Errors
    /// There is somebody like that.
    pub(crate) fn refuse_birth_for_leavers(
        &self,
        environment: &Environment,
    ) -> Result<(), Trouble> {
        let name = environment.name();
        self.refuse_returning(environment, &[]).map_err(|(who, trouble)| {
            trouble
                .hint("git log -p .vault.yaml shows who wants that")
                .hint(format!(
                    "if it is meant: take {name} out of .vault.yaml; then vault env add {name} --readmit {who} lets them in again"
                ))
        })
    }
}

/// The environment that somebody has left, if they are a member of none with these keys.
fn has_left_for_good<'l>(
    logs: impl Iterator<Item = (&'l EnvName, &'l Log)> + Clone,
    name: &Name,
    member: &Member,
) -> Option<&'l EnvName> {
    let is_member = |(_, log): (&EnvName, &Log)| {
        let mut members = log.policy().members();
        members.any(|(_, known)| known.has_keys_of(member))
    };
    match logs.clone().any(is_member) {
        true => None,
        false => {
            let (left, _) = logs.clone().find(|(_, log)| log.has_left(name, member))?;
            Some(left)
        }
    }
}
