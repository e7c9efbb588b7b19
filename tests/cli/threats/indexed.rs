//! What git's attributes alter where only the index has them: the work tree has none, or git could not merge them.

use super::undone::DEV;
use crate::{sandbox::Sandbox, vaults::dev};

/// What brings it back.
const BACK: &str = "git checkout -- secrets/.gitattributes";
/// The same in a sparse checkout.
const TAKEN_IN: &str = "git sparse-checkout add /secrets/.gitattributes";

/// What is refused of a file of attributes that only the index has.
const ONLY_IN_INDEX: &str = " brings back what only the index has
vault: hint: line 1 of secrets/.gitattributes has filter=x: take that out, or put !filter for this file into a line below it
";

/// Whether a command stops at attributes that only the index has.
fn stops_at_index(sandbox: &Sandbox, line: &[&str], back: &str) {
    let refused = sandbox.vault(line).fails(3);
    let said = refused.stderr();
    let hint = format!("vault: hint: {back}{ONLY_IN_INDEX}");
    assert!(said.contains(&hint), "{said}");
}

/// Whether git would filter the file in a commit. `git hash-object` does not look into the index.
fn git_filters(sandbox: &Sandbox) -> bool {
    let said = sandbox.git(["check-attr", "filter", DEV]);
    said.ends_with(": x\n")
}

#[test]
fn attributes_that_only_the_index_has_are_read_as_git_reads_them() {
    for version in ["2", "3", "4"] {
        let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
        sandbox.git(["config", "filter.x.clean", "tr a-y b-z"]);
        sandbox.git(["config", "index.version", version]);
        sandbox.write("secrets/.gitattributes", "d*.yaml filter=x\n");
        sandbox.commit("attributes");
        std::fs::remove_file(sandbox.work("secrets/.gitattributes")).expect("a file");
        assert!(git_filters(&sandbox));
        // Nobody who reads a value waits until the index is looked through, which is as large as the repository has files.
        sandbox.vault(["list", "dev"]).succeeds();
        for line in [&["check", "--keyless"][..], &["set", "dev", "NEW", "n"]] {
            stops_at_index(&sandbox, line, BACK);
        }
        // What the work tree has is all that counts there.
        sandbox.write("secrets/.gitattributes", "");
        assert!(!git_filters(&sandbox));
        sandbox.vault(["check", "--keyless"]).succeeds();
    }
}

#[test]
fn attributes_that_a_sparse_checkout_leaves_out_are_brought_back_by_the_hint() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.git(["config", "filter.x.clean", "tr a-y b-z"]);
    sandbox.write("secrets/.gitattributes", "d*.yaml filter=x\n");
    sandbox.commit("attributes");
    let patterns = ["/*", "!/secrets/.gitattributes"];
    sandbox.git([&["sparse-checkout", "set", "--no-cone"][..], &patterns].concat());
    assert!(!sandbox.exists("secrets/.gitattributes"));
    assert!(git_filters(&sandbox));
    stops_at_index(&sandbox, &["check", "--keyless"], TAKEN_IN);
    sandbox.program("sh", ["-c", TAKEN_IN]).succeeds();
    let place = "secrets/.gitattributes";
    sandbox.write(place, "d*.yaml filter=x\ndev.yaml !filter\n");
    sandbox.vault(["check", "--keyless"]).succeeds();
}

#[test]
fn of_two_sides_that_git_could_not_merge_ours_are_the_attributes() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.git(["config", "filter.x.clean", "tr a-y b-z"]);
    let place = "secrets/.gitattributes";
    sandbox.write(place, "# a file\n");
    sandbox.commit("vault");
    sandbox.git(["checkout", "--quiet", "-b", "other"]);
    sandbox.write(place, "# of theirs\n");
    sandbox.commit("theirs");
    sandbox.git(["checkout", "--quiet", "-"]);
    sandbox.write(place, "d*.yaml filter=x\n");
    sandbox.git(["commit", "--quiet", "-am", "ours"]);
    sandbox.git_run(["merge", "other"]).fails(1);
    std::fs::remove_file(sandbox.work(place)).expect("a file");
    assert!(git_filters(&sandbox));
    stops_at_index(&sandbox, &["check", "--keyless"], BACK);
}

#[test]
fn attributes_of_the_index_end_at_a_nul() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.git(["config", "filter.x.clean", "tr a-y b-z"]);
    sandbox.write(
        "secrets/.gitattributes",
        "d*.yaml filter=x\n\0\nd*.yaml -filter\n",
    );
    sandbox.git(["add", "."]);
    std::fs::remove_file(sandbox.work("secrets/.gitattributes")).expect("a file");
    assert!(git_filters(&sandbox));
    stops_at_index(&sandbox, &["check", "--keyless"], BACK);
}

#[test]
fn an_index_in_two_files_is_not_taken_for_one_that_has_nothing() {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.write("secrets/.gitattributes", "d*.yaml filter=x\n");
    sandbox.git(["add", "."]);
    std::fs::remove_file(sandbox.work("secrets/.gitattributes")).expect("a file");
    sandbox.git(["update-index", "--split-index"]);
    for line in [&["check", "--keyless"][..], &["set", "dev", "A", "one"]] {
        sandbox.vault(line).fails(2);
    }
}
