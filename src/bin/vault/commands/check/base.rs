//! What a change does to the members of a vault, compared with a revision that was reviewed before: for pull requests.
//!
//! Files of the revision are read where its own config has them, under its own names.

mod findings;
mod logs;

use std::path::Path;

use vault::{
    config::{Config, Environment, Former},
    keys::Member,
    known::Circle,
    members::{Entry, Log, Relation},
    sealed::{Expected, Sealed, Verified},
    value::Name,
};

use super::{Report, Trouble, uncovered::config_at};
use crate::{
    failure::Failure,
    repo::{Reach, Repo},
    workspace::{LINK_IN_GIT, Lineal, Meeting, Workspace, lineage_in},
};
pub(super) use findings::taken_away;
use findings::{entries, names, stripped, unsigned, usurped};

/// The vault as a revision has it.
pub(super) struct Base<'r> {
    revision: &'r str,
    /// The repository as it is looked at from the folder where the revision has the vault, if that is another one.
    former: Option<Repo>,
    /// `None` where the revision has no vault.
    config: Option<Config>,
    environments: Vec<Before>,
}

/// An environment of the revision, with its file.
struct Before {
    environment: Environment,
    file: File,
}

enum File {
    Missing,
    /// Not what the revision's own config expects, for this reason.
    Bad(String),
    Good {
        bytes: Vec<u8>,
        verified: Box<Verified>,
    },
}

impl<'r> Base<'r> {
    /// Reads everything that the revision has.
    ///
    /// # Errors
    /// No git, no such revision, or a config in it that is not valid.
    pub(super) fn of(workspace: &Workspace<'_>, revision: &'r str) -> Result<Self, Failure> {
        let Some(repo) = workspace.repo()? else {
            return Err(Failure::new("--base needs a git repository"));
        };
        let mut base = Base {
            revision,
            former: None,
            config: config_at(repo, revision)?,
            environments: Vec::new(),
        };
        if base.config.is_none()
            && let Some(former) = workspace.former_at(repo, revision)?
        {
            base.config = config_at(&former, revision)?;
            base.former = Some(former);
        }
        base.environments = base.read(repo)?;
        Ok(base)
    }

    /// The environments of the revision's config, where it has one.
    fn read(&self, repo: &Repo) -> Result<Vec<Before>, Failure> {
        let (repo, revision) = (self.former.as_ref().unwrap_or(repo), self.revision);
        let Some(config) = &self.config else {
            return Ok(Vec::new());
        };
        let mut environments = Vec::new();
        for environment in config.environments() {
            let path = Path::new(environment.file().as_str());
            let file = match repo.file_at(revision, path)? {
                _ if repo.has_link_at(revision, path)? => File::Bad(LINK_IN_GIT.to_owned()),
                None => File::Missing,
                Some(bytes) => read(config, environment, bytes),
            };
            environments.push(Before {
                environment: environment.clone(),
                file,
            });
        }
        Ok(environments)
    }

    /// Whether the revision has a file of an environment.
    pub(super) fn has_file(&self, environment: &Environment) -> bool {
        let before = self.before(environment);
        before.is_some_and(|before| !matches!(before.file, File::Missing))
    }

    fn before(&self, environment: &Environment) -> Option<&Before> {
        let mut all = self.environments.iter();
        all.find(|before| before.environment.name() == environment.name())
    }

    /// The environment of the revision that a file goes on with: that of its name, or that from which it was renamed.
    fn origin(&self, environment: &Environment, log: Option<&Log>) -> Option<&Before> {
        self.before(environment).or_else(|| {
            let log = log?;
            let is_one = |before: &&Before| {
                let then = before.verified().and_then(Verified::log);
                then.is_some_and(|then| log.relation_to(then) != Relation::Apart)
            };
            self.environments.iter().find(is_one)
        })
    }

    /// Says what is otherwise than in the revision, and what does not follow from it.
    pub(super) fn compare(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        now: &Verified,
        report: &mut Report,
    ) {
        self.compare_repository(workspace, environment, report);
        self.compare_default(workspace, environment, report);
        let Some(before) = self.origin(environment, now.log()) else {
            return self.tell_new(workspace, environment, now, report);
        };
        if before.environment.name() != environment.name() {
            let renamed = format!("~ was called {}", before.environment.name());
            report.changes.push(renamed);
        }
        match &before.file {
            File::Missing => self.tell_new(workspace, environment, now, report),
            File::Bad(reason) => {
                let text = format!(
                    "{} of the revision to compare with is not accepted itself: {reason}",
                    before.environment.name()
                );
                report.troubles.push(Trouble::untrusted(text));
            }
            File::Good { bytes, verified } => {
                let back = self.taken_back(workspace, before, environment, now);
                report.troubles.extend(back);
                match (verified.log(), now.log()) {
                    (Some(then), Some(log)) => {
                        self.compare_logs(workspace, environment, (then, log), report)
                    }
                    (Some(_), None) => report.troubles.push(unsigned(environment)),
                    (None, Some(log)) => {
                        report
                            .changes
                            .push("~ is signed now, and was not".to_owned());
                        report.changes.extend(entries(log.entries().iter()));
                    }
                    (None, None) => {
                        let then = workspace.readers(&before.environment, verified);
                        let here = workspace.readers(environment, now);
                        report.changes.extend(names(&then, &here));
                    }
                }
                let older = self.older_content(workspace, environment, bytes, now);
                match older {
                    Ok(line) => report.changes.extend(line),
                    Err(trouble) => report.troubles.push(trouble),
                }
            }
        }
    }

    fn compare_repository(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        report: &mut Report,
    ) {
        let then = self.config.as_ref().and_then(Config::repository);
        if let Some(then) = then
            && Some(then) != workspace.config().repository()
        {
            let text = format!(
                "{}: `repository` is another one than in the revision to compare with",
                environment.name()
            );
            let hint = "git log -p .vault.yaml shows who changed it";
            report.troubles.push(Trouble::untrusted(text).hint(hint));
        }
    }

    /// The default is what whoever names no environment works with, and giving it to another one takes no key.
    fn compare_default(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        report: &mut Report,
    ) {
        let Some(config) = &self.config else { return };
        let then = config.default_environment();
        let now = workspace.config().default_environment();
        if now == Some(environment.name()) && now != then {
            let was = then.map_or(String::new(), |then| format!(", which was {then}"));
            report.changes.push(format!("~ is the default{was}"));
        }
    }

    /// A removal that the revision has as pending is carried out, or still pending; whoever takes it back needs no key.
    fn taken_back(
        &self,
        workspace: &Workspace<'_>,
        before: &Before,
        environment: &Environment,
        now: &Verified,
    ) -> Option<Trouble> {
        let is_still_there = |(name, former): &(&Name, &Former)| {
            let key = former.key.reads().to_string();
            let reads = now
                .recipients()
                .any(|recipient| recipient.starts_with(&key));
            let mut pending = workspace.config().pending_removals(environment.name());
            let is_pending =
                pending.any(|(who, _)| who == *name) && !environment.readers().contains_key(*name);
            reads && !is_pending && !was_taken_out(before, now, name, &former.key)
        };
        let pending = self
            .config
            .as_ref()?
            .pending_removals(before.environment.name());
        let back: Vec<&str> = pending
            .filter(is_still_there)
            .map(|(name, _)| name.as_str())
            .collect();
        if back.is_empty() {
            return None;
        }
        let (name, who) = (environment.name(), back.join(", "));
        let text = format!(
            "{name}: that {who} left was still to be carried out in the revision to compare with; it is not, and .vault.yaml takes it back"
        );
        Some(
            Trouble::untrusted(text)
                .hint("git log -p .vault.yaml shows who changed it: that takes no key")
                .hint(format!(
                    "vault recipients remove {} carries it out",
                    back[0]
                )),
        )
    }

    fn tell_new(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        now: &Verified,
        report: &mut Report,
    ) {
        match now.log() {
            Some(log) => {
                report.changes.push(self.new_line(log));
                report.changes.extend(entries(log.entries().iter()));
                let meeting = Meeting::of(environment, now);
                let reach = Reach::Of(self.revision);
                let older = workspace.refuse_superseded_in(reach, meeting).err();
                report.troubles.extend(older);
                let gone = self.signed_and_gone(workspace);
                let gone = gone.filter(|_| !self.circle(workspace).vouches_for(log));
                report
                    .troubles
                    .extend(gone.map(|gone| usurped(environment, log, gone.environment.name())));
            }
            None => {
                report
                    .changes
                    .push("+ a new environment, not signed".to_owned());
                let readers = workspace.readers(environment, now);
                report.changes.extend(names(&[], &readers));
                let twin = self.signed_and_gone(workspace);
                report
                    .troubles
                    .extend(twin.map(|gone| stripped(environment, gone.environment.name())));
            }
        }
    }

    /// That an environment is new; and who has begun it, if the revision knows nobody of that key.
    fn new_line(&self, log: &Log) -> String {
        let plain = "+ a new environment".to_owned();
        let (Some(first), Some(state)) = (log.entries().first(), log.states().first()) else {
            return plain;
        };
        let founder = state.member(first.by());
        let is_listed = founder.is_some_and(|founder| self.people().has(founder));
        match self.members().next().is_none() || is_listed {
            true => plain,
            false => format!(
                "{plain}, begun by {}, whom no environment there lists with that key",
                first.by()
            ),
        }
    }

    /// Everybody whom a log of the revision lists, to ask whom they vouch for.
    pub(super) fn people(&self) -> Circle {
        Circle::of(self.members())
    }

    fn members(&self) -> impl Iterator<Item = &Member> {
        let verified = self.environments.iter().filter_map(Before::verified);
        let policies = verified.filter_map(Verified::policy);
        policies.flat_map(|policy| policy.members().map(|(_, member)| member))
    }

    /// The same, and whoever came in by what goes on from those logs, or by what they vouch for.
    fn circle(&self, workspace: &Workspace<'_>) -> Circle {
        let logs = workspace.logs();
        let here = logs.here();
        let policies = || self.environments.iter().filter_map(Before::verified);
        let goes_on = |log: &Log| {
            let mut policies = policies().filter_map(Verified::policy);
            policies.any(|policy| log.holds(policy.digest()))
        };
        let on = here.iter().filter(|(_, log)| goes_on(log));
        let joined = on.flat_map(|(_, log)| log.policy().members().map(|(_, member)| member));
        let mut circle = Circle::of(self.members().chain(joined));
        circle.grow(&here);
        circle
    }

    /// A signed environment that the config has no more: what is new and not signed may be that one without its signature.
    fn signed_and_gone(&self, workspace: &Workspace<'_>) -> Option<&Before> {
        let here: Vec<&Environment> = workspace.config().environments().collect();
        let is_signed = |before: &&Before| before.verified().is_some_and(|it| it.log().is_some());
        let is_gone = |before: &&Before| {
            workspace
                .config()
                .environment(before.environment.name())
                .is_err()
                && !self.is_renamed(workspace, before, &here)
        };
        self.environments
            .iter()
            .find(|before| is_signed(before) && is_gone(before))
    }

    /// That the content is one that the history of the revision has left behind.
    fn older_content(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        then: &[u8],
        now: &Verified,
    ) -> Result<Option<String>, Trouble> {
        let text = now.file().document().to_text();
        if text.as_bytes() == then {
            return Ok(None);
        }
        let lineal = [Lineal::of(environment, now.log())];
        let Some(repo) = self.former.as_ref().or(workspace.repo()?) else {
            return Ok(None);
        };
        let lineage = lineage_in(repo, Reach::Of(self.revision), &lineal)?;
        let id = repo.id_of(text.as_bytes())?;
        let found = lineage.steps.iter().find(|step| step.blob == Some(id));
        Ok(found.map(|step| {
            let author = workspace.context().terminal().one_line(&step.author);
            format!(
                "! older content: the file is that of commit {} by {author}; what was changed since then is undone",
                step.commit
            )
        }))
    }

    /// What the revision has and the work tree does not.
    pub(super) fn gone(&self, workspace: &Workspace<'_>) -> Vec<Report> {
        let here: Vec<&Environment> = workspace.config().environments().collect();
        let is_here = |before: &&Before| {
            let has_its_name =
                |environment: &&Environment| environment.name() == before.environment.name();
            here.iter().any(has_its_name) || self.is_renamed(workspace, before, &here)
        };
        let gone = self.environments.iter().filter(|before| !is_here(before));
        gone.map(|before| removed(&before.environment)).collect()
    }

    fn is_renamed(
        &self,
        workspace: &Workspace<'_>,
        before: &Before,
        here: &[&Environment],
    ) -> bool {
        let goes_on = |environment: &&&Environment| {
            let accepted = workspace.accept(environment).ok().flatten();
            let origin = accepted
                .as_ref()
                .and_then(|accepted| self.origin(environment, accepted.verified.log()));
            origin.is_some_and(|origin| std::ptr::eq(origin, before))
        };
        here.iter().any(|environment| goes_on(&environment))
    }
}

/// That an environment of the revision is gone.
pub(super) fn removed(environment: &Environment) -> Report {
    let mut report = Report::of(environment.name());
    report.state = "removed".to_owned();
    let readers: Vec<&str> = environment.readers().keys().map(Name::as_str).collect();
    report.changes.push(format!(
        "- the environment is gone; it was read by {}",
        readers.join(", ")
    ));
    report
}

impl Before {
    fn verified(&self) -> Option<&Verified> {
        match &self.file {
            File::Good { verified, .. } => Some(verified),
            File::Missing | File::Bad(_) => None,
        }
    }
}

/// Whether the log has an entry since then that takes somebody out, also if they are in again.
fn was_taken_out(before: &Before, now: &Verified, name: &Name, key: &Member) -> bool {
    let then = before.verified().and_then(Verified::log);
    let is_new = |entry: &&Entry| then.is_none_or(|then| !then.holds(entry.digest()));
    let entries = now.log().map(Log::entries).unwrap_or_default();
    let mut new = entries.iter().filter(is_new);
    new.any(|entry| {
        entry.removed().any(|other| other == name)
            || entry
                .replaced()
                .any(|(other, member)| other == name && member.reads() != key.reads())
    })
}

fn read(config: &Config, environment: &Environment, bytes: Vec<u8>) -> File {
    let expected = Expected {
        repository: config.repository().map_or("", |id| id.as_str()),
        environment: environment.name(),
        signed: environment.is_signed(),
    };
    let sealed = match Sealed::parse(&bytes) {
        Ok(sealed) => sealed,
        Err(error) => return File::Bad(error.to_string()),
    };
    match sealed.verify(&expected) {
        Ok(verified) => File::Good {
            bytes,
            verified: Box::new(verified),
        },
        Err(error) => File::Bad(error.to_string()),
    }
}
