//! The program as a person meets it: every test runs `vault` in a world of its own.

#[path = "../peers/mod.rs"]
mod peers;
mod sandbox;
mod team;

mod concurrency;
mod identities;
mod init;
mod keygen;
mod offline;
mod set;
mod sign;
mod sync;
mod tamper;
mod threats;
mod unset;
mod whoami;
