//! Signatures as `ssh-keygen -Y sign` makes them: Ed25519 and SHA-512 only, one encoding only.

use std::io::{BufWriter, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{SECRET_KEY_LENGTH, Signer};
use hkdf::Hkdf;
use sha2::{Digest, Sha256, Sha512};
use ssh_encoding::{Decode, Encode};
use ssh_key::{
    Algorithm, HashAlg, Signature, SshSig,
    public::{Ed25519PublicKey, KeyData},
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::VerifyingKey;

/// Binds the derived key to its use (`docs/format.md`, "Signing keys").
const DERIVATION: &[u8] = b"vault/signing-key/v1";

/// Bytes in a blob, at most: 150 and the namespace, which is a short word.
const BLOB_BYTES: usize = 512;

/// Why a signature is not accepted. Tells nothing of what was signed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SignatureError {
    /// Not standard base64 with padding, in its only spelling.
    #[error("the signature is not canonical base64")]
    Base64,
    /// Not the blob of PROTOCOL.sshsig, or not the only encoding of one.
    #[error("the signature is not a canonical SSH signature blob")]
    Form,
    /// Bytes after the blob.
    #[error("bytes after the end of the signature blob")]
    Trailing,
    /// A version of the blob other than 1.
    #[error("the signature has version {0} of the blob; only 1 is known")]
    Version(u32),
    /// Not `ssh-ed25519`.
    #[error("the signature is not made with an ssh-ed25519 key")]
    Algorithm,
    /// Not SHA-512.
    #[error("the signature does not use sha512")]
    Hash,
    /// The field for later use is in use.
    #[error("the signature uses its reserved field")]
    Reserved,
    /// Made with another key than the one asked for.
    #[error("the signature is made with another key")]
    OtherKey,
    /// Made for another purpose.
    #[error("the signature is made for another namespace")]
    Namespace,
    /// What was signed is not what is here.
    #[error("the signature does not match what it should cover")]
    Mismatch,
}

/// The SHA-512 of a message: all of it that a signature sees (PROTOCOL.sshsig, section 3).
#[derive(PartialEq, Eq)]
pub struct MessageDigest([u8; 64]);

impl MessageDigest {
    /// Hashes a message that is in memory.
    pub fn of(message: &[u8]) -> Self {
        MessageDigest(Sha512::digest(message).into())
    }

    /// Hashes a message while it is written: a large one need not be in memory. Writing to it never fails.
    pub fn written(write: impl FnOnce(&mut BufWriter<Sha512>)) -> Self {
        let mut hash = BufWriter::with_capacity(HASHED_AT_ONCE, Sha512::new());
        write(&mut hash);
        hash.flush().expect("a hash takes everything");
        MessageDigest(hash.get_ref().clone().finalize().into())
    }

    /// What is signed: the message only by its digest (PROTOCOL.sshsig, section 3).
    fn signed_data(&self, namespace: &str) -> Vec<u8> {
        let mut data = b"SSHSIG".to_vec();
        let reserved: &[u8] = &[];
        for field in [namespace.as_bytes(), reserved, b"sha512", &self.0] {
            field.encode(&mut data).expect("a vector takes everything");
        }
        data
    }
}

/// Bytes that a message is hashed in.
const HASHED_AT_ONCE: usize = 4 << 10;

/// A private key that signs; wiped when dropped, never printed.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Derives the signing key of an age identity, so that nobody has a second secret to keep.
    ///
    /// Seed: HKDF-SHA-256 without salt over the identity's text in upper case, info `vault/signing-key/v1`, 32 bytes.
    pub(super) fn derive(identity_text: &str) -> Self {
        let mut seed = Zeroizing::new([0; SECRET_KEY_LENGTH]);
        Hkdf::<Sha256>::new(None, identity_text.as_bytes())
            .expand(DERIVATION, &mut *seed)
            .expect("32 bytes are within what HKDF gives");
        SigningKey::from_seed(&seed)
    }

    pub(super) fn from_seed(seed: &[u8; SECRET_KEY_LENGTH]) -> Self {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::of_secret(&self.0)
    }

    /// Signs a message for a purpose. The same three always give the same signature (Ed25519 is deterministic).
    ///
    /// # Panics
    /// If the namespace is empty; it is a constant of the caller.
    pub fn sign(&self, namespace: &str, message: &[u8]) -> SignatureBlob {
        self.sign_digest(namespace, &MessageDigest::of(message))
    }

    /// As `sign`, for a message whose digest is known.
    ///
    /// # Panics
    /// As `sign`.
    pub fn sign_digest(&self, namespace: &str, message: &MessageDigest) -> SignatureBlob {
        let signature = self.0.sign(&message.signed_data(namespace));
        let bytes = encode(self.verifying_key().as_bytes(), namespace, &signature)
            .expect("an Ed25519 signature has 64 bytes, and a namespace is never empty");
        SignatureBlob {
            bytes,
            key: *self.verifying_key().as_bytes(),
            namespace: namespace.to_owned(),
            signature,
        }
    }
}

impl VerifyingKey {
    /// Whether `blob` is this key's signature over `message`, for this purpose and in the one accepted encoding.
    ///
    /// # Errors
    /// Every `SignatureError`.
    pub fn verify(
        &self,
        namespace: &str,
        message: &[u8],
        blob: &[u8],
    ) -> Result<(), SignatureError> {
        SignatureBlob::parse(blob)?.verify(self, namespace, message)
    }
}

/// A well-formed signature that claims a signer; nothing is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureBlob {
    bytes: Vec<u8>,
    /// As it stands there: whether it can be anybody's, the comparison with a known one says.
    key: [u8; 32],
    namespace: String,
    signature: ed25519_dalek::Signature,
}

impl SignatureBlob {
    /// Reads a blob strictly: version 1, `ssh-ed25519`, `sha512`, the reserved field empty, one encoding, nothing behind it.
    ///
    /// # Errors
    /// Every `SignatureError` but those of verification (`OtherKey`, `Namespace`, `Mismatch`).
    pub fn parse(blob: &[u8]) -> Result<Self, SignatureError> {
        let parsed = decode(blob)?;
        let KeyData::Ed25519(key) = parsed.public_key() else {
            return Err(SignatureError::Algorithm);
        };
        if parsed.algorithm() != Algorithm::Ed25519 {
            return Err(SignatureError::Algorithm);
        }
        if parsed.hash_alg() != HashAlg::Sha512 {
            return Err(SignatureError::Hash);
        }
        if !parsed.reserved().is_empty() {
            return Err(SignatureError::Reserved);
        }
        let key = key.0;
        let signature = ed25519_dalek::Signature::from_slice(parsed.signature_bytes())
            .map_err(|_| SignatureError::Form)?;
        let namespace = parsed.namespace().to_owned();
        // Whatever the decoder lets pass, there is one blob for these parts.
        if encode(&key, &namespace, &signature).as_deref() != Some(blob) {
            return Err(SignatureError::Form);
        }
        Ok(SignatureBlob {
            bytes: blob.to_vec(),
            key,
            namespace,
            signature,
        })
    }

    /// Reads the base64 that stands in a file: standard alphabet, with padding, in one line.
    ///
    /// # Errors
    /// `Base64`, and those of `parse`.
    pub fn from_base64(text: &str) -> Result<Self, SignatureError> {
        let blob = STANDARD.decode(text).map_err(|_| SignatureError::Base64)?;
        SignatureBlob::parse(&blob)
    }

    /// The base64 for a file.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// The exact bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key inside, if it can be one. A claim: only `verify` with a key known from elsewhere makes it true.
    pub fn claimed_key(&self) -> Option<VerifyingKey> {
        VerifyingKey::from_bytes(&self.key).ok()
    }

    /// Whether a key is the one inside; the same claim.
    pub fn claims(&self, key: &VerifyingKey) -> bool {
        self.key == *key.as_bytes()
    }

    /// Whether this is that key's signature over the message for this purpose.
    ///
    /// Strict verification of Ed25519: points of small order and unreduced scalars are refused (dalek's `verify_strict`).
    ///
    /// # Errors
    /// `OtherKey`, `Namespace`, `Mismatch`.
    pub fn verify(
        &self,
        key: &VerifyingKey,
        namespace: &str,
        message: &[u8],
    ) -> Result<(), SignatureError> {
        self.verify_digest(key, namespace, &MessageDigest::of(message))
    }

    /// As `verify`, for a message whose digest is known.
    ///
    /// # Errors
    /// As `verify`.
    pub fn verify_digest(
        &self,
        key: &VerifyingKey,
        namespace: &str,
        message: &MessageDigest,
    ) -> Result<(), SignatureError> {
        if !self.claims(key) {
            return Err(SignatureError::OtherKey);
        }
        if self.namespace != namespace {
            return Err(SignatureError::Namespace);
        }
        key.key()
            .verify_strict(&message.signed_data(namespace), &self.signature)
            .map_err(|_| SignatureError::Mismatch)
    }
}

fn decode(blob: &[u8]) -> Result<SshSig, SignatureError> {
    if blob.len() > BLOB_BYTES {
        return Err(SignatureError::Form);
    }
    let mut rest = blob;
    let parsed = SshSig::decode(&mut rest).map_err(|error| match error {
        ssh_key::Error::Version { number } => SignatureError::Version(number),
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
            SignatureError::Algorithm
        }
        _ => SignatureError::Form,
    })?;
    if !rest.is_empty() {
        return Err(SignatureError::Trailing);
    }
    match parsed.version() {
        SshSig::VERSION => Ok(parsed),
        other => Err(SignatureError::Version(other)),
    }
}

fn encode(
    key: &[u8; 32],
    namespace: &str,
    signature: &ed25519_dalek::Signature,
) -> Option<Vec<u8>> {
    let key = KeyData::Ed25519(Ed25519PublicKey(*key));
    let signature = Signature::new(Algorithm::Ed25519, signature.to_bytes()).ok()?;
    let blob = SshSig::new(key, namespace, HashAlg::Sha512, signature).ok()?;
    let mut bytes = Vec::new();
    blob.encode(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests;
