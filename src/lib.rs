//! A team's secrets inside its git repository: one encrypted, signed SOPS file per environment.

pub mod merge;
pub mod render;
pub mod secret;
pub mod value;
