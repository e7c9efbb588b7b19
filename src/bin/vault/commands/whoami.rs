//! `vault whoami`: the identities of this person on this machine.

use std::fmt::Write;

use clap::Args;
use vault::{
    config::Environment,
    keys::Member,
    render,
    secret::{ExposeSecret, secret},
    value::{Kind, Map, Node, Scalar},
    vault::Root,
};

use crate::{
    context::{Context, Finding, Lock},
    failure::{Exit, Failure},
    workspace::{Access, LostConfig, Part, Workspace},
};

/// Show which identities you have, and the line to send to a colleague
///
/// The line is what a colleague puts into .vault.yaml to let you read and write. Compare the fingerprint with them by another
/// way. Private keys are never shown.
///
/// Inside a vault it also says which of its environments the identities open, and under which name; no passphrase is needed.
#[derive(Args, Debug)]
pub(crate) struct Whoami {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Ask for passphrases, to show the public keys of locked identities
    #[arg(long)]
    unlock: bool,
}

impl Whoami {
    /// Shows every identity that is found, then complains about those that cannot be used.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let identities = context.identities();
        if self.unlock {
            identities.unlock_all()?;
        }
        let (findings, failures) = identities.findings();
        let access = match findings.is_empty() {
            true => None,
            false => access(context, &findings),
        };
        let people = people(findings);
        let text = match self.json {
            true => json(&people, access.as_deref())?,
            false => plain(&people) + &plain_access(access.as_deref().unwrap_or_default()),
        };
        context.terminal().print(&text)?;
        if access.is_none() {
            tell_moved(context);
        }
        match joined(failures) {
            Some(failure) => Err(failure),
            None if people.is_empty() => Err(nobody()),
            None => Ok(Exit::Done),
        }
    }
}

/// What each environment of the vault around is to the identities; `None` where there is no vault that can be read.
fn access(context: &Context, findings: &[Finding]) -> Option<Vec<(String, Access)>> {
    let workspace = match Workspace::around(context) {
        Ok(workspace) => workspace?,
        Err(failure) => {
            context.terminal().warn(failure.error().unwrap_or_default());
            return None;
        }
    };
    let of = |environment: &Environment| {
        let access = workspace.access(environment, findings);
        (environment.name().to_string(), access)
    };
    Some(workspace.config().environments().map(of).collect())
}

/// Whoever stands where a vault was is told where it is: what the identities open is told there.
fn tell_moved(context: &Context) {
    if Root::find(context.directory()).is_ok() {
        return;
    }
    let lost = LostConfig::of(context.directory(), &[]);
    if let Some(place) = lost.and_then(|lost| lost.where_it_is(context)) {
        context.terminal().hint(place);
    }
}

pub(super) fn plain_access(environments: &[(String, Access)]) -> String {
    let mut text = String::new();
    if !environments.is_empty() {
        text.push_str("environments of this vault\n");
    }
    for (name, access) in environments {
        match access {
            Access::Opens(parts) => parts
                .iter()
                .for_each(|part| row(&mut text, name, &format!("opens as {part}"))),
            Access::Perhaps => row(
                &mut text,
                name,
                "may open with the locked identity; vault whoami --unlock tells",
            ),
            Access::Closed => row(&mut text, name, "does not open"),
            Access::NoFile => row(&mut text, name, "has no file yet"),
            Access::Refused => row(
                &mut text,
                name,
                &format!("is not accepted; vault check {name} tells why"),
            ),
        }
    }
    text
}

fn writes(part: &Part) -> Node {
    Node::Scalar(Scalar::new(Kind::Bool, secret(&part.writes.to_string())))
}

fn json_access((name, access): &(String, Access)) -> Node {
    let part = |part: &Part| {
        Node::Map(Map::from_iter([
            ("name".to_owned(), Node::Scalar(Scalar::str(&part.name))),
            ("writes".to_owned(), writes(part)),
        ]))
    };
    let (state, parts) = match access {
        Access::Opens(parts) => ("opens", parts.as_slice()),
        Access::Perhaps => ("perhaps", &[][..]),
        Access::Closed => ("closed", &[][..]),
        Access::NoFile => ("no file", &[][..]),
        Access::Refused => ("not accepted", &[][..]),
    };
    Node::Map(Map::from_iter([
        ("environment".to_owned(), Node::Scalar(Scalar::str(name))),
        ("state".to_owned(), Node::Scalar(Scalar::str(state))),
        (
            "as".to_owned(),
            Node::List(parts.iter().map(part).collect()),
        ),
    ]))
}

/// One identity, and every place where it was found.
struct Person {
    member: Option<Member>,
    lock: Lock,
    origins: Vec<String>,
}

fn people(findings: Vec<Finding>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for finding in findings {
        let is_same =
            |person: &&mut Person| person.member.is_some() && person.member == finding.member;
        match people.iter_mut().find(is_same) {
            Some(person) => person.origins.push(finding.origin),
            None => people.push(Person {
                member: finding.member,
                lock: finding.lock,
                origins: vec![finding.origin],
            }),
        }
    }
    people
}

fn plain(people: &[Person]) -> String {
    let mut text = String::new();
    for person in people {
        let line = match &person.member {
            Some(member) => member.to_string(),
            None => "(unknown)".to_owned(),
        };
        writeln!(text, "{line}").expect("a string takes everything");
        if let Some(member) = &person.member {
            row(&mut text, "fingerprint", &member.fingerprint());
        }
        for origin in &person.origins {
            row(&mut text, "from", origin);
        }
        if let Some(note) = note(person) {
            row(&mut text, "note", note);
        }
    }
    text
}

fn row(text: &mut String, name: &str, value: &str) {
    writeln!(text, "    {name:<12} {value}").expect("a string takes everything");
}

fn note(person: &Person) -> Option<&'static str> {
    match (person.lock, &person.member) {
        (Lock::Open, _) => None,
        (Lock::Locked, Some(_)) => Some("locked with a passphrase"),
        (Lock::Locked, None) => {
            Some("locked with a passphrase; `vault whoami --unlock` shows its public key")
        }
        (Lock::Unread, _) => {
            Some("used only where its public key is listed and no other identity fits")
        }
        (Lock::Unsupported, _) => {
            Some("a plugin or post-quantum identity, which vault does not support")
        }
    }
}

fn json(people: &[Person], access: Option<&[(String, Access)]>) -> Result<String, Failure> {
    let identities = people.iter().map(|person| {
        let mut map = Map::new();
        let member = person.member.as_ref();
        map.insert(
            "member".to_owned(),
            text_or_null(member.map(Member::to_string)),
        );
        let fingerprint = member.map(Member::fingerprint);
        map.insert("fingerprint".to_owned(), text_or_null(fingerprint));
        let origins = person
            .origins
            .iter()
            .map(|origin| Node::Scalar(Scalar::str(origin)));
        map.insert("from".to_owned(), Node::List(origins.collect()));
        map.insert(
            "state".to_owned(),
            Node::Scalar(Scalar::str(state(person.lock))),
        );
        Node::Map(map)
    });
    let mut root = Map::new();
    root.insert("identities".to_owned(), Node::List(identities.collect()));
    if let Some(access) = access {
        let access = access.iter().map(json_access);
        root.insert("environments".to_owned(), Node::List(access.collect()));
    }
    let text = render::json(&Node::Map(root))?;
    Ok(text.expose_secret().to_owned())
}

fn text_or_null(text: Option<String>) -> Node {
    Node::Scalar(text.map_or_else(Scalar::null, |text| Scalar::str(&text)))
}

fn state(lock: Lock) -> &'static str {
    match lock {
        Lock::Open => "open",
        Lock::Locked => "locked",
        Lock::Unread => "unread",
        Lock::Unsupported => "unsupported",
    }
}

/// One failure that tells of all.
fn joined(mut failures: Vec<Failure>) -> Option<Failure> {
    if failures.len() < 2 {
        return failures.pop();
    }
    let error = format!("{} sources of identities cannot be used", failures.len());
    let joined = failures.iter().fold(Failure::new(error), |joined, one| {
        let joined = joined.detail(one.error().unwrap_or_default());
        one.hints()
            .iter()
            .fold(joined, |joined, hint| joined.hint(hint))
    });
    Some(joined)
}

fn nobody() -> Failure {
    Failure::new("you have no identity yet")
        .hint("vault keygen makes one")
        .hint("-i FILE names one that lies elsewhere")
}
