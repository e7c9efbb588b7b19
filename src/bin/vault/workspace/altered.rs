//! A file of the vault that git's attributes have otherwise in commits than it lies in the work tree. What is compared and searched through
//! git is then not what was read here, and nobody else could tell what becomes of it.

use std::{collections::BTreeMap, path::Path};

use vault::vault::{Root, Shown};

use super::{
    Trouble,
    git_files::{pattern_at, written},
    linked::{Reading, pathspec_from, seen_from},
    nested::refuse_to_make_in_another,
};
use crate::{
    context::Context,
    repo::{Alteration, Alterations, Landing, Look, Repo},
};

/// Why it is no file of the vault.
pub(crate) const ALTERED_IN_GIT: &str = "git's attributes alter it in commits; history and other people's checks cannot look through that";

/// Refuses a file that git's attributes alter. No repository is opened where none has to be asked.
///
/// # Errors
/// They do; a config of git that cannot be read.
pub(super) fn refuse_altered(reading: &Reading<'_>) -> Result<(), Trouble> {
    let (context, root, file) = (reading.context, reading.root, reading.file);
    match reading.alterations.of_file(
        &root.directory().join(file),
        reading.read.bytes(),
        reading.look,
    )? {
        Some(found) => {
            let file = root.directory().join(file);
            Err(refused(&file, context.standing(), &found))
        }
        None => Ok(()),
    }
}

/// Refuses to make files that git's attributes would alter, with what they are to be made of, or that would lie in another repository.
///
/// # Errors
/// They would; a config of git that cannot be read.
pub(crate) fn refuse_to_make<'f>(
    context: &Context,
    root: &Root,
    files: impl IntoIterator<Item = (&'f Path, &'f [u8])>,
) -> Result<(), Trouble> {
    let alterations = Alterations::new(context.git_config());
    let mut found = Vec::new();
    for (file, bytes) in files {
        refuse_to_make_in_another(context, root, file, &alterations)?;
        let alteration =
            alterations.of_file(&root.directory().join(file), bytes, Look::AlsoInIndex)?;
        found.extend(alteration.map(|alteration| (file, alteration)));
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(not_made(context, &found)),
    }
}

/// What leads out where git's attributes alter a file: how it could be one of the vault.
pub(crate) fn way_out_of_alteration(context: &Context, found: &Alteration) -> Option<String> {
    ways_out(context, [found].into_iter()).next()
}

/// That attributes alter a file which is to be committed, and what leads out.
pub(crate) fn altered_by(context: &Context, found: &Alteration) -> Trouble {
    let trouble = Trouble::untrusted(ALTERED_IN_GIT);
    let way = way_out_of_alteration(context, found);
    way.into_iter().fold(trouble, Trouble::hint)
}

fn not_made(context: &Context, found: &[(&Path, Alteration)]) -> Trouble {
    let files = found.iter().map(|(file, _)| Shown(file).to_string());
    let files: Vec<String> = files.collect();
    let trouble = Trouble::failed(format!(
        "git's attributes would alter {} in commits; nothing is written",
        files.join(", ")
    ));
    let ways = ways_out(context, found.iter().map(|(_, found)| found));
    let hints = ways.map(|way| format!("{way}; then type the command again"));
    hints.fold(trouble, Trouble::hint)
}

/// What leads out, line by line of attributes.
fn ways_out<'a>(
    context: &Context,
    found: impl Iterator<Item = &'a Alteration>,
) -> impl Iterator<Item = String> {
    let mut said: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for found in found {
        let place = (&found.file, found.is_missing, found.line, &found.word);
        let line = format!("`{}`", line_against(found));
        said.entry(place).or_default().push(line);
    }
    said.into_iter()
        .map(|((file, is_missing, line, word), lines)| {
            let first = match is_missing {
                true => format!("{}; ", brought_back(context.standing(), file)),
                false => String::new(),
            };
            let these = match lines.len() {
                1 => "this line",
                _ => "these lines",
            };
            format!(
                "{first}line {line} of {} has {word}: take that out, or add {these} at its end: {}",
                Shown(&seen_from(context.standing(), file)),
                lines.join(", ")
            )
        })
}

/// How a file of attributes comes back that the index alone has, also where a sparse checkout leaves it out.
fn brought_back(directory: &Path, file: &Path) -> String {
    let back = || {
        let landing = Landing::of(file).ok()?;
        let repo = Repo::around(&landing).ok()??;
        Some(repo.brought_in_from_top(repo.inside(&landing)?, directory))
    };
    let back =
        back().unwrap_or_else(|| format!("git checkout -- {}", pathspec_from(directory, file)));
    format!("{back} brings back what only the index has")
}

/// The line that has git leave the file as it is.
fn line_against(found: &Alteration) -> String {
    let pattern = pattern_at(&found.subject);
    format!("{} !{}", written(&pattern), name(found))
}

fn refused(file: &Path, directory: &Path, found: &Alteration) -> Trouble {
    let attributes = seen_from(directory, &found.file);
    let again = pathspec_from(directory, file);
    let after = match found.is_private {
        true => format!(
            "{} is in no commit: it is of this machine alone",
            Shown(&attributes)
        ),
        false => format!(
            "git log -p -- {} shows who wrote it",
            pathspec_from(directory, &found.file)
        ),
    };
    let trouble = Trouble::untrusted(ALTERED_IN_GIT);
    let trouble = match found.is_missing {
        true => trouble.hint(brought_back(directory, &found.file)),
        false => trouble,
    };
    trouble
        .hint(format!(
            "line {} of {} has {}: take that out, or put !{} for this file into a line below it",
            found.line,
            Shown(&attributes),
            found.word,
            name(found)
        ))
        .hint(format!(
            "then git add --renormalize -- {again} and git commit; {after}"
        ))
}

/// The name of the attribute.
fn name(found: &Alteration) -> &str {
    found.word.split('=').next().unwrap_or_default()
}
