//! A program whose output passes through masks: vault stays, hands signals on, and ends as the program did.
//!
//! The program keeps its standard input. Its two outputs become pipes, unless both lead to one place anyway: then they share one, so that the
//! order of what it prints stays.

use std::{
    io::{self, PipeReader, Read},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus},
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2},
    iterator::{
        SignalsInfo,
        backend::Handle,
        exfiltrator::origin::{Origin, WithOrigin},
    },
    low_level::{emulate_default_handler, siginfo::Cause},
};
use vault::mask::Masks;
use zeroize::Zeroizing;

use crate::{
    context::Context,
    failure::{Exit, Failure},
    protection,
    terminal::{Output, OutputError, Terminal},
};

/// What people and service managers send to a process that they mean to talk to.
const HANDED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// How long output is awaited from programs that outlive the one that was started, and keep its output open. GitHub's runner waits as long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes that are read at once; a pipe holds as many on Linux.
const PIECE: usize = 64 * 1024;

/// Why a program did not run to its end.
pub(super) enum Stop {
    /// It could not be started.
    NotStarted(io::Error),
    /// A failure of ours.
    Failed(Failure),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Failed(Failure::because(&error))
    }
}

/// Starts the program, and passes on what it prints until it ends.
///
/// # Errors
/// See [`Stop`].
pub(super) fn run(context: &Context, mut command: Command, masks: Masks) -> Result<Exit, Stop> {
    let (sender, ended) = mpsc::channel();
    let streams = streams(&mut command)?;
    let mut child = protection::lifted(|| command.spawn()).map_err(Stop::NotStarted)?;
    // Its copies of the pipes' ends would keep them open.
    drop(command);
    let count = streams.len();
    let masks = Arc::new(masks);
    for stream in streams {
        let (masks, sender) = (Arc::clone(&masks), sender.clone());
        thread::spawn(move || stream.pass(&masks, &sender));
    }
    drop(sender);
    let status = wait(&mut child)?;
    rest(context, &ended, count).map_err(Stop::Failed)?;
    Ok(end_as(status))
}

/// An output of the program, and where it is to go.
struct Stream {
    from: PipeReader,
    to: Output,
}

/// Puts pipes before the two outputs.
fn streams(command: &mut Command) -> io::Result<Vec<Stream>> {
    let (from, end) = io::pipe()?;
    if Terminal.outputs_are_one() {
        command.stderr(end.try_clone()?).stdout(end);
        let to = Output::Standard;
        return Ok(vec![Stream { from, to }]);
    }
    command.stdout(end);
    let (from_error, end) = io::pipe()?;
    command.stderr(end);
    Ok(vec![
        Stream {
            from,
            to: Output::Standard,
        },
        Stream {
            from: from_error,
            to: Output::Error,
        },
    ])
}

impl Stream {
    /// Passes everything on to its end. If nobody reads any more, the pipe is closed here, so that the program notices, too.
    fn pass(mut self, masks: &Masks, ended: &Sender<Result<(), OutputError>>) {
        let outcome = self.pass_all(masks);
        drop(self.from);
        // The receiver is gone where the process is about to end.
        let _ = ended.send(outcome);
    }

    fn pass_all(&mut self, masks: &Masks) -> Result<(), OutputError> {
        let mut masker = masks.masker();
        let mut piece = Zeroizing::new(vec![0; PIECE]);
        loop {
            match self.from.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => self.to.pass(&masker.push(&piece[..length]))?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(OutputError::Write(error)),
            }
        }
        self.to.pass(&masker.finish())
    }
}

/// Waits for the program, and hands signals on to it meanwhile.
fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let pid = Pid::from_child(child);
    let signals = Signals::hand_on(pid)?;
    // It is left as it is found until nobody sends it a signal any more: its number could be another's by then.
    while let Err(error) = waitid(
        WaitId::Pid(pid),
        WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
    ) {
        if error != rustix::io::Errno::INTR {
            return Err(error.into());
        }
    }
    signals.end();
    child.wait()
}

/// A thread that hands signals on.
struct Signals {
    handle: Handle,
    thread: JoinHandle<()>,
}

impl Signals {
    /// Begins after the program was started, which so inherits what the caller wanted to be ignored (`nohup`).
    fn hand_on(pid: Pid) -> io::Result<Self> {
        let mut signals = SignalsInfo::<WithOrigin>::new(HANDED_ON)?;
        let handle = signals.handle();
        let thread = thread::spawn(move || {
            for origin in &mut signals {
                hand_on(&origin, pid);
            }
        });
        Ok(Signals { handle, thread })
    }

    fn end(self) {
        self.handle.close();
        // A thread that sends signals has nothing to say.
        let _ = self.thread.join();
    }
}

/// What the terminal sends (Ctrl-C, a hang-up) goes to the program as well, for both are of one group; what a process sent came to us alone.
fn hand_on(origin: &Origin, pid: Pid) {
    let is_sent = matches!(origin.cause, Cause::Sent(_));
    if let Some(signal) = Signal::from_named_raw(origin.signal).filter(|_| is_sent) {
        let _ = kill_process(pid, signal);
    }
}

/// Waits for what is still in the pipes: for good while nobody but the program had them, else for [`PATIENCE`].
fn rest(
    context: &Context,
    ended: &Receiver<Result<(), OutputError>>,
    count: usize,
) -> Result<(), Failure> {
    let mut patience = PATIENCE;
    for _ in 0..count {
        match ended.recv_timeout(patience) {
            Ok(Ok(()) | Err(OutputError::Closed)) => {}
            Ok(Err(error)) => {
                return Err(Failure::because(&error).within("output of the program is lost"));
            }
            Err(mpsc::RecvTimeoutError::Timeout) => patience = Duration::ZERO,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Failure::new("output of the program is lost"));
            }
        }
    }
    if patience.is_zero() {
        context.terminal().warn(
            "a program that was started on the way still holds the output; what it prints from now on is lost",
        );
    }
    Ok(())
}

/// Ends by the same signal where one ended the program, so that the caller sees what happened; else its code is ours.
fn end_as(status: ExitStatus) -> Exit {
    if let Some(signal) = status.signal() {
        let _ = emulate_default_handler(signal);
        return Exit::Signal(u8::try_from(signal).unwrap_or(u8::MAX));
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(Exit::RunFailed, Exit::Program)
}
