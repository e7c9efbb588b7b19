//! The text in a person's editor: a notice on top, problems above that, the other side's values where two edits meet, and what was typed.
//!
//! Text in, text out: files, the editor and what follows from an answer are the program's. Everything here that is not typed begins with
//! a mark in a comment, and is taken out again when the text is read. No error holds a piece of the text but key names.
//!
//! A buffer, from its top; every part but the last may be missing:
//!
//! ```yaml
//! #|! not saved: correct this and save again, or leave the editor without saving
//! #|! line 8, column 7: PORT: int in a spelling that would not be kept: put it in quotes
//! #| decrypted copy, do not save elsewhere
//! #| dev: read by alice and bob
//! #| lines that begin with #| down to the next one are vault's, and are left out when this is saved
//! #|----------------------------------------------------------------------------
//! # a comment of one's own
//! PORT: 0123
//! ```
//!
//! The rule that ends vault's part is what makes a comment of one's own safe that happens to begin with `#|`: behind the rule nothing is
//! vault's, and a text whose rule is missing is refused before anything is taken out of it ([`Fault::NoRule`]).

mod head;
mod part;
mod problem;
mod reading;
mod theirs;

pub use head::{compose, typed, with_problems};
pub use part::{part, place_in_part, with_part};
pub use problem::Problem;
pub use reading::{Fault, LIMIT, Typed, read};
pub use theirs::{with_differences, with_theirs};
