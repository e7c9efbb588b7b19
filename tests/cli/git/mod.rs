//! What git calls.

mod hook;
mod pre_commit;
