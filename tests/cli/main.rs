//! The program as a person meets it: every test runs `vault` in a world of its own.

#[path = "../peers/mod.rs"]
mod peers;
mod sandbox;

mod identities;
mod keygen;
mod tamper;
mod threats;
mod whoami;
