//! `vault import`.

mod deletion;
mod dialects;
mod directory;
mod formats;
mod git;
mod limits;
mod lists;
mod moving_in;
mod plan;

use crate::{sandbox::Sandbox, team};

/// Alice alone with dev, and this file in the work tree.
fn with(path: &str, text: &str) -> Sandbox {
    let sandbox = team::alone();
    sandbox.write(path, text);
    sandbox
}

/// What an environment holds, as JSON.
fn json(sandbox: &Sandbox, environment: &str) -> String {
    let output = sandbox.vault(["render", environment, "--format", "json"]);
    output.prints_secrets().succeeds().stdout().to_owned()
}
