//! The `.sops.yaml` that sops takes the recipients of new files from, beside or above the files of a vault.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use vault::{
    adoption::{SOPS_CONFIG, SopsConfig},
    config::Environment,
    keys::Member,
    vault::{Shown, read},
};

use super::{Workspace, linked::seen_from};
use crate::context::work_tree_of;

impl Workspace<'_> {
    /// Those that name a key of somebody, as they are seen from where the person stands, up to the top of the work tree. One that cannot be
    /// read stops sops, too: it gives nobody anything.
    pub(crate) fn rules_of_sops_with<'e>(
        &self,
        member: &Member,
        environments: impl Iterator<Item = &'e Environment>,
    ) -> Vec<String> {
        let root = self.root().directory();
        let top = work_tree_of(root).unwrap_or_else(|| root.to_owned());
        let files = environments.map(|environment| root.join(environment.file().as_str()));
        let folders: BTreeSet<PathBuf> =
            files.flat_map(|file| folders_above(&file, &top)).collect();
        let rules = folders.iter().map(|folder| folder.join(SOPS_CONFIG));
        let naming = rules.filter(|file| rules_in(file).is_some_and(|rules| rules.names(member)));
        let standing = self.context().standing();
        naming
            .map(|file| Shown(&seen_from(standing, &file)).to_string())
            .collect()
    }
}

fn folders_above(file: &Path, top: &Path) -> Vec<PathBuf> {
    let above = file.ancestors().skip(1);
    let inside = above.take_while(|folder| folder.starts_with(top));
    inside.map(Path::to_owned).collect()
}

fn rules_in(file: &Path) -> Option<SopsConfig> {
    SopsConfig::parse(read(file).ok()?.text().ok()?).ok()
}
