//! Known values in files that are to be committed.

use super::{NAMED, SKIP, TOKEN, UNSTAGE, commits, hooked, refuses, stage};
use crate::{sandbox::Sandbox, team};

fn found(at: &str) -> String {
    format!("vault: error: {at}: holds the value of API_TOKEN in dev\n{UNSTAGE}{SKIP}")
}

#[test]
fn a_value_in_any_file_stops_the_commit_with_its_place_and_its_key() {
    let sandbox = hooked();
    stage(
        &sandbox,
        "src/main.py",
        format!("import os\n\nTOKEN = '{TOKEN}'\n"),
    );
    refuses(&sandbox, &found("src/main.py:3:10"));
    stage(&sandbox, "src/main.py", "import os\n");
    commits(&sandbox);
}

#[test]
fn a_value_is_found_in_base64_hex_url_encoding_and_json() {
    let sandbox = hooked();
    for (name, text) in [
        ("base64", "czNjcmV0L29mICJkZXYiIDdmM2E="),
        ("base64 in more", "dXNlcjpzM2NyZXQvb2YgImRldiIgN2YzYTp4"),
        ("hex", "7333637265742f6f662022646576222037663361"),
        ("URL", "s3cret%2Fof%20%22dev%22%207f3a"),
        ("JSON", r#"s3cret/of \"dev\" 7f3a"#),
        ("PHP's JSON", r#"s3cret\/of \"dev\" 7f3a"#),
    ] {
        stage(&sandbox, "file", format!("\n    {text}\n"));
        let output = sandbox.vault(["git", "pre-commit"]).run();
        assert_eq!(output.code(), 1, "{name}");
        let expected = "vault: error: file:2:";
        assert!(
            output.stderr().starts_with(expected),
            "{name}: {}",
            output.stderr()
        );
    }
}

#[test]
fn several_keys_with_one_value_are_all_named_and_several_files_all_told() {
    let sandbox = hooked();
    sandbox
        .vault(["set", "dev", "OTHER"])
        .stdin(TOKEN)
        .succeeds();
    stage(&sandbox, "a b.txt", TOKEN);
    stage(&sandbox, "é\n\u{1b}", format!("ü{TOKEN}{TOKEN}"));
    refuses(
        &sandbox,
        &format!(
            "vault: error: a b.txt:1:1: holds the value of API_TOKEN in dev, OTHER in dev
vault: error: é\\u{{a}}\\u{{1b}}:1:2: holds the value of API_TOKEN in dev, OTHER in dev
{UNSTAGE}{SKIP}"
        ),
    );
}

#[test]
fn a_new_value_counts_before_its_secret_file_is_staged() {
    let sandbox = hooked();
    let new = sandbox.secret("rotated-T0KEN-of-dev");
    sandbox
        .vault(["set", "dev", "API_TOKEN"])
        .stdin(&new)
        .succeeds();
    stage(&sandbox, "new", &new);
    refuses(&sandbox, &found("new:1:1"));
    stage(&sandbox, "new", "");
    stage(&sandbox, "old", TOKEN);
    refuses(&sandbox, &found("old:1:1"));
}

#[test]
fn values_of_ones_own_overrides_are_looked_for_too() {
    let sandbox = hooked();
    team::reconfigure(
        &sandbox,
        "recipients: [alice]",
        "local: true\n        recipients: [alice]",
    );
    let own = sandbox.secret("my-0wn-token-of-dev");
    sandbox
        .vault(["set", "dev", "API_TOKEN", "--local"])
        .stdin(&own)
        .succeeds();
    sandbox.git(["add", "--all"]);
    stage(&sandbox, "file", &own);
    refuses(
        &sandbox,
        &format!(
            "vault: error: file:1:1: holds the value of API_TOKEN in dev.local\n{UNSTAGE}{SKIP}"
        ),
    );
}

#[test]
fn values_that_stand_everywhere_stop_nobody() {
    let sandbox = hooked();
    for (key, value) in [
        ("EMPTY", ""),
        ("FLAG", "true"),
        ("PORT", "5432"),
        ("HOST", "localhost"),
        ("REGION", "eu-central-1"),
        ("URL", "postgres://app:app@localhost:5432/app"),
    ] {
        sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    sandbox.git(["add", "--all"]);
    stage(
        &sandbox,
        "compose.yaml",
        "true 5432 localhost eu-central-1 debug postgres://app:app@localhost:5432/app\n",
    );
    commits(&sandbox);
}

#[test]
fn public_keys_of_recipients_are_no_secrets_and_what_else_stands_in_the_config_is_looked_for() {
    let sandbox = hooked();
    sandbox
        .vault(["set", "dev", "PUBLIC_KEY"])
        .stdin(team::ALICE)
        .succeeds();
    sandbox.git(["add", "--all"]);
    stage(&sandbox, "keys.txt", team::ALICE);
    commits(&sandbox);
    let config = format!("# {TOKEN}\n{}", sandbox.read(".vault.yaml"));
    stage(&sandbox, ".vault.yaml", config);
    refuses(&sandbox, &found(".vault.yaml:1:3"));
}

#[test]
fn what_a_file_had_before_is_not_told_again_nor_is_a_file_that_was_moved() {
    let sandbox = hooked();
    stage(&sandbox, ".env.example", format!("API_TOKEN={TOKEN}\n"));
    refuses(&sandbox, &found(".env.example:1:11"));
    sandbox.git(["commit", "--quiet", "--no-verify", "--message", "known"]);
    stage(
        &sandbox,
        ".env.example",
        format!("A=1\nAPI_TOKEN={TOKEN}\n"),
    );
    commits(&sandbox);
    sandbox.git(["mv", ".env.example", ".env.sample"]);
    commits(&sandbox);
    stage(&sandbox, "elsewhere", TOKEN);
    refuses(&sandbox, &found("elsewhere:1:1"));
}

#[test]
fn without_an_identity_it_is_said_that_values_were_not_looked_for() {
    let sandbox = hooked();
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    stage(&sandbox, "file", TOKEN);
    sandbox
        .vault(["git", "pre-commit"])
        .succeeds()
        .says("vault: values were not looked for, since no identity here opens them: dev\n");
    team::log_in(&sandbox, "carol");
    sandbox
        .vault(["git", "pre-commit"])
        .succeeds()
        .says("vault: values were not looked for, since no identity here opens them: dev\n");
    team::log_in(&sandbox, "alice");
    sandbox
        .vault(["git", "pre-commit", "--keyless"])
        .succeeds()
        .says("vault: values were not looked for, as --keyless says: dev\n");
    refuses(&sandbox, &found("file:1:1"));
}

/// Alice's identity behind a passphrase.
fn lock(sandbox: &Sandbox) {
    let place = sandbox.path("config/vault/identity.txt");
    sandbox.copy("keys/alice_locked.age", &place);
    sandbox.chmod(&place, 0o600);
}

#[test]
fn nobody_is_asked_for_a_passphrase_unless_that_is_wanted() {
    let sandbox = hooked();
    lock(&sandbox);
    stage(&sandbox, "file", TOKEN);
    let said = "vault: values were not looked for, since your identity has a passphrase (vault git pre-commit --ask asks for it): dev\n";
    let commit = ["commit", "--quiet", "--message", "x"];
    sandbox.git_run(commit).succeeds().says(said);
    sandbox.git(["reset", "--quiet", "--soft", "HEAD^"]);
    if let Some(terminal) = sandbox.on_terminal(["git", "pre-commit"]) {
        let screen = terminal.run();
        assert_eq!(screen.code(), 0);
        assert!(!screen.stdout().contains("Passphrase"));
    }
}

#[test]
fn an_identity_that_may_not_be_used_leaves_values_out_and_nothing_else() {
    let sandbox = hooked();
    sandbox.chmod(sandbox.path("config/vault/identity.txt"), 0o644);
    stage(&sandbox, "file", TOKEN);
    stage(&sandbox, ".env", "A=1\n");
    refuses(
        &sandbox,
        &format!(
            "vault: values were not looked for, since identity from [ROOT]/config/vault/identity.txt: it is open to others (mode 0644): dev
vault: error: .env: such files hold secrets in clear
{UNSTAGE}{NAMED}{SKIP}"
        ),
    );
}

#[test]
fn a_vault_that_is_not_staged_yet_has_values_too() {
    let sandbox = team::alone();
    sandbox.secret(TOKEN);
    sandbox
        .vault(["set", "dev", "API_TOKEN"])
        .stdin(TOKEN)
        .succeeds();
    sandbox.vault(["git", "install", "--hook"]).succeeds();
    stage(&sandbox, "file", TOKEN);
    let commit = ["commit", "--quiet", "--message", "x"];
    sandbox.git_run(commit).fails_with(1, &found("file:1:1"));
}

#[test]
fn values_that_a_file_has_in_clear_are_no_secrets() {
    let sandbox = Sandbox::with_git();
    let Some(sops) = sandbox.sops(["--encrypt", "--unencrypted-suffix", "_clear"]) else {
        return;
    };
    team::log_in(&sandbox, "alice");
    let key = team::ALICE.split(' ').next().unwrap();
    sandbox.write(
        "plain.yaml",
        "name_clear: public-N4me-of-it\ntoken: s3cret-of-sops-9\n",
    );
    let sealed = sops.and(["--age", key, "plain.yaml"]).succeeds();
    sandbox.write("secrets/dev.yaml", sealed.stdout());
    std::fs::remove_file(sandbox.work("plain.yaml")).unwrap();
    sandbox.write(
        ".vault.yaml",
        format!(
            "version: 1\nrecipients:\n  alice: {}\nenvironments:\n  dev: {{ recipients: [alice], signed: false }}\n",
            team::ALICE
        ),
    );
    sandbox.commit("start");
    stage(&sandbox, "file", "public-N4me-of-it\ns3cret-of-sops-9\n");
    sandbox.vault(["git", "pre-commit"]).fails_with(
        1,
        &format!("vault: error: file:2:1: holds the value of token in dev\n{UNSTAGE}{SKIP}"),
    );
}

#[test]
fn a_value_in_the_name_of_a_file_is_found_and_the_name_is_not_shown() {
    let sandbox = hooked();
    let value = sandbox.secret("t0ken-for-names");
    sandbox
        .vault(["set", "dev", "NAME_TOKEN"])
        .stdin(&value)
        .succeeds();
    sandbox.git(["add", "--all"]);
    stage(&sandbox, &format!("backup/{value}/dump {value}.sql"), "x");
    stage(
        &sandbox,
        &format!("{value}.env"),
        "A_TOKEN=s3cret-of-an0ther\n",
    );
    refuses(
        &sandbox,
        &format!(
            "vault: error: backup: a name in it holds the value of NAME_TOKEN in dev
vault: error: .: a name in it holds the value of NAME_TOKEN in dev
{UNSTAGE}{SKIP}"
        ),
    );
}

#[test]
fn a_value_in_utf_16_and_one_that_a_program_puts_together_are_found() {
    let sandbox = hooked();
    let value = sandbox.secret("t0ken-of-two-parts");
    sandbox
        .vault(["set", "dev", "LONG_TOKEN"])
        .stdin(&value)
        .succeeds();
    sandbox.git(["add", "--all"]);
    let text = format!("\u{feff}a\r\nb = {TOKEN}");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    stage(&sandbox, "wide.txt", wide);
    stage(
        &sandbox,
        "parts.py",
        "token = (\n    \"t0ken-of-\"\n    \"two-parts\"\n)\n",
    );
    refuses(
        &sandbox,
        &format!(
            "vault: error: parts.py:2:6: holds the value of LONG_TOKEN in dev
vault: error: wide.txt:2:5: holds the value of API_TOKEN in dev
{UNSTAGE}{SKIP}"
        ),
    );
}

#[test]
fn a_commit_that_only_takes_files_away_opens_nothing() {
    let sandbox = hooked();
    stage(&sandbox, "file", "x");
    stage(&sandbox, "other", "y");
    commits(&sandbox);
    sandbox.git(["rm", "--quiet", "file"]);
    sandbox.chmod(sandbox.path("config/vault/identity.txt"), 0o644);
    commits(&sandbox);
    stage(&sandbox, "other", "z");
    let said = sandbox.vault(["git", "pre-commit"]).succeeds();
    assert!(said.stderr().contains("it is open to others"));
}
