//! Which keys are taken, and what they are called: `--only`, `--except`, `--prefix`, `--name`, `--suffix`; also of `vault run`.

use super::TOKEN;
use crate::vaults::{SECRET_FILES, dev};

#[test]
fn only_and_except_select_keys_by_their_paths() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("DB_URL", "hunter3-url"),
        ("DB_OLD", "hunter4-old"),
        ("mail.host", "a"),
        ("mail.port", "b"),
        ("hosts[0]", "c"),
        ("hosts[1]", "d"),
    ]);
    let render = |arguments: &[&str]| {
        let line = ["render", "dev"].iter().chain(arguments);
        let output = sandbox.vault(line).prints_secrets().succeeds();
        output.stdout().to_owned()
    };
    assert_eq!(
        render(&["--only", "DB_*", "--except", "*_OLD"]),
        "DB_URL=hunter3-url\n"
    );
    assert_eq!(
        render(&["--only", "mail", "--only", "hosts[1]"]),
        "MAIL_HOST=a\nMAIL_PORT=b\nHOSTS_1=d\n"
    );
    assert_eq!(
        render(&[
            "--except",
            "mail.port",
            "--except",
            "DB_*",
            "--except",
            "TOKEN"
        ]),
        "MAIL_HOST=a\nHOSTS_0=c\nHOSTS_1=d\n"
    );
    assert_eq!(
        render(&["--format", "json", "--only", "mail.*", "--only", "hosts[1]"]),
        "{\n  \"mail\": {\n    \"host\": \"a\",\n    \"port\": \"b\"\n  },\n  \"hosts\": [\n    \"d\"\n  ]\n}\n"
    );
    assert_eq!(
        render(&["--format", "yaml", "--only", "mail.host"]),
        "mail:\n  host: \"a\"\n"
    );
    sandbox
        .vault([
            "run",
            "dev",
            "--only",
            "mail",
            "--prefix",
            "APP_",
            "--",
            "sh",
            "-c",
            "echo $APP_MAIL_HOST$MAIL_HOST$TOKEN",
        ])
        .succeeds_with("a\n");
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error_of_typing() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("DEBUG", "x")]);
    let hint = "vault: hint: a pattern is the path of a key as vault list shows it, with * and ? for what may differ\n";
    sandbox
        .vault(["render", "dev", "--only", "TOKENS"])
        .fails_with(2, &format!("vault: error: no key matches `TOKENS`\n{hint}"));
    sandbox
        .vault([
            "render", "dev", "--except", "DEBG", "--only", "T", "-o", ".env",
        ])
        .fails_with(
            2,
            &format!("vault: error: no key matches any of `T`, `DEBG`\n{hint}"),
        );
    sandbox
        .vault(["render", "dev", "--only", "Q", "--except", "Q"])
        .fails_with(2, &format!("vault: error: no key matches `Q`\n{hint}"));
    sandbox
        .vault(["run", "dev", "--except", "debug", "--", "true"])
        .fails_with(
            125,
            &format!("vault: error: no key matches `debug`\n{hint}"),
        );
    sandbox
        .vault(["render", "dev", "--only", "TOKEN", "--except", "T*"])
        .fails_with(
            2,
            "vault: error: nothing is left: --except takes out all that --only takes\n",
        );
    assert!(!sandbox.exists(".env"));
}

#[test]
fn what_is_left_out_can_neither_collide_nor_be_refused() {
    let sandbox = dev(&[
        ("A_B", "hunter2-one"),
        ("a.b", "hunter2-two"),
        ("PATH", "hunter3-path"),
        ("CR", "hunter4\r\n"),
    ]);
    sandbox.vault(["render", "dev"]).fails(2);
    sandbox
        .vault(["render", "dev", "--only", "a.b"])
        .prints_secrets()
        .succeeds_with("A_B=hunter2-two\n");
    sandbox
        .vault([
            "run", "dev", "--except", "PATH", "--except", "a.b", "--", "true",
        ])
        .succeeds();
}

#[test]
fn a_prefix_stands_before_flat_names_only() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("mail.host", "a")]);
    sandbox
        .vault(["render", "dev", "--prefix", "app_"])
        .prints_secrets()
        .succeeds_with("app_TOKEN=hunter2-API-token\napp_MAIL_HOST=a\n");
    sandbox
        .vault(["render", "dev", "--prefix", "1-"])
        .fails_with(
            2,
            "vault: error: dotenv cannot carry 2 of the values
vault:   `TOKEN` (as `1-TOKEN`) is no variable name: only letters, digits and `_`, and no digit first; it fits docker-secrets, json, yaml and the environment of a process
vault:   `mail.host` (as `1-MAIL_HOST`) is no variable name: only letters, digits and `_`, and no digit first; it fits docker-secrets, json, yaml and the environment of a process
vault: hint: vault render dev --format docker-secrets -o run/secrets --prefix 1- carries all of them
",
        );
    for format in ["json", "yaml"] {
        sandbox
            .vault(["render", "dev", "--format", format, "--prefix", "app_"])
            .fails_with(2, &format!("vault: error: --prefix is for flat names, and {format} keeps the keys as they are\n"));
    }
    // A harmless name can become one that is not.
    sandbox
        .vault([
            "run", "dev", "--only", "TOKEN", "--prefix", "LD_", "--", "true",
        ])
        .fails(125);
}

#[test]
fn files_can_have_names_in_lower_case_with_something_before_and_behind() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("mail.host", "a")]);
    sandbox.vault(SECRET_FILES).succeeds();
    sandbox
        .vault([
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
            "--name",
            "lower",
            "--prefix",
            "APP-",
            "--suffix",
            ".txt",
        ])
        .succeeds()
        .says("vault: wrote dev to run/secrets: 2 files\nvault: - MAIL_HOST\nvault: - TOKEN\n");
    assert_eq!(sandbox.read("run/secrets/app-token.txt"), TOKEN);
    assert_eq!(sandbox.read("run/secrets/app-mail_host.txt"), "a");
    assert!(!sandbox.exists("run/secrets/TOKEN"));
    sandbox
        .vault(["render", "dev", "--name", "lower"])
        .fails_with(2, "vault: error: --name and --suffix are about files: they need --format docker-secrets\n");
}

#[test]
fn names_that_are_the_same_in_lower_case_are_refused() {
    let sandbox = dev(&[
        ("A_B", "hunter2-one"),
        ("a.b", "hunter2-two"),
        ("x-y", "1"),
        ("X-Y", "2"),
    ]);
    sandbox
        .vault([
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
            "--name",
            "lower",
            "--except",
            "a.b",
        ])
        .fails_with(
            2,
            "vault: error: docker-secrets cannot carry one of the values
vault:   `X-Y` (as `x-y`) gets the same name as `x-y`; rename one
vault: hint: --except X-Y leaves it out
vault: hint: vault render dev --format json --except a.b carries all of them
",
        );
    for suffix in ["/../x", " ", "\u{e4}"] {
        sandbox
            .vault([
                "render",
                "dev",
                "--format",
                "docker-secrets",
                "-o",
                "run/secrets",
                "--only",
                "A_B",
                "--suffix",
                suffix,
            ])
            .fails(2);
    }
    assert!(!sandbox.exists("run"));
}

#[test]
fn git_is_asked_about_the_names_that_files_will_have() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".gitignore", "*.secret\n");
    let line = [
        "render",
        "dev",
        "--format",
        "docker-secrets",
        "-o",
        "deploy",
    ];
    sandbox.vault(line).fails(2);
    sandbox
        .vault(line.iter().chain(&["--suffix", ".secret"]))
        .succeeds();
    assert!(sandbox.exists("deploy/TOKEN.secret"));
}
