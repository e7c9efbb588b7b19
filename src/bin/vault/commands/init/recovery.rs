//! A key for recovery that a vault begins with.

use std::path::PathBuf;

use vault::{keys::Member, value::Name};

use super::{Init, asking::ask};
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
        Recovery::prepare(context, path).map(Some)
    }

    fn recovery_place(&self, context: &Context) -> Result<Option<PathBuf>, Failure> {
        if self.recovery.is_some() || self.yes {
            let place = self.recovery.as_deref().map(Recovery::place);
            return place.transpose();
        }
        let terminal = context.terminal();
        terminal.say(
            "without your key all values are lost: a key for recovery can be printed and put away",
        );
        let question = "Its file, outside of the repository, or nothing for none:";
        ask(terminal, question, |answer| {
            // A file of that name would have been typed with its folder.
            let is_none = ["", "n", "no", "none"].contains(&answer.to_lowercase().as_str());
            let place = (!is_none).then(|| Recovery::place(&typed(context, answer)));
            place.transpose()
        })
    }
}

/// A path that no shell has seen.
fn typed(context: &Context, answer: &str) -> PathBuf {
    let home = context.environment().home();
    match answer.strip_prefix("~/").zip(home) {
        Some((rest, home)) => home.join(rest),
        None => answer.into(),
    }
}

/// It as a member.
pub(super) fn member(recovery: &Recovery) -> (Name, Member) {
    (name(), recovery.member.clone())
}

fn name() -> Name {
    NAME.parse().expect("a valid name")
}
