//! Where the value comes from, and its type.

use serde_json::Value;

use super::FILE;
use crate::{
    sandbox::Sandbox,
    team::{alone, get},
};

#[test]
fn a_value_is_asked_for_without_being_shown_after_it_is_said_who_will_read_it() {
    let sandbox = alone();
    let token = sandbox.secret("hunter2-API-token");
    let Some(terminal) = sandbox.on_terminal(["set", "dev", "TOKEN"]) else {
        return;
    };
    terminal
        .sees("writing TOKEN to secrets/dev.yaml for alice")
        .sees("TOKEN:")
        .types(&token)
        .sees("+ TOKEN")
        .run()
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "TOKEN"), token);
}

#[test]
fn an_interrupted_prompt_writes_nothing_and_leaves_the_terminal_as_it_was() {
    let sandbox = alone();
    let before = sandbox.read(FILE);
    let vault = env!("CARGO_BIN_EXE_vault");
    let script = format!(
        "trap : INT; stty -a >{0}before; {vault} set dev TOKEN; echo ended $?; stty -a >{0}after",
        sandbox.path("").display()
    );
    let Some(terminal) = sandbox.on_terminal(["-c", &script]) else {
        return;
    };
    terminal
        .program("/bin/sh")
        .sees("TOKEN:")
        .presses("hunter2\u{3}")
        .sees("ended 130")
        .run()
        .succeeds();
    assert_eq!(
        sandbox.read(sandbox.path("before")),
        sandbox.read(sandbox.path("after"))
    );
    assert_eq!(sandbox.read(FILE), before);
    assert_eq!(sandbox.files().len(), 4);
}

#[test]
fn standard_input_loses_one_newline_and_keeps_it_when_told_to() {
    let sandbox = alone();
    for (input, options, expected) in [
        ("a line\n", &[][..], "a line"),
        ("a line\r\n", &[], "a line"),
        ("two newlines\n\n", &[], "two newlines\n"),
        ("none", &[], "none"),
        ("a line\n", &["--verbatim"], "a line\n"),
        ("\n", &["--verbatim"], "\n"),
    ] {
        sandbox
            .vault(["set", "dev", "KEY"].iter().chain(options))
            .stdin(input)
            .succeeds();
        assert_eq!(get(&sandbox, "dev", "KEY"), expected, "{input:?}");
    }
}

#[test]
fn a_file_is_taken_with_every_byte_and_counts_from_where_the_person_stands() {
    let sandbox = alone();
    sandbox.write("sub/key.pem", "-----BEGIN-----\nabc\n");
    sandbox
        .vault(["set", "dev", "PEM", "--from-file", "key.pem"])
        .within("sub")
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "PEM"), "-----BEGIN-----\nabc\n");
    sandbox
        .vault(["set", "dev", "PEM", "--from-file", "missing"])
        .fails_with(
            2,
            "vault: error: cannot read missing: No such file or directory (os error 2)
",
        );
}

#[test]
fn arguments_are_taken_as_they_are() {
    let sandbox = alone();
    for (words, expected) in [
        (&["KEY", "plain"][..], "plain"),
        (&["KEY=value"], "value"),
        (&["KEY=a=b"], "a=b"),
        (&["KEY="], ""),
        (&["KEY", "-leading-dash"], "-leading-dash"),
        (&["KEY", "-hello"], "-hello"),
        (&["KEY", "-isecret"], "-isecret"),
        (&["KEY", "-5"], "-5"),
        (&["KEY", "-----BEGIN KEY-----"], "-----BEGIN KEY-----"),
        (&["KEY=--unknown"], "--unknown"),
        (&["KEY", "--", "--unknown"], "--unknown"),
        (&["KEY", "--", "--type"], "--type"),
        (&["KEY", "--", "-x"], "-x"),
        (&["KEY", ""], ""),
        (&["KEY", "=x"], "=x"),
    ] {
        sandbox.vault(["set", "dev"].iter().chain(words)).succeeds();
        assert_eq!(get(&sandbox, "dev", "KEY"), expected, "{words:?}");
    }
}

#[test]
fn an_option_that_there_is_not_is_never_a_value() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "KEY", "good"]).succeeds();
    let before = sandbox.read(FILE);
    let near = |option| format!("vault: hint: did you mean {option}?\n");
    let far = || {
        "vault: hint: a value that begins with -- stands behind --: vault set ENV KEY -- VALUE\n"
            .to_owned()
    };
    for (words, hint) in [
        (&["KEY", "--verbatm"][..], near("--verbatim")),
        (&["KEY", "--Verbatim"], near("--verbatim")),
        (&["KEY", "--lcoal"], near("--local")),
        (&["KEY", "--fromfile=x"], near("--from-file")),
        (&["KEY=1", "--tpye", "int"], near("--type")),
        (&["KEY=1", "--tpye=int"], near("--type")),
        (&["KEY", "--lcoal", "--", "x"], near("--local")),
        (&["KEY", "--stdin"], far()),
        (&["KEY", "--secret-value=4096"], far()),
    ] {
        sandbox
            .vault(["set", "dev"].iter().chain(words))
            .stdin("real-secret")
            .fails_with(2, &format!("vault: error: there is no such option\n{hint}"));
        assert_eq!(sandbox.read(FILE), before, "{words:?}");
    }
}

#[test]
fn two_values_are_none_and_neither_is_repeated() {
    let sandbox = alone();
    let value = sandbox.secret("hunter2-API-token");
    let file = sandbox.write("value", "other");
    for words in [
        vec![format!("KEY={value}"), "other".to_owned()],
        vec![
            format!("KEY={value}"),
            "--from-file".to_owned(),
            file.display().to_string(),
        ],
    ] {
        sandbox
            .vault(
                ["set".to_owned(), "dev".to_owned()]
                    .into_iter()
                    .chain(words),
            )
            .fails_with(
                2,
                "vault: error: there are two values: one after `=`, and another one
vault: hint: vault set ENV KEY VALUE, or vault set ENV KEY=VALUE
",
            );
    }
    sandbox
        .vault(["set", "dev", "KEY", &value, "too-many"])
        .fails(2);
    sandbox
        .vault(["set", "dev", "KEY", &value, "--type", "null"])
        .fails(2)
        .says("vault: error: null has no value\nvault: hint: leave the value out\n");
    assert_eq!(sandbox.files().len(), 5);
}

#[test]
fn an_equals_sign_in_quotes_does_not_begin_a_value() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "\"a=b\""]).fails_with(
        2,
        "vault: error: the key \"a=b\" cannot be used: it holds a `=`\n",
    );
}

#[test]
fn nothing_on_standard_input_is_no_value() {
    let sandbox = alone();
    // An empty line is what `echo "$NOT_SET"` prints.
    for input in ["", "\n", "\r\n"] {
        sandbox
            .vault(["set", "dev", "KEY"])
            .stdin(input)
            .fails_with(
                2,
                "vault: writing KEY to secrets/dev.yaml for alice
vault: error: standard input has no value: it is empty, or an empty line
vault: hint: pipe the value in; for an empty one type '' behind the key
",
            );
    }
    sandbox.vault(["list", "dev"]).succeeds_with("");
}

#[test]
fn enter_alone_at_the_prompt_is_no_value() {
    let sandbox = alone();
    let Some(terminal) = sandbox.on_terminal(["set", "dev", "TOKEN"]) else {
        return;
    };
    let terminal = terminal.variable("NO_COLOR", "1");
    let shown = terminal.sees("TOKEN:").types("").run().fails(2);
    assert!(shown.stdout().ends_with(
        "vault: error: nothing was entered
vault: hint: for an empty value type '' behind the key
"
    ));
    sandbox.vault(["list", "dev"]).succeeds_with("");
}

#[test]
fn what_is_more_than_a_line_is_told_where_it_can_come_from() {
    let sandbox = alone();
    for (keys, why) in [
        ("one\rtwo\r", "more than one line was entered"),
        ("one\ttwo\r", "control characters cannot be typed here"),
    ] {
        let Some(terminal) = sandbox.on_terminal(["set", "dev", "TOKEN"]) else {
            return;
        };
        let terminal = terminal.variable("NO_COLOR", "1");
        let shown = terminal.sees("TOKEN:").presses(keys).run().fails(2);
        let said = format!(
            "vault: error: {why}
vault: hint: text with line ends or tabs comes through a pipe, or with --from-file FILE
"
        );
        assert!(shown.stdout().ends_with(&said), "{}", shown.stdout());
    }
    sandbox.vault(["list", "dev"]).succeeds_with("");
}

#[test]
fn what_the_format_cannot_hold_is_refused_without_being_shown() {
    let sandbox = alone();
    let before = sandbox.read(FILE);
    let said = |input: &[u8]| {
        let output = sandbox.vault(["set", "dev", "KEY"]).stdin(input).fails(2);
        let lines: Vec<String> = output.stderr().lines().skip(1).map(str::to_owned).collect();
        lines.join("\n")
    };
    assert_eq!(
        said(b"hunter2\0"),
        "vault: error: KEY: a value with a NUL character\nvault: hint: write binary data in base64"
    );
    assert_eq!(
        said(b"hunter2\xff"),
        "vault: error: a value must be text in UTF-8; encode other data, for instance with base64"
    );
    assert_eq!(
        said(&vec![b'x'; (1 << 20) + 1]),
        "vault: error: a value can have 1024 KiB at most"
    );
    assert_eq!(
        said(b"ENC[AES256_GCM,data:aaaa]"),
        "vault: error: KEY: a text that begins with `ENC[AES256_GCM,`, as what is encrypted does, cannot be kept\nvault: hint: write the value itself, not its ciphertext"
    );
    assert_eq!(sandbox.read(FILE), before);
    // The line end that is dropped does not count.
    let largest = "x".repeat(1 << 20);
    sandbox
        .vault(["set", "dev", "KEY"])
        .stdin(format!("{largest}\n"))
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "KEY"), largest);
    sandbox
        .vault(["set", "dev", "KEY", "--verbatim"])
        .stdin(format!("{largest}\n"))
        .fails(2);
}

#[test]
fn every_nasty_value_comes_back_byte_for_byte() {
    let sandbox = alone();
    let text = std::fs::read_to_string(Sandbox::fixture("nasty-values.json")).unwrap();
    let values: Value = serde_json::from_str(&text).unwrap();
    let values = values.as_array().unwrap();
    let text_of = |value: &Value| value["utf8"].as_str().map(str::to_owned);
    let storable: Vec<String> = values
        .iter()
        .filter_map(text_of)
        .filter(|text| !text.contains('\0'))
        .collect();
    assert!(storable.len() > 30);
    for (at, value) in storable.iter().enumerate() {
        let file = sandbox.write("value", value);
        let file = file.to_str().unwrap();
        let key = format!("K{at}");
        sandbox
            .vault(["set", "dev", &key, "--from-file", file])
            .succeeds();
    }
    let all = sandbox
        .vault(["render", "dev", "--format", "json"])
        .prints_secrets()
        .succeeds();
    let all: Value = serde_json::from_str(all.stdout()).unwrap();
    for (at, value) in storable.iter().enumerate() {
        assert_eq!(all[format!("K{at}")].as_str(), Some(value.as_str()));
    }
    let last = storable.len() - 1;
    assert_eq!(get(&sandbox, "dev", &format!("K{last}")), storable[last]);
}

#[test]
fn a_type_stays_while_the_text_is_canonical_and_becomes_text_with_a_notice() {
    let sandbox = alone();
    let json = |key: &str| {
        let output = sandbox.vault(["get", "dev", key, "--json"]).succeeds();
        output.stdout().trim_end().to_owned()
    };
    for (kind, first, second, other) in [
        ("int", "5432", "-1", "0123"),
        ("float", "1.5", "2.0", "1e3"),
        ("bool", "true", "false", "no"),
    ] {
        sandbox
            .vault(["set", "dev", kind, first, "--type", kind])
            .succeeds();
        assert_eq!(json(kind), first);
        sandbox
            .vault(["set", "dev", kind, second])
            .succeeds()
            .says(&format!(
                "vault: writing {kind} to secrets/dev.yaml for alice\nvault: ~ {kind}\n"
            ));
        assert_eq!(json(kind), second);
        sandbox
            .vault(["set", "dev", kind, other])
            .succeeds()
            .says(&format!(
                "vault: warning: {kind} was of the type {kind} and is text now; --type decides otherwise
vault: writing {kind} to secrets/dev.yaml for alice
vault: ~ {kind}
"
            ));
        assert_eq!(json(kind), format!("\"{other}\""));
        sandbox
            .vault(["set", "dev", kind, first, "--type", "str"])
            .succeeds();
        assert_eq!(json(kind), format!("\"{first}\""));
    }
    sandbox
        .vault(["set", "dev", "none", "--type", "null"])
        .succeeds();
    assert_eq!(json("none"), "null");
    sandbox.vault(["set", "dev", "none", "5"]).succeeds();
    assert_eq!(json("none"), "\"5\"");
}

#[test]
fn a_text_that_is_not_of_the_type_is_refused_without_being_shown() {
    let sandbox = alone();
    let before = sandbox.read(FILE);
    for (kind, hint) in [
        (
            "int",
            "a whole number is written 5432 or -1: no +, no leading zeros, at most 64 bits",
        ),
        (
            "float",
            "a float is written 1.5 or 2.0: with a digit behind the point, without an exponent",
        ),
        ("bool", "a bool is true or false"),
    ] {
        let value = sandbox.secret("hunter2-API-token");
        sandbox
            .vault(["set", "dev", "KEY", &value, "--type", kind])
            .fails_with(
                2,
                &format!(
                    "vault: error: the value is no canonical {kind}
vault: hint: {hint}
"
                ),
            );
    }
    for (kind, text) in [
        ("int", "+1"),
        ("int", "01"),
        ("int", "1_000"),
        ("int", "9223372036854775808"),
        ("int", "-0"),
        ("float", "1"),
        ("float", "1e3"),
        ("bool", "True"),
        ("bool", "yes"),
    ] {
        sandbox
            .vault(["set", "dev", "KEY", text, "--type", kind])
            .fails(2);
    }
    sandbox
        .vault(["set", "dev", "KEY", "x", "--type", "time"])
        .fails(2);
    assert_eq!(sandbox.read(FILE), before);
}
