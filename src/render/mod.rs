//! Secrets as the text that other programs read: `.env` lines, one file per secret, JSON, YAML, or the environment of a process.
//!
//! Everything here turns a tree into text or names and touches nothing else. What an output cannot carry exactly
//! is refused, all of it at once, before anything is written; nothing is ever mangled to fit.

mod buffer;
mod dotenv;
mod environment;
mod files;
mod flatten;
mod json;
pub mod layers;
mod misreading;
mod names;
mod portable;
mod quote;
mod refusal;
mod selected;
mod sources;
#[cfg(test)]
mod tree;
mod twins;
mod yaml;

pub use dotenv::{Dotenv, dotenv, dotenv_for};
pub use environment::{environment, reserved, withheld};
pub use files::{SecretFile, files};
pub use flatten::{Flat, flat_name, flatten as flat};
pub use json::json;
pub use misreading::{Misreading, Reader};
pub use names::{Case, Names};
pub use refusal::{Defect, Offence, Refusal};
pub use selected::selected;
pub use sources::{Source, sources};
pub use twins::{Twin, twins};
pub use yaml::yaml;

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::value::{KeyPath, Scalar};

/// What joins the parts of a nested key unless somebody asks for something else.
pub const SEPARATOR: &str = "_";

/// Where secrets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Output {
    /// Lines of a `.env` file, in the form that every common reader understands.
    Dotenv,
    /// One file per secret, as Docker Compose, Swarm and BuildKit mount them.
    DockerSecrets,
    /// JSON with the structure kept.
    Json,
    /// YAML with the structure kept.
    Yaml,
    /// The environment of one process; not a format, so it has no spelling to parse.
    Environment,
}

impl Output {
    /// Those that can be asked for by name.
    pub const FORMATS: [Output; 4] = [
        Output::Dotenv,
        Output::DockerSecrets,
        Output::Json,
        Output::Yaml,
    ];

    /// The word for it on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Output::Dotenv => "dotenv",
            Output::DockerSecrets => "docker-secrets",
            Output::Json => "json",
            Output::Yaml => "yaml",
            Output::Environment => "the environment of a process",
        }
    }

    /// Why it cannot carry a value (or an empty map or list) that stands at `path` and is called `name`
    /// when flattened; `None` if it can.
    fn defect(self, name: &str, path: &KeyPath, value: Option<&Scalar>) -> Option<Defect> {
        match self {
            Output::Json => json::defect(path, value),
            Output::Yaml => yaml::defect(path, value),
            Output::Dotenv | Output::DockerSecrets | Output::Environment => {
                self.flat_defect(name, value)
            }
        }
    }

    /// Whether a flat output can carry a value under this name.
    pub fn carries(self, name: &str, value: &Scalar) -> bool {
        self.flat_defect(name, Some(value)).is_none()
    }

    /// The same for outputs that are flat, whatever the path; those that keep the structure have no such defect.
    fn flat_defect(self, name: &str, value: Option<&Scalar>) -> Option<Defect> {
        match self {
            Output::Dotenv => dotenv::defect(name, value),
            Output::DockerSecrets => files::defect(name, value),
            Output::Environment => environment::defect(name, value),
            Output::Json | Output::Yaml => None,
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No output has that name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("unknown output format; there are dotenv, docker-secrets, json and yaml")]
pub struct UnknownFormat;

impl FromStr for Output {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let named = |output: &Output| output.name() == text;
        Output::FORMATS.into_iter().find(named).ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name_and_nothing_else_is() {
        for output in Output::FORMATS {
            assert_eq!(output.name().parse(), Ok(output));
        }
        for text in ["", "env", "JSON", Output::Environment.name()] {
            assert_eq!(text.parse::<Output>(), Err(UnknownFormat));
        }
    }
}
