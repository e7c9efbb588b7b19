//! What programs are told.

use super::{TOKEN, hooked, stage};

fn check(sandbox: &crate::sandbox::Sandbox, code: i32, answer: &str) {
    let run = sandbox.vault(["git", "pre-commit", "--json"]).run();
    assert_eq!(run.code(), code, "{}", run.stderr());
    assert_eq!(run.stderr(), "");
    assert_eq!(run.stdout(), answer);
}

const NOTHING: &str = r#"{
  "findings": [],
  "warnings": [],
  "left_out": []
}
"#;

#[test]
fn findings_have_their_place_and_nothing_is_a_document_too() {
    let sandbox = hooked();
    check(&sandbox, 0, NOTHING);
    stage(&sandbox, "file", format!("\nx {TOKEN}"));
    check(
        &sandbox,
        1,
        r#"{
  "findings": [
    {
      "kind": "finding",
      "path": "file",
      "line": 2,
      "column": 3,
      "error": "file:2:3: holds the value of API_TOKEN in dev",
      "details": [],
      "hints": [
        "git restore --staged FILE takes a file out of the commit (before the first one: git rm --cached FILE)"
      ]
    }
  ],
  "warnings": [],
  "left_out": []
}
"#,
    );
}

#[test]
fn what_was_left_out_is_told_and_trust_is_a_kind_of_its_own() {
    let sandbox = hooked();
    let sealed = sandbox.read("secrets/dev.yaml");
    stage(
        &sandbox,
        "secrets/dev.yaml",
        sealed.replacen("LEVEL", "LEVEL2", 1),
    );
    let run = sandbox
        .vault(["git", "pre-commit", "--json", "--keyless"])
        .run();
    assert_eq!(run.code(), 3);
    let answer = run.stdout();
    assert!(
        answer.contains(
            "\"kind\": \"trust\",\n      \"path\": \"secrets/dev.yaml\",\n      \"line\": null,"
        ),
        "{answer}"
    );
    assert!(answer.contains("\"reason\": \"values were not looked for, as --keyless says\",\n      \"what\": [\n        \"dev\"\n      ]"), "{answer}");
}
