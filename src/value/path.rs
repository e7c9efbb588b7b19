//! Key paths: `database.password`, `hosts[0]`, `"a.b".c`.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a map.
    Key(String),
    /// Into a list, from zero.
    Index(usize),
}

/// One step of a path, borrowed from the tree that it leads through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepRef<'t> {
    /// Into a map.
    Key(&'t str),
    /// Into a list, from zero.
    Index(usize),
}

impl Step {
    /// The same step, borrowed.
    pub fn borrowed(&self) -> StepRef<'_> {
        match self {
            Step::Key(key) => StepRef::Key(key),
            Step::Index(index) => StepRef::Index(*index),
        }
    }
}

impl From<StepRef<'_>> for Step {
    fn from(step: StepRef<'_>) -> Self {
        match step {
            StepRef::Key(key) => Step::Key(key.to_owned()),
            StepRef::Index(index) => Step::Index(index),
        }
    }
}

/// Where a value stands, from the root of the file.
///
/// Written as keys joined by `.`, positions in lists as `[n]`; a key that holds anything but letters,
/// digits, `_`, `-`, `/`, `@`, `+` or `:` stands in double quotes with `\"`, `\\`, `\n`, `\t`, `\r` and `\u{…}`. Printing a
/// path never emits a control character, so it is safe in messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KeyPath(Vec<Step>);

/// Why a text is not a key path.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PathError {
    /// Nothing, or nothing between two dots.
    #[error("empty component in the key path at character {0}")]
    Empty(usize),
    /// A `"` without its end, or text right after it.
    #[error("unfinished or misplaced quote in the key path at character {0}")]
    Quote(usize),
    /// A `[` that is not followed by a number and `]`.
    #[error("a position in a list is written [0], in the key path at character {0}")]
    Index(usize),
}

impl From<&[StepRef<'_>]> for KeyPath {
    fn from(steps: &[StepRef<'_>]) -> Self {
        KeyPath(steps.iter().map(|step| Step::from(*step)).collect())
    }
}

impl KeyPath {
    /// Wraps steps.
    pub fn from_steps(steps: Vec<Step>) -> Self {
        KeyPath(steps)
    }

    /// A top-level key, taken literally.
    pub fn key(name: &str) -> Self {
        KeyPath(vec![Step::Key(name.to_owned())])
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// This path and one step more.
    #[must_use]
    pub fn child(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        KeyPath(steps)
    }

    /// Everything but the last step, and that; `None` for the root.
    pub fn split_last(&self) -> Option<(KeyPath, &Step)> {
        let (last, front) = self.0.split_last()?;
        Some((KeyPath(front.to_vec()), last))
    }

    /// The keys without positions in lists: what SOPS binds a value to.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }
}

fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '@' | '+' | ':')
}

fn write_key(f: &mut fmt::Formatter<'_>, key: &str) -> fmt::Result {
    if !key.is_empty() && key.chars().all(is_bare) {
        return f.write_str(key);
    }
    f.write_str("\"")?;
    for c in key.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            // `escape_debug` leaves combining marks and format characters (bidi) alone in part; print those by number.
            c if c.is_control() || is_format(c) => write!(f, "{}", c.escape_unicode())?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

/// Characters that change how a terminal shows their neighbours: bidi controls, zero-width, line separators.
pub(crate) fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    if at > 0 {
                        f.write_str(".")?;
                    }
                    write_key(f, key)?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for KeyPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut reader = Reader { text, at: 0 };
        let mut steps = vec![reader.key()?];
        while !reader.rest().is_empty() {
            steps.push(match reader.rest().as_bytes()[0] {
                b'.' => {
                    reader.at += 1;
                    reader.key()?
                }
                b'[' => reader.index()?,
                _ => return Err(PathError::Quote(reader.at)),
            });
        }
        Ok(KeyPath(steps))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn key(&mut self) -> Result<Step, PathError> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let end = self.rest().find(['.', '[']).unwrap_or(self.rest().len());
        let key = &self.rest()[..end];
        if key.is_empty() {
            return Err(PathError::Empty(self.at));
        }
        self.at += end;
        Ok(Step::Key(key.to_owned()))
    }

    fn quoted(&mut self) -> Result<Step, PathError> {
        let start = self.at;
        let wrong = || PathError::Quote(start);
        let mut key = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(Step::Key(key));
                }
                '\\' => key.push(match chars.next().ok_or_else(wrong)?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'u' => unicode(&mut chars.by_ref().map(|(_, c)| c)).ok_or_else(wrong)?,
                    c @ ('"' | '\\') => c,
                    _ => return Err(wrong()),
                }),
                c => key.push(c),
            }
        }
        Err(wrong())
    }

    fn index(&mut self) -> Result<Step, PathError> {
        let wrong = PathError::Index(self.at);
        let Some(end) = self.rest().find(']') else {
            return Err(wrong);
        };
        let digits = &self.rest()[1..end];
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong);
        }
        let index = digits.parse().map_err(|_| wrong)?;
        self.at += end + 1;
        Ok(Step::Index(index))
    }
}

/// Reads `{…}` after `\u`.
fn unicode(chars: &mut impl Iterator<Item = char>) -> Option<char> {
    if chars.next()? != '{' {
        return None;
    }
    let hex: String = chars.take_while(|c| *c != '}').collect();
    char::from_u32(u32::from_str_radix(&hex, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    #[test]
    fn paths_are_read_as_documented() {
        let steps = |text: &str| text.parse::<KeyPath>().unwrap().steps().to_vec();
        assert_eq!(
            steps("database.password"),
            [key("database"), key("password")]
        );
        assert_eq!(
            steps("hosts[0].name"),
            [key("hosts"), Step::Index(0), key("name")]
        );
        assert_eq!(steps(r#""a.b".c"#), [key("a.b"), key("c")]);
        assert_eq!(steps(r#""a\"\\\n\u{7}""#), [key("a\"\\\n\u{7}")]);
    }

    #[test]
    fn half_paths_are_refused_with_their_place() {
        let error = |text: &str| text.parse::<KeyPath>().unwrap_err();
        assert_eq!(error(""), PathError::Empty(0));
        assert_eq!(error("a..b"), PathError::Empty(2));
        assert_eq!(error("a."), PathError::Empty(2));
        assert_eq!(error("\"a"), PathError::Quote(0));
        assert_eq!(error("\"a\"b"), PathError::Quote(3));
        assert_eq!(error("a[x]"), PathError::Index(1));
        assert_eq!(error("a[1"), PathError::Index(1));
    }

    proptest::proptest! {
        #[test]
        fn a_printed_path_reads_back_and_holds_no_control_character(keys in proptest::collection::vec(".{1,12}", 1..4), index in 0usize..9) {
            let mut steps: Vec<Step> = keys.into_iter().map(Step::Key).collect();
            steps.push(Step::Index(index));
            let path = KeyPath::from_steps(steps);
            let printed = path.to_string();
            proptest::prop_assert!(!printed.chars().any(|c| c.is_control() || is_format(c)));
            proptest::prop_assert_eq!(printed.parse::<KeyPath>().unwrap(), path);
        }
    }
}
