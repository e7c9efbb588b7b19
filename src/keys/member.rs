//! The line by which a member is written down: in the configuration, in the log, in a message to a colleague.

use std::{cell::RefCell, collections::HashMap, fmt, str::FromStr};

use foldhash::fast::RandomState;
use thiserror::Error;

use super::{KeyError, Recipient, VerifyingKey, public::fingerprint};

const READS_ONLY: &str = "reads-only";

/// Why a text is no member line.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MemberError {
    /// Nothing.
    #[error("empty; expected `age1… ssh-ed25519 AAAA…`, `ssh-ed25519 AAAA…` or `age1…`")]
    Empty,
    /// The key that reads is refused.
    #[error("the key that reads is refused")]
    Reads(#[source] KeyError),
    /// The key that signs is refused.
    #[error("the key that signs is refused")]
    Signs(#[source] KeyError),
    /// `reads-only` anywhere but at the end.
    #[error("`{READS_ONLY}` must be the last word")]
    Place,
    /// Words after the keys, or control characters.
    #[error("unexpected text after the keys")]
    Extra,
}

/// Somebody who reads, and perhaps signs.
///
/// * `age1… ssh-ed25519 AAAA…`: the age key alone reads, the SSH key alone signs;
/// * `ssh-ed25519 AAAA…`: the key does both. A comment behind it is allowed when it is read, and forgotten;
/// * `age1…`: reads, and cannot sign.
///
/// Each may end in ` reads-only`. Printed without comments, words separated by one blank: a line is canonical if it prints as
/// it was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    reads: Recipient,
    signs: Option<VerifyingKey>,
    reads_only: bool,
}

impl Member {
    /// A member with these keys; an SSH key that reads is also the one that signs, whatever `signs` says.
    pub fn new(reads: Recipient, signs: Option<VerifyingKey>) -> Self {
        let signs = reads.ssh().cloned().or(signs);
        Member {
            reads,
            signs,
            reads_only: false,
        }
    }

    /// The key that a data key is wrapped for.
    pub fn reads(&self) -> &Recipient {
        &self.reads
    }

    /// The key on the line that could sign, also when the member is marked `reads-only`.
    pub fn signing_key(&self) -> Option<&VerifyingKey> {
        self.signs.as_ref()
    }

    /// The key whose signatures count: `None` without one, and for a member who only reads.
    pub fn writes_with(&self) -> Option<&VerifyingKey> {
        self.signs.as_ref().filter(|_| !self.reads_only)
    }

    /// Whether the line ends in `reads-only`.
    pub fn is_marked_reads_only(&self) -> bool {
        self.reads_only
    }

    /// The same keys, never to write; the mark is set only where there is a key that could sign.
    #[must_use]
    pub fn reading_only(&self) -> Self {
        Member {
            reads_only: self.reads_only || self.signs.is_some(),
            ..self.clone()
        }
    }

    /// Whether the keys are the same, whatever the marks.
    pub fn has_keys_of(&self, other: &Member) -> bool {
        self.reads == other.reads && self.signs == other.signs
    }

    /// Whether a key of one is also the other's, to read with or to sign with.
    pub fn shares_a_key_with(&self, other: &Member) -> bool {
        // An SSH key that reads is the one that signs, too.
        self.reads == other.reads || (self.signs.is_some() && self.signs == other.signs)
    }

    /// Whether something that is encrypted for a key can be opened with one of theirs.
    pub fn has(&self, key: &Recipient) -> bool {
        self.reads == *key
            || key
                .ssh()
                .is_some_and(|ssh| self.signs.as_ref() == Some(ssh))
    }

    /// What two people compare aloud: `SHA256:…`.
    ///
    /// For a lone SSH key what `ssh-keygen -l` prints; otherwise SHA-256 of the line without its mark, so that it covers both keys.
    pub fn fingerprint(&self) -> String {
        match self.reads.ssh() {
            Some(key) => key.fingerprint(),
            None => fingerprint(self.keys().as_bytes()),
        }
    }

    fn keys(&self) -> String {
        match (&self.signs, self.reads.ssh()) {
            (Some(signs), None) => format!("{} {signs}", self.reads),
            _ => self.reads.to_string(),
        }
    }
}

thread_local! {
    /// Lines that were read, as they stand. The config, the log and what a machine knows have the same ones, and each costs two points of
    /// a curve.
    static READ: RefCell<HashMap<Box<str>, Member, RandomState>> = RefCell::default();
}

/// Lines that are remembered, at most: more than any team has.
const REMEMBERED: usize = 1_000;

impl FromStr for Member {
    type Err = MemberError;

    fn from_str(text: &str) -> Result<Self, MemberError> {
        if let Some(member) = READ.with_borrow(|read| read.get(text).cloned()) {
            return Ok(member);
        }
        let member = Member::read(text)?;
        READ.with_borrow_mut(|read| {
            if read.len() < REMEMBERED {
                read.insert(text.into(), member.clone());
            }
        });
        Ok(member)
    }
}

impl Member {
    fn read(text: &str) -> Result<Self, MemberError> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(MemberError::Extra);
        }
        let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        let reads_only = words.pop_if(|word| *word == READS_ONLY).is_some();
        if words.contains(&READS_ONLY) {
            return Err(MemberError::Place);
        }
        let mut member = match words.as_slice() {
            [] => return Err(MemberError::Empty),
            [age, signs @ ..] if age.starts_with("age1") => {
                Member::new(reader(age)?, signer(signs)?)
            }
            // What follows the key is its comment.
            [algorithm, rest @ ..] => {
                let key = rest.first().copied().unwrap_or_default();
                Member::new(reader(&format!("{algorithm} {key}"))?, None)
            }
        };
        member.reads_only = reads_only;
        Ok(member)
    }
}

fn reader(text: &str) -> Result<Recipient, MemberError> {
    text.parse().map_err(MemberError::Reads)
}

fn signer(words: &[&str]) -> Result<Option<VerifyingKey>, MemberError> {
    match words {
        [] => Ok(None),
        ["ssh-ed25519", key, ..] => VerifyingKey::from_words("ssh-ed25519", key)
            .map(Some)
            .map_err(MemberError::Signs),
        _ => match KeyError::of_foreign(&words.join(" ")) {
            KeyError::Unknown => Err(MemberError::Extra),
            error => Err(MemberError::Signs(error)),
        },
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keys())?;
        if self.reads_only {
            write!(f, " {READS_ONLY}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::{ALICE_AGE, ALICE_SIGNS, BOB_AGE, DAVE_LINE, RSA_LINE};

    fn member(line: &str) -> Member {
        line.parse().unwrap()
    }

    #[test]
    fn every_kind_of_line_prints_as_it_was_read() {
        let both = format!("{ALICE_AGE} {ALICE_SIGNS}");
        for line in [both.as_str(), DAVE_LINE, BOB_AGE] {
            for line in [line.to_owned(), format!("{line} reads-only")] {
                assert_eq!(member(&line).to_string(), line);
            }
        }
    }

    #[test]
    fn who_reads_and_who_signs() {
        let alice = member(&format!("{ALICE_AGE} {ALICE_SIGNS}"));
        assert_eq!(alice.reads().to_string(), ALICE_AGE);
        assert_eq!(alice.writes_with().unwrap().to_string(), ALICE_SIGNS);
        let dave = member(DAVE_LINE);
        assert_eq!(dave.reads().to_string(), DAVE_LINE);
        assert_eq!(dave.writes_with().unwrap().to_string(), DAVE_LINE);
        assert_eq!(member(BOB_AGE).writes_with(), None);
    }

    #[test]
    fn a_member_who_only_reads_does_not_write() {
        let dave = member(&format!("{DAVE_LINE} reads-only"));
        assert_eq!(dave.writes_with(), None);
        assert!(dave.signing_key().is_some());
        assert!(dave.has_keys_of(&member(DAVE_LINE)));
        assert_eq!(member(DAVE_LINE).reading_only(), dave);
        assert_eq!(member(BOB_AGE).reading_only(), member(BOB_AGE));
    }

    #[test]
    fn a_key_is_shared_whatever_it_is_for() {
        let alice = member(&format!("{ALICE_AGE} {ALICE_SIGNS}"));
        for line in [
            ALICE_AGE,
            ALICE_SIGNS,
            &format!("{BOB_AGE} {ALICE_SIGNS}"),
            &format!("{ALICE_AGE} {DAVE_LINE}"),
        ] {
            assert!(alice.shares_a_key_with(&member(line)), "{line}");
            assert!(member(line).shares_a_key_with(&alice), "{line}");
        }
        for line in [BOB_AGE, DAVE_LINE, &format!("{BOB_AGE} {DAVE_LINE}")] {
            assert!(!alice.shares_a_key_with(&member(line)), "{line}");
            assert!(!member(line).shares_a_key_with(&alice), "{line}");
        }
    }

    #[test]
    fn comments_of_ssh_keys_are_forgotten() {
        for line in [
            format!("{DAVE_LINE} dave@example.org"),
            format!(" {DAVE_LINE}  dave's  laptop\n"),
        ] {
            assert_eq!(member(&line).to_string(), DAVE_LINE);
        }
        let line = format!("{ALICE_AGE} {ALICE_SIGNS} alice@example.org reads-only");
        assert_eq!(
            member(&line).to_string(),
            format!("{ALICE_AGE} {ALICE_SIGNS} reads-only")
        );
    }

    #[test]
    fn other_lines_are_refused() {
        for (line, error) in [
            (String::new(), MemberError::Empty),
            ("reads-only".into(), MemberError::Empty),
            (
                format!("{DAVE_LINE} reads-only dave@example.org"),
                MemberError::Place,
            ),
            (
                format!("{DAVE_LINE} reads-only reads-only"),
                MemberError::Place,
            ),
            (format!("{ALICE_AGE} {BOB_AGE}"), MemberError::Extra),
            (format!("{ALICE_AGE} alice"), MemberError::Extra),
            (format!("{ALICE_AGE}\n{ALICE_SIGNS}"), MemberError::Extra),
            (format!("{DAVE_LINE} \u{1b}[2J"), MemberError::Extra),
            (RSA_LINE.into(), MemberError::Reads(KeyError::Rsa)),
            (
                format!("{ALICE_AGE} {RSA_LINE}"),
                MemberError::Signs(KeyError::Rsa),
            ),
            (
                format!("{ALICE_AGE} ssh-ed25519 AAAA"),
                MemberError::Signs(KeyError::Damaged),
            ),
            ("ssh-ed25519".into(), MemberError::Reads(KeyError::Damaged)),
            ("alice".into(), MemberError::Reads(KeyError::Unknown)),
        ] {
            assert_eq!(line.parse::<Member>(), Err(error), "{line}");
        }
    }

    #[test]
    fn a_fingerprint_covers_every_key_of_the_line() {
        assert_eq!(
            member(DAVE_LINE).fingerprint(),
            "SHA256:XDeOPSvgcgIPYHC4EAPzu3HzGucSGGhuZbMwDC6PVp0"
        );
        let prints = [
            member(&format!("{ALICE_AGE} {ALICE_SIGNS}")).fingerprint(),
            member(&format!("{BOB_AGE} {ALICE_SIGNS}")).fingerprint(),
            member(&format!("{ALICE_AGE} {DAVE_LINE}")).fingerprint(),
            member(ALICE_AGE).fingerprint(),
        ];
        for (at, print) in prints.iter().enumerate() {
            assert!(print.starts_with("SHA256:"));
            assert!(!prints[..at].contains(print));
        }
        let marked = member(&format!("{BOB_AGE} reads-only"));
        assert_eq!(marked.fingerprint(), member(BOB_AGE).fingerprint());
    }
}
