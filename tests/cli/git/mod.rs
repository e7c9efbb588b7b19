//! `vault git`: what git calls, and what a person types around it: with real git, and real sops on what comes of it.

mod config;
mod driver;
mod framework;
mod hook;
mod install;
mod merges;
mod pre_commit;
mod resolve;
mod textconv;
mod update;
mod world;
