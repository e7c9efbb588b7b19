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

    /// Reads standard input to its end.
    ///
    /// # Errors
    /// Every `InputError`.
    pub(crate) fn read_stdin(self, end: LineEnd) -> Result<SecretString, InputError> {
        // Not through the standard library's buffer, which would keep a copy.
        let stdin = rustix::io::dup(io::stdin()).map_err(|error| InputError::Read(error.into()))?;
        read(std::fs::File::from(stdin), end)
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
        self.read_pipe(std::fs::File::from(stdin), limit)
    }

    /// The same for what somebody else writes into a pipe.
    ///
    /// # Errors
    /// The system does not give it.
    pub(crate) fn read_pipe(
        self,
        source: impl Read,
        limit: usize,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, InputError> {
        let mut bytes = Zeroizing::new(Vec::new());
        source
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
        read(source, LineEnd::Stays)
    }
}

/// What becomes of a line end behind a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnd {
    /// It is a part of the value.
    Stays,
    /// One is dropped, and counts for nothing.
    Goes,
}

/// Bytes of the longest line end.
const LINE_END_BYTES: usize = 2;

fn read(source: impl Read, end: LineEnd) -> Result<SecretString, InputError> {
    let mut bytes = Zeroizing::new(Vec::new());
    source
        .take((VALUE_BYTES + LINE_END_BYTES + 1) as u64)
        .read_to_end(&mut bytes)
        .map_err(InputError::Read)?;
    let bytes = match end {
        LineEnd::Stays => &bytes[..],
        LineEnd::Goes => without_line_end(&bytes),
    };
    if bytes.len() > VALUE_BYTES {
        return Err(InputError::Large);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| InputError::NotText)?;
    Ok(SecretString::from(text))
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let without = bytes.strip_suffix(b"\r\n");
    let without = without.or_else(|| bytes.strip_suffix(b"\n"));
    without.unwrap_or(bytes)
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

    #[test]
    fn a_line_end_that_is_dropped_counts_for_nothing() {
        let read = |text: &[u8]| read(text, LineEnd::Goes);
        for (text, value) in [
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            ("a\r", "a\r"),
            ("\n", ""),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap().expose_secret(), value);
        }
        let mut longest = vec![b'a'; VALUE_BYTES];
        for end in [&b""[..], b"\n", b"\r\n"] {
            longest.truncate(VALUE_BYTES);
            longest.extend(end);
            assert!(read(&longest).is_ok());
            longest.insert(0, b'a');
            assert!(matches!(read(&longest), Err(InputError::Large)));
        }
        // What lies behind the part that is read may not be taken for the end.
        let larger = vec![b'\n'; VALUE_BYTES + 3];
        assert!(matches!(read(&larger), Err(InputError::Large)));
    }
}
