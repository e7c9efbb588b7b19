//! Standard output: data, whole or not at all as far as a pipe allows.

use std::{
    borrow::Cow,
    io::{self, IsTerminal},
    os::fd::AsFd,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{FileType, Mode, fchmod, fstat},
    io::Errno,
    process::geteuid,
};
use thiserror::Error;
use vault::secret::{ExposeSecret, SecretString};

use super::{Terminal, escaped_lines};

/// What only the owner may do with plaintext.
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Why data did not reach its reader.
#[derive(Debug, Error)]
pub(crate) enum OutputError {
    /// Nobody reads any more: `vault list | head -1`.
    #[error("standard output was closed")]
    Closed,
    /// A full disk, and the like.
    #[error("cannot write to standard output")]
    Write(#[source] io::Error),
    /// A file of ours as standard output, which cannot be made private.
    #[error("cannot make the file that is standard output private")]
    Private(#[source] io::Error),
}

impl Terminal {
    /// Whether standard output is read by a person.
    pub(crate) fn is_stdout(self) -> bool {
        io::stdout().is_terminal()
    }

    /// Prints data that is no secret; escaped when a person reads it.
    ///
    /// # Errors
    /// `Closed`, `Write`.
    pub(crate) fn print(self, text: &str) -> Result<(), OutputError> {
        let text = match self.is_stdout() {
            true => escaped_lines(text),
            false => Cow::Borrowed(text),
        };
        write(text.as_bytes())
    }

    /// Prints a secret exactly as it is. A regular file of ours that is standard output is made 0600 first.
    ///
    /// In as few writes as the reader allows, and through no buffer that would keep a copy.
    ///
    /// # Errors
    /// Every `OutputError`.
    pub(crate) fn print_secret(self, text: &SecretString) -> Result<(), OutputError> {
        self.protect_stdout()?;
        write(text.expose_secret().as_bytes())
    }

    /// Makes a regular file of ours that is standard output 0600, as long as nothing is in it.
    ///
    /// # Errors
    /// `Private`.
    pub(crate) fn protect_stdout(self) -> Result<(), OutputError> {
        let private = |error: Errno| OutputError::Private(error.into());
        let stdout = io::stdout();
        let stat = fstat(stdout.as_fd()).map_err(private)?;
        let is_ours = stat.st_uid == geteuid().as_raw();
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && is_ours {
            fchmod(stdout.as_fd(), PRIVATE).map_err(private)?;
        }
        Ok(())
    }
}

fn write(mut bytes: &[u8]) -> Result<(), OutputError> {
    let stdout = io::stdout();
    while !bytes.is_empty() {
        match rustix::io::write(stdout.as_fd(), bytes) {
            Ok(0) => return Err(OutputError::Write(io::ErrorKind::WriteZero.into())),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            // Somebody who shares the pipe made it non-blocking.
            Err(Errno::AGAIN) => wait()?,
            Err(Errno::PIPE) => return Err(OutputError::Closed),
            Err(error) => return Err(OutputError::Write(error.into())),
        }
    }
    Ok(())
}

fn wait() -> Result<(), OutputError> {
    let stdout = io::stdout();
    match poll(&mut [PollFd::new(&stdout, PollFlags::OUT)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(OutputError::Write(error.into())),
    }
}
