//! For a comment on a pull request, and for programs.

use super::{DEV, committed, diff, reviewed};
use crate::team::reconfigure;

#[test]
fn a_reviewer_without_any_key_sees_keys_signer_and_people_of_a_pull_request() {
    let sandbox = committed();
    sandbox.git(["checkout", "--quiet", "-b", "change"]);
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    reconfigure(&sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("change");
    reviewed(&sandbox, &["main...change", "--format", "markdown"]).succeeds_with(
        "### Secrets: `[..]` → `change`

#### `dev`, signed by `alice` (`secrets/dev.yaml`)

Who can read and write:

- added: carol reads and writes (<code>SHA256&#58;[..]</code>), signed by alice (<code>[..]</code>)

| key | |
|---|---|
| `A` | changed |
",
    );
    reviewed(&sandbox, &["change", "change", "--format", "markdown"]).succeeds_with(
        "### Secrets: `change` → `change`

No key, no member and no rule differs.
",
    );
}

#[test]
fn nothing_in_a_comment_on_a_pull_request_is_markup() {
    let sandbox = committed();
    let key = "`x` | <img src> @team [a](http://b) **c** #1";
    sandbox
        .vault(["set", "dev", &format!("\"{key}\""), "three-three"])
        .succeeds();
    let output = reviewed(&sandbox, &["--format", "markdown"]).succeeds();
    let line = output
        .stdout()
        .lines()
        .find(|line| line.starts_with("| <code>"))
        .unwrap();
    let cell = line
        .strip_prefix("| <code>")
        .unwrap()
        .split("</code>")
        .next()
        .unwrap();
    for letter in ["`", "|", "<", ">", "@", "[", "]", "*", "/", "\""] {
        assert!(!cell.contains(letter), "{letter}: {line}");
    }
    assert!(cell.contains("&#64;team"), "{line}");
}

#[test]
fn programs_get_one_object() {
    let sandbox = committed();
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    sandbox
        .vault(["set", "dev", "PORT", "1", "--type", "int"])
        .succeeds();
    let expected = r#"{
  "before": "HEAD",
  "after": "work tree",
  "config": [],
  "environments": [
    {
      "environment": "dev",
      "was": null,
      "file": "secrets/dev.yaml",
      "was_file": null,
      "state": "changed",
      "signature": "signed",
      "signer": "alice",
      "faults": [],
      "faults_before": [],
      "members": [],
      "structure": [],
      "wanted": [],
      "keys": [
        {
          "key": "A",
          "change": "changed",
          "type": "str",
          "in_clear": false
        },
        {
          "key": "PORT",
          "change": "retyped",
          "type": "int",
          "in_clear": false,
          "was_type": "str"
        }
      ],
      "comments": [],
      "written_anew": true
    }
  ]
}
"#;
    diff(&sandbox, &["--json"]).succeeds_with(expected);
    diff(&sandbox, &["--format", "json"]).succeeds_with(expected);
    let output = diff(&sandbox, &["--json", "--reveal"])
        .prints_secrets()
        .succeeds();
    let shown = "\"before\": \"one-one\",\n          \"after\": \"three-three\"";
    assert!(output.stdout().contains(shown), "{}", output.stdout());
    sandbox.git(["checkout", "--quiet", "--", DEV]);
    diff(&sandbox, &["--json"]).succeeds_with(
        r#"{
  "before": "HEAD",
  "after": "work tree",
  "config": [],
  "environments": []
}
"#,
    );
}
