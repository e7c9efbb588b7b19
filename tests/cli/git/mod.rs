//! What git asks vault for.

mod textconv;
