//! The tampering corpus: files changed without the right to, each refused for its reason.
//!
//! `fixtures/tampered/base` holds good files. Every other file there is one of them after one change that needs no writer's key, and
//! `manifest.txt` says how it is refused. `cases/` makes the changes, so that the files do not rot.

#[path = "../cli/sandbox/leaks.rs"]
mod leaks;

mod base;
mod cases;
mod edits;
mod world;

use std::fs;

#[test]
#[ignore = "makes the base files anew: data keys and nonces are random, so every file of the corpus changes with them"]
fn make_the_base_files() {
    let folder = base::folder().join("base");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in base::files() {
        fs::write(folder.join(name), text).unwrap();
    }
}
