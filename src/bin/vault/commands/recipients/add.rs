//! `vault recipients add`: somebody who reads, and perhaps writes, from now on.

use clap::Args;
use vault::{
    config::{
        Environment,
        edit::{Admission, with_recipient},
    },
    keys::{Member, Recipient},
    members::{Entry, Log},
    value::{EnvName, Name, near::resembles},
};

use super::{
    change::{carry_out, parsed, refuse_return, steps},
    line,
};
use crate::{
    commands::members::Step,
    context::Context,
    failure::{Exit, Failure},
    workspace::{Trouble, Workspace, config_failure},
};

/// Let somebody read, and write where they can sign
///
/// Their line goes into .vault.yaml, their name into the lists that are named, and the data key of each environment is encrypted
/// for them, too: no value changes. Compare the fingerprint with them by another way. LINE is what `vault whoami` prints for them,
/// an age key, an ssh-ed25519 key, @FILE, or - for standard input; of a list of SSH keys the one that can decrypt is taken.
/// Who is a recipient already, with the same line, is let into more environments and groups.
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// Their name
    name: Name,
    /// Their line
    line: String,
    /// The environments that they read
    #[arg(long, value_name = "ENV", num_args = 1..)]
    env: Vec<EnvName>,
    /// The groups that they belong to
    #[arg(long, value_name = "GROUP", num_args = 1..)]
    group: Vec<Name>,
    /// They never write, also where they could sign
    #[arg(long)]
    reads_only: bool,
    /// Make a new data key, so that they cannot read older versions
    #[arg(long)]
    no_history: bool,
    /// Let somebody in again who has left
    #[arg(long)]
    readmit: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Add {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        self.refuse_taken(&workspace)?;
        let member = line::member(context, &self.line)?;
        let member = match self.reads_only {
            true => member.reading_only(),
            false => member,
        };
        let member = self.known(&workspace, &member)?.unwrap_or(member);
        refuse_key(&workspace, &self.name, &member)?;
        self.refuse_pending(&workspace, &member)?;
        let text = self.text(&workspace, &member)?;
        let config = parsed(&text)?;
        let people = [self.name.clone()];
        let mut steps = steps(&workspace, &config, &people)?;
        refuse_return(&workspace, &steps, &config, &people, self.readmit)?;
        steps
            .iter_mut()
            .for_each(|step| step.is_rekeyed = self.no_history);
        let remarks = self.remarks(&workspace, &member, &steps)?;
        let done = format!("added {}", self.name);
        carry_out(&workspace, text, steps, self.yes, &remarks, &done)
    }

    fn text(&self, workspace: &Workspace<'_>, member: &Member) -> Result<String, Failure> {
        let admission = self.admission(workspace)?;
        let before = workspace.config_text(None)?;
        with_recipient(&before, &self.name, member, &admission)
            .map_err(|error| config_failure(&error))
    }

    /// Where they are not yet.
    ///
    /// # Errors
    /// There is no such environment or group; they are a recipient already, and in all of them.
    fn admission(&self, workspace: &Workspace<'_>) -> Result<Admission, Failure> {
        let name = &self.name;
        let mut admission = Admission::default();
        for environment in &self.env {
            if !workspace
                .environment(environment)?
                .readers()
                .contains_key(name)
            {
                admission.environments.push(environment.clone());
            }
        }
        for group in &self.group {
            if !workspace.require_group(group)?.contains(name) {
                admission.groups.push(group.clone());
            }
        }
        let is_nowhere_new = admission.environments.is_empty() && admission.groups.is_empty();
        match is_nowhere_new && workspace.config().member(name).is_some() {
            true => Err(Failure::new(format!("{name} is a recipient already"))
                .hint(format!(
                    "vault recipients add {name} LINE --env ENV lets them read another environment"
                ))
                .hint("vault sync brings files in line that lack them")),
            false => Ok(admission),
        }
    }

    /// The recipient as the config has them, if they are one already; a new list gives no other rights than they have.
    ///
    /// # Errors
    /// They have another key, or could write and are to read only: that is no matter of more environments.
    fn known(&self, workspace: &Workspace<'_>, given: &Member) -> Result<Option<Member>, Failure> {
        let name = &self.name;
        let Some(known) = workspace.config().member(name) else {
            return Ok(None);
        };
        let is_less = given.is_marked_reads_only() && !known.is_marked_reads_only();
        let has_keys = known.reads() == given.reads() && known.signing_key() == given.signing_key();
        match has_keys && !is_less {
            true => Ok(Some(known.clone())),
            false => Err(
                Failure::new(format!("{name} is a recipient already, with another line")).hint(
                    format!("vault recipients replace {name} LINE gives them another key"),
                ),
            ),
        }
    }

    /// A name that differs from one that is there only in how it is written.
    fn refuse_taken(&self, workspace: &Workspace<'_>) -> Result<(), Failure> {
        let (name, config) = (&self.name, workspace.config());
        if config.members().contains_key(name) {
            return Ok(());
        }
        let taken = config.members().keys().chain(config.groups().keys());
        match taken
            .into_iter()
            .find(|taken| taken.folded() == name.folded())
        {
            Some(taken) => Err(Failure::new(format!("the name {name} is taken by {taken}"))),
            None => Ok(()),
        }
    }

    /// Somebody who is still in a file from before is taken out before they come back, also under another name.
    fn refuse_pending(&self, workspace: &Workspace<'_>, member: &Member) -> Result<(), Failure> {
        let mut former = workspace.config().former_of(&self.name, member);
        let Some((name, former)) = former.find(|(_, former)| !former.pending.is_empty()) else {
            return Ok(());
        };
        let pending: Vec<&str> = former.pending.iter().map(EnvName::as_str).collect();
        let text = format!(
            "{name} left, and is still to be taken out of {}",
            pending.join(", ")
        );
        Err(Failure::new(text).exit(Exit::Untrusted).hint(format!(
            "vault sync {} by a writer does it; then type the command again",
            pending.join(" ")
        )))
    }

    /// What a person should look at before they say yes.
    fn remarks(
        &self,
        workspace: &Workspace<'_>,
        member: &Member,
        steps: &[Step<'_>],
    ) -> Result<Vec<String>, Failure> {
        let name = &self.name;
        let mut remarks = Vec::new();
        let known = workspace.config().members().keys();
        let is_alike = |other: &&Name| *other != name && resembles(other.as_str(), name.as_str());
        for other in known.filter(is_alike) {
            remarks.push(format!(
                "{name} looks much like {other}, who is somebody else"
            ));
        }
        if steps.is_empty() {
            let print = member.fingerprint();
            let reads = match readable_already(workspace, member) {
                already if already.is_empty() => "reads no file that is there yet".to_owned(),
                already => format!("can read {already} already: no file changes"),
            };
            remarks.push(format!("{name} ({print}) {reads}"));
        }
        if !self.no_history {
            for step in steps {
                remarks.extend(readable_since(workspace, step)?);
            }
        }
        Ok(remarks)
    }
}

/// The environments whose files somebody can read before anything is done.
fn readable_already(workspace: &Workspace<'_>, member: &Member) -> String {
    let reads = |environment: &&Environment| {
        // Nobody is asked anything about a file that is not to be written.
        let accepted = workspace.accept(environment).ok().flatten();
        accepted.is_some_and(|accepted| {
            let mut keys = accepted
                .verified
                .recipients()
                .filter_map(Recipient::of_entry);
            keys.any(|key| key == *member.reads())
        })
    };
    let environments = workspace.config().environments().filter(reads);
    let names: Vec<&str> = environments.map(|it| it.name().as_str()).collect();
    names.join(", ")
}

/// A key that stands under another name would make two people one.
pub(super) fn refuse_key(
    workspace: &Workspace<'_>,
    name: &Name,
    member: &Member,
) -> Result<(), Failure> {
    let members = workspace.config().members().iter();
    let other = members
        .filter(|(other, _)| *other != name)
        .find(|(_, other)| other.shares_a_key_with(member));
    match other {
        None => Ok(()),
        Some((other, _)) => Err(Failure::new(format!("that is a key of {other}"))
            .hint("every name has keys of its own")),
    }
}

/// How far back somebody who is let in can read: to the entry before which the data key in use was not made, with its commit where git
/// has one.
fn readable_since(workspace: &Workspace<'_>, step: &Step<'_>) -> Result<Option<String>, Trouble> {
    let Some(log) = step.verified.log() else {
        return Ok(None);
    };
    let (environment, entry) = (step.environment, last_rekey(log));
    let signature = entry.signature().to_base64();
    let origins = workspace.origins(environment, log, &[signature.clone()].into())?;
    let commit = origins.get(&signature);
    let commit = commit.map_or_else(String::new, |origin| format!(", commit {},", origin.commit));
    let day = entry.at().split('T').next().unwrap_or_default();
    Ok(Some(format!(
        "{}: the last new data key is of {day}{commit} or later; --no-history makes a new one",
        environment.name()
    )))
}

/// The last entry that took the data key away from somebody, else the first: the key in use was made then or later.
fn last_rekey(log: &Log) -> &Entry {
    let loses = |at: usize| {
        let after = &log.states()[at];
        log.states()[at - 1].members().any(|(_, member)| {
            !after
                .members()
                .any(|(_, other)| other.reads() == member.reads())
        })
    };
    let entry = (1..log.entries().len()).rev().find(|at| loses(*at));
    &log.entries()[entry.unwrap_or(0)]
}
