//! Files and the config: renamed, added, removed, several at once.

use super::{DEV, case, conflicts, git, in_sops, merges, set, sides};
use crate::{
    sandbox::Sandbox,
    team::{BOB, DAVE, forget_everything, get, reconfigure},
};

fn passes(sandbox: &Sandbox, line: &[&str]) {
    let output = git(sandbox, line);
    assert_eq!(output.code(), 0, "{}", output.stderr());
}

fn set_common(sandbox: &Sandbox, key: &str, value: &str) {
    sandbox.vault(["set", "common", key, value]).succeeds();
}

/// The file of dev gets another place.
fn move_away(sandbox: &Sandbox) {
    std::fs::create_dir_all(sandbox.work("deploy")).expect("a place of the sandbox");
    sandbox.git(["mv", DEV, "deploy/dev.yaml"]);
    let with_file = "    dev:\n        file: deploy/dev.yaml\n";
    reconfigure(sandbox, "    dev:\n", with_file);
    sandbox.vault(["git", "install"]).succeeds();
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_file_that_got_another_place_here_takes_in_what_they_wrote() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-value-1"),
        move_away,
    );
    passes(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert!(!sandbox.exists(DEV));
    sandbox.vault(["check"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "their-value-1");
}

/// Dev gets another name on one side.
fn rename(sandbox: &Sandbox) {
    let rename = ["env", "rename", "dev", "work", "--yes"];
    sandbox.vault(rename).succeeds();
    forget_everything(sandbox);
}

#[test]
fn an_environment_that_got_another_name_there_takes_in_what_we_wrote() {
    let sandbox = case();
    sides(&sandbox, rename, |sandbox| {
        set(sandbox, "TOKEN", "our-value-1");
        forget_everything(sandbox);
    });
    passes(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(get(&sandbox, "work", "TOKEN"), "our-value-1");
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn an_environment_that_got_another_name_here_takes_in_what_they_wrote() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-value-1"),
        rename,
    );
    passes(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(get(&sandbox, "work", "TOKEN"), "their-value-1");
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_file_that_got_another_place_there_takes_in_what_we_wrote() {
    let sandbox = case();
    sides(&sandbox, move_away, |sandbox| {
        set(sandbox, "TOKEN", "our-value-1");
    });
    passes(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "our-value-1");
    assert!(!sandbox.exists(DEV));
}

#[test]
fn a_layer_changed_here_and_what_lies_over_it_there_come_together() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "OVER", "their-value-1"),
        |sandbox| set_common(sandbox, "UNDER", "our-value-1"),
    );
    merges(&sandbox, &[("OVER", "their-value-1")]);
    assert_eq!(get(&sandbox, "dev", "UNDER"), "our-value-1");
}

#[test]
fn two_files_that_both_sides_changed_are_merged_each_by_itself() {
    let sandbox = case();
    let side = |sandbox: &Sandbox, key: &str, value: &str| {
        set(sandbox, key, value);
        set_common(sandbox, key, value);
    };
    sides(
        &sandbox,
        |sandbox| side(sandbox, "THEIRS", "their-value-1"),
        |sandbox| side(sandbox, "OURS", "our-value-1"),
    );
    merges(
        &sandbox,
        &[("THEIRS", "their-value-1"), ("OURS", "our-value-1")],
    );
    let plain = in_sops(&sandbox, "secrets/common.yaml");
    assert!(plain.is_empty() || (plain.contains("our-value-1") && plain.contains("their-value-1")));
}

#[test]
fn a_conflict_in_one_file_keeps_no_other_file_from_being_merged() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            set(sandbox, "TOKEN", "their-value-1");
            set_common(sandbox, "THEIRS", "their-value-2");
        },
        |sandbox| {
            set(sandbox, "TOKEN", "our-value-1");
            set_common(sandbox, "OURS", "our-value-2");
        },
    );
    conflicts(
        &sandbox,
        "vault:   `TOKEN` was changed on both sides to different values\n",
    );
    for (key, value) in [("THEIRS", "their-value-2"), ("OURS", "our-value-2")] {
        assert_eq!(get(&sandbox, "common", key), value);
    }
}

#[test]
fn environments_that_each_side_added_are_both_there() {
    let sandbox = case();
    let add = |sandbox: &Sandbox, name: &str, value: &str| {
        sandbox
            .vault(["env", "add", name, "--recipients", "alice"])
            .succeeds();
        sandbox.vault(["set", name, "A", value]).succeeds();
    };
    sides(
        &sandbox,
        |sandbox| add(sandbox, "qa", "their-value-1"),
        |sandbox| add(sandbox, "prod", "our-value-1"),
    );
    merges(&sandbox, &[("TOKEN", "base-token-1")]);
    assert_eq!(get(&sandbox, "qa", "A"), "their-value-1");
    assert_eq!(get(&sandbox, "prod", "A"), "our-value-1");
}

#[test]
fn one_environment_that_was_born_twice_is_left_to_a_person() {
    let sandbox = case();
    let add = |sandbox: &Sandbox, value: &str| {
        sandbox
            .vault(["env", "add", "qa", "--recipients", "alice"])
            .succeeds();
        sandbox.vault(["set", "qa", "A", value]).succeeds();
        forget_everything(sandbox);
    };
    sides(
        &sandbox,
        |sandbox| add(sandbox, "their-value-1"),
        |sandbox| add(sandbox, "our-value-1"),
    );
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1, "{}", output.stderr());
    assert!(
        output
            .stderr()
            .contains("vault: error: secrets/qa.yaml is not merged\n"),
        "{}",
        output.stderr()
    );
    sandbox.vault(["get", "qa", "A"]).fails(3);
}

#[test]
fn an_environment_removed_there_in_which_we_wrote_is_git_s_to_tell() {
    let sandbox = case();
    sandbox
        .vault(["env", "add", "qa", "--recipients", "alice"])
        .succeeds();
    sandbox.commit("qa");
    sides(
        &sandbox,
        |sandbox| {
            sandbox.vault(["env", "remove", "qa", "--yes"]).succeeds();
            forget_everything(sandbox);
        },
        |sandbox| drop(sandbox.vault(["set", "qa", "A", "our-value-1"]).succeeds()),
    );
    let ours = sandbox.read("secrets/qa.yaml");
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1, "{}", output.stderr());
    assert!(
        output
            .stdout()
            .contains("CONFLICT (modify/delete): secrets/qa.yaml"),
        "{}",
        output.stdout()
    );
    assert_eq!(sandbox.read("secrets/qa.yaml"), ours);
}

#[test]
fn people_whom_each_side_added_are_both_in_the_config() {
    let sandbox = case();
    let bob = format!("    bob: {BOB}\n");
    sides(
        &sandbox,
        |sandbox| reconfigure(sandbox, &bob, &format!("{bob}    dave: {DAVE}\n")),
        |sandbox| {
            reconfigure(
                sandbox,
                "environments:\n",
                "groups:\n    all: [alice, bob, carol]\nenvironments:\n",
            )
        },
    );
    merges(&sandbox, &[("TOKEN", "base-token-1")]);
    let text = sandbox.read(".vault.yaml");
    assert!(
        text.contains("    dave: ") && text.contains("all: [alice, bob, carol]"),
        "{text}"
    );
}

#[test]
fn a_contradiction_in_the_config_keeps_no_secret_file_from_being_merged() {
    let sandbox = case();
    let side = |sandbox: &Sandbox, line: &str, key: &str, value: &str| {
        reconfigure(sandbox, BOB, line);
        // The log of the files is not touched: only the config says something else.
        let text = sandbox.read(".vault.yaml");
        sandbox.git(["stash", "--quiet"]);
        set(sandbox, key, value);
        sandbox.write(".vault.yaml", text);
        sandbox.git(["stash", "drop", "--quiet"]);
    };
    sides(
        &sandbox,
        |sandbox| side(sandbox, DAVE, "THEIRS", "their-value-1"),
        |sandbox| side(sandbox, &format!("{BOB} reads-only"), "OURS", "our-value-1"),
    );
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1, "{}", output.stderr());
    assert!(
        output
            .stderr()
            .contains("vault:   `recipients.bob` was changed on both sides to different values\n"),
        "{}",
        output.stderr()
    );
    let text = sandbox.read(".vault.yaml");
    assert_eq!(text.matches("<<<<<<<").count(), 1, "{text}");
    // What is to be decided is decided; then the files are looked at again.
    let (before, rest) = text.split_once("<<<<<<< ours\n").unwrap();
    let (_, after) = rest.split_once(">>>>>>> theirs\n").unwrap();
    sandbox.write(".vault.yaml", format!("{before}    bob: {BOB}\n{after}"));
    sandbox.commit("decided");
    let plain = in_sops(&sandbox, DEV);
    assert!(plain.is_empty() || plain.contains("our-value-1"), "{plain}");
}

#[test]
fn the_config_alone_changed_there_and_a_value_here_come_together() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| reconfigure(sandbox, "default: dev\n", "default: common\n"),
        |sandbox| set(sandbox, "TOKEN", "our-value-1"),
    );
    merges(&sandbox, &[("TOKEN", "our-value-1")]);
    assert!(sandbox.read(".vault.yaml").contains("default: common\n"));
}

#[test]
fn lines_of_attributes_that_are_gone_leave_a_file_that_every_command_refuses() {
    let sandbox = case();
    sandbox.write(".gitattributes", "");
    sandbox.commit("no driver");
    sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-value-1"),
        |sandbox| set(sandbox, "DATABASE", "our-value-1"),
    );
    let output = super::world::git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1, "{}", output.stdout());
    sandbox.vault(["get", "dev", "TOKEN"]).fails(2);
    sandbox.git(["merge", "--abort"]);
    // What git made by lines goes, with its markers.
    sandbox.git(["prune", "--expire", "now"]);
    sandbox.vault(["git", "install"]).succeeds();
    sandbox.commit("the driver");
    merges(
        &sandbox,
        &[("TOKEN", "their-value-1"), ("DATABASE", "our-value-1")],
    );
}
