//! Who reads the files of sops: each key gets a name, from the command line, from what stands beside it, or from who is asked.

use vault::{
    adoption::{Label, labels, name_from},
    keys::{Member, Recipient},
    value::{EnvName, Name},
    vault::Root,
};

use super::{Init, asking::ask, guessed_name, named, naming::Naming, search::Findings};
use crate::{context::Context, failure::Failure};

/// Somebody who reads one of the files.
pub(super) struct Person {
    pub(super) name: Name,
    pub(super) member: Member,
    /// Where the name comes from.
    pub(super) source: String,
}

/// Everybody who reads one of the files, being named.
pub(super) struct People<'a> {
    init: &'a Init,
    context: &'a Context,
    root: &'a Root,
    /// Each key once, in the order of the files, with what they say of it and which environments it reads.
    keys: Vec<Key<'a>>,
    labels: Vec<(String, Label)>,
    own: Vec<Member>,
    taken: Vec<String>,
}

struct Key<'a> {
    recipient: &'a Recipient,
    remark: Option<&'a str>,
    reads: Vec<&'a EnvName>,
}

impl<'a> People<'a> {
    pub(super) fn new(
        init: &'a Init,
        context: &'a Context,
        root: &'a Root,
        findings: &'a Findings,
        names: &'a [EnvName],
    ) -> Result<Self, Failure> {
        let mut keys: Vec<Key<'_>> = Vec::new();
        for (adoptable, name) in findings.adoptable.iter().zip(names) {
            for reader in &adoptable.readers {
                let remark = reader.remark.as_deref();
                match keys
                    .iter_mut()
                    .find(|key| *key.recipient == reader.recipient)
                {
                    Some(key) => {
                        key.reads.push(name);
                        key.remark = key.remark.or(remark);
                    }
                    None => keys.push(Key {
                        recipient: &reader.recipient,
                        remark,
                        reads: vec![name],
                    }),
                }
            }
        }
        let (own, _) = context.identities().findings();
        let people = People {
            init,
            context,
            root,
            keys,
            labels: all_labels(findings),
            own: own
                .into_iter()
                .filter_map(|finding| finding.member)
                .collect(),
            taken: Vec::new(),
        };
        people.refuse_useless_names()?;
        Ok(people)
    }

    /// A name for somebody who reads none of the files is a slip.
    fn refuse_useless_names(&self) -> Result<(), Failure> {
        let reads = |member: &Member| self.keys.iter().any(|key| key.recipient == member.reads());
        for naming in &self.init.names {
            match naming {
                Naming::Of(name, member) if !reads(member) => {
                    return Err(Failure::new(format!(
                        "--name {name}=…: no file here is encrypted for that recipient"
                    )));
                }
                Naming::Own(name) if !self.own.iter().any(reads) => {
                    return Err(Failure::new(format!(
                        "--name {name}: no file here is encrypted for an identity of yours"
                    ))
                    .hint("for others: --name NAME=RECIPIENT")
                    .hint("vault whoami shows your identities"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Names all of them: what was typed comes first, then what the files say, then whoever can be asked.
    pub(super) fn named(mut self) -> Result<Vec<Person>, Failure> {
        let keys = std::mem::take(&mut self.keys);
        let told: Vec<(usize, Name, Member)> = keys
            .iter()
            .enumerate()
            .filter_map(|(at, key)| self.told(key).map(|(name, member)| (at, name, member)))
            .collect();
        // What somebody has typed comes before what is guessed.
        self.taken = told.iter().map(|(_, name, _)| name.folded()).collect();
        let mut told = told.into_iter().peekable();
        let mut people = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            let person = match told.next_if(|(of, ..)| *of == at) {
                Some((_, name, member)) => Person {
                    name,
                    member,
                    source: "--name".to_owned(),
                },
                None => self.found(key)?,
            };
            people.push(person);
        }
        Ok(people)
    }

    /// By `--name`.
    fn told(&self, key: &Key<'_>) -> Option<(Name, Member)> {
        let own = self.own(key);
        let of = |naming: &Naming| match naming {
            Naming::Of(name, member) if member.reads() == key.recipient => {
                let member = match (member.signing_key(), &own) {
                    (None, Some(own)) if !member.is_marked_reads_only() => own.clone(),
                    _ => Member::clone(member),
                };
                Some((name.clone(), member))
            }
            Naming::Own(name) => Some((name.clone(), own.clone()?)),
            Naming::Of(..) => None,
        };
        let mut namings = self.init.names.iter();
        // A line of one's own that is spelled out comes before the short form.
        let spelled = namings
            .clone()
            .filter(|naming| matches!(naming, Naming::Of(..)))
            .find_map(of);
        spelled.or_else(|| namings.find_map(of))
    }

    /// One's own line, with the key that signs.
    fn own(&self, key: &Key<'_>) -> Option<Member> {
        let is_own = |member: &&Member| member.reads() == key.recipient;
        self.own.iter().find(is_own).cloned()
    }

    fn found(&mut self, key: &Key<'_>) -> Result<Person, Failure> {
        let own = self.own(key);
        let (name, source) = self.name(key, own.is_some())?;
        let name = self.unique(name);
        let source = match own {
            Some(_) => format!("you; {source}"),
            None => source,
        };
        let member = own.unwrap_or_else(|| Member::new(key.recipient.clone(), None));
        Ok(Person {
            name,
            member,
            source,
        })
    }

    fn name(&self, key: &Key<'_>, is_own: bool) -> Result<(Name, String), Failure> {
        let label = self.labels.iter();
        let mut label = label.filter(|(_, label)| label.recipient == *key.recipient);
        if let Some((path, label)) = label.next() {
            return Ok((label.name.clone(), format!("named in {path}")));
        }
        if let Some(name) = key.remark.and_then(name_from) {
            return Ok((name, "named in the file".to_owned()));
        }
        let guess = is_own
            .then(|| guessed_name(self.context, self.root))
            .flatten();
        let offered = match &guess {
            Some(name) => name.clone(),
            None => self.numbered(),
        };
        let terminal = self.context.terminal();
        if self.init.yes || !terminal.can_ask() {
            let source = match guess {
                Some(_) => "your user name",
                None => "nobody says who that is",
            };
            return Ok((offered, source.to_owned()));
        }
        let whose = match is_own {
            true => "Your name in the vault".to_owned(),
            false => {
                let reads: Vec<&str> = key.reads.iter().map(|name| name.as_str()).collect();
                format!("Who is {} (reads {})?", key.recipient, reads.join(", "))
            }
        };
        let question = format!("{whose} [{offered}]:");
        let name = ask(terminal, &question, |answer| match answer {
            "" => Ok(offered.clone()),
            answer => named(answer),
        })?;
        Ok((name, "as you say".to_owned()))
    }

    fn numbered(&self) -> Name {
        let mut number = 1;
        loop {
            let name = format!("recipient-{number}");
            if !self.taken.contains(&name) {
                return name.parse().expect("letters, a dash and digits");
            }
            number += 1;
        }
    }

    /// Two keys of one name are two lines of the config: the second gets a number.
    fn unique(&mut self, name: Name) -> Name {
        let mut candidate = name.clone();
        let mut number = 1;
        while self.taken.contains(&candidate.folded()) {
            number += 1;
            let stem: String = name.as_str().chars().take(60).collect();
            candidate = format!("{stem}-{number}")
                .parse()
                .expect("a name with a number is one");
        }
        self.taken.push(candidate.folded());
        candidate
    }
}

/// The names that every `.sops.yaml` has for keys, each with its path.
fn all_labels(findings: &Findings) -> Vec<(String, Label)> {
    let of = |(folder, text): &(String, String)| {
        let path = sops_path(folder);
        labels(text)
            .into_iter()
            .map(move |label| (path.clone(), label))
            .collect::<Vec<_>>()
    };
    findings.configs.iter().flat_map(of).collect()
}

/// Where the `.sops.yaml` of a folder is.
pub(super) fn sops_path(folder: &str) -> String {
    match folder {
        "" => ".sops.yaml".to_owned(),
        folder => format!("{folder}/.sops.yaml"),
    }
}
