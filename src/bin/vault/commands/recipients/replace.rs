//! `vault recipients replace`: another key for the same person.

use clap::Args;
use vault::{
    config::{Environment, edit::with_recipient_line},
    value::Name,
};

use super::{
    add::refuse_key,
    change::{carry_out, parsed, readmitted, refuse_last_writer, refuse_return, steps},
    line,
};
use crate::{
    commands::members::{has_recipients, meet},
    context::{Context, Finding},
    failure::{Exit, Failure},
    workspace::{Workspace, config_failure},
};

/// Give somebody another key
///
/// For whoever changes their key, or has lost it. The old key opens no new version: the data key of everything that they read
/// changes, and every value is encrypted anew. Another writer does it; or they do it themselves with both keys, the new one with -i.
#[derive(Args, Debug)]
pub(crate) struct Replace {
    /// Their name
    name: Name,
    /// Their new line, as for `vault recipients add`
    line: String,
    /// Take a key that has left before
    #[arg(long)]
    readmit: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Replace {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        workspace.require_recipient(&self.name)?;
        let member = line::member(context, &self.line)?;
        let before = workspace.config().member(&self.name);
        // Another key gives no other rights.
        let member = match before.is_some_and(|before| before.is_marked_reads_only()) {
            true => member.reading_only(),
            false => member,
        };
        if before == Some(&member) {
            return Err(self.is_there(&workspace)?);
        }
        refuse_key(&workspace, &self.name, &member)?;
        let text = with_recipient_line(&workspace.config_text(None)?, &self.name, &member)
            .map_err(|error| config_failure(&error))?;
        let people = [self.name.clone()];
        let text = readmitted(text, &people, self.readmit)?;
        let config = parsed(&text)?;
        refuse_last_writer(workspace.config(), &config)?;
        let steps = steps(&workspace, &config, &people)?;
        refuse_return(&workspace, &steps, &config, &people, self.readmit)?;
        let done = format!("{} has another key", self.name);
        let exit = carry_out(&workspace, text, steps, self.yes, &[], &done)?;
        self.tell_oneself(&workspace);
        Ok(exit)
    }

    /// That the config has this line, and whether the files have it, too.
    fn is_there(&self, workspace: &Workspace<'_>) -> Result<Failure, Failure> {
        let name = &self.name;
        let mut without = Vec::new();
        for environment in workspace.config().environments() {
            if environment.readers().contains_key(name)
                && has_another(workspace, environment, name)?
            {
                without.push(environment.name().as_str());
            }
        }
        Ok(match without.as_slice() {
            [] => Failure::new(format!("{name} has that line already")),
            without => Failure::new(format!(
                "{name} has that line already in .vault.yaml, but not in the files of {}",
                without.join(", ")
            ))
            .hint(format!(
                "vault sync {} shows what changes, and brings them in line",
                without.join(" ")
            )),
        })
    }

    /// Whoever has changed their own key, with both at hand, has the old one in the place where identities are looked for.
    fn tell_oneself(&self, workspace: &Workspace<'_>) {
        let Some(old) = workspace.config().member(&self.name) else {
            return;
        };
        let (findings, _) = workspace.context().identities().findings();
        let is_old = |finding: &Finding| {
            let own = finding.member.as_ref();
            own.is_some_and(|own| own.reads() == old.reads())
        };
        if let Some(finding) = findings.into_iter().find(is_old) {
            workspace.context().terminal().say(format!(
                "next: put the new identity in the place of {}, which opens older versions only",
                finding.origin
            ));
        }
    }
}

/// Whether a file that is there has another line for somebody than the config, or none.
fn has_another(
    workspace: &Workspace<'_>,
    environment: &Environment,
    name: &Name,
) -> Result<bool, Failure> {
    let met = meet(workspace, environment).map_err(|trouble| trouble.within(environment.file()))?;
    Ok(met.is_some_and(|met| match met.verified.policy() {
        Some(policy) => policy.member(name) != environment.readers().get(name),
        None => !has_recipients(&met.verified, environment),
    }))
}
