//! Who can read a file: names and keys, never none, nobody twice.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

use super::{Member, Recipient, VerifyingKey};
use crate::value::Name;

/// Why members cannot be the recipients of one file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RecipientsError {
    /// Nobody.
    #[error("there must be at least one recipient")]
    Empty,
    /// Two names that are the same, or differ only in case.
    #[error("the names `{first}` and `{second}` are the same but for case")]
    Name {
        /// The one that came first.
        first: Name,
        /// The one that clashed.
        second: Name,
    },
    /// One key under two names.
    #[error("`{first}` and `{second}` have a key in common")]
    Key {
        /// The one that came first.
        first: Name,
        /// The one that clashed.
        second: Name,
    },
}

/// Members by name, in the order of the names' bytes. Names differ in more than case, no key stands under two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipients(BTreeMap<Name, Member>);

impl Recipients {
    /// Checks and sorts members.
    ///
    /// # Errors
    /// Every `RecipientsError`.
    pub fn new(members: impl IntoIterator<Item = (Name, Member)>) -> Result<Self, RecipientsError> {
        let mut sorted = BTreeMap::new();
        let mut names: HashMap<String, Name> = HashMap::new();
        let mut keys: HashMap<String, Name> = HashMap::new();
        for (name, member) in members {
            if let Some(first) = names.insert(name.folded(), name.clone()) {
                return Err(RecipientsError::Name {
                    first,
                    second: name,
                });
            }
            for key in key_texts(&member) {
                match keys.insert(key, name.clone()) {
                    Some(first) if first != name => {
                        return Err(RecipientsError::Key {
                            first,
                            second: name,
                        });
                    }
                    _ => {}
                }
            }
            sorted.insert(name, member);
        }
        if sorted.is_empty() {
            return Err(RecipientsError::Empty);
        }
        Ok(Recipients(sorted))
    }

    /// The member of a name.
    pub fn get(&self, name: &Name) -> Option<&Member> {
        self.0.get(name)
    }

    /// Names and members, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Name, &Member)> {
        self.0.iter()
    }

    /// How many there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Those whose signatures count, in order, with the key that makes them.
    pub fn writers(&self) -> impl Iterator<Item = (&Name, &VerifyingKey)> {
        self.iter()
            .filter_map(|(name, member)| Some((name, member.writes_with()?)))
    }

    /// Whose key it is that signs; also of those who only read.
    pub fn signer(&self, key: &VerifyingKey) -> Option<(&Name, &Member)> {
        self.iter()
            .find(|(_, member)| member.signing_key() == Some(key))
    }

    /// Whose key it is that reads.
    pub fn reader(&self, key: &Recipient) -> Option<(&Name, &Member)> {
        self.iter().find(|(_, member)| member.reads() == key)
    }
}

fn key_texts(member: &Member) -> impl Iterator<Item = String> {
    let signs = member.signing_key().map(VerifyingKey::to_string);
    [Some(member.reads().to_string()), signs]
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::{ALICE_AGE, ALICE_SIGNS, BOB_AGE, DAVE_LINE};

    fn recipients(members: &[(&str, &str)]) -> Result<Recipients, RecipientsError> {
        let parse = |(name, line): &(&str, &str)| (name.parse().unwrap(), line.parse().unwrap());
        Recipients::new(members.iter().map(parse))
    }

    #[test]
    fn they_are_sorted_by_the_bytes_of_their_names() {
        let sorted =
            recipients(&[("bob", BOB_AGE), ("alice", ALICE_AGE), ("Dave", DAVE_LINE)]).unwrap();
        let names: Vec<_> = sorted.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Dave", "alice", "bob"]);
        let writers: Vec<_> = sorted.writers().map(|(name, _)| name.as_str()).collect();
        assert_eq!(writers, ["Dave"]);
        let dave: VerifyingKey = DAVE_LINE.parse().unwrap();
        assert_eq!(sorted.signer(&dave).unwrap().0.as_str(), "Dave");
        let bob: Recipient = BOB_AGE.parse().unwrap();
        assert_eq!(sorted.reader(&bob).unwrap().0.as_str(), "bob");
    }

    #[test]
    fn nobody_is_not_enough() {
        assert_eq!(recipients(&[]), Err(RecipientsError::Empty));
    }

    #[test]
    fn nobody_stands_there_twice() {
        let twice = |members: &[(&str, &str)]| recipients(members).unwrap_err();
        assert!(matches!(
            twice(&[("bob", BOB_AGE), ("Bob", ALICE_AGE)]),
            RecipientsError::Name { .. }
        ));
        let alice = format!("{ALICE_AGE} {ALICE_SIGNS}");
        let reads_and_signs = format!("{ALICE_AGE} {DAVE_LINE}");
        let marked = format!("{BOB_AGE} reads-only");
        for (one, other) in [
            (BOB_AGE, BOB_AGE),
            (BOB_AGE, marked.as_str()),
            (ALICE_AGE, &alice),
            (ALICE_SIGNS, &alice),
            (DAVE_LINE, &reads_and_signs),
        ] {
            let error = twice(&[("one", one), ("other", other)]);
            assert!(
                matches!(error, RecipientsError::Key { .. }),
                "{one} {other}"
            );
        }
    }

    #[test]
    fn two_can_be_recipients_together_unless_their_names_or_a_key_of_theirs_are_the_same() {
        let lines = [
            ALICE_AGE.to_owned(),
            BOB_AGE.to_owned(),
            DAVE_LINE.to_owned(),
            ALICE_SIGNS.to_owned(),
            format!("{ALICE_AGE} {ALICE_SIGNS}"),
            format!("{BOB_AGE} {ALICE_SIGNS} reads-only"),
            format!("{BOB_AGE} {DAVE_LINE}"),
        ];
        let mut together = 0;
        for (one, other) in [("a", "b"), ("a", "A")] {
            for (first, second) in lines
                .iter()
                .flat_map(|it| lines.iter().map(move |its| (it, its)))
            {
                let (one, other): (Name, Name) = (one.parse().unwrap(), other.parse().unwrap());
                let (first, second): (Member, Member) =
                    (first.parse().unwrap(), second.parse().unwrap());
                let is_apart = !one.is_but_for_case(&other) && !first.shares_a_key_with(&second);
                let both = Recipients::new([(one, first), (other, second)]);
                assert_eq!(both.is_ok(), is_apart);
                together += usize::from(is_apart);
            }
        }
        assert_eq!(together, 26);
    }
}
