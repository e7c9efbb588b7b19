//! `vault recipients remove`: somebody who has left, with a new data key for everything that they could read.

use clap::Args;
use vault::{
    config::{Config, Day, Environment, Former, edit::without_recipient},
    value::{EnvName, Name, Node},
};

use super::change::{carry_out, parsed, refuse_last_writer, steps};
use crate::{
    commands::{
        members::{Step, signers},
        trust,
        words::keys,
    },
    context::{Context, Finding},
    failure::{Exit, Failure},
    workspace::{Trouble, Workspace, config_failure},
};

/// Take somebody out who has left
///
/// Out of .vault.yaml, with every list there, and out of the files: each environment that they could read gets a new data key, and
/// every value is encrypted anew. All of it is written, or nothing. What they have seen they may have kept, and git keeps the older
/// versions: the command ends with the keys whose values have to change where they are used.
#[derive(Args, Debug)]
pub(crate) struct Remove {
    /// Their name
    name: Name,
    /// Change the files of these environments only; the others are noted as pending in .vault.yaml, for a writer of them to run vault sync
    #[arg(long, value_name = "ENV", num_args = 1..)]
    env: Vec<EnvName>,
    /// Take yourself out, with another identity of yours at hand that can write: yours opens nothing of it afterwards
    #[arg(long)]
    lock_me_out: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Remove {
    /// Plans, asks, writes, and says what they have seen.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        workspace.require_recipient(&self.name)?;
        for name in &self.env {
            workspace.environment(name)?;
        }
        refuse_last_reader(workspace.config(), &self.name)?;
        let people = [self.name.clone()];
        let whole = parsed(&self.text(&workspace, Vec::new())?)?;
        refuse_last_writer(workspace.config(), &whole)?;
        let all = steps(&workspace, &whole, &people)?;
        let seen: Vec<String> = all.iter().map(seen).collect();
        let (mut now, later) = self.split(all)?;
        self.refuse_blocked(&workspace, &now)?;
        self.refuse_oneself(&workspace)?;
        now.iter_mut()
            .for_each(|step| step.may_lock_out = self.lock_me_out);
        let pending: Vec<EnvName> = later
            .iter()
            .map(|step| step.environment.name().clone())
            .collect();
        let text = self.text(&workspace, pending.clone())?;
        let remarks: Vec<String> = pending
            .iter()
            .map(|name| {
                format!(
                    "{name}: {} can read it until a writer runs vault sync {name}",
                    self.name
                )
            })
            .collect();
        let done = format!("removed {}", self.name);
        let exit = carry_out(&workspace, text, now, self.yes, &remarks, &done)?;
        self.tell(context, &seen)?;
        self.tell_rules_of_sops(&workspace);
        Ok(exit)
    }

    fn text(&self, workspace: &Workspace<'_>, pending: Vec<EnvName>) -> Result<String, Failure> {
        let member = workspace.config().member(&self.name);
        let left = Former {
            key: member.ok_or_else(|| Failure::new("they are gone"))?.clone(),
            removed: Day::of(&workspace.context().now())
                .map_err(|error| Failure::because(&error))?,
            pending,
        };
        without_recipient(&workspace.config_text(None)?, &self.name, &left)
            .map_err(|error| config_failure(&error))
    }

    /// What is done now, and what is left to others.
    fn split<'c>(&self, all: Vec<Step<'c>>) -> Result<(Vec<Step<'c>>, Vec<Step<'c>>), Failure> {
        if self.env.is_empty() {
            return Ok((all, Vec::new()));
        }
        let (now, later): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|step| self.env.contains(step.environment.name()));
        let is_done = |name: &&EnvName| now.iter().any(|step| step.environment.name() == *name);
        match self.env.iter().find(|name| !is_done(name)) {
            None => Ok((now, later)),
            Some(name) => Err(Failure::new(format!(
                "the file of {name} is not encrypted for {}",
                self.name
            ))),
        }
    }

    /// Everything that this person cannot do is told at once, before anything is written.
    fn refuse_blocked(&self, workspace: &Workspace<'_>, now: &[Step<'_>]) -> Result<(), Failure> {
        let blocked: Vec<(&EnvName, Trouble)> = now
            .iter()
            .filter_map(|step| Some((step.environment.name(), blocked(workspace, step).err()?)))
            .collect();
        if blocked.is_empty() {
            return Ok(());
        }
        let text = format!(
            "{} can read environments that you cannot change; nothing is written",
            self.name
        );
        let mut failure = Failure::new(text);
        for (name, trouble) in &blocked {
            failure = failure.detail(format!("{name}: {}", trouble.text));
        }
        let others: Vec<&str> = now
            .iter()
            .map(|step| step.environment.name())
            .filter(|name| blocked.iter().all(|(other, _)| other != name))
            .map(EnvName::as_str)
            .collect();
        Err(match others.as_slice() {
            [] if self.own(workspace).is_some() => failure
                .hint("another writer of them has to do it")
                .hint("if you have another identity that can write them: add --lock-me-out, and that one with -i FILE"),
            [] => failure.hint("a writer of them has to do it"),
            others => failure.hint(format!(
                "vault recipients remove {} --env {} does what you can, and notes the rest for a writer of it",
                self.name,
                others.join(" ")
            )),
        })
    }

    /// Whoever takes themselves out says so: it may be a slip of the name.
    fn refuse_oneself(&self, workspace: &Workspace<'_>) -> Result<(), Failure> {
        let own = self.own(workspace).filter(|_| !self.lock_me_out);
        let Some(origin) = own else {
            return Ok(());
        };
        let name = &self.name;
        let failure = Failure::new(format!(
            "{name} is you: the identity from {origin} would open nothing of it afterwards; nothing is written"
        ))
        .hint("--lock-me-out says that it is meant");
        Err(match origin.strip_suffix(" (-i)") {
            Some(file) => failure.hint(format!("if you are not {name}: leave out -i {file}")),
            None => failure,
        })
    }

    /// Where the identity at hand is that is theirs, if one is.
    fn own(&self, workspace: &Workspace<'_>) -> Option<String> {
        let member = workspace.config().member(&self.name)?;
        let (findings, _) = workspace.context().identities().findings();
        let is_own = |finding: &Finding| {
            let own = finding.member.as_ref();
            own.is_some_and(|own| own.reads() == member.reads())
        };
        findings.into_iter().find(is_own).map(|own| own.origin)
    }

    /// What sops goes by is not vault's to change.
    fn tell_rules_of_sops(&self, workspace: &Workspace<'_>) {
        let (name, config) = (&self.name, workspace.config());
        let Some(member) = config.member(name) else {
            return;
        };
        let read = config
            .environments()
            .filter(|it| it.readers().contains_key(name));
        for file in workspace.rules_of_sops_with(member, read) {
            workspace.context().terminal().warn(format!(
                "{file} still names the key of {name}: sops gives {name} what it encrypts from now on; take it out there"
            ));
        }
    }

    fn tell(&self, context: &Context, seen: &[String]) -> Result<(), Failure> {
        let (terminal, name) = (context.terminal(), &self.name);
        if !seen.is_empty() {
            terminal.say(format!(
                "{name} has seen these values, and git keeps older ones; change them where they are used:"
            ));
            seen.iter().for_each(|line| terminal.detail(line));
        }
        let workspace = Workspace::open(context)?;
        let alone: Vec<&Environment> = workspace
            .config()
            .environments()
            .filter(|environment| environment.readers().len() == 1)
            .collect();
        for environment in alone {
            terminal.warn(format!(
                "{} has one recipient: without that key its values are lost; vault keygen --recovery makes one to put away",
                environment.name()
            ));
        }
        let pins = trust::pins(&workspace);
        if !pins.is_empty() {
            terminal.say("machines that have VAULT_TRUST need the new one:");
            terminal.detail(format!("VAULT_TRUST='{}'", pins.join(" ")));
        }
        Ok(())
    }
}

/// Whether the person at work can write a file as it is to be.
fn blocked(workspace: &Workspace<'_>, step: &Step<'_>) -> Result<(), Trouble> {
    signers(workspace, step)?;
    match workspace.opener(&step.verified)? {
        Some(_) => Ok(()),
        None => Err(workspace.nobody_opens(step.environment, &step.verified)),
    }
}

fn refuse_last_reader(config: &Config, name: &Name) -> Result<(), Failure> {
    let is_last = |environment: &&Environment| {
        environment.readers().len() == 1 && environment.readers().contains_key(name)
    };
    match config.environments().find(is_last) {
        None => Ok(()),
        Some(environment) => Err(Failure::new(format!(
            "{name} is the last recipient of {0}",
            environment.name()
        ))
        .hint(format!(
            "vault env remove {} ends the environment; or add somebody else first",
            environment.name()
        ))),
    }
}

/// The keys of an environment; nothing has to be opened for that.
fn seen(step: &Step<'_>) -> String {
    let name = step.environment.name();
    let Ok(shape) = step.verified.file().shape() else {
        return name.to_string();
    };
    let shape = Node::Map(shape);
    let paths: Vec<String> = shape
        .leaves()
        .iter()
        .map(|(path, _)| path.to_string())
        .collect();
    match paths.is_empty() {
        true => format!("{name}: {}", keys(0)),
        false => format!("{name}: {}", paths.join(", ")),
    }
}
