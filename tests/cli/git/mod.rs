//! Secret files and git's merges: with real git, and real sops on what comes of them.

mod driver;
mod world;
