//! Somebody who can commit and has no key, and changes a secret file.

use super::{age_entries, base, clone, corpus, edit, everybody_refuses, line};
use crate::sandbox::Sandbox;

const MISMATCH: &str = "prod.yaml: not signed by anybody who may write: the signature does not match what it should cover";

#[test]
fn a_file_made_with_public_keys_only_is_refused() {
    let sandbox = clone();
    sandbox.write("prod.yaml", forged(&sandbox));
    everybody_refuses(&sandbox, "prod", "prod.yaml: the file is not signed");
    // The same with the block of the true file, which everybody can read.
    let block = base("prod.yaml");
    let block = &block[block.find("    x-vault:").unwrap()..];
    sandbox.write("prod.yaml", format!("{}{block}", base("forged.yaml")));
    everybody_refuses(&sandbox, "prod", MISMATCH);
}

/// By real sops where it is here: a file that it opens for every recipient.
fn forged(sandbox: &Sandbox) -> String {
    let true_one = base("prod.yaml");
    let recipients: Vec<&str> = true_one
        .lines()
        .filter_map(|line| line.trim().strip_prefix("recipient: "))
        .collect();
    sandbox.write(
        "forged.yaml",
        "PORT: 1\nDATABASE_URL: postgres://elsewhere\n",
    );
    let keys = recipients.join(",");
    let run = sandbox.sops([
        "encrypt",
        "--age",
        &keys,
        "--unencrypted-regex",
        "^$",
        "forged.yaml",
    ]);
    let text = match run {
        Some(run) => {
            let text = run.succeeds().stdout().to_owned();
            sandbox.write("forged.yaml", &text);
            let opened = sandbox
                .sops(["decrypt", "forged.yaml"])
                .expect("sops, which was here");
            opened
                .variable("SOPS_AGE_KEY_FILE", Sandbox::fixture("keys/alice.txt"))
                .succeeds();
            text
        }
        None => base("forged.yaml"),
    };
    std::fs::remove_file(sandbox.work("forged.yaml")).expect("the file");
    text
}

#[test]
fn edited_added_removed_moved_emptied_and_retyped_keys_are_refused() {
    let sandbox = clone();
    let text = base("prod.yaml");
    let port = line(&text, "PORT:");
    let changes = [
        (
            port.to_owned(),
            port.replace("type:int", "type:str"),
            MISMATCH,
        ),
        (port.to_owned(), "PORT: \"\"".to_owned(), MISMATCH),
        (port.to_owned(), "PORT: null".to_owned(), MISMATCH),
        (
            port.to_owned(),
            "PORT: 8080".to_owned(),
            "prod.yaml: 19:7: PORT: not encrypted",
        ),
        (port.to_owned(), port.replace("PORT:", "PORTS:"), MISMATCH),
        (format!("{port}\n"), String::new(), MISMATCH),
        (port.to_owned(), format!("{port}\nDEBUG:"), MISMATCH),
        (
            format!("{port}\n"),
            format!("nested2:\n    {port}\n"),
            MISMATCH,
        ),
    ];
    for (from, to, reason) in changes {
        edit(&sandbox, "prod.yaml", &from, &to);
        everybody_refuses(&sandbox, "prod", reason);
        sandbox.write("prod.yaml", &text);
    }
}

#[test]
fn exchanged_values_and_recipients_edited_comments_and_rules_are_refused() {
    let sandbox = clone();
    let text = base("prod.yaml");
    let hosts: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("        - ENC["))
        .collect();
    let exchanged = |one: &str, other: &str| {
        text.replace(one, "\u{1}")
            .replace(other, one)
            .replace('\u{1}', other)
    };
    let entries = age_entries(&text);
    let comment = text.lines().next().unwrap();
    let rule = "\n    unencrypted_regex: ^$\n";
    for (changed, reason) in [
        (exchanged(hosts[0], hosts[2]), MISMATCH),
        (exchanged(&entries[0], &entries[1]), MISMATCH),
        (exchanged("        # alice\n", "        # ci\n"), MISMATCH),
        (text.replacen(&format!("{comment}\n"), "", 1), MISMATCH),
        (
            text.replacen(comment, "# rotate this with the other one", 1),
            "prod.yaml: 1:1: a comment that is not encrypted",
        ),
        (
            text.replacen(rule, "\n    unencrypted_suffix: _x\n", 1),
            "prod.yaml: the rule that says what is encrypted is not the one in the membership log",
        ),
        (
            text.replacen(rule, "\n    unencrypted_regex: \"[\"\n", 1),
            "`unencrypted_regex` is not a valid regular expression",
        ),
        (
            text.replacen(rule, &format!("\n    mac_only_encrypted: true{rule}"), 1),
            "prod.yaml: the rule that says",
        ),
    ] {
        assert_ne!(changed, text);
        sandbox.write("prod.yaml", &changed);
        everybody_refuses(&sandbox, "prod", reason);
    }
}

#[test]
fn a_file_copied_to_another_environment_or_repository_is_refused() {
    let sandbox = clone();
    sandbox.write("prod.yaml", base("dev.yaml"));
    everybody_refuses(
        &sandbox,
        "prod",
        "prod.yaml: the file holds the environment dev",
    );
    sandbox.write("prod.yaml", base("elsewhere.yaml"));
    everybody_refuses(
        &sandbox,
        "prod",
        "prod.yaml: the file belongs to another repository",
    );
}

#[test]
fn a_stripped_or_grafted_signature_is_refused() {
    let sandbox = clone();
    for (name, reason) in [
        ("block-removed", "prod.yaml: the file is not signed"),
        ("signature-removed", "`signature` is missing in `x-vault`"),
        (
            "signature-emptied",
            "the signature is not a canonical SSH signature blob",
        ),
        ("signature-of-an-older-version", MISMATCH),
        ("signature-of-another-environment", MISMATCH),
        ("signature-of-another-repository", MISMATCH),
        (
            "signature-of-a-log-entry",
            "the signature is made for another namespace",
        ),
        (
            "block-of-another-environment",
            "prod.yaml: the file holds the environment dev",
        ),
    ] {
        sandbox.write("prod.yaml", corpus(name));
        everybody_refuses(&sandbox, "prod", reason);
    }
}

#[test]
fn a_log_appended_to_cut_reordered_or_changed_is_refused() {
    let sandbox = clone();
    for (name, reason) in [
        (
            "log-grown-by-a-stranger",
            "an entry of the log signed by mallory, who could not write then",
        ),
        (
            "log-grown-in-the-name-of-a-writer",
            "the signature of an entry of the log: the signature is made with another key",
        ),
        (
            "log-grown-with-an-older-signature",
            "the signature does not match what it should cover",
        ),
        ("log-entry-dropped-the-removal", MISMATCH),
        (
            "log-entry-dropped-in-the-middle",
            "must follow one entry before it",
        ),
        ("log-entries-reordered", "must follow one entry before it"),
        (
            "log-member-key-replaced",
            "the signature of an entry of the log",
        ),
        (
            "log-reader-made-a-writer",
            "the signature of an entry of the log",
        ),
        (
            "taken-over-by-a-stranger",
            "an entry of the log signed by mallory, who could not write then",
        ),
    ] {
        sandbox.write("prod.yaml", corpus(name));
        everybody_refuses(&sandbox, "prod", reason);
    }
}
