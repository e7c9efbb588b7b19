//! What git asks vault for: with real git, and real sops on what comes of it.

mod driver;
mod resolve;
mod textconv;
mod world;
