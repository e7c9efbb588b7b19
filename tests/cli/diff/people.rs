//! Who can read and write, and who can no longer.

use super::{committed, diff, reviewed};
use crate::team::{log_in, reconfigure};

#[test]
fn who_comes_and_who_goes_is_named_with_who_signed_it() {
    let sandbox = committed();
    reconfigure(&sandbox, "[alice, bob]", "[alice, carol]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("members");
    let expected = "dev (secrets/dev.yaml), signed by alice
    + carol reads and writes (SHA256:[..]), signed by alice ([TIME])
    - bob (SHA256:[..]), signed by alice ([TIME])
    ? A: encrypted anew; no identity here tells whether changed, too
    ? PORT: encrypted anew; no identity here tells whether changed, too
    ? db.host: encrypted anew; no identity here tells whether changed, too
";
    reviewed(&sandbox, &["HEAD~", "HEAD"]).succeeds_with(expected);
    reviewed(&sandbox, &["HEAD~..HEAD"]).succeeds_with(expected);
    // The other way round the change of members would be undone.
    reviewed(&sandbox, &["HEAD", "HEAD~", "--exit-code"])
        .fails(3)
        .prints(
            "dev (secrets/dev.yaml), signed by alice
    ! older than before: changes of members are undone
    + bob reads and writes (SHA256:[..])
    - carol (SHA256:[..])
    ? A: encrypted anew; no identity here tells whether changed, too
    ? PORT: encrypted anew; no identity here tells whether changed, too
    ? db.host: encrypted anew; no identity here tells whether changed, too
",
        );
}

#[test]
fn a_right_to_write_that_is_taken_and_another_key_are_told() {
    let sandbox = committed();
    reconfigure(
        &sandbox,
        "recipients: [alice, bob]",
        "recipients: [alice, bob], writers: [alice]",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    reviewed(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    ~ bob reads instead of reads and writes, signed by alice ([TIME])
",
    );
}

#[test]
fn what_only_the_config_wants_is_told_as_not_in_force() {
    let sandbox = committed();
    reconfigure(&sandbox, "[alice, bob]", "[alice, ops]");
    reconfigure(
        &sandbox,
        "environments:",
        "groups:\n    ops: [bob, carol]\ndefault: dev\nenvironments:",
    );
    let expected = ".vault.yaml
    + group ops: bob, carol
    ~ default: dev instead of none
dev (secrets/dev.yaml), signed by alice
    wanted by .vault.yaml, not in force until vault sync dev:
        + carol reads and writes (SHA256:[..])
";
    reviewed(&sandbox, &[]).succeeds_with(expected);
    reviewed(&sandbox, &["--exit-code"]).fails(1);
    sandbox.commit("wanted");
    // It was wanted before already: another change says nothing of it.
    reconfigure(&sandbox, "[bob, carol]", "[carol, bob]");
    reconfigure(&sandbox, "default: dev", "default: dev\nformer: {}");
    reviewed(&sandbox, &[]).succeeds_with("");
    sandbox.vault(["sync", "--yes"]).succeeds();
    reviewed(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    + carol reads and writes (SHA256:[..]), signed by alice ([TIME])
",
    );
}

#[test]
fn recipients_and_groups_of_the_config_are_told_when_they_change() {
    let sandbox = committed();
    let carol = sandbox.read(".vault.yaml");
    let carol = carol
        .lines()
        .find(|line| line.trim().starts_with("carol:"))
        .unwrap();
    reconfigure(&sandbox, &format!("{carol}\n"), "");
    reviewed(&sandbox, &[]).succeeds_with(".vault.yaml\n    - recipient carol\n");
    sandbox.commit("carol has left");
    reconfigure(
        &sandbox,
        "recipients:\n",
        &format!("recipients:\n{carol}\n"),
    );
    reviewed(&sandbox, &[]).succeeds_with(".vault.yaml\n    + recipient carol (SHA256:[..])\n");
}

#[test]
fn a_signature_that_is_turned_off_is_told_as_a_fault() {
    let sandbox = committed();
    reconfigure(&sandbox, "[alice, bob]}", "[alice, bob], signed: false}");
    let wish = "    wanted by .vault.yaml, not in force until vault sync dev:
        ! `signed: false`: nobody would vouch for the file any more
";
    let told = reviewed(&sandbox, &[]).succeeds();
    assert!(told.stdout().ends_with(wish), "{}", told.stdout());
    sandbox.vault(["sync", "--yes"]).succeeds();
    reviewed(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), not signed
    ! it was signed, and is not any more
",
    );
    diff(&sandbox, &["--exit-code"]).fails(3);
}

#[test]
fn that_a_file_is_signed_is_a_wish_until_it_is() {
    let sandbox = committed();
    reconfigure(
        &sandbox,
        "environments:\n",
        "environments:\n    old: {recipients: [alice], signed: false}\n",
    );
    sandbox.vault(["set", "old", "A", "x"]).succeeds();
    sandbox.commit("unsigned");
    let config = sandbox.read(".vault.yaml");
    reconfigure(&sandbox, "[alice], signed: false}", "[alice]}");
    reviewed(&sandbox, &[]).succeeds_with(
        "old (secrets/old.yaml), not signed
    ! not signed, and .vault.yaml wants it signed
    wanted by .vault.yaml, not in force until vault sync old:
        ~ is signed
",
    );
    sandbox.write(".vault.yaml", config);
    sandbox.vault(["sign", "old", "--yes"]).succeeds();
    reviewed(&sandbox, &[]).succeeds_with(
        "old (secrets/old.yaml), signed by alice
    ? A: encrypted anew; no identity here tells whether changed, too
",
    );
}

#[test]
fn recipients_of_a_file_that_nobody_signs_are_told_by_the_names_that_the_config_has() {
    let sandbox = committed();
    reconfigure(
        &sandbox,
        "environments:\n",
        "environments:\n    old: {recipients: [alice], signed: false}\n",
    );
    sandbox.vault(["set", "old", "A", "x"]).succeeds();
    sandbox.commit("unsigned");
    reviewed(&sandbox, &["HEAD~", "HEAD"]).succeeds_with(
        "old (secrets/old.yaml), new, not signed
    + alice reads and writes, not signed by anybody
    + A
",
    );
}

#[test]
fn the_signer_is_whoever_signed_the_file_as_it_is() {
    let sandbox = committed();
    log_in(&sandbox, "bob");
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    reviewed(&sandbox, &[]).succeeds_with("dev (secrets/dev.yaml), signed by bob\n    ~ A\n");
}
