//! The merge driver of `.vault.yaml`, called by the real git.

use crate::{
    sandbox::{Output, Sandbox},
    team::{self, ALICE, BOB, CAROL, DAVE, alone, reconfigure},
};

const GROUPS: &str = "groups:\n    # who works on it\n    team: [alice, bob]\n    ops: [alice]\n";

/// Alice's vault with bob and carol, and two groups, committed.
fn team_of_three() -> Sandbox {
    let sandbox = alone();
    let people = format!("    bob: {BOB}\n    carol: {CAROL}\n");
    let text = sandbox.read(".vault.yaml");
    let alice = format!("    alice: {ALICE}\n");
    assert!(text.contains(&alice), "{text}");
    sandbox.write(
        ".vault.yaml",
        text.replace(&alice, &format!("{alice}{people}{GROUPS}")),
    );
    sandbox.commit("vault");
    sandbox
}

/// A branch `side` and main that each change the config, and what `git merge side` on main did.
fn merge(sandbox: &Sandbox, ours: &[(&str, &str)], theirs: &[(&str, &str)]) -> Output {
    for (branch, changes) in [("side", theirs), ("main", ours)] {
        match branch {
            "side" => sandbox.git(["checkout", "--quiet", "-b", "side"]),
            branch => sandbox.git(["checkout", "--quiet", branch]),
        };
        changes
            .iter()
            .for_each(|(from, to)| reconfigure(sandbox, from, to));
        sandbox.commit(branch);
    }
    git_merge(sandbox, &["side"])
}

fn git_merge(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let line = [
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@example.invalid",
        "merge",
        "--no-edit",
    ];
    sandbox
        .program(
            "/usr/bin/git",
            line.into_iter().chain(arguments.iter().copied()),
        )
        .run()
}

fn status(sandbox: &Sandbox) -> String {
    sandbox.git(["status", "--short"])
}

#[test]
fn both_sides_people_groups_and_environments_come_together() {
    let sandbox = team_of_three();
    let dave = format!("    carol: {CAROL}\n    dave: {DAVE}\n");
    merge(
        &sandbox,
        &[
            ("team: [alice, bob]", "team: [alice]"),
            ("ops: [alice]", "ops: [alice, bob]"),
        ],
        &[
            ("team: [alice, bob]", "team: [alice, bob, carol]"),
            (&format!("    carol: {CAROL}\n"), &dave),
            ("ops: [alice]", "ops: [alice] # on call"),
        ],
    )
    .succeeds();
    let text = sandbox.read(".vault.yaml");
    for line in [
        "    team: [alice, carol]\n",
        "    # who works on it\n",
        &dave,
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("    ops: [alice, bob]"), "{text}");
    assert!(text.contains("# on call\n"), "{text}");
    assert_eq!(status(&sandbox), "");
    sandbox.vault(["list", "dev"]).succeeds();
}

#[test]
fn whoever_was_removed_on_one_side_is_in_no_list_of_the_other() {
    let sandbox = team_of_three();
    merge(
        &sandbox,
        &[
            (&format!("    bob: {BOB}\n"), ""),
            ("team: [alice, bob]", "team: [alice]"),
        ],
        &[("ops: [alice]", "ops: [alice, bob]")],
    )
    .succeeds();
    assert!(!sandbox.read(".vault.yaml").contains("bob"));
}

#[test]
fn a_contradiction_stands_between_the_markers_of_git_and_the_rest_is_merged() {
    let sandbox = team_of_three();
    let output = merge(
        &sandbox,
        &[
            ("default: dev\n", "default: dev # ours\n"),
            (&format!("bob: {BOB}"), &format!("bob: {BOB} reads-only")),
        ],
        &[
            ("ops: [alice]", "ops: [alice, carol]"),
            (&format!("bob: {BOB}"), &format!("bob: {DAVE}")),
        ],
    )
    .fails(1);
    assert!(
        output.stderr().contains(
            "vault: error: .vault.yaml: both sides changed the same
vault:   `recipients.bob` was changed on both sides to different values
vault: hint: vault git resolve --ours recipients.bob takes our side, --theirs KEY the other one
vault: hint: or edit .vault.yaml, then git add .vault.yaml
"
        ),
        "{}",
        output.stderr()
    );
    let text = sandbox.read(".vault.yaml");
    let expected = format!(
        "<<<<<<< ours\n    bob: {BOB} reads-only\n=======\n    bob: {DAVE}\n>>>>>>> theirs\n"
    );
    assert!(text.contains(&expected), "{text}");
    assert_eq!(text.matches("<<<<<<<").count(), 1, "{text}");
    assert!(text.contains("ops: [alice, carol]\n"), "{text}");
    assert!(text.contains("default: dev # ours\n"), "{text}");
    assert_eq!(status(&sandbox), "UU .vault.yaml\n");
    sandbox.vault(["list", "dev"]).fails(2);
    sandbox.write(
        ".vault.yaml",
        text.replace(&expected, &format!("    bob: {BOB} reads-only\n")),
    );
    sandbox.commit("merged");
    sandbox.vault(["list", "dev"]).succeeds();
}

#[test]
fn what_is_no_config_together_is_left_to_a_person() {
    let sandbox = team_of_three();
    let output = merge(
        &sandbox,
        &[
            ("    carol:", "    bob2:"),
            ("ops: [alice]", "ops: [alice, bob2]"),
        ],
        &[(
            "    # who works on it\n",
            "    # who works on it\n    bob2: [alice]\n",
        )],
    )
    .fails(1);
    let said = output.stderr();
    let expected =
        "vault: error: .vault.yaml: both sides together are no config\nvault:   .vault.yaml: ";
    assert!(said.contains(expected), "{said}");
    assert_eq!(status(&sandbox), "UU .vault.yaml\n");
    assert!(!sandbox.read(".vault.yaml").contains("<<<<<<<"));
}

#[test]
fn a_side_that_is_no_config_is_merged_by_lines_and_told() {
    let sandbox = team_of_three();
    let output = merge(
        &sandbox,
        &[("ops: [alice]", "ops: [alice, carol]")],
        &[("default: dev", "defalt: dev")],
    )
    .fails(1);
    let said = output.stderr();
    assert!(said.contains("vault: error: .vault.yaml: it cannot be merged by key, but only by lines\nvault:   on their side: "), "{said}");
    assert_eq!(status(&sandbox), "UU .vault.yaml\n");
    assert!(sandbox.read(".vault.yaml").contains("defalt: dev"));
}

#[test]
fn two_vaults_that_began_apart_contradict_each_other_by_their_ids() {
    let sandbox = team_of_three();
    sandbox.git(["checkout", "--quiet", "--orphan", "side"]);
    let text = sandbox.read(".vault.yaml");
    let line = text
        .lines()
        .find(|line| line.starts_with("repository: "))
        .unwrap();
    reconfigure(&sandbox, line, &format!("repository: {}", "a".repeat(32)));
    sandbox.commit("another");
    sandbox.git(["checkout", "--quiet", "main"]);
    let output = git_merge(&sandbox, &["--allow-unrelated-histories", "side"]).fails(1);
    assert!(
        output
            .stderr()
            .contains("vault:   `repository` was added on both sides with different values\n")
    );
    assert_eq!(sandbox.read(".vault.yaml").matches("<<<<<<<").count(), 1);
}

#[test]
fn the_driver_works_from_every_place_and_for_every_place() {
    for program in [
        "a b/vault",
        "it's/vault",
        "$(touch sprung)/vault",
        "-x/vault",
        "100%A%%/vault",
        "a\\b\"c;d#e/vault",
        "`touch sprung`&&|/vault",
    ] {
        let sandbox = team_of_three();
        let folder = sandbox.path("programs").join(program);
        std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
        let copied = std::process::Command::new("cp")
            .args(["--", env!("CARGO_BIN_EXE_vault")])
            .arg(&folder)
            .status();
        assert!(copied.unwrap().success());
        sandbox.program(&folder, ["git", "install"]).succeeds();
        let output = merge(
            &sandbox,
            &[("team: [alice, bob]", "team: [bob]")],
            &[("ops: [alice]", "ops: [alice, bob]")],
        );
        output.succeeds();
        let text = sandbox.read(".vault.yaml");
        assert!(
            text.contains("team: [bob]") && text.contains("ops: [alice, bob]"),
            "{program}: {text}"
        );
        assert!(!sandbox.exists("sprung"), "{program}");
    }
    for place in ["-rf x", "it's \"here\" $(touch sprung)"] {
        let sandbox = Sandbox::with_git();
        team::log_in(&sandbox, "alice");
        let path = format!("{place}/.vault.yaml");
        let config = team::config(
            &[("alice", ALICE), ("bob", BOB)],
            "    dev: {recipients: [alice]}\n",
        );
        sandbox.write(
            &path,
            format!("{config}groups:\n    team: [alice]\n    ops: [alice]\n"),
        );
        sandbox
            .vault(["git", "install"])
            .within(sandbox.work(place))
            .succeeds();
        sandbox.commit("vault");
        for (branch, from, to) in [
            ("side", "team: [alice]", "team: [bob]"),
            ("main", "ops: [alice]", "ops: [bob]"),
        ] {
            let new: &[&str] = if branch == "side" { &["-b"] } else { &[] };
            sandbox.git(["checkout", "--quiet"].iter().chain(new).chain(&[branch]));
            let text = sandbox.read(&path).replace(from, to);
            sandbox.write(&path, text);
            sandbox.commit(branch);
        }
        git_merge(&sandbox, &["side"]).succeeds();
        let text = sandbox.read(&path);
        assert!(
            text.ends_with("groups:\n    team: [bob]\n    ops: [bob]\n"),
            "{text}"
        );
        assert!(!sandbox.exists("sprung") && !sandbox.exists(format!("{place}/sprung")));
    }
}

#[test]
fn a_driver_that_cannot_do_its_work_leaves_our_file_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("ours", "version: 1\n");
    let line = [
        "git",
        "merge-config",
        "base",
        "ours",
        "theirs",
        ".vault.yaml",
    ];
    sandbox
        .vault(line)
        .fails_with(129, "vault: error: there is no file base\n");
    let wrong = sandbox.vault(["git", "merge-config", "ours"]);
    wrong.fails(129);
    assert_eq!(sandbox.read("ours"), "version: 1\n");
    assert_eq!(sandbox.files(), ["ours"]);
}
