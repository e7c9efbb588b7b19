//! The signatures that stand in the versions of files: a version is parsed only where they say that its log may go beyond another one.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use memchr::memmem::Finder;
use vault::members::Log;

use super::Workspace;
use crate::{
    failure::Failure,
    repo::{BlobId, Repo},
};

/// What the text of every signature begins with.
const BEGINNING: &[u8] = b"U1NIU0lH";

/// Signatures as they stand in a text.
type Texts = Rc<[Rc<str>]>;

/// Those of the versions that were read in a command.
#[derive(Default)]
pub(super) struct Signatures {
    /// Each once: a version has most of its entries in common with its neighbours.
    texts: HashSet<Rc<str>>,
    of: HashMap<BlobId, Texts>,
}

impl Signatures {
    fn take(&mut self, bytes: &[u8]) -> Texts {
        let mut kept = |text: &str| match self.texts.get(text) {
            Some(text) => text.clone(),
            None => {
                let text: Rc<str> = text.into();
                self.texts.insert(text.clone());
                text
            }
        };
        in_text(bytes).into_iter().map(&mut kept).collect()
    }
}

/// The signatures of a log's entries, of which it has one at least.
pub(super) struct Entered {
    first: String,
    all: HashSet<String>,
}

impl Entered {
    pub(super) fn of(log: &Log) -> Option<Self> {
        let signatures = log.entries().iter().map(|it| it.signature().to_base64());
        let first = signatures.clone().next()?;
        let all = signatures.collect();
        Some(Entered { first, all })
    }

    /// Whether a version with these may have a log that begins as this one and has an entry which this one lacks: the version has a
    /// signature of its own as well.
    fn may_be_lacking(&self, texts: &Texts) -> bool {
        let begins = texts.iter().any(|text| **text == *self.first);
        let others = texts.iter().filter(|text| !self.all.contains(&***text));
        begins && others.count() > 1
    }
}

impl Workspace<'_> {
    /// Whether the log of a version may have an entry that another log, which begins alike, lacks.
    pub(super) fn may_go_beyond(
        &self,
        repo: &Repo,
        version: BlobId,
        entered: &Entered,
    ) -> Result<bool, Failure> {
        let mut signatures = self.signatures.borrow_mut();
        let texts = match signatures.of.get(&version) {
            Some(texts) => texts.clone(),
            None => {
                let texts = signatures.take(&repo.version(version)?);
                signatures.of.insert(version, texts.clone());
                texts
            }
        };
        Ok(entered.may_be_lacking(&texts))
    }
}

fn in_text(bytes: &[u8]) -> Vec<&str> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let (finder, mut rest, mut found) = (Finder::new(BEGINNING), bytes, Vec::new());
    while let Some(at) = finder.find(rest) {
        let text = &rest[at..];
        let end = text.iter().position(|byte| !is_base64(byte));
        let (text, after) = text.split_at(end.unwrap_or(text.len()));
        found.extend(std::str::from_utf8(text));
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_end_where_base64_does() {
        let text = b"a: U1NIU0lHab+/=\nb: \"U1NIU0lHcU1NIU0lH\"\nU1NIU0\nU1NIU0lH";
        assert_eq!(
            in_text(text),
            ["U1NIU0lHab+/=", "U1NIU0lHcU1NIU0lH", "U1NIU0lH"]
        );
    }

    #[test]
    fn a_version_is_wanted_if_it_has_one_more_beside_its_own() {
        let entered = Entered {
            first: "a".to_owned(),
            all: ["a", "b"].map(str::to_owned).into(),
        };
        for (texts, is_wanted) in [
            (&["a", "own"][..], false),
            (&["a", "b", "own"], false),
            (&["a", "new", "own"], true),
            (&["a", "b", "new", "own"], true),
            (&["b", "new", "own"], false),
        ] {
            let texts: Texts = texts.iter().map(|text| Rc::from(*text)).collect();
            assert_eq!(entered.may_be_lacking(&texts), is_wanted, "{texts:?}");
        }
    }
}
