//! `vault sync`: the files in line with the config.

use clap::Args;
use vault::{
    accord::{Drift, Entries},
    config::{
        Config, Environment, Former,
        edit::{with_pending_done, with_readmitted},
    },
    value::{EnvName, Name},
};

use super::{
    members::{Kind, Met, Prepared, Step, has_recipients, meet, prepare, refuse_blocked},
    plan::{Audience, Plan},
};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::Repo,
    workspace::{Meeting, Trouble, Workspace, config_failure},
};

/// Bring the files in line with .vault.yaml: who reads and writes, layers, signatures
///
/// Shows the plan first, by name and fingerprint, and asks. Where somebody loses access the data key changes and every value is
/// encrypted anew. All files are written, or none. Only a writer of an environment can do this.
#[derive(Args, Debug)]
pub(crate) struct Sync {
    /// The environments; all if none is named
    #[arg(value_name = "ENV")]
    environments: Vec<EnvName>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Let somebody in again who has left; can be repeated
    #[arg(long, value_name = "NAME")]
    readmit: Vec<Name>,
    /// Print the plan as JSON and ask nobody: without --yes nothing is written, and the exit code is 1 if there is something to do
    #[arg(long)]
    json: bool,
}

impl Sync {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environments = workspace.environments_or_all(&self.environments)?;
        for name in &self.readmit {
            workspace.require_recipient(name)?;
        }
        let settled = settled(&workspace, &environments);
        let readmitted = self.readmitted(workspace.config());
        let mut steps = Vec::new();
        for environment in &environments {
            let step = step(&workspace, environment)
                .map_err(|trouble| trouble.within(environment.file()))?;
            steps.extend(step);
        }
        let audience = Audience {
            is_program: self.json,
            is_decided: self.yes,
        };
        let plan = Plan(steps.iter().map(Step::planned).collect());
        self.refuse_return(&workspace, &environments, &steps)?;
        if steps.is_empty() && settled.is_empty() && readmitted.is_empty() {
            match self.json {
                true => plan.print(context, false)?,
                false => context
                    .terminal()
                    .say("the files are in line with .vault.yaml"),
            }
            return Ok(Exit::Done);
        }
        plan.tell(context, audience);
        refuse_blocked(&workspace, &steps, "vault sync")?;
        let mut prepared = prepare(&workspace, steps)?;
        note(&workspace, &mut prepared, &settled, &readmitted)?;
        plan.carry_out(context, audience, "Write these changes?", || {
            prepared.write(
                &workspace,
                "in line with .vault.yaml",
                "vault sync shows the plan for what is there now",
            )
        })
    }

    /// Those let in again who are none of those who have left from now on.
    fn readmitted(&self, config: &Config) -> Vec<&Name> {
        let is_former = |name: &&Name| {
            let member = config.member(name);
            member.is_some_and(|member| config.has_left(name, member))
        };
        self.readmit.iter().filter(is_former).collect()
    }

    /// Somebody who has left comes back only by name.
    fn refuse_return(
        &self,
        workspace: &Workspace<'_>,
        environments: &[&Environment],
        steps: &[Step<'_>],
    ) -> Result<(), Trouble> {
        let logged = steps.iter();
        let logged = logged.filter_map(|step| returning(step, &self.readmit));
        let begun = steps.iter().filter(|step| matches!(step.kind, Kind::Begin));
        // Of a file without a log only the config tells: also of one that is in line, since sops can have let them in.
        let unsigned = environments.iter().copied().filter(|it| !it.is_signed());
        let former = begun.map(|step| step.environment).chain(unsigned);
        let former = former.filter_map(|environment| {
            let name = workspace.former_reader(environment, &self.readmit)?;
            Some((name.clone(), Trouble::of_former(name, environment)))
        });
        match logged.chain(former).next() {
            None => Ok(()),
            Some((name, trouble)) => {
                Err(trouble.hint(format!("vault sync --readmit {name} lets them in again")))
            }
        }
    }
}

/// The first whom a log has taken out and who comes back with a step, but for these.
fn returning(step: &Step<'_>, readmitted: &[Name]) -> Option<(Name, Trouble)> {
    match &step.kind {
        Kind::Amend(drift) => {
            let log = step.verified.log()?;
            let changed = drift.changed.iter().map(|(name, it)| (name, &it.wanted));
            let mut wanted = drift.added.iter().chain(changed);
            let (name, _) = wanted
                .find(|(name, member)| log.has_left(name, member) && !readmitted.contains(name))?;
            let left = step.environment.name();
            Some((name.clone(), Trouble::of_leaver(name, left)))
        }
        Kind::Begin | Kind::Recipients(_) | Kind::Unsign => None,
    }
}

fn step<'w>(
    workspace: &'w Workspace<'_>,
    environment: &'w Environment,
) -> Result<Option<Step<'w>>, Trouble> {
    let Some(Met { snapshot, verified }) = meet(workspace, environment)? else {
        return Ok(None);
    };
    workspace.refuse_taken_back(Meeting::of(environment, &verified))?;
    let is_signed = verified.policy().is_some();
    let mut pending = workspace.config().pending_removals(environment.name());
    let is_pending = pending.next().is_some();
    let kind = match (is_signed, environment.is_signed()) {
        (true, true) => {
            let drift = verified
                .policy()
                .map(|policy| Drift::between(policy, environment))
                .unwrap_or_default();
            if drift.is_empty() {
                return Ok(None);
            }
            Kind::Amend(drift)
        }
        (true, false) => {
            workspace.refuse_unsigning(environment, &verified)?;
            Kind::Unsign
        }
        (false, true) => {
            refuse_stripped(workspace, environment)?;
            Kind::Begin
        }
        (false, false) => {
            let fixed = workspace.meet_unsigned(environment, &verified)?;
            if has_recipients(&verified, environment) && !is_pending {
                return Ok(None);
            }
            fixed.map_or(Ok(()), Err)?;
            let recipients = verified.recipients();
            Kind::Recipients(Entries::between(
                recipients,
                environment,
                workspace.config(),
            ))
        }
    };
    let mut step = Step::new(environment, snapshot, verified, kind);
    // Of a file without a log nothing says whether the data key is from before they left.
    step.is_rekeyed = is_pending && matches!(step.kind, Kind::Recipients(_));
    Ok(Some(step))
}

/// Who is out of these files once they are in line, and of those that there are no more, although .vault.yaml has it as pending.
fn settled(workspace: &Workspace<'_>, environments: &[&Environment]) -> Vec<(Name, EnvName)> {
    let config = workspace.config();
    let is_settled = |name: &EnvName| {
        let is_meant = environments.iter().any(|other| other.name() == name);
        is_meant || config.environment(name).is_err()
    };
    let of = |(who, former): (&Name, &Former)| {
        let done = former.pending.iter().filter(|name| is_settled(name));
        done.map(|name| (who.clone(), name.clone()))
            .collect::<Vec<_>>()
    };
    config.former().iter().flat_map(of).collect()
}

/// What the config says from now on of those who are out, and of those who are let in again.
fn note(
    workspace: &Workspace<'_>,
    prepared: &mut Prepared,
    settled: &[(Name, EnvName)],
    readmitted: &[&Name],
) -> Result<(), Failure> {
    let Some((config, _)) = prepared.changes.split_first() else {
        return Ok(());
    };
    let text = workspace.config_text(Some(config))?;
    let text = settled.iter().try_fold(text, |text, (name, environment)| {
        with_pending_done(&text, name, environment)
    });
    let text = text.and_then(|text| {
        let mut names = readmitted.iter();
        names.try_fold(text, |text, name| with_readmitted(&text, name))
    });
    let text = text.map_err(|error| config_failure(&error))?;
    prepared.changes[0] = workspace.config_change(text);
    Ok(())
}

/// A file that was signed once has lost its signature: a matter for `sign`, which looks at what changed. So is one of which
/// nothing tells whether it was.
fn refuse_stripped(workspace: &Workspace<'_>, environment: &Environment) -> Result<(), Trouble> {
    let name = environment.name();
    if workspace.last_signed(environment)?.is_some() {
        let text = "the file was signed before and is not any more";
        return Err(workspace.signed_again(Trouble::untrusted(text), environment));
    }
    workspace.refuse_second_log(environment)?;
    match workspace.repo()?.map(Repo::is_shallow) {
        Some(false) => Ok(()),
        _ => Err(Trouble::untrusted(
            "the file is not signed, and no git history tells who made it",
        )
        .hint(format!(
            "vault sign --accept-foreign {name} shows what is in it, and asks"
        ))),
    }
}
