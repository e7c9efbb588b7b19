//! Whether the config and a membership log say the same: the config is what is wanted, the log is what is.

mod entries;

pub use entries::{Entries, Owner, Unlisted};

use std::{collections::BTreeMap, fmt};

use crate::{
    config::{Config, Environment},
    keys::Member,
    members::{Change, Policy},
    value::{EnvName, Name},
};

/// What differs between an environment of the config and the log of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// In the config only.
    pub added: BTreeMap<Name, Member>,
    /// In the log only.
    pub dropped: BTreeMap<Name, Member>,
    /// With other keys, or another right to write: as the log has it, and as the config wants it.
    pub changed: BTreeMap<Name, Difference>,
    /// Other layers: as the config wants them.
    pub extends: Option<Vec<EnvName>>,
}

/// A member as the log has it and as the config wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In the log.
    pub is: Member,
    /// In the config.
    pub wanted: Member,
}

impl Drift {
    /// Compares the policy of a file with the environment of the config.
    pub fn between(policy: &Policy, environment: &Environment) -> Self {
        Drift::of(
            (policy.members(), policy.extends()),
            (environment.readers().iter(), environment.extends()),
        )
    }

    /// What differs between two policies: what was in force, and what is; everything where nothing was.
    pub fn since(before: Option<&Policy>, after: &Policy) -> Self {
        let nobody = BTreeMap::new();
        match before {
            Some(before) => Drift::of(
                (before.members(), before.extends()),
                (after.members(), after.extends()),
            ),
            None => Drift::of((nobody.iter(), &[]), (after.members(), after.extends())),
        }
    }

    /// What differs between two configs that want an environment; everything where the first does not.
    pub fn of_wishes(before: Option<&Environment>, after: &Environment) -> Self {
        let nobody = BTreeMap::new();
        let (readers, extends) = match before {
            Some(before) => (before.readers(), before.extends()),
            None => (&nobody, &[][..]),
        };
        Drift::of(
            (readers.iter(), extends),
            (after.readers().iter(), after.extends()),
        )
    }

    fn of<'m>(
        (is, layers): (impl Iterator<Item = (&'m Name, &'m Member)>, &[EnvName]),
        (wanted, wanted_layers): (impl Iterator<Item = (&'m Name, &'m Member)>, &[EnvName]),
    ) -> Self {
        let mut gone: BTreeMap<&Name, &Member> = is.collect();
        let mut drift = Drift::default();
        for (name, wanted) in wanted {
            match gone.remove(name) {
                None => drop(drift.added.insert(name.clone(), wanted.clone())),
                Some(is) if is != wanted => drop(drift.changed.insert(
                    name.clone(),
                    Difference {
                        is: is.clone(),
                        wanted: wanted.clone(),
                    },
                )),
                Some(_) => {}
            }
        }
        let gone = gone.into_iter();
        drift.dropped = gone
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect();
        drift.extends = (layers != wanted_layers).then(|| wanted_layers.to_vec());
        drift
    }

    /// Whether config and log agree.
    pub fn is_empty(&self) -> bool {
        *self == Drift::default()
    }

    /// What an entry of the log has to say so that the log agrees with the config.
    pub fn change(&self) -> Change {
        Change {
            add: self.added.clone(),
            remove: self.dropped.keys().cloned().collect(),
            replace: self
                .changed
                .iter()
                .map(|(name, difference)| (name.clone(), difference.wanted.clone()))
                .collect(),
            extends: self.extends.clone(),
            ..Change::default()
        }
    }

    /// The differences, one in a line, by name and, where keys change, by fingerprint.
    pub fn lines(&self) -> Vec<String> {
        let added = self
            .added
            .iter()
            .map(|(name, member)| format!("+ {name} {} ({})", role(member), member.fingerprint()));
        let dropped = self
            .dropped
            .iter()
            .map(|(name, member)| format!("- {name} ({})", member.fingerprint()));
        let changed = self
            .changed
            .iter()
            .map(|(name, difference)| format!("~ {name} {difference}"));
        let extends = self.extends.iter().map(|layers| layers_line(layers));
        added.chain(dropped).chain(changed).chain(extends).collect()
    }
}

/// Which layers are below from now on.
pub fn layers_line(layers: &[EnvName]) -> String {
    let layers: Vec<&str> = layers.iter().map(EnvName::as_str).collect();
    match layers.is_empty() {
        true => "~ extends nothing".to_owned(),
        false => format!("~ extends {}", layers.join(", ")),
    }
}

/// What a member may do.
pub fn role(member: &Member) -> &'static str {
    match member.writes_with() {
        Some(_) => "reads and writes",
        None => "reads",
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is.has_keys_of(&self.wanted) {
            true => write!(f, "{} instead of {}", role(&self.wanted), role(&self.is)),
            false => write!(
                f,
                "has another key: {} instead of {}",
                self.wanted.fingerprint(),
                self.is.fingerprint()
            ),
        }
    }
}

/// Step 4 of acceptance: the config of the same tree lists the signer under the same name and key.
pub fn vouches_for(config: &Config, policy: &Policy, signer: &Name) -> bool {
    let in_log = policy.member(signer).and_then(Member::signing_key);
    let in_config = config.member(signer).and_then(Member::signing_key);
    in_log.is_some() && in_log == in_config
}
