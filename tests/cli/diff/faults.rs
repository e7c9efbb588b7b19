//! Versions that would not be accepted are shown, and what is wrong with them is plain.

use super::{DEV, committed, diff, reviewed};
use crate::team::{log_in, reconfigure};

#[test]
fn a_forged_version_is_shown_with_what_it_has_and_marked() {
    let sandbox = committed();
    let good = sandbox.read(DEV);
    sandbox.write(DEV, good.replacen("A: ENC", "FORGED: ENC", 1));
    let expected = "dev (secrets/dev.yaml), not accepted
    ! not accepted: not signed by anybody who may write: [..]
    + FORGED
    - A
";
    reviewed(&sandbox, &[]).succeeds_with(expected).says("");
    // An identity does not open it, and changes nothing.
    diff(&sandbox, &[]).succeeds_with(expected).says("");
    diff(&sandbox, &["--exit-code"]).fails(3).prints(expected);
    // Of what proves itself the values are shown, and no others.
    diff(&sandbox, &["--reveal"])
        .prints_secrets()
        .succeeds_with(&format!("{expected}        - one-one\n"));
    sandbox.commit("forged");
    sandbox.write(DEV, good);
    reviewed(&sandbox, &["--exit-code"]).fails(1).prints(
        "dev (secrets/dev.yaml), signed by alice
    ! before: not accepted: not signed by anybody who may write: [..]
    + A
    - FORGED
",
    );
}

#[test]
fn a_file_that_was_put_in_the_place_of_another_is_marked() {
    let sandbox = committed();
    sandbox
        .vault(["env", "add", "test", "--recipients", "alice", "--yes"])
        .succeeds();
    sandbox.commit("test");
    let dev = sandbox.read(DEV);
    sandbox.write("secrets/test.yaml", dev);
    let output = reviewed(&sandbox, &["--exit-code"]).fails(3);
    let said = "test (secrets/test.yaml), signed by alice
    ! it is signed as dev
    ! its membership log does not go on from the one before
";
    assert!(output.stdout().starts_with(said), "{}", output.stdout());
}

#[test]
fn a_file_of_somebody_s_own_does_not_go_on_from_the_one_before() {
    let sandbox = committed();
    std::fs::remove_file(sandbox.work(DEV)).unwrap();
    sandbox.git(["checkout", "--quiet", "--orphan", "own"]);
    log_in(&sandbox, "carol");
    reconfigure(&sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox.git(["rm", "--quiet", "--cached", DEV]);
    sandbox
        .vault(["set", "dev", "A", "mine-mine"])
        .variable("XDG_STATE_HOME", sandbox.path("carol"))
        .succeeds();
    sandbox.commit("mine");
    reviewed(&sandbox, &["main", "own", "--exit-code"])
        .fails(3)
        .prints(
            "dev (secrets/dev.yaml), signed by carol
    ! its membership log does not go on from the one before
    + carol reads and writes (SHA256:[..]), signed by carol ([TIME])
    - PORT
    - db.host
    ? A: encrypted anew; no identity here tells whether changed, too
",
        );
}

#[test]
fn a_file_that_is_taken_away_and_one_that_is_no_yaml_are_marked() {
    let sandbox = committed();
    std::fs::remove_file(sandbox.work(DEV)).unwrap();
    reviewed(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), no file
    ! its file is gone, and .vault.yaml still has the environment
    - alice
    - bob
    - A
    - PORT
    - db.host
",
    );
    sandbox.secret("hunter2-hunter2");
    sandbox.write(DEV, "PASSWORD: [hunter2-hunter2\n");
    reviewed(&sandbox, &["--exit-code"]).fails(3).prints(
        "dev (secrets/dev.yaml), not accepted
    ! not accepted: [..]
...
",
    );
    // Somebody has put it in clear: its keys are told, and no value.
    sandbox.write(DEV, "PASSWORD: hunter2-hunter2\n");
    reviewed(&sandbox, &["--exit-code"]).fails(3).prints(
        "dev (secrets/dev.yaml), not accepted
    ! not accepted: [..]
    - alice
    - bob
    + PASSWORD (in clear)
    - A
    - PORT
    - db.host
",
    );
}

#[test]
fn a_merge_that_nobody_has_finished_is_told_as_that() {
    let sandbox = committed();
    sandbox.git(["checkout", "--quiet", "-b", "topic"]);
    sandbox.vault(["set", "dev", "A", "of-topic"]).succeeds();
    sandbox.commit("topic");
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.vault(["set", "dev", "A", "of-main"]).succeeds();
    sandbox.commit("main");
    let git = sandbox.program("/usr/bin/git", ["merge", "topic"]);
    git.variable("GIT_AUTHOR_NAME", "T")
        .variable("GIT_AUTHOR_EMAIL", "t@example.org")
        .variable("GIT_COMMITTER_NAME", "T")
        .variable("GIT_COMMITTER_EMAIL", "t@example.org")
        .fails(1);
    let expected = "dev (secrets/dev.yaml), not accepted
    ! not merged yet: vault git resolve asks what counts
";
    for line in [&[][..], &["--staged"]] {
        let output = reviewed(&sandbox, line).succeeds();
        assert!(output.stdout().starts_with(expected), "{}", output.stdout());
    }
    // As a driver leaves it: our file with a mark.
    sandbox.git(["checkout", "--quiet", "--force", "main"]);
    let ours = sandbox.read(DEV);
    let mark = "    x-vault:\n        unmerged:\n            theirs: 0123456789abcdef0123456789abcdef01234567\n";
    sandbox.write(DEV, ours.replacen("    x-vault:\n", mark, 1));
    sandbox.commit("hasty");
    let output = reviewed(&sandbox, &["HEAD~", "HEAD", "--exit-code"]).fails(3);
    assert!(output.stdout().starts_with(expected), "{}", output.stdout());
}

#[test]
fn a_config_that_cannot_be_read_does_not_hide_what_happens_to_the_files() {
    let sandbox = committed();
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    reconfigure(&sandbox, "version: 1", "version: [");
    reviewed(&sandbox, &[]).succeeds_with(
        ".vault.yaml
    ! it cannot be read: [..]
    ! nothing says any more who may read and write [..]
    ! still there, and checked by nothing: [..]
dev (secrets/dev.yaml), signed by alice
    ~ A
",
    );
}

#[test]
fn another_id_of_the_repository_is_marked() {
    let sandbox = committed();
    let text = sandbox.read(".vault.yaml");
    let id = text
        .lines()
        .find(|line| line.starts_with("repository:"))
        .unwrap();
    reconfigure(&sandbox, id, "repository: 00112233445566778899aabbccddeeff");
    let output = reviewed(&sandbox, &[]).succeeds();
    let said = ".vault.yaml\n    ! `repository` is another one: ";
    assert!(output.stdout().starts_with(said), "{}", output.stdout());
}

#[test]
fn a_mark_that_was_taken_away_again_is_told_of_the_side_that_had_it() {
    let sandbox = committed();
    let ours = sandbox.read(DEV);
    let mark = "    x-vault:\n        unmerged:\n            theirs: 0123456789abcdef0123456789abcdef01234567\n";
    sandbox.write(DEV, ours.replacen("    x-vault:\n", mark, 1));
    sandbox.commit("hasty");
    sandbox.write(DEV, ours);
    sandbox.commit("our side");
    reviewed(&sandbox, &["HEAD~", "HEAD", "--exit-code"]).fails(1);
    reviewed(&sandbox, &["HEAD~", "HEAD"]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    ! before: not merged yet: vault git resolve asks what counts
",
    );
}
