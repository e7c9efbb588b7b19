//! That the config wants something else than a file has: what is said of it, and what is refused for it.

use vault::{
    accord::{Drift, Entries, Owner, Unlisted},
    config::Environment,
    keys::Recipient,
    sops::File,
};

use super::{Trouble, Workspace, accept::names, entries::listed};
use crate::{failure::Exit, shell};

impl Trouble {
    /// Everything that differs, and the way out; `then` is what comes after that.
    pub(crate) fn of_drift(environment: &Environment, drift: &Drift, then: Option<&str>) -> Self {
        let trouble = Trouble::untrusted(wanted(environment));
        let trouble = drift.lines().into_iter().fold(trouble, Trouble::detail);
        let then = then.map_or_else(String::new, |then| format!("; then {then}"));
        trouble.hint(format!(
            "vault sync {} brings the file in line{then}",
            environment.name()
        ))
    }
}

impl Workspace<'_> {
    /// The same for the recipients of a file without a log.
    pub(crate) fn of_entries(&self, environment: &Environment, file: &File) -> Trouble {
        let entries = Entries::between(file.recipients(), environment, self.config());
        let text = "it is encrypted for others than .vault.yaml lists";
        let trouble = Trouble::failed(text).within(environment.file());
        let trouble = entries.lines().into_iter().fold(trouble, Trouble::detail);
        let usual = format!("vault sync {} brings the file in line", environment.name());
        let ways = self.ways_into_line(environment, file, usual).into_iter();
        let lists = entries.unlisted.iter();
        let lists = lists.filter_map(|it| lists_with(environment, it));
        Trouble {
            exit: Exit::No,
            ..ways.chain(lists).fold(trouble, Trouble::hint)
        }
    }

    /// The same where that stops what was asked for.
    pub(crate) fn of_other_readers(&self, environment: &Environment, file: &File) -> Trouble {
        Trouble {
            exit: Exit::Untrusted,
            ..self.of_entries(environment, file)
        }
    }

    /// Config and log need not agree for a write: what differs is told, and stays as the file has it.
    pub(super) fn tell_drift(&self, environment: &Environment, drift: &Drift) {
        if drift.is_empty() || !drift.dropped.is_empty() {
            return;
        }
        self.tell_wanted(environment, &drift.lines());
    }

    /// The same for the recipients of a file without a log.
    pub(super) fn tell_missing(&self, environment: &Environment, file: &File) {
        let entries = Entries::between(file.recipients(), environment, self.config());
        if entries.is_empty() || !entries.unlisted.is_empty() {
            return;
        }
        match self.steps_into_line(environment, file) {
            None => self.tell_wanted(environment, &entries.lines()),
            Some(steps) => {
                let terminal = self.context().terminal();
                terminal.warn(format!(
                    "{}; nothing of that changes while it is not signed",
                    wanted(environment)
                ));
                let lines = entries.lines();
                lines.iter().for_each(|line| terminal.detail(line));
                steps.iter().for_each(|step| terminal.hint(step));
            }
        }
    }

    fn tell_wanted(&self, environment: &Environment, lines: &[String]) {
        let terminal = self.context().terminal();
        terminal.warn(format!(
            "{}; nothing of that changes before vault sync {}",
            wanted(environment),
            environment.name()
        ));
        lines.iter().for_each(|line| terminal.detail(line));
    }

    /// Nobody whom the config does not list gets a new secret, nor anybody who has left or is still to be taken out: of a file without a log
    /// anybody who has the data key can have made an entry, or kept the key.
    pub(super) fn refuse_unlisted(
        &self,
        environment: &Environment,
        file: &File,
    ) -> Result<(), Trouble> {
        let unlisted = Entries::between(file.recipients(), environment, self.config()).unlisted;
        let name = environment.name();
        if !unlisted.is_empty() {
            return Err(self.readable_by(environment, file, &unlisted));
        }
        self.refuse_former(environment)?;
        let pending = self.config().pending_removals(name).map(|(who, _)| who);
        let pending = listed(pending);
        if pending.is_empty() {
            return Ok(());
        }
        let text = format!("{name}: {pending} left, and the file is still to get a new data key");
        let usual = format!("vault sync {name} changes the data key");
        let ways = self.ways_into_line(environment, file, usual);
        Err(ways
            .into_iter()
            .fold(Trouble::untrusted(text), Trouble::hint))
    }

    /// That a file without a log can be read by others than the config lists: how they are taken out, and how they are listed.
    fn readable_by(
        &self,
        environment: &Environment,
        file: &File,
        unlisted: &[Unlisted],
    ) -> Trouble {
        let name = environment.name();
        let who: Vec<&str> = unlisted.iter().map(Unlisted::name).collect();
        let is_strange = |it: &Unlisted| it.owner == Owner::Stranger;
        let who = who.join(", ");
        let text = match unlisted.iter().any(is_strange) {
            true => format!("{name} can be read by {who}, whom .vault.yaml does not list"),
            false => format!("{name} can still be read by {who}, whom .vault.yaml no longer lists"),
        };
        let usual = format!("vault sync {name} takes them out and changes the data key");
        let ways = self.ways_into_line(environment, file, usual).into_iter();
        let lists = unlisted.iter().filter_map(|it| lists_with(environment, it));
        ways.chain(lists)
            .fold(Trouble::untrusted(text), Trouble::hint)
    }
}

/// How somebody is listed whom a colleague has let in with sops; whoever has left is taken out first.
fn lists_with(environment: &Environment, unlisted: &Unlisted) -> Option<String> {
    let (who, line) = match &unlisted.owner {
        Owner::Member(who, member) => (who.as_str(), member.to_string()),
        Owner::Former(..) => return None,
        Owner::Stranger => {
            // What is no key cannot be listed.
            Recipient::of_entry(&unlisted.recipient)?;
            ("NAME", unlisted.recipient.clone())
        }
    };
    let line = shell::word(&line);
    let name = environment.name();
    Some(format!(
        "if a colleague has let them in with sops: vault recipients add {who} {line} --env {name} lists them"
    ))
}

/// Nobody whom the config has dropped may get a new secret.
pub(super) fn refuse_dropped(environment: &Environment, drift: &Drift) -> Result<(), Trouble> {
    if drift.dropped.is_empty() {
        return Ok(());
    }
    let name = environment.name();
    let text = format!(
        "{name} can still be read by {}, whom .vault.yaml no longer lists",
        names(&drift.dropped)
    );
    Err(Trouble::untrusted(text).hint(format!(
        "vault sync {name} takes them out and changes the data key"
    )))
}

fn wanted(environment: &Environment) -> String {
    format!(
        "{}: .vault.yaml wants other members or layers than the file has",
        environment.name()
    )
}
