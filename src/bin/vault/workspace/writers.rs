//! Which identity writes an environment, and what somebody is told whose identity may not.

use vault::{
    accord::vouches_for,
    config::Environment,
    keys::{Identity, Member, Recipient, VerifyingKey},
    members::Policy,
    value::Name,
};

use super::{
    Trouble, Workspace,
    accept::names,
    trouble::{NEWCOMER, one_of},
};

impl Workspace<'_> {
    /// The identity that signs: a writer's by the log, and vouched for by the config, or nobody would accept the file afterwards.
    pub(crate) fn writing_identity(
        &self,
        environment: &Environment,
        policy: &Policy,
    ) -> Result<&Identity, Trouble> {
        let vouched = |(name, _): &(&Name, &VerifyingKey)| vouches_for(self.config(), policy, name);
        let writers = policy.writers().filter(vouched).map(|(_, key)| key);
        if let Some(identity) = self.signing_identity(writers)? {
            return Ok(identity);
        }
        match self.signing_identity(policy.writers().map(|(_, key)| key))? {
            None => Err(self.nobody_signs(environment, Some(policy))),
            Some(_) => {
                let text = format!(
                    "you may write {}, but .vault.yaml does not list you with the key that you sign with",
                    environment.name()
                );
                Err(Trouble::untrusted(text).hint("git log -p .vault.yaml shows who changed it"))
            }
        }
    }

    /// An identity that may sign a file which begins with the members that the config wants.
    pub(crate) fn future_writer(&self, environment: &Environment) -> Result<&Identity, Trouble> {
        let keys = environment
            .writers()
            .filter_map(|(_, member)| member.writes_with());
        self.signing_identity(keys)?
            .ok_or_else(|| self.nobody_signs(environment, None))
    }

    /// An identity that a file which is encrypted as the config wants could be opened with.
    pub(crate) fn future_reader(&self, environment: &Environment) -> Result<&Identity, Trouble> {
        let readers = environment.readers().values();
        let recipients: Vec<Recipient> = readers.map(|member| member.reads().clone()).collect();
        let identity = self.context().identities().opener(&recipients)?;
        identity.ok_or_else(|| {
            let text = format!(
                "no identity of yours could read {}; its recipients are {}",
                environment.name(),
                names(environment.readers())
            );
            self.lines_to_add(environment)
                .into_iter()
                .fold(Trouble::failed(text), Trouble::hint)
        })
    }

    /// That nobody here may write: by the log, or for a file that does not exist yet by the config.
    pub(crate) fn nobody_signs(
        &self,
        environment: &Environment,
        policy: Option<&Policy>,
    ) -> Trouble {
        let name = environment.name();
        let writers: Vec<&str> = match policy {
            Some(policy) => policy.writers().map(|(name, _)| name.as_str()).collect(),
            None => environment
                .writers()
                .map(|(name, _)| name.as_str())
                .collect(),
        };
        let text = match writers.as_slice() {
            [] => format!("nobody could write {name}: none of its recipients has a signing key"),
            writers => format!(
                "no identity of yours may write {name}; writers are {}",
                writers.join(", ")
            ),
        };
        let trouble = Trouble::failed(text);
        if let Some(retired) = policy.and_then(|_| self.retired(environment)) {
            let way = retired.way(&one_of(&writers));
            return trouble.detail(retired.told()).hint(way);
        }
        let hints = match policy {
            Some(_) => self.request(environment),
            None => self.lines_to_add(environment),
        };
        hints.into_iter().fold(trouble, Trouble::hint)
    }

    /// What to send to a writer, and what they must type.
    fn request(&self, environment: &Environment) -> Vec<String> {
        let name = environment.name();
        let Some(own) = self.own_member() else {
            return vec![NEWCOMER.to_owned()];
        };
        let add = match self.own_name(&own) {
            Some((known, member))
                if member.writes_with().is_some() && !environment.readers().contains_key(known) =>
            {
                format!("they type vault recipients add {known} '{member}' --env {name}")
            }
            Some((known, member)) if member.signing_key().is_some() => {
                format!("they let {known} write {name} in .vault.yaml, and run vault sync {name}")
            }
            Some((known, _)) => format!("they type vault recipients replace {known} 'LINE'"),
            None => format!("they type vault recipients add NAME 'LINE' --env {name}"),
        };
        vec![format!("send this line to a writer: {own}"), add]
    }

    /// What the config lacks before the person at work could make a file.
    fn lines_to_add(&self, environment: &Environment) -> Vec<String> {
        let name = environment.name();
        let Some(own) = self.own_member() else {
            return vec![NEWCOMER.to_owned()];
        };
        match self.own_name(&own) {
            Some((known, listed))
                if listed.signing_key().is_none()
                    && own.signing_key().is_some()
                    && environment.readers().contains_key(known) =>
            {
                vec![format!(
                    "{known} in .vault.yaml lacks the key that signs: put the whole line there: {known}: {own}"
                )]
            }
            Some((known, _)) if environment.readers().contains_key(known) => {
                vec![format!(
                    ".vault.yaml says that {known} only reads {name}: see `writers` there, and `reads-only` in the line of {known}"
                )]
            }
            Some((known, _)) => vec![format!(
                "add {known} to the `recipients` of {name} in .vault.yaml"
            )],
            None => vec![
                format!("add this line under `recipients` in .vault.yaml: YOUR-NAME: {own}"),
                format!("and YOUR-NAME to the `recipients` of {name} there"),
            ],
        }
    }

    /// The name under which the config has the person at work.
    pub(crate) fn own_name(&self, own: &Member) -> Option<(&Name, &Member)> {
        let mut members = self.config().members().iter();
        members.find(|(_, member)| member.reads() == own.reads())
    }
}
