use std::collections::HashSet;

use age_core::format::FileKey;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use std::io::Write;

use super::*;
use crate::keys::armor::armor;
use crate::{
    keys::{IdentityFile, samples::*},
    secret::secret,
};

fn alice() -> Vec<Identity> {
    vec![Identity::parse(ALICE_SECRET).unwrap()]
}

fn bob() -> Vec<Identity> {
    vec![Identity::parse(BOB_SECRET).unwrap()]
}

fn dave() -> Vec<Identity> {
    let IdentityFile::Open(identities) = IdentityFile::parse(DAVE_PEM.as_bytes()).unwrap() else {
        panic!("not locked");
    };
    identities
}

fn recipient(text: &str) -> Recipient {
    text.parse().unwrap()
}

fn parse(armored: &str, form: Form) -> Result<(), WrapError> {
    WrappedKey::parse(armored, form).map(|_| ())
}

/// An age file for whomever, of whatever.
fn age_file(recipients: &[&dyn age::Recipient], payload: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let encryptor = age::Encryptor::with_recipients(recipients.iter().copied()).unwrap();
    let mut writer = encryptor.wrap_output(&mut file).unwrap();
    writer.write_all(payload).unwrap();
    writer.finish().unwrap();
    file
}

/// A recipient whose stanza nobody knows.
struct Stranger(&'static str);

impl age::Recipient for Stranger {
    fn wrap_file_key(
        &self,
        _: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
        let stanza = Stanza {
            tag: self.0.to_owned(),
            args: vec!["x".to_owned()],
            body: vec![7; 48],
        };
        Ok((vec![stanza], HashSet::new()))
    }
}

/// Written by SOPS 3.13.1 for alice.
const OF_SOPS: &str = "\
-----BEGIN AGE ENCRYPTED FILE-----
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSA5THJvRVJ0VElPQmM5Z2ls
TFBOYm45T2hEc0MzL2FPdkRjSXU0Q2FreGhJCkIrVnFWSXh6ZjNDMTVSWVFaVWF6
aTE5Tm04SVcrUE5JTDRCY2NWdlRtTHcKLS0tIHlnQXVnTFJmd1cvY3VRLzVuem1R
bGFCb3htM1REb0F6dVZMUlEwUmxGSUUK+iLmomJ0xggmuVvr56aFe/C1k4eFjd0C
YihXp+ITrDxokYQHDZEzo7kXlNV1XbfXtZXAcUseLblqbjec7hbwrA==
-----END AGE ENCRYPTED FILE-----
";

#[test]
fn an_entry_of_sops_opens_to_its_data_key() {
    let key = unwrap(OF_SOPS, &alice(), Form::Canonical).unwrap().unwrap();
    assert_eq!(key.expose()[..4], [0x4f, 0x98, 0xec, 0xe3]);
}

#[test]
fn an_entry_opens_for_its_recipient_and_nobody_else() {
    let key = DataKey::generate();
    for (line, own, others) in [
        (ALICE_AGE, alice(), [bob(), dave()]),
        (DAVE_LINE, dave(), [alice(), bob()]),
    ] {
        let entry = wrap(&key, &recipient(line));
        for form in [Form::Canonical, Form::Lenient] {
            assert!(unwrap(&entry, &own, form).unwrap().unwrap().is_same(&key));
            for other in &others {
                assert!(unwrap(&entry, other, form).unwrap().is_none());
            }
            assert!(unwrap(&entry, &[], form).unwrap().is_none());
        }
    }
}

#[test]
fn the_identity_that_fits_is_found_among_many() {
    let key = DataKey::generate();
    let many: Vec<Identity> = [bob(), dave(), alice()].into_iter().flatten().collect();
    for line in [ALICE_AGE, BOB_AGE, DAVE_LINE] {
        let entry = wrap(&key, &recipient(line));
        let found = unwrap(&entry, &many, Form::Canonical).unwrap().unwrap();
        assert!(found.is_same(&key));
    }
}

#[test]
fn a_new_entry_is_canonical_every_time() {
    for line in [ALICE_AGE, DAVE_LINE] {
        let mut seen = HashSet::new();
        // Grease is random: some of it is long, some has an empty last line.
        for _ in 0..50 {
            let entry = wrap(&DataKey::generate(), &recipient(line));
            assert_eq!(parse(&entry, Form::Canonical), Ok(()));
            assert!(entry.ends_with("-----END AGE ENCRYPTED FILE-----\n"));
            assert!(!entry.contains('\r'));
            assert!(seen.insert(entry));
        }
    }
}

#[test]
fn who_could_open_an_entry_is_told_without_a_key() {
    let key = DataKey::generate();
    let could = |entry: &str, line| {
        WrappedKey::parse(entry, Form::Canonical)
            .unwrap()
            .could_be_for(&recipient(line))
    };
    let for_alice = wrap(&key, &recipient(ALICE_AGE));
    assert!(could(&for_alice, ALICE_AGE));
    assert!(could(&for_alice, BOB_AGE), "age recipients are anonymous");
    assert!(!could(&for_alice, DAVE_LINE));
    let for_dave = wrap(&key, &recipient(DAVE_LINE));
    assert!(could(&for_dave, DAVE_LINE));
    assert!(!could(&for_dave, ERIN_LINE));
    assert!(!could(&for_dave, ALICE_AGE));
}

///
#[test]
fn r46_a_passphrase_entry_is_refused_by_name_and_nobody_is_asked() {
    let mut scrypt = age::scrypt::Recipient::new(secret("open sesame"));
    scrypt.set_work_factor(2);
    let entry = armor(&age_file(&[&scrypt], &[7; 32]));
    for form in [Form::Canonical, Form::Lenient] {
        assert_eq!(parse(&entry, form), Err(WrapError::Passphrase));
    }
}

#[test]
fn a_second_recipient_hidden_in_an_entry_is_refused() {
    let (one, two) = (recipient(ALICE_AGE).to_age(), recipient(BOB_AGE).to_age());
    let entry = armor(&age_file(&[one.as_ref(), two.as_ref()], &[7; 32]));
    assert_eq!(parse(&entry, Form::Canonical), Err(WrapError::Stanzas(2)));
    // SOPS opens it, and so does a lenient reader, for both.
    for identities in [alice(), bob()] {
        let key = unwrap(&entry, &identities, Form::Lenient).unwrap().unwrap();
        assert_eq!(key.expose(), &[7; 32]);
    }
    // Nor can somebody hide behind the name of grease.
    let entry = armor(&age_file(&[one.as_ref(), &Stranger("x-grease")], &[7; 32]));
    assert_eq!(parse(&entry, Form::Canonical), Err(WrapError::Stanzas(3)));
    let entry = armor(&age_file(&[&Stranger("x-grease")], &[7; 32]));
    assert_eq!(parse(&entry, Form::Canonical), Err(WrapError::Stanzas(0)));
}

#[test]
fn recipients_of_other_kinds_are_refused_in_canonical_entries() {
    let rsa: age::ssh::Recipient = RSA_LINE.parse().unwrap_or_else(|_| panic!("a key"));
    for foreign in [&rsa as &dyn age::Recipient, &Stranger("mlkem768x25519")] {
        let entry = armor(&age_file(&[foreign], &[7; 32]));
        assert_eq!(parse(&entry, Form::Canonical), Err(WrapError::Recipient));
        assert!(unwrap(&entry, &alice(), Form::Lenient).unwrap().is_none());
    }
}

#[test]
fn what_is_not_a_data_key_is_refused() {
    let one = recipient(ALICE_AGE).to_age();
    for payload in [&[7; 31][..], &[7; 33], &[], &[7; 100]] {
        let entry = armor(&age_file(&[one.as_ref()], payload));
        assert_eq!(parse(&entry, Form::Canonical), Err(WrapError::Form));
        let error = unwrap(&entry, &alice(), Form::Lenient).err();
        assert_eq!(error, Some(WrapError::NotADataKey));
    }
}

#[test]
fn other_spellings_of_an_entry_are_refused() {
    let entry = wrap(&DataKey::generate(), &recipient(ALICE_AGE));
    let file = dearmor(&entry, Form::Canonical).unwrap();
    let raw: String = file.iter().map(|b| char::from(*b)).collect();
    for other in [
        format!("{entry}{entry}"),
        format!("{entry}\n"),
        format!(" {entry}"),
        entry.trim_end().to_owned(),
        entry.replace('\n', "\r\n"),
        raw,
        STANDARD.encode(&file),
        String::new(),
    ] {
        assert_eq!(parse(&other, Form::Canonical), Err(WrapError::Armor));
    }
    for blanks in [
        format!("\n  {entry}\n\n"),
        entry.replace('\n', "\r\n"),
        entry.trim_end().to_owned(),
    ] {
        assert!(unwrap(&blanks, &alice(), Form::Lenient).unwrap().is_some());
    }
    let huge = format!("{}{entry}", " ".repeat(ENTRY_BYTES));
    assert_eq!(parse(&huge, Form::Lenient), Err(WrapError::Form));
}

#[test]
fn a_header_in_another_encoding_is_refused() {
    // The older encoding of a body of 48 bytes: without the short line at its end.
    let file = age_file(&[&Stranger("X25519")], &[7; 32]);
    let text: Vec<u8> = file.clone();
    let at = text.windows(2).position(|pair| pair == b"\n\n").unwrap();
    let mut older = text[..at].to_vec();
    older.extend_from_slice(&text[at + 1..]);
    assert_eq!(parse(&armor(&file), Form::Canonical), Ok(()));
    assert_eq!(parse(&armor(&older), Form::Canonical), Err(WrapError::Form));
    assert_eq!(parse(&armor(&older), Form::Lenient), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_data_key_comes_back(bytes: [u8; 32]) {
        let key = DataKey::from_bytes(&bytes).unwrap();
        for (line, identities) in [(ALICE_AGE, alice()), (DAVE_LINE, dave())] {
            let entry = wrap(&key, &recipient(line));
            let back = unwrap(&entry, &identities, Form::Canonical).unwrap().unwrap();
            prop_assert!(back.is_same(&key));
        }
    }

    #[test]
    fn no_flipped_bit_opens(at in 0usize..2000, bit in 0u8..8) {
        let mut file = dearmor(OF_SOPS, Form::Canonical).unwrap();
        let at = at % file.len();
        file[at] ^= 1 << bit;
        for form in [Form::Canonical, Form::Lenient] {
            let opened = unwrap(&armor(&file), &alice(), form);
            prop_assert!(!matches!(opened, Ok(Some(_))));
        }
    }

    #[test]
    fn no_entry_makes_it_panic(bytes: Vec<u8>, text in "(?s).{0,200}") {
        for form in [Form::Canonical, Form::Lenient] {
            let _ = parse(&armor(&bytes), form);
            let _ = parse(&text, form);
            let _ = parse(&armor(format!("age-encryption.org/v1\n{text}").as_bytes()), form);
        }
    }
}
