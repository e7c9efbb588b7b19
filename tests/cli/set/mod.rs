//! `vault set`.

mod first;
mod members;
mod places;
mod sops;
mod values;
mod written;

/// Where alice's environment dev lies.
const FILE: &str = "secrets/dev.yaml";
