//! `vault rekey`: a new data key, and every value encrypted anew.

use clap::Args;
use vault::{
    accord::{Drift, Entries},
    config::Environment,
    value::EnvName,
};

use super::{
    members::{Kind, Met, Step, has_recipients, meet, prepare, refuse_blocked},
    plan::{Audience, Plan},
    recipients::other_drift,
};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Meeting, Trouble, Workspace},
};

/// Give environments a new data key
///
/// Every value is encrypted anew, for the same readers. An old data key that somebody kept opens nothing that is written from then on;
/// older versions in git stay readable with it. All files are written, or none.
#[derive(Args, Debug)]
pub(crate) struct Rekey {
    /// The environments
    #[arg(value_name = "ENV", required_unless_present = "all")]
    environments: Vec<EnvName>,
    /// All environments
    #[arg(long, conflicts_with = "environments")]
    all: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Rekey {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        // None is named with `--all` only.
        let environments = workspace.environments_or_all(&self.environments)?;
        let mut steps: Vec<Step<'_>> = Vec::new();
        for environment in environments {
            if steps
                .iter()
                .any(|step| step.environment.name() == environment.name())
            {
                continue;
            }
            let step = step(&workspace, environment)
                .map_err(|trouble| trouble.within(environment.file()))?;
            steps.extend(step);
        }
        if steps.is_empty() {
            context.terminal().say("there is no file yet");
            return Ok(Exit::Done);
        }
        let audience = Audience {
            is_program: false,
            is_decided: self.yes,
        };
        let plan = Plan(steps.iter().map(Step::planned).collect());
        refuse_blocked(&workspace, &steps, "vault rekey")?;
        let prepared = prepare(&workspace, steps)?;
        plan.tell(context, audience);
        plan.carry_out(context, audience, "Write these changes?", || {
            prepared.write(&workspace, "new data keys", "type the command again")
        })
    }
}

fn step<'w>(
    workspace: &Workspace<'_>,
    environment: &'w Environment,
) -> Result<Option<Step<'w>>, Trouble> {
    let Some(Met { snapshot, verified }) = meet(workspace, environment)? else {
        return Ok(None);
    };
    workspace.refuse_taken_back(Meeting::of(environment, &verified))?;
    let drift = verified
        .policy()
        .map(|policy| Drift::between(policy, environment));
    let kind = match (drift, environment.is_signed()) {
        (Some(drift), true) if drift.is_empty() => Kind::Amend(drift),
        (None, false) if has_recipients(&verified, environment) => {
            let fixed = workspace.meet_unsigned(environment, &verified)?;
            fixed.map_or(Ok(()), Err)?;
            Kind::Recipients(Entries::default())
        }
        (None, false) => return Err(workspace.of_other_readers(environment, verified.file())),
        _ => return Err(other_drift(environment)),
    };
    let mut step = Step::new(environment, snapshot, verified, kind);
    step.is_rekeyed = true;
    Ok(Some(step))
}
