//! Secrets that come in: through a pipe, or out of a file.

use std::io::{self, IsTerminal, Read};

use thiserror::Error;
use vault::secret::SecretString;
use zeroize::Zeroizing;

use super::Terminal;

/// Bytes in a value, at most (`docs/threats.md`, limits).
pub(crate) const VALUE_BYTES: usize = 1024 * 1024;

/// Why what came in cannot be a value.
#[derive(Debug, Error)]
pub(crate) enum InputError {
    /// More than a value may have.
    #[error("a value can have {} KiB at most", VALUE_BYTES / 1024)]
    Large,
    /// Not UTF-8, which is all that the file format can hold.
    #[error("a value must be text in UTF-8; encode other data, for instance with base64")]
    NotText,
    /// The system does not give it.
    #[error("cannot read the value")]
    Read(#[source] io::Error),
}

impl Terminal {
    /// Whether a person would have to type what standard input gives.
    pub(crate) fn is_stdin(self) -> bool {
        io::stdin().is_terminal()
    }

    /// Reads standard input to its end, verbatim.
    ///
    /// # Errors
    /// Every `InputError`.
    pub(crate) fn read_stdin(self) -> Result<SecretString, InputError> {
        // Not through the standard library's buffer, which would keep a copy.
        let stdin = rustix::io::dup(io::stdin()).map_err(|error| InputError::Read(error.into()))?;
        self.read_value(std::fs::File::from(stdin))
    }

    /// Reads standard input to its end as a file of secrets, up to a number of bytes; `None` if there is more.
    ///
    /// # Errors
    /// The system does not give it.
    pub(crate) fn read_stdin_file(
        self,
        limit: usize,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, InputError> {
        let stdin = rustix::io::dup(io::stdin()).map_err(|error| InputError::Read(error.into()))?;
        let mut bytes = Zeroizing::new(Vec::new());
        std::fs::File::from(stdin)
            .take(limit as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(InputError::Read)?;
        Ok((bytes.len() <= limit).then_some(bytes))
    }

    /// Reads a value from elsewhere to its end, verbatim.
    ///
    /// # Errors
    /// Every `InputError`.
    pub(crate) fn read_value(self, source: impl Read) -> Result<SecretString, InputError> {
        let mut bytes = Zeroizing::new(Vec::new());
        source
            .take(VALUE_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(InputError::Read)?;
        if bytes.len() > VALUE_BYTES {
            return Err(InputError::Large);
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| InputError::NotText)?;
        Ok(SecretString::from(text))
    }
}

#[cfg(test)]
mod tests {
    use vault::secret::ExposeSecret;

    use super::*;

    #[test]
    fn what_comes_in_is_taken_as_it_is_or_refused() {
        for text in ["", "a", "a\n", " \r\n\t", "\u{feff}é"] {
            let read = Terminal.read_value(text.as_bytes()).unwrap();
            assert_eq!(read.expose_secret(), text);
        }
        assert!(matches!(
            Terminal.read_value(&b"\xff"[..]),
            Err(InputError::NotText)
        ));
        let largest = vec![b'a'; VALUE_BYTES];
        assert!(Terminal.read_value(&largest[..]).is_ok());
        let larger = vec![b'a'; VALUE_BYTES + 1];
        assert!(matches!(
            Terminal.read_value(&larger[..]),
            Err(InputError::Large)
        ));
    }
}
