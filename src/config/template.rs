//! A new config with the comments that a person needs who opens it for the first time.

use std::fmt::{self, Write};

use super::{Config, ConfigError, Environment, FilePath, Problem, RepositoryId};
use crate::{
    keys::Member,
    value::{EnvName, Name},
    yaml::write::{Draft, INDENT, string},
};

/// What a new config says.
#[derive(Clone, Debug, Default)]
pub struct NewConfig {
    /// The id, if it was made already.
    pub repository: Option<RepositoryId>,
    /// The environment meant when a reading command names none.
    pub default: Option<EnvName>,
    /// Everybody, in the order of the file.
    pub members: Vec<(Name, Member)>,
    /// The environments, in the order of the file.
    pub environments: Vec<NewEnvironment>,
}

/// An environment of a new config.
#[derive(Clone, Debug)]
pub struct NewEnvironment {
    /// Its name.
    pub name: EnvName,
    /// Who reads it: recipients and groups.
    pub recipients: Vec<Name>,
    /// Who of them may change it, where not everybody may who can sign.
    pub writers: Option<Vec<Name>>,
    /// The layers below, the later one above the earlier.
    pub extends: Vec<EnvName>,
    /// Its file, unless it is the usual one.
    pub file: Option<FilePath>,
    /// Whether its file bears a signature.
    pub signed: bool,
    /// Whether everybody may lay values of their own over it.
    pub local: bool,
}

const TOP: &str = "\
# Who can read and change the secrets of this repository. Commit this file: no secret stands in it.
version: 1
";
const REPOSITORY: &str = "# Binds every secret file to this repository. Leave it as it is.\n";
const DEFAULT: &str = "# The environment meant when a reading command names none; writing commands always want a name.\n";
const RECIPIENTS: &str = "
# Who: a name, and the line that `vault whoami` prints. Whoever has no `ssh-ed25519` key, or `reads-only` at the end of the line,
# can read but not change anything: right for CI and servers.
";
const GROUPS: &str = "
# Groups can stand wherever a list names recipients:
# groups:
#     team: [alice, bob]
";
const ENVIRONMENTS: &str = "
# One encrypted file each, secrets/<name>.yaml unless `file:` says otherwise. `extends:` names environments whose secrets are taken
# over; `writers:` narrows who of the recipients may change them. After a change here run `vault sync`: until then it gives nobody anything.
";

/// Writes a new config.
///
/// # Errors
///
/// What [`Config::parse`] refuses about the text: names that are used twice, environments that nobody reads, … Without a place, since
/// there is no file yet.
pub fn template(new: &NewConfig) -> Result<String, ConfigError> {
    let text = write(new);
    let config = Config::parse(&text).map_err(|error| error.problem)?;
    match is_meant(&config, new) {
        true => Ok(text),
        false => Err(Problem::Edit.into()),
    }
}

fn write(new: &NewConfig) -> String {
    let mut out = TOP.to_owned();
    if let Some(id) = &new.repository {
        push(&mut out, REPOSITORY, "repository", id.as_str());
    }
    if let Some(name) = &new.default {
        push(&mut out, DEFAULT, "default", name.as_str());
    }
    out.push_str(RECIPIENTS);
    out.push_str("recipients:\n");
    for (name, member) in &new.members {
        push(
            &mut out,
            "",
            &format!("    {}", string(name.as_str())),
            &member.to_string(),
        );
    }
    out.push_str(GROUPS);
    out.push_str(ENVIRONMENTS);
    out.push_str("environments:\n");
    for environment in &new.environments {
        push_environment(&mut out, environment);
    }
    out
}

fn push(out: &mut String, comment: &str, key: &str, value: &str) {
    writeln!(out, "{comment}{key}: {}", string(value)).expect("a string takes any text");
}

fn push_environment(out: &mut String, environment: &NewEnvironment) {
    out.push_str("    ");
    Draft::Map(vec![(
        environment.name.as_str().to_owned(),
        environment.draft(),
    )])
    .push_block(out, INDENT, "\n");
    out.push('\n');
}

impl NewEnvironment {
    /// What stands below the name in a config.
    pub(super) fn draft(&self) -> Draft {
        let mut fields = vec![("recipients", list(&self.recipients))];
        fields.extend(
            self.writers
                .iter()
                .map(|writers| ("writers", list(writers))),
        );
        match self.extends.as_slice() {
            [] => {}
            [layer] => fields.push(("extends", Draft::Scalar(string(layer.as_str())))),
            layers => fields.push(("extends", list(layers))),
        }
        if let Some(file) = &self.file {
            fields.push(("file", Draft::Scalar(string(file.as_str()))));
        }
        if !self.signed {
            fields.push(("signed", Draft::Scalar("false".to_owned())));
        }
        if self.local {
            fields.push(("local", Draft::Scalar("true".to_owned())));
        }
        let owned = |(key, draft): (&str, Draft)| (key.to_owned(), draft);
        Draft::Map(fields.into_iter().map(owned).collect())
    }

    /// Whether an environment that was read is this one.
    pub(super) fn is(&self, read: &Environment) -> bool {
        read.name == self.name
            && read.recipients == self.recipients
            && read.narrowed == self.writers
            && read.extends == self.extends
            && read.signed == self.signed
            && read.local.is_some() == self.local
            && self.file.as_ref().is_none_or(|file| read.file == *file)
    }
}

/// A list in brackets.
fn list(names: &[impl fmt::Display]) -> Draft {
    let names: Vec<String> = names.iter().map(|name| string(&name.to_string())).collect();
    Draft::Scalar(format!("[{}]", names.join(", ")))
}

fn is_meant(config: &Config, new: &NewConfig) -> bool {
    let members = new
        .members
        .iter()
        .map(|(name, member)| (name.clone(), member.clone()))
        .collect();
    config.repository == new.repository
        && config.default == new.default
        && config.members == members
        && config.groups.is_empty()
        && config.environments().len() == new.environments.len()
        && config
            .environments()
            .zip(&new.environments)
            .all(|(read, new)| new.is(read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::{ALICE_AGE, ALICE_SIGNS, BOB_AGE, DAVE_LINE};
    use proptest::{prelude::*, sample::subsequence};

    fn environment(name: &str, recipients: &[&str]) -> NewEnvironment {
        NewEnvironment {
            name: name.parse().unwrap(),
            recipients: recipients
                .iter()
                .map(|name| name.parse().unwrap())
                .collect(),
            writers: None,
            extends: Vec::new(),
            file: None,
            signed: true,
            local: false,
        }
    }

    #[test]
    fn a_new_config_explains_itself() {
        let text = template(&NewConfig {
            repository: Some("5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0".parse().unwrap()),
            default: Some("dev".parse().unwrap()),
            members: vec![("alice".parse().unwrap(), DAVE_LINE.parse().unwrap())],
            environments: vec![
                environment("dev", &["alice"]),
                NewEnvironment {
                    file: Some("deploy/prod.yaml".parse().unwrap()),
                    signed: false,
                    ..environment("prod", &["alice"])
                },
            ],
        })
        .unwrap();
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        assert_eq!(
            lines,
            [
                "version: 1",
                "repository: 5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0",
                "default: dev",
                "recipients:",
                &format!("    alice: {DAVE_LINE}"),
                "environments:",
                "    dev:",
                "        recipients: [alice]",
                "    prod:",
                "        recipients: [alice]",
                "        file: deploy/prod.yaml",
                "        signed: false",
            ]
        );
        assert!(text.lines().all(|line| line.chars().count() <= 140));
    }

    #[test]
    fn what_cannot_be_read_back_is_not_written() {
        let mut new = NewConfig::default();
        assert!(template(&new).is_ok());
        new.environments = vec![environment("dev", &["alice"])];
        assert!(matches!(
            template(&new).unwrap_err().problem,
            Problem::UnknownRecipient { .. }
        ));
        new.members = vec![("alice".parse().unwrap(), DAVE_LINE.parse().unwrap())];
        assert!(template(&new).is_ok());
        new.environments.push(environment("Dev", &["alice"]));
        let error = template(&new).unwrap_err();
        assert!(matches!(error.problem, Problem::NameTaken { .. }));
        assert_eq!(error.place, None);
    }

    const NAMES: [&str; 8] = [
        "alice",
        "123",
        "null",
        "no",
        "1e3",
        "2024-01-01",
        "0x1F",
        "y@z",
    ];
    const FILES: [&str; 4] = [
        "1.yaml",
        "no/2024-01-01.yml",
        "déploiement/a b.yaml",
        "x/#a.yaml",
    ];

    fn lines() -> Vec<String> {
        vec![
            format!("{ALICE_AGE} {ALICE_SIGNS}"),
            format!("{BOB_AGE} reads-only"),
            format!("{DAVE_LINE} reads-only"),
        ]
    }

    fn any_environment(members: Vec<&'static str>) -> impl Strategy<Value = NewEnvironment> {
        let count = members.len();
        let file = proptest::option::of(proptest::sample::select(FILES.to_vec()));
        (subsequence(members, 1..=count), file, any::<bool>()).prop_map(
            |(recipients, file, signed)| NewEnvironment {
                file: file.map(|file| file.parse().unwrap()),
                signed,
                local: signed && recipients.len() > 1,
                ..environment("unnamed", &recipients)
            },
        )
    }

    prop_compose! {
        fn any_config()(members in subsequence(NAMES.to_vec(), 1..=3))
            (
                environments in proptest::collection::vec(any_environment(members.clone()), 0..4),
                names in subsequence(NAMES.to_vec(), 4),
                id in proptest::option::of(any::<[u8; 16]>()),
                members in Just(members),
            ) -> NewConfig {
            let environments: Vec<NewEnvironment> = environments.into_iter().zip(names).enumerate()
                .map(|(at, (environment, name))| NewEnvironment {
                    name: name.parse().unwrap(),
                    file: environment.file.filter(|_| at == 0),
                    ..environment
                })
                .collect();
            NewConfig {
                repository: id.map(RepositoryId::from_bytes),
                default: environments.last().map(|environment| environment.name.clone()),
                members: members.into_iter().map(|name| name.parse().unwrap()).zip(lines().into_iter().map(|line| line.parse().unwrap())).collect(),
                environments,
            }
        }
    }

    proptest! {
        #[test]
        fn a_written_config_reads_back_as_what_was_meant(new in any_config()) {
            let text = template(&new).unwrap();
            let config = Config::parse(&text).unwrap();
            prop_assert!(is_meant(&config, &new));
        }

        #[test]
        fn with_repository_keeps_every_other_byte(new in any_config(), crlf: bool, bom: bool, cut: bool, id: [u8; 16]) {
            let mut text = template(&NewConfig { repository: None, ..new }).unwrap();
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            if bom {
                text.insert(0, '\u{feff}');
            }
            if cut {
                text.truncate(text.trim_end().len());
            }
            let id = RepositoryId::from_bytes(id);
            let edited = super::super::edit::with_repository(&text, &id).unwrap();
            let config = Config::parse(&edited).unwrap();
            prop_assert_eq!(config.repository(), Some(&id));
            let (line, eol) = (format!("repository: {}", string(id.as_str())), if crlf { "\r\n" } else { "\n" });
            prop_assert_eq!(edited.replacen(&format!("{line}{eol}"), "", 1), text);
        }
    }
}
