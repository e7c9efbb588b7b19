//! The line of somebody who is to be a recipient: typed, in a file, or on standard input.

use std::fs::File;

use vault::{
    keys::{Member, offered},
    secret::{ExposeSecret, SecretString},
};

use crate::{context::Context, failure::Failure, terminal::LineEnd};

/// The member line in an argument: itself, `@FILE`, or `-` for standard input.
///
/// # Errors
/// No line that can be used; several, and nobody who can be asked. A private key is refused, and never shown.
pub(super) fn member(context: &Context, argument: &str) -> Result<Member, Failure> {
    let text = text(context, argument)?;
    if text.expose_secret().trim().is_empty() {
        return Err(Failure::new("the line is empty")
            .hint("vault whoami prints the line that somebody sends; a variable of the shell may have no value"));
    }
    let members = offered(text.expose_secret()).map_err(|error| {
        Failure::because(&error).hint("vault whoami prints the line that somebody sends")
    })?;
    match <[Member; 1]>::try_from(members) {
        Ok([member]) => Ok(member),
        Err(members) => chosen(context, members),
    }
}

/// What was pasted may be a private key: it is wiped like one.
fn text(context: &Context, argument: &str) -> Result<SecretString, Failure> {
    let terminal = context.terminal();
    match argument.strip_prefix('@') {
        Some(path) => {
            let unreadable = |failure: Failure| failure.within(format!("cannot read {path}"));
            let file = File::open(path).map_err(|error| unreadable(Failure::because(&error)))?;
            let text = terminal.read_value(file);
            text.map_err(|error| unreadable(Failure::from(error)))
        }
        None if argument == "-" => Ok(terminal.read_stdin(LineEnd::Stays)?),
        None => Ok(SecretString::from(argument)),
    }
}

/// One of several keys, chosen by a person.
fn chosen(context: &Context, members: Vec<Member>) -> Result<Member, Failure> {
    let terminal = context.terminal();
    let shown = members.iter().enumerate();
    let lines = shown.map(|(at, member)| format!("{}  {}", at + 1, member.fingerprint()));
    if !terminal.can_ask() {
        let failure = Failure::new("there are several keys; which one is it?");
        return Err(lines
            .fold(failure, Failure::detail)
            .hint("give the line of one of them"));
    }
    terminal.say("there are several keys:");
    lines.for_each(|line| terminal.detail(line));
    let answer = terminal.ask("Which one (its number)?")?;
    let number: Option<usize> = answer.parse().ok();
    let member = number.and_then(|number| members.into_iter().nth(number.checked_sub(1)?));
    member.ok_or_else(|| Failure::new("no key was chosen; nothing is written"))
}
