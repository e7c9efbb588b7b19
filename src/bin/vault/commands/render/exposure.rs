//! Plaintext where git would take it along is refused.

use std::path::Path;

use vault::vault::Shown;

use super::Render;
use crate::{
    context::Context,
    failure::Failure,
    repo::{Exposure, Landing, Repo},
};

/// What overrides it.
const ALLOW: &str = "--allow-in-git writes it all the same";

impl Render {
    /// Refuses plaintext that git would take: the path itself, or files in it.
    pub(super) fn refuse_exposed(
        &self,
        context: &Context,
        path: &Path,
        files: &[&str],
    ) -> Result<(), Failure> {
        if self.allow_in_git {
            return Ok(());
        }
        let landing = Landing::of(path)
            .map_err(|error| Failure::because(&error).within(path.display().to_string()))?;
        let landings: Vec<Landing> = match files {
            [] => vec![landing],
            files => files.iter().map(|name| landing.file(name)).collect(),
        };
        let Some(repo) = landings.first().map(Repo::around).transpose()?.flatten() else {
            return Ok(());
        };
        let variables = context.git_config();
        for landing in &landings {
            match repo.exposure(landing, &variables)? {
                Exposure::None => {}
                Exposure::NotIgnored(inside) => {
                    return Err(not_ignored(&repo, path, &inside, files));
                }
                Exposure::Tracked(inside) => return Err(tracked(&inside)),
            }
        }
        Ok(())
    }
}

/// Plaintext in a work tree must be ignored by git, or it is committed one day.
fn not_ignored(repo: &Repo, path: &Path, inside: &Path, files: &[&str]) -> Failure {
    let (ignored, slash) = match (files, inside.parent()) {
        ([], _) | (_, None) => (inside, ""),
        (_, Some(directory)) => (directory, "/"),
    };
    let rules = repo.rules_for(ignored);
    let from_there = rules
        .parent()
        .and_then(|folder| ignored.strip_prefix(folder).ok());
    let line = format!("/{}{slash}", from_there.unwrap_or(ignored).display());
    let text = format!(
        "git does not ignore {}: secrets in clear would be committed one day",
        path.display()
    );
    let failure = Failure::new(text);
    let link = repo.linked_rules(inside);
    let failure = link.iter().fold(failure, |failure, link| {
        failure.hint(format!(
            "{} is a symbolic link, which git does not follow: put a file in its place",
            Shown(link)
        ))
    });
    failure
        .hint(format!("add this line to {}: {line}", Shown(&rules)))
        .hint(ALLOW)
}

fn tracked(inside: &Path) -> Failure {
    let inside = inside.display().to_string();
    let text = format!("git tracks {inside}: secrets in clear would be committed with it");
    Failure::new(text)
        .hint(format!(
            "git rm --cached -- {} takes it out of git",
            shell_words::quote(&inside)
        ))
        .hint(ALLOW)
}
