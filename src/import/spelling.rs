//! Numbers and times whose spelling an import would not keep.

use thiserror::Error;

use crate::{sops::Reason, value::Kind, yaml::Place};

/// Values that would come back otherwise than they are written, each with its place: whoever wrote `0123` or `1.50` may have meant a text.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{} in a spelling that would not be kept", plural(.0.len()))]
pub struct Spelling(pub Vec<(Place, Kind)>);

fn plural(count: usize) -> String {
    match count {
        1 => "a value".to_owned(),
        count => format!("{count} values"),
    }
}

impl Spelling {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        "put them in quotes, or write 123, 1.5 or 2026-01-31T00:00:00Z"
    }

    /// A line for each of them, without the value.
    pub fn details(&self) -> Vec<String> {
        let line =
            |(place, kind): &(Place, Kind)| format!("{place}: {}", Reason::Noncanonical(*kind));
        self.0.iter().map(line).collect()
    }
}
