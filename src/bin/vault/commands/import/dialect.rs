//! Which program a `.env` file was written for: no question where all of them read it alike.

use std::collections::BTreeSet;

use vault::secret::ExposeSecret;
use vault::{
    import::dotenv::{
        Dialect, Disagreement, Disputed, Entry, Objection, Opinion, Rest, Survey,
        agree_in_single_quotes,
    },
    value::{KeyPath, Node, Scalar, Selection},
    yaml::write::comment,
};

use super::{
    sealed::of_sops_alone,
    source::{Content, Loaded},
};
use crate::{context::Context, failure::Failure, shell, workspace::Comments};

/// Reads a `.env` file in the dialect that was named, in any if they agree, or in the one that somebody at the terminal names.
///
/// # Errors
/// Lines and keys whose value is not certain, all of them; nobody says which dialect counts.
pub(super) fn read(
    loaded: &Loaded<'_>,
    context: &Context,
    selection: &Selection,
) -> Result<Content, Failure> {
    refuse_sealed(loaded)?;
    let survey = Survey::of(loaded.text);
    let dialect = match loaded.command.dialect {
        Some(dialect) => Some(dialect),
        None => match survey.agreed(selection) {
            Ok(entries) => return Ok(content(loaded, &survey, None, entries)),
            Err(disagreement) => {
                let rest = survey.rest(selection);
                Some(asked(loaded, context, &disagreement, rest.as_ref())?)
            }
        },
    };
    let named = dialect.expect("somebody has named it");
    match survey.in_dialect(named, selection) {
        Ok(entries) => Ok(content(loaded, &survey, dialect, entries)),
        Err(objections) => Err(objected(loaded, &survey, named, &objections, selection)),
    }
}

/// sops writes `.env` files, too: their values are ciphertext, which is nothing to take over.
fn refuse_sealed(loaded: &Loaded<'_>) -> Result<(), Failure> {
    let is_sealed = loaded
        .text
        .lines()
        .any(|line| line.starts_with("sops_mac=ENC["));
    match is_sealed {
        false => Ok(()),
        true => Err(of_sops_alone(loaded.shown, "a .env file")
            .hint("sops decrypt FILE | vault import ENV - --format dotenv")),
    }
}

fn content(
    loaded: &Loaded<'_>,
    survey: &Survey<'_>,
    dialect: Option<Dialect>,
    entries: Vec<Entry>,
) -> Content {
    let mut notices = Vec::new();
    let mut comments = Comments::new();
    for entry in &entries {
        let path = KeyPath::key(&entry.key);
        if !entry.overridden.is_empty() {
            notices.push(format!(
                "{path} stands in {} several times; line {} counts, as for every reader",
                loaded.shown, entry.line
            ));
        }
        if entry.comments.iter().any(|text| comment(text) != *text) {
            notices.push(format!(
                "a comment of {path} in {} holds characters that YAML has no place for: each becomes \u{fffd}",
                loaded.shown
            ));
        }
        if !entry.comments.is_empty() {
            comments.insert(path, entry.comments.clone());
        }
    }
    let left = survey.comments_left(dialect);
    if !left.is_empty() {
        notices.push(format!(
            "the comments at the end of {} (from line {}) belong to no key and stay behind",
            loaded.shown, left[0]
        ));
    }
    let node = |entry: &Entry| Node::Scalar(Scalar::str(entry.value.expose_secret()));
    let tree = entries.iter().map(|entry| (entry.key.clone(), node(entry)));
    Content {
        tree: tree.collect(),
        keys: survey.keys(),
        comments,
        has_more_comments: !left.is_empty(),
        notices,
    }
}

/// Asks who reads the file, if there is somebody to ask and an answer that helps.
fn asked(
    loaded: &Loaded<'_>,
    context: &Context,
    disagreement: &Disagreement,
    rest: Option<&Rest>,
) -> Result<Dialect, Failure> {
    let terminal = context.terminal();
    let shown = Shown::of_all(loaded.text, disagreement);
    let lines = told(disagreement, shown);
    let names: Vec<&str> = disagreement
        .readable
        .iter()
        .map(|dialect| dialect.name())
        .collect();
    let head = format!("{} does not mean the same to every program", loaded.shown);
    if names.is_empty() || !terminal.can_ask() {
        let failure = Failure::new(format!("{head}; nothing is written"));
        let failure = lines.into_iter().fold(failure, Failure::detail);
        let quoting = do_single_quotes_help(loaded.text, disagreement);
        let keyless = Keyless::of_all(loaded.text, disagreement);
        let failure = match (names.is_empty(), keyless) {
            (true, Keyless::All) => failure,
            // No key is left to leave out: the lines stop it, whatever is selected.
            (true, Keyless::Some) if disagreement.keys.is_empty() => failure,
            (true, _) => none_reads(failure, quoting),
            (false, _) => some_read(failure, &names, quoting),
        };
        let failure = loaded.alone(keyless.told(failure), None);
        let rest = rest.filter(|_| names.is_empty());
        return Err(rest
            .into_iter()
            .fold(failure, |failure, rest| failure.hint(without(rest, shown))));
    }
    terminal.warn(head);
    lines.iter().for_each(|line| terminal.detail(line));
    let answer = terminal.ask(&format!("who reads it: {}?", names.join(", ")))?;
    let named = disagreement
        .readable
        .iter()
        .find(|dialect| dialect.name() == answer);
    named.copied().ok_or_else(|| {
        Failure::new("that is none of them; nothing is written")
            .hint(format!("--dialect {}", names.join("|")))
    })
}

fn none_reads(failure: Failure, does_quoting_help: bool) -> Failure {
    failure.hint(match does_quoting_help {
        true => {
            "none of them can tell what all of it holds: put these values in single quotes, or leave keys out with --except"
        }
        false => {
            "none of them can tell what all of it holds: leave keys out with --except, and type them with vault set"
        }
    })
}

fn some_read(failure: Failure, names: &[&str], does_quoting_help: bool) -> Failure {
    failure
        .hint(format!(
            "--dialect {} says who reads the file",
            names.join("|")
        ))
        .hint(match does_quoting_help {
            true => "or put these values in single quotes, which all of them read alike",
            false => {
                "or leave these keys out with --except, and type them with vault set: single quotes would not help all of them"
            }
        })
}

/// Whether every line in question would be read alike if its value stood in single quotes.
fn do_single_quotes_help(text: &str, disagreement: &Disagreement) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let keys = disagreement.keys.iter().map(|key| key.line);
    let faults = disagreement.lines.iter().map(|(_, fault)| fault.line);
    keys.chain(faults).all(|number| {
        let Some(at) = number.checked_sub(1).filter(|at| *at < lines.len()) else {
            return true;
        };
        agree_in_single_quotes(lines[at])
            && (lines[at].contains('=') || may_be_piece(&lines[..at], number, disagreement))
    })
}

/// Whether a line without `=` may be a piece of a value that lacks its quotes: one stands above it, and nobody reads it as `NAME: value`.
fn may_be_piece(above: &[&str], number: usize, disagreement: &Disagreement) -> bool {
    let reads = |key: &Disputed| {
        let mut opinions = key.opinions.iter();
        key.line == number && opinions.any(|(_, opinion)| matches!(opinion, Opinion::Value(_)))
    };
    above.iter().any(|line| line.contains('=')) && !disagreement.keys.iter().any(reads)
}

/// The keys on which programs differ, and the lines that some cannot read; never a value.
fn told(disagreement: &Disagreement, shown: Shown) -> Vec<String> {
    let keys = disagreement.keys.iter().map(|key| disputed(key, shown));
    let mut lines: Vec<(usize, &str, Vec<&str>)> = Vec::new();
    for (dialect, objection) in &disagreement.lines {
        let known = lines
            .iter_mut()
            .find(|(line, why, _)| (*line, *why) == (objection.line, objection.why));
        match known {
            Some((_, _, names)) => names.push(dialect.name()),
            None => lines.push((objection.line, objection.why, vec![dialect.name()])),
        }
    }
    lines.sort();
    let faults = lines
        .into_iter()
        .map(|(line, why, names)| format!("line {line}: not read by {}: {why}", names.join(", ")));
    keys.chain(faults).collect()
}

/// The options that take over all that somebody can tell.
fn without(rest: &Rest, shown: Shown) -> String {
    let mut words: Vec<String> = match shown {
        Shown::Names => rest.without.iter().map(|(_, key)| left_out(key)).collect(),
        Shown::Numbers => rest
            .without
            .iter()
            .map(|(line, _)| format!("--except KEY (of line {line})"))
            .collect(),
    };
    if !rest.is_agreed {
        let names: Vec<&str> = rest.readable.iter().map(|it| it.name()).collect();
        words.push(format!("--dialect {}", names.join("|")));
    }
    format!("{} takes all the rest over", words.join(" "))
}

fn left_out(key: &str) -> String {
    let key = KeyPath::key(key).to_string();
    format!("--except {}", shell::word(&key))
}

/// How many of the lines that are told have no key that `--except` could name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyless {
    None,
    Some,
    All,
}

impl Keyless {
    fn of_all(text: &str, disagreement: &Disagreement) -> Self {
        let named = disagreement.keys.iter().map(|key| key.line);
        let named: BTreeSet<usize> = named.collect();
        let lines = disagreement.lines.iter().map(|(_, objection)| objection);
        let unnamed = lines.filter(|objection| !named.contains(&objection.line));
        match Keyless::of(text, unnamed) {
            Keyless::All if !named.is_empty() => Keyless::Some,
            keyless => keyless,
        }
    }

    fn of<'o>(text: &str, objections: impl Iterator<Item = &'o Objection>) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let is_keyless = |objection: &Objection| {
            let line = objection.line.checked_sub(1).and_then(|at| lines.get(at));
            let name = line.and_then(|line| line.split_once('='));
            objection.key.is_none() && name.is_none_or(|(name, _)| name.trim().is_empty())
        };
        let (mut without, mut with) = (false, false);
        for objection in objections {
            match is_keyless(objection) {
                true => without = true,
                false => with = true,
            }
        }
        match (without, with) {
            (false, _) => Keyless::None,
            (true, true) => Keyless::Some,
            (true, false) => Keyless::All,
        }
    }

    /// What to do about them: such a line may be a piece of a longer value.
    fn told(self, failure: Failure) -> Failure {
        match self {
            Keyless::None => failure,
            Keyless::Some | Keyless::All => failure.hint(
                "a line without KEY= has no key for --except: put the value that it belongs to in quotes, or begin it with # if it belongs to none",
            ),
        }
    }
}

/// Characters of a name that is shown; longer ones are no names.
const SHOWN_NAME: usize = 255;

/// What is shown of the lines that are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Names,
    /// Some line of them is not `NAME=…`, or not read at all. Then every other one may be a piece of a value that lacks its quotes, also one
    /// above it that looks like a name: the end of a private key is `MC4CAQ…=`.
    Numbers,
}

impl Shown {
    fn of_all(text: &str, disagreement: &Disagreement) -> Self {
        let named = disagreement
            .keys
            .iter()
            .map(|key| (key.line, Some(key.key.as_str())));
        let unread = disagreement
            .lines
            .iter()
            .map(|(_, objection)| (objection.line, None));
        Shown::of(text, named.chain(unread))
    }

    fn of<'k>(text: &str, told: impl Iterator<Item = (usize, Option<&'k str>)>) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let assigns = |(line, key): (usize, Option<&str>)| {
            let line = line.checked_sub(1).and_then(|at| lines.get(at));
            line.zip(key)
                .is_some_and(|(line, key)| is_assignment(line, key))
        };
        match told.into_iter().all(assigns) {
            true => Shown::Names,
            false => Shown::Numbers,
        }
    }
}

/// Whether a line is `NAME=…`, with this name and, if at all, `export` before it.
fn is_assignment(line: &str, key: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim_start();
    let behind = |line: &str| {
        let rest = line.strip_prefix(key)?.trim_start_matches([' ', '\t']);
        rest.strip_prefix('=').map(drop)
    };
    let exported = line
        .strip_prefix("export")
        .map(|line| line.trim_start_matches([' ', '\t']));
    let is_name = |key: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        key.len() <= SHOWN_NAME
            && !key.starts_with(|first: char| first.is_ascii_digit())
            && key.bytes().all(is_plain)
    };
    is_name(key) && (behind(line).is_some() || exported.and_then(behind).is_some())
}

/// A line and what stands there, if that is surely a name.
fn place(line: usize, key: Option<&str>, shown: Shown) -> String {
    match key.filter(|_| shown == Shown::Names) {
        Some(key) => format!("line {line}: {}", KeyPath::key(key)),
        None => format!("line {line}"),
    }
}

fn disputed(key: &Disputed, shown: Shown) -> String {
    let names = |wanted: Opinion| -> String {
        let with = key
            .opinions
            .iter()
            .filter(|(_, opinion)| *opinion == wanted);
        let names: Vec<&str> = with.map(|(dialect, _)| dialect.name()).collect();
        names.join(", ")
    };
    let mut parts = Vec::new();
    for (number, words) in ["read one value", "another", "a third", "a fourth"]
        .into_iter()
        .enumerate()
    {
        match names(Opinion::Value(number)) {
            names if names.is_empty() => break,
            names => parts.push(format!("{names}: {words}")),
        }
    }
    for (opinion, words) in [
        (Opinion::Expands, "would put something else in"),
        (Opinion::None, "none for certain"),
    ] {
        match names(opinion) {
            names if names.is_empty() => {}
            names => parts.push(format!("{names}: {words}")),
        }
    }
    format!(
        "{}: {}",
        place(key.line, Some(&key.key), shown),
        parts.join("; ")
    )
}

/// What one dialect cannot tell, and who can.
fn objected(
    loaded: &Loaded<'_>,
    survey: &Survey<'_>,
    dialect: Dialect,
    objections: &[Objection],
    selection: &Selection,
) -> Failure {
    let failure = Failure::new(format!(
        "what {dialect} reads in {} is not certain; nothing is written",
        loaded.shown
    ));
    let told = objections
        .iter()
        .map(|objection| (objection.line, objection.key.as_deref()));
    // What this one reads may be a piece all the same, where another one stops.
    let others = survey.agreed(selection).err();
    let unread = others.iter().flat_map(|others| &others.lines);
    let unread = unread.map(|(_, objection)| (objection.line, None));
    let shown = Shown::of(loaded.text, told.chain(unread));
    let failure = objections.iter().fold(failure, |failure, objection| {
        let place = place(objection.line, objection.key.as_deref(), shown);
        failure.detail(format!("{place}: {}", objection.why))
    });
    let others = Dialect::ALL
        .into_iter()
        .filter(|other| survey.in_dialect(*other, selection).is_ok());
    let others: Vec<&str> = others.map(Dialect::name).collect();
    let keyless = Keyless::of(loaded.text, objections.iter());
    let failure = match (keyless, dialect) {
        (Keyless::All, _) => failure,
        (_, Dialect::Python) => failure.hint(
            "vault set ENV KEY takes a value as it is typed; --except KEY leaves it out here",
        ),
        _ => failure
            .hint("a value in single quotes is taken as it stands; --except KEY leaves a key out"),
    };
    let failure = loaded.alone(keyless.told(failure), Some(dialect));
    match others.is_empty() {
        true => failure,
        false => failure.hint(format!("--dialect {} reads all of it", others.join("|"))),
    }
}
