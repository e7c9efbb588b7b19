//! The id that binds every file to one repository.

use std::{fmt, fmt::Write, str::FromStr};

use thiserror::Error;

/// Random bytes in an id.
pub const REPOSITORY_ID_BYTES: usize = 16;

/// 128 random bits as 32 lower-case hex digits: the same in `.vault.yaml` and in the first log entry of every file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryId(String);

/// A text that is not 32 lower-case hex digits.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("`repository` is not 32 lower-case hex digits")]
pub struct RepositoryIdError;

impl RepositoryId {
    /// Spells an id; the caller draws the bytes.
    pub fn from_bytes(bytes: [u8; REPOSITORY_ID_BYTES]) -> Self {
        let mut text = String::with_capacity(2 * REPOSITORY_ID_BYTES);
        for byte in bytes {
            write!(text, "{byte:02x}").expect("a string takes any text");
        }
        RepositoryId(text)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RepositoryId {
    type Err = RepositoryIdError;

    fn from_str(text: &str) -> Result<Self, RepositoryIdError> {
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        match text.len() == 2 * REPOSITORY_ID_BYTES && text.bytes().all(is_digit) {
            true => Ok(RepositoryId(text.to_owned())),
            false => Err(RepositoryIdError),
        }
    }
}

impl fmt::Display for RepositoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_32_lower_case_hex_digits() {
        let id = RepositoryId::from_bytes([0xa5; 16]);
        assert_eq!(id.as_str(), "a5".repeat(16));
        assert_eq!(id.as_str().parse(), Ok(id));
        for wrong in [
            "",
            "a5",
            &"A5".repeat(16),
            &"g5".repeat(16),
            &"a5".repeat(17),
        ] {
            assert_eq!(wrong.parse::<RepositoryId>(), Err(RepositoryIdError));
        }
    }
}
