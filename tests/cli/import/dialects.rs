//! `.env` files that programs read differently.

use super::{json, with};
use crate::team::{self, get};

const MIXED: &str = "SAME='x'\nHASH=abc#def\n\nLINE=\"a\\nb\"\nHOME_DIR=$HOME/x\n";

#[test]
fn a_file_that_means_several_things_is_refused_by_key_and_line() {
    let sandbox = with(".env", MIXED);
    sandbox.vault(["import", "dev", ".env"]).fails_with(
        2,
        "vault: error: .env does not mean the same to every program; nothing is written
vault:   line 2: HASH: compose, python, shell: read one value; node: another
vault:   line 4: LINE: compose, node, python: read one value; shell: another
vault:   line 5: HOME_DIR: node, python: read one value; compose, shell: would put something else in
vault: hint: --dialect node|python says who reads the file
vault: hint: or put these values in single quotes, which all of them read alike
",
    );
    sandbox
        .vault(["import", "dev", ".env", "--only", "SAME"])
        .succeeds();
}

#[test]
fn a_dialect_decides_and_what_it_would_fill_in_is_refused() {
    let sandbox = with(".env", MIXED);
    sandbox
        .vault(["import", "dev", ".env", "--dialect", "shell"])
        .fails_with(
            2,
            "vault: error: what shell reads in .env is not certain; nothing is written
vault:   line 5: HOME_DIR: a variable or command would be put in
vault: hint: a value in single quotes is taken as it stands; --except KEY leaves a key out
vault: hint: --dialect node|python reads all of it
",
        );
    sandbox
        .vault([
            "import",
            "dev",
            ".env",
            "--dialect",
            "shell",
            "--except",
            "HOME_DIR",
        ])
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "LINE"), "a\\nb");
    sandbox
        .vault(["import", "dev", ".env", "--dialect", "node", "--overwrite"])
        .succeeds();
    let read = ["HASH", "LINE", "HOME_DIR"].map(|key| get(&sandbox, "dev", key));
    assert_eq!(read, ["abc", "a\nb", "$HOME/x"]);
}

#[test]
fn a_file_that_nobody_reads_as_a_whole_is_told_with_all_that_it_takes() {
    let head = "vault: error: .env does not mean the same to every program; nothing is written\n";
    let begin = "vault: hint: none of them can tell what all of it holds: ";
    // Not where python-dotenv would put something in all the same.
    let single_quotes = "put these values in single quotes, or leave keys out with --except";
    let none = "leave keys out with --except, and type them with vault set";
    for (text, told, advice, hint, line) in [
        (
            "A=1\nBAD=`x`${Y}\n",
            "vault:   line 2: BAD: compose, python, shell: would put something else in; node: none for certain\n",
            none,
            "--except BAD takes all the rest over",
            &["--except", "BAD"][..],
        ),
        (
            "A=abc#def\nBAD=`x`${Y}\n",
            "vault:   line 1: A: compose, python, shell: read one value; node: another
vault:   line 2: BAD: compose, python, shell: would put something else in; node: none for certain\n",
            none,
            "--except BAD --dialect compose|node|python|shell takes all the rest over",
            &["--except", "BAD", "--dialect", "python"],
        ),
        // A line that is not read by all may be a piece of a value.
        (
            "A=abc#def\nBAD=\"a\" b\n",
            "vault:   line 1: compose, python: read one value; node: another
vault:   line 2: compose, node, python: none for certain
vault:   line 2: not read by compose, python: text behind the closing quote\n",
            single_quotes,
            "--except KEY (of line 2) --dialect node takes all the rest over",
            &["--except", "BAD", "--dialect", "node"],
        ),
    ] {
        let sandbox = with(".env", text);
        let import = ["import", "dev", ".env"];
        let said = format!("{head}{told}{begin}{advice}\nvault: hint: {hint}\n");
        sandbox.vault(import).fails_with(2, &said);
        sandbox.vault(import).and(line).succeeds();
        sandbox.vault(["list", "dev"]).succeeds_with("A  str\n");
    }
    // Nothing would be left.
    let sandbox = with(".env", "BAD=`x`${Y}\n");
    let said = sandbox.vault(["import", "dev", ".env"]).fails(2);
    let end = format!("{begin}{none}\n");
    assert!(said.stderr().ends_with(&end), "{}", said.stderr());
}

#[test]
fn somebody_at_the_terminal_is_asked() {
    let sandbox = with(".env", "HASH=abc#def\n");
    let Some(dialogue) = sandbox.on_terminal(["import", "dev", ".env"]) else {
        return;
    };
    dialogue
        .sees("line 1: HASH: compose, python, shell: read one value; node: another")
        .sees("who reads it: compose, node, python, shell?")
        .types("node")
        .sees("delete .env? dev has everything that it holds [y/N]")
        .types("")
        .run()
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "HASH"), "abc");
    assert!(sandbox.exists(".env"));
}

#[test]
fn no_question_where_all_agree_and_an_answer_that_is_none_writes_nothing() {
    let sandbox = with(".env", "HASH=abc#def\n");
    let Some(dialogue) = sandbox.on_terminal(["import", "dev", ".env"]) else {
        return;
    };
    dialogue.sees("who reads it:").types("ruby").run().fails(2);
    sandbox.vault(["list", "dev"]).succeeds_with("");
}

#[test]
fn lines_that_nobody_reads_are_told_by_number() {
    let sandbox = with(".env", "A=1\nwhat is this\nB='unfinished\n");
    let said = sandbox.vault(["import", "dev", ".env"]).fails(2);
    assert!(
        said.stderr().contains("line 2: not read by "),
        "{}",
        said.stderr()
    );
    assert!(!said.stderr().contains("unfinished") && !said.stderr().contains("what is"));
    assert!(
        said.stderr()
            .contains("none of them can tell what all of it holds")
    );
}

#[test]
fn an_encrypted_dotenv_is_told_from_one_in_clear() {
    let sandbox = with(
        ".env",
        "A=ENC[AES256_GCM,data:x]\nsops_mac=ENC[AES256_GCM,data:y]\n",
    );
    sandbox.vault(["import", "dev", ".env"]).fails_with(
        2,
        "vault: error: .env is a .env file that sops has encrypted; vault opens encrypted YAML and JSON
vault: hint: sops decrypt FILE | vault import ENV - --format dotenv
",
    );
}

#[test]
fn a_key_that_stands_twice_and_comments_without_a_key_are_told() {
    let sandbox = with(".env", "A=1\n\nA=2\n# the end\n");
    let said = sandbox.vault(["import", "dev", ".env"]).succeeds();
    assert!(
        said.stderr().starts_with(
            "vault: warning: A stands in .env several times; line 3 counts, as for every reader
vault: warning: the comments at the end of .env (from line 4) belong to no key and stay behind
vault: + A
"
        ),
        "{}",
        said.stderr()
    );
    assert_eq!(get(&sandbox, "dev", "A"), "2");
}

#[test]
fn a_piece_that_looks_like_a_name_is_not_shown_before_a_line_that_is_none() {
    // The second line is the end of a key in base64, and reads as a name; the fourth gives every dialect something to say.
    for text in [
        "TLS=-----BEGIN KEY-----\nMC4CAQpiece=$x `y`\n-----END KEY-----\nOK=a#b$c\n",
        "TLS=-----BEGIN\nMC4CAQpiece=a#b$c\nENDpiece\n",
        "A=1\nMC4CAQpiece=\"x\\\"y$z#\"\nB=\"unfinished piece\n",
        "A=1\nMC4CAQpiece: a#b$c\n",
        "'MC4CAQ piece'=a#b$c\n",
    ] {
        let sandbox = with("pem.env", text);
        for dialect in ["", "compose", "node", "python", "shell"] {
            let options = ["--dialect", dialect];
            let options = options.into_iter().filter(|_| !dialect.is_empty());
            let command = ["import", "dev", "pem.env"].into_iter();
            let output = sandbox.vault(command.chain(options)).run();
            if output.code() == 2 {
                let said = output.fails(2);
                assert!(!said.stderr().contains("piece"), "{}", said.stderr());
            }
        }
    }
}

#[test]
fn pieces_of_a_value_without_quotes_are_not_shown() {
    let pem = "TLS=-----BEGIN KEY-----\nMIIfirstpiece\nMIIlastpiece==\n-----END KEY-----\nOK=1\n";
    let sandbox = with("pem.env", pem);
    for dialect in [
        None,
        Some("compose"),
        Some("node"),
        Some("python"),
        Some("shell"),
    ] {
        let options = dialect.map(|dialect| ["--dialect", dialect]);
        let command = ["import", "dev", "pem.env"].into_iter();
        let said = sandbox
            .vault(command.chain(options.into_iter().flatten()))
            .fails(2);
        assert!(!said.stderr().contains("piece"), "{}", said.stderr());
    }
}

#[test]
fn single_quotes_are_no_advice_for_what_they_do_not_help() {
    let sandbox = with(".env", "A='x ${Y}'\n");
    sandbox.vault(["import", "dev", ".env"]).fails_with(
        2,
        "vault: error: .env does not mean the same to every program; nothing is written
vault:   line 1: A: compose, node, shell: read one value; python: would put something else in
vault: hint: --dialect compose|node|shell says who reads the file
vault: hint: or leave these keys out with --except, and type them with vault set: single quotes would not help all of them
",
    );
    sandbox.write(".env", "A=\"${Y}\"\nB=`id`\\\n");
    let said = sandbox.vault(["import", "dev", ".env"]).fails(2);
    assert!(!said.stderr().contains("which all of them read alike"));
    // Each of them has to be helped.
    sandbox.write(".env", "A='x ${Y}'\nHASH=abc#def\n");
    let said = sandbox.vault(["import", "dev", ".env"]).fails(2);
    assert!(!said.stderr().contains("which all of them read alike"));
}

#[test]
fn single_quotes_are_no_advice_where_the_name_is_what_differs() {
    for text in [
        "\u{feff}A=1\n",
        "export\tA=1\n",
        "SCHLÜSSEL=1\n",
        "A\nB=1\n",
        "A: '1'\n",
        "B=1\nA: '1'\n",
    ] {
        let sandbox = with(".env", text);
        let said = sandbox.vault(["import", "dev", ".env"]).fails(2);
        let said = said.stderr();
        assert!(!said.contains("put these values"), "{text:?}: {said}");
        assert!(
            said.contains("with --except, and type them"),
            "{text:?}: {said}"
        );
    }
}

#[test]
fn whoever_may_not_write_is_told_before_the_dialect_is_asked_for() {
    let sandbox = with(".env", MIXED);
    team::log_in(&sandbox, "bob");
    sandbox.vault(["import", "dev", ".env"]).fails(2).says(
        "vault: error: no identity of yours may write dev; writers are alice
vault: hint: send this line to a writer: [..]
vault: hint: they type vault recipients add NAME 'LINE' --env dev
",
    );
}

#[test]
fn a_line_without_a_key_is_not_said_to_go_with_except_but_to_be_quoted_or_commented_out() {
    let keyless = "vault: hint: a line without KEY= has no key for --except: put the value that it belongs to in quotes, or begin it with # if it belongs to none\n";
    let by_name = "vault: hint: a value in single quotes is taken as it stands; --except KEY leaves a key out\n";
    let sandbox = with(".env", "A=1\n=x\n");
    let import = ["import", "dev", ".env"];
    sandbox.vault(import).fails_with(
        2,
        &format!(
            "vault: error: .env does not mean the same to every program; nothing is written
vault:   line 2: not read by node: it is no KEY=value
vault:   line 2: not read by compose, python: there is no key
{keyless}"
        ),
    );
    let compose = ["import", "dev", ".env", "--dialect", "compose"];
    for (text, told) in [
        ("A=1\n=x\n", "line 2: there is no key"),
        ("A=1\nno assignment\n", "line 2: a blank in the key"),
        (
            "A=1\nMC4CAQAw+/\n",
            "line 2: a character that no key can have",
        ),
    ] {
        sandbox.write(".env", text);
        sandbox.vault(compose).fails_with(
            2,
            &format!(
                "vault: error: what compose reads in .env is not certain; nothing is written
vault:   {told}
{keyless}"
            ),
        );
    }
    // Beside others, both.
    sandbox.write(".env", "A=1\nno assignment\nB=$X\n");
    let both = sandbox.vault(compose).fails(2);
    assert!(
        both.stderr().ends_with(&format!("{by_name}{keyless}")),
        "{}",
        both.stderr()
    );
    // What is typed helps.
    sandbox.write(".env", "A=1\n# no assignment\n#=x\n");
    sandbox.vault(import).succeeds();
    sandbox.write(".env", "A='1\nno assignment\n=x'\n");
    sandbox.vault(import).and(["--overwrite"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "A"), "1\nno assignment\n=x");
}

/// A private key without quotes, whose last line of base64 looks like a name.
const UNQUOTED: &str = "A=one
export B=two
KEY=-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIB
abcdef==
-----END PRIVATE KEY-----
";

#[test]
fn what_is_said_of_a_file_with_a_private_key_without_quotes_works_for_the_keys_that_were_named() {
    let sandbox = with("app.env", UNQUOTED);
    let refused = sandbox
        .vault(["import", "dev", "app.env", "--only", "B", "--only", "A"])
        .fails(2);
    let hints: Vec<&str> = refused
        .stderr()
        .lines()
        .filter_map(|line| line.strip_prefix("vault: hint: "))
        .collect();
    assert_eq!(
        hints,
        [
            "a line without KEY= has no key for --except: put the value that it belongs to in quotes, or begin it with # if it belongs to none",
            "grep -E '^(export )?(B|A)=' app.env | vault import dev - --format dotenv takes over these lines alone",
        ]
    );
    let found = sandbox
        .program("grep", ["-E", "^(export )?(B|A)=", "app.env"])
        .succeeds();
    sandbox
        .vault(["import", "dev", "-", "--format", "dotenv"])
        .stdin(found.stdout())
        .succeeds();
    assert_eq!(
        json(&sandbox, "dev"),
        "{\n  \"A\": \"one\",\n  \"B\": \"two\"\n}\n"
    );
    // One dialect alone says the same.
    let refused = sandbox
        .vault([
            "import",
            "dev",
            "app.env",
            "--only",
            "A",
            "--dialect",
            "shell",
        ])
        .fails(2);
    assert!(refused.stderr().ends_with("vault: hint: grep -E '^(export )?(A)=' app.env | vault import dev - --format dotenv --dialect shell takes over these lines alone\n"), "{}", refused.stderr());
}

#[test]
fn no_command_takes_the_first_line_of_a_longer_value() {
    for text in [
        UNQUOTED,
        "KEY=-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n",
    ] {
        let sandbox = with("app.env", text);
        let refused = sandbox
            .vault(["import", "dev", "app.env", "--only", "KEY"])
            .fails(2);
        assert!(!refused.stderr().contains("grep"), "{}", refused.stderr());
    }
}
