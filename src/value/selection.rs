//! Which keys somebody means by patterns: `DB_*`, `mail`, `hosts[?]`.

use wildmatch::WildMatch;

use super::{KeyPath, Step};

/// The keys that are meant: those that `only` names, or all where it names none, without those that `except` names.
///
/// A pattern is the text of a key path with `*` for any characters, dots among them, and `?` for one. It names a key if it is
/// the whole path of it, or of a map or list that holds it: `mail` names `mail.host`. Brackets stand for themselves, as in
/// `hosts[0]`. A key at the top that is written in quotes as a path, like `"a.b"`, is also named by `a.b`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    only: Vec<Pattern>,
    except: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    compiled: WildMatch,
}

impl Selection {
    /// Takes the patterns of `--only` and `--except`; none at all mean every key.
    pub fn new(
        only: impl IntoIterator<Item = impl AsRef<str>>,
        except: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        Selection {
            only: only.into_iter().map(Pattern::new).collect(),
            except: except.into_iter().map(Pattern::new).collect(),
        }
    }

    /// Whether a key is meant.
    pub fn admits(&self, path: &KeyPath) -> bool {
        let names = names_of(path);
        let is_named = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.names(&names));
        (self.only.is_empty() || is_named(&self.only)) && !is_named(&self.except)
    }

    /// The same without these keys, too.
    #[must_use]
    pub fn without(&self, keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut selection = self.clone();
        selection.except.extend(keys.into_iter().map(Pattern::new));
        selection
    }

    /// Whether there is no pattern, so that every key is meant.
    pub fn is_everything(&self) -> bool {
        self.only.is_empty() && self.except.is_empty()
    }

    /// The patterns that name none of these keys: most often typing errors, which must not pass, since a key that was to be
    /// left out would come along. Each text once.
    pub fn unmatched<'p>(&self, paths: impl IntoIterator<Item = &'p KeyPath>) -> Vec<&str> {
        let mut left: Vec<&Pattern> = self.only.iter().chain(&self.except).collect();
        for path in paths {
            let names = names_of(path);
            left.retain(|pattern| !pattern.names(&names));
        }
        let mut texts: Vec<&str> = Vec::new();
        for pattern in left {
            if !texts.contains(&pattern.text.as_str()) {
                texts.push(&pattern.text);
            }
        }
        texts
    }
}

impl Pattern {
    fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref().to_owned();
        Pattern {
            compiled: WildMatch::new(&text),
            text,
        }
    }

    fn names(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.compiled.matches(name))
    }
}

/// The texts by which a key can be named: its path, the paths of what holds it, and the bare name of its first key.
fn names_of(path: &KeyPath) -> Vec<String> {
    let steps = path.steps();
    let prefixes = (1..=steps.len()).map(|end| KeyPath::from_steps(steps[..end].to_vec()));
    let mut names: Vec<String> = prefixes.map(|prefix| prefix.to_string()).collect();
    if let Some(Step::Key(key)) = steps.first() {
        names.push(key.clone());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [&str; 0] = [];

    fn path(text: &str) -> KeyPath {
        text.parse().unwrap()
    }

    #[test]
    fn without_patterns_every_key_is_meant() {
        let selection = Selection::new(NONE, NONE);
        assert!(selection.is_everything() && selection.admits(&path("a.b[0]")));
        assert!(Selection::default().admits(&path("a")));
    }

    #[test]
    fn except_wins_over_only() {
        let selection = Selection::new(["DB_*", "mail"], ["*_OLD", "mail.port"]);
        let admitted = |text| selection.admits(&path(text));
        assert!(admitted("DB_URL") && admitted("mail.host") && admitted("mail"));
        assert!(!admitted("DB_OLD") && !admitted("mail.port"));
        assert!(!admitted("LOG_LEVEL") && !admitted("mailer") && !admitted("db_url"));
        assert!(!selection.is_everything());
        let less = selection.without(["mail.host"]);
        assert!(!less.admits(&path("mail.host")) && less.admits(&path("DB_URL")));
        assert!(!less.admits(&path("DB_OLD")) && selection.admits(&path("mail.host")));
    }

    #[test]
    fn a_pattern_names_what_lies_below_and_brackets_are_brackets() {
        let only = |pattern: &str, text: &str| Selection::new([pattern], NONE).admits(&path(text));
        assert!(only("hosts[0]", "hosts[0].name") && !only("hosts[0]", "hosts[1]"));
        assert!(only("hosts[?]", "hosts[1]") && only("*.name", "hosts[1].name"));
        assert!(only("ho?ts", "hosts[0]") && !only("name", "hosts[0].name"));
        assert!(only("*", "a.b.c") && !only("", "a"));
        assert!(only("a.b", "\"a.b\"") && only("\"a.b\"", "\"a.b\"") && only("a.b", "a.b"));
    }

    #[test]
    fn patterns_that_name_nothing_are_told() {
        let selection = Selection::new(["DB_*", "TYPO"], ["NOPE*", "DB_OLD"]);
        let paths = [path("DB_URL"), path("DB_OLD")];
        assert_eq!(selection.unmatched(&paths), ["TYPO", "NOPE*"]);
        assert_eq!(selection.unmatched([]).len(), 4);
    }
}
