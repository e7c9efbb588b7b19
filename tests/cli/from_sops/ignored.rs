//! Files of sops that git knows or would take, and no others.

use std::fs;

use crate::{sandbox::Sandbox, team};

const SEALED: &str = "sops/made/types/enc.yaml";

#[test]
fn files_are_those_that_git_knows_or_would_take() {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    for path in [
        "tracked/a.yaml",
        "tracked/not.yaml",
        "a.yaml",
        "folder/deep/a.yaml",
        "folder/deep/not.yaml",
        "folder/back.yaml",
        "here/not.yaml",
        "inner/a.yaml",
        "inner/.git/a.yaml",
        "out/a.yaml",
        "tab.yaml",
    ] {
        sandbox.copy(SEALED, path);
    }
    // A form feed keeps libgit2 busy for ever, and to it the line with a tab is that without.
    sandbox.write(".gitignore", "\x0c\n\n \x0c\nnot.yaml\ntab.yaml\t\nout/\n");
    sandbox.write(
        "folder/.gitignore",
        "*.yaml\n!back.yaml\n!deep/\n!deep/a.yaml\n",
    );
    sandbox.write(".git/info/exclude", "/here/\n");
    sandbox.git(["add", "--force", "tracked"]);
    fs::remove_dir_all(sandbox.work("inner/.git")).unwrap();
    sandbox.git(["init", "--quiet", "inner"]);
    let known = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let known = sandbox.git(known);
    let mut known: Vec<&str> = known
        .lines()
        .filter(|path| path.ends_with("yaml"))
        .collect();
    known.sort_unstable();
    let expected = [
        "a.yaml",
        "folder/back.yaml",
        "folder/deep/a.yaml",
        "tab.yaml",
        "tracked/a.yaml",
        "tracked/not.yaml",
    ];
    assert_eq!(known, expected);
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    let found = config
        .lines()
        .filter_map(|line| line.trim().strip_prefix("file: "));
    let mut found: Vec<&str> = found.collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}
