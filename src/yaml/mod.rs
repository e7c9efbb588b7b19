//! Text with places.
mod resolve;
pub use resolve::{Resolved, TooLarge, resolve};
