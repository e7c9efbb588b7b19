//! Policies that were named to a machine without memory: `VAULT_TRUST`.

use std::{fmt, str::FromStr};

use thiserror::Error;

use super::{Break, Verdict};
use crate::{
    members::{Digest, Log},
    value::EnvName,
};

/// Characters of a digest: 32 bytes in base64. It may hold a `/`, so it is found by its length.
const DIGEST_CHARACTERS: usize = 44;

/// A policy of an environment of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The repository's id.
    pub repository: String,
    /// The environment.
    pub environment: EnvName,
    /// The entry after which the policy is in force.
    pub digest: Digest,
}

/// Why a list of policies is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PinError {
    /// It says nothing.
    #[error("it is empty")]
    Empty,
    /// A word is no pin.
    #[error("word {0} is not REPOSITORY/ENVIRONMENT/DIGEST")]
    Word(usize),
}

/// The policies that were named; a file's must be one of them or follow from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins(Vec<Pin>);

impl FromStr for Pins {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        let words = text.split_ascii_whitespace().enumerate();
        let pins: Vec<Pin> = words
            .map(|(at, word)| pin(word).ok_or(PinError::Word(at + 1)))
            .collect::<Result<_, _>>()?;
        match pins.is_empty() {
            true => Err(PinError::Empty),
            false => Ok(Pins(pins)),
        }
    }
}

fn pin(word: &str) -> Option<Pin> {
    let (front, digest) = word.split_at_checked(word.len().checked_sub(DIGEST_CHARACTERS)?)?;
    let (repository, environment) = front.strip_suffix('/')?.split_once('/')?;
    Some(Pin {
        repository: repository.to_owned(),
        environment: environment.parse().ok()?,
        digest: Digest::from_base64(digest)?,
    })
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}",
            self.repository, self.environment, self.digest
        )
    }
}

impl Pins {
    /// What they say of a file of a repository; `log` is its log, where it is signed.
    ///
    /// One that the pins do not name is a break, unless it got another name and its log holds what they name.
    pub fn judge(&self, repository: &str, environment: &EnvName, log: Option<&Log>) -> Verdict {
        let Some(log) = log else {
            return Verdict::Break(Break::Unsigned);
        };
        match self.lead_to(repository, environment, &[log]) {
            true => Verdict::Same,
            false => Verdict::Break(Break::Fork),
        }
    }

    /// Whether an entry of a log came before what they name, so that whoever named it knew of it.
    pub fn know_of(&self, repository: &str, log: &Log, entry: &Digest) -> bool {
        let mut own = self.of(repository);
        own.any(|pin| log.follows(&pin.digest, entry))
    }

    fn of<'p>(&'p self, repository: &'p str) -> impl Iterator<Item = &'p Pin> {
        self.0
            .iter()
            .filter(move |pin| pin.repository == repository)
    }

    /// Whether what comes of several logs follows from what they name: one of these has it.
    pub fn lead_to(&self, repository: &str, environment: &EnvName, logs: &[&Log]) -> bool {
        let own = || self.of(repository);
        let mut named = own()
            .filter(|pin| pin.environment == *environment)
            .peekable();
        let holds = |pin: &Pin| logs.iter().any(|log| log.holds(&pin.digest));
        match named.peek() {
            Some(_) => named.all(holds),
            None => own().any(holds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "q1f0AAAAAAAAAAAA/AAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn a_pin_is_read_as_it_is_printed() {
        for environment in ["prod", "payments/prod"] {
            let word = format!("0123/{environment}/{DIGEST}");
            let pins: Pins = format!(" {word}\n{word} ").parse().unwrap();
            assert_eq!(pins.0.len(), 2);
            assert_eq!(pins.0[0].to_string(), word);
            assert_eq!(pins.0[0].environment.as_str(), environment);
        }
    }

    #[test]
    fn what_is_no_pin_is_named_by_its_place() {
        assert_eq!("".parse::<Pins>(), Err(PinError::Empty));
        assert_eq!(" \n".parse::<Pins>(), Err(PinError::Empty));
        let good = format!("0123/prod/{DIGEST}");
        for bad in [
            "prod",
            "0123/prod/",
            &format!("prod/{DIGEST}"),
            &format!("0123/.git/{DIGEST}"),
            &DIGEST[1..],
            "\u{e4}",
        ] {
            assert_eq!(
                format!("{good} {bad}").parse::<Pins>(),
                Err(PinError::Word(2)),
                "{bad}"
            );
        }
    }
}
