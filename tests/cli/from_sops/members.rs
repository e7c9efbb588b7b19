//! Recipients of adopted files that differ from those of the config: nobody gets a new value whom it does not list.

use super::{age, repository, sealed};
use crate::{
    sandbox::{Run, Sandbox},
    team::{BOB, CAROL, DAVE, get, opens, reconfigure},
};

const FILE: &str = "dev.yaml";

/// A vault with one file of sops for alice and bob; `None` where there is no sops.
fn adopted() -> Option<Sandbox> {
    let sandbox = repository("creation_rules:\n  - age: ALICE,BOB\n");
    if !sealed(&sandbox, FILE, "TOKEN: one\n") {
        return None;
    }
    let bob = format!("bob={BOB}");
    sandbox
        .vault(["init", "--from-sops", "--name", &bob, "--yes"])
        .succeeds();
    sandbox.commit("adopted");
    Some(sandbox)
}

fn sops<const N: usize>(sandbox: &Sandbox, line: [&str; N]) {
    sandbox.sops(line).expect("there was one").succeeds();
}

/// Every command that writes a value is refused so, and nothing is written.
#[track_caller]
fn refuses_every_write(sandbox: &Sandbox, said: &str) {
    let before = sandbox.read(FILE);
    let source = sandbox.path("more.json");
    sandbox.write(&source, "{\"MORE\": \"x\"}\n");
    let source = source.to_str().expect("text");
    sandbox.set("VAULT_EDITOR", "true");
    for line in [
        &["set", "dev", "TOKEN", "two"][..],
        &["unset", "dev", "TOKEN"],
        &["edit", "dev"],
        &["import", "dev", source],
    ] {
        sandbox.vault(line).fails_with(3, said);
    }
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn whoever_the_config_drops_gets_no_new_value_in_an_unsigned_file() {
    let Some(sandbox) = adopted() else { return };
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    refuses_every_write(
        &sandbox,
        &format!(
            "vault: error: dev can still be read by bob, whom .vault.yaml no longer lists
vault: hint: vault sync dev takes them out and changes the data key
vault: hint: if a colleague has let them in with sops: vault recipients add bob '{BOB}' --env dev lists them
"
        ),
    );
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "one");
    sandbox.vault(["sync", "dev", "--yes"]).succeeds();
    sandbox.vault(["set", "dev", "TOKEN", "two"]).succeeds();
    assert!(!opens(&sandbox, "bob", "dev"));
}

#[test]
fn whoever_has_left_gets_no_new_value_in_an_unsigned_file_before_they_are_out() {
    let Some(sandbox) = adopted() else { return };
    sandbox.write("prod.yaml", "TOKEN: one\n");
    sops(&sandbox, ["encrypt", "--in-place", "prod.yaml"]);
    let line = "    prod: {recipients: [alice, bob], file: prod.yaml, signed: false}\n";
    let config = sandbox.read(".vault.yaml") + line;
    sandbox.write(".vault.yaml", config);
    sandbox.vault(["check"]).succeeds();
    let remove = ["recipients", "remove", "bob", "--env", "prod", "--yes"];
    sandbox.vault(remove).succeeds();
    refuses_every_write(
        &sandbox,
        "vault: error: dev can still be read by bob, whom .vault.yaml no longer lists
vault: hint: vault sync dev takes them out and changes the data key
",
    );
    // What takes the entry out leaves the data key, which bob may have kept.
    reconfigure_rules(&sandbox);
    sops(&sandbox, ["updatekeys", "--yes", FILE]);
    assert!(!sandbox.read(FILE).contains(age(BOB)));
    refuses_every_write(
        &sandbox,
        "vault: error: dev: bob left, and the file is still to get a new data key
vault: hint: vault sync dev changes the data key
",
    );
    let value = |sandbox: &Sandbox| {
        let text = sandbox.read(FILE);
        text.lines().next().map(str::to_owned)
    };
    let before = value(&sandbox);
    sandbox.vault(["sync", "dev", "--yes"]).succeeds().says(
        "vault: dev (dev.yaml):
vault:   the file is encrypted for
vault:   alice reads and writes (SHA256:[..])
vault:   the data key changes; every value is encrypted anew
vault: in line with .vault.yaml: dev
",
    );
    assert_ne!(value(&sandbox), before);
    sandbox.vault(["set", "dev", "TOKEN", "two"]).succeeds();
    sandbox.vault(["check"]).succeeds();
}

fn reconfigure_rules(sandbox: &Sandbox) {
    let rules = sandbox.read(".sops.yaml");
    let rules = rules.replace(&format!(",{}", age(BOB)), "");
    sandbox.write(".sops.yaml", rules);
}

/// Somebody who still uses sops lets others in.
fn let_in(sandbox: &Sandbox, keys: &[&str]) {
    for key in keys {
        sops(sandbox, ["rotate", "--in-place", "--add-age", key, FILE]);
    }
}

fn listing<'s>(sandbox: &'s Sandbox, name: &str, line: &str) -> Run<'s> {
    let add = ["recipients", "add", name, line, "--env", "dev", "--yes"];
    sandbox.vault(add)
}

#[test]
fn whom_a_colleague_lets_in_with_sops_one_command_lists() {
    let Some(sandbox) = adopted() else { return };
    let carol = age(CAROL);
    let_in(&sandbox, &[carol]);
    let hint = format!("vault recipients add NAME {carol} --env dev");
    refuses_every_write(
        &sandbox,
        &format!(
            "vault: error: dev can be read by {carol}, whom .vault.yaml does not list
vault: hint: vault sync dev takes them out and changes the data key
vault: hint: if a colleague has let them in with sops: {hint} lists them
"
        ),
    );
    let before = sandbox.read(FILE);
    listing(&sandbox, "carol", carol).succeeds().says(
        "vault: carol (SHA256:[..]) can read dev already: no file changes
vault: added carol
",
    );
    assert_eq!(sandbox.read(FILE), before);
    sandbox.vault(["set", "dev", "TOKEN", "two"]).succeeds();
    sandbox.vault(["check"]).succeeds();
    assert!(opens(&sandbox, "carol", "dev"));
}

#[test]
fn of_several_whom_a_colleague_lets_in_each_is_listed_by_a_command() {
    let Some(sandbox) = adopted() else { return };
    let dave = DAVE;
    let_in(&sandbox, &[age(CAROL), dave]);
    listing(&sandbox, "carol", age(CAROL)).succeeds();
    let set = sandbox.vault(["set", "dev", "TOKEN", "two"]).fails(3);
    assert!(!set.stderr().contains(age(CAROL)), "{}", set.stderr());
    listing(&sandbox, "dave", dave).succeeds();
    sandbox.vault(["set", "dev", "TOKEN", "two"]).succeeds();
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn whoever_is_listed_and_cannot_read_yet_is_told_at_a_write() {
    let Some(sandbox) = adopted() else { return };
    reconfigure(
        &sandbox,
        "\nrecipients:\n",
        &format!("\nrecipients:\n    carol: {CAROL}\n"),
    );
    reconfigure(&sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox
        .vault(["set", "dev", "TOKEN", "two"])
        .succeeds()
        .says(
            "vault: warning: dev: .vault.yaml wants other members or layers than the file has; nothing of that changes before vault sync dev
vault:   + carol reads and writes (SHA256:[..])
vault: writing TOKEN to dev.yaml for alice, bob
vault: ~ TOKEN
",
        );
}
