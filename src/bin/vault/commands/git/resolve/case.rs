//! One file that waits to be merged: what stands against it, as far as it is known before anybody is asked.

use std::collections::BTreeMap;

use vault::{
    keys::Member,
    members::Log,
    reconcile::{Base, Objection, Side, Standing},
    value::{EnvName, Name},
    vault::{CONFIG, Change},
};

use super::means;
use crate::{
    commands::members::REKEYED,
    failure::{Exit, Failure},
    repo::Repo,
    workspace::{
        Asking, Found, KeyChange, Sides, Trouble, Waiting, Work, Workspace, listed, signed_lines,
    },
};

/// Whether it is decided whom the config lists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Decided,
    /// The config is itself not merged.
    Open,
}

/// A file, open or with the reason why not.
pub(super) struct Case<'w> {
    pub(super) waiting: Waiting,
    pub(super) state: Result<Open<'w>, Failure>,
    /// Our side, where the other one is not to be had, or not accepted.
    alone: Option<Vec<u8>>,
}

/// A file whose sides are open.
pub(super) struct Open<'w> {
    pub(super) work: Work<'w>,
    /// What somebody has to say yes to.
    pub(super) objections: Vec<Objection>,
    /// What has to be said of its recipients, where nobody signs.
    pub(super) recipients: Option<String>,
    /// What all that means; empty where nothing has to be said.
    pub(super) plan: Vec<String>,
}

/// A file that is merged, and not yet written.
pub(super) struct Ready {
    pub(super) change: Change,
    /// What has become of the file.
    pub(super) outcome: &'static str,
    /// What somebody has changed in the editor that was not in conflict.
    pub(super) beyond: Vec<KeyChange>,
}

impl<'w> Case<'w> {
    /// Opens both sides, as far as they are accepted; may ask for a passphrase.
    pub(super) fn of(workspace: &'w Workspace<'_>, mut waiting: Waiting, list: List) -> Self {
        let nothing = Found::Removed(Side::Ours);
        let found = std::mem::replace(&mut waiting.found, nothing);
        let mut alone = None;
        let state = match found {
            Found::Removed(side) => Err(removed(workspace, &waiting, side)),
            Found::Alone { ours, trouble } => {
                alone = Some(ours);
                Err(trouble.into())
            }
            Found::Not(trouble) => Err(trouble.into()),
            Found::Sides(versions) => {
                let is_committed = versions.base == Base::Unknown;
                let ours = versions.ours.clone();
                match workspace.accept_sides(&waiting.path, versions) {
                    Ok(sides) => open(workspace, &waiting, sides, list),
                    Err(troubles) if workspace.accept_ours(&waiting.path, &ours).is_ok() => {
                        alone = Some(ours);
                        Err(all(troubles).hint(workspace.keeps_ours(&waiting.environment)))
                    }
                    Err(troubles) => {
                        Err(all(troubles).hint(another(workspace, &waiting, is_committed)))
                    }
                }
            }
        };
        Case {
            waiting,
            state,
            alone,
        }
    }

    /// Why nobody can look into its keys, where nobody can.
    pub(super) fn closed(&self) -> Option<Failure> {
        let reason = self.state.as_ref().err()?;
        let path = self.waiting.path.display();
        let environment = &self.waiting.environment;
        Some(reason.clone().within(format!("{path} ({environment})")))
    }

    /// Whether there is only our side to go on with.
    pub(super) fn is_alone(&self) -> bool {
        self.alone.is_some()
    }

    /// Our side, where there is only that to go on with: for whoever gives that up.
    pub(super) fn kept(&self, workspace: &Workspace<'_>) -> Option<Result<Ready, Failure>> {
        let ours = self.alone.as_ref()?;
        let accepted = workspace.accept_ours(&self.waiting.path, ours);
        Some(accepted.map_err(Failure::from).map(|()| Ready {
            change: Change {
                path: self.waiting.path.clone(),
                expected: self.waiting.digest,
                bytes: ours.clone(),
            },
            outcome: "is as our side has it, and staged; what the other side changed is given up",
            beyond: Vec::new(),
        }))
    }

    /// Decides for a side wherever a key is in conflict; returns whether it is.
    pub(super) fn settle(&mut self, key: &str, side: Side) -> Result<bool, Failure> {
        let Ok(open) = &mut self.state else {
            return Ok(false);
        };
        let conflicts = open.work.reconciliation.conflicts().iter();
        let path = conflicts.filter_map(|conflict| means(key, conflict)).next();
        match path {
            None => Ok(false),
            Some(path) => {
                let settled = open.work.reconciliation.settle(&path, side);
                Ok(settled.map_err(Trouble::from)?)
            }
        }
    }
}

fn open<'w>(
    workspace: &'w Workspace<'_>,
    waiting: &Waiting,
    sides: Sides<'w>,
    list: List,
) -> Result<Open<'w>, Failure> {
    let objections = sides.standing.objections().to_vec();
    if let Some(objection) = objections
        .iter()
        .find(|objection| !objection.can_be_settled())
    {
        return Err(unsettled(workspace, waiting, objection));
    }
    refuse_nobody(workspace, waiting, &sides.standing)?;
    workspace.refuse_undone(&sides)?;
    let stays = members_without_own(workspace, &sides.standing);
    let opened = workspace.open_sides(sides, Asking::Allowed);
    let mut work = opened.map_err(|trouble| removed_there(workspace, &stays, trouble))?;
    let recipients = workspace.unclear_recipients(&work);
    let mut plan = plan(workspace, &work, &objections);
    if let Some(unclear) = &recipients {
        refuse_undecided(&work, list)?;
        if !objections.contains(&Objection::Recipients) {
            plan.extend([unclear.clone()]);
        }
        plan.extend(workspace.admit_listed(&mut work)?);
        plan.extend(key_told(&work));
    }
    Ok(Open {
        work,
        objections,
        recipients,
        plan,
    })
}

/// What becomes of the data key.
fn key_told(work: &Work<'_>) -> Option<String> {
    let is_fresh = work.reconciliation.needs_fresh_key();
    is_fresh.then(|| format!("  {REKEYED}"))
}

/// Who may read a file that nobody signs stands in the config alone.
fn refuse_undecided(work: &Work<'_>, list: List) -> Result<(), Failure> {
    if list == List::Decided {
        return Ok(());
    }
    let name = work.environment.name();
    Err(Failure::new(format!(
        "its recipients differ on the two sides, and .vault.yaml, which says who reads {name}, is not merged yet"
    ))
    .exit(Exit::No)
    .hint("vault git resolve .vault.yaml merges it, or edit it and git add .vault.yaml; then vault git resolve"))
}

/// Refuses to bring two logs together where each side has removed whoever writes on the other one: who that was nobody can sign.
fn refuse_nobody(
    workspace: &Workspace<'_>,
    waiting: &Waiting,
    standing: &Standing,
) -> Result<(), Failure> {
    let mut members = standing.members().values();
    if standing.joining().is_none() || members.any(|member| member.writes_with().is_some()) {
        return Ok(());
    }
    let text = "each side has removed whoever writes on the other one: nobody could write what comes of both";
    let failure = Failure::new(text).exit(Exit::No);
    let ways = workspace.takes_with_config(&waiting.path, &waiting.environment)?;
    Err(ways.into_iter().fold(failure, Failure::hint))
}

/// Who writes what comes of two logs that are brought together, where that is nobody at work here.
fn members_without_own(workspace: &Workspace<'_>, standing: &Standing) -> Vec<Name> {
    let members = standing.members();
    let (findings, _) = workspace.context().identities().findings();
    let is_in = |own: &Member| members.values().any(|it| it.reads() == own.reads());
    let is_own = findings
        .iter()
        .any(|it| it.member.as_ref().is_none_or(is_in));
    if standing.joining().is_none() || is_own {
        return Vec::new();
    }
    let writers = members.iter().filter(|(_, it)| it.writes_with().is_some());
    writers.map(|(name, _)| name.clone()).collect()
}

/// Whoever was removed on the other side opens nothing there, and nobody is asked to let them in again for that.
fn removed_there(workspace: &Workspace<'_>, stays: &[Name], trouble: Trouble) -> Trouble {
    let trouble = match stays {
        [] => trouble,
        stays => Trouble {
            hints: vec![format!(
                "who stays is {}: they merge the two branches, in their own clone",
                listed(stays.iter())
            )],
            ..trouble
        },
    };
    let abort = workspace.own_repo().ok().and_then(Repo::gives_up_with);
    match abort {
        Some(abort) => trouble.hint(format!("{abort} gives the merge up here")),
        None => trouble,
    }
}

/// What nobody can decide here.
fn unsettled(workspace: &Workspace<'_>, waiting: &Waiting, objection: &Objection) -> Failure {
    let failure = Failure::new(objection.to_string());
    let failure = [Side::Ours, Side::Theirs]
        .into_iter()
        .fold(failure, |failure, side| {
            failure.hint(workspace.takes(side, &waiting.path))
        });
    let name = &waiting.environment;
    match objection {
        Objection::Unsigned { .. } => failure
            .exit(Exit::Untrusted)
            .hint(format!("then vault sync {name} turns the signature on or off, as .vault.yaml has it, and vault set writes again what was dropped")),
        _ => failure.hint(format!(
            "then vault sync {name} and vault set do again what was dropped"
        )),
    }
}

/// What somebody types where our side is not accepted.
fn another(workspace: &Workspace<'_>, waiting: &Waiting, is_committed: bool) -> String {
    match is_committed {
        true => workspace.takes_from_history(&waiting.path),
        false => workspace.takes(Side::Theirs, &waiting.path),
    }
}

fn removed(workspace: &Workspace<'_>, waiting: &Waiting, side: Side) -> Failure {
    let file = workspace.named_to_git(&waiting.path);
    if !waiting.is_listed {
        return ended(workspace, &waiting.environment, &file, side);
    }
    let other = match side {
        Side::Ours => "--theirs",
        Side::Theirs => "--ours",
    };
    Failure::new(format!(
        "the file was removed {side}, and changed {}",
        side.other()
    ))
    .exit(Exit::No)
    .hint(format!(
        "to keep it: git checkout {other} -- {file} && git add {file}"
    ))
    .hint(format!(
        "to remove it: git rm --cached --quiet -- {file}; vault env remove {} ends the environment",
        waiting.environment
    ))
}

/// One side has removed the environment as well.
fn ended(workspace: &Workspace<'_>, environment: &EnvName, file: &str, side: Side) -> Failure {
    let config = workspace.named_to_git(CONFIG.as_ref());
    let has_it = match side {
        Side::Ours => format!("git log --all -- {config} shows which commit has its lines"),
        Side::Theirs => format!(
            "git show {} shows its lines",
            workspace.named_in_head(CONFIG.as_ref())
        ),
    };
    Failure::new(format!(
        "{environment} was removed {side}, and its file changed {}",
        side.other()
    ))
    .exit(Exit::No)
    .hint(format!("to let it go: git rm --quiet -- {file}"))
    .hint(format!(
        "to keep it: put {environment} back into .vault.yaml ({has_it}), then git add {config} {file}"
    ))
}

/// Several reasons as one.
fn all(troubles: Vec<Trouble>) -> Failure {
    let mut troubles = troubles.into_iter();
    let Some(first) = troubles.next() else {
        return Failure::new("it is not accepted");
    };
    let failure = Failure::from(first);
    troubles.fold(failure, |failure, trouble| {
        let failure = failure.detail(trouble.text);
        trouble.details.into_iter().fold(failure, Failure::detail)
    })
}

/// What a person says yes to, in lines.
fn plan(workspace: &Workspace<'_>, work: &Work<'_>, objections: &[Objection]) -> Vec<String> {
    let swapped = workspace.swapped().filter(|_| !objections.is_empty());
    let mut lines = Vec::from_iter(swapped);
    for objection in objections {
        lines.push(objection.to_string());
        lines.extend(meaning(work, objection));
    }
    lines
}

fn meaning(work: &Work<'_>, objection: &Objection) -> Vec<String> {
    match objection {
        Objection::Diverged => joined(work),
        Objection::Undone { .. } => vec!["  the newer membership is kept".to_owned()],
        Objection::Apart => vec![
            "  the membership log here is kept, and the one there given up".to_owned(),
            "  who has used the other one is asked to trust this one: vault trust".to_owned(),
        ]
        .into_iter()
        .chain(afterwards(work))
        .collect(),
        Objection::SignerLeft { side, .. } => {
            vec![format!(
                "  what differs {side} may be from after they left, so each key that differs is for you to decide"
            )]
        }
        Objection::Metadata => vec!["  those of the side whose log goes on are kept".to_owned()],
        Objection::Recipients | Objection::Rules | Objection::Unsigned { .. } => Vec::new(),
    }
}

/// Both changes by name, and what comes of them.
fn joined(work: &Work<'_>) -> Vec<String> {
    let reconciliation = &work.reconciliation;
    let [ours, theirs] =
        [Side::Ours, Side::Theirs].map(|side| reconciliation.side(side).log().cloned());
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return Vec::new();
    };
    let mut lines = changes(Side::Ours, &ours, &theirs);
    lines.extend(changes(Side::Theirs, &theirs, &ours));
    lines.extend(afterwards(work));
    let joining = reconciliation.standing().joining();
    let disputed = joining.into_iter().flat_map(|joining| &joining.disputed);
    lines.extend(disputed.map(|name| {
        let (members, theirs) = (reconciliation.standing().members(), theirs.policy());
        format!("    {}", contradiction(name, theirs.member(name), members))
    }));
    lines
}

/// What both sides contradict each other in about somebody, and what comes of it.
fn contradiction(name: &Name, theirs: Option<&Member>, members: &BTreeMap<Name, Member>) -> String {
    let has_the_key = |member: &Member| theirs.is_some_and(|it| it.shares_a_key_with(member));
    let mut others = members.iter().filter(|_| !members.contains_key(name));
    match others.find(|(other, member)| other.is_but_for_case(name) || has_the_key(member)) {
        Some((other, member)) if has_the_key(member) => format!(
            "{name} there has the key of {other} here: it stays {other}; where .vault.yaml has {name} instead, vault sync makes it {name} afterwards"
        ),
        Some((other, _)) => format!(
            "{name} there and {other} here differ in nothing but case: {other} stays, and {name} gets another name in .vault.yaml"
        ),
        None => format!(
            "of {name} both sides have other keys: those here are kept, with the lesser right"
        ),
    }
}

/// Who reads and writes what comes of both sides.
fn afterwards(work: &Work<'_>) -> Vec<String> {
    let members = work.reconciliation.standing().members().iter();
    let members =
        members.map(|(name, member)| format!("    {name} {}", vault::accord::role(member)));
    ["  afterwards:".to_owned()]
        .into_iter()
        .chain(members)
        .collect()
}

fn changes(side: Side, own: &Log, other: &Log) -> Vec<String> {
    let mut lines = vec![format!("  {side}:")];
    let entries = signed_lines(own.beyond(other)).into_iter();
    lines.extend(entries.map(|line| format!("    {line}")));
    lines
}
