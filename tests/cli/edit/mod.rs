//! `vault edit`: what is typed is written or kept, and nothing stays in clear. Editors are small scripts; `docs/editing.md` has the list of
//! rules and tests.

mod editors;
mod endings;
mod failing;
mod faults;
mod invalid;
mod meanwhile;
mod place;
mod program;
mod rescue;
mod search;
pub(crate) mod signals;
mod text;
mod value;
pub(crate) mod world;
mod writing;
