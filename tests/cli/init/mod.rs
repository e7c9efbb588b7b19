//! `vault init`.

mod identities;
mod places;

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, DAVE, get},
};

const FILES: [&str; 5] = [
    ".gitattributes",
    ".gitignore",
    ".vault.yaml",
    "secrets/dev.yaml",
    "secrets/prod.yaml",
];

fn with_alice() -> Sandbox {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    sandbox
}

#[test]
fn flags_say_everything_and_the_result_passes_every_check() {
    let sandbox = with_alice();
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "prod", "--yes"])
        .succeeds_with("")
        .says(
            "vault: wrote .vault.yaml, secrets/dev.yaml, secrets/prod.yaml, .gitattributes, .gitignore
vault: git of this clone merges and shows secret files by key from now on
vault: next: vault set dev KEY, then commit these files
",
        );
    assert_eq!(sandbox.files(), FILES);
    assert_eq!(
        sandbox.read(".gitattributes"),
        ".vault.yaml text eol=lf merge=vault-config\nsecrets/**/*.yaml text eol=lf diff=vault merge=vault\n"
    );
    assert_eq!(
        sandbox.read(".gitignore"),
        ".env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????\n"
    );
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(&format!("    alice: {ALICE}\n"))
    );
    sandbox.vault(["check"]).succeeds_with(
        "dev: ok (signed by alice, opens, 0 keys)\nprod: ok (signed by alice, opens, 0 keys)\n",
    );
    sandbox.vault(["set", "prod", "A", "1"]).succeeds();
    assert_eq!(get(&sandbox, "prod", "A"), "1");
    let attribute = sandbox.git(["check-attr", "eol", "secrets/dev.yaml", ".vault.yaml"]);
    assert_eq!(
        attribute,
        "secrets/dev.yaml: eol: lf\n.vault.yaml: eol: lf\n"
    );
}

#[test]
fn what_no_flag_says_is_asked_for_and_has_a_default() {
    let sandbox = with_alice();
    sandbox.git(["config", "user.name", "Alice Example"]);
    let Some(terminal) = sandbox.on_terminal(["init"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault [alice]:")
        .types("")
        .sees("Environments [dev prod]:")
        .types("")
        .sees("Its file, outside of the repository, or nothing for none:")
        .types("")
        .sees("next: vault set dev KEY")
        .run()
        .succeeds();
    assert_eq!(sandbox.files(), FILES);
    assert!(sandbox.read(".vault.yaml").contains("    alice: age1"));
}

#[test]
fn the_environment_to_work_in_becomes_the_default_wherever_it_is_named() {
    for (names, default) in [
        (["common", "dev", "prod"], "dev"),
        (["prod", "local", "staging"], "local"),
        (["live", "test", "demo"], "live"),
    ] {
        let sandbox = with_alice();
        let [one, two, three] = names;
        sandbox
            .vault(["init", "--name", "alice", "--env", one, two, three, "--yes"])
            .succeeds();
        let line = format!("default: {default}\n");
        assert!(sandbox.read(".vault.yaml").contains(&line), "{names:?}");
    }
}

#[test]
fn answers_are_taken_and_bad_ones_refused() {
    let sandbox = with_alice();
    let Some(terminal) = sandbox.on_terminal(["init"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault")
        .types("bob")
        .sees("Environments [dev prod]:")
        .types("staging, live")
        .sees("nothing for none:")
        .types("")
        .run()
        .succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(config.contains("    bob: age1"));
    assert!(config.contains("default: staging\n"));
    assert!(sandbox.exists("secrets/live.yaml"));
    let sandbox = with_alice();
    let terminal = sandbox.on_terminal(["init"]).unwrap();
    let terminal = (0..3).fold(terminal, |terminal, _| {
        let terminal = terminal.sees("Your name in the vault");
        terminal.types("not a name")
    });
    terminal.sees("error:").sees(" name: ").run().fails(2);
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn who_gives_a_bad_answer_is_told_why_and_asked_again() {
    for none in ["n", "no", "None"] {
        let sandbox = with_alice();
        let Some(terminal) = sandbox.on_terminal(["init"]) else {
            return;
        };
        terminal
            .sees("Your name in the vault")
            .types("alice example")
            .sees("vault: name: ")
            .sees("Your name in the vault")
            .types("alice")
            .sees("Environments [dev prod]:")
            .types("dev/")
            .sees("vault: dev/: ")
            .sees("Environments [dev prod]:")
            .types("")
            .sees("nothing for none:")
            .types("recovery.txt")
            .sees("vault: recovery.txt lies inside the work tree ")
            .sees("nothing for none:")
            .types(none)
            .sees("next: vault set dev KEY")
            .run()
            .succeeds();
        assert_eq!(sandbox.files(), FILES);
        assert!(!sandbox.read(".vault.yaml").contains("recovery"));
    }
}

#[test]
fn without_a_terminal_it_must_be_told_to_ask_nothing() {
    let sandbox = with_alice();
    sandbox.vault(["init", "--name", "alice"]).fails_with(
        2,
        "vault: error: there is no terminal to ask
vault: hint: vault init --name NAME --env dev prod --yes
",
    );
    assert_eq!(sandbox.files(), [""; 0]);
    // Nobody knows a name: neither git nor the system.
    sandbox.vault(["init", "--yes"]).fails_with(
        2,
        "vault: error: your name is not known\nvault: hint: --name NAME\n",
    );
    sandbox
        .vault(["init", "--yes"])
        .variable("USER", "alice")
        .succeeds();
    assert_eq!(sandbox.files(), FILES);
}

#[test]
fn lines_that_git_has_already_are_not_repeated_and_others_stay_as_they_are() {
    for (before, after) in [
        (
            "target/\n.env\n",
            "target/\n.env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????\n",
        ),
        (
            "no newline",
            "no newline\n.env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????\n",
        ),
        (
            "a\r\n.env.*\r\n",
            "a\r\n.env.*\r\n.env\r\n!.env.example\r\nrun/secrets/\r\n.*.vault-??????\r\n",
        ),
        (
            "a\r\n.env",
            "a\r\n.env\r\n.env.*\r\n!.env.example\r\nrun/secrets/\r\n.*.vault-??????\r\n",
        ),
        (
            ".env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????",
            ".env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????",
        ),
    ] {
        let sandbox = with_alice();
        sandbox.write(".gitignore", before);
        sandbox.write(".gitattributes", "*.png binary");
        sandbox
            .vault(["init", "--name", "alice", "--yes"])
            .succeeds();
        assert_eq!(sandbox.read(".gitignore"), after, "{before:?}");
        assert_eq!(
            sandbox.read(".gitattributes"),
            "*.png binary\n.vault.yaml text eol=lf merge=vault-config\nsecrets/**/*.yaml text eol=lf diff=vault merge=vault\n"
        );
        assert_eq!(
            sandbox.git(["check-ignore", ".env", ".env.local"]),
            ".env\n.env.local\n"
        );
        assert_eq!(
            sandbox.git(["check-attr", "eol", "secrets/dev.yaml"]),
            "secrets/dev.yaml: eol: lf\n"
        );
    }
}

#[test]
fn names_that_look_like_something_else_stay_names() {
    let names = ["123", "null", "no", "1e3", "2024-01-01", "0x1f", "True"];
    for name in names {
        let sandbox = with_alice();
        sandbox
            .vault(["init", "--name", name, "--env", name, "--yes"])
            .succeeds();
        sandbox.vault(["set", name, "A", "1"]).succeeds();
        assert_eq!(get(&sandbox, name, "A"), "1");
        assert_eq!(get(&sandbox, name, "A"), "1");
        sandbox.vault(["check", "--keyless"]).succeeds();
        let file = format!("secrets/{name}.yaml");
        let Some(sops) = sandbox.sops(["decrypt", &file]) else {
            return;
        };
        sops.variable("SOPS_AGE_KEY_FILE", sandbox.path("alice.txt"))
            .succeeds_with("A: \"1\"\n");
    }
}

#[test]
fn names_that_cannot_be_are_refused_before_anything_is_made() {
    for line in [
        &["--name", "../x"][..],
        &["--name", "a b"],
        &["--name", ""],
        &["--name", "alice", "--env", "../dev"],
        &["--name", "alice", "--env", "dev/../prod"],
        &["--name", "alice", "--env", "/dev"],
        &["--name", "alice", "--env", "dev", "dev"],
        &["--name", "alice", "--env", "dev", "DEV"],
        &["--name", "alice", "--env", "dev", "dev.yaml/x"],
    ] {
        let sandbox = Sandbox::with_git();
        sandbox.vault(["init", "--yes"].iter().chain(line)).fails(2);
        assert_eq!(sandbox.files(), [""; 0], "{line:?}");
        assert!(!sandbox.exists(sandbox.path("config/vault")), "{line:?}");
    }
}

#[test]
fn a_line_that_only_looks_like_one_of_ours_is_not_taken_for_it() {
    let sandbox = with_alice();
    sandbox.write(".gitignore", ".env\t\nrun/secrets/  \r\n");
    sandbox.write(".env", "TOKEN=hunter2\n");
    let run = ["init", "--name", "alice", "--env", "dev", "--yes"];
    sandbox.vault(run).succeeds();
    assert_eq!(
        sandbox.read(".gitignore"),
        ".env\t\nrun/secrets/  \r\n.env\r\n.env.*\r\n!.env.example\r\n.*.vault-??????\r\n"
    );
    sandbox.git(["add", "--all"]);
    assert_eq!(sandbox.git(["ls-files", ".env"]), "");
}

#[test]
fn what_is_wrong_with_a_name_or_a_file_is_said_once() {
    let sandbox = Sandbox::with_git();
    let long = "a".repeat(65);
    for (line, said) in [
        (
            ["init", "--name", &long],
            "--name <NAME>: a name has at most 64 characters\nvault: hint: vault init --help\n",
        ),
        (
            ["init", "--env", "dev=../x"],
            "--env <NAME>...: the path of a file must not hold `..`\nvault: hint: --env <NAME> takes everything up to the next option: what is no part of it stands before\n",
        ),
    ] {
        sandbox
            .vault(line)
            .fails_with(2, &format!("vault: error: {said}"));
    }
}
