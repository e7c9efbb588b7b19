//! Programs that are started by name.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::Environment;
use crate::failure::Failure;

/// Finds the program: by its absolute path, or in an absolute folder of PATH.
///
/// Never relative to where the person stands, and never inside the work tree: whoever can commit would decide what runs.
pub(super) fn program(
    name: &str,
    environment: &Environment,
    work_tree: Option<&Path>,
) -> Result<PathBuf, Failure> {
    let path = Path::new(name);
    let found = if path.is_absolute() {
        path.to_owned()
    } else if name.contains('/') {
        let error = format!("`{name}` is a relative path, so a repository would decide what runs");
        return Err(Failure::new(error).hint("give its absolute path, or a name that PATH finds"));
    } else {
        on_path(name, environment)
            .ok_or_else(|| Failure::new(format!("there is no program `{name}` in PATH")))?
    };
    let is_inside = work_tree.is_some_and(|work_tree| {
        found
            .canonicalize()
            .is_ok_and(|found| found.starts_with(work_tree))
    });
    match is_inside {
        true => {
            let error = format!(
                "{} lies inside the work tree, so the repository would decide what runs",
                found.display()
            );
            Err(Failure::new(error).hint("copy it out of the repository"))
        }
        false => Ok(found),
    }
}

fn on_path(name: &str, environment: &Environment) -> Option<PathBuf> {
    let folders = environment.get("PATH")?;
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file() && access(file, Access::EXEC_OK).is_ok())
}
