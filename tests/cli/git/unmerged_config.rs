//! `.vault.yaml` in the middle of a merge: what `vault git resolve` makes of it where no driver is set up, and of contradictions.

use super::world::{
    FILE, git, holds, is_tidy, set_as, team, two_sides, unmerged_by_vault, with_driver,
};
use crate::{
    sandbox::Sandbox,
    team::{BOB, CAROL, DAVE, reconfigure},
    vaults::set,
};

const BASE: [(&str, &str); 2] = [("TOKEN", "base-token-1"), ("DATABASE", "base-database")];

fn carol(sandbox: &Sandbox, environment: &str) {
    let dev = "    dev: {recipients: [alice, bob]}\n";
    let more = format!("{dev}    {environment}: {{recipients: [alice]}}\n");
    reconfigure(sandbox, dev, &more);
}

/// Both sides add an environment in the same place, and write a value; git merges by lines.
fn by_lines() -> Sandbox {
    let sandbox = unmerged_by_vault(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            carol(sandbox, "qa");
            set_as(sandbox, "bob", "DATABASE", "their-database");
        },
        |sandbox| {
            carol(sandbox, "prod");
            set(sandbox, "dev", "TOKEN", "our-token-2");
        },
    );
    sandbox
}

fn merge(sandbox: &Sandbox) {
    let output = git(sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1, "{}", output.stderr());
    assert!(sandbox.read(".vault.yaml").contains("<<<<<<<"));
}

#[test]
fn where_no_driver_is_set_up_the_config_is_merged_from_the_index_too() {
    for style in ["merge", "diff3", "zdiff3"] {
        let sandbox = by_lines();
        sandbox.git(["config", "merge.conflictStyle", style]);
        merge(&sandbox);
        sandbox.vault(["git", "resolve", "--list"]).fails(1).prints(
            ".vault.yaml
    nothing is left to decide
secrets/dev.yaml (dev)
    nothing is left to decide
",
        );
        sandbox.vault(["git", "resolve"]).succeeds().says(
            "vault: .vault.yaml is merged and staged
vault: secrets/dev.yaml is merged and staged
vault: hint: git commit
",
        );
        let config = sandbox.read(".vault.yaml");
        for environment in ["qa", "prod"] {
            assert!(
                config.contains(&format!("    {environment}: {{")),
                "{config}"
            );
        }
        assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
        assert_eq!(sandbox.git(["status", "--short"]), "");
        holds(
            &sandbox,
            &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
        );
        is_tidy(&sandbox);
    }
}

#[test]
fn the_config_alone_is_merged_where_it_is_named() {
    let sandbox = by_lines();
    merge(&sandbox);
    sandbox
        .vault(["git", "resolve", ".vault.yaml"])
        .succeeds()
        .says("vault: .vault.yaml is merged and staged\n");
    assert_eq!(
        sandbox.git(["diff", "--name-only", "--diff-filter=U"]),
        format!("{FILE}\n")
    );
    sandbox.vault(["git", "resolve", ".vault.yaml"]).fails_with(
        2,
        "vault: error: .vault.yaml is not unmerged
vault: hint: vault git resolve --list says what is
",
    );
    sandbox.vault(["git", "resolve", "dev"]).succeeds();
}

/// Both sides give bob other rights or another key, and theirs changes a value.
fn contradiction(has_driver: bool) -> Sandbox {
    let sandbox = match has_driver {
        true => team(&BASE),
        false => unmerged_by_vault(&BASE),
    };
    if has_driver {
        let driver = format!(
            "'{}' git merge-config %O %A %B %P",
            env!("CARGO_BIN_EXE_vault")
        );
        sandbox.git(["config", "merge.vault-config.driver", &driver]);
        with_driver(&sandbox);
        let attributes = sandbox.read(".gitattributes") + ".vault.yaml merge=vault-config\n";
        sandbox.write(".gitattributes", attributes);
        sandbox.commit("drivers");
    }
    let bob = format!("bob: {BOB}");
    two_sides(
        &sandbox,
        |sandbox| {
            set_as(sandbox, "bob", "DATABASE", "their-database");
            reconfigure(sandbox, &bob, &format!("bob: {DAVE}"));
        },
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "our-token-2");
            reconfigure(sandbox, &bob, &format!("bob: {BOB} reads-only"));
        },
    );
    sandbox
}

#[test]
fn a_contradiction_is_told_by_key_and_decided_by_an_option() {
    for has_driver in [false, true] {
        for (option, line) in [
            ("--theirs", format!("    bob: {DAVE}\n")),
            ("--ours", format!("    bob: {BOB} reads-only\n")),
        ] {
            let sandbox = contradiction(has_driver);
            merge(&sandbox);
            let before = sandbox.read(".vault.yaml");
            sandbox
                .vault(["git", "resolve", "--json", ".vault.yaml"])
                .fails(1)
                .prints(
                    r#"[
  {
    "environment": null,
    "file": ".vault.yaml",
    "reasons": [],
    "conflicts": [
      {
        "key": "recipients.bob",
        "what": "changed on both sides to different values"
      }
    ]
  }
]
"#,
                );
            sandbox.vault(["git", "resolve", ".vault.yaml"]).fails_with(
                1,
                "vault: error: .vault.yaml: both sides changed the same
vault:   `recipients.bob` was changed on both sides to different values
vault: hint: --ours KEY or --theirs KEY takes one of them
vault: hint: or edit .vault.yaml, then git add .vault.yaml; until then it is read as our side has it
",
            );
            assert_eq!(sandbox.read(".vault.yaml"), before);
            sandbox
                .vault(["git", "resolve", option, "recipients.bob", ".vault.yaml"])
                .succeeds();
            let config = sandbox.read(".vault.yaml");
            assert!(config.contains(&line), "{config}");
            assert!(!config.contains("<<<<<<<"));
        }
    }
}

#[test]
fn what_somebody_wrote_into_the_config_since_is_not_overwritten() {
    let sandbox = contradiction(false);
    merge(&sandbox);
    let edited = sandbox.read(".vault.yaml") + "# not finished\n";
    sandbox.write(".vault.yaml", &edited);
    let run = sandbox.vault(["git", "resolve", "--theirs", "recipients.bob"]);
    assert!(
        run.fails(2)
            .stderr()
            .starts_with("vault: warning: .vault.yaml is not merged either: edit it, then git add .vault.yaml; until then it is read as our side has it\n")
    );
    // Where it is typed counts.
    sandbox.write("sub/file", "");
    let below = sandbox.vault(["git", "resolve", "--theirs", "recipients.bob"]);
    let said = "edit it, then git add ../.vault.yaml; until then";
    let below = below.within("sub").fails(2);
    assert!(below.stderr().contains(said), "{}", below.stderr());
    assert_eq!(sandbox.read(".vault.yaml"), edited);
    // A person has decided, and git does not know it yet.
    sandbox.git(["checkout", "--quiet", "--ours", ".vault.yaml"]);
    let ours = sandbox.read(".vault.yaml");
    let output = sandbox.vault(["git", "resolve"]).succeeds();
    assert!(
        output.stderr().starts_with(
            "vault: warning: .vault.yaml is not merged either: git add .vault.yaml takes it as it is now\n"
        ),
        "{}",
        output.stderr()
    );
    assert_eq!(sandbox.read(".vault.yaml"), ours);
}

#[test]
fn a_config_that_was_committed_with_git_s_markers_is_merged_from_both_parents() {
    for is_committed in [true, false] {
        let sandbox = by_lines();
        merge(&sandbox);
        match is_committed {
            true => sandbox.commit("in a hurry"),
            false => drop(sandbox.git(["add", "--all"])),
        }
        sandbox.vault(["git", "resolve", "--list"]).fails(1).prints(
            ".vault.yaml
    nothing is left to decide
secrets/dev.yaml (dev)
    TOKEN: differs on the two sides
    DATABASE: differs on the two sides
",
        );
        let keys = ["--ours", "TOKEN", "--theirs", "DATABASE"];
        sandbox
            .vault(["git", "resolve"].into_iter().chain(keys))
            .succeeds();
        let config = sandbox.read(".vault.yaml");
        for environment in ["qa", "prod"] {
            assert!(
                config.contains(&format!("    {environment}: {{")),
                "{config}"
            );
        }
        sandbox.commit("merged");
        holds(
            &sandbox,
            &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
        );
    }
}

#[test]
fn whoever_a_side_took_out_stays_out_of_a_config_that_is_merged_from_a_commit() {
    let sandbox = unmerged_by_vault(&BASE);
    let carol = format!("    carol: {CAROL}\n");
    two_sides(
        &sandbox,
        |sandbox| reconfigure(sandbox, &carol, ""),
        |sandbox| {
            reconfigure(
                sandbox,
                &carol,
                &format!("    carol: {CAROL}\n    dave: {DAVE}\n"),
            )
        },
    );
    merge(&sandbox);
    sandbox.commit("in a hurry");
    sandbox.vault(["git", "resolve"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(
        config.contains("dave:") && !config.contains("carol:"),
        "{config}"
    );
}

/// Both sides let somebody in, and write a value; git merges by lines.
fn both_let_somebody_in() -> Sandbox {
    let sandbox = unmerged_by_vault(&BASE);
    let add = |name: &str, line: &str| {
        ["recipients", "add", name, line, "--env", "dev", "--yes"].map(str::to_owned)
    };
    two_sides(
        &sandbox,
        |sandbox| {
            sandbox.vault(add("dave", DAVE)).succeeds();
            set(sandbox, "dev", "DATABASE", "their-database");
        },
        |sandbox| {
            sandbox.vault(add("carol", CAROL)).succeeds();
            set(sandbox, "dev", "TOKEN", "our-token-2");
        },
    );
    sandbox
}

/// What is left to do once somebody has put git's markers into a commit: every key that differs is to be decided.
fn is_mended(sandbox: &Sandbox) {
    let keys = ["--ours", "TOKEN", "--theirs", "DATABASE", "--yes"];
    let line = ["git", "resolve"].into_iter().chain(keys);
    sandbox.vault(line).succeeds();
    let config = sandbox.read(".vault.yaml");
    for member in ["    carol: ", "    dave: ", "[alice, bob, carol, dave]"] {
        assert!(config.contains(member), "{member}: {config}");
    }
    sandbox.commit("mended");
    holds(
        sandbox,
        &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
    );
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn members_of_both_sides_stay_where_a_rebase_or_cherry_pick_was_committed_with_git_s_markers() {
    for (begin, go_on) in [
        (["cherry-pick", "theirs"], ["cherry-pick", "--continue"]),
        (["rebase", "main"], ["rebase", "--continue"]),
    ] {
        for is_committed in [true, false] {
            let sandbox = both_let_somebody_in();
            if begin[0] == "rebase" {
                sandbox.git(["checkout", "--quiet", "theirs"]);
                sandbox.vault(["trust", "dev", "--yes"]).succeeds();
            }
            assert_eq!(git(&sandbox, &begin).code(), 1);
            sandbox.git(["add", "--all"]);
            if is_committed {
                assert_eq!(git(&sandbox, &go_on).code(), 0);
                let check = sandbox.vault(["check"]).fails(2);
                let hints = check.stderr().lines();
                let hints: Vec<&str> = hints.filter(|line| line.contains("hint")).collect();
                assert_eq!(
                    hints,
                    [
                        "vault: hint: put both sides together, and remove the lines <<<<<<<, ======= and >>>>>>>",
                        "vault: hint: vault git resolve brings both sides together",
                    ]
                );
            }
            is_mended(&sandbox);
        }
    }
}

#[test]
fn where_git_has_one_side_of_a_committed_config_it_is_said_that_the_other_one_is_dropped() {
    let sandbox = both_let_somebody_in();
    assert_eq!(git(&sandbox, &["cherry-pick", "theirs"]).code(), 1);
    let config = sandbox.read(".vault.yaml");
    let label = config
        .lines()
        .find_map(|line| line.strip_prefix(">>>>>>> "))
        .expect("a label");
    sandbox.write(".vault.yaml", config.replace(label, "0123456 (theirs)"));
    sandbox.commit("in a hurry");
    let resolve = sandbox.vault(["git", "resolve", "--yes"]).fails(2);
    let hint =
        "vault: hint: put both sides together, and remove the lines <<<<<<<, ======= and >>>>>>>\n";
    assert!(resolve.stderr().ends_with(hint), "{}", resolve.stderr());
    let check = sandbox.vault(["check"]).fails(2);
    let hint = " -- .vault.yaml brings back the last one that could be read, from before that merge: what the other side has changed is dropped\n";
    assert!(check.stderr().ends_with(hint), "{}", check.stderr());
}
