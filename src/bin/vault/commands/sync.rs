//! `vault sync`: the files in line with the config.

use std::path::Path;

use clap::Args;
use vault::{
    accord::{Drift, role},
    config::Environment,
    keys::Member,
    members::{Log, Origin},
    sealed::{Expected, Opened, Sealed, Signer, Verified},
    value::{EnvName, Name},
    vault::{Change, Snapshot},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Trouble, Workspace, open_with},
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
        let mut steps = Vec::new();
        for environment in environments {
            let step = step(&workspace, environment)
                .map_err(|trouble| trouble.within(environment.file()))?;
            steps.extend(step);
        }
        if steps.is_empty() {
            context
                .terminal()
                .say("the files are in line with .vault.yaml");
            return Ok(Exit::Done);
        }
        self.refuse_return(&steps)?;
        for step in &steps {
            context.terminal().say(format!(
                "{} ({}):",
                step.environment.name(),
                step.environment.file()
            ));
            plan(step)
                .iter()
                .for_each(|line| context.terminal().detail(line));
        }
        confirm(context, self.yes, "Write these changes?")?;
        write(&workspace, steps)
    }

    /// Somebody who has left comes back only by name.
    fn refuse_return(&self, steps: &[Step<'_>]) -> Result<(), Trouble> {
        for step in steps {
            let Kind::Amend(drift) = &step.kind else {
                continue;
            };
            let left = |name: &&Name| step.verified.log().is_some_and(|log| has_left(log, name));
            if let Some(name) = drift
                .added
                .keys()
                .filter(left)
                .find(|name| !self.readmit.contains(name))
            {
                let text = format!(
                    "{name} has left {} before and is wanted again",
                    step.environment.name()
                );
                return Err(Trouble::untrusted(text)
                    .hint(format!("vault sync --readmit {name} lets them in again")));
            }
        }
        Ok(())
    }
}

fn has_left(log: &Log, name: &Name) -> bool {
    log.entries()
        .iter()
        .any(|entry| entry.removed().any(|removed| removed == name))
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
    let verified = sealed.verify(&Expected {
        repository: &repository,
        environment: environment.name(),
        signed: is_signed,
    })?;
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
        (true, false) => Kind::Unsign,
        (false, true) => {
            refuse_stripped(workspace, environment)?;
            Kind::Begin
        }
        (false, false) if has_recipients(&verified, environment) => return Ok(None),
        (false, false) => Kind::Recipients,
    };
    Ok(Some(Step {
        environment,
        snapshot,
        verified,
        kind,
    }))
}

/// A file that was signed once has lost its signature: a matter for `sign`, which looks at what changed.
fn refuse_stripped(workspace: &Workspace<'_>, environment: &Environment) -> Result<(), Trouble> {
    match workspace.last_signed(environment)? {
        Some(_) => Err(
            Trouble::untrusted("the file was signed before and is not any more")
                .hint(format!("vault sign {}", environment.name())),
        ),
        None => workspace.refuse_second_log(environment),
    }
}

fn has_recipients(verified: &Verified, environment: &Environment) -> bool {
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

fn plan(step: &Step<'_>) -> Vec<String> {
    let everybody = || {
        step.environment
            .readers()
            .iter()
            .map(|(name, member)| reader(name, member))
    };
    match &step.kind {
        Kind::Amend(drift) => {
            let mut lines = drift.lines();
            if step.verified.policy().is_some_and(|policy| drift.change().drops_a_reader(policy)) {
                lines.push("the data key changes; every value is encrypted anew".to_owned());
            }
            lines
        }
        Kind::Begin => ["the file is signed from now on, for".to_owned()].into_iter().chain(everybody()).collect(),
        Kind::Unsign => vec!["the signature and the membership log go: from now on nobody can tell who wrote the file".to_owned()],
        Kind::Recipients => ["the file is encrypted for".to_owned()].into_iter().chain(everybody()).collect(),
    }
}

/// A line of a plan about somebody who reads.
pub(super) fn reader(name: &Name, member: &Member) -> String {
    format!("{name} {} ({})", role(member), member.fingerprint())
}

fn write(workspace: &Workspace<'_>, steps: Vec<Step<'_>>) -> Result<Exit, Failure> {
    let now = workspace.context().now();
    let (repository, config) = workspace.repository_or_new()?;
    let is_signing = steps.iter().any(|step| matches!(step.kind, Kind::Begin));
    let mut changes: Vec<Change> = config.filter(|_| is_signing).into_iter().collect();
    let mut names = Vec::new();
    for step in steps {
        let file = step.environment.file().clone();
        names.push(step.environment.name().to_string());
        changes.push(
            sealed(workspace, step, &repository, &now).map_err(|trouble| trouble.within(&file))?,
        );
    }
    let saved = workspace.store()?.save_all(&changes).map_err(|error| {
        Failure::because(&error).hint("vault sync, to see the plan for what is there now")
    })?;
    saved
        .notices
        .iter()
        .for_each(|notice| workspace.context().terminal().warn(notice));
    workspace
        .context()
        .terminal()
        .say(format!("in line with .vault.yaml: {}", names.join(", ")));
    Ok(Exit::Done)
}

fn sealed(
    workspace: &Workspace<'_>,
    step: Step<'_>,
    repository: &str,
    now: &str,
) -> Result<Change, Trouble> {
    let environment = step.environment;
    let writers = step.verified.policy().map(|policy| {
        policy
            .writers()
            .map(|(_, key)| key.clone())
            .collect::<Vec<_>>()
    });
    let identity = match &writers {
        Some(keys) => Some(
            workspace
                .signing_identity(keys)?
                .ok_or_else(|| workspace.nobody_signs(environment, step.verified.policy()))?,
        ),
        None => None,
    };
    let expected = Some(step.snapshot.digest());
    let policy_members = step.verified.policy().map(|policy| {
        policy
            .members()
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect::<Vec<_>>()
    });
    let mut opened: Opened = match identity {
        Some(identity) => open_with(step.verified, identity)?,
        None => workspace.open_verified(environment, step.verified)?,
    };
    let readers = environment.readers().clone();
    match step.kind {
        Kind::Amend(drift) => opened.amend(drift.change())?,
        Kind::Begin => {
            let rule = opened.rule();
            let origin = Origin {
                repository: repository.to_owned(),
                environment: environment.name().clone(),
                rule,
                extends: environment.extends().to_vec(),
            };
            opened.begin(origin, readers.clone())?;
        }
        Kind::Unsign => opened.unsign(),
        Kind::Recipients => opened.set_recipients(readers.clone())?,
    }
    let signs = match identity {
        Some(identity) => Some(identity),
        None => workspace.signing_identity(readers.values().filter_map(Member::writes_with))?,
    };
    let members = policy_members.unwrap_or_else(|| readers.into_iter().collect());
    let signer = signs.and_then(|identity| {
        Signer::among(
            std::slice::from_ref(identity),
            members.iter().map(|(name, member)| (name, member)),
        )
    });
    let sealed = opened.seal(signer.as_ref(), now)?;
    Ok(Change {
        path: environment.file().as_str().into(),
        expected,
        bytes: sealed.text().as_bytes().to_vec(),
    })
}
