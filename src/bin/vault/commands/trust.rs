//! `vault trust`: what this machine accepts from now on, and how another one is told.

use clap::Args;
use vault::{config::Environment, value::EnvName};

use super::plan::confirm;
use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Meeting, Workspace, pin},
};

/// Accept an environment's file that does not follow from what was used here before
///
/// vault remembers who could read and write each environment when it was last used on this machine, and stops when a file does not
/// follow from that: somebody may have replaced it. Ask the person who changed it, not over the channel that the change came by;
/// then `vault trust ENV` shows both sides and goes on with what is here. Of an environment that .vault.yaml has no more, it forgets what
/// was used here.
#[derive(Args, Debug)]
pub(crate) struct Trust {
    /// The environments
    #[arg(value_name = "ENV", required_unless_present = "export")]
    environments: Vec<EnvName>,
    /// Print what VAULT_TRUST has to be on a machine that remembers nothing; all environments if none is named
    #[arg(long, conflicts_with = "yes")]
    export: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Every environment as `VAULT_TRUST` names it, as far as its file is accepted.
pub(super) fn pins(workspace: &Workspace<'_>) -> Vec<String> {
    let environments = workspace.config().environments();
    environments
        .filter_map(|environment| workspace.accept(environment).ok()?)
        .filter_map(|accepted| Some(pin(accepted.verified.policy()?).to_string()))
        .collect()
}

impl Trust {
    /// Shows, asks, remembers; or prints.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        if self.export {
            let environments = workspace.environments_or_all(&self.environments)?;
            return self.export(&workspace, &environments);
        }
        for name in &self.environments {
            match (
                workspace.config().environment(name),
                workspace.last_members(name)?,
            ) {
                (Err(_), Some(members)) => self.forget(&workspace, name, &members)?,
                _ => self.accept(&workspace, workspace.environment(name)?)?,
            }
        }
        Ok(Exit::Done)
    }

    /// An environment that is gone from the config, as whoever types this says rightly.
    fn forget(
        &self,
        workspace: &Workspace<'_>,
        name: &EnvName,
        members: &[String],
    ) -> Result<(), Failure> {
        let terminal = workspace.context().terminal();
        terminal.say(format!("{name} is gone from .vault.yaml; last used here:"));
        members.iter().for_each(|line| terminal.detail(line));
        confirm(workspace.context(), self.yes, "Forget it?")?;
        workspace.forget_gone(name)?;
        terminal.say(format!("{name} is forgotten here"));
        Ok(())
    }

    fn accept(&self, workspace: &Workspace<'_>, environment: &Environment) -> Result<(), Failure> {
        let (terminal, name) = (workspace.context().terminal(), environment.name());
        let accepted = workspace.accept_unknown(environment)?;
        let meeting = Meeting::of(environment, &accepted.verified);
        if workspace.is_known(meeting)? {
            terminal.say(format!("{name} is what was last used here"));
            return Ok(());
        }
        terminal.say(format!("{name} ({}):", environment.file()));
        for line in workspace.known_sides(meeting)? {
            terminal.detail(line);
        }
        confirm(
            workspace.context(),
            self.yes,
            "Accept what is here from now on?",
        )?;
        workspace.trust(meeting)?;
        terminal.say(format!("{name} is accepted here from now on"));
        Ok(())
    }

    /// Every environment that can be named; one that was asked for and cannot is an error.
    fn export(
        &self,
        workspace: &Workspace<'_>,
        environments: &[&Environment],
    ) -> Result<Exit, Failure> {
        let mut pins = Vec::new();
        for environment in environments {
            if !environment.is_signed() || !workspace.has_file(environment)? {
                self.refuse_unnameable(environment)?;
                continue;
            }
            let accepted = workspace.accept_existing(environment)?;
            pins.extend(
                accepted
                    .verified
                    .policy()
                    .map(|policy| pin(policy).to_string()),
            );
        }
        let terminal = workspace.context().terminal();
        match pins.is_empty() {
            true => Err(Failure::new(
                "there is no signed environment that could be named",
            )),
            false => {
                terminal.print(&format!("{}\n", pins.join(" ")))?;
                Ok(Exit::Done)
            }
        }
    }

    fn refuse_unnameable(&self, environment: &Environment) -> Result<(), Failure> {
        match self.environments.contains(environment.name()) {
            false => Ok(()),
            true => Err(Failure::new(format!(
                "{} has no signed file: nothing of it could be named",
                environment.name()
            ))
            .hint(format!(
                "vault sign {} signs one that sops wrote",
                environment.name()
            ))),
        }
    }
}
