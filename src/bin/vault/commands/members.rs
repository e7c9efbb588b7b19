//! What becomes of files whose members change: planned, sealed before anybody is asked, then written together.

use std::collections::BTreeMap;

use vault::{
    accord::{Difference, Drift, Entries},
    config::Environment,
    keys::{Identity, Member, without_comment},
    members::Origin,
    sealed::{Expected, Opened, Sealed, Signer, Verified},
    sops::File,
    value::Name,
    vault::{Change, Snapshot},
};

use super::plan::Planned;
use crate::{
    failure::{Exit, Failure},
    workspace::{Meeting, Purpose, Trouble, Workspace, member_line, open_with},
};

/// What is to be done with one environment.
pub(super) struct Step<'w> {
    pub(super) environment: &'w Environment,
    snapshot: Snapshot,
    pub(super) verified: Verified,
    pub(super) kind: Kind,
    /// Whether the data key changes although nobody loses access.
    pub(super) is_rekeyed: bool,
    /// Whether an unsigned file may become one that nobody here can read.
    pub(super) may_lock_out: bool,
    /// What stands against other readers of a file whose signature was turned off; it counts only once the step is to be done.
    pub(super) fixed: Option<Trouble>,
}

/// What is done to a file.
pub(super) enum Kind {
    /// The log gets an entry.
    Amend(Drift),
    /// The file gets a log and a signature.
    Begin,
    /// They go.
    Unsign,
    /// An unsigned file gets other recipients.
    Recipients(Entries),
}

impl Kind {
    /// The word for it in a plan for programs.
    fn action(&self) -> &'static str {
        match self {
            Kind::Amend(_) => "members",
            Kind::Begin => "sign",
            Kind::Unsign => "unsign",
            Kind::Recipients(_) => "recipients",
        }
    }
}

impl<'w> Step<'w> {
    /// Something that is to be done to a file as it was read.
    pub(super) fn new(
        environment: &'w Environment,
        snapshot: Snapshot,
        verified: Verified,
        kind: Kind,
    ) -> Self {
        Step {
            environment,
            snapshot,
            verified,
            kind,
            is_rekeyed: false,
            may_lock_out: false,
            fixed: None,
        }
    }

    /// The step as a plan shows it.
    pub(super) fn planned(&self) -> Planned {
        Planned::new(self.environment, self.kind.action(), lines(self))
    }

    /// Whether somebody who reads the file now will not.
    fn drops_a_reader(&self) -> bool {
        match (&self.kind, self.verified.policy()) {
            (Kind::Amend(drift), Some(policy)) => drift.change().drops_a_reader(policy),
            (Kind::Recipients(entries), _) => !entries.unlisted.is_empty(),
            _ => false,
        }
    }
}

/// A file as it was read, and what is proven about it.
pub(super) struct Met {
    pub(super) snapshot: Snapshot,
    pub(super) verified: Verified,
}

/// Reads a file to change its members; `None` where there is none yet.
///
/// Whether the config still lists its signer does not matter: a signer who left is what such changes are for.
pub(super) fn meet(
    workspace: &Workspace<'_>,
    environment: &Environment,
) -> Result<Option<Met>, Trouble> {
    let Some(snapshot) = workspace.snapshot(environment)? else {
        workspace.refuse_second_birth(environment)?;
        return Ok(None);
    };
    workspace.refuse_other_in_git(environment, &snapshot, Purpose::Writing)?;
    let sealed =
        Sealed::parse(snapshot.bytes()).map_err(|error| workspace.of_form(error, environment))?;
    workspace.refuse_unmerged(environment)?;
    let is_signed = sealed.is_signed();
    let (repository, _) = workspace.repository_or_new()?;
    let expected = Expected {
        repository: &repository,
        environment: environment.name(),
        signed: is_signed,
    };
    let verified = sealed
        .verify(&expected)
        .map_err(|error| workspace.of_trust(&error, environment))?;
    let meeting = Meeting::of(environment, &verified);
    workspace.refuse_superseded(meeting)?;
    match is_signed {
        true => workspace.acquaint(meeting, Purpose::Writing)?,
        // Whether it is taken for what it is, is yet to be seen.
        false => workspace.refuse_break(meeting)?,
    }
    Ok(Some(Met { snapshot, verified }))
}

/// Whether a file is encrypted for exactly the readers that the config wants.
pub(super) fn has_recipients(verified: &Verified, environment: &Environment) -> bool {
    let mut is: Vec<String> = verified.recipients().map(without_comment).collect();
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
            .map(|(name, member)| member_line(name, member))
    };
    match &step.kind {
        Kind::Amend(drift) => {
            let mut lines = drift.lines();
            lines.extend(layers_told(step, drift));
            lines.extend(key_told(step, &drift.added));
            lines.extend(signer_who_goes(step, drift));
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
        Kind::Recipients(entries) => {
            let mut lines = entries.lines();
            lines.push("the file is encrypted for".to_owned());
            lines.extend(everybody());
            lines.extend(key_told(step, &entries.missing));
            lines
        }
    }
}

/// What becomes of the data key, where that matters to somebody.
fn key_told(step: &Step<'_>, added: &BTreeMap<Name, Member>) -> Option<String> {
    let told = match (step.is_rekeyed || step.drops_a_reader(), added.is_empty()) {
        (true, _) => REKEYED,
        (false, false) => UNCHANGED_KEY,
        (false, true) => return None,
    };
    Some(told.to_owned())
}

/// What other layers mean for the values.
fn layers_told(step: &Step<'_>, drift: &Drift) -> Vec<String> {
    let (Some(wanted), Some(policy)) = (&drift.extends, step.verified.policy()) else {
        return Vec::new();
    };
    let (name, is) = (step.environment.name(), policy.extends());
    let come = wanted.iter().filter(|layer| !is.contains(layer));
    let go = is.iter().filter(|layer| !wanted.contains(layer));
    let come = come.map(|layer| {
        format!("{layer} is new below {name}: its values are used where nothing above has the key, and who writes {layer} decides about them")
    });
    let go = go
        .map(|layer| format!("{layer} is below no more: its values are no longer used in {name}"));
    let lines: Vec<String> = come.chain(go).collect();
    match lines.is_empty() {
        true => vec![
            "in another order: of layers that have the same key, the last one counts".to_owned(),
        ],
        false => lines,
    }
}

/// Whoever signs now vouches for what was signed by somebody, or with a key, that is taken out, perhaps because nobody trusts them any
/// more.
fn signer_who_goes(step: &Step<'_>, drift: &Drift) -> Option<String> {
    let signer = step.verified.signer()?;
    let name = step.environment.name();
    let has_another_key =
        |difference: &Difference| difference.is.signing_key() != difference.wanted.signing_key();
    if drift.dropped.contains_key(signer) {
        return Some(format!(
            "{signer}, who goes, signed what is in it: look at it before; vault log {name} shows what they changed"
        ));
    }
    drift.changed.get(signer).filter(|it| has_another_key(it))?;
    Some(format!(
        "the old key of {signer} signed what is in it: if it was lost, look at that before; vault log {name} shows what it changed"
    ))
}

/// What a plan says where somebody comes and nobody leaves.
const UNCHANGED_KEY: &str = "the data key stays: older values in git, back to the last new data key, can be read by whoever is added";

/// What a plan says of a fresh data key.
pub(super) const REKEYED: &str = "the data key changes; every value is encrypted anew";

/// What happens to the data key of a file that is signed for the first time.
pub(super) fn adoption(file: &File) -> &'static str {
    match file.metadata().foreign.is_empty() {
        true => REKEYED,
        false => {
            "the data key stays, because other key services have it: whoever made this file can read on"
        }
    }
}

/// Names what somebody can do who cannot do all of it; `command` is what they type for that.
///
/// # Errors
/// They cannot do all of it.
pub(super) fn refuse_blocked(
    workspace: &Workspace<'_>,
    steps: &[Step<'_>],
    command: &str,
) -> Result<(), Failure> {
    let (mut can, mut blocked) = (Vec::new(), None);
    for step in steps {
        match signers(workspace, step) {
            Ok(_) => can.push(step.environment.name().as_str()),
            Err(trouble) => {
                let trouble = trouble.within(step.environment.file());
                blocked.get_or_insert(trouble);
            }
        }
    }
    let Some(trouble) = blocked else {
        return Ok(());
    };
    let failure = Failure::from(trouble);
    Err(match can.as_slice() {
        [] => failure,
        can => failure.hint(format!("{command} {} does what you can", can.join(" "))),
    })
}

/// What is to be written, sealed already.
pub(super) struct Prepared {
    pub(super) changes: Vec<Change>,
    pub(super) names: Vec<String>,
}

/// Whatever could fail fails here, before anybody is asked.
pub(super) fn prepare(
    workspace: &Workspace<'_>,
    steps: Vec<Step<'_>>,
) -> Result<Prepared, Failure> {
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
            .map_err(|failure| failure.again(hint))?;
        terminal.warn_each(&saved.notices);
        match self.names.is_empty() {
            true => terminal.say(done),
            false => terminal.say(format!("{done}: {}", self.names.join(", "))),
        }
        Ok(Exit::Done)
    }
}

/// Who signs, as far as something is signed.
pub(super) struct Signers<'w> {
    /// The new entry of the log, or what turns it off: a writer before.
    log: Option<&'w Identity>,
    /// The file: a writer afterwards.
    file: Option<&'w Identity>,
}

pub(super) fn signers<'w>(
    workspace: &'w Workspace<'_>,
    step: &Step<'_>,
) -> Result<Signers<'w>, Trouble> {
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
        Kind::Unsign | Kind::Recipients(_) => None,
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
        // Also one that changes nothing has everybody's entry written anew.
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
        Kind::Unsign | Kind::Recipients(_) => {
            if !step.may_lock_out {
                workspace.future_reader(environment)?;
            }
            opened.set_recipients(readers.clone())?;
        }
    }
    if step.is_rekeyed {
        opened.rekey()?;
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
