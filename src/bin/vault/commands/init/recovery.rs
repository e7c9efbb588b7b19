//! A key for recovery that a vault begins with.

use std::path::PathBuf;

use vault::{keys::Member, value::Name};

use super::Init;
use crate::{commands::keygen::Recovery, context::Context, failure::Failure};

/// The name that it gets.
const NAME: &str = "recovery";

impl Init {
    /// The key that was asked for, not written yet; a person is offered one.
    pub(super) fn recovery(
        &self,
        context: &Context,
        own: &Name,
    ) -> Result<Option<Recovery>, Failure> {
        let Some(path) = self.recovery_place(context)? else {
            return Ok(None);
        };
        if own.folded() == name().folded() {
            let error = Failure::new("the key for recovery is called `recovery`, as you are");
            return Err(error.hint("vault init --name NAME gives you another name"));
        }
        Recovery::prepare(context, &path).map(Some)
    }

    fn recovery_place(&self, context: &Context) -> Result<Option<PathBuf>, Failure> {
        if self.recovery.is_some() || self.yes {
            return Ok(self.recovery.clone());
        }
        let terminal = context.terminal();
        terminal.say(
            "without your key all values are lost: a key for recovery can be printed and put away",
        );
        let answer = terminal.ask("Its file, outside of the repository, or nothing for none:")?;
        // No shell has seen this.
        let home = context.environment().home();
        Ok(match (answer.strip_prefix("~/"), home) {
            _ if answer.is_empty() => None,
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(answer.into()),
        })
    }
}

/// It as a member.
pub(super) fn member(recovery: &Recovery) -> (Name, Member) {
    (name(), recovery.member.clone())
}

fn name() -> Name {
    NAME.parse().expect("a valid name")
}
