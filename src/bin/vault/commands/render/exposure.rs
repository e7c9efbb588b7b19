//! Plaintext where git would take it along is refused.

use std::path::{Path, PathBuf};

use vault::vault::Shown;

use super::Render;
use crate::{
    context::Context,
    failure::Failure,
    repo::{Exposure, Landing, Repo},
    shell,
    workspace::seen_from,
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
        let around = landings.first().map(Repo::around).transpose()?.flatten();
        let variables = context.git_config();
        let repos = [around, named_by_variables(context)?];
        for (repo, landing) in repos
            .iter()
            .flatten()
            .flat_map(|repo| landings.iter().map(move |landing| (repo, landing)))
        {
            match repo.exposure(landing, variables)? {
                Exposure::None => {}
                Exposure::NotIgnored(inside) => {
                    return Err(not_ignored(repo, path, &inside, files));
                }
                Exposure::Tracked(inside) => return Err(tracked(&inside)),
            }
        }
        Ok(())
    }
}

/// The repository that git works in by its variables, wherever its files lie.
fn named_by_variables(context: &Context) -> Result<Option<Repo>, Failure> {
    let here = std::path::absolute(".").map_err(|error| Failure::because(&error))?;
    match context.git_places() {
        (None, None) => Ok(None),
        (git, work_tree) => Repo::named(git.as_deref(), work_tree.as_deref(), &here),
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
    let line = line_for(from_there.unwrap_or(ignored), slash);
    let text = format!(
        "git does not ignore {}: secrets in clear would be committed one day",
        path.display()
    );
    let failure = Failure::new(text);
    let link = repo.linked_rules(inside);
    let failure = link.iter().fold(failure, |failure, link| {
        failure.hint(format!(
            "{} is a symbolic link, which git does not follow: put a file in its place",
            Shown(&typed(repo, link))
        ))
    });
    failure
        .hint(format!(
            "add this line to {}: {line}",
            Shown(&typed(repo, &rules))
        ))
        .hint(ALLOW)
}

/// A file of a work tree as it is named where the person stands: from there `-o` counts, too.
fn typed(repo: &Repo, file: &Path) -> PathBuf {
    let file = repo.work_tree().join(file);
    match Path::new(".").canonicalize() {
        Ok(here) => seen_from(&here, &file),
        Err(_) => file,
    }
}

/// The line of a `.gitignore` that means this path and no other.
fn line_for(path: &Path, slash: &str) -> String {
    let path = path.display().to_string();
    let (name, spaces) = path.split_at(path.trim_end_matches(' ').len());
    let is_special = |c: &char| matches!(c, '*' | '?' | '[' | '\\');
    let mut line = String::from("/");
    for c in name.chars() {
        line.extend(is_special(&c).then_some('\\'));
        line.push(c);
    }
    // Without a mark git takes spaces at the end for none.
    let spaces = match slash {
        "" => spaces.replace(' ', "\\ "),
        _ => spaces.to_owned(),
    };
    format!("{line}{spaces}{slash}")
}

fn tracked(inside: &Path) -> Failure {
    let inside = inside.display().to_string();
    let text = format!("git tracks {inside}: secrets in clear would be committed with it");
    Failure::new(text)
        .hint(format!(
            "git rm --cached -- {} takes it out of git",
            shell::pathspec(&inside)
        ))
        .hint(ALLOW)
}
