//! Public keys that a data key can be wrapped for.

use std::{fmt, str::FromStr};

use age_core::primitives::bech32_decode;

use super::{KeyError, VerifyingKey, public::is_reduced};

/// The points that 8 multiplies to zero, on the curve and on its twist: with any of them everybody agrees on the same key (RFC 7748,
/// section 6.1). A list, as in libsodium: a multiplication costs as much as all else that is looked at in a key.
const SMALL: [[u8; 32]; 5] = [
    [0; 32],
    [
        0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
];

/// A public key that can read: X25519 as `age1…`, or Ed25519 as `ssh-ed25519 AAAA…`.
///
/// A comment behind an SSH key is allowed when it is read, and forgotten. Printed canonically. `ssh-rsa` and other SSH keys,
/// post-quantum and plugin recipients are refused, each by its own error; so are keys of small order and second spellings.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient(Key);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    /// The text, which is the only one of its key.
    Age(String),
    Ssh(VerifyingKey),
}

/// A recipient as a file has it, without the comment that sops lets an SSH key have.
pub fn without_comment(entry: &str) -> String {
    let words: Vec<&str> = entry.split_whitespace().take(2).collect();
    words.join(" ")
}

impl Recipient {
    /// The key of a recipient as a file has it, where it is one for vault.
    pub fn of_entry(entry: &str) -> Option<Self> {
        without_comment(entry).parse().ok()
    }

    /// The key as one that signs, if it is an SSH key.
    pub fn ssh(&self) -> Option<&VerifyingKey> {
        match &self.0 {
            Key::Age(_) => None,
            Key::Ssh(key) => Some(key),
        }
    }

    pub(super) fn of_age(key: &age::x25519::Recipient) -> Self {
        Recipient(Key::Age(key.to_string()))
    }

    pub(super) fn of_ssh(key: VerifyingKey) -> Self {
        Recipient(Key::Ssh(key))
    }

    /// The recipient as the age crate wants it.
    pub(super) fn to_age(&self) -> Box<dyn age::Recipient> {
        let law = "a recipient was checked when it was read";
        match &self.0 {
            Key::Age(text) => Box::new(text.parse::<age::x25519::Recipient>().expect(law)),
            Key::Ssh(key) => match key.to_string().parse::<age::ssh::Recipient>() {
                Ok(recipient) => Box::new(recipient),
                // Its error has no `Debug`.
                Err(_) => unreachable!("{law}"),
            },
        }
    }

    fn from_age(text: &str) -> Result<Self, KeyError> {
        let key: age::x25519::Recipient = text.parse().map_err(|_| KeyError::Damaged)?;
        if key.to_string() != text {
            return Err(KeyError::NotCanonical);
        }
        check_x25519(&decode(text)?)?;
        Ok(Recipient(Key::Age(text.to_owned())))
    }
}

fn decode(text: &str) -> Result<[u8; 32], KeyError> {
    let damaged = |_| KeyError::Damaged;
    bech32_decode(
        text,
        damaged,
        |_| Ok(()),
        |_, bytes| Ok(bytes.collect::<Vec<u8>>()),
    )?
    .try_into()
    .map_err(|_| KeyError::Damaged)
}

/// Refuses a second encoding of a number below 2^255 - 19, and the points of small order.
fn check_x25519(bytes: &[u8; 32]) -> Result<(), KeyError> {
    if bytes[31] & 0x80 != 0 || !is_reduced(bytes) {
        return Err(KeyError::NotCanonical);
    }
    match SMALL.contains(bytes) {
        true => Err(KeyError::SmallOrder),
        false => Ok(()),
    }
}

impl FromStr for Recipient {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.starts_with("ssh-ed25519") {
            return text.parse().map(Recipient::of_ssh);
        }
        if text.starts_with("age1") && text.matches('1').count() == 1 {
            return Recipient::from_age(text);
        }
        if text.starts_with("AGE1") {
            return Err(KeyError::NotCanonical);
        }
        Err(KeyError::of_foreign(text))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Key::Age(text) => f.write_str(text),
            Key::Ssh(key) => key.fmt(f),
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::{
        constants::EIGHT_TORSION, montgomery::MontgomeryPoint, traits::IsIdentity,
    };

    use super::*;
    use crate::keys::samples::{ALICE_AGE, DAVE_LINE, ECDSA_LINE, RSA_LINE, SK_LINE};

    #[test]
    fn recipients_print_as_they_were_read() {
        for text in [ALICE_AGE, DAVE_LINE] {
            assert_eq!(text.parse::<Recipient>().unwrap().to_string(), text);
        }
        let commented = format!("{DAVE_LINE} dave@example.org");
        assert_eq!(
            commented.parse::<Recipient>().unwrap().to_string(),
            DAVE_LINE
        );
    }

    #[test]
    fn an_entry_is_told_by_its_key_whatever_comment_follows_it() {
        let commented = format!("{DAVE_LINE}  dave@example.org of the team");
        assert_eq!(without_comment(&commented), DAVE_LINE);
        assert_eq!(Recipient::of_entry(&commented), DAVE_LINE.parse().ok());
        let spaced = format!(" {ALICE_AGE}\n");
        assert_eq!(Recipient::of_entry(&spaced), ALICE_AGE.parse().ok());
        assert_eq!(Recipient::of_entry(RSA_LINE), None);
    }

    #[test]
    fn what_cannot_be_a_recipient_is_refused_by_name() {
        let flipped = ALICE_AGE.replace("e42", "e43");
        let upper = ALICE_AGE.to_uppercase();
        let spaced = format!("{ALICE_AGE} ");
        for (text, error) in [
            (RSA_LINE, KeyError::Rsa),
            (ECDSA_LINE, KeyError::Ecdsa),
            (SK_LINE, KeyError::SecurityKey),
            ("age1pq1qqqqqq", KeyError::PostQuantum),
            ("age1yubikey1qwertyu", KeyError::Plugin),
            ("age1tag1qwertyu", KeyError::Plugin),
            ("AGE-SECRET-KEY-1QQQQ", KeyError::Private),
            ("AGE-PLUGIN-YUBIKEY-1QQ", KeyError::Private),
            ("hello", KeyError::Unknown),
            ("", KeyError::Unknown),
            ("age1", KeyError::Damaged),
            (&flipped, KeyError::Damaged),
            (&upper, KeyError::NotCanonical),
            (&spaced, KeyError::Damaged),
        ] {
            assert_eq!(text.parse::<Recipient>().unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn x25519_keys_of_small_order_or_in_a_second_encoding_are_refused() {
        for bytes in SMALL {
            assert_eq!(check_x25519(&bytes), Err(KeyError::SmallOrder));
        }
        let mut p = SMALL[2];
        p[0] = 0xed;
        let mut high_bit = decode(ALICE_AGE).unwrap();
        high_bit[31] |= 0x80;
        for bytes in [p, high_bit, [0xff; 32]] {
            assert_eq!(check_x25519(&bytes), Err(KeyError::NotCanonical));
        }
        let mut nine = [0; 32];
        nine[0] = 9;
        assert_eq!(check_x25519(&nine), Ok(()));
    }

    fn is_zero_by_eight(bytes: [u8; 32]) -> bool {
        let by_eight = MontgomeryPoint(bytes).mul_bits_be([true, false, false, false].into_iter());
        by_eight.is_identity()
    }

    #[test]
    fn the_points_of_small_order_are_those_that_eight_multiplies_to_zero() {
        // -1 is of the twist, whose group has four times a prime.
        assert!(SMALL.into_iter().all(is_zero_by_eight));
        for point in EIGHT_TORSION {
            assert!(SMALL.contains(&point.to_montgomery().to_bytes()));
        }
    }
}
