//! A text for people: an armored age file that whoever has one of the private keys opens.

use std::io::{Read, Write};

use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    Identity, Recipient, WrapError,
    armor::{armor, dearmor},
    wrapped::stanzas,
};
use crate::value::Form;

/// Bytes in an opened text, at most: 64 MiB, as in any file.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Why a text does not open.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LetterError {
    /// It is no armored age file.
    #[error("it is not an armored age file")]
    Form,
    /// Encrypted with a passphrase; nobody is asked for one on behalf of a file.
    #[error("it is encrypted with a passphrase, which is refused")]
    Passphrase,
    /// It should open, but was changed or cut.
    #[error("it is damaged")]
    Damaged,
    /// It has more than 64 MiB.
    #[error("it is larger than {} MiB", LIMIT >> 20)]
    TooLarge,
}

/// Encrypts bytes for all of these people: armored, one line end at the end.
///
/// # Panics
/// When there is nobody.
pub fn encrypt(bytes: &[u8], recipients: &[Recipient]) -> String {
    armor(
        &sealed(bytes, recipients).expect("there is somebody, and writing to memory does not fail"),
    )
}

/// The age file without armor.
pub(super) fn sealed(bytes: &[u8], recipients: &[Recipient]) -> Result<Vec<u8>, age::EncryptError> {
    let recipients: Vec<_> = recipients.iter().map(Recipient::to_age).collect();
    let recipients = recipients.iter().map(AsRef::as_ref);
    let encryptor = age::Encryptor::with_recipients(recipients)?;
    let mut file = Vec::new();
    let mut writer = encryptor.wrap_output(&mut file)?;
    writer.write_all(bytes)?;
    writer.finish()?;
    Ok(file)
}

/// Opens what [`encrypt`] made, with the first identity that fits; `None` if none does.
///
/// # Errors
/// Every [`LetterError`].
pub fn decrypt(
    armored: &str,
    identities: &[&Identity],
) -> Result<Option<Zeroizing<Vec<u8>>>, LetterError> {
    let file = dearmor(armored, Form::Lenient).ok_or(LetterError::Form)?;
    let stanzas = stanzas(&file).map_err(|_: WrapError| LetterError::Form)?;
    if stanzas.iter().any(|stanza| stanza.tag == "scrypt") {
        return Err(LetterError::Passphrase);
    }
    let decryptor = age::Decryptor::new_buffered(file.as_slice()).map_err(|_| LetterError::Form)?;
    let identities = identities
        .iter()
        .map(|identity| *identity as &dyn age::Identity);
    match decryptor.decrypt(identities) {
        Ok(payload) => read(payload).map(Some),
        Err(age::DecryptError::NoMatchingKeys) => Ok(None),
        Err(_) => Err(LetterError::Damaged),
    }
}

fn read(payload: impl Read) -> Result<Zeroizing<Vec<u8>>, LetterError> {
    let mut bytes = Zeroizing::new(Vec::new());
    payload
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| LetterError::Damaged)?;
    match bytes.len() as u64 > LIMIT {
        true => Err(LetterError::TooLarge),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::DAVE_LINE;

    #[test]
    fn a_text_opens_for_each_of_its_readers_and_for_nobody_else() {
        let (alice, bob, carol) = (
            Identity::generate(),
            Identity::generate(),
            Identity::generate(),
        );
        let readers = [alice.recipient().clone(), bob.recipient().clone()];
        let text = encrypt(b"A: 1\n", &readers);
        for reader in [&alice, &bob] {
            let opened = decrypt(&text, &[&carol, reader]).unwrap();
            assert_eq!(opened.as_deref().map(Vec::as_slice), Some(&b"A: 1\n"[..]));
        }
        assert!(decrypt(&text, &[&carol]).unwrap().is_none());
    }

    #[test]
    fn a_text_is_written_for_an_ssh_key_as_well() {
        let dave: Recipient = DAVE_LINE.parse().unwrap();
        let text = encrypt(b"A: 1\n", &[dave]);
        assert!(decrypt(&text, &[&Identity::generate()]).unwrap().is_none());
    }

    #[test]
    fn a_text_that_was_changed_does_not_open() {
        let alice = Identity::generate();
        let file = sealed(b"A: 1\n", &[alice.recipient().clone()]).unwrap();
        let mut changed = file.clone();
        *changed.last_mut().unwrap() ^= 1;
        let opened = decrypt(&armor(&changed), &[&alice]);
        assert_eq!(opened.unwrap_err(), LetterError::Damaged);
        let opened = decrypt(&armor(&file[..file.len() - 1]), &[&alice]);
        assert_eq!(opened.unwrap_err(), LetterError::Damaged);
        assert_eq!(decrypt("A: 1", &[&alice]).unwrap_err(), LetterError::Form);
    }

    #[test]
    fn nobody_is_asked_for_a_passphrase() {
        let lock = age::scrypt::Recipient::new("swordfish".to_owned().into());
        let encryptor =
            age::Encryptor::with_recipients(std::iter::once(&lock as &dyn age::Recipient)).unwrap();
        let mut file = Vec::new();
        let mut writer = encryptor.wrap_output(&mut file).unwrap();
        writer.write_all(b"A: 1\n").unwrap();
        writer.finish().unwrap();
        let opened = decrypt(&armor(&file), &[&Identity::generate()]);
        assert_eq!(opened.unwrap_err(), LetterError::Passphrase);
    }
}
