//! The sandbox keeps its own promises.

use std::fs;

use super::Sandbox;
use crate::peers;

/// Runs a shell script in the sandbox: a stand-in for the program where only the sandbox is tested.
fn shell<'sandbox>(sandbox: &'sandbox Sandbox, script: &str) -> super::Run<'sandbox> {
    sandbox.program("/bin/sh", ["-c", script])
}

#[test]
fn the_program_starts() {
    Sandbox::new().vault(["--version"]).succeeds();
}

#[test]
fn the_environment_is_the_sandboxes_own() {
    let sandbox = Sandbox::new();
    shell(&sandbox, "env | grep -v '^_=\\|^PWD=' | sort").succeeds_with(
        "GIT_CONFIG_GLOBAL=/dev/null\nGIT_CONFIG_NOSYSTEM=1\nHOME=[ROOT]/home\nLC_ALL=C.UTF-8\nPATH=[..]\n[..]\
         TMPDIR=[ROOT]/tmp\nTZ=UTC\nXDG_CONFIG_HOME=[ROOT]/config\nXDG_RUNTIME_DIR=[ROOT]/run\nXDG_STATE_HOME=[ROOT]/state\n",
    );
}

#[test]
fn there_is_no_terminal_and_no_input() {
    let sandbox = Sandbox::new();
    shell(&sandbox, "cat; tty").fails(1).says("");
    shell(&sandbox, ": > /dev/tty").fails(2);
}

#[test]
fn outputs_are_compared_with_placeholders() {
    let sandbox = Sandbox::new();
    shell(
        &sandbox,
        "pwd; date -u +%Y-%m-%dT%H:%M:%SZ; echo one two; echo 1; echo 2; echo end",
    )
    .succeeds_with("[ROOT]/work\n[TIME]\none [..]\n...\nend\n");
    shell(&sandbox, "echo no >&2; exit 3").fails_with(3, "no\n");
}

#[test]
#[should_panic(expected = "it should fail with 2")]
fn another_exit_code_is_a_failure() {
    shell(&Sandbox::new(), "exit 3").fails(2);
}

#[test]
#[should_panic(expected = "Expected")]
fn another_text_is_a_failure() {
    shell(&Sandbox::new(), "echo other").succeeds_with("this\n");
}

#[test]
fn a_signal_is_reported_as_a_shell_does() {
    shell(&Sandbox::new(), "kill -TERM $$").fails(128 + 15);
}

#[test]
fn a_secret_in_any_form_is_found() {
    let secret = "hunter2 plüs/9Z";
    let forms = [
        "printf %s \"$S\"",
        "printf 'x: %s.' \"$S\" >&2",
        "printf %s \"$S\" | base64",
        "printf '%s' \"ab$S\" | base64",
        "printf '%s' \"a$S-after\" | base64",
        "printf %s \"$S\" | od -An -tx1 | tr -d ' \\n'",
        "printf %s \"$S\" | sha256sum",
        "printf %s \"$S\" | sha512sum | tr a-f A-F",
        "printf %s 'hunter2%20pl%C3%BCs%2F9Z'",
        "printf %s 'hunter2'",
        "printf 'Some(\"hunter2 pl\\u{fc}s\"'",
    ];
    for script in forms {
        let sandbox = Sandbox::new();
        let run = shell(&sandbox, script).variable("S", sandbox.secret(secret));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.run()));
        assert!(outcome.is_err(), "not found: {script}");
    }
}

#[test]
fn a_refusal_shows_no_digest_no_ciphertext_and_no_length() {
    let scripts = [
        "printf %064d 0; exit 3",
        "echo '#ENC[AES256_GCM,data:AAAA'; exit 2",
        "echo 'value of 12 bytes is too long'; exit 2",
    ];
    for script in scripts {
        let sandbox = Sandbox::new();
        sandbox.secret("twelve-bytes");
        let run = shell(&sandbox, script);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.run()));
        assert!(outcome.is_err(), "not found: {script}");
    }
}

#[test]
fn a_command_that_is_for_printing_secrets_may_do_so_unless_it_fails() {
    let sandbox = Sandbox::new();
    let secret = sandbox.secret("hunter2-token");
    shell(&sandbox, "echo $S")
        .variable("S", &secret)
        .prints_secrets()
        .succeeds_with("hunter2-token\n");
    let failing = shell(&sandbox, "echo $S; exit 2")
        .variable("S", &secret)
        .prints_secrets();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| failing.run()));
    assert!(outcome.is_err(), "a failure that prints a secret is a leak");
    shell(&sandbox, "echo $S; exit 2")
        .variable("S", &secret)
        .child_prints_secrets()
        .fails(2);
}

#[test]
fn git_knows_nothing_of_the_user() {
    let sandbox = Sandbox::with_git();
    sandbox.write("a.txt", "a");
    sandbox.commit("first");
    assert_eq!(
        sandbox.git(["log", "--format=%an %ad %s", "--date=iso-strict"]),
        "Test 2026-01-01T00:00:00+00:00 first\n"
    );
    let scopes = sandbox.git(["config", "--list", "--show-scope"]);
    assert!(
        scopes.lines().all(|line| line.starts_with("local\t")),
        "{scopes}"
    );
    assert_eq!(sandbox.files(), ["a.txt"]);
}

#[test]
fn identities_lie_where_the_program_looks() {
    let sandbox = Sandbox::new();
    let identity = sandbox.identity("alice");
    assert_eq!(sandbox.mode(&identity), 0o600);
    assert!(
        sandbox
            .read(&identity)
            .starts_with("# vault: public test identity\n")
    );
    assert_eq!(sandbox.mode(sandbox.ssh_key()), 0o600);
}

#[test]
fn nobody_cannot_read_what_is_roots() {
    let sandbox = Sandbox::new();
    if !sandbox.is_root() {
        peers::skip("the tests do not run as root");
        return;
    }
    sandbox.write("theirs", "1");
    sandbox.give_to_nobody();
    let ours = sandbox.write("ours", "2");
    sandbox.chmod(&ours, 0o600);
    shell(&sandbox, "id -u; cat theirs; echo new > made")
        .by_nobody()
        .succeeds_with("65534\n1");
    shell(&sandbox, "cat ours").by_nobody().fails(1);
    sandbox.vault(["--version"]).by_nobody().succeeds();
    assert_eq!(fs::read_to_string(sandbox.work("made")).unwrap(), "new\n");
}

#[test]
fn a_person_answers_at_a_terminal() {
    let sandbox = Sandbox::new();
    let script =
        "printf 'Name? ' >/dev/tty; read name </dev/tty; echo \"$name!\"; test -t 2; exit 7";
    let Some(terminal) = sandbox.on_terminal(["-c", script]) else {
        return;
    };
    let output = terminal
        .program("/bin/sh")
        .stdout_to("out")
        .sees("Name? ")
        .types("ann $[x] \"é\"")
        .run()
        .fails(7);
    assert_eq!(output.stdout(), "Name? ann $[x] \"é\"\n");
    assert_eq!(sandbox.read("out"), "ann $[x] \"é\"!\n");
}

#[test]
fn control_c_reaches_the_program() {
    let sandbox = Sandbox::new();
    let Some(terminal) = sandbox.on_terminal(["-c", "printf ready; read x"]) else {
        return;
    };
    terminal
        .program("/bin/sh")
        .sees("ready")
        .presses("\u{3}")
        .run()
        .fails(130);
}

#[test]
fn sops_runs_in_the_sandbox() {
    let sandbox = Sandbox::new();
    sandbox.copy("sops/made/everything/enc.yaml", "enc.yaml");
    let Some(run) = sandbox.sops(["decrypt", "enc.yaml"]) else {
        return;
    };
    let expected = fs::read_to_string(Sandbox::fixture("sops/made/everything/dec.yaml")).unwrap();
    run.variable("SOPS_AGE_KEY_FILE", Sandbox::fixture("keys/alice.txt"))
        .succeeds_with(&expected);
}
