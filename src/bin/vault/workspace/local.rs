//! One's own overrides of an environment: a file beside the shared one, encrypted to one person and signed by them, which git must not
//! know of. Whoever commits could put values into a file that is checked out; into one that git ignores nobody can.

use std::{io, path::Path};

use vault::{
    config::{Environment, FilePath, Local},
    keys::{Identity, Member},
    sealed::{Expected, Opened, Sealed, Verified},
    sops::Wanted,
    value::{EnvName, Map, Name},
    vault::{Gone, Shown, Snapshot},
};

use super::{
    Accepted, Trouble, Workspace, accept::values_with, open_with, pattern_of, seen_from, with_lines,
};
use crate::{
    failure::Failure,
    repo::{Exposure, Landing, RULES, Repo},
};

/// The name in the log of somebody for whom neither the environment nor the config has one.
const NAMELESS: &str = "me";

/// Whether one's own overrides count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locals {
    /// They are the highest layer.
    Taken,
    /// They are not even looked at.
    Ignored,
}

/// The local layer of an environment, as the person at work has it or would have it.
pub(crate) struct Own<'w> {
    /// What it lies over.
    pub(super) of: &'w Environment,
    /// What it is itself.
    pub(super) environment: Environment,
    /// Whoever has signed it or will sign it.
    pub(super) identity: &'w Identity,
}

impl Workspace<'_> {
    /// Where the local layer of an environment stands.
    ///
    /// # Errors
    /// The config does not allow one.
    pub(crate) fn local<'w>(&self, environment: &'w Environment) -> Result<&'w Local, Trouble> {
        environment.local().ok_or_else(|| {
            let name = environment.name();
            Trouble::failed(format!(
                ".vault.yaml does not allow overrides of one's own for {name}"
            ))
            .hint(format!(
                "add this line to {name} in .vault.yaml: local: true"
            ))
        })
    }

    /// The local layer of an environment, accepted: git does not know the file, and one of the identities at hand has signed it.
    ///
    /// `None` where none is allowed, or there is no file; that takes one look at the disk.
    ///
    /// # Errors
    /// Everything that is wrong with the file is a matter of trust (3): what it says would win over the values of the team.
    pub(crate) fn accept_own<'w>(
        &'w self,
        environment: &'w Environment,
    ) -> Result<Option<(Own<'w>, Accepted)>, Trouble> {
        let Some((local, accepted)) = self.accept_local(environment)? else {
            return Ok(None);
        };
        let (name, member) = only_member(environment, local, &accepted.verified)?;
        let key = member.writes_with().into_iter();
        let signer = self
            .signing_identity(key)
            .map_err(|trouble| trouble.within(local.file()))?;
        let identity = signer
            .filter(|identity| identity.recipient() == member.reads())
            .ok_or_else(|| self.not_ours(environment, local, name, member))?;
        let own = Own {
            of: environment,
            environment: local.environment(name.clone(), member.clone()),
            identity,
        };
        Ok(Some((own, accepted)))
    }

    /// As `accept_own`, but for the question whose it is: what needs no identity.
    ///
    /// # Errors
    /// As `accept_own`.
    pub(crate) fn accept_local<'w>(
        &self,
        environment: &'w Environment,
    ) -> Result<Option<(&'w Local, Accepted)>, Trouble> {
        let Some(local) = environment.local() else {
            return Ok(None);
        };
        let Some(snapshot) = self.local_file(environment, local)? else {
            return Ok(None);
        };
        self.refuse_known_to_git(environment, local)?;
        let digest = Some(snapshot.digest());
        let verified = self.verify_local(environment, local, snapshot)?;
        only_member(environment, local, &verified)?;
        Ok(Some((local, Accepted { verified, digest })))
    }

    /// The file as it is read; never through a link, which somebody could have committed.
    fn local_file(
        &self,
        environment: &Environment,
        local: &Local,
    ) -> Result<Option<Snapshot>, Trouble> {
        let path = Path::new(local.file().as_str());
        match self.root().directory().join(path).symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Ok(metadata) if metadata.is_symlink() => Err(Trouble::untrusted(format!(
                "{} is a symbolic link, but has to be a file",
                local.file()
            ))
            .hint(format!(
                "take the link away; vault set {} KEY --local makes a file",
                environment.name()
            ))),
            // Whatever else is wrong is told by the usual rules of paths.
            _ => Ok(Some(self.root().read(path)?)),
        }
    }

    /// Refuses a file that is committed, about to be, or could be by accident.
    fn refuse_known_to_git(&self, environment: &Environment, local: &Local) -> Result<(), Trouble> {
        let (landing, repo) = self.around_local(local)?;
        let Some(repo) = repo else { return Ok(()) };
        let exposure = repo.exposure(&landing, self.context().git_config())?;
        let quoted = self.named_to_git(local.file().as_str().as_ref());
        let (text, hint) = match exposure {
            Exposure::Tracked(_) => (
                "git tracks it, so it may hold what others have put there",
                format!("git rm --cached -- {quoted} takes it out of git; commit that"),
            ),
            Exposure::NotIgnored(_) => (
                "git does not ignore it, so it could be committed one day",
                format!(
                    "add this line to {}: {}",
                    Shown(&seen_from(
                        self.context().standing(),
                        &self.root().directory().join(RULES)
                    )),
                    pattern_of(local.file())
                ),
            ),
            Exposure::None if repo.is_in_head(&landing)? => (
                "the last commit holds it, so it may hold what others have put there",
                "commit that it is gone".to_owned(),
            ),
            Exposure::None => return Ok(()),
        };
        let trouble = Trouble::untrusted(text).within(local.file()).hint(hint);
        Err(trouble.hint(without(environment)))
    }

    fn around_local(&self, local: &Local) -> Result<(Landing, Option<Repo>), Trouble> {
        let path = self.root().directory().join(local.file().as_str());
        let landing = Landing::of(&path)
            .map_err(|error| Trouble::failed(error.to_string()).within(local.file()))?;
        let repo = Repo::around(&landing)?;
        Ok((landing, repo))
    }

    fn exposure_of(
        &self,
        landing: &Landing,
        repo: Option<&Repo>,
    ) -> Result<Option<Exposure>, Failure> {
        let variables = self.context().git_config();
        repo.map(|repo| repo.exposure(landing, variables))
            .transpose()
    }

    fn verify_local(
        &self,
        environment: &Environment,
        local: &Local,
        snapshot: Snapshot,
    ) -> Result<Verified, Trouble> {
        let refused = |text: String| of_others(environment, local, &text);
        let repository = self.config().repository().ok_or_else(|| {
            refused("the file is signed, but .vault.yaml has no `repository`".to_owned())
        })?;
        let expected = Expected {
            repository: repository.as_str(),
            environment: local.name(),
            signed: true,
        };
        Sealed::from_vec(snapshot.into_bytes())
            .map_err(|error| refused(error.to_string()))?
            .verify(&expected)
            .map_err(|error| refused(error.to_string()))
    }

    /// That nobody here has signed it: a colleague, a stranger, or oneself with an identity that is gone.
    fn not_ours(
        &self,
        environment: &Environment,
        local: &Local,
        name: &Name,
        member: &Member,
    ) -> Trouble {
        let text = format!(
            "signed by {name} ({}), which is no identity of yours",
            member.fingerprint()
        );
        let mut trouble = of_others(environment, local, &text);
        let tried = self.context().identities().tried();
        if tried.is_empty() {
            // Without any identity nothing speaks against it, either.
            trouble.exit = crate::failure::Exit::Failed;
            trouble = trouble.detail("there is no identity on this machine");
        }
        tried.iter().fold(trouble, |trouble, identity| {
            trouble.detail(format!("tried {identity}"))
        })
    }

    /// Makes sure that git will ignore the local layer, before there is one: adds a line to `.gitignore` where it is needed, and says so.
    ///
    /// # Errors
    /// Git tracks the file (3); another rule brings it back, or `.gitignore` cannot be written (2).
    pub(crate) fn keep_from_git(&self, environment: &Environment) -> Result<(), Trouble> {
        let local = self.local(environment)?;
        let is_ignored = |workspace: &Self| -> Result<bool, Trouble> {
            let (landing, repo) = workspace.around_local(local)?;
            let exposure = workspace.exposure_of(&landing, repo.as_ref())?;
            Ok(!matches!(exposure, Some(Exposure::NotIgnored(_))))
        };
        if !is_ignored(self)? {
            self.save_lines(|root| with_lines(root, RULES, [pattern_of(local.file())]))?;
            let terminal = self.context().terminal();
            terminal.say(format!(
                ".gitignore: git ignores {} from now on",
                local.file()
            ));
            if !is_ignored(self)? {
                return Err(Trouble::failed(format!(
                    "git does not ignore {}: another rule brings it back",
                    local.file()
                ))
                .hint(format!(
                    "git check-ignore --verbose --no-index -- {} shows which",
                    self.typed(local.file().as_str().as_ref())
                )));
            }
        }
        self.refuse_known_to_git(environment, local)
    }

    /// The local layer, to be written: as it is, or for whoever opens the environment.
    ///
    /// # Errors
    /// As `accept_own`; the environment is not accepted, or no identity at hand opens it.
    pub(crate) fn own<'w>(
        &'w self,
        environment: &'w Environment,
    ) -> Result<(Own<'w>, Option<Accepted>), Trouble> {
        let local = self.local(environment)?;
        if let Some((own, accepted)) = self.accept_own(environment)? {
            return Ok((own, Some(accepted)));
        }
        let below = self.accept_existing(environment)?.verified;
        let identity = self
            .opener(&below)?
            .ok_or_else(|| self.nobody_opens(environment, &below))?;
        let own = Own {
            of: environment,
            environment: local.environment(self.name_of(identity, &below), identity.member()),
            identity,
        };
        Ok((own, None))
    }

    /// The local layer, where there has to be one.
    ///
    /// # Errors
    /// As `accept_own`; there is none, or none is allowed.
    pub(crate) fn existing_own<'w>(
        &'w self,
        environment: &'w Environment,
    ) -> Result<(Own<'w>, Accepted), Trouble> {
        let local = self.local(environment)?;
        self.accept_own(environment)?
            .ok_or_else(|| nothing_local(environment, local))
    }

    /// Takes the file of a local layer away, whoever has signed it; returns which.
    ///
    /// # Errors
    /// There is none, or none is allowed: then the path could be that of another environment.
    pub(crate) fn drop_local<'w>(
        &self,
        environment: &'w Environment,
    ) -> Result<&'w FilePath, Trouble> {
        let local = self.local(environment)?;
        let file = self.local_file(environment, local)?;
        let file = file.ok_or_else(|| nothing_local(environment, local))?;
        let gone = Gone {
            path: local.file().as_str().into(),
            expected: file.digest(),
        };
        self.store()?.save_and_remove(&[], &[gone])?;
        Ok(local.file())
    }

    /// Takes the file of a local layer away whose environment the config no longer names, for it was removed or has another name now.
    ///
    /// # Errors
    /// There is none; it is not one of that environment, another one has it, or git tracks it.
    pub(crate) fn drop_orphan(&self, name: &EnvName) -> Result<FilePath, Failure> {
        let unknown = || self.environment(name).map(|_| ());
        let Some(local) = Local::orphaned(name) else {
            return Err(unknown().expect_err("only what the config does not name is an orphan"));
        };
        let file = local.file();
        let is_taken = self.config().environments().any(|other| {
            let files = [Some(other.file()), other.local().map(Local::file)];
            let mut files = files.into_iter().flatten();
            files.any(|other| other.folded() == file.folded())
        });
        let path = Path::new(file.as_str());
        let place = self
            .root()
            .resolve(path)
            .map_err(|error| Failure::because(&error))?;
        if is_taken || !place.exists() {
            unknown()?;
        }
        let (landing, repo) = self.around_local(&local)?;
        let exposure = self.exposure_of(&landing, repo.as_ref())?;
        let snapshot = self.root().read(path).map_err(Trouble::from)?;
        if place.is_link()
            || matches!(exposure, Some(Exposure::Tracked(_)))
            || !is_own_of(&snapshot, local.name())
        {
            let text = format!("{file} is not what vault set {name} --local has written");
            return Err(Failure::new(text).hint("look at it, and remove it yourself"));
        }
        let gone = Gone {
            path: path.to_owned(),
            expected: snapshot.digest(),
        };
        let store = self.store()?;
        store.save_and_remove(&[], &[gone]).map_err(Trouble::from)?;
        Ok(local.file().clone())
    }

    /// What becomes of the local layer when its environment goes, or becomes another one; `None` where there is none.
    pub(crate) fn left_behind(
        &self,
        environment: &Environment,
        becomes: Option<&Environment>,
    ) -> Option<String> {
        let local = environment.local()?;
        let path = self.root().directory().join(local.file().as_str());
        path.symlink_metadata().ok()?;
        let file = local.file();
        let lies_there = |other: &Local| other.file() == file;
        let stays = becomes.filter(|other| other.local().is_some_and(lies_there));
        let command = match stays {
            Some(other) => format!("vault unset {} --local --all", other.name()),
            None if Local::orphaned(environment.name())
                .as_ref()
                .is_some_and(lies_there) =>
            {
                format!("vault unset {} --local --all", environment.name())
            }
            None => format!("rm {}", self.typed(file.as_str().as_ref())),
        };
        Some(format!(
            "{file} stays, and counts nowhere then: your own overrides ({command} takes them away)"
        ))
    }

    /// What the environment, or else the config, calls somebody.
    fn name_of(&self, identity: &Identity, below: &Verified) -> Name {
        let is_own = |(_, member): &(&Name, &Member)| member.reads() == identity.recipient();
        let in_log = below
            .policy()
            .and_then(|policy| policy.members().find(is_own));
        let known = in_log.or_else(|| self.config().members().iter().find(is_own));
        known.map_or_else(
            || NAMELESS.parse().expect("a valid name"),
            |(name, _)| name.clone(),
        )
    }
}

impl Own<'_> {
    /// What it is as an environment.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Opens the file.
    ///
    /// # Errors
    /// A value that is not what it must be.
    pub(crate) fn open(&self, accepted: Accepted) -> Result<Opened, Trouble> {
        open_with(accepted.verified, self.identity)
            .map_err(|trouble| trouble.within(self.environment.file()))
    }

    /// As `open`, where only values are wanted.
    pub(super) fn values(&self, accepted: Accepted, wanted: Wanted<'_>) -> Result<Map, Trouble> {
        values_with(accepted.verified, self.identity, wanted)
            .map_err(|trouble| trouble.within(self.environment.file()))
    }
}

/// The one member of the log; there is nobody else in it, and nothing below.
fn only_member<'v>(
    environment: &Environment,
    local: &Local,
    verified: &'v Verified,
) -> Result<(&'v Name, &'v Member), Trouble> {
    let policy = verified.policy();
    let alone = policy.filter(|policy| policy.extends().is_empty() && policy.members().len() == 1);
    alone
        .and_then(|policy| policy.members().next())
        .ok_or_else(|| of_others(environment, local, "it is not for one person alone"))
}

/// That a local layer is not what the person at work has made for this place.
fn of_others(environment: &Environment, local: &Local, text: &str) -> Trouble {
    let name = environment.name();
    Trouble::untrusted(text)
        .within(local.file())
        .hint(format!(
            "vault unset {name} --local --all takes the file away"
        ))
        .hint(without(environment))
}

/// Whether a file says that it is a local layer of this name; whoever signed it.
fn is_own_of(snapshot: &Snapshot, name: &EnvName) -> bool {
    let sealed = Sealed::parse(snapshot.bytes()).ok();
    let block = sealed.as_ref().and_then(Sealed::block);
    block.is_some_and(|block| block.log().policy().environment() == name)
}

fn nothing_local(environment: &Environment, local: &Local) -> Trouble {
    let text = format!(
        "there is nothing local to {}: no file {}",
        environment.name(),
        local.file()
    );
    Trouble::failed(text)
}

fn without(environment: &Environment) -> String {
    format!(
        "vault get, list, render and run {} --no-local go on without it",
        environment.name()
    )
}
