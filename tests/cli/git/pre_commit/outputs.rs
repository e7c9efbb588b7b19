//! Outputs of vault in what is to be committed.

use super::{NAMED, SKIP, UNSTAGE, commits, hooked, refuses, stage};

#[test]
fn files_with_the_usual_names_of_outputs_are_refused_and_examples_are_not() {
    let sandbox = hooked();
    for path in [
        ".env.example",
        "app/.env.sample",
        "run/secrets/.gitignore",
        ".envrc",
    ] {
        stage(&sandbox, path, "A=\n");
    }
    commits(&sandbox);
    for path in [".env", "app/.env.production", "deploy/run/secrets/KEY"] {
        stage(&sandbox, path, "A=1\n");
    }
    refuses(
        &sandbox,
        &format!(
            "vault: error: .env: such files hold secrets in clear
vault: error: app/.env.production: such files hold secrets in clear
vault: error: deploy/run/secrets/KEY: such files hold secrets in clear
{UNSTAGE}{NAMED}{SKIP}"
        ),
    );
    sandbox.git(["commit", "--quiet", "--no-verify", "--message", "x"]);
    // To take one away is always right.
    sandbox.git(["rm", "--quiet", ".env"]);
    commits(&sandbox);
}

#[test]
fn what_vault_wrote_is_refused_there_and_under_any_other_name_without_an_identity() {
    let sandbox = hooked();
    let render = [
        "render",
        "dev",
        "--format",
        "json",
        "-o",
        "out.json",
        "--allow-in-git",
    ];
    sandbox.vault(render).succeeds();
    sandbox.git(["add", "out.json"]);
    let copy = std::fs::read(sandbox.work("out.json")).unwrap();
    stage(&sandbox, "docs/copy of it.json", copy);
    sandbox
        .vault(["git", "pre-commit", "--keyless"])
        .fails_with(
            1,
            &format!(
                "vault: values were not looked for, as --keyless says: dev
vault: error: docs/copy of it.json: has the secrets in clear that vault wrote to [ROOT][..]/out.json
vault: error: out.json: vault writes secrets in clear there
{UNSTAGE}{SKIP}"
            ),
        );
}

#[test]
fn the_place_of_an_output_is_refused_whatever_it_holds_and_a_common_content_is_not() {
    let sandbox = hooked();
    let render = [
        "render",
        "dev",
        "--format",
        "docker-secrets",
        "-o",
        "out",
        "--allow-in-git",
    ];
    sandbox.vault(render).succeeds();
    // The value of LEVEL, which is one word.
    stage(&sandbox, "level", "debug");
    commits(&sandbox);
    stage(&sandbox, "out/LEVEL", "changed by hand");
    refuses(
        &sandbox,
        &format!("vault: error: out/LEVEL: vault writes secrets in clear there\n{UNSTAGE}{SKIP}"),
    );
}
