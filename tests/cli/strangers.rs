//! What comes in the place of an environment that is known, by an edit of the config that takes no key: who vouches for it.

use std::fs;

use crate::{
    sandbox::{Run, Sandbox},
    team::{self, ALICE, BOB, CAROL, CAROL_INTO_PROD, DAVE, config, configured, reconfigure},
};

const DEV: &str = "secrets/dev.yaml";

/// Dev, the default, written by alice and read by bob, too; carol is nobody's colleague.
fn known() -> Sandbox {
    let sandbox = configured(&[], "");
    let text = config(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.write(
        ".vault.yaml",
        text.replace("version: 1\n", "version: 1\ndefault: dev\n"),
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    sandbox.commit("secrets");
    sandbox
}

/// A command of somebody else on a machine of theirs.
fn on_machine_of<'s>(sandbox: &'s Sandbox, who: &str, line: &[&str]) -> Run<'s> {
    let identity = team::identity(sandbox, who);
    let identity = identity.to_str().expect("text");
    sandbox
        .vault([&["-i", identity], line].concat())
        .variable("XDG_STATE_HOME", sandbox.path(format!("of-{who}")))
        .without("XDG_CONFIG_HOME")
}

/// A command on a machine that has never seen the vault.
fn elsewhere<'s>(sandbox: &'s Sandbox, machine: &str, line: &[&str]) -> Run<'s> {
    let state = sandbox.path(machine);
    sandbox.vault(line).variable("XDG_STATE_HOME", state)
}

/// Carol calls dev devel, is in it, and takes its file away.
fn renamed(sandbox: &Sandbox) {
    reconfigure(sandbox, "default: dev", "default: devel");
    lists(sandbox, "carol", CAROL);
    reconfigure(
        sandbox,
        "    dev: {recipients: [alice, bob]}",
        "    devel: {recipients: [alice, bob, carol]}",
    );
    fs::remove_file(sandbox.work(DEV)).expect("a file");
}

fn lists(sandbox: &Sandbox, who: &str, line: &str) {
    reconfigure(
        sandbox,
        "environments:\n",
        &format!("    {who}: {line}\nenvironments:\n"),
    );
}

/// The machine meets an environment for the first time, and reads what is in it.
fn is_met(sandbox: &Sandbox, environment: &str, who: &str) {
    sandbox
        .vault(["get", environment, "A"])
        .prints_secrets()
        .succeeds_with("evil")
        .says(&format!("vault: first use here: {environment}, {who}\n"));
}

/// Somebody makes the file of an environment that the config has since.
fn found(sandbox: &Sandbox, who: &str, environment: &str) {
    let identity = team::identity(sandbox, who);
    let identity = identity.to_str().expect("text");
    sandbox
        .vault(["-i", identity, "set", environment, "A", "evil"])
        .variable("XDG_STATE_HOME", sandbox.path(format!("new-of-{who}")))
        .without("XDG_CONFIG_HOME")
        .succeeds();
    sandbox.commit("an improvement");
}

#[test]
fn another_name_and_founder_in_the_place_of_a_known_environment_is_a_break() {
    let sandbox = known();
    renamed(&sandbox);
    found(&sandbox, "carol", "devel");
    let text = "vault: error: devel is new here, begun by carol, whom nothing that was used here knows, and dev, which was signed when it was last used here, is gone from .vault.yaml
vault:   dev, last used here:
vault:       alice reads and writes (SHA256:[..])
vault:       bob reads and writes (SHA256:[..])
vault:   here, signed by carol:
vault:       alice reads and writes (SHA256:[..])
vault:       bob reads and writes (SHA256:[..])
vault:       carol reads and writes (SHA256:[..])
vault: hint: git log -p shows who changed it: ask them, not over the same channel
vault: hint: git checkout [..] -- secrets/dev.yaml, and git checkout [..] -- .vault.yaml, bring back what was last used here
vault: hint: vault trust devel accepts what is here from now on
";
    sandbox.vault(["get", "devel", "A"]).fails_with(3, text);
    for line in [
        &["get", "A"][..],
        &["run", "--", "true"],
        &["set", "devel", "B", "two"],
        &["sync", "--yes"],
        &["check", "--keyless"],
        &["rekey", "devel", "--yes"],
    ] {
        let output = sandbox.vault(line).run().fails(3);
        let said = "devel is new here, begun by carol";
        assert!(
            output.stderr().contains(said),
            "{line:?} {}",
            output.stderr()
        );
    }
    // A machine that never saw dev has a first use, as ever.
    elsewhere(&sandbox, "new", &["get", "devel", "A"])
        .prints_secrets()
        .succeeds();
    // Whoever says so goes on with it for good.
    sandbox.vault(["trust", "devel", "--yes"]).succeeds();
    let get = sandbox.vault(["get", "devel", "A"]).prints_secrets();
    get.succeeds_with("evil").says("");
}

#[test]
fn on_a_terminal_it_is_shown_and_asked() {
    let sandbox = known();
    renamed(&sandbox);
    found(&sandbox, "carol", "devel");
    let Some(terminal) = sandbox.on_terminal(["get", "devel", "A"]) else {
        return;
    };
    let question = "Accept what is here from now on? [y/N]";
    let shown = terminal.sees(question).presses("n\r").run().fails(3);
    assert!(shown.stdout().contains("dev, last used here:"));
    let terminal = sandbox.on_terminal(["get", "devel", "A"]).unwrap();
    terminal.sees(question).presses("y\r").run().succeeds();
    let get = sandbox.vault(["get", "devel", "A"]).prints_secrets();
    get.succeeds_with("evil").says("");
}

#[test]
fn the_file_of_another_name_is_not_made_for_a_stranger() {
    let sandbox = known();
    renamed(&sandbox);
    sandbox.commit("an improvement");
    let text = "vault: error: devel would be made for carol, whom nothing that was used here knows, and dev, which was signed when it was last used here, is gone from .vault.yaml
vault:   carol (SHA256:[..])
vault: hint: git log -p .vault.yaml shows who changed it: ask them
vault: hint: if the team has ended dev: vault trust dev forgets it here, then type the command again
";
    sandbox
        .vault(["set", "devel", "A", "secret"])
        .fails_with(3, text);
    let check = sandbox.vault(["check", "--keyless"]).fails(3);
    check.prints("devel: not ok\n").says(text);
    sandbox.write("more.env", "B=two\n");
    for line in [
        &["import", "devel", "more.env"][..],
        &["env", "add", "other", "--recipients", "alice", "carol"],
    ] {
        let output = sandbox.vault(line).run().fails(3);
        let said = "would be made for carol, whom nothing that was used here knows";
        assert!(
            output.stderr().contains(said),
            "{line:?} {}",
            output.stderr()
        );
    }
    assert!(!sandbox.exists("secrets/devel.yaml"));
    // A team that has done so by hand says that it did.
    sandbox.vault(["trust", "dev", "--yes"]).succeeds().says(
        "vault: dev is gone from .vault.yaml; last used here:
vault:       alice reads and writes (SHA256:[..])
vault:       bob reads and writes (SHA256:[..])
vault: dev is forgotten here
",
    );
    sandbox.vault(["set", "devel", "A", "secret"]).succeeds();
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_key_under_the_name_of_a_colleague_is_a_strangers() {
    let sandbox = known();
    reconfigure(&sandbox, BOB, CAROL);
    reconfigure(&sandbox, "    dev: {", "    devel: {");
    reconfigure(&sandbox, "default: dev", "default: devel");
    fs::remove_file(sandbox.work(DEV)).unwrap();
    sandbox.commit("an improvement");
    let output = sandbox.vault(["set", "devel", "A", "secret"]).fails(3);
    let said = "devel would be made for bob, whom nothing that was used here knows";
    assert!(output.stderr().contains(said), "{}", output.stderr());
}

#[test]
fn a_colleague_makes_another_environment_after_one_was_ended() {
    let sandbox = known();
    reconfigure(&sandbox, "default: dev", "default: devel");
    reconfigure(&sandbox, "    dev: {", "    devel: {");
    fs::remove_file(sandbox.work(DEV)).unwrap();
    found(&sandbox, "bob", "devel");
    is_met(&sandbox, "devel", "signed by bob; writers alice, bob");
}

#[test]
fn whoever_has_joined_another_environment_meanwhile_is_known() {
    let sandbox = known();
    let add = ["env", "add", "prod", "--recipients", "alice", "bob"];
    sandbox.vault(add).succeeds();
    sandbox.commit("prod");
    // Bob lets carol into prod, and she makes one of her own where dev was.
    on_machine_of(&sandbox, "bob", &CAROL_INTO_PROD).succeeds();
    reconfigure(&sandbox, "default: dev", "default: lab");
    reconfigure(
        &sandbox,
        "    dev: {recipients: [alice, bob]}",
        "    lab: {recipients: [alice, carol]}",
    );
    fs::remove_file(sandbox.work(DEV)).unwrap();
    found(&sandbox, "carol", "lab");
    is_met(&sandbox, "lab", "signed by carol; writers alice, carol");
}

#[test]
fn whoever_has_left_vouches_for_nothing_new() {
    let sandbox = known();
    sandbox
        .vault(["recipients", "remove", "bob", "--yes"])
        .succeeds();
    sandbox.commit("bob has left");
    lists(&sandbox, "bobby", BOB);
    let text = sandbox.read(".vault.yaml");
    let (rest, _) = text.split_once("former:").expect("who has left");
    let text = rest.replace("default: dev", "default: devel").replace(
        "    dev: {recipients: [alice]}",
        "    devel: {recipients: [alice, bobby]}",
    );
    sandbox.write(".vault.yaml", text);
    fs::remove_file(sandbox.work(DEV)).unwrap();
    found(&sandbox, "bob", "devel");
    let output = sandbox.vault(["get", "devel", "A"]).fails(3);
    let said = "devel is new here, begun by bobby, whom nothing that was used here knows, and dev";
    assert!(output.stderr().contains(said), "{}", output.stderr());
}

#[test]
fn what_was_renamed_with_a_signature_is_not_gone() {
    let sandbox = known();
    elsewhere(&sandbox, "laptop", &["check"]).succeeds();
    sandbox
        .vault(["env", "rename", "dev", "live", "--yes"])
        .succeeds();
    sandbox.commit("dev is live");
    lists(&sandbox, "dave", DAVE);
    lists(&sandbox, "carol", CAROL);
    let text = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        format!("{text}    lab: {{recipients: [alice, carol]}}\n"),
    );
    found(&sandbox, "carol", "lab");
    elsewhere(&sandbox, "laptop", &["get", "lab", "A"])
        .prints_secrets()
        .succeeds_with("evil")
        .says("vault: first use here: lab, signed by carol; writers alice, carol\n");
}

/// Carol, whom nobody knows, has an environment of her own beside dev.
fn beside(sandbox: &Sandbox) {
    lists(sandbox, "carol", CAROL);
    let text = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        format!("{text}    lab: {{recipients: [alice, carol]}}\n"),
    );
    found(sandbox, "carol", "lab");
}

#[test]
fn an_environment_of_strangers_beside_the_known_ones_is_a_first_use_but_not_as_the_default() {
    let sandbox = known();
    beside(&sandbox);
    reconfigure(&sandbox, "default: dev", "default: lab");
    for line in [&["get", "A"][..], &["run", "--", "true"], &["check"]] {
        let output = sandbox.vault(line).run().fails(3);
        let said = "vault: error: lab is new here and the default, begun by carol, whom nothing that was used here knows\n";
        assert!(
            output.stderr().contains(said),
            "{line:?} {}",
            output.stderr()
        );
    }
    // What a machine meets at once is one first use.
    elsewhere(&sandbox, "new", &["check"]).succeeds();
    reconfigure(&sandbox, "default: lab", "default: dev");
    is_met(&sandbox, "lab", "signed by carol; writers alice, carol");
}

#[test]
fn an_unsigned_default_is_not_taken_for_the_signed_one_that_was() {
    let sandbox = known();
    let text = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        format!("{text}    lab: {{recipients: [alice, bob], signed: false}}\n"),
    );
    on_machine_of(&sandbox, "bob", &["set", "lab", "A", "evil"]).succeeds();
    sandbox.commit("lab");
    reconfigure(&sandbox, "default: dev", "default: lab");
    sandbox.vault(["get", "A"]).fails_with(
        3,
        "vault: error: lab is new here, the default, and not signed, and others that were used here are
vault: hint: git log -p .vault.yaml shows who changed it: ask them
vault: hint: vault trust lab accepts what is here from now on
",
    );
    sandbox.vault(["trust", "lab", "--yes"]).succeeds();
    let get = sandbox.vault(["get", "A"]).prints_secrets();
    get.succeeds_with("evil").says("");
}

#[test]
fn whoever_came_in_with_nobody_to_vouch_for_them_vouches_for_nobody() {
    let sandbox = known();
    beside(&sandbox);
    sandbox.vault(["check"]).succeeds();
    reconfigure(&sandbox, "default: dev", "default: devel");
    reconfigure(
        &sandbox,
        "    dev: {recipients: [alice, bob]}",
        "    devel: {recipients: [alice, bob, carol]}",
    );
    fs::remove_file(sandbox.work(DEV)).unwrap();
    let output = sandbox.vault(["set", "devel", "A", "secret"]).fails(3);
    let said = "devel would be made for carol, whom nothing that was used here knows";
    assert!(output.stderr().contains(said), "{}", output.stderr());
    found(&sandbox, "carol", "devel");
    let output = sandbox.vault(["get", "devel", "A"]).fails(3);
    let said = "devel is new here, begun by carol, whom nothing that was used here knows, and dev";
    assert!(output.stderr().contains(said), "{}", output.stderr());
    // Somebody has said of lab that it is right: then its people are known.
    let trust = ["trust", "lab", "--yes"];
    let output = sandbox.vault(trust).succeeds();
    let said = "vault: lab is accepted here from now on\n";
    assert!(output.stderr().ends_with(said), "{}", output.stderr());
    let again = sandbox.vault(trust).succeeds();
    again.says("vault: lab is what was last used here\n");
    let get = sandbox.vault(["get", "devel", "A"]).prints_secrets();
    get.succeeds_with("evil");
}

#[test]
fn a_file_is_not_made_where_vault_trust_would_not_accept_it() {
    let sandbox = known();
    let pin = sandbox.vault(["trust", "--export"]).succeeds();
    let text = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        format!("{text}    lab: {{recipients: [alice]}}\n"),
    );
    let text = |name: &str| {
        format!(
            "vault: error: {name} has no file here, and VAULT_TRUST is set: a new one is not what it names
vault: hint: make it where VAULT_TRUST is not set; vault trust --export prints there what it has to be
"
        )
    };
    sandbox
        .vault(["set", "lab", "A", "one"])
        .variable("VAULT_TRUST", pin.stdout().trim())
        .fails_with(3, &text("lab"));
    sandbox
        .vault(["env", "add", "other", "--recipients", "alice"])
        .variable("VAULT_TRUST", pin.stdout().trim())
        .fails_with(3, &text("other"));
    assert!(!sandbox.exists("secrets/lab.yaml"));
    sandbox.vault(["set", "lab", "A", "one"]).succeeds();
}

#[test]
fn whoever_came_in_beside_the_known_ones_is_not_the_default_by_an_edit() {
    let sandbox = known();
    beside(&sandbox);
    let list = ["list", "lab"];
    sandbox.vault(list).succeeds();
    reconfigure(&sandbox, "default: dev", "default: lab");
    sandbox.commit("another default");
    let text = "vault: error: lab is new here and the default, begun by carol, whom nothing that was used here knows\n";
    for line in [&["get", "A"][..], &list, &["run", "--", "true"]] {
        let output = sandbox.vault(line).run().fails(3);
        assert!(output.stderr().starts_with(text), "{}", output.stderr());
    }
    sandbox.vault(["trust", "lab", "--yes"]).succeeds();
    sandbox.vault(["list"]).succeeds();
}

#[test]
fn a_former_name_of_a_known_environment_is_nobody_elses() {
    for signed in [true, false] {
        let sandbox = known();
        let old = sandbox.read(DEV);
        sandbox
            .vault(["env", "rename", "dev", "live", "--yes"])
            .succeeds();
        sandbox.commit("another name");
        lists(&sandbox, "carol", CAROL);
        if signed {
            let add = [
                "env",
                "add",
                "dev",
                "--anew",
                "--yes",
                "--recipients",
                "alice",
                "carol",
            ];
            on_machine_of(&sandbox, "carol", &add).succeeds();
        } else {
            let (forged, _) = old.split_once("    x-vault:\n").expect("a block");
            sandbox.write(DEV, forged);
            let line = "environments:\n    dev: {recipients: [alice, bob], signed: false}\n";
            reconfigure(&sandbox, "environments:\n", line);
        }
        sandbox.commit("an improvement");
        for line in [&["get", "dev", "A"][..], &["run", "dev", "--", "true"]] {
            let output = sandbox.vault(line).run().fails(3);
            let said = "live, which was signed when it was last used here, had that name before";
            assert!(output.stderr().contains(said), "{}", output.stderr());
        }
        sandbox.vault(["get", "live", "A"]).succeeds();
        sandbox.vault(["trust", "dev", "--yes"]).succeeds();
        sandbox.vault(["list", "dev"]).succeeds();
    }
}
