//! Files that look like secrets in clear, to somebody who has no identity.

use super::{SKIP, UNSTAGE, commits, hooked, stage};
use crate::{sandbox::Sandbox, team};

const MEANT: &str = "vault: hint: if everybody may read it: a line \"FILE vault-public\" in .gitattributes says so\n";
const KEYLESS: &str = "vault: values were not looked for, as --keyless says: dev\n";
/// Not a value that anybody knows.
const OTHER: &str = "s3cret-of-an0ther";

/// What somebody without an identity is told of the file.
fn told(sandbox: &Sandbox, code: i32, said: &str) {
    let check = ["git", "pre-commit", "--keyless"];
    sandbox
        .vault(check)
        .fails_with(code, &format!("{KEYLESS}{said}{SKIP}"));
}

fn passes(sandbox: &Sandbox) {
    let check = ["git", "pre-commit", "--keyless"];
    sandbox.vault(check).succeeds().says(KEYLESS);
}

#[test]
fn r68_files_for_the_environment_with_a_value_for_a_key_are_refused_whatever_the_value_is() {
    let sandbox = hooked();
    for path in [
        "prod.env",
        "deploy/.env-prod",
        ".envrc",
        "prod.env.bak",
        "web.env.local",
    ] {
        stage(
            &sandbox,
            path,
            format!("# all\nA=1\nexport API_TOKEN='{OTHER}'\n"),
        );
        told(
            &sandbox,
            1,
            &format!(
                "vault: error: {path}:3: has a value for API_TOKEN in clear\n{UNSTAGE}{MEANT}"
            ),
        );
        sandbox.git(["rm", "--quiet", "--cached", path]);
    }
    let text = format!("\u{feff}DATABASE_URL=postgres://app:{OTHER}@db.internal/app\r\n");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    stage(&sandbox, "wide.env", wide);
    told(
        &sandbox,
        1,
        &format!(
            "vault: error: wide.env:1: has a value for DATABASE_URL in clear\n{UNSTAGE}{MEANT}"
        ),
    );
}

#[test]
fn examples_and_files_with_what_stands_for_values_are_no_secrets() {
    let sandbox = hooked();
    for (path, text) in [
        (".env.example", "API_TOKEN=s3cret-of-n0body\n"),
        ("example.env", "API_TOKEN=s3cret-of-n0body\n"),
        (".env.sample", "API_TOKEN=your-token-here\n"),
        (".env.template", "API_TOKEN={{ token }}\n"),
        (
            ".envrc",
            "export API_TOKEN=$(cat ~/.token)\nexport DB_PASSWORD=${DB_PASSWORD}\nPATH_add bin\n",
        ),
        (
            "ci.env",
            "API_TOKEN=changeme-changeme\nDB_PASSWORD=postgres\nURL=postgres://app:app@localhost/app\n",
        ),
        (
            "versions.env",
            "IMAGE=ghcr.io/acme/app:1.2.3\nNODE_VERSION=20.1.2\n",
        ),
        (
            "compose.yaml",
            "secrets:\n  api_token:\n    file: ./run/secrets/API_TOKEN\n",
        ),
        (
            "src/secrets/token.rs",
            "const API_TOKEN: &str = \"s3cret-of-n0body\";\n",
        ),
        (
            "secrets/README.md",
            "API_TOKEN: ask somebody who knows it\n",
        ),
        ("secrets/dev.example.yaml", "API_TOKEN: s3cret-of-n0body\n"),
        ("secrets/.gitignore", "*.local.yaml\n"),
        ("docker/secrets/LEVEL", "debug\n"),
        ("config/app.yaml", "api_token: s3cret-of-n0body\n"),
    ] {
        stage(&sandbox, path, text);
    }
    commits(&sandbox);
}

#[test]
fn r68_data_in_clear_where_secret_files_lie_is_refused_and_what_sops_has_encrypted_is_not() {
    let sandbox = hooked();
    let sealed = sandbox.read("secrets/dev.yaml");
    stage(&sandbox, "secrets/old.yaml", sealed);
    passes(&sandbox);
    stage(
        &sandbox,
        "secrets/prod.yaml",
        format!("a: {{b: [{OTHER}]}}\n"),
    );
    stage(
        &sandbox,
        "secrets/deep/prod.json",
        format!("{{\"any\": \"{OTHER}\"}}"),
    );
    stage(
        &sandbox,
        "secrets/dev.yaml.bak",
        format!("API_TOKEN: {OTHER}\n"),
    );
    told(
        &sandbox,
        1,
        &format!(
            "vault: error: secrets/deep/prod.json: it is not encrypted, and lies where secret files do
vault: error: secrets/dev.yaml.bak:1: has a value for API_TOKEN in clear
vault: error: secrets/prod.yaml: it is not encrypted, and lies where secret files do
{UNSTAGE}vault: hint: vault import takes its values over, encrypted
{MEANT}"
        ),
    );
}

#[test]
fn r68_secret_files_of_docker_are_told_by_their_folder_and_their_names() {
    let sandbox = hooked();
    stage(&sandbox, "docker/secrets/API_TOKEN", OTHER);
    stage(&sandbox, ".secrets/api_token.txt", format!("{OTHER}\n"));
    told(
        &sandbox,
        1,
        &format!(
            "vault: error: .secrets/api_token.txt: a file of this name holds a secret in clear
vault: error: docker/secrets/API_TOKEN: a file of this name holds a secret in clear
{UNSTAGE}{MEANT}"
        ),
    );
}

#[test]
fn what_everybody_may_read_is_said_in_gits_attributes_and_known_values_are_found_all_the_same() {
    let sandbox = hooked();
    stage(&sandbox, ".env", "LEVEL=debug\n");
    stage(&sandbox, "ci/ci.env", format!("API_TOKEN={OTHER}\n"));
    let attributes = sandbox.read(".gitattributes");
    let said = format!("{attributes}/.env vault-public\nci/*.env vault-public\n");
    stage(&sandbox, ".gitattributes", &said);
    commits(&sandbox);
    stage(&sandbox, ".env", format!("API_TOKEN={:?}\n", super::TOKEN));
    super::refuses(
        &sandbox,
        &format!("vault: error: .env:1:12: holds the value of API_TOKEN in dev\n{UNSTAGE}{SKIP}"),
    );
}

#[test]
fn what_a_file_had_before_is_not_told_again_by_its_look_either() {
    let sandbox = hooked();
    stage(&sandbox, "ci.env", format!("API_TOKEN={OTHER}\n"));
    sandbox.git(["commit", "--quiet", "--no-verify", "--message", "known"]);
    stage(&sandbox, "ci.env", format!("A=1\nAPI_TOKEN={OTHER}\n"));
    commits(&sandbox);
    sandbox.git(["mv", "ci.env", "test.env"]);
    commits(&sandbox);
    stage(
        &sandbox,
        "test.env",
        format!("API_TOKEN={OTHER}\nDB_PASSWORD={OTHER}\n"),
    );
    told(
        &sandbox,
        1,
        &format!(
            "vault: error: test.env:2: has a value for DB_PASSWORD in clear\n{UNSTAGE}{MEANT}"
        ),
    );
}

#[test]
fn overrides_are_refused_where_the_config_has_none_any_more() {
    let sandbox = hooked();
    team::reconfigure(
        &sandbox,
        "recipients: [alice]",
        "local: true\n        recipients: [alice]",
    );
    sandbox
        .vault(["set", "dev", "LEVEL=trace", "--local"])
        .succeeds();
    sandbox.git(["checkout", "--", ".vault.yaml"]);
    sandbox.git(["add", "--force", "secrets/dev.local.yaml"]);
    told(
        &sandbox,
        1,
        &format!(
            "vault: error: secrets/dev.local.yaml: overrides of one's own are never committed\n{UNSTAGE}"
        ),
    );
}
