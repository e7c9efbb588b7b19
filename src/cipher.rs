//! One value and one data key: how SOPS encrypts a scalar, binds it to its place, and authenticates all of them together.
//!
//! Owns the form `ENC[AES256_GCM,…]`, the plaintext of every type, the additional data and the MAC. It does not know
//! where in a document a value stands, nor which values are encrypted.

mod ciphertext;
mod mac;
mod plain;
mod sextets;

pub use ciphertext::{Ciphertext, Tag};
pub use mac::{Mac, MacDigest, MacScope};

use std::mem;

use aes::Aes256;
use aes_gcm::{
    AesGcm,
    aead::{
        AeadInPlace, KeyInit,
        generic_array::{
            ArrayLength, GenericArray,
            typenum::{U12, U16, U32},
        },
    },
};
use rand::{RngCore, rngs::OsRng};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    secret::{DataKey, SecretString},
    value::{Kind, Scalar},
};
use ciphertext::Nonce;

/// Bytes in a nonce: 32, as SOPS writes it (not the usual 12).
pub const NONCE_BYTES: usize = 32;

/// Bytes in an authentication tag (AES-GCM).
pub const TAG_BYTES: usize = 16;

/// Why a value cannot be read or written. Never holds any part of the value, nor of its ciphertext.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CipherError {
    /// Not `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.
    #[error("not an encrypted value of the form ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]")]
    Shape,
    /// Something follows the closing bracket.
    #[error("text after the closing bracket of an encrypted value")]
    Trailing,
    /// A field is not standard base64 with padding, or not its only spelling.
    #[error("`{field}` of an encrypted value is not canonical base64")]
    Base64 {
        /// `data`, `iv` or `tag`.
        field: &'static str,
    },
    /// A field has the wrong number of bytes.
    #[error("`{field}` of an encrypted value has {found} bytes instead of {wanted}")]
    Length {
        /// `data`, `iv` or `tag`.
        field: &'static str,
        /// Bytes that it must have.
        wanted: usize,
        /// Bytes that it has.
        found: usize,
    },
    /// A nonce of a length that no program in use writes.
    #[error("`iv` of an encrypted value has {0} bytes; 12, 16 and 32 are supported")]
    NonceLength(usize),
    /// `data` is empty; SOPS leaves the empty text in clear.
    #[error("`data` of an encrypted value is empty")]
    NoData,
    /// A `type` that SOPS does not know, or `bytes`, which it reads but never writes.
    #[error("unknown or forbidden type of an encrypted value")]
    Type,
    /// Wrong key, changed, or taken from another place.
    #[error("does not decrypt: changed, moved here from elsewhere, or of another data key")]
    Authentication,
    /// Decrypted, but not a text.
    #[error("not valid UTF-8; binary values are not supported")]
    NotText,
    /// Decrypted, but not spelled as its type demands.
    #[error("does not hold the canonical spelling of its type, {0}")]
    Spelling(Kind),
    /// An encrypted comment where a value must be.
    #[error("an encrypted comment in the place of a value")]
    CommentAsValue,
    /// An encrypted value where a comment must be.
    #[error("an encrypted value in the place of a comment")]
    ValueAsComment,
    /// Null and the empty text have no ciphertext.
    #[error("null and the empty text cannot be encrypted")]
    Blank,
    /// The values are not those that were authenticated.
    #[error("the values do not match the file's MAC")]
    Mac,
}

/// Encrypts and decrypts with one data key; the key schedule is made once, and wiped when this is dropped.
pub struct Cipher {
    gcm: AesGcm<Aes256, U32>,
    // For nonces of foreign lengths, which need a cipher of another type.
    block: Aes256,
}

impl Cipher {
    /// Prepares the data key of a file.
    pub fn new(key: &DataKey) -> Self {
        let block = Aes256::new(key.expose().into());
        Cipher {
            gcm: AesGcm::from(block.clone()),
            block,
        }
    }

    /// Encrypts a value under a fresh nonce, so never twice to the same text.
    ///
    /// # Errors
    /// `CipherError::Blank` for null and the empty text.
    pub fn encrypt(&self, scalar: &Scalar, aad: &str) -> Result<String, CipherError> {
        match Tag::of(scalar.kind()) {
            Some(tag) if !scalar.is_blank() => Ok(self.seal(plain::spell(scalar), tag, aad)),
            _ => Err(CipherError::Blank),
        }
    }

    /// Encrypts a comment: everything after the `#`, leading blank included.
    ///
    /// # Errors
    /// `CipherError::Blank` for an empty comment, which stays as it is.
    pub fn encrypt_comment(&self, text: &str, aad: &str) -> Result<String, CipherError> {
        if text.is_empty() {
            return Err(CipherError::Blank);
        }
        Ok(self.seal(text, Tag::Comment, aad))
    }

    /// Decrypts a value; its text becomes canonical.
    ///
    /// # Errors
    /// `CommentAsValue`; `Authentication`; `NotText`; `Spelling` when the plaintext is not the canonical one of its type,
    /// or, read leniently, none that SOPS takes.
    pub fn decrypt(&self, sealed: &Ciphertext<'_>, aad: &str) -> Result<Scalar, CipherError> {
        let kind = sealed.tag().kind().ok_or(CipherError::CommentAsValue)?;
        plain::read(kind, self.open(sealed, aad)?, sealed.form())
    }

    /// Decrypts a comment.
    ///
    /// # Errors
    /// `ValueAsComment`; `Authentication`, also for a comment that belongs to another container; `NotText`.
    pub fn decrypt_comment(
        &self,
        sealed: &Ciphertext<'_>,
        aad: &str,
    ) -> Result<SecretString, CipherError> {
        if sealed.tag() != Tag::Comment {
            return Err(CipherError::ValueAsComment);
        }
        let mut text = self.open(sealed, aad)?;
        Ok(SecretString::from(mem::take(&mut *text)))
    }

    fn seal(&self, plaintext: &str, tag: Tag, aad: &str) -> String {
        let mut nonce = [0; NONCE_BYTES];
        OsRng.fill_bytes(&mut nonce);
        let mut buffer = Zeroizing::new(plaintext.as_bytes().to_vec());
        let auth = self
            .gcm
            .encrypt_in_place_detached(&nonce.into(), aad.as_bytes(), &mut buffer)
            .expect("a value in memory is shorter than the 64 GiB that GCM takes");
        ciphertext::compose(&buffer, &nonce, &auth.into(), tag)
    }

    fn open(&self, sealed: &Ciphertext<'_>, aad: &str) -> Result<Zeroizing<String>, CipherError> {
        let mut buffer = Zeroizing::new(sealed.data()?);
        let auth = &sealed.auth()?;
        match &sealed.nonce()? {
            Nonce::B32(nonce) => decrypt(&self.gcm, nonce, aad, &mut buffer, auth),
            Nonce::B16(nonce) => decrypt(&self.other::<U16>(), nonce, aad, &mut buffer, auth),
            Nonce::B12(nonce) => decrypt(&self.other::<U12>(), nonce, aad, &mut buffer, auth),
        }?;
        text(buffer)
    }

    fn other<N: ArrayLength<u8>>(&self) -> AesGcm<Aes256, N> {
        AesGcm::from(self.block.clone())
    }
}

/// Derives the additional data that binds a value to its place.
///
/// The keys joined by `:` with a `:` at the end; positions in lists do not count, the root is `:`
/// (SOPS 3.13, `sops.go`, `Tree.Encrypt`).
pub fn additional_data<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for key in keys {
        text.push_str(key);
        text.push(':');
    }
    if text.is_empty() {
        text.push(':');
    }
    text
}

fn decrypt<N: ArrayLength<u8>>(
    gcm: &AesGcm<Aes256, N>,
    nonce: &[u8],
    aad: &str,
    buffer: &mut [u8],
    auth: &[u8; TAG_BYTES],
) -> Result<(), CipherError> {
    let nonce = GenericArray::from_slice(nonce);
    gcm.decrypt_in_place_detached(nonce, aad.as_bytes(), buffer, auth.into())
        .map_err(|_| CipherError::Authentication)
}

// Moves the bytes: no second copy, and wiped on every way out.
fn text(mut buffer: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, CipherError> {
    match String::from_utf8(mem::take(&mut *buffer)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(CipherError::NotText)
        }
    }
}

#[cfg(test)]
mod tests;
