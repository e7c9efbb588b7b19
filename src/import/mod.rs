//! Reading what others wrote: `.env` files, JSON, YAML and directories of secret files, each as a tree of typed values.
//!
//! The reverse of `render`. What a source says for certain is taken as it stands; what its readers would fill in, or read in two ways, is
//! refused by name and line. An encrypted SOPS file is read by `sealed`.

pub mod dotenv;
mod files;
mod format;
mod json;
mod json_numbers;
mod plan;
mod spelling;
mod yaml;

pub use files::without_line_end;
pub use format::{Format, UnknownFormat};
pub use json::{JsonError, JsonProblem, json};
pub use plan::{Fate, Item, plan};
pub use spelling::Spelling;
pub use yaml::{YamlMap, YamlMapError, yaml};
