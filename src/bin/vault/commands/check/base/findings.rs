//! What the comparison with a revision says.

use vault::{
    accord::role,
    config::Environment,
    members::{Entry, Log},
    value::EnvName,
};

use crate::workspace::{Trouble, signed_lines};

/// What entries of a log do, each line with who signed it.
pub(super) fn entries<'e>(entries: impl Iterator<Item = &'e Entry>) -> Vec<String> {
    signed_lines(entries)
}

/// That a log ends before the one of the revision.
pub(super) fn older(environment: &Environment, then: &Log, now: &Log) -> Trouble {
    let text = format!(
        "{} is older than the revision to compare with: changes of members would be undone",
        environment.name()
    );
    entries(then.beyond(now).into_iter())
        .into_iter()
        .fold(Trouble::untrusted(text), Trouble::detail)
        .hint("bring the newer version of the file into this branch: git merge, or git rebase")
}

/// That a log is another branch than that of the revision, which came over it: one of them undoes what the other one does.
pub(super) fn branch(environment: &Environment, then: &Log, now: &Log, commit: &str) -> Trouble {
    let text = format!(
        "{} goes on from commit {commit}, and not from what was put over that in the revision to compare with: changes of members would be undone",
        environment.name()
    );
    let undone = entries(then.beyond(now).into_iter());
    let done = entries(now.beyond(then).into_iter());
    let undone = undone.into_iter().map(|line| format!("there: {line}"));
    let done = done.into_iter().map(|line| format!("here: {line}"));
    undone
        .chain(done)
        .fold(Trouble::untrusted(text), Trouble::detail)
        .hint("ask those who signed them, not over the same channel: do not merge before it is known which counts")
        .hint(format!(
            "if what is here counts, and comes back: vault check --base {commit} says what else changes"
        ))
}

/// That a log has nothing to do with that of the revision.
pub(super) fn apart(environment: &Environment, now: &Log) -> Trouble {
    let text = format!(
        "{} does not follow from what the revision to compare with has",
        environment.name()
    );
    let members = now.policy().members();
    let members = members
        .map(|(name, member)| format!("{name} {} here ({})", role(member), member.fingerprint()));
    members
        .fold(Trouble::untrusted(text), Trouble::detail)
        .hint("git log -p shows who made the file; do not merge before they have said why")
}

/// Recipients of a file that is not signed: nobody vouches for them.
pub(super) fn names(then: &[String], now: &[String]) -> Vec<String> {
    let added = now.iter().filter(|name| !then.contains(name));
    let added = added.map(|name| format!("+ {name} reads and writes, not signed by anybody"));
    let removed = then.iter().filter(|name| !now.contains(name));
    let removed = removed.map(|name| format!("- {name}, not signed by anybody"));
    added.chain(removed).collect()
}

/// That an environment may be another one, without its signature and under another name: nobody needs a key for that.
pub(super) fn stripped(environment: &Environment, gone: &EnvName) -> Trouble {
    let name = environment.name();
    let text = format!("{name} is new and not signed, and {gone}, which was signed, is gone");
    Trouble::untrusted(text)
        .hint("git log -p .vault.yaml shows who changed it; vault env rename gives another name with a signature")
        .hint(format!("vault sign {name} by a writer signs what is new"))
}

/// That an environment may stand in for another one, which the people there never signed for: nobody needs a key for that.
pub(super) fn usurped(environment: &Environment, log: &Log, gone: &EnvName) -> Trouble {
    let name = environment.name();
    let founder = log
        .entries()
        .first()
        .map_or("", |first| first.by().as_str());
    let text = format!(
        "{name} is new, begun by {founder}, whom the revision to compare with does not know, and {gone}, which was signed, is gone"
    );
    Trouble::untrusted(text)
        .hint("git log -p .vault.yaml shows who changed it: ask them before you merge; vault env rename gives another name with a signature")
        .hint(format!(
            "if {name} has nothing to do with {gone}: end {gone} in a change of its own, or let somebody make {name} whom the revision knows"
        ))
}

pub(super) fn unsigned(environment: &Environment) -> Trouble {
    let name = environment.name();
    let text = format!("{name} is signed in the revision to compare with, and not any more");
    Trouble::untrusted(text)
        .hint("git log -p .vault.yaml shows who turned the signature off")
        .hint(format!("vault sign {name} by a writer turns it on again"))
}

/// That a file is gone whose environment is still in the config: the next write would make it anew.
pub(in super::super) fn taken_away(environment: &Environment) -> Trouble {
    let name = environment.name();
    let text = format!(
        "{name} has no file here, but the revision to compare with has one: {}",
        environment.file()
    );
    Trouble::untrusted(text)
        .hint("git checkout brings it back")
        .hint(format!("vault env remove {name} ends the environment"))
}
