//! `vault completions`: what a Tab does, in real shells on a real terminal.

mod asked;

use crate::{
    peers,
    sandbox::{Sandbox, Terminal},
    vaults::{dev, edit_config, set},
};

/// A shell that is started with our completion, says `ready>` when it waits, and shows its line as `<…>` for Ctrl-X l.
struct Shell {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The file that it reads at its start, by place in the home.
    start: &'static str,
    script: &'static str,
}

const SHELLS: [Shell; 4] = [
    Shell {
        name: "bash",
        arguments: &["--noprofile", "-i"],
        start: "home/.bashrc",
        script: r#"PS1='ready> '
bind 'set enable-bracketed-paste off'
bind 'set bell-style none'
bind -x '"\C-xl": printf "<%s>\n" "$READLINE_LINE"'
source <(vault completions bash)
"#,
    },
    Shell {
        name: "zsh",
        arguments: &["-i"],
        start: "home/.zshrc",
        script: r#"PS1='ready> '
unsetopt PROMPT_SP
autoload -Uz compinit && compinit -u -D
show() { zle -M "<$BUFFER>" }
zle -N show
bindkey '^Xl' show
source <(vault completions zsh)
"#,
    },
    Shell {
        name: "fish",
        arguments: &["--interactive"],
        start: "config/fish/config.fish",
        script: r#"function fish_prompt; echo -n 'ready> '; end
set --global fish_greeting
set --global fish_autosuggestion_enabled 0
bind \cxl 'echo; echo "<"(commandline)">"; commandline --function repaint'
vault completions fish | source
"#,
    },
    Shell {
        name: "elvish",
        arguments: &["-rc", "home/rc.elv"],
        start: "home/rc.elv",
        script: r#"set edit:prompt = { put 'ready> ' }
set edit:rprompt = { }
set edit:insert:binding[Ctrl-X] = { print "\n<"$edit:current-command">\n" >/dev/tty }
eval (vault completions elvish | slurp)
"#,
    },
];

impl Shell {
    /// Starts it; `None` where it is not there.
    fn on<'s>(&self, sandbox: &'s Sandbox) -> Option<Terminal<'s>> {
        let program = peers::program(self.name)?;
        sandbox.write(sandbox.path(self.start), self.script);
        let folder = std::path::Path::new(env!("CARGO_BIN_EXE_vault")).parent();
        let folder = folder.expect("a program lies in a folder").display();
        sandbox.set("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"));
        let place = |argument: &&str| match argument.strip_prefix("home/") {
            Some(path) => sandbox.home(path).display().to_string(),
            None => (*argument).to_owned(),
        };
        let arguments: Vec<String> = self.arguments.iter().map(place).collect();
        Some(
            sandbox
                .on_terminal(arguments)?
                .program(program)
                .sees("ready> "),
        )
    }

    /// Shows the line.
    fn show(&self) -> &'static str {
        match self.name {
            "elvish" => "\u{18}",
            _ => "\u{18}l",
        }
    }

    /// Throws the line away, up to the cursor at its end.
    fn clear(&self) -> &'static str {
        "\u{15}"
    }
}

/// What is typed, and the line that is there after a Tab.
fn completes(sandbox: &Sandbox, shell: &Shell, typed: &[(&str, &str)]) {
    let Some(mut terminal) = shell.on(sandbox) else {
        return;
    };
    for (typed, line) in typed {
        let shown = format!("<{line}>");
        terminal = terminal
            .presses(&format!("{typed}\t{}", shell.show()))
            .sees(&shown)
            .presses(shell.clear());
    }
    let output = terminal.types("exit").run();
    assert_eq!(output.code(), 0, "{}: {}", shell.name, output.stdout());
}

fn vault() -> Sandbox {
    let sandbox = dev(&[
        ("DATABASE_URL", "postgres://localhost"),
        ("database.password", "hunter2-API"),
    ]);
    edit_config(
        &sandbox,
        "  dev: { recipients: [alice] }\n",
        "  common: { recipients: [alice] }\n  dev: { recipients: [alice], extends: common }\n  production: { recipients: [alice] }\n",
    );
    set(&sandbox, "common", "SHARED_TOKEN", "hunter2-shared");
    sandbox.vault(["sync", "--yes"]).succeeds();
    set(&sandbox, "production", "LIVE_TOKEN", "hunter2-live");
    sandbox
}

#[test]
fn commands_options_environments_and_keys_are_completed_in_every_shell() {
    let sandbox = vault();
    sandbox.write("settings.env", "");
    for shell in &SHELLS {
        completes(
            &sandbox,
            shell,
            &[
                ("vault rend", "vault render "),
                ("vault render --form", "vault render --format "),
                ("vault render --format js", "vault render --format json "),
                (
                    "vault import dev a --dialect py",
                    "vault import dev a --dialect python ",
                ),
                ("vault get prod", "vault get production "),
                ("vault get dev DA", "vault get dev DATABASE_URL "),
                (
                    "vault get dev database.pa",
                    "vault get dev database.password ",
                ),
                // of a layer, and of the default environment
                ("vault get dev SH", "vault get dev SHARED_TOKEN "),
                ("vault get SH", "vault get SHARED_TOKEN "),
                (
                    "vault unset production L",
                    "vault unset production LIVE_TOKEN ",
                ),
                ("vault -C . list prod", "vault -C . list production "),
                ("vault sync --readmit b", "vault sync --readmit bob "),
                ("vault completions z", "vault completions zsh "),
                ("vault render -o sett", "vault render -o settings.env "),
            ],
        );
    }
}

#[test]
fn what_help_explains_is_completed_in_every_shell() {
    let sandbox = dev(&[("TOKEN", "hunter2-API")]);
    for shell in &SHELLS {
        completes(
            &sandbox,
            shell,
            &[
                ("vault help rend", "vault help render "),
                ("vault help git inst", "vault help git install "),
                ("vault help recipients a", "vault help recipients add "),
                ("vault -C . help git up", "vault -C . help git update "),
                ("vault git help up", "vault git help update "),
            ],
        );
    }
}

#[test]
fn help_offers_the_commands_that_can_be_given_and_nothing_else() {
    let sandbox = dev(&[("TOKEN", "hunter2-API")]);
    let asked = |words: &[&str]| {
        let output = sandbox
            .vault(["--", "vault"].iter().chain(words))
            .variable("VAULT_COMPLETE", "zsh")
            .succeeds();
        output.stdout().to_owned()
    };
    for (help, command) in [
        (&["help", ""][..], &[""][..]),
        (&["help", "git", ""], &["git", ""]),
        (&["git", "help", ""], &["git", ""]),
        (&["help", "re"], &["re"]),
    ] {
        let all = asked(command);
        let all = all.lines().filter(|line| !line.starts_with("help\t"));
        let offered = asked(help);
        assert!(offered.lines().eq(all), "{help:?}: {offered}");
        let mut behind_kind = offered.lines().skip(1);
        assert!(behind_kind.all(|line| line.contains('\t')), "{offered}");
    }
    for none in [
        &["help", "get", ""][..],
        &["help", "get", "T"],
        &["help", "render", "--"],
        &["help", "git", "install", "-"],
    ] {
        assert_eq!(asked(none), "words\n", "{none:?}");
    }
    // an environment could have that name
    assert_eq!(asked(&["get", "help", "TOK"]), "words\n");
    assert_eq!(asked(&["get", "TOK"]), "words\nTOKEN\n");
}

#[test]
fn a_value_behind_an_equals_sign_is_completed() {
    let sandbox = vault();
    for shell in &SHELLS[..3] {
        completes(
            &sandbox,
            shell,
            &[("vault render --format=js", "vault render --format=json ")],
        );
    }
}

#[test]
fn items_of_lists_and_quoted_parts_are_completed() {
    let sandbox = dev(&[
        ("\"a b\".c", "hunter2-API"),
        ("hosts[0]", "hunter2-host"),
        ("\"it's\"", "hunter2-its"),
    ]);
    // A file of that name must not be taken for what a pattern means.
    sandbox.write("hosts0", "");
    for (shell, lines) in SHELLS.iter().zip([
        [
            r#"vault set dev \"a\ b\".c "#,
            r"vault set dev hosts\[0\] ",
            r#"vault set dev '"a b".c' "#,
        ],
        [
            r#"vault set dev \"a\ b\".c "#,
            r"vault set dev hosts\[0\] ",
            r#"vault set dev '"a b".c' "#,
        ],
        [
            r#"vault set dev \"a\ b\".c "#,
            r"vault set dev hosts\[0\] ",
            r#"vault set dev '"a b".c' "#,
        ],
        [
            r#"vault set dev '"a b".c' "#,
            "vault set dev 'hosts[0]' ",
            r#"vault set dev '"a b".c' "#,
        ],
    ]) {
        let typed = match shell.name {
            "elvish" => [
                "vault set dev '\"a",
                "vault set dev 'hos",
                "vault set dev '\"a",
            ],
            _ => [
                "vault set dev \\\"a",
                "vault set dev hos",
                "vault set dev '\"a",
            ],
        };
        let typed: Vec<_> = typed.into_iter().zip(lines).collect();
        completes(&sandbox, shell, &typed);
    }
}

#[test]
fn keys_that_look_like_commands_are_text_to_every_shell() {
    for shell in &SHELLS {
        for key in [
            "x$(touch pwned)",
            "x`touch pwned`",
            "x;touch pwned;",
            "x|touch pwned",
            "x'$(touch pwned)'",
            "x\\$(touch pwned)",
            "x!touch",
            "x{a,b}*?[z]~",
        ] {
            let sandbox = dev(&[]);
            let path = vault::value::KeyPath::key(key).to_string();
            set(&sandbox, "dev", &path, "the-value-of-it");
            let Some(terminal) = shell.on(&sandbox) else {
                break;
            };
            // Completed twice (the word so far is read again), then run: the value comes, and nothing else happens.
            let output = terminal
                .presses("vault get dev \t")
                .presses("\u{7f}\t\r")
                .sees("the-value-of-it")
                .sees("ready> ")
                .types("exit")
                .prints_secrets()
                .run();
            assert!(!sandbox.exists("pwned"), "{}: {key}", shell.name);
            assert_eq!(output.code(), 0, "{}: {key}", shell.name);
        }
    }
}

#[test]
fn nothing_that_a_terminal_obeys_comes_out_of_a_completion() {
    let sandbox = dev(&[("OTHER", "x")]);
    // vault itself makes no such keys: somebody writes them into the file.
    let keys = [r"y\e]0;title\a", r"y\x9b7m", r"y\u202ez", r"y\rb", r"y\nc"];
    let lines: String = keys.iter().map(|key| format!("\"{key}\": x\n")).collect();
    let file = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", lines + &file);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let line = match shell {
            "bash" => vec!["vault get dev ", ""],
            _ => vec!["vault", "get", "dev", ""],
        };
        let output = sandbox
            .vault(["--"].iter().chain(&line))
            .variable("VAULT_COMPLETE", shell)
            .succeeds();
        assert_eq!(output.stdout().lines().count(), 7, "{shell}");
        let harmful = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
        assert!(
            !output.stdout().contains(harmful),
            "{shell}: {:?}",
            output.stdout()
        );
        assert!(!output.stdout().contains('\u{202e}'), "{shell}");
    }
    // And on the screen of one: the list that two Tabs bring.
    let Some(terminal) = SHELLS[0].on(&sandbox) else {
        return;
    };
    let output = terminal
        .presses("vault get dev \t\t")
        .sees("title")
        .presses("\u{15}exit\r")
        .run();
    let shown = output.stdout();
    assert!(
        !shown.contains("\u{1b}]0;title") && !shown.contains(['\u{7}', '\u{9b}', '\u{202e}']),
        "{shown:?}"
    );
}

#[test]
fn the_variable_alone_changes_no_command() {
    let sandbox = vault();
    for value in ["bash", "zsh", "nonsense", "1"] {
        sandbox
            .vault(["list", "production"])
            .variable("VAULT_COMPLETE", value)
            .succeeds_with("LIVE_TOKEN  str\n");
    }
    sandbox
        .vault(["--", "vault", "li"])
        .variable("VAULT_COMPLETE", "nonsense")
        .fails(2);
}

#[test]
fn the_script_calls_this_very_program() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = sandbox.vault(["completions", shell]).succeeds();
        let program = env!("CARGO_BIN_EXE_vault");
        let call = match shell {
            "powershell" => format!("& '{program}' '--' "),
            _ => format!("VAULT_COMPLETE={shell} '{program}' -- "),
        };
        assert!(script.stdout().contains(&call), "{}", script.stdout());
    }
    // There is none to try it with, but it never runs what is typed, as clap's does.
    let script = sandbox.vault(["completions", "powershell"]).succeeds();
    let code = script
        .stdout()
        .lines()
        .filter(|line| !line.starts_with('#'));
    assert!(!code.collect::<String>().contains("Invoke-Expression"));
    sandbox.vault(["completions", "bsh"]).fails_with(
        2,
        "vault: error: <SHELL> cannot have that value\nvault: hint: did you mean bash?\n",
    );
}
