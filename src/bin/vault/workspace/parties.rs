//! What is said of the two sides of a merge: whose they are, and what is lost by whoever takes one of them.

use std::path::Path;

use vault::{config::Environment, reconcile::Side, value::EnvName, vault::CONFIG};

use super::{
    Workspace,
    linked::{seen_from, typed_from},
    rivalry::Rivalry,
    vouched,
};
use crate::{
    failure::Failure,
    repo::{Parties, shown},
    shell,
};

impl Workspace<'_> {
    /// Whose the sides are; where git cannot tell, as in a merge.
    fn parties(&self) -> Option<Parties> {
        self.repo().ok().flatten()?.parties().ok()
    }

    /// One of the sides, by whose it is.
    fn party(&self, side: Side) -> &'static str {
        match (self.parties(), side) {
            (Some(parties), Side::Ours) => parties.ours,
            (Some(parties), Side::Theirs) => parties.theirs,
            (None, Side::Ours) => "our side",
            (None, Side::Theirs) => "the other side",
        }
    }

    /// A file of the vault as somebody names it to git where they stand.
    pub(crate) fn named_to_git(&self, file: &Path) -> String {
        match self.repo() {
            Ok(Some(repo)) => repo.named_in(file, self.context().standing()),
            _ => shell::pathspec(&file.to_string_lossy()).into_owned(),
        }
    }

    /// The same as the last commit has it.
    pub(crate) fn named_in_head(&self, file: &Path) -> String {
        let file = self.root().directory().join(file);
        let file = seen_from(self.context().standing(), &file);
        shell::word(&format!("HEAD:./{}", file.to_string_lossy())).into_owned()
    }

    /// The same for a program that takes no patterns.
    pub(crate) fn typed(&self, file: &Path) -> String {
        typed_from(
            self.context().standing(),
            &self.root().directory().join(file),
        )
    }

    /// What somebody types who takes one side of a file, and what is lost by that.
    pub(crate) fn takes(&self, side: Side, path: &Path) -> String {
        let file = self.named_to_git(path);
        let option = option(side);
        let (taken, dropped) = (self.party(side), self.party(side.other()));
        let trusted = self
            .trusts(side, path)
            .map_or_else(String::new, |it| format!("; {it}"));
        format!(
            "git checkout {option} -- {file} and git add {file} take the file as {taken} has it, and drop what {dropped} has changed in it, values and members{trusted}"
        )
    }

    /// What somebody types who takes one side of a file and of the config, for each side that git names, and what is lost by that.
    ///
    /// # Errors
    /// References that cannot be read.
    pub(crate) fn takes_with_config(
        &self,
        path: &Path,
        name: &EnvName,
    ) -> Result<Vec<String>, Failure> {
        let files = [CONFIG.as_ref(), path].map(|file| self.named_to_git(file));
        let theirs = self.own_repo()?.incoming()?.into_iter().next();
        let theirs = theirs.map(|it| (Side::Theirs, shown(&it.theirs).to_owned()));
        let sides = [(Side::Ours, "HEAD".to_owned())].into_iter().chain(theirs);
        let takes = |(side, commit): (Side, String)| {
            format!(
                "git checkout {commit} -- {} takes both files as {} has them, and drops what {} has changed in them, values and members; then finish the merge, and vault trust {name}",
                files.join(" "),
                self.party(side),
                self.party(side.other())
            )
        };
        Ok(sides.map(takes).collect())
    }

    /// What somebody types whose file git has left in the middle of a merge.
    pub(super) fn out_of_a_merge(&self, environment: &Environment) -> Vec<String> {
        let path = Path::new(environment.file().as_str());
        let resolves =
            "vault git resolve brings both sides together, and asks where they contradict each other"
                .to_owned();
        let takes = match self.are_rivals(path) {
            // Under the config of both neither side is vouched for.
            Some(true) => self.takes_with_config(path, environment.name()).ok(),
            _ => None,
        };
        let takes = takes.unwrap_or_else(|| self.takes_file(path));
        [resolves].into_iter().chain(takes).collect()
    }

    /// What somebody types who takes one side of a file alone; git knows of none any more once that is committed.
    fn takes_file(&self, path: &Path) -> Vec<String> {
        if self.unmerged_version(Side::Ours, path).is_none() {
            return Vec::new();
        }
        let file = self.named_to_git(path);
        let (ours, theirs) = (self.party(Side::Ours), self.party(Side::Theirs));
        let mut lines = vec![format!(
            "git checkout --ours -- {file} takes the file as {ours} has it, --theirs as {theirs} has it; then git add {file}: what the other side has changed is dropped, and vault set writes it again"
        )];
        let sides = [Side::Ours, Side::Theirs].into_iter();
        lines.extend(sides.filter_map(|side| self.trusts(side, path)));
        lines
    }

    /// Whether each side of a file has taken out whoever signed the other.
    fn are_rivals(&self, path: &Path) -> Option<bool> {
        let log = |side: Side| {
            let version = vouched(self.unmerged_version(side, path)?)?;
            version.log().cloned()
        };
        let (ours, theirs) = (log(Side::Ours)?, log(Side::Theirs)?);
        Some(Rivalry::between(&ours, &theirs).is_some())
    }

    /// A side of a file that git could not merge.
    fn unmerged_version(&self, side: Side, path: &Path) -> Option<Vec<u8>> {
        let repo = self.repo().ok()??;
        let own = repo.path_at_top(path);
        let conflict = repo.unmerged().ok()?;
        let conflict = conflict.into_iter().find(|file| file.path == own)?;
        let version = match side {
            Side::Ours => conflict.ours,
            Side::Theirs => conflict.theirs,
        };
        repo.version(version?).ok()
    }

    /// What somebody types after they have taken a side that does not follow from what was last used here.
    fn trusts(&self, side: Side, path: &Path) -> Option<String> {
        let name = self.to_be_trusted(path, &self.unmerged_version(side, path)?)?;
        Some(format!(
            "after {} vault trust {name} is needed: that side does not follow from what was last used here",
            option(side)
        ))
    }

    /// Where one's own work is the other side: that it is, for whoever reads of ours and theirs, here and there.
    pub(crate) fn swapped(&self) -> Option<String> {
        let parties = self.parties().filter(|parties| parties.is_swapped)?;
        let Parties { ours, theirs, .. } = parties;
        Some(format!(
            "ours, or here, is {ours}; theirs, or there, is {theirs}"
        ))
    }

    /// How somebody does without the other side.
    pub(crate) fn keeps_ours(&self, environment: &EnvName) -> String {
        let sides = match self.parties().filter(|parties| parties.is_swapped) {
            None => "keeps our side, and gives up what the other one changed".to_owned(),
            Some(Parties { ours, theirs, .. }) => {
                format!("keeps the file as {ours} has it, and gives up what {theirs} has changed")
            }
        };
        format!("vault git resolve {environment} --keep-ours {sides}")
    }
}

/// How git is told which side to take.
fn option(side: Side) -> &'static str {
    match side {
        Side::Ours => "--ours",
        Side::Theirs => "--theirs",
    }
}
