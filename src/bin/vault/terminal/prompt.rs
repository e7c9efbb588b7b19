//! Questions to the person at the terminal.

use std::{
    cell::Cell,
    fs::File,
    io::{self, Read, Write},
    rc::Rc,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rpassword::{ConfigBuilder, read_password_with_config};
use rustix::{
    io::ioctl_fionread,
    termios::{
        LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, isatty, tcflush,
        tcgetattr, tcsetattr,
    },
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use thiserror::Error;
use vault::secret::SecretString;

use super::{Terminal, escaped};

/// Where a person is asked, whatever the streams are.
const PLACE: &str = "/dev/tty";

/// Bytes in an answer that is shown, at most.
const ANSWER_BYTES: usize = 4096;

/// Switches a special key off (`_POSIX_VDISABLE`).
const NO_KEY: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

/// Why there is no answer.
#[derive(Debug, Error)]
pub(crate) enum PromptError {
    /// Nobody can be asked.
    #[error("there is no terminal to ask on")]
    NoTerminal,
    /// Ctrl-D, or the terminal went away.
    #[error("no answer")]
    NoAnswer,
    /// What came would not be what was meant.
    #[error("control characters cannot be typed here")]
    Control,
    /// More was pasted than one line.
    #[error("more than one line was entered")]
    SeveralLines,
    /// Longer than any answer.
    #[error("the answer is longer than {ANSWER_BYTES} bytes")]
    Long,
    /// The terminal does not do what terminals do.
    #[error("cannot ask on the terminal")]
    Terminal(#[source] io::Error),
}

impl From<io::Error> for PromptError {
    fn from(error: io::Error) -> Self {
        PromptError::Terminal(error)
    }
}

impl From<rustix::io::Errno> for PromptError {
    fn from(error: rustix::io::Errno) -> Self {
        PromptError::Terminal(error.into())
    }
}

impl Terminal {
    /// Whether a person can be asked.
    pub(crate) fn can_ask(self) -> bool {
        open().is_ok()
    }

    /// Asks a question of yes or no; anything but `y` and `yes` is no.
    ///
    /// # Errors
    /// Every `PromptError` but `Control` and `SeveralLines`.
    pub(crate) fn confirm(self, question: &str) -> Result<bool, PromptError> {
        let answer = self.ask(&format!("{question} [y/N]"))?;
        Ok(["y", "yes"].contains(&answer.to_lowercase().as_str()))
    }

    /// Asks for a line that may be seen; blanks around it are dropped.
    ///
    /// # Errors
    /// Every `PromptError` but `Control` and `SeveralLines`.
    pub(crate) fn ask(self, question: &str) -> Result<String, PromptError> {
        let mut terminal = open()?;
        write!(terminal, "{} ", escaped(question))?;
        let mut answer = Vec::new();
        let mut byte = [0];
        loop {
            match terminal.read(&mut byte) {
                Ok(0) => return Err(PromptError::NoAnswer),
                Ok(_) if byte[0] == b'\n' => break,
                Ok(_) if answer.len() == ANSWER_BYTES => return Err(PromptError::Long),
                Ok(_) => answer.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let answer = String::from_utf8(answer).map_err(|_| PromptError::Control)?;
        Ok(answer.trim().to_owned())
    }

    /// From now on, signals that end programs are the caller's, who calls `restore_prompt` before one does.
    pub(crate) fn leave_signals(self) {
        ARE_LEFT.store(true, Ordering::SeqCst);
    }

    /// Gives the terminal back as it was before a question whose answer is not shown, if one is being asked.
    pub(crate) fn restore_prompt(self) {
        restore();
    }

    /// How the terminal is set, if there is one: before another program has it.
    pub(crate) fn settings(self) -> Option<Termios> {
        tcgetattr(open().ok()?).ok()
    }

    /// Sets the terminal back, where a program was ended before it could do that.
    pub(crate) fn restore(self, settings: Option<&Termios>) {
        if let (Some(settings), Ok(terminal)) = (settings, open()) {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(&terminal, OptionalActions::Drain, settings);
        }
    }

    /// Asks for a passphrase, which is not shown.
    ///
    /// # Errors
    /// Every `PromptError` but `SeveralLines` and `Long`.
    pub(crate) fn passphrase(self, question: &str) -> Result<SecretString, PromptError> {
        hidden(question).map(|(answer, _)| answer)
    }

    /// Asks for a value, which is not shown. A second line that was pasted with it is an error and thrown away: it would go to
    /// the shell.
    ///
    /// # Errors
    /// Every `PromptError` but `Long`.
    pub(crate) fn hidden_value(self, question: &str) -> Result<SecretString, PromptError> {
        let (answer, waiting) = hidden(question)?;
        match waiting {
            0 => Ok(answer),
            _ => Err(PromptError::SeveralLines),
        }
    }
}

/// Opens the controlling terminal.
fn open() -> Result<File, PromptError> {
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(PLACE)
        .map_err(|_| PromptError::NoTerminal)?;
    match isatty(&terminal) {
        true => Ok(terminal),
        false => Err(PromptError::NoTerminal),
    }
}

/// Reads a line without showing it; also tells how many bytes came after it.
fn hidden(question: &str) -> Result<(SecretString, u64), PromptError> {
    let mut terminal = open()?;
    let silence = Silence::begin(&terminal)?;
    write!(terminal, "{} ", escaped(question))?;
    let seen = Rc::new(Seen::default());
    let reader = Attentive {
        terminal: terminal.try_clone()?,
        seen: Rc::clone(&seen),
    };
    // With a reader of our own: given a path, rpassword 7.5 switches signals off and raises SIGINT itself, before it restores
    // the terminal. It also drops what it does not know without a word.
    let config = ConfigBuilder::new()
        .input_reader(reader)
        .output_discard()
        .build();
    let answer = read_password_with_config(config);
    let waiting = ioctl_fionread(&terminal)?;
    if waiting > 0 {
        tcflush(&terminal, QueueSelector::IFlush)?;
    }
    drop(silence);
    writeln!(terminal)?;
    match answer {
        Ok(_) if seen.end.get() => Err(PromptError::NoAnswer),
        Ok(_) if seen.control.get() => Err(PromptError::Control),
        Ok(answer) if answer.contains(char::REPLACEMENT_CHARACTER) => Err(PromptError::Control),
        Ok(answer) => Ok((SecretString::from(answer), waiting)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(PromptError::NoAnswer),
        Err(error) => Err(error.into()),
    }
}

/// What a reader noticed.
#[derive(Default)]
struct Seen {
    end: Cell<bool>,
    control: Cell<bool>,
}

/// Reads from the terminal, and notices what would not become part of the answer as it was typed.
struct Attentive {
    terminal: File,
    seen: Rc<Seen>,
}

impl Read for Attentive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.terminal.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if count == 0 {
            self.seen.end.set(true);
        }
        if buffer[..count].iter().any(|byte| !is_understood(*byte)) {
            self.seen.control.set(true);
        }
        Ok(count)
    }
}

/// Text, the end of a line, and the keys with which a line is corrected: backspace, Ctrl-D, Ctrl-U, Ctrl-W.
fn is_understood(byte: u8) -> bool {
    !byte.is_ascii_control() || matches!(byte, b'\n' | b'\r' | 0x7f | 0x08 | 0x04 | 0x15 | 0x17)
}

/// The terminal shows nothing that is typed, until this is dropped or a signal ends the program.
struct Silence;

/// How the terminal was before, for as long as it shows nothing.
static BEFORE: Mutex<Option<(File, Termios)>> = Mutex::new(None);

impl Silence {
    fn begin(terminal: &File) -> Result<Self, PromptError> {
        watch_signals()?;
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        // Not canonical: the kernel would cut a line at 4095 bytes. Ctrl-C stays a signal; Ctrl-Z would come back with echo.
        silent.local_modes &= !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
        silent.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        *lock() = Some((terminal.try_clone()?, before));
        let silence = Silence;
        // What was typed before the question is no answer to it.
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(silence)
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        restore();
    }
}

fn lock() -> MutexGuard<'static, Option<(File, Termios)>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn restore() {
    if let Some((terminal, before)) = lock().take() {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
    }
}

/// Whether signals are somebody else's now.
static ARE_LEFT: AtomicBool = AtomicBool::new(false);

/// Has a signal that ends the program restore the terminal first.
///
/// The watch stays until the end: signal-hook does not bring back what a signal did before. `exec` does.
fn watch_signals() -> Result<(), PromptError> {
    static WATCH: OnceLock<()> = OnceLock::new();
    if WATCH.get().is_some() {
        return Ok(());
    }
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])?;
    thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            // Whoever has them now restores the terminal, too.
            if !ARE_LEFT.load(Ordering::SeqCst) {
                restore();
                let _ = emulate_default_handler(signal);
            }
        }
    })?;
    WATCH.get_or_init(|| ());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_and_corrections_are_understood() {
        for byte in [b'a', b' ', 0xc3, b'\n', 0x7f] {
            assert!(is_understood(byte));
        }
        for byte in [b'\t', 0x1b, 0, 0x1a, 0x03] {
            assert!(!is_understood(byte));
        }
    }
}
