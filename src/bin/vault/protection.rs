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

/// Keeps the memory of this process to itself, and panics silent about what was in it.
///
/// No core dump; on Linux no `/proc/PID/mem` and no debugger of the same user either. Failures are ignored: each is one wall
/// of several.
pub(crate) fn begin() {
    let limit = CORE_LIMIT.get_or_init(|| getrlimit(Resource::Core));
    // The hard limit stays, so that it can be given back.
    let none = Rlimit {
        current: Some(0),
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    panic::set_hook(Box::new(tell_place));
}

/// Gives the limit back that this process was started with, right before it becomes another program.
pub(crate) fn end() {
    if let Some(limit) = CORE_LIMIT.get() {
        let _ = setrlimit(Resource::Core, *limit);
    }
}

/// Bytes of a core dump that were allowed at the start.
static CORE_LIMIT: OnceLock<Rlimit> = OnceLock::new();

// Not the message: it may hold what the code was working on.
fn tell_place(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(
        || "unknown place".to_owned(),
        |place| format!("{}:{}:{}", place.file(), place.line(), place.column()),
    );
    let text = format!("vault: error: a bug in vault, at {place}\n");
    let _ = std::io::stderr().write_all(text.as_bytes());
}
