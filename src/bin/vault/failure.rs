//! Why a command did not do what was asked, what to do about it, and every exit code.

use std::{error::Error, fs::Metadata, path::Path, process::ExitCode};

use vault::{
    keys::{IdentityFileError, KeyError, MemberError},
    render::{Defect, Offence, Refusal},
    value::KeyPath,
    vault::{Shown, WayError},
};

use crate::shell;

/// How the program ends. These are all the codes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: the answer is no: differences, findings, conflicts, an output that is missing or stale.
    No,
    /// 2: it failed or was asked wrongly, or an output cannot carry a value.
    Failed,
    /// 3: integrity or trust.
    Untrusted,
    /// What the program that `run` started ended with.
    Program(u8),
    /// 125: `run` itself failed, as with `env`, `timeout` and docker.
    RunFailed,
    /// 126: the program that `run` should start is there and cannot be started.
    CannotStart,
    /// 127: the program that `run` should start is not there.
    NotFound,
    /// 129: a merge driver failed, or was called wrongly; git stops and leaves the file as it was.
    DriverFailed,
    /// 128 + n: ended by signal n.
    Signal(u8),
}

impl Exit {
    /// The number that the caller sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Failed => 2,
            Exit::Untrusted => 3,
            Exit::Program(code) => code,
            Exit::RunFailed => 125,
            Exit::CannotStart => 126,
            Exit::NotFound => 127,
            Exit::DriverFailed => 129,
            Exit::Signal(number) => 128_u8.saturating_add(number),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// A failure that a person can act on: what happened, which ones, and what to type next.
///
/// Never holds a value, key material or a line of a file. Texts may hold names from a repository: they are escaped when they
/// are printed.
///
/// One pointer, which every result carries along, and made out of the way of what succeeds: half of the program is made of failures.
#[derive(Clone, Debug)]
#[must_use = "a failure that nobody prints is a lie"]
pub(crate) struct Failure(Box<Report>);

#[derive(Clone, Debug)]
struct Report {
    exit: Exit,
    error: Option<String>,
    details: Vec<String>,
    hints: Vec<String>,
}

impl Failure {
    /// A failure with exit code 2. Lower case, no full stop.
    pub(crate) fn new(error: impl Into<String>) -> Self {
        Failure::of(Some(error.into()))
    }

    #[cold]
    #[inline(never)]
    fn of(error: Option<String>) -> Self {
        Failure(Box::new(Report {
            exit: Exit::Failed,
            error,
            details: Vec::new(),
            hints: Vec::new(),
        }))
    }

    /// A failure with exit code 2: an error of the library or the system, followed by its causes.
    #[cold]
    pub(crate) fn because(error: &dyn Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Failure::new(text)
    }

    /// An end without a word: nobody is there to read it, or whoever ended the program knows.
    pub(crate) fn silent(exit: Exit) -> Self {
        Failure::of(None).exit(exit)
    }

    /// Ends with another code.
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.0.exit = exit;
        self
    }

    /// Says where it happened, before what is said already.
    pub(crate) fn within(mut self, place: impl AsRef<str>) -> Self {
        self.put_before(place.as_ref());
        self
    }

    #[cold]
    #[inline(never)]
    fn put_before(&mut self, place: &str) {
        if let Some(error) = &mut self.0.error {
            *error = format!("{place}: {error}");
        }
    }

    /// Adds one line to the error: one of several findings.
    pub(crate) fn detail(mut self, line: impl Into<String>) -> Self {
        push(&mut self.0.details, line.into());
        self
    }

    /// Adds what to type next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        push(&mut self.0.hints, hint.into());
        self
    }

    /// How the program is to end.
    pub(crate) fn code(&self) -> Exit {
        self.0.exit
    }

    /// What happened; `None` if nothing is to be said.
    pub(crate) fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// The lines that belong to the error.
    pub(crate) fn details(&self) -> &[String] {
        &self.0.details
    }

    /// What to type next.
    pub(crate) fn hints(&self) -> &[String] {
        &self.0.hints
    }
}

#[cold]
#[inline(never)]
fn push(lines: &mut Vec<String>, line: String) {
    lines.push(line);
}

/// Errors of the library whose exit code is always the same.
macro_rules! failed {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::because(&error)
            }
        }
    )+};
}

failed!(IdentityFileError, KeyError, MemberError);

/// How to make something writable that is read-only: the file, if it is that, else the directory.
pub(crate) fn writable(path: &Path) -> String {
    let quoted = |path: &Path| shell::word(&Shown(path).to_string()).into_owned();
    let is_fixed = |found: Metadata| found.permissions().readonly();
    if path.symlink_metadata().is_ok_and(is_fixed) {
        return format!(
            "somebody wanted it to stay; chmod u+w {} gives the right to write back",
            quoted(path)
        );
    }
    let directory = match path.parent() {
        _ if path.is_dir() => path,
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    format!("ls -ld {} shows who may write there", quoted(directory))
}

/// A link of a repository on the way to what is written in clear.
impl From<WayError> for Failure {
    fn from(error: WayError) -> Self {
        let failure = Failure::because(&error);
        match error {
            WayError::Link { link, .. } => {
                let link = Shown(&link).to_string();
                failure
                    .hint("whoever commits decides where a link of a repository leads: nothing in clear goes through one")
                    .hint(format!(
                        "name the place itself (readlink -f {} shows it), or take the link away",
                        shell::word(&link)
                    ))
            }
            WayError::Inspect { .. } => failure,
        }
    }
}

/// What an output cannot carry, each value as `shown` tells it.
fn refused(refusal: &Refusal, shown: impl Fn(&Offence) -> String) -> Failure {
    let error = match refusal.offences().len() {
        1 => format!("{} cannot carry one of the values", refusal.output()),
        count => format!("{} cannot carry {count} of the values", refusal.output()),
    };
    let offences = refusal.offences().iter();
    offences.fold(Failure::new(error), |failure, offence| {
        failure.detail(shown(offence))
    })
}

impl Failure {
    /// What an answer in JSON cannot carry. Its document has other paths than the environment: `name` tells the key.
    pub(crate) fn of_answer(refusal: &Refusal, name: impl Fn(&KeyPath) -> String) -> Self {
        refused(refusal, |offence| {
            format!("`{}` {}", name(offence.path()), offence.defect())
        })
    }
}

/// The option that leaves a key out whose name is another one's as well.
fn without(offence: &Offence) -> Option<String> {
    match offence.defect() {
        Defect::Twin { .. } | Defect::CaseTwin { .. } => {
            let key = offence.path().to_string();
            Some(format!("--except {}", shell::word(&key)))
        }
        _ => None,
    }
}

/// What an output cannot carry: each key in a line of its own, and what leaves those out that have the name of another one.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let failure = refused(&refusal, Offence::to_string);
        let twins: Option<Vec<String>> = refusal.offences().iter().map(without).collect();
        match twins {
            None => failure,
            Some(twins) => {
                let leaves = if twins.len() == 1 {
                    "leaves it"
                } else {
                    "leave them"
                };
                failure.hint(format!("{} {leaves} out", twins.join(" ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault::keys::{Member, Recipient};

    #[test]
    fn every_exit_code_is_the_documented_one() {
        let codes = [
            Exit::Done,
            Exit::No,
            Exit::Failed,
            Exit::Untrusted,
            Exit::Program(7),
            Exit::RunFailed,
            Exit::CannotStart,
            Exit::NotFound,
            Exit::Signal(15),
        ]
        .map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3, 7, 125, 126, 127, 143]);
    }

    #[test]
    fn causes_follow_the_error() {
        let error = "alice".parse::<Member>().unwrap_err();
        let failure = Failure::from(error).hint("vault whoami").within("line 3");
        assert_eq!(
            failure.error(),
            Some(
                "line 3: the key that reads is refused: not a public key; expected `age1…` or `ssh-ed25519 AAAA…`"
            )
        );
        assert_eq!(failure.hints(), ["vault whoami"]);
        assert_eq!(failure.code(), Exit::Failed);
    }

    #[test]
    fn a_silent_failure_stays_silent() {
        let failure = Failure::silent(Exit::Signal(13)).within("anywhere");
        assert_eq!(failure.error(), None);
        assert_eq!(failure.code().code(), 141);
        let refused = "age1".parse::<Recipient>().unwrap_err();
        assert!(Failure::from(refused).error().is_some());
    }
}
