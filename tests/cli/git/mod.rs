//! `vault git`: what git calls, and what a person types around it.

mod config;
mod install;
mod textconv;
