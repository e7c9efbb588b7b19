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
        write(io::stdout(), text.as_bytes())
    }

    /// Prints a secret exactly as it is. A regular file of ours that is standard output is made 0600 first.
    ///
    /// In as few writes as the reader allows, and through no buffer that would keep a copy.
    ///
    /// # Errors
    /// Every `OutputError`.
    pub(crate) fn print_secret(self, text: &SecretString) -> Result<(), OutputError> {
        self.protect_stdout()?;
        write(io::stdout(), text.expose_secret().as_bytes())
    }

    /// Makes a regular file of ours that is standard output 0600, as long as nothing is in it.
    ///
    /// # Errors
    /// `Private`.
    pub(crate) fn protect_stdout(self) -> Result<(), OutputError> {
        protect(io::stdout())
    }
}

fn protect(output: impl AsFd) -> Result<(), OutputError> {
    let private = |error: Errno| OutputError::Private(error.into());
    let stat = fstat(&output).map_err(private)?;
    let is_ours = stat.st_uid == geteuid().as_raw();
    if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && is_ours {
        fchmod(&output, PRIVATE).map_err(private)?;
    }
    Ok(())
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
    use std::{
        fs::{File, Permissions},
        io::Read,
        os::unix::fs::PermissionsExt,
        thread,
    };

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

    #[test]
    fn r20_a_file_that_gets_a_secret_is_private_first() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        let file = File::create(&path).unwrap();
        file.set_permissions(Permissions::from_mode(0o666)).unwrap();
        protect(&file).unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o7777,
            0o600
        );
        let (_reader, writer) = io::pipe().unwrap();
        protect(&writer).unwrap();
    }
}
