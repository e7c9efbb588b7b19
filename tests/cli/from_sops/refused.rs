//! What cannot be adopted.

use std::os::unix::fs::symlink;

use super::{contents, opened, repository, sealed, two_files};
use crate::team;

#[test]
fn what_cannot_be_adopted_is_listed_with_all_the_reasons_and_the_rest_is_adopted() {
    let Some(sandbox) = two_files() else { return };
    sealed(&sandbox, "x/conf.json", "{\"a\": 1}");
    sealed(&sandbox, "x/dev.env", "A=1\n");
    sealed(&sandbox, "x/a.ini", "[s]\nA=1\n");
    sealed(&sandbox, "x/key.pem", "a key\n");
    sandbox.copy("sops/made/key_groups/enc.yaml", "x/groups.yaml");
    sandbox.copy("sops/made/two_documents/enc.yaml", "x/two.yaml");
    sandbox.copy("sops/made/foreign_entries/enc.yaml", "x/foreign.yaml");
    sandbox.copy("sops/made/encrypted_comment_regex/enc.yaml", "x/rule.yaml");
    sandbox.copy("signed/simple.yaml", "x/signed.yaml");
    let pgp: String = sandbox
        .read("x/foreign.yaml")
        .split_once("    age:\n")
        .map(|(head, rest)| {
            let rest = rest
                .split_once("    lastmodified:")
                .expect("the next key")
                .1;
            format!("{head}    lastmodified:{rest}")
        })
        .expect("it has age entries");
    sandbox.write("x/pgp.yaml", pgp);
    symlink("foreign.yaml", sandbox.work("x/link.yaml")).unwrap();
    sandbox.write(sandbox.path("outside.yaml"), sandbox.read("x/foreign.yaml"));
    symlink("../../outside.yaml", sandbox.work("x/out.yaml")).unwrap();
    // None of these is one of sops, or git's.
    sandbox.write("values.yaml", "sops:\n    enabled: true\n");
    sandbox.write(".gitignore", "ignored/\n");
    sandbox.copy("sops/made/foreign_entries/enc.yaml", "ignored/a.yaml");
    let before = contents(&sandbox);
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let (_, listed) = output
        .stderr()
        .split_once("vault: warning: these files of sops cannot be environments, and stay with sops alone:\n")
        .unwrap();
    let expected = "vault:   x/a.ini: vault keeps YAML, and this is an INI file
vault:       sops decrypt --output-type json x/a.ini | vault import NAME - --format json && rm x/a.ini
vault:   x/conf.json: vault keeps YAML, and this is JSON
vault:       vault import NAME x/conf.json && rm x/conf.json
vault:   x/dev.env: vault keeps YAML, and this is a .env file
vault:       sops decrypt x/dev.env | vault import NAME - --format dotenv && rm x/dev.env
vault:   x/groups.yaml: key groups are not supported
vault:       sops groups delete leaves one group
vault:   x/key.pem: vault keeps YAML, and this is a file that sops keeps as one value
vault:       sops decrypt x/key.pem | vault set ENV KEY --verbatim keeps it as one value of an environment, if it is text (UTF-8, without NUL); `| base64 |` between them keeps other data
vault:       rm x/key.pem, once vault get ENV KEY prints it
vault:   x/link.yaml: a symbolic link
vault:       the file that it leads to counts under its own path
vault:   x/out.yaml is a symbolic link that leads out of the repository
vault:       put the file itself there
vault:   x/pgp.yaml: no age recipient: only files with age recipients can be opened
vault:       sops rotate --in-place --add-age age1… x/pgp.yaml adds one
vault:   x/rule.yaml: [..]
vault:       rules that vault reads are the four by suffix and by regex of keys
vault:   x/signed.yaml: it is signed by vault already
vault:       it belongs to a .vault.yaml that is gone: git log -- .vault.yaml finds it
vault:   x/two.yaml: [..]a second document
vault:       keep one document in a file; give the other a file of its own
vault: wrote .vault.yaml, .gitattributes, .gitignore
...
";
    snapbox::assert_data_eq!(listed, expected);
    assert!(output.stderr().contains(
        "vault:   x/foreign: x/foreign.yaml (3 keys), read by alice; its entries of azure_kv, gcp_kms, hc_vault, kms, pgp stay\nvault:       .sops.yaml also wants carol, for whom it is not encrypted\n"
    ));
    assert!(!output.stderr().contains("ignored") && !output.stderr().contains("values.yaml"));
    assert_eq!(contents(&sandbox), before);
    let config = sandbox.read(".vault.yaml");
    assert_eq!(config.matches("signed: false").count(), 3);
    sandbox.vault(["set", "x/foreign", "NEW", "1"]).succeeds();
    assert_eq!(opened(&sandbox, "x/foreign.yaml")["NEW"], "1");
}

#[test]
fn nothing_to_adopt_is_a_failure() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    sandbox.write("a.yaml", "a: 1\n");
    sandbox.vault(["init", "--from-sops", "--yes"]).fails_with(
        2,
        "vault: error: there is no file here that sops has encrypted
vault: hint: vault init --name NAME --env dev prod --yes makes a new vault
",
    );
    assert_eq!(sandbox.files(), [".sops.yaml", "a.yaml"]);
}

#[test]
fn an_existing_vault_is_left_alone() {
    let sandbox = team::alone();
    let before = sandbox.read(".vault.yaml");
    sandbox.copy("sops/made/everything/enc.yaml", "x.yaml");
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).fails(2);
    assert!(
        output.stderr().contains(".vault.yaml"),
        "{}",
        output.stderr()
    );
    assert_eq!(sandbox.read(".vault.yaml"), before);
}
