//! A file that sops has made since the vault began: what to write into the config so that it is an environment as it is.

use std::path::Path;

use vault::{
    adoption::{Adoptable, Outcome, Reader, Refusal, name_from, survey},
    config::{Config, FilePath},
    keys::Recipient,
    value::{EnvName, Name},
};

use crate::{
    failure::{Exit, Failure},
    shell,
    workspace::Workspace,
};

/// A file of sops is never written over, and nobody is asked who is to read it: it has its readers.
pub(super) fn refuse_file_of_sops(
    workspace: &Workspace<'_>,
    name: &EnvName,
    file: Option<&FilePath>,
) -> Result<(), Failure> {
    let usual = FilePath::of_environment(name);
    let Some(file) = file.or(usual.as_ref().ok()) else {
        return Ok(());
    };
    let path = Path::new(file.as_str());
    let Ok(snapshot) = workspace.root().read(path) else {
        return Ok(());
    };
    match survey(file.as_str(), snapshot.into_bytes()) {
        Outcome::Adoptable(found) if !is_known(workspace, file) => {
            refuse_for_leaver(workspace.config(), &found)?;
            Err(road(workspace, name, &found))
        }
        Outcome::Refused(refusal @ Refusal::Layout) if !is_known(workspace, file) => {
            let word = shell::word(file.as_str());
            Err(Failure::new(format!("{file}: {refusal}"))
                .hint(format!("sops rotate --in-place {word} writes it in lines")))
        }
        _ => Ok(()),
    }
}

fn is_known(workspace: &Workspace<'_>, file: &FilePath) -> bool {
    let mut environments = workspace.config().environments();
    environments.any(|environment| environment.file() == file)
}

/// What sops has encrypted for somebody who has left is made anew without them, or they are let in again before.
fn refuse_for_leaver(config: &Config, found: &Adoptable) -> Result<(), Failure> {
    let left = |reader: &Reader| {
        let mut former = config.former().iter();
        former.find(|(_, it)| it.key.has(&reader.recipient))
    };
    let Some((name, former)) = found.readers.iter().find_map(left) else {
        return Ok(());
    };
    let word = shell::word(found.file.as_str());
    let mut members = config.members().iter();
    let known = members.find(|(_, member)| member.shares_a_key_with(&former.key));
    let back = match known {
        Some((known, _)) => format!("vault sync --readmit {known}"),
        None => format!(
            "vault recipients add {name} {} --readmit",
            shell::word(&former.key.to_string())
        ),
    };
    let text = format!(
        "{}: sops has encrypted it for {name}, too, who has left, as .vault.yaml says",
        found.file
    );
    Err(Failure::new(text)
        .exit(Exit::Untrusted)
        .hint(format!(
            "take the key of {name} out of .sops.yaml; then sops updatekeys {word} && sops rotate --in-place {word} makes the file anew without them"
        ))
        .hint(format!("if {name} is wanted again: {back}; then type the command again")))
}

/// The lines to write.
fn road(workspace: &Workspace<'_>, name: &EnvName, found: &Adoptable) -> Failure {
    let (names, new) = readers(workspace, found);
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    let failure = Failure::new(format!(
        "{} is there already: sops has encrypted it",
        found.file
    ));
    let failure = failure.hint(format!(
        "this line under `environments` in .vault.yaml makes it an environment as it is: {name}: {{recipients: [{}], signed: false, file: '{}'}}",
        names.join(", "),
        found.file
    ));
    let failure = new.iter().fold(failure, |failure, (name, recipient)| {
        failure.hint(format!(
            "and this one under `recipients`: {name}: {recipient}"
        ))
    });
    failure.hint("for a new file move it away, or choose another one with --file")
}

/// What the readers of a file are called, and those of them that the config does not have.
fn readers<'f>(
    workspace: &Workspace<'_>,
    found: &'f Adoptable,
) -> (Vec<Name>, Vec<(Name, &'f Recipient)>) {
    let members = workspace.config().members();
    let (mut names, mut new) = (Vec::<Name>::new(), Vec::new());
    for (at, reader) in found.readers.iter().enumerate() {
        let mut known = members.iter();
        if let Some((name, _)) = known.find(|(_, member)| *member.reads() == reader.recipient) {
            names.push(name.clone());
            continue;
        }
        let is_free = |name: &Name| {
            let mut taken = members.keys().chain(&names);
            taken.all(|taken| taken.folded() != name.folded())
        };
        let remark = reader.remark.as_deref().and_then(name_from);
        let numbered = || format!("recipient-{}", at + 1).parse().ok();
        if let Some(name) = remark.filter(is_free).or_else(numbered) {
            names.push(name.clone());
            new.push((name, &reader.recipient));
        }
    }
    (names, new)
}
