//! `vault render`.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, symlink},
};

use crate::{
    peers,
    sandbox::{Run, Sandbox},
    vaults::{self, dev, edit_config, identity, set},
};

const TOKEN: &str = "hunter2-API-token";

/// Runs vault in a shell whose umask hides nothing, with a redirection if one is given.
fn unmasked<'s>(sandbox: &'s Sandbox, arguments: &str) -> Run<'s> {
    let script = format!("umask 000; exec \"$0\" {arguments}");
    sandbox.program("/bin/sh", ["-c", &script, env!("CARGO_BIN_EXE_vault")])
}

// text

#[test]
fn dotenv_is_written_in_the_first_form_that_every_reader_understands() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("BLANKS", " two words "),
        ("APOSTROPHE", "it's mine"),
        ("LINES_", "first\nsecond\n"),
        ("EMPTY", ""),
        ("lower", "x"),
        ("database.password", "p#1"),
        ("hosts[0]", "a"),
        ("hosts[1].name", "b"),
    ]);
    sandbox
        .vault(["set", "dev", "PORT", "5432", "--type", "int"])
        .succeeds();
    sandbox
        .vault(["set", "dev", "NONE", "--type", "null"])
        .succeeds();
    let output = sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds_with(
            "TOKEN=hunter2-API-token
BLANKS=' two words '
APOSTROPHE=\"it's mine\"
LINES_='first
second
'
EMPTY=
lower=x
DATABASE_PASSWORD='p#1'
HOSTS_0=a
HOSTS_1_NAME=b
PORT=5432
",
        );
    assert_eq!(
        output.stderr(),
        "vault: warning: django-environ cuts at the end of a line and takes quotes off twice: LINES_
vault: warning: phpdotenv (Laravel) reads no line feed in single quotes: LINES_
"
    );
    sandbox
        .vault(["render", "--separator", "__"])
        .prints_secrets()
        .succeeds()
        .stdout()
        .contains("\nDATABASE__PASSWORD='p#1'\n")
        .then_some(())
        .expect("the separator joins");
}

#[test]
fn everything_that_dotenv_cannot_carry_is_refused_at_once_and_nothing_is_printed() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("CERT", "hunter2-begin\r\nhunter2-end\r\n"),
        ("bad-name", "hunter3-value"),
        ("QUOTES", "it's \"hunter4\""),
        ("PATH_", "C:\\\\hunter5\\\\x"),
        ("TAIL", "hunter6 ends with\\"),
        ("1ST", "hunter7-value"),
    ]);
    let refusal = "vault: error: dotenv cannot carry 6 of the values
vault:   `CERT` holds a carriage return; it fits docker-secrets, json, yaml and the environment of a process
vault:   `bad-name` is no variable name: only letters, digits and `_`, and no digit first; it fits docker-secrets, json, yaml and the environment of a process
vault:   `QUOTES` holds `'` together with one of `\"`, `\\`, `$`, `!` and the backtick; it fits docker-secrets, json, yaml and the environment of a process
vault:   `PATH_` holds two backslashes in a row; it fits docker-secrets, json, yaml and the environment of a process
vault:   `TAIL` ends with a backslash; it fits docker-secrets, json, yaml and the environment of a process
vault:   `1ST` is no variable name: only letters, digits and `_`, and no digit first; it fits docker-secrets, json, yaml and the environment of a process
vault: hint: vault render --format docker-secrets carries all of them
";
    sandbox.vault(["render", "dev"]).fails_with(2, refusal);
    sandbox
        .vault(["render", "dev", "-o", ".env"])
        .fails_with(2, refusal);
    assert!(!sandbox.exists(".env"));
}

#[test]
fn keys_that_would_get_one_name_are_refused_with_both() {
    let sandbox = dev(&[
        ("A_B", "hunter2-one"),
        ("a.b", "hunter2-two"),
        ("key", "x"),
        ("KEY", "y"),
    ]);
    sandbox.vault(["render", "dev"]).fails_with(
        2,
        "vault: error: dotenv cannot carry one of the values
vault:   `a.b` (as `A_B`) gets the same name as `A_B`; rename one, or join with another separator
vault: hint: vault render --format json carries all of them
",
    );
    sandbox
        .vault(["render", "dev", "--separator", "__"])
        .prints_secrets()
        .succeeds_with("A_B=hunter2-one\nA__B=hunter2-two\nkey=x\nKEY=y\n");
    // Files also where a file system takes upper and lower case for one.
    sandbox
        .vault([
            "render",
            "dev",
            "--separator",
            "__",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ])
        .fails_with(
            2,
            "vault: error: docker-secrets cannot carry one of the values
vault:   `KEY` gets the same name as `key` where upper and lower case are one; rename one
vault: hint: vault render --format json carries all of them
",
        );
    assert!(!sandbox.exists("run/secrets"));
}

#[test]
fn json_and_yaml_keep_structure_types_and_order() {
    let sandbox = dev(&[("z.b", "it's"), ("z.a[0]", "1"), ("A", "no\u{7}")]);
    for (key, kind, value) in [
        ("N", "int", "-7"),
        ("F", "float", "2.0"),
        ("T", "bool", "true"),
    ] {
        sandbox
            .vault(["set", "dev", key, value, "--type", kind])
            .succeeds();
    }
    sandbox
        .vault(["set", "dev", "E", "--type", "null"])
        .succeeds();
    sandbox
        .vault(["render", "dev", "--format", "json"])
        .succeeds_with(
            r#"{
  "z": {
    "b": "it's",
    "a": [
      "1"
    ]
  },
  "A": "no\u0007",
  "N": -7,
  "F": 2.0,
  "T": true,
  "E": null
}
"#,
        );
    sandbox
        .vault(["render", "dev", "--format", "yaml"])
        .succeeds_with(
            r#"z:
  b: "it's"
  a:
    - "1"
A: "no\x07"
"N": -7
F: 2.0
T: true
E: null
"#,
        );
}

#[test]
fn an_empty_environment_renders_to_nothing() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(["unset", "dev", "TOKEN"]).succeeds();
    sandbox.vault(["render"]).succeeds_with("");
    sandbox
        .vault(["render", "--format", "json"])
        .succeeds_with("{}\n");
    sandbox
        .vault(["render", "--format", "docker-secrets", "-o", "run/secrets"])
        .succeeds();
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
}

#[test]
fn r15_nothing_lets_an_output_ignore_integrity() {
    let sandbox = Sandbox::new();
    for command in ["render", "run", "get", "list"] {
        let help = sandbox.vault([command, "--help"]).succeeds();
        let help = help.stdout().to_lowercase();
        for word in ["ignore", "insecure", "unverified", "no-verify", "skip"] {
            assert!(!help.contains(word), "{command}: {word}");
        }
    }
}

#[test]
fn a_format_or_dialect_that_there_is_not_is_refused() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(["render", "dev", "--format", "env"]).fails_with(
        2,
        "vault: error: --format <FORMAT>: unknown output format; there are dotenv, docker-secrets, json and yaml
vault: hint: vault render --help
",
    );
}

#[test]
fn r11_a_changed_file_prints_and_writes_nothing() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OTHER", "x")]);
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replace("OTHER:", "OTHEX:"));
    for line in [
        &["render", "dev"][..],
        &["render", "dev", "-o", ".env"],
        &["render", "dev", "--format", "json", "--force"],
        &[
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
            "--force",
        ],
    ] {
        sandbox.vault(line).fails(3).prints("");
    }
    assert!(!sandbox.exists(".env") && !sandbox.exists("run"));
}

// standard output

#[test]
fn r20_a_file_behind_standard_output_is_private_whatever_the_umask() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    unmasked(&sandbox, "render dev >.env").succeeds();
    assert_eq!(sandbox.mode(".env"), 0o600);
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter2-API-token\n");
    sandbox.chmod(".env", 0o666);
    unmasked(&sandbox, "get dev TOKEN >>.env").succeeds();
    assert_eq!(sandbox.mode(".env"), 0o600);
    // What holds no secret is left as it is.
    unmasked(&sandbox, "list dev >keys").succeeds();
    assert_eq!(sandbox.mode("keys"), 0o666);
}

#[test]
fn r20_the_mode_is_set_before_the_first_byte() {
    let Some(strace) = peers::program("strace") else {
        return;
    };
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("out", "");
    sandbox.chmod("out", 0o666);
    sandbox
        .program(
            strace,
            [
                "-f",
                "-o",
                "trace",
                "-e",
                "trace=fchmod,write",
                env!("CARGO_BIN_EXE_vault"),
                "render",
                "dev",
            ],
        )
        .stdout_to("out")
        .succeeds();
    assert_eq!(sandbox.mode("out"), 0o600);
    let trace = sandbox.read("trace");
    let calls: Vec<&str> = trace
        .lines()
        .filter_map(|line| line.split_once(' ').map(|(_, call)| call.trim_start()))
        .filter(|call| call.starts_with("fchmod(") || call.starts_with("write(1,"))
        .collect();
    assert!(calls[0].starts_with("fchmod("), "{trace}");
    assert!(calls[0].contains("0600"), "{trace}");
    assert!(
        calls
            .iter()
            .skip(1)
            .all(|call| call.starts_with("write(1,")),
        "{trace}"
    );
}

#[test]
fn r64_what_does_not_arrive_is_a_failure() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for line in [
        &["render", "dev"][..],
        &["render", "dev", "--format", "json"],
        &["get", "dev", "TOKEN"],
        &["list"],
        &["list", "--reveal"],
        &["check"],
        &["whoami"],
    ] {
        sandbox
            .vault(line)
            .stdout_to("/dev/full")
            .fails(2)
            .says("vault: error: cannot write to standard output: No space left on device (os error 28)\n");
    }
}

#[test]
fn r64_a_reader_who_left_ends_it_without_a_word_and_not_with_0() {
    let Some(bash) = peers::program("bash") else {
        return;
    };
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    set(&sandbox, "dev", "LARGE", &"0123456789abcdef".repeat(16_384));
    let script = r#""$0" render dev | head -c 5; echo " ${PIPESTATUS[0]}""#;
    let output = sandbox
        .program(bash, ["-c", script, env!("CARGO_BIN_EXE_vault")])
        .succeeds_with("TOKEN 141\n");
    assert_eq!(output.stderr(), "");
}

#[test]
fn it_prints_to_a_terminal_because_that_is_asking_for_it() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let Some(terminal) = sandbox.on_terminal(["render", "dev"]) else {
        return;
    };
    let output = terminal.prints_secrets().run().succeeds();
    assert_eq!(output.stdout(), "TOKEN=hunter2-API-token\n");
}

// a file

#[test]
fn r20_a_written_file_is_private_from_its_first_byte() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let output = unmasked(&sandbox, "render dev -o .env").succeeds_with("");
    assert_eq!(output.stderr(), "vault: wrote dev to .env\n");
    assert_eq!(sandbox.mode(".env"), 0o600);
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter2-API-token\n");
    let before = fs::metadata(sandbox.work(".env")).unwrap();
    let output = unmasked(&sandbox, "render dev -o .env").succeeds();
    assert_eq!(output.stderr(), "vault: .env is up to date\n");
    let after = fs::metadata(sandbox.work(".env")).unwrap();
    assert_eq!(before.ino(), after.ino());
    sandbox.chmod(".env", 0o644);
    unmasked(&sandbox, "render dev -o .env").succeeds();
    assert_eq!(sandbox.mode(".env"), 0o600);
    let Some(strace) = peers::program("strace") else {
        return;
    };
    fs::remove_file(sandbox.work(".env")).unwrap();
    let arguments = [
        "-f",
        "-o",
        "trace",
        "-e",
        "trace=openat,open,creat,chmod,fchmod,fchmodat",
        env!("CARGO_BIN_EXE_vault"),
        "render",
        "dev",
        "-o",
        ".env",
    ];
    sandbox.program(strace, arguments).succeeds();
    let trace = sandbox.read("trace");
    let made: Vec<&str> = trace
        .lines()
        .filter(|line| line.contains("O_CREAT"))
        .collect();
    assert!(!made.is_empty());
    assert!(
        made.iter()
            .all(|line| line.contains("O_EXCL") && line.contains(", 0600)")),
        "{trace}"
    );
}

#[test]
fn a_file_with_other_content_is_replaced_by_force_only() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".env", "MINE=by-hand\n");
    sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
        2,
        "vault: error: .env is already there with other content
vault: hint: --force replaces it; what is in it and not in the vault is gone then
",
    );
    assert_eq!(sandbox.read(".env"), "MINE=by-hand\n");
    sandbox
        .vault(["render", "dev", "-o", ".env", "--force"])
        .succeeds();
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter2-API-token\n");
    assert_eq!(sandbox.mode(".env"), 0o600);
}

#[test]
fn r21_a_link_is_never_followed() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("target", "untouched\n");
    symlink("target", sandbox.work(".env")).unwrap();
    for force in [&[][..], &["--force"]] {
        let line = ["render", "dev", "-o", ".env"].iter().chain(force);
        sandbox.vault(line).fails_with(
            2,
            "vault: error: .env is a symbolic link
vault: hint: secrets are never written through a link; name the file itself
",
        );
    }
    assert_eq!(sandbox.read("target"), "untouched\n");
    sandbox
        .vault(["render", "dev", "-o", "/dev/null", "--force"])
        .fails_with(2, "vault: error: /dev/null is not a regular file\n");
    sandbox
        .vault(["render", "dev", "-o", "secrets", "--force"])
        .fails(2);
}

#[test]
fn r21_what_cannot_be_written_leaves_the_old_file() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("run/secrets/file", "old\n");
    sandbox.give_to_nobody();
    sandbox.chmod("run/secrets", 0o555);
    sandbox
        .vault(["render", "dev", "-o", "run/secrets/file", "--force"])
        .by_nobody()
        .fails_with(2, "vault: error: run/secrets/file is read-only\n");
    assert_eq!(sandbox.read("run/secrets/file"), "old\n");
    sandbox.chmod("run/secrets", 0o755);
    sandbox
        .vault(["render", "dev", "-o", "missing/.env"])
        .fails(2);
}

#[test]
fn paths_count_from_where_the_person_stands() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("inner/x", "");
    sandbox
        .vault(["-C", "..", "render", "dev", "-o", ".env"])
        .within("inner")
        .succeeds();
    assert!(sandbox.exists("inner/.env"));
}

// git

#[test]
fn r21_a_file_that_git_does_not_ignore_is_refused() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox
        .vault(["render", "dev", "-o", "plain.env"])
        .fails_with(
        2,
        "vault: error: git does not ignore plain.env: secrets in clear would be committed one day
vault: hint: add this line to .gitignore: /plain.env
vault: hint: --force writes it all the same
",
    );
    assert!(!sandbox.exists("plain.env"));
    sandbox
        .vault(["render", "dev", "-o", "plain.env", "--force"])
        .succeeds();
    sandbox.write("inner/x", "");
    sandbox
        .vault(["render", "dev", "-o", "../plain"])
        .within("inner")
        .fails(2)
        .says(
            "vault: error: git does not ignore ../plain: secrets in clear would be committed one day
vault: hint: add this line to .gitignore: /plain
vault: hint: --force writes it all the same
",
        );
}

#[test]
fn r21_a_tracked_file_is_refused_although_git_ignores_it() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".env", "");
    sandbox.write("run/secrets/TOKEN", "");
    sandbox.git(["add", "--force", ".env", "run/secrets/TOKEN"]);
    fs::remove_file(sandbox.work(".env")).unwrap();
    sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
        2,
        "vault: error: git tracks .env: secrets in clear would be committed with it
vault: hint: git rm --cached -- .env takes it out of git
vault: hint: --force writes it all the same
",
    );
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets", "-o", "run/secrets"])
        .fails_with(
            2,
            "vault: error: git tracks run/secrets/TOKEN: secrets in clear would be committed with it
vault: hint: git rm --cached -- run/secrets/TOKEN takes it out of git
vault: hint: --force writes it all the same
",
        );
    assert_eq!(sandbox.read("run/secrets/TOKEN"), "");
}

#[test]
fn r21_a_directory_that_git_does_not_ignore_is_refused_before_it_is_made() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets", "-o", "deploy/secrets"])
        .fails_with(
            2,
            "vault: error: git does not ignore deploy/secrets: secrets in clear would be committed one day
vault: hint: add this line to .gitignore: /deploy/secrets/
vault: hint: --force writes it all the same
",
        );
    assert!(!sandbox.exists("deploy"));
}

#[test]
fn r21_the_repository_that_counts_is_the_one_where_the_file_lands() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let other = sandbox.path("other");
    fs::create_dir_all(other.join("deep")).unwrap();
    sandbox.git(["init", "--quiet", other.to_str().unwrap()]);
    symlink(other.join("deep"), sandbox.work("link")).unwrap();
    for path in ["../other/plain", "link/plain"] {
        sandbox
            .vault(["render", "dev", "-o", path])
            .fails(2)
            .prints("");
    }
    fs::write(other.join(".gitignore"), "plain\n").unwrap();
    sandbox
        .vault(["render", "dev", "-o", "link/plain"])
        .succeeds();
    assert!(other.join("deep/plain").exists());
    // A repository inside of the work tree, as a submodule is.
    fs::create_dir(sandbox.work("module")).unwrap();
    sandbox.git(["init", "--quiet", "module"]);
    sandbox
        .vault(["render", "dev", "-o", "module/.env"])
        .fails(2);
    sandbox.write("module/.gitignore", ".env\n");
    sandbox
        .vault(["render", "dev", "-o", "module/.env"])
        .succeeds();
    // Outside of every repository.
    sandbox
        .vault(["render", "dev", "-o", "../home/plain"])
        .succeeds();
}

#[test]
fn a_repository_of_another_user_is_refused_as_git_does() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    if !sandbox.is_root() {
        peers::skip("the tests do not run as root");
        return;
    }
    std::os::unix::fs::chown(sandbox.work(""), Some(65534), Some(65534)).unwrap();
    std::os::unix::fs::chown(sandbox.work(".git"), Some(65534), Some(65534)).unwrap();
    sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
        2,
        "vault: error: git: repository path '[ROOT]/work' is not owned by current user
vault: hint: if you trust it: git config --global --add safe.directory DIR, with that directory
",
    );
    // What needs nothing of git works.
    sandbox
        .vault(["get", "TOKEN"])
        .prints_secrets()
        .succeeds_with(TOKEN);
}

// Docker secret files

#[test]
fn r19_one_private_file_for_each_key_without_a_final_newline() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("database.password", "hunter3-of-dev"),
        ("tls-cert.pem", "-----BEGIN\nx\n"),
        ("EMPTY", ""),
        ("CR", "a\r\nb"),
    ]);
    let output = unmasked(
        &sandbox,
        "render dev --format docker-secrets -o run/secrets",
    )
    .succeeds_with("");
    assert_eq!(
        output.stderr(),
        "vault: wrote dev to run/secrets: 5 files\n"
    );
    for (name, content) in [
        ("TOKEN", TOKEN),
        ("DATABASE_PASSWORD", "hunter3-of-dev"),
        ("TLS-CERT_PEM", "-----BEGIN\nx\n"),
        ("EMPTY", ""),
        ("CR", "a\r\nb"),
    ] {
        let path = format!("run/secrets/{name}");
        assert_eq!(sandbox.read(&path), content, "{name}");
        assert_eq!(sandbox.mode(&path), 0o600, "{name}");
    }
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
    assert_eq!(sandbox.mode("run"), 0o700);
    sandbox
        .vault([
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ])
        .succeeds()
        .says("vault: run/secrets is up to date: 5 files\n");
    set(&sandbox, "dev", "TOKEN", "hunter4-another");
    sandbox
        .vault([
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ])
        .fails_with(
            2,
            "vault: error: run/secrets/TOKEN is already there with other content
vault: hint: --force replaces it; what is in it and not in the vault is gone then
",
        );
    assert_eq!(sandbox.read("run/secrets/TOKEN"), TOKEN);
    sandbox
        .vault([
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
            "--force",
        ])
        .succeeds()
        .says("vault: wrote dev to run/secrets: 5 files\n");
    assert_eq!(sandbox.read("run/secrets/TOKEN"), "hunter4-another");
}

#[test]
fn r19_names_cannot_leave_the_directory() {
    let sandbox = vaults::of_sops("negative/emptystr_added.yaml");
    let names = [
        "../../x",
        "/abs",
        ".",
        "..",
        "a/b",
        ".hidden",
        "con\u{e9}",
        &"x".repeat(254),
    ];
    let lines: String = names.iter().map(|name| format!("{name:?}: ''\n")).collect();
    let text = sandbox.read("enc.yaml");
    sandbox.write("enc.yaml", lines + &text);
    let output = sandbox
        .vault([
            "render",
            "dev",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ])
        .fails(2)
        .prints("");
    let said = output.stderr();
    assert!(
        said.starts_with("vault: error: docker-secrets cannot carry 8 of the values\n"),
        "{said}"
    );
    for name in [
        "`\"../../x\"` is no file name",
        "`/abs` is no file name",
        "`\"..\"` is no file name",
        "has a name longer than 253 bytes",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(!sandbox.exists("run"));
    let dotted = dev(&[("a.b", "hunter2-value")]);
    dotted
        .vault([
            "render",
            "--separator",
            "/../",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ])
        .fails(2);
    assert!(!dotted.exists("run"));
}

#[test]
fn r19_links_are_never_followed() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    fs::create_dir(sandbox.work("run")).unwrap();
    symlink(sandbox.path("elsewhere"), sandbox.work("run/secrets")).unwrap();
    let line = [
        "render",
        "dev",
        "--format",
        "docker-secrets",
        "--force",
        "-o",
    ];
    for path in ["run/secrets", "run/secrets/"] {
        sandbox.vault(line.iter().chain(&[path])).fails_with(
            2,
            "vault: error: run/secrets is a symbolic link
vault: hint: secrets are never written through a link; name the directory itself
",
        );
    }
    assert_eq!(fs::read_dir(sandbox.path("elsewhere")).unwrap().count(), 0);
    fs::remove_file(sandbox.work("run/secrets")).unwrap();
    fs::create_dir(sandbox.work("run/secrets")).unwrap();
    sandbox.write(sandbox.path("elsewhere/file"), "untouched");
    symlink(
        sandbox.path("elsewhere/file"),
        sandbox.work("run/secrets/TOKEN"),
    )
    .unwrap();
    sandbox
        .vault(line.iter().chain(&["run/secrets"]))
        .fails_with(
            2,
            "vault: error: run/secrets/TOKEN is a symbolic link
vault: hint: secrets are never written through a link; name the file itself
",
        );
    assert_eq!(sandbox.read(sandbox.path("elsewhere/file")), "untouched");
}

#[test]
fn docker_secrets_need_a_directory() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets"])
        .fails_with(
            2,
            "vault: error: docker-secrets are files: they need a directory\nvault: hint: add -o run/secrets\n",
        );
    sandbox.write(".env", "");
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets", "-o", ".env"])
        .fails_with(2, "vault: error: .env is not a directory\n");
}

// who may not

#[test]
fn whoever_cannot_open_it_gets_no_file() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    identity(&sandbox, "outsider");
    sandbox
        .vault(["render", "dev", "-o", ".env"])
        .fails(2)
        .prints("");
    assert!(!sandbox.exists(".env"));
    edit_config(&sandbox, "default: dev\n", "");
    sandbox.vault(["render"]).fails(2);
}

#[test]
fn files_of_sops_render_to_what_sops_prints() {
    let sandbox = vaults::of_sops("oracle/flat_env/enc-3.13.2.yaml");
    let theirs =
        fs::read_to_string(Sandbox::fixture("sops/oracle/flat_env/dec-3.13.2.json")).unwrap();
    let theirs: serde_json::Value = serde_json::from_str(&theirs).unwrap();
    let ours = sandbox.vault(["render", "--format", "json"]).succeeds();
    let mut ours: serde_json::Value = serde_json::from_str(ours.stdout()).unwrap();
    // A float stays one.
    assert_eq!(ours["RATIO"].as_f64(), theirs["RATIO"].as_f64());
    ours["RATIO"] = theirs["RATIO"].clone();
    assert_eq!(ours, theirs);
}
