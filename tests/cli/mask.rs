//! `vault run --mask`: what the program prints, without the values.

use crate::{
    peers,
    sandbox::{Run, Sandbox},
    vaults::dev,
};

const TOKEN: &str = "hunter2-API-token";

fn masked<'s>(sandbox: &'s Sandbox, script: &str) -> Run<'s> {
    sandbox.vault(["run", "dev", "--mask", "--", "sh", "-c", script])
}

#[test]
fn values_are_masked_in_both_outputs_and_the_rest_is_not() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("database.password", "p4ss\"w/rd é"),
        ("PEM", "-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----\n"),
        ("DEBUG", "true"),
        ("N", "7"),
    ]);
    let script = r#"printf 'a %s b\n%s' "$TOKEN" "$PEM"; printf '%s|%s\r\n' "$DEBUG" "$N"; printf 'no token: %s' "$DATABASE_PASSWORD" >&2"#;
    masked(&sandbox, script)
        .succeeds_with("a *** b\n***\ntrue|7\r\n")
        .says("no token: ***");
}

#[test]
fn other_spellings_are_masked() {
    let sandbox = dev(&[("TOKEN", "a b\"c/d+e?é🔑"), ("BASIC", TOKEN)]);
    let Some(python) = peers::python() else {
        return;
    };
    let script = r#"
import base64, json, os, urllib.parse
t, b = os.environ["TOKEN"], os.environ["BASIC"]
print(json.dumps({"t": t}), json.dumps([t], ensure_ascii=False))
print(urllib.parse.quote(t), urllib.parse.quote_plus(t), urllib.parse.quote(t, safe=""))
print("Authorization: Basic", base64.b64encode(b"user:" + b.encode()).decode())
print(base64.b64encode(b.encode()).decode(), base64.urlsafe_b64encode(t.encode()).decode())
"#;
    sandbox
        .vault(["run", "dev", "--mask", "--"])
        .and([python.as_os_str(), "-c".as_ref(), script.as_ref()])
        .succeeds_with(
            "{\"t\": \"***\"} [\"***\"]\n*** *** ***\nAuthorization: Basic [..]***[..]\n*** ***\n",
        );
}

#[test]
fn what_json_writers_escape_together_is_masked() {
    let sandbox = dev(&[
        ("LINK", "https://x/?a=1&b=2"),
        ("NAME", "päss<1/'\"é&\u{7f}>"),
    ]);
    if let Some(python) = peers::python() {
        // What PHP, Django and Flask do beyond Python, as each of them does it: character by character.
        let script = r#"
import itertools, json, os
link, name = os.environ["LINK"], os.environ["NAME"]
html = {c: "\\u%04X" % ord(c) for c in "<>&"}
flask = {c: "\\u%04x" % ord(c) for c in "<>&'"}
for more in [html, flask]:
    for is_ascii in [True, False]:
        print(json.dumps([link, name], ensure_ascii=is_ascii).translate(str.maketrans(more)))
def php(text, flags, is_ascii):
    inside = ""
    for c in text:
        if c == "/" and c in flags:
            inside += "\\/"
        elif c in flags:
            inside += "\\u%04X" % ord(c)
        elif c == "\x7f":
            inside += c
        else:
            inside += json.dumps(c, ensure_ascii=is_ascii)[1:-1]
    return inside
for count in range(6):
    for flags in itertools.combinations(["<>", "&", "'", '"', "/"], count):
        for is_ascii in [True, False]:
            print(php(link, "".join(flags), is_ascii), php(name, "".join(flags), is_ascii))
"#;
        let out = sandbox
            .vault(["run", "dev", "--mask", "--"])
            .and([python.as_os_str(), "-c".as_ref(), script.as_ref()])
            .succeeds();
        let lines = "[\"***\", \"***\"]\n".repeat(4) + &"*** ***\n".repeat(64);
        assert_eq!(out.stdout(), lines);
    }
    if let Some(node) = peers::program("node") {
        // As Next.js and serialize-javascript do.
        let script = r#"
const line = JSON.stringify([process.env.LINK, process.env.NAME]);
const hex = (c) => c.charCodeAt(0).toString(16).padStart(4, "0");
console.log(line);
console.log(line.replace(/[<>&\u2028\u2029]/g, (c) => "\\u" + hex(c)));
console.log(line.replace(/[<>\/\u2028\u2029]/g, (c) => "\\u" + hex(c).toUpperCase()));
"#;
        sandbox
            .vault(["run", "dev", "--mask", "--"])
            .and([node.as_os_str(), "-e".as_ref(), script.as_ref()])
            .succeeds_with(&"[\"***\",\"***\"]\n".repeat(3));
    }
}

#[test]
fn in_ci_it_is_the_default() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let run = |words: &[&str]| {
        let line = ["run", "dev"].iter().chain(words);
        let command = ["--", "sh", "-c", "echo $TOKEN"];
        sandbox.vault(line.chain(&command))
    };
    let shown = format!("{TOKEN}\n");
    for (name, value) in [
        ("CI", "true"),
        ("CI", "1"),
        ("GITHUB_ACTIONS", "true"),
        ("TF_BUILD", "True"),
    ] {
        run(&[]).variable(name, value).succeeds_with("***\n");
        let plain = run(&["--no-mask"]).variable(name, value);
        plain.child_prints_secrets().succeeds_with(&shown);
    }
    for (name, value) in [("CI", ""), ("CI", "false"), ("CI", "0")] {
        let plain = run(&[]).variable(name, value);
        plain.child_prints_secrets().succeeds_with(&shown);
    }
    run(&["--mask"])
        .variable("CI", "false")
        .succeeds_with("***\n");
    run(&["--no-mask", "--mask"]).succeeds_with("***\n");
}

#[test]
fn a_value_that_comes_in_pieces_is_masked() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    // One byte to a write.
    let script = r#"printf '%s\n' "x$TOKEN y" | dd bs=1 2>/dev/null"#;
    masked(&sandbox, script).succeeds_with("x*** y\n");
}

#[test]
fn what_is_no_beginning_of_a_value_is_shown_before_the_program_goes_on() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.program("/usr/bin/mkfifo", ["answer"]).succeeds();
    // The question has no line end, and the answer comes when it was seen.
    let line = format!(
        "{} run dev --mask -- sh -c 'printf \"password: \"; read -r line <answer; echo \"$line\"' >out &
child=$!; until grep -q 'password: ' out; do :; done; echo \"it is {TOKEN}\" >answer; wait $child; cat out",
        env!("CARGO_BIN_EXE_vault")
    );
    sandbox
        .program("/bin/sh", ["-c", &line])
        .succeeds_with("password: it is ***\n");
}

#[test]
fn exit_codes_and_signals_are_the_programs() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for code in [0, 1, 2, 3, 7, 125, 255] {
        let output = masked(&sandbox, &format!("echo $TOKEN; exit {code}")).run();
        assert_eq!((output.code(), output.stdout()), (code, "***\n"));
        assert_eq!(output.stderr(), "");
    }
    for (signal, code) in [
        ("TERM", 143),
        ("KILL", 137),
        ("PIPE", 141),
        ("INT", 130),
        ("SEGV", 139),
    ] {
        let output = masked(&sandbox, &format!("echo $TOKEN; kill -{signal} $$")).run();
        assert_eq!(
            (output.code(), output.stdout()),
            (code, "***\n"),
            "{signal}"
        );
    }
    sandbox
        .vault(["run", "dev", "--mask", "--", "nowhere-to-be-found"])
        .fails(127);
    sandbox
        .vault(["run", "dev", "--mask", "--", "/"])
        .fails(126);
    sandbox
        .vault(["run", "deb", "--mask", "--", "true"])
        .fails(125);
}

#[test]
fn signals_that_processes_send_are_handed_on_once() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for (signal, number) in [
        ("TERM", 15),
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("USR1", 10),
        ("USR2", 12),
    ] {
        let script = format!(
            "sh -c 'trap \"\" INT QUIT; exec \"$@\"' sh {} run dev --mask -- python3 -c '
import signal, sys, time
got = []
signal.signal({number}, lambda number, frame: got.append(number))
print(\"ready\", flush=True)
while not got: time.sleep(0.01)
print(got, flush=True)
sys.exit(9)' >out &
child=$!; until grep -q ready out; do :; done; kill -{signal} $child; wait $child; echo $?; cat out",
            env!("CARGO_BIN_EXE_vault")
        );
        if peers::program("python3").is_none() {
            return;
        }
        sandbox.write("out", "");
        sandbox
            .program("/bin/sh", ["-c", &script])
            .succeeds_with(&format!("9\nready\n[{number}]\n"));
    }
}

#[test]
fn ctrl_c_at_the_terminal_reaches_the_program_once() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let script = "
import signal, sys, time
got = []
signal.signal(signal.SIGINT, lambda number, frame: got.append(number))
print('ready', flush=True)
while not got: time.sleep(0.01)
end = time.monotonic() + 0.3
while time.monotonic() < end: time.sleep(0.05)
print('got', len(got), flush=True)
sys.exit(9)";
    if peers::program("python3").is_none() {
        return;
    }
    let words = ["run", "dev", "--mask", "--", "python3", "-c", script];
    let Some(terminal) = sandbox.on_terminal(words) else {
        return;
    };
    let output = terminal.sees("ready").presses("\u{3}").run();
    assert_eq!(output.code(), 9);
    assert!(output.stdout().contains("got 1"), "{}", output.stdout());
}

#[test]
fn its_input_is_the_callers() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    masked(&sandbox, "cat")
        .stdin(format!("a\0b {TOKEN}\n"))
        .succeeds_with("a\0b ***\n");
}

#[test]
fn much_output_on_both_streams_arrives_whole() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    if peers::program("python3").is_none() {
        return;
    }
    let script = "
import os, sys
for number in range(30000):
    os.write(2, b'%d error\\n' % number)
    os.write(1, b'%d ' % number + os.environb[b'TOKEN'] + b'\\n')";
    let output = sandbox
        .vault(["run", "dev", "--mask", "--", "python3", "-c", script])
        .succeeds();
    let expected: String = (0..30_000)
        .map(|number| format!("{number} ***\n"))
        .collect();
    assert!(output.stdout() == expected);
    let expected: String = (0..30_000)
        .map(|number| format!("{number} error\n"))
        .collect();
    assert!(output.stderr() == expected);
}

#[test]
fn the_order_of_outputs_that_lead_to_one_place_stays() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let script = format!(
        "{} run dev --mask -- sh -c 'for n in 1 2 3 4 5; do echo o$n; echo e$n >&2; done' 2>&1",
        env!("CARGO_BIN_EXE_vault")
    );
    sandbox
        .program("/bin/sh", ["-c", &script])
        .succeeds_with("o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\n");
}

#[test]
fn a_reader_who_leaves_is_noticed_by_the_program() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let Some(bash) = peers::program("bash") else {
        return;
    };
    let script = format!(
        "{} run dev --mask -- yes | head -n 1; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_vault")
    );
    sandbox
        .program(bash, ["-c", &script])
        .succeeds_with("y\n141\n");
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let output = masked(&sandbox, "echo $TOKEN")
        .stdout_to("/dev/full")
        .fails(125);
    assert_eq!(
        output.stderr(),
        "vault: error: output of the program is lost: cannot write to standard output: No space left on device (os error 28)\n"
    );
}

#[test]
fn a_program_that_closes_its_output_goes_on() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    masked(&sandbox, "exec >&- 2>&-; cat >/dev/null; exit 5")
        .stdin("x")
        .fails_with(5, "");
}

#[test]
fn a_program_that_outlives_its_parent_is_awaited_for_a_while() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    // Done soon: nothing is lost.
    masked(
        &sandbox,
        "p=$$; (while kill -0 $p 2>/dev/null; do :; done; echo late $TOKEN) & exit 4",
    )
    .run()
    .fails(4)
    .prints("late ***\n");
    // Not done: the program's end is the end.
    let output = masked(&sandbox, "sleep 600 & echo $!; exit 4").fails(4);
    assert_eq!(
        output.stderr(),
        "vault: warning: a program that was started on the way still holds the output; what it prints from now on is lost\n"
    );
    let left = output.stdout().trim().to_owned();
    sandbox.program("/bin/kill", [&left]).succeeds();
}

#[test]
fn the_limits_of_the_caller_are_given_back_and_vaults_own_stay() {
    let Some(bash) = peers::program("bash") else {
        return;
    };
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let script = "ulimit -S -c 1024; \"$0\" run dev --mask -- bash -c 'ulimit -S -c; grep \"core file\" /proc/$PPID/limits'";
    let output = sandbox
        .program(&bash, ["-c", script, env!("CARGO_BIN_EXE_vault")])
        .run();
    assert!(output.stdout().starts_with("1024\n"), "{output:?}");
}

#[test]
fn where_nothing_is_masked_vault_becomes_the_program() {
    let sandbox = dev(&[("DEBUG", "true")]);
    let script = format!(
        "echo $$; exec {} run dev --mask -- sh -c 'echo $$'",
        env!("CARGO_BIN_EXE_vault")
    );
    let output = sandbox.program("/bin/sh", ["-c", &script]).succeeds();
    let numbers: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(numbers[0], numbers[1]);
}

#[test]
fn signals_that_the_tests_ignore_reach_the_programs() {
    // As in `cargo test &` without job control.
    let script =
        r#"trap "" INT QUIT; exec "$0" --exact mask::exit_codes_and_signals_are_the_programs"#;
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

/// Each mark and control character of ASCII and some other letters between letters, and quotes in a row and at the end, as shells write
/// such words; fish takes each byte for a letter where the locale has no others.
fn every_mark_is_masked() {
    let marks = " !\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~";
    let mut values: Vec<(String, String)> = (0..)
        .zip(
            marks
                .chars()
                .chain('\u{1}'..='\u{1f}')
                .chain("\u{7f}\u{82}\u{e7}\u{f6}\u{700}\u{2028}\u{20ac}\u{1f511}".chars()),
        )
        .map(|(at, mark)| (format!("M{at}"), format!("hush{mark}wxyz'hush")))
        .collect();
    values.push(("Q1".to_owned(), "hush''wxyz'hush".to_owned()));
    values.push(("Q2".to_owned(), "hush'wxyzhush''".to_owned()));
    let pairs: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let sandbox = dev(&pairs);
    let both = ["C", "C.UTF-8"];
    for (shell, locales, script) in [
        (
            "bash",
            &both[..],
            "for n in ${!M*} ${!Q*}; do printf '%q ' \"${!n}\"; done; export -p; set",
        ),
        ("dash", &both, "export -p; set"),
        (
            "zsh",
            &both,
            "for n in ${(k)parameters[(I)[MQ][0-9]*]}; do printf '%q ' ${(P)n}; print -r -- ${(qqqq)${(P)n}}; (set -x; true ${(P)n}); done; export -p; set",
        ),
        (
            "fish",
            &both[1..],
            "for n in (set -xn | string match -r '^[MQ][0-9]+$'); string escape -- $$n; set -S $n; end; set -x",
        ),
    ] {
        let Some(shell) = peers::quietly(shell) else {
            continue;
        };
        let script = format!("exec 2>&1; {script}");
        let script = script.trim_start_matches(match shell.ends_with("fish") {
            true => "exec 2>&1; ",
            false => "",
        });
        for locale in locales {
            let run = sandbox
                .vault(["run", "dev", "--mask", "--"])
                .and([shell.as_os_str(), "-c".as_ref(), script.as_ref()])
                .variable("LC_ALL", locale);
            let out = run.succeeds().stdout().to_owned();
            assert!(out.contains("***"), "{}", shell.display());
            let left: Vec<&str> = out.lines().filter(|line| line.contains("wxyz")).collect();
            assert!(left.is_empty(), "{} {locale}: {left:?}", shell.display());
        }
    }
}

#[test]
fn words_as_shells_quote_them_are_masked() {
    let sandbox = dev(&[
        ("A", "pass'word1"),
        ("B", "pass word~1"),
        ("C", "passw\u{f6}rd secret1"),
        ("D", "tab\there\u{1}'s \\one"),
    ]);
    let shown = |shell: &str, locale: &str, script: &str| {
        let shell = peers::quietly(shell)?;
        let run = sandbox
            .vault(["run", "dev", "--mask", "--"])
            .and([shell.as_os_str(), "-c".as_ref(), script.as_ref()])
            .variable("LC_ALL", locale);
        Some(run.succeeds().stdout().to_owned())
    };
    for locale in ["C", "C.UTF-8"] {
        let words = "for word in \"$A\" \"$B\" \"$C\" \"$D\"; do printf '%q\\n' \"$word\"; done; declare -p A B C D | sed 's/declare -x//'; set -x; : \"$A$B\"";
        if let Some(out) = shown("bash", locale, &format!("{words} 2>&1")) {
            for part in ["pass", "word", "secret", "here", "one"] {
                assert!(!out.contains(part), "{locale}: {out}");
            }
        }
    }
    for (shell, names) in [("dash", "ABCD"), ("zsh", "ABCD"), ("fish", "ABC")] {
        let words = format!("set | grep -a -A1 '^[{names}][= ]' | grep -v '^D '");
        if let Some(out) = shown(shell, "C.UTF-8", &words) {
            for part in ["pass", "word", "secret", "one"] {
                assert!(!out.contains(part), "{shell}: {out}");
            }
        }
    }
    every_mark_is_masked();
    let Some(python) = peers::python() else {
        return;
    };
    let script = r#"
import json, os, shlex, urllib.parse
for name in "ABCD":
    text = os.environ[name]
    print(shlex.quote(text), urllib.parse.quote_plus(text))
    print(json.dumps(text), json.dumps(text).replace("\\u00f6", "\\u00F6"))
"#;
    let out = sandbox
        .vault(["run", "dev", "--mask", "--"])
        .and([python.as_os_str(), "-c".as_ref(), script.as_ref()])
        .succeeds();
    let left: String = out
        .stdout()
        .replace("***", "")
        .replace(['\'', '"', ' ', '\n'], "");
    assert_eq!(left, "");
}
