//! `vault run`.

use std::os::unix::fs::PermissionsExt as _;

use crate::{
    peers,
    sandbox::Sandbox,
    vaults::{self, dev, edit_config, identity, set},
};

const TOKEN: &str = "hunter2-API-token";

fn shell<'s>(sandbox: &'s Sandbox, script: &str) -> crate::sandbox::Run<'s> {
    sandbox
        .vault(["run", "dev", "--", "sh", "-c", script])
        .child_prints_secrets()
}

#[test]
fn values_are_variables_exactly_as_they_are() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("database.password", " a b\\'\"$x `"),
        ("LINES_", "first\nsecond\n"),
        ("EMPTY", ""),
        ("CR", "a\r\nb"),
    ]);
    let script = r#"printf '%s|%s|%s|%s|%s|' "$TOKEN" "$DATABASE_PASSWORD" "$LINES_" "${EMPTY-unset}" "$CR""#;
    let output = shell(&sandbox, script).succeeds();
    assert_eq!(
        output.stdout(),
        "hunter2-API-token| a b\\'\"$x `|first\nsecond\n||a\r\nb|"
    );
    assert_eq!(output.stderr(), "");
    sandbox
        .vault([
            "run",
            "dev",
            "--separator",
            "__",
            "--",
            "sh",
            "-c",
            "test -n \"$DATABASE__PASSWORD\"",
        ])
        .succeeds();
}

#[test]
fn r52_the_exit_code_is_the_programs() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for code in [0, 1, 2, 3, 7, 125, 255] {
        let output = shell(&sandbox, &format!("exit {code}")).run();
        assert_eq!(output.code(), code);
        assert_eq!(output.stderr(), "");
    }
    for (signal, code) in [("TERM", 143), ("KILL", 137), ("PIPE", 141), ("INT", 130)] {
        let output = shell(&sandbox, &format!("kill -{signal} $$")).run();
        assert_eq!(output.code(), code, "{signal}");
    }
}

#[test]
fn r52_the_programs_arguments_are_passed_on_one_by_one() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let line = ["run", "dev", "--", "printf", "<%s>"];
    let words = [
        "", "a b", "'q'", "\"d\"", "$TOKEN", "`id`", "-x", "--", "--allow", "*", "a\nb", "é",
    ];
    let output = sandbox
        .vault(line.iter().chain(&words))
        .child_prints_secrets()
        .succeeds();
    let expected: String = words.iter().map(|word| format!("<{word}>")).collect();
    assert_eq!(output.stdout(), expected);
}

#[test]
fn r52_vault_becomes_the_program() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    // `exec` keeps the number of the process; were there a child, it would have another one.
    let script = format!(
        "echo $$; exec {} run dev -- sh -c 'echo $$'",
        env!("CARGO_BIN_EXE_vault")
    );
    let output = sandbox.program("/bin/sh", ["-c", &script]).succeeds();
    let numbers: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(numbers.len(), 2);
    assert_eq!(numbers[0], numbers[1]);
}

#[test]
fn r52_signals_reach_the_program_and_its_input_is_the_callers() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let script = format!(
        "{} run dev -- sh -c 'trap \"echo caught; exit 9\" TERM; echo ready; while :; do read -r line && echo \"read $line\" || :; done' <pipe >out &
child=$!; exec 3>pipe; until grep -q ready out; do :; done; echo hello >&3; until grep -q hello out; do :; done; kill -TERM $child; exec 3>&-; wait $child; echo $?; cat out",
        env!("CARGO_BIN_EXE_vault")
    );
    sandbox.program("/usr/bin/mkfifo", ["pipe"]).succeeds();
    sandbox.write("out", "");
    sandbox
        .program("/bin/sh", ["-c", &script])
        .succeeds_with("9\nready\nread hello\ncaught\n");
}

#[test]
fn r51_identities_stay_behind_and_the_other_programs_variables_do_not() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let trusted = sandbox.vault(["trust", "--export"]).succeeds();
    let trusted = trusted.stdout().to_owned();
    let alice = sandbox.read(sandbox.path("config/vault/identity.txt"));
    let run = shell(&sandbox, "env")
        .variable("VAULT_IDENTITY", &alice)
        .variable("VAULT_TRUST", trusted.trim())
        .variable("VAULT_ADDR", "https://vault.example")
        .variable("VAULT_TOKEN", "of-the-other-program")
        .variable("KEPT", "kept");
    let run = [
        "VAULT_IDENTITY_FILE",
        "VAULT_IDENTITY_CMD",
        "SOPS_AGE_KEY",
        "SOPS_AGE_KEY_FILE",
        "SOPS_AGE_KEY_CMD",
        "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
        "SOPS_AGE_RECIPIENTS",
    ]
    .iter()
    .fold(run, |run, name| run.variable(name, ""));
    let output = run.succeeds();
    for line in [
        "TOKEN=hunter2-API-token",
        "VAULT_ADDR=https://vault.example",
        "VAULT_TOKEN=of-the-other-program",
        "KEPT=kept",
    ] {
        assert!(output.stdout().lines().any(|found| found == line), "{line}");
    }
    for name in ["VAULT_IDENTITY", "VAULT_TRUST", "SOPS_AGE", "AGE-SECRET"] {
        assert!(!output.stdout().contains(name), "{name}");
    }
}

#[test]
fn r52_names_that_change_how_programs_run_are_allowed_one_by_one() {
    let sandbox = dev(&[
        ("PATH", "/bin:/usr/bin"),
        ("node.options", "--inspect"),
        ("GIT_DIR", "x"),
    ]);
    sandbox.vault(["run", "dev", "--", "env"]).fails_with(
        125,
        "vault: error: env would be given variables that change how programs run: PATH, NODE_OPTIONS, GIT_DIR
vault: hint: if they are meant to be there: --allow PATH --allow NODE_OPTIONS --allow GIT_DIR
",
    );
    sandbox
        .vault(["run", "dev", "--allow", "PATH", "--allow", "node_options", "--", "env"])
        .fails_with(
            125,
            "vault: error: env would be given variables that change how programs run: NODE_OPTIONS, GIT_DIR
vault: hint: if they are meant to be there: --allow NODE_OPTIONS --allow GIT_DIR
",
        );
    let allowed = [
        "run",
        "dev",
        "--allow",
        "PATH",
        "--allow",
        "NODE_OPTIONS",
        "--allow=GIT_DIR",
        "--",
        "sh",
        "-c",
        "echo $PATH $NODE_OPTIONS $GIT_DIR",
    ];
    sandbox
        .vault(allowed)
        .child_prints_secrets()
        .succeeds_with("/bin:/usr/bin --inspect x\n");
}

#[test]
fn where_the_values_say_where_programs_are_the_program_is_looked_for_there() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let script = sandbox.write("tools/greet", "#!/bin/sh\necho hello\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let tools = script.parent().unwrap().display().to_string();
    let line = ["run", "dev", "--allow", "PATH", "--", "greet"];
    sandbox.vault(line).fails(127);
    set(&sandbox, "dev", "PATH", &format!("{tools}:/bin:/usr/bin"));
    sandbox
        .vault(line)
        .child_prints_secrets()
        .succeeds_with("hello\n");
}

#[test]
fn each_variable_is_there_once_by_name_and_the_vaults_value_counts() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("B", "of the vault"), ("a", "")]);
    let output = sandbox
        .vault(["run", "dev", "--", "env"])
        .variable("B", "inherited")
        .variable("KEPT", "kept")
        .child_prints_secrets()
        .succeeds();
    let lines: Vec<&str> = output.stdout().lines().collect();
    for line in [
        "B=of the vault",
        "KEPT=kept",
        "TOKEN=hunter2-API-token",
        "a=",
    ] {
        assert!(lines.contains(&line), "{line}");
    }
    let names: Vec<&str> = lines
        .iter()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    assert!(names.is_sorted() && names.windows(2).all(|two| two[0] != two[1]));
}

#[test]
fn what_cannot_be_started_has_the_codes_of_env_and_docker() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let script = sandbox.write("start-me", "#!/bin/sh\nexit 4\n");
    sandbox
        .vault(["run", "dev", "--", "nowhere-to-be-found"])
        .fails_with(
            127,
            "vault: error: cannot start nowhere-to-be-found: No such file or directory (os error 2)
vault: hint: programs are looked for in the directories that PATH names
",
        );
    sandbox.vault(["run", "dev", "--", "start-me"]).fails_with(
        127,
        "vault: error: cannot start start-me: No such file or directory (os error 2)
vault: hint: the one in this directory is started as ./start-me
",
    );
    sandbox
        .vault(["run", "dev", "--", "./start-me"])
        .fails_with(
            126,
            "vault: error: cannot start ./start-me: Permission denied (os error 13)\n",
        );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.vault(["run", "dev", "--", "./start-me"]).fails(4);
    sandbox.vault(["run", "dev", "--", "/"]).fails(126);
    sandbox.vault(["run", "dev", "--", ""]).fails(127);
}

#[test]
fn its_own_failures_are_125_and_trust_is_3() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let usage = "vault: hint: -- stands before the program: vault run dev -- ./server --port 80\n";
    sandbox.vault(["run", "dev", "env"]).fails_with(
        125,
        &format!("vault: error: there is an argument too many\n{usage}"),
    );
    sandbox.vault(["run", "dev", "--inspect"]).fails_with(
        125,
        &format!("vault: error: there is no option --inspect\n{usage}"),
    );
    sandbox.vault(["run", "dev"]).fails_with(
        125,
        "vault: error: missing: <COMMAND>...
vault: hint: usage: vault run [OPTIONS] [ENVIRONMENT] -- <COMMAND>...
",
    );
    sandbox.vault(["run", "deb", "--", "env"]).fails_with(
        125,
        "vault: error: there is no environment `deb`\nvault: hint: did you mean `dev`?\n",
    );
    sandbox
        .vault(["-C", "../missing", "run", "dev", "--", "env"])
        .fails(125);
    sandbox
        .vault(["run", "dev", "--", "env"])
        .within("..")
        .fails(125);
    identity(&sandbox, "outsider");
    sandbox
        .vault(["run", "dev", "--", "env"])
        .fails(125)
        .prints("");
    edit_config(&sandbox, "repository: ", "repository: 0");
    sandbox
        .vault(["run", "dev", "--", "env"])
        .fails(3)
        .prints("");
}

#[test]
fn a_program_without_a_name_is_told_so() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for mask in ["--no-mask", "--mask"] {
        sandbox
            .vault(["run", "dev", mask, "--", "", "x"])
            .fails_with(
                127,
                "vault: error: cannot start '': the name of the program is empty
vault: hint: a variable that is not set, in quotes, is such a name: vault run ENV -- \"$PROGRAM\"
",
            );
    }
}

#[test]
fn a_changed_file_starts_nothing() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OTHER", "x")]);
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replace("OTHER:", "OTHEX:"));
    sandbox
        .vault(["run", "dev", "--", "echo", "started"])
        .fails(3)
        .prints("");
}

#[test]
fn what_an_environment_cannot_hold_is_refused_all_at_once() {
    let sandbox = vaults::of_sops("oracle/two_recipients/enc-3.13.2.yaml");
    let text = sandbox.read("enc.yaml");
    let lines = "\"a=b\": ''\n\"c\\u001bd\": ''\nQ_B: ''\nq:\n    b: ''\n";
    sandbox.write("enc.yaml", lines.to_owned() + &text);
    sandbox.vault(["run", "dev", "--", "echo", "started"]).fails_with(
        125,
        "vault: first use here: dev, which is not signed
vault: error: the environment of a process cannot carry 3 of the values
vault:   `\"a=b\"` is no name for a variable: empty, or with `=` or a control character; it fits json and yaml
vault:   `\"c\\u{1b}d\"` is no name for a variable: empty, or with `=` or a control character; it fits json and yaml
vault:   `q.b` (as `Q_B`) gets the same name as `Q_B`; rename one, or join with another separator
vault: hint: vault render dev --format json carries all of them
",
    );
}

#[test]
fn too_much_for_an_environment_is_told_clearly() {
    let sandbox = dev(&[]);
    set(&sandbox, "dev", "LARGE", &"0123456789abcdef".repeat(16_384));
    sandbox.vault(["run", "dev", "--", "true"]).fails_with(
        126,
        "vault: error: cannot start true: Argument list too long (os error 7)
vault: hint: the values are too large for the environment of a process: one alone may have 128 KiB on Linux
vault: hint: give the program files: vault render --format docker-secrets -o DIR
",
    );
}

#[test]
fn r62_the_limits_of_the_caller_are_given_back() {
    let Some(bash) = peers::program("bash") else {
        return;
    };
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for (soft, hard) in [("0", "1024"), ("1024", "2048")] {
        let script = format!(
            "ulimit -S -c {soft}; ulimit -H -c {hard}; \"$0\" run dev -- bash -c 'ulimit -S -c; ulimit -H -c'"
        );
        sandbox
            .program(&bash, ["-c", &script, env!("CARGO_BIN_EXE_vault")])
            .succeeds_with(&format!("{soft}\n{hard}\n"));
    }
}

#[test]
fn the_default_environment_is_meant_where_none_is_named() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox
        .vault(["run", "--", "sh", "-c", "echo $TOKEN"])
        .child_prints_secrets()
        .succeeds_with("hunter2-API-token\n");
}

#[test]
fn what_is_too_large_for_a_secret_file_too_is_not_sent_there() {
    let sandbox = dev(&[]);
    set(&sandbox, "dev", "LARGE", &"0123456789abcdef".repeat(32_768));
    let said = sandbox.vault(["run", "dev", "--", "true"]).fails(126);
    let hint = "vault: hint: give the program a file: vault render --format json -o FILE\n";
    assert!(said.stderr().ends_with(hint), "{}", said.stderr());
    let files = [
        "render",
        "dev",
        "--format",
        "docker-secrets",
        "-o",
        "run/secrets",
    ];
    sandbox.vault(files).fails_with(
        2,
        "vault: error: docker-secrets cannot carry one of the values
vault:   `LARGE` has 500 KiB or more; it fits dotenv, json and yaml
vault: hint: vault render dev --format dotenv carries all of them
",
    );
}
