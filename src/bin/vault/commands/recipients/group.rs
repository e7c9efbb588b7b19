//! `vault recipients group`: who belongs to a group, and so to every list that names it.

use clap::{Args, ValueEnum};
use vault::{
    config::edit::{with_group_member, without_group_member},
    value::Name,
};

use super::change::{carry_out, parsed, readmitted, refuse_last_writer, refuse_return, steps};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Workspace, config_failure},
};

/// Put recipients into a group, or take them out
///
/// Shows the plan first, as `vault sync` does. Where somebody loses access the data key changes and every value is encrypted anew.
#[derive(Args, Debug)]
pub(crate) struct Group {
    /// The group
    name: Name,
    /// What to do
    action: Action,
    /// The recipients
    #[arg(required = true, value_name = "MEMBER")]
    members: Vec<Name>,
    /// Let somebody in again who has left
    #[arg(long)]
    readmit: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Action {
    /// They belong to it from now on
    Add,
    /// They no longer do
    Remove,
}

impl Group {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let listed = workspace.require_group(&self.name)?;
        let mut text = workspace.config_text(None)?;
        let mut people = self.members.clone();
        people.sort();
        people.dedup();
        for name in &people {
            workspace.require_recipient(name)?;
            text = match (self.action, listed.contains(name)) {
                (Action::Add, false) => with_group_member(&text, &self.name, name),
                (Action::Remove, true) => without_group_member(&text, &self.name, name),
                (Action::Add, true) => {
                    return Err(Failure::new(format!("{name} is in {} already", self.name)));
                }
                (Action::Remove, false) => {
                    return Err(Failure::new(format!("{name} is not in {}", self.name)));
                }
            }
            .map_err(|error| config_failure(&error))?;
        }
        let text = readmitted(text, &people, self.readmit)?;
        let config = parsed(&text)?;
        refuse_last_writer(workspace.config(), &config)?;
        let steps = steps(&workspace, &config, &people)?;
        refuse_return(&workspace, &steps, &config, &people, self.readmit)?;
        let names: Vec<&str> = people.iter().map(Name::as_str).collect();
        let (names, group) = (names.join(", "), &self.name);
        let done = match self.action {
            Action::Add => format!("added {names} to {group}"),
            Action::Remove => format!("removed {names} from {group}"),
        };
        carry_out(&workspace, text, steps, self.yes, &[], &done)
    }
}
