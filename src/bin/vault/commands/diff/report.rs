//! What there is to say of one environment.

use vault::{
    accord::vouches_for,
    config::Config,
    difference::{self, Difference, Sketch, What},
    value::Scalar,
};

use super::{
    pairs::{Half, Pair},
    people::{Person, people},
    values::Exact,
    wishes,
};
use crate::{
    failure::Failure,
    workspace::{Held, Proof, Side, Version, Versions},
};

/// An environment that differs.
pub(super) struct Report {
    pub(super) name: String,
    /// Its name before, where it had another one.
    pub(super) was: Option<String>,
    pub(super) file: String,
    pub(super) was_file: Option<String>,
    pub(super) state: State,
    /// Who vouches for the file as it is.
    pub(super) signature: Signature,
    /// Why the file as it is would not be accepted.
    pub(super) faults: Vec<String>,
    /// What was wrong before.
    pub(super) old_faults: Vec<String>,
    pub(super) people: Vec<Person>,
    /// Layers, and which values are encrypted.
    pub(super) structure: Vec<String>,
    /// What the config wants, and nothing in force says.
    pub(super) wanted: Vec<String>,
    pub(super) keys: Vec<Key>,
    pub(super) comments: Vec<Difference>,
    /// Whether the file was written anew.
    pub(super) is_anew: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    New,
    Gone,
    Changed,
}

pub(super) enum Signature {
    By(String),
    Unsigned,
    /// Nobody that counts.
    Bad,
    /// There is no file.
    NoFile,
}

/// A key that differs, with what was asked to be shown of its values.
pub(super) struct Key {
    pub(super) difference: Difference,
    /// Its type as it is, else as it was.
    pub(super) kind: Option<&'static str>,
    pub(super) is_clear: bool,
    pub(super) before: Option<Scalar>,
    pub(super) after: Option<Scalar>,
}

impl Report {
    /// Whether there is nothing to say.
    fn is_empty(&self) -> bool {
        self.state == State::Changed
            && self.was.is_none()
            && self.was_file.is_none()
            && self.faults.is_empty()
            && self.old_faults.is_empty()
            && self.people.is_empty()
            && self.structure.is_empty()
            && self.wanted.is_empty()
            && self.keys.is_empty()
            && self.comments.is_empty()
            && !self.is_anew
    }
}

/// Compares the two sides of an environment; `None` where nothing differs.
///
/// # Errors
/// A passphrase that is wrong; values that are to be shown and do not open.
pub(super) fn report(
    pair: &mut Pair,
    sides: [&Side<'_>; 2],
    versions: &mut Versions<'_>,
    exact: &Exact<'_>,
) -> Result<Option<Report>, Failure> {
    if is_same(pair) {
        return Ok(None);
    }
    for half in pair.before.iter_mut().chain(&mut pair.after) {
        half.look(versions)?;
    }
    let [before, after] = sides;
    let old_faults = faults_before(pair, before.config());
    let faults = faults_after(pair, after.config());
    let are_fine = [old_faults.is_empty(), faults.is_empty()];
    let (keys, comments) = contents(pair, versions, exact, are_fine)?;
    let (people, structure) = people(pair, versions);
    let half = pair.after.as_ref().or(pair.before.as_ref());
    let half = half.expect("a pair has a side");
    let then = pair.before.as_ref().map(|half| &half.environment);
    let was = then
        .map(|then| then.name())
        .filter(|name| *name != half.environment.name());
    let was_file = then
        .map(|then| then.file())
        .filter(|file| *file != half.environment.file());
    let report = Report {
        name: half.environment.name().to_string(),
        was: was.map(ToString::to_string),
        file: half.environment.file().to_string(),
        was_file: was_file.map(ToString::to_string),
        state: state(pair),
        signature: pair.after.as_ref().map_or(Signature::NoFile, signature),
        faults,
        old_faults,
        people,
        structure,
        wanted: wishes::of_environment(pair),
        is_anew: is_anew(pair),
        keys,
        comments,
    };
    Ok((!report.is_empty()).then_some(report))
}

/// Whether nothing differs for sure: the files are the same byte for byte, and so is what the configs say of them.
fn is_same(pair: &Pair) -> bool {
    match (&pair.before, &pair.after) {
        (Some(before), Some(after)) => {
            before.environment == after.environment
                && before.held == after.held
                && !before.is_unmerged
                && !after.is_unmerged
        }
        _ => false,
    }
}

fn state(pair: &Pair) -> State {
    match (&pair.before, &pair.after) {
        (None, _) => State::New,
        (_, None) => State::Gone,
        _ => State::Changed,
    }
}

fn signature(half: &Half) -> Signature {
    match half.version.as_ref().map(|version| &version.proof) {
        None if half.held == Held::Missing => Signature::NoFile,
        Some(Proof::Signed(signed)) => Signature::By(signed.signer.to_string()),
        Some(Proof::Unsigned) => Signature::Unsigned,
        Some(Proof::Bad(_)) | None => Signature::Bad,
    }
}

/// The keys and the comments that differ.
fn contents(
    pair: &mut Pair,
    versions: &Versions<'_>,
    exact: &Exact<'_>,
    are_fine: [bool; 2],
) -> Result<(Vec<Key>, Vec<Difference>), Failure> {
    if !is_readable(&pair.before) || !is_readable(&pair.after) {
        return Ok((Vec::new(), Vec::new()));
    }
    let seen = compared(pair, false);
    let opened = exact.open(pair, versions, &seen, are_fine)?;
    let (differences, comments) = match opened.is_some() {
        true => compared(pair, true),
        false => seen,
    };
    let kind = |difference: &Difference| {
        let mut sketches = [&pair.after, &pair.before].into_iter().filter_map(sketch);
        sketches.find_map(|sketch| {
            let path = &difference.path;
            Some((sketch.kind(path)?, sketch.is_clear(path)))
        })
    };
    let keys = differences.into_iter().map(|difference| {
        let found = kind(&difference);
        let (before, after) = match &opened {
            Some(opened) => opened.values(&difference),
            None => (None, None),
        };
        Key {
            kind: found.map(|(kind, _)| kind.name()),
            is_clear: found.is_some_and(|(_, is_clear)| is_clear),
            before,
            after,
            difference,
        }
    });
    Ok((keys.collect(), comments))
}

/// Whether it is known which keys a side has: there is no file, or one that could be read.
fn is_readable(half: &Option<Half>) -> bool {
    half.as_ref().is_none_or(|half| match &half.version {
        Some(version) => version.is_read,
        None => half.held == Held::Missing,
    })
}

fn compared(pair: &Pair, is_exact: bool) -> (Vec<Difference>, Vec<Difference>) {
    let nothing = Sketch::default();
    let before = sketch(&pair.before).unwrap_or(&nothing);
    let after = sketch(&pair.after).unwrap_or(&nothing);
    let keys = difference::between(before, after);
    let keys = match is_exact {
        true => difference::renamed(keys, before, after),
        false => keys,
    };
    (keys, difference::comments_between(before, after))
}

fn sketch(half: &Option<Half>) -> Option<&Sketch> {
    let version = half.as_ref()?.version.as_ref()?;
    Some(&version.sketch)
}

/// Whether both sides have a file, and not the same one: it was written, even where no key differs.
fn is_anew(pair: &Pair) -> bool {
    match (sketch(&pair.before), sketch(&pair.after)) {
        (Some(before), Some(after)) => !after.has_seal_of(before),
        _ => false,
    }
}

/// What is wrong with a file by itself, and by the config of its side.
fn faults(half: &Half, config: Option<&Config>) -> Vec<String> {
    let environment = &half.environment;
    if let Held::Refused(reason) = &half.held {
        return vec![format!("it cannot be read: {reason}")];
    }
    if half.is_unmerged
        || half
            .version
            .as_ref()
            .is_some_and(|version| version.is_unmerged)
    {
        return vec!["not merged yet: vault git resolve asks what counts".to_owned()];
    }
    match half.version.as_ref().map(|version| &version.proof) {
        Some(Proof::Bad(reason)) => vec![format!("not accepted: {reason}")],
        Some(Proof::Unsigned) if environment.is_signed() => {
            vec!["not signed, and .vault.yaml wants it signed".to_owned()]
        }
        Some(Proof::Signed(signed)) => {
            let is_other = |config: &Config| {
                let id = config.repository().map(|id| id.as_str());
                id != Some(signed.policy.repository())
            };
            let repository = config
                .is_some_and(is_other)
                .then(|| "it belongs to another repository than .vault.yaml says".to_owned());
            let name = (signed.environment != *environment.name())
                .then(|| format!("it is signed as {}", signed.environment));
            let wanted = (!environment.is_signed())
                .then(|| ".vault.yaml says `signed: false`, but the file is signed".to_owned());
            repository.into_iter().chain(name).chain(wanted).collect()
        }
        _ => Vec::new(),
    }
}

fn faults_before(pair: &Pair, config: Option<&Config>) -> Vec<String> {
    pair.before
        .as_ref()
        .map_or_else(Vec::new, |half| faults(half, config))
}

/// What is wrong with the file as it is, also as one that goes on from the other.
fn faults_after(pair: &Pair, config: Option<&Config>) -> Vec<String> {
    let Some(after) = &pair.after else {
        return Vec::new();
    };
    let mut found = faults(after, config);
    let had_file = pair
        .before
        .as_ref()
        .is_some_and(|half| half.held != Held::Missing);
    if had_file && after.held == Held::Missing {
        found.push("its file is gone, and .vault.yaml still has the environment".to_owned());
    }
    if let Some(signed) = after.signed()
        && let Some(config) = config
        && !vouches_for(config, &signed.policy, &signed.signer)
    {
        found.push(format!(
            "signed by {}, whom .vault.yaml does not list with that key",
            signed.signer
        ));
    }
    found.extend(
        pair.before
            .as_ref()
            .and_then(|before| breach(before, after)),
    );
    found
}

/// That a log does not go on from the one before.
fn breach(before: &Half, after: &Half) -> Option<String> {
    let then = before.signed()?;
    let is_unsigned = |version: &Version| matches!(version.proof, Proof::Unsigned);
    match after.signed() {
        Some(now) if now.follows(then) => None,
        Some(now) if then.follows(now) => {
            Some("older than before: changes of members are undone".to_owned())
        }
        Some(_) => Some("its membership log does not go on from the one before".to_owned()),
        None if after.version.as_ref().is_some_and(is_unsigned) => {
            Some("it was signed, and is not any more".to_owned())
        }
        None => None,
    }
}

/// Whether an identity could tell more about a key than ciphertext does.
pub(super) fn is_open_to_doubt(keys: &[Difference], comments: &[Difference]) -> bool {
    let has = |what: What| keys.iter().chain(comments).any(|found| found.what == what);
    let may_be_renamed = has(What::Added) && has(What::Removed);
    may_be_renamed || has(What::Changed) || has(What::Unclear)
}
