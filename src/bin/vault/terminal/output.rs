//! Standard output: data, whole or not at all as far as a pipe allows.

use std::{
    borrow::Cow,
    io::{self, IsTerminal},
    os::fd::AsFd,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::fstat,
    io::Errno,
};
use thiserror::Error;
use vault::{
    secret::{ExposeSecret, SecretString},
    vault::{Privacy, tighten_stdout},
};
use zeroize::Zeroizing;

use super::{Terminal, escaped_lines};

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

/// One of the two streams that a program prints to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Output {
    /// Standard output.
    Standard,
    /// Standard error.
    Error,
}

impl Output {
    /// Writes what another program has printed: every byte as it is, and at once.
    ///
    /// # Errors
    /// `Closed`, `Write`.
    pub(crate) fn pass(self, bytes: &[u8]) -> Result<(), OutputError> {
        match self {
            Output::Standard => write(io::stdout(), bytes),
            Output::Error => write(io::stderr(), bytes),
        }
    }
}

/// What is told of a file that is standard output and whose mode is not ours to set.
const EXPOSED: &str =
    "standard output is a file of another user, and not only they can read it: its mode stays";

impl Terminal {
    /// Whether standard output and standard error lead to the same place: a terminal, a pipe or a file.
    pub(crate) fn outputs_are_one(self) -> bool {
        match (fstat(io::stdout()), fstat(io::stderr())) {
            (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
            _ => false,
        }
    }

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
        write(io::stdout(), text.as_bytes())
    }

    /// Prints a secret: exactly as it is for a program, escaped when a person reads it. A regular file of ours that is standard
    /// output is made 0600 first; of one that is somebody else's and lets others read, a warning says so.
    ///
    /// In as few writes as the reader allows, and through no buffer that would keep a copy.
    ///
    /// # Errors
    /// Every `OutputError`.
    pub(crate) fn print_secret(self, text: &SecretString) -> Result<(), OutputError> {
        if tighten_stdout(io::stdout()).map_err(OutputError::Private)? == Privacy::Exposed {
            self.warn(EXPOSED);
        }
        match self.is_stdout() {
            true => {
                let shown = Zeroizing::new(escaped_lines(text.expose_secret()).into_owned());
                write(io::stdout(), shown.as_bytes())
            }
            false => write(io::stdout(), text.expose_secret().as_bytes()),
        }
    }
}

fn write(output: impl AsFd, mut bytes: &[u8]) -> Result<(), OutputError> {
    while !bytes.is_empty() {
        match rustix::io::write(&output, bytes) {
            Ok(0) => return Err(OutputError::Write(io::ErrorKind::WriteZero.into())),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            // Somebody who shares the pipe made it non-blocking.
            Err(Errno::AGAIN) => wait(&output)?,
            Err(Errno::PIPE) => return Err(OutputError::Closed),
            Err(error) => return Err(OutputError::Write(error.into())),
        }
    }
    Ok(())
}

fn wait(output: &impl AsFd) -> Result<(), OutputError> {
    match poll(&mut [PollFd::new(output, PollFlags::OUT)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(OutputError::Write(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Read, thread};

    use rustix::fs::{OFlags, fcntl_setfl};

    use super::*;

    #[test]
    fn a_reader_who_left_is_noticed() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert!(matches!(write(&writer, b"text"), Err(OutputError::Closed)));
        assert!(write(&writer, b"").is_ok());
    }

    #[test]
    fn r64_a_full_disk_is_an_error() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        assert!(matches!(write(&full, b"text"), Err(OutputError::Write(_))));
    }

    #[test]
    fn everything_arrives_also_through_a_pipe_that_does_not_block() {
        let (mut reader, writer) = io::pipe().unwrap();
        fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
        // More than a pipe holds.
        let sent: Vec<u8> = (0..1_000_000_u32)
            .map(|number| number.to_le_bytes()[0])
            .collect();
        let read = thread::spawn(move || {
            let mut read = Vec::new();
            reader.read_to_end(&mut read).map(|_| read)
        });
        write(&writer, &sent).unwrap();
        drop(writer);
        assert!(read.join().unwrap().unwrap() == sent);
    }
}
