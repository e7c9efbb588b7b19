//! The membership log: an append-only list in a secret file that says who may read and write it since when, each entry signed by somebody
//! who could write before. Verified from the start, without any private key.

mod block;
mod change;
mod entry;
mod error;
mod join;
mod log;
mod policy;

pub(crate) use block::BLOCK_VERSION;
pub use block::Block;
pub use change::{Change, Origin, begin, follow, join, keep};
pub use entry::{Digest, Entry};
pub use error::{LogError, LogFault};
pub use join::{Joining, Relation};
pub use log::Log;
pub use policy::Policy;

#[cfg(test)]
mod tests;
