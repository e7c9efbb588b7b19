//! What a command leaves behind when the system fails it or somebody kills it: the old files or the new ones, nothing lost, no
//! secret in clear anywhere, and nothing that the next command does not clean up.
//!
//! `strace` makes each system call of a command's writing fail in turn, or kills the command there ([`sweep`]); other tests kill
//! it at random times ([`kills`]), fill the disk ([`disk`]), disturb an edit ([`edits`]), or let many write at once ([`writers`]). The commands are a table
//! ([`commands`]), and what must hold afterwards is one function ([`verdict`]).
//!
//! By default a sample is run. `VAULT_TEST_CRASH=full` runs every position, `VAULT_TEST_KILLS=10000` that many kills.

#[path = "../cli/edit/world.rs"]
#[allow(dead_code, reason = "the tests of `edit` use all of it")]
mod desk;
#[path = "../peers/mod.rs"]
mod peers;
#[path = "../cli/sandbox/mod.rs"]
mod sandbox;
#[path = "../cli/team.rs"]
mod team;

mod commands;
mod disk;
mod edits;
mod kills;
mod strace;
mod sweep;
mod verdict;
mod world;
mod writers;
