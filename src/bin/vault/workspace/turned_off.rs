//! A signature that the config turns off: in which steps that is done, and those in which something else changes while there is none.

use vault::{
    accord::Drift,
    config::Environment,
    members::Policy,
    sealed::{TrustError, Verified},
    sops::File,
    vault::CONFIG,
};

use super::{
    Meeting, Trouble, Workspace,
    history::origin,
    stripped::{Before, without_signature},
    trouble::{WHO_TURNED_OFF, signed_again},
};

impl Workspace<'_> {
    /// Refuses to take the signature out of a file that git's history could not vouch for then: the config wants other members, the version
    /// that it has signed last has another policy or data key, or there is another log.
    pub(crate) fn refuse_unsigning(
        &self,
        environment: &Environment,
        verified: &Verified,
    ) -> Result<(), Trouble> {
        let Some(log) = verified.log() else {
            return Ok(());
        };
        refuse_two_steps_in_one(environment, log.policy())?;
        let before = self.signed_before(environment, verified.file())?;
        let (its, others): (Vec<&Before>, Vec<&Before>) =
            before.iter().partition(|it| it.origin() == origin(log));
        if others
            .iter()
            .any(|it| it.environment() == environment.name())
        {
            return Err(other_log(environment));
        }
        let is_committed = |it: &&Before| {
            let policy = it.version.block.log().policy();
            policy.digest() == log.policy().digest() && it.has_entries_of(verified.file())
        };
        match its.is_empty() || its.iter().any(is_committed) {
            true => Ok(()),
            false => Err(not_committed(environment)),
        }
    }

    /// That a file is signed which the config says is not: how a writer turns the signature off, with the steps that come before that.
    pub(super) fn signed_unwanted(
        &self,
        environment: &Environment,
        verified: &Verified,
    ) -> Trouble {
        let trouble = Trouble::of_trust(&TrustError::SignedUnwanted, environment);
        match self.refuse_unsigning(environment, verified) {
            Ok(()) => trouble,
            Err(steps) => Trouble {
                details: [vec![steps.text], steps.details].concat(),
                hints: [vec![WHO_TURNED_OFF.to_owned()], steps.hints].concat(),
                ..trouble
            },
        }
    }

    /// What is to be seen before somebody accepts a file that was signed when it was last used here, and how it is signed again.
    pub(super) fn before_accepted(&self, meeting: Meeting<'_>, trouble: Trouble) -> Trouble {
        let environment = meeting.environment;
        let files = [CONFIG, environment.file().as_str()];
        let files = files.map(|file| self.named_to_git(file.as_ref())).join(" ");
        let trouble = trouble.hint(format!(
            "git log -p -- {files} shows who changed that: ask them, not over the same channel"
        ));
        let before = meeting
            .file
            .map(|file| self.signed_before(environment, file.file()));
        let before = before.and_then(Result::ok).unwrap_or_default();
        let cut_off = meeting
            .file
            .and_then(|file| without_signature(&before, file.file()));
        let trouble = match cut_off {
            Some(same) => trouble.detail(format!(
                "it is what commit {} has signed, without the signature: that takes no key",
                same.at.commit
            )),
            None => trouble,
        };
        let trouble = self.with_signed(trouble, &before, environment);
        trouble.hint(match environment.is_signed() {
            true => signed_again(environment),
            false => format!(
                "vault trust {} accepts what is here from now on",
                environment.name()
            ),
        })
    }

    /// What to type so that a file has the readers that the config lists: `usual`, or the steps for one whose signature was turned off.
    pub(crate) fn ways_into_line(
        &self,
        environment: &Environment,
        file: &File,
        usual: String,
    ) -> Vec<String> {
        self.steps_into_line(environment, file)
            .unwrap_or_else(|| vec![usual])
    }

    /// The steps for a file whose signature was turned off, if that is one.
    pub(super) fn steps_into_line(
        &self,
        environment: &Environment,
        file: &File,
    ) -> Option<Vec<String>> {
        if environment.is_signed() {
            return None;
        }
        let before = self.signed_before(environment, file).ok()?;
        let last = self.last_of(&before, environment)?;
        let then = format!("vault sync {}", environment.name());
        Some(self.steps(environment, last, file, &then))
    }

    /// That the data key and the recipients do not change while there is no signature, and how they do.
    pub(super) fn only_signed(
        &self,
        environment: &Environment,
        before: &Before,
        file: &File,
    ) -> Trouble {
        let name = environment.name();
        let was = match before.environment() {
            was if was == name => String::new(),
            was => format!(" as {was}"),
        };
        let text = format!(
            "{name} was signed{was} in earlier commits: its data key and its recipients change only while it is signed"
        );
        let trouble = Trouble::failed(text).detail(
            "without a signature nothing but these, as the last signed version had them, tells that a writer made the file",
        );
        self.steps(environment, before, file, "type the command again")
            .into_iter()
            .fold(trouble, Trouble::hint)
    }

    /// How something changes that only changes while there is a signature, and how that is turned off again.
    fn steps(
        &self,
        environment: &Environment,
        before: &Before,
        file: &File,
        then: &str,
    ) -> Vec<String> {
        let name = environment.name();
        let foreign = match before.has_readers_of(file) && self.is_of_repository(&before.version) {
            true => "",
            // sops has changed them meanwhile, or the vault was forked.
            false => " --accept-foreign",
        };
        vec![
            format!("vault sign{foreign} {name} turns the signature on; then {then}, and commit"),
            format!(
                "to turn it off again after that commit: `signed: false` in .vault.yaml, and vault sync {name}"
            ),
        ]
    }
}

/// What vouches for a file whose signature was turned off is that it has the data key of its last signed version: that key, and who
/// has it, changes before.
fn refuse_two_steps_in_one(environment: &Environment, policy: &Policy) -> Result<(), Trouble> {
    let drift = Drift::between(policy, environment);
    let changes_members =
        !(drift.added.is_empty() && drift.dropped.is_empty() && drift.changed.is_empty());
    match changes_members {
        false => Ok(()),
        true => Err(
            Trouble::failed("`signed: false` and other members are two steps").hint(format!(
                "take `signed: false` out, run vault sync {}, commit; then turn the signature off",
                environment.name()
            )),
        ),
    }
}

fn not_committed(environment: &Environment) -> Trouble {
    let name = environment.name();
    let text = format!(
        "`signed: false` and other members, layers or data keys of {name} are two steps, and no commit has the first one"
    );
    Trouble::failed(text).hint(format!(
        "take `signed: false` out, and commit; then put it in again, and run vault sync {name}"
    ))
}

fn other_log(environment: &Environment) -> Trouble {
    let text = format!(
        "{} had another membership log in earlier commits: without a signature nothing would tell which of them counts",
        environment.name()
    );
    Trouble::failed(text).hint(
        "take `signed: false` out; vault env rename gives it a name that was never signed before",
    )
}
