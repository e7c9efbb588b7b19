//! The framework of pre-commit.com, which takes the hook from `.pre-commit-hooks.yaml` of this repository.

use std::path::Path;

use super::pre_commit::{SKIP, TOKEN, UNSTAGE, hooked, stage};
use crate::{peers, sandbox::Sandbox};

/// A Python that has it.
fn python(sandbox: &Sandbox) -> Option<std::path::PathBuf> {
    let python = peers::python()?;
    let has_it = sandbox.program(&python, ["-c", "import pre_commit"]).run();
    if has_it.code() != 0 {
        peers::skip("python3 has no pre-commit");
        return None;
    }
    Some(python)
}

/// What the repository of vault has for it, as a repository that can be cloned, and its commit.
fn published() -> (Sandbox, String) {
    let sandbox = Sandbox::with_git();
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    sandbox.write(
        ".pre-commit-hooks.yaml",
        std::fs::read(hooks).expect("a file of ours"),
    );
    sandbox.commit("hooks");
    let commit = sandbox.git(["rev-parse", "HEAD"]);
    (sandbox, commit.trim().to_owned())
}

#[test]
fn the_framework_runs_the_hook_before_each_way_to_commit() {
    let sandbox = hooked();
    let Some(python) = python(&sandbox) else {
        return;
    };
    let (hooks, commit) = published();
    sandbox.vault(["git", "uninstall"]).succeeds();
    let program = Path::new(env!("CARGO_BIN_EXE_vault"));
    let folder = program.parent().expect("a folder").display();
    sandbox.set("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"));
    let url = hooks.work("").display().to_string();
    stage(
        &sandbox,
        ".pre-commit-config.yaml",
        format!("repos:\n  - repo: {url}\n    rev: {commit}\n    hooks:\n      - id: vault\n"),
    );
    sandbox
        .program(&python, ["-m", "pre_commit", "install"])
        .succeeds();
    sandbox.git(["commit", "--quiet", "--message", "the framework"]);
    stage(&sandbox, "file", TOKEN);
    let said = format!(
        "- hook id: vault\n- exit code: 1\n\nvault: error: file:1:1: holds the value of API_TOKEN in dev\n{UNSTAGE}{SKIP}"
    );
    for arguments in [&["--message", "x"][..], &["--all", "--message", "x"]] {
        let commit = ["commit", "--quiet"].iter().chain(arguments);
        let out = sandbox.git_run(commit).fails(1);
        let all = format!("{}{}", out.stdout(), out.stderr());
        assert!(all.contains(&said), "{all}");
    }
    stage(&sandbox, "file", "harmless");
    sandbox.git(["commit", "--quiet", "--message", "x"]);
}

#[test]
fn vault_leaves_the_hook_of_the_framework_alone() {
    let sandbox = hooked();
    let Some(python) = python(&sandbox) else {
        return;
    };
    sandbox.vault(["git", "uninstall"]).succeeds();
    stage(&sandbox, ".pre-commit-config.yaml", "repos: []\n");
    sandbox
        .program(&python, ["-m", "pre_commit", "install"])
        .succeeds();
    let before = sandbox.read(".git/hooks/pre-commit");
    sandbox.vault(["git", "install", "--hook"]).fails(2);
    sandbox.vault(["git", "uninstall"]).succeeds();
    assert_eq!(sandbox.read(".git/hooks/pre-commit"), before);
}
