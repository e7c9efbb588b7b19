//! The program as a person meets it: every test runs `vault` in a world of its own.

#[path = "../peers/mod.rs"]
mod peers;
mod sandbox;
mod team;
mod vaults;

mod check;
mod completions;
mod concurrency;
mod get;
mod help;
mod identities;
mod init;
mod keygen;
mod layers_of_environments;
mod list;
mod man;
mod mask;
mod offline;
mod render;
mod run;
mod set;
mod sign;
mod sync;
mod tamper;
mod threats;
mod unset;
mod whoami;
