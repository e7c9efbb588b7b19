//! `vault git`: what git calls, and what a person types around it.

mod install;
mod textconv;
