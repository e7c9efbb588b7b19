//! Which keys differ, and how exactly that is known.

use super::{DEV, committed, diff, reviewed};

#[test]
fn nothing_is_said_where_nothing_differs() {
    let sandbox = committed();
    diff(&sandbox, &["--exit-code"]).succeeds_with("").says("");
}

#[test]
fn keys_are_told_by_name_also_to_whoever_has_no_identity() {
    let sandbox = committed();
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    sandbox.vault(["set", "dev", "NEW", "four-four"]).succeeds();
    sandbox
        .vault(["set", "dev", "PORT", "5432", "--type", "int"])
        .succeeds();
    sandbox.vault(["unset", "dev", "db.host"]).succeeds();
    let expected = "dev (secrets/dev.yaml), signed by alice
    ~ A
    ~ PORT: int instead of str
    + NEW
    - db.host
";
    diff(&sandbox, &[]).succeeds_with(expected).says("");
    reviewed(&sandbox, &[]).succeeds_with(expected).says("");
    reviewed(&sandbox, &["--exit-code"])
        .fails(1)
        .prints(expected);
}

#[test]
fn a_value_that_is_set_back_is_only_encrypted_anew_to_whoever_can_open_it() {
    let sandbox = committed();
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    sandbox.vault(["set", "dev", "A", "one-one"]).succeeds();
    diff(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    * A: encrypted anew, with the same value
",
    );
    reviewed(&sandbox, &[]).succeeds_with("dev (secrets/dev.yaml), signed by alice\n    ~ A\n");
}

#[test]
fn after_a_new_data_key_only_an_identity_tells_what_changed() {
    let sandbox = committed();
    sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    sandbox.vault(["set", "dev", "B", "four-four"]).succeeds();
    diff(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    ~ A
    + B
    * PORT: encrypted anew, with the same value
    * db.host: encrypted anew, with the same value
",
    );
    reviewed(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    + B
    ? A: encrypted anew; no identity here tells whether changed, too
    ? PORT: encrypted anew; no identity here tells whether changed, too
    ? db.host: encrypted anew; no identity here tells whether changed, too
",
    );
    sandbox.vault(["set", "dev", "C", "x"]).succeeds();
    sandbox.commit("rekeyed");
    sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
    diff(&sandbox, &["--keyless"]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    ? 5 keys: encrypted anew; no identity here tells whether changed, too
",
    );
}

#[test]
fn a_key_with_another_name_is_followed_where_its_value_can_be_compared() {
    let sandbox = committed();
    sandbox.vault(["unset", "dev", "A"]).succeeds();
    sandbox
        .vault(["set", "dev", "db.password", "one-one"])
        .succeeds();
    diff(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    ~ db.password: was A, with the same value
",
    );
    reviewed(&sandbox, &[]).succeeds_with(
        "dev (secrets/dev.yaml), signed by alice
    + db.password
    - A
",
    );
}

#[test]
fn comments_are_told_by_the_key_that_they_are_about() {
    let sandbox = committed();
    let editor = "sed -i -e '/^A:/i # about-A' -e '/^db:/s/$/ # about-db/'";
    let edit = |editor: &str| {
        sandbox
            .vault(["edit", "dev"])
            .variable("VAULT_EDITOR", editor)
            .succeeds();
    };
    edit(editor);
    let expected = "dev (secrets/dev.yaml), signed by alice
    # A: comment added
    # db: comment added
";
    diff(&sandbox, &[]).succeeds_with(expected);
    reviewed(&sandbox, &[]).succeeds_with(expected);
    sandbox.commit("comments");
    edit("sed -i -e 's/about-A/of-A/'");
    sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
    let output = diff(&sandbox, &[]).succeeds();
    assert!(
        output.stdout().contains("    # A: comment changed\n"),
        "{}",
        output.stdout()
    );
    assert!(!output.stdout().contains("# db"), "{}", output.stdout());
    let output = reviewed(&sandbox, &[]).succeeds();
    let unclear = "    # db: comment encrypted anew; no identity here tells whether changed, too\n";
    assert!(output.stdout().contains(unclear), "{}", output.stdout());
}

#[test]
fn what_everybody_can_read_now_is_marked() {
    let sandbox = committed();
    let text = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        text.replace(
            "[alice, bob]}",
            "[alice, bob], signed: false, file: enc.yaml}",
        ),
    );
    sandbox.copy("sops/oracle/unenc_regex/enc-3.13.1.yaml", "enc.yaml");
    sandbox.commit("of sops");
    let clear = sandbox.read("enc.yaml");
    let key = clear
        .lines()
        .find(|line| !line.contains("ENC[") && line.contains(": "))
        .unwrap();
    let key = key.split(':').next().unwrap().trim();
    sandbox.write(
        "enc.yaml",
        clear.replacen(&format!("{key}: "), &format!("{key}: changed "), 1),
    );
    let output = reviewed(&sandbox, &[]).succeeds();
    assert!(
        output.stdout().contains(&format!("    ~ {key}\n")),
        "{}",
        output.stdout()
    );
}

#[test]
fn names_from_a_file_are_escaped_wherever_they_go() {
    let sandbox = committed();
    let good = sandbox.read(DEV);
    sandbox.write(DEV, format!("\"a\\e[2Jb\\u202E\\n\": 1\n{good}"));
    reviewed(&sandbox, &[]).succeeds_with(
        r#"dev (secrets/dev.yaml), not accepted
    ! not accepted: [..]
    + "a\u{1b}[2Jb\u{202e}\u{a}" (in clear)
"#,
    );
}
