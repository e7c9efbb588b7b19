//! What the process does for its secrets before it has any.

use std::{
    alloc::System,
    io::Write,
    panic::{self, PanicHookInfo},
    sync::OnceLock,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use zeroizing_alloc::ZeroAlloc;

/// Wipes memory whenever it is freed: also the copies that libraries make.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// The soft limit of core dumps that the process began with.
static CORE_LIMIT: OnceLock<Option<u64>> = OnceLock::new();

/// Keeps the memory of this process to itself, and panics silent about what was in it.
///
/// No core dump; on Linux no `/proc/PID/mem` and no debugger of the same user either. Failures are ignored: each is one wall
/// of several.
pub(crate) fn begin() {
    let limit = getrlimit(Resource::Core);
    // The hard limit stays, so that a child of `run` can be given back what it had.
    let none = Rlimit {
        current: Some(0),
        maximum: limit.maximum,
    };
    let _ = CORE_LIMIT.set(limit.current);
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    panic::set_hook(Box::new(tell_place));
}

/// Gives back what a program that this process becomes should find.
pub(crate) fn end() {
    if let Some(current) = CORE_LIMIT.get() {
        let maximum = getrlimit(Resource::Core).maximum;
        let _ = setrlimit(
            Resource::Core,
            Rlimit {
                current: *current,
                maximum,
            },
        );
    }
}

// Not the message: it may hold what the code was working on.
fn tell_place(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(
        || "unknown place".to_owned(),
        |place| format!("{}:{}:{}", place.file(), place.line(), place.column()),
    );
    let text = format!("vault: error: a bug in vault, at {place}\n");
    let _ = std::io::stderr().write_all(text.as_bytes());
}
