//! A file as all of its readers see it, and what can be taken from it.

use std::collections::HashMap;

use super::{Dialect, Fault, Found, Read, Reading, comments::comments};
use crate::{
    secret::{ExposeSecret, SecretString},
    value::{KeyPath, Selection},
};

/// A `.env` file, read in every dialect.
pub struct Survey<'t> {
    text: &'t str,
    reads: [Read; Dialect::ALL.len()],
}

/// A key with its value, as it is to be taken over.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// What it holds; always text.
    pub value: SecretString,
    /// The line of the key, counted from 1.
    pub line: usize,
    /// Earlier lines with the same key, which no reader counts.
    pub overridden: Vec<usize>,
    /// The comments above and beside it, without their `#`; before them those of the lines that it overrides.
    pub comments: Vec<String>,
}

/// Why a reader cannot say what a line holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Objection {
    /// The line, counted from 1.
    pub line: usize,
    /// The key, if the line has one.
    pub key: Option<String>,
    /// The reason; it holds no piece of the line.
    pub why: &'static str,
}

/// What one family makes of a key that they do not agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// A value; equal numbers are equal values, and nothing else.
    Value(usize),
    /// It would fill in a variable or the output of a command.
    Expands,
    /// It has no value for it, or none that is certain.
    None,
}

/// A key on which the readers do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    /// The key.
    pub key: String,
    /// Its line, in the first dialect that knows it.
    pub line: usize,
    /// What each dialect that has a say makes of it.
    pub opinions: Vec<(Dialect, Opinion)>,
}

/// That somebody has to say who reads the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The keys.
    pub keys: Vec<Disputed>,
    /// Lines that some of the readers cannot read.
    pub lines: Vec<(Dialect, Objection)>,
    /// The dialects that can say what every selected key holds.
    pub readable: Vec<Dialect>,
}

/// What can be taken from a file of which no dialect can tell everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// The keys to leave out, as few as possible, each with its line.
    pub without: Vec<(usize, String)>,
    /// The dialects that can tell all the rest; none of them has to be named where they agree.
    pub readable: Vec<Dialect>,
    /// Whether all dialects read the rest alike.
    pub is_agreed: bool,
}

impl<'t> Survey<'t> {
    /// Reads the text in every dialect.
    pub fn of(text: &'t str) -> Self {
        Survey {
            text,
            reads: Dialect::ALL.map(|dialect| dialect.read(text)),
        }
    }

    fn read(&self, dialect: Dialect) -> &Read {
        let at = Dialect::ALL.iter().position(|known| *known == dialect);
        &self.reads[at.expect("there is one for each")]
    }

    /// Whether shells have a say: a file with a line that no shell reads is not written for them.
    fn considered(&self) -> impl Iterator<Item = Dialect> {
        Dialect::ALL.into_iter().filter(|dialect| {
            *dialect != Dialect::Shell || self.read(Dialect::Shell).faults.is_empty()
        })
    }

    /// The keys that some reader finds, each once.
    pub fn keys(&self) -> Vec<KeyPath> {
        self.all_keys()
            .into_iter()
            .map(|(key, _)| KeyPath::key(key))
            .collect()
    }

    /// Each key once, with its line in the first reader that knows it, in the order of the lines.
    fn all_keys(&self) -> Vec<(&str, usize)> {
        let mut lines: HashMap<&str, usize> = HashMap::new();
        for dialect in self.considered() {
            let read = self.read(dialect);
            for (key, found) in last_of_each(read) {
                lines.entry(key).or_insert(found.line);
            }
        }
        let mut keys: Vec<_> = lines.into_iter().collect();
        keys.sort_by_key(|(key, line)| (*line, *key));
        keys
    }

    /// What one family of readers takes from the file.
    ///
    /// # Errors
    ///
    /// Every line that it does not read, and every selected key whose value it would not find in the file.
    pub fn in_dialect(
        &self,
        dialect: Dialect,
        selection: &Selection,
    ) -> Result<Vec<Entry>, Vec<Objection>> {
        let objections = self.objections(dialect, selection);
        match objections.is_empty() {
            true => Ok(self.entries(dialect, selection)),
            false => Err(objections),
        }
    }

    /// What all families of readers take from the file alike.
    ///
    /// Compose, Node and Python always have a say, a shell only where it can read the whole file.
    ///
    /// # Errors
    ///
    /// The selected keys on which they differ, and the lines that one of them cannot read.
    pub fn agreed(&self, selection: &Selection) -> Result<Vec<Entry>, Disagreement> {
        let considered: Vec<Dialect> = self.considered().collect();
        let maps: Vec<_> = considered
            .iter()
            .map(|dialect| last_of_each(self.read(*dialect)))
            .collect();
        let keys = self.all_keys().into_iter();
        let keys: Vec<Disputed> = keys
            .filter(|(key, _)| selection.admits(&KeyPath::key(key)))
            .filter_map(|(key, line)| {
                let readings = maps
                    .iter()
                    .map(|map| map.get(key).map(|found| &found.reading));
                let opinions = opinions(considered.iter().copied().zip(readings));
                let is_agreed = |(_, opinion): &(Dialect, Opinion)| *opinion == Opinion::Value(0);
                (!opinions.iter().all(is_agreed)).then(|| Disputed {
                    key: key.to_owned(),
                    line,
                    opinions,
                })
            })
            .collect();
        let lines: Vec<(Dialect, Objection)> = considered
            .iter()
            .flat_map(|dialect| {
                let faults = self.read(*dialect).faults.iter();
                faults.map(|fault| (*dialect, Objection::of_line(fault)))
            })
            .collect();
        if keys.is_empty() && lines.is_empty() {
            return Ok(self.entries(Dialect::Compose, selection));
        }
        let is_readable = |dialect: &Dialect| self.objections(*dialect, selection).is_empty();
        Err(Disagreement {
            keys,
            lines,
            readable: Dialect::ALL.into_iter().filter(is_readable).collect(),
        })
    }

    /// What is left where no dialect can tell what every selected key holds; `None` where nothing is, or where each fails at some line.
    pub fn rest(&self, selection: &Selection) -> Option<Rest> {
        let keys = |dialect: &Dialect| -> Option<Vec<(usize, String)>> {
            let objections = self.objections(*dialect, selection).into_iter();
            objections
                .map(|objection| Some((objection.line, objection.key?)))
                .collect()
        };
        let left_out = Dialect::ALL
            .into_iter()
            .filter_map(|dialect| Some((dialect, keys(&dialect)?)));
        let left_out: Vec<_> = left_out.collect();
        let (_, fewest) = left_out.iter().min_by_key(|(_, keys)| keys.len())?;
        let is_readable =
            |(dialect, keys): &(Dialect, Vec<_>)| (keys == fewest).then_some(*dialect);
        let rest = selection.without(fewest.iter().map(|(_, key)| key));
        if !self.keys().iter().any(|key| rest.admits(key)) {
            return None;
        }
        Some(Rest {
            without: fewest.clone(),
            readable: left_out.iter().filter_map(is_readable).collect(),
            is_agreed: self.agreed(&rest).is_ok(),
        })
    }

    fn objections(&self, dialect: Dialect, selection: &Selection) -> Vec<Objection> {
        let read = self.read(dialect);
        let mut objections: Vec<Objection> = read.faults.iter().map(Objection::of_line).collect();
        for (key, found) in last_of_each(read) {
            if selection.admits(&KeyPath::key(key))
                && let Some(why) = found.reading.objection()
            {
                objections.push(Objection {
                    line: found.line,
                    key: Some(key.to_owned()),
                    why,
                });
            }
        }
        objections.sort();
        objections
    }

    fn entries(&self, dialect: Dialect, selection: &Selection) -> Vec<Entry> {
        let read = self.read(dialect);
        let last = last_of_each(read);
        let comments = comments(self.text, &read.found).of;
        let mut overridden: HashMap<&str, (Vec<usize>, Vec<String>)> = HashMap::new();
        let mut entries = Vec::new();
        for (found, comments) in read.found.iter().zip(comments) {
            if !std::ptr::eq(last[found.key.as_str()], found) {
                let (lines, above) = overridden.entry(&found.key).or_default();
                lines.push(found.line);
                above.extend(comments);
            } else if selection.admits(&KeyPath::key(&found.key))
                && let Reading::Value(value) = &found.reading
            {
                let (overridden, mut above) =
                    overridden.remove(found.key.as_str()).unwrap_or_default();
                above.extend(comments);
                entries.push(Entry {
                    key: found.key.clone(),
                    value: value.clone(),
                    line: found.line,
                    overridden,
                    comments: above,
                });
            }
        }
        entries
    }

    /// The lines of comments that no key follows; they belong to none.
    pub fn comments_left(&self, dialect: Option<Dialect>) -> Vec<usize> {
        let read = self.read(dialect.unwrap_or(Dialect::Compose));
        comments(self.text, &read.found).left
    }

    /// Whether this reader takes anything for a comment, on a line of its own or beside a value.
    pub fn has_comments(&self, dialect: Dialect) -> bool {
        let found = comments(self.text, &self.read(dialect).found);
        !found.left.is_empty() || found.of.iter().any(|comments| !comments.is_empty())
    }
}

impl Reading {
    fn objection(&self) -> Option<&'static str> {
        match self {
            Reading::Value(_) => None,
            Reading::Expands => Some("a variable or command would be put in"),
            Reading::Unclear(why) => Some(why),
            Reading::Bare => Some("it has no `=`, and so no value of its own"),
        }
    }
}

impl Objection {
    fn of_line(fault: &Fault) -> Self {
        Objection {
            line: fault.line,
            key: None,
            why: fault.why,
        }
    }
}

fn last_of_each(read: &Read) -> HashMap<&str, &Found> {
    let found = read.found.iter();
    found.map(|found| (found.key.as_str(), found)).collect()
}

/// Numbers the values in the order in which they come up.
fn opinions<'r>(
    readings: impl Iterator<Item = (Dialect, Option<&'r Reading>)>,
) -> Vec<(Dialect, Opinion)> {
    let mut values: Vec<&SecretString> = Vec::new();
    let mut opinion = |reading: Option<&'r Reading>| match reading {
        Some(Reading::Value(value)) => {
            let is_same = |known: &&SecretString| known.expose_secret() == value.expose_secret();
            let number = values.iter().position(is_same);
            Opinion::Value(number.unwrap_or_else(|| {
                values.push(value);
                values.len() - 1
            }))
        }
        Some(Reading::Expands) => Opinion::Expands,
        Some(Reading::Unclear(_) | Reading::Bare) | None => Opinion::None,
    };
    readings
        .map(|(dialect, reading)| (dialect, opinion(reading)))
        .collect()
}
