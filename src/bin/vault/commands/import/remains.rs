//! What is left in clear after an import: in git's history, and the source itself.

use std::path::{Path, PathBuf};

use vault::{
    config::Environment,
    value::Selection,
    vault::{Shown, refuse_links, remove_empty_directory, remove_file},
};

use super::{CommentFate, source::Source};
use crate::{
    failure::{Exit, Failure},
    repo::{Exposure, Landing, Repo, Sighting},
    shell,
    workspace::{Trouble, Workspace},
};

/// Commits that are named; there may be thousands.
const NAMED: usize = 5;

/// Refuses what must not be deleted: a file of this vault, and what only a link leads to.
///
/// # Errors
/// It is one of these.
pub(super) fn check(workspace: &Workspace<'_>, source: &Path) -> Result<(), Failure> {
    refuse_links(source).map_err(|error| {
        Failure::because(&error).hint("nothing is deleted through links: leave --delete-source out")
    })?;
    if workspace.is_of_vault(source) {
        return Err(Failure::new(format!(
            "{} belongs to this vault: it is not deleted",
            Shown(source)
        )));
    }
    if workspace.is_of_git(source) {
        return Err(Failure::new(format!(
            "{} belongs to git: it is not deleted",
            Shown(source)
        )));
    }
    Ok(())
}

/// Refuses to delete the source where git would not have what takes its place.
///
/// # Errors
/// Git ignores the file of the environment.
pub(super) fn refuse_left_out(
    workspace: &Workspace<'_>,
    environment: &Environment,
) -> Result<(), Failure> {
    let file = Path::new(environment.file().as_str());
    let found = workspace.left_out([file])?;
    match workspace.trouble_of(&found, [file]).into_iter().next() {
        Some(trouble) => Err(Failure::from(Trouble {
            exit: Exit::Failed,
            ..trouble
        })
        .hint("or leave --delete-source out")),
        None => Ok(()),
    }
}

/// Says what git still holds of a source that is in clear.
///
/// # Errors
/// A repository that cannot be read.
pub(super) fn tell_git(
    workspace: &Workspace<'_>,
    environment: &Environment,
    source: &Source,
    is_going: bool,
) -> Result<(), Failure> {
    let Some(held) = Held::find(workspace, source)? else {
        return Ok(());
    };
    let (terminal, shown) = (workspace.context().terminal(), &source.shown);
    if held.is_tracked {
        terminal.warn(match held.is_committed {
            true => format!("git tracks {shown}: every commit holds its values"),
            false => format!("git tracks {shown}: the next commit would hold its values"),
        });
    }
    if !held.sightings.is_empty() {
        let commits = commits(&held.sightings);
        terminal.warn(format!("git's history holds values of {shown}: {commits}"));
    }
    for other in held.other_names.iter().take(NAMED) {
        terminal.detail(format!("with the same content, as {}", Shown(other)));
    }
    match held.other_names.len().saturating_sub(NAMED) {
        0 => {}
        more => terminal.detail(format!("and under {more} more names")),
    }
    if held.is_cut_off {
        terminal.warn("there is history that is not here: it may hold more");
    }
    if held.is_tracked {
        let and_commit = if held.is_committed {
            ", and commit"
        } else {
            ""
        };
        terminal.hint(format!(
            "{}{and_commit}: then git no longer tracks it",
            held.untrack(shown)
        ));
    }
    if !held.sightings.is_empty() {
        terminal.hint(format!(
            "whoever could read the repository knows these values: have new ones made, then vault set {} KEY",
            environment.name()
        ));
        terminal.hint(format!(
            "{} takes it out of the history; clones and forges keep what they have",
            held.filter()
        ));
    }
    if held.is_open && !is_going {
        terminal.warn(format!(
            "git does not ignore {shown}: a line in .gitignore keeps it out"
        ));
    }
    Ok(())
}

/// What git has of a source.
struct Held {
    is_tracked: bool,
    /// Whether the last commit has a file of it.
    is_committed: bool,
    /// Whether the next `git add` would take it.
    is_open: bool,
    sightings: Vec<Sighting>,
    is_cut_off: bool,
    /// The source, from the top of the work tree.
    place: PathBuf,
    /// The top of the work tree, where that is not the one around the vault.
    elsewhere: Option<PathBuf>,
    /// Names that are not those of the source itself.
    other_names: Vec<PathBuf>,
}

impl Held {
    /// Looks where the source lies; `None` for one that is encrypted, or has no repository around it.
    fn find(workspace: &Workspace<'_>, source: &Source) -> Result<Option<Self>, Failure> {
        let context = workspace.context();
        let land = |path: &Path| {
            Landing::of(path)
                .map_err(|error| Failure::because(&error).within(Shown(path).to_string()))
        };
        let top = source
            .directory
            .as_deref()
            .or(source.files.first().map(|file| file.path.as_path()));
        let Some(top) = top.filter(|_| !source.is_sealed).map(land).transpose()? else {
            return Ok(None);
        };
        let Some(repo) = Repo::around(&top)? else {
            return Ok(None);
        };
        let variables = context.git_config();
        let (mut is_tracked, mut is_committed) = (false, false);
        let (mut is_open, mut suspects) = (false, Vec::new());
        for file in &source.files {
            let landing = land(&file.path)?;
            match repo.exposure(&landing, variables)? {
                Exposure::Tracked(_) => {
                    is_tracked = true;
                    is_committed = is_committed || repo.is_in_head(&landing)?;
                }
                Exposure::NotIgnored(_) => is_open = true,
                Exposure::None => {}
            }
            suspects.extend(repo.suspect(&landing, &file.bytes)?);
        }
        let place = repo.inside(&top).map(Path::to_owned).unwrap_or_default();
        let own = workspace.repo()?.map(Repo::work_tree);
        let elsewhere = (own != Some(repo.work_tree())).then(|| repo.work_tree().to_owned());
        let past = repo.past_of(&suspects)?;
        Ok(Some(Held {
            is_tracked,
            is_committed,
            is_open,
            elsewhere,
            other_names: other_names(&past.sightings, &place),
            is_cut_off: past.is_cut_off,
            sightings: past.sightings,
            place,
        }))
    }

    /// git in the repository of the source.
    fn git(&self) -> String {
        match &self.elsewhere {
            None => "git".to_owned(),
            Some(top) => format!("git -C {}", shell::word(&Shown(top).to_string())),
        }
    }

    /// The command that takes the source out of the index.
    fn untrack(&self, shown: &str) -> String {
        let place = match &self.elsewhere {
            None => shown.to_owned(),
            Some(_) => Shown(&self.place).to_string(),
        };
        format!("{} rm -r --cached {}", self.git(), shell::pathspec(&place))
    }

    /// The command that rewrites history.
    fn filter(&self) -> String {
        let names = std::iter::once(&self.place).chain(&self.other_names);
        names.fold(
            format!("{} filter-repo --invert-paths", self.git()),
            |command, name| {
                let name = name.to_string_lossy();
                format!("{command} --path {}", shell::word(&name))
            },
        )
    }
}

/// The newest few, and how many more.
fn commits(sightings: &[Sighting]) -> String {
    let named: Vec<&str> = sightings
        .iter()
        .take(NAMED)
        .map(|sighting| sighting.commit.as_str())
        .collect();
    let more = match sightings.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let word = if sightings.len() == 1 {
        "commit"
    } else {
        "commits"
    };
    format!("{word} {}{more}", named.join(", "))
}

/// Names that are not below the source, each once.
fn other_names(sightings: &[Sighting], place: &Path) -> Vec<PathBuf> {
    let paths = sightings.iter().flat_map(|sighting| &sighting.paths);
    let mut names: Vec<PathBuf> = paths
        .filter(|path| !path.starts_with(place))
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Deletes the source if that was asked for, or is wished at the terminal; only what was imported as a whole.
///
/// # Errors
/// It has changed meanwhile, or cannot be deleted; what was imported stays imported.
pub(super) fn delete(
    workspace: &Workspace<'_>,
    environment: &Environment,
    source: &Source,
    selection: &Selection,
    comments: CommentFate,
    is_asked_for: bool,
) -> Result<(), Failure> {
    let terminal = workspace.context().terminal();
    if source.files.is_empty() || !selection.is_everything() {
        return Ok(());
    }
    let paths = || {
        source
            .files
            .iter()
            .map(|file| file.path.as_path())
            .chain(source.directory.as_deref())
    };
    let must_stay = paths().any(|path| {
        refuse_links(path).is_err() || workspace.is_of_vault(path) || workspace.is_of_git(path)
    });
    if !is_asked_for {
        if must_stay || source.is_sealed {
            return Ok(());
        }
        let (shown, name) = (&source.shown, environment.name());
        if !terminal.can_ask() {
            terminal.say(format!(
                "{shown} still has the values in clear; --delete-source deletes it"
            ));
            return Ok(());
        }
        let has = match comments {
            CommentFate::AllComeAlong => "everything that it holds",
            CommentFate::SomeStay => "its values, but not the comments that stay behind",
        };
        if !terminal.confirm(&format!("delete {shown}? {name} has {has}"))? {
            return Ok(());
        }
    }
    let kept = |error: &dyn std::error::Error| {
        Failure::because(error)
            .hint("everything is imported; delete the source by hand when you are sure")
    };
    paths()
        .try_for_each(refuse_links)
        .map_err(|error| kept(&error))?;
    for file in &source.files {
        let notice = remove_file(&file.path, &file.digest()).map_err(|error| kept(&error))?;
        terminal.warn_each(&notice);
    }
    if let Some(directory) = &source.directory
        && !remove_empty_directory(directory).map_err(|error| kept(&error))?
    {
        terminal.say(format!(
            "deleted what was imported from {}; other files stay in it",
            source.shown
        ));
        return Ok(());
    }
    terminal.say(format!("deleted {}", source.shown));
    Ok(())
}
