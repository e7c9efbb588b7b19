//! What git calls, and asks vault for.

mod framework;
mod hook;
mod pre_commit;
mod textconv;
