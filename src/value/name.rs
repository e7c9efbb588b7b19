//! Names of people and machines, and of environments: what may become a comment, a file name and terminal output.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// Characters in a name, or in one component of an environment's name, at most.
const NAME_CHARS: usize = 64;

/// The name of a recipient or a group: a letter or digit, then letters, digits, `.`, `_`, `@` and `-`, up to 64 in all, ASCII only.
///
/// Ordered by bytes. Two names that differ only in case are one person for `folded`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// The name of an environment: one or more components like a `Name`, joined by `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvName(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// Nothing, or nothing beside a `/`.
    #[error("a name must not be empty")]
    Empty,
    /// More than 64 characters.
    #[error("a name has at most {NAME_CHARS} characters")]
    Long,
    /// Something else than a letter or digit at the start.
    #[error("a name begins with a letter or a digit of ASCII")]
    Start,
    /// A character that is not allowed.
    #[error("a name holds letters and digits of ASCII, `.`, `_`, `@` and `-` only")]
    Character,
}

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the same but for case, or the same: two names must differ in more.
    pub fn is_but_for_case(&self, other: &Name) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// The name in lower case: what must differ between two names.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl EnvName {
    /// The name, with its slashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case: what must differ between two environments.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The parts between the slashes; at least one.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

fn check(component: &str) -> Result<(), NameError> {
    let first = component.bytes().next().ok_or(NameError::Empty)?;
    if !first.is_ascii_alphanumeric() {
        return Err(NameError::Start);
    }
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'@' | b'-');
    if !component.bytes().all(is_allowed) {
        return Err(NameError::Character);
    }
    // All ASCII here, so bytes are characters.
    if component.len() > NAME_CHARS {
        return Err(NameError::Long);
    }
    Ok(())
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        check(text)?;
        Ok(Name(text.to_owned()))
    }
}

impl FromStr for EnvName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        text.split('/').try_for_each(check)?;
        Ok(EnvName(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for EnvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_components() {
        let long = "a".repeat(64);
        for name in ["alice", "0", "a.b_c@d-e", "Alice@example.org", &long] {
            assert_eq!(name.parse::<Name>().unwrap().as_str(), name);
            assert_eq!(name.parse::<EnvName>().unwrap().to_string(), name);
        }
        let folded = |name: &str| name.parse::<Name>().unwrap().folded();
        assert_eq!(folded("Alice"), folded("aLICE"));
    }

    #[test]
    fn what_could_be_read_as_something_else_is_no_name() {
        let too_long = "a".repeat(65);
        for (name, error) in [
            ("", NameError::Empty),
            (".", NameError::Start),
            ("..", NameError::Start),
            ("-i", NameError::Start),
            ("_a", NameError::Start),
            ("é", NameError::Start),
            ("a b", NameError::Character),
            ("a\n", NameError::Character),
            ("a\u{1b}[2J", NameError::Character),
            ("a/b", NameError::Character),
            ("aé", NameError::Character),
            (&too_long, NameError::Long),
        ] {
            assert_eq!(name.parse::<Name>().unwrap_err(), error, "{name:?}");
        }
    }

    #[test]
    fn environments_are_names_joined_by_slashes() {
        let env: EnvName = "payments/prod".parse().unwrap();
        assert_eq!(env.components().collect::<Vec<_>>(), ["payments", "prod"]);
        for name in ["", "/", "a/", "/a", "a//b", "a/../b", "a/.git", "a\\b"] {
            assert!(name.parse::<EnvName>().is_err(), "{name:?}");
        }
    }
}
