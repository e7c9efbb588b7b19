//! `.sops.yaml`: what its creation rules want for a file, against what the file has.

use std::collections::BTreeSet;

use regex::Regex;
use serde_yaml::Value;
use thiserror::Error;

use crate::{
    keys::{Member, Recipient},
    yaml::{DEPTH_LIMIT, Place, is_deep},
};

/// The name of sops' config.
pub const SOPS_CONFIG: &str = ".sops.yaml";

/// Bytes in a `.sops.yaml` that is read.
const BYTES: usize = 1 << 20;

/// The creation rules of one `.sops.yaml`.
pub struct SopsConfig {
    rules: Vec<Rule>,
}

struct Rule {
    /// `None` for one that fits every path.
    path: Option<Regex>,
    shown: String,
    recipients: BTreeSet<Recipient>,
}

/// A `.sops.yaml` that is not read; sops would stop at it, too.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SopsConfigError {
    /// Not YAML.
    #[error("not valid YAML{}", At(*.0))]
    Yaml(Option<Place>),
    /// Above 1 MiB.
    #[error("larger than 1 MiB")]
    TooLarge,
    /// Above 64 levels.
    #[error("nested deeper than {DEPTH_LIMIT} levels")]
    TooDeep,
    /// A pattern that is none.
    #[error("the `path_regex` of rule {0} is not a regular expression")]
    Pattern(usize),
}

struct At(Option<Place>);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(place) => write!(f, " at {place}"),
            None => Ok(()),
        }
    }
}

/// How a file differs from the rule that sops would make it anew by.
#[derive(Debug, PartialEq, Eq)]
pub struct Deviation {
    /// In the rule, not in the file.
    pub lacks: Vec<Recipient>,
    /// In the file, not in the rule.
    pub has: Vec<Recipient>,
}

impl SopsConfig {
    /// Reads a `.sops.yaml`; aliases are followed, keys that nobody knows are ignored, as sops does.
    ///
    /// # Errors
    ///
    /// See [`SopsConfigError`]; no message holds a piece of the text.
    pub fn parse(text: &str) -> Result<Self, SopsConfigError> {
        if text.len() > BYTES {
            return Err(SopsConfigError::TooLarge);
        }
        if is_deep(text) {
            return Err(SopsConfigError::TooDeep);
        }
        let root: Value = serde_yaml::from_str(text).map_err(|error| {
            let place = error.location().map(|at| Place {
                line: at.line(),
                column: at.column(),
            });
            SopsConfigError::Yaml(place)
        })?;
        let rules = root.get("creation_rules").and_then(Value::as_sequence);
        let rules = rules.into_iter().flatten().enumerate();
        let rules = rules.map(|(at, rule)| Rule::read(at + 1, rule));
        Ok(SopsConfig {
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// Which rule sops would take for a path, relative to the folder of this config; counted from 0.
    pub fn rule_for(&self, path: &str) -> Option<usize> {
        let fits = |rule: &Rule| rule.path.as_ref().is_none_or(|regex| regex.is_match(path));
        self.rules.iter().position(fits)
    }

    /// Whether any rule names a key of somebody.
    pub fn names(&self, member: &Member) -> bool {
        let mut named = self.rules.iter().flat_map(|rule| &rule.recipients);
        named.any(|key| member.has(key))
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What a rule calls itself: its pattern.
    pub fn shown(&self, rule: usize) -> &str {
        self.rules.get(rule).map_or("", |rule| &rule.shown)
    }

    /// Whether a rule names these recipients, and no others.
    pub fn is_for(&self, rule: usize, file: &[Recipient]) -> bool {
        let wanted = self.rules.get(rule).map(|rule| &rule.recipients);
        wanted.is_some_and(|wanted| *wanted == file.iter().cloned().collect())
    }

    /// How the recipients of a file differ from those of a rule; `None` where they do not, or where the rule names no age recipient.
    pub fn deviation(&self, rule: usize, file: &[Recipient]) -> Option<Deviation> {
        let wanted = &self.rules.get(rule)?.recipients;
        if wanted.is_empty() {
            return None;
        }
        let file: BTreeSet<Recipient> = file.iter().cloned().collect();
        let deviation = Deviation {
            lacks: wanted.difference(&file).cloned().collect(),
            has: file.difference(wanted).cloned().collect(),
        };
        (!deviation.lacks.is_empty() || !deviation.has.is_empty()).then_some(deviation)
    }
}

impl Rule {
    fn read(number: usize, rule: &Value) -> Result<Self, SopsConfigError> {
        let pattern = rule
            .get("path_regex")
            .and_then(Value::as_str)
            .filter(|pattern| !pattern.is_empty());
        let path = pattern
            .map(Regex::new)
            .transpose()
            .map_err(|_| SopsConfigError::Pattern(number))?;
        let mut recipients = BTreeSet::new();
        // Flat keys are used where there are no groups.
        match rule.get("key_groups").and_then(Value::as_sequence) {
            Some(groups) if !groups.is_empty() => {
                groups
                    .iter()
                    .for_each(|group| of_group(group, &mut recipients));
            }
            _ => of_keys(rule, &mut recipients),
        }
        Ok(Rule {
            path,
            shown: match pattern {
                Some(pattern) => format!("path_regex {pattern}"),
                None => "every path".to_owned(),
            },
            recipients,
        })
    }
}

fn of_group(group: &Value, found: &mut BTreeSet<Recipient>) {
    of_keys(group, found);
    let merged = group.get("merge").and_then(Value::as_sequence);
    merged
        .into_iter()
        .flatten()
        .for_each(|group| of_group(group, found));
}

/// `age` as a list, or as one text with commas.
fn of_keys(keys: &Value, found: &mut BTreeSet<Recipient>) {
    let texts: Vec<&str> = match keys.get("age") {
        Some(Value::Sequence(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => text.split(',').collect(),
        _ => Vec::new(),
    };
    found.extend(texts.into_iter().filter_map(Recipient::of_entry));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::{ALICE_AGE, BOB_AGE, DAVE_LINE};

    fn config(text: &str) -> SopsConfig {
        let text = text
            .replace("ALICE", ALICE_AGE)
            .replace("BOB", BOB_AGE)
            .replace("DAVE", DAVE_LINE);
        SopsConfig::parse(&text).unwrap()
    }

    fn recipients(config: &SopsConfig, rule: usize) -> Vec<String> {
        let found = config.rules[rule].recipients.iter();
        found.map(ToString::to_string).collect()
    }

    #[test]
    fn the_first_rule_that_fits_counts() {
        let config = config(
            "creation_rules:\n  - path_regex: \\.prod\\.yaml$\n    age: ALICE\n  - path_regex: ^deploy/\n    age: [BOB]\n  - age: 'ALICE,BOB'\n",
        );
        assert_eq!(config.rule_for("x/a.prod.yaml"), Some(0));
        assert_eq!(config.rule_for("deploy/a.yaml"), Some(1));
        assert_eq!(config.rule_for("other.yaml"), Some(2));
        assert_eq!(config.shown(1), "path_regex ^deploy/");
        assert_eq!(config.shown(2), "every path");
    }

    #[test]
    fn recipients_are_found_in_every_form() {
        let config = config(
            "keys:\n  - &a ALICE\ncreation_rules:\n  - age: >-\n      ALICE,\n      BOB\n  - age: BOB\n    key_groups:\n      - age: [*a]\n        pgp: [X]\n      - merge:\n          - age:\n              - DAVE dave@home\n  - pgp: X\n",
        );
        assert_eq!(
            recipients(&config, 0),
            [ALICE_AGE, BOB_AGE]
                .map(str::to_owned)
                .into_iter()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        );
        let groups = recipients(&config, 1);
        assert!(groups.contains(&ALICE_AGE.to_owned()) && groups.contains(&DAVE_LINE.to_owned()));
        assert_eq!(groups.len(), 2);
        assert!(recipients(&config, 2).is_empty());
    }

    #[test]
    fn whoever_is_named_is_known_by_either_half_of_their_line() {
        let config = config("creation_rules:\n  - age: ALICE\n  - key_groups: [{age: [DAVE]}]\n");
        let names = |line: &str| config.names(&line.parse().unwrap());
        assert!(names(ALICE_AGE) && names(DAVE_LINE));
        assert!(names(&format!("{BOB_AGE} {DAVE_LINE}")));
        assert!(!names(BOB_AGE));
    }

    #[test]
    fn a_file_that_differs_from_its_rule_is_told() {
        let config = config("creation_rules:\n  - age: [ALICE, BOB]\n  - pgp: X\n");
        let key = |text: &str| text.parse::<Recipient>().unwrap();
        let deviation = config
            .deviation(0, &[key(DAVE_LINE), key(ALICE_AGE)])
            .unwrap();
        assert_eq!(deviation.lacks, [key(BOB_AGE)]);
        assert_eq!(deviation.has, [key(DAVE_LINE)]);
        assert_eq!(config.deviation(0, &[key(ALICE_AGE), key(BOB_AGE)]), None);
        assert_eq!(config.deviation(1, &[key(ALICE_AGE)]), None);
    }

    #[test]
    fn what_is_no_config_is_told_without_its_text() {
        for (text, error) in [
            ("a: [", "not valid YAML"),
            (
                &format!("creation_rules:\n  - age: {}", "[".repeat(100_000)),
                "nested deeper than 64 levels",
            ),
            (
                "creation_rules:\n  - path_regex: '('\n",
                "the `path_regex` of rule 1 is not a regular expression",
            ),
        ] {
            let found = SopsConfig::parse(text).err().unwrap().to_string();
            assert!(found.starts_with(error), "{found}");
        }
        assert!(config("").is_empty());
        assert!(config("stores: {}\n").is_empty());
        let bomb = format!("a: &a [x,x,x,x,x,x,x,x,x]\n{}", (b'b'..=b'k').map(|c| {
            let (own, below) = (c as char, (c - 1) as char);
            format!("{own}: &{own} [*{below},*{below},*{below},*{below},*{below},*{below},*{below},*{below},*{below}]\n")
        }).collect::<String>());
        assert!(SopsConfig::parse(&bomb).is_err());
    }
}
