//! Editors that outlive the program that started them.

use std::{fs, path::Path, time::Duration};

#[cfg(target_os = "linux")]
use rustix::fd::OwnedFd;
use rustix::process::{Pid, Signal};

/// How long one may take to end after it is told to.
const PATIENCE: Duration = Duration::from_millis(300);

/// A process, held so that no other process can be taken for it.
pub(super) struct Process {
    #[cfg(target_os = "linux")]
    handle: OwnedFd,
    #[cfg(not(target_os = "linux"))]
    pid: Pid,
}

#[cfg(target_os = "linux")]
impl Process {
    pub(super) fn of(number: i32) -> Option<Self> {
        use rustix::process::{PidfdFlags, pidfd_open};
        let handle = pidfd_open(Pid::from_raw(number)?, PidfdFlags::empty()).ok()?;
        Some(Process { handle })
    }

    /// Ends every process that was started with something on a desk.
    pub(super) fn end_all_at(directory: &Path) {
        Process::all_at(directory).iter().for_each(Process::end);
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
        let held = others.filter_map(|number| Some((number, Process::of(number)?)));
        held.filter(|(number, _)| is_at(*number))
            .map(|(_, editor)| editor)
            .collect()
    }

    /// Tells it to end, as a terminal that is closed does, and ends it when it takes too long.
    pub(super) fn end(&self) {
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
impl Process {
    pub(super) fn of(number: i32) -> Option<Self> {
        Pid::from_raw(number).map(|pid| Process { pid })
    }

    /// Elsewhere nobody can tell which they are.
    pub(super) fn end_all_at(_: &Path) {}

    pub(super) fn end(&self) {
        let _ = rustix::process::kill_process(self.pid, Signal::HUP);
        std::thread::sleep(PATIENCE);
        let _ = rustix::process::kill_process(self.pid, Signal::KILL);
    }
}
