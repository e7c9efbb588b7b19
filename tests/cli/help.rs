//! The command line: help, mistakes, and what is said of both.

use crate::{
    sandbox::Sandbox,
    vaults::{SECRET_FILES, dev},
};

/// Every command, as the help lists them.
fn commands(sandbox: &Sandbox) -> Vec<String> {
    let help = sandbox.vault(["--help"]).succeeds();
    listed(help.stdout())
}

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let (_, list) = help.split_once("Commands:\n").unwrap_or_default();
    let list = list.split("\n\n").next().unwrap_or_default();
    let names = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_examples_and_every_argument_an_explanation() {
    let sandbox = Sandbox::new();
    let commands = commands(&sandbox);
    assert!(commands.len() >= 12);
    for command in &commands {
        let short = sandbox.vault([command, "-h"]).succeeds();
        assert!(
            short.stdout().contains("\nExamples:\n  vault "),
            "{command}"
        );
        let listed = short
            .stdout()
            .lines()
            .skip_while(|line| !line.starts_with("Arguments:") && !line.starts_with("Options:"))
            .take_while(|line| !line.starts_with("Examples:"));
        for line in listed.filter(|line| line.starts_with("  ")) {
            let columns = line
                .trim()
                .split("  ")
                .filter(|part| !part.is_empty())
                .count();
            assert!(
                columns >= 2 || line.starts_with("          "),
                "{command}: {line}"
            );
        }
        // A sentence for a person: imperative, without a full stop.
        let first = short.stdout().lines().next().unwrap_or_default();
        assert!(
            first.starts_with(char::is_uppercase) && !first.ends_with('.'),
            "{command}: {first}"
        );
    }
}

#[test]
fn help_of_a_command_is_what_the_command_says_itself() {
    let sandbox = Sandbox::new();
    for command in commands(&sandbox) {
        let own = sandbox.vault([&command, "--help"]).succeeds();
        let help = sandbox.vault(["help", &command]);
        help.succeeds_with(own.stdout());
        for below in listed(own.stdout()) {
            let own = sandbox.vault([&command, &below, "--help"]).succeeds();
            let help = sandbox.vault(["help", &command, &below]);
            help.succeeds_with(own.stdout());
        }
    }
    let all = sandbox.vault(["--help"]).succeeds();
    sandbox
        .vault(["help", "--help"])
        .succeeds_with(all.stdout());
    let get = sandbox.vault(["get", "--help"]).succeeds();
    let twice = sandbox.vault(["help", "get", "-h"]);
    twice.succeeds_with(get.stdout());
    let help = sandbox.vault(["help", "help"]).succeeds();
    let (_, list) = help.stdout().split_once("Commands:\n").unwrap();
    for line in list.lines() {
        assert_eq!(line.trim().splitn(2, "  ").count(), 2, "{line}");
    }
}

#[test]
fn no_arguments_at_all_is_a_mistake_that_shows_the_help() {
    let sandbox = Sandbox::new();
    let output = sandbox.vault([""; 0]).fails(2).prints("");
    assert!(
        output
            .stderr()
            .starts_with("Keep a team's secrets in its git repository")
    );
    assert!(
        output
            .stderr()
            .ends_with("\nvault: error: a command is missing\n")
    );
}

#[test]
fn names_that_are_nearly_right_find_the_right_ones() {
    let sandbox = dev(&[("TOKEN", "hunter2-API-token"), ("database.password", "x")]);
    for (line, stderr) in [
        (
            &["rendr", "dev"][..],
            "vault: error: there is no command `rendr`\nvault: hint: did you mean render?\n",
        ),
        (
            &["frobnicate"],
            "vault: error: there is no command `frobnicate`\nvault: hint: vault --help\n",
        ),
        (
            &["render", "dev", "--fomat", "json"],
            "vault: error: there is no option --fomat\nvault: hint: did you mean --format?\n",
        ),
        (
            &["render", "dev", "--xyzzy"],
            "vault: error: there is no option --xyzzy\nvault: hint: usage: vault render [OPTIONS] [ENVIRONMENT]\n",
        ),
        (
            &["render", "deb"],
            "vault: error: there is no environment `deb`\nvault: hint: did you mean `dev`?\n",
        ),
        (
            &["list", "production"],
            "vault: error: there is no environment `production`\nvault: hint: known are `dev`\n",
        ),
        (
            &["render", "dev", "--format", "jsn"],
            "vault: error: --format <FORMAT>: unknown output format; there are dotenv, docker-secrets, json and yaml\nvault: hint: did you mean json?\n",
        ),
        (
            &["set", "dev", "KEY", "x", "--type", "bol"],
            "vault: error: --type <TYPE> cannot have that value\nvault: hint: did you mean bool?\n",
        ),
        (
            &["set", "dev", "KEY", "x", "--type", "number"],
            "vault: error: --type <TYPE> cannot have that value\nvault: hint: one of: str, int, float, bool, null\n",
        ),
        (
            &["completions", "bsh"],
            "vault: error: <SHELL> cannot have that value\nvault: hint: did you mean bash?\n",
        ),
        (
            &["unset", "dev", "TOKN"],
            "vault: error: dev has no key TOKN\nvault: hint: did you mean TOKEN?\n",
        ),
        (
            &["get", "dev", "databse"],
            "vault: error: dev has no key databse\nvault: hint: did you mean database?\n",
        ),
        (
            &["sync", "--readmit", "bop"],
            "vault: error: there is no recipient `bop`\nvault: hint: did you mean `bob`?\n",
        ),
        (
            &["sync", "--readmit", "somebody"],
            "vault: error: there is no recipient `somebody`\nvault: hint: recipients stand in .vault.yaml, each with the line that vault whoami prints\n",
        ),
        (
            &["help", "rendr"],
            "vault: error: there is no command `rendr`\nvault: hint: did you mean render?\n",
        ),
        (
            &["get"],
            "vault: error: missing: <KEY>...\nvault: hint: usage: vault get [OPTIONS] [ENV] <KEY>\n",
        ),
        (
            &["get", "dev", "A", "B"],
            "vault: error: there is an argument too many\nvault: hint: usage: vault get [OPTIONS] [ENV] <KEY>\n",
        ),
        (
            &["edit"],
            "vault: error: missing: <ENV>\nvault: hint: usage: vault edit [OPTIONS] <ENV>\n",
        ),
        (
            &["set", "DATABASE_URL=x"],
            "vault: error: <ENV>: a name holds letters and digits of ASCII, `.`, `_`, `@` and `-` only\nvault: hint: which environment? usage: vault set [OPTIONS] <ENV> <KEY> [VALUE]\n",
        ),
        (
            &["import", ".env"],
            "vault: error: <ENV>: a name begins with a letter or a digit of ASCII\nvault: hint: which environment? usage: vault import [OPTIONS] <ENV> <FILE>\n",
        ),
        (
            &["export", "dev"],
            "vault: error: there is no command `export`\nvault: hint: did you mean render?\n",
        ),
        (
            &["show", "dev", "TOKEN"],
            "vault: error: there is no command `show`\nvault: hint: did you mean get?\n",
        ),
        (
            &["env", "rm", "dev"],
            "vault: error: there is no command `rm`\nvault: hint: did you mean remove?\n",
        ),
        (
            &["env", "mv", "dev", "x"],
            "vault: error: there is no command `mv`\nvault: hint: did you mean rename?\n",
        ),
        (
            &["render", "dev", "-o", "-"],
            "vault: error: -o is for a file, and not for standard output\nvault: hint: leave -o out: it prints then (a file called - is ./-)\n",
        ),
        (
            &["render", "--format"],
            "vault: error: --format <FORMAT> needs a value\nvault: hint: one of: dotenv, docker-secrets, json, yaml\n",
        ),
    ] {
        sandbox.vault(line).fails_with(2, stderr);
    }
}

#[test]
fn names_of_environments_are_never_repeated_raw() {
    let sandbox = dev(&[]);
    for name in ["a\u{1b}[31m", "a\u{202e}b", "../x", ""] {
        for line in [
            &["list", name][..],
            &["render", name],
            &["get", name, "KEY"],
            &["check", name],
            &["run", name, "--", "true"],
        ] {
            let output = sandbox.vault(line).run();
            assert!([2, 125].contains(&output.code()), "{line:?}");
            assert!(
                !output.stderr().contains(['\u{1b}', '\u{202e}']),
                "{line:?}"
            );
        }
    }
}

#[test]
fn r54_nothing_that_a_config_holds_reaches_a_terminal_raw() {
    let sandbox = dev(&[]);
    let member = crate::vaults::ALICE;
    for config in [
        format!("version: 1\nrecipients: {{ \"a\\e[7m\\u202e\": {member} }}\nenvironments: {{}}\n"),
        format!("version: 1\nrecipients: {{ alice: \"\\e[7m\\u202e\" }}\nenvironments: {{}}\n{member}: 1"),
        "version: 1\n\"x\\e[7m\\u202e\": 1\n".to_owned(),
        "version: 1\nenvironments: { \"x\\e[7m\\u202e\": { recipients: [a] } }\n".to_owned(),
        "version: 1\nenvironments: { dev: { recipients: [\"x\\e[7m\\u202e\"], file: \"x\\e[7m\\u202e.yaml\" } }\n".to_owned(),
        "version: 1\ndefault: \"x\\e[7m\\u202e\"\n".to_owned(),
        "version: 1 \u{202e}\u{9b}7m\n".to_owned(),
    ] {
        sandbox.write(".vault.yaml", &config);
        for line in [&["list"][..], &["check"], &["whoami"]] {
            let piped = sandbox.vault(line).run();
            assert!(!piped.stderr().contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{config}");
            let Some(terminal) = sandbox.on_terminal(line) else {
                return;
            };
            let shown = terminal.run();
            // Colour is ours.
            let plain = ["\u{1b}[1m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[36m", "\u{1b}[0m"]
                .iter()
                .fold(shown.stdout().to_owned(), |text, colour| text.replace(colour, ""));
            assert!(!plain.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{config}: {plain:?}");
        }
    }
}

#[test]
fn a_directory_can_be_named() {
    let sandbox = dev(&[("TOKEN", "hunter2-API-token")]);
    sandbox.write("deep/er/x", "");
    for (folder, line) in [
        ("..", &["-C", "work", "list"][..]),
        ("..", &["list", "-C", "work"]),
        ("..", &["-C", "work/deep/er", "list"]),
        ("deep/er", &["list"]),
    ] {
        sandbox
            .vault(line)
            .within(folder)
            .succeeds_with("TOKEN  str\n");
    }
    sandbox.vault(["-C", "nowhere", "list"]).fails_with(
        2,
        "vault: error: cannot work in nowhere: No such file or directory (os error 2)\n",
    );
}

#[test]
fn r83_no_command_waits_for_a_terminal_that_is_not_there() {
    let sandbox = dev(&[("TOKEN", "hunter2-API-token")]);
    let commands = commands(&sandbox);
    for command in &commands {
        // Without arguments, and with what most take: done or failed, and quickly.
        for line in [
            vec![command.as_str()],
            vec![command, "dev"],
            vec![command, "dev", "KEY"],
        ] {
            let code = sandbox.vault(&line).prints_secrets().run().code();
            assert!([0, 1, 2, 3, 125].contains(&code), "{line:?}: {code}");
        }
    }
}

#[test]
fn r82_no_command_opens_a_connection_or_starts_a_program() {
    let Some(strace) = crate::peers::program("strace") else {
        return;
    };
    let sandbox = dev(&[("TOKEN", "hunter2-API-token")]);
    sandbox.commit("a vault");
    sandbox.git(["config", "core.fsmonitor", "touch started"]);
    sandbox.git(["config", "core.hooksPath", "hooks"]);
    for line in [
        &["get", "dev", "TOKEN"][..],
        &["list", "--reveal"],
        &["render", "dev", "-o", ".env"],
        &SECRET_FILES,
        &["check"],
        &["whoami"],
        &["set", "dev", "OTHER", "x"],
        &["unset", "dev", "OTHER"],
        &["sync", "--yes"],
        &["run", "dev", "--", "true"],
    ] {
        let trace = [
            "-f",
            "-o",
            "trace",
            "-e",
            "trace=%network,execve",
            env!("CARGO_BIN_EXE_vault"),
        ];
        sandbox
            .program(&strace, trace.iter().chain(line))
            .prints_secrets()
            .succeeds();
        let trace = sandbox.read("trace");
        assert!(!trace.contains("socket("), "{line:?}: {trace}");
        let started = trace.matches("execve(").count();
        let expected = match line[0] {
            // Looked for in every directory of PATH.
            "run" => started.max(2),
            _ => 1,
        };
        assert_eq!(started, expected, "{line:?}: {trace}");
    }
    assert!(!sandbox.exists("started"));
}

#[test]
fn r01_a_wrong_value_of_an_option_is_not_repeated() {
    let sandbox = dev(&[]);
    let secret = sandbox.secret("hunter2-API-token");
    for line in [
        vec!["render", "dev", "--format", &secret],
        vec!["set", "dev", "KEY", &secret, "more"],
        vec!["get", "dev", "KEY", &secret],
        vec!["check", "dev", &secret],
        vec!["list", "dev", &secret],
        vec!["run", "dev", &secret, "--", "true"],
    ] {
        let code = sandbox.vault(line).run().code();
        assert!([2, 125].contains(&code));
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let sandbox = dev(&[("TOKEN", "hunter2-API-token")]);
    let plain = "vault: error: there is no environment `deb`\nvault: hint: did you mean `dev`?\n";
    let coloured = "vault: \u{1b}[1m\u{1b}[31merror:\u{1b}[0m there is no environment `deb`\nvault: \u{1b}[36mhint:\u{1b}[0m did you mean `dev`?\n";
    for (variables, expected) in [
        (&[][..], coloured),
        (&[("NO_COLOR", "")], coloured),
        (&[("TERM", "xterm-256color"), ("CLICOLOR", "1")], coloured),
        (&[("NO_COLOR", "1")], plain),
        (&[("NO_COLOR", "0")], plain),
        (&[("CLICOLOR", "0")], plain),
        (&[("TERM", "dumb")], plain),
    ] {
        let Some(terminal) = sandbox.on_terminal(["list", "deb"]) else {
            return;
        };
        let terminal = variables.iter().fold(terminal, |terminal, (name, value)| {
            terminal.variable(name, value)
        });
        let output = terminal.run();
        assert_eq!(
            (output.code(), output.stdout()),
            (2, expected),
            "{variables:?}"
        );
    }
    for (variables, expected) in [
        (&[][..], plain),
        (&[("TERM", "xterm"), ("COLORTERM", "truecolor")], plain),
        (&[("CLICOLOR_FORCE", "1")], coloured),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], plain),
    ] {
        let run = variables
            .iter()
            .fold(sandbox.vault(["list", "deb"]), |run, (name, value)| {
                run.variable(name, value)
            });
        assert_eq!(run.run().fails(2).stderr(), expected, "{variables:?}");
    }
}

#[test]
fn what_was_asked_for_has_no_colour_whatever_the_variables_say() {
    let sandbox = dev(&[("TOKEN", "hunter2-API-token")]);
    let whoami = sandbox.vault(["whoami"]).succeeds();
    for line in [
        &["list", "dev"][..],
        &["list", "dev", "--json"],
        &["list", "dev", "--reveal"],
        &["get", "dev", "TOKEN"],
        &["render", "dev"],
        &["check"],
        &["whoami"],
        &["--help"],
        &["set", "--help"],
        &["--version"],
        &["man"],
        &["completions", "bash"],
    ] {
        let piped = sandbox
            .vault(line)
            .variable("CLICOLOR_FORCE", "1")
            .prints_secrets()
            .succeeds();
        assert!(!piped.stdout().contains('\u{1b}'), "{line:?}");
        let Some(terminal) = sandbox.on_terminal(line) else {
            return;
        };
        let shown = terminal.prints_secrets().run();
        assert!(!shown.stdout().contains('\u{1b}'), "{line:?}");
    }
    assert!(!whoami.stdout().is_empty());
}
