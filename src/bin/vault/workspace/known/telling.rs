//! What a person hears of it: a first use, what has changed, and both sides of a break.

use std::collections::BTreeMap;

use vault::{
    keys::Member,
    known::{Break, State},
    members::Policy,
    value::{EnvName, Name},
    vault::KnownFiles,
};

use super::{
    super::{
        Trouble, Workspace,
        accept::Purpose,
        entries::{listed, member_line, signed_lines},
    },
    Meeting, Source, TRUST, pin,
};
use crate::failure::Failure;

impl Workspace<'_> {
    pub(super) fn tell_first(&self, meeting: Meeting<'_>, source: &Source) {
        let terminal = self.terminal();
        let name = meeting.environment.name();
        let (Some(log), Some(signer)) = (meeting.log, meeting.signer) else {
            return terminal.say(format!("first use here: {name}, which is not signed"));
        };
        let policy = log.policy();
        terminal.say(format!(
            "first use here: {name}, signed by {signer}; writers {}",
            writers(policy)
        ));
        if matches!(source, Source::Memory(_)) && self.context().environment().is_ci() {
            terminal.detail(format!(
                "{TRUST}={} makes this machine accept only this and what follows from it; vault trust --export prints it for all environments",
                pin(policy)
            ));
        }
    }

    /// What was told now will be told again where nothing keeps it.
    pub(super) fn tell_unkept(&self, kept: Result<(), Trouble>) {
        if let Err(why) = kept {
            let terminal = self.terminal();
            terminal.detail(format!(
                "this machine cannot remember it, so the next use says it again: {}",
                why.text
            ));
            if self.context().state_directory().is_err() {
                why.hints.iter().for_each(|hint| terminal.detail(hint));
            }
        }
    }

    pub(super) fn tell_newer(&self, meeting: Meeting<'_>, entries: &[usize]) {
        let Some(log) = meeting.log else { return };
        let terminal = self.terminal();
        let name = meeting.environment.name();
        if entries.is_empty() {
            return;
        }
        terminal.say(format!("{name} has changed since it was last used here:"));
        let entries = entries.iter().filter_map(|at| log.entries().get(*at));
        let lines = signed_lines(entries);
        lines.iter().for_each(|line| terminal.detail(line));
        self.news.borrow_mut().insert(name.clone(), lines);
    }

    /// What was told of an environment's members since it was last used here.
    pub(crate) fn news_of(&self, name: &EnvName) -> Vec<String> {
        self.news.borrow().get(name).cloned().unwrap_or_default()
    }

    /// A person at a terminal may know better than the memory; a program does not.
    pub(super) fn settle_break(
        &self,
        meeting: Meeting<'_>,
        trouble: Trouble,
        purpose: Purpose,
        source: &Source,
    ) -> Result<(), Trouble> {
        let terminal = self.terminal();
        let may_ask = purpose != Purpose::Checking && matches!(source, Source::Memory(_));
        if !may_ask || !terminal.can_ask() {
            return Err(trouble);
        }
        terminal.warn(&trouble.text);
        trouble
            .details
            .iter()
            .for_each(|line| terminal.detail(line));
        // The last one is how to accept it later: everything before that is looked at first.
        let mut hints = trouble.hints.clone();
        let later = hints.pop();
        hints.iter().for_each(|hint| terminal.hint(hint));
        let asked = terminal.confirm("Accept what is here from now on?");
        match asked.map_err(Failure::from)? {
            true => self.trust(meeting).map(|_| ()),
            false => Err(Trouble {
                details: Vec::new(),
                hints: later.into_iter().collect(),
                ..trouble
            }),
        }
    }

    pub(super) fn broken(&self, meeting: Meeting<'_>, kind: Break, source: &Source) -> Trouble {
        let name = meeting.environment.name();
        let text = match (source, kind) {
            (Source::Named(_), Break::Unsigned) => {
                format!("{name} is not signed, and {TRUST} is set: only what it names is accepted")
            }
            (Source::Named(_), Break::Fork | Break::Stranger) => {
                format!("{name} is not what {TRUST} names, and does not follow from it")
            }
            (Source::Memory(_), Break::Unsigned) => {
                format!("{name} was signed when it was last used here, and is not any more")
            }
            (Source::Memory(_), Break::Fork) => {
                format!("{name} does not follow from what was last used here")
            }
            (Source::Memory(files), Break::Stranger) => self.strange(meeting, files.as_ref()),
        };
        let trouble = Trouble::untrusted(text);
        match source {
            Source::Named(_) => trouble.hint(
                "vault trust --export prints it where the right version is; somebody of the team has to say that it is",
            ),
            Source::Memory(files) => {
                let sides = self.sides(meeting, files.as_ref()).into_iter();
                let trouble = sides.fold(trouble, Trouble::detail);
                match kind {
                    Break::Unsigned => self.before_accepted(meeting, trouble),
                    Break::Fork | Break::Stranger => {
                        let trouble = trouble.hint(
                            "git log -p shows who changed it: ask them, not over the same channel",
                        );
                        let back = self.brings_back_known(meeting.environment).into_iter();
                        back.fold(trouble, Trouble::hint)
                            .hint(format!("vault trust {name} accepts what is here from now on"))
                    }
                }
            }
        }
    }

    /// What is known of an environment beside what is here, line by line.
    fn sides(&self, meeting: Meeting<'_>, files: Option<&KnownFiles>) -> Vec<String> {
        let before = self.known_lines(meeting, files);
        let here = match (meeting.log, meeting.signer) {
            (Some(log), Some(signer)) => {
                let mut here = vec![format!("here, signed by {signer}:")];
                here.extend(lines(log.policy().members()));
                here
            }
            _ => vec!["here: not signed".to_owned()],
        };
        before.into_iter().chain(here).collect()
    }

    /// Who could read an environment, or the one that it stands in for.
    fn known_lines(&self, meeting: Meeting<'_>, files: Option<&KnownFiles>) -> Vec<String> {
        let known = files.and_then(|files| self.known(files).ok());
        let own = known
            .as_ref()
            .and_then(|known| known.state(meeting.environment.name()));
        let gone = files.and_then(|files| self.stood_in_for(meeting, files));
        let is_strange =
            || files.is_some_and(|files| matches!(self.usurped(files, meeting), Ok(Some(_))));
        if own.is_none() && gone.is_none() && is_strange() {
            return Vec::new();
        }
        let (title, members) = match (own.and_then(State::members), &gone) {
            (None, Some((name, state))) => (format!("{name}, last used here:"), state.members()),
            (members, _) => ("last used here:".to_owned(), members),
        };
        let members = match members {
            Some(members) => lines(members.iter()),
            None => vec!["    under another `repository`, or not signed".to_owned()],
        };
        [title].into_iter().chain(members).collect()
    }

    /// Who could read an environment when it was last used here, line by line; `None` where nothing is known of it.
    pub(crate) fn last_members(&self, name: &EnvName) -> Result<Option<Vec<String>>, Trouble> {
        let Source::Memory(Some(files)) = self.source()? else {
            return Ok(None);
        };
        let known = self.known(&files)?;
        let state = known.state(name);
        Ok(state.map(|state| state.members().map_or_else(Vec::new, |it| lines(it.iter()))))
    }

    /// What there is to know of an environment, to be shown before somebody trusts it.
    pub(crate) fn known_sides(&self, meeting: Meeting<'_>) -> Result<Vec<String>, Trouble> {
        match self.source()? {
            Source::Memory(files) => {
                let back = self.taken_back(meeting)?;
                let back = back.iter().map(|who| format!("was to be taken out: {who}"));
                let older = self.refuse_superseded(meeting).err();
                let stripped = self.refuse_stripped(meeting, Purpose::Reading).err();
                let older = older
                    .into_iter()
                    .chain(stripped)
                    .map(|trouble| trouble.text);
                let sides = self.sides(meeting, files.as_ref()).into_iter();
                Ok(sides.chain(back).chain(older).collect())
            }
            Source::Named(_) => Ok(Vec::new()),
        }
    }
}

fn writers(policy: &Policy) -> String {
    listed(policy.writers().map(|(name, _)| name))
}

fn lines<'m>(members: impl Iterator<Item = (&'m Name, &'m Member)>) -> Vec<String> {
    let members: BTreeMap<&Name, &Member> = members.collect();
    let line = |(name, member): (&&Name, &&Member)| format!("    {}", member_line(name, member));
    members.iter().map(line).collect()
}
