//! The names that flat outputs give to values, and which values they take.

use std::borrow::Cow;

use super::SEPARATOR;
use crate::value::{KeyPath, Selection, Step, StepRef};

/// Whether names keep their letters as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// They do.
    #[default]
    Keep,
    /// All in lower case.
    Lower,
}

/// How keys become flat names, and which keys are taken at all.
///
/// A name is the prefix and the key, all of it in lower case where that is asked for, then the suffix. The key is itself
/// at the top level; a nested one is its parts in upper case, joined.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// What joins the parts of nested keys.
    pub separator: &'a str,
    /// What stands before each name.
    pub prefix: &'a str,
    /// What happens to the letters of prefix and key.
    pub case: Case,
    /// What stands behind each name.
    pub suffix: &'a str,
    /// The keys that are taken; none means all.
    pub selection: Option<&'a Selection>,
}

impl Default for Names<'_> {
    fn default() -> Self {
        Names {
            separator: SEPARATOR,
            prefix: "",
            case: Case::Keep,
            suffix: "",
            selection: None,
        }
    }
}

/// Names that are only joined otherwise.
impl<'a> From<&'a str> for Names<'a> {
    fn from(separator: &'a str) -> Self {
        Names {
            separator,
            ..Names::default()
        }
    }
}

impl<'a> From<&'a String> for Names<'a> {
    fn from(separator: &'a String) -> Self {
        separator.as_str().into()
    }
}

impl Names<'_> {
    /// The name of what stands at `path`: `HOSTS_0` for `hosts[0]`, `log_level` for `log_level`.
    pub fn of(&self, path: &KeyPath) -> String {
        let steps: Vec<StepRef<'_>> = path.steps().iter().map(Step::borrowed).collect();
        self.at(&steps).into_owned()
    }

    /// The same; borrowed where it is a key of the root as it stands there, and nowhere else.
    pub(super) fn at<'t>(&self, path: &[StepRef<'t>]) -> Cow<'t, str> {
        let key = match path {
            [StepRef::Key(key)] => Cow::Borrowed(*key),
            steps => {
                let components: Vec<String> = steps.iter().map(component).collect();
                Cow::Owned(components.join(self.separator))
            }
        };
        if self.prefix.is_empty() && self.suffix.is_empty() && self.case == Case::Keep {
            return key;
        }
        let name = format!("{}{key}", self.prefix);
        let name = match self.case {
            Case::Keep => name,
            Case::Lower => name.to_lowercase(),
        };
        Cow::Owned(name + self.suffix)
    }

    pub(super) fn admit(&self, path: &[StepRef<'_>]) -> bool {
        let admits = |selection: &Selection| {
            selection.is_everything() || selection.admits(&KeyPath::from(path))
        };
        self.selection.is_none_or(admits)
    }
}

fn component(step: &StepRef<'_>) -> String {
    match step {
        StepRef::Key(key) => key.to_uppercase(),
        StepRef::Index(index) => index.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(path: &str, names: Names<'_>) -> String {
        names.of(&path.parse().unwrap())
    }

    #[test]
    fn a_name_is_prefix_and_key_then_case_then_suffix() {
        let names = Names {
            prefix: "APP_",
            suffix: ".TXT",
            ..Names::default()
        };
        assert_eq!(name("Token", names), "APP_Token.TXT");
        assert_eq!(name("db.hosts[0]", names), "APP_DB_HOSTS_0.TXT");
        let lower = Names {
            case: Case::Lower,
            separator: "__",
            ..names
        };
        assert_eq!(name("Token", lower), "app_token.TXT");
        assert_eq!(name("db.hosts[0]", lower), "app_db__hosts__0.TXT");
    }

    #[test]
    fn without_wishes_top_level_keys_are_their_own_names() {
        assert_eq!(name("log_level", Names::default()), "log_level");
        assert_eq!(name("a.b", Names::default()), "A_B");
        assert_eq!(name("a.b", "-".into()), "A-B");
    }
}
