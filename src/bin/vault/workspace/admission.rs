//! For whom what comes of two sides is, where nobody signs: the log that says it in a signed file is not there, so the config does.

use std::collections::{BTreeMap, BTreeSet};

use vault::{
    accord::{Entries, Unlisted, role},
    config::Environment,
    keys::{Member, Recipient},
    reconcile::{Entered, Objection, Reconciliation, Side},
    value::Name,
};

use super::{Trouble, Work, Workspace, accept::names};

impl Workspace<'_> {
    /// Where nobody signs, anybody who can commit puts an entry beside the others, and a line into the config: it opens nothing, until a
    /// new data key is wrapped for it. Which side is the pulled one, git does not say: in a rebase, and where a stash is popped, it is ours.
    pub(super) fn refuse_new_key<'r>(
        &self,
        environment: &Environment,
        recipients: impl Iterator<Item = &'r str>,
        newcomers: &BTreeSet<String>,
    ) -> Result<(), Trouble> {
        let recipients: Vec<&str> = recipients.collect();
        match self.new_key_for(environment, &recipients, newcomers) {
            None => Ok(()),
            Some(text) => Err(Trouble::untrusted(text)),
        }
    }

    /// For whom a new data key would be who is not listed, or whom one side alone has let in, if anybody.
    fn new_key_for(
        &self,
        environment: &Environment,
        recipients: &[&str],
        newcomers: &BTreeSet<String>,
    ) -> Option<String> {
        let entries = Entries::between(recipients.iter().copied(), environment, self.config());
        if let Some(strange) = entries.unlisted.first() {
            return Some(format!(
                "what comes of both sides would have a new data key, also for {}, which .vault.yaml does not list for {}",
                strange.recipient,
                environment.name()
            ));
        }
        let is_new = |text: &&&str| {
            newcomers
                .iter()
                .any(|it| Recipient::of_entry(it) == Recipient::of_entry(text))
        };
        let new = recipients.iter().find(is_new)?;
        Some(format!(
            "what comes of both sides would have a new data key, also for {}, whom one side alone has let in",
            Unlisted::of(new, self.config()).told()
        ))
    }

    /// What has to be said of the recipients of what comes of both sides, if anything: that the sides contradict each other, or that it would
    /// have a new data key for somebody whom the config does not list, or whom one side alone has let in.
    pub(crate) fn unclear_recipients(&self, work: &Work<'_>) -> Option<String> {
        let reconciliation = &work.reconciliation;
        let standing = reconciliation.standing();
        if standing.objections().contains(&Objection::Recipients) {
            return Some(Objection::Recipients.to_string());
        }
        let carrier = reconciliation.side(standing.carrier());
        if carrier.policy().is_some() || !reconciliation.needs_fresh_key() {
            return None;
        }
        let recipients: Vec<&str> = carrier.recipients().collect();
        self.new_key_for(work.environment, &recipients, &reconciliation.newcomers())
    }

    /// Has what comes of both sides be for whom the config lists, of those who read a side and whom neither has taken out; returns that in
    /// lines.
    ///
    /// # Errors
    /// Whoever is at work could not read it.
    pub(crate) fn admit_listed(&self, work: &mut Work<'_>) -> Result<Vec<String>, Trouble> {
        let readers = work.reconciliation.readers_of_both();
        let listed = work.environment.readers().iter();
        let admitted: BTreeMap<Name, Member> = listed
            .filter(|(_, member)| readers.contains(&member.reads().to_string()))
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect();
        if !admitted
            .values()
            .any(|member| *member.reads() == work.reader)
        {
            return Err(locked_out(work.environment, &admitted));
        }
        let lines = self.told(&work.reconciliation, &admitted);
        work.reconciliation.admit(admitted);
        Ok(lines)
    }

    fn told(
        &self,
        reconciliation: &Reconciliation,
        admitted: &BTreeMap<Name, Member>,
    ) -> Vec<String> {
        let who = |text: &String| Unlisted::of(text, self.config()).told();
        let mut lines = Vec::new();
        for side in [Side::Ours, Side::Theirs] {
            let entered = reconciliation.entered(side);
            if entered != Entered::default() {
                lines.push(format!("  {side}:"));
            }
            lines.extend(entered.added.iter().map(|it| format!("    + {}", who(it))));
            lines.extend(
                entered
                    .removed
                    .iter()
                    .map(|it| format!("    - {}", who(it))),
            );
        }
        lines.push("  afterwards:".to_owned());
        let members = admitted.iter();
        lines.extend(members.map(|(name, member)| format!("    {name} {}", role(member))));
        let in_it: BTreeSet<String> = admitted.values().map(|it| it.reads().to_string()).collect();
        let out = &reconciliation.readers_of_both() - &in_it;
        lines.extend(
            out.iter()
                .map(|it| format!("    not {}, whom .vault.yaml does not list", who(it))),
        );
        lines
    }
}

/// Who is at work would not be among the readers: somebody else has to do it, where there is somebody.
fn locked_out(environment: &Environment, admitted: &BTreeMap<Name, Member>) -> Trouble {
    let name = environment.name();
    let trouble = Trouble::failed(format!(
        "after this no identity of yours could read {name}, as .vault.yaml lists its recipients"
    ));
    match admitted.is_empty() {
        true => trouble.hint(format!(
            "the recipients of {name} in .vault.yaml are neither those of the one side nor of the other"
        )),
        false => trouble.hint(format!("{} can finish it", names(admitted))),
    }
}
