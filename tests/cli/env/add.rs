use std::fs;

use super::{is_clean, team_of_three};
use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, alone, configured, get},
};

#[test]
fn an_environment_is_added_with_an_empty_signed_file_and_every_comment_stays() {
    let sandbox = team_of_three();
    let before = sandbox.read(".vault.yaml");
    sandbox
        .vault([
            "env",
            "add",
            "staging",
            "--recipients",
            "alice",
            "bob",
            "--extends",
            "common",
            "--writers",
            "alice",
        ])
        .succeeds_with("")
        .says(
            "vault: staging (secrets/staging.yaml):
vault:   alice reads and writes (SHA256:[..])
vault:   bob reads (SHA256:[..])
vault:   extends common
vault: git of this clone merges and shows secret files by key from now on
vault: added staging; next: vault set staging KEY, then commit .vault.yaml, secrets/staging.yaml and .gitattributes
",
        );
    assert_eq!(
        sandbox.read(".vault.yaml"),
        format!(
            "{before}    staging:\n        recipients: [alice, bob]\n        writers: [alice]\n        extends: common\n"
        )
    );
    is_clean(&sandbox);
    sandbox.vault(["set", "staging", "A", "1"]).succeeds();
    assert_eq!(get(&sandbox, "staging", "A"), "1");
}

#[test]
fn keys_of_another_environment_come_along_without_values_and_without_an_identity_that_opens_it() {
    let sandbox = team_of_three();
    sandbox
        .vault(["set", "dev", "db.port", "5432", "--type", "int"])
        .succeeds();
    sandbox
        .vault(["set", "dev", "hosts[0]", "localhost"])
        .succeeds();
    // Carol may write a new one, but cannot open this one: only its keys come along.
    sandbox
        .vault(["env", "add", "staging", "--like", "dev"])
        .succeeds()
        .says(
            "vault: staging (secrets/staging.yaml):
vault:   alice reads and writes (SHA256:[..])
vault:   bob reads and writes (SHA256:[..])
vault:   extends common
vault:   2 keys of dev, without values
vault: git of this clone merges and shows secret files by key from now on
vault: added staging; next: vault set staging KEY, then commit .vault.yaml, secrets/staging.yaml and .gitattributes
",
        );
    is_clean(&sandbox);
    sandbox
        .vault(["list", "staging"])
        .succeeds_with("LOG      str\nA        null\ndb.port  null\n");
    // What is not set yet is left out.
    let rendered = sandbox
        .vault(["render", "staging"])
        .prints_secrets()
        .succeeds();
    assert_eq!(rendered.stdout(), "LOG=hunter2-common-value\n");
    sandbox.vault(["set", "staging", "db.port", "1"]).succeeds();
    sandbox
        .vault(["set", "staging", "hosts[0]", "x"])
        .succeeds();
    assert_eq!(get(&sandbox, "staging", "hosts[0]"), "x");
}

#[test]
fn values_and_comments_are_copied_only_after_asking_and_under_a_data_key_of_their_own() {
    let sandbox = team_of_three();
    let line = ["env", "add", "preview", "--like", "dev", "--copy"];
    let files = sandbox.files();
    sandbox.vault(line).fails_with(
        2,
        "vault: preview (secrets/preview.yaml):
vault:   alice reads and writes (SHA256:[..])
vault:   bob reads and writes (SHA256:[..])
vault:   extends common
vault:   1 key of dev, with values: what leaks here leaks there
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
",
    );
    assert_eq!(sandbox.files(), files);
    sandbox.vault(line.into_iter().chain(["--yes"])).succeeds();
    assert_eq!(get(&sandbox, "preview", "A"), "hunter2-dev-value");
    // Two files with one data key would be found.
    is_clean(&sandbox);
}

#[test]
fn comments_come_along_with_the_values() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false}\n",
    );
    sandbox.write("secrets/dev.yaml", "# top\nb: 1\n# of a\na: two\n");
    let recipient = ALICE.split(' ').next().unwrap();
    let Some(sops) = sandbox.sops([
        "encrypt",
        "--in-place",
        "--age",
        recipient,
        "secrets/dev.yaml",
    ]) else {
        return;
    };
    sops.succeeds();
    sandbox
        .vault(["env", "add", "copy", "--like", "dev", "--copy", "--yes"])
        .succeeds();
    let key = sandbox.path("alice.txt");
    let opened = sandbox
        .sops(["decrypt", "secrets/copy.yaml"])
        .unwrap()
        .variable("SOPS_AGE_KEY_FILE", key)
        .succeeds();
    assert_eq!(opened.stdout(), "# top\nb: 1\n# of a\na: two\n");
    assert!(
        sandbox
            .read(".vault.yaml")
            .ends_with("    copy:\n        recipients: [alice]\n        signed: false\n")
    );
}

#[test]
fn values_are_not_copied_to_whom_the_config_adds_by_hand() {
    let sandbox = team_of_three();
    team::reconfigure(
        &sandbox,
        "recipients: [alice, bob]\n",
        "recipients: [alice, bob, ci]\n",
    );
    sandbox
        .vault(["env", "add", "x", "--like", "dev", "--copy", "--yes"])
        .fails_with(
            3,
            "vault: error: dev: .vault.yaml wants other members or layers than the file has
vault:   + ci reads (SHA256:[..])
vault: hint: vault sync dev brings the file in line; then copy
",
        );
    assert!(!sandbox.exists("secrets/x.yaml"));
}

#[test]
fn an_environment_like_another_allows_overrides_where_that_one_does() {
    let sandbox = team_of_three();
    team::reconfigure(
        &sandbox,
        "        extends: common\n",
        "        extends: common\n        local: true\n",
    );
    sandbox
        .vault(["env", "add", "preview", "--like", "dev"])
        .succeeds();
    sandbox
        .vault(["env", "add", "other", "--like", "prod"])
        .succeeds();
    let config = sandbox.read(".vault.yaml");
    let (_, added) = config.split_once("    preview:\n").unwrap();
    let (preview, other) = added.split_once("    other:\n").unwrap();
    assert!(preview.contains("        local: true\n"), "{config}");
    assert!(!other.contains("local"), "{config}");
    sandbox
        .vault(["set", "preview", "A", "mine", "--local"])
        .succeeds();
    assert_eq!(team::get(&sandbox, "preview", "A"), "mine");
}

#[test]
fn who_reads_it_must_be_said() {
    let sandbox = team_of_three();
    sandbox.vault(["env", "add", "staging"]).fails_with(
        2,
        "vault: error: who is to read staging?
vault: hint: vault env add staging --recipients NAME…
vault: hint: vault env add staging --like ENV takes those of ENV
",
    );
    let Some(terminal) = sandbox.on_terminal(["env", "add", "staging"]) else {
        return;
    };
    terminal
        .sees("Who is to read staging [alice]:")
        .types("bob, alice")
        .sees("bob reads and writes")
        .run()
        .succeeds();
    let terminal = sandbox.on_terminal(["env", "add", "mine"]).unwrap();
    terminal.sees("[alice]:").types("").run().succeeds();
    assert!(sandbox.read(".vault.yaml").ends_with(
        "    staging:\n        recipients: [bob, alice]\n    mine:\n        recipients: [alice]\n"
    ));
    is_clean(&sandbox);
}

#[test]
fn what_is_there_or_unknown_is_refused_and_nothing_is_written() {
    let sandbox = team_of_three();
    sandbox.write("secrets/there.yaml", "a: 1\n");
    let before = sandbox.read(".vault.yaml");
    for (line, error) in [
        (
            &["dev", "--recipients", "alice"][..],
            "vault: error: there is an environment `dev` already\nvault: hint: vault env list shows them all: choose another name\n",
        ),
        (
            &["Dev", "--recipients", "alice"],
            "vault: error: the name `Dev` is taken by `dev`\nvault: hint: names must differ in more than case\n",
        ),
        (
            &["x", "--recipients", "alcie"],
            "vault: error: there is no recipient `alcie`\nvault: hint: did you mean `alice`?\n",
        ),
        (
            &["x", "--recipients", "alice", "--writers", "alcie"],
            "vault: error: there is no recipient `alcie`\nvault: hint: did you mean `alice`?\n",
        ),
        (
            &["x", "--recipients", "alice", "--writers", "somebody"],
            "vault: error: there is no recipient `somebody`\nvault: hint: vault recipients add somebody LINE adds one first, with the line that vault whoami prints\n",
        ),
        (
            &["x", "--recipients", "alice", "--writers", "bob"],
            "vault: error: the writer `bob` is no recipient of `x`\nvault: hint: name bob behind --recipients, too: whoever writes also reads\n",
        ),
        (
            &["x", "--recipients", "alice", "--extends", "dve"],
            "vault: error: there is no environment `dve`\nvault: hint: did you mean `dev`?\n",
        ),
        (
            &["x", "--like", "dve"],
            "vault: error: there is no environment `dve`\nvault: hint: did you mean `dev`?\n",
        ),
        (
            &["x", "--recipients", "alice", "--file", "deploy/prod.yaml"],
            "vault: error: `deploy/prod.yaml` is the file of `prod` too\nvault: hint: --file names another one\n",
        ),
        (
            &["there", "--recipients", "alice"],
            "vault: error: secrets/there.yaml is there already\nvault: hint: move it away, or choose another one with --file\n",
        ),
    ] {
        sandbox
            .vault(["env", "add"].iter().chain(line))
            .fails_with(2, error);
    }
    sandbox
        .vault(["env", "add", "x", "--recipients", "ci"])
        .fails(2);
    sandbox
        .vault(["env", "add", "x", "--like", "dev", "--recipients", "ci"])
        .fails(2);
    sandbox
        .vault([
            "env",
            "add",
            "x",
            "--file",
            "../x.yaml",
            "--recipients",
            "alice",
        ])
        .fails(2);
    assert_eq!(sandbox.read(".vault.yaml"), before);
}

#[test]
fn a_name_that_was_used_before_begins_anew_only_when_told() {
    let sandbox = team_of_three();
    sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds();
    let line = ["env", "add", "prod", "--recipients", "alice"];
    let anew = [&line[..], &["--anew"]].concat();
    for line in [&line[..], &anew] {
        sandbox.vault(line).fails_with(
            3,
            "vault: error: the last commit still has prod: deploy/prod.yaml
vault: hint: to begin anew, first commit that it is gone (git commit .vault.yaml deploy/prod.yaml), then vault env add prod --anew
vault: hint: git checkout HEAD -- .vault.yaml deploy/prod.yaml brings it back, and takes back what else has changed in .vault.yaml
",
        );
    }
    sandbox.git(["checkout", "HEAD", "--", ".vault.yaml", "deploy/prod.yaml"]);
    is_clean(&sandbox);
    sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds();
    sandbox.git([
        "commit",
        "-qm",
        "no prod",
        ".vault.yaml",
        "deploy/prod.yaml",
    ]);
    let output = sandbox.vault(line).fails(3);
    assert!(
        output
            .stderr()
            .contains("vault env add prod --anew begins a new file of that name")
    );
    sandbox.vault(line.iter().chain(&["--anew"])).succeeds();
    is_clean(&sandbox);
}

#[test]
fn a_file_in_another_place_keeps_its_line_ends() {
    let sandbox = team_of_three();
    sandbox
        .vault([
            "env",
            "add",
            "eu/prod",
            "--group",
            "alice",
            "--file",
            "deploy/eu prod.yml",
        ])
        .succeeds();
    assert_eq!(
        sandbox.read(".gitattributes"),
        ".vault.yaml text eol=lf merge=vault-config\nsecrets/**/*.yaml text eol=lf diff=vault merge=vault\n\"/deploy/eu prod.yml\" text eol=lf diff=vault merge=vault\n"
    );
    let attribute = sandbox.git(["check-attr", "eol", "deploy/eu prod.yml"]);
    assert_eq!(attribute, "deploy/eu prod.yml: eol: lf\n");
    is_clean(&sandbox);
}

#[test]
fn somebody_who_could_not_write_it_does_not_make_it() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice]}\n",
    );
    sandbox
        .vault(["env", "add", "x", "--recipients", "bob"])
        .fails(2);
    assert!(!sandbox.exists("secrets/x.yaml"));
    assert!(!sandbox.read(".vault.yaml").contains("    x:"));
}

/// A command that gives alice's identity and, the first time, does something else before; vault asks it when it has read the config.
fn with_something_between(sandbox: &Sandbox, line: &str) -> String {
    let command = sandbox.write(
        sandbox.path("identity.sh"),
        format!(
            "unset VAULT_IDENTITY_CMD\nif mkdir {done} 2>/dev/null; then {vault} -i {alice} {line} >/dev/null 2>&1 || exit; fi\ncat {alice}\n",
            done = sandbox.path("done").display(),
            vault = env!("CARGO_BIN_EXE_vault"),
            alice = team::identity(sandbox, "alice").display(),
        ),
    );
    let _ = fs::remove_file(sandbox.path("config/vault/identity.txt"));
    format!("sh {}", command.display())
}

#[test]
fn what_somebody_else_adds_meanwhile_stays_and_nothing_has_to_be_typed_again() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let other = with_something_between(&sandbox, "env add other --recipients alice --yes");
    sandbox
        .vault(["env", "add", "prod", "--like", "dev"])
        .variable("VAULT_IDENTITY_CMD", &other)
        .succeeds()
        .says(
            "vault: prod (secrets/prod.yaml):
vault:   alice reads and writes (SHA256:[..])
vault:   1 key of dev, without values
vault: added prod; next: vault set prod KEY, then commit .vault.yaml and secrets/prod.yaml
",
        );
    assert!(sandbox.exists(sandbox.path("done")));
    for name in ["other", "prod"] {
        let list = sandbox
            .vault(["list", name])
            .variable("VAULT_IDENTITY_CMD", &other);
        list.succeeds();
    }
    sandbox
        .vault(["check"])
        .variable("VAULT_IDENTITY_CMD", &other)
        .succeeds();
}

#[test]
fn of_two_who_add_one_name_the_second_is_told() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let other = with_something_between(&sandbox, "env add prod --recipients alice --yes");
    let add = ["env", "add", "prod", "--like", "dev"];
    let add = sandbox.vault(add).variable("VAULT_IDENTITY_CMD", &other);
    add.fails_with(
        2,
        "vault: prod (secrets/prod.yaml):
vault:   alice reads and writes (SHA256:[..])
vault:   1 key of dev, without values
vault: error: there is an environment `prod` already
vault: hint: vault env list shows them all: choose another name
",
    );
    assert!(sandbox.exists(sandbox.path("done")));
    let list = sandbox.vault(["list", "prod"]);
    list.variable("VAULT_IDENTITY_CMD", &other)
        .succeeds_with("");
}

#[test]
fn what_a_killed_one_left_of_a_new_file_goes_with_the_next_write_whatever_that_writes() {
    let sandbox = team_of_three();
    let left = [
        "secrets/.late.yaml.vault-aBc123",
        "deploy/.x.yml.vault-aBc123",
    ];
    let kept = [
        "secrets/.late.yaml.vault-backup",
        "secrets/..env.vault-aBc123",
    ];
    for file in left.iter().chain(&kept) {
        sandbox.write(file, "half");
    }
    sandbox.vault(["check"]).succeeds();
    assert!(left.iter().all(|file| sandbox.exists(file)));
    sandbox.vault(["set", "dev", "A", "two"]).succeeds();
    assert!(!left.iter().any(|file| sandbox.exists(file)));
    assert!(kept.iter().all(|file| sandbox.exists(file)));
}
