//! Branches.

use git2::ErrorCode;

use super::{Repo, told};
use crate::failure::Failure;

impl Repo {
    /// The default branch of the remote that the current branch follows, else of `origin`, as `origin/main`; `None` where git knows none.
    ///
    /// # Errors
    /// References that cannot be read.
    pub(crate) fn default_branch(&self) -> Result<Option<String>, Failure> {
        let head = self.git.head().ok();
        let upstream = head.and_then(|head| {
            let name = head.name().ok()?.to_owned();
            let remote = self.git.branch_upstream_remote(&name).ok()?;
            remote.as_str().ok().map(str::to_owned)
        });
        let remote = upstream.unwrap_or_else(|| "origin".to_owned());
        let reference = match self
            .git
            .find_reference(&format!("refs/remotes/{remote}/HEAD"))
        {
            Ok(reference) => reference,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(told(&error)),
        };
        let target = reference.symbolic_target().ok().flatten();
        let short = target.and_then(|target| target.strip_prefix("refs/remotes/"));
        Ok(short.map(str::to_owned))
    }
}
