//! Files of sops that become environments: which ones can, under which names, for whom.
//!
//! Works on texts: the caller finds the files, asks for names, and writes the config. No file of sops is changed.

mod environments;
mod format;
mod labels;
mod readers;
mod rules;
mod survey;
mod twins;

pub use environments::{environment_names, usual_default};
pub use format::Format;
pub use labels::{Label, labels, name_from};
pub use readers::readers;
pub use rules::{Deviation, SOPS_CONFIG, SopsConfig, SopsConfigError};
pub use survey::{Adoptable, Outcome, Reader, Refusal, survey};
pub use twins::twins;
