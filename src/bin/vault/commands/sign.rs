//! `vault sign`: a signature for files that sops wrote.

use clap::Args;
use vault::{
    accord::vouches_for,
    config::{Environment, edit::with_signature},
    keys::Member,
    members::{Block, Change as MembersChange, Origin},
    sealed::{Opened, Sealed, Signer},
    value::{EnvName, Name, Node},
    vault::{CONFIG, Change, Snapshot},
};

use super::{
    members::{Prepared, adoption},
    plan::{Audience, Plan, Planned},
    words,
};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Meeting, Purpose, SignedVersion, Trouble, Workspace, differences, member_line},
};

/// Sign files that sops has edited, or that were never signed
///
/// sops drops the signature when it writes a file. `sign` shows by key what differs from the last signed version in git, takes the
/// membership log from there, and signs again. If the data key, the recipients or the rule are not those of that version, somebody
/// without a key may have made the file: that is refused, unless --accept-foreign is given.
#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// The environments
    #[arg(value_name = "ENV", required_unless_present_any = ["all", "accept_foreign"])]
    environments: Vec<EnvName>,
    /// All environments
    #[arg(long, conflicts_with = "environments")]
    all: bool,
    /// Sign this environment although nothing says who made its file; can be repeated
    #[arg(long, value_name = "ENV")]
    accept_foreign: Vec<EnvName>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print the plan as JSON and ask nobody: without --yes nothing is signed, and the exit code is 1 if there is something to sign
    #[arg(long)]
    json: bool,
}

/// A file to be signed.
struct Step<'w> {
    environment: &'w Environment,
    snapshot: Snapshot,
    opened: Opened,
    /// Where its log comes from; a new one begins without.
    log: Option<Block>,
    lines: Vec<String>,
}

/// What there is beside the history of a file that has no signature.
#[derive(Clone, Copy)]
struct Claim {
    /// Somebody says that it is right, whoever made it.
    is_accepted: bool,
    /// It was signed in the vault that this one was forked from.
    is_forked: bool,
}

impl Sign {
    /// Plans, asks, writes.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let named = self.environments.iter().chain(
            self.accept_foreign
                .iter()
                .filter(|name| !self.environments.contains(name)),
        );
        let environments: Vec<&Environment> = match self.all {
            true => workspace.config().environments().collect(),
            false => named
                .map(|name| workspace.environment(name))
                .collect::<Result<_, _>>()?,
        };
        let mut steps = Vec::new();
        for environment in environments {
            let step = self
                .step(&workspace, environment)
                .map_err(|trouble| trouble.within(environment.file()))?;
            steps.extend(step);
        }
        let audience = Audience {
            is_program: self.json,
            is_decided: self.yes,
        };
        let plan = Plan(steps.iter().map(planned).collect());
        if steps.is_empty() {
            match self.json {
                true => plan.print(context, false)?,
                false => context.terminal().say("signed already"),
            }
            return Ok(Exit::Done);
        }
        plan.tell(context, audience);
        let prepared = prepare(&workspace, steps)?;
        plan.carry_out(context, audience, "Sign?", || {
            prepared.write(
                &workspace,
                "signed",
                "vault sign shows what there is to sign now",
            )
        })
    }

    fn step<'w>(
        &self,
        workspace: &'w Workspace<'_>,
        environment: &'w Environment,
    ) -> Result<Option<Step<'w>>, Trouble> {
        let Some(snapshot) = workspace.snapshot(environment)? else {
            return workspace.accept_existing(environment).map(|_| None);
        };
        workspace.refuse_other_in_git(environment, &snapshot, Purpose::Writing)?;
        let sealed = Sealed::parse(snapshot.bytes())
            .map_err(|error| workspace.of_form(error, environment))?;
        workspace.refuse_unmerged(environment)?;
        if sealed.is_signed() {
            // Whatever is wrong with it, a file with a block is never signed over.
            let verified = workspace.verify(environment, snapshot.into_bytes())?;
            workspace.acquaint(Meeting::of(environment, &verified), Purpose::Writing)?;
            return Ok(None);
        }
        let opened = workspace.open_unsigned(environment, sealed)?;
        let claim = Claim {
            is_accepted: self.accept_foreign.contains(environment.name()),
            is_forked: workspace.is_forked(environment, &opened)?,
        };
        let last = claim.last(workspace, environment, &opened)?;
        // The log that is gone on with has to follow from what is known here; a new one must not be begun beside a known one.
        let before = Meeting {
            environment,
            log: last.as_ref().map(|last| last.block.log()),
            signer: last.as_ref().and_then(|last| last.verified.signer()),
            file: last.as_ref().map(|last| &last.verified),
        };
        match last {
            Some(_) => {
                workspace.refuse_superseded(before)?;
                workspace.meet_earlier(before)?;
                workspace.refuse_taken_back(before)?;
            }
            None => workspace.refuse_break(before)?,
        }
        match last {
            Some(last) => {
                let is_foreign = claim.is_accepted;
                compared(workspace, environment, snapshot, opened, last, is_foreign).map(Some)
            }
            None => first(workspace, environment, snapshot, opened, claim).map(Some),
        }
    }
}

impl Claim {
    /// The signed version whose log goes on.
    fn last(
        self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        opened: &Opened,
    ) -> Result<Option<SignedVersion>, Trouble> {
        if self.is_forked {
            return match self.is_accepted {
                true => Ok(None),
                false => workspace.last_signed(environment).map_err(|trouble| {
                    trouble.hint(format!(
                        "if it was vault init --fork: vault sign --accept-foreign {} begins a log for this one",
                        environment.name()
                    ))
                }),
            };
        }
        match workspace.last_signed(environment)? {
            None if !self.is_accepted => workspace.last_signed_as_another(environment, opened),
            last => Ok(last),
        }
    }

    /// What is said of a file whose log begins now.
    fn was(self) -> &'static str {
        match self.is_forked {
            true => "was signed under another `repository`",
            false => "was never signed",
        }
    }
}

fn planned(step: &Step<'_>) -> Planned {
    let action = match step.log {
        Some(_) => "sign again",
        None => "sign",
    };
    Planned::new(step.environment, action, step.lines.clone())
}

/// The file against its last signed version.
fn compared<'w>(
    workspace: &Workspace<'_>,
    environment: &'w Environment,
    snapshot: Snapshot,
    opened: Opened,
    last: SignedVersion,
    is_foreign: bool,
) -> Result<Step<'w>, Trouble> {
    let policy = last.block.log().policy().clone();
    let signer = last
        .verified
        .signer()
        .map_or_else(String::new, ToString::to_string);
    let before = workspace.open_last(environment, last.verified)?;
    let mut odd = Vec::new();
    if !opened.shares_key_with(&before) {
        odd.push("its data key is not that of the last signed version");
    }
    if !opened.has_recipients_of(&policy) {
        odd.push("its recipients are not those of the last signed version");
    }
    if opened.rule() != before.rule() {
        odd.push("its rule, what is encrypted, is not that of the last signed version");
    }
    if !odd.is_empty() && !is_foreign {
        let trouble = odd.into_iter().fold(
            Trouble::untrusted("somebody without a key may have made this file"),
            Trouble::detail,
        );
        let back = workspace.brings_back_signed(environment).into_iter();
        return Err(back.fold(trouble, Trouble::hint).hint(format!(
            "vault sign --accept-foreign {} shows what is in it, and asks",
            environment.name()
        )));
    }
    let mut lines: Vec<String> = odd.iter().map(|line| (*line).to_owned()).collect();
    let (was, name) = (policy.environment(), environment.name());
    if was != name {
        lines.push(format!(
            "it was {was} when it was signed: its log goes on as {name}"
        ));
    }
    lines.push(format!("compared with the version that {signer} signed:"));
    let changes = differences(before.tree(), opened.tree());
    match changes.is_empty() {
        true => lines.push("no value differs".to_owned()),
        false => lines.extend(changes.iter().map(ToString::to_string)),
    }
    let mut step = Step {
        environment,
        snapshot,
        opened,
        log: Some(last.block),
        lines,
    };
    if !odd.is_empty() {
        step.lines.push("who could read it:".to_owned());
        let recipients: Vec<String> = step.opened.recipients().map(str::to_owned).collect();
        step.lines.extend(recipients);
        step.lines.push(
            "the data key changes; the members are those of the last signed version".to_owned(),
        );
        step.opened.rekey()?;
    }
    Ok(step)
}

/// A file that never was signed, as far as anybody can tell.
fn first<'w>(
    workspace: &Workspace<'_>,
    environment: &'w Environment,
    snapshot: Snapshot,
    opened: Opened,
    claim: Claim,
) -> Result<Step<'w>, Trouble> {
    if !claim.is_accepted {
        workspace.refuse_second_log(environment)?;
    }
    workspace.refuse_former(environment)?;
    let history = workspace.repo()?.map(|repo| !repo.is_shallow());
    if environment.is_signed() && history != Some(true) && !claim.is_accepted {
        let text = match history {
            None => "there is no git history that could tell who made this file",
            Some(_) => "the git history is cut off here: nothing tells who made this file",
        };
        return Err(Trouble::untrusted(text).hint(format!(
            "vault sign --accept-foreign {} shows what is in it, and asks",
            environment.name()
        )));
    }
    let keys = Node::Map(opened.tree().clone()).leaves().len();
    let mut lines = vec![format!(
        "{}; {}; from now on signed, for",
        claim.was(),
        words::keys(keys)
    )];
    lines.extend(
        environment
            .readers()
            .iter()
            .map(|(name, member)| member_line(name, member)),
    );
    lines.push(adoption(opened.file()).to_owned());
    Ok(Step {
        environment,
        snapshot,
        opened,
        log: None,
        lines,
    })
}

/// Whatever could fail fails here, before anybody is asked.
fn prepare(workspace: &Workspace<'_>, steps: Vec<Step<'_>>) -> Result<Prepared, Failure> {
    let now = workspace.context().now();
    let (repository, config) = workspace.repository_or_new()?;
    let mut text = workspace.config_text(config.as_ref())?;
    let (mut changes, mut names) = (Vec::new(), Vec::new());
    for step in steps {
        text = with_signature(&text, step.environment.name())
            .map_err(|error| Failure::because(&error).within(CONFIG))?;
        names.push(step.environment.name().to_string());
        let file = step.environment.file().clone();
        changes.push(
            sealed(workspace, step, &repository, &now).map_err(|trouble| trouble.within(&file))?,
        );
    }
    changes.insert(0, workspace.config_change(text));
    Ok(Prepared { changes, names })
}

fn sealed(
    workspace: &Workspace<'_>,
    step: Step<'_>,
    repository: &str,
    now: &str,
) -> Result<Change, Trouble> {
    let Step {
        environment,
        snapshot,
        mut opened,
        log,
        ..
    } = step;
    let members: Vec<(Name, Member)> = match log {
        Some(block) => {
            let members = block
                .log()
                .policy()
                .members()
                .map(|(name, member)| (name.clone(), member.clone()))
                .collect();
            let is_renamed = block.log().policy().environment() != environment.name();
            opened.restore(block);
            if is_renamed {
                opened.amend(MembersChange {
                    environment: Some(environment.name().clone()),
                    ..MembersChange::default()
                })?;
            }
            members
        }
        None => {
            let rule = opened.rule();
            let origin = Origin {
                repository: repository.to_owned(),
                environment: environment.name().clone(),
                rule,
                extends: environment.extends().to_vec(),
            };
            opened.begin(origin, environment.readers().clone())?;
            environment.readers().clone().into_iter().collect()
        }
    };
    let identity = workspace.signing_identity(
        members
            .iter()
            .filter_map(|(_, member)| member.writes_with()),
    )?;
    let Some(identity) = identity else {
        return Err(workspace.nobody_signs(environment, opened.policy()));
    };
    let signer = Signer::among(
        std::slice::from_ref(identity),
        members.iter().map(|(name, member)| (name, member)),
    );
    if let (Some(policy), Some(signer)) = (opened.policy(), &signer)
        && !vouches_for(workspace.config(), policy, signer.name())
    {
        let text = format!(
            "you are {} in the membership log, and .vault.yaml does not list that name with your key",
            signer.name()
        );
        return Err(Trouble::failed(text).hint("a writer whom both list has to sign"));
    }
    let sealed = opened.seal(signer.as_ref(), now)?;
    Ok(Change {
        path: environment.file().as_str().into(),
        expected: Some(snapshot.digest()),
        bytes: sealed.text().as_bytes().to_vec(),
    })
}
