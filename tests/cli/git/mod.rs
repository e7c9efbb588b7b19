//! `vault git`: what git calls, and what a person types around it: with real git, and real sops on what comes of it.

mod bases;
mod config;
mod driver;
mod framework;
mod hasty;
mod hook;
mod install;
mod lost_config;
mod merges;
mod moved;
mod odd_sides;
mod pre_commit;
mod resolve;
mod textconv;
mod unmerged_config;
mod update;
mod ways;
mod world;
