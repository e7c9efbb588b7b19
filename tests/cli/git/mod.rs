//! What git calls, and asks vault for.

mod hook;
mod pre_commit;
mod textconv;
