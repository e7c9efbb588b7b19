//! `vault sync`: the files in line with the config.

use std::{collections::BTreeMap, path::Path};

use clap::Args;
use vault::{
    accord::{Drift, role},
    config::Environment,
    keys::{Identity, Member},
    members::{Log, Origin, Policy},
    sealed::{Expected, Opened, Sealed, Signer, Verified},
    sops::File,
    value::{EnvName, Name},
    vault::{Change, Snapshot},
};

use super::plan::{Audience, Plan, Planned};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::Repo,
    workspace::{Meeting, Purpose, Trouble, Workspace, open_with},
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

/// What is to be done with one environment.
struct Step<'w> {
    environment: &'w Environment,
    snapshot: Snapshot,
    verified: Verified,
    kind: Kind,
}

enum Kind {
    /// The log gets an entry.
    Amend(Drift),
    /// The file gets a log and a signature.
    Begin,
    /// They go.
    Unsign,
    /// An unsigned file gets other recipients.
    Recipients,
}

impl Kind {
    /// The word for it in a plan for programs.
    fn action(&self) -> &'static str {
        match self {
            Kind::Amend(_) => "members",
            Kind::Begin => "sign",
            Kind::Unsign => "unsign",
            Kind::Recipients => "recipients",
        }
    }
}

impl Sync {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environments: Vec<&Environment> = match self.environments.as_slice() {
            [] => workspace.config().environments().collect(),
            names => names
                .iter()
                .map(|name| workspace.environment(name))
                .collect::<Result<_, _>>()?,
        };
        for name in &self.readmit {
            workspace.require_recipient(name)?;
        }
        let mut steps = Vec::new();
        for environment in environments {
            let step = step(&workspace, environment)
                .map_err(|trouble| trouble.within(environment.file()))?;
            steps.extend(step);
        }
        let audience = Audience {
            is_program: self.json,
            is_decided: self.yes,
        };
        let planned = steps
            .iter()
            .map(|step| Planned::new(step.environment, step.kind.action(), lines(step)));
        let plan = Plan(planned.collect());
        if steps.is_empty() {
            match self.json {
                true => plan.print(context, false)?,
                false => context
                    .terminal()
                    .say("the files are in line with .vault.yaml"),
            }
            return Ok(Exit::Done);
        }
        self.refuse_return(&steps)?;
        plan.tell(context, audience);
        let prepared = prepare(&workspace, steps)?;
        plan.carry_out(context, audience, "Write these changes?", || {
            prepared.write(
                &workspace,
                "in line with .vault.yaml",
                "vault sync shows the plan for what is there now",
            )
        })
    }

    /// Somebody who has left comes back only by name.
    fn refuse_return(&self, steps: &[Step<'_>]) -> Result<(), Trouble> {
        let returns = |step: &Step<'_>| {
            let Kind::Amend(drift) = &step.kind else {
                return None;
            };
            let log = step.verified.log()?;
            let changed = drift.changed.iter().map(|(name, it)| (name, &it.wanted));
            let mut wanted = drift.added.iter().chain(changed);
            let (name, _) = wanted.find(|(name, member)| {
                has_left(log, name, member) && !self.readmit.contains(name)
            })?;
            Some((name.clone(), step.environment.name().clone()))
        };
        match steps.iter().find_map(returns) {
            None => Ok(()),
            Some((name, environment)) => {
                let text = format!("{name} has left {environment} before and is wanted again");
                Err(Trouble::untrusted(text)
                    .hint(format!("vault sync --readmit {name} lets them in again")))
            }
        }
    }
}

/// Whether somebody of this name, or with this key, was a member once and is none in the policy in force.
fn has_left(log: &Log, name: &Name, wanted: &Member) -> bool {
    let now = log.policy();
    let has_key = |policy: &Policy| {
        policy
            .members()
            .any(|(_, member)| member.reads() == wanted.reads())
    };
    let knows = |policy: &Policy| policy.member(name).is_some();
    let was = |is: &dyn Fn(&Policy) -> bool| log.states().iter().any(is) && !is(now);
    was(&has_key) || was(&knows)
}

/// Asks, unless told not to; without a terminal that has to be said.
pub(super) fn confirm(context: &Context, is_decided: bool, question: &str) -> Result<(), Failure> {
    if is_decided {
        return Ok(());
    }
    if !context.terminal().can_ask() {
        return Err(
            Failure::new("there is no terminal to ask; nothing is written")
                .hint("--yes says that the plan is right"),
        );
    }
    match context.terminal().confirm(question)? {
        true => Ok(()),
        false => Err(Failure::new("nothing is written")),
    }
}

fn step<'w>(
    workspace: &'w Workspace<'_>,
    environment: &'w Environment,
) -> Result<Option<Step<'w>>, Trouble> {
    let path = Path::new(environment.file().as_str());
    if !workspace.root().resolve(path)?.exists() {
        workspace.refuse_second_birth(environment)?;
        return Ok(None);
    }
    let snapshot = workspace.root().read(path)?;
    let sealed = Sealed::parse(snapshot.bytes())?;
    let is_signed = sealed.is_signed();
    let (repository, _) = workspace.repository_or_new()?;
    // Not step 4: a signer whom the config no longer lists is what sync is for.
    let expected = Expected {
        repository: &repository,
        environment: environment.name(),
        signed: is_signed,
    };
    let verified = sealed
        .verify(&expected)
        .map_err(|error| Trouble::of_trust(&error, environment))?;
    let meeting = Meeting::of(environment, &verified);
    match is_signed {
        true => workspace.acquaint(meeting, Purpose::Writing)?,
        // Whether it is taken for what it is, is yet to be seen.
        false => workspace.refuse_break(meeting)?,
    }
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
            refuse_two_steps_in_one(environment, &verified)?;
            Kind::Unsign
        }
        (false, true) => {
            refuse_stripped(workspace, environment)?;
            Kind::Begin
        }
        (false, false) if has_recipients(&verified, environment) => return Ok(None),
        (false, false) => {
            workspace.refuse_replaced(environment, verified.file(), |_| false)?;
            Kind::Recipients
        }
    };
    Ok(Some(Step {
        environment,
        snapshot,
        verified,
        kind,
    }))
}

/// What vouches for a file whose signature was turned off is that it has the data key of its last signed version: that key, and who
/// has it, changes before.
fn refuse_two_steps_in_one(environment: &Environment, verified: &Verified) -> Result<(), Trouble> {
    let drift = verified
        .policy()
        .map(|policy| Drift::between(policy, environment));
    match drift {
        Some(Drift {
            added,
            dropped,
            changed,
            ..
        }) if !(added.is_empty() && dropped.is_empty() && changed.is_empty()) => {
            let text = "`signed: false` and other members are two steps";
            Err(Trouble::failed(text).hint(format!(
                "take `signed: false` out, run vault sync {}, commit; then turn the signature off",
                environment.name()
            )))
        }
        _ => Ok(()),
    }
}

/// A file that was signed once has lost its signature: a matter for `sign`, which looks at what changed. So is one of which
/// nothing tells whether it was.
fn refuse_stripped(workspace: &Workspace<'_>, environment: &Environment) -> Result<(), Trouble> {
    let name = environment.name();
    if workspace.last_signed(environment)?.is_some() {
        let text = "the file was signed before and is not any more";
        return Err(Trouble::untrusted(text).hint(format!("vault sign {name}")));
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

/// Whether a file is encrypted for exactly the readers that the config wants.
pub(super) fn has_recipients(verified: &Verified, environment: &Environment) -> bool {
    let mut is: Vec<String> = verified
        .recipients()
        .map(|recipient| {
            recipient
                .split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let mut wanted: Vec<String> = environment
        .readers()
        .values()
        .map(|member| member.reads().to_string())
        .collect();
    is.sort();
    wanted.sort();
    is == wanted
}

fn lines(step: &Step<'_>) -> Vec<String> {
    let everybody = || {
        step.environment
            .readers()
            .iter()
            .map(|(name, member)| reader(name, member))
    };
    match &step.kind {
        Kind::Amend(drift) => {
            let mut lines = drift.lines();
            let drops = |policy| drift.change().drops_a_reader(policy);
            if step.verified.policy().is_some_and(drops) {
                lines.push(REKEYED.to_owned());
            } else if !drift.added.is_empty() {
                lines.push(UNCHANGED_KEY.to_owned());
            }
            lines
        }
        Kind::Begin => ["the file is signed from now on, for".to_owned()]
            .into_iter()
            .chain(everybody())
            .chain([adoption(step.verified.file()).to_owned()])
            .collect(),
        Kind::Unsign => ["the signature and the membership log go: from now on nobody can tell who wrote the file".to_owned(), "it stays encrypted for".to_owned()]
            .into_iter()
            .chain(everybody())
            .collect(),
        Kind::Recipients => ["the file is encrypted for".to_owned()].into_iter().chain(everybody()).collect(),
    }
}

/// A line of a plan about somebody who reads.
pub(super) fn reader(name: &Name, member: &Member) -> String {
    format!("{name} {} ({})", role(member), member.fingerprint())
}

/// What a plan says where somebody comes and nobody leaves.
const UNCHANGED_KEY: &str = "the data key stays: older values in git, back to the last new data key, can be read by whoever is added";

/// What a plan says of a fresh data key.
const REKEYED: &str = "the data key changes; every value is encrypted anew";

/// What happens to the data key of a file that is signed for the first time.
pub(super) fn adoption(file: &File) -> &'static str {
    match file.metadata().foreign.is_empty() {
        true => REKEYED,
        false => {
            "the data key stays, because other key services have it: whoever made this file can read on"
        }
    }
}

/// What is to be written, sealed already.
pub(super) struct Prepared {
    pub(super) changes: Vec<Change>,
    pub(super) names: Vec<String>,
}

/// Whatever could fail fails here, before anybody is asked.
fn prepare(workspace: &Workspace<'_>, steps: Vec<Step<'_>>) -> Result<Prepared, Failure> {
    let now = workspace.context().now();
    let (repository, config) = workspace.repository_or_new()?;
    let is_signing = steps.iter().any(|step| matches!(step.kind, Kind::Begin));
    let mut prepared = Prepared {
        changes: vec![
            config
                .filter(|_| is_signing)
                .unwrap_or_else(|| workspace.config_unchanged()),
        ],
        names: Vec::new(),
    };
    for step in steps {
        let file = step.environment.file().clone();
        prepared.names.push(step.environment.name().to_string());
        let change =
            sealed(workspace, step, &repository, &now).map_err(|trouble| trouble.within(&file))?;
        prepared.changes.push(change);
    }
    Ok(prepared)
}

impl Prepared {
    /// Writes all files, or none, and says for which environments it was `done`.
    pub(super) fn write(
        &self,
        workspace: &Workspace<'_>,
        done: &str,
        hint: &str,
    ) -> Result<Exit, Failure> {
        let terminal = workspace.context().terminal();
        let saved = workspace
            .save(&self.changes, &[])
            .map_err(|failure| Failure::from(failure).hint(hint))?;
        terminal.warn_each(&saved.notices);
        terminal.say(format!("{done}: {}", self.names.join(", ")));
        Ok(Exit::Done)
    }
}

/// Who signs, as far as something is signed.
struct Signers<'w> {
    /// The new entry of the log, or what turns it off: a writer before.
    log: Option<&'w Identity>,
    /// The file: a writer afterwards.
    file: Option<&'w Identity>,
}

fn signers<'w>(workspace: &'w Workspace<'_>, step: &Step<'_>) -> Result<Signers<'w>, Trouble> {
    let environment = step.environment;
    let before = match step.verified.policy() {
        Some(policy) => {
            let identity = workspace.signing_identity(policy.writers().map(|(_, key)| key))?;
            Some(identity.ok_or_else(|| workspace.nobody_signs(environment, Some(policy)))?)
        }
        None => None,
    };
    let writers = || {
        let members = environment.writers();
        members.filter_map(|(_, member)| member.writes_with())
    };
    let stays = |identity: &&Identity| writers().any(|key| *key == identity.verifying_key());
    let after = match &step.kind {
        Kind::Unsign | Kind::Recipients => None,
        _ => match before.filter(stays) {
            Some(identity) => Some(identity),
            None => workspace.signing_identity(writers())?,
        },
    };
    match (&step.kind, after) {
        (Kind::Amend(_), None) => Err(Trouble::failed(format!(
            "after this no identity of yours could write {}",
            environment.name()
        ))
        .hint(
            "another writer has to do it; for a new key of your own add -i with the new identity",
        )),
        (Kind::Begin, None) => Err(workspace.nobody_signs(environment, None)),
        _ => Ok(Signers {
            log: before.or(after),
            file: after,
        }),
    }
}

fn sealed(
    workspace: &Workspace<'_>,
    step: Step<'_>,
    repository: &str,
    now: &str,
) -> Result<Change, Trouble> {
    let signers = signers(workspace, &step)?;
    let environment = step.environment;
    let expected = Some(step.snapshot.digest());
    let readers = environment.readers();
    let before: BTreeMap<Name, Member> = match step.verified.policy() {
        Some(policy) => policy
            .members()
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect(),
        None => readers.clone(),
    };
    let mut opened: Opened = match (step.verified.policy(), signers.log) {
        (Some(_), Some(identity)) => open_with(step.verified, identity)?,
        _ => workspace.open_verified(environment, step.verified)?,
    };
    match step.kind {
        Kind::Amend(drift) => opened.amend(drift.change())?,
        Kind::Begin => {
            let origin = Origin {
                repository: repository.to_owned(),
                environment: environment.name().clone(),
                rule: opened.rule(),
                extends: environment.extends().to_vec(),
            };
            opened.begin(origin, readers.clone())?;
        }
        Kind::Unsign | Kind::Recipients => {
            workspace.future_reader(environment)?;
            opened.set_recipients(readers.clone())?;
        }
    }
    let (log, file) = (signer(signers.log, &before), signer(signers.file, readers));
    let sealed = opened.seal_with(log.as_ref(), file.as_ref(), now)?;
    Ok(Change {
        path: environment.file().as_str().into(),
        expected,
        bytes: sealed.text().as_bytes().to_vec(),
    })
}

fn signer<'i>(
    identity: Option<&'i Identity>,
    members: &BTreeMap<Name, Member>,
) -> Option<Signer<'i>> {
    Signer::among(std::slice::from_ref(identity?), members)
}
