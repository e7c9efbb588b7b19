//! A team with a `.env` moves in: four commands, and the same values byte for byte.

use std::collections::BTreeMap;

use crate::{sandbox::Sandbox, team};

/// Thirty entries as they grow in years: every kind of quotes, `$`, keys of several lines, comments.
const DOTENV: &str = r##"# Settings of the shop.
# Ask Ann before you change anything here!

APP_NAME=shop
export APP_ENV=production
DEBUG=false
PORT=8080
EMPTY=
QUOTED_EMPTY=""

# --- database
DATABASE_URL='postgres://shop:p@ss:w0rd@db.internal:5432/shop?sslmode=require'
DATABASE_POOL=25 # connections
DATABASE_PASSWORD='it-costs-$100-and-$HOME'
REDIS_URL=redis://:r3dis@cache:6379/0

# --- mail
SMTP_HOST=mail.example.org
SMTP_USER=shop@example.org
SMTP_PASSWORD="apostrophe's and spaces "
SMTP_FROM="Shop <shop@example.org>"

# --- keys
JWT_SECRET='q9!R#x"2[]{}()|&;<>*?~`'
SESSION_KEY=dGhpcyBpcyAzMiBieXRlcyBvZiBzZXNzaW9uIGtleSE=
BCRYPT='$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
WEBHOOK='back\slash\n'
TLS_KEY='-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7
# this is no comment
KEY=nor is this one
-----END PRIVATE KEY-----
'
TLS_CERT="-----BEGIN CERTIFICATE-----
MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQsw

-----END CERTIFICATE-----"
SSH_KNOWN_HOST='git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'

# --- elsewhere
STRIPE_KEY=sk_live_51H8xYz+/=
SENTRY_DSN=https://abc@o1.ingest.sentry.io/2
JSON='{"a": [1, "two"], "b": null}'
UMLAUT='schön 鍵 🔑'
PERCENT=100%
PATHS=/srv/a:/srv/b
# used by the old shop, too
LEGACY_TOKEN=0123456789
LOG_LEVEL='info'
"##;

/// What every reader of the file sees.
fn expected() -> BTreeMap<String, String> {
    let tls_key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n# this is no comment\nKEY=nor is this one\n-----END PRIVATE KEY-----\n";
    let tls_cert = "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQsw\n\n-----END CERTIFICATE-----";
    [
        ("APP_NAME", "shop"),
        ("APP_ENV", "production"),
        ("DEBUG", "false"),
        ("PORT", "8080"),
        ("EMPTY", ""),
        ("QUOTED_EMPTY", ""),
        (
            "DATABASE_URL",
            "postgres://shop:p@ss:w0rd@db.internal:5432/shop?sslmode=require",
        ),
        ("DATABASE_POOL", "25"),
        ("DATABASE_PASSWORD", "it-costs-$100-and-$HOME"),
        ("REDIS_URL", "redis://:r3dis@cache:6379/0"),
        ("SMTP_HOST", "mail.example.org"),
        ("SMTP_USER", "shop@example.org"),
        ("SMTP_PASSWORD", "apostrophe's and spaces "),
        ("SMTP_FROM", "Shop <shop@example.org>"),
        ("JWT_SECRET", r##"q9!R#x"2[]{}()|&;<>*?~`"##),
        (
            "SESSION_KEY",
            "dGhpcyBpcyAzMiBieXRlcyBvZiBzZXNzaW9uIGtleSE=",
        ),
        (
            "BCRYPT",
            "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
        ),
        ("WEBHOOK", r"back\slash\n"),
        ("TLS_KEY", tls_key),
        ("TLS_CERT", tls_cert),
        (
            "SSH_KNOWN_HOST",
            "git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
        ),
        ("STRIPE_KEY", "sk_live_51H8xYz+/="),
        ("SENTRY_DSN", "https://abc@o1.ingest.sentry.io/2"),
        ("JSON", r#"{"a": [1, "two"], "b": null}"#),
        ("UMLAUT", "schön 鍵 🔑"),
        ("PERCENT", "100%"),
        ("PATHS", "/srv/a:/srv/b"),
        ("LEGACY_TOKEN", "0123456789"),
        ("LOG_LEVEL", "info"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .chain([("EXTRA_30".to_owned(), "thirty".to_owned())])
    .collect()
}

#[test]
fn from_a_dotenv_of_thirty_entries_to_a_running_process_in_four_commands() {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    sandbox.write(".env", format!("{DOTENV}EXTRA_30=thirty\n"));
    let expected = expected();
    assert_eq!(expected.len(), 30);
    for value in expected.values().filter(|value| value.len() > 8) {
        sandbox.secret(value);
    }

    sandbox
        .vault(["init", "--name", "alice", "--env", "prod", "--yes"])
        .succeeds();
    sandbox.vault(["import", "prod", ".env"]).succeeds();
    sandbox.commit("our secrets");
    let script = "for name in APP_NAME; do :; done; env -0";
    let output = sandbox
        .vault(["run", "prod", "--", "sh", "-c", script])
        .child_prints_secrets()
        .succeeds();

    let read: BTreeMap<String, String> = output
        .stdout()
        .split('\0')
        .filter_map(|entry| entry.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    for (key, value) in &expected {
        assert_eq!(read.get(key), Some(value), "{key}");
    }
    // The file with the values in clear was ignored all the time.
    assert!(!sandbox.git(["ls-files"]).contains(".env\n"));
    assert!(sandbox.git(["status", "--porcelain"]).is_empty());
}

#[test]
fn a_comment_with_characters_that_yaml_cannot_hold_comes_along_and_the_file_goes_on_working() {
    let sandbox = super::with(".env", "# don\u{92}t share\u{1b}[2J\nB=1\n");
    let output = sandbox.vault(["import", "dev", ".env"]).succeeds();
    assert!(
        output.stderr().contains(
            "vault: warning: a comment of B in .env holds characters that YAML has no place for: each becomes \u{fffd}\n"
        ),
        "{}",
        output.stderr()
    );
    for command in [
        &["rekey", "dev", "--yes"][..],
        &["env", "add", "st", "--like", "dev", "--copy", "--yes"],
        &["set", "dev", "C=2"],
    ] {
        sandbox.vault(command.iter().copied()).succeeds();
    }
    sandbox.commit("base");
    sandbox.git(["checkout", "--quiet", "-b", "theirs"]);
    sandbox.vault(["set", "dev", "T=1"]).succeeds();
    sandbox.commit("theirs");
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.vault(["set", "dev", "M=1"]).succeeds();
    sandbox.commit("ours");
    sandbox.git(["merge", "--quiet", "--no-edit", "theirs"]);
    let edit = sandbox.vault(["edit", "dev"]);
    let edited = edit
        .variable("VAULT_EDITOR", "sed -i /^C/s/2/3/")
        .succeeds();
    assert_eq!(edited.stderr().lines().last(), Some("vault: ~ C"));
    let identity = sandbox.path("config/vault/identity.txt");
    let Some(sops) = sandbox.sops(["decrypt", "secrets/dev.yaml"]) else {
        return;
    };
    let output = sops.variable("SOPS_AGE_KEY_FILE", identity).succeeds();
    assert_eq!(
        output.stdout(),
        "# don\u{fffd}t share\u{fffd}[2J\nB: \"1\"\nC: \"3\"\nM: \"1\"\nT: \"1\"\n"
    );
}

#[test]
fn comments_come_along_encrypted_and_sops_reads_them() {
    let sandbox = super::with(
        ".env",
        "# Ask Ann.\n\n# twice\nA='x' # beside\nB=y\n#\n#C=z\nD=1\n",
    );
    sandbox.vault(["import", "dev", ".env"]).succeeds();
    let text = sandbox.read("secrets/dev.yaml");
    assert!(!text.contains("Ann.") && !text.contains("#C"));
    sandbox.vault(["check"]).succeeds();
    let identity = sandbox.path("config/vault/identity.txt");
    let Some(sops) = sandbox.sops(["decrypt", "secrets/dev.yaml"]) else {
        return;
    };
    let output = sops.variable("SOPS_AGE_KEY_FILE", identity).succeeds();
    assert_eq!(
        output.stdout(),
        "# Ask Ann.\n# twice\n# beside\nA: x\nB: \"y\"\n#\n#C=z\nD: \"1\"\n"
    );
}
