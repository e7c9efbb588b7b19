//! `.env` files: what each of their readers makes of one, and where they differ.
//!
//! The format has no rules, only readers. Each family has a model of its own here, made from its source and compared with the program itself in
//! the tests. A model reads the whole file, since readers that differ on where a quote ends differ on every line behind it. Nothing is ever
//! filled in: where a reader would put the value of a variable or the output of a command, the key has no value.

mod comments;
mod compose;
mod cursor;
mod node;
mod python;
mod quoting;
mod shell;
mod survey;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use thiserror::Error;

pub use quoting::agree_in_single_quotes;
pub use survey::{Disagreement, Disputed, Entry, Objection, Opinion, Rest, Survey};

use crate::secret::SecretString;

/// A family of readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// `docker compose`: `.env`, `--env-file`, `env_file:`.
    Compose,
    /// npm's dotenv and `node --env-file`, without the expansion that dotenv-expand, Next.js and Vite add.
    Node,
    /// python-dotenv, with its default of filling in `${NAME}`.
    Python,
    /// `set -a; . ./.env` in bash, dash, busybox, mksh and zsh.
    Shell,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 4] = [
        Dialect::Compose,
        Dialect::Node,
        Dialect::Python,
        Dialect::Shell,
    ];

    /// The word for it on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Compose => "compose",
            Dialect::Node => "node",
            Dialect::Python => "python",
            Dialect::Shell => "shell",
        }
    }

    fn read(self, text: &str) -> Read {
        match self {
            Dialect::Compose => compose::read(text),
            Dialect::Node => node::read(text),
            Dialect::Python => python::read(text),
            Dialect::Shell => shell::read(text),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no such dialect.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("unknown dialect; there are compose, node, python and shell")]
pub struct UnknownDialect;

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        let named = |dialect: &Dialect| dialect.name() == text;
        Dialect::ALL.into_iter().find(named).ok_or(UnknownDialect)
    }
}

/// What a reader makes of a key.
#[derive(Clone)]
enum Reading {
    /// This text.
    Value(SecretString),
    /// The value of a variable, or the output of a command, would stand in it.
    Expands,
    /// What it is depends on the version or on the program of the family.
    Unclear(&'static str),
    /// A key without `=`: taken from the reader's own environment, or not at all.
    Bare,
}

/// A key as one reader finds it.
struct Found {
    key: String,
    /// The line of the key, counted from 1.
    line: usize,
    /// The line on which the value ends.
    end_line: usize,
    /// A comment behind the value, without its `#`.
    beside: Option<String>,
    reading: Reading,
}

/// A line that a reader refuses, passes over or would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault {
    line: usize,
    why: &'static str,
}

/// A whole file as one reader reads it.
#[derive(Default)]
struct Read {
    /// In the order of the file; of several with one key the last counts, in every reader.
    found: Vec<Found>,
    faults: Vec<Fault>,
}
