//! Why a text is refused, and what to do about it.

use std::fmt;

use thiserror::Error;

use crate::value::{KeyPath, Kind, Step};

/// A place in a text; both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place of a byte in a text.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A text that vault does not read, with the place and the reason; never a piece of the text but key names.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{place}: {problem}")]
pub struct YamlError {
    /// Where.
    pub place: Place,
    /// Why.
    #[source]
    pub problem: Problem,
}

impl YamlError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        self.problem.hint()
    }
}

/// The reasons.
#[derive(Debug, Error, PartialEq, Eq, Clone)]
pub enum Problem {
    /// The parser's own words; it quotes one character at most.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// Both sides of a merge, with git's lines around them.
    #[error("both sides of a merge conflict are in it")]
    Conflict,
    /// Bytes that are not text.
    #[error("not UTF-8")]
    NotUtf8,
    /// Above 64 MiB.
    #[error("larger than 64 MiB")]
    TooLarge,
    /// U+0085, U+2028 or U+2029, or a CR without LF: a line break for some readers only.
    #[error("a character that only some readers take for the end of a line")]
    LineBreak,
    /// `&x`
    #[error("an anchor (&)")]
    Anchor,
    /// `*x`
    #[error("an alias (*)")]
    Alias,
    /// `<<:`
    #[error("a merge key (<<)")]
    MergeKey,
    /// Any tag but `!!str` on a scalar value.
    #[error("a tag (!)")]
    Tag,
    /// `!!str` on one line, the value on the next.
    #[error("a tag on another line than its value")]
    TagLine,
    /// A map or list as key.
    #[error("a map or list as a key")]
    ComplexKey,
    /// A key that YAML reads as a number, bool, null or date.
    #[error("a key that is not a string ({0})")]
    KeyNotString(Kind),
    /// The same key twice in one map.
    #[error("the key {} for the second time", KeyPath::from_steps(vec![Step::Key(.0.clone())]))]
    DuplicateKey(String),
    /// Above 255 bytes.
    #[error("a key longer than 255 bytes")]
    KeyTooLong,
    /// Above 64 levels.
    #[error("nested deeper than 64 levels")]
    TooDeep,
    /// A list at the top.
    #[error("a list at the top level")]
    TopLevelList,
    /// A scalar at the top.
    #[error("a single value at the top level")]
    TopLevelScalar,
    /// `---` a second time.
    #[error("a second document")]
    SecondDocument,
    /// A comment led by a tab within a plain scalar.
    #[error("a comment inside a value")]
    CommentInValue,
    /// `\/`, which sops cannot read.
    #[error("the escape \\/")]
    EscapedSlash,
    /// A whole number from 2^63 to 2^64-1, which sops cannot hold.
    #[error("a whole number beyond 64 bits with a sign")]
    IntTooLarge,
    /// A layout whose places cannot be told apart with certainty.
    #[error("a layout that vault does not take apart")]
    Unplaced,
}

impl Problem {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Problem::Syntax(_) => "correct the YAML at this place",
            Problem::Conflict => {
                "put both sides together, and remove the lines <<<<<<<, ======= and >>>>>>>"
            }
            Problem::NotUtf8 => "save the file as UTF-8",
            Problem::TooLarge => "split the file into several environments",
            Problem::LineBreak => {
                "write it as an escape in double quotes (\"\\u2028\", \"\\r\"), or remove it"
            }
            Problem::Anchor | Problem::Alias | Problem::MergeKey => {
                "write the value out where it is used"
            }
            Problem::Tag => "remove the tag; put text that looks like a number in quotes",
            Problem::TagLine => "put the value on the line of its tag, or remove the tag",
            Problem::ComplexKey | Problem::KeyNotString(_) => "put the key in double quotes",
            Problem::DuplicateKey(_) => "remove one of the two",
            Problem::KeyTooLong => "shorten the key",
            Problem::TooDeep => "use fewer levels",
            Problem::TopLevelList | Problem::TopLevelScalar => {
                "give it a key: the top level is a map of keys"
            }
            Problem::SecondDocument => {
                "keep one document in a file; give the other a file of its own"
            }
            Problem::CommentInValue => "put the comment on a line above the key",
            Problem::EscapedSlash => "write / without a backslash",
            Problem::IntTooLarge => "put the number in quotes to keep it as text",
            Problem::Unplaced => "write the key and its value on one line",
        }
    }
}
