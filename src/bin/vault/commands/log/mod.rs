//! `vault log`: who changed which key when, and who let whom in, from git's history and the signatures in it.

mod told;

use clap::Args;
use vault::{
    difference::Difference,
    members::Log as MembersLog,
    value::{EnvName, KeyPath, near::nearest},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Reach, Step},
    workspace::{Lineal, Proof, Version, Versions, Workspace, signed_lines},
};

/// Show who changed which key when
///
/// Each commit that changed the environment's file, the newest first: the keys that were added, changed, removed or encrypted anew, and the
/// members, with the writer whose signature the file has beside the author that git names. No value is shown.
///
/// Without an identity that opens a version, the ciphertext has to tell; after a new data key it cannot tell a changed value from one that
/// was only encrypted anew, and says so.
#[derive(Args, Debug)]
pub(crate) struct Log {
    /// The environment
    environment: EnvName,
    /// One key, or everything below it
    key: Option<String>,
    /// Use no identity
    #[arg(long)]
    keyless: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A commit that changed the file.
struct Event {
    commit: String,
    author: String,
    at: String,
    state: State,
    keys: Vec<Difference>,
    members: Vec<String>,
}

/// Who stands for what a commit has.
enum State {
    Signed {
        by: String,
        /// Whether the log of today goes on from the one that it had.
        leads_here: bool,
    },
    Unsigned,
    Bad(String),
    Removed,
}

impl Log {
    /// Whether a key was typed, or what was meant to be one.
    pub(crate) fn names_a_key(&self) -> bool {
        self.key.is_some()
    }

    /// Prints what happened.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment(&self.environment)?;
        let accepted = match workspace.accept(environment) {
            Ok(accepted) => accepted,
            Err(trouble) => {
                context.terminal().warn(format!(
                    "{} is not accepted as it is now: {}",
                    self.environment, trouble.text
                ));
                None
            }
        };
        let today = accepted
            .as_ref()
            .and_then(|accepted| accepted.verified.log());
        let lineal = [Lineal::of(environment, today)];
        let (Some(repo), Some(lineage)) =
            (workspace.repo()?, workspace.lineage(Reach::Head, &lineal)?)
        else {
            let failure = Failure::new("there is no git repository, whose history could be told");
            return Err(failure.hint("vault access shows who can read and write, from the file"));
        };
        if lineage.is_cut_off {
            context.terminal().warn(
                "there is history that was not looked at: the clone is shallow, or has too many commits",
            );
        }
        let mut versions = Versions::new(context, repo, !self.keyless);
        let mut events = Vec::new();
        for step in &lineage.steps {
            events.push(event(context, &mut versions, step, today)?);
        }
        if let Some(key) = &self.key {
            narrow(key, &mut events)?;
        }
        let text = match self.json {
            true => told::json(&events)?,
            false => told::plain(context.terminal(), &events),
        };
        context.terminal().print(&text)?;
        Ok(Exit::Done)
    }
}

fn event(
    context: &Context,
    versions: &mut Versions<'_>,
    step: &Step,
    today: Option<&MembersLog>,
) -> Result<Event, Failure> {
    let mut before = Vec::new();
    for blob in step.before.iter().flatten() {
        before.push(versions.get(*blob)?);
    }
    let parents: Vec<&Version> = before.iter().map(|version| &**version).collect();
    let now = step.blob.map(|blob| versions.get(blob)).transpose()?;
    let mut event = Event {
        commit: step.commit.clone(),
        author: step.author.clone(),
        at: context.time_of(step.at).unwrap_or_default(),
        state: State::Removed,
        keys: Vec::new(),
        members: Vec::new(),
    };
    let Some(now) = now else {
        return Ok(event);
    };
    event.state = state(&now, today);
    event.keys = versions.changed_in(step)?;
    event.members = members(versions, &parents, &now);
    Ok(event)
}

fn state(version: &Version, today: Option<&MembersLog>) -> State {
    match &version.proof {
        Proof::Signed(signed) => State::Signed {
            by: signed.signer.to_string(),
            leads_here: today.is_none_or(|log| log.holds(signed.policy())),
        },
        Proof::Unsigned => State::Unsigned,
        Proof::Bad(reason) => State::Bad(reason.clone()),
    }
}

/// Entries of the log that no parent has; of files that are not signed, the keys of recipients.
fn members(versions: &Versions<'_>, before: &[&Version], now: &Version) -> Vec<String> {
    let Some(signed) = now.signed() else {
        return recipients(before, now);
    };
    let is_new = |digest: &&vault::members::Digest| {
        let logs = before.iter().filter_map(|version| version.signed());
        !logs.into_iter().any(|before| before.log.contains(digest))
    };
    let new = signed.log.iter().filter(is_new);
    signed_lines(new.filter_map(|digest| versions.entry(digest)))
}

fn recipients(before: &[&Version], now: &Version) -> Vec<String> {
    let Some(first) = before.first() else {
        let all = now.recipients.iter();
        return all.map(|key| format!("+ {key}, not signed")).collect();
    };
    let added = now.recipients.difference(&first.recipients);
    let removed = first.recipients.difference(&now.recipients);
    let added = added.map(|key| format!("+ {key}, not signed"));
    added
        .chain(removed.map(|key| format!("- {key}, not signed")))
        .collect()
}

/// Leaves what is about a key, or about what is below it.
fn narrow(text: &str, events: &mut Vec<Event>) -> Result<(), Failure> {
    // A key may have dots in its name.
    let wanted: Vec<KeyPath> = text
        .parse()
        .ok()
        .into_iter()
        .chain([KeyPath::key(text)])
        .collect();
    let is_it = |path: &KeyPath| {
        let below = |wanted: &KeyPath| path.steps().starts_with(wanted.steps());
        wanted.iter().any(below)
    };
    let known: Vec<String> = events
        .iter()
        .flat_map(|event| event.keys.iter().map(|key| key.path.to_string()))
        .collect();
    for event in events.iter_mut() {
        event.keys.retain(|key| is_it(&key.path));
        event.members.clear();
    }
    events.retain(|event| !event.keys.is_empty());
    if !events.is_empty() {
        return Ok(());
    }
    let failure = Failure::new("no commit has that key");
    Err(match nearest(text, known.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure,
    })
}
