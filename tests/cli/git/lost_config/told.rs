//! What `check` and `diff` say of a config that is gone, or comes back.

use super::{super::world::FILE, CONFIG, without};

/// What a reviewer is told of `without`, with what it is compared.
fn lost(revision: &str) -> String {
    format!(
        ".vault.yaml
    ! it is gone: nothing says any more who may read and write dev
    ! still there, and checked by nothing: secrets/dev.yaml
    git checkout {revision} -- .vault.yaml brings it back
dev (secrets/dev.yaml), gone
    - alice
    - bob
    - TOKEN
    - DATABASE
"
    )
}

#[test]
fn a_pull_request_that_takes_the_config_away_says_what_is_no_longer_covered() {
    let sandbox = without();
    let base = sandbox.git(["merge-base", "main", "HEAD"]);
    let base = &base.trim()[..10];
    let told = lost(base);
    for checked_out in ["side", "main"] {
        sandbox.git(["checkout", "--quiet", checked_out]);
        sandbox.vault(["diff", "main...side"]).succeeds_with(&told);
        let output = sandbox
            .vault(["diff", "main...side", "--exit-code"])
            .fails(3);
        output.prints(&told);
        sandbox
            .vault(["diff", "main~", "side", "dev"])
            .succeeds_with(&lost("'main~'"));
    }
    sandbox.git(["checkout", "--quiet", "side"]);
    sandbox.vault(["diff", "main...HEAD"]).succeeds_with(&told);
    sandbox
        .vault(["diff", "main~"])
        .succeeds_with(&lost("'main~'"));
    sandbox
        .vault(["diff", "main~", "--staged"])
        .succeeds_with(&lost("'main~'"));
    sandbox
        .vault(["diff", "main...HEAD", "--format", "markdown"])
        .succeeds_with(&format!(
            "### Secrets: `{base}` → `HEAD`

**.vault.yaml**

- <code>&#33;</code> it is gone: nothing says any more who may read and write dev
- <code>&#33;</code> still there, and checked by nothing: <code>secrets&#47;dev&#46;yaml</code>
- git checkout {base} <code>&#45;&#45;</code> <code>&#46;vault&#46;yaml</code> brings it back

#### `dev`, gone (`secrets/dev.yaml`)

Who can read and write:

- removed: alice
- removed: bob

| key | |
|---|---|
| `TOKEN` | removed |
| `DATABASE` | removed |
"
        ));
    let json = sandbox.vault(["diff", "main...HEAD", "--json"]).succeeds();
    assert!(
        json.stdout().contains(
            "  \"config\": [
    \"! it is gone: nothing says any more who may read and write dev\",
    \"! still there, and checked by nothing: secrets/dev.yaml\","
        ),
        "{}",
        json.stdout()
    );
    assert!(json.stdout().contains("\"state\": \"gone\""));
}

#[test]
fn a_config_that_goes_with_its_files_or_comes_back_is_told_as_well() {
    let sandbox = without();
    sandbox.git(["rm", "--quiet", FILE]);
    sandbox.commit("the rest");
    let told = lost("main").replace(
        "    ! still there, and checked by nothing: secrets/dev.yaml\n",
        "",
    );
    let told = told + "    - OURS\n";
    sandbox.vault(["diff", "main", "HEAD"]).succeeds_with(&told);
    let back = sandbox.vault(["diff", "HEAD", "main"]).succeeds();
    assert!(
        back.stdout()
            .contains("\ndev (secrets/dev.yaml), new, signed by alice\n"),
        "{}",
        back.stdout()
    );
}

#[test]
fn check_names_a_config_that_is_gone() {
    let sandbox = without();
    let output = sandbox
        .vault(["check", "--keyless", "--base", "main"])
        .fails(3);
    output
        .prints(
            ".vault.yaml: not ok
dev: ok (removed)
    - the environment is gone; it was read by alice, bob
",
        )
        .says(
            "vault: error: .vault.yaml is gone, and the revision to compare with has it: nothing says any more who may read and write dev
vault: hint: git checkout main -- .vault.yaml brings it back
vault: hint: git log --stat -1 -- .vault.yaml shows who took it away
",
        );
    let output = sandbox
        .vault(["check", "--history", "--this-branch"])
        .fails(3);
    output.prints(".vault.yaml: not ok\n").says(
        "vault: error: .vault.yaml is gone since commit [..] by Test: nothing says any more who may read and write dev
vault: hint: git checkout [..] -- .vault.yaml brings it back
",
    );
    let output = sandbox
        .vault(["check", "--base", "main", "--json"])
        .fails(3);
    assert!(
        output.stdout().starts_with(
            "[
  {
    \"environment\": \".vault.yaml\",
    \"state\": \"not ok\",
    \"findings\": [
      {
        \"kind\": \"trust\","
        ),
        "{}",
        output.stdout()
    );
    // A branch that nobody has checked out.
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.vault(["check", "--history"]).succeeds_with(
        "dev: ok (signed by alice, opens, 3 keys)
.vault.yaml: ok (gone on side since commit [..] by Test)
",
    );
    sandbox
        .vault(["check", "--history", "--this-branch"])
        .succeeds_with("dev: ok (signed by alice, opens, 3 keys)\n");
}

#[test]
fn a_config_that_came_back_is_not_gone() {
    let sandbox = without();
    sandbox.git(["checkout", "main", "--", CONFIG]);
    sandbox.commit("it is back");
    sandbox
        .vault(["check", "--history"])
        .succeeds_with("dev: ok (signed by alice, opens, 2 keys)\n");
}
