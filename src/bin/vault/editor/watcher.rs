//! The watcher: this program once more, as a small process that outlives the one that edits.
//!
//! It sits at the end of a pipe. As long as the program lives, it waits; when the pipe ends without a word, the program was
//! killed, and the watcher does what is left to do: ends the editor, keeps what was typed, wipes the desk. It gets public keys
//! only, no variables, and belongs to no terminal.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, atomic::AtomicBool},
};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::{
    desk::{self, Desk},
    process::Process,
    record::Record,
    session::conclude,
};
use crate::{
    context::{Context, Options},
    failure::{Exit, Failure},
};

/// What stands in the place of a command. No person types it; it is none of the command line's.
const WORD: &str = "\u{1}watch";

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
    editor: Option<Process>,
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
                    self.editor = number.and_then(Process::of);
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
        Process::end_all_at(self.desk.directory());
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

/// Whether the program hears it, or is gone: then the other pipe ends, too. Nobody must wait for an answer that does not come.
fn says(line: &str) -> bool {
    let mut output = io::stdout().lock();
    let written = output
        .write_all(format!("{line}\n").as_bytes())
        .and_then(|()| output.flush());
    match written {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::BrokenPipe,
    }
}
