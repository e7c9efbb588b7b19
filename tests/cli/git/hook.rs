//! The hook: where it is put, what it leaves alone, and how it goes.

use std::os::unix::fs::PermissionsExt as _;

use super::pre_commit::{SKIP, hooked, stage};
use crate::{sandbox::Sandbox, team};

const DRIVEN: &str = "vault: nothing to do: git merges and shows secret files by key\n";
const UNDRIVEN: &str = "vault: git of this clone does not call vault any more\n";
const STILL: &str = "vault: git's attributes still ask for vault; no command sets it up here any more, but vault git install does\n";

const HOOK: &str = ".git/hooks/pre-commit";

fn install(sandbox: &Sandbox) -> crate::sandbox::Run<'_> {
    sandbox.vault(["git", "install", "--hook"])
}

fn uninstall(sandbox: &Sandbox) -> crate::sandbox::Run<'_> {
    sandbox.vault(["git", "uninstall"])
}

/// The line that calls this program.
fn line() -> String {
    format!("'{}' git pre-commit || exit", env!("CARGO_BIN_EXE_vault"))
}

#[test]
fn install_writes_a_hook_that_git_runs_and_uninstall_takes_it_away() {
    let sandbox = team::alone();
    install(&sandbox).succeeds().says(&format!(
        "{DRIVEN}vault: git checks every commit of this clone from now on\n"
    ));
    let mode = std::fs::metadata(sandbox.work(HOOK))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o700, 0o700);
    assert!(sandbox.read(HOOK).contains(env!("CARGO_BIN_EXE_vault")));
    install(&sandbox).succeeds().says(&format!(
        "{DRIVEN}vault: nothing to do: git checks every commit\n"
    ));
    let files = || {
        let files = std::fs::read_dir(sandbox.work(".git/hooks")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| !name.ends_with(".sample"))
            .collect::<Vec<_>>()
    };
    assert_eq!(files(), ["pre-commit"]);
    uninstall(&sandbox).succeeds().says(&format!(
        "{UNDRIVEN}vault: git checks no commit of this clone any more\n{STILL}"
    ));
    assert!(files().is_empty());
    uninstall(&sandbox)
        .succeeds()
        .says("vault: nothing to do: git of this clone does not call vault\n");
}

#[test]
fn another_hook_stays_and_the_line_that_calls_vault_from_it_works() {
    let sandbox = team::alone();
    sandbox.commit("start");
    let own = "#!/bin/sh\necho checked by the team >&2\n";
    sandbox.write(HOOK, own);
    sandbox.chmod(HOOK, 0o755);
    install(&sandbox).fails_with(
        2,
        &format!(
            "{DRIVEN}vault: error: another hook is there, and stays: [ROOT][..]/.git/hooks/pre-commit
vault: hint: add this line to it: {}
",
            line()
        ),
    );
    assert_eq!(sandbox.read(HOOK), own);
    sandbox.write(HOOK, format!("{own}{}\n", line()));
    stage(&sandbox, ".env", "A=1\n");
    let out = sandbox
        .git_run(["commit", "--quiet", "--message", "x"])
        .fails(1);
    assert!(
        out.stderr()
            .starts_with("checked by the team\nvault: error: .env: ")
    );
    uninstall(&sandbox).succeeds().says(&format!(
        "{UNDRIVEN}vault: warning: another hook calls vault, and stays: [ROOT][..]/.git/hooks/pre-commit
{STILL}"
    ));
    assert!(sandbox.exists(HOOK));
}

#[test]
fn a_hook_of_ours_that_somebody_has_changed_is_theirs() {
    let sandbox = team::alone();
    install(&sandbox).succeeds();
    let changed = format!("{}echo more\n", sandbox.read(HOOK));
    sandbox.write(HOOK, &changed);
    install(&sandbox).fails(2);
    uninstall(&sandbox).succeeds();
    assert_eq!(sandbox.read(HOOK), changed);
}

#[test]
fn a_hook_of_a_vault_that_lay_elsewhere_is_written_anew() {
    let sandbox = team::alone();
    install(&sandbox).succeeds();
    let text = sandbox.read(HOOK);
    let old = text.replace(env!("CARGO_BIN_EXE_vault"), "/old place/vault");
    sandbox.write(HOOK, old);
    install(&sandbox).succeeds();
    assert_eq!(sandbox.read(HOOK), text);
}

#[test]
fn a_program_that_is_gone_stops_commits_and_says_what_to_do() {
    let sandbox = hooked();
    let text = sandbox.read(HOOK);
    sandbox.write(
        HOOK,
        text.replace(env!("CARGO_BIN_EXE_vault"), "/gone/it is/vault"),
    );
    stage(&sandbox, "file", "x");
    let commit = ["commit", "--quiet", "--message", "x"];
    sandbox.git_run(commit).fails_with(
        1,
        &format!(
            "vault: error: the pre-commit hook finds no program at /gone/it is/vault
vault: hint: vault git install --hook writes the hook anew, with the vault that is typed
{SKIP}"
        ),
    );
    sandbox.git(["commit", "--quiet", "--no-verify", "--message", "x"]);
}

#[test]
fn the_path_of_the_program_may_hold_anything_that_a_shell_minds() {
    let sandbox = hooked();
    let place = sandbox.path("it's $HOME `x` \"q\"/vault");
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    sandbox
        .program(
            "/bin/cp",
            [env!("CARGO_BIN_EXE_vault").as_ref(), place.as_os_str()],
        )
        .succeeds();
    sandbox
        .program(&place, ["git", "install", "--hook"])
        .succeeds();
    stage(&sandbox, ".env", "A=1\n");
    let out = sandbox
        .git_run(["commit", "--quiet", "--message", "x"])
        .fails(1);
    assert!(
        out.stderr().starts_with("vault: error: .env: "),
        "{}",
        out.stderr()
    );
}

#[test]
fn the_folder_that_the_config_of_the_repository_names_is_used() {
    let sandbox = team::alone();
    sandbox.commit("start");
    sandbox.git(["config", "core.hooksPath", "tools/hooks"]);
    install(&sandbox).succeeds().says(&format!(
        "{DRIVEN}vault: warning: git does not ignore [ROOT][..]/tools/hooks/pre-commit, which names this program as it lies on this machine
vault: git checks every commit of this clone from now on
"
    ));
    assert!(!sandbox.exists(HOOK));
    stage(&sandbox, ".env", "A=1\n");
    sandbox
        .git_run(["commit", "--quiet", "--message", "x"])
        .fails(1);
    uninstall(&sandbox).succeeds();
    assert!(!sandbox.exists("tools/hooks/pre-commit"));
}

#[test]
fn a_folder_that_other_repositories_share_is_left_alone() {
    let sandbox = team::alone();
    let config = "[core]\n    hooksPath = ~/hooks\n";
    let of_person = sandbox.write(sandbox.home(".gitconfig"), config);
    let elsewhere = sandbox.write(sandbox.path("elsewhere"), config);
    let refused = |install: crate::sandbox::Run<'_>| {
        install.fails_with(
            2,
            &format!(
                "{DRIVEN}vault: error: core.hooksPath leads to [ROOT]/home/hooks, for other repositories, too
vault: hint: add this line to [ROOT]/home/hooks/pre-commit: {}
vault: hint: git config --local core.hooksPath .git/hooks gives this repository its own
",
                line()
            ),
        );
    };
    refused(install(&sandbox).without("GIT_CONFIG_GLOBAL"));
    std::fs::remove_file(of_person).unwrap();
    refused(install(&sandbox).variable("GIT_CONFIG_GLOBAL", elsewhere));
    let one = install(&sandbox).variable("GIT_CONFIG_COUNT", "1");
    let key = one.variable("GIT_CONFIG_KEY_0", "core.hooksPath");
    refused(key.variable("GIT_CONFIG_VALUE_0", "~/hooks"));
    assert!(!sandbox.exists(sandbox.home("hooks")));
    assert!(!sandbox.exists(HOOK));
}

#[test]
fn all_work_trees_share_one_hook() {
    let sandbox = team::alone();
    sandbox.commit("start");
    let linked = sandbox.path("linked");
    sandbox.git(["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    install(&sandbox).within(&linked).succeeds();
    assert!(sandbox.exists(HOOK));
    stage(&sandbox, ".env", "A=1\n");
    sandbox
        .git_run(["commit", "--quiet", "--message", "x"])
        .fails(1);
}
