//! Somebody who has left: the name for reports on what they have seen, and where they can still read.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{keys::Member, value::EnvName};

/// Somebody who was a recipient. Who was a member when stands in the logs; this is only their name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// The line that they had.
    pub key: Member,
    /// When they were removed.
    pub removed: Day,
    /// The environments from whose files they are still to be taken out, in the order of the list.
    pub pending: Vec<EnvName>,
}

/// A day, as `2026-11-21`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

/// A text that is no day.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a day is written like 2026-11-21")]
pub struct DayError;

impl Day {
    /// The day of a time as RFC 3339 writes it.
    ///
    /// # Errors
    ///
    /// It does not begin with a day.
    pub fn of(time: &str) -> Result<Self, DayError> {
        time.split('T').next().unwrap_or_default().parse()
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let parts: Vec<&str> = text.split('-').collect();
        let is_number = |part: &str, digits: usize, most: u32| {
            part.len() == digits
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part
                    .parse()
                    .is_ok_and(|number: u32| (1..=most).contains(&number))
        };
        match parts[..] {
            [year, month, day]
                if is_number(year, 4, 9999) && is_number(month, 2, 12) && is_number(day, 2, 31) =>
            {
                Ok(Day(text.to_owned()))
            }
            _ => Err(DayError),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
