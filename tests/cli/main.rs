//! The program as a person meets it: every test runs `vault` in a world of its own.

#[path = "../peers/mod.rs"]
mod peers;
mod sandbox;
mod vaults;

mod check;
mod get;
mod help;
mod identities;
mod keygen;
mod layers_of_environments;
mod list;
mod render;
mod run;
mod tamper;
mod threats;
mod whoami;
