//! What somebody sends who wants to become a recipient: a member line, or all the keys that a site lists for them.

use thiserror::Error;

use super::{KeyError, Member, MemberError, public::is_private};

/// Keys in an offer.
const LINES: usize = 100;

/// Why an offer holds no member line. No text of it is in the message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum OfferError {
    /// A private key, anywhere.
    #[error("this is a private key, and it has been seen by others now; a public one belongs here")]
    Private,
    /// Nothing but blanks and comments.
    #[error("there is no key in it")]
    Nothing,
    /// More than 100 lines.
    #[error("it has more than {LINES} lines")]
    Long,
    /// A line that cannot be used.
    #[error("line {line} cannot be used")]
    Line {
        /// Counted from one.
        line: usize,
        /// Why.
        #[source]
        reason: MemberError,
    },
}

/// The member lines of an offer, each once; never none.
///
/// Of a list of keys those that cannot decrypt are passed over as long as there is one that can.
///
/// # Errors
///
/// See [`OfferError`].
pub fn offered(text: &str) -> Result<Vec<Member>, OfferError> {
    if text.lines().any(holds_private) {
        return Err(OfferError::Private);
    }
    let is_text = |(_, line): &(usize, &str)| !line.trim().is_empty() && !line.starts_with('#');
    let lines: Vec<(usize, &str)> = text.lines().enumerate().filter(is_text).collect();
    if lines.len() > LINES {
        return Err(OfferError::Long);
    }
    let (mut members, mut unusable) = (Vec::new(), None);
    for (at, line) in lines {
        let line_number = at + 1;
        match line.trim().parse::<Member>() {
            Ok(member) if members.contains(&member) => {}
            Ok(member) => members.push(member),
            Err(reason) => {
                let line = line_number;
                let error = OfferError::Line { line, reason };
                if !is_of_another_kind(reason) {
                    return Err(error);
                }
                unusable.get_or_insert(error);
            }
        }
    }
    match (members.is_empty(), unusable) {
        (false, _) => Ok(members),
        (true, Some(error)) => Err(error),
        (true, None) => Err(OfferError::Nothing),
    }
}

fn holds_private(line: &str) -> bool {
    let upper = line.to_ascii_uppercase();
    is_private(line.trim())
        || upper.contains("AGE-SECRET-KEY-")
        || upper.contains("PRIVATE KEY-----")
}

/// A sound key that is of no use here, as people have beside others.
fn is_of_another_kind(error: MemberError) -> bool {
    matches!(
        error,
        MemberError::Reads(
            KeyError::Rsa
                | KeyError::Dsa
                | KeyError::Ecdsa
                | KeyError::SecurityKey
                | KeyError::Certificate
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::{ALICE_AGE, ALICE_SIGNS, DAVE_LINE, ECDSA_LINE, RSA_LINE};

    #[test]
    fn of_a_list_of_keys_the_one_that_can_decrypt_is_taken() {
        let list = format!("{RSA_LINE}\n{ECDSA_LINE}\n{DAVE_LINE} dave@laptop\n\n{DAVE_LINE}\n");
        assert_eq!(offered(&list).unwrap(), [DAVE_LINE.parse().unwrap()]);
        let both = format!("# from a site\n{DAVE_LINE}\n{ALICE_SIGNS}\n");
        assert_eq!(offered(&both).unwrap().len(), 2);
        let line = format!("{ALICE_AGE} {ALICE_SIGNS}\n");
        assert_eq!(offered(&line).unwrap()[0].to_string(), line.trim_end());
    }

    #[test]
    fn what_cannot_be_used_is_told_by_its_line() {
        let rsa = offered(&format!("\n{RSA_LINE}\n")).unwrap_err();
        let reason = MemberError::Reads(KeyError::Rsa);
        assert_eq!(rsa, OfferError::Line { line: 2, reason });
        let damaged = offered(&format!("{DAVE_LINE}\nssh-ed25519 AAAA\n")).unwrap_err();
        let reason = MemberError::Reads(KeyError::Damaged);
        assert_eq!(damaged, OfferError::Line { line: 2, reason });
        assert_eq!(offered("# nothing\n \n"), Err(OfferError::Nothing));
        assert_eq!(offered(&"a\n".repeat(101)), Err(OfferError::Long));
    }

    #[test]
    fn a_private_key_is_seen_wherever_it_stands() {
        for text in [
            "AGE-SECRET-KEY-1QQQ".to_owned(),
            format!("{DAVE_LINE}\nage-secret-key-1qqq\n"),
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n"
                .to_owned(),
            format!("{ALICE_AGE} AGE-SECRET-KEY-1QQQ"),
        ] {
            assert_eq!(offered(&text), Err(OfferError::Private));
        }
    }
}
