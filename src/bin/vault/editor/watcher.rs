//! The watcher: this program once more, as a small process that outlives the one that edits.
//!
//! It sits at the end of a pipe. As long as the program lives, it waits; when the pipe ends without a word, the program was
//! killed, and the watcher does what is left to do: ends the editor, keeps what was typed, wipes the desk. It gets public keys
//! only, no variables, and belongs to no terminal.

use std::{
    ffi::OsString,
    fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use rustix::{
    fd::OwnedFd,
    process::{Pid, Signal},
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::{
    desk::{self, Desk},
    record::Record,
    session::conclude,
};
use crate::{
    context::{Context, Options},
    failure::{Exit, Failure},
};

/// What stands in the place of a command. No person types it; it is none of the command line's.
const WORD: &str = "\u{1}watch";

/// How long an editor may take to end after it is told to.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the two say to each other, each in a line of its own.
const READY: &str = "ready";
const DONE: &str = "done";
const EDITOR: &str = "editor ";

/// The watcher, as the program sees it.
pub(super) struct Watcher {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Watcher {
    /// Starts it, and waits until it watches.
    pub(super) fn start(context: &Context, directory: &Path) -> Result<Self, Failure> {
        let within = |failure: Failure| failure.within("cannot start the watcher");
        let mut child = Command::new(context.program()?)
            .args([OsString::from(WORD), directory.into()])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| within(Failure::because(&error)))?;
        let to = child.stdin.take().expect("it is a pipe");
        let from = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut watcher = Watcher { child, to, from };
        match watcher.hears() {
            true => Ok(watcher),
            false => Err(within(Failure::new("it ended at once"))),
        }
    }

    /// Tells which process edits, before anybody can wait for its end.
    pub(super) fn knows(&mut self, editor: u32) {
        if self.tells(&format!("{EDITOR}{editor}")) {
            self.hears();
        }
    }

    /// Sends it home: there is nothing left to watch.
    pub(super) fn dismiss(mut self) {
        self.tells(DONE);
        // Whatever it has understood, it does not wait any longer.
        drop(self.to);
        let _ = self.child.wait();
    }

    fn tells(&mut self, line: &str) -> bool {
        // One that was killed cannot be told anything, and the work goes on without it. In one write, so that no half of it arrives.
        self.to.write_all(format!("{line}\n").as_bytes()).is_ok()
    }

    fn hears(&mut self) -> bool {
        let mut line = String::new();
        self.from
            .read_line(&mut line)
            .is_ok_and(|length| length > 0)
    }
}

/// Whether this process is to be the watcher.
pub(crate) fn is_watcher(arguments: &[OsString]) -> bool {
    arguments.get(1).is_some_and(|word| word == WORD)
}

/// Watches. Nobody reads what it would say.
pub(crate) fn watch(arguments: &[OsString]) -> Exit {
    let Some(directory) = arguments.get(2).map(PathBuf::from) else {
        return Exit::Failed;
    };
    // Of no terminal's group: what a person types there, and that it is closed, is not for this one.
    let _ = rustix::process::setsid();
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
    match Watch::begin(&directory) {
        Some(watch) => watch.until_the_end(),
        None => Exit::Failed,
    }
}

/// A desk that is watched.
struct Watch {
    desk: Desk,
    record: Record,
    context: Context,
    editor: Option<Editor>,
}

impl Watch {
    fn begin(directory: &Path) -> Option<Self> {
        let desk = Desk::join(directory)?;
        Some(Watch {
            record: desk::record_of(directory)?,
            desk,
            context: Context::new(Options::default()).ok()?,
            editor: None,
        })
    }

    fn until_the_end(mut self) -> Exit {
        // Where the program cannot hear that it is watched, it must not wait for that either.
        if !says(READY) {
            return Exit::Failed;
        }
        for line in io::stdin().lock().lines() {
            match line {
                Ok(line) if line == DONE => return Exit::Done,
                Ok(line) => {
                    let number = line.strip_prefix(EDITOR).and_then(|text| text.parse().ok());
                    self.editor = number.and_then(Editor::of);
                    if !says(READY) {
                        return Exit::Failed;
                    }
                }
                Err(_) => break,
            }
        }
        if let Some(editor) = &self.editor {
            editor.end();
        }
        // The program may have been killed before it could tell, and an editor may have been started by another program.
        Editor::all_at(self.desk.directory())
            .iter()
            .for_each(Editor::end);
        // It may go on from another version of the file by now.
        if let Some(record) = desk::record_of(self.desk.directory()) {
            self.record = record;
        }
        // What cannot be kept stays on the desk, for the next start of any command.
        match conclude(self.desk.directory(), &self.record, &self.context.now()) {
            Ok(_) => Exit::Done,
            Err(_) => Exit::Failed,
        }
    }
}

/// Whether the program hears it.
fn says(line: &str) -> bool {
    let mut output = io::stdout().lock();
    output
        .write_all(format!("{line}\n").as_bytes())
        .and_then(|()| output.flush())
        .is_ok()
}

/// The editor, held so that no other process can be taken for it.
struct Editor {
    #[cfg(target_os = "linux")]
    handle: OwnedFd,
    #[cfg(not(target_os = "linux"))]
    pid: Pid,
}

#[cfg(target_os = "linux")]
impl Editor {
    fn of(number: i32) -> Option<Self> {
        use rustix::process::{PidfdFlags, pidfd_open};
        let handle = pidfd_open(Pid::from_raw(number)?, PidfdFlags::empty()).ok()?;
        Some(Editor { handle })
    }

    /// Every process that was started with something on a desk, whose name is like no other; but not this one.
    fn all_at(directory: &Path) -> Vec<Self> {
        let is_at = |number: i32| {
            let line = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            let desk = directory.as_os_str().as_encoded_bytes();
            line.windows(desk.len()).any(|part| part == desk)
        };
        let own = i32::try_from(std::process::id()).ok();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let others = numbers.filter(|number| Some(*number) != own && is_at(*number));
        // Looked at once more when it is held: its number could be another's by then.
        let held = others.filter_map(|number| Some((number, Editor::of(number)?)));
        held.filter(|(number, _)| is_at(*number))
            .map(|(_, editor)| editor)
            .collect()
    }

    /// Tells it to end, as a terminal that is closed does, and ends it when it takes too long.
    fn end(&self) {
        let _ = rustix::process::pidfd_send_signal(&self.handle, Signal::HUP);
        if !self.ends_within(PATIENCE) {
            let _ = rustix::process::pidfd_send_signal(&self.handle, Signal::KILL);
            self.ends_within(PATIENCE);
        }
    }

    fn ends_within(&self, patience: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let patience = Timespec::try_from(patience).ok();
        let mut handle = [PollFd::new(&self.handle, PollFlags::IN)];
        poll(&mut handle, patience.as_ref()).is_ok_and(|ready| ready > 0)
    }
}

#[cfg(not(target_os = "linux"))]
impl Editor {
    fn of(number: i32) -> Option<Self> {
        Pid::from_raw(number).map(|pid| Editor { pid })
    }

    fn all_at(_: &Path) -> Vec<Self> {
        Vec::new()
    }

    fn end(&self) {
        let _ = rustix::process::kill_process(self.pid, Signal::HUP);
        std::thread::sleep(PATIENCE);
        let _ = rustix::process::kill_process(self.pid, Signal::KILL);
    }
}
