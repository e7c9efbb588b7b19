use std::os::unix::fs::symlink;

use super::{is_clean, team_of_three};
use crate::team;

#[test]
fn config_and_file_go_together_and_what_git_holds_is_said() {
    let sandbox = team_of_three();
    let before = sandbox.read(".vault.yaml");
    sandbox.vault(["env", "remove", "prod"]).fails_with(
        2,
        "vault: prod (deploy/prod.yaml) goes:
vault:   1 key, readable by alice, ci
vault:   git's history keeps 1 version of it: whoever could read it then still can; change the values where they are used
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
",
    );
    assert_eq!(sandbox.read(".vault.yaml"), before);
    sandbox.vault(["set", "prod", "Q", "1"]).succeeds();
    sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds_with("").says(
        "vault: prod (deploy/prod.yaml) goes:
vault:   2 keys, readable by alice, ci
vault:   the file as it is now is in no commit: what only it holds is lost for good
vault:   git's history keeps 1 version of it: whoever could read it then still can; change the values where they are used
vault: removed prod; next: commit
",
    );
    assert!(!sandbox.exists("deploy/prod.yaml"));
    let end = before.find("    prod:\n").unwrap();
    assert_eq!(sandbox.read(".vault.yaml"), before[..end]);
    is_clean(&sandbox);
}

#[test]
fn what_git_holds_under_a_former_name_is_said_too() {
    let sandbox = team_of_three();
    sandbox.vault(["set", "dev", "A", "second"]).succeeds();
    sandbox.git(["commit", "-qam", "another value"]);
    sandbox
        .vault(["env", "rename", "dev", "work", "--yes"])
        .succeeds();
    let plan = |lines: &str| {
        sandbox.vault(["env", "remove", "work"]).fails_with(
            2,
            &format!(
                "vault: work (secrets/work.yaml) goes:
vault:   1 key, readable by alice, bob
{lines}vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
"
            ),
        );
    };
    let kept = |count: usize| {
        format!(
            "vault:   git's history keeps {count} versions of it: whoever could read it then still can; change the values where they are used\n"
        )
    };
    // The values are in a commit, though the file with its new name is not.
    plan(&kept(2));
    sandbox.vault(["set", "work", "A", "third"]).succeeds();
    let lost =
        "vault:   the file as it is now is in no commit: what only it holds is lost for good\n";
    plan(&format!("{lost}{}", kept(2)));
    sandbox.commit("renamed");
    plan(&kept(3));
}

#[test]
fn the_versions_of_another_environment_that_has_the_former_name_now_are_not_counted() {
    let sandbox = team_of_three();
    sandbox
        .vault(["env", "rename", "dev", "work", "--yes"])
        .succeeds();
    sandbox.commit("renamed");
    sandbox
        .vault(["env", "add", "dev", "--recipients", "alice", "--anew"])
        .succeeds();
    sandbox.commit("another dev");
    let output = sandbox.vault(["env", "remove", "work"]).fails(2);
    assert!(
        output
            .stderr()
            .contains("git's history keeps 2 versions of it"),
        "{}",
        output.stderr()
    );
}

#[test]
fn it_asks_on_a_terminal() {
    let sandbox = team_of_three();
    let Some(terminal) = sandbox.on_terminal(["env", "remove", "prod"]) else {
        return;
    };
    terminal.sees("Remove it? [y/N]").types("").run().fails(2);
    assert!(sandbox.exists("deploy/prod.yaml"));
    let terminal = sandbox.on_terminal(["env", "remove", "prod"]).unwrap();
    terminal
        .sees("Remove it? [y/N]")
        .types("yes")
        .run()
        .succeeds();
    assert!(!sandbox.exists("deploy/prod.yaml"));
}

#[test]
fn what_others_stand_on_and_the_default_do_not_go() {
    let sandbox = team_of_three();
    sandbox
        .vault(["env", "remove", "common", "--yes"])
        .fails_with(
            2,
            "vault: error: common is extended by dev
vault: hint: take it out of their `extends` in .vault.yaml, and run vault sync dev
",
        );
    // The log says so as long as nobody has run sync.
    team::reconfigure(&sandbox, "        extends: common\n", "");
    sandbox.vault(["env", "remove", "common", "--yes"]).fails(2);
    team::reconfigure(&sandbox, "version: 1\n", "version: 1\ndefault: prod\n");
    sandbox
        .vault(["env", "remove", "prod", "--yes"])
        .fails_with(
            2,
            "vault: error: prod is the default environment
vault: hint: name another one under `default:` in .vault.yaml, or take that line out
",
        );
    assert!(sandbox.exists("deploy/prod.yaml") && sandbox.exists("secrets/common.yaml"));
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox
        .vault(["env", "remove", "common", "--yes"])
        .succeeds();
    is_clean(&sandbox);
}

#[test]
fn a_file_that_is_broken_or_missing_can_go_too() {
    let sandbox = team_of_three();
    sandbox.write("deploy/prod.yaml", "broken: [\n");
    let output = sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds();
    assert!(
        output
            .stderr()
            .contains("its file is not accepted (vault check prod says why)")
    );
    std::fs::remove_file(sandbox.work("secrets/dev.yaml")).unwrap();
    let output = sandbox.vault(["env", "remove", "dev", "--yes"]).succeeds();
    assert!(output.stderr().contains("it has no file\n"));
    is_clean(&sandbox);
}

#[test]
fn a_link_is_left_to_whoever_made_it() {
    let sandbox = team_of_three();
    std::fs::rename(sandbox.work("deploy/prod.yaml"), sandbox.work("real.yaml")).unwrap();
    symlink("../real.yaml", sandbox.work("deploy/prod.yaml")).unwrap();
    sandbox
        .vault(["env", "remove", "prod", "--yes"])
        .fails_with(
            2,
            "vault: error: deploy/prod.yaml is a symbolic link
vault: hint: remove it yourself, then type the command again
",
        );
    assert!(sandbox.exists("real.yaml") && sandbox.exists("deploy/prod.yaml"));
}

#[test]
fn a_file_that_a_sparse_checkout_leaves_out_does_not_count_as_none() {
    let sandbox = team_of_three();
    sandbox.write("app/f", "");
    sandbox.commit("more");
    sandbox.git(["sparse-checkout", "set", "--cone", "app"]);
    let config = sandbox.read(".vault.yaml");
    let hint = "git sparse-checkout add deploy";
    sandbox
        .vault(["env", "remove", "prod", "--yes"])
        .fails_with(
            2,
            &format!(
                "vault: error: deploy/prod.yaml: prod has no file here: the sparse checkout leaves it out
vault: hint: {hint} brings it here
"
            ),
        );
    assert_eq!(sandbox.read(".vault.yaml"), config);
    // Git goes on to look away from a file that is brought here like this.
    let only_here = ["checkout", "--ignore-skip-worktree-bits", "--"];
    sandbox.git([&only_here[..], &["deploy/prod.yaml"]].concat());
    let removed = sandbox
        .vault(["env", "remove", "prod", "--yes"])
        .within("app")
        .succeeds();
    let next = "git update-index --force-remove -- ../deploy/prod.yaml";
    let said = format!("vault: removed prod; next: {next}, and commit\n");
    assert!(removed.stderr().ends_with(&said), "{}", removed.stderr());
    let typed = sandbox.program("sh", ["-c", next]).within("app").run();
    assert_eq!(typed.code(), 0, "{}", typed.stderr());
    sandbox.commit("gone");
    assert_eq!(sandbox.git(["ls-files", "deploy"]), "");
    sandbox
        .vault(["env", "add", "prod", "--recipients", "alice", "--anew"])
        .succeeds();
}

#[test]
fn an_index_that_vault_does_not_read_is_no_hindrance_where_the_file_is() {
    let sandbox = team_of_three();
    sandbox.git(["update-index", "--split-index"]);
    sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds();
    assert!(!sandbox.exists("deploy/prod.yaml"));
}
