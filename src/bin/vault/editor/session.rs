//! One edit, from the text on the desk to the wiped desk.
//!
//! While it lives, signals that would end the program are its own: a thread of it keeps what was typed, wipes the desk, and lets the
//! signal do the rest.

use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process, waitid};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGURG},
    iterator::{
        SignalsInfo,
        exfiltrator::origin::{Origin, WithOrigin},
    },
    low_level::{emulate_default_handler, siginfo::Cause},
};

use vault::{rescue::Subject, secret::SecretString, vault::Digest};

use super::{
    desk::{self, Content, Desk},
    place::{Disk, Place},
    program::Program,
    record::{Beginning, Record},
    rescues::{self, Kept, Rescues},
    watcher::Watcher,
};
use crate::{context::Context, failure::Failure, terminal::Terminal};

/// A signal to ourselves that means nothing to anybody (its default is to be ignored).
const MARK: Signal = Signal::URG;

/// How long an editor may take to end after a signal was handed on to it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What became of a desk.
pub(crate) struct Concluded {
    /// What was typed, where anything was.
    pub(crate) kept: Option<Kept>,
    /// Files on the desk that nobody expected; they are gone as well.
    pub(crate) foreign: Vec<String>,
}

/// Keeps what was typed at a desk, then wipes it. What cannot be kept stays where it is.
pub(super) fn conclude(directory: &Path, record: &Record, now: &str) -> Result<Concluded, Failure> {
    let kept = rescues::keep(directory, record, now).map_err(|failure| {
        failure.hint(format!(
            "the text stays in {} until the next start of vault; make room on the disk before that",
            directory.display()
        ))
    })?;
    let foreign = desk::wipe(directory, Some(record))?;
    Ok(Concluded { kept, foreign })
}

/// How an editor ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// How long it ran.
    pub(crate) took: Duration,
}

impl Ending {
    /// How to tell of an end that is no success; `None` for success.
    pub(crate) fn failure(self) -> Option<String> {
        match (self.status.code(), self.status.signal()) {
            (Some(0), _) => None,
            (Some(code), _) => Some(format!("ended with exit code {code}")),
            (None, Some(signal)) => Some(format!("was ended by {}", signal_name(signal))),
            (None, None) => Some("did not end as it should".to_owned()),
        }
    }
}

fn signal_name(number: i32) -> String {
    let name = signal_hook::low_level::signal_name(number);
    name.map_or_else(|| format!("signal {number}"), str::to_owned)
}

/// An edit that is going on.
pub(crate) struct Session<'c> {
    context: &'c Context,
    shared: Arc<Shared>,
    watcher: Option<Watcher>,
    record: Record,
    directory: PathBuf,
    /// What was put on the desk last.
    put: Digest,
    is_concluded: bool,
}

/// What the thread of signals works with as well.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The desk, until it is wiped.
    desk: Option<Desk>,
    record: Record,
    editor: Option<Pid>,
    /// How many marks the thread of signals has come by.
    marks: u64,
    /// A signal is about to end the program.
    is_ending: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for work that a signal waits for. While one ends the program nobody gets it, and whoever asks waits for good.
    fn attended(&self) -> MutexGuard<'_, State> {
        loop {
            let state = self.state();
            if !state.is_ending {
                return state;
            }
            // Not while it is held: the thread of signals needs it.
            drop(state);
            thread::park();
        }
    }

    /// Waits until the thread of signals has seen what arrived before: Ctrl-C for an editor that is gone by now is not for us.
    ///
    /// It looks at the signals in the order of their numbers, so the first mark may overtake one with a lower number, and the second cannot.
    fn catch_up(&self) {
        for _ in 0..2 {
            let state = self.state();
            let before = state.marks;
            if kill_process(getpid(), MARK).is_err() {
                return;
            }
            let seen = self
                .changed
                .wait_while(state, |state| state.marks == before && !state.is_ending);
            drop(seen);
        }
    }

    /// Whether the editor ends within [`PATIENCE`].
    fn awaits_editor<'s>(&self, state: MutexGuard<'s, State>) -> (MutexGuard<'s, State>, bool) {
        let waited = self
            .changed
            .wait_timeout_while(state, PATIENCE, |state| state.editor.is_some());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let is_gone = state.editor.is_none();
        (state, is_gone)
    }
}

impl<'c> Session<'c> {
    /// Sets everything up, and puts the text on the desk last: from then on it is watched.
    ///
    /// # Errors
    /// No place for a desk, or no watcher.
    pub(crate) fn begin(
        context: &'c Context,
        beginning: &Beginning,
        disk: Disk,
    ) -> Result<Self, Failure> {
        let place = Place::prepare(context, disk)?;
        if !place.is_in_memory() {
            context.terminal().warn("the text lies on the disk while it is edited, where deleted files can be found again");
        }
        let rescues = Rescues::of(context).folders();
        let record = Record::new(beginning, rescues, std::process::id(), context.now());
        let desk = Desk::new(&place)?;
        let directory = desk.directory().to_owned();
        let prepared = (|| {
            desk.put_record(&record)?;
            let watcher = Watcher::start(context, &directory)?;
            desk.put_text(&record, &beginning.buffer)?;
            Ok(watcher)
        })();
        let watcher = match prepared {
            Ok(watcher) => watcher,
            Err(failure) => {
                desk::wipe(&directory, Some(&record))?;
                return Err(failure);
            }
        };
        let state = State {
            desk: Some(desk),
            record: record.clone(),
            editor: None,
            marks: 0,
            is_ending: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        listen(Arc::clone(&shared), context.clock())?;
        Ok(Session {
            context,
            shared,
            watcher: Some(watcher),
            record,
            directory,
            put: Digest::of(&beginning.buffer),
            is_concluded: false,
        })
    }

    /// The name of the desk, which is like no other.
    pub(crate) fn desk(&self) -> String {
        let name = self.directory.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Has the person edit, until the editor ends.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn edit(&mut self, program: &Program) -> Result<Ending, Failure> {
        let file = self.directory.join(&self.record.name);
        let elapsed = self.context.stopwatch();
        let terminal = Terminal.settings();
        let mut child = {
            // Under the lock, so that no signal finds an editor that it does not know of.
            let mut state = self.attended();
            let child = program.command(&self.directory, &file).spawn();
            let child = child.map_err(|error| {
                Failure::because(&error).within(format!("cannot start {}", program.name()))
            })?;
            state.editor = Some(Pid::from_child(&child));
            child
        };
        if let Some(watcher) = &mut self.watcher {
            watcher.knows(child.id());
        }
        let pid = Pid::from_child(&child);
        // It stays as it is until nobody sends it a signal any more: its number could be another's by then.
        while let Err(error) = waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        ) {
            if error != rustix::io::Errno::INTR {
                return Err(Failure::because(&error));
            }
        }
        self.shared.catch_up();
        let mut state = self.shared.state();
        state.editor = None;
        self.shared.changed.notify_all();
        drop(state);
        let status = child.wait().map_err(|error| Failure::because(&error))?;
        if !status.success() {
            Terminal.restore(terminal.as_ref());
        }
        // Not further while a signal ends the program.
        drop(self.attended());
        Ok(Ending {
            status,
            took: elapsed(),
        })
    }

    /// What lies on the desk now.
    ///
    /// # Errors
    /// The system does not give it.
    pub(crate) fn content(&self) -> Result<Content, Failure> {
        desk::text(&self.directory, &self.record)
    }

    /// Whether a text is the one that the edit began with.
    pub(crate) fn is_untouched(&self, text: &[u8]) -> bool {
        self.record.is_untouched(text)
    }

    /// Whether a text is the one that was put on the desk last.
    pub(crate) fn is_as_put(&self, text: &[u8]) -> bool {
        self.put == Digest::of(text)
    }

    /// Puts another text on the desk.
    ///
    /// # Errors
    /// The system does not take it; the old one is still there.
    pub(crate) fn put(&mut self, text: &[u8]) -> Result<(), Failure> {
        let state = self.shared.attended();
        if let Some(desk) = &state.desk {
            desk.put_text(&self.record, text)?;
        }
        self.put = Digest::of(text);
        Ok(())
    }

    /// The edit goes on from another version of the file, which the text on the desk knows already.
    ///
    /// In this order: a text that knows nothing of that version must not be taken for one that undoes what others did in it.
    ///
    /// # Errors
    /// The system does not take it.
    pub(crate) fn rebase(
        &mut self,
        subject: &Subject,
        base: &Option<SecretString>,
    ) -> Result<(), Failure> {
        let record = self.record.rebased(subject, base.as_ref());
        let mut state = self.shared.attended();
        if let Some(desk) = &state.desk {
            desk.put_record(&record)?;
        }
        state.record = record.clone();
        drop(state);
        self.record = record;
        Ok(())
    }

    /// Does something that no signal interrupts, such as a write.
    pub(crate) fn undisturbed<T>(&self, work: impl FnOnce() -> T) -> T {
        let _state = self.attended();
        work()
    }

    /// Ends it where nothing of the text is needed any more.
    ///
    /// # Errors
    /// The desk cannot be taken away.
    pub(crate) fn discard(mut self) -> Result<Vec<String>, Failure> {
        self.is_concluded = true;
        let mut state = self.attended();
        let wiped = desk::wipe(&self.directory, Some(&self.record));
        state.desk = None;
        drop(state);
        if let Some(watcher) = self.watcher.take() {
            watcher.dismiss();
        }
        wiped
    }

    /// Ends it, and keeps what was typed.
    ///
    /// # Errors
    /// It cannot be kept, and stays on the desk; or the desk cannot be taken away.
    pub(crate) fn keep(mut self) -> Result<Concluded, Failure> {
        self.conclude()
    }

    fn conclude(&mut self) -> Result<Concluded, Failure> {
        self.is_concluded = true;
        let mut state = self.attended();
        let concluded = conclude(&self.directory, &self.record, &self.context.now());
        if concluded.is_ok() {
            state.desk = None;
        }
        drop(state);
        if let Some(watcher) = self.watcher.take() {
            watcher.dismiss();
        }
        concluded
    }

    fn attended(&self) -> MutexGuard<'_, State> {
        self.shared.attended()
    }
}

/// A way out that nobody has thought of, a panic among them.
impl Drop for Session<'_> {
    fn drop(&mut self) {
        if self.is_concluded {
            return;
        }
        match self.conclude() {
            Ok(Concluded {
                kept: Some(kept), ..
            }) => tell_kept(&self.record, &kept),
            Ok(_) => {}
            Err(failure) => tell(&failure),
        }
    }
}

/// Says where what was typed is, and how to come back to it.
pub(crate) fn tell_kept(record: &Record, kept: &Kept) {
    Terminal.say(format!(
        "what you typed is kept, encrypted to your key: {}",
        kept.id
    ));
    if let Ok(subject) = record.subject() {
        Terminal.hint(format!(
            "vault edit {} --resume goes on with it",
            subject.environment
        ));
    }
}

fn tell(failure: &Failure) {
    Terminal.error(failure.error().unwrap_or_default());
    failure.hints().iter().for_each(|hint| Terminal.hint(hint));
}

/// Takes the signals that end programs, for good.
fn listen(shared: Arc<Shared>, now: fn() -> String) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::because(&error).within("cannot watch for signals");
    Terminal.leave_signals();
    let mut signals = SignalsInfo::<WithOrigin>::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGURG])
        .map_err(failed)?;
    let listen = move || {
        for origin in &mut signals {
            if let Some(signal) = ends(&shared, &origin, now) {
                let _ = emulate_default_handler(signal);
            }
        }
    };
    thread::Builder::new().spawn(listen).map_err(failed)?;
    Ok(())
}

/// Does what is to be done before a signal ends the program; `None` if it does not.
fn ends(shared: &Shared, origin: &Origin, now: fn() -> String) -> Option<i32> {
    let mut state = shared.state();
    if origin.signal == SIGURG {
        state.marks += 1;
        shared.changed.notify_all();
        return None;
    }
    if let Some(editor) = state.editor {
        // Typed at the terminal, these are for the editor (as in system(3)).
        if matches!(origin.signal, SIGINT | SIGQUIT) {
            return None;
        }
        state.is_ending = true;
        shared.changed.notify_all();
        // What the terminal sends, its end above all, goes to the editor as well: both are of one group.
        if matches!(origin.cause, Cause::Sent(_)) {
            let signal = Signal::from_named_raw(origin.signal).unwrap_or(Signal::TERM);
            let _ = kill_process(editor, signal);
        }
        let is_gone;
        (state, is_gone) = shared.awaits_editor(state);
        if let Some(editor) = state.editor.filter(|_| !is_gone) {
            let _ = kill_process(editor, Signal::KILL);
            (state, _) = shared.awaits_editor(state);
        }
    }
    state.is_ending = true;
    Terminal.restore_prompt();
    if let Some(desk) = state.desk.take() {
        match conclude(desk.directory(), &state.record, &now()) {
            Ok(Concluded {
                kept: Some(kept), ..
            }) => tell_kept(&state.record, &kept),
            Ok(_) => {}
            Err(failure) => tell(&failure),
        }
    }
    Some(origin.signal)
}
