//! Every row of the table in docs/threats.md, played by people with a home and a clone each: what an attacker pushes, the others pull.

use std::{fs, path::Path};

use crate::{
    people::People,
    sandbox::Run,
    team::{self, BOB, CAROL, DAVE},
};

const DEV: &str = "secrets/dev.yaml";
const PROD: &str = "secrets/prod.yaml";
const CONFIG: &str = ".vault.yaml";

/// Alice and bob write dev and prod, carol reads dev; mallory may push and has no key. Everybody has used what they can.
fn team() -> People {
    let people = People::begin();
    people.join("alice");
    let vault = |line: &[&str]| drop(people.vault("alice", line).succeeds());
    vault(&["init", "--name", "alice", "--env", "dev", "prod", "--yes"]);
    vault(&["set", "dev", "A", "one"]);
    vault(&["set", "dev", "B", "two"]);
    vault(&["set", "prod", "A", "three"]);
    let add = ["recipients", "add", "--yes"];
    vault(&[&add[..], &["bob", BOB, "--env", "dev", "prod"]].concat());
    vault(&[&add[..], &["carol", CAROL, "--reads-only", "--env", "dev"]].concat());
    people.push("alice", "the team");
    for who in ["bob", "carol"] {
        people.join(who);
        people.vault(who, ["check"]).succeeds();
    }
    people.stranger("mallory");
    people
}

/// Somebody changes files by hand and pushes them; whoever else is named takes that over.
fn pushed(people: &People, who: &str, to: &[&str], change: impl FnOnce(&Path)) {
    change(&people.clone(who));
    people.commit(who, "an improvement");
    people.git(who, ["push", "--quiet", "--force", "origin", "HEAD:main"]);
    for other in to {
        people.reset(other);
    }
}

/// Takes back what mallory pushed last.
fn taken_back(people: &People) {
    people.git("mallory", ["reset", "--quiet", "--hard", "HEAD~1"]);
    people.git(
        "mallory",
        ["push", "--quiet", "--force", "origin", "HEAD:main"],
    );
}

/// Replaces what stands in a file first.
#[track_caller]
fn edit(clone: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(clone.join(file)).expect("a file");
    assert!(text.contains(from), "{from:?} stands in {file}:\n{text}");
    fs::write(clone.join(file), text.replacen(from, to, 1)).expect("a file");
}

/// A command of a reviewer's machine, which has no identity and knows nothing.
fn keyless<'p>(people: &'p People, line: &[&str]) -> Run<'p> {
    let machine = people.sandbox.path("reviewer");
    people
        .vault("mallory", line)
        .variable("HOME", &machine)
        .variable("XDG_STATE_HOME", machine.join("state"))
}

/// Nobody uses the file, with an identity or without.
#[track_caller]
fn refused(people: &People, environment: &str, what: &str) {
    let check = ["check", environment, "--keyless"];
    assert_eq!(keyless(people, &check).run().code(), 3, "{what}");
    for line in [["get", environment, "A"], ["set", environment, "A=new"]] {
        let output = people.vault("bob", line).run();
        assert_eq!(output.code(), 3, "{what}: {line:?}: {}", output.stderr());
        assert_eq!(output.stdout(), "", "{what}");
    }
}

#[test]
fn a_committer_without_a_key_changes_nothing_in_a_file() {
    let people = team();
    let old = fs::read_to_string(people.clone("alice").join(DEV)).expect("a file");
    people
        .vault("alice", ["set", "dev", "A", "newer"])
        .succeeds();
    people.push("alice", "a value");
    people.reset("mallory");
    let signature = |text: &str| text.lines().last().expect("lines").to_owned();
    let (first, second) = {
        let mut lines = old.lines();
        let mut next = || lines.next().expect("a value").to_owned();
        (next(), next())
    };
    let value = |line: &str| line.split_once(": ").expect("a value").1.to_owned();
    type Change<'c> = Box<dyn Fn(&Path) + 'c>;
    let changes: [(&str, Change<'_>); 12] = [
        ("edited", Box::new(|at| edit(at, DEV, "data:", "data:AA"))),
        ("added", Box::new(|at| edit(at, DEV, "A: ", "NEW: 1\nA: "))),
        ("moved", Box::new(|at| edit(at, DEV, "A: ", "C: "))),
        ("emptied", Box::new(|at| edit(at, DEV, &second, "B: \"\""))),
        (
            "retyped",
            Box::new(|at| edit(at, DEV, "type:str", "type:int")),
        ),
        (
            "older value",
            Box::new(|at| edit(at, DEV, &second, &format!("B: {}", value(&first)))),
        ),
        (
            "comment",
            Box::new(|at| edit(at, DEV, "B: ", "# use the value of A\nB: ")),
        ),
        (
            "rule",
            Box::new(|at| edit(at, DEV, "unencrypted_regex: ^$", "unencrypted_regex: ^B$")),
        ),
        (
            "other environment",
            Box::new(|at| drop(fs::copy(at.join(PROD), at.join(DEV)))),
        ),
        (
            "stripped",
            Box::new(|at| {
                let text = fs::read_to_string(at.join(DEV)).expect("a file");
                let (rest, _) = text.split_once("    x-vault:\n").expect("a block");
                fs::write(at.join(DEV), rest).expect("a file");
            }),
        ),
        (
            "grafted",
            Box::new(|at| {
                let text = fs::read_to_string(at.join(DEV)).expect("a file");
                edit(at, DEV, &signature(&text), &signature(&old));
            }),
        ),
        ("log", Box::new(|at| edit(at, DEV, " reads-only", ""))),
    ];
    for (what, change) in changes {
        pushed(&people, "mallory", &["bob"], change);
        refused(&people, "dev", what);
        taken_back(&people);
    }
    // A new file, for the same people: their keys are public.
    if let Some(sops) = people
        .sandbox
        .sops(["encrypt", "--unencrypted-regex", "^$", "--age"])
    {
        let keys: Vec<&str> = [team::ALICE, BOB, CAROL]
            .iter()
            .filter_map(|line| line.split(' ').next())
            .collect();
        people.sandbox.write("forged.yaml", "A: mine\n");
        let forged = sops.and([&keys.join(","), "forged.yaml"]).succeeds();
        let forged = forged.stdout().to_owned();
        pushed(&people, "mallory", &["bob"], |at| {
            fs::write(at.join(DEV), &forged).expect("a file")
        });
        refused(&people, "dev", "forged");
    }
}

#[test]
fn a_committer_without_a_key_gives_nobody_anything_by_the_config() {
    let people = team();
    let mallory = people
        .vault("mallory", ["keygen", "-o", "../mallory.txt"])
        .succeeds();
    let line = mallory.stdout().trim().to_owned();
    let key = people
        .sandbox
        .path("mallory/mallory.txt")
        .display()
        .to_string();
    let opens = |who: &str| {
        let get = people.vault(who, ["get", "dev", "A", "-i", &key]);
        get.prints_secrets().run().code() == 0
    };
    // A recipient and writer: nothing until somebody who may says so.
    pushed(&people, "mallory", &["bob"], |at| {
        edit(
            at,
            CONFIG,
            "\n\n# Groups",
            &format!("\n    mallory: {line}\n\n# Groups"),
        );
        edit(
            at,
            CONFIG,
            "[alice, bob, carol]",
            "[alice, bob, carol, mallory]",
        );
    });
    people.vault("bob", ["set", "dev", "A", "new"]).succeeds();
    people.push("bob", "a value");
    people.reset("mallory");
    assert!(!opens("mallory"));
    people
        .vault("mallory", ["sync", "--yes", "-i", &key])
        .fails(2);
    people.vault("bob", ["sync", "--yes"]).stdin("").succeeds();
    people.push("bob", "mallory is let in, and the log says by whom");
    people.reset("mallory");
    assert!(opens("mallory"));
    people
        .vault("bob", ["recipients", "remove", "mallory", "--yes"])
        .succeeds();
    people.push("bob", "mallory has left");
    people.reset("mallory");
    // Somebody else's key under a name, layers, no signature, a file to be made anew.
    let (bob, id) = (BOB.to_owned(), "repository: ");
    type Change<'c> = Box<dyn Fn(&Path) + 'c>;
    let changes: [(&str, Change<'_>); 5] = [
        ("signer's key", Box::new(|at| edit(at, CONFIG, &bob, DAVE))),
        (
            "no signature",
            Box::new(|at| {
                edit(
                    at,
                    CONFIG,
                    "[alice, bob, carol]",
                    "[alice, bob, carol]\n        signed: false",
                )
            }),
        ),
        (
            "another id",
            Box::new(|at| {
                edit(
                    at,
                    CONFIG,
                    id,
                    "repository: 0123456789abcdef0123456789abcdef # ",
                )
            }),
        ),
        ("no id", Box::new(|at| edit(at, CONFIG, id, "# "))),
        (
            "deleted",
            Box::new(|at| fs::remove_file(at.join(DEV)).expect("a file")),
        ),
    ];
    for (what, change) in changes {
        pushed(&people, "mallory", &["bob"], change);
        refused(&people, "dev", what);
        taken_back(&people);
    }
    pushed(&people, "mallory", &["bob"], |at| {
        edit(
            at,
            CONFIG,
            "[alice, bob, carol]",
            "[alice, bob, carol]\n        extends: [prod]",
        );
    });
    let list = people.vault("bob", ["list", "dev", "--sources"]).succeeds();
    assert!(!list.stdout().contains("prod"), "{}", list.stdout());
}

#[test]
fn a_committer_who_replaces_file_and_config_is_stopped_where_the_environment_is_known() {
    let people = team();
    let pin = people.vault("alice", ["trust", "--export"]).succeeds();
    let pin = pin.stdout().trim().to_owned();
    // Mallory makes dev anew in a folder without history, and is a member; everybody else is, too.
    people.vault("mallory", ["keygen"]).succeeds();
    let line = people
        .vault("mallory", ["whoami"])
        .succeeds()
        .stdout()
        .to_owned();
    let line = line.lines().next().expect("a line").to_owned();
    pushed(&people, "mallory", &["bob"], |at| {
        edit(
            at,
            CONFIG,
            "\n\n# Groups",
            &format!("\n    mallory: {line}\n\n# Groups"),
        );
        edit(
            at,
            CONFIG,
            "[alice, bob, carol]",
            "[alice, bob, carol, mallory]",
        );
        let apart = people.sandbox.path("mallory/apart");
        fs::create_dir_all(apart.join("secrets")).expect("a folder");
        fs::copy(at.join(CONFIG), apart.join(CONFIG)).expect("the config");
        let set = people.vault("mallory", ["set", "dev", "A", "mine"]);
        set.within(&apart)
            .variable("XDG_STATE_HOME", apart.join("state"))
            .succeeds();
        fs::copy(apart.join(DEV), at.join(DEV)).expect("the file");
    });
    let output = people.get("bob", "A");
    assert_eq!(output.code(), 3);
    assert!(
        output
            .stderr()
            .contains("dev does not follow from what was last used here"),
        "{}",
        output.stderr()
    );
    keyless(&people, &["check", "dev"])
        .variable("VAULT_TRUST", &pin)
        .fails(3);
    keyless(&people, &["check", "dev", "--base", "HEAD~1"]).fails(3);
    // A first use with neither accepts it.
    people.join_as("laptop", "bob");
    assert_eq!(people.get("laptop", "A").stdout(), "mine");
}

#[test]
fn a_committer_who_gives_an_environment_another_name_and_founder_is_stopped_where_it_is_known() {
    let people = team();
    people.vault("mallory", ["keygen"]).succeeds();
    let line = people.vault("mallory", ["whoami"]).succeeds();
    let line = line.stdout().lines().next().expect("a line").to_owned();
    // Dev is called devel, with mallory in it, and has no file: a write would make it for them, too.
    pushed(&people, "mallory", &["bob"], |at| {
        let listed = format!("\n    mallory: {line}\n\n# Groups");
        edit(at, CONFIG, "\n\n# Groups", &listed);
        edit(at, CONFIG, "default: dev", "default: devel");
        edit(at, CONFIG, "    dev:", "    devel:");
        let all = "[alice, bob, carol, mallory]";
        edit(at, CONFIG, "[alice, bob, carol]", all);
        fs::remove_file(at.join(DEV)).expect("a file");
    });
    let output = people
        .vault("bob", ["set", "devel", "A", "secret"])
        .fails(3);
    let said = "devel would be made for mallory, whom nothing that was used here knows, and dev";
    assert!(output.stderr().contains(said), "{}", output.stderr());
    // Mallory makes it in a folder without history, and signs it.
    pushed(&people, "mallory", &["bob"], |at| {
        let apart = people.sandbox.path("mallory/apart");
        fs::create_dir_all(apart.join("secrets")).expect("a folder");
        fs::copy(at.join(CONFIG), apart.join(CONFIG)).expect("the config");
        let set = people.vault("mallory", ["set", "devel", "A", "mine"]);
        set.within(&apart)
            .variable("XDG_STATE_HOME", apart.join("state"))
            .succeeds();
        let file = "secrets/devel.yaml";
        fs::copy(apart.join(file), at.join(file)).expect("the file");
    });
    let said =
        "devel is new here, begun by mallory, whom nothing that was used here knows, and dev";
    for line in [
        &["get", "A"][..],
        &["run", "--", "true"],
        &["set", "devel", "B=new"],
        &["check"],
    ] {
        let output = people.vault("bob", line).run().fails(3);
        assert!(
            output.stderr().contains(said),
            "{line:?}: {}",
            output.stderr()
        );
    }
    keyless(&people, &["check", "--base", "HEAD~2"]).fails(3);
    let history = keyless(&people, &["check", "--history"]).succeeds();
    let said = "; devel came after it, begun by mallory, whom no environment listed before)\n";
    assert!(history.stdout().contains(said), "{}", history.stdout());
    // A first use accepts it.
    people.join_as("laptop", "bob");
    let get = people.vault("laptop", ["get", "A"]).prints_secrets();
    get.succeeds_with("mine");
}

#[test]
fn a_committer_points_no_path_elsewhere() {
    let people = team();
    type Change<'c> = Box<dyn Fn(&Path) + 'c>;
    let file = |path: &'static str| -> Change<'static> {
        Box::new(move |at| {
            let to = format!("[alice, bob, carol]\n        file: {path}");
            edit(at, CONFIG, "[alice, bob, carol]", &to);
        })
    };
    let link: Change<'_> = Box::new(|at| {
        fs::remove_file(at.join(DEV)).expect("a file");
        std::os::unix::fs::symlink("/etc/hostname", at.join(DEV)).expect("a link");
    });
    for change in [
        file("../x.yaml"),
        file("/etc/x.yaml"),
        file(".git/config"),
        file(PROD),
        link,
    ] {
        pushed(&people, "mallory", &["bob"], change);
        people.vault("bob", ["get", "dev", "A"]).fails(2).prints("");
        people.vault("bob", ["set", "dev", "A", "new"]).fails(2);
        taken_back(&people);
    }
}

#[test]
fn a_recipient_who_is_no_writer_changes_no_value() {
    let people = team();
    people.vault("carol", ["set", "dev", "A", "hers"]).fails(2);
    let Some(sops) = people.sandbox.sops(["set", DEV, "[\"A\"]", "\"hers\""]) else {
        return;
    };
    sops.within(people.clone("carol"))
        .variable("SOPS_AGE_KEY_FILE", people.sandbox.path("carol.txt"))
        .succeeds();
    pushed(&people, "carol", &["bob", "mallory"], |_| {});
    refused(&people, "dev", "sops");
}

#[test]
fn a_removed_person_opens_no_new_version() {
    let people = team();
    let old = fs::read_to_string(people.clone("carol").join(DEV)).expect("a file");
    people
        .vault("alice", ["recipients", "remove", "carol", "--yes"])
        .succeeds();
    people.push("alice", "carol has left");
    people.reset("carol");
    assert_eq!(people.get("carol", "A").code(), 2);
    let start = old.find("        # carol\n").expect("an entry");
    let end = old[start..].find("    lastmodified:").expect("its end") + start;
    pushed(&people, "carol", &["bob", "mallory"], |at| {
        edit(
            at,
            DEV,
            "    lastmodified:",
            &format!("{}    lastmodified:", &old[start..end]),
        );
    });
    assert_eq!(people.get("carol", "A").code(), 3);
    refused(&people, "dev", "her old entry");
}

#[test]
fn a_removed_person_has_the_old_state_merged_and_gets_no_new_secret() {
    let people = team();
    people
        .vault("alice", ["recipients", "remove", "bob", "--yes"])
        .succeeds();
    people.push("alice", "bob has left");
    let pin = people.vault("alice", ["trust", "--export"]).succeeds();
    // He goes on from before, as his own machine lets him, and has it merged.
    people.vault("bob", ["set", "dev", "A", "his"]).succeeds();
    people.commit("bob", "an improvement");
    people.git("bob", ["fetch", "--quiet", "origin"]);
    people.git(
        "bob",
        [
            "merge",
            "--quiet",
            "--no-edit",
            "--strategy=ours",
            "origin/main",
        ],
    );
    people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
    people.reset("alice");
    people.reset("mallory");
    let output = people.vault("alice", ["set", "dev", "B", "new"]).fails(3);
    let said = "dev is an older version here: bob has left, and could read what you write";
    let signed = "signed by bob: bob has left since";
    assert!(
        output.stderr().contains(said) || output.stderr().contains(signed),
        "{}",
        output.stderr()
    );
    // What he has signed nobody uses who knows that he has left.
    people
        .vault("alice", ["get", "dev", "A"])
        .fails(3)
        .prints("");
    keyless(&people, &["check"])
        .variable("VAULT_TRUST", pin.stdout().trim())
        .fails(3);
    keyless(&people, &["check", "--base", "HEAD^2"]).fails(3);
}

#[test]
fn a_writer_changes_everything_and_the_log_names_them() {
    let people = team();
    let add = ["recipients", "add", "dave", DAVE, "--env", "dev", "--yes"];
    people.vault("bob", add).succeeds();
    people.push("bob", "dave");
    people.pull("alice");
    let check = people.vault("alice", ["check", "dev"]).succeeds();
    assert!(
        check.stderr().contains("+ dave") && check.stderr().contains("signed by bob"),
        "{}",
        check.stderr()
    );
    let access = keyless_access(&people);
    assert!(
        access.contains("dave") && access.contains("signed by bob"),
        "{access}"
    );
}

fn keyless_access(people: &People) -> String {
    people.reset("mallory");
    let access = keyless(people, &["access", "dev"]).succeeds();
    access.stdout().to_owned()
}

#[test]
fn a_writer_of_a_layer_puts_keys_into_what_extends_it_and_that_is_shown() {
    let people = team();
    let vault = |line: &[&str]| people.vault("alice", line).succeeds();
    vault(&[
        "env",
        "add",
        "app",
        "--recipients",
        "alice",
        "--extends",
        "dev",
        "--yes",
    ]);
    vault(&["set", "app", "OWN", "one"]);
    people.push("alice", "an environment over dev");
    people.pull("bob");
    people
        .vault("bob", ["set", "dev", "LD_PRELOAD", "evil.so"])
        .succeeds();
    people.push("bob", "an improvement");
    people.pull("alice");
    let access = vault(&["access", "app"]);
    let said = "extends dev, whose keys are written by alice, bob";
    assert!(access.stdout().contains(said), "{}", access.stdout());
    let run = people
        .vault("alice", ["run", "app", "--", "true"])
        .fails(125);
    assert!(run.stderr().contains("LD_PRELOAD"), "{}", run.stderr());
}

#[test]
fn an_older_content_that_anyone_pushes_is_named_against_the_base() {
    let people = team();
    let old = fs::read(people.clone("mallory").join(DEV)).expect("a file");
    people
        .vault("alice", ["set", "dev", "A", "rotated"])
        .succeeds();
    people.push("alice", "rotated");
    people.reset("mallory");
    pushed(&people, "mallory", &["bob"], |at| {
        fs::write(at.join(DEV), old).expect("a file")
    });
    assert_eq!(people.get("bob", "A").stdout(), "one");
    let check = keyless(&people, &["check", "--base", "HEAD~1"]).succeeds();
    assert!(
        check.stdout().contains("! older content: "),
        "{}",
        check.stdout()
    );
}

#[test]
fn unreviewed_code_that_has_an_identity_has_the_values() {
    let people = team();
    let run = people.vault(
        "carol",
        ["run", "dev", "--no-mask", "--", "sh", "-c", "echo $A"],
    );
    run.prints_secrets().succeeds_with("one\n");
}

#[test]
fn whoever_can_use_an_unlocked_key_of_a_writer_signs_as_them() {
    let people = team();
    let key = people.sandbox.path("alice/.config/vault/identity.txt");
    people
        .vault("mallory", ["set", "dev", "A", "mine"])
        .variable("VAULT_IDENTITY_CMD", format!("cat {}", key.display()))
        .succeeds();
    pushed(&people, "mallory", &["bob"], |_| {});
    assert_eq!(people.get("bob", "A").stdout(), "mine");
    let log = people
        .vault("bob", ["log", "dev", "A", "--keyless"])
        .succeeds();
    assert!(log.stdout().contains("signed by alice"), "{}", log.stdout());
}
