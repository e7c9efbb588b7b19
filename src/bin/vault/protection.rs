//! What the process does for its secrets before it has any.

use std::{
    alloc::System,
    io::{self, Write},
    panic::{self, PanicHookInfo},
    sync::OnceLock,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use zeroizing_alloc::ZeroAlloc;

/// Wipes memory whenever it is freed: also the copies that libraries make.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Keeps the memory of this process to itself, and panics silent about what was in it.
///
/// No core dump; on Linux no `/proc/PID/mem` and no debugger of the same user either. Failures are ignored: each is one wall
/// of several.
pub(crate) fn begin() {
    no_core_dump();
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    panic::set_hook(Box::new(tell_place));
}

/// Starts a child that gets the limit back that this process was started with.
pub(crate) fn lifted<T>(start: impl FnOnce() -> T) -> T {
    end();
    let started = start();
    no_core_dump();
    started
}

/// Gives the limit back that this process was started with, right before it becomes another program.
pub(crate) fn end() {
    if let Some(limit) = CORE_LIMIT.get() {
        let _ = setrlimit(Resource::Core, *limit);
    }
}

fn no_core_dump() {
    let limit = CORE_LIMIT.get_or_init(|| getrlimit(Resource::Core));
    // The hard limit stays, so that it can be given back.
    let none = Rlimit {
        current: Some(0),
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Core, none);
}

/// Bytes of a core dump that were allowed at the start.
static CORE_LIMIT: OnceLock<Rlimit> = OnceLock::new();

fn tell_place(info: &PanicHookInfo<'_>) {
    let _ = io::stderr().write_all(place(info).as_bytes());
}

/// Where it happened. Not the message: it may hold what the code was working on.
fn place(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(
        || "unknown place".to_owned(),
        |place| format!("{}:{}:{}", place.file(), place.line(), place.column()),
    );
    format!(
        "vault: error: a bug in vault, at {place}\nvault: hint: please report it with this line and the command, without any secret\n"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn r63_a_panic_tells_its_place_and_not_its_message() {
        static TOLD: Mutex<String> = Mutex::new(String::new());
        let usual = panic::take_hook();
        panic::set_hook(Box::new(|info| {
            // Other tests may panic on purpose meanwhile.
            if info.payload().downcast_ref() == Some(&"hunter2") {
                *TOLD.lock().unwrap() = place(info);
            }
        }));
        let outcome = panic::catch_unwind(|| panic!("hunter2"));
        panic::set_hook(usual);
        assert!(outcome.is_err());
        let told = TOLD.lock().unwrap();
        assert!(told.starts_with("vault: error: a bug in vault, at src/bin/vault/protection.rs:"));
        assert!(!told.contains("hunter2"));
    }
}
