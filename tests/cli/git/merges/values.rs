//! Values of one file, changed on both sides.

use super::{
    DEV, case, conflicts, edit, git, holds, in_sops, merges, of_values, set, sides, unset,
};
use crate::team::get;

#[test]
fn new_keys_of_both_sides_are_both_there() {
    let sandbox = of_values(&[("THEIRS", "their-value-1")], &[("OURS", "our-value-1")]);
    merges(
        &sandbox,
        &[
            ("THEIRS", "their-value-1"),
            ("OURS", "our-value-1"),
            ("TOKEN", "base-token-1"),
        ],
    );
}

#[test]
fn changes_of_two_keys_are_both_made() {
    let sandbox = of_values(
        &[("TOKEN", "their-value-1")],
        &[("DATABASE", "our-value-1")],
    );
    merges(
        &sandbox,
        &[("TOKEN", "their-value-1"), ("DATABASE", "our-value-1")],
    );
}

#[test]
fn neighbouring_lines_are_no_conflict() {
    let sandbox = of_values(
        &[("database.user", "their-value-1")],
        &[("database.password", "our-value-1")],
    );
    merges(
        &sandbox,
        &[
            ("database.user", "their-value-1"),
            ("database.password", "our-value-1"),
        ],
    );
}

#[test]
fn the_same_change_on_both_sides_is_one() {
    let sandbox = of_values(&[("TOKEN", "same-value-1")], &[("TOKEN", "same-value-1")]);
    merges(&sandbox, &[("TOKEN", "same-value-1")]);
}

#[test]
fn different_changes_of_one_key_are_a_conflict() {
    let sandbox = of_values(&[("TOKEN", "their-value-1")], &[("TOKEN", "our-value-1")]);
    conflicts(
        &sandbox,
        "vault:   `TOKEN` was changed on both sides to different values\n",
    );
}

#[test]
fn the_same_new_key_on_both_sides_is_one() {
    let sandbox = of_values(&[("NEW", "same-value-1")], &[("NEW", "same-value-1")]);
    merges(&sandbox, &[("NEW", "same-value-1")]);
}

#[test]
fn one_new_key_with_two_values_is_a_conflict() {
    let sandbox = of_values(&[("NEW", "their-value-1")], &[("NEW", "our-value-1")]);
    conflicts(
        &sandbox,
        "vault:   `NEW` was added on both sides with different values\n",
    );
}

#[test]
fn what_one_side_removed_and_the_other_left_alone_is_gone() {
    let sandbox = of_values(&[("TOKEN", "")], &[("DATABASE", "our-value-1")]);
    merges(&sandbox, &[("TOKEN", ""), ("DATABASE", "our-value-1")]);
}

#[test]
fn what_both_sides_removed_is_gone() {
    let sandbox = of_values(
        &[("TOKEN", ""), ("A", "their-value-1")],
        &[("TOKEN", ""), ("B", "our-value-1")],
    );
    merges(
        &sandbox,
        &[("TOKEN", ""), ("A", "their-value-1"), ("B", "our-value-1")],
    );
}

#[test]
fn a_key_removed_there_and_changed_here_is_a_conflict() {
    let sandbox = of_values(&[("TOKEN", "")], &[("TOKEN", "our-value-1")]);
    conflicts(
        &sandbox,
        "vault:   `TOKEN` was changed here, removed there\n",
    );
}

#[test]
fn a_key_removed_here_and_changed_there_is_a_conflict() {
    let sandbox = of_values(&[("TOKEN", "their-value-1")], &[("TOKEN", "")]);
    conflicts(
        &sandbox,
        "vault:   `TOKEN` was removed here, changed there\n",
    );
}

#[test]
fn a_new_name_for_a_key_here_and_another_key_changed_there_come_together() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "DATABASE", "their-value-1"),
        |sandbox| edit(sandbox, &[("TOKEN:", "API_TOKEN:")]),
    );
    merges(
        &sandbox,
        &[
            ("TOKEN", ""),
            ("API_TOKEN", "base-token-1"),
            ("DATABASE", "their-value-1"),
        ],
    );
}

#[test]
fn a_new_name_for_a_key_that_the_other_side_changed_is_a_conflict() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-value-1"),
        |sandbox| edit(sandbox, &[("TOKEN:", "API_TOKEN:")]),
    );
    conflicts(
        &sandbox,
        "vault:   `TOKEN` was removed here, changed there\n",
    );
}

#[test]
fn keys_below_one_map_that_both_sides_changed_are_a_conflict_of_that_key_only() {
    let sandbox = of_values(
        &[
            ("database.user", "their-value-1"),
            ("database.password", "their-value-2"),
        ],
        &[("database.user", "our-value-1")],
    );
    conflicts(
        &sandbox,
        "vault: error: secrets/dev.yaml is not merged\nvault:   `database.user` was changed on both sides to different values\nvault: hint",
    );
}

#[test]
fn a_map_removed_here_in_which_they_changed_a_key_is_a_conflict() {
    let sandbox = of_values(&[("database.user", "their-value-1")], &[("database", "")]);
    conflicts(
        &sandbox,
        "vault:   `database` was removed here, changed there\n",
    );
}

#[test]
fn a_new_map_of_each_side_becomes_one_map() {
    let sandbox = of_values(
        &[("mail.user", "their-value-1")],
        &[("mail.password", "our-value-1")],
    );
    merges(
        &sandbox,
        &[
            ("mail.user", "their-value-1"),
            ("mail.password", "our-value-1"),
        ],
    );
}

#[test]
fn deep_maps_merge_at_every_depth() {
    let sandbox = of_values(
        &[
            ("a.b.c.d", "their-value-1"),
            ("database.pool.max", "their-value-2"),
        ],
        &[
            ("a.b.c.e", "our-value-1"),
            ("database.pool.min", "our-value-2"),
        ],
    );
    merges(
        &sandbox,
        &[
            ("a.b.c.d", "their-value-1"),
            ("a.b.c.e", "our-value-1"),
            ("database.pool.max", "their-value-2"),
            ("database.pool.min", "our-value-2"),
        ],
    );
}

#[test]
fn a_list_that_one_side_changed_is_that_side_s() {
    let sandbox = of_values(
        &[("HOSTS[1]", "their-value-1")],
        &[("TOKEN", "our-value-1")],
    );
    merges(
        &sandbox,
        &[
            ("HOSTS[0]", "base-host-1"),
            ("HOSTS[1]", "their-value-1"),
            ("TOKEN", "our-value-1"),
        ],
    );
}

#[test]
fn a_list_that_both_sides_changed_is_a_conflict_as_a_whole() {
    let sandbox = of_values(
        &[("HOSTS[0]", "their-value-1")],
        &[("HOSTS[1]", "our-value-1")],
    );
    conflicts(
        &sandbox,
        "vault:   `HOSTS` was changed on both sides to different values\n",
    );
}

#[test]
fn the_same_item_put_on_a_list_by_both_sides_is_there_once() {
    let sandbox = of_values(
        &[("HOSTS[2]", "same-value-1")],
        &[("HOSTS[2]", "same-value-1"), ("OURS", "our-value-1")],
    );
    merges(
        &sandbox,
        &[
            ("HOSTS[2]", "same-value-1"),
            ("HOSTS[3]", ""),
            ("OURS", "our-value-1"),
        ],
    );
}

#[test]
fn a_list_that_they_removed_and_we_changed_is_a_conflict() {
    let sandbox = of_values(&[("HOSTS", "")], &[("HOSTS[1]", "our-value-1")]);
    conflicts(
        &sandbox,
        "vault:   `HOSTS` was changed here, removed there\n",
    );
}

#[test]
fn another_type_is_a_change_of_its_own() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            drop(
                sandbox
                    .vault(["set", "dev", "PORT", "5432", "--type", "str"])
                    .succeeds(),
            )
        },
        |sandbox| set(sandbox, "TOKEN", "our-value-1"),
    );
    merges(&sandbox, &[("PORT", "5432"), ("TOKEN", "our-value-1")]);
    assert!(
        sandbox
            .vault(["list", "dev"])
            .succeeds()
            .stdout()
            .contains("PORT               str"),
        "{}",
        sandbox.vault(["list", "dev"]).succeeds().stdout()
    );
}

#[test]
fn another_type_here_and_another_value_there_are_a_conflict() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| drop(sandbox.vault(["set", "dev", "PORT", "5433"]).succeeds()),
        |sandbox| {
            drop(
                sandbox
                    .vault(["set", "dev", "PORT", "5432", "--type", "str"])
                    .succeeds(),
            )
        },
    );
    conflicts(
        &sandbox,
        "vault:   `PORT` was changed on both sides to different values\n",
    );
}

#[test]
fn a_value_that_became_a_map_there_and_changed_here_is_a_conflict() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            edit(
                sandbox,
                &[(
                    "DATABASE: base-database-1",
                    "DATABASE:\n    url: base-database-1",
                )],
            )
        },
        |sandbox| set(sandbox, "DATABASE", "our-value-1"),
    );
    conflicts(
        &sandbox,
        "vault:   `DATABASE` was changed on both sides to different values\n",
    );
}

#[test]
fn empty_and_null_are_values_like_any_other() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            drop(
                sandbox
                    .vault(["set", "dev", "TOKEN", "--type", "null"])
                    .succeeds(),
            )
        },
        |sandbox| drop(sandbox.vault(["set", "dev", "DATABASE", ""]).succeeds()),
    );
    merges(&sandbox, &[("LAST", "base-last-1")]);
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "");
    assert_eq!(get(&sandbox, "dev", "DATABASE"), "");
}

#[test]
fn another_order_here_and_another_value_there_come_together() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "LAST", "their-value-1"),
        |sandbox| {
            edit(
                sandbox,
                &[
                    ("LAST: base-last-1\n", ""),
                    ("# the token", "LAST: base-last-1\n# the token"),
                ],
            )
        },
    );
    merges(
        &sandbox,
        &[("LAST", "their-value-1"), ("TOKEN", "base-token-1")],
    );
    let first = sandbox.read(DEV);
    assert!(first.starts_with("LAST: "), "{first}");
}

#[test]
fn comments_of_one_side_and_values_of_the_other_come_together() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| edit(sandbox, &[("# the token of the API", "# ask alice for it")]),
        |sandbox| set(sandbox, "TOKEN", "our-value-1"),
    );
    merges(&sandbox, &[("TOKEN", "our-value-1")]);
    let plain = in_sops(&sandbox, DEV);
    assert!(
        plain.is_empty() || plain.contains("# ask alice for it\nTOKEN: our-value-1\n"),
        "{plain}"
    );
}

#[test]
fn comments_that_each_side_wrote_are_both_there() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| edit(sandbox, &[("LAST:", "# written there\nLAST:")]),
        |sandbox| edit(sandbox, &[("DATABASE:", "# written here\nDATABASE:")]),
    );
    merges(&sandbox, &[("LAST", "base-last-1")]);
    let plain = in_sops(&sandbox, DEV);
    for comment in ["# written there\nLAST:", "# written here\nDATABASE:"] {
        assert!(plain.is_empty() || plain.contains(comment), "{plain}");
    }
}

#[test]
fn two_comments_on_one_key_are_no_conflict_and_neither_is_lost() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| edit(sandbox, &[("# the token of the API", "# written there")]),
        |sandbox| edit(sandbox, &[("# the token of the API", "# written here")]),
    );
    merges(&sandbox, &[("TOKEN", "base-token-1")]);
    let plain = in_sops(&sandbox, DEV);
    for comment in ["# written there\n", "# written here\n"] {
        assert!(plain.is_empty() || plain.contains(comment), "{plain}");
    }
}

#[test]
fn a_key_with_its_comment_that_one_side_removed_is_gone_with_it() {
    let sandbox = of_values(&[("TOKEN", "")], &[("LAST", "our-value-1")]);
    merges(&sandbox, &[("TOKEN", ""), ("LAST", "our-value-1")]);
    assert!(!in_sops(&sandbox, DEV).contains("the token of the API"));
}

#[test]
fn values_of_several_lines_and_of_any_character_come_together() {
    let (theirs, ours) = (
        "their-value-1\n  with: yaml # and more\n\n",
        "our-value-1 ü→🔑 <<<<<<< '\"\\",
    );
    let sandbox = of_values(&[("THEIRS", theirs)], &[("OURS", ours)]);
    merges(&sandbox, &[("LAST", "base-last-1")]);
    assert_eq!(get(&sandbox, "dev", "THEIRS"), theirs);
    assert_eq!(get(&sandbox, "dev", "OURS"), ours);
}

#[test]
fn hundreds_of_keys_of_each_side_come_together() {
    let sandbox = case();
    let many = |sandbox: &crate::sandbox::Sandbox, name: &str, value: &str| {
        let file = sandbox.path("many.env");
        let lines: String = (0..200)
            .map(|at| format!("{name}_{at}={value}\n"))
            .collect();
        sandbox.write(&file, lines);
        sandbox
            .vault(["import", "dev", &file.display().to_string()])
            .succeeds();
        std::fs::remove_file(file).unwrap();
    };
    sides(
        &sandbox,
        |sandbox| many(sandbox, "THEIRS", "their-value-1"),
        |sandbox| many(sandbox, "OURS", "our-value-1"),
    );
    merges(
        &sandbox,
        &[
            ("THEIRS_0", "their-value-1"),
            ("THEIRS_199", "their-value-1"),
            ("OURS_0", "our-value-1"),
            ("OURS_199", "our-value-1"),
        ],
    );
}

#[test]
fn a_side_that_changed_nothing_that_counts_changes_nothing() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            set(sandbox, "TOKEN", "their-value-1");
            set(sandbox, "TOKEN", "base-token-1");
        },
        |sandbox| {
            set(sandbox, "EXTRA", "our-value-1");
            unset(sandbox, "EXTRA");
            set(sandbox, "DATABASE", "our-value-2");
        },
    );
    merges(
        &sandbox,
        &[
            ("TOKEN", "base-token-1"),
            ("DATABASE", "our-value-2"),
            ("EXTRA", ""),
        ],
    );
}

#[test]
fn a_branch_that_is_only_behind_is_taken_as_it_is() {
    let sandbox = case();
    super::world::on_branch(&sandbox, "theirs", |sandbox| {
        set(sandbox, "TOKEN", "their-value-1")
    });
    let output = git(&sandbox, &["merge", "theirs"]);
    assert!(
        output.stdout().contains("Fast-forward"),
        "{}",
        output.stdout()
    );
    holds(&sandbox, &[("TOKEN", "their-value-1")]);
    let output = git(&sandbox, &["merge", "theirs"]);
    assert_eq!(output.stdout(), "Already up to date.\n");
}
