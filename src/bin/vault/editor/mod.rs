//! A text with secrets in a person's own editor: where it lies meanwhile, which program it is given to, and what becomes of it
//! when something goes wrong.
//!
//! The laws. What is in clear lies in one private directory (a desk), in memory where the system can do that, and goes when the edit
//! ends, however it ends. What was typed goes only after it was written or is kept as ciphertext (a rescue). Three keep them: the program
//! itself; a watcher, a small process that notices when the program is killed; and the next start of any command, which looks for
//! desks whose people are gone.

mod desk;
mod known;
mod leftovers;
mod place;
mod process;
mod program;
mod record;
mod rescues;
mod session;
mod watcher;

pub(crate) use desk::Content;
pub(crate) use known::Traces;
pub(crate) use leftovers::{at_work, clear};
pub(crate) use place::Disk;
pub(crate) use program::Program;
pub(crate) use record::{Beginning, Record};
pub(crate) use rescues::{Kept, Rescues};
pub(crate) use session::Session;
pub(crate) use watcher::{is_watcher, watch};
