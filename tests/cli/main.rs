//! The program as a person meets it: every test runs `vault` in a world of its own.

#[path = "../peers/mod.rs"]
mod peers;
mod people;
mod sandbox;
mod team;
mod vaults;

mod access;
mod base;
mod check;
mod completions;
mod concurrency;
mod edit;
mod env;
mod fork;
mod from_sops;
mod get;
mod help;
mod history;
mod identities;
mod import;
mod init;
mod keygen;
mod known;
mod layers_of_environments;
mod list;
mod local;
mod log;
mod man;
mod mask;
mod memory;
mod month;
mod offline;
mod recipients;
mod render;
mod run;
mod set;
mod setup;
mod sign;
mod sources;
mod sync;
mod tamper;
mod threats;
mod unset;
mod whoami;
