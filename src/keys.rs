//! Keys of people and machines: who a data key is wrapped for, who opens it, and who signs.
//!
//! Owns public keys (`Recipient`, `VerifyingKey`), private ones (`Identity`, `SigningKey`), the files that hold the private
//! ones, the lines by which members are written down, and texts that are encrypted for people. It reads no file and asks for no passphrase itself.

mod armor;
mod identity;
mod identity_file;
mod letter;
mod member;
mod offered;
mod openssh;
mod private;
mod public;
mod recipient;
mod recipients;
mod signing;
mod wrapped;

pub(crate) use armor::odd_line;
pub use identity::{Identity, IdentityError};
pub use identity_file::{
    IdentityFile, IdentityFileError, LockedIdentity, PUBLIC_TEST_MARK, is_public_test, lock,
};
pub use letter::{LetterError, decrypt, encrypt};
pub use member::{Member, MemberError};
pub use offered::{OfferError, offered};
pub use private::PrivateKey;
pub use public::{KeyError, VerifyingKey};
pub use recipient::{Recipient, without_comment};
pub use recipients::{Recipients, RecipientsError};
pub use signing::{MessageDigest, SignatureBlob, SignatureError, SigningKey};
pub use wrapped::{WrapError, WrappedKey, unwrap, wrap};

#[cfg(test)]
pub(crate) mod samples;
