//! A config that a commit takes away: what it leaves behind, and where the vault is if somebody has moved it.

use std::path::{Path, PathBuf};

use vault::{
    config::Config,
    vault::{CONFIG, read},
};

use super::report::{Report, Spot, UNSTAGE, shown};
use crate::{
    context::Context,
    failure::Failure,
    repo::{NextCommit, Repo, StagedPath, Standing},
    shell,
    workspace::Trouble,
};

/// Where a vault is that the commit takes away from a folder; folders count from the top.
enum Place {
    /// The commit has it there.
    Staged(PathBuf),
    /// It lies there, and the commit does not have it.
    OnDisk(PathBuf),
    Nowhere,
}

/// Files that nothing says any more whose they are, and a vault that would be in no commit.
///
/// # Errors
/// Objects or an index that cannot be read.
pub(super) fn check(
    context: &Context,
    repo: &Repo,
    staged: &NextCommit<'_>,
    change: &StagedPath,
    report: &mut Report,
) -> Result<(), Failure> {
    let is_config = change.path.file_name().is_some_and(|name| name == CONFIG);
    let (true, None, Some(before)) = (is_config, change.now, change.before) else {
        return Ok(());
    };
    let Some(config) = parsed(staged.bytes(before)?) else {
        return Ok(());
    };
    let place = place(context, repo, staged, &config)?;
    let spot = Spot::of(&change.path);
    match left_behind(staged, change, &config) {
        Some(trouble) => report.find(spot, hinted(trouble, &place)),
        None => {
            if let Place::OnDisk(folder) = &place {
                report.warn(spot, not_staged(change, &config, folder));
            }
        }
    }
    Ok(())
}

/// That files stay which the config named.
fn left_behind(staged: &NextCommit<'_>, change: &StagedPath, config: &Config) -> Option<Trouble> {
    let folder = change.path.parent().unwrap_or(Path::new(""));
    let files = config
        .environments()
        .map(|environment| folder.join(environment.file().as_str()));
    let left: Vec<String> = files
        .filter(|path| staged.standing(path).is_some())
        .map(|path| shown(&path))
        .collect();
    let text = format!(
        "{}: it is taken away, and files of its environments stay: {}",
        shown(&change.path),
        left.join(", ")
    );
    (!left.is_empty()).then(|| Trouble::failed(text))
}

fn hinted(trouble: Trouble, place: &Place) -> Trouble {
    match place {
        Place::Staged(folder) | Place::OnDisk(folder) => trouble.hint(format!(
            "the vault is {} now: git mv brings the files there, too",
            at(folder)
        )),
        Place::Nowhere => trouble.hint(UNSTAGE),
    }
}

fn not_staged(change: &StagedPath, config: &Config, folder: &Path) -> Trouble {
    let text = format!(
        "{}: it is taken away, and the vault is {} now, which the commit does not have",
        shown(&change.path),
        at(folder)
    );
    let files = config.environments().map(|it| it.file().as_str());
    let files = [CONFIG].into_iter().chain(files);
    let typed = |file: &str| {
        let path = folder.join(file);
        shell::pathspec(&path.to_string_lossy()).into_owned()
    };
    let files: Vec<String> = files.map(typed).collect();
    Trouble::failed(text).hint(format!("git add -- {} takes it in", files.join(" ")))
}

/// A folder in words.
fn at(folder: &Path) -> String {
    match folder.as_os_str().is_empty() {
        true => "at the top".to_owned(),
        false => format!("in {}", shell::word(&folder.to_string_lossy())),
    }
}

/// Looks for the vault by its id.
fn place(
    context: &Context,
    repo: &Repo,
    staged: &NextCommit<'_>,
    config: &Config,
) -> Result<Place, Failure> {
    let Some(id) = config.repository() else {
        return Ok(Place::Nowhere);
    };
    let is_it = |bytes: Vec<u8>| {
        let config = parsed(bytes);
        config.is_some_and(|config| config.repository() == Some(id))
    };
    for folder in staged.folders_with(CONFIG) {
        if let Some(Standing::File(blob)) = staged.standing(&folder.join(CONFIG))
            && is_it(staged.bytes(blob)?)
        {
            return Ok(Place::Staged(folder));
        }
    }
    let files = repo.files(context.git_config())?;
    let found = files
        .iter()
        .filter(|file| file.ends_with(CONFIG))
        .find(|file| {
            let read = read(&repo.work_tree().join(file));
            read.is_ok_and(|read| is_it(read.into_bytes()))
        });
    let folder = found.and_then(|file| file.parent());
    Ok(folder.map_or(Place::Nowhere, |folder| Place::OnDisk(folder.to_owned())))
}

fn parsed(bytes: Vec<u8>) -> Option<Config> {
    Config::parse(&String::from_utf8(bytes).ok()?).ok()
}
