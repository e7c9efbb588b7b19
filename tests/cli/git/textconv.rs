//! Secret files in `git diff`, `git log -p` and `git show`.

use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, CI, configured, reconfigure},
};

const DEV: &str = "secrets/dev.yaml";

/// Dev of alice, bob and a machine, with the driver set up by hand.
fn driver() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("ci", CI)],
        "    dev: {recipients: [alice, ci]}\n",
    );
    sandbox.write(".gitattributes", "/secrets/** diff=vault\n");
    let program = env!("CARGO_BIN_EXE_vault");
    let command = format!("'{program}' git textconv");
    sandbox.git(["config", "diff.vault.textconv", &command]);
    sandbox.git(["config", "diff.vault.cachetextconv", "false"]);
    sandbox.secret("first-value");
    sandbox.secret("second-value");
    for (key, value) in [
        ("A", "first-value"),
        ("db.host", "first-value"),
        ("EMPTY", ""),
    ] {
        sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    sandbox.commit("first");
    sandbox
}

/// The lines that differ, without digests.
fn changes(diff: &str) -> Vec<String> {
    let lines = diff.lines();
    let differs = |line: &&str| {
        line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---")
    };
    let without_digest = |line: &str| match line.split_once('#') {
        Some((front, digest)) => {
            assert_eq!(digest.len(), 8 + '›'.len_utf8(), "{line}");
            format!("{front}#")
        }
        None => line.to_owned(),
    };
    lines.filter(differs).map(without_digest).collect()
}

#[test]
fn git_shows_keys_and_people_and_no_value() {
    let sandbox = driver();
    let show = sandbox.git(["show", "--format=", "--", DEV]);
    assert_eq!(
        changes(&show),
        [
            "+A: ‹encrypted #",
            "+db.host: ‹encrypted #",
            "+EMPTY: ‹empty›",
            "+‹signed by alice›",
            "+‹alice reads and writes›",
            "+‹ci reads›",
        ]
    );
    sandbox
        .vault(["set", "dev", "A", "second-value"])
        .succeeds();
    sandbox.vault(["unset", "dev", "EMPTY"]).succeeds();
    let expected = ["-A: ‹encrypted #", "+A: ‹encrypted #", "-EMPTY: ‹empty›"];
    assert_eq!(changes(&sandbox.git(["diff"])), expected);
    sandbox.commit("second");
    assert_eq!(
        changes(&sandbox.git(["log", "-p", "-1", "--format="])),
        expected
    );
}

#[test]
fn git_shows_who_comes_and_who_goes() {
    let sandbox = driver();
    reconfigure(&sandbox, "[alice, ci]", "[alice, bob]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    let diff = changes(&sandbox.git(["diff", "--", DEV]));
    let people: Vec<&String> = diff.iter().filter(|line| line.ends_with("s›")).collect();
    assert_eq!(people, ["-‹ci reads›", "+‹bob reads and writes›"]);
}

fn textconv(sandbox: &Sandbox, content: impl AsRef<[u8]>, expected: &str) {
    sandbox.write("any.yaml", content);
    sandbox
        .vault(["git", "textconv", "any.yaml"])
        .succeeds_with(expected)
        .says("");
}

#[test]
fn a_file_that_was_never_encrypted_shows_its_keys_only() {
    let sandbox = Sandbox::new();
    sandbox.secret("hunter2-hunter2");
    textconv(
        &sandbox,
        "# hunter2-hunter2\nPASSWORD: hunter2-hunter2\nlist: [hunter2-hunter2, 5]\nnothing:\nmap: {}\n",
        "# ‹not encrypted›
PASSWORD: ‹not encrypted›
list[0]: ‹not encrypted›
list[1]: ‹not encrypted›
nothing: ‹null›
map: {}
",
    );
}

#[test]
fn a_value_that_somebody_put_into_a_sealed_file_in_clear_is_not_shown() {
    let sandbox = driver();
    sandbox.secret("hunter2-hunter2");
    let text = sandbox.read(DEV);
    let start = text.find("A: ").unwrap();
    let end = start + text[start..].find('\n').unwrap();
    let text = format!("{}A: hunter2-hunter2{}", &text[..start], &text[end..]);
    textconv(
        &sandbox,
        text,
        "A: ‹not encrypted›
db.host: ‹encrypted #[..]›
EMPTY: ‹empty›
‹not accepted: [..]›
‹alice reads, says the file›
‹ci reads, says the file›
",
    );
}

#[test]
fn what_the_rule_leaves_in_clear_is_shown_in_quotes() {
    let sandbox = Sandbox::new();
    let text = std::fs::read_to_string(Sandbox::fixture("sops/oracle/unenc_regex/enc-3.13.1.yaml"));
    sandbox.write("any.yaml", text.unwrap());
    let output = sandbox.vault(["git", "textconv", "any.yaml"]).succeeds();
    assert!(
        output.stdout().contains("‹not signed›\n"),
        "{}",
        output.stdout()
    );
    assert!(output.stdout().contains(": \""), "{}", output.stdout());
}

#[test]
fn no_key_and_no_value_reaches_the_terminal_as_a_command() {
    let sandbox = Sandbox::new();
    textconv(
        &sandbox,
        "\"a\\e[2Jb\": 1\n\"‹signed by alice›\": 2\n\"x\\u202Ey\": 3\n",
        r#""a\u{1b}[2Jb": ‹not encrypted›
"‹signed by alice›": ‹not encrypted›
"x\u{202e}y": ‹not encrypted›
"#,
    );
}

#[test]
fn both_sides_of_a_conflict_and_anything_else_that_is_no_yaml_have_their_keys() {
    let sandbox = Sandbox::new();
    sandbox.secret("hunter2-hunter2");
    textconv(
        &sandbox,
        "<<<<<<< HEAD\nA: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n=======\nA: hunter2-hunter2\n>>>>>>> topic\nsops:\n    mac: x\n",
        "‹not read: [..]›
<<<<<<<
A: ‹encrypted #[..]›
=======
A: ‹not read›
>>>>>>>
",
    );
    textconv(&sandbox, b"\xff\x00hunter2-hunter2\n", "‹not read: [..]›\n");
    textconv(&sandbox, "", "");
}

#[test]
fn it_needs_no_home_no_identity_no_config_and_no_repository() {
    let sandbox = driver();
    sandbox.write(".vault.yaml", "version: [\n");
    std::fs::remove_dir_all(sandbox.work(".git")).unwrap();
    sandbox
        .vault(["git", "textconv", DEV])
        .without("HOME")
        .without("XDG_CONFIG_HOME")
        .without("XDG_STATE_HOME")
        .without("XDG_RUNTIME_DIR")
        .succeeds_with(
            "A: ‹encrypted #[..]›
db.host: ‹encrypted #[..]›
EMPTY: ‹empty›
‹signed by alice›
‹alice reads and writes›
‹ci reads›
",
        )
        .says("");
}

#[test]
fn git_shows_files_whose_paths_begin_with_a_dash() {
    let sandbox = driver();
    let paths = [
        "--help/p.yaml",
        "--x.yaml",
        "-C/p.yaml",
        "-d/p.yaml",
        "-i.yaml",
        "--identity=x.yaml",
    ];
    sandbox.write(".gitattributes", "*.yaml diff=vault\n");
    for path in paths {
        sandbox.write(path, sandbox.read(DEV));
    }
    sandbox.commit("files");
    sandbox
        .vault(["set", "dev", "A", "second-value"])
        .succeeds();
    for path in paths {
        sandbox.write(path, sandbox.read(DEV));
        // Git gives the driver the path itself of a file in the work tree.
        let diff = sandbox.git(["diff", "--", path]);
        assert_eq!(
            changes(&diff),
            ["-A: ‹encrypted #", "+A: ‹encrypted #"],
            "{path}"
        );
    }
}
