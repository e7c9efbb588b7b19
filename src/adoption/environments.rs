//! What to call the environments: short names from the paths of their files, never two alike.

use std::collections::{BTreeMap, BTreeSet};

use crate::{config::FilePath, value::EnvName};

/// What says how a file is kept and not what for: left out of names.
const MARKS: [&str; 9] = [
    "dec",
    "enc",
    "encrypted",
    "secret",
    "secrets",
    "sealed",
    "sops",
    "vault",
    "yaml",
];

/// Characters in a part of a name.
const PART: usize = 64;

/// A name for each file: those that are chosen, else one from the path. Where two would be alike, longer ones.
///
/// `secrets/prod.enc.yaml` → `prod`, `deploy/prod/secrets.yaml` → `deploy/prod`, `secrets.yaml` → `secrets`.
pub fn environment_names(files: &[FilePath], chosen: &BTreeMap<FilePath, EnvName>) -> Vec<EnvName> {
    let mut taken: BTreeSet<String> = chosen.values().map(EnvName::folded).collect();
    let free: Vec<&FilePath> = files
        .iter()
        .filter(|file| !chosen.contains_key(*file))
        .collect();
    let mut names: BTreeMap<&FilePath, EnvName> = BTreeMap::new();
    for way in [short as fn(&str) -> Option<EnvName>, whole, with_ending] {
        let open: Vec<&FilePath> = free
            .iter()
            .copied()
            .filter(|file| !names.contains_key(file))
            .collect();
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        let candidates: Vec<(&FilePath, EnvName)> = open
            .into_iter()
            .filter_map(|file| Some((file, way(file.as_str())?)))
            .collect();
        for (_, name) in &candidates {
            *count.entry(name.folded()).or_default() += 1;
        }
        for (file, name) in candidates {
            // Of several that would be alike none gets the short name: nobody could tell which one it is.
            if count[&name.folded()] == 1 && taken.insert(name.folded()) {
                names.insert(file, name);
            }
        }
    }
    let mut number = 0;
    files
        .iter()
        .map(|file| match (chosen.get(file), names.get(file)) {
            (Some(name), _) | (None, Some(name)) => name.clone(),
            (None, None) => numbered(&mut number, &mut taken),
        })
        .collect()
}

/// A path of which no name can be made.
fn numbered(number: &mut usize, taken: &mut BTreeSet<String>) -> EnvName {
    loop {
        *number += 1;
        let name = format!("file-{number}");
        if taken.insert(name.clone()) {
            return name.parse().expect("letters, a dash and digits");
        }
    }
}

fn short(path: &str) -> Option<EnvName> {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let is_mark = |part: &&str| MARKS.contains(&part.to_ascii_lowercase().as_str());
    let words: Vec<&str> = stem
        .split('.')
        .filter(|word| !word.is_empty() && !is_mark(word))
        .collect();
    let mut parts: Vec<String> = folders
        .split('/')
        .filter(|folder| !folder.is_empty() && !is_mark(&folder.trim_start_matches('.')))
        .map(str::to_owned)
        .collect();
    if !words.is_empty() {
        parts.push(words.join("."));
    }
    match parts.is_empty() {
        true => whole(path),
        false => name_of(parts.iter().map(String::as_str)),
    }
}

/// The path without its ending.
fn whole(path: &str) -> Option<EnvName> {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    name_of(stem.split('/'))
}

fn with_ending(path: &str) -> Option<EnvName> {
    whole(path)?;
    name_of(path.split('/'))
}

fn name_of<'p>(parts: impl Iterator<Item = &'p str>) -> Option<EnvName> {
    let clean = |part: &str| {
        let letter = |c: char| match c {
            c if c.is_ascii_alphanumeric() || "._@-".contains(c) => c,
            _ => '-',
        };
        let text: String = part.chars().map(letter).take(PART).collect();
        text.trim_matches(['.', '_', '@', '-']).to_owned()
    };
    let parts: Vec<String> = parts.map(clean).filter(|part| !part.is_empty()).collect();
    parts.join("/").parse().ok()
}

/// The environment that commands which only read may take where none is named: the one for a developer's machine, or the only one.
pub fn usual_default(names: &[EnvName]) -> Option<&EnvName> {
    const USUAL: [&str; 3] = ["dev", "development", "local"];
    let usual = || {
        USUAL
            .iter()
            .find_map(|usual| names.iter().find(|name| name.as_str() == *usual))
    };
    match names {
        [only] => Some(only),
        _ => usual(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str], chosen: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<FilePath> = paths.iter().map(|path| path.parse().unwrap()).collect();
        let chosen = chosen
            .iter()
            .map(|(path, name)| (path.parse().unwrap(), name.parse().unwrap()))
            .collect();
        environment_names(&files, &chosen)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_name_says_what_a_file_is_for() {
        for (path, name) in [
            ("secrets/prod.enc.yaml", "prod"),
            ("prod.sops.yml", "prod"),
            ("secrets.prod.yaml", "prod"),
            ("deploy/prod/secrets.yaml", "deploy/prod"),
            ("deploy/prod/secrets.enc.yaml", "deploy/prod"),
            ("apps/web/.secrets/eu prod.yaml", "apps/web/eu-prod"),
            ("secrets.yaml", "secrets"),
            ("secrets/secrets.enc.yaml", "secrets/secrets.enc"),
            (".sops/dev.yaml", "dev"),
            ("k8s/db-secret.yaml", "k8s/db-secret"),
            ("_private/é.yaml", "private"),
        ] {
            assert_eq!(names(&[path], &[]), [name], "{path}");
        }
    }

    #[test]
    fn no_two_are_alike_and_none_of_several_gets_the_short_one() {
        assert_eq!(
            names(&["secrets/prod.yaml", "prod.enc.yaml", "dev.yaml"], &[]),
            ["secrets/prod", "prod.enc", "dev"]
        );
        assert_eq!(
            names(&["prod.yaml", "Prod.yml"], &[]),
            ["prod.yaml", "Prod.yml"]
        );
        assert_eq!(names(&["é.yaml", "ü.yaml"], &[]), ["file-1", "file-2"]);
    }

    #[test]
    fn a_chosen_name_is_kept_and_not_given_again() {
        assert_eq!(
            names(
                &["a/prod.yaml", "secrets/live.yaml", "secrets/dev.yaml"],
                &[("a/prod.yaml", "live")]
            ),
            ["live", "secrets/live", "dev"]
        );
    }

    #[test]
    fn a_default_is_named_only_where_it_is_clear() {
        let parse = |names: &[&str]| -> Vec<EnvName> {
            names.iter().map(|name| name.parse().unwrap()).collect()
        };
        let default = |names: &[&str]| usual_default(&parse(names)).map(ToString::to_string);
        assert_eq!(default(&["prod", "dev"]).as_deref(), Some("dev"));
        assert_eq!(default(&["prod"]).as_deref(), Some("prod"));
        assert_eq!(default(&["prod", "staging"]), None);
        assert_eq!(default(&[]), None);
    }

    proptest::proptest! {
        #[test]
        fn every_file_gets_a_name_of_its_own(paths in proptest::collection::btree_set("([a-cA-C]{1,2}|secrets|é|[.]a)(/([a-c]|secrets|enc)){0,2}([.](enc|sops|b))?[.](yaml|yml)", 1..12)) {
            let files: Vec<FilePath> = paths.iter().filter_map(|path| path.parse().ok()).collect();
            let names = environment_names(&files, &BTreeMap::new());
            let folded: BTreeSet<String> = names.iter().map(EnvName::folded).collect();
            proptest::prop_assert_eq!(names.len(), files.len());
            proptest::prop_assert_eq!(folded.len(), files.len());
        }
    }
}
