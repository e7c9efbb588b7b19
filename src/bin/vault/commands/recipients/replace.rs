//! `vault recipients replace`: another key for the same person.

use clap::Args;
use vault::{config::edit::with_recipient_line, value::Name};

use super::{
    add::refuse_key,
    change::{carry_out, parsed, refuse_last_writer, refuse_return, steps},
    line,
};
use crate::{
    context::Context,
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
            return Err(Failure::new(format!("{} has that line already", self.name)));
        }
        refuse_key(&workspace, &self.name, &member)?;
        let text = with_recipient_line(&workspace.config_text(None)?, &self.name, &member)
            .map_err(|error| config_failure(&error))?;
        let config = parsed(&text)?;
        refuse_last_writer(workspace.config(), &config)?;
        let people = [self.name.clone()];
        let steps = steps(&workspace, &config, &people)?;
        refuse_return(&workspace, &steps, &config, &people, self.readmit)?;
        let done = format!("{} has another key", self.name);
        carry_out(&workspace, text, steps, self.yes, &[], &done)
    }
}
