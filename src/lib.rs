//! A team's secrets inside its git repository: one encrypted, signed SOPS file per environment.

pub mod accord;
pub mod cipher;
pub mod config;
pub mod keys;
pub mod members;
pub mod merge;
pub mod render;
pub mod sealed;
pub mod secret;
pub mod signature;
pub mod sops;
pub mod value;
pub mod vault;
pub mod yaml;
