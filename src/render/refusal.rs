//! What an output cannot carry: every key at once, why, and what could carry it.

use std::fmt;

use thiserror::Error;

use super::{Names, Output, environment};
use crate::value::{KeyPath, Node, Scalar, Step};

/// Why an output cannot carry a value: a property of the name or of the value, never a part of the value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Defect {
    /// Two values would have one name.
    #[error("gets the same name as `{other}`")]
    Twin {
        /// The first of the two.
        other: KeyPath,
    },
    /// Two files would be one where the file system ignores case.
    #[error("gets the same name as `{other}` where upper and lower case are one")]
    CaseTwin {
        /// The first of the two.
        other: KeyPath,
    },
    /// A name outside `[A-Za-z_][A-Za-z0-9_]*`.
    #[error("is no variable name: only letters, digits and `_`, and no digit first")]
    VariableName,
    /// An empty name, or one with `=` or a control character.
    #[error("is no name for a variable: empty, or with `=` or a control character")]
    EnvironmentName,
    /// A name outside `[A-Za-z0-9._-]+`, or one that starts with a dot.
    #[error("is no file name: only letters, digits, `_`, `-` and `.`, and no dot first")]
    FileName,
    /// A file name longer than 253 bytes.
    #[error("has a name longer than 253 bytes")]
    LongName,
    /// A key with the character U+0000.
    #[error("has a NUL in its key")]
    NulInKey,
    /// A key that YAML does not allow without `?` before it.
    #[error("has a key longer than 1000 characters")]
    LongKey,
    /// A value with the character U+0000.
    #[error("holds a NUL")]
    Nul,
    /// A value with U+000D, which most readers of `.env` files drop or turn into a line feed.
    #[error("holds a carriage return")]
    CarriageReturn,
    /// A value that neither kind of quotes protects.
    #[error("holds `'` together with one of `\"`, `\\`, `$`, `!` and the backtick")]
    Quotes,
    /// A value whose last character would escape the closing quote.
    #[error("ends with a backslash")]
    TrailingBackslash,
    /// A value with `\\`, which some readers take for one.
    #[error("holds two backslashes in a row")]
    DoubleBackslash,
    /// A float that JSON has no number for.
    #[error("is not a finite number")]
    NotFinite,
    /// A value of 500 KiB or more.
    #[error("has 500 KiB or more")]
    Large,
    /// The written text does not give the value back.
    #[error("does not read back as it was written, which is a bug in vault")]
    Unverified,
}

/// One value that an output cannot carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    path: KeyPath,
    name: String,
    defect: Defect,
    carriers: Vec<Output>,
}

impl Offence {
    /// Finds out whether `output` can carry the value, or the empty map or list, at `path`.
    pub(super) fn of(
        output: Output,
        name: &str,
        path: &KeyPath,
        value: Option<&Scalar>,
    ) -> Option<Self> {
        let defect = output.defect(name, path, value)?;
        Some(Self::with(output, name, path, value, defect))
    }

    /// Adds to a defect which other outputs are free of it.
    pub(super) fn with(
        output: Output,
        name: &str,
        path: &KeyPath,
        value: Option<&Scalar>,
        defect: Defect,
    ) -> Self {
        let keeps_structure = |other: Output| matches!(other, Output::Json | Output::Yaml);
        let carries = |other: &Output| {
            *other != output
                && other.defect(name, path, value).is_none()
                && !(*other == Output::Environment && environment::is_too_large(name, value))
                && (keeps_structure(*other) || !defect.is_shared())
        };
        let all = Output::FORMATS.into_iter().chain([Output::Environment]);
        let carriers = all.filter(carries).collect();
        Offence {
            path: path.clone(),
            name: name.to_owned(),
            defect,
            carriers,
        }
    }

    /// Where the value stands.
    pub fn path(&self) -> &KeyPath {
        &self.path
    }

    /// What the output would have called it; may hold any character, so print it escaped.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why it cannot be carried.
    pub fn defect(&self) -> &Defect {
        &self.defect
    }

    /// The outputs that can carry this value.
    pub fn carriers(&self) -> &[Output] {
        &self.carriers
    }

    fn remedy(&self) -> String {
        match &self.defect {
            Defect::Twin { other } | Defect::CaseTwin { other } => {
                let is_joined = |path: &KeyPath| path.steps().len() > 1;
                match is_joined(&self.path) || is_joined(other) {
                    true => "rename one, or join with another separator".to_owned(),
                    false => "rename one".to_owned(),
                }
            }
            _ => format!("it fits {}", list(&self.carriers)),
        }
    }
}

impl Defect {
    // Only outputs that keep the structure are free of it.
    fn is_shared(&self) -> bool {
        matches!(self, Defect::Twin { .. } | Defect::CaseTwin { .. })
    }
}

fn list(outputs: &[Output]) -> String {
    let names: Vec<_> = outputs.iter().map(|output| output.name()).collect();
    match names.split_last() {
        None => "no output".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, front)) => format!("{} and {last}", front.join(", ")),
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.path)?;
        let name = KeyPath::key(&self.name);
        if name != self.path {
            write!(f, " (as `{name}`)")?;
        }
        write!(f, " {}; {}", self.defect, self.remedy())
    }
}

/// Looks at a whole tree for an output that keeps its structure: every value, null too, and every empty map and list.
///
/// # Errors
/// Names everything that the output cannot carry.
pub(super) fn whole(output: Output, root: &Node) -> Result<(), Refusal> {
    let mut offences = Vec::new();
    visit(root, &KeyPath::default(), &mut |path, value| {
        offences.extend(Offence::of(output, &Names::default().of(path), path, value));
    });
    Refusal::unless_empty(output, offences)
}

fn visit(node: &Node, path: &KeyPath, see: &mut dyn FnMut(&KeyPath, Option<&Scalar>)) {
    match node {
        Node::Scalar(scalar) => see(path, Some(scalar)),
        Node::Map(map) if !map.is_empty() => {
            for (key, node) in map.iter() {
                visit(node, &path.child(Step::Key(key.to_owned())), see);
            }
        }
        Node::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &path.child(Step::Index(index)), see);
            }
        }
        Node::Map(_) | Node::List(_) => see(path, None),
    }
}

/// An output cannot carry the secrets; nothing of it was made.
///
/// Printed, it is one line, and one line more for each offence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Refusal {
    output: Output,
    offences: Vec<Offence>,
}

impl Refusal {
    pub(super) fn unless_empty(output: Output, offences: Vec<Offence>) -> Result<(), Refusal> {
        match offences.is_empty() {
            true => Ok(()),
            false => Err(Refusal { output, offences }),
        }
    }

    /// The output that was asked for.
    pub fn output(&self) -> Output {
        self.output
    }

    /// All of them, in the order of the tree; never empty.
    pub fn offences(&self) -> &[Offence] {
        &self.offences
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot carry", self.output)?;
        for offence in &self.offences {
            write!(f, "\n  {offence}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{dotenv, environment, files};

    fn root(entries: &[(&str, &str)]) -> Node {
        let entry =
            |(key, text): &(&str, &str)| ((*key).to_owned(), Node::Scalar(Scalar::str(text)));
        Node::Map(entries.iter().map(entry).collect())
    }

    #[test]
    fn a_refusal_lists_every_key_with_reason_and_remedy_and_no_value() {
        let secrets = root(&[
            ("OK", "fine"),
            ("CERT", "sesame\r\n"),
            ("bad-name", "sesame"),
            ("Q", "s'e\"same"),
            ("N", "ses\0ame"),
            ("=\u{1b}", "ses\0ame"),
        ]);
        let refusal = dotenv(&secrets, "_").unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "dotenv cannot carry\n  \
             `CERT` holds a carriage return; it fits docker-secrets, json, yaml and the environment of a process\n  \
             `bad-name` is no variable name: only letters, digits and `_`, and no digit first; \
             it fits docker-secrets, json, yaml and the environment of a process\n  \
             `Q` holds `'` together with one of `\"`, `\\`, `$`, `!` and the backtick; \
             it fits docker-secrets, json, yaml and the environment of a process\n  \
             `N` holds a NUL; it fits docker-secrets\n  \
             `\"=\\u{1b}\"` is no variable name: only letters, digits and `_`, and no digit first; it fits no output"
        );
        assert!(!format!("{refusal:?}").contains("same"));
    }

    #[test]
    fn a_nested_key_is_named_by_its_path_and_by_the_name_it_would_get() {
        let secrets = Node::Map(
            [("a".to_owned(), root(&[("b c", "v")]))]
                .into_iter()
                .collect(),
        );
        assert_eq!(
            files(&secrets, "_").unwrap_err().to_string(),
            "docker-secrets cannot carry\n  `a.\"b c\"` (as `\"A_B C\"`) is no file name: only letters, digits, `_`, `-` and `.`, \
             and no dot first; it fits json, yaml and the environment of a process"
        );
    }

    #[test]
    fn a_collision_says_to_rename_or_to_join_otherwise() {
        let nested = root(&[("b", "1")]);
        let entries = [
            ("A_B".to_owned(), Node::Scalar(Scalar::str("2"))),
            ("a".to_owned(), nested),
        ];
        let refusal = environment(&Node::Map(entries.into_iter().collect()), "_").unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the environment of a process cannot carry\n  `a.b` (as `A_B`) gets the same name as `A_B`; \
             rename one, or join with another separator"
        );
        assert_eq!(
            refusal.offences()[0].carriers(),
            [Output::Json, Output::Yaml]
        );
    }
}
