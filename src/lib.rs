//! A team's secrets inside its git repository: one encrypted, signed SOPS file per environment.
//!
//! This library is what vault *means*; the program of the same name is what it says and touches. Use it to read an environment inside a service, to
//! verify files in a bot of your own, or to build another tool on the format (`docs/format.md`).
//!
//! # What holds
//!
//! * **Types carry the proof.** [`sealed::Sealed`] is well-formed, nothing more. [`sealed::Verified`] has a signature by a writer and exactly the readers
//!   of its log; no private key was needed for that. [`sealed::Opened`] has every value decrypted and its MAC compared. Values come out of `Opened`
//!   alone. One step is the caller's, who holds the config: [`accord::vouches_for`].
//! * **Text in, text out.** Nothing below [`vault`](mod@vault) knows of files, and nothing at all of the clock, environment variables, git or a
//!   terminal. Time is an argument. Randomness for keys and nonces is the exception.
//! * **Secrets have types** ([`secret`]): they cannot be printed and are wiped when dropped. No error holds a value, a digest of one, or a line of a file.
//! * **A change leaves alone what it is not about**: other values keep their ciphertext, comments and layout stay.
//!
//! # The floors
//!
//! From the top; each knows only those below it.
//!
//! | module | |
//! |---|---|
//! | [`vault`](mod@vault) | files on disk: find the root, read, write one or several or none |
//! | [`difference`] | two versions of a file compared by key, with and without their values; what one shows without a key |
//! | [`accord`] | config and log compared |
//! | [`config`] | `.vault.yaml` |
//! | [`reconcile`] | three versions of a secret file made one |
//! | [`import`](mod@import) | what others wrote, as trees of values |
//! | [`typed`], [`braid`](mod@braid) | the text in a person's editor; two plain documents made one, comments and all |
//! | [`merge`], [`render`], [`mask`] | pure functions over values |
//! | [`rescue`] | what was typed and not written, for whoever typed it |
//! | [`sealed`] | a file and what is proven about it |
//! | [`known`] | what a machine accepted before, and what that says of a file |
//! | [`members`] | the signed log of who may read and write |
//! | [`signature`] | what is signed, and the signature over a file |
//! | [`sops`] | the format: metadata, MAC, which values are encrypted |
//! | [`cipher`], [`keys`] | one value; data keys, identities, recipients |
//! | [`yaml`] | text with places |
//! | [`value`] | scalars, trees, key paths, names |
//! | [`secret`] | bytes that vanish |
//!
//! # An example
//!
//! A new file with one value, sealed, verified and opened again. With files on disk: `examples/` in the repository.
//!
//! ```
//! use std::collections::BTreeMap;
//! use vault::{
//!     keys::Identity,
//!     members::Origin,
//!     sealed::{Expected, Opened, Sealed, Signer},
//!     secret::ExposeSecret,
//!     sops::EVERYTHING,
//!     value::{KeyPath, Node, Scalar},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = "2026-11-24T12:00:00Z";
//! let repository = "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0";
//! let alice = [Identity::generate()];
//! let members = BTreeMap::from([("alice".parse()?, alice[0].member())]);
//! let path: KeyPath = "database.password".parse()?;
//!
//! // Make it: who reads and writes, and that everything is encrypted.
//! let origin = Origin {
//!     repository: repository.to_owned(),
//!     environment: "dev".parse()?,
//!     rule: vec![("unencrypted_regex".to_owned(), EVERYTHING.to_owned())],
//!     extends: Vec::new(),
//! };
//! let signer = Signer::among(&alice, &members);
//! let mut opened = Opened::create(origin, members.clone(), now)?;
//! opened.set(&path, &Node::Scalar(Scalar::str("s3cret!")))?;
//! let text = opened.seal(signer.as_ref(), now)?.text();
//! assert!(text.starts_with("database:\n    password: ENC[AES256_GCM,"));
//!
//! // Verify it: anybody can.
//! let verified = Sealed::parse(text.as_bytes())?.verify(&Expected {
//!     repository,
//!     environment: &"dev".parse()?,
//!     signed: true,
//! })?;
//! assert_eq!(verified.signer().map(|name| name.as_str()), Some("alice"));
//!
//! // Open it: a recipient can.
//! let key = verified.data_key(&alice)?.ok_or("not a recipient")?;
//! let opened = verified.open(key)?;
//! let root = Node::Map(opened.tree().clone());
//! let value = root.get(path.steps()).and_then(Node::as_scalar);
//! assert_eq!(value.map(|value| value.text().expose_secret()), Some("s3cret!"));
//! # Ok(())
//! # }
//! ```

pub mod accord;
pub mod adoption;
pub mod braid;
pub mod cipher;
pub mod comparison;
pub mod config;
pub mod difference;
pub mod import;
pub mod keys;
pub mod known;
pub mod leak;
pub mod mask;
pub mod members;
pub mod merge;
pub mod reconcile;
pub mod render;
pub mod rescue;
pub mod sealed;
pub mod secret;
pub mod signature;
pub mod sops;
pub mod typed;
pub mod value;
pub mod vault;
pub mod yaml;
