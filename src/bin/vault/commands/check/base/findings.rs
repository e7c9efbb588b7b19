//! What the comparison with a revision says.

use vault::{
    config::Environment,
    members::{Entry, Log},
    value::EnvName,
};

use crate::workspace::{Trouble, signed_lines};

/// What entries of a log do, each line with who signed it.
pub(super) fn entries<'e>(entries: impl Iterator<Item = &'e Entry>) -> Vec<String> {
    signed_lines(entries)
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
