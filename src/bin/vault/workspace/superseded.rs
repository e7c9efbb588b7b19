//! What is said of a version that git's history has a newer one of, in which somebody has left, and how that one comes back.

use vault::{members::Policy, value::Name, vault::CONFIG};

use super::{
    Meeting, Trouble, Workspace,
    departed::Departed,
    entries::listed,
    linked::pathspec_from,
    succession::{SILENCED, Successor},
};

impl Workspace<'_> {
    /// Refuses this version for a newer one.
    pub(super) fn superseded(
        &self,
        meeting: Meeting<'_>,
        gone: &Departed<'_>,
        successor: &Successor,
    ) -> Trouble {
        if let Some(undecided) = self.undecided(meeting, successor) {
            return undecided;
        }
        let trouble = told(meeting, gone, successor);
        if self.breaks(meeting.with_log(&successor.log)) {
            let trouble = trouble.hint(format!(
                "what is in that commit does not follow from what was last used here: git log -p {} shows who brought it: ask them, not over the same channel",
                successor.at.commit
            ));
            return with_trust(trouble, meeting);
        }
        let policy = successor.log.policy();
        let elsewhere = match policy.environment() {
            other if other != meeting.environment.name() => Some(format!("it is called {other}")),
            _ if !self.is_own_config(&successor.at.config) => {
                Some("the vault is in another folder".to_owned())
            }
            _ => None,
        };
        match elsewhere {
            Some(elsewhere) => self.with_way_elsewhere(trouble, successor, &elsewhere),
            None => {
                let listed_again = listed_again(meeting, gone, policy);
                self.with_way_here(trouble, successor, listed_again)
            }
        }
    }

    /// Adds how a newer version comes back that has another name, or lies in another folder.
    fn with_way_elsewhere(
        &self,
        trouble: Trouble,
        successor: &Successor,
        elsewhere: &str,
    ) -> Trouble {
        let at = &successor.at;
        let both = format!(
            "{}, and {}, bring both back",
            self.brought_back_from(&at.commit, &at.path),
            self.brought_back_from(&at.commit, &at.config)
        );
        if self.is_own_config(&at.config) {
            return trouble.hint(format!("{elsewhere} in that commit: {both}"));
        }
        // Two vaults would be in each other's way.
        trouble
            .hint(format!(
                "{elsewhere} in that commit: git rm -- {} takes away the one that is here",
                self.typed_files()
            ))
            .hint(format!("then {both}"))
    }

    /// The same where it lies where this one does. The config may have people again who have left.
    fn with_way_here(
        &self,
        trouble: Trouble,
        successor: &Successor,
        listed_again: Vec<&Name>,
    ) -> Trouble {
        let at = &successor.at;
        let back = trouble.hint(format!(
            "{} brings the newer version back",
            self.brought_back_from(&at.commit, &at.path)
        ));
        match listed_again.is_empty() {
            true => back,
            false => back.hint(format!(
                ".vault.yaml has {} as before: git log -p .vault.yaml shows who changed it; {} takes that back",
                listed(listed_again),
                self.brought_back_from(&at.commit, &at.config)
            )),
        }
    }

    /// The files of the vault that is here, as somebody types them.
    fn typed_files(&self) -> String {
        let files = self.config().environments().map(|it| it.file().as_str());
        let files = [CONFIG].into_iter().chain(files);
        let there = files.filter(|file| self.root().directory().join(file).is_file());
        let directory = self.context().standing();
        let typed: Vec<String> = there
            .map(|file| pathspec_from(directory, &self.root().directory().join(file)))
            .collect();
        typed.join(" ")
    }
}

/// That it is older, and what whoever has left has signed of it.
fn told(meeting: Meeting<'_>, gone: &Departed<'_>, successor: &Successor) -> Trouble {
    let trouble = Trouble::untrusted(older(meeting, gone, successor));
    let names = gone.names();
    let signer = meeting.signer.filter(|signer| names.contains(signer));
    let trouble = signer.into_iter().fold(trouble, |trouble, signer| {
        trouble.detail(format!(
            "{signer} signed what is here: nothing tells whether that was before, and whoever signs it again vouches for it"
        ))
    });
    gone.signers_but(meeting.signer).fold(trouble, |trouble, signer| {
        trouble.detail(format!(
            "{signer} signed changes of its members that are not in that commit: nothing tells whether that was before"
        ))
    })
}

/// Whom the config lists as they were before they left, or got another key.
fn listed_again<'g>(
    meeting: Meeting<'_>,
    gone: &'g Departed<'_>,
    policy: &Policy,
) -> Vec<&'g Name> {
    let readers = meeting.environment.readers();
    let names = gone.names().into_iter();
    names
        .filter(|name| readers.get(*name) != policy.member(name))
        .filter(|name| readers.contains_key(*name))
        .collect()
}

pub(super) fn older(meeting: Meeting<'_>, gone: &Departed<'_>, successor: &Successor) -> String {
    let (name, policy) = (meeting.environment.name(), successor.log.policy());
    let is_listed = |name: &&Name| policy.member(name).is_some();
    let (listed_still, left): (Vec<&Name>, Vec<&Name>) =
        gone.names().into_iter().partition(is_listed);
    let (silenced, changed): (Vec<&Name>, Vec<&Name>) = listed_still
        .into_iter()
        .partition(|name| gone.has_only_signed(name));
    let words = |who: Vec<&Name>, what: &str| {
        let has = if who.len() == 1 { "has" } else { "have" };
        (!who.is_empty()).then(|| format!("{} {has} {what}", listed(who)))
    };
    let who: Vec<String> = [
        words(left, "left"),
        words(changed, "another key"),
        words(silenced, SILENCED),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!(
        "{name} is an older version here than in commit {}: {} since",
        successor.at.commit,
        who.join(", ")
    )
}

/// Adds how somebody goes on with what is here all the same, who knows that it is right.
pub(super) fn with_trust(trouble: Trouble, meeting: Meeting<'_>) -> Trouble {
    let trust = format!("vault trust {} goes by", meeting.environment.name());
    match trouble.hints.iter().any(|hint| hint.contains(&trust)) {
        true => trouble,
        false => trouble.hint(format!(
            "if it was never meant that they go: {trust} what is here"
        )),
    }
}
