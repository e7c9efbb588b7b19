//! How the log of a file stands to the one that a revision has of it.

use vault::{
    config::Environment,
    members::{Log, Policy},
};

use super::{
    super::{Report, Trouble},
    Base,
    findings::{apart, branch, entries, older},
};
use crate::{
    repo::Reach,
    workspace::{Lineal, Workspace, lineage_in, vouched},
};

impl Base<'_> {
    /// Says what a log does beside that of the revision, and what it undoes.
    pub(super) fn compare_logs(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        (then, now): (&Log, &Log),
        report: &mut Report,
    ) {
        if now.holds(then.policy().digest()) {
            report.changes.extend(entries(now.beyond(then).into_iter()));
            return;
        }
        // What cannot be looked at tells nothing.
        let commit = || {
            self.commit_of_branch(workspace, environment, then, now)
                .ok()?
        };
        report
            .troubles
            .push(match then.holds(now.policy().digest()) {
                true => older(environment, then, now),
                false => match commit() {
                    Some(commit) => branch(environment, then, now, &commit),
                    None => apart(environment, now),
                },
            });
    }

    /// The last commit in the history of the revision that has a version from which the log goes on beside what the revision has: that
    /// was put over it.
    fn commit_of_branch(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        then: &Log,
        now: &Log,
    ) -> Result<Option<String>, Trouble> {
        let Some(repo) = self.former.as_ref().or(workspace.repo()?) else {
            return Ok(None);
        };
        let lineal = [Lineal::of(environment, Some(now))];
        for step in lineage_in(repo, Reach::Of(self.revision), &lineal)?.steps {
            let Some(blob) = step.blob else { continue };
            let Some(version) = vouched(repo.version(blob)?) else {
                continue;
            };
            let is_beside =
                |policy: &Policy| now.holds(policy.digest()) && !then.holds(policy.digest());
            if version.policy().is_some_and(is_beside) {
                return Ok(Some(step.commit));
            }
        }
        Ok(None)
    }
}
