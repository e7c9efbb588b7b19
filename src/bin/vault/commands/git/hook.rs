//! The hook by which git calls `vault git pre-commit`: put where git looks for it, never over another one, and taken away again.

use std::{
    fs::{self, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use tempfile::Builder;
use vault::vault::Shown;

use crate::{
    context::Context,
    failure::Failure,
    repo::{Exposure, Landing, Repo},
};

/// What git calls the hook.
const NAME: &str = "pre-commit";
/// How the line begins in which the program stands.
const PROGRAM: &str = "vault=";
/// Everybody may read and run it, as far as the umask allows.
const MODE: u32 = 0o755;
/// Before and behind that line. A program that is gone must not let a commit pass unseen.
const BEFORE: &str = "#!/bin/sh
# Written by `vault git install --hook`; `vault git uninstall` takes it away.
";
const BEHIND: &str = r#"
if ! [ -x "$vault" ]; then
    printf 'vault: %s\n' "error: the pre-commit hook finds no program at $vault" \
        'hint: vault git install --hook writes the hook anew, with the vault that is typed' \
        'hint: git commit --no-verify commits all the same, without any check' >&2
    exit 2
fi
exec "$vault" git pre-commit
"#;

/// What is there.
enum Found {
    Nothing,
    /// What vault wrote, this text.
    Ours(String),
    /// Somebody else's, or changed by somebody.
    Foreign,
}

/// Puts the hook in its place; returns whether it was not there.
///
/// # Errors
/// Another hook is there, or the place is that of other repositories, too; with the line to add there.
pub(super) fn install(context: &Context, repo: &Repo) -> Result<bool, Failure> {
    let program = quoted(&context.program()?)?;
    let line = format!("{program} git {NAME} || exit");
    let hooks = repo.hooks(context.git_config())?;
    let path = hooks.folder.join(NAME);
    if hooks.is_shared {
        let text = format!(
            "core.hooksPath leads to {}, for other repositories, too",
            Shown(&hooks.folder)
        );
        return Err(Failure::new(text)
            .hint(format!("add this line to {}: {line}", Shown(&path)))
            .hint("git config --local core.hooksPath .git/hooks gives this repository its own"));
    }
    let text = format!("{BEFORE}{PROGRAM}{program}{BEHIND}");
    match find(&path)? {
        Found::Foreign => Err(Failure::new(format!(
            "another hook is there, and stays: {}",
            Shown(&path)
        ))
        .hint(format!("add this line to it: {line}"))),
        Found::Ours(known) if known == text => Ok(false),
        Found::Ours(_) | Found::Nothing => {
            write(&path, &text).map_err(|error| failed(&path, &error))?;
            warn_of_publishing(context, repo, &path)?;
            Ok(true)
        }
    }
}

/// Takes the hook away, if vault wrote it; returns whether it was there.
///
/// # Errors
/// It cannot be deleted.
pub(super) fn uninstall(context: &Context, repo: &Repo) -> Result<bool, Failure> {
    let path = repo.hooks(context.git_config())?.folder.join(NAME);
    match find(&path)? {
        Found::Ours(_) => {
            fs::remove_file(&path).map_err(|error| failed(&path, &error))?;
            Ok(true)
        }
        Found::Foreign if calls_vault(&path) => {
            let text = format!("another hook calls vault, and stays: {}", Shown(&path));
            context.terminal().warn(text);
            Ok(false)
        }
        Found::Foreign | Found::Nothing => Ok(false),
    }
}

fn find(path: &Path) -> Result<Found, Failure> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(failed(path, &error)),
        Ok(metadata) if !metadata.is_file() => return Ok(Found::Foreign),
        Ok(_) => {}
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    let rest = text
        .strip_prefix(BEFORE)
        .and_then(|text| text.strip_prefix(PROGRAM));
    let program = rest.and_then(|text| text.strip_suffix(BEHIND));
    Ok(match program {
        Some(program) if !program.contains('\n') => Found::Ours(text),
        _ => Found::Foreign,
    })
}

fn calls_vault(path: &Path) -> bool {
    let text = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&text).contains(&format!(" git {NAME}"))
}

/// A file that git calls is there as a whole, or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let permissions = Permissions::from_mode(MODE);
    let mut file = Builder::new()
        .permissions(permissions)
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

/// In a folder of the work tree, the hook of this machine would be everybody's.
fn warn_of_publishing(context: &Context, repo: &Repo, path: &Path) -> Result<(), Failure> {
    let landing = Landing::of(path).map_err(|error| Failure::because(&error))?;
    if let Exposure::NotIgnored(_) | Exposure::Tracked(_) =
        repo.exposure(&landing, context.git_config())?
    {
        context.terminal().warn(format!(
            "git does not ignore {}, which names this program as it lies on this machine",
            Shown(path)
        ));
    }
    Ok(())
}

fn quoted(program: &Path) -> Result<String, Failure> {
    let path = program.to_str().filter(|path| !path.contains(['\n', '\0']));
    let path = path.ok_or_else(|| {
        Failure::new("a hook cannot hold the path of this program")
            .hint("put it into a directory whose name is ordinary text, and type the command again")
    })?;
    Ok(format!("'{}'", path.replace('\'', r"'\''")))
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::because(error).within(Shown(path).to_string())
}
