//! Other programs that tests compare with or drive: where they are, and what happens when one is missing.
//!
//! A test that misses its peer prints a line and passes, so that `cargo test` works on any machine. With
//! `VAULT_TEST_PEERS=required` it fails instead: CI installs every peer and must not skip one unnoticed.
//!
//! ```ignore
//! let Some(sops) = peers::sops() else { return };
//! ```
#![allow(dead_code, reason = "every test program uses some of these")]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test harness stands outside of the program: it reads its own environment and talks to the developer"
)]

use std::env;
use std::path::{Path, PathBuf};

/// Finds sops: `VAULT_TEST_SOPS`, else on the PATH.
pub(crate) fn sops() -> Option<PathBuf> {
    named("VAULT_TEST_SOPS", "sops")
}

/// Finds the oldest sops that opens what vault writes: `VAULT_TEST_SOPS_OLD`, never the PATH, since one found there is a new one.
pub(crate) fn old_sops() -> Option<PathBuf> {
    found(
        variable("VAULT_TEST_SOPS_OLD").filter(|path| is_program(path)),
        "an old sops (VAULT_TEST_SOPS_OLD)",
    )
}

/// Finds a Python that has `dotenv`: `VAULT_TEST_PYTHON`, else python3 on the PATH.
pub(crate) fn python() -> Option<PathBuf> {
    named("VAULT_TEST_PYTHON", "python3")
}

/// Finds a reader of `.env` files, or what belongs to one, below the folder `VAULT_TEST_READERS` that `.ci/run` fills.
pub(crate) fn reader(name: &str) -> Option<PathBuf> {
    // Programs are run in folders of their own.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = variable("VAULT_TEST_READERS").map(|folder| here.join(folder).join(name));
    found(
        place.filter(|path| path.exists()),
        &format!("{name} (VAULT_TEST_READERS)"),
    )
}

/// Finds any other program on the PATH.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    found(on_path(name), name)
}

/// Finds a program on the PATH without complaint: for conveniences of the harness that no test depends on.
pub(crate) fn quietly(name: &str) -> Option<PathBuf> {
    on_path(name)
}

/// Says that a test is skipped, or fails it where every peer is required.
///
/// # Panics
///
/// With `VAULT_TEST_PEERS=required`.
pub(crate) fn skip(why: &str) {
    assert!(
        !required(),
        "{why}, and VAULT_TEST_PEERS says that nothing may be skipped"
    );
    eprintln!("skipped: {why}");
}

/// Tells the developer something that no assertion needs.
pub(crate) fn note(what: &str) {
    eprintln!("{what}");
}

fn required() -> bool {
    env::var_os("VAULT_TEST_PEERS").is_some_and(|value| value == "required")
}

fn named(variable_name: &str, program: &str) -> Option<PathBuf> {
    let place = match variable(variable_name) {
        Some(path) => Some(path).filter(|path| is_program(path)),
        None => on_path(program),
    };
    found(place, &format!("{program} ({variable_name})"))
}

fn found(place: Option<PathBuf>, name: &str) -> Option<PathBuf> {
    if place.is_none() {
        skip(&format!("{name} is not here"));
    }
    place
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}
