//! Which values of a file are encrypted: at most one of SOPS' rules.

use regex::Regex;
use thiserror::Error;

/// The names of the rules in the metadata, and of the switch for the MAC, in byte order.
pub const RULE_KEYS: [&str; 7] = [
    "encrypted_comment_regex",
    "encrypted_regex",
    "encrypted_suffix",
    "mac_only_encrypted",
    "unencrypted_comment_regex",
    "unencrypted_regex",
    "unencrypted_suffix",
];

/// The rule of files that vault makes: it matches the empty key only, so everything is encrypted.
pub const EVERYTHING: &str = "^$";

/// What sops assumes where a file names no rule, and writes at its next save.
pub const DEFAULT_SUFFIX: &str = "_unencrypted";

/// Why a rule is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RuleError {
    /// sops would take it for one that never matches, and leave everything in clear.
    #[error("`{0}` is not a valid regular expression")]
    Invalid(&'static str),
    /// They depend on comments that a merge or formatter moves.
    #[error("rules by comment (`{0}`) are not supported")]
    Comment(&'static str),
    /// sops refuses it as well.
    #[error("more than one rule: `{0}` and `{1}`")]
    Several(&'static str, &'static str),
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule(Test);

#[derive(Clone, Debug)]
enum Test {
    /// `unencrypted_regex: ^$`, without the cost of a regular expression per key.
    NotEmptyKeys,
    ClearSuffix(String),
    SealedSuffix(String),
    ClearRegex(Regex),
    SealedRegex(Regex),
}

impl Rule {
    /// Encrypts everything.
    pub fn everything() -> Self {
        Rule(Test::NotEmptyKeys)
    }

    /// Makes the rule of a file from the rule keys that it has; without any it is sops' default.
    ///
    /// # Errors
    ///
    /// See [`RuleError`]. A regular expression is read by the `regex` crate, whose syntax is that of RE2.
    pub fn from_keys<'a>(
        keys: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, RuleError> {
        let mut found: Option<(&'static str, Rule)> = None;
        for (key, text) in keys {
            let Some(key) = RULE_KEYS
                .into_iter()
                .find(|name| *name == key && *name != "mac_only_encrypted")
            else {
                continue;
            };
            if text.is_empty() {
                continue;
            }
            if let Some((first, _)) = &found {
                return Err(RuleError::Several(first, key));
            }
            found = Some((key, Rule(test(key, text)?)));
        }
        Ok(found.map_or_else(
            || Rule(Test::ClearSuffix(DEFAULT_SUFFIX.to_owned())),
            |(_, rule)| rule,
        ))
    }

    /// Whether what stands at the root is encrypted.
    pub fn at_root(&self) -> bool {
        !matches!(self.0, Test::SealedSuffix(_) | Test::SealedRegex(_))
    }

    /// Whether what stands under `key` is encrypted, where `around` says it of the map that holds the key.
    pub fn under(&self, around: bool, key: &str) -> bool {
        match &self.0 {
            Test::NotEmptyKeys => around && !key.is_empty(),
            Test::ClearSuffix(suffix) => around && !key.ends_with(suffix.as_str()),
            Test::SealedSuffix(suffix) => around || key.ends_with(suffix.as_str()),
            Test::ClearRegex(regex) => around && !regex.is_match(key),
            Test::SealedRegex(regex) => around || regex.is_match(key),
        }
    }

    /// Whether a path is encrypted.
    pub fn encrypts<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> bool {
        keys.into_iter()
            .fold(self.at_root(), |around, key| self.under(around, key))
    }
}

fn test(key: &'static str, text: &str) -> Result<Test, RuleError> {
    let regex = || Regex::new(text).map_err(|_| RuleError::Invalid(key));
    match key {
        "unencrypted_suffix" => Ok(Test::ClearSuffix(text.to_owned())),
        "encrypted_suffix" => Ok(Test::SealedSuffix(text.to_owned())),
        "unencrypted_regex" if text == EVERYTHING => Ok(Test::NotEmptyKeys),
        "unencrypted_regex" => regex().map(Test::ClearRegex),
        "encrypted_regex" => regex().map(Test::SealedRegex),
        _ => Err(RuleError::Comment(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(key: &str, text: &str) -> Rule {
        Rule::from_keys([(key, text)]).unwrap()
    }

    #[test]
    fn rules_match_each_key_of_a_path_as_sops_does() {
        let cases = [
            ("unencrypted_suffix", "_unencrypted", vec!["a"], true),
            (
                "unencrypted_suffix",
                "_unencrypted",
                vec!["a_unencrypted", "b"],
                false,
            ),
            ("encrypted_suffix", "_enc", vec!["a"], false),
            ("encrypted_suffix", "_enc", vec!["a_enc", "b"], true),
            ("unencrypted_regex", "^$", vec!["a_unencrypted"], true),
            ("unencrypted_regex", "data", vec!["metadata"], false),
            (
                "encrypted_regex",
                "^(data|stringData)$",
                vec!["data", "x"],
                true,
            ),
            (
                "encrypted_regex",
                "^(data|stringData)$",
                vec!["metadata"],
                false,
            ),
        ];
        for (key, text, path, expected) in cases {
            assert_eq!(
                rule(key, text).encrypts(path.iter().copied()),
                expected,
                "{key} {text} {path:?}"
            );
        }
    }

    #[test]
    fn without_a_rule_only_the_default_suffix_stays_in_clear() {
        let rule = Rule::from_keys([("unencrypted_suffix", ""), ("version", "x")]).unwrap();
        assert!(rule.encrypts(["a"]) && !rule.encrypts(["a_unencrypted"]));
    }

    #[test]
    fn an_invalid_rule_is_an_error_and_never_means_plain_text() {
        assert_eq!(
            Rule::from_keys([("encrypted_regex", "(")]).unwrap_err(),
            RuleError::Invalid("encrypted_regex")
        );
        assert_eq!(
            Rule::from_keys([("encrypted_regex", "(?<=x)y")]).unwrap_err(),
            RuleError::Invalid("encrypted_regex")
        );
        assert_eq!(
            Rule::from_keys([("encrypted_comment_regex", "x")]).unwrap_err(),
            RuleError::Comment("encrypted_comment_regex")
        );
        let two = Rule::from_keys([("encrypted_regex", "x"), ("encrypted_suffix", "y")]);
        assert_eq!(
            two.unwrap_err(),
            RuleError::Several("encrypted_regex", "encrypted_suffix")
        );
    }
}
