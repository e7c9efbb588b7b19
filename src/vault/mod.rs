//! Files on disk: where a repository's root is, reading, replacing one file or several at once, and plaintext outputs.
//!
//! The only module that touches files. It speaks of paths and bytes, knows neither environment variables nor the clock,
//! and is told where locks and journals lie.
//!
//! Paths of a repository are checked at the moment of use, component by component. Whoever may write the work tree as
//! this user can swap a directory between check and use; such a person is beyond what is defended.
//! Modes, owners and the flushing of directories exist on Unix only: elsewhere new files get what the system gives them.

mod attributes;
mod directory;
mod disposal;
mod fields;
mod journal;
mod known_files;
mod lock;
mod manifest;
mod memory;
mod output;
mod permissions;
mod place;
mod reach;
mod remembered;
mod removal;
mod replace;
mod root;
#[cfg(test)]
#[cfg(unix)]
mod sandbox;
mod secret_files;
mod several;
mod shown;
mod snapshot;
mod steps;
mod store;
mod system;
mod temporary;
mod way;

pub use directory::{DirectoryError, private_directory};
pub use disposal::{RemoveError, refuse_links, remove_empty_directory, remove_file};
pub use journal::JournalError;
pub use known_files::{KnownError, KnownFiles};
pub use lock::{LOCK_TIMEOUT, Lock, LockError, Locks};
pub use memory::Outputs;
pub use output::{OutputError, Overwrite, Privacy, Standing, Wish, Written, tighten_stdout};
pub use permissions::{Mode, ModeError, Permissions};
pub use place::{PathError, Place};
pub use remembered::Remembered;
pub use replace::{Content, Notice, Replacement, WriteError, check_writable};
pub use root::{CONFIG, Root, RootError};
pub use secret_files::{NamedBytes, Survey, WrittenFiles};
pub use several::Recovery;
pub use shown::Shown;
pub use snapshot::{Digest, READ_LIMIT, ReadError, Snapshot, read};
pub use store::{Change, Gone, SaveError, Saved, Store};
pub use system::Owner;
pub use way::{WayError, refuse_bent};
