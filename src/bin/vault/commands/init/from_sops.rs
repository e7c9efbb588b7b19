//! `vault init --from-sops`: the files of sops in a repository become environments, as they are.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use vault::{
    adoption::{Adoptable, SopsConfig, environment_names, usual_default},
    config::{FilePath, NewConfig, NewEnvironment, template},
    keys::Recipient,
    value::EnvName,
    vault::{CONFIG, Change, Root},
};

use super::{
    Init,
    people::{People, Person, sops_path},
    search::{Findings, Refused, search},
    store,
};
use crate::{
    commands::{
        git_files::{Attributes, GitFile, IGNORED, attributes_change, attributes_of, with_lines},
        plan::confirm,
        words,
    },
    context::Context,
    failure::{Exit, Failure},
    workspace::{Workspace, new_repository_id, refuse_to_make},
};

/// Finds, names, shows, asks, writes.
pub(super) fn run(init: &Init, context: &Context, root: &Root) -> Result<Exit, Failure> {
    let findings = search(context, root)?;
    if findings.adoptable.is_empty() {
        return Err(nothing(&findings));
    }
    let chosen = chosen(init, &findings.adoptable)?;
    let files: Vec<FilePath> = findings
        .adoptable
        .iter()
        .map(|adoptable| adoptable.file.clone())
        .collect();
    let names = environment_names(&files, &chosen);
    let people = People::new(init, context, root, &findings, &names)?.named()?;
    let configs = read_configs(context, &findings);
    tell(context, &findings, &names, &people, &configs, init.yes);
    let config = config(&findings.adoptable, &names, &people)?;
    refuse_to_make(context, root, [(Path::new(CONFIG), config.as_bytes())])?;
    confirm(context, init.yes, "Write .vault.yaml?")?;
    let changes = [
        Change {
            path: CONFIG.into(),
            expected: None,
            bytes: config.into_bytes(),
        },
        attributes_change(root, &attributes(&findings.adoptable))?,
        with_lines(root, ".gitignore", IGNORED)?,
    ];
    let saved = store(context, root)?
        .save_all(&changes)
        .map_err(|error| Failure::because(&error))?;
    context.terminal().warn_each(&saved.notices);
    let workspace = Workspace::open(context)?;
    workspace.remember_unsigned();
    super::tell_written(context, root, &saved.written);
    let adopted = files.iter().map(|file| Path::new(file.as_str()));
    workspace.tell_left_out(saved.written.iter().map(PathBuf::as_path).chain(adopted));
    workspace.set_up_drivers();
    super::tell_others(context, root)?;
    if !findings.refused.is_empty() {
        context.terminal().say(
            "what was left out can come in now, each file by itself: vault env add NAME …, then its values",
        );
    }
    context.terminal().say(
        "next: vault check, then commit these files; vault sign --all signs the secrets once sops no longer edits them",
    );
    Ok(Exit::Done)
}

fn nothing(findings: &Findings) -> Failure {
    let unseen = findings.unseen();
    let with_unseen = |failure| unseen.iter().fold(failure, Failure::detail);
    if findings.refused.is_empty() {
        return with_unseen(Failure::new(
            "there is no file here that sops has encrypted",
        ))
        .hint("vault init --name NAME --env dev prod --yes makes a new vault");
    }
    let failure = with_unseen(Failure::new("no file of sops here can be adopted"));
    let failure = findings.refused.iter().fold(failure, |failure, refused| {
        let lines = refused.hint.lines();
        lines.fold(failure.detail(&refused.text), |failure, line| {
            failure.detail(format!("    {line}"))
        })
    });
    failure.hint("do what stands below one of them, and type the command again")
}

/// The names that `--env NAME=FILE` gives.
fn chosen(init: &Init, adoptable: &[Adoptable]) -> Result<BTreeMap<FilePath, EnvName>, Failure> {
    let mut chosen = BTreeMap::new();
    for named in &init.environments {
        let name = &named.name;
        let Some(file) = &named.file else {
            return Err(Failure::new(format!("which file is {name}?")).hint(format!(
                "--env {name}=FILE; without --env the names come from the paths"
            )));
        };
        if !adoptable.iter().any(|found| found.file == *file) {
            return Err(
                Failure::new(format!("{file} is no file of sops that can be adopted"))
                    .hint("vault init --from-sops shows those that can, before it asks"),
            );
        }
        if chosen.insert(file.clone(), name.clone()).is_some() {
            return Err(Failure::new(format!("{file} is named twice")));
        }
    }
    Ok(chosen)
}

/// The rules of every `.sops.yaml` by its folder; one that is not read is told.
fn read_configs(context: &Context, findings: &Findings) -> Vec<(String, SopsConfig)> {
    let mut configs = Vec::new();
    for (folder, text) in &findings.configs {
        match SopsConfig::parse(text) {
            Ok(config) => configs.push((folder.clone(), config)),
            Err(error) => context.terminal().warn(format!(
                "{}: {error}; its rules are not compared",
                sops_path(folder)
            )),
        }
    }
    configs
}

fn config(
    adoptable: &[Adoptable],
    names: &[EnvName],
    people: &[Person],
) -> Result<String, Failure> {
    let readers = |adoptable: &Adoptable| {
        let is_reader = |person: &&Person| {
            let mut readers = adoptable.readers.iter();
            readers.any(|reader| reader.recipient == *person.member.reads())
        };
        let readers = people.iter().filter(is_reader);
        readers.map(|person| person.name.clone()).collect()
    };
    let environment = |(adoptable, name): (&Adoptable, &EnvName)| {
        let is_usual = FilePath::of_environment(name).as_ref() == Ok(&adoptable.file);
        NewEnvironment {
            name: name.clone(),
            recipients: readers(adoptable),
            writers: None,
            extends: Vec::new(),
            file: (!is_usual).then(|| adoptable.file.clone()),
            signed: false,
            local: false,
        }
    };
    let new = NewConfig {
        repository: Some(new_repository_id()),
        default: usual_default(names).cloned(),
        members: people
            .iter()
            .map(|person| (person.name.clone(), person.member.clone()))
            .collect(),
        environments: adoptable.iter().zip(names).map(environment).collect(),
    };
    template(&new).map_err(|error| {
        Failure::because(&error)
            .hint("choose other names with --name NAME=RECIPIENT and --env NAME=FILE")
    })
}

/// What git has to know; a file that has other line ends is left to whoever wrote it.
fn attributes(adoptable: &[Adoptable]) -> Vec<Attributes> {
    let files: Vec<GitFile<'_>> = adoptable
        .iter()
        .map(|adoptable| GitFile {
            file: &adoptable.file,
            has_crlf: adoptable.has_crlf,
        })
        .collect();
    attributes_of(&files)
}

fn tell(
    context: &Context,
    findings: &Findings,
    names: &[EnvName],
    people: &[Person],
    configs: &[(String, SopsConfig)],
    is_decided: bool,
) {
    let terminal = context.terminal();
    terminal.say("these files of sops become environments, and stay as they are:");
    for (adoptable, name) in findings.adoptable.iter().zip(names) {
        terminal.detail(line(adoptable, name, people));
        deviation(adoptable, configs, people)
            .iter()
            .for_each(|line| terminal.detail(format!("    {line}")));
    }
    terminal.say("who reads them:");
    for person in people {
        let (name, key, source) = (&person.name, person.member.reads(), &person.source);
        terminal.detail(format!("{name}: {key} ({source})"));
    }
    tell_readers_only(context, people);
    unused_rules(findings, configs)
        .iter()
        .for_each(|line| terminal.say(line));
    if !people.iter().any(|person| is_own(context, person)) {
        terminal
            .warn("none of them is encrypted for an identity of yours (vault whoami shows those)");
    }
    findings
        .unseen()
        .iter()
        .for_each(|line| terminal.warn(line));
    tell_refused(context, &findings.refused, is_decided);
}

fn is_own(context: &Context, person: &Person) -> bool {
    let (findings, _) = context.identities().findings();
    findings
        .iter()
        .filter_map(|finding| finding.member.as_ref())
        .any(|own| own.reads() == person.member.reads())
}

fn line(adoptable: &Adoptable, name: &EnvName, people: &[Person]) -> String {
    let readers: Vec<&str> = adoptable
        .readers
        .iter()
        .map(|reader| name_of(&reader.recipient, people))
        .collect();
    let foreign = match adoptable.foreign.as_slice() {
        [] => String::new(),
        foreign => format!("; its entries of {} stay", foreign.join(", ")),
    };
    let keys = words::keys(adoptable.keys);
    format!(
        "{name}: {} ({keys}), read by {}{foreign}",
        adoptable.file,
        readers.join(", ")
    )
}

fn name_of<'p>(recipient: &Recipient, people: &'p [Person]) -> &'p str {
    let person = people
        .iter()
        .find(|person| person.member.reads() == recipient);
    person.map_or("somebody else", |person| person.name.as_str())
}

/// How a file differs from the rule by which sops would make it anew.
fn deviation(
    adoptable: &Adoptable,
    configs: &[(String, SopsConfig)],
    people: &[Person],
) -> Vec<String> {
    let Some((folder, config, relative)) = config_of(adoptable.file.as_str(), configs) else {
        return Vec::new();
    };
    let recipients: Vec<Recipient> = adoptable
        .readers
        .iter()
        .map(|reader| reader.recipient.clone())
        .collect();
    let deviation = config
        .rule_for(relative)
        .and_then(|rule| config.deviation(rule, &recipients));
    let Some(deviation) = deviation else {
        return Vec::new();
    };
    let list = |recipients: &[Recipient]| {
        let named = |recipient: &Recipient| match name_of(recipient, people) {
            "somebody else" => recipient.to_string(),
            name => name.to_owned(),
        };
        recipients.iter().map(named).collect::<Vec<_>>().join(", ")
    };
    let config = sops_path(folder);
    let mut lines = Vec::new();
    if !deviation.lacks.is_empty() {
        let lacks = list(&deviation.lacks);
        lines.push(format!(
            "{config} also wants {lacks}, for whom it is not encrypted"
        ));
    }
    if !deviation.has.is_empty() {
        let has = list(&deviation.has);
        lines.push(format!(
            "{config} does not want {has}, for whom it is encrypted"
        ));
    }
    lines
}

/// The nearest `.sops.yaml` above a file, with the path that its rules are about.
fn config_of<'c>(
    file: &'c str,
    configs: &'c [(String, SopsConfig)],
) -> Option<(&'c str, &'c SopsConfig, &'c str)> {
    let below = |(folder, config): &'c (String, SopsConfig)| {
        let relative = match folder.as_str() {
            "" => file,
            folder => file.strip_prefix(folder)?.strip_prefix('/')?,
        };
        Some((folder.as_str(), config, relative))
    };
    let found = configs.iter().filter_map(below);
    found.max_by_key(|(folder, ..)| folder.len())
}

/// Whoever is known by an age key alone signs nothing, until their whole line stands in the config.
fn tell_readers_only(context: &Context, people: &[Person]) {
    let only: Vec<&str> = people
        .iter()
        .filter(|person| person.member.signing_key().is_none())
        .map(|person| person.name.as_str())
        .collect();
    if !only.is_empty() {
        context.terminal().say(format!(
            "once the files are signed, {} can read and not write: the line that vault whoami prints for each of them has the key that signs",
            only.join(", ")
        ));
    }
}

/// Rules that no file was made by yet.
fn unused_rules(findings: &Findings, configs: &[(String, SopsConfig)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (folder, config) in configs {
        let used: Vec<usize> = findings
            .adoptable
            .iter()
            .filter_map(|adoptable| config_of(adoptable.file.as_str(), configs))
            .filter(|(of, ..)| of == folder)
            .filter_map(|(_, _, relative)| config.rule_for(relative))
            .collect();
        let unused = (0..config.len()).filter(|rule| !used.contains(rule));
        lines.extend(unused.map(|rule| {
            format!(
                "{}: rule {} ({}) has no file that becomes an environment",
                sops_path(folder),
                rule + 1,
                config.shown(rule)
            )
        }));
    }
    lines
}

fn tell_refused(context: &Context, refused: &[Refused], is_decided: bool) {
    let terminal = context.terminal();
    if refused.is_empty() {
        return;
    }
    terminal.warn("these files of sops cannot be environments, and stay with sops alone:");
    for Refused {
        text, hint, later, ..
    } in refused
    {
        let hint = later.as_ref().filter(|_| is_decided).unwrap_or(hint);
        terminal.detail(text);
        hint.lines()
            .for_each(|line| terminal.detail(format!("    {line}")));
    }
    if !is_decided {
        terminal.hint("who does what stands below them first, and types the command again, has them in the plan; afterwards their values are imported");
    }
}
