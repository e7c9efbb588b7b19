//! `vault get`.

use crate::{
    sandbox::Sandbox,
    vaults::{self, BOB, dev, set},
};

const TOKEN: &str = "hunter2-API-token";

#[test]
fn exactly_the_value_is_printed_for_a_program() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("LINES", "first line\nsecond line\n\n"),
        ("STRANGE", " \t\u{1b}[31m\u{202e}é\\ '\"$ "),
        ("EMPTY", ""),
    ]);
    for (key, value) in [
        ("TOKEN", TOKEN),
        ("LINES", "first line\nsecond line\n\n"),
        ("STRANGE", " \t\u{1b}[31m\u{202e}é\\ '\"$ "),
        ("EMPTY", ""),
    ] {
        let output = sandbox
            .vault(["get", "dev", key])
            .prints_secrets()
            .succeeds();
        assert_eq!(output.stdout(), value);
        assert_eq!(output.stderr(), "");
    }
}

#[test]
fn r54_a_newline_is_added_and_control_characters_are_escaped_on_a_terminal_only() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("STRANGE", "a\u{1b}[31m\nb\u{202e}c")]);
    for (key, shown) in [
        ("TOKEN", "hunter2-API-token\n"),
        ("STRANGE", "a\\u{1b}[31m\nb\\u{202e}c\n"),
    ] {
        let Some(terminal) = sandbox.on_terminal(["get", "dev", key]) else {
            return;
        };
        let output = terminal.prints_secrets().run().succeeds();
        assert_eq!(output.stdout(), shown);
    }
}

#[test]
fn one_argument_is_a_key_of_the_default_environment() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox
        .vault(["get", "TOKEN"])
        .prints_secrets()
        .succeeds_with(TOKEN);
    sandbox.vault(["get", "dev"]).fails_with(
        2,
        "vault: error: dev has no key dev\nvault: hint: dev is an environment: vault get dev KEY\n",
    );
    vaults::edit_config(&sandbox, "default: dev\n", "");
    sandbox.vault(["get", "TOKEN"]).fails_with(
        2,
        "vault: error: which environment?
vault: hint: name one of: dev
vault: hint: or put `default: NAME` into .vault.yaml
",
    );
}

#[test]
fn json_shows_every_type_with_its_structure() {
    let sandbox = vaults::of_sops("oracle/types/enc-3.13.2.yaml");
    for (key, json) in [
        ("str", "\"hello world\"\n"),
        ("int", "42\n"),
        ("T", "true\n"),
        ("nul", "null\n"),
        ("empty", "\"\"\n"),
        ("nested.a.b.c[0]", "[\n  1,\n  2\n]\n"),
        ("nested.a.b.c[1]", "{\n  \"d\": \"e\"\n}\n"),
    ] {
        sandbox
            .vault(["get", "dev", key, "--json"])
            .succeeds_with(json);
    }
}

#[test]
fn scalars_are_printed_in_their_canonical_spelling_and_null_as_nothing() {
    let sandbox = vaults::of_sops("oracle/types/enc-3.13.2.yaml");
    for (key, text) in [
        ("int", "42"),
        ("intfloat", "1.0"),
        ("T", "true"),
        ("nul", ""),
        ("nothing", ""),
        ("empty", ""),
        ("date", "[TIME]"),
    ] {
        sandbox.vault(["get", "dev", key]).succeeds_with(text);
    }
}

#[test]
fn a_map_or_a_list_is_no_value_without_json() {
    let sandbox = dev(&[
        ("database.password", TOKEN),
        ("a b.c", "x"),
        ("hosts[0]", "y"),
    ]);
    sandbox.vault(["set", "dev", "--", "-m.x", "1"]).succeeds();
    for (key, kind, quoted) in [
        ("database", "map", "database"),
        ("-m", "map", "-- -m"),
        ("hosts", "list", "hosts"),
        ("\"a b\"", "map", "'\"a b\"'"),
    ] {
        sandbox.vault(["get", "dev", "--", key]).fails_with(
            2,
            &format!(
                "vault: error: {key} is a {kind}, no single value
vault: hint: vault get dev --json {quoted} prints all of it
"
            ),
        );
    }
    sandbox
        .vault(["get", "database", "--json"])
        .prints_secrets()
        .succeeds_with("{\n  \"password\": \"hunter2-API-token\"\n}\n");
}

#[test]
fn a_missing_key_is_a_failure_with_the_near_one() {
    let sandbox = dev(&[("API_TOKEN", TOKEN)]);
    sandbox.vault(["get", "dev", "API_TOKN"]).fails_with(
        2,
        "vault: error: dev has no key API_TOKN\nvault: hint: did you mean API_TOKEN?\n",
    );
    for key in ["other", "API_TOKEN.x", "API_TOKEN[0]"] {
        sandbox
            .vault(["get", "dev", key])
            .fails(2)
            .prints("")
            .says(&format!(
                "vault: error: dev has no key {key}\nvault: hint: [..]\n"
            ));
    }
    sandbox.vault(["get", "dev", "a..b"]).fails_with(
        2,
        "vault: error: empty component in the key path at character 2
vault: hint: a key path is like database.password or hosts[0]; other characters stand in double quotes
",
    );
}

#[test]
fn a_name_with_a_dot_and_a_nested_key_are_told_apart_by_quotes() {
    let sandbox = dev(&[("\"a.b\"", "first-of-them")]);
    sandbox
        .vault(["get", "dev", "a.b"])
        .prints_secrets()
        .succeeds_with("first-of-them");
    set(&sandbox, "dev", "a.c", "third-of-them");
    set(&sandbox, "dev", "\"a\".\"b\"", "second-of-them");
    sandbox.vault(["get", "dev", "a.b"]).fails_with(
        2,
        "vault: error: \"a.b\" is a key, and a.b leads to another
vault: hint: type '\"a.b\"' for the first, '\"a\".\"b\"' for the other
",
    );
    for (key, value) in [
        ("\"a.b\"", "first-of-them"),
        ("\"a\".\"b\"", "second-of-them"),
        ("a.\"b\"", "second-of-them"),
        ("a.c", "third-of-them"),
    ] {
        sandbox
            .vault(["get", "dev", key])
            .prints_secrets()
            .succeeds_with(value);
    }
}

#[test]
fn without_an_identity_it_says_who_can_read_and_what_to_do() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        2,
        "vault: error: no identity of yours opens secrets/dev.yaml
vault:   there is no identity on this machine
vault:   it can be read by alice
vault: hint: vault setup makes an identity, and prints the line to send to a colleague
",
    );
}

#[test]
fn with_another_identity_it_says_which_were_tried_and_what_a_colleague_must_type() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    vaults::identity(&sandbox, "outsider");
    sandbox.ssh_key();
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        2,
        "vault: error: no identity of yours opens secrets/dev.yaml
vault:   tried age1nk5f7kaxdgjsxnhvjjh5582mqhukxwefgp5je63xmtvy060h83cql8f647, from [ROOT]/config/vault/identity.txt
vault:   tried ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG56dY51RUBZRVbU/m1zr5qQazG3cl2G+7RYm9j1hobZ, from [ROOT]/home/.ssh/id_ed25519
vault:   it can be read by alice
vault: hint: send this line to alice: age1nk5f7kaxdgjsxnhvjjh5582mqhukxwefgp5je63xmtvy060h83cql8f647 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAaBDwj0xRXBdz7nusDlv68WNYMDmFMFxlTPdFvqVvR6
vault: hint: they type vault recipients add NAME 'LINE' --env dev
",
    );
}

#[test]
fn whoever_is_in_the_config_already_is_told_what_is_left_to_do() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    vaults::identity(&sandbox, "bob");
    let (key, _) = BOB.split_once(' ').unwrap();
    let refusal = |hint: &str| {
        format!(
            "vault: error: no identity of yours opens secrets/dev.yaml
vault:   tried {key}, from [ROOT]/config/vault/identity.txt
vault:   it can be read by alice
vault: hint: {hint}
"
        )
    };
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        2,
        &refusal(&format!(
            "ask alice to type vault recipients add bob '{BOB}' --env dev"
        )),
    );
    vaults::edit_config(&sandbox, "[alice]", "[alice, bob]");
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        2,
        &refusal("ask alice to run vault sync dev: .vault.yaml lists you, the file does not yet"),
    );
}

#[test]
fn r83_a_locked_identity_without_a_terminal_fails_at_once() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let path = sandbox.copy(
        "keys/alice_locked.age",
        sandbox.path("config/vault/identity.txt"),
    );
    sandbox.chmod(&path, 0o600);
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        2,
        "vault: error: the identity from [ROOT]/config/vault/identity.txt is locked with a passphrase: there is no terminal to ask on
vault: hint: without a terminal, give an identity that is not locked: VAULT_IDENTITY, VAULT_IDENTITY_FILE or VAULT_IDENTITY_CMD
",
    );
    let Some(terminal) = sandbox.on_terminal(["get", "dev", "TOKEN"]) else {
        return;
    };
    let output = terminal
        .sees("Passphrase of ")
        .types("open sesame")
        .prints_secrets()
        .run()
        .succeeds();
    assert!(output.stdout().ends_with("\nhunter2-API-token\n"));
}

#[test]
fn files_of_sops_are_read_where_the_config_says_that_they_are_not_signed() {
    let sandbox = vaults::of_sops("oracle/keys/enc-3.9.4.yaml");
    sandbox.vault(["get", "a b"]).succeeds_with("space");
    sandbox.vault(["get", ""]).succeeds_with("empty");
    sandbox.vault(["get", "\"k\\nl\""]).succeeds_with("nl");
    sandbox
        .vault(["get", "a.b"])
        .succeeds_with("nested-same-aad");
    vaults::edit_config(&sandbox, ", signed: false", "");
    sandbox.vault(["get", "a b"]).fails(3).prints("");
}

#[test]
fn r01_a_damaged_value_is_never_shown() {
    let sandbox = vaults::of_sops("negative/value_bitflip.yaml");
    sandbox.vault(["get", "dev", "secret"]).fails_with(
        3,
        "vault: first use here: dev, which is not signed
vault: error: enc.yaml: 1:9: secret: does not decrypt: changed, moved here from elsewhere, or of another data key
vault: hint: git log -p shows who changed the file; git checkout brings an older version back
",
    );
    // Also not the values that are whole.
    sandbox.vault(["get", "dev", "after"]).fails(3).prints("");
}

#[test]
fn where_there_is_no_vault_the_way_to_one_is_told() {
    let sandbox = Sandbox::new();
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        2,
        "vault: error: there is no .vault.yaml in [ROOT]/work, and without git no directory above it counts
vault: hint: vault init makes a vault here; -C DIR works in another directory
",
    );
    let sandbox = Sandbox::with_git();
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        2,
        "vault: error: there is no .vault.yaml in [ROOT]/work or above it in the repository
vault: hint: vault init makes a vault here; -C DIR works in another directory
",
    );
}

#[test]
fn without_git_a_vault_above_is_named_and_not_used() {
    let sandbox = dev(&[("TOKEN", "t0ken")]);
    std::fs::remove_dir_all(sandbox.work(".git")).expect("it has git");
    sandbox.write("a b/c/file", "");
    sandbox
        .vault(["get", "dev", "TOKEN"])
        .within("a b/c")
        .fails_with(
            2,
            "vault: error: there is no .vault.yaml in [ROOT][..]a b/c, and without git no directory above it counts
vault: hint: vault -C [ROOT]/work … works with the vault there; vault init makes one here
",
        );
    sandbox
        .vault(["-C", "../..", "get", "dev", "TOKEN"])
        .within("a b/c")
        .succeeds_with("t0ken");
}

#[test]
fn r55_two_configs_on_one_way_are_refused() {
    let sandbox = dev(&[]);
    sandbox.write("inner/.vault.yaml", "version: 1\n");
    sandbox
        .vault(["get", "dev", "TOKEN"])
        .within("inner")
        .fails_with(
        2,
        "vault: error: there are two configurations: [..]/inner/.vault.yaml and [..]/.vault.yaml
vault: hint: a repository has one vault; move the environments of both into one
",
    );
}

#[test]
fn what_json_cannot_hold_is_told_by_key_with_what_shows_it() {
    let sandbox = crate::team::alone();
    for key in ["T", "mail.ratio"] {
        let args = ["set", "dev", key, ".inf", "--type", "float"];
        sandbox.vault(args).succeeds();
    }
    for (what, key) in [
        ("T", "T"),
        ("mail", "mail.ratio"),
        ("mail.ratio", "mail.ratio"),
    ] {
        sandbox.vault(["get", "dev", what, "--json"]).fails_with(
            2,
            &format!(
                "vault: error: json cannot carry one of the values
vault:   `{key}` is not a finite number
vault: hint: vault get dev {key} prints the value as it is, without --json
"
            ),
        );
    }
    sandbox
        .vault(["list", "dev", "--reveal", "--json"])
        .fails_with(
            2,
            "vault: error: json cannot carry 2 of the values
vault:   `T` is not a finite number
vault:   `mail.ratio` is not a finite number
vault: hint: without --json every value is shown
",
        );
    sandbox
        .vault(["list", "dev", "--reveal"])
        .prints_secrets()
        .succeeds_with("T           .inf\nmail.ratio  .inf\n");
}

/// A vault with a value, of which a sparse checkout has these alone.
fn sparse(what: &[&str]) -> Sandbox {
    let sandbox = vaults::dev(&[("A", "one")]);
    sandbox.write("code/main.c", "");
    sandbox.commit("all");
    sandbox.git([&["sparse-checkout", "set"], what].concat());
    assert!(!sandbox.exists("secrets/dev.yaml"));
    sandbox
}

#[test]
fn a_file_that_a_sparse_checkout_leaves_out_is_brought_back_by_the_hint_and_committed_with_all() {
    let folders = ["--cone", "code"];
    let patterns = ["--no-cone", "/*", "!/secrets/"];
    for (what, stands, hint) in [
        (&folders[..], "", "git sparse-checkout add secrets"),
        (&folders, "code", "git -C .. sparse-checkout add secrets"),
        (&patterns, "", "git sparse-checkout add /secrets/dev.yaml"),
        (
            &patterns,
            "code",
            "git -C .. sparse-checkout add /secrets/dev.yaml",
        ),
    ] {
        let sandbox = sparse(what);
        let list = sandbox.vault(["-C", ".", "list", "dev"]).within(stands);
        list.fails_with(
            3,
            &format!(
                "vault: error: dev has no file here, but the last commit has one: secrets/dev.yaml
vault: hint: {hint} brings it back
"
            ),
        );
        sandbox
            .program("sh", ["-c", hint])
            .within(stands)
            .succeeds();
        vaults::set(&sandbox, "dev", "B", "two");
        sandbox.git(["commit", "--quiet", "--all", "--message", "a value"]);
        assert_eq!(sandbox.git(["status", "--porcelain"]), "");
        let last = sandbox.git(["show", "--name-only", "--format=", "HEAD"]);
        assert_eq!(last, "secrets/dev.yaml\n");
    }
}

/// What is there no longer, and would not be there if it were.
#[test]
fn an_older_version_comes_back_in_a_sparse_checkout_that_leaves_its_place_out() {
    let sandbox = sparse(&["--cone", "code"]);
    sandbox.git(["rm", "--quiet", "--cached", "--sparse", "secrets/dev.yaml"]);
    sandbox.commit("gone");
    let commit = &sandbox.git(["rev-parse", "HEAD~1"])[..10];
    let back =
        format!("git sparse-checkout add secrets && git checkout {commit} -- secrets/dev.yaml");
    let told = sandbox.vault(["list", "dev"]).fails(3);
    let hint = format!("vault: hint: {back} brings it back\n");
    assert!(told.stderr().ends_with(&hint), "{}", told.stderr());
    sandbox.program("sh", ["-c", &back]).succeeds();
    vaults::set(&sandbox, "dev", "B", "two");
    sandbox.git(["commit", "--quiet", "--all", "--message", "a value"]);
    assert_eq!(sandbox.git(["status", "--porcelain"]), "");
}

#[test]
fn a_hint_for_git_means_the_file_of_that_name_and_no_other() {
    let sandbox = dev(&[("A", "one")]);
    vaults::edit_config(
        &sandbox,
        "  dev: { recipients: [alice] }\n",
        "  dev: { recipients: [alice] }\n  one: { recipients: [alice], file: 'secrets/d[e]v.yaml' }\n",
    );
    vaults::set(&sandbox, "one", "A", "one");
    sandbox.write("sub/f", "");
    sandbox.commit("all");
    vaults::set(&sandbox, "dev", "A", "two");
    for (folder, line) in [
        (".", "git checkout HEAD -- ':(literal)secrets/d[e]v.yaml'"),
        (
            "sub",
            "git checkout HEAD -- ':(top,literal)secrets/d[e]v.yaml'",
        ),
    ] {
        std::fs::remove_file(sandbox.work("secrets/d[e]v.yaml")).unwrap();
        let told = sandbox.vault(["list", "one"]).within(folder).fails(3);
        let said = format!("vault: hint: {line} brings it back\n");
        assert!(told.stderr().ends_with(&said), "{}", told.stderr());
        let typed = sandbox.program("sh", ["-c", line]).within(folder).run();
        assert_eq!(typed.code(), 0, "{}", typed.stderr());
        sandbox.vault(["get", "one", "A"]).succeeds_with("one");
        // What nobody has committed yet is still there.
        sandbox.vault(["get", "dev", "A"]).succeeds_with("two");
    }
}
