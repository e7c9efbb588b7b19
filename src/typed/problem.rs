//! What is wrong with a typed text, to be shown beside it.

use std::fmt;

use crate::{
    sops::SopsError,
    yaml::{Place, YamlError},
};

/// One problem of a typed text: never a piece of it but key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    place: Option<Place>,
    what: String,
    hint: Option<String>,
}

impl Problem {
    /// A problem of the whole text.
    pub fn new(what: impl Into<String>) -> Self {
        Problem {
            place: None,
            what: what.into(),
            hint: None,
        }
    }

    /// With its place in the typed text.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// With what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Where in the typed text, unless all of it is meant.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The problem as it is told in a buffer whose typed text begins below so many lines.
    pub(super) fn in_a_buffer(&self, above: usize) -> String {
        match self.place {
            Some(Place { line, column }) => {
                format!("line {}, column {column}: {}", line + above, self.what)
            }
            None => self.what.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{place}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl From<&YamlError> for Problem {
    fn from(error: &YamlError) -> Self {
        Problem::new(error.problem.to_string())
            .at(error.place)
            .with_hint(error.hint())
    }
}

impl From<&SopsError> for Problem {
    fn from(error: &SopsError) -> Self {
        Problem {
            place: error.place,
            what: error.without_place(),
            hint: error.reason.hint().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Document;

    #[test]
    fn a_problem_says_where_what_and_what_to_do() {
        let error = Document::parse("a: 1\na: 2\n").err().unwrap();
        let problem = Problem::from(&error);
        assert_eq!(problem.to_string(), "2:1: the key a for the second time");
        assert_eq!(problem.hint(), Some("remove one of the two"));
        assert_eq!(
            problem.in_a_buffer(5),
            "line 7, column 1: the key a for the second time"
        );
    }
}
